"""What a person has to say about data that can be read in several ways is asked in a small sheet."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox, QDialog, QPushButton

from engine.data.location import Choice, Location
from engine.session.jobs.data import ArraysAsked, ReadingAsked
from tests.gui.worlds import tell

PAIRS = (("pics", "animals"), ("pics", "<b>parity"), ("dark", "animals"), ("few", "of few"), ("wide", "of few"))
FILE = Location(Path("/data/a b.npz"))
SHAPES = {"pics": (8, 8), "dark": (8, 8), "few": (8, 8), "wide": (8, 9)}
ASKED = ArraysAsked(location=FILE, pairs=PAIRS, shapes=SHAPES)
WAYS = (Choice("0 to 255: as stored", "file:///1"), Choice("0 to 97: stretched", "file:///2"))
READING = ReadingAsked(file="a b.npz", sentence="Dark <b>pixels.", question="Which are black?", choices=WAYS)


@pytest.fixture
def ask(ready, monkeypatch):
    """What asks, and returns the sheet over the window; what was wanted to be opened is in `ready.wanted`."""
    ready.wanted = []
    monkeypatch.setattr(ready.opening, "open", lambda file, **how: ready.wanted.append((file, how)))

    def ask(message, name):
        tell(ready, message)
        return next(sheet for sheet in ready.window.findChildren(QDialog, name) if sheet.isVisible())

    return ask


def box(sheet, name):
    return sheet.findChild(QComboBox, f"{sheet.objectName()}.{name}")


def texts(sheet, name):
    return [box(sheet, name).itemText(number) for number in range(box(sheet, name).count())]


def test_two_arrays_and_perhaps_a_test_part_are_chosen_of_those_that_fit_and_which_pixels_are_black(ready, ask):
    ask(ASKED, "arrays").findChild(QPushButton, "arrays.cancel").click()
    assert ready.wanted == []
    ask(ASKED, "arrays").findChild(QPushButton, "arrays.open").click()
    assert ready.wanted.pop() == (Path("a b.npz"), {"wanted": "file:///data/a%20b.npz#images=pics&labels=animals"})

    sheet = ask(ASKED, "arrays")
    none = "None: set every sixth image aside"
    assert sheet.isVisible() and texts(sheet, "images") == ["pics", "dark", "few", "wide"]
    for number, labels, test_images in (
        (1, ["animals"], [none, "pics", "few"]),
        (2, ["of few"], [none, "pics", "dark"]),
        (3, ["of few"], [none]),
        (0, ["animals", "<b>parity"], [none, "few"]),
    ):
        box(sheet, "images").setCurrentIndex(number)
        assert (texts(sheet, "labels"), texts(sheet, "test_images")) == (labels, test_images)
        assert box(sheet, "test_images").isEnabled() == (len(test_images) > 1)
    assert texts(sheet, "test_labels") == [] and not box(sheet, "test_labels").isEnabled()
    box(sheet, "labels").setCurrentIndex(1)
    box(sheet, "test_images").setCurrentText("few")
    assert texts(sheet, "test_labels") == ["of few"]
    sheet.findChild(QPushButton, "arrays.open").click()
    wanted = "file:///data/a%20b.npz#images=pics&labels=%3Cb%3Eparity&test_images=few&test_labels=of+few"
    assert ready.wanted.pop() == (Path("a b.npz"), {"wanted": wanted}) and not sheet.isVisible()

    sheet = ask(READING, "reading")
    assert sheet.isVisible() and texts(sheet, "way") == ["0 to 255: as stored", "0 to 97: stretched"]
    box(sheet, "way").setCurrentIndex(1)
    sheet.findChild(QPushButton, "reading.open").click()
    assert ready.wanted == [(Path("a b.npz"), {"wanted": "file:///2"})] and not sheet.isVisible()
