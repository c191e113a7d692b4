"""An experiment: its question, what a paper found, how it is tried here; and finding all that there are.

Each module in `engine.studies.experiments` is the experiment of its name and has an `EXPERIMENT`: no list is kept. What
it says and what its papers say is in `resources/experiments/`.
"""

from __future__ import annotations

import math
import pkgutil
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

import engine.studies.experiments
from engine.core.errors import UserError
from engine.core.machine.resources import read_toml
from engine.core.messages import Changes, Job, Message
from engine.core.numbers import plural, written
from engine.data.sources import mnist_there
from engine.studies.experiments.parts.interval import interval, middle
from engine.studies.sweep.processes import fitting_processes

if TYPE_CHECKING:
    from engine.core.array import Array
    from engine.session.session import Session
    from engine.studies.experiments.parts.lab import Lab

type Measuring = Generator[Message | None, Changes | None, Measured]
"""An experiment on its way: a job that comes to what was measured."""

type Compare = Literal["near", "at most", "at least"]

type Standing = Literal["agrees", "fits", "differs", "open", "other data"]
"""How a figure stands to the paper's: agrees; fits the claim of a source that could not be read; does not agree;
cannot be told with these seeds; is of other data than the paper's, and is not judged."""

WORDS: dict[Standing, str] = {
    "agrees": "agrees",
    "fits": "fits the claim",
    "differs": "does not agree",
    "open": "cannot be told",
    "other data": "other data",
}
"""How people read a standing."""

SEVERAL: dict[Standing, str] = {
    **WORDS,
    "agrees": "agree",
    "fits": "fit the claim",
    "differs": "do not agree",
}
"""The same of several figures."""

SEEDS = 5
"""From how many seeds the figures of an experiment come, unless a seed takes minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """Who found it, and how far the paper itself could be read to check its figures."""

    authors: str
    year: int
    title: str
    checked: str
    """Which of its words were read, or that they were not: a sentence."""

    @property
    def short(self) -> str:
        """As a sentence names it: `Zhou et al. 2019`."""
        return f"{self.authors} {self.year}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What a paper says of one quantity, and what is asked for here."""

    what: str
    says: str
    """What the paper says and nothing else: its number, or its words where it has none."""
    where: str
    """Where in the paper it stands."""
    read: bool
    """Whether it was read there. Otherwise a figure here can fit the claim, and does not agree with it."""
    asked: float
    """What is asked for here, ..."""
    tolerance: float = 0.0
    """... how far a figure may be away from it, on both sides for `near`, otherwise on the wrong one, ..."""
    compare: Compare = "near"
    """... and on which side it may lie anywhere."""
    form: str = ".3g"
    percent: bool = False
    least: float = -math.inf
    """Below this it cannot lie, ..."""
    most: float = math.inf
    """... nor above this."""
    ratio: bool = False
    """Whether it is a ratio of two positive numbers: its seeds scatter evenly in its logarithm."""

    def holds(self, here: float) -> bool:
        """Whether a value is one that is asked for; what is no number is not."""
        if self.compare == "at most":
            return here <= self.asked + self.tolerance
        if self.compare == "at least":
            return here >= self.asked - self.tolerance
        return abs(here - self.asked) <= self.tolerance

    def judge(self, ends: tuple[float, float] | None) -> Standing:
        """Return how an interval stands to what is asked for: within, wholly outside, or neither."""
        if ends is None:
            return "open"
        low, high = ends
        if self.holds(low) and self.holds(high):
            return "agrees" if self.read else "fits"
        is_above = self.compare != "at least" and low > self.asked + self.tolerance
        is_below = self.compare != "at most" and high < self.asked - self.tolerance
        return "differs" if is_above or is_below else "open"

    def say(self, value: float) -> str:
        """Return a value as people read it: `86 %`, `−0.11`."""
        return f"{written(100 * value, self.form)} %" if self.percent else written(value, self.form)

    def say_asked(self) -> str:
        """Return what is asked for here as people read it: `86.0 % ± 5`, `at most 2.00 %`."""
        scale = 100 if self.percent else 1
        if self.compare == "near":
            return f"{self.say(self.asked)} ± {written(self.tolerance * scale, '.3g')}"
        end = self.tolerance if self.compare == "at most" else -self.tolerance
        return f"{self.compare} {self.say(self.asked + end)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the paper says, and what was measured here."""

    figure: Figure
    seeds: tuple[float, ...]
    """The value of each seed."""
    resolution: float = 0.0
    """See `interval`."""
    of_paper: bool = True
    """Whether it was measured on the paper's data."""

    @property
    def here(self) -> float:
        """The mean over the seeds."""
        return middle(self.seeds, ratio=self.figure.ratio)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where a further seed lies with a probability of 95 %; `None` where the seeds are too few."""
        figure = self.figure
        return interval(
            self.seeds,
            resolution=self.resolution,
            ratio=figure.ratio,
            least=figure.least,
            most=figure.most,
        )

    @property
    def standing(self) -> Standing:
        """How it stands to the paper."""
        return self.figure.judge(self.interval) if self.of_paper else "other data"

    def say_interval(self) -> str:
        """Return the interval as people read it: `84.9 to 85.7 %`; empty where there is none."""
        ends = self.interval
        if ends is None:
            return ""
        low, high = map(self.figure.say, ends)
        return f"{low.removesuffix(' %')} to {high}"


def standing_of(rows: Sequence[Row]) -> Standing:
    """Return how an experiment stands to its papers: as the figure that stands worst."""
    for standing in ("other data", "differs", "open", "fits"):
        if any(row.standing == standing for row in rows):
            return standing
    return "agrees"


def say_standings(rows: Sequence[Row]) -> str:
    """Return how figures stand to the papers': `of 3 figures 2 agree, 1 cannot be told`."""
    counts = Counter(row.standing for row in rows)
    if counts["other data"] == len(rows):
        return f"{plural(len(rows), 'figure')} of other data, not judged"
    said = [
        f"{counts[key]} {WORDS[key] if counts[key] == 1 else SEVERAL[key]}" for key in WORDS if counts[key]
    ]
    return f"of {plural(len(rows), 'figure')} {', '.join(said)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Points of a picture, in their order; read-only arrays (points,)."""

    label: str
    x: Array
    y: Array
    style: Literal["line", "dashes"] = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A straight line across a picture, at a height or, where `upright`, at a place."""

    label: str
    at: float
    upright: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything that one plot shows."""

    x_label: str
    y_label: str
    curves: tuple[Curve, ...]
    levels: tuple[Level, ...] = ()
    log_x: bool = False
    percent_y: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Where *Look inside* goes: a tab by the name of its folder, a run and a moment."""

    tab: str
    run: str
    step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one seed of an experiment came to: a figure here for each of the paper's, in their order."""

    here: tuple[float, ...]
    resolution: tuple[float, ...] = ()
    """Of each figure, how far a further seed may at least lie from these; see `interval`. None: nothing is known."""
    picture: Picture
    verdict: str
    """One sentence on what was seen."""
    look: Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One experiment. `sizes` is a frozen dataclass: what is trained, how much and how long."""

    order: int
    title: str
    question: str
    choices: tuple[str, ...]
    """What may happen, to be predicted before it is run; ..."""
    right: int
    """... the number of the one that does."""
    why: str
    """What explains it, to be read afterwards."""
    papers: tuple[Paper, ...]
    figures: tuple[Figure, ...]
    sizes: Any
    measure: Callable[[Lab, Any], Measuring]
    seconds: float
    """Processor time that a seed takes, about."""
    seeds: int = SEEDS
    """From how many seeds its figures come; fewer where one takes minutes."""
    differs: str = ""
    """Why it does not come to all of the papers' figures, where that is so: sentences."""

    def takes(self, seeds: int, processes: int) -> float:
        """Return about how many seconds that number of seeds takes in that number of processes."""
        return self.seconds * math.ceil(seeds / min(seeds, processes))

    @property
    def cited(self) -> str:
        """Its papers as a sentence names them: `Frankle et al. 2020, Ainsworth et al. 2023`."""
        return ", ".join(paper.short for paper in self.papers)


def experiment(
    name: str,
    measure: Callable[[Lab, Any], Measuring],
    sizes: Any,
    *,
    seconds: float,
    seeds: int = SEEDS,
) -> Experiment:
    """Return the experiment with the words and papers of `resources/experiments/<name>.toml`."""
    read = read_toml(f"experiments/{name}.toml")
    read["right"] -= 1  # in a file the first choice is 1, as in a lesson
    read["papers"] = tuple(Paper(**paper) for paper in read["papers"])
    read["figures"] = tuple(Figure(**figure) for figure in read["figures"])
    return Experiment(**read, sizes=sizes, measure=measure, seconds=seconds, seeds=seeds)


# Finding them -------------------------------------------------------------------------------------------------------


def names() -> frozenset[str]:
    """Return the names of all experiments, without importing any."""
    return frozenset(
        each.name for each in pkgutil.iter_modules(engine.studies.experiments.__path__) if not each.ispkg
    )


def experiment_called(name: str) -> Experiment:
    """Return the experiment of that name; raise `UserError` naming what there is where it is none."""
    if name not in names():
        raise UserError(
            f"There is no experiment {name[:40]}; there are {', '.join(sorted(names()))}.",
            hint="Choose one of them, or all.",
        )
    found: Experiment = import_module(f"engine.studies.experiments.{name}").EXPERIMENT
    return found


def all_experiments() -> dict[str, Experiment]:
    """Return all experiments by name, in their order."""
    found = {name: experiment_called(name) for name in names()}
    return dict(sorted(found.items(), key=lambda each: each[1].order))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentsFound(Message):
    """All experiments by name, in their order, and whether this computer has the MNIST that they are carried out on."""

    experiments: Mapping[str, Experiment]
    has_mnist: bool
    processes: int = 1
    """How many seeds are trained at once."""


def find_experiments(session: Session) -> Job:
    """Import all experiments, one in each turn; answers `ExperimentsFound`."""
    for name in names():
        experiment_called(name)
        yield None
    yield ExperimentsFound(
        experiments=all_experiments(), has_mnist=mnist_there() is not None, processes=fitting_processes()
    )
