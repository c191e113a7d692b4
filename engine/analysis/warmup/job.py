"""The job of the warm-up: learns the inverse of a matrix and reports its progress."""

import functools
import time
from typing import Any, ClassVar, NamedTuple

import numpy as np

from engine.analysis.warmup.problem import LOSSES, RULES, Outlook, checked_matrix, drawn_matrix
from engine.analysis.warmup.spec import WarmupSpec
from engine.core.lazy import Array, scalar, tf
from engine.core.machine.compiled import compiled
from engine.core.machine.device import device
from engine.core.messages import Answer, Changes, Job, Message, Pace
from engine.session.session import Session

TURN_SECONDS = 0.015  # target duration of a chunk of steps
# Maximum number of losses in the message of a chunk, evenly spaced: a curve shows no more.
MOST_REPORTED = 128
# A chunk has at most 1 / GROWTH of the steps before it: its one distance is plotted over the logarithm of the steps.
GROWTH = 2
FADING = 0.8  # decay of the moving average of the speed: single chunks vary
MAX_STEPS = 32_768  # maximum number of steps of one call: the length of the array of losses that it fills


class WarmupStarted(Answer):
    """The problem and its prospects. Matrices are (size, size), float64."""

    spec: WarmupSpec
    matrix: Array
    inverse: Array | None  # the true inverse, or `None` if there is none
    condition_number: float
    sentence: str  # a sentence on a matrix that is badly conditioned or singular; else empty


class WarmupSteps(Answer):
    """The state after `step` steps. The losses are those after the steps `numbers` (from 1); the last one is `loss`."""

    latest_only: ClassVar[bool] = False  # each has its own losses
    spec: WarmupSpec  # the settings of these steps, with the current values of the live ones
    step: int
    numbers: Array
    losses: Array
    x: Array
    product: Array  # x A, which approaches the identity
    residue: Array  # x A − I before the last step, from which its gradient follows
    gradient: Array  # of the loss by x, in the last step
    change: Array  # what the last step added to x
    memories: tuple[Array, ...]  # of the optimiser after the last step: Adagrad's sum of squares, or both Adam's means
    taken: int  # number of steps since the optimiser was set
    loss: float  # the current loss
    # The largest absolute difference between an entry of x and of the true inverse; NaN if there is none.
    distance: float
    steps_per_second: float


class WarmupFinished(Message):
    """The end: all steps are taken, or x has diverged."""

    step: int
    finite: bool


class Place(NamedTuple):
    """The state of the descent: x, the optimiser's memories, and the number of steps taken with them; float64."""

    x: Any
    memories: tuple[Any, ...]
    taken: int


class Steps(NamedTuple):
    """The state after some steps, their losses (steps,) before each step, and the last one's gradient and change."""

    place: Place
    losses: Array
    gradient: Array
    change: Array


def learn_inverse(session: Session | None, spec: WarmupSpec, matrix: Array | None = None) -> Job:
    """Learn the inverse of a matrix, drawn by the spec's seed or given by a person (size, size).

    Yields `WarmupStarted`, a `WarmupSteps` per chunk, `WarmupFinished`. Takes changes of the live knobs, and of
    `steps_per_turn` (0: as many as fill 15 ms). Raises `UserError` for a matrix of another size. Uses no session.
    """
    return _Warmup(spec, matrix).run()


class _Warmup:
    def __init__(self, spec: WarmupSpec, matrix: Array | None) -> None:
        self._spec = spec
        self._matrix = drawn_matrix(spec.size, spec.seed) if matrix is None else checked_matrix(matrix, spec.size)
        self._outlook = Outlook.of(self._matrix)
        self._place: Place
        self._step = 0
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
        # Only now: the matrix is shown before TensorFlow is imported.
        self._place = begin(np.zeros_like(self._matrix), self._spec.optimizer)
        self._take(changes)
        self._compile()
        steps: WarmupSteps | None = None
        while self._step < self._spec.steps and (steps is None or np.isfinite(steps.loss)):
            steps = self._descend()
            self._take((yield steps))
        yield WarmupFinished(step=self._step, finite=steps is None or bool(np.isfinite(steps.loss)))

    def _compile(self) -> None:
        spec = self._spec
        descend(self._matrix, self._place, spec.optimizer, spec.loss, spec.learning_rate, 0)

    def _descend(self) -> WarmupSteps:
        spec = self._spec
        size = self._pace.asked or min(self._pace.size, max(1, self._step // GROWTH))
        count = min(size, MAX_STEPS, spec.steps - self._step)
        start = time.perf_counter()
        steps = descend(self._matrix, self._place, spec.optimizer, spec.loss, spec.learning_rate, count)
        seconds = time.perf_counter() - start
        self._pace.fit(count, seconds)
        steps_before, seconds_before = self._lately
        self._lately = (FADING * steps_before + count, FADING * seconds_before + seconds)
        first, self._step, self._place = self._step, self._step + count, steps.place
        with np.errstate(over="ignore", invalid="ignore"):  # a descent that diverges ends with `finite` false
            return self._message(steps, first, count)

    def _message(self, steps: Steps, first: int, count: int) -> WarmupSteps:
        spec, x, inverse = self._spec, steps.place.x.numpy(), self._outlook.inverse
        product = x @ self._matrix
        loss = loss_of(product, spec.loss)
        # The loss before a step is the one after the step before it.
        after = np.append(steps.losses[1:], loss)
        numbers = np.unique(np.linspace(0, count - 1, min(count, MOST_REPORTED)).astype(int))
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
            memories=tuple(memory.numpy() for memory in steps.place.memories),
            taken=steps.place.taken,
            loss=loss,
            distance=float("nan") if inverse is None else float(np.abs(x - inverse).max()),
            steps_per_second=self._lately[0] / self._lately[1],
        )

    def _take(self, changes: Changes | None) -> None:
        """Apply changes of live knobs and of the steps per turn; raise `UserError` for a value outside of its range."""
        self._pace.ask(changes)
        before = self._spec
        if live := before.live(changes):
            self._spec = before.but(**live)
        if self._spec != before:
            self._pace.shorten(8)  # somebody waits for the effect of the change
        if self._spec.optimizer != before.optimizer:
            self._place = begin(self._place.x, self._spec.optimizer)
        if (self._spec.optimizer, self._spec.loss) != (before.optimizer, before.loss):
            self._compile()


def loss_of(product: Array, loss: str) -> float:
    """Return the loss for x A = `product` (size, size)."""
    residue = product - np.eye(len(product))
    return float((np.abs(residue) if loss == "absolute" else residue**2).sum())


def begin(x: Any, optimizer: str) -> Place:
    """Return the state at `x` (size, size) with an optimiser whose memories are empty."""
    x = tf.constant(x, tf.float64)
    starts = RULES[optimizer].begin
    return Place(x, tuple(tf.fill(x.shape, tf.constant(start, tf.float64)) for start in starts), 0)


def descend(matrix: Any, place: Place, optimizer: str, loss: str, rate: float, count: int) -> Steps:
    """Take `count` steps (at most `MAX_STEPS`) towards the inverse of `matrix` (size, size), float64."""
    walk = _compiled(len(matrix), optimizer, loss)
    x, memories, losses, gradient, change = walk(
        tf.constant(matrix, tf.float64),
        place.x,
        place.memories,
        scalar(place.taken, np.float64),
        scalar(rate, np.float64),
        scalar(count),
    )
    return Steps(Place(x, memories, place.taken + count), losses.numpy()[:count], gradient.numpy(), change.numpy())


@functools.lru_cache(16)
def _compiled(size: int, optimizer: str, loss: str) -> Any:
    """Return the loop for matrices of one size, an optimiser and a loss; it is compiled at its first call."""
    rule, slope = RULES[optimizer], LOSSES[loss]
    device()  # sets TensorFlow up

    def walk(matrix: Any, x: Any, memories: Any, taken: Any, rate: Any, count: Any) -> tuple[Any, ...]:
        identity = tf.eye(size, dtype=tf.float64)

        def body(i: Any, x: Any, memories: Any, losses: Any, gradient: Any, change: Any) -> tuple[Any, ...]:
            value, derivative = slope(x @ matrix - identity)
            gradient = tf.matmul(derivative, matrix, transpose_b=True)
            change, memories = rule.step(gradient, memories, rate, taken + tf.cast(i, tf.float64) + 1)
            return i + 1, x + change, memories, losses.write(i, value), gradient, change

        losses = tf.TensorArray(tf.float64, MAX_STEPS, element_shape=[])
        start = (tf.constant(0), x, memories, losses, tf.zeros_like(x), tf.zeros_like(x))
        _, x, memories, losses, gradient, change = tf.while_loop(
            lambda i, *_: i < count, body, start, parallel_iterations=1
        )
        return x, memories, losses.stack(), gradient, change

    square, number = tf.TensorSpec((size, size), tf.float64), tf.TensorSpec((), tf.float64)
    signature = [square, square, (square,) * len(rule.begin), number, number, tf.TensorSpec((), tf.int32)]
    return compiled(walk, signature)
