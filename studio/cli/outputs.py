"""`studio outputs`: one picture again, straight from its endpoint."""

import hashlib
import time
from pathlib import Path

import click

from studio.db import session as db
from studio.errors import Unavailable
from studio.gateways.storage import Storage
from studio.queries import outputs as read
from studio.services import accounts, infer
from studio.settings import settings

PATIENCE_S = 120.0  # as long as a model may take to load


@click.group
def outputs() -> None:
    """Repeat a picture of a comparison."""


@outputs.command
@click.argument("output", type=int)
@click.option(
    "--to",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the picture goes; nowhere by default.",
)
def repeat(output: int, to: Path | None) -> None:
    """Make the picture of OUTPUT once more, by the same version, photo and controls, and say whether it is the same."""
    with db.session(settings().database_url) as session:
        found = read.origin(session, output)
        photo = Storage(settings().objects).get(found.photo_sha)
        person = accounts.local_person(session).id
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = infer.answer(session, person, found.variant_id, found.controls, photo)
                break
            except Unavailable:
                if time.monotonic() > end:
                    raise
                time.sleep(1)
    if to is not None:
        to.write_bytes(answer.body)
    same = hashlib.sha256(answer.body).hexdigest() == found.blob_sha
    click.echo("The same picture, byte for byte." if same else "It differs from the stored picture.")
    click.echo(
        f"{answer.decode_ms + answer.model_ms + answer.encode_ms:.0f} ms of work, {answer.wall_ms:.0f} ms in all"
    )
