"""The help says what every key does and shows as one types what one looks for; its texts are short and in order."""

import gettext
import re
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QTextDocument
from PySide6.QtWidgets import QMainWindow

from engine.core import language
from gui.shell.help import help_texts
from gui.shell.help.help_sheet import HelpSheet
from gui.shell.menus.actions import Actions, table
from tests.gui.key_code import ROOT, classes_in
from tests.gui.tabs.test_contract import TABS, key_name

IN_ORDER = dict(sorted(TABS.items(), key=lambda item: item[1].ORDER))


@pytest.fixture
def sheet(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    nothing = SimpleNamespace(**{name.split(".")[1]: print for name in table().rows})
    actions = Actions(window, dict.fromkeys(("file", "edit", "run", "time", "view", "teach", "help"), nothing))
    made = HelpSheet(window, actions.texts(), IN_ORDER)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    yield made


def search_for(sheet, text):
    sheet.search.setText(text)
    return sheet.text.toPlainText()


def test_a_key_can_be_declared_alone_with_others_and_as_one_of_a_group():
    assert [each.toString() for each in help_texts.sequences("Shift+Arrows")] == [
        f"Shift+{key}" for key in help_texts.GROUPS["Arrows"]
    ]
    assert [each.toString() for each in help_texts.sequences("Delete, +")] == ["Del", "+"]
    assert help_texts.in_words("Shift+Arrows, Delete") == "Shift+Arrows, Del"


def test_it_says_of_each_key_what_it_does_ctrl_f_goes_to_the_field_enter_stays_and_escape_closes(sheet, qtbot):
    text = sheet.text.toPlainText()
    for name, tab in IN_ORDER.items():
        assert f"In {tab.TITLE}" in text
        for each in help_texts.all_keys()[name]:
            assert each.place in text
            for keys, sentence in each.does.items():
                assert help_texts.in_words(keys) in text and sentence in text

    assert re.fullmatch(r"[A-Za-z ]+", sheet.windowTitle())
    assert sheet.focusWidget() is sheet.search
    search_for(sheet, "pen")
    sheet.text.setFocus()
    qtbot.keyClick(sheet.text, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.focusObject() is sheet.search and sheet.search.selectedText() == "pen"
    qtbot.keyClick(sheet.search, Qt.Key.Key_Return)
    assert sheet.isVisible()
    qtbot.keyClick(sheet.search, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_all_keys_that_shared_widgets_and_the_window_look_at_are_told():
    places = [place for group in help_texts.all_keys().values() for place in group]
    known = {key_name(key) for place in places for keys in place.does for key in help_texts.sequences(keys)}
    files = [file for part in ("widgets", "shell") for file in (ROOT / "gui" / part).rglob("*.py")]
    found = {kind: keys for file in files for kind, keys in classes_in(file).items()}
    assert {"PictureGrid", "TimeSlider", "MainWindow", "Sheet", "NameField"} <= set(found)
    assert {kind: keys - known for kind, keys in found.items() if keys - known} == {}


def test_what_is_typed_is_searched_at_once_in_keys_and_glossary_and_headings_without_a_match_go(sheet, qtbot):
    qtbot.keyClicks(sheet.search, "confusion m")
    text = sheet.text.toPlainText()
    assert "Confusion matrix" in text and "In Mistakes" in text
    assert "In Draw" not in text and "Everywhere" not in text and "F11" not in text
    for words, sentence in (
        ("PEN draw", "Put the pen down"),  # all words count, in any order, and capitals do not
        ("draw pen", "Put the pen down"),
        ("full esc", "Leave full screen"),  # keys as they are written here, and by their full names
        ("full escape", "Leave full screen"),
        ("tabs t-sne", "takes for alike. Place: Inside."),  # a tab by what its panels show
    ):
        assert sentence in search_for(sheet, words), words
    assert "Put the pen down" not in search_for(sheet, "draw pen lasso")
    text = search_for(sheet, "x<b>y")
    assert "Nothing is found for “x<b>y”" in text and "Keys" not in text
    assert not any(jump.isEnabled() for jump in sheet.jumps.values())
    sheet.search.clear()
    assert "In Draw" in sheet.text.toPlainText()
    assert all(jump.isEnabled() for jump in sheet.jumps.values())
    search_for(sheet, "lasso")
    marked = [word.lower() for word in re.findall(r"background-color:[^>]*>([^<]*)<", sheet.text.toHtml())]
    assert set(marked) == {"lasso"}

    sheet.search.clear()
    qtbot.mouseClick(sheet.jumps["Tabs"], Qt.MouseButton.LeftButton)
    assert sheet.text.verticalScrollBar().value() > 500
    text = search_for(sheet, "guo temperature")
    assert "temperature scaling" in text and help_texts.glossary()["temperature scaling"].text in text
    assert "Keys" not in text and "He initialisation" not in text
    assert "p = softmax(z / T)" in text and "Guo, Pleiss, Sun and Weinberger, 2017" in text
    sheet.text.anchorClicked.emit(QUrl("cross-entropy"))
    assert sheet.search.text() == ""
    shown = sheet.text.cursorForPosition(QPoint(40, 12)).block().text()
    assert shown == "cross-entropy"


LEAST_WORDS, MOST_WORDS = 8, {"term": 60, "panel": 75, "look": 45}
ENTRIES = {**help_texts.glossary(), **help_texts.explanations()}


def count(text):
    return len(text.split())


def test_texts_are_in_order_whole_sentences_and_short_lead_to_terms_that_there_are_and_say_what_to_look_for():
    names = [re.sub(r"[^a-z0-9 ]", "", name.casefold()) for name in help_texts.glossary()]
    assert names == sorted(names) and len(set(names)) == len(names)
    assert len(names) >= 40
    for name, entry in ENTRIES.items():
        most = MOST_WORDS["panel" if name in help_texts.explanations() else "term"]
        assert LEAST_WORDS <= count(entry.text) <= most, (name, count(entry.text))
        assert entry.text[0].isupper() and entry.text.endswith("."), name
        assert "  " not in entry.text and entry.text == entry.text.strip(), name
        assert [term for term in entry.see if term not in help_texts.glossary() or term == name] == [], name
        assert len(set(entry.see)) == len(entry.see), name
        for paper in filter(None, entry.source.split("; ")):
            assert re.fullmatch(r".*[A-Za-z.)], (18|19|20)\d\d", paper), (name, paper)
        for text in (entry.text, entry.look, entry.formula):
            assert not set("{}^") & set(help_texts.plain(text)), (name, text)
    assert help_texts.as_html("p_{k} < e^{2}") == "p<sub>k</sub> &lt; e<sup>2</sup>"
    for name, entry in help_texts.explanations().items():
        assert LEAST_WORDS <= count(entry.look) <= MOST_WORDS["look"], (name, count(entry.look))
        assert entry.look.endswith(".") and entry.see, name


def test_a_text_leads_to_the_glossary_once_for_each_term_and_stays_plain():
    said = "Gradients flow back through the hidden layers; the loss and the LOSS fall, a run goes on."
    assert help_texts.terms_in(said) == ["gradient", "hidden layer", "loss"]
    assert help_texts.terms_in("glossy, steps, unbiased") == []
    made = help_texts.linked("A loss < 1 & a <b>loss</b>, then Dead neurons.", {"loss"})
    assert made == 'A loss &lt; 1 &amp; a &lt;b&gt;loss&lt;/b&gt;, then <a href="dead neuron">Dead neurons</a>.'
    assert help_texts.linked("loss, loss") == '<a href="loss">loss</a>, loss'


def test_no_line_of_the_help_ends_within_a_number_or_after_an_opening_quote():
    document = QTextDocument()
    for made in (
        help_texts.linked("«\u202foui\u202f», 10\u202f000\u00a0!"),
        help_texts.as_html("«\u202foui\u202f», 10\u202f000\u00a0!"),
    ):
        document.setHtml(made)
        assert document.toRawText() == "« oui », 10 000 !".replace(" ", "\u00a0").replace(",\u00a0", ", ")


GERMAN = {"hidden layer": "verborgene Schicht", "loss": "Verlust", "accuracy": "Trefferquote", "activation": "Übergabe"}


def test_terms_are_found_and_sorted_in_another_language(monkeypatch):
    class Catalogue(gettext.NullTranslations):
        def gettext(self, message):
            return GERMAN.get(message, message)

    monkeypatch.setitem(language.LANGUAGES, "of terms", language.LANGUAGES["de"])
    language.use("of terms", Catalogue())
    try:
        assert help_texts.terms_in("In den verborgenen Schichten sinkt der Verlust.") == ["hidden layer", "loss"]
        assert help_texts.linked("des Verlustes") == 'des <a href="loss">Verlustes</a>'
        titles = [entry.title for entry in help_texts.glossary().values()]
        assert titles.index("Trefferquote") < titles.index("t-SNE") < titles.index("Übergabe") < titles.index("weight")
    finally:
        language.use(language.SOURCE)
