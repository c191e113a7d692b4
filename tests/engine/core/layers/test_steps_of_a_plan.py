"""The plan of a network: its steps, shapes and arrays, and what it refuses."""

import numpy as np
import pytest

from engine.core.errors import UserError
from engine.core.layers.language import parse_layers
from engine.core.layers.plan import plan_of

RESIDUAL = "conv 16 5x5 stride 2, batchnorm, relu, maxpool, residual(conv 16, conv 16), global average, 64, dropout 0.3"


def planned(text, shape=(28, 28), classes=10):
    return plan_of(parse_layers(text, "relu"), shape, classes)


def test_each_step_reads_those_before_it_and_says_what_it_gives_and_which_arrays_it_has():
    plan = planned(RESIDUAL)
    said = [(step.name, step.reads, step.shape, [weight.role for weight in step.weights]) for step in plan.steps]
    assert said == [
        ("channel", (0,), (28, 28, 1), []),
        ("layer1", (1,), (14, 14, 16), ["kernel", "bias"]),
        ("layer1_norm", (2,), (14, 14, 16), ["gamma", "beta", "mean", "variance"]),
        ("layer1_activation", (3,), (14, 14, 16), []),
        ("pool1", (4,), (7, 7, 16), []),
        ("layer2", (5,), (7, 7, 16), ["kernel", "bias"]),
        ("layer3", (6,), (7, 7, 16), ["kernel", "bias"]),
        ("sum1", (7, 5), (7, 7, 16), []),
        ("activation1", (8,), (7, 7, 16), []),
        ("global1", (9,), (16,), []),
        ("layer4", (10,), (64,), ["kernel", "bias"]),
        ("dropout1", (11,), (64,), []),
        ("logits", (12,), (10,), ["kernel", "bias"]),
    ]
    assert {step.hidden: step.name for step in plan.steps if step.hidden is not None} == {
        0: "layer1_activation", 1: "layer2", 2: "layer3", 3: "layer4",
    }  # fmt: skip
    assert [plan.weights[number].name for number in plan.kernels] == [f"layer{n}/kernel" for n in range(1, 6)]
    assert [plan.read_by(number) for number in range(5)] == [(28, 28), (7, 7, 16), (7, 7, 16), (16,), (64,)]
    assert plan.read_by(-1) == (64,)
    assert plan.parameters == 25 * 16 + 16 + 4 * 16 + 2 * (9 * 16 * 16 + 16) + 16 * 64 + 64 + 64 * 10 + 10
    assert [weight.name for weight in plan.weights if not weight.is_trained] == [
        "layer1_norm/mean", "layer1_norm/variance",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "is_plain", "is_dense", "is_chain", "reads_last"),
    [
        ("300, 100", True, True, True, True),
        ("", True, True, True, False),
        ("conv 8, conv 16, 64", True, False, True, True),
        ("conv 8", True, False, True, False),
        ("conv 8 3x3, 64", False, False, True, True),
        ("64, batchnorm", False, False, True, True),
        ("64, dropout 0.5", False, False, True, True),
        ("64 relu, batchnorm", False, False, True, False),
        ("conv 8 3x3, global average", False, False, True, False),
        ("residual(conv 4 3x3 | conv 4 1x1), 20", False, False, False, True),
        ("branches(20 | 30)", False, False, False, False),
    ],
)
def test_a_plan_says_what_holds_of_its_network(text, is_plain, is_dense, is_chain, reads_last):
    plan = planned(text)
    wanted = (is_plain, is_dense, is_chain, reads_last)
    assert (plan.is_plain, plan.is_dense, plan.is_chain, plan.reads_last) == wanted


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("", -1),
        ("300, 100", 1),
        ("conv 8, batchnorm, conv 16, dropout 0.5", 1),
        ("conv 4, residual(conv 8, conv 8 | conv 8 1x1)", 2),
        ("conv 4, residual(conv 8 | conv 8 1x1), global average", 1),
        ("conv 4, residual(conv 8, conv 8 | conv 8 1x1), 20", 4),
        ("branches(conv 4 1x1 | conv 4, branches(conv 3, conv 3 | conv 2) | maxpool 3x3 stride 1, conv 5)", 3),
    ],
)
def test_the_last_hidden_layer_is_that_behind_which_none_is_computed(text, last):
    assert planned(text).last_hidden == last


def test_the_arrays_of_a_network_of_before_have_the_shapes_and_the_order_that_they_had():
    plan = planned("conv 16, conv 32, 64", (28, 27))
    assert plan.shapes == [
        (3, 3, 1, 16), (16,), (3, 3, 16, 32), (32,), (7 * 7 * 32, 64), (64,), (64, 10), (10,),
    ]  # fmt: skip
    assert [step.name for step in plan.steps] == [
        "channel", "layer1", "pool1", "layer2", "pool2", "flat", "layer3", "logits",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("maxpool 3x3 valid, conv 4 29x29 valid", "is larger than the 9 × 9 that it reads."),
        ("residual(conv 8 stride 2)", "14 × 14 × 8 and 28 × 28 × 1 cannot be added."),
        ("300, residual(200)", "200 and 300 cannot be added."),
        ("branches(conv 4 3x3 | maxpool)", "give 28 × 28 × 4, 14 × 14 × 1, which cannot be joined."),
        ("conv 6 3x3, depthwise 8", "gets 6 maps, and its width must be a multiple."),
        ("conv 6 3x3, conv 8 3x3 groups 4", "gets 6 maps; its groups must divide both them and its width."),
        ("conv 6 3x3, colour", "needs one grey channel, and gets 6."),
        ("resize 512x512, conv 1024 3x3", "would give 512 × 512 × 1024 numbers for one image."),
        ("resize 512x512, conv 32 3x3, 8192", "at most 200,000,000 are possible."),
    ],
)
def test_a_layer_that_does_not_fit_is_refused_in_a_sentence(text, sentence):
    with pytest.raises(UserError) as refusal:
        planned(text)
    assert refusal.value.sentence.startswith("Layers: ") and refusal.value.sentence.endswith(sentence)
    assert refusal.value.hint


def test_a_sum_of_other_shapes_says_the_shortcut_that_fits():
    with pytest.raises(UserError) as refusal:
        planned("conv 16, residual(conv 32 stride 2, conv 32)")
    assert "residual(… | conv 32 1x1 stride 2)" in refusal.value.hint
    assert planned("conv 16, residual(conv 32 stride 2, conv 32 | conv 32 1x1 stride 2)").steps[-1].shape == (10,)


def test_shapes_are_those_of_numpy_s_arithmetic_for_windows_of_all_kinds():
    noise = np.random.default_rng(1)
    for _ in range(200):
        size, stride, gap = (int(noise.integers(1, most)) for most in (6, 4, 3))
        padding = noise.choice(["same", "valid"])
        if stride > 1 and gap > 1:
            continue
        rows = int(noise.integers(12, 30))
        reach = (size - 1) * gap + 1
        starts = [
            top
            for top in range(0, rows, stride)
            if padding == "same" or top + reach <= rows  # the places at which a window may begin
        ]
        plan = planned(f"conv 2 {size}x{size} stride {stride} dilation {gap} {padding}", (rows, rows))
        assert plan.steps[1].shape == (len(starts), len(starts), 2)
