"""What README.md, docs/, CONTRIBUTING.md and SECURITY.md claim is held by a test or printed by a benchmark."""

import re
import tomllib
from pathlib import Path

import pytest

from engine.cli.bench import BENCHES

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
CLAIMS = tomllib.loads((TESTS / "claims.toml").read_text("utf-8"))
NO_CLAIM = {  # beginnings of paragraphs that claim nothing: ways to other files, advice
    "docs/commands.md": ["What the window computes"],
    "docs/data.md": ["By its path,"],
    "docs/systems.md": ["Nothing of this was tried", "No program registers", "- "],  # what is not there
    "CONTRIBUTING.md": [
        "How it is built:",
        "Say first in an issue",
        "2. A commit for each",
        "3. What a person notices",
        "A docstring belongs to",
        "A test that cannot fail is worth nothing.",
    ],
}


# A row of a table that only says where more is to be read, and one whose last cell is the test that holds it
LEADS_ELSEWHERE = re.compile(r"\| [^|]+ \| (\[[^]]+\]\([^)]+\)(, )?)+ \|")
NAMES_ITS_TEST = re.compile(r"\| [^|]+ \| [^|]*\| `([\w/]+\.py::test_\w+)` \|")


def _plain(text):
    return " ".join(text.split())


def _paragraphs(text):
    """Yield each paragraph, item of a list and row of a table; no headings, code, pictures and heads of tables."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"^\|.*\n\|[-| ]+\|$", "", text, flags=re.MULTILINE)
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", text)
    for block in re.split(r"\n\s*\n", text):
        for item in re.split(r"\n(?=\s*[-*] |\s*\d+\. |\|)", block.strip("\n")):
            if item.strip(" |\n") and not item.startswith("#") and not LEADS_ELSEWHERE.fullmatch(item):
                yield _plain(item)


def _is_there(test):
    file, _, name = test.partition("::")
    path = TESTS / file
    return path.is_file() and f"def {name}(" in path.read_text("utf-8")


@pytest.mark.parametrize("document", CLAIMS)
def test_every_claim_stands_in_its_document_and_has_its_test_or_its_benchmark(document):
    text = _plain((ROOT / document).read_text("utf-8"))
    assert [claim for claim in CLAIMS[document] if claim not in text] == []
    held = {"bench", *(f"bench --{name}" for name in BENCHES)}
    assert [test for test in CLAIMS[document].values() if test not in held and not _is_there(test)] == []


@pytest.mark.parametrize("document", CLAIMS)
def test_no_paragraph_is_without_a_claim_that_is_held(document):
    begins = tuple(NO_CLAIM.get(document, ["\0"]))
    assert [
        paragraph
        for paragraph in _paragraphs((ROOT / document).read_text("utf-8"))
        if not paragraph.startswith(begins)
        and not NAMES_ITS_TEST.fullmatch(paragraph)
        and not any(claim in paragraph for claim in CLAIMS[document])
    ] == []


def test_each_row_on_other_systems_names_a_test_that_is_there():
    rows = [row for row in _paragraphs((ROOT / "docs" / "systems.md").read_text("utf-8")) if row.startswith("|")]
    assert len(rows) > 30
    assert [row for row in rows if not (named := NAMES_ITS_TEST.fullmatch(row)) or not _is_there(named[1])] == []


def test_every_file_that_a_document_leads_to_is_there():
    for path in (ROOT / document for document in CLAIMS):
        links = re.findall(r"\]\(([^)#]+)", path.read_text("utf-8"))
        assert [link for link in links if not (path.parent / link).exists()] == [], path


def test_the_readme_stays_short_and_leads_to_every_paper():
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.split()) <= 900
    assert [path.name for path in (ROOT / "docs").glob("*.md") if f"(docs/{path.name})" not in text] == []
