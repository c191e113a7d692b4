"""A line of the breakdown that is pointed at, with mouse or keys, shows its neuron's weights and where it fires."""

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QStackedWidget

from engine.analysis.probes.class_means import ClassMeans
from engine.analysis.probes.weight_pictures import WeightPicture, weight_picture
from engine.core.lens import Lens, Neuron
from engine.core.messages import JobEnded
from gui.look.theme import theme
from gui.tabs.draw.evidence_panel import LINE_HEIGHT
from tests.gui.mouse import point_at
from tests.gui.tabs.draw.draw_world import answer, breakdown, saliency, unsure
from tests.gui.tabs.draw.drawing_hands import draw

MEANS = np.random.default_rng(2).random((10, 12)).astype(np.float32)
PICTURE = np.linspace(-0.5, 0.25, 784, dtype=np.float32).reshape(28, 28)


@pytest.fixture
def table(world):
    """The breakdown of a drawing's answer by a network of one hidden layer with twelve neurons."""
    draw(world.canvas, (4, 4), (14, 14))
    world.button("page.breakdown").click()
    world.rest()
    world.say(
        answer(unsure(_4=0.7, _9=0.3), hidden=(np.arange(12.0),)),
        ClassMeans(run="A", step=0, layer=0, means=MEANS),
        saliency(),
        breakdown(first=3),
    )
    return world.tab.evidence.breakdown


def point(world, line, neuron=None):
    table = world.tab.evidence.breakdown
    for x in (31, 30):  # a mouse that is there already would not move
        point_at(table, QPoint(x, LINE_HEIGHT * (line + 1) + 8))
    world.qtbot.waitUntil(lambda: world.selection.neuron == neuron)


def reply(world, *messages):
    """Answer the latest question for weights, and end its job."""
    world.say(*messages, JobEnded(outcome="done"), job=world.job(weight_picture))


def weights(number, picture=PICTURE, layer=0):
    return WeightPicture(run="A", step=0, neuron=Neuron(layer, number), picture=picture)


def title(world):
    return world.tab.why.findChildren(QLabel)[0].text()


def test_the_line_under_the_mouse_shows_its_neurons_weights_until_the_mouse_leaves(world, table):
    why, heat = world.tab.why, world.tab.why.pixels.numbers
    point(world, 0, Neuron(0, 3))
    late = world.job(weight_picture)
    point(world, 1, Neuron(0, 4))
    assert world.asked(weight_picture) == [(Lens("A"), Neuron(0, 3)), (Lens("A"), Neuron(0, 4))]
    world.say(weights(3), job=late)
    assert why.pixels.numbers is heat, "nothing changes before there is something to see"
    reply(world, weights(4))
    assert title(world) == "Neuron 4" and np.array_equal(why.pixels.numbers, PICTURE)
    assert why.pixels.most == 0.5, "the colours are symmetric around zero"
    assert world.text("why.sum") == "±0.50" and world.text("why.difference") == ""
    assert world.text("why.neuron") == "Its weights from the pixels"
    assert not why.against.isVisible() and not why.method.isVisible()
    QTest.mouseMove(table, QPoint(30, 3))
    world.qtbot.waitUntil(lambda: world.selection.neuron is None)
    assert title(world) == "Why" and why.pixels.numbers is heat
    assert why.against.isVisible() and why.method.isVisible() and world.text("why.sum") == "+12.31"


def test_nothing_moves_while_one_points(world, table):
    """Not even in the smallest window."""
    world.tab.resize(960, 456)
    panels = (world.tab.sheet, world.tab.receives, world.tab.why, world.tab.fingerprint, world.tab.evidence)

    def places():
        QCoreApplication.processEvents()
        inner = [world.tab.why.pixels, *world.tab.why.findChildren(QStackedWidget), world.tab.why.sum]
        return [each.geometry() for each in (*panels, *inner)]

    before = places()
    point(world, 0, Neuron(0, 3))
    reply(world, weights(3))
    assert places() == before
    point(world, 30)
    assert world.tab.why.subject == "why"
    assert places() == before


def test_keys_point_as_well_and_the_focus_leaves_with_it(world, table):
    world.tab.activateWindow()
    table.setFocus(Qt.FocusReason.TabFocusReason)
    world.qtbot.waitUntil(table.hasFocus)
    assert world.selection.neuron == Neuron(0, 3)
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Up)
    assert world.selection.neuron == Neuron(0, 4)
    for _ in range(20):
        QTest.keyClick(table, Qt.Key.Key_Down)
    assert world.selection.neuron == Neuron(0, (3 + len(table.rows()) - 4) % 12), "the last line with a neuron"
    world.canvas.setFocus()
    world.qtbot.waitUntil(lambda: world.selection.neuron is None)


def test_where_another_neuron_comes_to_stand_that_one_is_shown_and_saliency_waits_until_nobody_points(world, table):
    point(world, 0, Neuron(0, 3))
    reply(world, weights(3))
    world.say(saliency(total=3.5))
    assert np.array_equal(world.tab.why.pixels.numbers, PICTURE)
    world.say(breakdown(first=7))
    assert world.selection.neuron == Neuron(0, 7) and world.asked(weight_picture)[-1] == (Lens("A"), Neuron(0, 7))
    count = len(world.asked(weight_picture))
    world.say(breakdown(first=7))
    assert len(world.asked(weight_picture)) == count + 1, "its weights may be others now"
    point(world, 30)
    assert world.tab.why.subject == "why"
    assert world.text("why.sum") == "+3.50"
    point(world, 0, Neuron(0, 7))
    world.button("clear").click()
    assert world.selection.neuron is None and title(world) == "Why"


def test_a_deeper_neuron_says_what_its_picture_means_and_one_without_says_so(world, table):
    world.say(answer(hidden=(np.arange(12.0), np.arange(12.0))))
    point(world, 0, Neuron(1, 3))
    reply(world, weights(3, layer=1))
    assert title(world) == "Neuron 3 of layer 2"
    assert world.text("why.neuron") == "As if all neurons below fired"
    assert world.tab.fingerprint.columns.marked is None, "the fingerprint is of the first layer"
    point(world, 1, Neuron(1, 4))
    reply(world)
    assert world.text("why.neuron") == "It has no picture of weights."
    assert title(world) == "Neuron 4 of layer 2" and world.tab.why.pixels.numbers is None


def test_the_neuron_is_marked_in_the_fingerprint_by_a_frame_around_its_row_in_every_column(world, table):
    order = np.argsort(-np.abs(MEANS[4]), kind="stable").tolist()
    point(world, 0, Neuron(0, 3))
    columns = world.tab.fingerprint.columns
    assert columns.marked == order.index(3)
    world.selection.change(neuron=Neuron(0, 9))  # as another tab may do
    assert columns.marked == order.index(9)
    world.say(answer(unsure(_7=0.7, _9=0.3), hidden=(np.arange(12.0),)))
    assert columns.marked == np.argsort(-np.abs(MEANS[7]), kind="stable").tolist().index(9), "another order"
    world.say(answer(unsure(_4=0.7, _9=0.3), hidden=(np.arange(12.0),)))
    world.say(ClassMeans(run="A", step=0, layer=0, means=MEANS[:, ::-1]))
    assert columns.marked == np.argsort(-np.abs(MEANS[4, ::-1]), kind="stable").tolist().index(9)
    world.selection.change(neuron=None)
    assert columns.marked is None

    columns, text = world.tab.fingerprint.columns, QColor(theme().current.text)
    height = (columns.height() - 19) / 12

    def mark(row):
        """Mark a row; return the picture with the mark and the rows of pixels that it has changed."""
        columns.set_mark(None)
        plain = columns.grab().toImage()
        columns.set_mark(row)
        marked = columns.grab().toImage()
        across = range(plain.width())
        return marked, [
            y for y in range(plain.height()) if any(plain.pixelColor(x, y) != marked.pixelColor(x, y) for x in across)
        ]

    for row in (0, 5, 11):
        marked, rows = mark(row)
        assert abs(np.mean([rows[0], rows[-1]]) - (row + 0.5) * height) < 1.5
        assert abs(len(range(rows[0], rows[-1])) - height) <= 1.5
        for third in range(3):
            across = range(third * columns.width() // 3 + 6, (third + 1) * columns.width() // 3 - 6)
            assert all(marked.pixelColor(x, rows[-1]) == text for x in across)

    columns.set_columns(np.random.default_rng(1).random((3, 5000)), ("yours", "mean 4", "mean 9"))
    for row in (0, 2500, 4999):
        _, rows = mark(row)
        assert min(rows) >= 0 and max(rows) < columns.height() - 18
        assert rows[-1] - rows[0] == 5
