"""Screen: one picture with what made it, and pictures as files."""

import json
import shlex
from http import HTTPStatus

from flask import Blueprint, Response, g, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from studio.domain import view as views_of
from studio.domain.desk import Column
from studio.domain.naming import archive_name, file_name, labels
from studio.domain.view import View
from studio.errors import NotFound
from studio.queries import comparisons, outputs, views
from studio.queries.comparisons import Desk
from studio.queries.outputs import Origin
from studio.services import downloads, pictures
from studio.web.columns import column_name

screen = Blueprint("outputs", __name__, url_prefix="/comparisons/<public_id>")


@screen.get("/outputs/<int:output_id>")
def page(public_id: str, output_id: int) -> ResponseReturnValue:
    desk, found, position, column = _found(public_id, output_id)
    name = _file(desk, found, position, column)
    return render_template(
        "comparisons/output.html",
        desk=desk,
        output=found,
        position=position,
        column=column,
        title=column_name(column),
        curl=_curl(found, name),
        command=shlex.join(["studio", "outputs", "repeat", str(output_id), "--to", name]),
    )


@screen.get("/outputs/<int:output_id>/picture")
def picture(public_id: str, output_id: int) -> ResponseReturnValue:
    desk, found, position, column = _found(public_id, output_id)
    if not found.blob_sha:
        raise NotFound("There is no picture in this place.", "Try it again on the desk.")
    path = pictures.full(g.session, found.blob_sha)
    name = _file(desk, found, position, column)
    return send_file(path, mimetype="image/png", as_attachment=True, download_name=name, etag=found.blob_sha)


@screen.get("/rows/<int:position>.zip")
def row(public_id: str, position: int) -> ResponseReturnValue:
    desk = comparisons.desk(g.session, public_id)
    if position >= desk.n:
        raise NotFound("This set has fewer photos.", "Open the photo on the desk.")
    return _zip(desk, [position], f"{position + 1:03d}")


@screen.get("/pictures.zip")
def whole(public_id: str) -> ResponseReturnValue:
    desk = comparisons.desk(g.session, public_id)
    given = request.args
    shown: View = views_of.read(given.get("sort", ""), given.get("only", ""), given.getlist("tag"))
    return _zip(desk, list(views.places(g.session, desk, shown)))


def _zip(desk: Desk, places: list[int], *more: str) -> Response:
    name = archive_name([desk.name, desk.revision, f"r{desk.revision_no}", *more])
    response = Response(downloads.archive(g.session, desk, places), HTTPStatus.OK, mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _found(public_id: str, output_id: int) -> tuple[Desk, Origin, int, Column]:
    desk = comparisons.desk(g.session, public_id)
    found = outputs.origin(g.session, output_id)
    position, column = outputs.place(g.session, desk, found)
    return desk, found, position, desk.columns[column]


def _file(desk: Desk, found: Origin, position: int, column: Column) -> str:
    return file_name(position, found.photo, labels(desk.columns)[column.position])


def _curl(found: Origin, name: str) -> str:
    """A line for a terminal of this machine: the photo from these pages, straight into the endpoint."""
    if not found.inference_url or not found.archive_sha:
        return ""
    photo = url_for("pictures.full", sha=found.photo_sha, _external=True)
    socket = found.inference_url.removeprefix("unix:")
    unix = socket != found.inference_url
    address = "http://localhost" if unix else found.inference_url.rstrip("/")
    asks = [
        "curl", "-sS", "--fail-with-body", *(["--unix-socket", socket] if unix else []),
        "-H", "Content-Type: application/octet-stream",
        "-H", f"X-Studio-Controls: {json.dumps(found.controls)}",
        "--data-binary", "@-", "-o", name, f"{address}/predictions/{found.archive_sha[:12]}",
    ]  # fmt: skip
    return f"{shlex.join(['curl', '-sS', photo])} | {shlex.join(asks)}"
