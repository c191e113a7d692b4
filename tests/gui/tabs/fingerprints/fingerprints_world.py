"""The Fingerprints tab by itself, with hands for the engine and for the person on its maps."""

import numpy as np
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest

from engine.analysis.probes.fingerprints import fingerprints
from engine.core.lens import Neuron
from engine.core.specs import TrainSpec
from engine.model.training.messages import MomentKept
from engine.session.jobs.data import EngineReady
from gui.tabs.fingerprints.tab import FingerprintsTab
from tests.gui.fake_engine import dataset_opened
from tests.gui.mouse import point_at, turn_wheel
from tests.gui.tabs.fingerprints.fingerprint_messages import NEURONS, SILENT, hidden_layer, maps_for
from tests.gui.training_messages import started
from tests.gui.worlds import TabWorld

LEFT, MIDDLE, PLAIN = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class World(TabWorld):
    """A tab on the screen with a run to look at, and hands for engine and person."""

    def __init__(self, qtbot, layers=str(NEURONS)):
        super().__init__(qtbot, FingerprintsTab)
        self.maps, self.rows, self.window = self.tab.maps, self.tab.rows, self.tab.window_
        self.run("A", layers)
        self.say(EngineReady(device="CPU"), dataset_opened())
        self.look()
        self.rest()

    def run(self, name, layers):
        self.say(started(name, TrainSpec(layers=layers)), MomentKept(run=name, step=0))

    def questions(self, make=fingerprints):
        return self.asked(make)

    def answer(self, message=None, make=fingerprints):
        """Let the engine answer the last question of that kind."""
        if message is None:
            lens, view = self.questions()[-1]
            message = maps_for(view, run=lens.run)
        super().answer(make, message)

    def rest(self):
        """Let all be laid out, and everything be asked that is not held up by an answer."""
        QCoreApplication.processEvents()
        self.clock.advance(1000)

    def settle(self):
        """Answer all questions about maps until none comes any more."""
        asked = -1
        while len(self.questions()) > asked:
            asked = len(self.questions())
            self.answer()
            self.rest()

    def view(self):
        return self.questions()[-1][1]

    def pick(self, name, key):
        """Choose an entry of the menu of a chip, as a person would."""
        self.find(QAction, f"{name}.{key}").trigger()

    # Hands on a map

    def point(self, place, label=0, share=0.5):
        """Return the middle of a row of a map, in the map's pixels."""
        field = self.maps.maps[label].field()
        part = ((place + 0.5) / len(self.rows.order) - self.window.top) / (self.window.bottom - self.window.top)
        return QPoint(round(field.left() + share * field.width()), int(field.top() + part * field.height()))

    def click(self, place, label=0, keys=PLAIN, share=0.5):
        QTest.mouseClick(self.maps.maps[label], LEFT, keys, self.point(place, label, share))

    def sweep(self, first, last, label=0, lift=True):
        of = self.maps.maps[label]
        QTest.mousePress(of, LEFT, PLAIN, self.point(first, label))
        step = 1 if last > first else -1
        for place in range(first + step, last + step, step):
            point_at(of, self.point(place, label))
        if lift:
            QTest.mouseRelease(of, LEFT, PLAIN, self.point(last, label))

    def key(self, key, keys=PLAIN, label=0):
        QTest.keyClick(self.maps.maps[label], key, keys)

    def wheel(self, position, notches, keys=PLAIN, label=0):
        turn_wheel(self.maps.maps[label], position, 120 * notches, keys)


def neurons(*numbers):
    return frozenset(Neuron(0, number) for number in numbers)


def by_class(world):
    """Let the rows stand in groups by the class that they answer to most; return the groups, without dead neurons."""
    favourites = hidden_layer().reshape(10, -1, NEURONS).mean(axis=1).argmax(axis=0)
    living = [number for number in np.argsort(favourites, kind="stable").tolist() if number not in SILENT]
    for order in ("index", "class"):
        world.pick("rows", order)
        world.rest()
        world.answer(maps_for(world.view(), order=[*living, *SILENT] if order == "class" else None))
    return [[number for number in living if favourites[number] == label] for label in range(10)]
