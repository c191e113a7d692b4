"""Names that somebody else chose are words in the window: no markup, no key of a menu, nothing that is fetched."""

import itertools
import re
import unicodedata

import pytest
from PySide6.QtCore import QModelIndex, QPoint
from PySide6.QtGui import QAction, Qt
from PySide6.QtWidgets import QAbstractItemView, QGroupBox, QLabel, QMenu, QToolTip, QWidget

from engine.core.drawing import Drawing, Stroke
from engine.core.lens import Lens, Neuron, NeuronSet
from engine.core.messages import JobFailed, Notice
from engine.core.text import printable
from gui.look.words import entry, plain_tip, show_tip
from tests.gui.fake_engine import dataset_opened
from tests.gui.fake_files import open_session
from tests.gui.session_messages import summary
from tests.gui.worlds import tell
from tests.hostile_names import NAMES, OF_HTML, OF_WINDOWS

RICH = [name for name in OF_HTML if Qt.mightBeRichText(name)]


def is_taken_for_markup(widget):
    """Whether Qt reads what a label or a tooltip says as HTML, and shows something else than its letters."""
    told = [widget.toolTip()]
    if isinstance(widget, QLabel) and widget.textFormat() != Qt.TextFormat.PlainText:
        told.append(widget.text())
    return any(Qt.mightBeRichText(text) and any(name in text for name in RICH) for text in told)


# marks that turn what stands beside them; `isolated` sets U+2068 and U+2069, in pairs
TURNS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067"

OF_OTHERS = ["\u202e18.9", "\u2067 97.2", "\u2069\u2069 98", "\u2068\u2068 99", "\u05e9\u05dc\u05d5\u05dd"]


def said_by(widget):
    """Return what a widget shows or tells a screen reader, text by text."""
    said = [widget.toolTip(), widget.accessibleName(), widget.windowTitle(), getattr(widget, "words", "")]
    for name in ("text", "currentText", "sentence", "title"):
        value = getattr(widget, name, "")
        said.append(value() if callable(value) and not isinstance(widget, QGroupBox) else value)
    if isinstance(widget, QAbstractItemView) and (model := widget.model()):
        said += [
            model.index(row, column).data(role)
            for row in range(model.rowCount(QModelIndex()))
            for column in range(3)
            for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
        ]
    return [text for text in said if isinstance(text, str) and text]


def turns_what_is_beside_it(text):
    depths = list(itertools.accumulate((letter == "\u2068") - (letter == "\u2069") for letter in text))
    is_open = bool(depths) and (min(depths) < 0 or depths[-1] != 0)
    bare = re.sub("\u2068[^\u2068\u2069]*\u2069", "", text)
    from_the_right = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in bare)
    return any(mark in text for mark in TURNS) or is_open or (from_the_right and any(map(str.isdigit, bare)))


def assert_words_alone(window):
    """No name in a window is taken for markup, nor does it turn a figure around, and no label of ours guesses."""
    widgets, actions = window.findChildren(QWidget), window.findChildren(QAction)
    assert len(widgets) > 500
    for widget in widgets:
        turned = [text for text in said_by(widget) if turns_what_is_beside_it(text)]
        assert not turned, (widget.objectName() or type(widget).__name__, turned)
    assert not [each.text() for each in actions if turns_what_is_beside_it(each.text())]
    assert not turns_what_is_beside_it(window.windowTitle())

    assert [(each.objectName(), each.toolTip()) for each in widgets if is_taken_for_markup(each)] == []
    tips = [action.toolTip() for action in actions]
    for view in window.findChildren(QAbstractItemView):
        if model := view.model():
            items = (model.index(row, 0) for row in range(model.rowCount()))
            tips += [item.data(Qt.ItemDataRole.ToolTipRole) or "" for item in items]
    assert not [tip for tip in tips if any(name in tip for name in RICH)]
    ours = [each for each in widgets if isinstance(each, QLabel) and not isinstance(each.window(), QMenu)]
    assert len(ours) > 300
    guessing = [each for each in ours if each.textFormat() == Qt.TextFormat.AutoText and each.text()]
    assert sorted({each.objectName() or each.text() for each in guessing}) == []


@pytest.mark.usefixtures("all_tabs")
def test_no_name_is_more_than_words_anywhere_in_the_window(window, files, qtbot, tmp_path):
    names = [*OF_OTHERS, *RICH, *OF_WINDOWS[:4]]
    files.runs = tuple(
        summary(chr(ord("A") + number), title=name, dataset=f"{name} 40 + 10", bookmarks={1: name})
        for number, name in enumerate(names)
    )
    stroke = Stroke(points=((5.0, 5.0), (9.0, 9.0)), width=2.0)
    files.drawings = {name: Drawing(strokes=(stroke,)) for name in RICH}
    files.sets = {name: NeuronSet(frozenset({Neuron(0, 1)})) for name in RICH}
    paths = [tmp_path / name for name in (f"{OF_OTHERS[-1]}\u202e.layerlight", "<b>bold & large<∕b>.layerlight")]
    for path in paths:
        path.touch()
    window.settings.recent[:] = list(map(str, paths))
    open_session(window, qtbot, paths[0])
    window.actions["help.shortcuts"].trigger()
    for run, told in (("A", OF_OTHERS), ("F", RICH[:10])):
        classes = tuple(map(printable, told))
        tell(
            window,
            dataset_opened(told[0], summary=printable(told[0]), names=classes, source=tmp_path / told[0][:8]),
            Notice(sentence=f"{told[0]} has 18.9 MB.", hint=told[1]),
            JobFailed(sentence=f"{told[2]} is 1 of 2.", hint=told[3], details=told[4]),
        )
        window.selection.change(lens=Lens(run))
        for tab in window.window.all_tabs():
            window.window.show_tab(tab.TITLE)
        assert_words_alone(window.window)
    for run in "BCDE":
        window.selection.change(lens=Lens(run))
        assert_words_alone(window.window)


def test_a_tip_and_an_entry_of_a_menu_say_every_name_letter_by_letter(qtbot):
    for name in NAMES:
        told = plain_tip(f"Run {name}")
        if told != f"Run {name}":
            assert told.startswith("<span>"), name
            assert not any(mark in told[6:-7] for mark in ("<b", "<img", "<a ", "<script")), name
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    show_tip(QPoint(5, 5), RICH[0], widget)
    assert QToolTip.text() == plain_tip(RICH[0]) != RICH[0]
    QToolTip.hideText()
    assert entry("&File") == "&&File" and entry("a\tCtrl+Q") == "a?Ctrl+Q"
