"""All that a person reads is marked, and each catalogue has it, with its values, its tags and its plural forms."""

import gettext
import importlib.util
import io
import string
import sys
from pathlib import Path

import pytest

from engine.core.language import LANGUAGES, SOURCE, tr, tr_plural, use
from engine.core.text import listed, percent, written
from tests.pseudo import PSEUDO, Pseudo, spoken

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = sorted(code for code in LANGUAGES if code != SOURCE)
WHOLE = ("de", "fr")  # complete catalogues; of others what belongs to the window
OF_THE_WINDOW = ("gui/", "resources/")


@pytest.fixture(scope="module")
def strings():
    """The tool behind `make strings`."""
    spec = importlib.util.spec_from_file_location("strings", ROOT / ".ci" / "strings.py")
    module = sys.modules["strings"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def every(strings):
    return strings.texts()


@pytest.fixture(params=CATALOGUES)
def catalogue(request, strings):
    return strings.catalogue(ROOT / "resources" / "languages" / f"{request.param}.po")


@pytest.fixture
def in_language(strings):
    """Speaks a language of the catalogues, compiled in memory: a checkout may have no compiled ones."""

    def speak(code):
        binary = io.BytesIO(strings.compiled(ROOT / "resources" / "languages" / f"{code}.po"))
        use(code, gettext.GNUTranslations(binary))

    yield speak
    use(SOURCE)


def test_no_text_is_left_unmarked(strings):
    assert [str(place) for place in strings.all_unmarked()] == []


def test_what_reads_as_a_text_is_found_wherever_it_stands_and_what_programs_read_is_not(strings, tmp_path, monkeypatch):
    monkeypatch.setattr(strings, "ROOT", tmp_path)
    file = tmp_path / "module.py"
    file.write_text(
        '"""A docstring, which is help at most."""\n'
        'TITLE = "Two words"\n'
        'KEY, NAME = "draw.canvas", "SELECT name FROM runs"\n'
        'log.warning("The session %s cannot be read.", path)\n'
        'label.setText(f"{count} runs" if count else tr("No runs"))\n'
        'tip = tr(f"Run {name}")\n'
        'named(widget, "two words")  # no text\n',
        "utf-8",
    )
    assert [(place.line, place.text) for place in strings.unmarked(file)] == [
        (2, "Two words"),
        (5, "{} runs"),
        (6, "Run {}"),
    ]


def test_no_catalogue_drops_or_adds_a_value_a_tag_or_the_key_of_a_menu(strings):
    files = sorted((ROOT / "resources" / "languages").glob("*.po"))
    assert [fault for file in files for fault in strings.faults(file)] == []


def test_german_and_french_are_complete_and_other_languages_have_what_belongs_to_the_window(strings, every, catalogue):
    is_whole = str(catalogue.locale) in WHOLE
    lacking = []
    for message in every:
        known = catalogue.get(strings.forms(message.id)[0], message.context) if message.id else None
        wanted = is_whole or any(place.startswith(OF_THE_WINDOW) for place, _ in message.locations)
        if message.id and wanted and not (known and strings.is_translated(known)):
            lacking.append(message.id)
    assert lacking == []


def test_a_fault_of_a_catalogue_is_said_with_the_text(strings, tmp_path):
    (tmp_path / "de.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "{count:,} runs of <b>{all}</b>"\nmsgstr "{anzahl} Läufe von {all}"\n',
        "utf-8",
    )
    assert [fault.split(" than")[0] for fault in strings.faults(tmp_path / "de.po")] == [
        "de.po: other values",
        "de.po: other tags",
    ]


def test_an_empty_file_becomes_the_catalogue_of_its_language(strings, tmp_path):
    (tmp_path / "pl.po").touch()
    new = strings.catalogue(tmp_path / "pl.po")
    assert new.num_plurals == 3 and new.header_comment.startswith("# Polish texts of Layerlight")


def test_numbers_have_the_marks_of_the_language_and_files_do_not(in_language):
    in_language("de")
    assert (written(1234.5, ",.2f"), percent(0.9812), written(-0.5, "g")) == ("1.234,50", "98,1 %", "−0,5")
    assert tr("{loss:.3f} of {count:,}", loss=0.25, count=55_000) == "0,250 of 55.000"
    in_language("fr")
    assert written(55_000, ",") == "55\N{NARROW NO-BREAK SPACE}000"
    use(SOURCE)
    assert (written(1234.5, ",.2f"), percent(0.9812)) == ("1,234.50", "98.1 %")


@pytest.mark.parametrize("code", PSEUDO)
def test_a_pseudo_language_keeps_values_tags_and_keys(qapp, code):
    turned = Pseudo(PSEUDO[code][1]).gettext("&Open {file} in <b>{count:,}</b> turns && more %")
    fields = [name for _, name, _, _ in string.Formatter().parse(turned) if name]
    assert fields == ["file", "count"] and "<b>" in turned and "</b>" in turned and turned.startswith("&")
    with spoken(code):
        assert tr("Draw") != "Draw" and tr_plural("{count} run", "{count} runs", 2).startswith("2 ")
        assert listed(["a", "b", "c"], 2).startswith("a, b ")
    assert tr("Draw") == "Draw"


# What English hides: cases, genders, orders, plural forms, and which count is one. Each with its text in the language.
HIDDEN = [
    ("de", "{done:,} of {count:,} run", "{done:,} of {count:,} runs", 2, {"done": 1}, "1 von 2 Läufen"),
    ("de", "{count:,} run", "{count:,} runs", 2, {}, "2 Läufe"),
    (
        "de",
        "{before} → {after} with {count:,} pixel",
        "{before} → {after} with {count:,} pixels",
        344,
        {"before": "9", "after": "7"},
        "9 → 7 mit 344 Pixeln",
    ),
    (
        "de",
        "{count:,} neuron answers most to {label}: click marks it",
        "{count:,} neurons answer most to {label}: click marks them",
        1,
        {"label": "3"},
        "1 Neuron antwortet am stärksten auf 3: Ein Klick markiert es",
    ),
    (
        "de",
        "{count:,} feature map answers most to {label}: click marks it",
        "{count:,} feature maps answer most to {label}: click marks them",
        1,
        {"label": "3"},
        "1 Merkmalskarte antwortet am stärksten auf 3: Ein Klick markiert sie",
    ),
    (
        "de",
        "{count:,} of {total:,} neurons keeps the test accuracy within 1 percentage point.",
        "{count:,} of {total:,} neurons keep the test accuracy within 1 percentage point.",
        116,
        {"total": 1_300},
        "116 von 1.300 Neuronen halten die Testgenauigkeit bis auf 1 Prozentpunkt.",
    ),
    (
        "de",
        "The best of {count:,} run that learned from the open data, {data}.",
        "The best of {count:,} runs that learned from the open data, {data}.",
        5,
        {"data": "MNIST"},
        "Der beste von 5 Läufen, die aus den geöffneten Daten (MNIST) gelernt haben.",
    ),
    (
        "de",
        "{seen:,} of {count:,} node in view, from {first} to {last}.",
        "{seen:,} of {count:,} nodes in view, from {first} to {last}.",
        20,
        {"seen": 3, "first": "x", "last": "loss"},
        "Zu sehen: 3 von 20 Knoten, von x bis loss.",
    ),
    ("fr", "{count:,} image", "{count:,} images", 0, {}, "0 image"),
    ("fr", "{count:,} image", "{count:,} images", 55_000, {}, "55\N{NARROW NO-BREAK SPACE}000 images"),
]


@pytest.mark.parametrize(("code", "one", "many", "count", "values", "text"), HIDDEN)
def test_sentences_have_the_plural_gender_case_and_order_of_their_language(
    in_language, code, one, many, count, values, text
):
    in_language(code)
    assert tr_plural(one, many, count, **values) == text
