"""Outputs: one picture of a variant, and what made it."""

from typing import Any

from flask import g, send_file
from flask.typing import ResponseReturnValue
from pydantic import AwareDatetime

from studio.api.contract import Out, picture, resource
from studio.domain.vocabulary import OutputState
from studio.errors import NotFound
from studio.queries import outputs as read
from studio.queries.outputs import Origin
from studio.services import pictures

api = resource("outputs")


class OutputOut(Out):
    output_id: int
    archive_sha: str
    controls: dict[str, Any]
    take_id: int
    photo: str
    photo_sha: str
    state: OutputState
    blob_sha: str
    width: int
    height: int
    size: int
    changed: float | None
    compute_ms: float | None
    queue_ms: float | None
    endpoint: str
    error: str
    created_at: AwareDatetime
    values: dict[str, float]


@api.get("/<int:output_id>")
@api.output(OutputOut)
def detail(output_id: int) -> Origin:
    """Show what made a picture, and its numbers."""
    return read.origin(g.session, output_id)


@api.get("/<int:output_id>/picture")
@picture
def png(output_id: int) -> ResponseReturnValue:
    """The picture itself."""
    found = read.origin(g.session, output_id)
    if not found.blob_sha:
        raise NotFound("There is no picture: it failed.", found.error)
    return send_file(pictures.full(g.session, found.blob_sha), mimetype="image/png")
