from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from studio.settings import Settings
from tests.architecture.sources import HOME

PAPER = HOME / "docs/settings.md"


def section(name: str, field: FieldInfo) -> str:
    """One heading a setting: what it is, in the words of the code, and what it is when nobody says."""
    value = "" if field.default in (None, "", (), PydanticUndefined) else f"`{field.default}`"
    return f"## STUDIO_{name.upper()}\n\n{field.description}\n\nDefault: {value or 'empty'}.\n"


def test_every_setting_says_what_it_is_in_one_sentence() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.rstrip("…").endswith((".", "http://")), name


def test_the_paper_of_settings_is_the_table_of_settings() -> None:
    wanted = "\n".join(section(name, field) for name, field in Settings.model_fields.items())
    _, first, rest = PAPER.read_text().partition("## STUDIO_")
    assert first + rest == wanted
