"""An experiment: its question, a paper's findings, the values here beside them; and the discovery of all of them.

Each module in `engine.studies.experiments` is the experiment of its name and has an `EXPERIMENT`: there is no list. Its
words and those of its papers are in `resources/experiments/`.
"""

import math
import pkgutil
import statistics
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, cast

from engine.core.charts import Picture
from engine.core.errors import UserError
from engine.core.frozen import Frozen
from engine.core.language import mark, tr, tr_kept, tr_plural
from engine.core.machine.folders import read_toml
from engine.core.messages import Changes, Job, Message
from engine.core.text import written
from engine.data.sources import mnist_there
from engine.studies.sweep.processes import fitting_processes

if TYPE_CHECKING:
    from engine.session.session import Session

# 97.5 % quantiles of Student's t distribution with 1 to 19 degrees of freedom.
QUANTILES = (
    12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
    2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930,
)  # fmt: skip

MOST_SEEDS = len(QUANTILES) + 1

# If none of n images differs, the share that does is below 3/n with a probability of 95 %.
RULE_OF_THREE = 3


def of_images(count: int) -> float:
    """Return the resolution of a share of `count` images."""
    return RULE_OF_THREE / max(1, count)


def middle(values: Sequence[float], *, ratio: bool = False) -> float:
    """Return the mean of the seeds' figures; the geometric one for a `ratio`, if all are above 0."""
    if len(values) == 0:
        return math.nan
    is_ratio = ratio and min(values) > 0
    mean = statistics.geometric_mean(values) if is_ratio else statistics.fmean(values)
    return max(min(values), min(max(values), mean))  # rounding must not lead beyond them


def interval(
    values: Sequence[float],
    *,
    resolution: float = 0.0,
    ratio: bool = False,
    least: float = -math.inf,
    most: float = math.inf,
) -> tuple[float, float] | None:
    """Return the ends of the 95 % prediction interval of one further seed's figure; `None` for fewer than two seeds.

    It is mean ± t · s · √(1 + 1/n), for normally distributed figures; for a `ratio` it is computed from the logarithms.
    Each side is at least `resolution` wide: seeds that happen to agree do not prove that all do. It ends at `least` and
    `most`. `None` also if a value is not finite.
    """
    # Of a further seed, not of the mean: a person who runs an experiment once compares one seed. It is wider than the
    # interval of the mean, so some verdicts are open that would be decided there.
    count = len(values)
    if not 2 <= count <= MOST_SEEDS or not all(map(math.isfinite, values)):
        return None
    in_logs = ratio and min(values) > 0
    scale = [math.log(value) for value in values] if in_logs else list(values)
    centre = middle(scale)
    half = QUANTILES[count - 2] * statistics.stdev(scale, centre) * math.sqrt(1 + 1 / count)
    low, high = centre - half, centre + half
    if in_logs:
        low, high = math.exp(low), math.exp(min(high, 700))
    between = middle(values, ratio=ratio)
    return max(least, min(low, between - resolution)), min(most, max(high, between + resolution))


# An experiment on its way: a job that comes to what was measured.
type Measuring = Generator[Message | None, Changes | None, Measured]

type Compare = Literal["near", "at most", "at least"]

# How a figure compares with the paper's: agrees; fits the claim of a source that could not be read; does not agree;
# cannot be decided with these seeds; comes from other data than the paper's, and is not judged.
type Standing = Literal["agrees", "fits", "differs", "open", "other data"]

# The words for a standing.
WORDS: dict[Standing, str] = {
    "agrees": mark("agrees"),
    "fits": mark("fits the claim"),
    "differs": mark("does not agree"),
    "open": mark("undecided"),
    "other data": mark("other data"),  # no text
}

OF_SAMPLE = mark("The figures here are of the embedded MNIST sample, the paper's are of MNIST: they are not judged.")
OF_OTHERS = mark("The figures here are of {data}, the paper's are of MNIST: they are not judged.")


class Paper(Frozen):
    """The source of an experiment, and how far the paper itself could be read to check its figures."""

    authors: str
    year: int
    title: str
    checked: str  # a sentence on what of it was read

    @property
    def short(self) -> str:
        """Its name in a sentence: `Zhou et al. 2019`."""
        return f"{self.authors} {self.year}"


class Figure(Frozen):
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
        said = mark("at most {value}") if self.compare == "at most" else mark("at least {value}")
        return tr(said, value=self.say(self.asked + end))


class Row(Frozen):
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
        return self.figure.judge(self.interval) if self.of_paper else "other data"  # no text

    def say_interval(self) -> str:
        """Return the interval in words: `84.9 to 85.7 %`; empty if there is none."""
        ends, figure = self.interval, self.figure
        if ends is None:
            return ""
        low = written(ends[0] * (100 if figure.percent else 1), figure.form)
        return tr("{low} to {high}", low=low, high=figure.say(ends[1]))


def standing_of(rows: Sequence[Row]) -> Standing:
    """Return how an experiment compares with its papers: as its worst figure."""
    for standing in ("other data", "differs", "open", "fits"):  # no text
        if any(row.standing == standing for row in rows):
            return standing
    return "agrees"


def say_standings(rows: Sequence[Row]) -> str:
    """Return how figures compare with the papers': `2 of 3 figures agree, 1 undecided`."""
    counts = Counter(row.standing for row in rows)
    if counts["other data"] == len(rows):
        return tr_plural(
            "{count:,} figure of other data, not judged", "{count:,} figures of other data, not judged", len(rows)
        )
    first, *others = [standing for standing in WORDS if counts[standing]]
    of_all = tr_plural("of {count:,} figure", "of {count:,} figures", len(rows))
    return ", ".join([_counted(first, counts[first], of_all), *(_counted(other, counts[other]) for other in others)])


def _counted(standing: Standing, count: int, of_all: str = "") -> str:
    """Return the number of figures of a standing, perhaps `of 3 figures`, in words."""
    if not of_all:
        return {
            "agrees": tr_plural("{count} agrees", "{count} agree", count),
            "fits": tr_plural("{count} fits the claim", "{count} fit the claim", count),
            "differs": tr_plural("{count} does not agree", "{count} do not agree", count),
            "open": tr_plural("{count} undecided", "{count} undecided", count),
        }.get(standing, tr_plural("{count} other data", "{count} other data", count))
    # Translators: of_all is such as “of 3 figures”.
    return {
        "agrees": tr_plural("{count} {of_all} agrees", "{count} {of_all} agree", count, of_all=of_all),
        "fits": tr_plural("{count} {of_all} fits the claim", "{count} {of_all} fit the claim", count, of_all=of_all),
        "differs": tr_plural("{count} {of_all} does not agree", "{count} {of_all} do not agree", count, of_all=of_all),
        "open": tr_plural("{count} {of_all} undecided", "{count} {of_all} undecided", count, of_all=of_all),
    }.get(standing, tr_plural("{count} {of_all} other data", "{count} {of_all} other data", count, of_all=of_all))


class Look(Frozen):
    """The target of *Look inside*: a tab by the name of its folder, a run and a moment."""

    tab: str
    run: str
    step: int | None = None


class Measured(Frozen):
    """The result of one seed: a value for each of the paper's figures, in their order."""

    here: tuple[float, ...]
    # The minimum half width of each figure's interval; see `interval`. Empty if nothing is known.
    resolution: tuple[float, ...] = ()
    verdict: str  # one sentence on the observation, untranslated
    look: Look


SEEDS = 5  # of an experiment, unless a seed takes minutes


class Experiment(Frozen):
    """One experiment. `sizes` are what is trained, how much and how long."""

    order: int
    title: str
    question: str
    choices: tuple[str, ...]  # the possible outcomes, to predict one before it is run; ...
    right: int  # ... the number of the true one
    why: str  # the explanation, to be read afterwards
    papers: tuple[Paper, ...]
    figures: tuple[Figure, ...]
    picture: Picture  # without curves
    sizes: Frozen
    measure: Callable[[Any, Any], Measuring]  # of a `Lab` and the sizes
    seconds: float  # approximate processor time of a seed
    seeds: int = SEEDS  # the number of seeds; fewer if one takes minutes
    differs: str = ""  # sentences on why it does not reach all of the papers' figures, if so
    says: tuple[str, ...] = ()  # the texts with figures that its results have: its verdict, labels and progress

    def say(self, text: str) -> str:
        """Return a text of its results, which are in the code's language, in that of this process."""
        return tr_kept(text, (*self.says, OF_OTHERS))

    def say_picture(self, picture: Picture) -> Picture:
        """Return a picture of it with its names in the language."""
        curves = tuple(replace(curve, label=self.say(curve.label)) for curve in picture.curves)
        levels = tuple(replace(level, label=self.say(level.label)) for level in picture.levels)
        x_label, y_label = tr(picture.x_label), tr(picture.y_label)
        return replace(picture, x_label=x_label, y_label=y_label, curves=curves, levels=levels)

    def takes(self, seeds: int, processes: int) -> float:
        """Return the approximate seconds of that number of seeds in that number of processes."""
        return self.seconds * math.ceil(seeds / min(seeds, processes))

    @property
    def cited(self) -> str:
        """The names of its papers in a sentence: `Frankle et al. 2020, Ainsworth et al. 2023`."""
        return ", ".join(paper.short for paper in self.papers)


def experiment(
    name: str,
    measure: Callable[[Any, Any], Measuring],
    sizes: Frozen,
    *,
    says: tuple[str, ...],
    seconds: float,
    seeds: int = SEEDS,
) -> Experiment:
    """Return the experiment with the words and papers of `resources/experiments/<name>.toml`."""
    read = read_toml(f"experiments/{name}.toml")
    read["right"] -= 1  # in a file the first choice is 1, as in a lesson
    read["papers"] = tuple(Paper(**paper) for paper in read["papers"])
    read["figures"] = tuple(Figure(**figure) for figure in read["figures"])
    read["picture"] = Picture(**read["picture"])
    return Experiment(**read, sizes=sizes, measure=measure, says=says, seconds=seconds, seeds=seeds)


def names() -> frozenset[str]:
    """Return the names of all experiments, without importing any."""
    modules = pkgutil.iter_modules(import_module("engine.studies.experiments").__path__)
    return frozenset(module.name for module in modules if not module.ispkg)


def experiment_called(name: str) -> Experiment:
    """Return the experiment of that name; raise `UserError`, with the names of all, if there is none."""
    if name not in names():
        sentence = tr(
            "There is no experiment {name}; there are {names}.", name=name[:40], names=", ".join(sorted(names()))
        )
        raise UserError(sentence, hint=tr("Choose one of them, or all."))
    module: Any = import_module(f"engine.studies.experiments.{name}")
    return cast(Experiment, module.EXPERIMENT)


def all_experiments() -> dict[str, Experiment]:
    """Return all experiments by name, in their order."""
    experiments = {name: experiment_called(name) for name in names()}
    return dict(sorted(experiments.items(), key=lambda item: item[1].order))


class ExperimentsFound(Message):
    """All experiments by name, in their order, and whether this computer has MNIST, their data."""

    experiments: Mapping[str, Experiment]
    has_mnist: bool
    processes: int = 1  # the number of seeds that run at once


def find_experiments(session: "Session") -> Job:
    """Import all experiments, one in each turn: together they take 60 ms. Answers with `ExperimentsFound`."""
    for name in names():
        experiment_called(name)
        yield None
    yield ExperimentsFound(
        experiments=all_experiments(), has_mnist=mnist_there() is not None, processes=fitting_processes()
    )
