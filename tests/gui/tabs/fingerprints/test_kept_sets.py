"""Sets of neurons get names, are kept, put back, renamed and deleted by hand; all of it can be undone."""

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from engine.core.lens import Adjusted, Lens, Neuron, NeuronSet
from engine.core.messages import JobFailed, Notice
from engine.core.specs import TrainSpec
from engine.model.training.messages import MomentKept, RunChanged
from engine.session.jobs.files import new_session, open_session, save_session
from gui.tabs.fingerprints.tab import FingerprintsTab
from tests.gui.fake_engine import noise_run
from tests.gui.training_messages import started
from tests.gui.worlds import SessionWorld

LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
ONE = NeuronSet(frozenset({Neuron(0, 2), Neuron(0, 5)}))
TWO = NeuronSet(frozenset({Neuron(0, 3)}), frozenset({Adjusted(0, 7, 3.0)}))


class Desk(SessionWorld):
    def __init__(self, qtbot, folder):
        super().__init__(qtbot, FingerprintsTab, folder)
        self.session.runs["A"] = noise_run(TrainSpec(layers="20"))
        self.chip, self.sets = self.tab.more.sets, self.tab.sets
        self.history = self.selection.history
        self.told = []
        self.bridge.listen(Notice, self.told.append)
        self.bridge.listen(JobFailed, self.told.append)
        self.run("A", "20")
        self.look()

    def run(self, name, layers):
        self.say(started(name, TrainSpec(layers=layers)), MomentKept(run=name, step=0))

    def change(self, what):
        lens = self.selection.lens
        self.selection.change(lens=Lens(lens.run, lens.moment, what.silenced, what.adjusted))

    def menu(self):
        self.chip.menu().aboutToShow.emit()
        return self.chip.menu()

    def choose(self, title, inner=None):
        """Choose a line of the menu, or of a menu in it, by how it begins."""
        menu = self.menu()
        if inner is not None:
            menu = next(each.menu() for each in menu.actions() if each.text() == inner)
        next(each for each in menu.actions() if each.text().split("\t")[0] == title).trigger()

    @property
    def line(self):
        return self.find(QLineEdit, "sets.name")

    def name(self, text):
        self.line.selectAll()
        QTest.keyClicks(self.line, text)
        QTest.keyClick(self.line, Qt.Key.Key_Return)

    def keep(self, what, name):
        self.change(what)
        self.choose(f"Save {len(what.neurons)} neurons as…")
        self.name(name)

    def wait(self, **sets):
        """Wait until just these sets are kept, here and in the session, in this order, and all is in the file."""
        wanted = list(sets.items())
        assert list(self.sets.things.items()) == wanted
        self.qtbot.waitUntil(lambda: list(self.session.sets.items()) == wanted and self.session.is_saved())


@pytest.fixture
def desk(qtbot, tmp_path):
    return Desk(qtbot, tmp_path)


def test_changed_neurons_are_kept_under_a_name_until_that_is_undone(desk):
    keep, _, none = desk.menu().actions()
    assert (keep.text(), keep.isEnabled()) == ("Save the changed neurons as…", False)
    assert (none.text(), none.isEnabled()) == ("No set is saved yet.", False)

    for nothing in ("\b", "   "):
        desk.keep(ONE, nothing)
        assert not desk.sets.things and desk.history.stack.count() == 0, "it has no name"

    desk.choose("Save 2 neurons as…")
    assert desk.line.isVisible() and desk.line.text() == desk.line.selectedText() == "2 neurons"
    desk.name("curves & loops")
    kept = {"curves & loops": ONE}
    desk.wait(**kept)
    assert desk.history.stack.undoText() == "save “curves & loops”" and not desk.line.isVisible()
    desk.history.undo()
    desk.wait()
    assert desk.selection.lens.silenced == ONE.silenced, "the lens is another thing"
    desk.history.redo()
    desk.wait(**kept)
    assert desk.menu().actions()[2].text() == "curves && loops\t2 neurons"


def test_a_set_is_put_back_and_marked_as_the_one_that_holds_and_what_a_run_lacks_of_it_is_left_out_which_is_said(desk):
    desk.keep(ONE, "one")
    desk.keep(TWO, "two")
    desk.wait(one=ONE, two=TWO)
    assert [each.isChecked() for each in desk.menu().actions()[2:4]] == [False, True]
    desk.choose("one")
    assert NeuronSet.of(desk.selection.lens) == ONE and desk.tab.rows.silenced == {2, 5}
    assert [each.isChecked() for each in desk.menu().actions()[2:4]] == [True, False]
    assert desk.history.stack.undoText() == "apply “one”"
    desk.history.undo()
    assert NeuronSet.of(desk.selection.lens) == TWO
    desk.change(NeuronSet(frozenset()))
    desk.choose("two")
    assert NeuronSet.of(desk.selection.lens) == TWO and not desk.told

    desk.keep(NeuronSet(frozenset({Neuron(0, 19), Neuron(0, 18)})), "high ones")
    desk.qtbot.waitUntil(desk.session.is_saved)  # the engine looks through the runs while it saves
    desk.session.runs["B"] = noise_run(TrainSpec(layers="7"))
    desk.bridge.submit(save_session)
    desk.run("B", "7")
    desk.say(RunChanged(run="B", title="small", color=0, pinned=False, moments=(0,), bookmarks={}))
    desk.look("B", silenced=frozenset({Neuron(0, 1)}))
    desk.choose("high ones")
    assert desk.selection.lens.silenced == {Neuron(0, 1)}
    desk.qtbot.waitUntil(lambda: bool(desk.told))
    assert desk.told[-1].sentence == "Run B · small has no neuron of “high ones”."

    desk.choose("two")
    assert NeuronSet.of(desk.selection.lens) == NeuronSet(TWO.silenced) and desk.sets.current == "two"
    desk.qtbot.waitUntil(lambda: len(desk.told) == 2)
    assert desk.told[-1].sentence == "1 neuron of “two” left out: run B · small has none such."


def test_a_set_is_renamed_in_its_place_and_comes_back_to_it_when_it_was_deleted(desk):
    for name, what in (("a", ONE), ("b", TWO), ("c", ONE)):
        desk.keep(what, name)
    desk.choose("a", inner="Rename")
    assert desk.line.text() == "a"
    desk.name("first")
    desk.wait(first=ONE, b=TWO, c=ONE)
    desk.history.undo()
    desk.choose("a", inner="Rename")
    desk.name("b")
    desk.wait(a=ONE, b=TWO, c=ONE)
    desk.qtbot.waitUntil(lambda: bool(desk.told))
    assert desk.told[-1].sentence == "There is a set called “b” already."

    desk.choose("b", inner="Delete")
    desk.wait(a=ONE, c=ONE)
    desk.history.undo()
    desk.wait(a=ONE, b=TWO, c=ONE)


def test_a_name_that_is_taken_goes_to_the_new_set_and_a_click_on_the_chip_opens_the_menu(desk):
    desk.keep(ONE, "2 neurons")
    desk.change(TWO)
    desk.choose("Save 2 neurons as…")
    assert desk.line.text() == "2 neurons (2)"
    desk.name("2 neurons")
    kept = {"2 neurons": TWO}
    desk.wait(**kept)
    desk.history.undo()
    desk.wait(**{"2 neurons": ONE})

    desk.change(NeuronSet(frozenset()))
    menu = desk.chip.menu()

    def choose():
        assert menu.isVisible() and QApplication.activePopupWidget() is menu
        QTest.mouseClick(menu, LEFT, PLAIN, menu.actionGeometry(menu.actions()[2]).center())

    QTimer.singleShot(50, desk.tab, choose)
    QTest.mouseClick(desk.chip, LEFT, PLAIN, QPoint(10, 10))
    desk.qtbot.waitUntil(lambda: desk.selection.lens.silenced == ONE.silenced)


def test_many_changes_at_once_all_reach_the_file_and_another_session_brings_its_own_sets(desk):
    desk.keep(ONE, "set 0")
    kept = {"set 0": ONE}
    desk.wait(**kept)
    path = str(desk.session.store.path)
    for number in range(1, 6):
        desk.keep(ONE, f"set {number}")
    desk.history.undo()
    desk.history.undo()
    kept = dict(desk.sets.things)
    assert list(kept) == ["set 0", "set 1", "set 2", "set 3"]
    desk.bridge.submit(new_session)
    desk.qtbot.waitUntil(lambda: not desk.sets.things)
    desk.bridge.submit(open_session, path)
    desk.qtbot.waitUntil(lambda: desk.sets.things == kept)
