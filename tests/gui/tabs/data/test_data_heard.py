"""What a screen reader says of the classes and of the brightness of their pixels, compared with the counts."""

import numpy as np
import pytest

from engine.analysis.probes.data_overview import DataOverview
from gui.tabs.data.grid import ClassBars, PixelChart
from tests.gui.heard_parts import Heard


def test_the_classes_say_how_many_images_there_are_and_a_press_lists_one(qtbot):
    train, test = np.array([400, 350, 500]), np.array([100, 90, 80])
    bars = qtbot.show(ClassBars(), 320, 260)
    assert Heard(bars).words == []
    means, pixels = np.zeros((3, 28, 28), np.float32), np.zeros((3, 32), np.int64)
    bars.show_classes(DataOverview(train_counts=train, test_counts=test, means=means, pixels=pixels))
    heard = Heard(bars)
    assert heard.finding == (
        "1,250 training images and 270 test images of 3 classes; a class has 350 to 500 for training."
    )
    assert heard.words == [f"{n}: {train[n]} training images; {test[n]} test images" for n in range(3)]
    chosen = []
    bars.chosen.connect(chosen.append)
    heard.press("1:")
    qtbot.waitUntil(lambda: chosen == [1])
    bars.choose(1)
    assert Heard(bars).finding.endswith(" Listed is class 1.")


def test_the_brightness_says_what_most_pixels_have_and_how_many_are_brightest(qtbot):
    counts = np.random.default_rng(6).integers(1, 1000, 32)
    counts[7] = 5000
    chart = qtbot.show(PixelChart(), 300, 100)
    chart.show_pixels(counts)
    heard, share = Heard(chart), 100 * counts / counts.sum()
    assert len(heard.words) == 32
    for number, words in enumerate(heard.words):
        assert words.startswith(f"Brightness {number / 32:.2f} to {(number + 1) / 32:.2f}: ")
        assert float(words.split(": ")[1].removesuffix(" %")) == pytest.approx(share[number], abs=0.006)
    assert heard.finding == f"Most pixels: {heard.words[7]}. Brightest: {heard.words[31]}."
