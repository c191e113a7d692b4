"""What strangers call things reaches no terminal, no script and no picture but as one line of letters."""

import xml.etree.ElementTree as ElementTree

import pytest

from engine.base.errors import UserError
from engine.base.text import printable
from engine.cli.parts.terminal import say
from engine.graph.messages import Drawing
from engine.graph.svg import svg
from tests.hostile_names import ENDS, NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_name_becomes_one_line_without_commands(name):
    told = printable(name)
    assert len(told) == len(name) and len(told.splitlines()) <= 1
    assert not any(letter in told for letter in [*ENDS, "\x1b", "\x9b", "\x07", "\b", "\x00", "\u202e"])
    told.encode()


@pytest.mark.parametrize(
    "words", ["Größe · 98,0 %", "1\u00a0000\u202f000", "日本語 🙂", "می\u200cخواهم", "é"]
)
def test_what_people_write_stays_as_it_is(words):
    assert printable(words) == words


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
