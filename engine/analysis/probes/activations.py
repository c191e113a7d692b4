"""What each layer of the network makes of one picture, and the arithmetic behind a single value."""

from engine.analysis.graph.values import input_picture
from engine.core.layers.kinds import KERNEL, ConvLayer
from engine.core.lazy import Array, np
from engine.core.lens import Lens, Neuron
from engine.core.messages import Job, LensAnswer, read_only
from engine.model.network.lens_network import lens_network
from engine.model.network.plain import ACTIVATIONS, plain_answer, plain_forward, softmax
from engine.session.session import Session

BOTH_SIGNS = frozenset({"tanh", "gelu", "leaky_relu"})  # activation functions with values below zero


class ImageActivations(LensAnswer):
    """The activations of each layer for `picture` (rows, columns), as the lens shows them."""

    picture: Array
    about: str  # the picture in words
    # The activations of each hidden layer, float32: (neurons,), of a convolution (rows, columns, feature maps).
    hidden: tuple[Array, ...]
    signed: tuple[bool, ...]  # whether activations may be below zero
    logits: Array  # of shape (classes,), float64
    probabilities: Array  # of shape (classes,); they sum to 1


class Arithmetic(LensAnswer):
    """How a hidden unit gets its value: `inputs` times `weights`, summed, plus `bias`, activated.

    Both are (rows, columns, channels), float32. For a convolution: the 3 x 3 patch around `place` in each map of the
    layer before, zero beyond the edges; for a dense layer: the whole picture or all maps, or (1, 1, neurons before).
    """

    neuron: Neuron
    place: tuple[int, int] | None  # row and column in the feature map; `None` in a dense layer
    inputs: Array
    weights: Array
    bias: float
    total: float  # the sum of all products and the bias, in double precision
    activation: str
    activated: float
    value: float  # the output: the activation as the lens changes it


def image_activations(session: Session, lens: Lens, image: int | None, drawing: Array | None) -> Job:
    """Answer with `ImageActivations` for a drawing (rows, columns), 0 to 1, or else for a test image by its number.

    Needs no TensorFlow. Raises `UserError` if there are no data, or the picture has another shape.
    """
    network = lens_network(session, lens)
    source = input_picture(session, network, image, drawing)
    hidden, logits = plain_forward(network.plan, network.weights, source.picture, network.passed)
    yield ImageActivations(
        **network.shown,
        picture=source.picture,
        about=source.words,
        hidden=tuple(hidden),
        signed=tuple(layer.activation in BOTH_SIGNS for layer in network.layers),
        logits=logits,
        probabilities=softmax(logits),
    )


def unit_arithmetic(
    session: Session,
    lens: Lens,
    image: int | None,
    drawing: Array | None,
    neuron: Neuron,
    place: tuple[int, int] | None = None,
) -> Job:
    """Answer with `Arithmetic` of a hidden unit, for the same picture; raise `UserError` if there is no such unit.

    In a feature map it is that of `place`; without a place in the map, of the value farthest from zero.
    """
    network = lens_network(session, lens)
    layers, (number, unit) = network.layers, neuron
    network.check_neuron(neuron)
    picture = input_picture(session, network, image, drawing).picture
    hidden, _, reads = plain_answer(network.plan, network.weights, picture, network.passed)
    before, kernel, bias = reads[number], network.kernel(number), network.bias(number)
    before = before[..., None] if before.shape == picture.shape else before
    if isinstance(layers[number], ConvLayer):
        values = hidden[number][..., unit]
        rows, columns = values.shape
        if place is None or not (0 <= place[0] < rows and 0 <= place[1] < columns):
            row, column = np.unravel_index(int(np.abs(np.nan_to_num(values)).argmax()), values.shape)
            place = int(row), int(column)
        edge, (top, left) = KERNEL // 2, place
        padded = np.pad(before, ((edge, edge), (edge, edge), (0, 0)))
        inputs, weights = padded[top : top + KERNEL, left : left + KERNEL], kernel[..., unit]
    else:
        place = None
        inputs = before if before.ndim == 3 else before[None, None]
        weights = kernel[:, unit].reshape(inputs.shape)
    with np.errstate(all="ignore"):  # after a diverged training weights are NaN or infinite
        total = float((inputs.astype(np.float64) * weights).sum() + bias[unit])
        activated = float(ACTIVATIONS[layers[number].activation](np.array(total)))
    passed = network.passed[number]
    factor, offset = (1.0, 0.0) if passed is None else (float(array[unit]) for array in passed)
    yield Arithmetic(
        **network.shown,
        neuron=neuron,
        place=place,
        inputs=inputs,
        weights=read_only(weights),  # a copy: a view would hold the whole kernel in memory
        bias=float(bias[unit]),
        total=total,
        activation=layers[number].activation,
        activated=activated,
        value=activated * factor + offset,
    )
