"""What strangers call things reaches no terminal, no script and no picture but as one line of letters."""

import xml.etree.ElementTree as ElementTree

import pytest

from engine.analysis.graph.messages import Drawing
from engine.analysis.graph.svg import svg
from engine.cli.parts.terminal import say
from engine.core.errors import UserError, reason_of
from engine.core.text import class_name, isolated, printable
from tests.hostile_names import ENDS, NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_name_becomes_one_line_without_commands(name):
    told = printable(name)
    assert len(told) == len(name) and len(told.splitlines()) <= 1
    assert not any(letter in told for letter in [*ENDS, "\x1b", "\x9b", "\x07", "\b", "\x00", "\u202e"])
    told.encode()


def test_what_people_write_stays_as_it_is():
    for words in ("Größe · 98,0 %", "1\u00a0000\u202f000", "日本語 🙂", "می\u200cخواهم", "é"):
        assert printable(words) == words
    for words in ("plain", "Ä 3 | 4", "日本", "a&b"):
        assert isolated(words) == words, "words that turn nothing"


def test_a_refusal_is_one_line_on_the_terminal_whatever_is_refused(capsys):
    for name in NAMES:
        say(str(UserError(f"{name} cannot be read.", hint=f"Choose another place than {name}.")))
    lines = capsys.readouterr().err.split("\n")
    assert len(lines) == len(NAMES) + 1
    assert all(line.startswith("layerlight: ") for line in lines[:-1])
    assert "\x1b" not in "".join(lines)


def test_a_graph_s_title_is_words_of_the_picture_and_nothing_else():
    for name in NAMES:
        root = ElementTree.fromstring(svg(Drawing((), (), (), (), 10.0, 10.0), name))
        title = next(each for each in root if each.tag.endswith("title"))
        assert (title.text or "") == printable(name).replace("\r", " ") and not len(title)
        assert not any(each.tag.endswith("script") for each in root.iter())


def test_words_that_are_read_from_the_right_are_isolated_and_stay_so():
    hebrew = "\u05e9\u05dc\u05d5\u05dd"
    sentence = f"Run {isolated(hebrew)} 18.9 %"
    assert sentence == f"Run \u2068{hebrew}\u2069 18.9 %" == printable(sentence)


def test_nobody_else_leaves_an_isolate_open_or_ends_ours():
    for marks in ("\u2068", "\u2069", "\u2069 \u2068", "\u2068 \u2068 \u2069", "\u2067 \u2069"):
        sentence = f"Run {isolated(f'{marks} x')} 18.9"
        assert not set(sentence) & set("\u2066\u2067\u2068\u2069") and sentence.endswith("x 18.9")


def test_what_a_system_refused_is_said_with_its_file_where_it_tells_that():
    errors = OSError(13, "Permission denied", "/x"), OSError(28, "No space left on device"), OSError("gone")
    assert [*map(reason_of, errors)] == ["/x: Permission denied", "No space left on device", "gone"]


def test_a_class_without_a_name_has_its_number():
    assert [class_name(("ape", "bee"), label) for label in range(3)] == ["ape", "bee", "2"]
