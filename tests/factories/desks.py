"""A desk as large as it gets: every picture made and measured, every photo tagged, every head full of numbers."""

from itertools import product

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from studio.db.base import now
from studio.db.comparisons import Comparison
from studio.db.measurements import Measurement
from studio.db.outputs import CellValue, Output
from studio.db.samples import AnnotationTag
from studio.db.versions import Variant, Version
from studio.domain.vocabulary import OutputState, TagOrigin
from studio.services import outputs
from tests.factories.library import sha
from tests.factories.versions import champion
from tests.factories.work import comparison

HAIR = ("long", "short", "curly")
OF_CELLS = ("psnr", "ssim", "difference_mean", "difference_max", "changed", "apart")
OF_COLUMNS = (
    "latency_p50_ms", "latency_p90_ms", "cpu_ms", "latency_trusted", "archive_bytes", "worker_rss_bytes",
    "hair_changed", "rest_changed", "fd_standin", "fd_standin_floor", "kid_standin",
)  # fmt: skip
TO_ANOTHER = ("fd_standin", "fd_standin_p", "cpu_ratio")


def laid(session: Session, photos: int, columns: int, blob_sha: str) -> Comparison:
    """So many columns, all of the picture `blob_sha`; the first is the champion, and the others are held against it."""
    made = comparison(session, photos=photos, columns=columns)
    shown = outputs.columns(session, made.id)
    champion(session, session.get_one(Version, session.get_one(Variant, shown[0].variant_id).version_id))
    cells = outputs.holes(session, shown[0])
    session.execute(insert(AnnotationTag), [
        {"annotation_id": cell.annotation_id, "key": key, "value": value, "origin": TagOrigin.RULE}
        for cell in cells
        for key, value in (("hair", HAIR[cell.position % len(HAIR)]), ("light", "soft"))
    ])  # fmt: skip
    before = session.scalar(select(func.max(Output.id))) or 0
    ids = {place: n for n, place in enumerate(product(range(columns), range(photos)), before + 1)}
    session.execute(insert(Output), [
        {"id": ids[column.position, cell.position], "variant_id": column.variant_id,
         "annotation_id": cell.annotation_id, "controls_id": column.controls_id, "take_id": column.take_id,
         "inputs_sha": cell.inputs_sha, "state": OutputState.DONE, "blob_sha": blob_sha, "size": 1000,
         "width": 512, "height": 512, "changed": 0.2, "compute_ms": 50.0}
        for column in shown
        for cell in cells
    ])  # fmt: skip
    session.execute(insert(CellValue), [
        {"output_id": output, "metric": metric, "against_output_id": against,
         "value": float(place * 7919 % photos)}
        for (column, place), output in ids.items()
        for against in ([None, ids[0, place]] if column else [None])
        for metric in OF_CELLS
    ])  # fmt: skip
    session.execute(insert(Measurement), [
        _number(made, column, metric, against)
        for column in shown
        for against, metrics in ((None, OF_COLUMNS), (shown[0].variant_id, TO_ANOTHER))
        for metric in metrics
        if against != column.variant_id
    ])  # fmt: skip
    session.commit()
    return made


def _number(made: Comparison, column: outputs.Column, metric: str, against: int | None) -> dict[str, object]:
    return {
        "variant_id": column.variant_id, "revision_id": made.revision_id, "controls_id": column.controls_id,
        "take_id": column.take_id, "metric": metric, "value": 0.5, "low": 0.25, "high": 0.75, "n": 24,
        "against_variant_id": against, "fingerprint": {"n": 24, "photos": "r1", "library": "2.15.0"},
        "fingerprint_sha": sha("fingerprint"), "read_at": now(), "published_at": now(),
        "mlflow_run_id": "0" * 32,
    }  # fmt: skip
