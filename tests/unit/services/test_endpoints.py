from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.accounts import Audit
from studio.db.base import now
from studio.db.endpoints import Deployment, Endpoint
from studio.db.runs import Run, Step
from studio.domain.vocabulary import DeploymentState, RunKind, RunState, StepState
from studio.errors import EndpointRefused, NotFound, StudioError, Unavailable
from studio.queries.endpoints import hosts
from studio.services import endpoints
from tests import factories
from tests.unit.services.stages import end_stage

ARCHIVE = factories.sha("archive")
MB = 10**6


def host(session: Session, budget: int | None = 1000 * MB) -> Endpoint:
    made = endpoints.local(session, "unix:/a", "unix:/b")
    made.memory_budget = budget
    session.commit()
    return made


def loaded(session: Session, at: Endpoint, archive: str, ago_s: float = 60, rss: int = 400 * MB) -> str:
    endpoints.note(session, at.id, archive, DeploymentState.LOADED, rss=rss, load_seconds=2.5)
    deployment(session, archive).last_used_at = now() - timedelta(seconds=ago_s)
    session.commit()
    return archive


def deployment(session: Session, archive: str = ARCHIVE) -> Deployment:
    found = select(Deployment).where(Deployment.archive_sha == archive)
    return session.scalars(found.execution_options(populate_existing=True)).one()


def test_the_addresses_of_the_local_endpoint_follow_the_settings(session: Session) -> None:
    first = endpoints.local(session, "unix:/a", "unix:/b")
    assert first.memory_budget
    again = endpoints.local(session, "http://ts:8080", "http://ts:8081")
    assert again.id == first.id
    found = session.scalars(select(Endpoint)).one()
    assert (found.inference_url, found.management_url) == ("http://ts:8080", "http://ts:8081")


def test_on_another_machine_nobody_guesses_how_much_memory_there_is(session: Session) -> None:
    assert endpoints.local(session, "http://ts:8080", "http://ts:8081").memory_budget is None


def test_what_is_known_of_an_archive_on_an_endpoint_is_one_row(session: Session) -> None:
    at = host(session)
    endpoints.make_room(session, at.id, ARCHIVE)
    endpoints.not_loaded(session, at.id, ARCHIVE, EndpointRefused("No memory.", "Buy some."))
    assert (deployment(session).state, deployment(session).error) == (
        DeploymentState.FAILED,
        "No memory. Buy some.",
    )
    endpoints.note(session, at.id, ARCHIVE, DeploymentState.LOADED, rss=300 * MB, load_seconds=4.2)
    found = session.scalars(select(Deployment)).one()
    assert (found.state, found.rss, found.load_seconds, found.error) == (
        DeploymentState.LOADED,
        300 * MB,
        4.2,
        "",
    )
    assert found.last_used_at is not None


def test_what_is_loaded_counts_as_used_and_what_is_not_is_loaded_by_a_run(session: Session) -> None:
    at, by = host(session), factories.person(session).id
    standing = endpoints.want(session, by, ARCHIVE)
    assert (standing.loaded, standing.loading, standing.seconds) == (False, True, None)
    assert endpoints.want(session, by, ARCHIVE) == standing
    run = session.scalars(select(Run)).one()
    assert (run.kind, run.args) == (RunKind.LOAD, {"archive": ARCHIVE, "load": True})
    loaded(session, at, ARCHIVE)
    assert end_stage(session, run) == "load"
    assert run.state is RunState.DONE
    before = deployment(session).last_used_at
    assert endpoints.want(session, by, ARCHIVE) == endpoints.Standing(loaded=True)
    assert deployment(session).last_used_at > before
    assert endpoints.standing(session, ARCHIVE).seconds == 2.5


def test_a_load_that_failed_says_why_until_it_is_asked_again(session: Session) -> None:
    at, by = host(session), factories.person(session).id
    endpoints.make_room(session, at.id, ARCHIVE)
    endpoints.not_loaded(session, at.id, ARCHIVE, Unavailable("TorchServe does not answer.", "Wait."))
    assert endpoints.standing(session, ARCHIVE).error == "TorchServe does not answer. Wait."
    assert endpoints.want(session, by, ARCHIVE).error == ""


def test_a_server_that_is_away_does_not_make_forget_what_it_had_loaded(session: Session) -> None:
    at = host(session)
    loaded(session, at, ARCHIVE)
    endpoints.not_loaded(session, at.id, ARCHIVE, Unavailable("TorchServe does not answer."))
    assert deployment(session).state is DeploymentState.LOADED


def test_the_least_recently_used_leaves_for_the_one_that_comes(session: Session) -> None:
    at = host(session)
    old, older = (
        loaded(session, at, factories.sha("old"), 60),
        loaded(session, at, factories.sha("older"), 90),
    )
    assert endpoints.make_room(session, at.id, ARCHIVE) == [older]
    states = {each.archive_sha: each.state for each in session.scalars(select(Deployment))}
    assert states == {
        old: DeploymentState.LOADED,
        older: DeploymentState.UNLOADING,
        ARCHIVE: DeploymentState.LOADING,
    }


def test_what_a_running_step_needs_stays_and_what_waits_for_its_turn_goes_last(session: Session) -> None:
    at = host(session)
    running = factories.run(session, ("generate", StepState.RUNNING), ("generate", StepState.PENDING))
    queue = endpoints.waiting(session)
    [busy], [awaited] = queue.running, queue.waiting
    loaded(session, at, busy, 90)
    loaded(session, at, awaited, 80)
    idle = loaded(session, at, factories.sha("idle"), 70, rss=100 * MB)
    at.memory_budget = 1 * MB
    assert endpoints.make_room(session, at.id) == [idle, awaited]
    assert running.state is RunState.RUNNING


def test_what_a_page_asked_a_moment_ago_stays(session: Session) -> None:
    at = host(session, 1 * MB)
    loaded(session, at, ARCHIVE, ago_s=1)
    assert endpoints.make_room(session, at.id) == []


def test_without_a_budget_nothing_leaves(session: Session) -> None:
    at = host(session, None)
    loaded(session, at, factories.sha("old"), rss=10**15)
    assert endpoints.make_room(session, at.id, ARCHIVE) == []


def test_a_budget_is_changed_with_its_trace(session: Session) -> None:
    at, by = host(session), factories.person(session).id
    endpoints.set_budget(session, by, at.id, 5 * MB)
    endpoints.set_budget(session, by, at.id, 5 * MB)
    [trace] = session.scalars(select(Audit).where(Audit.noun == "endpoint"))
    assert (trace.before, trace.after) == ({"bytes": 1000 * MB}, {"bytes": 5 * MB})
    with pytest.raises(StudioError):
        endpoints.set_budget(session, by, at.id, 0)
    with pytest.raises(NotFound):
        endpoints.set_budget(session, by, at.id + 1, None)


def test_unloading_takes_the_place_of_a_load_that_is_under_way(session: Session) -> None:
    by, archive = factories.person(session).id, factories.variant(session).archive_sha or ""
    endpoints.load(session, by, archive)
    endpoints.unload(session, by, archive)
    endpoints.unload(session, by, archive)
    assert endpoints.asked(session) == {archive: False}
    assert [run.args["load"] for run in session.scalars(select(Run).order_by(Run.id))] == [True, False]
    assert session.scalars(select(Step.subject)).all() == [archive, archive]
    with pytest.raises(NotFound):
        endpoints.load(session, by, ARCHIVE)


def test_the_page_lists_every_archive_and_what_is_loaded_first(session: Session) -> None:
    at = host(session)
    cold, warm = factories.variant(session), factories.variant(session)
    loaded(session, at, warm.archive_sha or "", rss=650 * MB)
    [shown] = hosts(session)
    assert (shown.used, shown.budget, shown.loaded) == (650 * MB, 1000 * MB, 1)
    assert [(row.archive, row.resident) for row in shown.rows] == [
        (warm.archive_sha, True),
        (cold.archive_sha, False),
    ]


def test_waiting_steps_are_counted_by_the_archive_that_they_need(session: Session) -> None:
    run = factories.run(session, ("generate", StepState.RUNNING), ("bench", StepState.PENDING))
    variant = factories.variant(session)
    deploy = factories.step(run, "deploy", StepState.SENT)
    deploy.subject = f"variant:{variant.id}"
    session.add(deploy)
    session.commit()
    queue = endpoints.waiting(session)
    assert sum(queue.running.values()) == 1
    assert sum(queue.waiting.values()) == 3  # the bench asks both columns
    assert queue.waiting[variant.archive_sha or ""] == 1
