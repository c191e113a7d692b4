"""Networks that Keras saved: what the file says is computed here, and what no network here can be is refused."""

import itertools
import json
import warnings
import zipfile

import h5py
import keras_files
import numpy as np
import pytest
from keras_files import ROWS, archive, call_of, convolutional, hdf5, layer, legacy, linear_of, network, weights

from engine.core.errors import UserError
from engine.core.layers.kinds import ConvLayer, DenseLayer, Pool
from engine.core.layers.plan import plan_of
from engine.core.messages import run_through
from engine.model.network.plain import plain_forward
from engine.model.opening import hdf5_process
from engine.model.opening.description import described
from engine.model.opening.opening import opened_network


@pytest.fixture
def opened(tmp_path):
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


def layers_of(found):
    pooled = ((layer, Pool()) if isinstance(layer, ConvLayer) else (layer,) for layer in found.hidden)
    return tuple(itertools.chain.from_iterable(pooled))


def logits_of(found, image):
    return plain_forward(plan_of(layers_of(found), found.shape, len(found.weights[-1])), found.weights, image)[1]


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
        assert (found.shape, found.hidden) == ((ROWS, ROWS), (DenseLayer(5, "relu"),)), name
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
    assert found.hidden == (ConvLayer(2, "relu"),)
    image = images()[1]
    padded = np.pad(image, 1)
    maps = np.zeros((ROWS, ROWS, 2))
    for row in range(ROWS):
        for column in range(ROWS):
            maps[row, column] = np.tensordot(padded[row : row + 3, column : column + 3], kernel[:, :, 0], 2) + bias
    pooled = np.maximum(maps, 0).reshape(2, 2, 2, 2, 2).max(axis=(1, 3))
    np.testing.assert_allclose(logits_of(found, image), pooled.reshape(-1) @ last + offsets, atol=1e-5)


def test_layers_that_change_no_answer_are_left_out(opened):
    plain = opened(archive())
    first, flatten, dense, last = network()["config"]["layers"]
    dense["config"]["activation"], last["config"]["activation"] = "linear", None
    found = opened(archive(network(
        first, layer("Rescaling", "rescaling", scale=1 / 255, offset=0.0), flatten, dense,
        layer("Activation", "activation", activation="relu"), layer("Dropout", "dropout", rate=0.5), last,
        layer("Softmax", "softmax", axis=-1),
    )))  # fmt: skip
    assert found.hidden == plain.hidden
    for array, expected in zip(found.weights, plain.weights, strict=True):
        np.testing.assert_array_equal(array, expected)


def test_a_layer_without_a_bias_gets_one_of_zero(opened):
    description = network()
    description["config"]["layers"][2]["config"]["use_bias"] = False
    (kernel, _), last = weights()
    found = opened(archive(description, hdf5([[kernel], last])))
    np.testing.assert_array_equal(found.weights[1], np.zeros(5))


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
        ({"kernel_size": [5, 5]}, "model.keras, layer 2, conv2d: kernels of 5 × 5; Layerlight's are 3 × 3."),
        ({"strides": [2, 2]}, "its strides is [2, 2], in Layerlight it is [1, 1]"),
        ({"padding": "valid"}, "its padding is valid, in Layerlight it is same"),
        ({"dilation_rate": 2}, "its dilation_rate is [2, 2]"),
        ({"groups": 2}, "its groups is 2"),
        ({"data_format": "channels_first"}, "its data_format is channels_first"),
        ({"activation": "swish"}, "Layerlight has no activation swish; there are relu, tanh"),
        ({"activation": "linear"}, "layer 2, conv2d: it has no activation"),
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


def layers_without(*numbers):
    return [kept for number, kept in enumerate(convolutional()["config"]["layers"]) if number not in numbers]


def changed(number, **config):
    """The small network with other settings of one layer."""
    description = network()
    description["config"]["layers"][number]["config"].update(config)
    return description


def many(count):
    return [layer("Dense", f"many_{number}", units=5, activation="relu") for number in range(count)]


def functional(change):
    description = linear_of(network())
    change(description["config"], description["config"]["layers"])
    return description


def deep(levels):
    return "[" * levels + "]" * levels


@pytest.mark.parametrize(
    ("description", "why"),
    [
        (network(*layers_without(2)), "layer 3, flatten: a network of Layerlight has nothing of this kind"),
        (network(*layers_without(0)), "layer 1, conv2d: a network of Layerlight has nothing of this kind"),
        (network(*layers_without(3)), "layer 4, dense: a network of Layerlight has nothing of this kind"),
        (network(*layers_without(4)), "its last layer with weights must be a Dense one"),
        (changed(0, batch_shape=[None, 4, 4, 3]), "layer 1, image: it reads images of 4 × 4 × 3"),
        (changed(0, batch_shape=[None, 300, 300]), "at most 256 × 256 pixels"),
        (changed(0, batch_shape=[None, 10**9, 1]), "layer 1, image: its description is damaged"),
        (network(layer("InputLayer", "i", batch_shape=[None, 15]), *network()["config"]["layers"][2:]), "15 numbers"),
        (changed(2, units=10**400), "layer 3, dense: its description is damaged"),
        (changed(2, units=10**13), "10,000,000,000,000 neurons or maps"),
        (changed(3, activation="sigmoid"), "its outputs are those of sigmoid"),
        (changed(3, units=101), "it has 101 outputs; Layerlight's networks have 2 to 100"),
        (
            changed(2, activation={"class_name": "LeakyReLU", "config": {"negative_slope": 0.3}}),
            "Layerlight has no LeakyReLU",
        ),
        (changed(2, quantization_config={"mode": "int8"}), "its quantization_config is"),
        (
            network(*network()["config"]["layers"][:3], layer("LeakyReLU", "l", negative_slope=0.3)),
            "its negative_slope is 0.3",
        ),
        (network(*network()["config"]["layers"], layer("Dense", "d", units=3)), "layer 5, d: a network of Layerlight"),
        (
            network(*network()["config"]["layers"][:2], layer("BatchNormalization", "b")),
            "layer 3, b: Layerlight has no BatchNormalization.",
        ),
        (network(*network()["config"]["layers"][:1], layer("Rescaling", "r", scale=2.0)), "its scale is 2.0"),
        (
            network(*network()["config"]["layers"][:1], layer("Rescaling", "r", scale=1 / 255, offset=-1.0)),
            "its offset is -1.0",
        ),
        (
            functional(lambda _, chain: chain[3].update(inbound_nodes=[call_of("flatten")])),
            "does not follow the layer before",
        ),
        (functional(lambda _, chain: chain[3].update(inbound_nodes=[call_of("dense", "dense")])), "does not follow"),
        (functional(lambda _, chain: chain[2].update(inbound_nodes=[call_of("flatten")] * 2)), "does not follow"),
        (
            functional(lambda _, chain: chain[2].update(inbound_nodes=[call_of("flatten", training=True)])),
            "its training is true",
        ),
        (
            functional(lambda config, _: config.update(output_layers=[["dense", 0, 0], ["dense_1", 0, 0]])),
            "no network that Keras saved",
        ),
        (network(*[layer("Dropout", f"d{n}", rate=0.1) for n in range(201)]), "no network that Keras saved"),
        (network(network()["config"]["layers"][0], network()), "layer 2, sequential: Layerlight has no Sequential."),
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
            assert described(text, "model.keras").hidden == (DenseLayer(5, "relu"),)
        else:
            assert "no network that Keras saved" in refusal_of(text)


def test_whatever_a_description_says_it_is_read_or_refused():
    generator, opened = np.random.default_rng(1), 0
    others = [None, True, -1, 0, 3, 28, 10**30, 0.5, "", "relu", "Dense", [], [3, 3], {}, {"class_name": "Dense"}]
    for number in range(3000):
        description = (linear_of(network()), network(), convolutional(), linear_of_keras_2(), of_keras_2())[number % 5]
        places = list(walk(json.loads(json.dumps(description))))
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
    for name in ("model.pb", "model.pkl", "model.npz", "model", "model.keras.zip"):
        assert refusal(archive(), name) == f"{name} is none of the files that Keras saves: .keras, .h5, .hdf5."
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
