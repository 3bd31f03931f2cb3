"""Registering as a verb of the studio; what its run does afterwards is in test_registering.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from model_store.manifest import Manifest
from studio.db.accounts import Audit
from studio.db.runs import Run, Step
from studio.db.versions import Group, Version
from studio.domain.vocabulary import ParentKind, RunKind, RunState, StepState, VersionState
from studio.errors import Conflict
from studio.gateways.storage import Storage
from studio.queries.registering import latest
from studio.services import registering, runs
from studio.services.registering import Kept, Registration
from studio.services.versions import Refused
from tests import factories
from tests.unit.services.stages import BROKEN, end_stage, take

MANIFEST = Manifest("se_unet", "hair-colour", 256, 256, {"colour": ("ash", "copper")})
WEIGHTS = (2).to_bytes(8, "little") + b"{}"


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "objects")


def asked(name: str = "v1", weights: str = "weights", **more: object) -> Registration:
    return Registration(name, Kept("weights.safetensors", factories.sha(weights), 9), MANIFEST, **more)


def register(session: Session, line: Group, *said: str, **more: object) -> tuple[Version, Run]:
    return registering.register(session, factories.person(session).id, line, asked(*said, **more))


def verbs(session: Session, made: Version) -> list[str]:
    of = select(Audit.verb).where(Audit.noun == "version", Audit.noun_id == made.id).order_by(Audit.id)
    return list(session.scalars(of))


def test_a_checkpoint_becomes_a_draft_and_its_validation_is_due(session: Session) -> None:
    made, run = register(session, factories.group(session), notes=" first \n")
    assert (made.state, made.parent_kind, made.family) == (VersionState.DRAFT, ParentKind.NONE, "se_unet")
    assert Manifest.from_dict(made.manifest) == MANIFEST
    assert (made.checkpoint_bytes, made.notes) == (9, "first")
    assert (run.kind, run.args["controls"]) == (RunKind.REGISTER, {"colour": "ash"})
    assert session.scalars(select(Step.name).where(Step.run_id == run.id)).all() == ["validate"]
    assert verbs(session, made) == ["register"]


def test_the_same_checkpoint_is_registered_once_a_group(session: Session) -> None:
    line = factories.group(session)
    register(session, line)
    with pytest.raises(Refused, match="is v1 already") as caught:
        register(session, line, "v2")
    assert caught.value.field == "file"
    assert register(session, factories.group(session))[0].name == "v1"


def test_a_name_is_used_once_a_group(session: Session) -> None:
    line = factories.group(session)
    register(session, line)
    with pytest.raises(Refused, match="a version v1 already") as caught:
        register(session, line, "v1", "others")
    assert caught.value.field == "name"
    assert len(session.scalars(select(Version)).all()) == 1


@pytest.mark.parametrize("name", ["", "   ", "a/b", "..", "n" * 61])
def test_a_name_that_cannot_stand_in_an_address_is_refused(session: Session, name: str) -> None:
    with pytest.raises(Refused) as caught:
        register(session, factories.group(session), name)
    assert caught.value.field == "name"


def test_parents_are_versions_of_the_group(session: Session) -> None:
    line = factories.group(session)
    first, second = register(session, line)[0], register(session, line, "v2", "more")[0]
    child, _ = register(session, line, "v3", "most", parents=("v1", "v2"))
    assert (child.parent_a, child.parent_b, child.parent_kind) == (first.id, second.id, ParentKind.SWAP)
    with pytest.raises(Refused, match="no version v9"):
        register(session, line, "v4", "last", parents=("v9",))


def test_a_new_version_is_looked_at_under_the_controls_of_the_newest_comparison(session: Session) -> None:
    shown = factories.comparison(session, controls={"colour": "copper"})
    line = session.get_one(Group, shown.group_id)
    assert register(session, line)[1].args["controls"] == {"colour": "copper"}
    factories.comparison(session, controls={"colour": "no such"})
    assert register(session, line, "v2", "more")[1].args["controls"] == {"colour": "copper"}


def test_a_failed_registration_is_tried_again_from_its_first_step(session: Session) -> None:
    made, run = register(session, factories.group(session))
    with pytest.raises(Conflict, match="did not fail"):
        registering.again(session, made.by, made)
    end_stage(session, run, BROKEN)
    second = registering.again(session, made.by, made)
    assert (second.args, second.state) == (run.args, RunState.RUNNING)
    assert latest(session, made.id) == second
    with pytest.raises(Conflict):
        registering.again(session, made.by, made)
    assert verbs(session, made) == ["register", "try again"]


def test_a_withdrawn_registration_stops_and_the_file_may_be_registered_again(session: Session) -> None:
    line = factories.group(session)
    made, run = register(session, line)
    [held] = take(session, run)
    registering.withdraw(session, made.by, made)
    assert (made.state, run.cancel_at is not None) == (VersionState.RETIRED, True)
    assert registering.twin(session, line.id, made.checkpoint_sha) is None
    runs.finish(session, held, BROKEN)
    assert run.state is RunState.CANCELLED
    back, later = register(session, line, "v7", parents=(), params={"lr": 1})
    assert (back.id, back.name, back.state, back.params) == (made.id, "v7", VersionState.DRAFT, {"lr": 1})
    assert later.id != run.id
    assert verbs(session, made) == ["register", "withdraw", "register again"]
    with pytest.raises(Refused, match="is v7 already"):
        register(session, line, "v8")


def test_a_withdrawn_registration_that_nobody_works_on_ends_at_once(session: Session) -> None:
    made, run = register(session, factories.group(session))
    registering.withdraw(session, made.by, made)
    assert run.state is RunState.CANCELLED
    states = session.scalars(select(Step.state).where(Step.run_id == run.id)).all()
    assert states == [StepState.CANCELLED]
    with pytest.raises(Conflict, match="is not being registered"):
        registering.withdraw(session, made.by, made)


def test_a_failed_registration_can_be_put_away_and_the_file_comes_back(session: Session) -> None:
    line = factories.group(session)
    made, run = register(session, line)
    end_stage(session, run, BROKEN)
    with pytest.raises(Refused, match="is v1 already"):
        register(session, line, "v2")
    registering.withdraw(session, made.by, made)
    assert register(session, line, "v2")[0].id == made.id


def test_a_version_that_came_through_and_was_retired_is_still_known(session: Session) -> None:
    line = factories.group(session)
    made, run = register(session, line)
    run.state, made.state = RunState.DONE, VersionState.RETIRED
    session.commit()
    with pytest.raises(Refused, match="is v1 already"):
        register(session, line, "v2")


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


@given(tail=st.binary(max_size=40), size=st.integers(1, 12))
def test_a_weights_file_is_the_same_however_it_is_cut(
    tail: bytes, size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    storage = Storage(tmp_path_factory.mktemp("objects"))
    data = WEIGHTS + tail
    found = registering.keep(Session(), storage, "a/b/w.safetensors", pieces(data, size))
    assert found == registering.kept(storage, "w.safetensors", found.sha)
    assert (storage.get(found.sha), found.size, found.name) == (data, len(data), "w.safetensors")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04" + bytes(90), "no safetensors file"),
        (b"\x80\x04" + bytes(90), "no safetensors file"),
        (WEIGHTS[:5], "cut short"),
        ((99).to_bytes(8, "little") + b"{}", "cut short"),
    ],
)
def test_what_is_no_weights_file_is_refused_and_leaves_nothing(
    session: Session, storage: Storage, data: bytes, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        registering.keep(session, storage, "weights.pt", pieces(data, 4))
    assert [each for each in storage.root.rglob("*") if each.is_file()] == []


def test_a_file_that_breaks_off_leaves_nothing(session: Session, storage: Storage) -> None:
    def broken() -> Iterator[bytes]:
        yield WEIGHTS
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        registering.keep(session, storage, "weights.safetensors", broken())
    assert [each for each in storage.root.rglob("*") if each.is_file()] == []


@pytest.mark.parametrize("sha", ["", "../../etc/passwd", "0" * 64])
def test_a_weights_file_that_never_came_is_said_beside_the_field(storage: Storage, sha: str) -> None:
    with pytest.raises(Refused, match="no weights file yet"):
        registering.kept(storage, "w", sha)
