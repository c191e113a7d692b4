"""The job of the warm-up: it learns the inverse of a matrix and tells how it goes."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from engine.analysis.warmup.matrix import Outlook, checked_matrix, drawn_matrix
from engine.analysis.warmup.rules import LOSSES, RULES
from engine.analysis.warmup.spec import WarmupSpec
from engine.core.array import Array
from engine.core.knobs import knobs
from engine.core.lazy import tf
from engine.core.machine.device import device
from engine.core.messages import Answer, Changes, Job, Message
from engine.core.pace import Pace
from engine.core.scalars import scalar

if TYPE_CHECKING:
    from engine.session.session import Session

TURN_SECONDS = 0.015
"""How long a chunk of steps should take."""

MOST_TOLD = 128
"""Maximum number of losses that a chunk tells, evenly spread: a curve shows no more of them."""

GROWTH = 2
"""A chunk has at most one so-many-th of the steps before it: the distance is told once a chunk, and seen over their
logarithm."""

FADING = 0.8
"""The speed is a mean in which a chunk counts that much less with each later one: single ones vary."""

MAX_STEPS = 32_768
"""The most steps that one call can take: the length of the array of losses that it fills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmupStarted(Answer):
    """What will be learned, and what is to be expected. Matrices are (size, size), float64."""

    spec: WarmupSpec
    matrix: Array
    inverse: Array | None
    """The true inverse; `None` where there is none."""
    condition_number: float
    sentence: str
    """What to expect of a matrix that is badly conditioned or singular; empty for others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmupSteps(Answer):
    """After `step` steps. The losses are those after the steps of these `numbers` (from 1); the last one is `loss`."""

    latest_only: ClassVar[bool] = False  # each has losses of its own
    spec: WarmupSpec
    """The settings of these steps; the live ones as they were just now."""
    step: int
    numbers: Array
    losses: Array
    x: Array
    product: Array
    """x A, which should become the identity."""
    residue: Array
    """x A − I before the last step: its gradient follows from it."""
    gradient: Array
    """Of the loss by x, in the last step."""
    change: Array
    """What the last step added to x."""
    memories: tuple[Array, Array]
    """The optimiser's, after the last step: of Adagrad the sum of squares, of Adam both means; the others are idle."""
    taken: int
    """Number of steps this optimiser has taken."""
    loss: float
    """Where it is now."""
    distance: float
    """The largest difference between an entry of x and of the true inverse; not a number where there is none."""
    steps_per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmupFinished(Message):
    """It is over: all steps are taken, or x is no matrix of numbers any more."""

    step: int
    finite: bool


def learn_inverse(session: Session | None, spec: WarmupSpec, matrix: Array | None = None) -> Job:
    """Learn the inverse of a matrix, drawn as the spec says or given by a person (size, size).

    Yields `WarmupStarted`, a `WarmupSteps` per chunk, `WarmupFinished`. Takes in changes of the live knobs (a new
    optimiser remembers nothing of the one before), and of `steps_per_turn` (0: as many as fill 15 ms). Raises
    `UserError` for a matrix of another size. Needs no session, and TensorFlow only from the second turn on.
    """
    return _Warmup(spec, matrix).run()


class _Warmup:
    """One descent on its way."""

    def __init__(self, spec: WarmupSpec, matrix: Array | None) -> None:
        self._spec = spec
        self._matrix = (
            drawn_matrix(spec.size, spec.seed) if matrix is None else checked_matrix(matrix, spec.size)
        )
        self._outlook = Outlook.of(self._matrix)
        self._place: Place
        self._step, self._steps_per_turn = 0, 0
        self._pace = Pace(TURN_SECONDS, most=MAX_STEPS, growth=4)
        self._lately = (0.0, 0.0)

    def run(self) -> Job:
        outlook = self._outlook
        changes = yield WarmupStarted(
            spec=self._spec,
            matrix=self._matrix,
            inverse=outlook.inverse,
            condition_number=outlook.condition_number,
            sentence=outlook.sentence,
        )
        # Only now: showing the matrix need not wait for TensorFlow.
        self._place = begin(np.zeros_like(self._matrix), self._spec.optimizer)
        self._take(changes)
        self._compile()
        told = None
        while self._step < self._spec.steps and (told is None or np.isfinite(told.loss)):
            told = self._go_on()
            self._take((yield told))
        yield WarmupFinished(step=self._step, finite=told is None or bool(np.isfinite(told.loss)))

    def _compile(self) -> None:
        spec = self._spec
        descend(self._matrix, self._place, spec.optimizer, spec.loss, spec.learning_rate, 0)

    def _go_on(self) -> WarmupSteps:
        spec = self._spec
        wanted = self._steps_per_turn or min(self._pace.size, max(1, self._step // GROWTH))
        count = min(wanted, MAX_STEPS, spec.steps - self._step)
        start = time.perf_counter()
        steps = descend(self._matrix, self._place, spec.optimizer, spec.loss, spec.learning_rate, count)
        took = time.perf_counter() - start
        self._pace.fit(count, took)
        first, self._step, self._place = self._step, self._step + count, steps.place
        with np.errstate(over="ignore", invalid="ignore"):  # a descent that diverges ends in a sentence
            return self._told(steps, first, count, self._speed(count, took))

    def _speed(self, count: int, seconds: float) -> float:
        steps, before = self._lately
        self._lately = (FADING * steps + count, FADING * before + seconds)
        return self._lately[0] / self._lately[1]

    def _told(self, steps: Steps, first: int, count: int, speed: float) -> WarmupSteps:
        spec, x = self._spec, steps.place.x.numpy()
        product = x @ self._matrix
        loss = loss_of(product, spec.loss)
        after = np.append(steps.losses[1:], loss)  # before a step is after the one before it
        numbers = np.unique(np.linspace(0, count - 1, min(count, MOST_TOLD)).astype(int))
        return WarmupSteps(
            spec=spec,
            step=self._step,
            numbers=first + 1 + numbers,
            losses=after[numbers],
            x=x,
            product=product,
            residue=(x - steps.change) @ self._matrix - np.eye(len(x)),
            gradient=steps.gradient,
            change=steps.change,
            memories=(steps.place.one.numpy(), steps.place.other.numpy()),
            taken=steps.place.taken,
            loss=loss,
            distance=self._distance(x),
            steps_per_second=speed,
        )

    def _distance(self, x: Array) -> float:
        inverse = self._outlook.inverse
        return float("nan") if inverse is None else float(np.abs(x - inverse).max())

    def _take(self, changes: Changes | None) -> None:
        """Take over what a person changed meanwhile; values out of a knob's range are refused with `UserError`."""
        before = self._spec
        for name, value in (changes or {}).items():
            if name == "steps_per_turn":
                self._steps_per_turn = int(value)
            elif (knob := knobs(WarmupSpec).get(name)) and knob.live:
                self._spec = self._spec.but(**{name: value})
        if self._spec != before:
            self._pace.shorten(8)  # a person waits to see what the change does
        if self._spec.optimizer != before.optimizer:
            self._place = begin(self._place.x, self._spec.optimizer)
        if (self._spec.optimizer, self._spec.loss) != (before.optimizer, before.loss):
            self._compile()


def loss_of(product: Array, loss: str) -> float:
    """Return the loss where x A is `product` (size, size)."""
    residue = product - np.eye(len(product))
    return float((np.abs(residue) if loss == "absolute" else residue**2).sum())


class Place(NamedTuple):
    """Where the descent is: x, the optimiser's memories, and how many steps it took with them; float64."""

    x: Any
    one: Any
    other: Any
    taken: int


class Steps(NamedTuple):
    """Where some steps led, their losses (steps,) each before the step, and gradient and change of the last one."""

    place: Place
    losses: Array
    gradient: Array
    change: Array


def begin(x: Any, optimizer: str) -> Place:
    """Return the place with an optimiser that remembers nothing yet. `x` is (size, size)."""
    x = tf.constant(x, tf.float64)
    one, other = (tf.fill(x.shape, tf.constant(start, tf.float64)) for start in RULES[optimizer].begin)
    return Place(x, one, other, 0)


def descend(matrix: Any, place: Place, optimizer: str, loss: str, rate: float, count: int) -> Steps:
    """Take `count` steps (at most `MAX_STEPS`) on the way to the inverse of `matrix` (size, size), float64."""
    walk = _compiled(len(matrix), optimizer, loss)
    x, one, other, losses, gradient, change = walk(
        tf.constant(matrix, tf.float64),
        *place[:3],
        scalar(place.taken, np.float64),
        scalar(rate, np.float64),
        scalar(count),
    )
    moved = Place(x, one, other, place.taken + count)
    return Steps(moved, losses.numpy()[:count], gradient.numpy(), change.numpy())


@functools.lru_cache(16)
def _compiled(size: int, optimizer: str, loss: str) -> Any:
    """Return the loop for matrices of one size, an optimiser and a loss; compiled at its first call."""
    step, slope = RULES[optimizer].step, LOSSES[loss]
    device()  # sets TensorFlow up

    def walk(matrix: Any, x: Any, one: Any, other: Any, taken: Any, rate: Any, count: Any) -> tuple[Any, ...]:
        identity = tf.eye(size, dtype=tf.float64)

        def body(
            i: Any, x: Any, one: Any, other: Any, losses: Any, gradient: Any, change: Any
        ) -> tuple[Any, ...]:
            value, derivative = slope(x @ matrix - identity)
            gradient = tf.matmul(derivative, matrix, transpose_b=True)
            number = taken + tf.cast(i, tf.float64) + 1
            change, one, other = step(gradient, one, other, rate, number)
            return i + 1, x + change, one, other, losses.write(i, value), gradient, change

        losses = tf.TensorArray(tf.float64, MAX_STEPS, element_shape=[])
        start = (tf.constant(0), x, one, other, losses, tf.zeros_like(x), tf.zeros_like(x))
        _, x, one, other, losses, gradient, change = tf.while_loop(
            lambda i, *_: i < count, body, start, parallel_iterations=1
        )
        return x, one, other, losses.stack(), gradient, change

    square, number = tf.TensorSpec((size, size), tf.float64), tf.TensorSpec((), tf.float64)
    signature = [square] * 4 + [number, number, tf.TensorSpec((), tf.int32)]
    return tf.function(walk, signature, jit_compile=True, autograph=False)
