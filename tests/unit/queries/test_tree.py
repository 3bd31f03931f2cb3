import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.outputs import Output
from studio.db.runs import Step
from studio.db.versions import Champion, Group, Variant, Version
from studio.domain.vocabulary import OutputState, Precision, RunKind, RunState, StepState, VersionState
from studio.queries import tree
from studio.queries.tree import Node
from studio.services import comparisons, outputs
from tests import factories


def nodes(session: Session, line: Group, **how: bool) -> dict[str, Node]:
    return {node.name: node for node in tree.tree(session, line.id, **how).nodes}


def named(session: Session, line: Group, name: str) -> Version:
    return session.scalars(select(Version).where(Version.group_id == line.id, Version.name == name)).one()


def test_a_group_without_versions_has_an_empty_tree(session: Session) -> None:
    found = tree.tree(session, factories.group(session).id)
    assert (found.nodes, found.rows, found.lanes, found.champion, found.candidate) == ((), (), 0, None, None)


@pytest.mark.parametrize("size", [1, 4])
def test_the_tree_takes_seven_statements_whatever_its_size(session: Session, statements, size: int) -> None:
    line = factories.grown(session, size)
    with statements(7):
        found = tree.tree(session, line.id)
    assert [node.name for node in found.nodes] == [f"v{no}" for no in range(1, size + 1)]


def test_a_version_tells_what_is_different_from_its_parent(session: Session) -> None:
    found = nodes(session, factories.grown(session, 2))
    assert found["v1"].parents == found["v1"].changes == ()
    assert found["v2"].parents == ("v1",)
    assert [(each.key, each.left, each.right) for each in found["v2"].changes] == [("lr", "0.0001", "0.0002")]


def test_a_version_of_two_parents_names_both(session: Session) -> None:
    line = factories.grown(session, 3)
    factories.child(session, named(session, line, "v3"), named(session, line, "v2"), name="v4")
    assert nodes(session, line)["v4"].parents == ("v3", "v2")


def test_every_version_shows_the_same_six_photos_with_gaps(session: Session) -> None:
    line = factories.grown(session, 2)
    full = session.scalars(
        select(Variant)
        .where(Variant.version_id == named(session, line, "v2").id)
        .where(Variant.precision == Precision.FP32)
    ).one()
    made = session.scalars(select(Output).where(Output.variant_id == full.id).order_by(Output.id)).all()
    made[1].state = OutputState.ERROR
    strip = nodes(session, line)["v2"].strip
    assert strip == (made[0].blob_sha, None, *(each.blob_sha for each in made[2:]))


def test_pictures_under_other_controls_do_not_stand_in_the_strip(session: Session) -> None:
    line = factories.grown(session, 2)
    late = factories.child(session, named(session, line, "v1"), name="v3")
    variant = factories.variant(session, late)
    made = comparisons.add(
        session, late.by, line.id, line.compare_revision_id, "violet", [(variant.id, {"colour": "violet"})]
    )
    (column,) = outputs.columns(session, made.id)
    factories.output(session, column, outputs.holes(session, column)[0])
    assert nodes(session, line)["v3"].strip == ()


def test_the_difference_is_the_paired_one_to_the_champion_of_now(session: Session) -> None:
    line = factories.grown(session, 3)
    found = nodes(session, line)
    assert found["v1"].distance is None
    assert (found["v2"].distance.metric, found["v2"].distance.p) == ("fd_standin", 12.5)
    row = session.scalars(select(Champion).where(Champion.group_id == line.id)).one()
    row.version_id = named(session, line, "v2").id
    assert nodes(session, line)["v3"].distance is None


def test_both_precisions_tell_speed_and_size(session: Session) -> None:
    served = nodes(session, factories.grown(session, 1))["v1"].served
    assert {precision: (each.ms, each.archive_bytes) for precision, each in served.items()} == {
        Precision.FP32: (12.5, 1000),
        Precision.INT8: (12.5, 1000),
    }


def test_retired_versions_are_folded_until_one_asks_for_them(session: Session) -> None:
    line = factories.grown(session, 2)
    gone = named(session, line, "v2")
    factories.child(session, gone, name="v3")
    gone.state = VersionState.RETIRED
    folded = tree.tree(session, line.id)
    assert ([node.name for node in folded.nodes], folded.folded) == (["v1", "v3"], 1)
    assert folded.rows[1].enter[0].dashed
    assert folded.nodes[1].parents == ("v2",)
    assert [node.name for node in tree.tree(session, line.id, folded=False).nodes] == ["v1", "v2", "v3"]


def test_a_failed_registration_says_why(session: Session) -> None:
    line = factories.group(session)
    made = factories.version(session, line)
    for state, error in ((RunState.DONE, ""), (RunState.ERROR, "4 channels, not 3.")):
        run = factories.run(
            session, ("validate", StepState.ERROR), kind=RunKind.REGISTER, args={"version": made.id}
        )
        run.state, run.group_id = state, line.id
        session.scalars(select(Step).where(Step.run_id == run.id)).one().error = error
    registration = nodes(session, line)[made.name].registration
    assert (registration.failed, registration.error) == (True, "4 channels, not 3.")


def test_two_hundred_versions_stand_in_few_lanes(session: Session, statements) -> None:
    line = factories.grown(session, 1)
    made = [named(session, line, "v1")]
    for no in range(2, 201):
        made.append(factories.child(session, made[max(0, no - 2 - no * 7 % 8)], name=f"v{no}"))
    with statements(7):
        found = tree.tree(session, line.id)
    assert len(found.nodes) == 200
    assert found.lanes <= 20
