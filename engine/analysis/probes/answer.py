"""The network's answer to a picture, and the outputs of its hidden layers."""

import math
from collections.abc import Callable
from functools import partial

from engine.core.layers.kinds import ConvLayer
from engine.core.layers.plan import Plan
from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.messages import LensAnswer
from engine.model.network.lens_network import LensNetwork
from engine.model.network.plain import softmax
from engine.model.network.probe import network_probe

AT_ONCE = 8_000_000  # multiplications that the window does itself: 0.4 to 0.8 ms
DEPTHWISE = 100  # multiplications of a matrix that one of a depthwise convolution takes the time of, in NumPy


class PictureAnswer(LensAnswer):
    """The network's answer to `picture` (rows, columns), as the lens shows it."""

    picture: Array
    logits: Array  # of shape (classes,), float64
    probabilities: Array  # of shape (classes,); they sum to 1
    # The output of each hidden layer, (neurons,): feature maps averaged, silenced neurons zero.
    hidden: tuple[Array, ...]
    lens: Lens  # which shows the network at that step
    # The same network's answer to another picture of the shape, on any thread; `None` if the window would wait for it.
    to: "Callable[[Array], PictureAnswer] | None" = None

    @property
    def label(self) -> int:
        """The class with the highest probability."""
        return int(self.logits.argmax())


@network_probe
def answer(network: LensNetwork, picture: Array) -> PictureAnswer:
    """Return the answer to a picture (rows, columns), 0 to 1, without TensorFlow; `UserError` for another shape."""
    return _answer(network, picture)


def _answer(network: LensNetwork, picture: Array) -> PictureAnswer:
    hidden, logits = network.answer(picture)
    return PictureAnswer(
        **network.shown,
        picture=picture,
        logits=logits,
        probabilities=softmax(logits),
        hidden=tuple(hidden),
        lens=network.key.lens,
        to=partial(_answer, network) if _products(network.plan) <= AT_ONCE else None,
    )


def _products(plan: Plan) -> int:
    """Return the number of multiplications of an answer."""
    products = 0
    for step in plan.with_kernels:
        places, size = math.prod(step.shape[:2]), math.prod(step.weights[0].shape)
        if not isinstance(step.operation, ConvLayer):
            products += size
        else:
            products += places * size * (DEPTHWISE if step.operation.is_depthwise else 1)
    return products
