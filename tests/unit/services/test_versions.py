from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from model_store.manifest import Manifest
from studio.db.accounts import Audit
from studio.db.runs import Step
from studio.db.versions import Group, Variant, Version
from studio.domain.vocabulary import (
    ParentKind,
    Precision,
    RunKind,
    VariantState,
    VersionState,
)
from studio.errors import Conflict, NotFound
from studio.gateways.storage import Storage
from studio.services import versions
from studio.services.versions import Registration
from tests import factories

MANIFEST = Manifest("se_unet", "hair-colour", 256, 256, {"colour": ("copper", "ash")})


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "objects")


def register(
    session: Session,
    storage: Storage,
    line: Group,
    name: str = "v1",
    weights: bytes = b"weights",
    **more: object,
) -> Version:
    asked = Registration(name, "weights.safetensors", weights, MANIFEST, **more)
    return versions.register(session, storage, factories.person(session).id, line, asked)[0]


def test_a_checkpoint_becomes_a_draft_and_its_validation_is_due(session: Session, storage: Storage) -> None:
    line, by = factories.group(session), factories.person(session).id
    asked = Registration("v1", "weights.safetensors", b"weights", MANIFEST)
    made, run = versions.register(session, storage, by, line, asked)
    assert (made.state, made.parent_kind, made.family) == (VersionState.DRAFT, ParentKind.NONE, "se_unet")
    assert Manifest.from_dict(made.manifest) == MANIFEST
    assert storage.get(made.checkpoint_sha) == b"weights"
    assert (run.kind, run.args["controls"]) == (RunKind.REGISTER, {"colour": "copper"})
    assert session.scalars(select(Step.name).where(Step.run_id == run.id)).all() == ["validate"]
    assert set(session.scalars(select(Audit.verb).where(Audit.person_id == by))) == {"register", "start"}


def test_the_same_checkpoint_is_registered_once_a_group(session: Session, storage: Storage) -> None:
    line = factories.group(session)
    register(session, storage, line)
    with pytest.raises(Conflict, match="is v1 already"):
        register(session, storage, line, "v2")
    assert register(session, storage, factories.group(session)).name == "v1"


def test_a_name_is_used_once_a_group(session: Session, storage: Storage) -> None:
    line = factories.group(session)
    register(session, storage, line)
    with pytest.raises(Conflict, match="a version v1 already") as caught:
        register(session, storage, line, weights=b"others")
    assert caught.value.hint == "Choose another name."
    assert session.scalar(select(func.count()).select_from(Version)) == 1


def test_a_parent_is_a_version_of_the_group(session: Session, storage: Storage) -> None:
    line, other = factories.group(session), factories.group(session)
    first = register(session, storage, line)
    child = register(session, storage, line, "v2", b"more", parent="v1")
    assert (child.parent_a, child.parent_kind) == (first.id, ParentKind.BRANCH)
    with pytest.raises(NotFound, match="no version v1"):
        register(session, storage, other, "v2", b"more", parent="v1")


def test_building_the_same_again_changes_nothing(session: Session) -> None:
    made = factories.version(session)
    recipe = (factories.sha("recipe"), {"precision": "int8"})
    found = {
        versions.built(session, made.id, Precision.INT8, (factories.sha("archive"), 9), recipe, {}).id
        for _ in range(2)
    }
    assert len(found) == 1
    assert session.get_one(Variant, found.pop()).archive_bytes == 9


def test_a_variant_that_answered_makes_its_version_serve(session: Session) -> None:
    made = factories.version(session)
    variant = factories.variant(session, made, state=VariantState.BUILDING)
    versions.serving(session, variant.id)
    assert (variant.state, made.state) == (VariantState.READY, VersionState.SERVING)


def test_an_approved_version_stays_approved_when_it_is_loaded_again(session: Session) -> None:
    made = factories.version(session, state=VersionState.APPROVED)
    versions.serving(session, factories.variant(session, made).id)
    assert made.state is VersionState.APPROVED


def test_an_archive_may_serve_two_variants(session: Session) -> None:
    first, second = factories.variant(session), factories.variant(session)
    second.archive_sha = first.archive_sha
    session.commit()
    assert session.scalar(select(func.count()).select_from(Variant)) == 2
