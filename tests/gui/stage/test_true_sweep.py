"""A true sweep in the whole window: processes train beside it, its runs come, and nothing is left beside the file."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from engine.core.specs import TrainSpec
from gui.shell.dialogs.repeat_sheet import RepeatSheet
from gui.stage.stage import Stage


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_run_is_repeated_by_processes_and_its_repetitions_are_a_group():
    with Stage() as stage:
        stage.open(None)
        stage.controls.start(TrainSpec(layers="4", epochs=1, loss="cross_entropy"))
        stage.wait_for(lambda: stage.controls.state == "running")
        stage.wait_for(lambda: stage.controls.state == "idle")
        app = stage.application
        app.actions["run.repeat"].trigger()
        sheet = stage.widget(RepeatSheet, "repeat")
        sheet.form.set_values({"seeds": 2, "processes": 2})
        sheet.form.edited.emit("seeds")
        QTest.mouseClick(stage.widget(QAbstractButton, "repeat.go"), Qt.MouseButton.LeftButton)
        stage.wait_for(lambda: app.sweeps.is_busy)
        stage.wait_for(lambda: not app.sweeps.is_busy, 200)
        (group,) = app.bridge.runs.groups().values()
        assert (group.name, [run.spec.seed for run in group.runs]) == ("A over seed", [1, 2]) and group.pinned
        first, again = app.bridge.runs["A"], group.runs[0]
        assert first.spec.seed == 1
        assert again.tests[-1].test_accuracy == pytest.approx(first.tests[-1].test_accuracy, abs=0.02)
        assert not list(stage.session_file.parent.glob("*.sweep"))
