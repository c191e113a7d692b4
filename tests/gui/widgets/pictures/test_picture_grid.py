"""Pictures in rows: as many as fit, chosen by mouse and keys."""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from gui.look.theme import theme
from gui.widgets.pictures.picture_grid import CAPTION_HEIGHT, ImageGrid
from tests.gui.mouse import double_click, turn_wheel
from tests.gui.room import painted_words


@pytest.fixture
def grid(qtbot):
    grid = qtbot.show(ImageGrid("grid", "Pictures"), 4 * 66 + 20, 200)  # the rest of the width is for the scroll bar
    pictures = np.random.default_rng(1).integers(0, 255, (30, 28, 28)).astype(np.uint8)
    grid.show_images(pictures, [f"no {number}" for number in range(30)], warned=frozenset({3}))
    return grid


def middle(grid, number):
    return grid.place_of(number).center().toPoint()


def test_captions_that_are_wider_than_their_pictures_have_room_beside_each_other(grid):
    grid.resize(600, 200)
    captions = [f"{number} → 3 · 99.9 %" for number in range(10, 40)]
    grid.show_images(np.zeros((30, 28, 28), np.uint8), captions)
    for percent in (100, 200):
        theme().choose_text_size(percent)
        written = painted_words(grid)
        for row in (0, grid.columns()):
            places = sorted((at.left(), at.right()) for text, at in written if text in captions[row : row + 3])
            assert len(places) == 3 and places[0][0] >= 0 and places[-1][1] <= grid.width()
            assert all(left[1] < right[0] for left, right in itertools.pairwise(places))
        assert grid.number_at(grid.place_of(2).center()) == 2


def test_a_click_chooses_and_a_double_click_sends_the_picture_under_the_mouse(grid):
    chosen, sent = [], []
    grid.chosen.connect(chosen.append)
    grid.sent.connect(sent.append)
    for number in (0, 3, 5):
        QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=middle(grid, number))
    QTest.mouseClick(grid, Qt.MouseButton.RightButton, pos=middle(grid, 1))
    assert grid.place_of(3).top() == grid.place_of(0).top() < grid.place_of(4).top(), "four fit into a row"
    grid.bar.setValue(grid.bar.maximum())
    assert grid.rect().contains(middle(grid, 29))
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=middle(grid, 29))
    assert chosen == [0, 3, 5, 29] and sent == []

    double_click(grid, middle(grid, 27))
    double_click(grid, QPoint(grid.bar.x(), 20))  # beside all pictures
    assert sent == [27]


def test_rows_are_as_even_as_can_be_and_images_of_every_size_about_as_large_as_mnists(grid):
    for rows in ([3], [4], [3, 2], [3, 3], [4, 4]):
        count = sum(rows)
        grid.show_images(np.zeros((count, 28, 28), np.uint8), [""] * count)
        tops = [grid.place_of(number).top() for number in range(count)]
        assert [tops.count(top) for top in sorted(set(tops))] == rows

    for rows, columns in ((8, 8), (4, 4), (14, 24), (64, 64)):
        grid.show_images(np.zeros((3, rows, columns), np.uint8), ["8→9 · 99.9 %"] * 3)
        place = grid.place_of(1)
        assert 28 * 2 * 0.75 <= max(place.width(), place.height()) <= 28 * 2 * 1.25
        assert place.width() % columns == place.height() % rows == 0


def test_each_picture_is_painted_where_a_click_finds_it_and_a_tip_says_what_there_is_to_say(grid):
    pictures = np.zeros((8, 28, 28), np.uint8)
    pictures[5] = 255
    grid.show_images(pictures, [""] * 8)
    painted = grid.grab().toImage()
    colors = [painted.pixel(middle(grid, number) * painted.devicePixelRatio()) for number in range(8)]
    assert [number for number, color in enumerate(colors) if color != colors[0]] == [5]

    grid.show_images(np.zeros((3, 28, 28), np.uint8), ["a", "b", "c"], ["first", "second"])
    said = [grid.tip_at(QPointF(middle(grid, number))) for number in range(3)]
    assert said == ["first", "second", None]


def test_beside_the_scroll_bar_fewer_stand_in_a_row_keys_scroll_by_pages_and_with_another_size_it_stays_scrolled(grid):
    grid.resize(4 * 66 + 4, 200)
    assert grid.columns() == 3
    grid.bar.setValue(grid.bar.maximum())
    last = grid.place_of(29)
    assert last.bottom() + CAPTION_HEIGHT <= grid.height() and last.right() <= grid.bar.x()
    grid.bar.setValue(0)
    left, right = grid.place_of(0).left(), grid.bar.x() - grid.place_of(2).right()
    assert left == pytest.approx(right, abs=12) and right > 12, "full rows share the room"

    QTest.keyClick(grid, Qt.Key.Key_PageDown)
    assert grid.bar.value() == grid.height()
    QTest.keyClick(grid, Qt.Key.Key_PageUp)
    assert grid.bar.value() == 0
    grid.bar.setValue(100)
    grid.resize(grid.width(), grid.height() + 20)
    assert grid.bar.value() == 100

    grid.bar.setValue(0)
    assert turn_wheel(grid, middle(grid, 0), -120) and grid.bar.value() > 0
    while grid.bar.value() < grid.bar.maximum():
        assert turn_wheel(grid, middle(grid, 0), -120)
    assert not turn_wheel(grid, middle(grid, 0), -120)
    grid.show_images(np.zeros((4, 28, 28), np.uint8), ["all are seen"] * 4)
    assert not turn_wheel(grid, middle(grid, 0), -120) and not grid.bar.isVisible()


def test_the_mouse_points_and_leaving_ends_it(grid):
    pointed = []
    grid.pointed.connect(pointed.append)
    QTest.mouseMove(grid, middle(grid, 1))
    QTest.mouseMove(grid, middle(grid, 1) + QPoint(1, 1))
    QTest.mouseMove(grid, middle(grid, 2))
    grid.show_images(np.zeros((0, 28, 28), np.uint8), [])
    assert pointed == [1, 2, None]


def test_the_keys_go_from_picture_to_picture_and_return_chooses(grid):
    chosen = []
    grid.chosen.connect(chosen.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Return):
        QTest.keyClick(grid, key)
    assert chosen == [4]  # the first key points at the first picture
    for _ in range(10):
        QTest.keyClick(grid, Qt.Key.Key_Down)
    QTest.keyClick(grid, Qt.Key.Key_Return)
    assert chosen[-1] == 28
    assert grid.rect().contains(middle(grid, 28))

    grid.show_images(np.zeros((0, 28, 28), np.uint8), [])
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    QTest.keyClick(grid, Qt.Key.Key_Right)
    QTest.keyClick(grid, Qt.Key.Key_Return)
    assert len(chosen) == 2 and not grid.grab().isNull(), "an empty grid has nothing to choose"


def test_where_there_is_room_pictures_grow_until_one_would_not_be_seen(qtbot):
    made = qtbot.show(ImageGrid("test.grid", "Grid", scale=3, grows=True), 420, 400)
    made.show_images(np.zeros((12, 28, 28), np.uint8), ["1"] * 12)
    sides = []
    for size in ((420, 400), (800, 800), (300, 80)):
        made.resize(*size)
        places = [made.place_of(number) for number in range(12)]
        sides.append(places[0].width())
        if size != (300, 80):
            assert max(place.bottom() for place in places) <= made.height()
            assert max(place.right() for place in places) <= made.width()
    assert sides[0] < sides[1] and sides[2] == 3 * 28
