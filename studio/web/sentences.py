"""Sentences that are made below the pages, in the language of who reads: errors, as raised or as stored.

They are English where they are made, and the catalogues know them by their form: `extract` takes them from
the code, a value within as `%(_1)s`; `said` finds the form again.
"""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import IO, Any, cast

from babel.messages.extract import extract_python
from babel.messages.mofile import read_mo
from flask_babel import get_locale
from flask_babel import gettext as _

CATALOGUES = Path(__file__).parents[1] / "translations"
SENTENCE = re.compile(r"(?:%\(_1\)s|[A-Z“]).* .*(?:[.?]|: .+)", re.DOTALL)  # for a person, not a log or a key
VALUE = re.compile(r"%\((_\d)\)s")


def said(sentence: str | None) -> str:
    """The sentence in the reader's language; as it is where no catalogue has it."""
    if not sentence:
        return ""
    known = str(_(sentence))
    return known if known != sentence else _by_form(sentence, str(get_locale()))


@lru_cache(maxsize=1024)
def _by_form(sentence: str, locale: str) -> str:
    for form, translation in _forms(locale):
        if found := form.fullmatch(sentence):
            # A value may be a sentence again: the error of the step that failed.
            return translation % {
                name: said(value) if " " in value else value for name, value in found.groupdict().items()
            }
    return sentence


@lru_cache
def _forms(locale: str) -> list[tuple[re.Pattern[str], str]]:
    """What a sentence with values in it looks like, and its translation; the most exact form first."""
    file = CATALOGUES / locale / "LC_MESSAGES/messages.mo"
    if not file.exists():
        return []
    with file.open("rb") as opened:
        known = {str(each.id): str(each.string) for each in read_mo(opened) if VALUE.search(str(each.id))}
    return [(_form(each), known[each]) for each in sorted(known, key=lambda each: -len(VALUE.sub("", each)))]


def _form(message: str) -> re.Pattern[str]:
    parts = VALUE.split(message)  # text, name, text, name, … text
    texts = [re.escape(text.replace("%%", "%")) for text in parts[::2]]
    values = [f"(?P<{name}>.+?)" for name in parts[1::2]]
    return re.compile(
        "".join(text + value for text, value in zip(texts, [*values, ""], strict=True)), re.DOTALL
    )


Found = tuple[int, str | None, Any, list[str]]


def extract(
    file: IO[bytes], keywords: Any, comment_tags: Any, options: Any
) -> Iterator[Found | tuple[Any, ...]]:
    """For Babel: what goes through gettext, and every sentence that the code holds."""
    source = file.read()
    yield from extract_python(BytesIO(source), keywords, comment_tags, options)
    nodes = list(ast.walk(ast.parse(source)))
    within = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        text = _text(node)
        if SENTENCE.fullmatch(text) and id(node) not in within | docstrings:
            yield cast(ast.expr, node).lineno, None, text, []


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    text, values = "", 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value).replace("%", "%%")
        else:
            values += 1
            text += f"%(_{values})s"
    return text
