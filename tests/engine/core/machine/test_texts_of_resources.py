"""The texts of `resources/` come in the language, and Babel is handed the same ones, with their lines."""

import gettext
import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

from engine.core import language
from engine.core.machine.folders import RESOURCES
from engine.core.machine.words import NAMED, TEXTS, in_language, read_words

ROOT = Path(__file__).resolve().parents[4]
NAMES = [path.relative_to(RESOURCES).as_posix() for pattern in TEXTS for path in sorted(RESOURCES.glob(pattern))]
SENTENCE = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")
AS_THEY_ARE = {"source", "title", "authors", "see"}  # papers, and names of terms


@pytest.fixture
def any_language():
    yield
    language.use(language.SOURCE)


def texts_in(name):
    found = []
    in_language(name, tomllib.loads((RESOURCES / name).read_text("utf-8")), lambda text: found.append(text) or text)
    return found


def others(value, key=""):
    """Yield what is left of a content whose texts were made empty."""
    if isinstance(value, dict):
        for part, inner in value.items():
            yield from others(inner, part)
    elif isinstance(value, list):
        for inner in value:
            yield from others(inner, key)
    elif isinstance(value, str) and key not in AS_THEY_ARE:
        yield value


@pytest.mark.parametrize("name", NAMES)
def test_all_that_reads_as_a_sentence_is_a_text(name):
    assert len(texts_in(name)) > 3
    rest = in_language(name, tomllib.loads((RESOURCES / name).read_text("utf-8")), lambda text: "")
    assert [value for value in others(rest) if SENTENCE.search(value)] == []


def test_babel_gets_each_text_once_with_its_line():
    spec = importlib.util.spec_from_file_location("string_files", ROOT / ".ci/string_files.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in NAMES:
        with (RESOURCES / name).open("rb") as file:
            found = list(module.toml_texts(file, (), (), {}))
        lines = (RESOURCES / name).read_text("utf-8").splitlines()
        shown = [lines[line - 1].replace('\\"', '"') for line, *_ in found]
        assert all(each[1] == "tr" and each[2] in line for each, line in zip(found, shown, strict=True)), name
        texts = [text for _, _, text, _ in found]
        named = list(read_words(name)) if name in NAMED else []
        assert sorted(texts) == sorted({*filter(None, texts_in(name)), *named}), name
        assert [line for line, *_ in found] == sorted(line for line, *_ in found), name


@pytest.mark.usefixtures("any_language")
def test_content_comes_in_the_language():
    class Loud(gettext.NullTranslations):
        def gettext(self, message):
            return message.upper()

    english = read_words("actions.toml")
    language.use("xx", Loud())
    loud = read_words("actions.toml")
    assert loud["menus"]["file"] == "&FILE" and loud["actions"].keys() == english["actions"].keys()
    assert loud["actions"]["file.open"]["help"] == english["actions"]["file.open"]["help"].upper()
    assert loud["actions"]["file.open"]["icon"] == "open" and loud["actions"]["file.open"]["keys"] == ("Ctrl+O",)
