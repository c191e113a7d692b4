"""A person draws, trains, silences a neuron and reads an accuracy by keyboard alone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from gui.stage.stage import Stage

KEYS, CTRL, PLAIN = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier


@pytest.mark.tabs("draw", "train", "fingerprints")
def test_a_person_draws_trains_silences_and_reads_an_accuracy_without_a_mouse(few_tabs):
    with Stage() as stage:
        stage.open("sample")
        window = stage.window
        window.activateWindow()
        stage.wait_for(window.isActiveWindow)

        def press(key, modifier=PLAIN, times=1):
            for _ in range(times):
                QTest.keyClick(window.focusWidget(), key, modifier)

        press(KEYS.Key_2, CTRL)
        window.tabs.currentWidget().settings.set_values({"layers": "12", "epochs": 1})
        press(KEYS.Key_1, CTRL)
        canvas = window.focusWidget()
        assert canvas.objectName() == "draw.canvas"
        press(KEYS.Key_Space)
        press(KEYS.Key_Down, times=6)
        press(KEYS.Key_Space)
        assert len(canvas.sheet.strokes) == 1

        start = window.findChild(QPushButton, "run.start")
        for _ in range(100):
            if window.focusWidget() is not start:
                press(KEYS.Key_Tab)
        assert window.focusWidget() is start
        assert any(ring.isVisible() for ring in window.findChildren(QWidget, "focus.ring"))
        press(KEYS.Key_Space)
        runs = stage.application.bridge.runs
        stage.wait_for(lambda: "A" in runs and stage.controls.state == "idle")
        stage.wait_for(lambda: " % of 1,0" in window.findChild(QLabel, "transport.accuracy").text())

        press(KEYS.Key_3, CTRL)
        tab = window.tabs.currentWidget()
        stage.wait_for(lambda: tab.maps.answer is not None)
        press(KEYS.Key_3, CTRL)
        assert window.focusWidget().objectName() == "fingerprints.map.0"
        press(KEYS.Key_Down)
        press(KEYS.Key_Delete)
        assert len(stage.application.selection.lens.silenced) == 1
        accuracy = tab.findChild(QLabel, "fingerprints.accuracy.overall")
        stage.wait_for(lambda: "%" in accuracy.text())
