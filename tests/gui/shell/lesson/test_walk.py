"""The lesson that comes along, walked by mouse alone over the true engine; no card contradicts what is beside it."""

import re

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from gui.tabs.ideal.board import IdealBoard
from gui.widgets.plots.chart import Chart
from tests.gui.shell.lesson.lesson_walker import ACTS, CHAPTERS, Walker, open_chapter
from tests.gui.stage.visitor import first_start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # it waits for true answers

LEAST_TARGET = 24  # of what a page marks, in pixels
NUMBER = re.compile(r"\d+(?:\.\d+)?")
FIGURE = re.compile(r"(?<![\w.])(\d[\d,]*(?:\.\d+)?)\s*(%|pixel|neuron|dead|silenced|epoch|image|)")


@pytest.fixture
def walker(qapp, monkeypatch, tmp_path):
    with first_start(monkeypatch, tmp_path) as stage:
        yield Walker(stage)


def is_as_expected(figure, expected):
    """Whether a figure says the same as the teacher's sheet, with numbers that differ by a tenth at most."""
    if expected.startswith("less than "):
        return float(figure) < float(expected.removeprefix("less than "))
    numbers, others = ([float(each) for each in NUMBER.findall(text)] for text in (figure, expected))
    return NUMBER.sub("", figure) == NUMBER.sub("", expected) and numbers == pytest.approx(others, 0.1, 1)


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
    words += [caption.figure for each in shown if isinstance(each, IdealBoard) for caption in each.captions]
    words += [datum.says for each in shown if isinstance(each, Chart) for datum in each.data]
    return " ".join([*words, ratio_of_bars(walker.stage.widget(QWidget, "fingerprints.neuron.chart"))])


def ratio_of_bars(chart):
    """How many times the highest bar is as high as the next, which a page says of the neuron beside it."""
    bars = sorted(float(datum.says.partition(": ")[2]) for datum in chart.data)
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
