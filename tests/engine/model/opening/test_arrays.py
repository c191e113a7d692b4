"""Networks from files of arrays: three in PyTorch's layout answer as its layers compute; other layouts beside them."""

import numpy as np
import pytest
from torch_files import batch_norm, conv2d, convolved, dense, linear, normalised, npz, pooled, relu, safetensors, write

from engine.core.errors import UserError
from engine.core.layers.kinds import Colour
from engine.core.layers.plan import plan_of
from engine.core.messages import WithResult, run_through
from engine.model.network.plain import plain_forward
from engine.model.opening.arrays_network import is_network_of_arrays, opened_arrays


def pictures(rows, columns, count=4):
    return np.random.default_rng(9).random((count, rows, columns)).astype(np.float32)


def answers(path, images):
    """The logits of the network in a file."""
    shape, layers, weights, _ = run_through(opened_arrays(path))
    assert all(not array.flags.writeable and array.dtype == np.float32 for array in weights)
    plan = plan_of(layers, shape, len(weights[-1]))
    assert [array.shape for array in weights] == plan.shapes
    return np.array([plain_forward(plan, weights, image)[1] for image in images])


@pytest.fixture
def generator():
    return np.random.default_rng(4)


def of_dense_layers(generator):
    state = linear("fc1", 48, 20, generator) | linear("fc2", 20, 11, generator) | linear("fc3", 11, 5, generator)

    def forward(image):
        x = relu(dense(image.reshape(-1), state, "fc1"))
        return dense(np.tanh(dense(x, state, "fc2")), state, "fc3")

    return state, 'input = [6, 8]\nlayers = "20 relu, 11 tanh"\norder = "torch"', forward


def like_lenet(generator):
    state = (
        conv2d("conv1", 1, 6, (5, 5), generator)
        | conv2d("conv2", 6, 16, (5, 5), generator)
        | linear("fc1", 400, 40, generator)
        | linear("fc2", 40, 24, generator)
        | linear("fc3", 24, 10, generator)
    )

    def forward(image):
        x = pooled(np.tanh(convolved(image[None], state, "conv1", padding=2)), 2, np.mean)
        x = pooled(np.tanh(convolved(x, state, "conv2")), 2, np.mean)
        x = relu(dense(x.reshape(-1), state, "fc1"))
        return dense(relu(dense(x, state, "fc2")), state, "fc3")

    layers = (
        "conv 6 5x5, tanh, avgpool, conv 16 5x5 valid, tanh, avgpool 2x2 valid, flatten, dropout 0.2, 40 relu, 24 relu"
    )
    return state, f'input = [1, 28, 28]\nlayers = "{layers}"\norder = "torch"', forward


def of_maps_alone(generator):
    state = (
        conv2d("stem", 3, 8, (3, 5), generator, bias=False)
        | batch_norm("bn1", 8, generator)
        | conv2d("depth", 8, 16, (3, 3), generator, groups=8)
        | batch_norm("bn2", 16, generator)
        | conv2d("point", 16, 12, (1, 1), generator, groups=2)
        | linear("head", 12, 4, generator)
    )

    def forward(image):
        x = convolved(np.pad(np.stack([image] * 3), ((0, 0), (0, 0), (1, 1))), state, "stem", padding=1)
        x = pooled(relu(normalised(x, state, "bn1")), 2, np.max)
        x = np.clip(normalised(convolved(x, state, "depth", stride=2, padding=1, groups=8), state, "bn2"), 0, 6)
        x = convolved(x, state, "point", groups=2)
        return dense(np.where(x > 0, x, 0.01 * x).mean(axis=(1, 2)), state, "head")

    layers = (
        "conv 8 3x5, batchnorm epsilon 0.00001, relu, maxpool 2x2 valid, "
        "pad 1, depthwise 16 3x3 stride 2 valid, batchnorm epsilon 0.00001, relu6, "
        "conv 12 1x1 groups 2, leaky_relu 0.01, global average"
    )
    return state, f'input = [3, 14, 13]\nlayers = "{layers}"\norder = "torch"', forward


NETWORKS = [of_dense_layers, like_lenet, of_maps_alone]


@pytest.mark.parametrize("network_of", NETWORKS)
@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_a_network_of_pytorch_answers_as_its_layers_compute(tmp_path, generator, network_of, suffix):
    state, table, forward = network_of(generator)
    if suffix == ".safetensors":  # whose order is that of the names
        prefixes = dict.fromkeys(name.rpartition(".")[0] for name in state)
        table += f"\nnames = {list(prefixes)}"
    content = npz(state) if suffix == ".npz" else safetensors(state)
    path = write(tmp_path, content, table, f"model{suffix}")
    shape = run_through(opened_arrays(path))[0]
    images = pictures(*shape)
    np.testing.assert_allclose(answers(path, images), [forward(image) for image in images], atol=1e-5)


def test_what_reads_colour_reads_grey_in_three_channels_wherever_the_channels_stand(tmp_path, generator):
    state, table, _ = of_maps_alone(generator)
    images, found = pictures(14, 13), []
    for given, begin in (
        ("[3, 14, 13]", "conv"),
        ("[14, 13, 3]", "conv"),
        ("[3, 14, 13]", "colour, conv"),
        ("[14, 13]", "colour, conv"),
    ):
        path = write(tmp_path, npz(state), table.replace("[3, 14, 13]", given).replace('"conv', f'"{begin}'))
        layers = run_through(opened_arrays(path))[1]
        assert layers[0] == Colour() and layers.count(Colour()) == 1
        found.append(answers(path, images))
    for others in found[1:]:
        np.testing.assert_array_equal(found[0], others)


def test_flattened_maps_are_put_in_order_also_for_what_lies_before_the_first_dense_layer(tmp_path, generator):
    state = (
        conv2d("conv", 1, 3, (3, 3), generator)
        | batch_norm("bn", 3 * 4 * 5, generator)
        | linear("fc", 3 * 4 * 5, 6, generator)
        | linear("out", 6, 2, generator)
    )
    layers = "conv 3 3x3, relu, flatten, batchnorm epsilon 0.00001, dropout 0.5, 6 relu"
    path = write(tmp_path, npz(state, packed=True), f'input = [4, 5]\nlayers = "{layers}"\norder = "torch"')
    images, expected = pictures(4, 5), []
    for image in images:
        x = relu(convolved(image[None], state, "conv", padding=1)).reshape(-1)
        x = relu(dense(normalised(x, state, "bn"), state, "fc"))
        expected.append(dense(x, state, "out"))
    np.testing.assert_allclose(answers(path, images), expected, atol=1e-5)


def test_maps_that_go_straight_into_the_outputs_are_put_in_order(tmp_path, generator):
    state = conv2d("0", 1, 3, (3, 3), generator) | linear("10", 3 * 4 * 5, 2, generator)
    path = write(tmp_path, safetensors(state), 'input = [4, 5]\nlayers = "conv 3 3x3, relu, flatten"', "m.safetensors")
    images = pictures(4, 5)
    flat = [relu(convolved(image[None], state, "0", padding=1)).reshape(-1) for image in images]
    np.testing.assert_allclose(answers(path, images), [dense(x, state, "10") for x in flat], atol=1e-5)


@pytest.mark.parametrize("names", ["conv1 conv2", "arr_0 arr_1 arr_2 arr_3", ""])
def test_a_network_that_ends_without_a_dense_layer_gives_what_comes_out(tmp_path, generator, names):
    state = conv2d("conv1", 1, 6, (3, 3), generator) | conv2d("conv2", 6, 3, (1, 1), generator)
    stored = dict(zip(names.split(), state.values(), strict=True)) if names.startswith("arr") else state
    table = 'input = [4, 5]\nlayers = "conv 6 3x3, relu, conv 3 1x1 linear, global average"\norder = "torch"'
    table += f"\nnames = {names.split()}" * names.startswith("conv")
    images, expected = pictures(4, 5), []
    for image in images:
        x = relu(convolved(image[None], state, "conv1", padding=1))
        expected.append(convolved(x, state, "conv2").mean(axis=(1, 2)))
    path = write(tmp_path, npz(stored), table)
    assert run_through(opened_arrays(path))[3].startswith("It ends without a dense layer")
    np.testing.assert_allclose(answers(path, images), expected, atol=1e-5)


def test_arrays_of_one_shape_are_taken_in_the_order_of_the_file_numbers_in_names_as_numbers(tmp_path, generator):
    state = {}
    for number in (0, 2, 10):
        state |= linear(str(number), 9, 9, generator)
    state |= linear("12", 9, 3, generator)
    table, images = 'input = [3, 3]\nlayers = "9 relu, 9 relu, 9 relu"', pictures(3, 3)
    expected = []
    for image in images:
        x = image.reshape(-1)
        for number in (0, 2, 10):
            x = relu(dense(x, state, str(number)))
        expected.append(dense(x, state, "12"))
    for content, name in ((npz(state), "a.npz"), (safetensors(state), "b.safetensors")):
        np.testing.assert_allclose(answers(write(tmp_path, content, table, name), images), expected, atol=1e-5)


def of_keras(generator):
    """Weights of a convolution with a normalisation, and of a dense layer, in the order of `get_weights`."""
    shapes = [(3, 3, 1, 4), (4,), (4,), (4,), (4,), (4,), (4 * 6 * 4, 3), (3,)]
    return [generator.uniform(0.2, 1, shape).astype(np.float32) for shape in shapes]


def test_what_get_weights_gives_is_taken_in_its_order_without_any_names(tmp_path, generator):
    weights, table = of_keras(generator), 'input = [4, 6]\nlayers = "conv 4 3x3, batchnorm, relu"\norder = "keras"'
    path = write(tmp_path, npz({f"arr_{number}": array for number, array in enumerate(weights)}), table)
    for array, expected in zip(run_through(opened_arrays(path))[2], weights, strict=True):
        np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize("words", ["gamma beta moving_mean moving_variance", "scale bias mean var"])
def test_names_of_keras_and_of_others_are_known_and_say_the_order(tmp_path, generator, words):
    weights, layers = of_keras(generator), "conv 4 3x3, batchnorm, relu"
    names = ["conv2d/kernel:0", "conv2d/bias:0", *(f"norm/{word}:0" for word in words.split())]
    state = dict(zip([*names, "dense/kernel:0", "dense/bias:0"], weights, strict=True))
    path = write(tmp_path, npz(state), f'input = [4, 6]\nlayers = "{layers}"')
    for array, expected in zip(run_through(opened_arrays(path))[2], weights, strict=True):
        np.testing.assert_array_equal(array, expected)


def test_what_a_layer_may_be_without_does_nothing(tmp_path, generator):
    state = conv2d("conv", 1, 3, (3, 3), generator, bias=False) | linear("fc", 3, 2, generator, bias=False)
    state |= {"bn.running_mean": np.zeros(3, np.float32), "bn.running_var": np.ones(3, np.float32)}
    path = write(tmp_path, npz(state), 'input = [4, 5]\nlayers = "conv 3 3x3, batchnorm, relu, global average"')
    _, bias, gamma, beta, *_, offsets = run_through(opened_arrays(path))[2]
    assert not bias.any() and not beta.any() and not offsets.any() and (gamma == 1).all()


@pytest.mark.parametrize("kind", ["F16", "BF16", "F64", ">f4", "Fortran"])
def test_other_floating_point_numbers_become_float32(tmp_path, generator, kind):
    state, table, _ = of_dense_layers(generator)
    for name, array in state.items():
        state[name] = np.round(array * 64) / 64  # which all of them can hold
    if kind in (">f4", "Fortran"):
        content = npz({n: a.astype(">f4") if kind == ">f4" else np.asfortranarray(a) for n, a in state.items()})
        path = write(tmp_path, content, table)
    else:
        as_kind = {
            "F16": lambda array: array.astype("<f2"),
            "F64": lambda array: array.astype("<f8"),
            "BF16": lambda array: (np.ascontiguousarray(array, "<f4").view("<u4") >> 16).astype("<u2").view("<f2"),
        }[kind]
        content = safetensors({name: as_kind(array) for name, array in state.items()}, kinds=dict.fromkeys(state, kind))
        path = write(tmp_path, content, table, "model.safetensors")
    found = run_through(opened_arrays(path))[2]
    expected = [array.T for array in state.values()]
    for array, there in zip(found, expected, strict=True):
        np.testing.assert_array_equal(array, there)


def test_a_file_is_read_in_turns_and_closed_when_it_is_given_up(tmp_path, generator, monkeypatch):
    state, table, _ = like_lenet(generator)
    path = write(tmp_path, npz(state), table)
    at_once = run_through(opened_arrays(path))[2]
    monkeypatch.setattr("engine.data.formats.reading.TURN_SECONDS", 0.0)
    monkeypatch.setattr("engine.model.opening.arrays_file.PIECE", 4096)
    monkeypatch.setattr("engine.model.opening.arrays_network.BLOCK", 300)
    turns = WithResult(opened_arrays(path))
    assert sum(1 for _ in turns) > 50
    for array, expected in zip(turns.result[2], at_once, strict=True):
        np.testing.assert_array_equal(array, expected)
    given_up = opened_arrays(path)
    for _ in range(30):
        next(given_up)
    given_up.close()
    path.unlink()


def test_an_npz_file_is_a_network_or_data_by_what_is_in_it(tmp_path, generator):
    data = {"x_train": np.zeros((4, 3, 3), np.uint8), "y_train": np.arange(4), "x_test": np.zeros((2, 3, 3), np.uint8)}
    numbered = {f"arr_{number}": array for number, array in enumerate(of_keras(generator))}
    table = 'input = [4, 6]\nlayers = "3"'
    for content, beside, is_network in (
        (npz(data), None, False),
        (npz(data), table, False),
        (npz(numbered), None, False),
        (npz(numbered), table, True),
        (npz(linear("fc", 3, 2, generator)), None, True),
        (npz({"layer1/kernel": np.ones((3, 2))}), None, True),
        (b"none", table, False),
    ):
        (tmp_path / "model.toml").unlink(missing_ok=True)
        assert is_network_of_arrays(write(tmp_path, content, beside)) == is_network
    assert not is_network_of_arrays(tmp_path / "none.npz")
    assert is_network_of_arrays(tmp_path / "none.SAFETENSORS") and not is_network_of_arrays(tmp_path / "a.keras")


def test_a_file_without_a_table_says_what_to_write(tmp_path, generator):
    path = write(tmp_path, npz(linear("fc", 9, 2, generator)), None)
    with pytest.raises(UserError) as refused:
        run_through(opened_arrays(path))
    assert refused.value.sentence == "model.npz has weights alone, and not the layers of a network."
    assert "model.toml" in refused.value.hint and "order" in refused.value.hint
