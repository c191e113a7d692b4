"""The map's points under mouse, wheel and keys."""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest

from engine.data.formats.checks import MOST_CLASSES
from gui.look.class_names import use_names
from gui.look.theme import class_token, theme
from gui.tabs.map.panel import ClassLegend
from gui.tabs.map.view import MapFrame, MapView, Shapes, Sprites, inside
from tests.gui.mouse import drag, point_at, turn_wheel

POINTS = np.array([(0, 0), (10, 0), (10, 10), (0, 10), (5, 5)], np.float32)
CLASSES = np.array([0, 1, 2, 1, 3], np.uint8)
WRONG = np.array([0, 0, 0, 0, 1], bool)


@pytest.fixture
def view(qtbot):
    made = qtbot.show(MapView("view"), 500, 400)
    made.show_points(POINTS, CLASSES, WRONG)
    return made


def at(view, number):
    return view.place_of(number).toPoint()


def heard(signal):
    found = []
    signal.connect(found.append)
    return found


def around(place, reach):
    return [place + QPoint(x, y) for x, y in ((-reach, -reach), (reach, -reach), (reach, reach), (-reach, reach))]


def color_at(view, place):
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    ratio = view.devicePixelRatioF()
    return image.pixelColor(round(place.x() * ratio), round(place.y() * ratio))


def test_all_points_fit_with_one_scale_along_both_axes_in_the_colours_of_their_classes(view):
    places = [view.place_of(number) for number in range(5)]
    assert all(QRectF(view.rect()).adjusted(20, 20, -20, -20).contains(place) for place in places)
    assert places[1].x() - places[0].x() == pytest.approx(places[0].y() - places[3].y())
    assert places[3].y() < places[0].y()

    for number, label in enumerate(CLASSES):
        found, wanted = color_at(view, at(view, number)), theme().current.color(class_token(int(label)))
        differences = [abs(a - b) for a, b in zip(found.getRgb()[:3], wanted.getRgb()[:3], strict=True)]
        assert max(differences) < 70


def painted(pen, *, number, wrong=False):
    """A point as it is painted on white, (pixels, 4)."""
    image = QImage(40, 40, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen.paint(painter, np.array([[20.0, 20.0]]), np.array([number]), digits=False, wrong=np.array([wrong]))
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(-1, 4).astype(int)


def test_classes_with_the_same_colour_have_other_shapes_of_which_nothing_is_cut_off(view):
    use_names([f"{number}" for number in range(MOST_CLASSES)])
    quick, sharp = Sprites(1.0), Shapes()
    for wrong in (False, True):
        seen = [painted(sharp, number=number, wrong=wrong) for number in range(MOST_CLASSES)]
        assert len({each.tobytes() for each in seen}) == MOST_CLASSES
        for number, each in enumerate(seen):
            assert np.abs(painted(quick, number=number, wrong=wrong) - each).max() <= 2, number


def test_points_grow_with_the_map(view):
    sizes = []
    for side in (400, 800):
        view.resize(side, side)
        image, place = view.grab().toImage(), at(view, 0)
        sizes.append(sum(image.pixelColor(place.x() + x, place.y()) != image.pixelColor(1, 1) for x in range(-20, 21)))
    assert sizes[1] >= 1.3 * sizes[0]


def test_the_mouse_points_at_the_nearest_point_a_click_chooses_it_and_what_is_marked_ringed_or_drawn_is_seen(view):
    pointed, chosen = heard(view.pointed), heard(view.chosen)
    QTest.mouseMove(view, at(view, 2) + QPoint(4, 3))
    QTest.mouseMove(view, at(view, 2) + QPoint(40, 40))
    assert pointed == [2, None]
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(view, 3) + QPoint(-3, 2))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(view, 3) + QPoint(-40, 2))
    QTest.mouseClick(view, Qt.MouseButton.RightButton, pos=at(view, 3))
    assert chosen == [3]

    pictures = [view.grab().toImage()]
    for change in (
        lambda: view.mark(1),
        lambda: view.show_as(rings=True),
        lambda: view.show_as(digits=True),
        lambda: view.show_dot(np.array([2.0, 7.0])),
        lambda: view.pick(np.array([1])),
        lambda: [QTest.mouseMove(view, place) for place in (QPoint(1, 1), at(view, 2))],
        lambda: view.say("Test image 2, a 2"),
    ):
        change()
        pictures.append(view.grab().toImage())
    assert [one != other for one, other in itertools.pairwise(pictures)] == [True] * 7


def test_wheel_and_keys_zoom_and_move_0_shows_all_again_and_dragging_moves_the_map_and_chooses_nothing(view):
    place = at(view, 1)
    before = [view.place_of(number) for number in range(5)]
    turn_wheel(view, place, 240)
    assert (view.place_of(1) - before[1]).manhattanLength() < 2.5
    assert before[1].x() - view.place_of(0).x() > 1.2 * (before[1].x() - before[0].x())
    for _ in range(100):
        turn_wheel(view, place, 1200)
    assert np.isfinite(view.frame.scale)
    QTest.keyClick(view, Qt.Key.Key_0)
    assert view.place_of(0) == before[0]

    QTest.keyClick(view, Qt.Key.Key_Left)
    assert view.place_of(1) - before[1] == QPointF(60, 0)
    QTest.keyClick(view, Qt.Key.Key_Home)
    QTest.keyClick(view, Qt.Key.Key_Plus)
    assert view.place_of(1).x() > before[1].x()
    QTest.keyClick(view, Qt.Key.Key_Minus)
    assert view.place_of(1).x() == pytest.approx(before[1].x())

    view.fit()
    chosen, before = heard(view.chosen), view.place_of(4)
    start = at(view, 4)
    drag(view, start, start + QPoint(30, 10), start + QPoint(60, 20))
    assert view.place_of(4) - before == QPointF(60, 20)
    assert not chosen
    view.show_points(POINTS * 2, CLASSES, WRONG)  # the map goes on forming, and is still looked at from there
    assert view.place_of(4) != before
    view.fit()
    assert view.place_of(4).x() == pytest.approx(before.x())


def test_the_lasso_catches_what_it_goes_around_by_shift_or_by_tool(view):
    caught = heard(view.lassoed)
    drag(view, *around(at(view, 4), 30), keys=Qt.KeyboardModifier.ShiftModifier)
    view.lasso_tool = True
    middle = QRectF(view.rect()).center().toPoint()
    drag(view, *around(middle, 190))
    view.switch_off(frozenset({1}))
    drag(view, *around(middle, 190))
    assert [found.tolist() for found in caught] == [[4], [0, 1, 2, 3, 4], [0, 2, 4]]
    view.pick(np.array([4]))
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert caught[-1].tolist() == []

    pointed = heard(view.pointed)
    point_at(view, at(view, 1))
    assert pointed == [], "a class that is off is neither found nor drawn"
    assert color_at(view, at(view, 1)) == color_at(view, at(view, 1) + QPoint(-15, -15))


def test_nearby_there_are_pictures_and_a_map_of_nothing_or_of_one_place_does_no_harm(view, qtbot):
    wanted = heard(view.picturesWanted)
    view.repaint()
    assert wanted == []  # the whole map is no place for them
    turn_wheel(view, at(view, 4), 600)
    view.repaint()
    assert wanted[-1].tolist() == [4]
    before = view.grab().toImage()
    view.show_pictures({4: np.full((28, 28), 255, np.uint8)})
    assert view.grab().toImage() != before
    assert color_at(view, at(view, 4)) == theme().current.color(class_token(3))

    view.show_points(None, CLASSES[:0], WRONG[:0])
    point_at(view, QPoint(100, 100))
    drag(view, QPoint(10, 10), QPoint(90, 90))
    view.grab()
    view.show_points(np.zeros((5, 2), np.float32), CLASSES, WRONG)
    view.grab()
    assert view.place_of(0) == QRectF(view.rect()).center()


def test_what_lies_inside_an_outline_and_where_places_are_on_map_and_screen():
    outline = np.array([(0, 0), (4, 0), (4, 4), (2, 1), (0, 4)], float)  # with a notch from above
    points = np.array([(1, 1), (2, 3), (3.8, 3), (2, 0.5), (5, 1), (-1, 1)], float)
    assert inside(points, outline).tolist() == [True, False, True, True, False, False]

    frame = MapFrame()
    frame.fit(POINTS, QSizeF(300, 200))
    for point in POINTS:
        x, y = frame.on_screen(point[None])[0]
        there = frame.camera.to_plane(QPointF(x, y))
        np.testing.assert_allclose((there.x(), -there.y()), point, atol=1e-6)


def test_the_legend_tells_which_classes_are_off_and_is_one_stop_of_the_tab_key(qtbot):
    row = ClassLegend("classes")
    row.set_classes(10)
    qtbot.show(row, *row.sizeHint().toTuple())
    off = heard(row.switched)

    def click(number):
        QTest.mouseClick(row, Qt.MouseButton.LeftButton, pos=row.place_of(number).center().toPoint())

    click(3)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Space):
        QTest.keyClick(row, key)
    assert row.finding() == "Left out: 3, 5."
    click(3)
    QTest.keyClick(row, Qt.Key.Key_Return)
    assert off == [frozenset({3}), frozenset({3, 5}), frozenset({5}), frozenset({3, 5})]
    row.set_classes(4)
    assert row.count() == 4 and row.off == frozenset() and row.finding() == "All classes are shown."

    row.set_classes(21)
    row.resize(row.sizeHint())

    def mark(number):
        place = row.place_of(number).toRect()
        return row.grab(QRect(place.left(), place.top(), 16, place.height())).toImage()

    assert mark(0) != mark(10) != mark(20) != mark(0)
