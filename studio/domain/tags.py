"""Tags of photos: `key:value`, written the same by everybody."""

from collections.abc import Iterable

from studio.errors import StudioError

Tag = tuple[str, str]  # key, value

LONGEST = 40  # characters of either half: a tag is read at a glance


def parse(text: str) -> Tag:
    """`Hair : Long` → `("hair", "long")`; what follows the first colon is the value.

    Raises:
        StudioError: not two printable words with a colon between them, or longer than 40 characters.
    """
    key, _, value = (" ".join(half.split()).lower() for half in text.partition(":"))
    if not key or not value or not (key + value).isprintable():
        raise StudioError(f"“{text.strip()}” is no tag.", "Write a key and a value, as in hair:long.")
    if max(len(key), len(value)) > LONGEST:
        raise StudioError(
            f"The tag {key[:LONGEST]}… is too long.", f"At most {LONGEST} letters on each side."
        )
    return key, value


def write(tags: Iterable[Tag]) -> list[str]:
    """As people read them, in order."""
    return [f"{key}:{value}" for key, value in sorted(tags)]
