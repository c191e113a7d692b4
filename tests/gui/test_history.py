"""What a person changed is taken back and done again by keys and menu, each time as a job of the engine."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from engine.lens import Lens
from engine.messages import JobEnded
from engine.run_jobs import color_run, delete_run, pin_run, rename_run, restore_run
from engine.session_jobs import SessionOpened
from engine.specs import TrainSpec
from gui.history import LEVELS, History
from gui.run_edits import RunEdits
from gui.widgets.run_history import RunHistory
from tests.gui.training_messages import started

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Orders:
    """A bridge that writes down what it is asked to submit. The job that goes on ends when `end` is called."""

    def __init__(self):
        self.submitted, self.listeners = [], {}

    def listen(self, message_class, listener, job=None):
        self.listeners[message_class] = listener

    def end(self):
        self.listeners[JobEnded](None)

    def end_all(self):
        for _ in range(9):
            self.end()

    def submit(self, make, *args):
        self.submitted.append((make, *args))
        return len(self.submitted)


@pytest.fixture
def orders():
    return Orders()


@pytest.fixture
def edits(qapp, orders):
    made = RunEdits(orders, History())
    made.stack = made._history.stack
    return made


@pytest.fixture
def run():
    made = RunHistory(started("B"))
    made.title, made.color, made.pinned = "old", 1, True
    return made


@pytest.mark.parametrize(
    ("change", "text", "done", "undone"),
    [
        (
            lambda edits, run: edits.rename(run, " new "),
            "rename run B · old",
            (rename_run, "B", "new"),
            (rename_run, "B", "old"),
        ),
        (
            lambda edits, run: edits.color(run, 7),
            "colour of run B · old",
            (color_run, "B", 7),
            (color_run, "B", 1),
        ),
        (
            lambda edits, run: edits.pin(run, False),
            "unpin run B · old",
            (pin_run, "B", False),
            (pin_run, "B", True),
        ),
        (lambda edits, run: edits.delete(run), "delete run B · old", (delete_run, "B"), (restore_run, "B")),
    ],
)
def test_each_change_is_done_undone_and_done_again(edits, orders, run, change, text, done, undone):
    change(edits, run)
    assert edits.stack.undoText() == text
    edits.stack.undo()
    edits.stack.redo()
    orders.end_all()
    assert orders.submitted == [done, undone, done]


def test_what_is_undone_and_done_again_in_one_breath_comes_to_the_engine_in_that_order(edits, orders, run):
    edits.delete(run)
    edits.stack.undo()
    edits.stack.redo()
    edits.stack.undo()
    assert orders.submitted == [(delete_run, "B")], "of jobs that wait the engine would take the newest first"
    orders.end()
    assert orders.submitted == [(delete_run, "B"), (restore_run, "B")]
    orders.end_all()
    assert orders.submitted == 2 * [(delete_run, "B"), (restore_run, "B")]


def test_what_still_waits_is_not_done_in_another_session(edits, orders, run):
    edits.delete(run)
    edits.stack.undo()
    orders.listeners[SessionOpened](None)
    orders.end_all()
    assert orders.submitted == [(delete_run, "B")]


def test_what_changes_nothing_is_no_change(edits, orders, run):
    edits.rename(run, "old ")
    edits.color(run, 1)
    edits.pin(run, True)
    edits.unpin([])
    assert orders.submitted == []
    assert edits.stack.count() == 0


def test_several_runs_are_unpinned_and_pinned_again_in_one_go(edits, orders, run):
    edits.unpin([run, RunHistory(started("C"))])
    assert edits.stack.undoText() == "unpin 2 runs"
    edits.stack.undo()
    orders.end_all()
    assert orders.submitted == [(pin_run, name, pinned) for pinned in (False, True) for name in "BC"]


def test_a_hundred_changes_are_kept(edits, run):
    for number in range(LEVELS + 20):
        edits.rename(run, f"title {number}")
    assert edits.stack.count() == LEVELS == 100


# In the window ----------------------------------------------------------------------------------------------------


@pytest.fixture
def done(ready):
    """The window after one change, and what was called meanwhile."""
    calls = []
    ready.selection.history.do("delete run B", lambda: calls.append("do"), lambda: calls.append("undo"))
    ready.window.activateWindow()
    return ready, calls


def test_without_a_change_undo_and_redo_cannot_be_used_and_say_why(ready):
    for name in ("edit.undo", "edit.redo"):
        assert not ready.actions[name].isEnabled()
        assert ready.actions[name].toolTip().startswith("Nothing was")


def test_the_menu_says_what_it_would_undo(done):
    application, calls = done
    undo, redo = application.actions["edit.undo"], application.actions["edit.redo"]
    assert (undo.text(), redo.text()) == ("&Undo delete run B", "&Redo")
    assert undo.isEnabled()
    undo.trigger()
    assert (undo.text(), redo.text()) == ("&Undo", "&Redo delete run B")
    assert (undo.isEnabled(), redo.isEnabled()) == (False, True)
    redo.trigger()
    assert calls == ["do", "undo", "do"]


@pytest.mark.parametrize("again", [(Qt.Key.Key_Z, CTRL | SHIFT), (Qt.Key.Key_Y, CTRL)])
def test_the_keys_undo_and_redo(done, qtbot, again):
    application, calls = done
    application.window.setFocus()
    qtbot.keyClick(application.window, Qt.Key.Key_Z, CTRL)
    qtbot.keyClick(application.window, *again)
    assert calls == ["do", "undo", "do"]


def test_a_text_field_keeps_its_own_undo_while_it_has_the_focus(done, qtbot):
    application, calls = done
    field = application.window.findChild(QLineEdit, "train.batch")
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "64")
    qtbot.keyClick(field, Qt.Key.Key_Z, CTRL)
    assert field.text() == "100"
    qtbot.keyClick(field, Qt.Key.Key_Z, CTRL | SHIFT)
    assert field.text() == "64"
    assert calls == ["do"]


def test_a_field_with_nothing_to_undo_keeps_the_key_all_the_same(done, qtbot):
    application, calls = done
    field = application.window.findChild(QLineEdit, "train.batch")
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Z, CTRL)
    assert calls == ["do"]


def test_another_session_has_no_past(done):
    application, _ = done
    application.mailbox.post(
        1_000, SessionOpened(name="x", path=None, is_saved=False, read_only="", runs=(), view={})
    )
    application.bridge.deliver()
    assert not application.actions["edit.undo"].isEnabled()
    assert application.actions["edit.undo"].text() == "&Undo"


def test_a_run_is_deleted_by_its_key_and_comes_back_by_undo(ready, qtbot):
    """A true round trip: keys, window, engine thread and back."""
    tab = next(tab for tab in ready.window.all_tabs() if tab.TITLE == "Train")
    ready.window.show_tab("Train")
    runs = tab.settings.runs
    ready.controls.start(TrainSpec(epochs=2))
    qtbot.waitUntil(lambda: [row.progress for row in runs.view.rows.rows] == ["2 epochs"])
    tab.settings.pages.choose("runs")
    ready.window.activateWindow()
    runs.view.setFocus()
    qtbot.keyClick(runs.view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: runs.view.rows.rows == [])
    assert ready.selection.lens is None
    qtbot.keyClick(ready.window.focusWidget(), Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: [row.name for row in runs.view.rows.rows] == ["A"])
    assert ready.selection.lens == Lens("A")
    assert not [line for line in ready.notices.history if line.failure]
