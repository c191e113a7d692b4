"""What strangers call things is one line of letters wherever it is shown, and what rounds to zero has no sign."""

import math
import xml.etree.ElementTree as ElementTree

from hypothesis import given
from hypothesis import strategies as st

from engine.analysis.graph.messages import Drawing
from engine.analysis.graph.svg import svg
from engine.cli.parts.terminal import say
from engine.core.errors import UserError, reason_of
from engine.core.knobs import in_sentence, plain_number
from engine.core.text import (
    accuracy_words,
    class_name,
    either,
    fine_percent,
    fitted,
    in_columns,
    in_percent,
    is_line,
    isolated,
    number,
    percent,
    plain,
    printable,
    say_epoch,
    written,
)
from tests.hostile_names import ENDS, NAMES


def test_every_name_becomes_one_line_without_commands():
    for name in NAMES:
        line = printable(name)
        assert len(line) == len(name) and len(line.splitlines()) <= 1
        assert not any(letter in line for letter in [*ENDS, "\x1b", "\x9b", "\x07", "\b", "\x00", "\u202e"])
        line.encode()


def test_what_people_write_stays_as_it_is():
    for words in ("Größe · 98,0 %", "1\u00a0000\u202f000", "日本語 🙂", "می\u200cخواهم", "é"):
        assert printable(words) == words
    for words in ("plain", "Ä 3 | 4", "日本", "a&b"):
        assert isolated(words) == words, "words that turn nothing"


def test_a_line_may_have_no_break_spaces_and_neither_an_end_nor_commands():
    assert all(map(is_line, ("10\u202f000 images\u00a0: « oui »", "", "a b")))
    assert not any(map(is_line, ("two\nlines", "a\u2028b", "\u202eturned", "\x1b[1m")))


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


FORMS = (".0f", ".2f", "+.2f", ",.3f", ".3g", "+.3g", "#.4g", "+.2e", ",.0f", "9.4f", ">10.4f")
NEAR_ZERO = st.floats(-0.01, 0.01) | st.sampled_from([-0.0, -1e-300, -0.004, -0.005, -0.00049])
ANY = st.floats(allow_nan=False, allow_infinity=False) | NEAR_ZERO


@given(ANY, st.sampled_from(FORMS))
def test_no_number_is_a_signed_zero_and_all_others_are_as_they_were(value, form):
    text, usual = plain(value, form), format(value, form)
    if set(usual.partition("e")[0]) & set("123456789"):
        assert text == usual
    else:
        assert not text.strip().startswith(("+", "-"))
        assert float(text) == 0.0
    assert written(value, form) == text.replace("-", "−")


@given(ANY)
def test_a_number_as_one_writes_it_by_hand_is_no_signed_zero(value):
    assert plain_number(value).strip("-0.,") or not plain_number(value).startswith("-")


SAID = [
    *[(written(-0.004, form), "0.00") for form in (".2f", "+.2f")],
    (written(-0.0, "9.4f"), "   0.0000"),
    (written(-1.5, "+.2f"), "−1.50"),
    *[(percent(share), text) for share, text in [(0.98123, "98.1 %"), (1, "100.0 %"), (0.99999, "99.9 %")]],
    *[(percent(share), text) for share, text in [(0, "0.0 %"), (1e-6, "0.1 %"), (math.nan, "–"), (2, "200.0 %")]],
    *[(fine_percent(0.5, images), text) for images, text in [(0, "50.0 %"), (1_000, "50.0 %"), (1_001, "50.00 %")]],
    *[(fine_percent(0.5, images), text) for images, text in [(10_000, "50.00 %"), (10_001, "50.000 %")]],
    (fine_percent(0.5, None), "50.00 %"),
    (in_percent(-0.001), "0 %"),
    (accuracy_words(0.974, 1_000), "97.4 % of 1,000 test images"),
    (accuracy_words(0.974, None), "97.40 % of the test images"),
    *[(say_epoch(step, 100), f"epoch {text}") for step, text in [(0, "0.0"), (9, "0.090"), (10, "0.1"), (700, "7.0")]],
    *[(number(value), value if value == 1.5 else None) for value in (1.5, math.inf, -math.inf, math.nan)],
    *[(plain_number(value), text) for value, text in [(1e15, "1e+15"), (1e15 - 1, "999,999,999,999,999")]],
    *[(plain_number(value), text) for value, text in [(1e-9, "0.000000001"), (9e-10, "9e-10"), (math.inf, "inf")]],
    (plain_number(1_234.0, grouped=False), "1234"),
    *[(either(["a", "b", "c"][:count]), text) for count, text in [(1, "a"), (2, "a or b"), (3, "a or b or c")]],
    *[
        (in_sentence(title), text)
        for title, text in [("L2", "L2"), ("Learning rate", "learning rate"), ("MNIST", "MNIST")]
    ],
]


def test_shares_counts_and_steps_are_said_as_precisely_as_they_are_known():
    assert [(said, wanted) for said, wanted in SAID if said != wanted] == []


def test_a_column_is_as_wide_as_it_was_wanted_or_as_its_widest_cell():
    rows = [("run", "accuracy"), ("A", "97.7 %"), ("a longer name", "")]
    forms = fitted(("<5", ">9"), rows)
    assert forms == ["<13", ">9"]
    assert [in_columns(forms, row) for row in rows] == [
        "run             accuracy",
        "A                 97.7 %",
        "a longer name",
    ]
    assert in_columns((">3", ">4", ">5"), ("1", "2"), " ") == "  1    2"
