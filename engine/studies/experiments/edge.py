"""Edge of stability: how steep a valley can be for gradient descent to stay in it."""

from collections.abc import Callable

import numpy as np

from engine.core.frozen import Frozen
from engine.core.language import mark, tr
from engine.core.lazy import Array, tf
from engine.core.lens import Weights
from engine.core.machine.compiled import compiled
from engine.core.messages import Turns
from engine.core.specs import TrainSpec
from engine.studies.experiments.parts.experiment import Look, Measured, Measuring, experiment
from engine.studies.experiments.parts.lab import Lab, curve, level
from engine.studies.experiments.parts.learning import Learning, Objective, squared_error, squares_of, uniform_start


class Sizes(Frozen):
    """The training on all images at once, its number of steps, and of measurements of the sharpness.

    As in the paper the pixels are centred and scaled to a deviation of 1: otherwise the mean image is the steepest of
    all directions from the start, at a sharpness of 20 that only falls.
    """

    spec: TrainSpec = TrainSpec(
        layers="100, 100", activation="tanh", loss="squared", learning_rate=0.1, batch=1_000, images=1_000, epochs=1_200
    )
    steps: int = 1_200
    points: int = 40
    tries: int = 12  # maximum number of products with the Hessian for one measurement


class Sharpness:
    """Measures the largest eigenvalue of the Hessian of an objective at some weights."""

    def __init__(self, objective: Objective, x: Array, targets: Array, shapes: list[tuple[int, ...]]) -> None:
        self._shapes = shapes
        pixels, labels = tf.constant(x), tf.constant(targets, tf.int64)

        def product(weights: list[tf.Tensor], vector: list[tf.Tensor]) -> list[tf.Tensor]:
            with tf.GradientTape() as outer:
                outer.watch(weights)
                with tf.GradientTape() as inner:
                    inner.watch(weights)
                    loss = objective(weights, pixels, labels)
                gradients = inner.gradient(loss, weights)
            return outer.gradient(gradients, weights, output_gradients=vector)

        self._product = compiled(product)
        # The direction of the last measurement, from which the next one starts.
        self._before: Array | None = None

    def product(self, weights: Weights) -> Callable[[Array], Array]:
        """Return a function that multiplies a vector (numbers,) by the Hessian."""
        tensors = [tf.constant(array) for array in weights]

        def times(vector: Array) -> Array:
            parts = np.split(vector.astype(np.float32), np.cumsum([np.prod(shape) for shape in self._shapes])[:-1])
            shaped = [tf.constant(part.reshape(shape)) for part, shape in zip(parts, self._shapes, strict=True)]
            return np.concatenate([part.numpy().ravel() for part in self._product(tensors, shaped)])

        return times

    def measure(self, weights: Weights, tries: int) -> Turns[float]:
        """Return the eigenvalue, in turns, by Lanczos' method within 1 in 1,000; NaN if weights are not finite."""
        times = self.product(weights)
        size = sum(array.size for array in weights)
        vector = self._before if self._before is not None else np.random.default_rng(0).standard_normal(size)
        basis = [vector / np.linalg.norm(vector)]
        diagonal: list[float] = []
        beside: list[float] = []
        largest, parts = 0.0, np.ones(1)
        for _ in range(tries):
            after = times(basis[-1]).astype(np.float64)
            if not np.isfinite(after).all():
                return float("nan")  # the training has diverged
            diagonal.append(float(after @ basis[-1]))
            for direction in basis:
                after -= (after @ direction) * direction
            values, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
            before, largest, parts = largest, float(values[-1]), vectors[:, -1]
            length = float(np.linalg.norm(after))
            yield None
            if length < 1e-8 or (len(diagonal) > 3 and abs(largest - before) < 1e-3 * abs(largest)):
                break
            beside.append(length)
            basis.append(after / length)
        self._before = parts @ np.array(basis[: len(parts)])
        return largest


def of_pixels(weights: Weights, middle: Array, spread: float) -> Weights:
    """Return the network whose output for pixels is that of `weights` for (pixels - middle) / spread."""
    kernel, bias, *others = weights
    return kernel / np.float32(spread), bias - (middle / spread) @ kernel, *others


VERDICT = mark(
    "It begins at a sharpness of {first} and settles at {last}, where 2 / rate is {edge}; the squared error falls "
    "all the same, to {error}."
)


def measure(lab: Lab, sizes: Sizes) -> Measuring:
    """Train with all images in every step, and measure the sharpness on the way."""
    spec, data = sizes.spec, lab.data
    x, labels = lab.learned(spec)
    run = lab.begin(spec, tr("all images in each step, rate {rate:g}", rate=spec.learning_rate))
    weights = uniform_start(spec.hidden, x.shape[1], len(data.classes), spec.seed)
    # Half the squared distance of an image's outputs, as in the paper.
    factor = len(data.classes) / 2
    objective = squared_error(spec.activation, factor)
    middle, spread = x.mean(axis=0), float((x - x.mean(axis=0)).std())
    x = (x - middle) / spread
    learning = Learning(weights, objective, x, labels, rule="sgd", rate=spec.learning_rate)
    sharpness = Sharpness(objective, x, labels, [array.shape for array in weights])
    everything = np.arange(len(x))
    steps, heights, losses = [], [], []
    edge = 2 / spec.learning_rate
    lab.keep(run, 0, of_pixels(weights, middle, spread))
    for part in np.array_split(np.arange(sizes.steps), sizes.points):
        steps.append(learning.done)
        heights.append((yield from sharpness.measure(learning.weights, sizes.tries)))
        yield lab.shows(curve(tr("sharpness"), steps, heights), levels=[level(tr("2 / learning rate"), edge)])
        for turn_losses in learning.go(np.tile(everything, (len(part), 1))):
            losses.append(float(turn_losses[-1]))
            yield lab.at(learning.done / sizes.steps)
        plain = of_pixels(learning.weights, middle, spread)
        lab.keep(run, learning.done, plain)
        yield from lab.test(run, learning.done, plain, losses[-1], spec.activation, squares_of(factor))
    steps.append(learning.done)
    heights.append((yield from sharpness.measure(learning.weights, sizes.tries)))
    yield lab.shows(curve(tr("sharpness"), steps, heights), levels=[level(tr("2 / learning rate"), edge)])
    late = np.array(heights[len(heights) // 2 :]) / edge
    return Measured(
        here=(float(np.median(late)), heights[0] / edge),
        verdict=VERDICT.format(
            first=f"{heights[0]:.1f}",
            last=f"{np.median(late) * edge:.1f}",
            edge=f"{edge:.1f}",
            error=f"{losses[-1]:.4f}",
        ),
        look=Look(tab="train", run=run.name),
    )


EXPERIMENT = experiment("edge", measure, Sizes(), says=(VERDICT,), seconds=15)
