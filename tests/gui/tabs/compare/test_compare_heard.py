"""What a screen reader says of the charts and grids on the pages of Compare, compared with their data."""

from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gui.tabs.compare.answers_page import ClassDifferences, RightBars
from gui.tabs.compare.layers_page import AlikeMatrix
from gui.tabs.compare.neurons_page import MeansMap
from gui.tabs.compare.other import Names
from gui.tabs.compare.strip import Figures, Strip
from tests.gui.heard_parts import Heard

NAMES = Names("A", "B", "run A", "run B")


def test_the_bars_say_how_many_images_both_read_correctly_and_how_many_only_one(qtbot):
    bars = qtbot.show(RightBars(), 320, 120)
    assert Heard(bars).finding == bars.toolTip() == ""
    bars.show_counts((975, 2, 21, 2), NAMES)
    heard = Heard(bars)
    assert heard.finding == "Both read 975 of 1,000 images correctly, only A 2, only B 21."
    assert heard.words == ["Both: 975", "Only A: 2", "Only B: 21", "Neither: 2"]


def test_the_classes_say_where_both_differ_most(qtbot):
    labels, random = np.repeat(np.arange(10), 30), np.random.default_rng(2)
    answers = np.stack([np.where(random.random(300) < share, labels, (labels + 1) % 10) for share in (0.9, 0.7)])
    chart = qtbot.show(ClassDifferences(), 320, 300)
    chart.show_classes(SimpleNamespace(labels=labels, answers=answers), NAMES)
    right = answers == labels
    only = [
        [int((each & ~other & (labels == label)).sum()) for label in range(10)] for each, other in (right, right[::-1])
    ]
    words = [f"{n}: {a} only run A reads correctly, {b} only run B" for n, (a, b) in enumerate(zip(*only, strict=True))]
    heard = Heard(chart)
    assert heard.words == words
    assert heard.finding == f"Both differ most in class {words[int(np.abs(np.subtract(*only)).argmax())]}."


@pytest.fixture
def strip(qtbot):
    strip = qtbot.show(Strip("strip"), 420, 300)
    strip.show_figures(
        Figures(
            names=tuple("ABC"),
            labels=("Run A", "Run B · Sharp", "Run C"),
            values=np.array([0.9796, 0.9962, np.nan]),
            columns=tuple("ABC"),
            places=np.arange(3),
            colors=np.arange(3),
            title="Test accuracy",
            across="run",
        )
    )
    return strip


def test_the_strip_says_the_lowest_and_the_highest_run_and_each_run_its_figure(strip, qtbot):
    heard = Heard(strip)
    assert heard.finding == "Test accuracy of 3 runs by run: from 97.96 %, Run A, to 99.62 %, Run B · Sharp."
    assert heard.words == ["Run A: 97.96 %", "Run B · Sharp: 99.62 %", "Run C: nothing yet"]
    chosen = []
    strip.runChosen.connect(chosen.append)
    heard.press("Run B")
    qtbot.waitUntil(lambda: chosen == ["B"])
    strip.look_at("B")
    assert Heard(strip).chosen == ["Run B · Sharp: 99.62 %"]


def test_the_means_say_the_largest_difference_of_all_and_of_each_class_and_the_neuron_of_the_keys(qtbot):
    random = np.random.default_rng(4)
    means, before = random.normal(size=(10, 40)), random.normal(size=(10, 40))
    shown = qtbot.show(MeansMap(), 600, 200)
    shown.show_means(means, before, np.arange(40)[::-1], 3.0, NAMES)

    def said(label, neuron):
        one = before[label, neuron]
        return f"Neuron {neuron}, mean over {label}: {one:.3g} in run A, {one - means[label, neuron]:.3g} in run B"

    largest = [said(label, int(np.abs(means[label]).argmax())) for label in range(10)]
    heard = Heard(shown)
    assert heard.words == largest
    label, neuron = np.unravel_index(np.abs(means).argmax(), means.shape)
    assert heard.finding == f"Largest difference: {said(int(label), int(neuron))}. The arrows go to the others."
    QTest.keyClick(shown, Qt.Key.Key_Right)
    QTest.keyClick(shown, Qt.Key.Key_Right)
    heard = Heard(shown)
    assert heard.words[10:] == heard.chosen == [said(0, 38)]


def test_the_layers_say_which_is_most_like_which(qtbot):
    matrix = qtbot.show(AlikeMatrix(), 420, 420)
    matrix.show_alike(
        np.array([[0.99, 0.3], [0.2, 0.95]]), NAMES, ["layer 1 (30)", "output"], ["layer 1 (20)", "output"]
    )
    heard = Heard(matrix)
    assert heard.finding == (
        "Layer 1 (30) of run A is most like layer 1 (20) of run B: 0.990. "
        "Output of run A is most like output of run B: 0.950."
    )
    assert heard.words[1] == "Layer 1 (30) of run A and output of run B hold little in common: 0.300."
