"""The sheets that offer sessions without a place: after a crash, and when a person asks for them."""

from datetime import datetime

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QScrollArea, QWidget

from engine.core.language import LANGUAGES
from engine.session.jobs.files import SessionsFound
from gui.look.theme import theme
from gui.shell.dialogs.recovery import CRASHED, MOST_ROWS, NOT_WRITTEN, LossPicture, RecoveryDialog, curve, facts, when
from tests.gui.room import cut_off, squeezed
from tests.gui.session_messages import left
from tests.pseudo import spoken

NOW = datetime(2026, 11, 25, 15, 0)


@pytest.fixture
def show(qapp, qtbot):
    """Shows the sheet with these sessions; what it tells is in its `told`."""
    theme().choose("light")
    parent = QWidget()
    qtbot.addWidget(parent)

    def show(*sessions, crashed=True):
        dialog = RecoveryDialog(parent, crashed=crashed)
        dialog.told = []
        for name in ("restore", "look", "discard"):
            signal = getattr(dialog, f"{name}Wanted")
            signal.connect(lambda path, name=name: dialog.told.append((name, path)))
        dialog.turn_to(sessions)
        dialog.show()
        return dialog

    return show


ONE, TWO = left("/state/one.layerlight"), left("/state/two.layerlight")


def test_each_session_is_restored_looked_at_discarded_or_kept_for_later(show, qtbot):
    dialog = show(ONE, TWO)
    dialog.rows[1].look.click()
    assert dialog.told == [("look", TWO.path)] and dialog.isVisible()
    dialog.rows[0].restore.click()
    assert dialog.told[1:] == [("restore", ONE.path)] and not dialog.isVisible()

    dialog = show(ONE, TWO)
    row = dialog.rows[1]
    row.discard.click()
    assert dialog.told == [] and row.undo.isVisible() and not row.restore.isVisible()
    row.undo.click()
    assert row.restore.isVisible()
    dialog.later.click()
    assert dialog.told == [] and not dialog.isVisible()

    dialog = show(ONE, TWO)
    dialog.rows[1].discard.click()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.told == [("discard", TWO.path)], "it goes only when the sheet closes"


def test_the_sheet_says_what_happened(show):
    refuge = left("/state/two.layerlight", is_refuge=True)
    crash, full, both = show(ONE), show(refuge), show(ONE, refuge)
    assert [each.windowTitle() for each in (crash, full, both)] == [CRASHED, NOT_WRITTEN, CRASHED]
    (sentence,) = [each.text() for each in full.findChildren(QLabel) if "kept here" in each.text()]
    assert sentence == "Its file could not be written at the end, so it was kept here as a whole."
    assert not [each for each in full.findChildren(QLabel) if "unexpectedly" in each.text()]
    assert facts(ONE) + "  ·  its file could not be written" == facts(refuge)


def test_the_keyboard_goes_through_all_of_it_and_each_button_says_which_session_it_is_about(show, qtbot):
    dialog = show(left(changed=datetime(2020, 5, 2, 8, 5).timestamp()), TWO)
    dialog.activateWindow()
    assert dialog.focusWidget() is dialog.rows[0].restore
    seen = []
    for _ in range(12):
        seen.append(dialog.focusWidget().objectName())
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    wanted = [f"recovery.{row}.{what}" for row in (1, 2) for what in ("restore", "look", "discard")]
    assert [name for name in seen if name in wanted][:6] == wanted
    assert "recovery.later" in seen
    row = dialog.rows[0]
    row.discard.setFocus()
    for key, focus in ((row.discard, row.undo), (row.undo, row.discard)):
        qtbot.keyClick(key, Qt.Key.Key_Space)
        assert dialog.focusWidget() is focus
    assert row.restore.accessibleName() == "Restore: session of 2 May 2020 8:05"
    for button in dialog.findChildren(QPushButton):
        assert button.objectName() and button.toolTip() and button.accessibleName()


def test_the_sheet_is_as_high_as_it_needs_and_scrolls_from_six_on(show, qtbot):
    for number in (0, 5, 8):
        dialog = show(*[left(f"/state/{each}.layerlight") for each in range(number)], crashed=False)
        bar = dialog.findChild(QScrollArea).verticalScrollBar()
        qtbot.waitUntil(lambda bar=bar, number=number: bar.isVisible() == (number > MOST_ROWS))
        assert dialog.width() <= 960 and dialog.height() <= 600
        shown = [each for row in dialog.rows for each in row.findChildren(QPushButton) if each.isVisible()]
        for button in shown:
            assert button.width() >= button.sizeHint().width()
            right = button.mapTo(dialog, button.rect().topRight()).x()
            assert right < bar.mapTo(dialog, bar.rect().topLeft()).x() or not bar.isVisible()


def test_a_session_and_its_time_are_told_in_words():
    for moment, expected in (
        (datetime(2026, 11, 25, 14, 3), "today 14:03"),
        (datetime(2026, 11, 25, 0, 0), "today 0:00"),
        (datetime(2026, 11, 24, 23, 59), "yesterday 23:59"),
        (datetime(2026, 11, 23, 9, 12), "23 November 9:12"),
        (datetime(2025, 11, 25, 14, 3), "25 November 2025 14:03"),
    ):
        assert when(moment.timestamp(), NOW) == expected
    assert facts(left(runs=1, epochs=1, accuracy="")) == "1 run  ·  1 epoch"
    assert facts(left(runs=1, epochs=1, accuracy="", drawings=1)) == "1 run  ·  1 epoch  ·  1 drawing"
    assert facts(left(runs=0, epochs=0, accuracy="", drawings=3)) == "3 drawings"
    assert facts(left(runs=2, epochs=1520, accuracy="97.80 % of 10,000 test images")) == (
        "2 runs  ·  1,520 epochs  ·  97.80 % of 10,000 test images"
    )


def test_the_curve_begins_at_its_greatest_loss_and_leaves_out_what_is_no_number(qtbot):
    area = QRectF(10, 20, 100, 50)
    points = [(each.x(), each.y()) for each in curve(np.array([4.0, np.nan, 2.0, 0.0, np.inf]), area)]
    assert points == [(10, 20), (60, 45), (85, 70)]
    assert [(each.x(), each.y()) for each in curve(np.array([3.0]), area)] == [(60, 20)]
    assert curve(np.array([]), area) == curve(np.array([np.nan]), area) == []
    for look in ("light", "dark"):
        theme().choose(look)
        picture = LossPicture(np.full(10, 1.0))
        qtbot.addWidget(picture)
        image = picture.grab().toImage()
        row = [image.pixelColor(x, 8).name() for x in range(20, 90)]
        assert row.count(theme().current.curve_1.lower()) > 60, "in the theme's colour"


def test_file_unsaved_sessions_lists_them_all_and_does_what_is_wanted_unless_it_is_closed(ready, qtbot, monkeypatch):
    sessions = (left("/state/a.layerlight"), left("/state/b.layerlight", crashed=False))
    opened, discarded, answered = [], [], []

    def find(session):
        yield None
        yield SessionsFound(sessions=sessions)
        answered.append(True)

    def open_session(session, path, copy=False):
        yield opened.append((path, copy))

    def discard_session(session, path):
        yield discarded.append(path)

    monkeypatch.setattr("gui.shell.process.left_sessions.find_left_sessions", find)
    monkeypatch.setattr("gui.state.sessions.open_session", open_session)
    monkeypatch.setattr("gui.state.sessions.discard_session", discard_session)
    ready.actions["file.unsaved"].trigger()
    dialog = ready.window.findChild(QDialog, "unsaved")
    assert not dialog.isModal()
    qtbot.waitUntil(lambda: len(dialog.rows) == 2)
    assert dialog.rows[0].restore.text() == "Open" and dialog.later.text() == "Close"
    dialog.rows[0].look.click()
    qtbot.waitUntil(lambda: len(opened) == 1)
    dialog.rows[0].discard.click()
    dialog.rows[1].restore.click()
    qtbot.waitUntil(lambda: bool(discarded) and len(opened) == 2)
    assert opened == [("/state/a.layerlight", True), ("/state/b.layerlight", False)]
    assert discarded == ["/state/a.layerlight"]

    qtbot.waitUntil(lambda: ready.window.findChild(QDialog, "unsaved") is None)
    ready.actions["file.unsaved"].trigger()
    ready.window.findChild(QDialog, "unsaved").reject()
    qtbot.waitUntil(lambda: len(answered) == 2)
    ready.bridge.deliver()  # an answer that comes when the sheet has gone
    assert not [line for line in ready.notices.history if line.details]


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_said_of_a_session_leaves_its_buttons_their_room(show, code):
    with spoken(code):
        dialog = show(ONE, left("/state/two.layerlight", is_refuge=True))
    assert cut_off(dialog) == [] and squeezed(dialog) == []
    for row in dialog.rows:
        right = row.discard.mapTo(dialog, row.discard.rect().topRight()).x()
        assert right < dialog.width()
