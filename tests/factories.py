"""Rows for tests: each function makes one noun in the state that is asked for, with what it must stand on."""

import hashlib
from collections.abc import Sequence
from io import BytesIO
from itertools import count
from typing import Any, TypeVar

import numpy as np
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from studio.db.accounts import Audit, Person
from studio.db.base import now
from studio.db.comparisons import Comparison
from studio.db.endpoints import Deployment, Endpoint
from studio.db.measurements import Measurement
from studio.db.outputs import CellValue, Output, Take
from studio.db.runs import Run, Step
from studio.db.samples import Annotation, AnnotationTag, RevisionItem, Sample, SetRevision
from studio.db.versions import Champion, Group, Variant, Version
from studio.domain.vocabulary import (
    DeploymentState,
    EndpointKind,
    Lane,
    OutputState,
    ParentKind,
    Precision,
    Purpose,
    Role,
    RunKind,
    RunState,
    SampleKind,
    StepState,
    TagOrigin,
    VariantState,
    VersionState,
)
from studio.services import comparisons, outputs

Row = TypeVar("Row")

_numbers = count(1)

COPPER = {"colour": "copper"}


def sha(of: object) -> str:
    return hashlib.sha256(str(of).encode()).hexdigest()


def png(seed: int = 0, width: int = 64, height: int = 64) -> bytes:
    """A small photo of noise; equal seeds give equal bytes."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def person(session: Session, role: Role = Role.ADMIN) -> Person:
    found = Person(login=f"person-{next(_numbers)}", name="Mina", role=role)
    return _added(session, found)


def sample(session: Session, *, tags: Sequence[tuple[str, str]] = (), erased: bool = False) -> Sample:
    """A photo that the library knows, without its file."""
    number = next(_numbers)
    found = _added(
        session,
        Sample(
            kind=SampleKind.PHOTO,
            content_sha=sha(f"photo {number}"),
            name=f"photo {number}",
            width=64,
            height=64,
            erased_at=now() if erased else None,
        ),
    )
    known = _added(session, Annotation(sample_id=found.id, no=1, is_current=True, by=person(session).id))
    for key, value in tags:
        session.add(AnnotationTag(annotation_id=known.id, key=key, value=value, origin=TagOrigin.PERSON))
    return found


def annotate(session: Session, known: Sample) -> Annotation:
    """The next annotation of a sample."""
    current = session.scalars(
        select(Annotation).where(Annotation.sample_id == known.id, Annotation.is_current)
    ).one()
    current.is_current = False
    session.flush()
    return _added(
        session, Annotation(sample_id=known.id, no=current.no + 1, is_current=True, by=person(session).id)
    )


def revision(
    session: Session, photos: int | Sequence[Sample] = 3, *, purpose: Purpose = Purpose.COMPARE
) -> SetRevision:
    """A set of so many new photos, or of these."""
    members = [sample(session) for _ in range(photos)] if isinstance(photos, int) else photos
    number = next(_numbers)
    found = _added(
        session,
        SetRevision(
            slug=f"set-{number}",
            no=1,
            purpose=purpose,
            n=len(members),
            content_sha=sha(f"set {number}"),
            by=person(session).id,
        ),
    )
    for position, member in enumerate(members):
        known = session.scalars(
            select(Annotation.id).where(Annotation.sample_id == member.id, Annotation.is_current)
        ).one()
        session.add(
            RevisionItem(revision_id=found.id, position=position, sample_id=member.id, annotation_id=known)
        )
    return found


def group(session: Session, **columns: Any) -> Group:
    number = next(_numbers)
    lane = Lane.REALTIME
    return _added(
        session,
        Group(
            slug=f"group-{number}",
            name="Hair colour",
            lane=lane,
            mlflow_experiment=f"group-{number}",
            **columns,
        ),
    )


def version(session: Session, of: Group | None = None, state: VersionState = VersionState.DRAFT) -> Version:
    number = next(_numbers)
    return _added(
        session,
        Version(
            group_id=(of or group(session)).id,
            name=f"v{number}",
            checkpoint_sha=sha(f"weights {number}"),
            checkpoint_name="weights.safetensors",
            checkpoint_bytes=1_000,
            family="se_unet",
            manifest={"family": "se_unet"},
            manifest_sha=sha("manifest"),
            params={},
            card={},
            state=state,
            parent_kind=ParentKind.NONE,
            by=person(session).id,
        ),
    )


def variant(
    session: Session,
    of: Version | None = None,
    precision: Precision = Precision.FP32,
    state: VariantState = VariantState.READY,
) -> Variant:
    """A variant with an archive, unless its building failed."""
    number = next(_numbers)
    built = state is not VariantState.FAILED
    return _added(
        session,
        Variant(
            version_id=(of or version(session, state=VersionState.SERVING)).id,
            precision=precision,
            backend="openvino",
            recipe={"precision": precision.value},
            recipe_sha=sha(precision.value),
            archive_sha=sha(f"archive {number}") if built else None,
            archive_bytes=1_000 if built else None,
            state=state,
        ),
    )


def champion(session: Session, of: Version) -> Champion:
    return _added(
        session, Champion(group_id=of.group_id, version_id=of.id, by=of.by, reason="the planners chose it")
    )


def comparison(
    session: Session,
    *,
    photos: int | Sequence[Sample] = 3,
    columns: int | Sequence[Variant] = 1,
    controls: dict[str, Any] = COPPER,
) -> Comparison:
    """So many ready variants, or these, beside each other on so many photos; every cell is a hole."""
    shown = [variant(session) for _ in range(columns)] if isinstance(columns, int) else columns
    line = session.get_one(Version, shown[0].version_id).group_id
    found = comparisons.add(
        session,
        person(session).id,
        line,
        revision(session, photos).id,
        "v1 beside v2",
        [(each.id, controls) for each in shown],
    )
    session.commit()
    return found


def endpoint(session: Session) -> Endpoint:
    return _added(
        session,
        Endpoint(
            name=f"host-{next(_numbers)}",
            kind=EndpointKind.TORCHSERVE,
            inference_url="unix:/nowhere",
            management_url="unix:/nowhere",
        ),
    )


def run(
    session: Session,
    *steps: tuple[str, StepState],
    kind: RunKind = RunKind.COMPARE,
    of: Comparison | None = None,
    args: dict[str, Any] | None = None,
    cancelled: bool = False,
) -> Run:
    """A run under way with steps (name, state), the first for column 0, the next for column 1 …"""
    if of is None and kind is RunKind.COMPARE:
        of = comparison(session, columns=max(1, len(steps)))
    found = _added(
        session,
        Run(
            kind=kind,
            args=args or {},
            comparison_id=of.id if of else None,
            group_id=of.group_id if of else None,
            state=RunState.RUNNING,
            by=person(session).id,
            cancel_at=now() if cancelled else None,
        ),
    )
    for column, (name, state) in enumerate(steps):
        session.add(step(found, name, state, column))
    session.commit()
    return found


def step(of: Run, name: str = "measure", state: StepState = StepState.PENDING, column: int = 0) -> Step:
    """A row that is not added yet; a running one is held with token 1 by a process of another host."""
    held = state is StepState.RUNNING
    return Step(
        run_id=of.id,
        name=name,
        subject=f"c{column}:0-24" if name == "generate" else f"c{column}",
        state=state,
        token=int(held),
        attempts=int(held),
        owner="elsewhere:1:1" if held else "",
    )


def output(
    session: Session,
    column: outputs.Column,
    cell: outputs.Cell,
    state: OutputState = OutputState.DONE,
    run_id: int | None = None,
) -> Output:
    """The output of a cell: a picture, or the sentence why there is none."""
    made = state is OutputState.DONE
    return _added(
        session,
        Output(
            variant_id=column.variant_id,
            annotation_id=cell.annotation_id,
            controls_id=column.controls_id,
            take_id=column.take_id,
            inputs_sha=cell.inputs_sha,
            state=state,
            run_id=run_id,
            **(
                {"blob_sha": sha(next(_numbers)), "size": 1_000, "width": 64, "height": 64, "changed": 0.25}
                if made
                else {"error_code": "EndpointRefused", "error_text": "The photo has no face."}
            ),
        ),
    )


def take(session: Session, of: Run | None = None) -> Take:
    return _added(session, Take(run_id=of.id if of else None, note="run again"))


def measurement(
    session: Session,
    column: outputs.Column,
    metric: str = "fd_standin",
    *,
    published: bool = False,
    **columns: Any,
) -> Measurement:
    return _added(
        session,
        Measurement(
            variant_id=column.variant_id,
            revision_id=column.revision_id,
            controls_id=column.controls_id,
            take_id=column.take_id,
            metric=metric,
            value=12.5,
            fingerprint={"n": 24},
            fingerprint_sha=sha("fingerprint"),
            read_at=now(),
            mlflow_run_id="0" * 32 if published else None,
            published_at=now() if published else None,
            **columns,
        ),
    )


def everything(session: Session) -> None:
    """At least one row in every table."""
    tagged = sample(session, tags=[("hair", "long")])
    first, second = variant(session), variant(session, precision=Precision.INT8)
    champion(session, session.get_one(Version, first.version_id))
    shown = comparison(session, photos=[tagged], columns=[first, second])
    work = run(session, ("generate", StepState.DONE), ("generate", StepState.ERROR), of=shown)
    take(session, work)
    left, right = outputs.columns(session, shown.id)
    made = output(session, left, outputs.holes(session, left)[0], run_id=work.id)
    output(session, right, outputs.holes(session, right)[0], OutputState.ERROR, work.id)
    session.add(CellValue(output_id=made.id, metric="psnr", value=41.5))
    session.add(CellValue(output_id=made.id, metric="psnr", against_output_id=made.id, value=41.5))
    measurement(session, left, published=True)
    measurement(session, right, against_variant_id=first.id)
    host = endpoint(session)
    session.add(Deployment(endpoint_id=host.id, archive_sha=first.archive_sha, state=DeploymentState.LOADED))
    session.add(Audit(person_id=shown.by, verb="add", noun="comparison", noun_id=shown.id))
    session.commit()


def _added(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row
