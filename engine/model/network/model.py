"""The Keras model of a plan, whose outputs are logits; and its initial weights, from NumPy's generator."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from engine.core.layers import kinds
from engine.core.layers.kinds import LAYER_ACTIVATIONS, Activation, ConvLayer, DenseLayer, Norm, slope_of
from engine.core.layers.plan import Channel, Join, Plan, Step, Sum, Weight, computed
from engine.core.lazy import Array, keras, np, tf
from engine.core.lens import Weights

type Replace = Callable[[int, tf.Tensor], tf.Tensor]

# Of the moving averages of batch normalisation, as PyTorch has it. With Keras' 0.99 they lag behind by hundreds of
# steps: after 4 epochs of the sample, 160 steps, a residual network read 33 % of the test images, and now reads 84 %.
MOMENTUM = 0.9


def initial_weights(weights: Sequence[Weight], kind: str, seed: int) -> Weights:
    """Return float32 arrays for `weights`, those of a plan, as a training starts with them.

    `blog` draws kernels from N(0, 0.03), biases from N(0, 1), as in the blog post; `glorot` is the uniform rule of
    Glorot and Bengio (2010), `he` the normal one of He et al. (2015), both with biases of zero. Normalisation starts as
    Keras does it: factors and variances are one, all else is zero.
    """
    generator = np.random.default_rng(seed)
    return tuple(_drawn(generator, weight, kind).astype(np.float32) for weight in weights)


def _drawn(generator: np.random.Generator, weight: Weight, kind: str) -> Array:
    shape, role = weight.shape, weight.role
    if role == "bias" and kind == "blog":
        return generator.normal(0.0, 1.0, shape)
    if role != "kernel":
        return (np.ones if role in ("gamma", "variance") else np.zeros)(shape)
    if kind == "blog":
        return generator.normal(0.0, 0.03, shape)
    places = math.prod(shape[:-2])  # positions of a convolution's kernel; 1 for a dense layer
    fan_in, fan_out = places * shape[-2], places * shape[-1]
    if kind == "he":
        return generator.normal(0.0, math.sqrt(2 / fan_in), shape)
    reach = math.sqrt(6 / (fan_in + fan_out))
    return generator.uniform(-reach, reach, shape)


class Model:
    """A network in TensorFlow: the layers of a plan's steps, and their variables in the order of the plan's weights."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.layers = [_keras_layer(step) for step in plan.steps]
        is_resized = any(isinstance(step.operation, kinds.Resize) for step in plan.steps)
        self.keras = self._chained() if plan.is_chain and not is_resized else self._connected()
        self.variables = [variable for layer in self.layers for variable in layer.weights]
        named = list(zip(plan.weights, self.variables, strict=True))
        self.trained = [variable for weight, variable in named if weight.is_trained]
        self.kernels = [variable for weight, variable in named if weight.role == "kernel"]
        # The places of kernel and bias of each layer among the trained variables.
        places = {id(variable): place for place, variable in enumerate(self.trained)}
        self.pairs = [tuple(places[id(self.variables[number + more])] for more in (0, 1)) for number in plan.kernels]

    def __call__(
        self,
        images: tf.Tensor,
        replace: Replace | None = None,
        drop: Callable[[str, tf.Tensor], tf.Tensor] | None = None,
        *,
        training: bool = False,
        look: Callable[[Step, list[tf.Tensor]], None] | None = None,
    ) -> tuple[list[tf.Tensor], tf.Tensor]:
        """Return each hidden layer's output for `images` (batch, rows, columns), after activation, and the logits.

        `replace(number, output)` replaces that of hidden layer `number`, from 0, and `drop(name, output)` that of
        a dropout layer. In `training` batch normalisation measures the batch, and its moving averages follow.
        `look(step, values)` gets what each step reads.
        """
        layers = dict(zip(self.plan.steps, self.layers, strict=True))
        hidden: dict[int, tf.Tensor] = {}

        def compute(step: Step, values: list[tf.Tensor]) -> tf.Tensor:
            if look:
                look(step, values)
            if isinstance(step.operation, kinds.Dropout):
                return values[0] if drop is None else drop(step.name, values[0])
            in_training = {"training": True} if training and isinstance(step.operation, Norm) else {}
            x = layers[step](values if len(values) > 1 else values[0], **in_training)
            if step.hidden is not None:
                x = replace(step.hidden, x) if replace else x
                hidden[step.hidden] = x
            return x

        logits = computed(self.plan, images, compute)
        return [hidden[number] for number in range(len(hidden))], logits

    def sums(self, images: tf.Tensor, number: int, replace: Replace | None = None) -> tf.Tensor:
        """Return what hidden layer `number` gives before its activation, for `images` (batch, rows, columns)."""
        values: dict[str, tf.Tensor] = {}

        def keep(step: Step, taken: list[tf.Tensor]) -> None:
            values[step.name] = taken[0]

        _ = self(images, replace, look=keep)
        step = self.plan.with_kernels[number]
        norm = f"{step.name}_norm"
        layer = self.layers[self.plan.steps.index(step)]
        if norm in (names := [step.name for step in self.plan.steps]):
            return self.layers[names.index(norm)](values[norm])
        x = values[step.name]
        if isinstance(step.operation, DenseLayer):
            return keras.ops.matmul(x, layer.kernel) + layer.bias
        is_depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
        convolve = keras.ops.depthwise_conv if is_depthwise else keras.ops.conv
        shape = {"strides": layer.strides, "padding": layer.padding, "dilation_rate": layer.dilation_rate}
        return convolve(x, layer.kernel, **shape) + layer.bias

    def set_weights(self, weights: Sequence[Array]) -> None:
        """Assign arrays in the order of the plan's weights."""
        for variable, array in zip(self.variables, weights, strict=True):
            variable.assign(array)

    def _chained(self) -> keras.Model:
        return keras.Sequential([keras.Input(self.plan.shape, name="image"), *self.layers], name="network")

    def _connected(self) -> keras.Model:
        image = keras.Input(self.plan.shape, name="image")
        layers = dict(zip(self.plan.steps, self.layers, strict=True))

        def connect(step: Step, values: list[Any]) -> Any:
            # Where `Resizing` is not asked otherwise, it is in training, and with it all layers behind it.
            fixed = {"training": False} if isinstance(step.operation, kinds.Resize) else {}
            return layers[step](values if len(values) > 1 else values[0], **fixed)

        return keras.Model(image, computed(self.plan, image, connect), name="network")


def _keras_layer(step: Step) -> keras.Layer:
    """Return the layer of Keras that computes a step."""
    layers, name = keras.layers, step.name
    match step.operation:
        case DenseLayer(width, activation):
            return layers.Dense(width, activation=_for_keras(activation), name=name)
        case ConvLayer() as layer:
            shared = {
                "strides": layer.stride,
                "padding": layer.padding,
                "dilation_rate": layer.dilation,
                "activation": _for_keras(layer.activation),
                "name": name,
            }
            if layer.is_depthwise:
                return layers.DepthwiseConv2D(layer.kernel, depth_multiplier=step.weights[0].shape[-1], **shared)
            return layers.Conv2D(layer.width, layer.kernel, groups=layer.groups, **shared)
        case Norm("batch", epsilon):
            return layers.BatchNormalization(momentum=MOMENTUM, epsilon=epsilon, name=name)
        case Norm(_, epsilon):
            return layers.LayerNormalization(epsilon=epsilon, name=name)
        case kinds.Pool(kind, size, stride, padding):
            pooling = layers.MaxPooling2D if kind == "max" else layers.AveragePooling2D
            return pooling(size, stride, padding=padding, name=name)
        case kinds.GlobalPool(kind):
            return (layers.GlobalMaxPooling2D if kind == "max" else layers.GlobalAveragePooling2D)(name=name)
        case Activation(of):
            return layers.Activation(_for_keras(of), name=name)
        case kinds.Dropout(rate):
            return layers.Dropout(rate, name=name)
        case kinds.Flatten():
            return layers.Flatten(name=name)
        case kinds.Rescale(scale, offset):
            return layers.Rescaling(scale, offset, name=name)
        case kinds.Pad(top, bottom, left, right):
            return layers.ZeroPadding2D(((top, bottom), (left, right)), name=name)
        case kinds.Resize(rows, columns):
            return layers.Resizing(rows, columns, name=name)
        case kinds.Colour():
            return layers.Concatenate(name=name)  # of three times the same
        case Channel():
            return layers.Reshape(step.shape, name=name)
        case Sum():
            return layers.Add(name=name)
        case Join():
            return layers.Concatenate(name=name)
    raise TypeError(f"This is not an operation: {step.operation}")


def _for_keras(activation: str) -> Any:
    """Return an activation as Keras takes it: its name, or a layer where it has a slope of its own."""
    return activation if activation in LAYER_ACTIVATIONS else keras.layers.LeakyReLU(slope_of(activation))
