import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import HOME, LAYOUT, code, place, suite, tree

HOMELESS = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "shared",
    "lib",
    "tools",
    "manager",
    "managers",
}
LINES, FUNCTION_LINES = 300, 40

# A file above the budget needs a reason.
LONG = {"migrations/versions/0001_first_tables.py": "all tables at once, generated"}

# What runs code when it reads a file, by the name it is called by.
RUNS_CODE = [
    ["torch", "load"], ["jit", "load"], ["export", "load"], ["yaml", "load"], ["eval"], ["exec"], ["__import__"],
]  # fmt: skip
SAFE = {"allow_pickle": False, "weights_only": True}
READERS = {"pickle", "cPickle", "dill", "joblib", "cloudpickle", "marshal", "shelve"}
CONFINED = {"model_store/child.py", "model_store/demo/train.py"}  # the second reads back what it wrote itself


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    first = function.body[0]
    said = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    spoken = (first.end_lineno or 0) - first.lineno + 1 if said else 0
    return (function.end_lineno or 0) - function.lineno + 1 - spoken


def test_every_file_lies_in_a_folder_of_the_layout() -> None:
    assert {str(Path(place(path)).parent) for path in code()} <= LAYOUT


def test_no_file_and_no_folder_is_a_home_for_the_homeless() -> None:
    names = {part for path in (*code(), *suite()) for part in Path(place(path)).with_suffix("").parts}
    assert names & HOMELESS == set()


def test_the_tests_mirror_the_code() -> None:
    folders = {
        path.parent.relative_to(HOME / "tests/unit") for path in suite() if "tests/unit/" in place(path)
    }
    houses = {str(folder) for folder in folders} - {"."}
    known = {folder.removeprefix("studio/") for folder in LAYOUT}
    assert houses <= known


def test_no_file_is_longer_than_the_budget_without_a_reason() -> None:
    long = {place(path) for path in (*code(), *suite()) if len(path.read_text().splitlines()) > LINES}
    assert long == set(LONG)


def test_no_function_is_longer_than_the_budget() -> None:
    assert {
        f"{place(path)}: {function.name} has {length(function)} lines"
        for path in (*code(), *suite())
        if place(path) not in LONG
        for function in functions(path)
        if length(function) > FUNCTION_LINES
    } == set()


def test_every_module_says_what_it_is() -> None:
    silent = {
        place(path) for path in code() if path.read_text().strip() and not ast.get_docstring(tree(path))
    }
    assert silent == set()


def runs_code(node: ast.AST) -> bool:
    """Whether a piece of code reads a file in a way that may run what is in it."""
    if isinstance(node, ast.Import):
        return bool({alias.name.split(".")[0] for alias in node.names} & READERS)
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").split(".")[0] in READERS
    if isinstance(node, ast.keyword) and node.arg in SAFE:
        return not (isinstance(node.value, ast.Constant) and node.value.value is SAFE[node.arg])
    return isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-2:] in RUNS_CODE


def test_nothing_that_runs_code_from_a_file_is_called_outside_the_confined_child() -> None:
    found = {place(path) for path in code() if any(runs_code(node) for node in ast.walk(tree(path)))}
    assert found <= CONFINED


def test_the_search_for_what_runs_code_finds_it() -> None:
    for line in (
        "torch.load(path)", "torch.jit.load(path)", "import pickle", "from pickle import loads", "eval(text)",
        "np.load(path, allow_pickle=True)", "torch.load(path, weights_only=flag)", "torch.export.load(path)",
    ):  # fmt: skip
        assert any(runs_code(node) for node in ast.walk(ast.parse(line))), line
    assert not any(runs_code(node) for node in ast.walk(ast.parse("json.load(file); safe.load(path)")))


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    excuses = {"skip", "skipif", "xfail", "importorskip"}
    assert {
        f"{place(path)}:{node.lineno}"
        for path in suite()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in excuses
    } == set()


def test_the_name_of_a_test_is_a_sentence() -> None:
    assert {
        f"{place(path)}: {function.name}"
        for path in suite()
        for function in functions(path)
        if function.name.startswith("test_") and (function.name.count("_") < 3 or ast.get_docstring(function))
    } == set()


def test_nothing_is_left_to_do() -> None:
    words = ["TO" + "DO", "FIX" + "ME", "X" * 3 + ":"]
    assert {
        place(path) for path in (*code(), *suite()) if any(word in path.read_text() for word in words)
    } == set()


def test_nothing_names_a_folder_of_one_machine() -> None:
    folders = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/"]
    files = (*code(), *suite(), *(HOME / "docs").rglob("*.md"), *HOME.glob("*.md"), *HOME.glob("*.toml"))
    assert {place(path) for path in files if any(folder in path.read_text() for folder in folders)} == set()
