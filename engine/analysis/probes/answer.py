"""The network's answer to a picture, and the outputs of its hidden layers."""

from engine.core.lazy import Array
from engine.core.messages import LensAnswer
from engine.model.network.lens_network import LensNetwork
from engine.model.network.plain import softmax
from engine.model.network.probe import network_probe


class PictureAnswer(LensAnswer):
    """The network's answer to `picture` (rows, columns), as the lens shows it."""

    picture: Array
    logits: Array  # of shape (classes,), float64
    probabilities: Array  # of shape (classes,); they sum to 1
    # The output of each hidden layer, (neurons,): feature maps averaged, silenced neurons zero.
    hidden: tuple[Array, ...]

    @property
    def label(self) -> int:
        """The class with the highest probability."""
        return int(self.logits.argmax())


@network_probe
def answer(network: LensNetwork, picture: Array) -> PictureAnswer:
    """Return the answer to a picture (rows, columns), 0 to 1, without TensorFlow; `UserError` for another shape."""
    hidden, logits = network.answer(picture)
    return PictureAnswer(
        **network.shown, picture=picture, logits=logits, probabilities=softmax(logits), hidden=tuple(hidden)
    )
