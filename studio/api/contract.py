"""What every operation under /api/v1 shares: strict bodies, pages of a list, problem+json, the OpenAPI document."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from apiflask import APIBlueprint, APIFlask
from apiflask.exceptions import HTTPError
from flask import Response, current_app, make_response, request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from studio.errors import NotAllowed

ROOT = "/api/v1"
READING = frozenset({"GET", "HEAD", "OPTIONS"})

PROBLEM = {
    "type": "object",
    "required": ["title", "status"],
    "properties": {
        "title": {"type": "string", "description": "What happened, for a person."},
        "detail": {"type": "string", "description": "What to do about it."},
        "status": {"type": "integer"},
        "fields": {"type": "object", "description": "Which part of the request is wrong, and why."},
    },
}


def _integral(given: object) -> object:
    """JSON knows one kind of number: 5.0 is the integer 5."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


LARGEST = 2**31 - 1
WHOLE = {"type": "integer", "minimum": 1, "maximum": LARGEST, "description": "The id of a row."}
# pydantic forgets to write the bounds of what a validator sees first, so the schema is said here
Key = Annotated[int, Field(ge=1, le=LARGEST), BeforeValidator(_integral), WithJsonSchema(WHOLE)]
View = TypeVar("View", bound=Callable[..., Any])


class Out(BaseModel):
    """An answer, read from the fields of a query's or a table's row of the same names."""

    model_config = ConfigDict(from_attributes=True)


class In(BaseModel):
    """A body: unknown keys and types that only look alike are refused."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Paging(BaseModel):
    """The part of a list that is wanted."""

    model_config = ConfigDict(extra="forbid")

    first: int = Field(0, ge=0, le=LARGEST, description="How many to pass over.")
    n: int = Field(100, ge=1, le=500, description="How many at most.")


def resource(name: str) -> APIBlueprint:
    """The blueprint of one noun, at /api/v1/<noun>."""
    made = APIBlueprint(f"api_{name}", __name__, url_prefix=f"{ROOT}/{name}", tag=name)
    made.before_request(_same_site)
    return made


def _same_site() -> None:
    """Refuse a change that another site's page asks of this browser; programs send neither header.

    Forms of other sites cannot send these content types without a preflight, which we never answer;
    this is the second lock.
    """
    if request.method in READING:
        return
    origin = request.headers.get("Origin", request.host_url.rstrip("/"))
    foreign = request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}
    if foreign or origin != request.host_url.rstrip("/"):
        raise NotAllowed("Another site asked for this.", "Ask from the studio's own pages or from a program.")


def binary(media_type: str) -> Callable[[View], View]:
    """Say in the document that the body of this operation is a file of that type."""

    def mark(view: View) -> View:
        view.__dict__["media_type"] = media_type
        return view

    return mark


def picture(view: View) -> View:
    """Say in the document that this operation answers with a PNG."""
    answer = {"description": "The picture.", "content": {"image/png": {}}}
    view.__dict__["_spec"] = {**view.__dict__.get("_spec", {}), "responses": {"200": answer}}
    return view


def install(app: APIFlask) -> None:
    """Give the application the document's settings and the form of refused input."""
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        VALIDATION_ERROR_STATUS_CODE=400,  # 422 is left to what fits the document and is refused by a rule
        AUTO_200_RESPONSE=False,
        AUTO_404_RESPONSE=False,  # `default` below says it in the form that is really sent
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_OPERATION_ID=True,
        AUTO_SERVERS=False,
    )
    app.register_error_handler(HTTPError, _refused)
    app.spec_processor(_with_problems)


def _refused(error: HTTPError) -> Response:
    """Input that does not fit the contract."""
    fields = error.detail if isinstance(error.detail, dict) else {}
    body = {
        "title": "The request does not fit what this address takes.",
        "detail": "Compare the named fields with the document at /api/v1/openapi.json.",
        "status": error.status_code,
        "fields": fields,
    }
    response = make_response(body, error.status_code)
    response.content_type = "application/problem+json"
    return response


def _with_problems(spec: dict[Any, Any] | str) -> dict[Any, Any] | str:
    assert isinstance(spec, dict)  # noqa: S101 a string only where the document is YAML
    spec.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    problem = {
        "description": "A problem, as RFC 9457 has it.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    files = {
        f"{method.lower()}_{rule.endpoint.replace('.', '_')}": media_type
        for rule in current_app.url_map.iter_rules()
        for method in rule.methods or ()
        if (media_type := getattr(current_app.view_functions[rule.endpoint], "media_type", None))
    }
    for path in spec["paths"].values():
        for operation in path.values():
            operation.get("requestBody", {})["required"] = True
            for parameter in operation["parameters"]:
                if parameter["in"] == "path" and parameter["schema"]["type"] == "integer":
                    parameter["schema"] = WHOLE
            if media_type := files.get(operation["operationId"]):
                operation["requestBody"] = {"required": True, "content": {media_type: {}}}
            operation["responses"]["default"] = problem
    spec["paths"] = dict(sorted(spec["paths"].items()))
    return spec
