"""The canvas: what mouse, tablet and keys draw on it, and what is read off it."""

import warnings

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage, QPixmap, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.core.drawing import Point, Stroke
from gui.look.theme import theme
from gui.tabs.draw.canvas import PICTURE_PIXELS, Canvas
from gui.tabs.draw.ink import Sheet
from tests.gui.fake_clock import FakeClock
from tests.gui.pixels import pixels_of
from tests.gui.tabs.draw.drawing_hands import draw, lift, move, place, press
from tests.work import work_of

PER_UNIT = PICTURE_PIXELS // 28


@pytest.fixture
def canvas(qtbot):
    made = qtbot.show(Canvas("canvas"), 560, 560)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.clearFocus()  # the only widget of its window has it from the beginning
    return made


def ink_at(canvas, x, y):
    return canvas.picture()[int(y * PER_UNIT), int(x * PER_UNIT)]


def test_a_fast_stroke_has_no_gaps_and_bends_where_a_polygon_would_have_a_corner(canvas):
    """Three points far apart: each row between the ends has ink, without a hole across the line."""
    assert canvas.is_empty and canvas.picture().shape == (280, 280)
    assert canvas.picture().dtype == np.float32 and not canvas.picture().any()
    draw(canvas, (6, 4), (20, 12), (7, 24))
    picture = canvas.picture()
    for row in picture[4 * PER_UNIT : 24 * PER_UNIT]:
        inked = np.flatnonzero(row > 0.5)
        assert len(inked) and np.diff(inked).max(initial=1) == 1

    canvas.set_sheet(Sheet())
    draw(canvas, (4, 20), (14, 4), (24, 20))
    assert ink_at(canvas, 14, 8) > 0.9, "half way to the handle the curve has its top"
    assert ink_at(canvas, 14, 5) == 0, "the corner itself is cut"


def test_an_unfinished_stroke_is_in_the_picture_up_to_the_pen_which_is_followed_out_of_the_sheet_and_back(canvas):
    press(canvas, 4, 14)
    move(canvas, 12, 14)
    move(canvas, 24, 14)
    assert canvas.is_drawing and ink_at(canvas, 23.5, 14) == 1
    unfinished = canvas.picture()
    lift(canvas, 24, 14)
    assert np.array_equal(canvas.picture(), unfinished)

    draw(canvas, (14, 24), (14, 31), (20, 31), (20, 24))
    assert ink_at(canvas, 14, 26) == 1 and ink_at(canvas, 20, 26) == 1 and ink_at(canvas, 17, 25) == 0


def test_the_same_strokes_give_the_same_picture_at_each_size_and_scale_of_the_screen(canvas, qtbot, monkeypatch):
    """At twice the size the mouse goes to the same places, up to the pixels of the screen."""
    reference = Canvas("reference")
    qtbot.addWidget(reference)
    reference.set_sheet(Sheet(strokes=(Stroke(points=(Point(5, 5), Point(20, 9), Point(9, 23)), width=2.2),)))
    for side in (280, 560, 1120):
        canvas.resize(side, side)
        canvas.set_sheet(Sheet())
        draw(canvas, (5, 5), (20, 9), (9, 23))
        assert np.abs(canvas.picture() - reference.picture()).max() < 1e-6
    before = canvas.picture()
    monkeypatch.setattr(Canvas, "devicePixelRatioF", lambda _: 2.0)
    canvas.repaint()
    assert canvas.shown.image.width() == 2 * canvas.width()
    assert np.array_equal(canvas.picture(), before)
    canvas.set_sheet(Sheet())
    draw(canvas, (5, 5), (20, 9), (9, 23))
    assert np.array_equal(canvas.picture(), before)


def test_moves_that_are_drawn_together_give_the_same_ink_and_strokes_and_none_is_lost_at_the_end(canvas, qtbot):
    ways = ((5, 5), (20, 9), (9, 23), (9, 24), (12, 25)), ((20, 20), (24, 24), (20, 27))
    for way in ways:
        draw(canvas, *way)
    clock = FakeClock()
    slow = qtbot.show(Canvas("slow", clock), 560, 560)
    slow.pace.period_ms = 20
    for way in ways:
        press(slow, *way[0])
        late = []
        for point in way[1:]:
            move(slow, *point)
            late.append(len(slow.moves))
            QApplication.processEvents()
            on_screen = slow.screen().grabWindow(slow.winId()).toImage()
            assert np.array_equal(pixels_of(on_screen), pixels_of(slow.grab().toImage()))
            clock.advance(8)
        assert late == [0, 1, 2, 1][: len(late)], "each 20 ms"
        lift(slow, *way[-1])
        assert not slow.moves
        clock.advance(20)
    assert slow.sheet.strokes == canvas.sheet.strokes and np.array_equal(slow.picture(), canvas.picture())
    assert np.array_equal(pixels_of(slow.grab().toImage()), pixels_of(canvas.grab().toImage()))

    press(slow, 4, 4)
    clock.advance(20)
    move(slow, 6, 4)
    move(slow, 8, 4)
    slow.set_sheet(Sheet())
    clock.advance(20)
    lift(slow, 8, 4)
    assert slow.is_empty and not slow.picture().any(), "another sheet has none of the old one's moves"


@pytest.mark.parametrize("grid", [False, True])
def test_each_piece_of_a_stroke_is_painted_as_the_whole_is_at_once_in_the_middle_and_at_the_edges(canvas, grid):
    canvas.resize(600, 560)
    canvas.set_grid(grid)
    for way in (((5, 5), (20, 9), (9, 23)), ((14, 20), (20, 27.9), (27.8, 20), (14, 0.1), (0.2, 9))):
        press(canvas, *way[0])
        for point in way[1:]:
            QApplication.processEvents()
            move(canvas, *point)
            QApplication.processEvents()
            on_screen = canvas.screen().grabWindow(canvas.winId()).toImage()
            assert np.array_equal(pixels_of(on_screen), pixels_of(canvas.grab().toImage()))
        lift(canvas, *way[-1])


def test_what_is_seen_is_what_is_read_in_the_themes_colour_without_the_grid(canvas):
    draw(canvas, (5, 5), (20, 9), (9, 23))
    before = canvas.picture()
    for look in ("dark", "light"):
        theme().choose(look)
        seen = canvas.grab().toImage()
        ink, ground = theme().current.color("text"), theme().current.color("raised")
        for x, y, color in ((5.5, 5.3, ink), (9, 22.5, ink), (24.5, 24.5, ground)):
            assert ink_at(canvas, x, y) == (color == ink)
            assert seen.pixelColor(place(canvas, x, y)) == color
    canvas.set_grid(True)
    assert canvas.grab().toImage() != seen and np.array_equal(canvas.picture(), before)


def test_a_click_with_the_left_button_makes_a_dot_as_wide_as_the_pen_and_the_eraser_takes_ink_away(canvas):
    canvas.pen_width = 4.0
    QTest.mousePress(canvas, Qt.MouseButton.RightButton, pos=place(canvas, 5, 5))
    move(canvas, 20, 20)
    QTest.mouseRelease(canvas, Qt.MouseButton.RightButton, pos=place(canvas, 20, 20))
    assert canvas.is_empty
    draw(canvas, (14, 14))
    area = float(canvas.picture().sum()) / PER_UNIT**2
    assert area == pytest.approx(np.pi * 2.0**2, rel=0.02)

    canvas.set_sheet(Sheet(picture=np.ones((28, 28), np.float32)))
    canvas.erases = True
    draw(canvas, (4, 14), (14, 14), (24, 14))
    assert ink_at(canvas, 14, 14) == 0 and ink_at(canvas, 14, 20) == 1
    assert canvas.sheet.strokes[-1].erases
    canvas.erases = False
    draw(canvas, (14, 4), (14, 14), (14, 24))
    assert ink_at(canvas, 14, 14) == 1


def tablet(canvas, kind, x, y, pressure, pointer=QPointingDevice.PointerType.Pen):
    device = QPointingDevice(
        "pen", 7, QPointingDevice.DeviceType.Stylus, pointer, QPointingDevice.Capability.Pressure, 1, 1
    )
    at = QPointF(place(canvas, x, y))
    button = Qt.MouseButton.LeftButton
    none, modifier = 0.0, Qt.KeyboardModifier.NoModifier
    event = QTabletEvent(kind, device, at, at, pressure, none, none, none, none, none, modifier, button, button)
    QApplication.sendEvent(canvas, event)
    return device


def test_a_tablet_draws_the_wider_the_harder_it_is_pressed_and_erases_with_its_other_end(canvas):
    devices = []
    for y, pressure in ((8, 0.2), (20, 1.0)):
        devices.append(tablet(canvas, QEvent.Type.TabletPress, 4, y, pressure))
        for x in (10, 16, 24):
            devices.append(tablet(canvas, QEvent.Type.TabletMove, x, y, pressure))
        devices.append(tablet(canvas, QEvent.Type.TabletRelease, 24, y, 0.0))
    column = canvas.picture()[:, 14 * PER_UNIT]
    light, hard = column[:140].sum(), column[140:].sum()
    assert hard == pytest.approx(22, abs=1) and light == pytest.approx(22 * (0.3 + 0.7 * 0.2), abs=1)
    assert canvas.sheet.strokes[0].points[1].pressure == pytest.approx(0.2)

    eraser = QPointingDevice.PointerType.Eraser
    devices += [
        tablet(canvas, QEvent.Type.TabletPress, 14, 16, 1.0, eraser),
        tablet(canvas, QEvent.Type.TabletMove, 14, 24, 1.0, eraser),
        tablet(canvas, QEvent.Type.TabletRelease, 14, 24, 1.0, eraser),
    ]
    assert devices and ink_at(canvas, 14, 20) == 0 and ink_at(canvas, 8, 20) == 1


def test_one_draws_with_keys_until_escape_lifts_the_pen_and_leaves(canvas, qtbot):
    draw(canvas, (4, 14), (24, 14))
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    assert not canvas.is_drawing and len(canvas.sheet.strokes) == 1, "the space bar is left to the window"

    canvas.clearFocus()
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (Qt.Key.Key_Space, *[Qt.Key.Key_Right] * 6, Qt.Key.Key_Space, Qt.Key.Key_Down):
        QTest.keyClick(canvas, key)
    _, stroke = canvas.sheet.strokes
    assert stroke.points[0][:2] == (14, 14) and stroke.points[-1][:2] == (20, 14)
    QTest.keyClick(canvas, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert canvas.cross == QPointF(20, 14.75)
    for _ in range(40):
        QTest.keyClick(canvas, Qt.Key.Key_Left)
    assert canvas.cross == QPointF(0, 14.75)

    for key in (Qt.Key.Key_Space, Qt.Key.Key_Right, Qt.Key.Key_Escape):
        QTest.keyClick(canvas, key)
    canvas.clearFocus()
    assert not canvas.is_drawing and canvas.cross is None and len(canvas.sheet.strokes) == 3


def test_what_is_held_over_it_is_welcomed_and_what_is_dropped_is_handed_on(canvas):
    images, files = [], []
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    canvas.imageGiven.connect(images.append)
    canvas.fileGiven.connect(files.append)
    image = QImage(5, 5, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    for give in (
        lambda data: data.setImageData(image),
        lambda data: data.setImageData(QPixmap.fromImage(image)),
        lambda data: data.setUrls([QUrl.fromLocalFile("/digit.png")]),
    ):
        data, at, action = QMimeData(), QPointF(50, 50), Qt.DropAction.CopyAction
        give(data)
        canvas.dropEvent(QDropEvent(at, action, data, buttons, keys))
    assert [each.convertToFormat(image.format()) for each in images] == [image] * 2 and files == ["/digit.png"]

    plain = canvas.grab().toImage()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a drag cannot be made otherwise without a window system
        canvas.dragEnterEvent(QDragEnterEvent(at.toPoint(), action, data, buttons, keys))
    assert canvas.grab().toImage() != plain
    canvas.dragLeaveEvent(QDragLeaveEvent())
    assert canvas.grab().toImage() == plain


def test_one_more_point_takes_as_little_work_after_a_thousand(canvas):
    def one_more():
        move(canvas, 14, 14)
        move(canvas, 15, 15)
        canvas.picture()

    press(canvas, 2, 2)
    one_more()
    usual = work_of(one_more)
    for number in range(1000):
        move(canvas, 14 + 10 * np.cos(number / 20), 14 + 10 * np.sin(number / 17))
    assert work_of(one_more) < 2 * usual
    lift(canvas, 15, 15)
