from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.accounts import Audit
from studio.domain.vocabulary import Lane, Purpose
from studio.errors import Conflict, NotFound, StudioError
from studio.queries import groups as lines
from studio.services import groups
from studio.services.groups import Wording
from tests import factories

HAIR = Wording("Hair colour", Lane.REALTIME, "25 frames a second")


def verbs(session: Session) -> list[str]:
    return list(session.scalars(select(Audit.verb).where(Audit.noun == "model_group").order_by(Audit.id)))


def test_a_group_is_made_with_its_words_and_recorded(session: Session) -> None:
    by = factories.person(session).id
    photos = factories.revision(session)
    made = groups.add(session, by, "hair", replace(HAIR, revisions={Purpose.COMPARE: photos.id}))
    assert (made.name, made.brief, made.mlflow_experiment) == ("Hair colour", "25 frames a second", "hair")
    assert made.compare_revision_id == photos.id
    assert lines.get(session, "hair") is made
    assert verbs(session) == ["add"]


def test_two_groups_cannot_share_an_address(session: Session) -> None:
    by = factories.person(session).id
    session.commit()
    groups.add(session, by, "hair", HAIR)
    with pytest.raises(Conflict):
        groups.add(session, by, "hair", HAIR)


@pytest.mark.parametrize(
    "slug", ["", "new", "Hair", "머리", "hair colour", "-hair", "hair--colour", "a/b", "x" * 61]
)
def test_what_cannot_stand_in_an_address_is_refused(session: Session, slug: str) -> None:
    with pytest.raises(StudioError, match="address"):
        groups.add(session, factories.person(session).id, slug, HAIR)


@pytest.mark.parametrize("name", ["", "  ", "머" * 121])
def test_a_group_needs_a_name_of_sensible_length(session: Session, name: str) -> None:
    with pytest.raises(StudioError, match="name"):
        groups.add(session, factories.person(session).id, "hair", replace(HAIR, name=name))


def test_an_edit_keeps_what_it_does_not_name_and_records_only_what_changed(session: Session) -> None:
    line, by = factories.group(session), factories.person(session).id
    photos = factories.revision(session, purpose=Purpose.REFERENCE)
    line.reference_revision_id = photos.id
    groups.edit(session, by, line.slug, Wording("머리색 · 실시간", Lane.REALTIME))
    assert (line.name, line.reference_revision_id) == ("머리색 · 실시간", photos.id)
    row = session.scalars(select(Audit).where(Audit.noun == "model_group")).one()
    assert (row.before, row.after) == ({"name": "Hair colour"}, {"name": "머리색 · 실시간"})


def test_an_edit_that_changes_nothing_is_not_recorded(session: Session) -> None:
    line, by = factories.group(session), factories.person(session).id
    groups.edit(session, by, line.slug, Wording(line.name, line.lane))
    assert verbs(session) == []


def test_a_group_that_is_not_there_cannot_be_edited(session: Session) -> None:
    with pytest.raises(NotFound):
        groups.edit(session, factories.person(session).id, "nowhere", HAIR)


@pytest.mark.parametrize("purpose", [Purpose.COMPARE, Purpose.CALIBRATE, Purpose.REFERENCE, Purpose.NIGHT])
def test_a_group_uses_a_set_for_the_purpose_it_was_made_for(session: Session, purpose: Purpose) -> None:
    line, by = factories.group(session), factories.person(session).id
    used = factories.revision(session, purpose=purpose)
    for _ in range(2):
        groups.edit(session, by, line.slug, Wording(line.name, line.lane, revisions={purpose: used.id}))
    assert getattr(line, f"{purpose.value}_revision_id") == used.id
    assert verbs(session) == ["edit"]


def test_what_is_compared_and_what_sets_the_ranges_of_int8_share_no_photo(session: Session) -> None:
    line, by = factories.group(session), factories.person(session).id
    photos = [factories.sample(session) for _ in range(3)]
    compared = factories.revision(session, photos[:2])
    ranged = factories.revision(session, photos[1:], purpose=Purpose.CALIBRATE)
    words = Wording(line.name, line.lane)
    groups.edit(session, by, line.slug, replace(words, revisions={Purpose.CALIBRATE: ranged.id}))
    with pytest.raises(StudioError, match="1 of them"):
        groups.edit(session, by, line.slug, replace(words, revisions={Purpose.COMPARE: compared.id}))
    assert line.compare_revision_id is None


def test_photos_that_are_compared_may_not_set_the_ranges_of_int8(session: Session) -> None:
    line, by = factories.group(session), factories.person(session).id
    compared = factories.revision(session)
    with pytest.raises(StudioError, match="not meant"):
        groups.edit(session, by, line.slug, replace(HAIR, revisions={Purpose.CALIBRATE: compared.id}))
