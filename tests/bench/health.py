"""Whether *Health* judges rightly: sick and healthy runs, what is said of them, and what the remedy does to them."""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.core.messages import read_only
from engine.core.specs import PRESETS, TrainSpec
from engine.data.formats.sample import open_sample
from engine.model.training.health import treatment
from engine.model.training.messages import Ailment, Diagnosis, EpochDone, MomentKept, Parent
from engine.session.jobs.train import train
from engine.session.session import Session

if TYPE_CHECKING:
    from engine.core.messages import Changes
    from engine.data.dataset import Dataset

# A remedy helps where the test accuracy is better by this much, or the test loss below this share of what it was.
MARGIN_ACCURACY, MARGIN_LOSS = 0.02, 0.9


@dataclass(frozen=True, slots=True)
class Case:
    """A run on the embedded sample, and what may be said of it at its end."""

    spec: TrainSpec
    verdicts: tuple[Ailment, ...] = ("healthy",)
    live: Mapping[int, Changes] = field(default_factory=dict)  # what a person changes after which epoch
    images: int | None = None  # the number of training images; `None` for all of the sample
    # What a person sets all hidden biases to before the first step; `None` leaves them.
    hidden_bias: float | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """How a run went."""

    accuracy: float
    loss: float  # both on the test images, after its last epoch; 0 and infinity where it had none, or ended in NaN
    told: tuple[Diagnosis, ...]

    @property
    def last(self) -> Diagnosis:
        """What was said of it last."""
        return self.told[-1]


def _plain(layers: str, **settings: Any) -> TrainSpec:
    """Return settings like those of the quick preset, with plain gradient descent and fewer epochs."""
    common = {"layers": layers, "initial": "he", "loss": "cross_entropy", "epochs": 8}
    return TrainSpec().but(**(common | settings))


SICK: dict[str, Case] = {
    "SGD, rate 10": Case(TrainSpec(layers="64", learning_rate=10, epochs=6), ("at chance",)),
    "SGD, rate 100": Case(TrainSpec(layers="64", learning_rate=100, epochs=6), ("at chance",)),
    "no hidden layer, rate 30": Case(TrainSpec(layers="", learning_rate=30, epochs=8), ("diverging",)),
    "Momentum, rate 3": Case(_plain("64", optimizer="momentum", learning_rate=3), ("at chance",)),
    "Adam, rate 0.3": Case(_plain("64", optimizer="adam", learning_rate=0.3), ("dead neurons", "at chance", "plateau")),
    "Adam, rate 1, tanh": Case(
        _plain("64", activation="tanh", initial="glorot", optimizer="adam", learning_rate=1),
        ("diverging", "dead neurons"),
    ),
    "RMSprop, rate 0.3": Case(
        _plain("64", optimizer="rmsprop", learning_rate=0.3), ("dead neurons", "at chance", "diverging")
    ),
    "Adagrad, rate 10": Case(_plain("64", optimizer="adagrad", learning_rate=10), ("at chance",)),
    "four layers, rate 100: NaN": Case(_plain("64, 64, 64, 64", learning_rate=100, epochs=5), ("not finite",)),
    "NaN after good epochs": Case(
        _plain("64, 64, 64, 64", optimizer="momentum", learning_rate=0.01, epochs=6),
        ("not finite",),
        {3: {"learning_rate": 100}},
    ),
    "SGD, rate 0.00001": Case(TrainSpec(layers="64", learning_rate=1e-5, epochs=8), ("at chance",)),
    "Adam, rate 0.000001": Case(_plain("64", optimizer="adam", learning_rate=1e-6), ("at chance",)),
    "rate lowered too early": Case(_plain("64", epochs=14), ("plateau",), {3: {"learning_rate": 1e-6}}),
    "four sigmoid layers": Case(_plain("64, 64, 64, 64", activation="sigmoid", initial="glorot"), ("at chance",)),
    "five layers, N(0, 0.03)": Case(TrainSpec(layers="64, 64, 64, 64, 64", epochs=8), ("at chance",)),
    "collapsed after good epochs": Case(_plain("64"), ("collapsed",), {4: {"learning_rate": 50}}),
    "Adam collapsed after good epochs": Case(
        _plain("128, 64", optimizer="adam", learning_rate=0.001), ("collapsed",), {4: {"learning_rate": 0.5}}
    ),
    "L2 raised late: diverging": Case(_plain("64", epochs=10), ("diverging",), {5: {"l2": 0.1}}),
    "dead by bias": Case(_plain("64"), ("at chance",), hidden_bias=-100.0),
    "convolution, Adam, rate 0.1": Case(
        _plain("conv 8, conv 16, 32", optimizer="adam", learning_rate=0.1, epochs=4), ("at chance",)
    ),
    "L2 0.1": Case(_plain("64", l2=0.1), ("plateau",)),
    "weight decay 0.2": Case(_plain("64", decay=0.2), ("plateau",)),
    "dropout 90 %, 16 neurons": Case(_plain("16", dropout=0.9, epochs=10), ("plateau",)),
    "200 images, 300 neurons": Case(
        _plain("300", optimizer="adam", learning_rate=0.002, batch=50, epochs=40), ("overfitting",), images=200
    ),
    "1,000 images, 300 neurons": Case(
        _plain("300", optimizer="adam", learning_rate=0.003, batch=50, epochs=25), ("overfitting",), images=1000
    ),
}

HEALTHY: dict[str, Case] = {
    "preset Blog post": Case(PRESETS["blog"].spec),
    "preset Small and quick": Case(PRESETS["quick"].spec),
    "preset Convolutional": Case(PRESETS["conv"].spec),
    "Momentum, tanh": Case(
        _plain("64", activation="tanh", initial="glorot", optimizer="momentum", learning_rate=0.01, epochs=12)
    ),
    "RMSprop, GELU": Case(_plain("64", activation="gelu", optimizer="rmsprop", learning_rate=0.001, epochs=10)),
    "Adagrad, two layers": Case(_plain("128, 64", optimizer="adagrad", learning_rate=0.03, epochs=10)),
    "eight neurons": Case(_plain("8", optimizer="adam", learning_rate=0.003, epochs=12)),
    "no hidden layer": Case(_plain("", epochs=12)),
    "dropout 30 %, leaky ReLU": Case(
        _plain("64", activation="leaky_relu", dropout=0.3, optimizer="adam", learning_rate=0.002, epochs=10)
    ),
    "batch 500": Case(_plain("64", optimizer="adam", learning_rate=0.005, batch=500, epochs=15)),
    "batch 10": Case(_plain("64", learning_rate=0.03, batch=10)),
    "sigmoid, squared error": Case(
        _plain("64", activation="sigmoid", initial="glorot", loss="squared", learning_rate=0.5, epochs=12)
    ),
    "cosine, warm-up": Case(_plain("64", schedule="cosine", warmup=1.0, epochs=20)),
    "augmentation": Case(_plain("64", optimizer="adam", learning_rate=0.002, shift=1, epochs=8)),
}


def bench_health(wanted: argparse.Namespace) -> int:
    """Print the table; returns the exit status: 1 where a verdict is wrong or a remedy does not help."""
    begin, is_fine = time.perf_counter(), True
    if not wanted.json:
        print(f"{'run':34}{'verdict':14}{'before':>16}{'after':>17}   what the remedy says")
    for group, name, row in rows(open_sample()):
        is_fine &= row["fits"] and row.get("helps", True)
        print(json.dumps({"group": group, "run": name, **row}) if wanted.json else _line(name, row), flush=True)
    if not wanted.json:
        print(f"{time.perf_counter() - begin:.0f} s; test accuracy and test loss at the end of a run")
    return 0 if is_fine else 1


def rows(sample: Dataset) -> Any:
    """Train all runs; yield group, name and figures of each."""
    for name, case in SICK.items():
        yield "sick", name, examine_sick(case, sample)
    for name, case in HEALTHY.items():
        yield "healthy", name, examine_healthy(case, sample)


def examine_healthy(case: Case, sample: Dataset) -> dict[str, Any]:
    """Train a healthy run; it must never be called anything else."""
    session, parent = begin(case, sample)
    course = watch(session, case.spec, case.live, parent=parent)
    sick = [each.ailment for each in course.told if each.ailment != "healthy"]
    verdict = sick[0] if sick else "healthy"
    return {"verdict": verdict, "fits": not sick, "before": (course.accuracy, course.loss), "remedy": ""}


def examine_sick(case: Case, sample: Dataset) -> dict[str, Any]:
    """Train a sick run to its end, then do exactly what a click on the remedy does, and compare the ends."""
    session, parent = begin(case, sample)
    before = watch(session, case.spec, case.live, parent=parent)
    found = before.last
    if found.restart or found.resume is not None:
        changed = {name: value for each in case.live.values() for name, value in each.items()}
        spec, parent = treatment(found, case.spec.but(**changed))
        after = watch(session, spec, parent=parent)
    else:  # while the run goes on
        session, parent = begin(case, sample)
        after = watch(session, case.spec, case.live, parent=parent, cured_of=found.ailment)
    return {
        "verdict": found.ailment,
        "fits": found.ailment in case.verdicts,
        "before": (before.accuracy, before.loss),
        "after": (after.accuracy, after.loss),
        "helps": after.accuracy >= before.accuracy + MARGIN_ACCURACY or after.loss < MARGIN_LOSS * before.loss,
        "then": after.last.ailment if after.told else "",
        "sentence": found.sentence,
        "remedy": found.remedy,
    }


def watch(
    session: Session,
    spec: TrainSpec,
    live: Mapping[int, Changes] | None = None,
    *,
    parent: Parent | None = None,
    cured_of: Ailment | None = None,
) -> Course:
    """Train a run to its end as the window does, with live changes after epochs.

    With `cured_of` the remedy is applied to the running run as soon as that is said for the first time.
    """
    told, accuracy, loss = list[Diagnosis](), 0.0, math.inf
    job = train(session, spec, parent)
    answer: Changes | None = None
    while True:
        try:
            message = job.send(answer)
        except StopIteration:
            return Course(accuracy, loss, tuple(told))
        answer = None
        if isinstance(message, EpochDone):
            accuracy, loss = message.test_accuracy, message.test_loss
            answer = (live or {}).get(message.epoch)
        elif isinstance(message, Diagnosis):
            told.append(message)
            if message.ailment == "not finite":
                accuracy, loss = 0.0, math.inf
            if message.ailment == cured_of:
                answer, cured_of = {name: float(value) for name, value in message.changes.items()}, None


def begin(case: Case, sample: Dataset) -> tuple[Session, Parent | None]:
    """Return a session with the case's images, and the moment that its run goes on from, if it does."""
    if case.images is not None:
        images, labels = sample.train_images[: case.images], sample.train_labels[: case.images]
        sample = dataclasses.replace(sample, train_images=images, train_labels=labels)
    session = Session(sample)
    if case.hidden_bias is None:
        return session, None
    job = train(session, case.spec)
    next(message for message in job if isinstance(message, MomentKept))
    job.close()
    run = session.runs["A"]
    first = run.moments[0]
    *hidden, last_kernel, last_bias = first.weights
    biases = [np.full_like(bias, case.hidden_bias) for bias in hidden[1::2]]
    pairs = zip(hidden[::2], map(read_only, biases), strict=True)
    weights = (*itertools.chain.from_iterable(pairs), last_kernel, last_bias)
    run.moments[0] = dataclasses.replace(first, weights=weights)
    return session, Parent(run.name, 0)


def _line(name: str, row: dict[str, Any]) -> str:
    before = f"{row['before'][0]:8.1%}{row['before'][1]:8.3f}"
    after = f"{row['after'][0]:9.1%}{row['after'][1]:8.3f}" if "after" in row else 17 * " "
    marks = ("" if row["fits"] else " (WRONG)") + ("" if row.get("helps", True) else " (NO HELP)")
    return f"{name:34}{row['verdict']:14}{before}{after}   {row['remedy']}{marks}"
