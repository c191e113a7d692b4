"""One thing has one word, wherever people read: no help, sentence or README has an older one.

Of the window it is asked where all tabs are pictured: `test_references.py`.
"""

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QMetaType, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QTabBar, QTabWidget, QWidget

from engine.cli.parts.command import names
from engine.cli.parts.parser import parse

ROOT = Path(__file__).resolve().parents[3]

# Patterns of old words, found as whole words whatever their capitals, and what is said instead. More can be added.
OLD_WORDS = {
    r"(?<!at the )(?<!--)(?<!nn\.)moments?": "snapshot; a moment is the code's word for it",
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

SEARCHED = re.compile(rf"(?<![\w-])(?:{'|'.join(OLD_WORDS)})(?![\w-])")

# properties of widgets and actions that nobody reads, or that say another one's words in other letters
ELSEWHERE = {"objectName", "styleSheet", "html", "markdown", "windowFilePath", "windowRole", "inputMask"}

TEXTS = [
    ROOT / "README.md",
    ROOT / "docs" / "tour.md",
    *sorted((ROOT / "resources" / "experiments").iterdir()),
    *sorted((ROOT / "resources" / "help").iterdir()),
    *sorted((ROOT / "resources" / "lesson").iterdir()),
]

DOCSTRING_OR_COMMENT = re.compile(r'(?m)^\s*(r?"""[\s\S]*?"""|#.*)$')
TEXT = re.compile(r'"""([\s\S]*?)"""|"((?:[^"\\\n]|\\.)*)"')
SQL = re.compile(r"(SELECT|INSERT|DELETE|CREATE|PRAGMA|UPDATE) ")


def old_words(texts):
    """Yield each old word with what stands around it."""
    joined = " ¶ ".join(" ".join(text.replace("&", "").split()) for text in texts).lower()
    for found in SEARCHED.finditer(joined):
        yield found[0], joined[max(0, found.start() - 80) : found.end() + 80]


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


def texts_of(window):
    """Return all that a window, its sheets and its actions say."""
    things = [window, *window.findChildren(QWidget), *window.findChildren(QAction)]
    return {text for thing in things for text in said(thing) if text}


def test_the_help_of_no_command_says_an_old_word(capsys):
    for command in ("", *sorted(names())):
        with pytest.raises(SystemExit):
            parse([command, "--help"] if command else ["--help"])
        printed = capsys.readouterr().out
        assert "usage: main.py" in printed
        assert list(old_words([printed])) == [], command


def test_no_sentence_of_the_source_and_no_text_for_people_has_an_old_word():
    files = sorted(file for folder in ("engine", "gui") for file in (ROOT / folder).rglob("*.py"))
    texts = {path: sentences(path.read_text("utf-8")) for path in files}
    for file in TEXTS:
        texts[file] = [re.sub(r"```.*?```", "", file.read_text("utf-8"), flags=re.DOTALL)]
    assert {str(path.relative_to(ROOT)): old for path, said in texts.items() if (old := list(old_words(said)))} == {}


def sentences(source):
    """Yield the texts with a space in a module: keys and names have none, docstrings and SQL are for no person.

    Texts are found by their quotation marks: the syntax trees of all modules take two seconds.
    """
    code = re.sub(r'(?<!")"\s+[fr]{0,2}"(?!")', "", DOCSTRING_OR_COMMENT.sub("", source))  # parts of one text
    for long, short in TEXT.findall(code):
        text = re.sub(r"\{[^{}]*\}", "{}", long or short)
        if " " in text and not SQL.match(text.lstrip()):
            yield text
