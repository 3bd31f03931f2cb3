from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from model_store.manifest import Manifest
from studio.db import session as db
from studio.db.accounts import Person
from studio.db.endpoints import Endpoint
from studio.db.outputs import Controls, Output
from studio.db.runs import Run, Step
from studio.db.samples import Annotation, AnnotationTag, Sample, SetRevision
from studio.db.versions import Group, Version
from studio.domain.annotation import tagged
from studio.domain.vocabulary import OPEN_STEPS, OutputState, Purpose, RunState, StepState
from studio.errors import Conflict, StudioError
from studio.gateways.storage import Storage
from studio.services import (
    accounts,
    annotations,
    comparisons,
    endpoints,
    nights,
    outputs,
    registering,
    runs,
    samples,
    sets,
    steps,
)
from studio.services.nights import Asked
from studio.services.registering import Kept, Registration
from studio.services.samples import Photo
from studio.services.steps import Claim, End
from studio.services.versions import Refused
from tests import factories
from tests.unit.services.stages import send_and_claim

CLAIMERS = 6
TRIALS = 8
DONE = End(StepState.DONE)


def at_once(url: str, *works: Callable[[Session], object]) -> list[object]:
    """Run each work in a thread and session of its own, started together; their results in order."""
    ready = Barrier(len(works))

    def one(work: Callable[[Session], object]) -> object:
        with db.session(url) as session:
            ready.wait()
            return work(session)

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def count(session: Session, table: type) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(table)) or 0


def held(session: Session, run: Run) -> list[Claim]:
    waiting = session.scalars(select(Step.id).where(Step.run_id == run.id, Step.state == StepState.PENDING))
    claims = [send_and_claim(session, step_id) for step_id in waiting.all()]
    return [claim for claim in claims if claim]


def started(session: Session, columns: int) -> Run:
    shown = factories.comparison(session, columns=columns)
    return runs.start_comparison(session, shown.by, shown.id)


def test_the_same_checkpoint_registered_twice_at_once_is_one_version(
    database_url: str, session: Session
) -> None:
    line, by = factories.group(session).id, factories.person(session).id
    session.commit()
    contract = Manifest("se-unet", "hair-colour", 256, 256)

    def one(name: str, kept: Kept) -> Callable[[Session], object]:
        def register(own: Session) -> object:
            asked = Registration(name, kept, contract)
            try:
                return registering.register(own, by, own.get_one(Group, line), asked)[0].name
            except Refused as refused:
                return refused.message

        return register

    for trial in range(TRIALS):
        kept = Kept("w.safetensors", factories.sha(f"weights {trial}"), 9)
        said = at_once(database_url, one(f"a{trial}", kept), one(f"b{trial}", kept))
        assert sum("already" in str(each) for each in said) == 1, said
    assert count(session, Version) == TRIALS


def test_of_many_claimers_exactly_one_gets_the_step(database_url: str, session: Session) -> None:
    run = factories.run(session, *[("measure", StepState.SENT)] * TRIALS)
    step_ids = session.scalars(select(Step.id).where(Step.run_id == run.id)).all()
    session.rollback()

    def claim_all(opened: Session) -> list[int]:
        return [step_id for step_id in step_ids if steps.claim(opened, step_id, "here:1:1")]

    won = Counter(each for found in at_once(database_url, *[claim_all] * CLAIMERS) for each in found)
    assert won == Counter(step_ids)
    assert set(session.scalars(select(Step.token))) == {1}


def test_two_steps_that_end_at_the_same_moment_begin_the_next_stage_once(
    database_url: str, session: Session
) -> None:
    for _ in range(TRIALS):
        run = started(session, columns=2)
        first, second = held(session, run)
        ended = at_once(
            database_url,
            lambda opened, mine=first: runs.finish(opened, mine, DONE),
            lambda opened, mine=second: runs.finish(opened, mine, DONE),
        )
        assert ended == [True, True]
        made = select(Step.name).where(Step.run_id == run.id, Step.state == StepState.PENDING)
        assert session.scalars(made).all() == ["measure", "measure"]


def test_a_step_that_ends_while_its_run_is_cancelled_leaves_nothing_open(
    database_url: str, session: Session
) -> None:
    for how in (DONE, End(StepState.ERROR, "The endpoint answered 503.")) * TRIALS:
        run = started(session, columns=1)
        (mine,) = held(session, run)
        at_once(
            database_url,
            lambda opened, mine=mine, how=how: runs.finish(opened, mine, how),
            lambda opened, run=run: runs.cancel(opened, run.by, run.public_id),
        )
        session.rollback()
        assert session.get_one(Run, run.id, populate_existing=True).state is RunState.CANCELLED
        opened = select(Step.state).where(Step.run_id == run.id, Step.state.in_(OPEN_STEPS))
        assert session.scalars(opened).all() == []


def test_the_holder_and_the_relay_do_not_both_end_a_step(database_url: str, session: Session) -> None:
    for _ in range(TRIALS):
        run = started(session, columns=1)
        (mine,) = held(session, run)
        by_holder, by_relay = at_once(
            database_url,
            lambda opened, mine=mine: runs.finish(opened, mine, DONE),
            lambda opened: bool(runs.take_back(opened, steps.Watch(), 0, ["here:1:1"])),
        )
        session.rollback()
        row = session.get_one(Step, mine.step_id, populate_existing=True)
        assert (row.state is StepState.DONE) == by_holder
        assert by_holder or by_relay
        for late in held(session, run):
            runs.finish(session, late, DONE)


def test_a_comparison_started_twice_at_once_is_one_run(database_url: str, session: Session) -> None:
    for _ in range(TRIALS):
        shown = factories.comparison(session)
        found = at_once(
            database_url,
            *[lambda opened, shown=shown: runs.start_comparison(opened, shown.by, shown.id).id] * 3,
        )
        assert len(set(found)) == 1


def test_a_cell_that_two_workers_computed_is_one_row(database_url: str, session: Session) -> None:
    run = started(session, columns=1)
    (column,) = outputs.columns(session, run.comparison_id or 0)
    cells = outputs.holes(session, column)
    host = factories.endpoint(session)
    session.commit()

    def compute(opened: Session, worker: int) -> None:
        for cell in cells:
            picture = outputs.Picture(factories.sha(worker), 1_000, 64, 64, 0.25, 12.0, 1.0)
            outputs.save(opened, column, cell, run.id, host.id, picture)
            outputs.fail(opened, column, cell, run.id, StudioError("too late"))

    works = [lambda opened, worker=worker: compute(opened, worker) for worker in range(4)]
    at_once(database_url, *works)
    assert count(session, Output) == len(cells)
    assert set(session.scalars(select(Output.state))) == {OutputState.DONE}


def test_a_photo_that_two_people_add_at_once_is_one_sample(
    database_url: str, session: Session, tmp_path: Path
) -> None:
    person_id = factories.person(session).id
    session.commit()
    storage = Storage(tmp_path / "objects")
    for seed in range(TRIALS // 2):
        photo = Photo("twice", factories.png(seed))
        found = at_once(
            database_url,
            *[lambda opened, photo=photo: samples.add_photo(opened, storage, person_id, photo).id] * 3,
        )
        assert len(set(found)) == 1
    assert count(session, Sample) == TRIALS // 2


def test_a_set_frozen_twice_at_once_has_no_number_twice(database_url: str, session: Session) -> None:
    members = [factories.sample(session).id for _ in range(4)]
    person_id = factories.person(session).id
    session.commit()

    def freeze(opened: Session, size: int) -> str:
        try:
            sets.add_revision(opened, person_id, "faces", Purpose.COMPARE, members[:size])
        except Conflict as error:
            return error.message
        return "frozen"

    found = at_once(database_url, *[lambda opened, size=size: freeze(opened, size) for size in (1, 2, 3, 4)])
    numbers = session.scalars(select(SetRevision.no).order_by(SetRevision.no)).all()
    assert numbers == list(range(1, found.count("frozen") + 1))


def test_edits_of_one_photo_at_once_are_all_kept_in_a_row_of_annotations(
    database_url: str, session: Session
) -> None:
    photos = [factories.sample(session).id for _ in range(2)]
    person_id = factories.person(session).id
    session.commit()

    def tag(opened: Session, key: str) -> int:
        return annotations.revise(opened, person_id, photos, tagged([(key, "yes")]))

    keys = [f"key{number}" for number in range(TRIALS)]
    assert at_once(database_url, *[lambda opened, key=key: tag(opened, key) for key in keys]) == [2] * TRIALS
    for photo in photos:
        rows = session.scalars(
            select(Annotation).where(Annotation.sample_id == photo).order_by(Annotation.no)
        )
        *older, newest = rows.all()
        assert [row.no for row in (*older, newest)] == list(range(1, TRIALS + 2))
        assert ([row.is_current for row in older], newest.is_current) == ([False] * TRIALS, True)
        of_newest = select(AnnotationTag.key).where(AnnotationTag.annotation_id == newest.id)
        assert sorted(session.scalars(of_newest)) == keys


def test_the_same_edit_made_by_several_at_once_is_one_annotation(database_url: str, session: Session) -> None:
    person_id = factories.person(session).id

    def tag(opened: Session, photo: int) -> int:
        return annotations.revise(opened, person_id, [photo], tagged([("hair", "long")]))

    for _ in range(TRIALS // 2):
        photo = factories.sample(session).id
        session.commit()
        made = at_once(database_url, *[lambda opened, photo=photo: tag(opened, photo)] * 3)
        assert sorted(made) == [0, 0, 1]


@pytest.mark.parametrize(
    ("table", "ask"),
    [
        (Person, accounts.local_person),
        (Controls, lambda session: comparisons.controls(session, {"colour": "ash"})),
        (Endpoint, lambda session: endpoints.local(session, "unix:/a", "unix:/b")),
    ],
    ids=["person", "controls", "endpoint"],
)
def test_a_row_that_many_need_first_is_made_once(
    database_url: str, session: Session, table: type, ask: Callable[[Session], object]
) -> None:
    def work(opened: Session) -> int:
        found = ask(opened).id
        opened.commit()
        return found

    assert len(set(at_once(database_url, *[work] * 5))) == 1
    assert count(session, table) == 1


def test_two_people_who_begin_a_night_at_the_same_moment_get_one_each(
    database_url: str, session: Session
) -> None:
    champion = factories.champion(session, factories.version(session))
    session.commit()

    def begin(opened: Session) -> int:
        group = opened.get_one(Group, champion.group_id)
        night = nights.begin(opened, champion.by, group, Asked(date(2026, 11, 21)), ["torchserve"])
        assert night is not None
        return night.no

    assert sorted(at_once(database_url, *[begin] * CLAIMERS)) == list(range(1, CLAIMERS + 1))
