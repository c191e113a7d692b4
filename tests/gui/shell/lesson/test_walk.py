"""The lesson that comes along, walked by mouse alone over the true engine; no card contradicts what is beside it."""

import itertools
import re

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from gui.shell.lesson.pages import FOLDER, read_chapter
from gui.tabs.draw.tab import DrawTab
from gui.tabs.fingerprints.tab import FingerprintsTab
from gui.tabs.mistakes.tab import MistakesTab
from gui.widgets.forms.knob_field import KnobField
from tests.gui.stage.visitor import first_start
from tests.gui.tabs.draw.drawing_hands import draw

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # it waits for true answers

LEFT = Qt.MouseButton.LeftButton
CHAPTERS = [read_chapter(file) for file in sorted(FOLDER.glob("*.toml"))]
PATIENCE = 60  # seconds
LEAST_TARGET = 24  # of what a page marks, in pixels
NUMBER = re.compile(r"\d+(?:\.\d+)?")
FIGURE = re.compile(r"(?<![\w.])(\d[\d,]*(?:\.\d+)?)\s*(%|pixel|neuron|dead|silenced|epoch|image|)")


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
            pytest.fail(f"{what}; measured: {self.lesson.measured}")

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


@pytest.fixture
def walker(qapp, monkeypatch, tmp_path):
    with first_start(monkeypatch, tmp_path) as stage:
        yield Walker(stage)


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


def is_as_expected(figure, expected):
    """Whether a figure says the same as the teacher's sheet, with numbers that differ by a tenth at most."""
    if expected.startswith("less than "):
        return float(figure) < float(expected.removeprefix("less than "))
    numbers, others = ([float(each) for each in NUMBER.findall(text)] for text in (figure, expected))
    return NUMBER.sub("", figure) == NUMBER.sub("", expected) and numbers == pytest.approx(others, 0.1, 1)


def open_chapter(walker, number):
    walker.open_lesson()
    walker.stage.wait_for(lambda: walker.lesson.is_open)
    walker.lesson.guide.chapter.activated.emit(number)
    assert (walker.lesson.chapter, walker.lesson.number) == (number, 0)


def marks_are_on_the_screen(walker, page):
    window = walker.window
    for name in page.marks:
        (widget,) = window.findChildren(QWidget, name)  # or another one would be marked in its place
        assert widget.isVisible(), name
        place = widget.mapTo(window, widget.rect().center())
        assert window.rect().contains(place), name
        assert not walker.lesson.guide.geometry().contains(place), f"{name} lies below the guide"
        assert min(widget.width(), widget.height()) >= LEAST_TARGET, name
    rings = [each for each in window.findChildren(QWidget, "lesson.mark") if each.isVisible()]
    assert len(rings) == len(page.marks)


def named(text):
    """The numbers in a text with what they count: `335 pixels`, `97.7 %`; a single digit alone may name a class."""
    found = ((float(number.replace(",", "")), unit) for number, unit in FIGURE.findall(text))
    return {(number, unit) for number, unit in found if unit or number > 9 or number % 1}


def on_the_screen(walker):
    """What the window says outside the card, in words or, of a picture, to screen readers."""
    shown = [each for each in walker.window.findChildren(QWidget) if each.isVisible()]
    shown = [each for each in shown if not walker.lesson.guide.isAncestorOf(each)]
    words = [each.text() for each in shown if isinstance(each, QLabel | QAbstractButton)]
    words += [f"{each.accessibleName()} {each.accessibleDescription()}" for each in shown]
    return " ".join([*words, ratio_of_bars(walker.stage.widget(QWidget, "fingerprints.neuron.chart"))])


def ratio_of_bars(chart):
    """How many times the highest bar is as high as the next, which a page says of the neuron beside it."""
    bars = sorted(float(each.partition(": ")[2]) for each in chart.accessibleDescription().split(", ") if each)
    return f"{bars[-1] / bars[-2]:.1f}" if chart.isVisible() and bars and bars[-2] else ""


def contradictions(walker, text):
    """The numbers of the card that the window beside it does not say, or says of something else."""
    said = named(on_the_screen(walker))
    units, numbers = {unit for _, unit in said}, {number for number, _ in said}
    return {(number, unit) for number, unit in named(text) - said if unit in units or number not in numbers}


@pytest.mark.parametrize("number", range(len(CHAPTERS)), ids=[chapter.title for chapter in CHAPTERS])
def test_each_page_can_be_done_and_puts_back_what_it_opened(walker, number):
    chapter, lesson = CHAPTERS[number], walker.lesson
    open_chapter(walker, number)
    for place, page in enumerate(chapter.pages):
        assert lesson.page == page
        walker.click("lesson.fold")
        found = walker.state()
        walker.open_lesson()
        walker.settle()
        marks_are_on_the_screen(walker, page)
        walker.click("lesson.fold")
        assert walker.state() == found
        walker.open_lesson()
        walker.settle()
        assert not lesson.measured.met
        asked, waits_for = page.asks.question if page.asks else "", page.goal.values.values() if page.goal else ()
        wrong = contradictions(walker, f"{page.text} {asked}")
        assert not [number for number, _ in wrong if number not in waits_for], f"page {place + 1}: {wrong}"
        if page.goal is not None:
            assert lesson.guide.next.text() == "Skip"
            if page.asks:
                walker.click(f"lesson.answer.{(page.asks.right or 0) + 1}")
            ACTS[chapter.title, place + 1](walker)
            walker.wait_for(lambda: lesson.measured.met, f"page {place + 1}: {lesson.guide.goal.text()}")
            walker.settle()
            assert not contradictions(walker, lesson.measured.figure), f"page {place + 1}: {lesson.measured.figure}"
            if page.asks:
                walker.wait_for(lambda: "You guessed: " in lesson.guide.reply.text(), f"page {place + 1}: reply")
                assert is_as_expected(lesson.measured.figure, page.asks.expect)
                verdict = page.asks.right is not None
                assert ("Right." in lesson.guide.reply.text()) is verdict
        is_last = number + 1 == len(CHAPTERS) and place + 1 == len(chapter.pages)
        assert lesson.guide.next.text() == ("Finish" if is_last else "Next")
        turns = [each for each in walker.window.findChildren(QAbstractButton) if each.text() in ("Next", "Back")]
        assert {each.objectName() for each in turns if each.isVisible()} <= {"lesson.next", "lesson.back"}
        if place + 1 < len(chapter.pages):
            walker.click("lesson.next")


def test_every_goal_of_the_lesson_has_an_act_and_every_act_a_goal():
    goals = {
        (chapter.title, number) for chapter in CHAPTERS for number, page in enumerate(chapter.pages, 1) if page.goal
    }
    assert goals == ACTS.keys()
