"""What an experiment finds: the papers' figures, the values here beside them, the picture and the verdict."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.core.array import Array
from engine.core.messages import Changes, Message
from engine.core.numbers import plural, written
from engine.studies.experiments.parts.interval import interval, middle

# An experiment on its way: a job that comes to what was measured.
type Measuring = Generator[Message | None, Changes | None, Measured]

type Compare = Literal["near", "at most", "at least"]

# How a figure compares with the paper's: agrees; fits the claim of a source that could not be read; does not agree;
# cannot be decided with these seeds; comes from other data than the paper's, and is not judged.
type Standing = Literal["agrees", "fits", "differs", "open", "other data"]

# The words for a standing.
WORDS: dict[Standing, str] = {
    "agrees": "agrees",
    "fits": "fits the claim",
    "differs": "does not agree",
    "open": "cannot be told",
    "other data": "other data",
}

# The words for several figures of a standing.
SEVERAL: dict[Standing, str] = {**WORDS, "agrees": "agree", "fits": "fit the claim", "differs": "do not agree"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """The source of an experiment, and how far the paper itself could be read to check its figures."""

    authors: str
    year: int
    title: str
    checked: str  # a sentence on what of it was read

    @property
    def short(self) -> str:
        """Its name in a sentence: `Zhou et al. 2019`."""
        return f"{self.authors} {self.year}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What a paper says of one quantity, and the goal here."""

    what: str
    says: str  # what the paper says, and nothing else: its number, or its words if it has none
    where: str  # the place in the paper
    read: bool  # Whether it was read there. Otherwise a figure here can fit the claim, but not agree with it.
    asked: float  # the goal here, ...
    # ... how far a figure may be from it, on both sides for `near`, otherwise on the wrong one, ...
    tolerance: float = 0.0
    compare: Compare = "near"  # ... and on which side it may be anywhere
    form: str = ".3g"
    percent: bool = False
    least: float = -math.inf  # the smallest possible value, ...
    most: float = math.inf  # ... and the largest
    ratio: bool = False  # whether it is a ratio of two positive numbers, whose seeds scatter evenly in the logarithm

    def holds(self, here: float) -> bool:
        """Whether a value meets the goal; NaN does not."""
        if self.compare == "at most":
            return here <= self.asked + self.tolerance
        if self.compare == "at least":
            return here >= self.asked - self.tolerance
        return abs(here - self.asked) <= self.tolerance

    def judge(self, ends: tuple[float, float] | None) -> Standing:
        """Return how an interval compares with the goal: within, wholly outside, or neither."""
        if ends is None:
            return "open"
        low, high = ends
        if self.holds(low) and self.holds(high):
            return "agrees" if self.read else "fits"
        is_above = self.compare != "at least" and low > self.asked + self.tolerance
        is_below = self.compare != "at most" and high < self.asked - self.tolerance
        return "differs" if is_above or is_below else "open"

    def say(self, value: float) -> str:
        """Return a value in words: `86 %`, `−0.11`."""
        return f"{written(100 * value, self.form)} %" if self.percent else written(value, self.form)

    def say_asked(self) -> str:
        """Return the goal in words: `86.0 % ± 5`, `at most 2.00 %`."""
        scale = 100 if self.percent else 1
        if self.compare == "near":
            return f"{self.say(self.asked)} ± {written(self.tolerance * scale, '.3g')}"
        end = self.tolerance if self.compare == "at most" else -self.tolerance
        return f"{self.compare} {self.say(self.asked + end)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A figure of the paper, and its values here."""

    figure: Figure
    seeds: tuple[float, ...]  # the value of each seed
    resolution: float = 0.0  # see `interval`
    of_paper: bool = True  # whether it was measured on the paper's data

    @property
    def here(self) -> float:
        """The mean over the seeds."""
        return middle(self.seeds, ratio=self.figure.ratio)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The range of a further seed with a probability of 95 %; `None` for too few seeds."""
        figure = self.figure
        return interval(
            self.seeds, resolution=self.resolution, ratio=figure.ratio, least=figure.least, most=figure.most
        )

    @property
    def standing(self) -> Standing:
        """How it compares with the paper."""
        return self.figure.judge(self.interval) if self.of_paper else "other data"

    def say_interval(self) -> str:
        """Return the interval in words: `84.9 to 85.7 %`; empty if there is none."""
        ends = self.interval
        if ends is None:
            return ""
        low, high = map(self.figure.say, ends)
        return f"{low.removesuffix(' %')} to {high}"


def standing_of(rows: Sequence[Row]) -> Standing:
    """Return how an experiment compares with its papers: as its worst figure."""
    for standing in ("other data", "differs", "open", "fits"):
        if any(row.standing == standing for row in rows):
            return standing
    return "agrees"


def say_standings(rows: Sequence[Row]) -> str:
    """Return how figures compare with the papers': `of 3 figures 2 agree, 1 cannot be told`."""
    counts = Counter(row.standing for row in rows)
    if counts["other data"] == len(rows):
        return f"{plural(len(rows), 'figure')} of other data, not judged"
    words = [f"{counts[key]} {WORDS[key] if counts[key] == 1 else SEVERAL[key]}" for key in WORDS if counts[key]]
    return f"of {plural(len(rows), 'figure')} {', '.join(words)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Points of a picture, in their order; read-only arrays (points,)."""

    label: str
    x: Array
    y: Array
    style: Literal["line", "dashes"] = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A straight line across a picture, at a height or, if `upright`, at a place on the x axis."""

    label: str
    at: float
    upright: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The content of one plot."""

    x_label: str
    y_label: str
    curves: tuple[Curve, ...]
    levels: tuple[Level, ...] = ()
    log_x: bool = False
    percent_y: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The target of *Look inside*: a tab by the name of its folder, a run and a moment."""

    tab: str
    run: str
    step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The result of one seed: a value for each of the paper's figures, in their order."""

    here: tuple[float, ...]
    # The minimum half width of each figure's interval; see `interval`. Empty if nothing is known.
    resolution: tuple[float, ...] = ()
    picture: Picture
    verdict: str  # one sentence on the observation
    look: Look
