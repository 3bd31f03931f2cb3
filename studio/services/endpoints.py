"""Serving hosts and what is loaded on them, as SQL remembers it; who may stay when their memory is full."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.endpoints import Deployment, Endpoint
from studio.db.runs import Run
from studio.db.session import upsert
from studio.db.versions import Variant
from studio.domain.memory import Resident, leaving
from studio.domain.vocabulary import OPEN_RUNS, DeploymentState, EndpointKind, RunKind
from studio.errors import NotFound, StudioError
from studio.gateways import processes
from studio.queries.endpoints import RESIDENT, waiting
from studio.services import accounts, health, runs
from studio.settings import settings

LOCAL = "local"
BUSY_FOR = timedelta(seconds=5)  # after a question from a page, which leaves no step


@dataclass(frozen=True)
class Standing:
    """Whether an archive can be asked now; `seconds` is what its last load took, `error` why it cannot be loaded."""

    loaded: bool
    loading: bool = False
    seconds: float | None = None
    error: str = ""


def local(session: Session, inference_url: str, management_url: str) -> Endpoint:
    """The TorchServe of the settings, made at the first question; its addresses follow the settings.

    On this machine it may hold half of the memory, elsewhere as much as somebody says.
    """
    endpoint = session.scalar(select(Endpoint).where(Endpoint.name == LOCAL))
    if endpoint is None:  # two workers may ask first at the same moment
        row = {"inference_url": inference_url, "management_url": management_url}
        here = inference_url.startswith("unix:")
        made = upsert(session, Endpoint).values(
            name=LOCAL,
            kind=EndpointKind.TORCHSERVE,
            memory_budget=processes.memory() // 2 if here else None,
            **row,
        )
        session.execute(made.on_conflict_do_nothing(index_elements=["name"]))
        endpoint = session.scalars(select(Endpoint).where(Endpoint.name == LOCAL)).one()
    endpoint.inference_url, endpoint.management_url = inference_url, management_url
    session.commit()
    return endpoint


def want(session: Session, person_id: int, archive_sha: str) -> Standing:
    """Ask for an archive: what is loaded counts as used now, anything else is being loaded from now on.

    For a person who waits at a page; look again with `standing`.
    """
    if use(session, archive_sha):
        return Standing(loaded=True)
    _ask(session, person_id, archive_sha, load=True)
    session.commit()
    return standing(session, archive_sha)


def standing(session: Session, archive_sha: str) -> Standing:
    """How far an archive is, without asking for anything."""
    known = session.scalar(select(Deployment).where(*_of(archive_sha)))
    loading = asked(session).get(archive_sha, False)
    if known is None:
        return Standing(loaded=False, loading=loading)
    loaded = known.state is DeploymentState.LOADED
    failed = known.state is DeploymentState.FAILED and not loading
    return Standing(loaded, loading and not loaded, known.load_seconds, known.error if failed else "")


def use(session: Session, archive_sha: str) -> bool:
    """Count an archive as used now; False if it is not loaded."""
    found = session.execute(
        update(Deployment)
        .where(*_of(archive_sha), Deployment.state == DeploymentState.LOADED)
        .values(last_used_at=now())
        .returning(Deployment.id)
    ).first()
    session.commit()
    return found is not None


def answers() -> bool:
    """Whether the serving host answers now; half a second at most."""
    table = settings()
    return health.answers("torchserve", table.inference_address, table)


def asked(session: Session) -> dict[str, bool]:
    """The archives that somebody wants loaded (True) or unloaded, as long as the work on it lasts."""
    found = session.scalars(
        select(Run).where(Run.kind == RunKind.LOAD, Run.state.in_(OPEN_RUNS)).order_by(Run.id)
    )
    return {run.args["archive"]: run.args["load"] for run in found}


def load(session: Session, person_id: int, archive_sha: str) -> None:
    """Have an archive loaded because somebody says so.

    Raises:
        NotFound: no variant has this archive.
    """
    _known(session, archive_sha)
    _ask(session, person_id, archive_sha, load=True)
    session.commit()


def unload(session: Session, person_id: int, archive_sha: str) -> None:
    """Have an archive unloaded; a run that needs it loads it again by itself.

    Raises:
        NotFound: no variant has this archive.
    """
    _known(session, archive_sha)
    _ask(session, person_id, archive_sha, load=False)
    session.commit()


def set_budget(session: Session, person_id: int, endpoint_id: int, size: int | None) -> None:
    """Change how many bytes an endpoint may hold; what is too much leaves within seconds. None is no limit.

    Raises:
        NotFound: there is no such endpoint.
        StudioError: the size is no memory.
    """
    endpoint = session.get(Endpoint, endpoint_id)
    if endpoint is None:
        raise NotFound("There is no such endpoint.", "Reload the page.")
    if size is not None and size <= 0:
        raise StudioError("A memory budget is more than nothing.", "Leave it empty for no limit.")
    before, endpoint.memory_budget = endpoint.memory_budget, size
    if before != size:
        accounts.record(
            session,
            person_id,
            "set memory budget",
            ("endpoint", endpoint_id),
            before={"bytes": before},
            after={"bytes": size},
        )
    session.commit()


def make_room(session: Session, endpoint_id: int, archive_sha: str = "") -> list[str]:
    """Note that an archive comes, and which must go for it; those are the caller's to unload.

    Without an archive only what is over the budget goes.
    """
    endpoint = session.get_one(Endpoint, endpoint_id, with_for_update=True)  # one decides at a time
    known = session.scalars(select(Deployment).where(Deployment.endpoint_id == endpoint_id)).all()
    coming = next((each for each in known if each.archive_sha == archive_sha), None)
    if archive_sha and (coming is None or coming.state is not DeploymentState.LOADED):
        _write(session, endpoint_id, archive_sha, {"state": DeploymentState.LOADING, "error": ""})
    usual = max((each.rss or 0 for each in known), default=0)
    needed = ((coming.rss if coming else None) or usual) if archive_sha else 0
    residents = _residents(session, [each for each in known if each is not coming], usual)
    going = leaving(residents, needed, endpoint.memory_budget)
    session.execute(
        update(Deployment)
        .where(Deployment.endpoint_id == endpoint_id, Deployment.archive_sha.in_(going))
        .values(state=DeploymentState.UNLOADING)
    )
    session.commit()
    return list(going)


def note(
    session: Session, endpoint_id: int, archive_sha: str, state: DeploymentState, **facts: float
) -> None:
    """Remember what an endpoint did with an archive; `facts` are rss in bytes and load_seconds."""
    used = {"last_used_at": now()} if state is DeploymentState.LOADED else {}
    _write(session, endpoint_id, archive_sha, {"state": state, "error": "", **facts, **used})
    session.commit()


def not_loaded(session: Session, endpoint_id: int, archive_sha: str, error: StudioError) -> None:
    """A load failed. What was loaded before and only waits for its server stays as it is: `warm` loads it again."""
    known = Deployment.endpoint_id == endpoint_id, Deployment.archive_sha == archive_sha
    lasting = () if error.permanent else (Deployment.state == DeploymentState.LOADING,)
    session.execute(
        update(Deployment)
        .where(*known, *lasting)
        .values(state=DeploymentState.FAILED, error=f"{error.message} {error.hint}".strip())
    )
    session.commit()


def measured(session: Session, endpoint_id: int, archive_sha: str, rss: int) -> None:
    """Remember how much memory a loaded archive holds now."""
    session.execute(
        update(Deployment)
        .where(Deployment.endpoint_id == endpoint_id, Deployment.archive_sha == archive_sha)
        .values(rss=rss)
    )
    session.commit()


def _write(session: Session, endpoint_id: int, archive_sha: str, facts: Mapping[str, Any]) -> None:
    row = {"endpoint_id": endpoint_id, "archive_sha": archive_sha, **facts}
    statement = upsert(session, Deployment).values(**row)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["endpoint_id", "archive_sha"],
            set_={name: statement.excluded[name] for name in facts},
        )
    )


def _ask(session: Session, person_id: int, archive_sha: str, *, load: bool) -> None:
    """Add the run that loads or unloads, unless the same is under way; its first step shows within a second."""
    if asked(session).get(archive_sha) is not load:
        runs.start(session, person_id, RunKind.LOAD, {"archive": archive_sha, "load": load})


def _known(session: Session, archive_sha: str) -> None:
    if session.scalar(select(Variant.id).where(Variant.archive_sha == archive_sha).limit(1)) is None:
        raise NotFound("There is no such archive.", "Reload the page.")


def _of(archive_sha: str) -> tuple[ColumnElement[bool], ...]:
    here = select(Endpoint.id).where(Endpoint.name == LOCAL).scalar_subquery()
    return Deployment.archive_sha == archive_sha, Deployment.endpoint_id == here


def _residents(session: Session, known: list[Deployment], usual: int) -> list[Resident]:
    queue, moment = waiting(session), now()
    return [
        Resident(
            each.archive_sha,
            each.rss or usual,
            each.last_used_at,
            busy=queue.running[each.archive_sha] > 0
            or (each.last_used_at is not None and moment - each.last_used_at < BUSY_FOR),
            awaited=queue.waiting[each.archive_sha] > 0,
        )
        for each in known
        if each.state in RESIDENT
    ]
