from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.comparisons import Comparison
from studio.db.runs import Run
from studio.db.versions import Group, Variant, Version
from studio.domain.vocabulary import Precision, RunKind, RunState, VariantState, VersionState
from studio.services import outputs, runs, versions
from tests import factories
from tests.unit.services.stages import BROKEN, DONE, end_stage, names, rows, take


def registering(session: Session, *, champion: bool = False) -> tuple[Run, Version]:
    shown = factories.revision(session)
    line = factories.group(session, compare_revision_id=shown.id)
    if champion:
        shipped = factories.version(session, line, VersionState.APPROVED)
        factories.variant(session, shipped)
        factories.champion(session, shipped)
    made = factories.version(session, line)
    args = {"version": made.id, "controls": factories.COPPER}
    run = runs.start(session, made.by, RunKind.REGISTER, args, group_id=line.id)
    session.commit()
    return run, made


def build(session: Session, made: Version, precision: Precision) -> Variant:
    recipe = (factories.sha(precision), {"precision": precision.value})
    archive = (factories.sha(f"{made.id} {precision}"), 1_000)
    return versions.built(session, made.id, precision, archive, recipe, {"psnr_to_eager": 90.0})


def comparison_of(session: Session, run: Run) -> tuple[Run, list[Variant]]:
    """The compare run that a register run started, and the variants it shows."""
    later = session.scalars(
        select(Run).where(Run.kind == RunKind.COMPARE, Run.group_id == run.group_id)
    ).one()
    columns = outputs.columns(session, later.comparison_id or 0)
    return later, [session.get_one(Variant, column.variant_id) for column in columns]


def test_a_version_is_validated_packaged_deployed_and_compared(session: Session) -> None:
    run, made = registering(session)
    assert end_stage(session, run) == "validate"
    assert [row.subject for row in rows(session, run)[1:]] == ["fp32", "int8"]
    variants = [build(session, made, precision) for precision in Precision]
    assert end_stage(session, run) == "package"
    assert [row.subject for row in rows(session, run)[3:]] == [f"variant:{each.id}" for each in variants]
    for each in variants:
        versions.serving(session, each.id)
    assert end_stage(session, run) == "deploy"
    assert run.state is RunState.DONE
    assert made.state is VersionState.SERVING
    later, shown = comparison_of(session, run)
    assert shown == variants
    assert names(session, later) == {"generate": 2}


def test_a_version_is_compared_with_the_champion_of_its_group(session: Session) -> None:
    run, made = registering(session, champion=True)
    end_stage(session, run)
    fp32 = build(session, made, Precision.FP32)
    end_stage(session, run)
    versions.serving(session, fp32.id)
    end_stage(session, run)
    later, shown = comparison_of(session, run)
    assert [each.version_id == made.id for each in shown] == [False, True]
    named = session.get_one(Comparison, later.comparison_id)
    assert named.name == f"{made.name} against {session.get_one(Version, shown[0].version_id).name}"
    assert run.args["comparison"] == named.id


def test_without_a_champion_a_version_is_compared_with_its_parent(session: Session) -> None:
    run, made = registering(session)
    parent = factories.version(session, session.get_one(Group, made.group_id), VersionState.SERVING)
    factories.variant(session, parent)
    made.parent_a = parent.id
    end_stage(session, run)
    fp32 = build(session, made, Precision.FP32)
    end_stage(session, run)
    versions.serving(session, fp32.id)
    end_stage(session, run)
    _, shown = comparison_of(session, run)
    assert [each.version_id for each in shown] == [parent.id, made.id]


def test_a_failed_int8_package_still_serves_and_compares_fp32(session: Session) -> None:
    run, made = registering(session)
    end_stage(session, run)
    fp32, int8 = take(session, run)
    build(session, made, Precision.FP32)
    runs.finish(session, int8, BROKEN)
    runs.finish(session, fp32, DONE)
    (deploy,) = take(session, run)
    assert deploy.name == "deploy"
    variant = session.scalars(select(Variant).where(Variant.version_id == made.id)).one()
    versions.serving(session, variant.id)
    runs.finish(session, deploy, DONE)
    assert run.state is RunState.ERROR
    _, shown = comparison_of(session, run)
    assert shown == [variant]


def test_weights_that_fail_their_dry_run_are_not_packaged(session: Session) -> None:
    run, made = registering(session)
    end_stage(session, run, BROKEN)
    assert names(session, run) == {"validate": 1}
    assert run.state is RunState.ERROR
    assert made.state is VersionState.DRAFT
    assert session.scalars(select(Run).where(Run.kind == RunKind.COMPARE)).all() == []


def test_a_variant_that_never_answered_is_not_compared(session: Session) -> None:
    run, made = registering(session)
    end_stage(session, run)
    build(session, made, Precision.FP32)
    end_stage(session, run)
    end_stage(session, run, BROKEN)
    assert run.state is RunState.ERROR
    assert session.scalars(select(Run).where(Run.kind == RunKind.COMPARE)).all() == []
    assert session.scalars(select(Variant.state)).all() == [VariantState.BUILDING]
