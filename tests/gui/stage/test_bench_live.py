"""The benchmark of smoothness: a change counts as seen when what knows of it has been painted, and not before."""

from types import SimpleNamespace

from PySide6.QtWidgets import QWidget

from bench.window.live import Sight, lines
from engine.analysis.ideal.job import IdealImages
from tests.gui.tabs.ideal.test_ideal_tab import images


class Hall:
    """As much of a stage as a sight needs: its messages come when a test says so."""

    def __init__(self, qtbot):
        self.qtbot, self.listeners = qtbot, []
        bridge = SimpleNamespace(listen=lambda kind, call, job: self.listeners.append(call))
        self.application = SimpleNamespace(bridge=bridge)

    def live(self, seconds):
        pass

    def wait_for(self, condition):
        self.qtbot.waitUntil(lambda: bool(condition()))

    def say(self, message):
        for call in self.listeners:
            call(message)


def test_a_change_is_seen_with_the_first_picture_of_a_message_that_knows_of_it(qtbot):
    hall, widget = Hall(qtbot), QWidget()
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()
    sight = Sight(hall, widget, IdealImages, lambda: 1)
    order = []

    def change():
        order.append("changed")
        hall.say(images(1))
        widget.repaint()
        order.append(sight.is_seen)
        hall.say(images(2))
        order.append(sight.is_seen)
        widget.repaint()
        order.append(sight.is_seen)

    waited = sight.wait_of(change, lambda message: message.number == 2)
    assert order == ["changed", False, False, True] and 0 < waited < 60_000


def test_its_lines_tell_each_figure_once():
    each = {"n": 50, "p50": 1.0, "p95": 2.0, "p99": 3.0, "max": 4.0}
    figures = {"platform": "xcb", "data": "MNIST", "warm-up": {"gap": each}, "ideal images": {"gap": each}}
    told = lines(figures)
    assert len(told) == 5 and "p99   3.0" in told[2] and "(50)" in told[4]
