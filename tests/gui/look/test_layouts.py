"""Layouts as expressions place their parts as the same calls of Qt would."""

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QWidget

from gui.look.fonts import column
from gui.look.layout import NO_LIMIT, PAGE, SPRING, Flow, Spring, add, ends, gridbox, hbox, holder, scrolling, vbox
from gui.look.words import Elided, reserve, words


def block(width, height):
    """A widget of that size."""
    widget = QWidget()
    widget.setFixedSize(width, height)
    return widget


@pytest.fixture
def page(qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    return page


def places(widget, *parts, size):
    widget.resize(*size)
    widget.layout().activate()
    return [part.geometry().getRect() for part in parts]


def test_parts_stand_below_each_other_with_a_gap_between_and_edges_around(page):
    upper, lower = block(20, 10), block(20, 10)
    vbox(upper, lower, gap="small", edges=(3, "large", 5, 7), on=page)
    assert page.sizeHint().toTuple() == (3 + 20 + 5, 16 + 10 + 8 + 10 + 7)
    assert places(page, upper, lower, size=(28, 51)) == [(3, 16, 20, 10), (3, 34, 20, 10)]


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        (Qt.LayoutDirection.LeftToRight, [(0, 0, 30, 20), (34, 5, 20, 10), (0, 24, 40, 10)]),
        (Qt.LayoutDirection.RightToLeft, [(30, 0, 30, 20), (6, 5, 20, 10), (20, 24, 40, 10)]),
    ],
)
def test_a_line_without_room_goes_on_in_the_next_one_from_the_side_where_words_begin(page, direction, expected):
    blocks = block(30, 20), block(20, 10), block(40, 10)
    flow = Flow(4)
    for each in blocks:
        flow.addWidget(each)
    flow.setContentsMargins(0, 0, 0, 0)
    page.setLayout(flow)
    page.setLayoutDirection(direction)
    assert flow.heightForWidth(60) == 20 + 4 + 10
    assert flow.heightForWidth(30 + 4 + 20 + 4 + 40) == 20
    assert places(page, *blocks, size=(60, 34)) == expected


def test_the_last_part_of_a_line_that_is_spread_ends_it_and_in_a_line_of_its_own_begins_it(page):
    blocks = block(30, 20), block(40, 20)
    flow = Flow(4, spread=True)
    for each in blocks:
        flow.addWidget(each)
    flow.setContentsMargins(0, 0, 0, 0)
    page.setLayout(flow)
    page.show()
    assert places(page, *blocks, size=(90, 20)) == [(0, 0, 30, 20), (50, 0, 40, 20)]
    assert places(page, *blocks, size=(60, 44)) == [(0, 0, 30, 20), (0, 24, 40, 20)]


@pytest.mark.parametrize(
    ("width", "expected"),
    [(120, [(0, 0, 60, 10), (80, 0, 40, 10)]), (85, [(0, 0, 40, 10), (45, 0, 40, 10)]), (70, "below")],
)
def test_two_ends_of_a_line_without_room_stand_below_each_other(page, width, expected):
    slider, button = QWidget(), block(40, 10)
    slider.setMinimumSize(30, 10)
    slider.setMaximumSize(60, 10)
    slider.sizeHint = lambda: QSize(60, 10)
    page.setLayout(line := ends(hbox(slider), hbox(button), 5))
    high = line.heightForWidth(width)
    left, right = (part.parentWidget() for part in (slider, button))
    if expected == "below":
        expected = [(0, 0, 60, 10), (30, 15, 40, 10)]
    assert places(page, left, right, size=(width, high)) == expected
    assert page.minimumSizeHint().width() == 40, "it asks for the room of one of them"


def test_words_without_room_are_shortened_and_complete_in_the_tooltip(page):
    said = Elided("said")
    hbox(said, edges=0, on=page)
    page.show()
    said.set_words("It learned from other data: MNIST.", "Not its data.")
    shown = [places(page, said, size=(wide, 20)) and said.text() for wide in (600, 150)]
    assert shown == [said.toolTip(), "Not its data."] == [said.words, "Not its data."]


def test_shares_and_springs_take_the_room_that_is_left(page):
    left, middle, right = block(10, 10), QWidget(), block(10, 10)
    hbox(left, SPRING, (middle, 2), 6, right, Spring(1), gap=0, on=page)
    wanted = [(0, 0, 10, 10), (20, 0, 20, 10), (46, 0, 10, 10)]
    assert places(page, left, middle, right, size=(66, 10)) == wanted


def test_a_layout_is_a_part_and_a_part_can_be_aligned(page):
    small, wide = block(10, 10), block(40, 10)
    vbox(hbox(SPRING, small), (wide, 0, Qt.AlignmentFlag.AlignRight), gap=0, on=page)
    assert places(page, small, wide, size=(60, 20)) == [(50, 0, 10, 10), (20, 10, 40, 10)]


def test_what_is_added_later_stands_behind_what_is_there(page):
    first, second = block(10, 10), block(10, 10)
    row = hbox(first, gap=0, on=page)
    add(row, "medium", second, SPRING)
    assert places(page, first, second, size=(60, 10)) == [(0, 0, 10, 10), (24, 0, 10, 10)]


def test_a_grid_shares_its_room_among_columns_and_rows(page):
    tall, upper, lower = QWidget(), QWidget(), QWidget()
    shares = {"columns": {0: 1, 1: 3}, "rows": {0: 2, 1: 1}}
    gridbox((tall, 0, 0, 2, 1), (upper, 0, 1), (hbox(lower), 1, 1), **shares, gap=(4, 6), edges=PAGE, on=page)
    wanted = [(16, 16, 20, 36), (40, 16, 60, 20), (40, 42, 60, 10)]
    assert places(page, tall, upper, lower, size=(16 + 84 + 16, 16 + 36 + 14)) == wanted


@pytest.mark.parametrize("sideways", [False, True])
def test_a_page_scrolls_up_and_down_and_only_if_wanted_sideways(qtbot, sideways):
    page = holder(vbox(block(400, 300)))
    area = qtbot.show(scrolling(page, "area", sideways=sideways), 100, 100)
    qtbot.waitUntil(area.verticalScrollBar().isVisible)
    assert area.horizontalScrollBar().isVisible() is sideways
    assert area.focusPolicy() is Qt.FocusPolicy.NoFocus


@pytest.mark.parametrize("grows", [False, True])
def test_a_column_is_wider_where_its_words_need_it_and_has_any_width_on_a_narrow_page(qtbot, grows):
    label = words("brief")
    side = holder(hbox(label))
    qtbot.addWidget(side)
    column(side, 120, grows=grows)
    side.resize(20, 20)
    side.show()
    assert side.width() == side.minimumWidth() == 120
    label.setText("words that need far more room than this column has")
    needed = side.minimumSizeHint().width()
    qtbot.waitUntil(lambda: side.width() == needed)
    assert needed > 120
    side.resize(needed + 100, 20)
    assert side.width() == needed + 100 * grows
    side.setMinimumWidth(0)
    side.setMaximumWidth(NO_LIMIT)
    label.setText("brief")
    qtbot.waitUntil(lambda: side.layout().minimumSize().width() < 120)
    assert side.maximumWidth() == NO_LIMIT


def test_a_button_has_room_for_each_of_its_titles(qtbot):
    longest, button = "Continue with the rest", QPushButton("Run")
    qtbot.addWidget(button)
    alone = QPushButton(longest)
    qtbot.addWidget(alone)
    reserve(button, "Run", longest, "Pause", fixed=True)
    assert button.text() == "Run"
    assert button.width() == alone.sizeHint().width()
