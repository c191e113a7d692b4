"""The window's models over an engine that runs nothing, one tab on the screen, the whole window: what tests share."""

import contextlib
import functools

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QWidget

from engine.core.errors import NotYetError
from engine.core.lens import Lens
from engine.core.mailbox import Mailbox
from engine.core.messages import JobEnded
from engine.core.runner import Runner
from engine.session.session import Session
from gui.look.theme import theme
from gui.state.link.bridge import Bridge
from gui.state.link.clock import CLOCK
from gui.state.selection import Selection
from gui.state.training.run_controls import RunControls
from gui.widgets.tab import Tab
from tests.gui.fake_clock import FakeClock

SENT_BY_OTHERS = 1_000  # the number of a job that concerns all


def told_by(job):
    """What a job tells; one whose run is gone ends quietly, as on the engine's thread."""
    told = []
    with contextlib.suppress(NotYetError):
        told.extend(message for message in job if message is not None)
    return told


class RecordingRunner:
    """Takes jobs and orders, runs nothing. A job's number is its place among the submitted ones, from 1."""

    def __init__(self):
        self.submitted, self.orders, self.together = [], [], contextlib.nullcontext()

    def submit(self, make, *args, **kwargs):
        self.submitted.append((make, args, kwargs))
        return len(self.submitted)

    def change(self, job, changes):
        self.orders.append(("change", job, dict(changes)))

    def close(self, _):
        return True

    def __getattr__(self, order):
        """Any other order: stop, pause, resume, step, pace."""
        return lambda job, *more: self.orders.append((order, job, *more))

    @property
    def jobs(self):
        """What was submitted, without keywords."""
        return [(make, args) for make, args, _ in self.submitted]

    @property
    def stopped(self):
        return [job for order, job, *_ in self.orders if order == "stop"]

    @property
    def changes(self):
        return [(job, *more) for order, job, *more in self.orders if order == "change"]

    def take(self):
        """Return the orders since the last time."""
        orders, self.orders = self.orders, []
        return orders


def true_engine(session=None, **more):
    """What a `World` takes to have an engine: a runner on a thread of its own, its mailbox, the computer's clock."""
    mailbox = Mailbox()
    return Runner(session, mailbox, **more), mailbox, CLOCK


def tell(told, *messages, job=SENT_BY_OTHERS):
    """Let the engine of a world or a window say it in this job, otherwise in one that concerns all."""
    for message in messages:
        told.mailbox.post(job, message)
    for _ in messages:  # a slow machine hands out no more than one at a time
        told.bridge.deliver()


def show_tab(application, name):
    application.window.show_tab(name)
    return application.window.tabs.currentWidget()


class World:
    """The models that every view shares, and a voice for the engine."""

    def __init__(self, runner=None, mailbox=None, clock=None, **controls):
        self.runner, self.mailbox = runner or RecordingRunner(), mailbox or Mailbox()
        self.clock = clock or FakeClock()
        self.bridge = Bridge(self.runner, self.mailbox)
        self.runs = self.bridge.runs
        self.controls = RunControls(self.bridge, **controls)
        self.selection = Selection()
        self.selection.follow(self.bridge)

    def close(self):
        self.bridge.close()
        assert self.runner.close(30)
        # What is connected to them refers to them, through Qt, where Python does not see that it is a circle.
        for model in (self.selection, self.controls, self.runs, self.bridge):
            model.deleteLater()

    def say(self, *messages, job=None):
        """Let the engine say it in this job, otherwise in one that concerns all."""
        tell(self, *messages, job=SENT_BY_OTHERS if job is None else job)

    def look(self, run="A", **lens):
        self.selection.change(lens=Lens(run, **lens))

    def asked(self, make):
        """The arguments of all such questions."""
        return [args for each, args, _ in self.runner.submitted if each is make]

    def asked_with(self, make):
        """Their arguments and their keywords."""
        return [(args, kwargs) for each, args, kwargs in self.runner.submitted if each is make]

    def job(self, make):
        """The number of the last such question."""
        return max(number for number, (each, *_) in enumerate(self.runner.submitted, 1) if each is make)

    def answer(self, make, *messages):
        """Answer the last such question with these messages, and end its job."""
        self.say(*messages, JobEnded(outcome="done"), job=self.job(make))

    def until(self, make, count):
        """Let a tenth of a second pass, and look how many times it was asked."""
        self.clock.advance(100)
        assert len(self.asked(make)) == count


PLACES = {  # the tabs of each place on the rail, in their order
    "Draw": ("Draw", "Mistakes"),
    "Train": ("Train", "Data"),
    "Inside": ("Fingerprints", "Activations", "Weights", "Ideal images", "Map"),
    "Compare": ("Compare", "Experiments"),
    "Behind it": ("Graph", "Warm-up"),
}


PLAIN = ("Draw", "Train", "Fingerprints", "Ideal images")  # the tabs of the first look


TITLES = [title for titles in PLACES.values() for title in titles]


class EmptyTab(Tab):
    """Has a title and a key, and nothing on it: a window with such tabs is there in a fifth of the time."""

    HELP = "Is empty."

    def __init__(self, *models):
        super().__init__(*models)
        self.setObjectName(self.TITLE.lower())


@functools.cache
def empty_tabs(*titles):
    """Classes of empty tabs with these titles, in their order. Cached: PySide keeps each class."""
    keys = [f"Ctrl+{number}" if number < 10 else "" for number in range(1, len(titles) + 1)]
    places = {title: place for place, titles in PLACES.items() for title in titles}
    named = [
        {"TITLE": title, "PLACE": places[title], "ORDER": 10 * number, "SHORTCUT": key, "PLAIN": title in PLAIN}
        for number, (title, key) in enumerate(zip(titles, keys, strict=True), 1)
    ]
    return [type(names["TITLE"], (EmptyTab,), names) for names in named]


@functools.cache
def by_a_clock(kind):
    """A class of tabs that go by the clock of a test. One for all tests: PySide keeps each class, and what it knows."""
    return type("ByAClock", (kind,), {"__module__": kind.__module__})


class Keeper:
    """Stands in for `qtbot` where a tab serves many tests."""

    def addWidget(self, tab, *, before_close_func):
        self._tab, self._before = tab, before_close_func

    def close(self):
        self._before(self._tab)
        self._tab.close()
        self._tab.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


class TabWorld(World):
    """A tab, and hands for the person; its widgets are named after it, as `map.method`."""

    def __init__(self, qtbot, kind, *engine, shown=True, **controls):
        """`engine` is a `true_engine` where the tab is to have one."""
        super().__init__(*engine, **controls)
        self.qtbot = qtbot
        frame = QWidget()
        theme().dress(frame)  # so nothing is styled before the tab is whole, as in the window: half the time
        self.tab = self.make_tab(kind)
        theme().dress(self.tab)
        frame.deleteLater()
        qtbot.addWidget(self.tab, before_close_func=lambda _: self.close())
        self.tab.resize(1280, 576)
        self.tab.setVisible(shown)

    def make_tab(self, kind):
        tab = by_a_clock(kind)
        tab.clock = self.clock
        made = tab(self.bridge, self.controls, self.selection)
        made.clock = self.clock
        return made

    def find(self, kind, name):
        found = self.tab.findChild(kind, f"{self.tab.objectName()}.{name}")
        assert found is not None, name
        return found

    def button(self, name):
        return self.find(QAbstractButton, name)

    def press(self, name):
        QTest.mouseClick(self.button(name), Qt.MouseButton.LeftButton)

    def text(self, name):
        return self.find(QWidget, name).text()

    def type(self, name, text):
        """Write into a field, in place of what stands there; return the field."""
        line = self.find(QLineEdit, name)
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, text)
        return line

    def choose(self, name, key):
        box = self.find(QComboBox, name)
        box.setFocus()
        QTest.keyClick(box, key)


class SessionWorld(TabWorld):
    """A tab over a true session, kept in a file of that folder, in a true engine thread."""

    def __init__(self, qtbot, kind, folder):
        self.session = Session(new_place=lambda: folder / "kept.layerlight")
        super().__init__(qtbot, kind, *true_engine(self.session, at_end=self.session.close))


class WindowWorld:
    """The whole window, and a voice for its engine."""

    def __init__(self, application):
        self.application, self.window = application, application.window
        self.selection = application.selection

    def say(self, *messages):
        tell(self.application, *messages)

    def find(self, kind, name):
        return self.window.findChild(kind, name)
