"""Stored pictures by the hash of their content: what an address shows never changes."""

from flask import Blueprint, Response, g, send_file
from flask.typing import ResponseReturnValue

from studio.services import pictures

screen = Blueprint("pictures", __name__, url_prefix="/pictures")

FOREVER = "private, max-age=31536000, immutable"


@screen.get("/<sha>.png")
def full(sha: str) -> ResponseReturnValue:
    return forever(send_file(pictures.full(g.session, sha), mimetype="image/png", etag=sha))


@screen.get("/<sha>.webp")
def thumbnail(sha: str) -> ResponseReturnValue:
    return forever(send_file(pictures.thumbnail(g.session, sha), mimetype="image/webp", etag=sha))


@screen.get("/<int:side>/<sha>.webp")
def sized(side: int, sha: str) -> ResponseReturnValue:
    return forever(send_file(pictures.thumbnail(g.session, sha, side), mimetype="image/webp", etag=sha))


def forever(response: Response) -> Response:
    """Let a browser keep it without asking again."""
    response.headers["Cache-Control"] = FOREVER
    return response
