"""The language of the window: it changes at once, in all pages, and what is going on continues."""

import gc

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, Qt
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QPushButton

from engine.core.language import language
from engine.core.specs import TrainSpec
from gui.look.speech import speak
from gui.shell.application import Application, Shown
from gui.state.settings import load_settings
from tests.gui.conftest import PATIENCE_MS, get_ready
from tests.gui.fake_engine import fake_ask, fake_prepare, fake_train

GERMAN = {"Draw": "Zeichnen", "Train": "Trainieren", "&Start": "&Starten", "&View": "&Ansicht"}
LONG = TrainSpec(epochs=10_000)


@pytest.fixture(autouse=True)
def german(tmp_path, monkeypatch):
    """Of German there are four words, compiled as all are."""
    catalogue = Catalog(locale="de")
    for text, translation in GERMAN.items():
        catalogue.add(text, translation)
    for code in ("de", "fr"):
        with (tmp_path / f"{code}.mo").open("wb") as file:
            write_mo(file, catalogue)
    monkeypatch.setattr("engine.core.language.FOLDER", tmp_path)
    yield
    speak("en")


@pytest.fixture
def shown(few_tabs, tmp_path, monkeypatch):
    """The window that is shown, in whichever language."""
    monkeypatch.setattr("gui.shell.process.startup.prepare", fake_prepare)
    monkeypatch.setattr("gui.shell.application.ENGINE_SECONDS", PATIENCE_MS / 1000)
    made = Shown(get_ready(Application(tmp_path / "settings.json", train=fake_train, ask=fake_ask, size=(1280, 720))))
    yield made
    made.current.window.close()
    assert made.current.finish()
    made.current.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def change(shown, qtbot, choice):
    """Choose a language in the menu, and return the window that is there then."""
    before = shown.current
    before.actions[f"view.language.{choice}"].trigger()
    qtbot.waitUntil(lambda: shown.current is not before and shown.current.lesson is not None)
    return shown.current


def titles(application):
    tabs = application.window.tabs
    return [tabs.tabText(place) for place in range(tabs.count())]


def test_the_language_is_that_of_all_pages_at_once_and_of_the_next_start(shown, qtbot, tmp_path):
    assert titles(shown.current) == ["Draw", "Train"] and language() == "en"
    german = change(shown, qtbot, "de")
    assert titles(german) == ["Zeichnen", "Trainieren"] and language() == "de"
    assert german.window.menus.actions()[4].text() == "&Ansicht"
    assert german.window.findChild(QPushButton, "run.start").text() == "Starten"
    assert german.actions["view.language.de"].isChecked()
    assert [window for window in QApplication.topLevelWidgets() if window.objectName() == "window"] == [german.window]
    assert load_settings(tmp_path / "settings.json").language == "de"
    assert QLocale().decimalPoint() == ","
    english = change(shown, qtbot, "en")
    assert titles(english) == ["Draw", "Train"] and QLocale().decimalPoint() == "."


def test_a_training_goes_on_and_is_paused_and_stopped_by_the_new_window(shown, qtbot):
    before = shown.current
    before.controls.start(LONG)
    qtbot.waitUntil(lambda: before.progress.step > 0)
    before.selection.change(label=3)
    run = before.progress.run
    after = change(shown, qtbot, "de")
    assert (after.controls.state, after.progress.run, after.selection.label) == ("running", run, 3)
    step = after.progress.step
    qtbot.waitUntil(lambda: after.progress.step > step)
    after.controls.pause()
    qtbot.waitUntil(lambda: after.controls.state == "paused")
    after.controls.stop()
    qtbot.waitUntil(lambda: after.controls.state == "idle")
    assert not after.notices.history, "nothing went wrong"


def test_the_window_and_its_language_stay_while_a_film_is_written(shown, monkeypatch):
    before = shown.current
    monkeypatch.setattr("gui.shell.film.maker.FilmMaker.is_busy", property(lambda _: True))
    before.actions["view.language.de"].setChecked(True)
    assert before.in_language("de") is before and language() == "en"
    assert before.actions["view.language.system"].isChecked()
    assert before.notices.current.sentence == "The language can be changed once the file is written."


def test_qts_own_words_are_of_the_language_and_its_layout_goes_its_way(qtbot):
    speak("fr")
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    qtbot.addWidget(box)
    assert box.buttons()[0].text().replace("&", "") == "Annuler"
    assert QApplication.layoutDirection() == Qt.LayoutDirection.LeftToRight


def test_windows_of_former_languages_are_gone(shown, qtbot):
    for choice in ("de", "en", "de"):
        change(shown, qtbot, choice)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    assert [each for each in gc.get_objects() if isinstance(each, Application)] == [shown.current]
