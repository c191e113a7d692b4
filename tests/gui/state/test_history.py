"""What a person changed is taken back and done again by keys and menu, each time as a job of the engine."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from engine.core.lens import Lens, Neuron
from engine.core.messages import JobEnded
from engine.core.specs import TrainSpec
from engine.session.jobs.files import SessionOpened
from engine.session.jobs.runs import color_runs, delete_runs, pin_runs, rename_run, restore_runs
from gui.state.history import LEVELS, MERGE_SECONDS, Histories, History
from gui.state.training.runs import Run, RunLook
from gui.tabs.draw.ink import Sheet
from gui.tabs.train.run_list import RunEdits
from tests.gui.session_messages import opened
from tests.gui.training_messages import started
from tests.gui.worlds import show_tab, tell

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
    history = History()
    made = RunEdits(orders, history)
    made.stack = history.stack
    return made


@pytest.fixture
def run():
    made = Run.begun(started("B"))
    made.look = RunLook("B", "old", 1, True)
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
            (color_runs, {"B": 7}),
            (color_runs, {"B": 1}),
        ),
        (
            lambda edits, run: edits.pin(run, False),
            "hide run B · old from the plots",
            (pin_runs, ["B"], False),
            (pin_runs, ["B"], True),
        ),
        (lambda edits, run: edits.delete(run), "delete run B · old", (delete_runs, ("B",)), (restore_runs, ("B",))),
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
    assert orders.submitted == [(delete_runs, ("B",))], "of jobs that wait the engine would take the newest first"
    orders.end()
    assert orders.submitted == [(delete_runs, ("B",)), (restore_runs, ("B",))]
    orders.end_all()
    assert orders.submitted == 2 * [(delete_runs, ("B",)), (restore_runs, ("B",))]


def test_what_still_waits_is_not_done_in_another_session(edits, orders, run):
    edits.delete(run)
    edits.stack.undo()
    orders.listeners[SessionOpened](None)
    orders.end_all()
    assert orders.submitted == [(delete_runs, ("B",))]


def test_what_changes_nothing_is_no_change(edits, orders, run):
    edits.rename(run, "old ")
    edits.color(run, 1)
    edits.pin(run, True)
    edits.unpin([])
    assert orders.submitted == []
    assert edits.stack.count() == 0


def test_several_runs_are_unpinned_and_pinned_again_in_one_go(edits, orders, run):
    edits.unpin([run, Run.begun(started("C"))])
    assert edits.stack.undoText() == "hide 2 runs from the plots"
    edits.stack.undo()
    orders.end_all()
    assert orders.submitted == [(pin_runs, ["B", "C"], False), (pin_runs, ["B", "C"], True)]


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


@pytest.mark.tabs("train")
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


@pytest.mark.tabs("train")
def test_a_field_with_nothing_to_undo_keeps_the_key_all_the_same(done, qtbot):
    application, calls = done
    field = application.window.findChild(QLineEdit, "train.batch")
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Z, CTRL)
    assert calls == ["do"]


def test_another_session_has_no_past(done):
    application, _ = done
    tell(application, opened())
    assert not application.actions["edit.undo"].isEnabled()
    assert application.actions["edit.undo"].text() == "&Undo"


@pytest.mark.tabs("train")
def test_a_run_is_deleted_by_its_key_and_comes_back_by_undo(ready, qtbot):
    """A true round trip: keys, window, engine thread and back."""
    tab = show_tab(ready, "Train")
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


# Where one is -----------------------------------------------------------------------------------------------------


@pytest.fixture
def histories(qapp, clock):
    return Histories(clock=clock.now)


def test_undo_takes_back_what_was_done_last_in_the_tab_that_is_shown(histories):
    calls = []
    for number, place in enumerate(("Draw", "Draw", "Train", "Map")):
        histories.of(place).do(f"{place} {number}", lambda: None, lambda number=number: calls.append(number))
    histories.show("Draw")
    assert histories.stack.undoText() == "Draw 1"
    histories.undo()
    histories.show("Train")
    histories.undo()
    histories.show("Draw")
    assert (histories.stack.undoText(), histories.stack.redoText()) == ("Draw 0", "Draw 1")
    assert calls == [1, 2]


def test_the_latest_change_elsewhere_is_known_by_its_tab(histories):
    histories.of("Train").do("delete run B", lambda: None, lambda: None)
    histories.of("Draw").do("stroke", lambda: None, lambda: None)
    histories.of("Train").do("delete run C", lambda: None, lambda: None)
    histories.show("Draw")
    assert histories.elsewhere() == ("Train", "delete run C")
    histories.of("Train").undo()
    histories.show("Map")
    assert histories.elsewhere() == ("Draw", "stroke")


def test_what_follows_closely_of_one_value_is_one_entry_and_nothing_where_it_is_back(histories, clock):
    shown = []

    def note(before, after, key="rate"):
        histories.note(key, shown.append, before, after, key=key)

    for step in range(3):
        note(step, step + 1)
        clock.advance(1000 * MERGE_SECONDS / 2)
    assert histories.stack.count() == 1 and shown == []
    histories.undo()
    histories.redo()
    assert shown == [0, 3]
    clock.advance(2000 * MERGE_SECONDS)
    note(3, 5)
    note(10, 20, key="batch")
    assert histories.stack.count() == 3
    clock.advance(2000 * MERGE_SECONDS)
    note(20, 30, key="batch")
    note(30, 20, key="batch")
    assert histories.stack.count() == 3, "what is as it was before is no change"


def test_another_session_forgets_only_what_was_changed_in_the_session(histories):
    calls = []

    def do(text, of_session):
        done, undone = (lambda: calls.append(f"do {text}")), (lambda: calls.append(f"undo {text}"))
        histories.of("Draw").do(text, done, undone, of_session=of_session)

    for text, of_session in (("stroke 1", False), ("save", True), ("stroke 2", False), ("rename", True)):
        do(text, of_session)
    histories.undo()
    histories.undo()
    calls.clear()
    histories.forget_session()
    assert calls == [] and histories.stack.count() == 2
    assert (histories.stack.undoText(), histories.stack.redoText()) == ("stroke 1", "stroke 2")
    histories.redo()
    histories.undo()
    histories.undo()
    assert calls == ["do stroke 2", "undo stroke 2", "undo stroke 1"]


def test_what_cannot_be_undone_now_stays_and_says_why(histories):
    calls, reason = [], ["Run B was deleted."]
    histories.do("silence", lambda: calls.append("do"), lambda: calls.append("undo"), blocked=lambda: reason[0])
    assert histories.undo() == "Run B was deleted." and histories.stack.canUndo()
    reason[0] = ""
    assert histories.undo() == "" and calls == ["do", "undo"]


@pytest.mark.tabs("draw", "fingerprints")
def test_the_key_of_undo_says_what_it_did_or_where_there_is_something_to_undo(ready, qtbot):
    window, history, calls = ready.window, ready.selection.history, []
    window.activateWindow()
    window.setFocus()
    history.of("Fingerprints").do("silence 3 neurons", lambda: None, lambda: calls.append("neurons"))
    history.of("Draw").do("stroke", lambda: None, lambda: calls.append("stroke"))
    window.show_tab("Draw")
    assert ready.actions["edit.undo"].text() == "&Undo stroke"
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert calls == ["stroke"] and ready.notices.current.text == "Undone: stroke."
    assert not ready.actions["edit.undo"].isEnabled()
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    told = (
        "Nothing was changed in Draw that could be undone. "
        "The latest change was made in Fingerprints: silence 3 neurons."
    )
    assert calls == ["stroke"] and ready.notices.current.text == told
    assert ready.actions["edit.undo"].toolTip() == told
    window.show_tab("Fingerprints")
    assert ready.actions["edit.undo"].text() == "&Undo silence 3 neurons"
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert calls == ["stroke", "neurons"] and ready.notices.current.text == "Undone: silence 3 neurons."
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL | SHIFT)
    assert ready.notices.current.text == "Done again: silence 3 neurons."
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL | SHIFT)
    assert ready.notices.current.text == "Nothing was undone in Fingerprints that could be done again."


@pytest.mark.tabs("fingerprints", "train")
def test_neurons_of_a_deleted_run_are_not_brought_back_before_the_run_is(ready, qtbot):
    """A true round trip: a run is trained and deleted, and undo in another tab must not look at it."""
    ready.controls.start(TrainSpec(epochs=2))
    qtbot.waitUntil(lambda: ready.controls.state == "idle" and ready.selection.lens is not None)
    tabs = {tab.TITLE: tab for tab in ready.window.all_tabs()}
    tabs["Fingerprints"].silencing.silence([Neuron(0, 3)])
    tabs["Train"].settings.runs.deleted.emit("A")
    qtbot.waitUntil(lambda: ready.selection.lens is None)
    ready.window.show_tab("Fingerprints")
    ready.actions["edit.undo"].trigger()
    assert ready.selection.lens is None
    assert ready.notices.current.text == (
        "Run A, whose neurons were changed, was deleted. Undo that first, in the Train tab."
    )
    ready.window.show_tab("Train")
    ready.actions["edit.undo"].trigger()
    qtbot.waitUntil(lambda: ready.selection.lens == Lens("A"))


# Settings ---------------------------------------------------------------------------------------------------------


def slide(tab, name, *ticks):
    for tick in ticks:
        tab.settings.form.fields[name].slider.setValue(tick)


def write(tab, name, text):
    editor = tab.settings.form.fields[name].editor
    editor.setText(text)
    editor.textEdited.emit(text)


@pytest.mark.tabs("ideal", "train", "warmup")
def test_settings_are_undone_one_by_one_and_a_drag_of_a_slider_at_once(ready, subtests):
    for title, text_field, others in (
        ("Train", "batch", ("7", "64")),
        ("Ideal images", "seed", ("7", "8")),
        ("Warm-up", "steps", ("500", "600")),
    ):
        with subtests.test(title):
            tab = show_tab(ready, title)
            form, undo, redo = tab.settings.form, ready.actions["edit.undo"], ready.actions["edit.redo"]
            before = form.spec()
            slide(tab, "learning_rate", -150, -160, -170)
            dragged = form.spec()
            for each in others:
                write(tab, text_field, each)
            written = form.spec()
            assert len({before, dragged, written}) == 3
            assert tab.history.stack.count() == 2
            undo.trigger()
            assert form.spec() == dragged
            assert undo.text() == f"&Undo {'step size' if title == 'Ideal images' else 'learning rate'}"
            undo.trigger()
            assert form.spec() == before and not undo.isEnabled()
            redo.trigger()
            redo.trigger()
            assert form.spec() == written and tab.history.stack.count() == 2


@pytest.mark.tabs("train")
def test_what_is_no_value_while_it_is_typed_is_no_entry_of_its_own(ready):
    tab = show_tab(ready, "Train")
    before = tab.settings.form.spec()
    for text in ("", "x", "2", "20"):
        write(tab, "epochs", text)
    assert tab.history.stack.count() == 1 and tab.settings.form.spec() == before.but(epochs=20)
    ready.actions["edit.undo"].trigger()
    assert tab.settings.form.spec() == before


@pytest.mark.tabs("ideal", "train")
def test_a_preset_is_undone_at_once(ready, subtests):
    for title in ("Train", "Ideal images"):
        with subtests.test(title):
            tab = show_tab(ready, title)
            before = tab.settings.form.spec()
            if title == "Train":
                tab.settings.set_preset("quick")
            else:
                tab.settings.chips["l1"].click()
            after = tab.settings.form.spec()
            assert after != before and tab.history.stack.undoText() == "change of settings"
            ready.actions["edit.undo"].trigger()
            assert tab.settings.form.spec() == before
            ready.actions["edit.redo"].trigger()
            assert tab.settings.form.spec() == after


@pytest.mark.tabs("train")
def test_an_undone_live_setting_reaches_the_run_and_an_undone_preset_does_not(ready, qtbot, monkeypatch):
    changes = []
    monkeypatch.setattr(ready.controls, "change_live", changes.append)
    ready.controls.set_spec_source(lambda: TrainSpec(epochs=10_000))
    ready.controls.start(TrainSpec(epochs=10_000))
    qtbot.waitUntil(lambda: ready.controls.state == "running")
    tab = show_tab(ready, "Train")
    rate = tab.settings.form.spec().learning_rate
    write(tab, "learning_rate", "0.02")
    qtbot.waitUntil(lambda: changes == [{"learning_rate": 0.02}])
    ready.actions["edit.undo"].trigger()
    qtbot.waitUntil(lambda: changes[1:] == [{"learning_rate": rate}])
    tab.settings.set_preset("quick")
    ready.actions["edit.undo"].trigger()
    assert len(changes) == 2
    ready.controls.stop()
    qtbot.waitUntil(lambda: ready.controls.state == "idle")


@pytest.mark.tabs("draw")
def test_the_canvas_can_be_undone_also_after_a_new_session(ready, qtbot):
    draw = show_tab(ready, "Draw")
    empty = draw.canvas.sheet
    sheet = Sheet(picture=np.ones((28, 28), np.float32), caption="A picture")
    draw.canvas.put("picture", sheet)
    assert draw.canvas.sheet is sheet
    tell(ready, opened())
    assert draw.canvas.sheet is sheet
    ready.actions["edit.undo"].trigger()
    assert draw.canvas.sheet is empty
