"""The table in ARCHITECTURE.md that says where things live: it names what exists, and every module can be found."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TABLE = re.findall(
    r"^\| (.+?) \| (.+?) \|$", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), re.MULTILINE
)
NAME = re.compile(r"`([\w./]+(?:\.py|/))`")
MODULES = sorted(path for folder in ("engine", "gui") for path in (ROOT / folder).rglob("*.py"))


def named(cell):
    """Yield the files and folders that a cell names; one without a folder lies in that of the name before it."""
    folder = ROOT
    for name in NAME.findall(cell):
        path = ROOT / name if "/" in name.rstrip("/") else folder / name
        folder = path if name.endswith("/") else path.parent
        yield path


@pytest.mark.parametrize(("subject", "cell"), TABLE)
def test_all_that_a_row_names_is_there(subject, cell):
    assert [path for path in named(cell) if not path.exists()] == []


def test_every_module_can_be_found_by_its_name_or_its_folder():
    known = {path for _, cell in TABLE for path in named(cell)}
    lost = [path for path in MODULES if path.name != "__init__.py" and not known & {path, *path.parents}]
    assert [str(path.relative_to(ROOT)) for path in lost] == []


def test_every_module_opens_with_a_sentence_that_says_what_lives_there():
    silent = [path for path in MODULES if not _first_sentence(path).endswith((".", "?"))]
    assert [str(path.relative_to(ROOT)) for path in silent] == []


def _first_sentence(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.split("\n\n")[0].strip()
