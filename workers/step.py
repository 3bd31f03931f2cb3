"""@step(name): claim the row, run, record, make what comes next. The only retry logic is here.

A claimed step beats from a thread of its own. When a beat finds the step taken back or its run
cancelled, the work stops at its next item; what it wrote stays, because every write is a row of its own.
"""

import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import structlog

from studio.domain.vocabulary import StepState
from studio.errors import StudioError
from studio.gateways import owner
from studio.services import runs, steps
from studio.services.steps import Claim, End, Pulse
from workers import context

BEAT_S = 1.0

log = structlog.get_logger()


class Stopped(Exception):
    """Raised by `Work.check` when the step is not ours any more, or its run was cancelled."""

    def __init__(self, why: Pulse) -> None:
        super().__init__(why.name)
        self.why = why


class Work:
    """A claimed step in the hands of its task."""

    def __init__(self, held: Claim) -> None:
        self.held = held
        self.run_id = held.run_id
        self.subject = held.subject
        self._pulse = Pulse.GO
        self._parts: list[list[str | float]] = []

    def check(self) -> None:
        """Call between items.

        Raises:
            Stopped: go no further.
        """
        if self._pulse is not Pulse.GO:
            raise Stopped(self._pulse)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time a part of the work under its name, for who watches; ends with `check`."""
        begun = time.monotonic()
        yield
        self.took({name: time.monotonic() - begun})
        self.check()

    def took(self, seconds: Mapping[str, float]) -> None:
        """Record parts that ended, with how long each took."""
        self._parts += [[name, round(spent, 3)] for name, spent in seconds.items()]
        with context.session() as session:
            steps.note_parts(session, self.held, self._parts)

    def beat_until(self, over: threading.Event) -> None:
        """Beat until `over` is set or the step is ours no more."""
        while self._pulse is Pulse.GO and not over.wait(BEAT_S):
            try:
                with context.session() as session:
                    self._pulse = steps.beat(session, self.held)
            except Exception:
                log.warning("beat failed", step=self.held.step_id, exc_info=True)


Task = Callable[[Work], None]

TASKS: dict[str, Callable[[int], None]] = {}


def step(name: str) -> Callable[[Task], Task]:
    """Register a function as the work of the pipeline step `name`."""

    def register(work: Task) -> Task:
        def run(step_id: int) -> None:  # no lambda: Celery writes the name into code
            _run(work, step_id)

        TASKS[name] = run
        return work

    return register


def _run(work: Task, step_id: int) -> None:
    with context.session() as session:
        held = steps.claim(session, step_id, owner.me())
    if held is None:
        return
    mine = Work(held)
    over = threading.Event()
    beating = threading.Thread(target=mine.beat_until, args=(over,), daemon=True)
    beating.start()
    try:
        end = _attempt(work, mine)
    finally:
        over.set()
        beating.join()
    if end is not None:
        with context.session() as session:
            runs.finish(session, held, end)


def _attempt(work: Task, mine: Work) -> End | None:
    """How the work ended; None if the step belongs to another worker now."""
    try:
        work(mine)
    except Stopped as stop:
        return End(StepState.CANCELLED) if stop.why is Pulse.CANCELLED else None
    except StudioError as error:
        log.warning("step failed", step=mine.held.step_id, name=mine.held.name, error=error.message)
        return _failed(error.message, error.hint, permanent=error.permanent, trace=_trace(error))
    except Exception as error:
        log.exception("step broke", step=mine.held.step_id, name=mine.held.name)
        sentence = f"The step broke: {type(error).__name__}: {error}"
        return _failed(sentence, "The log has the details.", permanent=False, trace=_trace(error))
    return End(StepState.DONE)


def _failed(message: str, hint: str, *, permanent: bool, trace: str) -> End:
    log_sha = context.storage().put(trace.encode())
    return End(StepState.ERROR, message, hint, permanent=permanent, log_sha=log_sha)


def _trace(error: BaseException) -> str:
    inner = getattr(error, "log", "")  # the traceback of a child process, where the error came from one
    return inner or "".join(traceback.format_exception(error))
