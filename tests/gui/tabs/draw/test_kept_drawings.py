"""Drawings are named and kept with mouse and keys, put back, renamed, deleted; all of it can be undone."""

import threading
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from engine.session.jobs.files import new_session, open_session
from gui.look.theme import theme
from gui.tabs.draw.ink import Sheet
from gui.tabs.draw.kept_drawings import drawing_of, sheet_of
from tests.gui.mouse import double_click
from tests.gui.pixels import pixels_of
from tests.gui.tabs.draw import draw_world
from tests.gui.tabs.draw.drawing_hands import draw


class Desk(draw_world.Desk):
    """The shelf of drawings, and their names."""

    def __init__(self, qtbot, folder):
        super().__init__(qtbot, folder, "shelf")

    def line(self, name):
        return self.find(QLineEdit, f"{name}.name")

    def keep(self, name):
        """Keep what lies on the canvas."""
        self.press("keep")
        QTest.keyClicks(self.line("keep"), name)
        QTest.keyClick(self.line("keep"), Qt.Key.Key_Return)

    def wait(self, *names):
        """Wait until these drawings are kept, and shown as kept."""
        self.qtbot.waitUntil(
            lambda: (list(self.shelf.sheets), list(self.session.drawings)) == (list(names), list(names))
        )

    def open_again(self, *names):
        """Leave the session, and open it again with these drawings."""
        self.press("clear")
        self.qtbot.waitUntil(self.session.is_saved)
        path = self.session.store.path
        self.bridge.submit(new_session)
        self.wait()
        self.bridge.submit(open_session, str(path))
        self.wait(*names)


@pytest.fixture
def desk(qtbot, tmp_path):
    return Desk(qtbot, tmp_path)


@pytest.fixture
def three(desk):
    """A desk with three kept drawings and an empty canvas."""
    for number, name in enumerate(("one", "two", "three")):
        draw(desk.canvas, (4 + number, 4), (14, 14 + number))
        desk.keep(name)
        desk.press("clear")
    desk.wait("one", "two", "three")
    return desk


@pytest.fixture
def on_shelf(three):
    """The second of the three drawings is chosen among those that are kept."""
    three.press("kept.show")
    three.click(1)
    return three


def test_a_drawing_gets_a_name_and_is_kept_until_that_is_undone_and_without_a_name_it_is_not(desk):
    keep, shown = desk.button("keep"), desk.button("kept.show")
    assert not keep.isEnabled() and keep.toolTip() == "There is nothing to save."
    draw(desk.canvas, (4, 4), (14, 14))
    assert keep.isEnabled()
    desk.press("keep")
    QTest.keyClick(desk.line("keep"), Qt.Key.Key_Escape)
    assert not desk.line("keep").isVisible()
    desk.press("keep")
    desk.line("keep").clear()
    QTest.keyClicks(desk.line("keep"), "   ")
    QTest.keyClick(desk.line("keep"), Qt.Key.Key_Return)
    assert not desk.line("keep").isVisible() and desk.history.stack.count() == 1

    desk.keep("my first")
    desk.wait("my first")
    assert desk.session.drawings["my first"].strokes == desk.canvas.sheet.strokes
    assert shown.text() == "Drawings (1)" and shown.isEnabled()
    assert not desk.line("keep").isVisible()
    desk.history.undo()
    desk.wait()
    assert shown.text() == "Drawings" and not shown.isEnabled()
    assert len(desk.canvas.sheet.strokes) == 1, "what lies on the canvas is another thing"
    desk.history.redo()
    desk.wait("my first")
    desk.qtbot.waitUntil(desk.session.is_saved)


def test_a_free_name_is_proposed(three):
    draw(three.canvas, (4, 4), (14, 14))
    three.press("keep")
    assert three.line("keep").text() == three.line("keep").selectedText() == "Drawing 1"
    QTest.keyClick(three.line("keep"), Qt.Key.Key_Return)
    three.wait("one", "two", "three", "Drawing 1")
    three.press("keep")
    assert three.line("keep").text() == "Drawing 2"
    QTest.keyClick(three.line("keep"), Qt.Key.Key_Escape)
    three.canvas.put("test image", Sheet(picture=np.eye(28, dtype=np.float32), caption="Test image 7, a 9"))
    three.press("keep")
    assert three.line("keep").text() == "Test image 7, a 9"


def test_a_name_that_is_taken_goes_to_the_new_drawing_and_undo_gives_it_back(three):
    before = three.session.drawings["two"]
    draw(three.canvas, (20, 20), (4, 4))
    three.keep("two")
    three.qtbot.waitUntil(lambda: three.shelf.sheets["two"].strokes == three.canvas.sheet.strokes)
    assert list(three.session.drawings) == ["one", "two", "three"]
    three.history.undo()
    three.qtbot.waitUntil(lambda: three.shelf.sheets["two"].strokes == before.strokes)


def test_a_picture_below_the_strokes_and_what_the_network_repainted_are_kept_to_the_last_bit(desk):
    shades = np.random.default_rng(1).random((90, 60)).astype(np.float32)
    desk.canvas.put("picture", Sheet(picture=shades, caption="a photo"))
    draw(desk.canvas, (4, 4), (14, 14))
    seen = desk.canvas.picture()
    desk.keep("photo")
    picture = np.random.default_rng(1).random((28, 28), np.float32)
    desk.canvas.put("flip", Sheet(picture=picture, caption="flipped", as_is=True, change=picture - 1))
    assert np.array_equal(desk.tab.receives.pixels.numbers, picture), "it is received as it is"
    desk.keep("flipped")
    desk.wait("photo", "flipped")

    desk.open_again("photo", "flipped")
    desk.press("kept.show")
    desk.click(0)
    assert np.array_equal(desk.canvas.picture(), seen) and desk.canvas.sheet.caption == "a photo"
    desk.click(1)
    assert np.array_equal(desk.tab.receives.pixels.numbers, picture)


def test_a_test_image_comes_back_to_the_last_bit():
    picture = np.arange(256, dtype=np.uint8).reshape(16, 16).astype(np.float32) / np.float32(255)
    sheet = Sheet(picture=picture, caption="Test image 7, a 9")
    assert np.array_equal(sheet_of(drawing_of(sheet)).picture, picture)
    wild = drawing_of(Sheet(picture=np.array([[np.nan, -1, 2]], np.float32)))
    assert wild.picture.tolist() == [[0, 0, 255]]


def test_a_click_puts_a_kept_drawing_on_the_canvas_where_it_is_chosen_and_undo_takes_it_off(three):
    three.press("kept.show")
    assert three.list.isVisible() and not three.canvas.isVisible() and three.shelf.current == "one"
    three.click(1)
    assert three.canvas.sheet.strokes == three.session.drawings["two"].strokes
    assert three.list.isVisible(), "one looks through them, click by click"
    count = three.history.stack.count()
    three.click(1)
    assert three.history.stack.count() == count
    three.press("kept.back")
    assert three.canvas.isVisible() and not three.list.isVisible()
    three.list.setCurrentRow(2)
    three.press("kept.show")
    assert three.shelf.current == "two", "what lies on the canvas"
    three.press("kept.back")
    three.history.undo()
    assert three.canvas.is_empty

    three.press("kept.show")
    three.click(2)
    double_click(three.list.viewport(), three.place(2))
    assert three.canvas.isVisible()
    assert three.canvas.sheet.strokes == three.session.drawings["three"].strokes, "nothing is drawn there"
    three.press("kept.show")
    three.press("clear")
    assert three.canvas.isVisible() and three.canvas.is_empty, "what else is put there is seen"


def test_with_keys_alone_one_is_chosen_and_drawn_on(three):
    three.button("kept.show").setFocus()
    QTest.keyClick(three.button("kept.show"), Qt.Key.Key_Space)
    assert three.list.hasFocus()
    three.list.setCurrentRow(0)
    QTest.keyClick(three.list, Qt.Key.Key_Right)
    assert three.shelf.current == "two" and three.canvas.is_empty, "arrow keys only choose"
    QTest.keyClick(three.list, Qt.Key.Key_Space)
    assert three.canvas.sheet.strokes == three.session.drawings["two"].strokes and three.list.isVisible()
    QTest.keyClick(three.list, Qt.Key.Key_Return)
    assert three.canvas.isVisible() and three.canvas.hasFocus()
    three.press("kept.show")
    QTest.keyClick(three.list, Qt.Key.Key_Escape)
    assert three.canvas.isVisible() and not three.button("kept.show").isChecked()


def test_thumbnails_show_the_ink_in_the_themes_colour(three):
    three.press("kept.show")
    for look in ("light", "dark"):
        theme().choose(look)
        inked = pixels_of(three.list.viewport().grab().toImage()) == theme().current.color("text").rgb()
        places = [three.list.visualItemRect(three.list.item(row)).topLeft() for row in range(3)]
        one, two, last = (inked[place.y() : place.y() + 90, place.x() : place.x() + 60] for place in places)
        assert min(one.sum(), two.sum(), last.sum()) > 50 and (one != two).any() and (two != last).any()


def test_one_is_renamed_where_it_stands_and_that_is_undone(on_shelf):
    for begin in (lambda: QTest.keyClick(on_shelf.list, Qt.Key.Key_F2), lambda: on_shelf.press("kept.rename")):
        begin()
        line = on_shelf.line("kept.new")
        assert line.isVisible() and line.text() == line.selectedText() == "two"
        QTest.keyClicks(line, "zwei")
        QTest.keyClick(line, Qt.Key.Key_Return)
        on_shelf.wait("one", "zwei", "three")
        assert on_shelf.shelf.current == "zwei"
        on_shelf.history.undo()
        on_shelf.wait("one", "two", "three")

    on_shelf.press("kept.rename")
    count = on_shelf.history.stack.count()
    QTest.keyClicks(on_shelf.line("kept.new"), "three")
    QTest.keyClick(on_shelf.line("kept.new"), Qt.Key.Key_Return)
    on_shelf.qtbot.waitUntil(lambda: bool(on_shelf.failures))
    assert on_shelf.failures[0].sentence == "There is a drawing called “three” already."
    assert not on_shelf.failures[0].details and on_shelf.history.stack.count() == count
    on_shelf.wait("one", "two", "three")


def test_one_is_deleted_and_comes_back_to_its_place(on_shelf):
    by_key = [partial(QTest.keyClick, on_shelf.list, key) for key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)]
    for delete in (*by_key, lambda: on_shelf.press("kept.delete")):
        delete()
        on_shelf.wait("one", "three")
        assert on_shelf.shelf.current == "three"
        assert not on_shelf.canvas.is_empty, "what was put on the canvas stays there"
        on_shelf.history.undo()
        on_shelf.wait("one", "two", "three")
        on_shelf.click(1)
    for left in (("one", "three"), ("one",), ()):
        on_shelf.press("kept.delete")
        on_shelf.wait(*left)
    assert on_shelf.canvas.isVisible(), "there is nothing more to look through"


def rest(session, end):
    """A job whose turn lasts until `end`: what is wanted meanwhile waits together."""
    assert end.wait(10)
    yield None


def test_changes_are_made_in_the_order_in_which_they_were_wanted(three):
    end = threading.Event()
    three.bridge.submit(rest, end)
    for _ in range(3):
        three.tab.kept.forget("two")
        three.history.undo()
    three.tab.kept.rename("one", "1")
    three.history.undo()
    three.history.redo()
    end.set()
    three.wait("1", "two", "three")
    assert not three.failures
