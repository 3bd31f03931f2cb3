from itertools import pairwise

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from studio.db.accounts import Audit
from studio.db.versions import Group, Variant, Version
from studio.domain.vocabulary import ParentKind, Precision, VariantState, VersionState
from studio.services import versions
from studio.services.versions import Refused
from tests import factories


def line_of(session: Session, n: int) -> tuple[Group, list[Version]]:
    """A group with versions, each a branch of the one before."""
    line = factories.group(session)
    made = [factories.version(session, line) for _ in range(n)]
    for parent, child in pairwise(made):
        versions.descend(child, [parent])
    session.commit()
    return line, made


def test_two_parents_are_a_swap_of_layers_one_is_a_branch(session: Session) -> None:
    line, (first, second, third) = line_of(session, 3)
    by = factories.person(session).id
    versions.correct_parents(session, by, third, [first.name, second.name])
    assert (third.parent_a, third.parent_b, third.parent_kind) == (first.id, second.id, ParentKind.SWAP)
    versions.correct_parents(session, by, third, [])
    assert (third.parent_a, third.parent_b, third.parent_kind) == (None, None, ParentKind.NONE)
    [one, other] = session.scalars(select(Audit).where(Audit.noun == "version").order_by(Audit.id))
    assert one.verb == other.verb == "correct parents"
    assert (one.before or {})["parent_a"] == second.id
    assert (other.after or {})["parent_a"] is None
    assert line.id == third.group_id


def test_the_same_parents_again_leave_no_trace(session: Session) -> None:
    _, (first, second) = line_of(session, 2)
    versions.correct_parents(session, first.by, second, [first.name])
    assert session.scalars(select(Audit)).all() == []


def test_a_version_cannot_come_from_itself_or_its_children(session: Session) -> None:
    _, made = line_of(session, 3)
    for child in made:
        with pytest.raises(Refused, match="would come from itself") as caught:
            versions.correct_parents(session, made[0].by, made[0], [child.name])
        assert caught.value.field == "parents"
    assert made[0].parent_a is None


@pytest.mark.parametrize("names", [["v1", "v1"], ["v1", "v2", "v3"], ["nowhere"]])
def test_parents_are_at_most_two_versions_of_the_group(session: Session, names: list[str]) -> None:
    line = factories.group(session)
    with pytest.raises(Refused):
        versions.parents(session, line, names)


def test_what_the_dry_run_counted_stands_beside_what_the_card_says(session: Session) -> None:
    made = factories.version(session)
    made.card = {"data": "drawings", "parameters": 7}
    versions.tried(session, made.id, {"parameters": 8, "macs": 9})
    assert made.card == {"data": "drawings", "parameters": 7, "macs": 9}


def test_building_the_same_again_changes_nothing(session: Session) -> None:
    made = factories.version(session)
    recipe = (factories.sha("recipe"), {"precision": "int8"})
    found = {
        versions.built(session, made.id, Precision.INT8, (factories.sha("archive"), 9), recipe, {}).id
        for _ in range(2)
    }
    assert len(found) == 1
    assert session.get_one(Variant, found.pop()).archive_bytes == 9


def test_a_variant_that_answered_makes_its_version_serve(session: Session) -> None:
    made = factories.version(session)
    variant = factories.variant(session, made, state=VariantState.BUILDING)
    versions.serving(session, variant.id)
    assert (variant.state, made.state) == (VariantState.READY, VersionState.SERVING)


def test_an_approved_version_stays_approved_when_it_is_loaded_again(session: Session) -> None:
    made = factories.version(session, state=VersionState.APPROVED)
    versions.serving(session, factories.variant(session, made).id)
    assert made.state is VersionState.APPROVED


def test_an_archive_may_serve_two_variants(session: Session) -> None:
    first, second = factories.variant(session), factories.variant(session)
    second.archive_sha = first.archive_sha
    session.commit()
    assert session.scalar(select(func.count()).select_from(Variant)) == 2


def test_building_again_what_serves_keeps_it_serving(session: Session) -> None:
    ready = factories.variant(session)
    archive, recipe = (ready.archive_sha or "", 9), (ready.recipe_sha, {})
    versions.built(session, ready.version_id, Precision.FP32, archive, recipe, {})
    assert ready.state is VariantState.READY
    versions.built(session, ready.version_id, Precision.FP32, (factories.sha("another"), 9), recipe, {})
    assert ready.state is VariantState.BUILDING
