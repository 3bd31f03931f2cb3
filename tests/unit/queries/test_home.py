from sqlalchemy.orm import Session

from studio.db.versions import Version
from studio.domain.vocabulary import OutputState, StepState
from studio.queries import home
from studio.services import outputs
from tests import factories


def entries(session: Session) -> list[home.Entry]:
    return [entry for group in home.groups(session) for entry in group.comparisons]


def test_an_empty_studio_has_no_groups(session: Session) -> None:
    assert home.groups(session) == ()


def test_a_group_lists_its_newest_comparison_first_in_five_statements(session: Session, statements) -> None:
    variant = factories.variant(session)
    version = session.get_one(Version, variant.version_id)
    factories.champion(session, version)
    older = factories.comparison(session, columns=[variant])
    newer = factories.comparison(session, columns=[variant])
    with statements(5):
        (group,) = home.groups(session)
    assert [entry.public_id for entry in group.comparisons] == [newer.public_id, older.public_id]
    assert (group.champion, group.versions) == (version.name, 1)
    assert group.comparisons[0].columns == ((version.name, variant.precision),)


def test_a_group_without_comparisons_is_listed(session: Session) -> None:
    factories.group(session)
    (group,) = home.groups(session)
    assert (group.comparisons, group.versions, group.champion) == ((), 0, "")


def test_the_strip_shows_pictures_of_the_last_column_in_order(session: Session) -> None:
    made = factories.comparison(session, photos=8, columns=2)
    left, right = outputs.columns(session, made.id)
    factories.output(session, left, outputs.holes(session, left)[0])
    failed, *others = outputs.holes(session, right)
    factories.output(session, right, failed, OutputState.ERROR)
    shas = [factories.output(session, right, cell).blob_sha for cell in others]
    (entry,) = entries(session)
    assert entry.strip == tuple(shas[: home.STRIP - 1])


def test_an_entry_says_whether_something_runs(session: Session) -> None:
    made = factories.comparison(session)
    assert not entries(session)[0].running
    factories.run(session, ("generate", StepState.RUNNING), of=made)
    assert entries(session)[0].running
