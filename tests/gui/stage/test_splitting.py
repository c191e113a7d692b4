"""A run is split by hand: two twins train in turns, and every control, bar and tab is right about both."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QMenu, QPushButton

from engine.core.lens import Lens
from engine.core.messages import JobPaused
from engine.core.specs import TrainSpec
from engine.data.download.catalogue import MNIST
from engine.model.training.messages import Parent
from gui.shell.dialogs.split_sheet import SplitSheet, way_to
from gui.stage.stage import Stage
from gui.tabs.compare.tab import CompareTab
from gui.tabs.train.run_list import RunView
from gui.tabs.train.tab import TrainTab
from tests.engine.data.download_server import leave_alone

pytestmark = [pytest.mark.tabs("compare", "train"), pytest.mark.usefixtures("few_tabs")]

SPEC = TrainSpec(layers="20", batch=50, epochs=2)
LEFT = Qt.MouseButton.LeftButton


class Lecturer:
    def __init__(self, stage):
        self.stage, self.controls = stage, stage.controls
        self.selection, self.runs = stage.application.selection, stage.application.bridge.runs
        self.pauses = []
        stage.application.bridge.listen(JobPaused, self.pauses.append)
        stage.application.settings.lesson_offered = True
        stage.open("sample")
        self.train = stage.show_tab(TrainTab)
        stage.window.activateWindow()
        self.controls.start(SPEC)
        self.wait(lambda: "A" in self.runs and self.controls.state == "idle")

    def wait(self, for_what):
        self.stage.wait_for(for_what, 100)

    def words(self, name):
        return self.stage.widget(QLabel, name).text()

    def sheet(self):
        return next(each for each in self.stage.window.findChildren(SplitSheet) if each.isVisible())

    def split(self, setting, value, begin="start"):
        """Choose in the open sheet, by keys and clicks, and train both."""
        sheet = self.sheet()
        QTest.mouseClick(sheet.findChild(QAbstractButton, f"split.begin.{begin}"), LEFT)
        sheet.setting.setFocus()
        while sheet.setting.currentData() != setting:
            QTest.keyClick(sheet.setting, Qt.Key.Key_Up if setting in ("layers", "epochs") else Qt.Key.Key_Down)
        field = sheet.findChild(QLineEdit, f"split.{setting}")
        field.selectAll()
        QTest.keyClicks(field, value)
        QTest.mouseClick(sheet.train, LEFT)
        assert not sheet.isVisible()

    def accuracies(self, name):
        """The test accuracies of a run; that twins are what they should be, bit for bit, the engine's tests show."""
        return [test.test_accuracy for test in self.runs[name].epochs]


@pytest.fixture
def lecturer(qtbot, monkeypatch):
    monkeypatch.setattr("gui.stage.stage.QUIET_SECONDS", 0.1)
    with Stage() as stage:
        yield Lecturer(stage)
        assert stage.mailbox.bugs == []


def test_twins_of_the_start_end_as_they_should_and_stepping_pausing_and_stopping_are_for_both(lecturer):
    stage, train, controls = lecturer.stage, lecturer.train, lecturer.controls
    train.settings.pages.choose("runs")
    view = stage.widget(RunView, "train.runs.list")
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Menu)
    menu = train.settings.runs.menu
    view.menuWanted.emit(view.mapToGlobal(view.rect().center()))
    action = next(each for each in menu.actions() if each.objectName() == "train.runs.menu.split")
    assert action.text() == "Split into two runs…"
    menu.close()
    action.trigger()
    lecturer.split("epochs", "3")
    lecturer.wait(lambda: len(controls.twins) == 2)
    assert controls.twins == ("B", "C")
    lecturer.wait(lambda: controls.state == "idle")
    assert lecturer.selection.lens == Lens("C"), "the changed twin is looked at"
    assert [run.look.label for run in lecturer.runs] == ["A", "B · epochs 2", "C · epochs 3"]
    assert {each.name for each in lecturer.runs.pinned()} == {"B", "C"}, "so both curves are drawn"
    first, second, third = map(lecturer.accuracies, "ABC")
    assert third[:2] == second == first and len(third) == 3
    assert lecturer.words("status.notice.text") == "Runs B and C differ in one setting: epochs."
    QTest.mouseClick(stage.widget(QPushButton, "status.notice.offer"), LEFT)
    compare = stage.window.tabs.currentWidget()
    assert isinstance(compare, CompareTab) and compare.other.run == "B"

    stage.show_tab(TrainTab)
    lecturer.selection.change(lens=Lens("A"))
    stage.application.actions["run.split"].trigger()
    sheet = lecturer.sheet()
    QTest.mouseClick(sheet.findChild(QAbstractButton, "split.begin.start"), LEFT)
    field = sheet.findChild(QLineEdit, "split.learning_rate")
    field.setFocus()
    for value, said in (
        ("0.1", "Learning rate is 0.1 already, so the twins would not differ."),
        ("0.02", "From the first step on they differ."),
    ):
        field.selectAll()
        QTest.keyClicks(field, value)
        assert sheet.said.text() == said and sheet.train.isEnabled() == (value == "0.02")
    controls.set_pace(16.0)
    QTest.keyClick(field, Qt.Key.Key_Return)
    lecturer.wait(lambda: controls.twins == ("D", "E") and lecturer.runs["E"].newest >= 2)
    controls.pause()
    lecturer.wait(lambda: controls.state == "paused")
    controls.set_pace(None)

    def place():
        return [lecturer.runs[name].newest for name in "DE"]

    for _ in range(3):
        before, pauses = place(), len(lecturer.pauses)
        controls.step()
        lecturer.wait(lambda pauses=pauses: len(lecturer.pauses) > pauses)
        assert place() == [min(before) + 1] * 2, "one step of each, or the one that the other has had"
    states = {row.name: row.state for row in train.settings.runs.view.rows.rows}
    assert [states[name] for name in ("A", "Split of A: learning rate", "D", "E")] == ["", *["paused"] * 3]
    assert lecturer.words("status.words").startswith("Paused: runs D and E")
    controls.step_epoch()
    lecturer.wait(lambda: controls.state == "paused")
    assert place() == [80, 80]
    controls.resume()
    lecturer.wait(lambda: controls.state == "idle")
    assert place() == [160, 160]
    assert lecturer.accuracies("D") == first != lecturer.accuracies("E")


def test_from_a_snapshot_they_go_on_and_compare_follows_both(lecturer):
    stage, actions = lecturer.stage, lecturer.stage.application.actions
    compare = stage.show_tab(CompareTab)
    stage.application.timeline.go(80)
    QTest.mouseClick(stage.widget(QPushButton, "compare.split"), LEFT)
    sheet = lecturer.sheet()
    assert sheet.begin.key == "snapshot", "somebody went there"
    sheet.setting.setCurrentIndex(sheet.setting.findData("layers"))
    assert sheet.said.text() == "Hidden layers cannot change on the way." and not sheet.train.isEnabled()
    lecturer.split("dropout", "50", "snapshot")
    lecturer.wait(lambda: "C" in lecturer.runs and lecturer.controls.state == "idle")
    stage.settle(compare)
    assert (lecturer.selection.lens.run, compare.other.run) == ("C", "B")
    assert stage.application.notices.current is None, "it is compared already: nothing is offered"
    assert lecturer.runs["B"].parent == lecturer.runs["C"].parent == Parent("A", 80)
    ends = [lecturer.accuracies(name)[-1] for name in "ABC"]
    assert ends[0] == ends[1] != ends[2]

    lecturer.controls.start(SPEC.but(epochs=10_000))
    lecturer.wait(lambda: "D" in lecturer.runs and lecturer.runs["D"].newest > 10)
    actions["run.split"].trigger()
    assert lecturer.sheet().stops.isVisible()
    lecturer.split("epochs", "9000")
    lecturer.wait(lambda: lecturer.controls.twins == ("E", "F"))
    lecturer.controls.stop()
    lecturer.wait(lambda: lecturer.controls.state == "idle")
    assert lecturer.controls.twins == ()
    lecturer.wait(lambda: all(lecturer.runs[name].steps[-1:] == [lecturer.runs[name].newest] for name in "EF"))


OTHERS = "Run A learned from MNIST sample 4,000 + 1,000, as its twins must. Now noise 60 + 20 is open."


def test_over_other_data_the_sheet_says_so_and_leads_to_those_that_it_needs(lecturer, tmp_path):
    stage, actions = lecturer.stage, lecturer.stage.application.actions
    random, file = np.random.default_rng(0), tmp_path / "noise.npz"
    train, test = (random.integers(0, 256, (count, 28, 28), np.uint8) for count in (60, 20))
    np.savez(file, x_train=train, y_train=np.arange(60) % 10, x_test=test, y_test=np.arange(20) % 10)
    stage.application.opening.open(file)
    lecturer.wait(lambda: stage.application.bridge.dataset.source == file)

    QTest.keyClick(stage.window, Qt.Key.Key_F9, Qt.KeyboardModifier.ShiftModifier)
    sheet = lecturer.sheet()
    lecturer.wait(lambda: sheet.said.text() == OTHERS)
    assert not sheet.train.isEnabled() and sheet.train.toolTip() == OTHERS
    QTest.mouseClick(sheet.to_run, LEFT)
    menu = stage.widget(QMenu, "facts.run.menu")
    assert not sheet.isVisible() and menu.isVisible()
    menu.close()

    for _ in range(2):
        actions["run.split"].trigger()
    lecturer.wait(lambda: lecturer.sheet().to_data.isVisible())
    sheet = lecturer.sheet()
    assert sheet.to_data.text() == "Open the MNIST sample"
    QTest.keyClick(sheet.form.fields["learning_rate"], Qt.Key.Key_Return)
    assert sheet.isVisible() and lecturer.controls.state == "idle", "nothing was begun in vain"
    QTest.mouseClick(sheet.to_data, LEFT)
    lecturer.wait(lambda: sheet.train.isEnabled())
    assert sheet.said.text() == "From the first step on they differ." and not sheet.to_data.isVisible()
    sheet.reject()

    def lose_the_data(session):
        session.run("A").source = str(tmp_path / "gone.npz")
        yield None

    stage.application.opening.open(file)
    lecturer.wait(lambda: stage.application.bridge.dataset.source == file)
    stage.application.bridge.submit(lose_the_data)
    actions["run.split"].trigger()
    sheet = lecturer.sheet()
    lecturer.wait(lambda: sheet.to_data.isVisible() and sheet.to_data.text() == "Open data…")
    QTest.mouseClick(sheet.to_data, LEFT)
    menu = stage.widget(QMenu, "facts.data.menu")
    assert menu.isVisible()
    menu.close()
    assert not any(line.failure for line in stage.application.notices.history)


def test_the_way_to_the_bundled_run_s_data_is_their_download_or_a_copy_on_the_computer(tmp_path, monkeypatch):
    leave_alone(monkeypatch, tmp_path)
    assert way_to("mnist")[0] == "Download MNIST, 12 MB"
    MNIST.folder.mkdir(parents=True)
    for file in MNIST.files:
        (MNIST.folder / file.name).touch()
    assert way_to("mnist")[0] == "Open MNIST"
