from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.samples import Sample
from studio.domain.vocabulary import VersionState
from studio.errors import NotFound
from studio.queries import samples as read
from studio.queries.samples import WINDOW, Filters
from tests import factories

Statements = Callable[[int], AbstractContextManager[None]]
LONG, SHORT, SUN, CLEAR = ("hair", "long"), ("hair", "short"), ("glasses", "sun"), ("glasses", "clear")


def tagged(*tags: tuple[str, str], words: str = "", **states: bool) -> Filters:
    return Filters(tuple(words.split()), frozenset(tags), **states)


@pytest.fixture
def four(session: Session) -> list[Sample]:
    made = [factories.sample(session, tags=tags) for tags in ([LONG, SUN], [LONG, CLEAR], [SHORT, CLEAR], [])]
    factories.sample(session, tags=[LONG], erased=True)
    session.commit()
    return made


def shown(session: Session, filters: Filters) -> set[int]:
    return set(read.ids(session, filters))


def table(session: Session, filters: Filters) -> dict[tuple[str, str], int]:
    return {
        (facet.key, each.value): each.n for facet in read.facets(session, filters) for each in facet.values
    }


def test_a_wall_is_read_by_windows_in_two_statements(session: Session, statements: Statements) -> None:
    made = [factories.sample(session).id for _ in range(2 * WINDOW + 5)]
    session.commit()
    newest = made[::-1]
    with statements(2):
        wall = read.wall(session, Filters())
    assert (wall.total, wall.shown) == (len(made), 0)
    assert wall.starts == (newest[0], newest[WINDOW], newest[2 * WINDOW])
    assert [tile.id for tile in wall.tiles] == newest[:WINDOW]
    with statements(1):
        last = read.window(session, Filters(), wall.starts[2])
    assert [tile.id for tile in last] == newest[2 * WINDOW :]


@pytest.mark.parametrize(("place", "number"), [(0, 0), (WINDOW - 1, 0), (WINDOW, 1), (WINDOW + 3, 1)])
def test_a_wall_opens_at_the_window_that_holds_a_photo(session: Session, place: int, number: int) -> None:
    newest = [factories.sample(session).id for _ in range(WINDOW + 5)][::-1]
    assert read.wall(session, Filters(), newest[place]).shown == number
    assert read.wall(session, Filters(), 0).shown == 1
    assert read.wall(session, Filters(), 10**9).shown == 0


def test_an_empty_wall_is_a_wall(session: Session) -> None:
    assert read.wall(session, Filters()) == read.Wall(0, (), 0, ())
    assert read.facets(session, Filters()) == ()


def test_values_of_a_key_widen_and_keys_narrow(session: Session, four: list[Sample]) -> None:
    a, b, c, _ = (each.id for each in four)
    assert shown(session, tagged(LONG)) == {a, b}
    assert shown(session, tagged(LONG, SHORT)) == {a, b, c}
    assert shown(session, tagged(LONG, CLEAR)) == {b}
    assert shown(session, tagged(("hair", "blue"))) == set()


def test_every_word_is_in_the_name_or_in_a_tag(session: Session, four: list[Sample]) -> None:
    four[3].name = "100% Mina_Kim"
    session.commit()
    assert shown(session, tagged(words="mina_k")) == {four[3].id}
    assert shown(session, tagged(words="100%")) == {four[3].id}
    assert shown(session, tagged(words="long PHOTO")) == {four[0].id, four[1].id}
    assert shown(session, tagged(words="glasses:cl")) == {four[1].id, four[2].id}
    assert shown(session, tagged(words="%")) == {four[3].id}


def test_counts_say_what_each_value_would_bring(
    session: Session, four: list[Sample], statements: Statements
) -> None:
    del four
    with statements(1):
        assert table(session, Filters()) == {LONG: 2, SHORT: 1, CLEAR: 2, SUN: 1}
    with statements(2):
        found = table(session, tagged(CLEAR))
    assert found == {LONG: 1, SHORT: 1, CLEAR: 2, SUN: 1}
    assert table(session, tagged(SUN, SHORT)) == {SHORT: 0, LONG: 1, SUN: 0, CLEAR: 1}
    assert table(session, tagged(("hair", "blue")))[("hair", "blue")] == 0


def test_only_the_current_annotation_counts(session: Session, four: list[Sample]) -> None:
    factories.annotate(session, four[0])
    assert shown(session, tagged(SUN)) == set()
    assert SUN not in table(session, Filters())


def test_what_is_put_aside_is_apart(session: Session, four: list[Sample], statements: Statements) -> None:
    four[0].retired_at = now()
    four[1].prepared_at = four[2].prepared_at = now()
    four[2].landmarks_guess = [[1, 2]] * 5
    session.commit()
    assert shown(session, tagged(LONG)) == {four[1].id}
    assert shown(session, tagged(retired=True)) == {four[0].id}
    assert shown(session, tagged(faceless=True)) == {four[1].id}
    with statements(1):
        assert read.counts(session) == read.Counts(3, 1, 1)


def test_the_nearest_of_what_looks_alike_comes_first(session: Session, statements: Statements) -> None:
    for bits, name in ((0b111, "three"), (0, "none"), ((1 << 9) - 1, "nine"), (0xFF, "eight")):
        factories.sample(session).name = name
        session.flush()
        session.query(Sample).filter_by(name=name).one().phash = f"{bits:016x}"
    factories.sample(session)
    session.commit()
    with statements(1):
        found = read.alike(session, "0" * 16)
    assert [each.name for each in found] == ["none", "three", "eight"]


def test_frames_are_those_of_versions_in_use(session: Session) -> None:
    for width, state in ((256, VersionState.SERVING), (512, VersionState.DRAFT), (64, VersionState.RETIRED)):
        factories.version(session, state=state).manifest = {"width": width, "height": 256}
    session.commit()
    assert read.frames(session) == {(256, 256), (512, 256)}


def test_a_list_says_what_is_known_of_each_photo(
    session: Session, four: list[Sample], statements: Statements
) -> None:
    with statements(2):
        newest, *rest = read.listing(session, Filters(), 3)
    assert (newest.id, newest.tags, newest.hair_mask) == (four[3].id, (), False)
    assert rest[-1].tags == ("glasses:clear", "hair:long")
    assert [each.id for each in read.listing(session, Filters(), 9, before=four[1].id)] == [four[0].id]
    assert read.row(session, four[0].id).tags == ("glasses:sun", "hair:long")
    with pytest.raises(NotFound):
        read.row(session, 4711)
