"""Networks for the lens: one pair of traced functions per architecture; a change of the lens traces nothing."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

from engine.core.layers.kinds import Layers, Pair
from engine.core.layers.plan import Plan, plan_of
from engine.core.lazy import keras, tf
from engine.core.machine.compiled import compiled
from engine.core.machine.device import device
from engine.core.messages import Turns
from engine.model.network.model import Model
from engine.model.training.run import Run

MOST_ARCHITECTURES = 16  # maximum number of compiled networks in the cache


class Architecture(NamedTuple):
    """What determines a network's operations. `shape` is (rows, columns) of its images."""

    layers: Layers  # with the activation of each
    shape: Pair
    classes: int

    @classmethod
    def of(cls, run: Run, classes: int) -> Architecture:
        """Return the architecture of a run's network; different spellings of the same layers are equal."""
        return cls(run.spec.network, run.shape, classes)

    @property
    def plan(self) -> Plan:
        """The steps of its computation."""
        return plan_of(*self)


class CompiledNetwork:
    """The functions of one architecture. `weights` are tensors, in the order of the plan's."""

    def __init__(self, architecture: Architecture) -> None:
        self._architecture = architecture
        self._is_ready = False

    def make_ready(self) -> Turns[None]:
        """Build the model and trace its outputs, each in a turn of its own, if that has not been done yet."""
        # Either takes some hundredths of a second, as do copying the data before and the first answer afterwards.
        if not self._is_ready:
            yield None
            _ = self._model
            yield None
            self._functions[0].get_concrete_function()
            self._is_ready = True
            yield None

    @functools.cached_property
    def _model(self) -> Model:
        device()  # sets TensorFlow up
        return Model(self._architecture.plan)

    @functools.cached_property
    def _functions(self) -> tuple[Any, Any]:
        """`_run` and `_differentiate`, each traced at its first call."""
        architecture = self._architecture
        # Without XLA, which takes half a second to compile instead of some hundredths, again for each batch size, and
        # is then as fast for a dense network and slower for a convolution. It pays off in training, with many steps.
        weights = [tf.TensorSpec(variable.shape) for variable in self._model.variables]
        images = tf.TensorSpec((None, *architecture.shape))
        directions = tf.TensorSpec((None, architecture.classes))
        given = [weights, [tf.TensorSpec((2, layer.width)) for layer in architecture.plan.hidden], images]
        run = compiled(self._run, given, xla=False)
        return run, compiled(self._differentiate, [*given, directions], xla=False)

    def outputs(
        self, weights: Sequence[tf.Tensor], passed: Sequence[tf.Tensor], images: tf.Tensor
    ) -> tuple[list[tf.Tensor], tf.Tensor]:
        """Return each hidden layer's output (batch, neurons) and the logits (batch, classes).

        `passed` has the `OutputScaling` of each hidden layer as a tensor (2, neurons). `images` are float32 (batch,
        rows, columns), 0 to 1. Feature maps are averaged over all positions.
        """
        return self._functions[0](list(weights), list(passed), images)

    def gradients(
        self, weights: Sequence[tf.Tensor], passed: Sequence[tf.Tensor], images: tf.Tensor, directions: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return logits, and the gradient by the pixels of their sum weighted with `directions`."""
        return self._functions[1](list(weights), list(passed), images, directions)

    def _forward(
        self, weights: list[tf.Tensor], passed: list[tf.Tensor], images: tf.Tensor
    ) -> tuple[list[tf.Tensor], tf.Tensor]:
        """Run the model that is also trained, with these weights in place of its own."""
        replaced = list(zip(self._model.variables, weights, strict=True))
        with keras.StatelessScope(state_mapping=replaced):
            return self._model(images, lambda layer, output: output * passed[layer][0] + passed[layer][1])

    def _run(
        self, weights: list[tf.Tensor], passed: list[tf.Tensor], images: tf.Tensor
    ) -> tuple[list[tf.Tensor], tf.Tensor]:
        hidden, logits = self._forward(weights, passed, images)
        flat = [tf.reduce_mean(layer, axis=(1, 2)) if len(layer.shape) == 4 else layer for layer in hidden]
        return flat, logits

    def _differentiate(
        self, weights: list[tf.Tensor], passed: list[tf.Tensor], images: tf.Tensor, directions: tf.Tensor
    ) -> tuple[tf.Tensor, Any]:
        with tf.GradientTape() as tape:
            tape.watch(images)
            _, logits = self._forward(weights, passed, images)
            total = tf.reduce_sum(logits * directions)
        return logits, tape.gradient(total, images)


@functools.lru_cache(MOST_ARCHITECTURES)
def compiled_network(architecture: Architecture) -> CompiledNetwork:
    """Return the compiled functions of an architecture."""
    return CompiledNetwork(architecture)
