"""The Fingerprints tab with the true engine on the session that comes along, against NumPy."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from engine.core.machine.bundled import BLOG, BUNDLED
from engine.data.sources import open_dataset
from engine.session.jobs.files import open_session
from engine.session.session import Session
from gui.stage.stage import Stage
from tests.gui.mouse import drag

LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def stage(qapp, tmp_path, monkeypatch):
    """The window with the bundled session and the embedded sample, on this tab."""
    for name in ("LAYERLIGHT_DATA", "KERAS_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    made = Stage()
    yield made
    made.finish()


def outputs(silenced=()):
    """Hidden layer, answers and labels of all test images by NumPy."""
    session = Session()
    list(open_session(session, str(BUNDLED)))
    run = session.runs[BLOG]
    first, bias, second, last = run.moments[max(run.moments)].weights
    session.close()
    data = open_dataset("sample")[0]
    pictures = data.test_images.reshape(len(data.test_images), -1).astype(np.float64) / 255
    hidden = np.maximum(pictures @ first + bias, 0)
    passed = hidden.copy()
    passed[:, list(silenced)] = 0
    return hidden, (passed @ second + last).argmax(axis=1), data.test_labels


def test_maps_cards_and_silencing_are_what_numpy_finds(stage):
    stage.open(str(BUNDLED))
    stage.window.resize(1280, 720)
    tab = next(tab for tab in stage.window.all_tabs() if tab.TITLE == "Fingerprints")
    stage.window.show_tab("Fingerprints")
    stage.application.selection.change(lens=stage.application.selection.lens)
    stage.wait_for(lambda: tab.maps.answer and tab.accuracy.bars.texts)
    hidden, answers, labels = outputs()
    answer, field = tab.maps.answer, tab.maps.maps[3].field()
    assert np.abs(answer.hidden - hidden).max() < 1e-4
    silent = np.flatnonzero((hidden <= 0).all(axis=0))
    assert answer.silent.tolist() == silent.tolist()
    assert tab.more.fold.text() == f"{len(silent)} dead neurons"

    of, places = tab.maps.maps[3], (20, 70)
    ends = [QPoint(40, round(field.top() + (place + 0.5) / 300 * field.height())) for place in places]
    drag(of, *ends)
    band = sorted(tab.rows.marked)
    assert tab.rows.order[of.place_at(QPointF(ends[0]))] in band and len(band) > 45
    QTest.keyClick(of, Qt.Key.Key_Delete)
    stage.wait_for(lambda: "→" in tab.accuracy.overall.text())
    _, silenced_answers, _ = outputs(band)
    found = tab.accuracy.bars.found
    assert found.accuracy == (silenced_answers == labels).mean()
    assert found.before_accuracy == (answers == labels).mean()
    stage.wait_for(lambda: not tab.maps.answer.hidden[:, band].any())
    assert tab.maps.answer.order.tolist() == answer.order.tolist()

    tab.rows.picked.emit(band[0])
    stage.wait_for(lambda: tab.neuron.card)
    most = tab.neuron.card.most_images
    assert np.allclose(most.values, np.sort(hidden[:, band[0]])[::-1][: len(most.values)], atol=1e-4)
    stage.application.selection.history.undo()
    stage.wait_for(lambda: "→" not in tab.accuracy.overall.text())
