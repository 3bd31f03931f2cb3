"""Measure: a column's pictures against their photos and FP32 twins, its features against the reference set."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from model_store.manifest import Manifest
from studio.db.comparisons import Comparison
from studio.db.runs import Run
from studio.db.samples import SetRevision
from studio.db.versions import Group, Variant, Version
from studio.domain.change import HAIR_CHANGED
from studio.domain.desk import against
from studio.domain.fingerprint import Fingerprint
from studio.domain.pipeline import parse_column
from studio.domain.publication import Number
from studio.domain.statistics import Fact, share
from studio.domain.vocabulary import Precision
from studio.gateways import photos
from studio.gateways.storage import Shelf
from studio.queries import comparisons
from studio.services import outputs, publishing, sets
from studio.services.outputs import Column, Done
from studio.settings import settings
from workers import context
from workers.metrics import machine, paired, registry
from workers.metrics.base import Features, Photo
from workers.metrics.frechet import null_floor
from workers.step import Work, step

if TYPE_CHECKING:
    from workers.metrics.features import Extractor

FEWEST = 3  # KID's formula; below it a column has no distances


@dataclass(frozen=True)
class Measured:
    """A column and what its numbers depend on."""

    column: Column
    variant: Variant
    chain: str
    revision_sha: str
    done: tuple[Done, ...]


@dataclass(frozen=True)
class Found:
    """Cell values of a column: of the pictures that have a twin, and of those with a hair mask."""

    twin: list[dict[str, float]]
    hair: list[dict[str, float]]


@step("measure")
def measure(work: Work) -> None:
    with context.session() as session:
        run = session.get_one(Run, work.run_id)
        assert run.comparison_id is not None  # noqa: S101 a measure step belongs to a comparison
        columns = outputs.columns(session, run.comparison_id)
        place = parse_column(work.subject)
        own = _measured(session, columns[place])
        base = _base(session, run.comparison_id, place, columns)
        twins = _twins(session, own)
        reference = _reference(session, own.variant)
    found = _cells(work, own, twins, base)
    numbers = _archive(own) + _against_twins(own, found.twin) + _hair(own, found.hair)
    work.check()
    if reference is not None and len(own.done) >= FEWEST:
        numbers += _distances(own, base, reference)
    with context.session() as session:
        publishing.record(session, own.column, numbers)


def _base(session: Session, comparison_id: int, place: int, columns: Sequence[Column]) -> Measured | None:
    """The column that this one is held against on its page."""
    public_id = session.get_one(Comparison, comparison_id).public_id
    shown = comparisons.desk(session, public_id).columns
    rival = against(shown[place], shown)
    return _measured(session, columns[rival.position]) if rival else None


def _measured(session: Session, column: Column) -> Measured:
    variant = session.get_one(Variant, column.variant_id)
    manifest = Manifest.from_dict(session.get_one(Version, variant.version_id).manifest)
    return Measured(
        column,
        variant,
        f"{manifest.fit} to {manifest.width}x{manifest.height}, {manifest.back} back",
        session.get_one(SetRevision, column.revision_id).content_sha,
        tuple(outputs.done(session, column)),
    )


def _twins(session: Session, own: Measured) -> dict[int, Done]:
    """The outputs of the FP32 variant of the same version, by position; none for FP32 itself."""
    if own.variant.precision is Precision.FP32:
        return {}
    twin = session.scalar(
        select(Variant).where(
            Variant.version_id == own.variant.version_id, Variant.precision == Precision.FP32
        )
    )
    if twin is None:
        return {}
    return {done.position: done for done in outputs.done(session, replace(own.column, variant_id=twin.id))}


def _reference(session: Session, variant: Variant) -> SetRevision | None:
    group = session.get_one(Group, session.get_one(Version, variant.version_id).group_id)
    return session.get(SetRevision, group.reference_revision_id) if group.reference_revision_id else None


def _cells(work: Work, own: Measured, twins: dict[int, Done], base: Measured | None) -> Found:
    """Keep every cell value; returns those that the column's own numbers are made of."""
    rivals = {done.position: done for done in base.done} if base else {}
    found = Found([], [])
    for done in own.done:
        work.check()
        picture, photo = _picture(done.blob_sha), _picture(done.photo_sha)
        rows: list[tuple[int | None, dict[str, float]]] = [(None, registry.cell_values(picture, photo))]
        if twin := twins.get(done.position):
            values = registry.cell_values(picture, _picture(twin.blob_sha))
            rows.append((twin.output_id, values))
            found.twin.append(values)
        if rival := rivals.get(done.position):
            rows.append((rival.output_id, registry.apart(picture, _picture(rival.blob_sha))))
        if done.hair_mask_sha:
            values = registry.hair_values(picture, photo, _picture(done.hair_mask_sha))
            rows.append((None, values))
            found.hair.append(values)
        _keep(done.output_id, rows)
    return found


def _keep(output_id: int, rows: Sequence[tuple[int | None, dict[str, float]]]) -> None:
    """`rows`: the output compared with or None, and the values."""
    with context.session() as session:
        outputs.measured(
            session,
            [
                (output_id, metric, against_id, value)
                for against_id, values in rows
                for metric, value in values.items()
                if np.isfinite(value)  # equal pictures have no PSNR
            ],
        )


def _archive(own: Measured) -> list[Number]:
    made = Fingerprint(own.revision_sha, len(own.done), chain=own.chain).parts()
    facts = {
        "archive_bytes": own.variant.archive_bytes,
        "int8_share": (own.variant.parity or {}).get("int8_share"),
    }
    return [Number(metric, Fact(float(value)), made) for metric, value in facts.items() if value is not None]


def _against_twins(own: Measured, values: Sequence[dict[str, float]]) -> list[Number]:
    if not values:
        return []
    made = _fingerprint(own, len(values))
    largest = Fact(max(each["difference_max"] for each in values))
    psnr = np.array([each["psnr"] for each in values])
    finite = psnr[np.isfinite(psnr)]
    numbers = [Number("difference_twin_max", largest, made)]
    if len(finite) >= 2:
        numbers.append(Number("psnr_twin", paired.mean(finite).estimate(), made))
    return numbers


def _hair(own: Measured, values: Sequence[dict[str, float]]) -> list[Number]:
    """On how many of the photos with a mask the hair changed, and what became of the rest of them."""
    if not values:
        return []
    made = _fingerprint(own, len(own.done))
    changed = sum(each["hair"] >= HAIR_CHANGED for each in values)
    numbers = [Number("hair_changed", share(changed, len(values)), made)]
    rest = np.array([each["rest"] for each in values if np.isfinite(each["rest"])])
    if len(rest):
        mean = paired.mean(rest).estimate() if len(rest) > 1 else Fact(float(rest[0]))
        numbers.append(Number("rest_changed", mean, made))
    return numbers


def _distances(own: Measured, rival: Measured | None, reference: SetRevision) -> list[Number]:
    found, base = _features(own.done), _reference_features(reference)
    extractor = _extractor()
    made = _fingerprint(own, len(own.done), reference=reference.content_sha, extractor=extractor)
    numbers = []
    for metric in registry.COLUMN_METRICS:
        key = metric.key if extractor.real else metric.standin_key
        numbers.append(Number(key, metric.measure(found, base).estimate(), made))
    key = registry.COLUMN_METRICS[0].key if extractor.real else registry.COLUMN_METRICS[0].standin_key
    if len(base) >= 2 * len(found):
        numbers.append(Number(f"{key}_floor", null_floor(base, len(found)), made))
    if rival is not None:
        numbers += _to_rival(own, rival, base, key)
    return numbers


def _to_rival(own: Measured, rival: Measured, base: Features, key: str) -> Iterator[Number]:
    """The paired difference to the column this one is held against, over the photos that both have."""
    shared = {done.position for done in own.done} & {done.position for done in rival.done}
    if len(shared) < FEWEST:
        return
    mine, other = (
        _features(tuple(done for done in side.done if done.position in shared)) for side in (own, rival)
    )
    archive = (rival.variant.archive_sha or "")[:12]
    made = _fingerprint(own, len(shared), extractor=_extractor()) | {"against": archive}
    for each in registry.COLUMN_METRICS:
        name = each.key if _extractor().real else each.standin_key
        yield Number(name, (each.measure(mine, base) - each.measure(other, base)).estimate(), made, archive)
    yield Number(f"{key}_p", Fact(paired.swap_test(mine, other, base)), made | {"seed": 0}, archive)


def _fingerprint(
    own: Measured, n: int, *, reference: str | None = None, extractor: "Extractor | None" = None
) -> dict[str, object]:
    return Fingerprint(
        own.revision_sha,
        n,
        reference=reference,
        chain=own.chain,
        resize=extractor.resize if extractor else None,
        extractor=extractor.name if extractor else None,
        weights=extractor.weights if extractor else None,
        libraries=machine.libraries(),
        cpu_flags=machine.cpu_flags(),
    ).parts()


def _picture(sha: str) -> Photo:
    return np.asarray(photos.decode(context.storage().get(sha)))


@lru_cache(maxsize=1)
def _extractor() -> "Extractor":
    from workers.metrics import features  # torch: not for the scheduler and the worker's parent process

    return features.load(settings().inception_weights)


def _features(done: tuple[Done, ...]) -> Features:
    shas = [each.blob_sha for each in done]
    return _shelved(
        hashlib.sha256("".join(shas).encode()).hexdigest(), lambda: [_picture(sha) for sha in shas]
    )


def _reference_features(reference: SetRevision) -> Features:
    def load() -> list[Photo]:
        with context.session() as session:
            shas = sets.revision_photos(session, context.storage(), reference.id)
        return [np.asarray(photos.decode(data)) for data in shas]

    return _shelved(reference.content_sha, load)


def _shelved(name: str, load: Callable[[], Sequence[Photo]]) -> Features:
    from workers.metrics import features

    shelf = Shelf(settings().root / "features")
    return features.of_reference(name, load, _extractor(), shelf.get, shelf.put, os.cpu_count() or 1)
