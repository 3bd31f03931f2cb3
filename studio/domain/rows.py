"""What a person types into a row of key and value."""

import json
from collections.abc import Iterable
from typing import Any


def value(text: str) -> Any:
    """2e-4 is a number, true is true, [1, 2] is a list; what is no JSON is the text itself."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return text.strip()


def table(rows: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Rows of key and value; rows without a key stay out.

    Raises:
        ValueError: a key stands there twice; the error is that key.
    """
    found: dict[str, Any] = {}
    for key, text in rows:
        name = key.strip()
        if name in found:
            raise ValueError(name)
        if name:
            found[name] = value(text)
    return found


def text(body: Any) -> str:
    """How a value is typed, so that `value` reads it again: a text as it is, anything else as JSON."""
    if isinstance(body, str) and value(body) == body:
        return body
    return json.dumps(body, ensure_ascii=False)


def _no_number(word: str) -> float:
    raise ValueError(word)  # NaN and Infinity are no JSON
