"""A whole studio with the demo in it: its database, its files, its endpoint and the buttons of its pages."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.accounts import Person
from studio.db.comparisons import Comparison
from studio.db.outputs import Output, of_cell
from studio.db.runs import Run, Step
from studio.db.samples import RevisionItem, Sample
from studio.db.session import engine
from studio.db.versions import Group, Variant
from studio.domain.vocabulary import OPEN_RUNS, Purpose
from studio.gateways.storage import Storage
from studio.services import comparisons, outputs, sets
from studio.services.outputs import Column
from studio.settings import Settings
from tests.servers.studio import Studio
from workers.serving.torchserve import TorchServe

DEMO_S = 400.0
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Demo:
    def __init__(self, var: Path) -> None:
        self.studio = Studio(var, demo=True)
        self.table = Settings(var=var)
        self.storage = Storage(self.table.objects)
        self.serving = TorchServe(self.table.inference_address, self.table.management_address)
        self.browser = requests.Session()
        self.browser.headers["Accept-Language"] = "en"

    def start(self) -> None:
        """Start it and wait until the demo's version is compared."""
        self.studio.start()
        self.wait(lambda: len(self.runs()) == 2 and not self.busy(), DEMO_S)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that keeps nobody from writing."""
        opened = engine(self.table.database_url).execution_options(reading=True)
        with Session(opened, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[tuple[Session, int]]:
        """A session for services, with the person who asks."""
        with Session(engine(self.table.database_url), expire_on_commit=False) as session:
            yield session, session.scalars(select(Person.id).order_by(Person.id).limit(1)).one()

    def wait(self, true: Callable[[], bool], seconds: float) -> float:
        """Until `true()`, in seconds; the studio's log comes with the failure."""
        begun = time.monotonic()
        self.studio.wait(true, seconds)
        return time.monotonic() - begun

    def runs(self) -> Sequence[Run]:
        with self.reading() as session:
            return session.scalars(select(Run).order_by(Run.id)).all()

    def busy(self) -> bool:
        return any(run.state in OPEN_RUNS for run in self.runs())

    def columns(self, comparison: Comparison) -> list[Column]:
        with self.reading() as session:
            return outputs.columns(session, comparison.id)

    def archive(self, column: Column) -> str:
        """What the endpoint calls the column's variant."""
        with self.reading() as session:
            return (session.get_one(Variant, column.variant_id).archive_sha or "")[:12]

    @property
    def comparison(self) -> Comparison:
        """The one that the demo made: FP32 and INT8 on 24 photos."""
        with self.reading() as session:
            return session.scalars(select(Comparison).order_by(Comparison.id).limit(1)).one()

    @property
    def group(self) -> Group:
        with self.reading() as session:
            return session.scalars(select(Group)).one()

    def compare(self, slug: str, shown: Sequence[Column], photos: Sequence[Sample]) -> Comparison:
        """A further comparison of these variants on these photos."""
        with self.writing() as (session, person):
            ids = [photo.id for photo in photos]
            revision = sets.add_revision(session, person, slug, Purpose.COMPARE, ids)
            columns = [(column.variant_id, column.controls) for column in shown]
            made = comparisons.add(session, person, self.group.id, revision.id, slug, columns)
            session.commit()
            return made

    def photos(self, revision_id: int) -> list[Sample]:
        """The photos of a set in their order."""
        listed = select(Sample).join(RevisionItem, RevisionItem.sample_id == Sample.id)
        with self.reading() as session:
            return list(
                session.scalars(
                    listed.where(RevisionItem.revision_id == revision_id).order_by(RevisionItem.position)
                )
            )

    def cells(self, comparison: Comparison) -> dict[tuple[int, int], Output]:
        """The outputs that a comparison shows, by column and row."""
        with self.reading() as session:
            return {
                (column.position, position): output
                for column in outputs.columns(session, comparison.id)
                for position, output in session.execute(
                    select(RevisionItem.position, Output)
                    .join(Output, of_cell(column, RevisionItem.annotation_id))
                    .where(RevisionItem.revision_id == column.revision_id)
                )
            }

    def files(self, comparison: Comparison) -> dict[tuple[int, int], str]:
        """The hashes of the finished pictures, by column and row."""
        return {at: each.blob_sha for at, each in self.cells(comparison).items() if each.blob_sha}

    def missing(self, comparison: Comparison) -> int:
        """How many cells have no picture yet."""
        shown = len(self.photos(comparison.revision_id)) * len(self.columns(comparison))
        return shown - len(self.files(comparison))

    def steps(self, run: Run) -> Sequence[Step]:
        with self.reading() as session:
            return session.scalars(select(Step).where(Step.run_id == run.id).order_by(Step.id)).all()

    def path(self, comparison: Comparison, verb: str = "") -> str:
        return f"{self.studio.address}/comparisons/{comparison.public_id}{verb}"

    def page(self, comparison: Comparison) -> str:
        answer = self.browser.get(self.path(comparison), timeout=10)
        answer.raise_for_status()
        return answer.text

    def press(self, comparison: Comparison, verb: str, **form: str) -> str:
        """One of the page's buttons, with the page's own token."""
        found = TOKEN.search(self.page(comparison))
        assert found, "the page has no button"
        answer = self.browser.post(
            self.path(comparison, verb),
            {"csrf_token": found[1], **form},
            timeout=10,
            headers={"HX-Request": "true"},
        )
        answer.raise_for_status()
        return answer.text

    def session_of(self, service: str) -> list[psutil.Process]:
        """The processes of one service."""
        leader = psutil.Process(self.studio.service(service)["pid"])
        return [leader, *leader.children(recursive=True)]
