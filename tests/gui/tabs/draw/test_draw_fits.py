"""The Draw tab fits into the smallest window: nothing is clipped, nothing lies over another thing."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QStackedWidget, QWidget

from engine.core.lens import Neuron
from gui.look.theme import theme
from gui.shell.bars.rail import WIDTH
from gui.tabs.draw.answer_panel import AnswerPanel
from gui.tabs.draw.ink import Sheet
from gui.tabs.draw.why_panel import WhyPanel
from gui.widgets.panel import Panel
from tests.gui.room import crowded, cut_off, squeezed
from tests.gui.tabs.draw.draw_world import answer, nearest, saliency
from tests.gui.tabs.draw.drawing_hands import place
from tests.gui.worlds import show_tab

pytestmark = pytest.mark.tabs("draw")

SMALLEST, USUAL, LARGE, HIGH = (1006, 600), (1280, 720), (1920, 1080), (1006, 1080)
# what the longest button is called at each size
METHODS = {SMALLEST: "Int. grad.", USUAL: "Integrated", LARGE: "Integrated gradients", HIGH: "Int. grad."}


def where(widget, tab):
    return QRect(widget.mapTo(tab, QPoint()), widget.size())


def resize(tab, size, qtbot):
    """Resize the window; after that all has found its place."""
    tab.window().resize(*size)
    qtbot.waitUntil(lambda: tab.window().size().toTuple() == size and tab.width() == size[0] - WIDTH)
    tab.layout().activate()
    panels = tab.findChildren(Panel)
    for panel in panels:
        panel.layout().activate()
    qtbot.waitUntil(lambda: all(panel.height() >= panel.minimumSizeHint().height() for panel in panels))


def test_nothing_is_clipped_nothing_overlaps_and_the_cross_of_the_keys_lies_over_the_faint_digit(ready, qtbot):
    tab = show_tab(ready, "Draw")
    canvas = tab.canvas
    plain = canvas.grab().toImage()
    accent, ground = theme().current.color("accent"), theme().current.color("raised")
    middle = place(canvas, 14, 11.5)
    assert plain.pixelColor(middle) != ground, "here the 8 crosses itself"
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(10):
        QTest.keyClick(canvas, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    crossed = canvas.grab().toImage()
    near = [crossed.pixelColor(middle + QPoint(x, y)) for x in range(-2, 3) for y in range(-2, 3)]
    assert accent in near
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    QTest.keyClick(canvas, Qt.Key.Key_Down)
    away = place(canvas, 14, 4.5)
    assert plain.pixelColor(away) != ground
    assert canvas.grab().toImage().pixelColor(away) == ground, "with the first ink the faint digit is gone"
    QTest.keyClick(canvas, Qt.Key.Key_Escape)

    canvas.put("test image", Sheet(picture=np.eye(28, dtype=np.float32), caption="Test image 7, a 9"))
    tab.answer.show_answer(answer().probabilities, answer().logits)
    tab.why.show_saliency(saliency())
    tab.evidence.show_nearest(replace(nearest([4, 9] * 4), remark="Run A learned from other data: MNIST sample."), 4)
    tab.answer.say("Draw something.")
    for size in (LARGE, USUAL):
        resize(tab, size, qtbot)
        assert squeezed(tab.window()) == [], "a large answer that is hidden takes no room"
    tab.answer.show_answer(answer().probabilities, answer().logits)
    for size, name in METHODS.items():
        resize(tab, size, qtbot)
        assert tab.answer.winner.text() == "4"
        assert cut_off(tab.window()) + squeezed(tab.window()) + crowded(tab) == [], size
        places = [where(panel, tab) for panel in tab.findChildren(Panel)]
        assert len(places) == 6 and all(tab.rect().contains(each) for each in places)
        assert not any(one.intersects(other) for one, other in itertools.combinations(places, 2))
        assert min(canvas.width(), canvas.height()) >= 280
        method = tab.findChild(QAbstractButton, "draw.method.integrated")
        assert (method.text(), method.accessibleName()) == (name, "Integrated gradients")
        for panel, words in ((tab.receives, "draw.receives.caption"), (tab.why, "draw.why.legend")):
            right = where(panel.pixels, tab).left() + panel.pixels.place().right()
            assert 0 < where(panel.findChild(QWidget, words), tab).left() - right <= 10, "words beside their picture"
        if size in (USUAL, LARGE):
            assert abs(canvas.height() - canvas.width()) <= 1, "the canvas is a square: what is left says a sentence"


def test_behind_a_neuron_the_methods_become_shorter_too(qtbot):
    panel, fresh = WhyPanel(), WhyPanel()
    for each in (panel, fresh):
        qtbot.addWidget(each)
        each.show()
        each.set_room(0 if each is fresh else 1000)
    panel.show_neuron(Neuron(0, 7), np.zeros((28, 28)))
    panel.set_room(0)
    assert panel.minimumSizeHint().width() <= fresh.minimumSizeHint().width()


def test_the_winner_is_as_large_as_there_is_room(qtbot):
    panel = qtbot.show(AnswerPanel(), 400, 340)
    panel.show_answer(np.eye(10)[4], 10 * np.eye(10)[4])
    sizes = []
    for height in (340, 270, 340):
        panel.resize(400, height)
        qtbot.waitUntil(lambda height=height: panel.height() == height)
        panel.layout().activate()
        panel.findChild(QStackedWidget, "draw.answer.pages").currentWidget().layout().activate()
        sizes.append(panel.winner.font().pixelSize())
        assert where(panel, panel).contains(where(panel.winner, panel))
    assert sizes[0] == sizes[2] > sizes[1]
