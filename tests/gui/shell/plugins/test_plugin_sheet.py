"""The sheet of plug-ins: none is on before a person has seen where it lies and what its hash is."""

import hashlib

import pytest
from PySide6.QtWidgets import QCheckBox, QLabel

from engine.analysis.plugins.plugin import folder
from gui.state.settings import settings

TEXT = '"""Counts."""\n\ndef probe(network, data, request): return 1\n\ndef page(answer, charts): return []\n'


@pytest.fixture
def file():
    folder().mkdir(parents=True, exist_ok=True)
    path = folder() / "counts.py"
    path.write_text(TEXT)
    yield path
    path.unlink(missing_ok=True)


@pytest.fixture
def sheet(ready, qtbot, file):
    return opened(ready, qtbot)


def opened(ready, qtbot):
    sheet = ready.dialogs.show("plugins")
    qtbot.waitUntil(lambda: sheet.findChild(QCheckBox, "plugins.counts") is not None)
    return sheet


def words(sheet):
    return [label.text() for label in sheet.findChildren(QLabel)]


def test_a_plug_in_is_off_and_its_place_and_its_hash_are_seen(sheet, file):
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    assert not sheet.findChild(QCheckBox, "plugins.counts").isChecked()
    assert {str(file), f"SHA-256 {digest}", "Counts."} <= {*words(sheet)}


def test_one_that_is_switched_on_is_remembered_by_its_hash_and_the_window_is_built_again(ready, sheet, file):
    asked = []
    ready.languageWanted.connect(asked.append)
    sheet.findChild(QCheckBox, "plugins.counts").click()
    assert settings().plugins == {str(file): hashlib.sha256(TEXT.encode()).hexdigest()}
    assert not asked
    sheet.reject()
    assert asked == [settings().language]


def test_a_sheet_in_which_nothing_was_switched_leaves_the_window(ready, sheet):
    asked = []
    ready.languageWanted.connect(asked.append)
    switch = sheet.findChild(QCheckBox, "plugins.counts")
    switch.click()
    switch.click()
    sheet.reject()
    assert not asked and settings().plugins == {}


def test_one_that_was_changed_is_off_and_says_so(ready, qtbot, file):
    settings().plugins[str(file)] = "0" * 64
    sheet = opened(ready, qtbot)
    assert not sheet.findChild(QCheckBox, "plugins.counts").isChecked()
    assert "Changed since it was switched on." in words(sheet)
