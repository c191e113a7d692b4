"""The figures that a lesson's pages will measure, computed by the engine's jobs without a window.

`WAYS` says what a person would do for a goal. The goal itself then reads the figure, so it has the words of the card.
"""

import contextlib
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from engine.analysis.ideal.job import paint_ideal
from engine.analysis.ideal.spec import IdealSpec
from engine.analysis.probes import answer, class_accuracy, fingerprints, flip, mistakes, neuron_card
from engine.analysis.warmup.job import learn_inverse
from engine.analysis.warmup.spec import WarmupSpec
from engine.core.errors import UserError
from engine.core.knobs import knobs
from engine.core.language import decimal_mark, mark, tr, with_marks
from engine.core.lens import Lens, Neuron
from engine.core.messages import Job, LensAnswer, Message, Turns
from engine.core.preload import tensorflow_there
from engine.core.specs import PRESETS, TrainSpec
from engine.model.training.messages import EpochDone
from engine.session.jobs.train import train
from engine.session.session import Session
from gui.shell.lesson.pages import FIGURE, Page, Question
from gui.shell.lesson.registry import Call, measure
from gui.state.training.runs import Run

NUMBER = re.compile(r"[\d.,\u202f]*\d(?:e[+-]?\d+)?")  # with the marks of any language
BY_CLASS = fingerprints.View(rows="class")
TRIES = 10  # of what depends on a person


class Rehearsal:
    """Takes the place of `Watch`, in a session of its own with the same data and runs: a training adds one there."""

    is_settled = True
    found = SimpleNamespace(lens=None, image=None)  # what a page finds: nothing is looked at yet

    def __init__(self, session: Session) -> None:
        self.session, self.known = Session(session.dataset), session.runs
        self.session.runs = dict(session.runs)
        self.spec: TrainSpec = PRESETS["blog"].spec
        self.selection = SimpleNamespace()
        self.read_as: list[int] = []
        self.seen: dict[str, None] = {}  # the runs that were looked at, in order
        self._heard: dict[type[Message], Message] = {}

    def latest(self, kind: type[Message], *, since_entered: bool = True) -> Any:
        return self._heard.get(kind)

    def drawing_answer(self) -> Any:
        return self.latest(answer.PictureAnswer)

    def widget(self, *_: object) -> Any:
        """Return a button that is pressed."""
        return SimpleNamespace(isChecked=lambda: True)

    @property
    def run(self) -> Run:
        return Run.of(self.session.run(self.selection.lens.run).summary())

    @property
    def own_run(self) -> Run | None:
        return Run.of([*self.session.runs.values()][-1].summary()) if EpochDone in self._heard else None

    def ask(self, job: Callable[..., Job], *args: Any) -> Job:
        return job(self.session, self.selection.lens, *args)

    def look(self, **changes: Any) -> Job:
        """Change the lens; return the job that measures the accuracy of what it shows."""
        self.selection.lens = replace(self.selection.lens, **changes)
        return self.ask(class_accuracy.class_accuracy)

    def rows(self, label: int | None = None) -> Any:
        """Return the neurons that fire, from top to bottom of the maps; with `label` those that answer most to it."""
        shown = self.latest(fingerprints.Fingerprints)
        is_fit = ~np.isin(shown.order, shown.silent) & (label is None or shown.favourites[shown.order] == label)
        return shown.order[is_fit].tolist()

    def pictures(self, label: int | None = None) -> Any:
        """Return some test images as pictures, spread over all, or over those of a class."""
        data = self.session.data()
        numbers = np.flatnonzero(data.test_labels == label if label is not None else data.test_labels >= 0)
        return data.test_images[numbers[:: max(1, len(numbers) // TRIES)][:TRIES]].astype(np.float32) / 255

    def enter(self, page: Page) -> None:
        """Open what the page opens, as far as a figure depends on it."""
        runs, self._heard, self.read_as = self.known, {}, []
        self.session.runs = dict(runs)
        self.selection = SimpleNamespace(lens=Lens(next(reversed(runs), "")), neuron=None, image=None)
        for name, values in page.opens:
            if name == "run" and values["name"] in runs:
                self.selection.lens = Lens(values["name"])
            elif name == "time":
                step = self.run.nearest(values["step"]) if values["step"] >= 0 else None
                self.selection.lens = self.selection.lens.at(step)
            elif name == "silence" and 0 <= (layer := values["layer"] - 1) < len(hidden := self.run.spec.hidden):
                numbers = range(max(0, values["first"]), min(values["last"] + 1, hidden[layer].width))
                self.look(silenced=frozenset(Neuron(layer, number) for number in numbers))
            elif name == "settings" and values["run"] in runs:
                spec = runs[values["run"]].spec
                self.spec = spec.but(epochs=values["epochs"]) if values.get("epochs", 0) > 0 else spec
            elif name == "setting" and (knob := knobs(TrainSpec).get(values["field"].removeprefix("train."))):
                self.spec = self.spec.but(**{knob.name: knob.parse(values["value"])})

    def expected(self, page: Page) -> Turns[Question | None]:
        """Return the page's question with the expected figure, in turns; as it is if that cannot be measured."""
        asks, goal = page.asks, page.goal
        if not self.known or asks is None or goal is None or FIGURE not in asks.reply or goal.name not in WAYS:
            return asks
        way = WAYS[goal.name]
        figures = list[str]()
        with contextlib.suppress(UserError):  # no such run, or no data that it reads
            self.enter(page)
            yield from tensorflow_there()
            for message in itertools.chain.from_iterable(way.tries(self, **goal.values)):
                yield None
                figure = self._figure(goal, message) if message else ""
                figures += [figure] if figure else []
                if figures and not way.varies_with:
                    break  # and with the loop its job ends
        if not figures:
            return asks
        figures.sort(key=_number_in)
        low, high = figures[0], figures[-1]
        note = tr(way.varies_with, low=low, high=high) if way.varies_with and low != high else ""
        return replace(asks, expect=figures[len(figures) // 2], note=note)

    def _figure(self, goal: Call, message: Message) -> str:
        self._heard[type(message)] = message
        if isinstance(message, LensAnswer):
            self.seen[message.run] = None
        measured = measure(self, goal)
        return measured.figure if measured.met else ""


def _number_in(figure: str) -> float:
    """Return the last number in a figure, which is written as in this language."""
    number = ("0", *NUMBER.findall(figure))[-1]
    return float(number.replace(with_marks(","), "").replace(decimal_mark(), "."))


class Way(NamedTuple):
    """What a person may do for a goal: jobs, until their answers meet it."""

    tries: Callable[..., Iterable[Job]]
    varies_with: str = ""  # a sentence on what the figure depends on: the middle one of all tries is expected


def _neurons_of(here: Rehearsal, label: int, **_: Any) -> Iterator[Job]:
    yield here.ask(fingerprints.fingerprints, BY_CLASS)
    for number in here.rows(label):
        here.selection.neuron = Neuron(0, number)
        yield here.ask(neuron_card.neuron_card, here.selection.neuron)


def _silenced(here: Rehearsal, neurons: int = 1, label: int | None = None, **_: Any) -> Iterator[Job]:
    yield here.ask(fingerprints.fingerprints, BY_CLASS)
    rows = here.rows(label)
    for first in np.linspace(0, max(0, len(rows) - neurons), 1 if label is not None else TRIES).astype(int):
        yield here.look(silenced=frozenset(Neuron(0, number) for number in rows[first : first + neurons]))


def _misread(here: Rehearsal) -> Iterator[Job]:
    yield here.ask(mistakes.mistakes)
    here.selection.image = next(iter(here.latest(mistakes.Mistakes).images()), None)  # the most probable one
    yield here.ask(mistakes.mistakes)


def _drawn(here: Rehearsal, label: int | None = None, **_: Any) -> Iterator[Job]:
    """A digit, or if none is wanted one upon itself upside down."""
    for picture in here.pictures(label):
        yield here.ask(answer.answer, picture if label is not None else np.maximum(picture, picture[::-1, ::-1]))


def _turned(here: Rehearsal, first: int, then: int) -> Iterator[Job]:
    """One digit upon another, as by strokes that are added."""
    here.read_as = [first, then]
    for both in zip(here.pictures(first), here.pictures(then), strict=False):
        yield here.ask(answer.answer, np.maximum(*both))


DRAWING = mark("It depends on the drawing, here test images: {low} to {high}.")
HOW_LONG = mark("It depends on how long it runs: {low} to {high}.")
NEURONS = mark("It depends on the neurons: {low} to {high}.")

# By the names of goals; the others have no figure, or only a number or a shape.
WAYS = {
    "warmup_loss": Way(lambda here, **_: [learn_inverse(None, WarmupSpec())], HOW_LONG),
    "trained": Way(lambda here, **_: [train(here.session, here.spec)]),
    "epochs": Way(lambda here, **_: [train(here.session, here.spec)]),
    "at_first": Way(lambda here: [here.look(moment=here.run.steps[0])]),
    "reads": Way(lambda here, **_: (here.look(moment=step) for step in here.run.steps)),
    "neuron_for": Way(_neurons_of),
    "dead_folded": Way(lambda here: [here.ask(fingerprints.fingerprints, BY_CLASS)]),
    "silenced": Way(_silenced, NEURONS),
    "lost": Way(_silenced),
    "restored": Way(lambda here: [here.look(silenced=frozenset(), adjusted=frozenset())]),
    "ideal": Way(lambda here, penalty: [here.ask(paint_ideal, IdealSpec(penalty=penalty))]),
    "misread": Way(_misread),
    "drawn": Way(_drawn, DRAWING),
    "read_as": Way(_drawn, DRAWING),
    "turned": Way(_turned, DRAWING),
    "flipped": Way(lambda here: (here.ask(flip.smallest_flip, picture) for picture in here.pictures()), DRAWING),
    "improbable": Way(_drawn, DRAWING),
}
