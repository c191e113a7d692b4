"""What Draw found among the training images is seen in Data: that very image, in the whole window."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.data.formats.sample import open_sample
from gui.stage.stage import Stage
from gui.tabs.data.tab import DataTab
from gui.tabs.draw.tab import DrawTab
from tests.gui.mouse import double_click


@pytest.mark.tabs("data", "draw")
@pytest.mark.usefixtures("few_tabs")
def test_a_training_image_in_draw_leads_to_itself_in_data_until_other_data_are_opened(tmp_path, monkeypatch):
    monkeypatch.setattr("gui.stage.stage.QUIET_SECONDS", 0.2)  # Draw's reasons rest for 0.15
    with Stage() as stage:
        stage.application.settings.lesson_offered = True
        stage.open("sample")
        stage.open_bundled()
        draw, selection = stage.show_tab(DrawTab), stage.application.selection
        stage.window.activateWindow()
        QTest.mouseClick(stage.button("draw.image"), Qt.MouseButton.LeftButton)
        nearest = draw.evidence.nearest
        stage.wait_for(lambda: nearest.numbers)
        stage.settle(draw)
        number, label = nearest.numbers[5], nearest.labels[5]
        place = nearest.place_of(5).center().toPoint()
        QTest.mouseClick(nearest, Qt.MouseButton.LeftButton, pos=place)
        double_click(nearest, place)
        data = stage.window.tabs.currentWidget()
        assert isinstance(data, DataTab)
        stage.wait_for(lambda: data.grid.marked is not None)
        stage.settle(data)
        assert (selection.training, selection.label) == (number, label)
        assert int(data.grid.numbers[data.grid.marked]) == number and data.grid.marked in data.grid.seen()
        assert np.array_equal(data.grid.picture_of(number), open_sample().train_images[number])
        file = tmp_path / "others.npz"
        np.savez(file, x=np.zeros((240, 28, 28), np.uint8), y=np.arange(240) % 3)
        stage.application.opening.open(file)
        stage.wait_for(lambda: stage.application.opening.dataset.source == file)
        assert selection.training is None
