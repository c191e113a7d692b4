"""A chart of marks: picture, tips, table and description follow from its data; a matrix is pointed at cell by cell."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from gui.look.theme import theme
from gui.widgets.painted import Bar, Frame, Image, Rule, Words, draw, hatch, part_of, track_in
from gui.widgets.plots.chart import Cell, Cells, Chart, Datum, most
from gui.widgets.plots.histogram import Histogram
from tests.gui.mouse import point_at


class Rows(Chart):
    """Three rows, each a bar over all of it."""

    heads = "what", "share"

    def __init__(self):
        super().__init__("rows", "Rows", tip="A row for each", opaque=True)
        self.painted = []

    def places(self):
        return [(number, QRectF(0, 20 * number, 60, 20)) for number in range(len(self.data))]

    def marks(self, seen):
        self.painted.append([number for number, _ in seen])
        return [Bar(place, "accent" if self.data[number].cells[1] else "line") for number, place in seen]


DATA = (
    Datum(("one", 0.25), "one: 25 %", "a quarter"),
    Datum(("two", 0.0), "two: nothing"),
    Datum(("three", 0.75), "three: 75 %", "the rest"),
)


@pytest.fixture
def rows(qtbot):
    chart = qtbot.show(Rows(), 60, 80)
    chart.show_data(DATA)
    QApplication.processEvents()
    return chart


def test_table_description_tips_and_picture_follow_from_the_data(rows):
    assert rows.table().csv() == "what,share\none,0.25\ntwo,0.0\nthree,0.75\n"
    assert rows.finding() == "one: 25 %, two: nothing, three: 75 %"
    tips = [rows.tip_at(QPointF(30, y)) for y in (10, 30, 50, 70)]
    assert tips == ["a quarter", None, "the rest", None] and rows.toolTip() == "A row for each"
    place = QPoint(30, 10)
    QApplication.sendEvent(rows, QHelpEvent(QEvent.Type.ToolTip, place, rows.mapToGlobal(place)))
    assert QToolTip.text() == "a quarter"
    QToolTip.hideText()

    picture = rows.grab().toImage()
    wanted = [theme().current.color(name) for name in ("accent", "line", "accent", "surface")]
    assert [picture.pixelColor(30, y) for y in (10, 30, 50, 70)] == wanted
    rows.show_data(())
    assert rows.table() is None and rows.finding() == ""


def test_only_the_rows_that_changed_are_painted_again(rows):
    rows.painted.clear()
    rows.show_data((*DATA[:2], Datum(("three", 0.0))), changed=[2])
    QApplication.processEvents()
    assert rows.painted == [[2]]
    rows.painted.clear()
    rows.resize(60, 60)
    QApplication.processEvents()
    rows.painted.clear()
    rows.show_data(DATA, changed=[0, 2])  # which reach over all of the chart, but for what is between them
    QApplication.processEvents()
    assert rows.painted == [[0, 2]]
    rows.show_data(DATA)
    QApplication.processEvents()
    assert rows.painted[-1] == [0, 1, 2]


def test_the_largest_values_keep_their_order_and_there_is_one_at_least():
    values = np.array([0.1, 0.5, 0.5, 0.9, 0.2])
    assert most(values, 3) == [1, 2, 3] and most(values, 0) == [3] and most(values, 9) == [0, 1, 2, 3, 4]


def test_a_track_lies_in_the_middle_of_its_row_and_a_part_of_it_begins_where_it_does():
    row = QRectF(10, 5, 100, 21)
    assert track_in(row, 20, 30, 8, whole=False) == QRectF(30, 11.5, 50, 8)
    track = track_in(row, 20, 30, 8)
    assert track == QRectF(30, 12, 50, 8)
    assert part_of(track, 0.5) == QRectF(30, 12, 25, 8) and part_of(track, float("nan")).width() == 0


def drawn(*marks):
    image = QImage(60, 40, QImage.Format.Format_RGB32)
    image.fill(theme().current.color("surface"))
    painter = QPainter(image)
    painter.setBrush(Qt.GlobalColor.red)  # no mark depends on what was drawn before
    painter.setPen(Qt.GlobalColor.red)
    draw(painter, *marks)
    painter.end()
    return image


def inked(image):
    """The rectangle in which something was drawn."""
    ground = theme().current.color("surface")
    places = [(x, y) for x in range(60) for y in range(40) if image.pixelColor(x, y) != ground]
    return tuple(func(place[axis] for place in places) for axis in (0, 1) for func in (min, max))


def test_marks_lie_where_they_say(qapp):
    dot = QImage(1, 1, QImage.Format.Format_RGB32)
    dot.fill(theme().current.color("accent"))
    place = QRectF(10, 10, 20, 10)
    assert inked(drawn(Bar(place, "accent"))) == (10, 29, 10, 19)
    assert inked(drawn(Bar(place, "accent", radius=3))) == (10, 29, 10, 19)
    assert inked(drawn(Image(place, dot))) == (10, 29, 10, 19)
    assert inked(drawn(Frame(place, "text"))) == (10, 30, 10, 20)
    assert inked(drawn(Rule(QPointF(10, 15), QPointF(29, 15), "text"))) == (10, 29, 15, 15)
    left, right, top, bottom = inked(drawn(Words(place, "abc")))
    assert 10 <= left < right <= 29 and 9 <= top < bottom <= 20
    assert inked(drawn(Words(QRectF(10, 10, 25, 10), "a long sentence", elided=True)))[1] <= 35


class Matrix(Cells):
    """Two rows of three cells of 20 pixels."""

    def shape(self):
        return 2, 3

    def cell_at(self, position):
        row, column = int(position.y() // 20), int(position.x() // 20)
        return Cell(row, column) if row < 2 and column < 3 else None

    def marks(self, seen):
        return ()


def test_the_mouse_and_the_arrow_keys_go_from_cell_to_cell_and_to_none_beside_or_away(qtbot):
    matrix, heard = qtbot.show(Matrix("matrix", "A matrix"), 80, 60), []
    matrix.pointed.connect(heard.append)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Left):
        QTest.keyClick(matrix, key)
    assert heard == [(0, 0), (1, 0), (1, 1), (1, 0)]
    heard.clear()
    for place in (QPoint(30, 10), QPoint(35, 15), QPoint(70, 50), QPoint(10, 30)):
        point_at(matrix, place)
    QApplication.sendEvent(matrix, QEvent(QEvent.Type.Leave))
    assert heard == [(0, 1), None, (1, 0), None]


def test_a_histogram_is_filled_without_gaps_whatever_its_width(qtbot):
    histogram, shares = Histogram("weights"), np.full(60, 1 / 60)
    qtbot.addWidget(histogram)
    histogram.set_shares(np.linspace(-1, 1, 61), shares, shares)
    surface = histogram.palette().color(histogram.backgroundRole()).rgb()
    assert theme().current.color("accent").rgb() != surface
    for width in (102, 106, 109, 110, 114, 187):
        histogram.resize(width, 60)
        image = histogram.grab().toImage()
        middle = {image.pixel(x, 40) for x in range(3, width - 3)}
        assert surface not in middle and len(middle) == 1, width


def lines_crossed(scale):
    """How many slanting lines lie side by side in 64 pixels of the window, on a screen of that scale."""
    image = QImage(64 * scale, 40 * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setPen(Qt.PenStyle.NoPen)
    hatch(painter, QColor("black"))
    painter.drawRect(QRectF(0, 0, 64, 40))
    painter.end()
    row = [image.pixelColor(x, 20 * scale).lightness() < 128 for x in range(64 * scale)]
    return sum(now and not before for before, now in zip([False, *row], row, strict=False))


def test_hatching_is_as_coarse_on_a_screen_of_any_scale(qapp):
    assert lines_crossed(1) == pytest.approx(8, abs=1)
    for scale in (2, 3):
        assert lines_crossed(scale) == pytest.approx(lines_crossed(1), abs=1)
