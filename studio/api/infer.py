"""Infer: one photo on one variant, now; nothing of it is kept."""

from flask import Response, g, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from studio.api.contract import binary, picture, resource
from studio.domain.vocabulary import Precision
from studio.queries import choices
from studio.services import webtest

api = resource("infer")


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    group: str
    version: str
    precision: Precision = Precision.FP32
    controls: str = Field(
        "", max_length=400, description="As in colour:copper;shine:low; else the usual ones."
    )


@api.post("")
@binary("image/*")
@picture
@api.input(Asked, location="query")
def answer(query_data: Asked) -> ResponseReturnValue:
    """Ask a variant for the picture of the photo in the body; 503 while it is being loaded."""
    request.max_content_length = webtest.MAX_BYTES
    photo = request.get_data(cache=False)
    choice = choices.choices(g.session, query_data.group).find(query_data.version, query_data.precision)
    given = dict(pair.split(":", 1) for pair in query_data.controls.split(";") if ":" in pair)
    found = webtest.once(g.session, g.person_id, choice.variant_id, {**choice.usual, **given}, photo)
    return Response(found.body, mimetype="image/png", headers={"Cache-Control": "no-store"})
