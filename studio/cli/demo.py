"""`studio demo`: the drawn photos, one group and its first version, so that the first page shows something true."""

import json
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from model_store.manifest import Manifest
from samples import pictures
from studio.db import session as db
from studio.db.runs import Run
from studio.db.versions import Group, Version
from studio.domain.vocabulary import Lane, Purpose
from studio.gateways.storage import Storage
from studio.services import accounts, groups, registering, samples, sets
from studio.services.groups import Wording
from studio.services.registering import Registration
from studio.services.samples import Photo
from studio.settings import settings

WEIGHTS = Path(__file__).parents[2] / "model_store" / "demo"
SLUG = "hair-colour-realtime"
LINE = Wording("Hair colour, real time", Lane.REALTIME)
COLOUR = "copper"  # far from every natural colour in the set, so that a change is seen at once


@click.command()
def demo() -> None:
    """Add the demo's photos, group and version; a second time it changes nothing."""
    with db.session(settings().database_url) as session:
        person = accounts.local_person(session)
        group = groups.find(session, SLUG) or groups.add(session, person.id, SLUG, LINE)
        if session.scalar(select(Version.id).where(Version.group_id == group.id).limit(1)) is not None:
            click.echo("The demo is there already.")
            return
        storage = Storage(settings().objects)
        for purpose in (Purpose.COMPARE, Purpose.CALIBRATE, Purpose.REFERENCE):
            _fill(session, storage, person.id, group, purpose)
        version, run = _register(session, storage, person.id, group)
        click.echo(f"Demo: {version.name} of “{group.name}” is being packaged, run {run.public_id}.")


def _fill(session: Session, storage: Storage, person_id: int, group: Group, purpose: Purpose) -> None:
    ids = []
    for name in pictures.names(purpose.value):
        picture = pictures.read(name)
        photo = Photo(name, picture.png, picture.source, picture.licence, picture.tags.items(), picture.hair)
        ids.append(samples.add_photo(session, storage, person_id, photo).id)
    revision = sets.add_revision(session, person_id, f"demo-{purpose.value}", purpose, ids)
    groups.use_revision(session, person_id, group, revision)


def _register(session: Session, storage: Storage, person_id: int, group: Group) -> tuple[Version, Run]:
    folder = WEIGHTS / "v1"
    [weights] = folder.glob("*.safetensors")
    card = json.loads((folder / "card.json").read_text())
    asked = Registration(
        name="v1",
        checkpoint=registering.keep(session, storage, weights.name, [weights.read_bytes()]),
        manifest=Manifest.from_json((folder / "manifest.json").read_bytes()),
        params={key: card[key] for key in ("steps", "seed") if key in card},
        card=card,
        controls={"colour": COLOUR},
    )
    return registering.register(session, person_id, group, asked)
