import ast
import re

from tests.architecture.sources import HOME, code, place, tree

TEMPLATES = sorted((HOME / "studio/templates").rglob("*.html"))
STATIC = [
    path for path in sorted((HOME / "studio/static").rglob("*")) if path.suffix in {".css", ".js", ".svg"}
]
OURS = [path for path in STATIC if "vendor" not in path.parts]

# The one file that writes elements by hand: every value goes through Markup.format, which escapes it.
BY_HAND = {"studio/web/wording.py"}

INLINE = {
    "a script in the page": r"<script(?![^>]*\bsrc=)",
    "a style in the page": r"<style\b|\sstyle\s*=",
    "an event attribute": r"\son[a-z]+\s*=",
    "code in an attribute": r"javascript:|hx-on|\bjs:",
    "trust in a value": r"\|\s*safe\b|Markup|\{%\s*autoescape\s+false",
    "another host": r"(?:src|href)\s*=\s*[\"'](?:https?:)?//",
}


# Keys and commands are the same in every language; so is our name.
UNSPOKEN = r"<(kbd|code)\b.*?</\1>|<[^>]*>|\b[a-z-]+=\"[^\"]*\"|GAN Studio|\bGAN\b|\bStudio\b"


def found(pattern: str) -> set[str]:
    return {place(path) for path in TEMPLATES if re.search(pattern, path.read_text(), re.IGNORECASE)}


def test_no_template_breaks_the_content_security_policy_or_trusts_a_value() -> None:
    assert TEMPLATES
    assert {what: found(pattern) for what, pattern in INLINE.items() if found(pattern)} == {}


def test_values_become_markup_in_one_file_only_and_never_by_joining() -> None:
    writers = {place(path) for path in code() if re.search(r"\bMarkup\(", path.read_text())}
    assert writers <= BY_HAND
    for path in code():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Markup":
                assert all(isinstance(given, ast.Constant) for given in node.args), place(path)


def test_no_file_of_the_pages_asks_another_host() -> None:
    asked = {
        place(path)
        for path in OURS
        if re.search(
            r"https?://(?!www\.w3\.org/)|@import|(?:url\(|from\s+|import\()[\"']?//", path.read_text()
        )
    }
    assert asked == set()


def test_no_script_makes_code_from_text() -> None:
    scripts = [path for path in OURS if path.suffix == ".js"]
    assert {
        place(path)
        for path in scripts
        if re.search(
            r"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write", path.read_text()
        )
    } == set()


def test_every_sentence_of_a_template_can_be_translated() -> None:
    bare = {}
    for path in TEMPLATES:
        text = re.sub(
            r"\{#.*?#\}|\{%\s*trans.*?endtrans\s*%\}|<!--.*?-->", "", path.read_text(), flags=re.DOTALL
        )
        text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "\n", text, flags=re.DOTALL)
        text = re.sub(UNSPOKEN, "\n", text, flags=re.DOTALL)
        words = [line.strip() for line in text.splitlines() if re.search(r"[A-Za-z]{3,}", line)]
        if words:
            bare[place(path)] = words
    assert bare == {}
