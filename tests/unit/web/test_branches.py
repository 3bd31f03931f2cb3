from studio.domain.lineage import fold, layout
from studio.web.branches import BEYOND, DOT, draw, width


def test_the_lines_of_a_row_start_and_end_where_the_tree_says() -> None:
    made = layout({1: (), 2: (1,), 3: (1,)})
    first, second, third = (draw(row, made.lanes) for row in made.rows)
    assert first.solid == f"M14 {DOT}V{BEYOND}"
    assert second.x == 34
    assert second.solid.startswith(f"M14 0V{BEYOND}M14 0C")
    assert third.solid == f"M14 0V{DOT}"


def test_a_jump_over_folded_versions_is_dashed() -> None:
    shown, jumps = fold({1: (), 2: (1,), 3: (2,)}, {2})
    made = layout(shown, jumps)
    assert draw(made.rows[1], made.lanes).dashed == f"M14 0V{DOT}"


def test_many_lanes_stand_closer_and_never_fall_together() -> None:
    assert width(1) == 28
    assert width(40) < 40 * width(2)
    made = layout({1: (), **dict.fromkeys(range(2, 42), (1,)), **{n: (n - 40,) for n in range(42, 82)}})
    places = {row.lane: draw(row, made.lanes).x for row in made.rows}
    assert len(set(places.values())) == made.lanes
