"""Generate: send the photos of a chunk through a variant and commit each picture as it comes."""

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice

import numpy as np

from studio.db.runs import Run
from studio.db.versions import Variant
from studio.domain.pipeline import parse_chunk
from studio.domain.vocabulary import Fill
from studio.errors import StudioError
from studio.gateways import photos
from studio.gateways.serving import Answer, ModelMissing
from studio.services import endpoints, outputs
from studio.services.outputs import Cell, Column, Picture
from studio.settings import settings
from workers import context
from workers.metrics.difference import changed
from workers.step import Work, step

# One request at work, one waiting in the endpoint's queue, two being stored: the endpoint never idles.
CONNECTIONS = 4


@dataclass(frozen=True)
class Chunk:
    """What the cells of a chunk share."""

    run_id: int
    column: Column
    variant: Variant
    endpoint_id: int


@step("generate")
def generate(work: Work) -> None:
    position, first, last = parse_chunk(work.subject)
    with context.session() as session:
        run = session.get_one(Run, work.run_id)
        assert run.comparison_id is not None  # noqa: S101 a generate step belongs to a comparison
        column = outputs.columns(session, run.comparison_id)[position]
        fill = Fill(run.args.get("fill", ""))
        cells = outputs.holes(session, column, run.id, (first, last), fill)
        cells = outputs.reuse(session, column, cells, run.id)
        variant = session.get_one(Variant, column.variant_id)
        endpoint = endpoints.local(session, settings().inference_address, settings().management_address)
    chunk = Chunk(run.id, column, variant, endpoint.id)
    if cells:
        context.use(variant)
    with ThreadPoolExecutor(CONNECTIONS * settings().serving_workers) as pool:
        for ended in _as_room(pool, chunk, iter(cells), CONNECTIONS * settings().serving_workers):
            ended.result()
            work.check()


def _as_room(
    pool: ThreadPoolExecutor, chunk: Chunk, cells: Iterator[Cell], room: int
) -> Iterator[Future[None]]:
    """Ended cells; a new one starts only when one ended, so that a stopped chunk leaves no queue behind."""
    under_way = {pool.submit(_cell, chunk, cell) for cell in islice(cells, room)}
    while under_way:
        ended, under_way = wait(under_way, return_when=FIRST_COMPLETED)
        for each in ended:
            yield each
            if (cell := next(cells, None)) is not None:
                under_way.add(pool.submit(_cell, chunk, cell))


def _cell(chunk: Chunk, cell: Cell) -> None:
    """One picture, or the sentence why there is none. A failure that may pass leaves the cell a hole."""
    try:
        picture = _picture(chunk, cell)
    except StudioError as error:
        if not error.permanent:
            raise
        with context.session() as session:
            outputs.fail(session, chunk.column, cell, chunk.run_id, error)
        return
    with context.session() as session:
        outputs.save(session, chunk.column, cell, chunk.run_id, chunk.endpoint_id, picture)


def _picture(chunk: Chunk, cell: Cell) -> Picture:
    photo = context.storage().get(cell.photo_sha)
    answer = _answer(chunk, photo)
    made = np.asarray(photos.decode(answer.body))
    share = changed(made, np.asarray(photos.decode(photo)))
    return Picture(
        blob_sha=context.storage().put(answer.body),
        size=len(answer.body),
        width=made.shape[1],
        height=made.shape[0],
        changed=share,
        compute_ms=answer.decode_ms + answer.model_ms + answer.encode_ms,
        queue_ms=answer.queue_ms,
    )


def _answer(chunk: Chunk, photo: bytes) -> Answer:
    assert chunk.variant.archive_sha is not None  # noqa: S101 a ready variant has one
    name = chunk.variant.archive_sha[:12]
    try:
        return context.serving().infer(name, photo, chunk.column.controls)
    except ModelMissing:  # TorchServe restarted and forgot its models; SQL did not
        context.load(chunk.variant)
        return context.serving().infer(name, photo, chunk.column.controls)
