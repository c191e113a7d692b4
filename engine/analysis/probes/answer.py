"""The network's answer to a picture, and the outputs of its hidden layers."""

from collections.abc import Callable
from functools import partial

from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.messages import LensAnswer
from engine.model.network.lens_network import LensNetwork
from engine.model.network.plain import softmax
from engine.model.network.probe import network_probe

AT_ONCE = 8_000_000  # multiplications that the window does itself: 0.4 to 0.8 ms


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
    products = sum(kernel.size * (picture.size if kernel.ndim == 4 else 1) for kernel in network.kernels)
    return PictureAnswer(
        **network.shown,
        picture=picture,
        logits=logits,
        probabilities=softmax(logits),
        hidden=tuple(hidden),
        lens=network.key.lens,
        to=partial(_answer, network) if products <= AT_ONCE else None,
    )
