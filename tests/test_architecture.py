"""The table in ARCHITECTURE.md names what exists, every module can be found, and tests look from outside."""

import ast
import re
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TABLE = re.findall(r"^\| (.+?) \| (.+?) \|$", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), re.MULTILINE)
NAME = re.compile(r"`([\w./]+(?:\.py|/))`")
BENCHES = sorted((ROOT / "tests/bench").rglob("*.py"))
TESTS = sorted({*(ROOT / "tests").rglob("*.py")} - {*BENCHES})
MODULES = sorted(path for folder in ("engine", "gui", "tests/bench") for path in (ROOT / folder).rglob("*.py"))


def named(cell):
    """Yield the files and folders that a cell names; one without a folder lies in that of the name before it."""
    folder = ROOT
    for name in NAME.findall(cell):
        path = ROOT / name if "/" in name.rstrip("/") else folder / name
        folder = path if name.endswith("/") else path.parent
        yield path


def test_all_that_a_row_names_is_there():
    assert [path for _, cell in TABLE for path in named(cell) if not path.exists()] == []


def test_every_module_can_be_found_by_its_name_or_its_folder():
    known = {path for _, cell in TABLE for path in named(cell)}
    lost = [path for path in MODULES if path.name != "__init__.py" and not known & {path, *path.parents}]
    assert [str(path.relative_to(ROOT)) for path in lost] == []


def test_every_module_opens_with_a_sentence_that_says_what_lives_there():
    silent = [path for path in MODULES if not _first_sentence(path).endswith((".", "?"))]
    assert [str(path.relative_to(ROOT)) for path in silent] == []


def _first_sentence(path):
    text = path.read_text(encoding="utf-8")  # not parsed: that takes seconds for all of them
    docstring = text[3:].partition('"""')[0] if text.startswith('"""') else ""
    return docstring.split("\n\n")[0].strip()


# what SQLite, a writer that was killed, a merge, an editor, Python or a file manager leaves beside a file
LEFTOVER = re.compile(r".*(-wal|-shm|-journal|\.tmp|\.orig|\.rej|\.bak|\.swp|\.pyc|~)$|\.DS_Store$|core(\.\d+)?$")


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is a copy without git, which knows what belongs to it")
def test_no_two_modules_of_tests_have_one_name():
    """Pytest knows them by their names alone, and leaves out the second."""
    names = sorted(path.name for path in TESTS if path.name.startswith("test_"))
    assert [name for name, following in pairwise(names) if name == following] == []


def test_nothing_that_a_program_left_behind_is_a_part_of_the_project():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    files = listed.stdout.split("\0")
    assert "main.py" in files
    assert [name for name in files if LEFTOVER.fullmatch(Path(name).name)] == []


OF_NAMED_TUPLES = {"_asdict", "_fields", "_make", "_replace"}
OF_NOTEBOOKS = {"_repr_html_", "_repr_png_"}  # what they ask of each object
PATCHES = {"delattr", "getattr", "hasattr", "setattr"}


def _is_private(name):
    return name.startswith("_") and not name.startswith("__") and name not in OF_NAMED_TUPLES | OF_NOTEBOOKS


def _private_looks(tree):
    """Yield where a test looks into others than itself: attributes, imports, and names handed to `setattr`."""
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    own |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) if name in own:
                pass
            case ast.Attribute(attr=name) if _is_private(name):
                yield node.lineno, name
            case ast.ImportFrom(names=names):
                yield from ((node.lineno, each.name) for each in names if _is_private(each.name))
            case ast.Call(func=ast.Attribute(attr=call) | ast.Name(id=call), args=args) if call in PATCHES:
                words = [each.value for each in args if isinstance(each, ast.Constant)]
                names = [str(word).rpartition(".")[2] for word in words]
                yield from ((node.lineno, name) for name in names if _is_private(name))


def _is_job(function):
    first = [each.arg for each in function.args.args[:1]]
    return first == ["session"] and not function.name.startswith("test_")


def _waits(tree):
    """Yield where a test lets time pass; a job on the engine's thread may, in place of a computation."""
    in_jobs = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and _is_job(node):
            in_jobs |= set(ast.walk(node))
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="time"), attr="sleep")) if node not in in_jobs:
                yield node.lineno, "time.sleep"
            case ast.Call(func=ast.Attribute(attr="wait", value=ast.Name(id="qtbot") | ast.Attribute(attr="qtbot"))):
                yield node.lineno, "qtbot.wait"
            case ast.Call(func=ast.Attribute(attr="qWait")):
                yield node.lineno, "qWait"


def _wall_clocks(tree):
    """Yield where a test fails on a machine with much else to do; `time.thread_time` counts what a thread computes."""
    for node in ast.walk(tree):
        for part in ast.walk(node.test) if isinstance(node, ast.Assert) else ():
            match part:
                case ast.Compare(left=ast.BinOp(left=ast.Call(func=clock)), ops=[ast.Lt() | ast.LtE()]):
                    if ast.unparse(clock) in ("time.monotonic", "time.perf_counter", "time.time"):
                        yield part.lineno, "a wall clock"


# what stands in the text of a file that does so: only such files are parsed, for all together that takes a minute
SIGNS = {
    _private_looks: r"\._[a-z]|[\"'.]_[a-z]|\bimport\b.*\b_[a-z]|^ +_[a-z]\w*,$",
    _waits: r"sleep|wait\(|qWait",
    _wall_clocks: r"monotonic|perf_counter|time\.time",
}


def test_tests_look_at_nothing_private_wait_for_nothing_to_happen_and_use_no_mocks():
    found = []
    for path in TESTS:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"^(from|import) unittest", text, re.MULTILINE), path
        suspected = [faults for faults, sign in SIGNS.items() if re.search(sign, text, re.IGNORECASE | re.MULTILINE)]
        tree = ast.parse(text) if suspected else None
        found += [f"{path.relative_to(ROOT)}:{line}: {what}" for faults in suspected for line, what in faults(tree)]
    assert found == []
