import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from studio.web.wording import LANGUAGES, LOCALES
from tests.architecture.sources import HOME

TRANSLATIONS = HOME / "studio/translations"
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%|\{\w*\}|</?b>|#")


@cache
def spoken() -> dict[str, str]:
    """What the sources say: by message, its plural or nothing."""
    given = tomllib.loads((HOME / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    maps = [
        (pattern, each["method"])
        for each in given
        for pattern in ([each["pattern"]] if isinstance(each["pattern"], str) else each["pattern"])
    ]
    found = extract_from_dir(HOME, maps)
    said: dict[str, str] = {}
    for _file, _line, message, _comments, _context in found:
        one, many = message if isinstance(message, tuple) else (message, "")
        said[one] = many or said.get(one, "")
    return said


def catalogue(locale: str) -> Catalog:
    with (TRANSLATIONS / locale / "LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale=locale)


def written(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def name(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def placeholders(text: str) -> list[str]:
    return sorted(part.group() for part in PLACEHOLDER.finditer(text))


OTHERS = [locale for locale in LOCALES if locale != "en"]


def test_every_language_of_the_pages_has_a_catalogue_and_a_name() -> None:
    folders = {path.parents[1].name for path in TRANSLATIONS.rglob("messages.po")}
    assert folders == set(OTHERS)
    assert set(LOCALES) <= LANGUAGES.keys()


@pytest.mark.parametrize("locale", OTHERS)
def test_every_string_of_the_pages_is_translated_and_no_other_is_kept(locale: str) -> None:
    known = catalogue(locale)
    assert {name(each) for each in known if each.id} == spoken().keys(), "run `make strings`, then translate"
    assert not known.obsolete
    assert [name(each) for each in known if each.id and not all(written(each))] == []
    assert [name(each) for each in known if each.fuzzy] == []


@pytest.mark.parametrize("locale", OTHERS)
def test_a_translation_has_the_placeholders_of_its_original(locale: str) -> None:
    apart = {}
    for each in catalogue(locale):
        if each.id:
            originals = [placeholders(name(each)), placeholders(spoken()[name(each)] or name(each))]
            for text in written(each):
                if placeholders(text) not in originals:
                    apart[name(each)] = text
    assert apart == {}


@pytest.mark.parametrize("locale", OTHERS)
def test_a_catalogue_has_no_shouting_and_no_mistake_that_its_compiler_knows(locale: str) -> None:
    known = catalogue(locale)
    assert [error for _message, errors in known.check() for error in errors] == []
    assert [name(each) for each in known if each.id and "!" in "".join(written(each))] == []


def test_the_catalogues_are_kept_as_the_tool_writes_them(tmp_path: Path) -> None:
    for locale in OTHERS:
        path = TRANSLATIONS / locale / "LC_MESSAGES/messages.po"
        with (tmp_path / "again.po").open("wb") as file:
            write_po(file, catalogue(locale), width=0, no_location=True, ignore_obsolete=True)
        assert (tmp_path / "again.po").read_text() == path.read_text()
