"""Bench: the latency of a comparison's columns in interleaved rounds, and the memory of their workers."""

from collections.abc import Callable

from studio.db.runs import Run
from studio.db.samples import SetRevision
from studio.db.versions import Variant
from studio.domain.fingerprint import Fingerprint
from studio.domain.publication import Number
from studio.domain.statistics import Estimate, Fact
from studio.gateways.serving import Answer
from studio.services import outputs, publishing, sets
from workers import context
from workers.metrics import machine
from workers.metrics.latency import Latency, Timing, rounds
from workers.step import Work, step

THREADS = 1  # of a TorchServe worker, as model_store/config.properties sets it
ROUNDS = 64  # the fewest that support p90; a disturbed machine gets more
SEED = 0


@step("bench")
def bench(work: Work) -> None:
    with context.session() as session:
        run = session.get_one(Run, work.run_id)
        assert run.comparison_id is not None  # noqa: S101 a bench step belongs to a comparison
        columns = outputs.columns(session, run.comparison_id)
        variants = {column.position: session.get_one(Variant, column.variant_id) for column in columns}
        revision = session.get_one(SetRevision, columns[0].revision_id)
        photo = sets.smallest_photo(session, context.storage(), revision.id)
    for variant in variants.values():
        context.load(variant)
    found = rounds(
        {
            str(column.position): _call(work, variants[column.position], photo, column.controls)
            for column in columns
        },
        n=ROUNDS,
        seed=SEED,
    )
    for column in columns:
        made = Fingerprint(
            revision.content_sha,
            ROUNDS,
            libraries=machine.libraries(("openvino", "torchserve")),
            cpu_flags=machine.cpu_flags(),
            threads=THREADS,
            seed=SEED,
        ).parts()
        latency = found.columns[str(column.position)]
        own = {
            **_times(latency),
            "latency_trusted": Fact(float(found.trusted)),
        }
        if held := context.serving().memory(_name(variants[column.position])):
            own["worker_rss_bytes"] = Fact(float(held))
        numbers = [Number(key, value, made) for key, value in own.items()]
        if latency.cpu_ratio is not None and column is not columns[0]:
            first = _name(variants[columns[0].position])
            numbers.append(Number("cpu_ratio", latency.cpu_ratio, made, first))
        with context.session() as session:
            publishing.record(session, column, numbers)


def _call(work: Work, variant: Variant, photo: bytes, controls: dict[str, object]) -> Callable[[], Timing]:
    def ask() -> Timing:
        work.check()
        return _timing(context.serving().infer(_name(variant), photo, controls, raw=True))

    return ask


def _name(variant: Variant) -> str:
    return (variant.archive_sha or "")[:12]


def _timing(answer: Answer) -> Timing:
    return Timing(
        wall_ms=answer.wall_ms,
        queue_ms=answer.queue_ms,
        decode_ms=answer.decode_ms,
        model_ms=answer.model_ms,
        encode_ms=answer.encode_ms,
        cpu_ms=answer.cpu_ms,
    )


def _times(latency: Latency) -> dict[str, Estimate | Fact]:
    """What the rounds were enough for."""
    found = {
        "latency_p50_ms": latency.p50,
        "latency_p90_ms": latency.p90,
        "cpu_ms": latency.cpu,
    }
    return {key: value for key, value in found.items() if value is not None}
