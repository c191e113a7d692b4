"""An experiment: its question, a paper's finding, its measurement here; and the discovery of all experiments.

Each module in `engine.studies.experiments` is the experiment of its name and has an `EXPERIMENT`: there is no list. Its
words and those of its papers are in `resources/experiments/`.
"""

from __future__ import annotations

import math
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import engine.studies.experiments
from engine.core.errors import UserError
from engine.core.machine.resources import read_toml
from engine.core.messages import Job, Message
from engine.data.sources import mnist_there
from engine.studies.experiments.parts.results import Figure, Measuring, Paper
from engine.studies.sweep.processes import fitting_processes

if TYPE_CHECKING:
    from engine.session.session import Session
    from engine.studies.experiments.parts.lab import Lab

SEEDS = 5  # of an experiment, unless a seed takes minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One experiment. `sizes` is a frozen dataclass: what is trained, how much and how long."""

    order: int
    title: str
    question: str
    choices: tuple[str, ...]  # the possible outcomes, to predict one before it is run; ...
    right: int  # ... the number of the true one
    why: str  # the explanation, to be read afterwards
    papers: tuple[Paper, ...]
    figures: tuple[Figure, ...]
    sizes: Any
    measure: Callable[[Lab, Any], Measuring]
    seconds: float  # approximate processor time of a seed
    seeds: int = SEEDS  # the number of seeds; fewer if one takes minutes
    differs: str = ""  # sentences on why it does not reach all of the papers' figures, if so

    def takes(self, seeds: int, processes: int) -> float:
        """Return the approximate seconds of that number of seeds in that number of processes."""
        return self.seconds * math.ceil(seeds / min(seeds, processes))

    @property
    def cited(self) -> str:
        """The names of its papers in a sentence: `Frankle et al. 2020, Ainsworth et al. 2023`."""
        return ", ".join(paper.short for paper in self.papers)


def experiment(
    name: str, measure: Callable[[Lab, Any], Measuring], sizes: Any, *, seconds: float, seeds: int = SEEDS
) -> Experiment:
    """Return the experiment with the words and papers of `resources/experiments/<name>.toml`."""
    read = read_toml(f"experiments/{name}.toml")
    read["right"] -= 1  # in a file the first choice is 1, as in a lesson
    read["papers"] = tuple(Paper(**paper) for paper in read["papers"])
    read["figures"] = tuple(Figure(**figure) for figure in read["figures"])
    return Experiment(**read, sizes=sizes, measure=measure, seconds=seconds, seeds=seeds)


def names() -> frozenset[str]:
    """Return the names of all experiments, without importing any."""
    modules = pkgutil.iter_modules(engine.studies.experiments.__path__)
    return frozenset(module.name for module in modules if not module.ispkg)


def experiment_called(name: str) -> Experiment:
    """Return the experiment of that name; raise `UserError`, with the names of all, if there is none."""
    if name not in names():
        sentence = f"There is no experiment {name[:40]}; there are {', '.join(sorted(names()))}."
        raise UserError(sentence, hint="Choose one of them, or all.")
    module: Any = import_module(f"engine.studies.experiments.{name}")
    return cast(Experiment, module.EXPERIMENT)


def all_experiments() -> dict[str, Experiment]:
    """Return all experiments by name, in their order."""
    experiments = {name: experiment_called(name) for name in names()}
    return dict(sorted(experiments.items(), key=lambda item: item[1].order))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentsFound(Message):
    """All experiments by name, in their order, and whether this computer has MNIST, their data."""

    experiments: Mapping[str, Experiment]
    has_mnist: bool
    processes: int = 1  # the number of seeds that run at once


def find_experiments(session: Session) -> Job:
    """Import all experiments, one in each turn: together they take 60 ms. Answers with `ExperimentsFound`."""
    for name in names():
        experiment_called(name)
        yield None
    yield ExperimentsFound(
        experiments=all_experiments(), has_mnist=mnist_there() is not None, processes=fitting_processes()
    )
