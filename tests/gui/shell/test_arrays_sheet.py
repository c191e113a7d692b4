"""Which arrays of a file are images and labels is asked in a small sheet."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox, QDialog, QPushButton

from engine.data.jobs import ArraysAsked

PAIRS = (("pics", "animals"), ("pics", "<b>parity"), ("dark", "animals"))
ASKED = ArraysAsked(
    file="a b.npz", pairs=PAIRS, choices=("file:///a%20b.npz#1", "file:///a%20b.npz#2", "file:///3")
)


@pytest.fixture
def sheet(ready, monkeypatch):
    """The sheet over the window, and what was wanted to be opened."""
    ready.wanted = []
    monkeypatch.setattr(ready.opening, "open", lambda file, **how: ready.wanted.append((file, how)))
    ready.mailbox.post(0, ASKED)
    ready.bridge.deliver()
    return ready.window.findChild(QDialog, "arrays")


def texts(sheet, name):
    box = sheet.findChild(QComboBox, f"arrays.{name}")
    return [box.itemText(number) for number in range(box.count())]


def test_the_labels_offered_are_those_that_fit_the_images(sheet):
    assert sheet.isVisible() and texts(sheet, "images") == ["pics", "dark"]
    assert texts(sheet, "labels") == ["animals", "<b>parity"]
    sheet.findChild(QComboBox, "arrays.images").setCurrentIndex(1)
    assert texts(sheet, "labels") == ["animals"]


def test_open_opens_the_two_that_are_chosen(ready, sheet):
    sheet.findChild(QComboBox, "arrays.labels").setCurrentIndex(1)
    sheet.findChild(QPushButton, "arrays.open").click()
    assert ready.wanted == [(Path("a b.npz"), {"wanted": "file:///a%20b.npz#2"})]
    assert not sheet.isVisible()


def test_cancel_opens_nothing(ready, sheet):
    sheet.findChild(QPushButton, "arrays.cancel").click()
    assert ready.wanted == [] and not sheet.isVisible()
