"""What a screen reader says of the confusion matrix and of the charts on the other pages, compared with their data."""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.analysis.probes.calibration import Calibration, Fitted
from engine.analysis.probes.mistakes import Mistakes, confused, similar_order
from gui.look.class_names import use_names
from gui.tabs.mistakes.calibration_page import ReliabilityChart
from gui.tabs.mistakes.charts import SHARE, Line, LineChart, Span
from gui.tabs.mistakes.confusion_page import ConfusionMatrix
from gui.widgets.plots.curve import Stroke
from tests.gui.heard_parts import Heard
from tests.hundred_classes import NAMES as HUNDRED


def mistakes(pairs, names):
    """`pairs`: for each image its class, its answer."""
    labels, answers = (np.array(each) for each in zip(*pairs, strict=True))
    confusion = confused(labels, answers, len(names))
    return Mistakes(
        run="A",
        step=0,
        names=names,
        answer_names=names,
        labels=labels,
        answers=answers,
        probabilities=np.full(len(labels), 0.9),
        confusion=confusion,
        order=similar_order(confusion),
    )


DIGITS = tuple("0123456789")
MIXED_UP = [(n, n) for n in range(10) for _ in range(20)] + [(4, 9)] * 3 + [(9, 4)] * 2 + [(5, 3), (7, 2)]


@pytest.fixture
def matrix(qtbot):
    matrix = qtbot.show(ConfusionMatrix("matrix"), 560, 440)
    matrix.show_confusion(mistakes(MIXED_UP, DIGITS), np.arange(10), shares=False)
    return matrix


def test_the_matrix_says_how_many_are_misread_and_the_three_largest_confusions(matrix):
    assert Heard(matrix).finding == (
        f"7 of 207 test images are misread: {100 * 7 / 207:.1f} %. "
        "Most often: 3 fours as nines, 2 nines as fours, 1 five as a three."
    )
    matrix.show_confusion(mistakes([(n, n) for n in range(10)], DIGITS), np.arange(10), shares=False)
    assert "Most often" not in Heard(matrix).finding


def test_each_cell_says_what_was_read_as_what_and_a_press_chooses_it(matrix, qtbot):
    words = Heard(matrix).words
    assert len(words) == 11 * 11 and words[4 * 11 + 9].startswith("3 fours were predicted as nines: ")
    chosen = []
    matrix.chosen.connect(chosen.append)
    Heard(matrix).press("3 fours were predicted as nines")
    qtbot.waitUntil(lambda: chosen == [(4, 9)])
    assert Heard(matrix).chosen == [words[4 * 11 + 9]]


def test_of_a_hundred_classes_totals_and_mistakes_are_parts_and_when_zoomed_in_the_cells_in_view(matrix):
    use_names(HUNDRED)
    pairs = [(n, n) for n in range(100)] + [(4, 9)] * 3 + [(50, 51)]
    matrix.show_confusion(mistakes(pairs, HUNDRED), np.arange(100), shares=False)
    assert len(Heard(matrix).words) == 101 + 101 - 1 + 2
    matrix.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down):
        QTest.keyClick(matrix, key)
    heard = Heard(matrix)
    assert len(heard.words) == 101 + 101 - 1 + 2 + 1 and len(heard.chosen) == 1
    for _ in range(30):
        matrix.zoom_by(1)
    seen = matrix.part[2]
    assert seen < 20 and len(Heard(matrix).words) == (seen + 1) ** 2


def test_a_line_says_where_it_begins_and_ends_and_some_points_on_the_way_which_can_be_pressed(qtbot):
    chart = qtbot.show(LineChart("chart", "Chart", Span(0, 1, lambda x: f"strength {x:.2f}"), SHARE), 400, 300)
    x = np.linspace(0, 1, 361)
    y = 1 - 0.4 * x**2
    y[-5:] = np.nan
    chart.set_lines([Line("rest", x, y, Stroke(color="curve_3"))])
    chart.set_mark((0.25, 0.9))
    heard, last = Heard(chart), x[355]
    assert heard.finding == (
        f"rest: 100.00 % at strength 0.00, {100 * (1 - 0.4 * last**2):.2f} % at strength {last:.2f}. "
        "Marked: strength 0.25, 90.00 %."
    )
    assert 2 < len(heard.words) <= 12
    for words in heard.words:
        strength, share = words.removeprefix("strength ").removesuffix(" %").split(": rest ")
        assert float(share) == pytest.approx(100 * (1 - 0.4 * float(strength) ** 2), abs=0.5)
    chosen = []
    chart.placeChosen.connect(chosen.append)
    heard.press(heard.words[3])
    qtbot.waitUntil(lambda: len(chosen) == 1)
    assert f"strength {chosen[0]:.2f}" == heard.words[3].split(":")[0]


def test_the_reliability_diagram_says_where_most_answers_are_and_where_most_of_the_error(qtbot):
    counts = np.array([0, 1, 40, 0, 900])
    confidence, accuracy = np.array([np.nan, 0.3, 0.5, np.nan, 0.99]), np.array([np.nan, 1.0, 0.2, np.nan, 0.98])
    chart = qtbot.show(ReliabilityChart("chart"), 400, 300)
    chart.show_calibration(
        Calibration(
            run="A",
            step=0,
            temperature=1.0,
            counts=counts,
            confidence=confidence,
            accuracy=accuracy,
            error=0.02,
            refused=np.zeros(1),
            right=np.ones(1),
            fitted=Fitted(1.0, 10, 0.1, 0.1),
        )
    )
    heard = Heard(chart)
    bins = [
        f"Confidence {20 * number} to {20 * number + 20} %: {count:,} {'answer' if count == 1 else 'answers'}, "
        f"on average {100 * sure:.1f} %, {100 * right:.1f} % correct."
        for number, (count, sure, right) in enumerate(zip(counts, confidence, accuracy, strict=True))
        if count
    ]
    assert heard.words == bins
    most = np.nan_to_num(counts * np.abs(confidence - accuracy)).argmax()
    assert most == 2 and heard.finding == f"Most answers: {bins[2]} Most of the error: {bins[1]}"
    left = [part.rect().left() for part in heard.parts]
    assert all(one < other for one, other in itertools.pairwise(left))
