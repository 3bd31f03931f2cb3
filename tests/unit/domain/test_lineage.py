from hypothesis import given
from hypothesis import strategies as st

from studio.domain.lineage import Layout, Line, fold, layout, ordered


@st.composite
def trees(draw: st.DrawFn, shuffled: bool = True) -> dict[int, tuple[int, ...]]:
    """Up to 40 versions with up to two parents each; numbers need not follow the order of birth."""
    size = draw(st.integers(0, 40))
    names = draw(st.permutations(range(1, size + 1))) if shuffled else list(range(1, size + 1))
    found: dict[int, tuple[int, ...]] = {}
    for born, name in enumerate(names):
        older = st.sampled_from(names[:born]) if born else st.nothing()
        found[name] = tuple(draw(st.lists(older, max_size=2, unique=True))) if born else ()
    return found


def edges(made: Layout, parents: dict[int, tuple[int, ...]]) -> list[tuple[int, int, int, int]]:
    """(lane, first row, last row, owner) of every vertical line, in the middle of rows and the gaps between."""
    place = {row.id: at for at, row in enumerate(made.rows)}
    return [
        (made.rows[place[parent]].lane, place[parent], place[child], parent)
        for child, above in parents.items()
        for parent in set(above)
    ]


@given(trees())
def test_parents_stand_above_their_children_and_everyone_stands_once(
    parents: dict[int, tuple[int, ...]],
) -> None:
    order = ordered(parents)
    assert sorted(order) == sorted(parents)
    assert all(
        order.index(parent) < order.index(child) for child, above in parents.items() for parent in above
    )


@given(trees())
def test_no_lane_carries_the_lines_of_two_versions(parents: dict[int, tuple[int, ...]]) -> None:
    made = layout(parents)
    taken: dict[tuple[int, int], int] = {}
    for lane, first, last, owner in edges(made, parents):
        for row in range(first, last):  # the gap below each row down to the one above the child
            assert taken.setdefault((lane, row), owner) == owner
    for at, row in enumerate(made.rows):
        assert row.lane not in row.through
        if (row.lane, at) in taken:
            assert taken[row.lane, at] == row.id


@given(trees())
def test_what_leaves_a_row_arrives_at_the_next(parents: dict[int, tuple[int, ...]]) -> None:
    made = layout(parents)
    below: set[int] = set()
    for row in made.rows:
        assert {line.lane for line in row.enter} | set(row.through) == below
        below = set(row.through) | ({row.lane} if row.leaves else set())
    assert below == set()


@given(trees())
def test_each_version_is_entered_from_the_lanes_of_its_parents(parents: dict[int, tuple[int, ...]]) -> None:
    made = layout(parents)
    lane = {row.id: row.lane for row in made.rows}
    for row in made.rows:
        assert sorted(line.lane for line in row.enter) == sorted(lane[each] for each in set(parents[row.id]))


@given(trees(), st.data())
def test_folding_hides_no_descent(parents: dict[int, tuple[int, ...]], data: st.DataObject) -> None:
    hidden = data.draw(st.sets(st.sampled_from(sorted(parents)))) if parents else set()
    shown, jumps = fold(parents, hidden)
    assert set(shown) == set(parents) - hidden

    def ancestors(tree: dict[int, tuple[int, ...]], of: int) -> set[int]:
        above = set(tree[of])
        return above.union(*(ancestors(tree, each) for each in above))

    for child in shown:
        assert ancestors(shown, child) == ancestors(parents, child) - hidden
    assert jumps == {(p, c) for c, above in shown.items() for p in above if p not in parents[c]}


def test_the_last_child_stays_in_the_lane_and_the_others_branch_off() -> None:
    made = layout({1: (), 2: (1,), 3: (1,)})
    assert [row.lane for row in made.rows] == [0, 1, 0]
    assert made.rows[1].enter == (Line(0),)
    assert made.rows[1].through == (0,)
    assert not made.rows[2].leaves


def test_fifty_tries_from_one_parent_share_one_lane() -> None:
    assert layout({1: (), **dict.fromkeys(range(2, 52), (1,))}).lanes == 2


def test_two_parents_meet_in_one_child() -> None:
    made = layout({1: (), 2: (1,), 3: (1,), 4: (2, 3)})
    assert made.rows[3].enter == (Line(1), Line(0))
    assert made.lanes == 2


def test_a_circle_is_drawn_without_its_closing_line() -> None:
    made = layout({1: (2,), 2: (1,)})
    assert [row.id for row in made.rows] == [1, 2]
    assert made.rows[0].enter == ()


def test_a_line_over_folded_versions_is_dashed() -> None:
    shown, jumps = fold({1: (), 2: (1,), 3: (2,)}, {2})
    assert layout(shown, jumps).rows[1].enter == (Line(0, dashed=True),)
