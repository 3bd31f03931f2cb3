"""Screen: the API for people, drawn from the document that programs read."""

from typing import Any, cast

from apiflask import APIFlask
from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

screen = Blueprint("reference", __name__, url_prefix="/api")


@screen.get("")
def page() -> ResponseReturnValue:
    document = cast("dict[str, Any]", cast("APIFlask", current_app).spec)
    nouns: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            body = _body(document, operation)
            curl = _curl(method.upper(), path, bool(body), "requestBody" in operation)
            entry = {"method": method.upper(), "path": path, "body": body, "curl": curl, **operation}
            nouns.setdefault(operation["tags"][0], []).append(entry)
    return render_template("reference/page.html", nouns=nouns)


def _curl(method: str, path: str, has_fields: bool, has_body: bool) -> str:
    """The line for a terminal that asks for it."""
    verb = "" if method == "GET" else f"-X {method} "
    sent = " --json '{…}'" if has_fields else " --data-binary @photo.jpg" if has_body else ""
    return f"curl {verb}{request.host_url.rstrip('/')}{path}{sent}"


def _body(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    """The fields of a JSON body by name; empty where there is none or it is a file."""
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    named = schema.get("$ref", "").rpartition("/")[2]
    whole = document["components"]["schemas"].get(named, schema)
    return {
        name: {**field, "required": name in whole.get("required", ())}
        for name, field in whole.get("properties", {}).items()
    }
