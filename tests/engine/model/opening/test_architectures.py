"""Networks as people build them with the installed Keras, trained a little, answer here as they do there."""

import numpy as np
import plain_network
import pytest
from made_sessions import KERAS_WARNS

from engine.core.layers.kinds import Branches, ConvLayer, DenseLayer, Norm, Residual, hidden_in
from engine.core.lazy import keras
from engine.core.lens import Lens, Neuron
from engine.core.messages import answer, run_through
from engine.data.formats.sample import open_sample
from engine.model.network.lens_network import lens_network
from engine.model.opening.opening import opened_network
from engine.session.jobs.networks import open_network
from engine.session.jobs.runs import RunsTogether
from engine.session.session import Session

pytestmark = [
    pytest.mark.slow,
    KERAS_WARNS,
    pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file"),
]

IMAGE, COLOUR = (28, 28, 1), (64, 64, 3)


def lenet():
    """The network of LeCun et al., 1998, with the layers that are usual for it today."""
    k = keras.layers
    return keras.Sequential([
        keras.Input(IMAGE), k.Conv2D(6, 5, padding="same", activation="tanh"), k.AveragePooling2D(2),
        k.Conv2D(16, 5, activation="tanh"), k.AveragePooling2D(2), k.Flatten(), k.Dense(120, "tanh"),
        k.Dense(84, "tanh"), k.Dense(10, "softmax"),
    ])  # fmt: skip


def all_convolutional():
    """Springenberg et al., 2015: no dense layer, and no pooling but the average at the end."""
    k = keras.layers
    return keras.Sequential([
        keras.Input(IMAGE), k.Rescaling(1 / 127.5, offset=-1), k.Conv2D(8, 3, activation="relu"),
        k.Conv2D(8, 3, strides=2, padding="same", activation="relu"), k.Dropout(0.2),
        k.Conv2D(12, 3, dilation_rate=2, activation="relu"), k.Conv2D(10, 1), k.GlobalAveragePooling2D(), k.Softmax(),
    ])  # fmt: skip


def residual():
    """He et al., 2016: blocks with the input itself beside them, and one with a convolution of 1 × 1."""
    k, image = keras.layers, keras.Input(IMAGE)
    x = k.ReLU()(k.BatchNormalization()(k.Conv2D(8, 3, padding="same", use_bias=False)(image)))
    for maps, stride in ((8, 1), (12, 2)):
        y = k.Conv2D(maps, 3, strides=stride, padding="same", use_bias=False)(x)
        y = k.Activation("relu")(k.BatchNormalization()(y))
        y = k.BatchNormalization()(k.Conv2D(maps, 3, padding="same", use_bias=False)(y))
        if stride > 1:
            x = k.BatchNormalization()(k.Conv2D(maps, 1, strides=stride, use_bias=False)(x))
        x = k.Activation("relu")(k.Add()([x, y]))
    x = x + k.Conv2D(12, 3, padding="same")(k.ReLU()(k.LayerNormalization()(x)))
    return keras.Model(image, k.Dense(10, activation="softmax")(k.GlobalAveragePooling2D()(x)))


def mobile():
    """Sandler et al., 2018: wider inside of a block, each map read alone, ReLU up to 6."""
    k, image = keras.layers, keras.Input(IMAGE)
    x = k.ReLU(6.0)(k.BatchNormalization()(k.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(image)))
    y = k.ReLU(6.0)(k.BatchNormalization()(k.Conv2D(16, 1, use_bias=False)(x)))
    y = k.ReLU(6.0)(k.BatchNormalization()(k.DepthwiseConv2D(3, padding="same", use_bias=False)(y)))
    y = k.BatchNormalization()(k.Conv2D(8, 1, use_bias=False)(y))
    x = k.ZeroPadding2D(((0, 1), (0, 1)))(k.Add()([x, y]))
    x = k.SeparableConv2D(12, 3, strides=2, depth_multiplier=2, activation="relu")(x)
    x = k.Dropout(0.3)(k.GlobalAveragePooling2D(keepdims=True)(x))
    return keras.Model(image, k.Softmax()(k.Reshape((10,))(k.Conv2D(10, 1)(x))))


def inception():
    """Szegedy et al., 2015: four ways beside each other."""
    k, image = keras.layers, keras.Input(IMAGE)
    x = k.MaxPooling2D(3, strides=2, padding="same")(k.Conv2D(8, 5, strides=2, activation="relu")(image))
    ways = [
        k.Conv2D(4, 1, activation="relu")(x),
        k.Conv2D(6, 3, padding="same", activation="relu")(k.Conv2D(4, 1, activation="relu")(x)),
        k.Conv2D(4, 5, padding="same", activation="relu")(k.Conv2D(2, 1, activation="relu")(x)),
        k.Conv2D(4, 1, activation="relu")(k.MaxPooling2D(3, strides=1, padding="same")(x)),
    ]
    x = k.GlobalMaxPooling2D()(k.Concatenate()(ways))
    return keras.Model(image, k.Dense(10)(x))


def normed_everywhere():
    k = keras.layers
    return keras.Sequential([
        keras.Input(IMAGE), k.BatchNormalization(), k.Conv2D(4, 3), k.BatchNormalization(scale=False),
        k.Activation("elu"), k.MaxPooling2D(), k.BatchNormalization(center=False, epsilon=1e-2), k.Flatten(),
        k.BatchNormalization(), k.Dense(16, "relu"), k.BatchNormalization(), k.Dense(16), k.ELU(),
        k.LayerNormalization(center=False), k.Dense(10), k.BatchNormalization(), k.Softmax(),
    ])  # fmt: skip


def depthwise():
    k = keras.layers
    return keras.Sequential([
        keras.Input(IMAGE), k.Conv2D(4, (5, 3), strides=(2, 1), activation="silu"),
        k.DepthwiseConv2D(3, depth_multiplier=2, padding="same", activation="selu"),
        k.Conv2D(8, 3, groups=4, padding="same", activation="softplus"), k.SeparableConv2D(6, 3, use_bias=False),
        k.LeakyReLU(negative_slope=0.2), k.AveragePooling2D(3, padding="same"), k.Flatten(), k.Dense(10, "softmax"),
    ])  # fmt: skip


def colours():
    """Three channels, and what is done to images in training alone."""
    k = keras.layers
    return keras.Sequential([
        keras.Input(COLOUR), k.RandomFlip("horizontal"), k.RandomRotation(0.1), k.Rescaling(1 / 255),
        k.Conv2D(6, 3, strides=2, activation="relu"), k.MaxPooling2D(), k.SpatialDropout2D(0.2),
        k.Conv2D(8, 3, activation="relu"), k.MaxPooling2D(), k.GaussianNoise(0.1), k.Flatten(), k.Dense(10, "softmax"),
    ])  # fmt: skip


def hundred_classes():
    k = keras.layers
    statistics = k.Normalization(axis=None, mean=33.3, variance=6171.0)
    body = keras.Sequential([k.Dense(32, "relu"), k.Dense(24, "sigmoid")], name="body")
    return keras.Sequential([keras.Input((28, 28)), statistics, k.Flatten(), body, k.Dense(100, "softmax")])


def gelu_perceptron():
    k = keras.layers
    return keras.Sequential([
        keras.Input((784,)), k.Dense(48, "gelu"), k.LayerNormalization(epsilon=1e-6), k.Dropout(0.1),
        k.Dense(32, "gelu", use_bias=False), k.Dense(10),
    ])  # fmt: skip


def strides_alone():
    k, image = keras.layers, keras.Input((784,))
    inner = keras.Sequential([keras.Input(IMAGE), k.Conv2D(6, 3, strides=2, padding="same"), k.BatchNormalization()])
    x = k.ReLU()(inner(k.Reshape(IMAGE)(k.Rescaling(1 / 255)(image)), training=False))
    x = k.Conv2D(8, 3, strides=(2, 3), activation="relu")(x)
    return keras.Model(image, k.Dense(10, "softmax")(k.Flatten()(x)))


def two_branches():
    """One that sees pixels and one that sees maps, and a row that grows as in Huang et al., 2017; one output."""
    k, image = keras.layers, keras.Input((28, 28))
    pixels = k.Dense(12, "relu")(k.Flatten()(image))
    maps = k.Conv2D(4, 3, activation="relu")(k.Reshape(IMAGE)(image))
    maps = k.Concatenate()([maps, k.Conv2D(3, 3, padding="same", activation="relu")(maps)])
    x = k.Concatenate()([pixels, k.Flatten()(k.MaxPooling2D(4)(maps))])
    x = k.Concatenate()([x, k.Dense(5, "tanh")(x)])
    return keras.Model(image, k.Dense(1, "sigmoid")(x))


# Each network with what a white pixel is for it.
NETWORKS = {
    lenet: 1, all_convolutional: 255, residual: 1, mobile: 1, inception: 1, normed_everywhere: 1, depthwise: 1,
    colours: 255, hundred_classes: 255, gelu_perceptron: 1, strides_alone: 255, two_branches: 1,
}  # fmt: skip


def read(model, images, white):
    """Return images (images, rows, columns), 0 to 1, as a model reads them."""
    shape = model.input_shape[1:]
    if shape == COLOUR:
        images = np.repeat(images[..., None], 3, -1)
    return (images * white).reshape(len(images), *shape)


def digits(shape, count):
    """Return some images of the sample with these rows and columns, and their labels."""
    data = open_sample()
    images = data.test_images[:count] / np.float32(255)
    if shape == COLOUR[:2]:
        images = np.pad(np.kron(images, np.ones((2, 2))), ((0, 0), (4, 4), (4, 4)))
    return images, data.test_labels[:count]


def trained(model_of, white):
    """Return a network after a few steps, with statistics that are not those of the beginning."""
    keras.utils.set_random_seed(4)
    model = model_of()
    images, labels = digits(COLOUR[:2] if model.input_shape[1:] == COLOUR else IMAGE[:2], 64)
    is_pair = model.output_shape == (None, 1)
    model.compile("adam", "binary_crossentropy" if is_pair else keras.losses.SparseCategoricalCrossentropy())
    model.fit(read(model, images, white), labels % 2 if is_pair else labels, batch_size=16, epochs=2, verbose=0)
    return model, images[:20]


def predicted(model, images):
    answers = model.predict(images, verbose=0)
    return np.hstack([1 - answers, answers]) if answers.shape[1] == 1 else answers


@pytest.mark.parametrize(("model_of", "white"), NETWORKS.items(), ids=[model.__name__ for model in NETWORKS])
def test_a_trained_network_answers_as_keras_does_from_both_kinds_of_files(tmp_path, model_of, white):
    model, images = trained(model_of, white)
    expected = predicted(model, read(model, images, white))
    is_logits = not np.allclose(expected.sum(axis=1), 1, atol=1e-4)
    for suffix in (".keras", ".h5"):
        model.save(tmp_path / f"model{suffix}")
        network = run_through(opened_network(tmp_path / f"model{suffix}"))
        assert network.shape == images.shape[1:]
        logits = plain_network.logits_of(network.layers, network.weights, images)
        answers = logits if is_logits else plain_network.softmax(logits)
        np.testing.assert_allclose(answers, expected, atol=1e-5)
    session = Session()
    (run,) = answer(open_network(session, tmp_path / "model.keras"), RunsTogether).restored
    assert run.spec.network == network.layers
    shapes = [array.shape for array in network.weights]
    assert run.spec.plan(network.shape, expected.shape[1]).shapes == shapes
    shown = lens_network(session, Lens("A"))
    for image, wanted in zip(images, expected, strict=True):
        logits = shown.answer(image)[1]
        np.testing.assert_allclose(logits if is_logits else plain_network.softmax(logits), wanted, atol=1e-5)


def test_a_silenced_map_of_a_block_is_silent_as_in_keras(tmp_path):
    model, images = trained(residual, 1)
    model.save(tmp_path / "model.keras")
    network = run_through(opened_network(tmp_path / "model.keras"))
    first, block, second, third, _ = network.layers
    assert first == ConvLayer(8, "relu", Norm("batch"))
    assert block == Residual((ConvLayer(8, "relu", Norm("batch")), ConvLayer(8, "linear", Norm("batch"))), (), "relu")
    shortcut = (ConvLayer(12, "linear", Norm("batch"), kernel=(1, 1), stride=(2, 2)),)
    assert isinstance(second, Residual) and second.shortcut == shortcut
    assert isinstance(third, Residual) and third.activation == "linear"
    whole = plain_network.logits_of(network.layers, network.weights, images)
    number = 1  # the first convolution within the first block
    silent = plain_network.logits_of(network.layers, network.weights, images, (number, 3))
    inner = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)][number]
    gamma, beta, *rest = inner.get_weights()
    gamma[3] = beta[3] = 0  # whose ReLU is 0
    inner.set_weights([gamma, beta, *rest])
    answers = plain_network.softmax(silent)
    expected = predicted(model, read(model, images, 1))
    np.testing.assert_allclose(answers, expected, atol=1e-5)
    session = Session()
    list(open_network(session, tmp_path / "model.keras"))
    shown = lens_network(session, Lens("A", silenced=frozenset({Neuron(number, 3)})))
    for image, wanted in zip(images, expected, strict=True):
        np.testing.assert_allclose(plain_network.softmax(shown.answer(image)[1]), wanted, atol=1e-5)
    assert np.abs(silent - whole).max() > 1e-3


def test_the_layers_of_branches_are_in_the_order_of_the_file(tmp_path):
    model, _ = trained(inception, 1)
    model.save(tmp_path / "model.keras")
    layers = run_through(opened_network(tmp_path / "model.keras")).layers
    (block,) = [layer for layer in layers if isinstance(layer, Branches)]
    widths = [[layer.width for layer in hidden_in(branch)] for branch in block.branches]
    assert widths == [[4], [4, 6], [2, 4], [4]]
    model, _ = trained(gelu_perceptron, 1)
    model.save(tmp_path / "model.keras")
    layers = run_through(opened_network(tmp_path / "model.keras")).layers
    assert layers[:2] == (DenseLayer(48, "gelu"), Norm("layer", 1e-6))
