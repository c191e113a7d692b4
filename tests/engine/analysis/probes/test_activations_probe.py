"""Each layer's activations for one picture, and the arithmetic of one value, against loops in double precision."""

import numpy as np
import pytest
from trained import ARCHITECTURES, NETWORKS, picture, with_run

from engine.analysis.probes.activations import image_activations, unit_arithmetic
from engine.core.lazy import tf
from engine.core.lens import Adjusted, Lens, Neuron
from engine.model.network.model import Model

FUNCTIONS = {  # of one number; gelu by its well-known approximation, which is within 5e-4
    "relu": lambda x: max(x, 0.0),
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "gelu": lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    "leaky_relu": lambda x: x if x > 0 else 0.2 * x,
}


def by_hand(layers, weights, image, changed=None):
    """The activations of each hidden layer and the logits, one number after the other.

    `changed` are factor and offset of some units, by layer and number.
    """
    changed, result, x = changed or {}, [], np.asarray(image, np.float64)[..., None]
    for number, (kernel, bias) in enumerate(zip(weights[:-2:2], weights[1:-2:2], strict=True)):
        kernel, bias = kernel.astype(np.float64), bias.astype(np.float64)
        if kernel.ndim == 4:
            rows, columns, _ = x.shape
            sums = np.zeros((rows, columns, kernel.shape[3]))
            for r, c, dy, dx in np.ndindex(rows, columns, 3, 3):
                if 0 <= r + dy - 1 < rows and 0 <= c + dx - 1 < columns:
                    sums[r, c] += x[r + dy - 1, c + dx - 1] @ kernel[dy, dx]
        else:
            sums = x.ravel() @ kernel
        output = np.vectorize(FUNCTIONS[layers[number].activation], otypes=[float])(sums + bias)
        for (layer, unit), (factor, offset) in changed.items():
            if layer == number:
                output[..., unit] = output[..., unit] * factor + offset
        result.append(output)
        if kernel.ndim == 4:
            x = np.full((-(-rows // 2), -(-columns // 2), kernel.shape[3]), -np.inf)
            for r, c in np.ndindex(rows, columns):
                x[r // 2, c // 2] = np.maximum(x[r // 2, c // 2], output[r, c])
        else:
            x = output
    return result, x.ravel() @ weights[-2].astype(np.float64) + weights[-1]


MORE = {
    "linear": lambda x: x,
    "elu": lambda x: x if x > 0 else np.exp(x) - 1,
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * (np.exp(x) - 1)),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "relu6": lambda x: min(max(x, 0.0), 6.0),
    "softplus": lambda x: np.log1p(np.exp(x)),
}


@pytest.mark.parametrize(("layers", "activation"), ARCHITECTURES)
def test_the_activations_are_the_network_s_own_arithmetic(session, layers, activation):
    with_run(session, layers, activation)
    run = session.runs["A"]
    (answer,) = image_activations(session, Lens("A", 13), 3, None)
    hidden, logits = by_hand(run.spec.hidden, run.moments[12].weights, picture(session, 3))
    about = f"test image 3, {'abcd'[session.data().test_labels[3]]}"
    assert (answer.run, answer.step, answer.about) == ("A", 12, about)
    np.testing.assert_array_equal(answer.picture, picture(session, 3))
    assert [layer.shape for layer in answer.hidden] == [layer.shape for layer in hidden]
    for mine, theirs in zip(answer.hidden, hidden, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=2e-3 if activation == "gelu" else 2e-5)
    np.testing.assert_allclose(answer.logits, logits, atol=5e-3 if activation == "gelu" else 5e-5)
    np.testing.assert_allclose(answer.probabilities, np.exp(answer.logits) / np.exp(answer.logits).sum(), atol=1e-9)
    assert answer.signed == tuple(each.activation not in ("relu", "sigmoid") for each in run.spec.hidden)
    assert all(signed or layer.min() >= 0 for signed, layer in zip(answer.signed, hidden, strict=True))


def units_of(network_layers, shown, generator, count=4):
    for number, layer in enumerate(network_layers):
        sides = shown.hidden[number].shape[:-1]
        for _ in range(count):
            yield Neuron(number, int(generator.integers(layer.width))), tuple(int(generator.integers(n)) for n in sides)


@pytest.mark.parametrize("kind", NETWORKS)
def test_sum_norm_and_activation_of_any_unit_are_those_that_tensorflow_computes(session, kind):
    run = with_run(session, NETWORKS[kind]).runs["A"]
    plan, image = run.spec.plan(run.shape, 4), picture(session, 3)
    model = Model(plan)
    model.set_weights(run.moments[24].weights)
    sums = [model.sums(tf.constant(image[None]), number)[0].numpy() for number in range(len(plan.hidden))]
    (shown,) = image_activations(session, Lens("A"), 3, None)
    for neuron, place in units_of(plan.hidden, shown, np.random.default_rng(2)):
        number, unit = neuron
        (answer,) = unit_arithmetic(session, Lens("A"), 3, None, neuron, place or None)
        layer = plan.hidden[number]
        assert answer.inputs.shape == answer.weights.shape and answer.place == (place or None)
        products = answer.inputs.astype(float) * answer.weights
        assert answer.total == pytest.approx(products.sum() + answer.bias, rel=1e-6)
        assert (answer.norm is None) == (layer.norm is None)
        before = answer.total
        if norm := answer.norm:
            before = (answer.total - norm.mean) / norm.deviation * norm.gamma + norm.beta
            assert norm.value == pytest.approx(before, rel=1e-6) and norm.kind == layer.norm.kind
        assert before == pytest.approx(sums[number][(*place, unit)], abs=1e-3, rel=1e-3)
        assert answer.activated == pytest.approx((FUNCTIONS | MORE)[answer.activation](before), abs=1e-3)
        assert answer.value == pytest.approx(shown.hidden[number][(*place, unit)], abs=1e-3, rel=1e-3)
        assert answer.first + answer.inputs.shape[2] <= plan.read_by(number)[-1]


FIELDS = ["conv 3 5x3 stride 3x2", "conv 3 4x4 valid dilation 2", "rescale 3 -1, conv 4 2x5",
          "pad 1 1 0 1, conv 3 3x3 stride 2", "maxpool 3x2 stride 2, conv 3 3x3 valid"]  # fmt: skip


@pytest.mark.parametrize("layers", FIELDS)
def test_the_field_is_the_pixels_that_matter_and_no_others(session, layers):
    with_run(session, layers)
    image = np.random.default_rng(5).random((8, 8)).astype("f")
    (shown,) = image_activations(session, Lens("A"), None, image)
    rows, columns, _ = shown.hidden[0].shape
    for place in {(0, 0), (rows - 1, columns - 1), (rows // 2, columns // 2), (0, columns - 1)}:

        def total(pixels, place=place):
            return next(unit_arithmetic(session, Lens("A"), None, pixels, Neuron(0, 1), place))

        answer = total(image)
        field, changed = answer.field, np.zeros((8, 8), bool)
        for pixel in np.ndindex(8, 8):
            other = image.copy()
            other[pixel] += 5
            changed[pixel] = total(other).total != answer.total
        seen = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        assert field.layer is None
        assert (max(field.top, 0), min(field.top + field.rows, 8)) == (seen[0][0], seen[0][-1] + 1)
        assert (max(field.left, 0), min(field.left + field.columns, 8)) == (seen[1][0], seen[1][-1] + 1)


def test_a_field_is_in_the_maps_of_the_layer_before_or_nowhere_behind_a_sum(session):
    with_run(session, NETWORKS["residual"])
    fields = [next(unit_arithmetic(session, Lens("A"), 3, None, Neuron(n, 0), (1, 1))).field for n in range(3)]
    assert [field.layer for field in fields] == [None, 0, 1]
    assert fields[1][1:] == (0, 0, 6, 6), "three times three blocks of two, beside the edge"
    with_run(session, "conv 4 3x3, residual(conv 4), conv 4 3x3, 8")
    assert next(unit_arithmetic(session, Lens("B"), 3, None, Neuron(2, 0))).field is None
    channels = [next(unit_arithmetic(session, Lens("B"), 3, None, Neuron(n, 0))).channel for n in (0, 3)]
    assert channels == ["map", "map"]
    with_run(session, NETWORKS["dense"])
    assert next(unit_arithmetic(session, Lens("C"), 3, None, Neuron(1, 0))).channel == "neuron"
    with_run(session, "conv 4 3x3, flatten, batchnorm, 8")
    assert next(unit_arithmetic(session, Lens("D"), 3, None, Neuron(1, 0))).channel == "number", "each place by itself"
    with_run(session, "conv 4 3x3, global average, batchnorm, 8")
    assert next(unit_arithmetic(session, Lens("E"), 3, None, Neuron(1, 0))).channel == "map"


CHANGES = {(0, 1): (0.0, 0.0), (0, 2): (2.5, 0.0), (1, 0): (0.0, 0.7)}
CHANGED = Lens("A", None, frozenset({Neuron(0, 1)}), frozenset({Adjusted(0, 2, 2.5), Adjusted(1, 0, 0.0, 0.7)}))


@pytest.mark.parametrize("layers", ["9, 7", "conv 3, conv 4, 6"])
def test_what_the_lens_changes_is_seen_in_the_layer_and_in_all_behind(session, layers):
    with_run(session, layers)
    run = session.runs["A"]
    (answer,) = image_activations(session, CHANGED, 3, None)
    hidden, logits = by_hand(run.spec.hidden, run.moments[24].weights, picture(session, 3), CHANGES)
    for mine, theirs in zip(answer.hidden, hidden, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=2e-5)
    np.testing.assert_allclose(answer.logits, logits, atol=5e-5)
    (plain,) = unit_arithmetic(session, Lens("A"), 3, None, Neuron(0, 2), None)
    (boosted,) = unit_arithmetic(session, CHANGED, 3, None, Neuron(0, 2), None)
    assert (boosted.total, boosted.activated) == (plain.total, plain.activated), "only what is passed on"
    assert boosted.value == pytest.approx(2.5 * plain.value)
    values = [next(unit_arithmetic(session, CHANGED, 3, None, each)).value for each in (Neuron(0, 1), Neuron(1, 0))]
    assert values == pytest.approx([0, 0.7])


def test_products_and_bias_add_up_to_the_value_that_is_shown_of_what_lies_around_the_place(session):
    with_run(session, "conv 3, conv 4, 6", "leaky_relu")
    weights, image = session.runs["A"].moments[24].weights, picture(session, 3)
    weights[1][:] = 0.5
    (shown,) = image_activations(session, Lens("A"), 3, None)
    generator = np.random.default_rng(1)
    for number, layer in enumerate(shown.hidden):
        for _ in range(8):
            unit = int(generator.integers(layer.shape[-1]))
            place = tuple(int(generator.integers(side)) for side in layer.shape[:-1]) or None
            (answer,) = unit_arithmetic(session, Lens("A"), 3, None, Neuron(number, unit), place)
            assert answer.inputs.shape == answer.weights.shape and answer.place == place
            assert answer.total == pytest.approx((answer.inputs.astype(float) * answer.weights).sum() + answer.bias)
            assert answer.activated == pytest.approx(
                FUNCTIONS[session.runs["A"].spec.hidden[number].activation](answer.total), abs=1e-3
            )
            wanted = layer[(*place, unit) if place else unit]
            assert answer.value == pytest.approx(wanted, abs=2e-5)

    (answer,) = unit_arithmetic(session, Lens("A"), 3, None, Neuron(0, 2), (0, 5))
    np.testing.assert_array_equal(answer.inputs[1:, :, 0], image[:2, 4:7])
    np.testing.assert_array_equal(answer.weights, weights[0][..., 2])
    assert not answer.inputs[0].any(), "zero beyond the edges"


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_without_a_place_or_with_one_that_is_not_there_it_is_where_the_map_answers_most(session, activation):
    with_run(session, "conv 3, 6", activation)
    (shown,) = image_activations(session, Lens("A"), 3, None)
    for unit, place in enumerate([None, (90, 0), (0, 90), (-1, 0), (0, -1)]):
        (answer,) = unit_arithmetic(session, Lens("A"), 3, None, Neuron(0, unit % 3), place)
        size = np.abs(shown.hidden[0][..., unit % 3])
        assert size[answer.place] == size.max(), place


def test_weights_that_are_no_numbers_any_more_give_what_is_left(session):
    with_run(session, "conv 3, 6")
    kernel = session.runs["A"].moments[24].weights[0]
    kernel[..., 1] = np.inf
    (answer,) = unit_arithmetic(session, Lens("A"), 3, None, Neuron(0, 1))
    assert not np.isfinite(answer.total) and not np.isfinite(answer.value)
    (shown,) = image_activations(session, Lens("A"), 3, None)
    assert np.isfinite(shown.hidden[0][..., 0]).all() and np.isnan(shown.probabilities).all()
    (whole,) = unit_arithmetic(session, Lens("A"), 3, None, Neuron(0, 0))
    assert np.isfinite(whole.value)


def test_a_drawing_is_read_as_it_is(dense):
    drawing = np.random.default_rng(2).random((8, 8), np.float32)
    (answer,) = image_activations(dense, Lens("A"), 3, drawing)
    hidden, _ = by_hand(dense.runs["A"].spec.hidden, dense.runs["A"].moments[24].weights, drawing)
    np.testing.assert_array_equal(answer.picture, drawing)
    np.testing.assert_allclose(answer.hidden[0], hidden[0], atol=2e-6)
    assert answer.about == f"the drawing, as {'abcd'[answer.logits.argmax()]}"
