"""What a person changed is taken back and done again by keys and menu, each time as a job of the engine."""

from functools import partial

import pytest
from PySide6.QtCore import Qt

from engine.core.lens import Lens, Neuron
from engine.core.messages import JobEnded
from engine.core.specs import TrainSpec
from engine.session.jobs.runs import color_runs, delete_runs, pin_runs, rename_run, restore_runs
from gui.state.history import LEVELS, MERGE_SECONDS, Histories, History
from gui.state.training.runs import Run, RunLook
from gui.tabs.train.run_list import RunEdits
from tests.gui import worlds
from tests.gui.session_messages import opened
from tests.gui.training_messages import started
from tests.gui.worlds import show_tab, tell

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class World(worlds.World):
    """What a person changes of run B, and an engine that has not done it before `end` is called."""

    def __init__(self):
        super().__init__()
        history = History()
        self.edits, self.stack = RunEdits(self.bridge, history), history.stack
        self.run = Run.started_by(started("B"))
        self.run.look = RunLook("B", "old", 1, True)

    @property
    def orders(self):
        return [(make, *args) for make, args in self.runner.jobs]

    def end(self):
        self.say(JobEnded(outcome="done"), job=len(self.runner.submitted))

    def end_all(self):
        for _ in range(9):
            self.end()


def test_each_change_is_done_undone_and_done_again(world):
    run, edits = world.run, world.edits
    both, delete, restore = [run, Run.started_by(started("C"))], (delete_runs, ("B",)), (restore_runs, ("B",))
    for change, text, done, undone in (
        (partial(edits.rename, run, " new "), "rename run B · old", (rename_run, "B", "new"), (rename_run, "B", "old")),
        (partial(edits.color, run, 7), "colour of run B · old", (color_runs, {"B": 7}), (color_runs, {"B": 1})),
        (partial(edits.pin, run, False), "hide run B · old from the plots", *pinned(["B"])),
        (partial(edits.unpin, both), "hide 2 runs from the plots", *pinned(["B", "C"])),
        (partial(edits.delete, run), "delete run B · old", delete, restore),
    ):
        before = len(world.orders)
        change()
        assert world.stack.undoText() == text
        world.stack.undo()
        world.stack.redo()
        world.end_all()
        assert world.orders[before:] == [done, undone, done]


def pinned(names):
    """What the engine is asked to hide these runs, and to show them again."""
    return (pin_runs, names, False), (pin_runs, names, True)


def test_what_changes_nothing_is_no_change_and_of_others_a_hundred_are_kept(world):
    world.edits.rename(world.run, "old ")
    world.edits.color(world.run, 1)
    world.edits.pin(world.run, True)
    world.edits.unpin([])
    assert world.orders == [] and world.stack.count() == 0
    for number in range(LEVELS + 20):
        world.edits.rename(world.run, f"title {number}")
    assert world.stack.count() == LEVELS == 100


def test_what_is_undone_and_done_again_in_one_breath_comes_to_the_engine_in_that_order_and_in_that_session(world):
    delete, restore = (delete_runs, ("B",)), (restore_runs, ("B",))
    world.edits.delete(world.run)
    world.stack.undo()
    world.stack.redo()
    world.stack.undo()
    assert world.orders == [delete], "of jobs that wait the engine would take the newest first"
    world.end()
    assert world.orders == [delete, restore]
    world.end_all()
    assert world.orders == 2 * [delete, restore]

    world.edits.delete(world.run)
    world.stack.undo()
    world.say(opened())
    world.end_all()
    assert world.orders[4:] == [delete], "what still waits is not done in another session"


@pytest.mark.tabs("draw", "fingerprints", "train")
def test_menu_and_keys_undo_in_the_tab_that_is_seen_and_say_what_or_where_there_is_something_to_undo(ready, qtbot):
    window, history, notices, calls = ready.window, ready.selection.history, ready.notices, []
    undo, redo = ready.actions["edit.undo"], ready.actions["edit.redo"]
    for action in (undo, redo):
        assert not action.isEnabled() and action.toolTip().startswith("Nothing was")
    for tab, text in (("Train", "rename run A"), ("Fingerprints", "silence 3 neurons"), ("Draw", "stroke")):
        history.of(tab).do(text, partial(calls.append, f"do {text}"), partial(calls.append, f"undo {text}"))
    window.setFocus()
    window.show_tab("Draw")
    calls.clear()
    assert (undo.text(), redo.text()) == ("&Undo stroke", "&Redo") and undo.isEnabled()
    undo.trigger()
    assert (undo.text(), redo.text()) == ("&Undo", "&Redo stroke")
    assert (undo.isEnabled(), redo.isEnabled()) == (False, True)
    redo.trigger()
    for key, modifiers in ((Qt.Key.Key_Z, CTRL | SHIFT), (Qt.Key.Key_Y, CTRL)):
        qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
        assert notices.current.text == "Undone: stroke."
        qtbot.keyClick(window, key, modifiers)
        assert notices.current.text == "Done again: stroke."
    assert calls == 3 * ["undo stroke", "do stroke"]

    undo.trigger()
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    wanted = (
        "Nothing was changed in Draw that could be undone. "
        "The latest change was made in Fingerprints: silence 3 neurons."
    )
    assert notices.current.text == undo.toolTip() == wanted
    window.show_tab("Fingerprints")
    assert undo.text() == "&Undo silence 3 neurons"
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert calls[6:] == ["undo stroke", "undo silence 3 neurons"]
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert notices.current.text.endswith("The latest change was made in Train: rename run A.")
    for said in ("Done again: silence 3 neurons.", "Nothing was undone in Fingerprints that could be done again."):
        qtbot.keyClick(window, Qt.Key.Key_Z, CTRL | SHIFT)
        assert notices.current.text == said

    tell(ready, opened())
    window.show_tab("Draw")
    assert not undo.isEnabled() and undo.text() == "&Undo", "another session has no past"


@pytest.mark.tabs("fingerprints", "train")
def test_a_run_is_deleted_by_its_key_and_comes_back_by_undo_and_before_it_none_of_its_neurons(ready, qtbot):
    """A true round trip: keys, window, engine thread and back."""
    fingerprints, train = show_tab(ready, "Fingerprints"), show_tab(ready, "Train")
    runs = train.settings.runs
    ready.controls.start(TrainSpec(epochs=2))
    qtbot.waitUntil(lambda: [row.progress for row in runs.view.rows.rows] == ["2 epochs"])
    fingerprints.silencing.silence([Neuron(0, 3)])
    train.settings.pages.choose("runs")
    runs.renamed.emit("A", "no luck")
    qtbot.waitUntil(lambda: ready.bridge.runs.label("A") == "A · no luck")
    runs.view.setFocus()
    qtbot.keyClick(runs.view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: runs.view.rows.rows == [])
    assert ready.selection.lens is None

    show_tab(ready, "Fingerprints")
    ready.actions["edit.undo"].trigger()
    assert ready.selection.lens is None
    why = "Run A · no luck, whose neurons were changed, was deleted. Undo that first, in the Train tab."
    assert ready.notices.current.text == why

    show_tab(ready, "Train")
    ready.window.setFocus()
    qtbot.keyClick(ready.window, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: [row.name for row in runs.view.rows.rows] == ["A"])
    qtbot.waitUntil(lambda: ready.selection.lens == Lens("A"))
    assert not [line for line in ready.notices.history if line.failure]


@pytest.fixture
def histories(qapp, clock):
    return Histories(clock=clock.now)


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


@pytest.mark.tabs("ideal", "train", "warmup")
def test_settings_are_undone_one_by_one_and_a_drag_of_a_slider_or_a_preset_at_once(ready, qtbot):
    undo, redo = ready.actions["edit.undo"], ready.actions["edit.redo"]
    for title, rate, text_field, others, preset in (
        ("Train", "learning rate", "batch", ("7", "64"), lambda settings: settings.set_preset("quick")),
        ("Ideal images", "step size", "seed", ("7", "8"), lambda settings: settings.chips["l1"].click()),
        ("Warm-up", "learning rate", "steps", ("500", "600"), None),
    ):
        tab = show_tab(ready, title)
        form = tab.settings.form
        before = form.spec()
        for tick in (-150, -160, -170):
            form.fields["learning_rate"].slider.setValue(tick)
        dragged, editor = form.spec(), form.fields[text_field].editor
        for each in ("", "x", *others):  # what is no value while it is typed is no entry of its own
            editor.setText(each)
            editor.textEdited.emit(each)
        written = form.spec()
        assert len({before, dragged, written}) == 3
        assert tab.history.stack.count() == 2, title
        undo.trigger()
        assert form.spec() == dragged
        assert undo.text() == f"&Undo {rate}"
        undo.trigger()
        assert form.spec() == before and not undo.isEnabled()
        redo.trigger()
        redo.trigger()
        assert form.spec() == written and tab.history.stack.count() == 2, title

        if preset is not None:
            preset(tab.settings)
            after = form.spec()
            assert after != written and tab.history.stack.undoText() == "change of settings"
            undo.trigger()
            assert form.spec() == written
            redo.trigger()
            assert form.spec() == after

    calls = []
    tab.history.do("steps", lambda: None, lambda: calls.append("undo"))
    editor.setFocus()
    editor.selectAll()
    qtbot.keyClicks(editor, "64")
    qtbot.keyClick(editor, Qt.Key.Key_Z, CTRL)
    assert editor.text() == "600"
    qtbot.keyClick(editor, Qt.Key.Key_Z, CTRL | SHIFT)
    assert editor.text() == "64"
    for _ in range(9):
        qtbot.keyClick(editor, Qt.Key.Key_Z, CTRL)
    assert calls == [], "a field undoes its own typing, also where it has nothing to undo"
