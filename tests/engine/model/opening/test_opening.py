"""Networks that Keras saved: what the file says is computed here, and what no network here can be is refused."""

import json
import warnings
import zipfile

import h5py
import keras_files
import numpy as np
import plain_network
import pytest
from keras_files import ROWS, archive, call_of, convolutional, graph, hdf5, layer, legacy, linear_of, network, weights

from engine.core.errors import UserError
from engine.core.layers.kinds import (
    Branches,
    Colour,
    ConvLayer,
    DenseLayer,
    Dropout,
    Flatten,
    GlobalPool,
    Norm,
    Pool,
    Rescale,
    Residual,
)
from engine.core.layers.language import as_text
from engine.core.messages import run_through
from engine.model.opening import hdf5_process
from engine.model.opening.description import described
from engine.model.opening.opening import opened_network


@pytest.fixture
def opened(read_here, tmp_path):
    """Opens the bytes of a file."""

    def opened(content, name="model.keras", near=None):
        (tmp_path / name).write_bytes(content)
        return run_through(opened_network(tmp_path / name, near))

    return opened


@pytest.fixture
def refusal(opened):
    """Returns the sentence with which the bytes of a file are refused."""

    def refusal(content, name="model.keras"):
        with pytest.raises(UserError) as refused:
            opened(content, name)
        assert "\n" not in str(refused.value) and len(str(refused.value)) < 300
        return refused.value.sentence

    return refusal


def refusal_of(description):
    """Return the sentence with which a description is refused, before any weights are read."""
    text = description if isinstance(description, str) else json.dumps(description)
    with pytest.raises(UserError) as refused:
        described(text, "model.keras")
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 300
    return refused.value.sentence


def in_short(value):
    """Return the name of a parameter: not the file, which goes into the environment of a process."""
    return value if isinstance(value, str) else "file"


def images(count=5, seed=3):
    return np.random.default_rng(seed).random((count, ROWS, ROWS)).astype(np.float32)


def logits_of(found, image):
    return plain_network.logits_of(found.layers, found.weights, image[None])[0]


def test_weights_and_layers_are_those_of_the_file_in_each_spelling(opened):
    own = weights()
    for content, name in (
        (archive(), "a.keras"),
        (archive(linear_of(network()), packed=zipfile.ZIP_DEFLATED), "b.keras"),
        (legacy(), "c.h5"),
        (legacy(linear_of(network()), suffix=""), "d.hdf5"),
        (legacy(of_keras_2()), "E.H5"),
        (legacy(linear_of_keras_2()), "f.h5"),
    ):
        found = opened(content, name)
        assert (found.shape, found.layers) == ((ROWS, ROWS), (DenseLayer(5, "relu"),)), name
        for array, expected in zip(found.weights, (array for pair in own for array in pair), strict=True):
            np.testing.assert_array_equal(array, expected)
            assert not array.flags.writeable
        image = images()[0]
        expected = np.maximum(image.reshape(-1) @ own[0][0] + own[0][1], 0) @ own[1][0] + own[1][1]
        np.testing.assert_allclose(logits_of(found, image), expected, atol=1e-5)


def of_keras_2():
    """The description of the same network as Keras 2 wrote it: no modules, no input layer."""
    dense = {"units": 5, "activation": "relu", "use_bias": True, "kernel_initializer": initial()}
    return {
        "class_name": "Sequential",
        "config": {
            "name": "sequential",
            "layers": [
                {"class_name": "Flatten", "config": {"name": "flatten", "batch_input_shape": [None, ROWS, ROWS]}},
                {"class_name": "Dense", "config": {"name": "dense", "dtype": "float32", **dense}},
                {"class_name": "Dense", "config": {"name": "dense_1", "units": 3, "activation": "softmax"}},
            ],
        },
    }


def linear_of_keras_2():
    chain = [
        {"class_name": "InputLayer", "config": {"name": "image", "batch_input_shape": [None, ROWS, ROWS]}},
        {"class_name": "Flatten", "config": {"name": "flatten", "data_format": "channels_last"}},
        *of_keras_2()["config"]["layers"][1:],
    ]
    for before, here in zip([None, *chain], chain, strict=False):
        here["name"] = here["config"]["name"]
        here["inbound_nodes"] = [] if before is None else [[[before["name"], 0, 0, {}]]]
    ends = {"input_layers": [["image", 0, 0]], "output_layers": [["dense_1", 0, 0]]}
    return {"class_name": "Model", "config": {"name": "model", "layers": chain, **ends}}


def initial():
    return {"class_name": "GlorotUniform", "config": {"seed": None}}


def test_a_convolution_is_what_numpy_makes_of_its_kernels(opened):
    own = weights(keras_files.CONVOLUTIONAL)
    (kernel, bias), (last, offsets) = own
    found = opened(archive(convolutional(), hdf5(own, ("conv2d", "dense"))))
    assert found.layers == (ConvLayer(2, "relu"), Pool())
    image = images()[1]
    padded = np.pad(image, 1)
    maps = np.zeros((ROWS, ROWS, 2))
    for row in range(ROWS):
        for column in range(ROWS):
            maps[row, column] = np.tensordot(padded[row : row + 3, column : column + 3], kernel[:, :, 0], 2) + bias
    pooled = np.maximum(maps, 0).reshape(2, 2, 2, 2, 2).max(axis=(1, 3))
    np.testing.assert_allclose(logits_of(found, image), pooled.reshape(-1) @ last + offsets, atol=1e-5)


def test_layers_that_change_no_answer_change_none_here(opened):
    plain = opened(archive())
    first, flatten, dense, last = network()["config"]["layers"]
    dense["config"]["activation"], last["config"]["activation"] = "linear", None
    found = opened(archive(network(
        first, layer("Rescaling", "rescaling", scale=1 / 255, offset=0.0), flatten, dense,
        layer("Activation", "activation", activation="relu"), layer("Dropout", "dropout", rate=0.5),
        layer("GaussianNoise", "noise", stddev=0.5), last, layer("Dropout", "late", rate=0.1),
        layer("Softmax", "softmax", axis=-1),
    )))  # fmt: skip
    assert found.layers == (*plain.layers, Dropout(0.5)), "of the other kinds a training here has none"
    for array, expected in zip(found.weights, plain.weights, strict=True):
        np.testing.assert_array_equal(array, expected)


def test_a_layer_without_a_bias_gets_one_of_zero(opened):
    description = network()
    description["config"]["layers"][2]["config"]["use_bias"] = False
    (kernel, _), last = weights()
    found = opened(archive(description, hdf5([[kernel], last])))
    np.testing.assert_array_equal(found.weights[1], np.zeros(5))


def test_a_normalisation_without_gamma_and_beta_gets_ones_and_zeros(opened):
    generator = np.random.default_rng(4)
    first, last = weights()
    statistics = [generator.normal(0, 1, 5), generator.random(5)]
    content = hdf5([first, statistics, last], ("dense", "batch_normalization", "dense_1"))
    found = opened(archive(behind(layer("BatchNormalization", "b", scale=False, center=False, epsilon=0.01)), content))
    assert found.layers == (DenseLayer(5, "relu"), Norm("batch", 0.01))
    for array, expected in zip(found.weights, [*first, np.ones(5), np.zeros(5), *statistics, *last], strict=True):
        np.testing.assert_array_equal(array, np.float32(expected))
    description = behind(layer("BatchNormalization", "b"))
    description["config"]["layers"][2]["config"]["activation"] = "linear"
    description["config"]["layers"].insert(4, layer("ReLU", "r"))
    gamma, beta = generator.normal(0, 1, (2, 5))
    content = hdf5([first, [gamma, beta, *statistics], last], ("dense", "batch_normalization", "dense_1"))
    found = opened(archive(description, content))
    assert found.layers == (DenseLayer(5, "relu", Norm("batch")),), "between the sums and the activation"
    image = images()[0]
    x = ((image.reshape(-1) @ first[0] + first[1]) - statistics[0]) / np.sqrt(statistics[1] + 0.001) * gamma + beta
    np.testing.assert_allclose(logits_of(found, image), np.maximum(x, 0) @ last[0] + last[1], atol=1e-5)


def test_a_negative_variance_is_refused(refusal):
    first, last = weights()
    for kind, arrays in (("BatchNormalization", [np.ones(5)] * 3), ("Normalization", [np.ones(5)])):
        group = "batch_normalization" if kind[0] == "B" else "normalization"
        count = [] if kind[0] == "B" else [np.array(3)]
        content = hdf5([first, [*arrays, -np.ones(5), *count], last], ("dense", group, "dense_1"))
        assert (
            refusal(archive(behind(layer(kind, "n")), content)) == "model.keras, layer 4, n: its variance is negative."
        )


def test_a_normalisation_in_front_has_the_statistics_of_its_pixels(opened):
    image, flatten, *rest = network()["config"]["layers"]
    for statistics, at_most in (((0.4, 0.09), 1), ((102.0, 5852.25), 255)):
        numbers = {"mean": statistics[0], "variance": [statistics[1]]}
        fixed = layer("Normalization", "n", axis=None, **numbers)
        found = opened(archive(network(image, flatten, fixed, *rest)))
        assert found.layers == (Flatten(), Norm("batch", 1e-7), DenseLayer(5, "relu"))
        (kernel, bias), (last, offsets) = weights()
        picture = images()[2]
        x = (picture.reshape(-1) * at_most - statistics[0]) / np.sqrt(statistics[1])
        expected = np.maximum(x @ kernel + bias, 0) @ last + offsets
        np.testing.assert_allclose(logits_of(found, picture), expected, atol=1e-5)


def test_a_rescaling_in_front_is_for_pixels_from_0_to_255_if_it_makes_them_small():
    image, *rest = network()["config"]["layers"]
    for scale, offset, expected in (
        (1 / 255, 0, ()),
        (1 / 127.5, -1, (Rescale(2.0, -1.0),)),
        (2.0, -1, (Rescale(2.0, -1.0),)),
        (1.0, 0, ()),
        (-1.0, 1.0, (Rescale(-1.0, 1.0),)),
    ):
        description = network(image, layer("Rescaling", "r", scale=scale, offset=offset), *rest)
        assert described(json.dumps(description), "m.keras").layers == (*expected, DenseLayer(5, "relu")), scale


def test_one_output_through_a_sigmoid_becomes_two_whose_softmax_is_the_same(opened):
    arrays = weights((((16, 5), (5,)), ((5, 1), (1,))))
    found = opened(archive(changed(3, units=1, activation="sigmoid"), hdf5(arrays)))
    (kernel, bias), (last, offset) = arrays
    image = images()[0]
    logit = np.maximum(image.reshape(-1) @ kernel + bias, 0) @ last + offset
    answer = plain_network.softmax(logits_of(found, image))
    np.testing.assert_allclose(answer, np.concatenate([1 - 1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(-logit))]))
    assert "whose softmax is its sigmoid" in found.remark


def test_a_network_that_ends_in_averages_of_maps_gets_outputs_that_pass_them_on(opened):
    description = convolutional(filters=3, activation="linear")
    image, convolution, *_ = description["config"]["layers"]
    ((kernel, bias),) = arrays = weights((((3, 3, 1, 3), (3,)),))
    ends = layer("GlobalAveragePooling2D", "g"), layer("Softmax", "s")
    found = opened(archive(network(image, convolution, *ends), hdf5(arrays, ("conv2d",))))
    assert found.layers == (ConvLayer(3, "linear"), GlobalPool("average"))
    np.testing.assert_array_equal(found.weights[2], np.eye(3))
    np.testing.assert_array_equal(found.weights[3], np.zeros(3))
    picture = images()[0]
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(picture, 1), (3, 3))
    expected = (np.einsum("yxij,ijo->yxo", windows, kernel[:, :, 0]) + bias).mean(axis=(0, 1))
    np.testing.assert_allclose(logits_of(found, picture), expected, atol=1e-5)
    assert found.remark == "It ends without a dense layer: one that passes on each number as it is stands there."
    assert opened(archive()).remark == ""


def test_an_image_of_three_channels_is_read_from_a_grey_one():
    image, *rest = convolutional()["config"]["layers"]
    image["config"]["batch_shape"] = [None, ROWS, ROWS, 3]
    layers = described(json.dumps(network(image, *rest)), "m.keras").layers
    assert layers == (Colour(), ConvLayer(2, "relu"), Pool())
    row = layer("InputLayer", "image", batch_shape=[None, 48]), layer("Dense", "dense", units=3)
    assert described(json.dumps(network(*row)), "m.keras").layers == (Colour(),)


def test_the_same_layer_may_be_used_several_times_if_it_has_no_weights():
    image, flatten, dense, last = network()["config"]["layers"]
    dense["config"]["activation"] = "linear"
    parts = [
        (image,), (flatten, "image"), (dense, "flatten"), (layer("ReLU", "r"), "dense"),
        (layer("Dense", "more", units=5), "r"), (last, "more"),
    ]  # fmt: skip
    description = graph(*parts)
    relu, _, last = description["config"]["layers"][3:]
    relu["inbound_nodes"].append(call_of("more"))
    last["inbound_nodes"][0]["args"][0]["config"]["keras_history"] = ["r", 1, 0]
    found = described(json.dumps(description), "m.keras")
    assert found.layers == (DenseLayer(5, "relu"), DenseLayer(5, "relu"))


@pytest.mark.parametrize("kind", ["Add", "Concatenate"])
def test_ways_into_a_join_that_begin_at_two_layers_of_one_way_are_a_block_within_a_block(opened, kind):
    image, flatten, *_ = network()["config"]["layers"]
    dense = [layer("Dense", name, units=4, activation="tanh") for name in ("f", "g", "h")]
    description = graph(
        (image,), (flatten, "image"), (dense[0], "flatten"), (dense[2], "flatten"), (dense[1], "f"),
        (layer(kind, "join"), "f", "g", "h"), (layer("Dense", "last", units=3), "join"),
    )  # fmt: skip
    width = 4 if kind == "Add" else 12
    f, h, g, last = arrays = weights((((16, 4), (4,)), ((16, 4), (4,)), ((4, 4), (4,)), ((width, 3), (3,))))
    groups = [f"dense_{number}" if number else "dense" for number in range(4)]
    found = opened(archive(description, hdf5(arrays, groups)))
    picture = images()[0]
    x = picture.reshape(-1)
    one = np.tanh(x @ f[0] + f[1])
    parts = [one, np.tanh(one @ g[0] + g[1]), np.tanh(x @ h[0] + h[1])]
    joined = sum(parts) if kind == "Add" else np.concatenate(parts)
    np.testing.assert_allclose(logits_of(found, picture), joined @ last[0] + last[1], atol=1e-5)
    hidden = DenseLayer(4, "tanh")
    if kind == "Add":
        assert found.layers == (Flatten(), Residual((hidden, Residual((hidden,), (), "linear")), (hidden,), "linear"))
    else:
        assert found.layers == (Flatten(), Branches(((hidden, Branches(((), (hidden,)))), (hidden,))))


def test_ways_of_a_row_that_are_not_side_by_side_are_no_block():
    image, flatten, *_ = network()["config"]["layers"]
    f, g, h = (layer("Dense", name, units=4) for name in ("f", "g", "h"))
    parts = (image,), (flatten, "image"), (f, "flatten"), (h, "flatten"), (g, "f")
    last = layer("Dense", "last", units=3), "join"
    row = graph(*parts, (layer("Concatenate", "join"), "f", "h", "g"), last)
    assert "layer 6, join: its inputs are not ways that all begin at one layer" in refusal_of(row)
    added = described(json.dumps(graph(*parts, (layer("Add", "join"), "f", "h", "g"), last)), "m.keras").layers
    assert isinstance(added[1], Residual), "a sum has no order"


def test_a_normalisation_further_back_is_of_the_numbers_there(opened):
    found = opened(archive(behind(layer("Normalization", "n", axis=-1, mean=102.0, variance=4.0))))
    np.testing.assert_array_equal(found.weights[4], np.full(5, 102))
    np.testing.assert_allclose(found.weights[5], np.full(5, 4), rtol=1e-6)


def test_what_stands_between_the_last_dense_layer_and_softmax_stays():
    before, last = network()["config"]["layers"][:3], layer("Dense", "last", units=3)
    norm, softmax, dropout = layer("BatchNormalization", "b"), layer("Softmax", "s"), layer("Dropout", "d", rate=0.1)
    for behind_it, layers in (
        ([norm, softmax], (DenseLayer(3, "linear", Norm("batch")),)),
        ([layer("ReLU", "r"), dropout, softmax], (DenseLayer(3, "relu"),)),
        ([dropout, softmax], ()),
    ):
        found = described(json.dumps(network(*before, last, *behind_it)), "m.keras")
        assert found.layers == (DenseLayer(5, "relu"), *layers)
        assert (found.remark != "") == (layers != ()), "outputs that pass on what they read are said"


def test_the_sum_of_a_layer_with_itself_is_twice_what_it_gives():
    image, flatten, dense, last = network()["config"]["layers"]
    parts = (image,), (flatten, "image"), (dense, "flatten"), (layer("Add", "a"), "dense", "dense"), (last, "a")
    assert described(json.dumps(graph(*parts)), "m.keras").layers == (DenseLayer(5, "relu"), Rescale(2.0))


def test_rows_of_pixels_have_the_shape_of_the_open_data_or_are_square(opened):
    first = layer("InputLayer", "image", batch_shape=[None, 16])
    _, _, dense, last = network()["config"]["layers"]
    content = archive(network(first, dense, last))
    assert opened(content).shape == (4, 4)
    assert opened(content, near=(2, 8)).shape == (2, 8)
    assert opened(content, near=(28, 28)).shape == (4, 4)
    reshaped = archive(
        network(first, layer("Reshape", "reshape", target_shape=[8, -1]), layer("Flatten", "f"), dense, last)
    )
    assert opened(reshaped).shape == (8, 2)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"kernel_size": [33, 5]}, "model.keras, layer 2, conv2d: 33 × 5 are too many; at most 31 are possible."),
        ({"kernel_size": [5, 5], "padding": "valid"}, "its 5 × 5 are more than the 4 × 4 that it reads"),
        ({"kernel_size": [3, 3], "padding": "valid", "dilation_rate": 2}, "its 5 × 5 are more than the 4 × 4"),
        ({"kernel_size": [0, 3]}, "its description is damaged"),
        ({"kernel_size": [3, 3, 3]}, "its description is damaged"),
        ({"strides": [17, 1]}, "17 × 1 are too many; at most 16"),
        ({"strides": [-1, -1]}, "its description is damaged"),
        ({"strides": [2, 2], "dilation_rate": [2, 2]}, "its description is damaged"),
        ({"padding": "causal"}, "its padding is causal, in Layerlight it is same"),
        ({"padding": [1, 1]}, "its padding is [1, 1], in Layerlight it is same"),
        ({"groups": 2}, "its description is damaged"),
        ({"groups": 0}, "its description is damaged"),
        ({"data_format": "channels_first"}, "its data_format is channels_first"),
        ({"filters": 4097}, "4,097 neurons or maps; Layerlight's layers have at most 4,096"),
        ({"use_bias": "no"}, "its description is damaged"),
        ({"activation": "mish"}, "Layerlight has no activation mish; there are relu, tanh"),
        ({"gate": 3}, "Layerlight does not know its setting gate."),
        ({"lora_rank": 4}, "does not know its setting lora_rank"),
        ({"activation": "softmax"}, "nothing of this kind at this place"),
        ({"dtype": "float16"}, "its dtype is float16, in Layerlight it is float32"),
        ({"filters": True}, "its description is damaged"),
        ({"filters": -1}, "its description is damaged"),
        ({"kernel_size": "3"}, "its description is damaged"),
        ({"kernel_initializer": layer("Lambda", "l")}, "Layerlight has no Lambda"),
    ],
)
def test_a_convolution_that_is_none_of_layerlight_s_is_named_with_its_reason(changes, why):
    assert why in refusal_of(convolutional(**changes))


def test_what_a_convolution_may_be(opened):
    for changes, expected in (
        ({"kernel_size": [1, 1]}, ConvLayer(2, "relu", kernel=(1, 1))),
        ({"kernel_size": [1, 1], "padding": "valid"}, ConvLayer(2, "relu", kernel=(1, 1))),
        ({"padding": "valid"}, ConvLayer(2, "relu", padding="valid")),
        ({"strides": [2, 1]}, ConvLayer(2, "relu", stride=(2, 1))),
        ({"kernel_size": [2, 2], "strides": [2, 2], "padding": "valid"}, ConvLayer(2, "relu", None, (2, 2), (2, 2))),
        ({"dilation_rate": 2}, ConvLayer(2, "relu", dilation=(2, 2))),
        ({"activation": "swish"}, ConvLayer(2, "silu")),
        ({"activation": "linear"}, ConvLayer(2, "linear")),
        ({"virtual_batch_size": None}, ConvLayer(2, "relu")),
    ):
        assert described(json.dumps(convolutional(**changes)), "m.keras").layers == (expected, Pool()), changes


def layers_without(*numbers):
    return [kept for number, kept in enumerate(convolutional()["config"]["layers"]) if number not in numbers]


def changed(number, **config):
    """The small network with other settings of one layer."""
    description = network()
    description["config"]["layers"][number]["config"].update(config)
    return description


def many(count):
    return [layer("Dense", f"many_{number}", units=5, activation="relu") for number in range(count)]


def behind(*parts):
    """The small network with more behind its first dense layer."""
    *before, last = network()["config"]["layers"]
    return network(*before, *parts, last)


def of_maps(*parts):
    """The convolutional network with more behind its pooling, which gives 2 × 2 × 2."""
    image, convolution, pool, *rest = convolutional()["config"]["layers"]
    return network(image, convolution, pool, *parts, *rest)


def joined(kind, *names, **config):
    """A functional model in which a layer joins what others give."""
    image, flatten, dense, _ = network()["config"]["layers"]
    own = {**layer("Dense", "dense_1", units=3, activation="tanh")}
    return graph(
        (image,), (flatten, "image"), (dense, "flatten"), (own, "dense"),
        (layer(kind, "joined", **config), *names), (layer("Dense", "last", units=3), "joined"),
    )  # fmt: skip


def crossed():
    """A functional model whose ways cross: two sums, each of which reads what two others give."""
    image, flatten, *_ = network()["config"]["layers"]
    dense = [layer("Dense", name, units=5) for name in ("a", "b")]
    return graph(
        (image,), (flatten, "image"), (dense[0], "flatten"), (dense[1], "a"),
        (layer("Add", "one"), "a", "b"), (layer("Dense", "c", units=5), "b"),
        (layer("Add", "both"), "one", "c"), (layer("Dense", "last", units=3), "both"),
    )  # fmt: skip


def inside(model):
    """The small network with another network within."""
    image, _, dense, last = network()["config"]["layers"]
    model["config"]["name"] = "inner"
    return network(image, model, layer("Flatten", "flat"), dense, last)


def nested(levels):
    model = network(layer("Flatten", "flatten"))
    for level in range(levels):
        model = network(model, layer("Flatten", f"flatten_{level}"))
    return inside(model)


def in_blocks(levels):
    """A functional model of sums within sums."""
    image, flatten, *_ = network()["config"]["layers"]
    parts = [(image,), (flatten, "image"), (layer("Dense", "sum_0", units=16), "flatten")]
    for level in range(levels):
        parts.append((layer("Dropout", f"in_{level}", rate=0.1), "flatten" if level == 0 else f"in_{level - 1}"))
    parts[2] = layer("Dense", "sum_0", units=16), f"in_{levels - 1}"
    parts.append(parts.pop(2))
    for level in range(levels):
        parts.append((layer("Add", f"sum_{level + 1}"), f"in_{levels - 1 - level}", f"sum_{level}"))
    return graph(*parts, (layer("Dense", "last", units=3), f"sum_{levels}"))


def functional(change):
    description = linear_of(network())
    change(description["config"], description["config"]["layers"])
    return description


def deep(levels):
    return "[" * levels + "]" * levels


@pytest.mark.parametrize(
    ("description", "why"),
    [
        (network(*layers_without(0)), "layer 1, conv2d: a network of Layerlight has nothing of this kind"),
        (network(*layers_without(3)), "layer 4, dense: it reads an image or feature maps; in Layerlight a Flatten"),
        (network(*layers_without(3, 4)), "it ends in feature maps"),
        (network(*network()["config"]["layers"][:2]), "it has no layer with weights"),
        (changed(0, batch_shape=[None, 4, 4, 4]), "layer 1, image: it reads images of 4 × 4 × 4"),
        (changed(0, batch_shape=[None, 300, 300]), "at most 256 × 256 pixels"),
        (changed(0, batch_shape=[None, 10**9, 1]), "layer 1, image: its description is damaged"),
        (changed(0, batch_shape=[None, None, None]), "layer 1, image: its description is damaged"),
        (network(layer("InputLayer", "i", batch_shape=[None, 15]), *network()["config"]["layers"][2:]), "15 numbers"),
        (changed(2, units=10**400), "layer 3, dense: its description is damaged"),
        (
            network(*network()["config"]["layers"][:2], *many(65), layer("Dense", "l", units=3)),
            "at most 64 hidden layers, not 65.",
        ),
        (changed(2, units=10**13), "10,000,000,000,000 neurons or maps"),
        (changed(3, activation="sigmoid"), "its outputs are those of sigmoid"),
        (changed(3, units=101), "it has 101 outputs; Layerlight's networks have 2 to 100"),
        (changed(3, units=1), "it has 1 outputs"),
        (changed(2, activation={"class_name": "PReLU", "config": {}}), "Layerlight has no PReLU"),
        (changed(2, quantization_config={"mode": "int8"}), "its quantization_config is"),
        (
            changed(2, activation={"class_name": "LeakyReLU", "config": None}),
            "layer 3, dense: its description is damaged",
        ),
        (
            changed(2, activation={"class_name": "LeakyReLU", "config": {"slope": 0.3}}),
            "does not know its setting slope",
        ),
        (behind(layer("LeakyReLU", "l", negative_slope=1.5)), "is 1.5, in Layerlight it is between 0 and 1"),
        (behind(layer("LeakyReLU", "l", alpha=-0.3)), "its negative_slope is -0.3"),
        (behind(layer("ReLU", "r", max_value=1.0)), "its max_value is 1.0"),
        (behind(layer("ReLU", "r", threshold=0.5)), "its threshold is 0.5"),
        (behind(layer("ELU", "e", alpha=0.5)), "its alpha is 0.5"),
        (behind(layer("PReLU", "p")), "layer 4, p: Layerlight has no PReLU."),
        (behind(layer("LSTM", "l", units=3)), "layer 4, l: Layerlight has no LSTM."),
        (behind(layer("Multiply", "m")), "Layerlight has no Multiply"),
        (behind(layer("Add", "a")), "layer 4, a: its description is damaged"),
        (behind(layer("Softmax", "s", axis=1)), "its axis is 1"),
        (behind(layer("Softmax", "s", axis=-1)), "layer 4, s: a network of Layerlight has nothing of this kind"),
        (behind(layer("BatchNormalization", "b", axis=2)), "layer 4, b: its axis is 2, in Layerlight it is -1"),
        (behind(layer("BatchNormalization", "b", axis=[1, 2])), "its axis is [1, 2]"),
        (behind(layer("BatchNormalization", "b", epsilon=-1.0)), "its description is damaged"),
        (behind(layer("BatchNormalization", "b", epsilon=float("1e300"))), "its description is damaged"),
        (behind(layer("BatchNormalization", "b", scale=1)), "its description is damaged"),
        (behind(layer("BatchNormalization", "b", renorm=True)), "its renorm is true"),
        (
            behind(layer("BatchNormalization", "b", virtual_batch_size=4)),
            "does not know its setting virtual_batch_size",
        ),
        (behind(layer("LayerNormalization", "n", rms_scaling=True)), "its rms_scaling is true"),
        (behind(layer("LayerNormalization", "n", axis={"a": 1})), "its axis is {a: 1}"),
        (behind(layer("Normalization", "n", invert=True)), "its invert is true"),
        (behind(layer("Normalization", "n", mean=[1.0, 2.0], variance=[1.0, 1.0])), "its description is damaged"),
        (behind(layer("Normalization", "n", mean="1", variance=1.0)), "its description is damaged"),
        (behind(layer("Dropout", "d", rate=1.5)), "its description is damaged"),
        (behind(layer("Dropout", "d", rate=0.5, noise_shape=[1, 5])), "does not know its setting noise_shape"),
        (behind(layer("MaxPooling2D", "p", pool_size=2)), "it needs feature maps"),
        (behind(layer("DepthwiseConv2D", "c", kernel_size=3)), "it needs feature maps"),
        (behind(layer("Reshape", "r", target_shape=[1, 1, 5])), "layer 4, r: a network of Layerlight has nothing"),
        (behind(layer("Reshape", "r", target_shape=[-1, -1])), "its description is damaged"),
        (behind(layer("Reshape", "r", target_shape=[0, 5])), "its description is damaged"),
        (network(*network()["config"]["layers"], layer("Dense", "d", units=3)), "layer 4, dense_1: a network of Lay"),
        (of_maps(layer("DepthwiseConv2D", "c", kernel_size=3, depth_multiplier=2049)), "4,098 neurons or maps"),
        (of_maps(layer("DepthwiseConv2D", "c", kernel_size=3, strides=-2)), "its description is damaged"),
        (of_maps(layer("SeparableConv2D", "c", kernel_size=1, filters=10**9)), "1,000,000,000 neurons or maps"),
        (of_maps(layer("SeparableConv2D", "c", kernel_size=1)), "its description is damaged"),
        (of_maps(layer("Conv2DTranspose", "c", kernel_size=3, filters=2)), "Layerlight has no Conv2DTranspose"),
        (of_maps(layer("MaxPooling2D", "p", pool_size=5)), "its 5 × 5 are more than the 2 × 2 that it reads"),
        (of_maps(layer("AveragePooling2D", "p", pool_size=2, strides=[0, 1])), "its description is damaged"),
        (of_maps(layer("AveragePooling2D", "p", pool_size=2, strides=10**9)), "its description is damaged"),
        (of_maps(layer("GlobalAveragePooling2D", "g", data_format="channels_first")), "its data_format is channels"),
        (of_maps(layer("GlobalMaxPooling2D", "g", keepdims="yes")), "its description is damaged"),
        (of_maps(layer("ZeroPadding2D", "z", padding=32)), "32 × 32 are too many"),
        (of_maps(layer("ZeroPadding2D", "z", padding=[[0, -1], [0, 0]])), "its description is damaged"),
        (of_maps(layer("ZeroPadding2D", "z", padding=[1, 2, 3])), "its description is damaged"),
        (
            of_maps(*[layer("ZeroPadding2D", f"z{n}", padding=31) for n in range(60)]),
            "numbers, and at most 20,000,000 are possible",
        ),
        (of_maps(layer("Softmax", "s")), "layer 4, s: a network of Layerlight has nothing of this kind"),
        (of_maps(layer("Reshape", "r", target_shape=[4, 1, 2])), "layer 4, r: a network of Layerlight has nothing"),
        (of_maps(layer("Rescaling", "r", scale=[2.0, 3.0])), "its description is damaged"),
        (of_maps(layer("Rescaling", "r", scale=1e39)), "its description is damaged"),
        (of_maps(layer("UpSampling2D", "u")), "Layerlight has no UpSampling2D"),
        (
            functional(lambda _, chain: chain[3].update(inbound_nodes=[call_of("flatten")])),
            "layer 3, dense: no other layer reads it.",
        ),
        (functional(lambda _, chain: chain[3].update(inbound_nodes=[call_of("dense", "dense")])), "it reads 2 inputs"),
        (functional(lambda _, chain: chain[2].update(inbound_nodes=[call_of("flatten")] * 2)), "it is used several"),
        (functional(lambda _, chain: chain[2].update(inbound_nodes=[call_of("dense")])), "dense: it reads what comes"),
        (functional(lambda _, chain: chain[1].update(inbound_nodes=[call_of("dense")])), "it reads what comes after"),
        (
            functional(lambda _, chain: chain[2].update(inbound_nodes=[call_of("none")])),
            "it reads none, and there is no",
        ),
        (functional(lambda _, chain: chain[2].update(inbound_nodes=[])), "layer 3, dense: a network of Layerlight has"),
        (functional(lambda _, chain: chain[2].update(name="flatten")), "another layer has the same name"),
        (functional(lambda _, chain: chain[2].update(inbound_nodes=[{"args": [1.5], "kwargs": {}}])), "layer 3, dense"),
        (
            functional(lambda _, chain: chain[2].update(inbound_nodes=[call_of("flatten", training=True)])),
            "its training is true",
        ),
        (
            functional(lambda config, _: config.update(output_layers=[["dense", 0, 0], ["dense_1", 0, 0]])),
            "it has 2 outputs; Layerlight's networks have one",
        ),
        (
            functional(lambda config, _: config.update(input_layers=[["image", 0, 0]] * 3)),
            "it has 3 inputs; Layerlight's networks read one image",
        ),
        (functional(lambda config, _: config.update(output_layers=["none", 0, 0])), "no network that Keras saved"),
        (joined("Add", "flatten", "dense"), "layer 5, joined: it adds what has different shapes"),
        (joined("Concatenate", "flatten", "dense", axis=0), "its axis is 0"),
        (joined("Concatenate", "flatten", "image"), "layer 5, joined: it is about the columns of an image"),
        (joined("Concatenate", "dense", "dense_1", "flatten", 1), "layer 5, joined: its description is damaged"),
        (crossed(), "layer 5, one: its inputs are not ways that all begin at one layer"),
        (network(*[layer("Dropout", f"d{n}", rate=0.1) for n in range(3000)]), "it has 3,000 layers, and at most 400"),
        (inside(network(*many(401))), "layer 2, inner: it has 401 layers, and at most 400"),
        (inside(network(layer("Lambda", "l"))), "layer 1, inner/l: Layerlight has no Lambda."),
        (inside({**network(), "module": "payload"}), "layer 2, inner: Layerlight has no payload.Sequential."),
        (in_blocks(9), "its blocks lie within each other more than 8 deep"),
        (nested(12), "no network that Keras saved"),
        (changed(2, name="../../dense"), "layer 3: its description is damaged"),
        (changed(2, name=".."), "layer 3: its description is damaged"),
        ({"class_name": "Sequential", "config": None}, "no network that Keras saved"),
        ({"class_name": "Graph", "config": {}}, "no network that Keras saved"),
        ("", "no network that Keras saved"),
        ("[]", "no network that Keras saved"),
        ('{"config": NaN}', "no network that Keras saved"),
        (deep(41), "no network that Keras saved"),
        (f'{{"class_name": "Sequential", "config": {deep(50)}}}', "no network that Keras saved"),
        (deep(100_000), "no network that Keras saved"),
        (f'{{"class_name": {"9" * 5000}}}', "no network that Keras saved"),
    ],
)
def test_a_description_that_is_none_of_layerlight_s_is_refused(description, why):
    assert why in refusal_of(description)


def test_a_description_is_nested_forty_deep_at_most_also_where_it_is_not_read():
    for levels, is_read in ((39, True), (40, False)):  # within that of the network itself
        text = json.dumps(network() | {"compile_config": json.loads(deep(levels))})
        if is_read:
            assert described(text, "model.keras").layers == (DenseLayer(5, "relu"),)
        else:
            assert "no network that Keras saved" in refusal_of(text)


LEAKY = {"module": "keras.layers", "class_name": "LeakyReLU", "config": {"name": "leaky", "negative_slope": 0.1}}


def of_all_kinds():
    """A functional model of nearly all kinds of layers, with their settings."""
    sides = {"kernel_size": [3, 3], "strides": [1, 1], "padding": "same"}
    return graph(
        (layer("InputLayer", "image", batch_shape=[None, 12, 12, 3]),),
        (layer("Rescaling", "rescale", scale=1 / 127.5, offset=-1.0), "image"),
        (layer("Normalization", "fixed", axis=[-1], mean=[0.1, 0.2, 0.3], variance=[1.0, 1.0, 1.0]), "rescale"),
        (layer("Conv2D", "conv", filters=4, groups=1, dilation_rate=[1, 1], use_bias=False, **sides), "fixed"),
        (layer("BatchNormalization", "norm", axis=-1, epsilon=0.001, center=True, scale=True), "conv"),
        (layer("ReLU", "relu", max_value=6.0, negative_slope=0.0, threshold=0.0), "norm"),
        (layer("DepthwiseConv2D", "depth", depth_multiplier=1, activation="silu", **sides), "relu"),
        (layer("LayerNormalization", "layer", axis=[-1], epsilon=0.001), "depth"),
        (layer("Add", "sum"), "relu", "layer"),
        (
            layer(
                "SeparableConv2D",
                "separable",
                filters=5,
                kernel_size=3,
                strides=2,
                depth_multiplier=2,
                activation=LEAKY,
            ),
            "sum",
        ),
        (layer("MaxPooling2D", "max", pool_size=[3, 3], strides=[1, 1], padding="same"), "separable"),
        (layer("AveragePooling2D", "average", pool_size=2, strides=1, padding="same"), "separable"),
        (layer("Concatenate", "row", axis=-1), "max", "separable", "average"),
        (layer("ZeroPadding2D", "pad", padding=[[1, 0], [0, 1]]), "row"),
        (layer("LeakyReLU", "leaky", negative_slope=0.3), "pad"),
        (layer("GlobalAveragePooling2D", "whole", keepdims=True), "leaky"),
        (layer("Reshape", "reshape", target_shape=[15]), "whole"),
        (layer("Dropout", "dropout", rate=0.2), "reshape"),
        (layer("Dense", "dense", units=10, activation="softmax"), "dropout"),
    )


def test_a_model_of_all_kinds_of_layers_is_read_as_its_text():
    found = described(json.dumps(of_all_kinds()), "model.keras")
    assert as_text(found.layers) == (
        "colour, rescale 2 -1, batchnorm epsilon 1e-07, conv 4 3x3, batchnorm, relu6, "
        "residual(depthwise 4 3x3 silu, layernorm) linear, depthwise 8 3x3 stride 2 valid linear, "
        "conv 5 1x1 leaky_relu 0.1, branches(maxpool 3x3 stride 1 | identity | avgpool stride 1), "
        "pad 1 0 0 1, leaky_relu 0.3, avgpool 6x6 stride 1 valid, dropout 0.2"
    )
    names = [(shown.name, shown.shape, shown.parameters) for shown in found.listed]
    assert names[3] == ("conv", (12, 12, 4), 108) and names[9] == ("separable", (5, 5, 5), 117)
    assert [names[4], names[7]] == [("norm", (12, 12, 4), 16), ("layer", (12, 12, 4), 8)]


def test_whatever_a_description_says_it_is_read_or_refused():
    generator, opened = np.random.default_rng(1), 0
    others = [None, True, -1, 0, 3, 28, 10**30, 0.5, "", "relu", "Dense", [], [3, 3], {}, {"class_name": "Dense"}]
    texts = [
        json.dumps(description)
        for description in (
            linear_of(network()), network(), convolutional(), linear_of_keras_2(), of_keras_2(), of_all_kinds(),
            of_all_kinds(), inside(network(layer("Flatten", "flatten"))),
        )
    ]  # fmt: skip
    for number in range(3000):
        places = list(walk(json.loads(texts[number % 8])))
        top = places[0]
        for _ in range(generator.integers(1, 4)):
            part = places[generator.integers(len(places))]
            keys = list(part) if isinstance(part, dict) else range(len(part))
            if keys:
                part[keys[generator.integers(len(keys))]] = others[generator.integers(len(others))]
        try:
            described(json.dumps(top), "model.keras")
            opened += 1
        except UserError as refused:
            assert "\n" not in str(refused) and len(str(refused)) < 300
    assert 0 < opened < 2000


def walk(part):
    """Return a part of a description and all that lies in it."""
    inner = part.values() if isinstance(part, dict) else part
    return [part, *(deeper for item in inner if isinstance(item, (dict, list)) for deeper in walk(item))]


def payloads(marker):
    """Descriptions that once made Keras run code, load files, or look up what they name."""
    code = f"open({str(marker)!r}, 'w')"
    parts = {
        "bytecode in a Lambda": layer("Lambda", "l", function={"class_name": "__lambda__", "config": {"code": "4wEA"}}),
        "a Lambda that names a function": layer("Lambda", "l", function="keras.utils.plot_model"),
        "a module": {**layer("system", "s", command=code), "module": "os"},
        "a builtin": {**layer("eval", "e", source=code), "module": "builtins"},
        "a process": {**layer("Popen", "p", args=["touch", str(marker)]), "module": "subprocess"},
        "a download": {**layer("get_file", "g", origin=str(marker)), "module": "keras.utils"},
        "a switch of safety": {**layer("enable_unsafe_deserialization", "u"), "module": "keras.config"},
        "a vocabulary": layer("StringLookup", "v", vocabulary=str(marker)),
        "a text vocabulary": layer("TextVectorization", "t", vocabulary=str(marker)),
        "a saved model": layer("TFSMLayer", "m", filepath=str(marker)),
        "a registered class": {**layer("Dense", "r", units=3), "registered_name": "Custom>Dense"},
        "a module of others with a known class": {**layer("Dense", "o", units=3), "module": "payload.layers"},
        "an operation": {**layer("Relu", "o"), "module": "keras.src.ops.nn"},
        "a function as an activation": layer("Dense", "f", units=3, activation={
            "module": "os", "class_name": "function", "config": "system", "registered_name": "system"}),
        "an initial value": layer("Dense", "i", units=3, kernel_initializer={
            "module": "builtins", "class_name": "exec", "config": code}),
        "a sum of another module": {**layer("Add", "s"), "module": "payload.ops.numpy"},
        "another operation": {**layer("Exp", "e"), "module": "keras.src.ops.numpy"},
        "a value of an array": layer("Normalization", "n", mean={
            "module": "os", "class_name": "system", "config": {"value": code}}),
        "a call's argument": {**layer("Dense", "c", units=3), "inbound_nodes": [
            {"args": [{"module": "os", "class_name": "system", "config": code}], "kwargs": {}}]},
    }  # fmt: skip
    return [(name, network(*network()["config"]["layers"][:2], part)) for name, part in parts.items()]


def test_no_payload_is_run_in_either_kind_of_file(refusal, tmp_path):
    marker = tmp_path / "was run"
    for name, description in payloads(marker):
        for content, file in ((archive(description), "m.keras"), (legacy(description), "m.h5")):
            sentence = refusal(content, file)
            assert "layer 3" in sentence and ("Layerlight has no" in sentence), name
        within = inside(network(*description["config"]["layers"][1:3]))
        within["config"]["layers"][1]["config"]["layers"] = [description["config"]["layers"][2]]
        assert "Layerlight has no" in refusal(archive(within)), name
    unsafe = network() | {"safe_mode": False}
    unsafe["config"]["safe_mode"] = False
    unsafe["compile_config"] = {"loss": {"module": "os", "class_name": "system", "config": f"touch {marker}"}}
    assert "layer" not in refusal(archive(unsafe, content=b"none")), "how it was trained is not read"
    assert not marker.exists()


def linked(link):
    """Puts a link where the kernel of the first layer is."""

    def change(file):
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = link

    return change


def replaced(**made):
    def change(file):
        del file["layers/dense/vars/0"]
        file.create_dataset("layers/dense/vars/0", **made)

    return change


def virtual(file):
    layout = h5py.VirtualLayout(shape=(16, 5), dtype="f4")
    layout[:] = h5py.VirtualSource("/etc/hostname", "data", shape=(16, 5))
    del file["layers/dense/vars/0"]
    file.create_virtual_dataset("layers/dense/vars/0", layout)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (linked(h5py.SoftLink("/layers/dense_1/vars/0")), "layer 3, dense: it takes its weights from elsewhere."),
        (linked(h5py.ExternalLink("/etc/hostname", "data")), "it takes its weights from elsewhere"),
        (replaced(shape=(16, 5), dtype="f4", external=[("/etc/hostname", 0, 320)]), "from elsewhere"),
        (virtual, "from elsewhere"),
        (replaced(shape=(16, 5), dtype="i4"), "not what its description says"),
        (replaced(shape=(16, 5), dtype=h5py.string_dtype()), "not what its description says"),
        (replaced(shape=(16, 5), dtype=h5py.ref_dtype), "not what its description says"),
        (replaced(shape=(16, 5), dtype=np.dtype([("a", "f4"), ("b", "f4")])), "not what its description says"),
        (replaced(shape=(16, 5), dtype=h5py.vlen_dtype("f4")), "not what its description says"),
        (replaced(shape=(16, 6), dtype="f4"), "not what its description says"),
        (replaced(shape=(5, 16), dtype="f4"), "not what its description says"),
        (replaced(shape=(), dtype="f4"), "not what its description says"),
        (replaced(shape=(2**20, 2**20, 2**10), dtype="f4", chunks=(1024, 1024, 1)), "not what its description says"),
        (lambda file: file["layers/dense/vars"].create_dataset("2", data=1.0), "not what its description says"),
        (lambda file: file.__delitem__("layers/dense/vars/1"), "not what its description says"),
        (lambda file: file.move("layers/dense/vars/1", "layers/dense/vars/7"), "dense: its weights are missing."),
        (lambda file: file.__delitem__("layers/dense_1"), "layer 4, dense_1: its weights are missing."),
        (lambda file: file.__delitem__("layers"), "its weights are missing"),
        (lambda file: file["layers/dense/vars/0"].__setitem__((3, 2), np.nan), "its weights are NaN or infinite."),
        (lambda file: file["layers/dense_1/vars/1"].__setitem__(0, np.inf), "layer 4, dense_1: its weights are NaN"),
    ],
)  # fmt: skip
def test_weights_that_are_not_plain_numbers_of_the_right_shape_are_refused(refusal, change, why):
    assert why in refusal(archive(content=hdf5(change=change)))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (archive(b"\xff\xfe{}"), "no network that Keras saved"),
        (archive(members=[("../../evil.py", "x")]), "other parts than config.json"),
        (archive(members=[("/etc/passwd", "x")]), "other parts than config.json"),
        (archive(members=[("assets/words.txt", "x")]), "other parts than config.json"),
        (archive(without=["metadata.json"]), "other parts than config.json"),
        (archive(without=["model.weights.h5"]), "other parts than config.json"),
        (archive(packed=zipfile.ZIP_BZIP2), "no network that Keras saved"),
        (archive(packed=zipfile.ZIP_LZMA), "no network that Keras saved"),
        (archive(" " * (2**23 + 1), packed=zipfile.ZIP_DEFLATED), "it has more in it than Layerlight opens"),
        (archive()[:-30], "no network that Keras saved"),
        (archive()[40:], "no network that Keras saved"),
        (archive(content=hdf5()[:700]), "no network that Keras saved"),
        (archive(content=b""), "no network that Keras saved"),
        (archive(content=b"\x89HDF\r\n\x1a\n" + bytes(5000)), "no network that Keras saved"),
        (archive(content=b"\x80\x04\x95pickle"), "no network that Keras saved"),
        (hdf5(), "no network that Keras saved"),
        (b"", "no network that Keras saved"),
        (b"garbage" * 1000, "no network that Keras saved"),
    ],
    ids=in_short,
)
def test_a_damaged_archive_or_one_with_other_parts_is_refused(refusal, content, why):
    assert why in refusal(content)


def test_a_member_that_is_there_twice_or_whose_checksum_is_wrong_is_refused(refusal):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        twice = archive(members=[("config.json", json.dumps(network()))])
    assert "other parts than config.json" in refusal(twice)
    whole = bytearray(archive())
    whole[whole.index(weights()[0][0].tobytes()[:16]) + 2] ^= 1
    assert "no network that Keras saved" in refusal(bytes(whole)), "one flipped bit of one weight"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (hdf5(), "it has weights alone, and not the description of a network"),
        (legacy("{"), "no network that Keras saved"),
        (legacy(arrays=weights((((16, 5), (5,)), ((5, 4), (4,))))), "layer 4, dense_1: its weights are not what"),
        (
            legacy(change=lambda file: file["model_weights/dense"].attrs.create("weight_names", [b"../dense_1"] * 2)),
            "missing",
        ),
        (legacy(change=lambda file: file["model_weights/dense"].attrs.create("weight_names", [b"a"] * 9)), "not what"),
        (legacy(change=lambda file: file.attrs.create("model_config", np.arange(4))), "no network that Keras saved"),
        (legacy()[:2000], "no network that Keras saved"),
        (archive(), "no network that Keras saved"),
    ],
    ids=in_short,
)
def test_a_damaged_file_of_the_older_kind_is_refused(refusal, content, why):
    assert why in refusal(content, "model.h5")


def test_other_files_are_not_opened_at_all(refusal, tmp_path):
    suffixes = ".keras, .h5, .hdf5, .npz, .safetensors"
    for name in ("model.pb", "model.onnx", "model", "model.keras.zip"):
        assert refusal(archive(), name) == f"{name} is none of the files of networks: {suffixes}."
    with pytest.raises(UserError, match="There is no file"):
        run_through(opened_network(tmp_path / "none.keras"))
    (tmp_path / "folder.keras").mkdir()
    with pytest.raises(UserError, match="is a folder"):
        run_through(opened_network(tmp_path / "folder.keras"))


def test_a_large_file_is_refused_before_it_is_read(refusal, monkeypatch):
    monkeypatch.setattr(hdf5_process, "MOST_BYTES", 1000)
    assert "it has more in it than Layerlight opens" in refusal(archive())


def test_more_parameters_than_there_is_room_for_are_refused_before_any_is_read(refusal):
    large = network(
        layer("InputLayer", "image", batch_shape=[None, 256, 256]), layer("Flatten", "flatten"),
        layer("Dense", "dense", units=8192, activation="relu"), layer("Dense", "dense_1", units=3),
    )  # fmt: skip
    assert "it has 536,903,683 parameters, and at most 50,000,000 are opened" in refusal(archive(large))
