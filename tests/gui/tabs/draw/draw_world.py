"""The Draw tab, what its engine answers, and hands for a person."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.analysis.probes.answer import PictureAnswer
from engine.analysis.probes.breakdown import Breakdown, Line
from engine.analysis.probes.familiarity import Familiarity
from engine.analysis.probes.nearest import NearestImages
from engine.analysis.probes.reading import near_drawing, read_drawing
from engine.analysis.probes.saliency import Saliency
from engine.core.lens import Lens
from engine.core.messages import JobEnded, JobFailed, Notice
from engine.session.jobs.data import EngineReady
from engine.session.session import Session
from gui.tabs.draw.tab import TRAINING_REST_MS, DrawTab
from tests.gui.blank import blank
from tests.gui.fake_engine import dataset_opened
from tests.gui.worlds import SENT_BY_OTHERS, SessionWorld, TabWorld


class World(TabWorld):
    """A tab on the screen with a run to look at, and hands for engine and person."""

    def __init__(self, qtbot):
        super().__init__(qtbot, DrawTab)
        self.canvas = self.tab.canvas
        self.say(EngineReady(device="CPU"), dataset_opened(), job=SENT_BY_OTHERS)
        self.look()

    def questions(self):
        return self.asked_with(read_drawing)

    def say(self, *messages, job=None):
        """Let the engine say it in this job, otherwise in the one that was asked last for such."""
        for message in messages:
            asked = near_drawing if isinstance(message, NearestImages | Familiarity) else read_drawing
            super().say(message, job=self.job(asked) if job is None else job)

    def answer(self, probabilities=None, **others):
        self.say(answer(probabilities, **others))

    def end(self):
        """Let all end that was asked about the drawing."""
        for make in (near_drawing, read_drawing):
            self.say(JobEnded(outcome="done"), job=self.job(make))

    def end_reading(self):
        """Let that end which was asked about strokes; return how many questions that were."""
        self.say(JobEnded(outcome="done"))
        return len(self.questions())

    def reasons(self):
        return [asked for asked in self.questions() if asked[1].get("why") is not None]

    def read_picture(self):
        """Let the engine read the picture that was imported last, and answer."""
        make, args, _ = self.runner.submitted[-1]
        self.say(*make(Session(), *args), job=len(self.runner.submitted))

    def rest(self):
        """Do nothing until the reasons are asked for."""
        self.clock.advance(TRAINING_REST_MS)
        assert "why" in self.questions()[-1][1]


class Desk(SessionWorld):
    def __init__(self, qtbot, folder, shelf):
        super().__init__(qtbot, DrawTab, folder)
        self.tab.activateWindow()
        self.canvas, self.sheet, self.history = self.tab.canvas, self.tab.sheet, self.selection.history
        self.shelf = getattr(self.sheet, shelf)
        self.list = self.shelf.list
        self.failures, self.notices = [], []
        self.bridge.listen(JobFailed, self.failures.append)
        self.bridge.listen(Notice, self.notices.append)

    def place(self, row):
        return self.list.visualItemRect(self.list.item(row)).center()

    def click(self, row, modifier=Qt.KeyboardModifier.NoModifier):
        QTest.mouseClick(self.list.viewport(), Qt.MouseButton.LeftButton, modifier, self.place(row))


def always(label, step):
    """Return what a network of run A hands out that gives the same answer to every picture."""
    lens = Lens("A", step)

    def to(picture):
        return replace(answer(np.eye(10)[label], lens=lens, to=to), picture=picture)

    return {"lens": lens, "to": to}


def answer(probabilities=None, hidden=None, **handed_out):
    values = np.full(10, 0.0002 / 9)
    values[4] = 0.9998
    values = values if probabilities is None else np.array(probabilities)
    logits, hidden = np.log(np.maximum(values, 1e-9)), (np.arange(5.0),) if hidden is None else hidden
    picture = np.zeros((28, 28), np.float32)
    shown = {"picture": picture, "logits": logits, "probabilities": values, "hidden": hidden}
    return blank(PictureAnswer, **shown, **handed_out)


def unsure(**shares):
    values = np.zeros(10)
    for label, share in shares.items():
        values[int(label[1:])] = share
    return values


def saliency(total=12.31, method="integrated", against=None):
    heat = np.zeros((28, 28))
    heat[3, 4], heat[5, 6] = 2.0, -1.0
    picture = np.zeros((28, 28), np.float32)
    shown = {"picture": picture, "heat": heat, "method": method, "against": against}
    return blank(Saliency, label=4, difference=12.33, total=total, **shown)


def nearest(labels):
    count = len(labels)
    pictures, numbers = np.zeros((count, 28, 28), np.uint8), np.arange(count) * 1000
    distances = np.arange(count) / 2
    return blank(NearestImages, numbers=numbers, pictures=pictures, labels=np.array(labels), distances=distances)


def breakdown(products=(1.0,) * 12, first=0):
    """The neurons from number `first` on add these products to the logit."""
    count, bias = len(products), 0.25
    lines = tuple(Line((first + place) % count, 2.0, value / 2, value) for place, value in enumerate(products))
    return Breakdown(run="A", step=0, label=4, lines=lines, bias=bias, logit=sum(products) + bias)


def familiarity(unlikeness):
    return Familiarity(run="A", step=0, unlikeness=unlikeness, limit=0.2, pixels=5.5, pixels_limit=6.5)
