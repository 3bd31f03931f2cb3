"""Product lines, versions, variants, and the hosts they are loaded on."""

from typing import Any

from sqlalchemy.orm import Session

from studio.db.endpoints import Endpoint
from studio.db.versions import Champion, Group, Variant, Version
from studio.domain.vocabulary import EndpointKind, Lane, ParentKind, Precision, VariantState, VersionState
from tests.factories.library import person, sha
from tests.factories.rows import added, number


def group(session: Session, **columns: Any) -> Group:
    serial = number()
    lane = Lane.REALTIME
    return added(
        session,
        Group(
            slug=f"group-{serial}",
            name="Hair colour",
            lane=lane,
            mlflow_experiment=f"group-{serial}",
            **columns,
        ),
    )


def version(session: Session, of: Group | None = None, state: VersionState = VersionState.DRAFT) -> Version:
    serial = number()
    return added(
        session,
        Version(
            group_id=(of or group(session)).id,
            name=f"v{serial}",
            checkpoint_sha=sha(f"weights {serial}"),
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
    serial = number()
    built = state is not VariantState.FAILED
    return added(
        session,
        Variant(
            version_id=(of or version(session, state=VersionState.SERVING)).id,
            precision=precision,
            backend="openvino",
            recipe={"precision": precision.value},
            recipe_sha=sha(precision.value),
            archive_sha=sha(f"archive {serial}") if built else None,
            archive_bytes=1_000 if built else None,
            state=state,
        ),
    )


def champion(session: Session, of: Version) -> Champion:
    return added(
        session, Champion(group_id=of.group_id, version_id=of.id, by=of.by, reason="the planners chose it")
    )


def endpoint(session: Session) -> Endpoint:
    return added(
        session,
        Endpoint(
            name=f"host-{number()}",
            kind=EndpointKind.TORCHSERVE,
            inference_url="unix:/nowhere",
            management_url="unix:/nowhere",
        ),
    )
