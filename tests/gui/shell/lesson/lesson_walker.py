"""Walks the bundled lesson by mouse alone: what it does for the goal of each page."""

import itertools

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget

from gui.shell.lesson.pages import FOLDER, read_chapter
from gui.tabs.draw.tab import DrawTab
from gui.tabs.fingerprints.tab import FingerprintsTab
from gui.tabs.mistakes.tab import MistakesTab
from gui.widgets.forms.knob_field import KnobField
from tests.gui.tabs.draw.drawing_hands import draw

LEFT = Qt.MouseButton.LeftButton
CHAPTERS = [read_chapter(file) for file in sorted(FOLDER.glob("*.toml"))]
PATIENCE = 60  # seconds


class Walker:
    def __init__(self, stage):
        self.stage, self.window = stage, stage.window
        self.lesson = stage.application.lesson

    def click(self, name):
        widget = self.stage.widget(QWidget, name)
        assert widget.isVisible() and widget.isEnabled(), name
        QTest.mouseClick(widget, LEFT)

    def wait_for(self, condition, what):
        try:
            self.stage.wait_for(condition, PATIENCE)
        except TimeoutError:
            raise AssertionError(f"{what}; measured: {self.lesson.measured}") from None

    def open_lesson(self):
        self.stage.application.actions["teach.lesson"].trigger()

    def settle(self):
        self.stage.settle(self.window.tabs.currentWidget())

    def state(self):
        """All that a page may open: what is looked at, which buttons are pressed, what stands in the forms."""
        seen = self.stage.application.selection
        buttons = {
            each.objectName(): each.isChecked()
            for each in self.window.findChildren(QAbstractButton)
            if each.isCheckable() and not each.objectName().startswith("lesson.")
        }
        forms = {each.editor.objectName(): each.value() for each in self.window.findChildren(KnobField)}
        looked = seen.lens, seen.label, seen.neuron, seen.image, self.window.tabs.currentIndex()
        return looked, buttons, forms


def press(name):
    return lambda walker: walker.click(name)


def go_to_the_first_snapshot(walker):
    slider = walker.stage.widget(QWidget, "time.slider")
    QTest.mouseClick(slider, LEFT, pos=QPoint(2, slider.height() // 2))


def maps(walker):
    tab = walker.stage.show_tab(FingerprintsTab)
    walker.stage.wait_for(lambda: tab.maps.answer is not None)
    walker.settle()
    return tab


def click_a_row(walker):
    """Click the row of the neuron that fires most for fours, in their map."""
    tab = maps(walker)
    of, place = tab.maps.maps[4], tab.rows.place_of(int(np.nanargmax(tab.maps.answer.means[4])))
    field, window = of.field(), tab.window_
    part = ((place + 0.5) / len(tab.rows.order) - window.top) / (window.bottom - window.top)
    QTest.mouseClick(of, LEFT, pos=QPoint(round(field.center().x()), int(field.top() + part * field.height())))
    return of


def click_the_head(walker, label):
    of = maps(walker).maps.maps[label]
    walker.click(f"fingerprints.head.{label}")
    return of


def click_a_row_for_fives(walker):
    """Click the 5 above its map, which goes through its neurons, until one is for fives."""
    of = click_the_head(walker, 5)
    for _ in range(len(of.group)):
        walker.settle()
        if walker.lesson.measured.met:
            break
        walker.click("fingerprints.head.5")


def silence(choose):
    return lambda walker: (choose(walker), walker.click("fingerprints.silence"))


def press_in_the_maps(name):
    return lambda walker: (maps(walker), walker.click(name))


def look_at_a_mistake(walker):
    images = walker.stage.show_tab(MistakesTab).confusion.images
    walker.settle()
    walker.click("mistakes.all")
    walker.click("mistakes.first.highest")
    walker.settle()
    QTest.mouseClick(images, LEFT, pos=images.place_of(0).center().toPoint())


def draw_strokes(walker, strokes, parts=8):
    """Draw straight lines between the corners of each stroke, and wait for the answer."""
    tab = walker.stage.show_tab(DrawTab)
    for corners in strokes:
        points = [corners[0]]
        for (x, y), (to_x, to_y) in itertools.pairwise(corners):
            points += [(x + part / parts * (to_x - x), y + part / parts * (to_y - y)) for part in range(1, parts + 1)]
        draw(tab.canvas, *points)
    walker.settle()
    return tab


def draw_a_four(walker):
    walker.stage.show_tab(DrawTab).sheet.clear.click()  # the session may have a drawing on its canvas
    draw_strokes(walker, [((9, 5), (8, 15), (20, 14)), ((19, 5), (18, 24))])


def close_the_four(walker):
    assert walker.stage.show_tab(DrawTab).answered.label == 4
    draw_strokes(walker, [((9, 6), (14, 4), (19, 6))])


def draw_a_letter(walker):
    walker.stage.show_tab(DrawTab)
    walker.click("draw.clear")
    draw_strokes(walker, [((3, 6), (8, 22), (14, 10), (20, 22), (25, 6))])


def go_right(walker):
    slider = walker.stage.widget(QWidget, "time.slider")
    for x in range(0, slider.width(), 8):
        QTest.mouseClick(slider, LEFT, pos=QPoint(x, slider.height() // 2))
        walker.settle()
        if walker.lesson.measured.met:
            break


ACTS = {
    ("Draw", 1): draw_a_four,
    ("Draw", 2): close_the_four,
    ("Draw", 3): press("draw.play.flip"),
    ("Draw", 4): draw_a_letter,
    ("Train", 2): press("run.start"),
    ("Train", 3): go_to_the_first_snapshot,
    ("Train", 4): go_right,
    ("Inside", 2): click_a_row,
    ("Inside", 3): click_a_row_for_fives,
    ("Inside", 4): press_in_the_maps("fingerprints.fold"),
    ("Silence", 2): silence(click_a_row),
    ("Silence", 3): silence(lambda walker: click_the_head(walker, 8)),
    ("Silence", 4): press_in_the_maps("fingerprints.restore"),
    ("Ideal images", 3): press("ideal.preset.l2"),
    ("Ideal images", 4): press("ideal.preset.l1"),
    ("Mistakes", 2): look_at_a_mistake,
    ("Mistakes", 3): press("mistakes.page.calibration"),
    ("Behind it", 2): press("warmup.learn"),
    ("Behind it", 3): press("graph.next"),
    ("Behind it", 4): press("graph.of.training"),
}


def open_chapter(walker, number):
    if not walker.lesson.is_open:
        walker.open_lesson()
    walker.stage.wait_for(lambda: walker.lesson.is_open)
    walker.lesson.guide.chapter.activated.emit(number)
    assert (walker.lesson.chapter, walker.lesson.number) == (number, 0)
