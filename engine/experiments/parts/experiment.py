"""An experiment: its question, what a paper found, how it is tried here; and finding all that there are.

Each module in `engine.experiments` is the experiment of its name and has an `EXPERIMENT`: no list is kept.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

import engine.experiments
from engine.base.errors import UserError
from engine.base.messages import Changes, Job, Message
from engine.base.numbers import written
from engine.data.sources import mnist_there

if TYPE_CHECKING:
    import numpy as np

    from engine.experiments.parts.lab import Lab
    from engine.session.session import Session

    type Array = np.ndarray[Any, Any]

type Measuring = Generator[Message | None, Changes | None, Measured]
"""An experiment on its way: a job that comes to what was measured."""

type Compare = Literal["near", "at most", "at least"]


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
    """One number of a paper, and how near to it a reproduction comes."""

    what: str
    paper: float
    where: str
    """Where in the paper it stands, or that the paper says it in words only."""
    tolerance: float = 0.0
    """How far the figure here may be away, on both sides for `near`, otherwise on the wrong one."""
    compare: Compare = "near"
    form: str = ".3g"
    percent: bool = False
    asked: bool = False
    """Whether the paper says it in words or draws it, and the number is what is asked for here."""

    def holds(self, here: float) -> bool:
        """Whether a figure measured here agrees with the paper's; one that is no number does not."""
        if self.compare == "at most":
            return here <= self.paper + self.tolerance
        if self.compare == "at least":
            return here >= self.paper - self.tolerance
        return abs(here - self.paper) <= self.tolerance

    def say(self, value: float) -> str:
        """Return a value as people read it: `86 %`, `−0.11`."""
        return f"{written(100 * value, self.form)} %" if self.percent else written(value, self.form)

    def say_paper(self) -> str:
        """Return the paper's figure as people read it, with its tolerance: `86 % ± 5`, `at most 2 %`.

        What is only asked for stands in parentheses.
        """
        tolerance = written(self.tolerance * (100 if self.percent else 1), ".3g")
        near = f"{self.say(self.paper)} ± {tolerance}"
        text = near if self.compare == "near" else f"{self.compare} {self.say(self.paper)}"
        return f"({text})" if self.asked else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the paper says, and what was measured here."""

    figure: Figure
    here: float

    @property
    def within(self) -> bool:
        """Whether both agree within the tolerance."""
        return self.figure.holds(self.here)


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
    """What an experiment came to: a figure here for each of the paper's, in their order."""

    here: tuple[float, ...]
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
    """Processor time that it takes, about: on two cores with nothing beside it no more than that passes."""
    differs: str = ""
    """Why it does not come to all of the papers' figures, where that is so: sentences."""

    @property
    def cited(self) -> str:
        """Its papers as a sentence names them: `Frankle et al. 2020, Ainsworth et al. 2023`."""
        return ", ".join(paper.short for paper in self.papers)


# Finding them -------------------------------------------------------------------------------------------------------


def names() -> frozenset[str]:
    """Return the names of all experiments, without importing any."""
    return frozenset(
        each.name for each in pkgutil.iter_modules(engine.experiments.__path__) if not each.ispkg
    )


def experiment_called(name: str) -> Experiment:
    """Return the experiment of that name; raise `UserError` naming what there is where it is none."""
    if name not in names():
        raise UserError(
            f"There is no experiment {name[:40]}; there are {', '.join(sorted(names()))}.",
            hint="Choose one of them, or all.",
        )
    found: Experiment = import_module(f"engine.experiments.{name}").EXPERIMENT
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


def find_experiments(session: Session) -> Job:
    """Import all experiments, one in each turn; answers `ExperimentsFound`."""
    for name in names():
        experiment_called(name)
        yield None
    yield ExperimentsFound(experiments=all_experiments(), has_mnist=mnist_there() is not None)
