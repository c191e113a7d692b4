"""The learner: a model, its optimiser, and the compiled function that takes many steps in one call."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from engine.core.cache import Cache
from engine.core.layers.kinds import Dropout
from engine.core.layers.plan import plan_of
from engine.core.lazy import Array, keras, tf
from engine.core.lens import Weights
from engine.core.machine.compiled import compiled
from engine.core.machine.device import Device
from engine.core.messages import read_only, slices
from engine.core.specs import TrainSpec
from engine.model.network.model import Model, initial_weights
from engine.model.training.evaluation import Evaluation, Result
from engine.model.training.learned import ALL
from engine.model.training.losses import LOSSES
from engine.model.training.run import Moment
from engine.model.training.schedule import is_scheduled, rate_factors
from engine.model.training.tensors import Tensors, pixels

MAX_STEPS = 256  # maximum number of steps of one call: the length of the arrays that it fills
NORM_EVERY = 10  # gradient norms are measured in every tenth step: in each they would cost a fifth of the speed

OPTIMIZERS: dict[str, Callable[[float], keras.Optimizer]] = {
    "sgd": lambda rate: keras.optimizers.SGD(rate),
    "momentum": lambda rate: keras.optimizers.SGD(rate, momentum=0.9),  # `optimized` takes the run's own instead
    "adam": lambda rate: keras.optimizers.Adam(rate),
    "adagrad": lambda rate: keras.optimizers.Adagrad(rate),
    "rmsprop": lambda rate: keras.optimizers.RMSprop(rate),
}

AT_ONCE = 1000  # images that `Learner.reads` classifies at a time

# Maximum number of idle learners that wait for another run, and of their variables' bytes.
IDLE, IDLE_BYTES = 8, 64 * 2**20

TWINS = 2  # idle learners of one kind: as many as are trained in turns

# The settings that are arguments of the compiled function: runs that differ in these alone share a learner in turn. A
# second start takes 0.01 s instead of 0.8, and XLA, which never frees compiled code, keeps 5 MB per kind, not per run.
ARGUMENTS = (
    *("initial", "epochs", "seed", "stop_at", "momentum", "learning_rate", "schedule", "warmup"),
    *("dropout", "l2", "decay", "smoothing"),
    *ALL,
)

# The settings that are handed to each step, in this order, besides the learning rate, which is a variable.
RATES = ("dropout", "l2", "decay", "smoothing", "momentum")


def norm_period(steps_per_epoch: int) -> int:
    """Return the number of steps between two measurements of the gradient norms: each epoch has at least one."""
    return min(NORM_EVERY, max(1, steps_per_epoch))


class _Extras(NamedTuple):
    """Optional parts of a step, compiled only where they are used: random numbers cost time even at rate 0."""

    dropout: bool
    l2: bool
    decay: bool
    smoothing: bool
    schedule: bool

    @classmethod
    def of(cls, spec: TrainSpec) -> _Extras:
        rates = {name: getattr(spec, name) > 0 for name in ("dropout", "l2", "decay", "smoothing")}
        return cls(**rates, schedule=is_scheduled(spec))


class Learner:
    """The network of a spec on a data set, ready to take steps on the device `on`, where the data are.

    The live knobs may be changed between two calls. The number of steps in a call changes no bit of the result.
    """

    def __init__(self, spec: TrainSpec, tensors: Tensors, classes: int, on: Device, steps_per_epoch: int = 0) -> None:
        """With `steps_per_epoch` an epoch has that many; otherwise it uses the training images once."""
        rows, columns = tensors.train_images.shape[1:]
        self.spec, self.tensors, self.on = spec, tensors, on
        self._steps_per_epoch = steps_per_epoch or len(tensors.train_images) // spec.batch
        self.norm_every = norm_period(self._steps_per_epoch)
        self._loss = LOSSES[spec.loss]
        with on.scope():
            self.model = Model(plan_of(spec.network, (rows, columns), classes))
            self.optimizer = self._new_optimizer(spec)
        self._evaluation = Evaluation(spec, self.model, on)
        self._functions: dict[_Extras, Callable[..., Any]] = {}
        self._set_initial_weights()

    def begin(self, spec: TrainSpec, tensors: Tensors) -> None:
        """Reset for a run with other `ARGUMENTS` or on other data of the same shape; compiled functions stay."""
        with self.on.scope():
            fresh = self._new_optimizer(spec)
        for variable, value in zip(self.optimizer.variables, fresh.variables, strict=True):
            variable.assign(value)
        self.spec, self.tensors = spec, tensors
        self._set_initial_weights()

    def rest(self) -> None:
        """Release the data until `begin` sets others."""
        del self.tensors

    @property
    def bytes(self) -> int:
        """The size of the network's and the optimiser's variables."""
        return sum(4 * int(np.prod(variable.shape)) for variable in (*self.model.variables, *self.optimizer.variables))

    def follow(self, spec: TrainSpec) -> None:
        """Continue with the live knobs of `spec`."""
        if spec.learning_rate != self.spec.learning_rate:
            self.optimizer.learning_rate.assign(spec.learning_rate)
        self.spec = spec

    def compile(self) -> None:
        """Compile the step function, so that the first call is as fast as all others and no figure includes it."""
        self.steps(self.order(np.zeros((self._steps_per_epoch, self.spec.batch), np.int64)), 0, 0, 0)

    def order(self, images: Array) -> tf.Tensor:
        """Return the numbers of an epoch's images (steps, batch) as a tensor on the device, hence int64."""
        with self.on.scope():
            return tf.constant(images, tf.int64)

    def steps(self, order: tf.Tensor, first: int, count: int, done: int) -> tuple[Array, Array]:
        """Take `count` steps (at most `MAX_STEPS`); return losses (count,) and gradient norms (measured, layers).

        `order` (steps, batch) has the image numbers of each batch of the epoch, of which `first` is the first; `done`
        steps were taken before. The losses are those of the plain labels and without the L2 term, as the test loss is;
        the norms are of each layer's kernel and bias together, in every `norm_every`-th step.
        """
        extras = _Extras.of(self.spec)
        counts = np.array((self.spec.seed, first, count, done), np.int32)
        rates = np.array([getattr(self.spec, name) for name in RATES], np.float32)
        factors = np.ones(MAX_STEPS, np.float32)
        if extras.schedule:
            factors[:count] = rate_factors(self.spec, self._steps_per_epoch, done, count)
        with self.on.scope():
            given = (order, *self.tensors[:2], *map(tf.constant, (counts, rates, factors)))
            if extras not in self._functions:
                # Called directly: the look-up by the arguments' types takes 0.4 ms, a fiftieth of a turn.
                self._functions[extras] = self._compiled(extras).get_concrete_function(*given)
            losses, norms = self._functions[extras](*given)
        measured = np.arange(done, done + count) % self.norm_every == 0
        return losses.numpy()[:count], norms.numpy()[:count][measured]

    def moment(self, step: int) -> Moment:
        """Return a copy of the weights and the optimiser's state as the moment after `step` steps."""
        return Moment(step=step, weights=self.weights(), optimizer=_copied(self.optimizer.variables))

    def restore(self, moment: Moment, *, optimizer: bool) -> None:
        """Restore a moment's weights and, with `optimizer`, the state of an optimiser of the same kind."""
        self.model.set_weights(moment.weights)
        if optimizer:
            for variable, value in zip(self.optimizer.variables, moment.optimizer, strict=True):
                variable.assign(value)
            self.optimizer.learning_rate.assign(self.spec.learning_rate)

    def test(self) -> Iterator[Result | None]:
        """Test the network in turns: yield `None` after each and the result at the end."""
        return self._evaluation.slices(self.tensors.test_images, self.tensors.test_labels)

    def validate(self) -> Iterator[Result | None]:
        """Test on the validation images in turns; yield nothing if none are held out."""
        images, labels = self.tensors.validation_images, self.tensors.validation_labels
        return iter(()) if images is None else self._evaluation.slices(images, labels)

    def reads(self, images: Array) -> Array:
        """Return the network's answers (n,) for a few images, uint8 (n, rows, columns)."""
        with self.on.scope():
            parts = [self.model(pixels(tf.constant(images[part])))[1] for part in slices(len(images), AT_ONCE)]
        return np.concatenate([part.numpy().argmax(axis=1) for part in parts])

    def weights(self) -> Weights:
        """Return a copy of the weights."""
        return _copied(self.model.variables)

    def _new_optimizer(self, spec: TrainSpec) -> keras.Optimizer:
        optimizer = OPTIMIZERS[spec.optimizer](spec.learning_rate)
        optimizer.build(self.model.trained)
        return optimizer

    def _set_initial_weights(self) -> None:
        self.model.set_weights(initial_weights(self.model.plan.weights, self.spec.initial, self.spec.seed))

    def _compiled(self, extras: _Extras) -> Any:
        """Return the function that takes steps in a loop on the device, without Python between them."""

        def steps(
            order: tf.Tensor,
            images: tf.Tensor,
            labels: tf.Tensor,
            counts: tf.Tensor,
            rates: tf.Tensor,
            factors: tf.Tensor,
        ) -> tuple[tf.Tensor, tf.Tensor]:
            seed, first, count, done = tf.unstack(counts)

            def body(i: tf.Tensor, losses: tf.TensorArray, norms: tf.TensorArray) -> tuple[Any, ...]:
                # Not tf.slice: XLA takes its position for a constant and compiles again for each, 0.45 s a time.
                chosen = tf.gather(order, first + i)
                batch = pixels(tf.gather(images, chosen)), tf.gather(labels, chosen)
                factor = tf.gather(factors, i) if extras.schedule else None
                loss, norm = self._step(*batch, tf.stack([seed, done + i]), rates, factor, extras)
                return i + 1, losses.write(i, loss), norms.write(i, norm)

            layers = len(self.model.pairs)
            losses = tf.TensorArray(tf.float32, MAX_STEPS, element_shape=[])
            norms = tf.TensorArray(tf.float32, MAX_STEPS, element_shape=[layers])
            start = (tf.constant(0), losses, norms)
            _, losses, norms = tf.while_loop(lambda i, *_: i < count, body, start, parallel_iterations=1)
            return losses.stack(), norms.stack()

        return compiled(steps, xla=self.on.pays_xla(self.spec.network))

    def _step(
        self,
        images: tf.Tensor,
        labels: tf.Tensor,
        seed: tf.Tensor,
        rates: tf.Tensor,
        factor: tf.Tensor | None,
        extras: _Extras,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Take one step on `images` (batch, rows, columns); return its loss () and gradient norms (layers,).

        `seed` is the run's and the step's number, `rates` are those of `RATES`, `factor` is the schedule's.
        """
        dropout, l2, decay, smoothing, momentum = tf.unstack(rates)
        if self.spec.shift or self.spec.rotate or self.spec.scale or self.spec.noise:
            images = augment(images, self.spec, seed)
        variables, kernels = self.model.trained, self.model.kernels
        with tf.GradientTape() as tape:
            logits = training_logits(self.model, images, seed, dropout if extras.dropout else None)
            loss = objective = tf.reduce_mean(self._loss(labels, logits))
            if extras.smoothing:
                objective = tf.reduce_mean(self._loss(labels, logits, smoothing))
            if extras.l2:
                objective += l2 * sum(tf.reduce_sum(tf.square(kernel)) for kernel in kernels)
        gradients = tape.gradient(objective, variables)
        with scaled_rate(self.optimizer, factor):
            if extras.decay:
                decayed(self.optimizer, decay, kernels)
            optimized(self.optimizer, gradients, variables, momentum if self.spec.optimizer == "momentum" else None)

        def norms() -> tf.Tensor:
            squares = [tf.reduce_sum(tf.square(gradient)) for gradient in gradients]
            return tf.sqrt(tf.stack([squares[kernel] + squares[bias] for kernel, bias in self.model.pairs]))

        nothing = tf.zeros([len(self.model.pairs)])
        return loss, tf.cond(tf.equal(seed[1] % self.norm_every, 0), norms, lambda: nothing)


# Learners without a run, by what is compiled into them. Only the engine thread uses them.
idle: Cache[Hashable, Learner] = Cache(count=IDLE, size=IDLE_BYTES, bytes_of=lambda learner: learner.bytes)


@contextlib.contextmanager
def learner_for(spec: TrainSpec, tensors: Tensors, classes: int, on: Device, steps_per_epoch: int) -> Iterator[Learner]:
    """Lend a learner for one run, if possible that of an earlier run that differs only in `ARGUMENTS`."""
    always = {name: getattr(TrainSpec(), name) for name in ARGUMENTS}
    shapes = tuple(() if tensor is None else tuple(tensor.shape) for tensor in tensors)
    kinds = [(spec.but(**always), shapes, classes, on, steps_per_epoch, number) for number in range(TWINS)]
    learner = next((idle_one for kind in kinds if (idle_one := idle.pop(kind))), None)
    if learner is None:
        learner = Learner(spec, tensors, classes, on, steps_per_epoch)
    else:
        learner.begin(spec, tensors)
    try:
        yield learner
    finally:
        learner.rest()
        if learner.bytes <= (idle.size or 0):  # a larger one would evict all others, and then be evicted itself
            free = next((kind for kind in kinds if kind not in idle), kinds[0])
            idle.put(free, learner)  # if no place is free, instead of one whose run has ended meanwhile


def forget_learners() -> None:
    """Release all idle learners, as their memory is needed."""
    idle.clear()


@contextlib.contextmanager
def scaled_rate(optimizer: keras.Optimizer, factor: tf.Tensor | None) -> Iterator[None]:
    """Multiply the optimiser's learning rate for one step; `None` leaves it as it is."""
    if factor is None:
        yield
        return
    rate = tf.identity(optimizer.learning_rate)
    optimizer.learning_rate.assign(rate * factor)
    yield
    optimizer.learning_rate.assign(rate)


def decayed(optimizer: keras.Optimizer, decay: tf.Tensor, kernels: Sequence[Any]) -> None:
    """Take `decay` times the learning rate off the kernels, past the optimiser, as AdamW: Loshchilov and Hutter (2019).

    In the paper the schedule alone is a factor; here it is the whole learning rate, as in Keras and PyTorch.
    """
    for kernel in kernels:
        kernel.assign_sub(kernel * decay * optimizer.learning_rate)


def optimized(
    optimizer: keras.Optimizer, gradients: Sequence[tf.Tensor], variables: Sequence[Any], momentum: Any = None
) -> None:
    """Let the optimiser take its step, with `momentum` () that of Momentum."""
    if momentum is not None:  # Keras would compile it in
        for velocity, gradient, variable in zip(optimizer.momentums, gradients, variables, strict=True):
            velocity.assign(velocity * momentum - gradient * optimizer.learning_rate)
            variable.assign_add(velocity)
        optimizer.iterations.assign_add(1)
        return
    # Without merge_call, Keras first sums the gradients over all replicas (one), by an operation with a custom
    # gradient. TensorFlow keeps such operations for ever, and with them the run's graph.
    tf.distribute.get_replica_context().merge_call(lambda _: optimizer.apply(gradients, variables))


def training_logits(model: Model, images: tf.Tensor, seed: tf.Tensor, rate: tf.Tensor | None = None) -> tf.Tensor:
    """Return the logits (batch, classes) in training, with a share `rate` of each hidden layer's outputs dropped out.

    The layers of dropout that the network has besides drop their own shares, and batch normalisation follows the batch.
    """

    def drop(number: int, output: tf.Tensor) -> tf.Tensor:
        with tf.name_scope(f"dropout{number + 1}"):  # the name in the Graph tab
            return tf.nn.experimental.stateless_dropout(output, rate, tf.random.fold_in(seed, number))

    def drop_share(name: str, output: tf.Tensor) -> tf.Tensor:
        number = names.index(name)
        with tf.name_scope(name):
            return thinned(output, shares[number], tf.stack([seed[0], seed[1] * len(names) + number]))

    names = [step.name for step in model.plan.steps]
    shares = [step.operation.rate if isinstance(step.operation, Dropout) else 0.0 for step in model.plan.steps]
    return model(images, None if rate is None else drop, drop_share, training=True)[1]


def thinned(output: tf.Tensor, rate: float, seed: tf.Tensor) -> tf.Tensor:
    """Return `output` with a random share `rate` of its numbers set to 0, and the others divided by what is left.

    The numbers are the same on all devices: a hash of each place and of `seed` (2,), two rounds of `lowbias32`
    (Wellons, 2018, https://nullprogram.com/blog/2018/07/31/).
    """
    # XLA's own generators take ten times as long as the layer on a CPU, and TensorFlow's without XLA knows only one.
    places = tf.range(tf.size(output))
    mixed = _mixed(tf.cast(places, tf.uint32) + _mixed(tf.cast(seed[0], tf.uint32)))
    mixed = _mixed(mixed + _mixed(tf.cast(seed[1], tf.uint32) + tf.constant(1, tf.uint32)))
    is_kept = tf.reshape(mixed, tf.shape(output)) >= tf.constant(min(2**32 - 1, round(rate * 2**32)), tf.uint32)
    return tf.where(is_kept, output / (1 - rate), 0.0)


def _mixed(x: tf.Tensor) -> tf.Tensor:
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B), (16, 1)):
        x = tf.bitwise.bitwise_xor(x, tf.bitwise.right_shift(x, tf.constant(shift, tf.uint32)))
        x *= tf.constant(factor, tf.uint32)
    return x


def _copied(variables: list[Any]) -> Weights:
    return tuple(read_only(np.asarray(variable)) for variable in variables)


def augment(images: tf.Tensor, spec: TrainSpec, seed: tf.Tensor) -> tf.Tensor:
    """Return `images` (batch, rows, columns), 0 to 1, each randomly warped; `seed` (2,) determines how.

    Each pixel is interpolated between the four neighbours of its source; outside there is background (0).
    """
    batch, rows, columns = images.shape
    seeds = tf.unstack(tf.random.split(seed, 5))

    def uniform(number: int, reach: float) -> tf.Tensor:
        return tf.random.stateless_uniform([batch, 1, 1], seeds[number], -reach, reach)

    if spec.shift or spec.rotate or spec.scale:
        angle = uniform(0, math.radians(spec.rotate))
        size = 1 + uniform(1, spec.scale)
        down, right = (tf.round(uniform(number, spec.shift + 0.5 if spec.shift else 0.0)) for number in (2, 3))
        y = tf.reshape(tf.range(rows, dtype=tf.float32) - (rows - 1) / 2, [1, rows, 1]) - down
        x = tf.reshape(tf.range(columns, dtype=tf.float32) - (columns - 1) / 2, [1, 1, columns]) - right
        source_y = (tf.cos(angle) * y - tf.sin(angle) * x) / size + (rows - 1) / 2
        source_x = (tf.sin(angle) * y + tf.cos(angle) * x) / size + (columns - 1) / 2
        images = _look_up(images, source_y, source_x)
    if spec.noise:
        noise = tf.random.stateless_normal([batch, rows, columns], seeds[4], stddev=spec.noise)
        images = tf.clip_by_value(images + noise, 0.0, 1.0)
    return images


def _look_up(images: tf.Tensor, y: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """Return `images` at fractional positions `y` and `x` (batch, rows, columns), by bilinear interpolation."""
    batch, rows, columns = images.shape
    flat = tf.reshape(images, [batch, rows * columns])
    top, left = tf.floor(y), tf.floor(x)
    total = tf.zeros_like(images)
    for down in (0, 1):
        for right in (0, 1):
            row, column = top + down, left + right
            inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
            place = tf.clip_by_value(row, 0, rows - 1) * columns + tf.clip_by_value(column, 0, columns - 1)
            pixel = tf.gather(flat, tf.reshape(tf.cast(place, tf.int32), [batch, -1]), axis=1, batch_dims=1)
            weight = (1 - tf.abs(y - row)) * (1 - tf.abs(x - column)) * tf.cast(inside, tf.float32)
            total += weight * tf.reshape(pixel, [batch, rows, columns])
    return total
