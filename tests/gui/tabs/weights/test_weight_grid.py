"""The grid of weights, by mouse, wheel and keys, and to the pixel."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QNativeGestureEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.look.color_maps import signed_image
from gui.look.theme import theme
from gui.tabs.weights.grid import WeightGrid
from gui.tabs.weights.picture_layout import MOST, NO_NUMBER, ZERO, Layout, WeightAtlas, as_bytes, own_reaches
from tests.gui.mouse import double_click, drag, point_at, turn_wheel

NONE = Qt.KeyboardModifier.NoModifier


def noise(neurons=300, rows=28, columns=28):
    return np.random.default_rng(1).normal(0, 0.1, (neurons, rows, columns)).astype(np.float32)


def grid_with(qtbot, pictures, most=0.3, order=None, size=(812, 440)):
    grid = qtbot.show(WeightGrid("grid"), *size)
    grid.show_pictures(pictures, most, np.arange(len(pictures)) if order is None else order)
    return grid


@pytest.fixture
def grid(qtbot):
    return grid_with(qtbot, noise())


def middle(grid, neuron):
    return grid.area(neuron).center().toPoint()


def test_each_weight_has_its_colour_at_its_place(qtbot):
    pictures = noise(6, 5, 4)
    grid = grid_with(qtbot, pictures, 0.3, np.array([3, 1, 5, 0, 2, 4]))
    for choice in ("light", "dark"):
        theme().choose(choice)
        image = grid.grab().toImage()
        for neuron in range(6):
            area, wanted = grid.area(neuron), signed_image(pictures[neuron], 0.3)
            for row, column in np.ndindex(5, 4):
                x = area.left() + (column + 0.5) * area.width() / 4
                y = area.top() + (row + 0.5) * area.height() / 5
                assert_alike(image.pixelColor(int(x), int(y)), wanted.pixelColor(column, row))


def assert_alike(one, other):
    for part in ("red", "green", "blue"):
        assert abs(getattr(one, part)() - getattr(other, part)()) <= 3


def test_zero_is_the_panels_colour_and_colours_are_as_strong_below_as_above_by_one_scale_or_by_each_pictures_own():
    values = np.array([[[-2, -1, -0.5, 0, 0.5, 1, 2, np.nan]]], np.float32)
    found = as_bytes(values, 1.0)[0, 0].astype(int)
    assert found[3] == ZERO and found[0] == 0 and found[6] == MOST and found[7] == NO_NUMBER
    assert np.abs(found[:3] + found[4:7][::-1] - MOST).max() <= 1
    assert (as_bytes(values * 0 + 1, 0.0) == ZERO)[0, 0, :7].all()

    pictures = noise(5) * np.array([1, 10, 0.01, 0, 3], np.float32)[:, None, None]
    cells = as_bytes(pictures, own_reaches(pictures))
    for number in (0, 1, 2, 4):
        assert max(cells[number].max() - ZERO, ZERO - cells[number].min()) == ZERO
    assert (cells[3] == ZERO).all()


def test_where_a_weight_is_more_than_a_pixel_but_no_whole_ones_the_grid_shows_means(qtbot):
    pictures = np.where(np.random.default_rng(5).random((300, 28, 28)) < 0.5, -0.3, 0.3).astype(np.float32)
    grid = grid_with(qtbot, pictures, size=(980, 700))
    assert 1 < grid.view.scale < 2
    area = grid.area(0).toAlignedRect().adjusted(2, 2, -2, -2)
    shown = colors_of(grid.grab().toImage().copy(area)).reshape(-1, 3)
    ends = colors_of(signed_image(np.array([[-0.3, 0.3]]), 0.3))[0]
    is_end = np.abs(shown[:, None] - ends).max(axis=2).min(axis=1) <= 3
    assert 0.1 < is_end.mean() < 0.6, "the others lie between the two colours that there are"


def test_pixels_that_are_no_whole_ones_are_means_of_what_they_cover():
    cells = np.random.default_rng(1).integers(ZERO, MOST, (6, 8, 8), np.uint8)
    atlas = WeightAtlas(cells, Layout(count=6, rows=8, columns=8, across=3, gap_right=2, gap_below=2))
    whole = colors_of(atlas.part(0, 0, 30, 20))
    for width, height in ((45, 30), (52, 35), (26, 18)):
        wanted = np.einsum("yr,rcx,wc->ywx", shares(height, 20), whole, shares(width, 30))
        made = colors_of(atlas.averaged(width, height))
        assert made.shape == wanted.shape
        assert np.abs(made - wanted).mean() < 1, "of 255: each pixel of the screen has its share of what it covers"


def colors_of(image):
    """Return red, green and blue (rows, columns, 3) of an image."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(float)


def shares(to, of):
    """Return how much each of `to` equal stretches has of each of `of` ones (to, of); the rows sum to 1."""
    ends = np.arange(to + 1)[:, None] * of / to
    covered = np.clip(ends - np.arange(of), 0, 1)
    made = np.diff(covered, axis=0)
    return made / made.sum(axis=1, keepdims=True)


def test_a_click_tells_the_neurons_own_number_in_any_order_and_beside_all_pictures_none(qtbot):
    order, heard = np.random.default_rng(2).permutation(300), []
    grid = grid_with(qtbot, noise(), order=order)
    grid.chosen.connect(heard.append)
    for place in (*(middle(grid, neuron) for neuron in (0, 123, 299)), QPoint(1, 1)):
        QTest.mouseClick(grid, Qt.MouseButton.LeftButton, NONE, place)
    assert heard == [0, 123, 299, None] and grid.order == order.tolist()


def test_the_arrows_choose_the_neighbour_and_end_at_the_edge(grid):
    heard, across = [], grid.view.layout.across

    def take(number):
        heard.append(number)
        grid.set_marked(number)

    grid.chosen.connect(take)
    for key in ("Right", "Right", "Down", "Left", "Up", "Up", "End", "Right", "Home", "Escape"):
        QTest.keyClick(grid, getattr(Qt.Key, f"Key_{key}"))
    assert heard == [0, 1, 1 + across, across, 0, 0, 299, 299, 0, None]


def test_what_is_chosen_or_silenced_elsewhere_is_framed_and_brought_into_view(grid):
    for _ in range(5):
        grid.zoom(1, QPointF(0, 0))
    assert not grid.rect().contains(middle(grid, 250))
    grid.set_marked(250)
    assert grid.rect().contains(middle(grid, 250)) and grid.marked == 250
    frame = grid.area(250).adjusted(-2, -2, 2, 2)
    color = grid.grab().toImage().pixelColor(int(frame.left()), int(frame.center().y()))
    assert color == QColor(theme().current.accent)

    grid.fit()
    before = grid.grab().toImage()
    grid.set_silenced({40})
    area = grid.area(40)
    edge = grid.grab().toImage().pixelColor(int(area.left() - 1), int(area.center().y()))
    assert edge.red() > edge.blue() + 60 and grid.grab().toImage() != before


def test_the_wheel_and_keys_go_nearer_and_back_again(grid):
    point = middle(grid, 137)
    before = grid.at(QPointF(point)).neuron
    for number in range(1, 6):
        turn_wheel(grid, point, 120)
        assert grid.view.scale > number and grid.at(QPointF(point)).neuron == before
        side = grid.area(0).width() / 28
        assert side == int(side), "pixels are squares of whole pixels"

    area, image = grid.area(before), grid.grab().toImage()
    below = QRect(int(area.center().x()) - 6, int(area.bottom()) + 2, 12, 11)
    assert len(np.unique(colors_of(image.copy(below)))) > 3, "its number stands below a picture that is near"
    grid.show_pictures(noise() * 2, 0.5, np.arange(300))
    assert grid.area(before) == area, "new weights in the same order leave the view where it is"
    for _ in range(5):
        turn_wheel(grid, point, -120)
    assert grid.view.is_fitted

    for key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Plus):
        QTest.keyClick(grid, key)
    assert grid.view.scale == 4
    QTest.keyClick(grid, Qt.Key.Key_Minus)
    assert grid.view.scale == 3
    QTest.keyClick(grid, Qt.Key.Key_0)
    assert grid.view.is_fitted


def test_dragging_shift_and_the_arrows_move_what_is_seen_and_touchpad_and_pinch_zoom(grid):
    heard, fitted = [], []
    grid.chosen.connect(heard.append)
    grid.fittedChanged.connect(fitted.append)
    for _ in range(4):
        grid.zoom(1, QPointF(400, 220))
    before = grid.area(150)
    drag(grid, QPoint(400, 220), QPoint(370, 240), QPoint(340, 260))
    assert grid.area(150).topLeft() - before.topLeft() == QPointF(-60, 40)
    assert heard == []
    QTest.keyClick(grid, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert grid.area(150).left() < before.left() - 60
    double_click(grid, QPoint(100, 100))
    assert fitted == [False, True] and grid.view.is_fitted

    for is_fitted in (True, True, True, False):
        turn_wheel(grid, QPoint(300, 200), 30)
        assert grid.view.is_fitted == is_fitted
    grid.fit()
    device, point = QPointingDevice.primaryPointingDevice(), QPointF(middle(grid, 60))
    for _ in range(4):
        event = QNativeGestureEvent(
            Qt.NativeGestureType.ZoomNativeGesture, device, 2, point, point, grid.mapToGlobal(point), 0.13, QPointF()
        )
        QApplication.sendEvent(grid, event)
    assert grid.view.scale == 3 and grid.at(point).neuron == 60


def test_four_thousand_neurons_are_seen_pointed_at_and_gone_near_to(qtbot):
    pictures = noise(4096)
    grid = grid_with(qtbot, pictures)
    assert grid.view.scale < 1
    point = middle(grid, 2021)
    assert grid.at(QPointF(point)).neuron == 2021
    while grid.view.scale < 4:
        turn_wheel(grid, point, 120)
    found = grid.at(QPointF(point))
    assert abs(found.neuron - 2021) <= 1
    image, area = grid.grab().toImage(), grid.area(found.neuron)
    wanted = signed_image(pictures[found.neuron], 0.3).pixelColor(found.column, found.row)
    assert area.contains(QPointF(point))
    assert_alike(image.pixelColor(point), wanted)


def test_an_empty_grid_takes_every_event(qtbot):
    grid = qtbot.show(WeightGrid("grid"), 300, 200)
    turn_wheel(grid, QPoint(20, 20), 120)
    point_at(grid, QPoint(30, 30))
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, NONE, QPoint(30, 30))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Plus, Qt.Key.Key_0):
        QTest.keyClick(grid, key)
    grid.clear()
    grid.grab()
