"""What does a hidden neuron look for in the picture?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from engine.base.errors import UserError
from engine.base.messages import Job, Message, read_only
from engine.base.specs import ConvLayer
from engine.network.lens_network import lens_network

if TYPE_CHECKING:
    from engine.base.lens import Lens, Neuron
    from engine.session.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightPicture(Message):
    """A neuron's weights as a picture (rows, columns), float32: of the first layer those from the pixels.

    Of a deeper layer it is the product of all kernels up to the neuron: what a pixel would add if every neuron on the
    way fired. Of a feature map in the first layer it is its kernel.
    """

    latest_only: ClassVar[bool] = True
    run: str
    step: int
    neuron: Neuron
    picture: np.ndarray[Any, Any]


def weight_picture(session: Session, lens: Lens, neuron: Neuron) -> Job:
    """Answer with `WeightPicture`; with nothing for a neuron behind a convolution, which has no such picture.

    Of a run that was deleted meanwhile there is nothing to tell. Raises `UserError` when there is no such neuron.
    """
    network = lens_network(session, lens)
    kernels = network.weights[0 : 2 * neuron.layer + 2 : 2]
    if not 0 <= neuron.layer < len(network.layers) or not 0 <= neuron.number < kernels[-1].shape[-1]:
        raise UserError(f"Run {lens.run} has no neuron {neuron.number} in hidden layer {neuron.layer + 1}.")
    if any(isinstance(layer, ConvLayer) for layer in network.layers[: neuron.layer + 1]):
        if neuron.layer:
            return
        picture = kernels[0][:, :, 0, neuron.number]
    else:
        weights = kernels[-1][:, neuron.number]
        for kernel in reversed(kernels[:-1]):
            weights = kernel @ weights
        picture = weights.reshape(network.architecture.shape)
    yield WeightPicture(run=lens.run, step=network.key.step, neuron=neuron, picture=read_only(picture))
