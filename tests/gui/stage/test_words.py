"""One thing has one word, wherever people read: no widget, action, help, sentence or README has an older one."""

import ast
import re
from pathlib import Path

import pytest
from PySide6.QtCore import QMetaType, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QTabBar, QTabWidget, QWidget

from engine.cli.parts.command import names
from engine.cli.parts.parser import parse
from tests.gui.fake_files import open_session
from tests.gui.session_messages import summary

ROOT = Path(__file__).resolve().parents[3]

OLD_WORDS = {
    r"(?<!at the )(?<!--)moments?": "snapshot; a moment is the code's word for it",
    r"backdrops?": "in the plots",
    r"warps?": "augmentation",
    r"never fires?": "dead",
    r"nothing any more": "they no longer learn",
    r"rightly": "correctly",
    r"(plays?|holds?) the films?|film speed": "play training, playback",
    r"like the (system|theme)": "follow system, follow theme",
    r"unsaved (session|one)s?": "untitled session",
    r"(never given|gives? it) a place|place of (its|their) own": "saved as a file",
    r"(?<!to )look at it": "open a copy",
    r"present session": "current session",
    r"live|back to live": "latest; adjustable while training",
    r"2-sided": "clipped",
    r"what is made small": "what training minimises",
    r"anew in every epoch": "redrawn every epoch",
    r"how often every": "how many times each",
    r"the chip above": "above",
    r"is no layer|no grey images": "is not a layer, not greyscale images",
    r"of a kind that": "a type of file that",
    r"went wrong inside": "made a mistake",
    r"let it rest|then rests?|rests at step": "pause",
    r"duplicate": "copy settings",
    r"weights finite": "NaN or infinite weights",
    r"start of the run|train on from": "first snapshot, continue training from",
    r"\d % test(?! accuracy)|test images right": "test accuracy",
    r"receipts?": "breakdown",
    r"spoil(s|ed|ing|t)?": "corrupt; robustness",
    r"reckons?|comes to what": "computes, reproduces",
    r"likeness|strength aside": "cosine similarity, regardless of contrast",
    r"(neurons|weights) suffice": "are enough",
    r"freez(e|es|ing)|frozen": "set to mean",
    r"(was|were|wrongly) read as": "predicted as",
    r"kept \d+|(drawing|set)s? (is|are) kept": "saved",
    r"i don.t know|least sureness": "abstain, confidence threshold",
    r"by chance": "at random",
    r"bring (all|\d+ neurons) back|bring back": "restore",
    r"turned to fit": "aligned with",
    r"shall": "should",
    r"learn on": "continue",
    r"(?<!make )sure|surer|surest|unsure|surely|how confident|certainty": "probability; in Calibration, confidence",
    r"real averages": "class means",
}
"""Patterns of old words, found as whole words whatever their capitals, and what is said instead. More can be added."""

SEARCHED = re.compile("|".join(rf"(?<![\w-])(?:{old})(?![\w-])" for old in OLD_WORDS), re.IGNORECASE)

ELSEWHERE = {"objectName", "styleSheet", "html", "markdown", "windowFilePath", "windowRole", "inputMask"}
"""Properties of widgets and actions that nobody reads, or that say another one's words in other letters."""

TEXTS = [
    ROOT / "README.md",
    ROOT / "docs" / "tour.md",
    *sorted((ROOT / "resources" / "experiments").iterdir()),
    *sorted((ROOT / "resources" / "help").iterdir()),
    *sorted((ROOT / "resources" / "lesson").iterdir()),
]

SQL = re.compile(r"(SELECT|INSERT|DELETE|CREATE|PRAGMA|UPDATE) ")


def old_words(texts):
    """Yield each old word with what it stands in."""
    for text in texts:
        joined = " ".join(text.replace("&", "").split())
        for found in SEARCHED.finditer(joined):
            yield found[0], joined[:200]


def said(thing):
    """Yield all that a widget or an action says: the texts among its properties, its entries and its tabs."""
    meta = thing.metaObject()
    for number in range(meta.propertyCount()):
        each = meta.property(number)
        if each.metaType().id() == QMetaType.Type.QString.value and each.name() not in ELSEWHERE:
            yield str(each.read(thing) or "")
    if isinstance(thing, QComboBox):
        for entry in range(thing.count()):
            yield thing.itemText(entry)
            yield str(thing.itemData(entry, Qt.ItemDataRole.ToolTipRole) or "")
    if isinstance(thing, QTabBar | QTabWidget):
        for tab in range(thing.count()):
            yield from (thing.tabText(tab), thing.tabToolTip(tab))


@pytest.fixture
def full(window, files, qtbot, tmp_path):
    """The window with all its tabs and sheets, over a session of some runs."""
    marks = {1: "the first step"}
    files.runs = tuple(summary(name, bookmarks=marks, started=float(ord(name))) for name in "AB")
    (tmp_path / "mine.layerlight").touch()
    open_session(window, qtbot, tmp_path / "mine.layerlight")
    for tab in window.window.all_tabs():
        window.window.show_tab(tab.TITLE)
    for sheet in ("help.shortcuts", "help.about", "edit.preferences", "file.unsaved"):
        window.actions[sheet].trigger()
    return window


@pytest.mark.usefixtures("all_tabs")
def test_the_window_says_no_old_word(full):
    things = [full.window, *full.window.findChildren(QWidget), *full.window.findChildren(QAction)]
    texts = {text for thing in things for text in said(thing) if text}
    assert len(texts) > 600
    for known in ("Latest", "&First snapshot", "Untitled sessions", "Augmentation", "Disk space for snapshots"):
        assert known in texts, "this walk would see it"
    assert sorted(old_words(texts)) == []


@pytest.mark.parametrize("command", ["", *sorted(names())])
def test_the_help_of_a_command_says_no_old_word(command, capsys):
    with pytest.raises(SystemExit):
        parse([command, "--help"] if command else ["--help"])
    told = capsys.readouterr().out
    assert "usage: main.py" in told
    assert list(old_words([told])) == []


@pytest.mark.parametrize("folder", ["engine", "gui"])
def test_no_sentence_of_the_source_has_an_old_word(folder):
    found = {
        str(path.relative_to(ROOT)): old
        for path in sorted((ROOT / folder).rglob("*.py"))
        if (old := list(old_words(sentences(ast.parse(path.read_text("utf-8"))))))
    }
    assert found == {}


def sentences(tree):
    """Yield the texts with a space in a module: keys and names have none, and docstrings and SQL are for no person."""
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in docs:
            continue
        if " " in node.value and not SQL.match(node.value):
            yield node.value


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.name)
def test_no_text_for_people_says_an_old_word(file):
    prose = re.sub(r"```.*?```", "", file.read_text("utf-8"), flags=re.DOTALL)
    assert list(old_words([prose])) == []
