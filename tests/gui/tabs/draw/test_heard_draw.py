"""What a screen reader gets of the Draw tab: what is drawn, what is read, and why, beside the data."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from engine.analysis.probes.answers_over_training import AnswersOverTraining
from gui.look.percents import probability_text
from gui.tabs.draw.answer_panel import SILENCE_MS
from gui.tabs.draw.canvas import Canvas
from gui.tabs.draw.charts import StackedChart, TrainingChart
from gui.tabs.draw.evidence_panel import BreakdownTable, NearestGrid
from gui.tabs.draw.fingerprint_panel import Columns
from gui.tabs.draw.ink import Sheet
from gui.widgets import heard
from tests.gui.blank import blank
from tests.gui.tabs.draw.draw_world import breakdown, nearest, unsure
from tests.gui.tabs.draw.drawing_hands import draw


@pytest.fixture
def announced(monkeypatch):
    """What a reader is asked to say, in order."""
    said = []

    def hear(event):
        if event.type() == QAccessible.Event.Announcement:
            said.append(event.message())

    monkeypatch.setattr(heard.QAccessible, "updateAccessibility", hear)
    monkeypatch.setattr(heard.QAccessible, "isActive", lambda: True)
    return said


def texts(widget):
    return [part.text for part in widget.heard_parts()]


def test_the_canvas_says_what_is_drawn_what_is_read_and_which_keys_draw(drawn):
    canvas = drawn.canvas
    ink = canvas.picture().reshape(28, 10, 28, 10).mean(axis=(1, 3))
    ink = ink >= ink.max() / 2
    drawn.answer()
    said = canvas.finding()
    assert said.startswith(f"Ink in {ink.sum()} of 784 pixels at the upper left: rows ")
    assert "The network reads 4 with 99.98 %" in said and "Space puts the pen down" in said
    assert [text.partition(":")[0] for text in texts(canvas)] == [
        f"Row {row + 1}" for row in np.flatnonzero(ink.any(axis=1))
    ]
    canvas.set_sheet(Sheet())
    assert canvas.finding().startswith("There is no ink.") and "reads" not in canvas.finding()


def test_keys_that_draw_say_where_the_cross_is_whether_ink_is_there_and_what_the_pen_does(qtbot, announced):
    canvas = qtbot.show(Canvas("canvas"), 280, 280)
    canvas.activateWindow()
    qtbot.waitUntil(canvas.isActiveWindow)
    canvas.clearFocus()  # the only widget of its window has it from the beginning
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    assert announced == ["Row 15, column 15."]
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    QTest.keyClick(canvas, Qt.Key.Key_Down)
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    QTest.keyClick(canvas, Qt.Key.Key_Up)
    assert announced[1:] == [
        "Row 15, column 16.",
        "Pen down.",
        "Row 16, column 16, on ink.",
        "Pen up.",
        "Row 15, column 16, on ink.",
    ]


def test_another_answer_is_announced_once_the_pen_rests_and_the_same_one_is_not_again(drawn, announced):
    drawn.answer()
    drawn.clock.advance(SILENCE_MS - 1)
    draw(drawn.canvas, (6, 6), (20, 12))
    drawn.answer(unsure(_4=0.9, _9=0.1))
    drawn.clock.advance(SILENCE_MS - 1)
    assert announced == []
    drawn.clock.advance(1)
    assert announced == ["4, 90.00 %"]
    draw(drawn.canvas, (20, 6), (6, 12))
    drawn.answer(unsure(_4=0.8, _9=0.2))
    drawn.clock.advance(SILENCE_MS)
    drawn.answer(unsure(_4=0.3, _9=0.7))
    drawn.clock.advance(SILENCE_MS)
    assert announced == ["4, 90.00 %", "9, 70.00 %"]


def test_without_a_reader_the_pen_makes_no_words(drawn, monkeypatch):
    asked = []
    monkeypatch.setattr(type(drawn.canvas), "finding", lambda _: asked.append("canvas"))
    monkeypatch.setattr(type(drawn.tab.answer.bars), "finding", lambda _: asked.append("bars"))
    draw(drawn.canvas, (6, 6), (20, 12))
    drawn.answer()
    assert not asked


def test_probabilities_are_read_in_the_order_in_which_they_are_seen(drawn):
    shares = np.random.default_rng(2).dirichlet(np.ones(10))
    drawn.answer(shares)
    bars = drawn.tab.answer.bars
    assert texts(bars) == [f"{label}: {probability_text(share)}" for label, share in enumerate(shares)]
    places = [part.place for part in bars.heard_parts()]
    assert places == [place for _, place in bars.places()]
    many = np.random.default_rng(3).dirichlet(np.ones(60))
    bars.setFixedSize(120, 160)
    bars.set_probabilities(many)
    likeliest = np.argsort(-many)[:10].tolist()
    assert [text.partition(":")[0] for text in texts(bars)[:10]] == [str(label) for label in likeliest]
    assert all(part.place is None for part in bars.heard_parts()[10:]) and len(texts(bars)) == 60


def test_the_bands_are_read_as_the_times_of_one_answer_after_the_other(qtbot):
    chart = qtbot.show(StackedChart("chart", "Nothing yet."), 300, 200)
    assert chart.finding() == "Nothing yet." and texts(chart) == []
    for part, shares in ((0.0, unsure(p9=0.6, p4=0.4)), (0.5, unsure(p9=0.7, p4=0.3)), (0.75, unsure(p4=0.8, p9=0.2)),
                         (1.0, unsure(p4=0.9, p9=0.1))):  # fmt: skip
        chart.add(part, shares)
    assert chart.finding() == "At the end the answer is 4 with 90.00 %; it changed 1 time before."
    assert texts(chart) == ["0 to 75 % of the time: 9, at most 70.00 %", "75 to 100 % of the time: 4, at most 90.00 %"]
    first, second = (part.place for part in chart.heard_parts())
    assert first.left() == chart.x_of(0) and first.right() == second.left() == pytest.approx(chart.x_of(0.75))


def test_each_snapshot_of_the_training_is_a_part_that_a_press_goes_to(qtbot):
    chart, chosen = qtbot.show(TrainingChart("training"), 400, 200), []
    steps, shares = (0, 10, 100, 1000), np.random.default_rng(5).dirichlet(np.ones(10), 4)
    chart.stepChosen.connect(chosen.append)
    chart.show_answers(blank(AnswersOverTraining, steps=steps, probabilities=shares, end=1000, steps_per_epoch=100))
    best = [(int(each.argmax()), probability_text(float(each.max()))) for each in shares]
    assert texts(chart) == [
        f"epoch {when}: {label}, {share}"
        for when, (label, share) in zip(("0.0", "0.1", "1.0", "10.0"), best, strict=True)
    ]
    assert [part.is_chosen for part in chart.heard_parts()] == [False, False, False, True]
    assert chart.finding() == f"At {texts(chart)[3]}; at the first of 4 snapshots, {texts(chart)[0]}."
    for part in chart.heard_parts()[:3]:
        assert part.can_press
        QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=part.place.center().toPoint())
    assert chosen == [0, 10, 100]


def test_training_images_say_their_label_first_and_how_many_are_of_the_answers_class(qtbot):
    grid = qtbot.show(NearestGrid("nearest"), 300, 200)
    assert grid.finding() == ""
    grid.show_images(nearest([4, 9, 4, 4]), 4)
    assert grid.finding() == (
        "3 of 4 training images are of class 4, as the answer is; the first is 4, at distance 0.00."
    )
    assert texts(grid)[1] == "9, training image 1,000, at distance 0.50"
    assert all(part.can_press and part.place == grid.place_of(n) for n, part in enumerate(grid.heard_parts()))


def test_the_breakdown_is_read_line_by_line_and_its_lines_sum_to_the_logit(qtbot):
    table = qtbot.show(BreakdownTable("breakdown"), 300, 400)
    assert table.finding() == "" and texts(table) == []
    products = (3.0, -2.0, 1.5, 0.5)
    table.show_breakdown(breakdown(products, first=1))
    assert table.finding() == "Neuron 1 contributes most to the logit of 4: +3.00 of +3.25."
    assert texts(table)[0] == "Neuron 1: activation 2.00 × 1.50 = +3.00"
    assert texts(table)[-2:] == ["bias: +0.25", "logit of 4: +3.25"]
    values = [float(text.split()[-1].replace("−", "-")) for text in texts(table)]
    assert sum(values[:-1]) == pytest.approx(values[-1])
    table.point_at(1)
    assert [part.is_chosen for part in table.heard_parts()] == [False, True, *[False] * 5]
    table.show_breakdown(replace(breakdown(()), remark="It has no such neurons."))
    assert table.finding() == "It has no such neurons." and texts(table) == [] and table.table() is None


def test_the_fingerprint_says_how_alike_the_columns_are_and_its_first_neurons_one_by_one(qtbot):
    view = qtbot.show(Columns("columns"), 150, 200)
    values, order = np.random.default_rng(6).normal(0, 1, (3, 80)), np.random.default_rng(7).permutation(80)
    view.set_columns(values, ("yours", "average 4", "average 9"), order)
    alike = [values[0] @ mean / np.sqrt((values[0] ** 2).sum() * (mean**2).sum()) for mean in values[1:]]
    assert view.finding() == (
        f"80 neurons; their cosine similarity to average 4 is {alike[0]:.2f}, to average 9 {alike[1]:.2f}."
    )
    assert len(texts(view)) == 50
    yours, one, other = (f"{value:.2f}".replace("-", "−") for value in values[:, 2])
    assert texts(view)[2] == f"Neuron {order[2]}: yours {yours}, average 4 {one}, average 9 {other}"
    view.set_columns(None, ("no hidden layer",))
    assert view.finding() == "The network has no hidden layer." and texts(view) == []
