"""The answers of a network as a sequence of layers with blocks in it, in NumPy: nothing of the product's is used."""

import math

import numpy as np

ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "gelu": lambda x: x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))) / 2,
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "selu": lambda x: 1.05070098 * np.where(x > 0, x, 1.67326324 * np.expm1(np.minimum(x, 0))),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(x, 0),
}


def activated(name, x):
    if name.startswith("leaky_relu "):  # with its slope below zero
        return np.where(x > 0, x, float(name.split(" ")[1]) * x)
    return ACTIVATIONS[name](x)


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def logits_of(layers, weights, images, silenced=None):
    """Return the logits (images, classes) of images (images, rows, columns), 0 to 1.

    `silenced` is a pair: the number of a hidden layer, from 0, and that of a neuron or map of it whose output is 0.
    """
    network = _Network(iter(weights), silenced)
    x = network.sequence(layers, np.asarray(images, np.float64)[..., None])
    kernel, bias = next(network.weights), next(network.weights)
    assert next(network.weights, None) is None, "each array is used"
    return x.reshape(len(x), -1) @ kernel + bias


class _Network:
    def __init__(self, weights, silenced):
        self.weights, self.silenced, self.hidden = weights, silenced, 0

    def sequence(self, layers, x):
        for layer in layers:
            x = getattr(self, f"_{type(layer).__name__.lower()}")(layer, x)
        return x

    def _denselayer(self, layer, x):
        kernel, bias = next(self.weights), next(self.weights)
        return self._behind(layer, x.reshape(len(x), -1) @ kernel + bias)

    def _convlayer(self, layer, x):
        kernel, bias = next(self.weights), next(self.weights)
        inputs, outputs = kernel.shape[2:]
        windows = _windows(x, layer.kernel, layer.stride, layer.padding, layer.dilation)
        if layer.is_depthwise:
            assert inputs == x.shape[-1] and inputs * outputs == layer.width
            result = np.einsum("nyxijc,ijcm->nyxcm", windows, kernel).reshape(*windows.shape[:3], -1)
        else:
            groups = [
                np.einsum("nyxijc,ijco->nyxo", part, filters)
                for part, filters in zip(
                    np.split(windows, layer.groups, -1), np.split(kernel, layer.groups, -1), strict=True
                )
            ]
            result = np.concatenate(groups, -1)
        return self._behind(layer, result + bias)

    def _behind(self, layer, x):
        number, self.hidden = self.hidden, self.hidden + 1
        x = self._norm(layer.norm, x) if layer.norm else x
        x = activated(layer.activation, x)
        if self.silenced and self.silenced[0] == number:
            x[..., self.silenced[1]] = 0
        return x

    def _norm(self, norm, x):
        gamma, beta = next(self.weights), next(self.weights)
        if norm.kind == "batch":
            mean, variance = next(self.weights), next(self.weights)
        else:
            mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        assert gamma.shape == beta.shape == x.shape[-1:]
        return (x - mean) / np.sqrt(variance + norm.epsilon) * gamma + beta

    def _pool(self, layer, x):
        windows = _windows(x, layer.size, layer.stride, layer.padding, filled=np.nan)
        return (np.nanmax if layer.kind == "max" else np.nanmean)(windows, axis=(3, 4))

    def _globalpool(self, layer, x):
        return (np.max if layer.kind == "max" else np.mean)(x, axis=(1, 2))

    def _activation(self, layer, x):
        return activated(layer.name, x)

    def _dropout(self, layer, x):
        return x

    def _flatten(self, layer, x):
        return x.reshape(len(x), -1)

    def _rescale(self, layer, x):
        return x * layer.scale + layer.offset

    def _pad(self, layer, x):
        return np.pad(x, ((0, 0), (layer.top, layer.bottom), (layer.left, layer.right), (0, 0)))

    def _colour(self, layer, x):
        return np.repeat(x, 3, -1)

    def _residual(self, layer, x):
        body = self.sequence(layer.body, x)
        return activated(layer.activation, body + self.sequence(layer.shortcut, x))

    def _branches(self, layer, x):
        return np.concatenate([self.sequence(branch, x) for branch in layer.branches], -1)


def _windows(x, size, stride, padding, dilation=(1, 1), filled=0.0):
    """Return what each place of a kernel sees, (images, rows, columns, *size, maps)."""
    reach = [(side - 1) * step + 1 for side, step in zip(size, dilation, strict=True)]
    if padding == "same":
        pads = []
        for side, extent, step in zip(x.shape[1:3], reach, stride, strict=True):
            missing = max((-(-side // step) - 1) * step + extent - side, 0)
            pads.append((missing // 2, missing - missing // 2))
        x = np.pad(x, ((0, 0), *pads, (0, 0)), constant_values=filled)
    views = np.lib.stride_tricks.sliding_window_view(x, reach, axis=(1, 2))
    views = views[:, :: stride[0], :: stride[1], :, :: dilation[0], :: dilation[1]]
    return np.moveaxis(views, 3, -1)
