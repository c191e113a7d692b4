"""What each layer gives, and the first layer of a text that does not fit what it reads."""

import pytest

from engine.core.layers.language import LayersError, parse_layers
from engine.core.layers.plan import plan_of
from engine.core.layers.shapes import check_fits, shapes_of, span_of

IMAGE, CLASSES = (28, 28), 10


def rows_of(text, shape=IMAGE, classes=CLASSES):
    return [(row.path, row.shape, row.parameters) for row in shapes_of(parse_layers(text), shape, classes).rows]


def test_lenet_has_the_shapes_and_the_parameters_of_its_paper():
    """LeNet-5 with pooling without weights and full connections: LeCun et al. (1998)."""
    shapes = shapes_of(parse_layers("conv 6 5x5, avgpool, conv 16 5x5 valid, avgpool, 120, 84"), IMAGE, CLASSES)
    assert [row.shape for row in shapes.rows] == [(28, 28, 6), (14, 14, 6), (10, 10, 16), (5, 5, 16), (120,), (84,)]
    assert [row.parameters for row in shapes.rows] == [156, 0, 2_416, 0, 48_120, 10_164]
    assert (shapes.outputs, shapes.misfit) == (850, None)


def test_a_block_comes_before_its_layers_which_read_what_it_reads():
    assert rows_of("conv 4 5x5, residual(conv 8 stride 2, batchnorm | conv 8 1x1 stride 2), flatten, 3") == [
        ((0,), (28, 28, 4), 5 * 5 * 4 + 4),
        ((1,), (14, 14, 8), (3 * 3 * 4 * 8 + 8) + 4 * 8 + (4 * 8 + 8)),
        ((1, 0, 0), (14, 14, 8), (3 * 3 * 4 * 8 + 8) + 4 * 8),
        ((1, 1, 0), (14, 14, 8), 4 * 8 + 8),
        ((2,), (14 * 14 * 8,), 0),
        ((3,), (3,), 14 * 14 * 8 * 3 + 3),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "300",
        "conv 16, conv 32, 64",
        "colour, resize 32x32, separable 8, pad 1, global average, layernorm, 7",
        "conv 8 1x1, branches(conv 4 groups 4 | identity | depthwise 16), dropout 0.5, relu, 5",
        "branches(64 | residual(784 | 784), 8), rescale 2 -1, 9",
    ],
)
def test_the_parameters_of_all_layers_are_those_of_the_network(text):
    layers = parse_layers(text, "relu")
    shapes = shapes_of(layers, IMAGE, CLASSES)
    own = sum(row.parameters for row in shapes.rows if len(row.path) == 1)
    assert shapes.misfit is None
    assert own + shapes.outputs == plan_of(layers, IMAGE, CLASSES).parameters


# A text whose layers do not fit each other, the part of it that does not, and what is said.
MISFITS = [
    (
        "conv 16 3x3, residual(conv 32), 64",
        "residual(conv 32)",
        "in “residual(conv 32 3x3)” 28 × 28 × 32 and 28 × 28 × 16 cannot be added.",
    ),
    (
        "conv 8 3x3, residual(conv 8 3x3 stride 2)",
        "residual(conv 8 3x3 stride 2)",
        "in “residual(conv 8 3x3 stride 2)” 14 × 14 × 8 and 28 × 28 × 8 cannot be added.",
    ),
    ("64, residual(32)", "residual(32)", "in “residual(32)” 32 and 64 cannot be added."),
    (
        "conv 8 3x3, branches(conv 4 tanh | maxpool, batchnorm), 64",
        "branches(conv 4 tanh | maxpool, batchnorm)",
        "the branches of “branches(conv 4 3x3 tanh | maxpool, batchnorm)” give 28 × 28 × 4, 14 × 14 × 8, "
        "which cannot be joined.",
    ),
    (
        "branches(identity | global average), 8",
        "branches(identity | global average)",
        "the branches of “branches(identity | global average)” give 28 × 28 × 1, 1, which cannot be joined.",
    ),
    (
        "conv 8, conv 4, conv 8 9x9 relu valid",
        "conv 8 9x9 relu valid",
        "“conv 8 9x9 valid relu” is larger than the 7 × 7 that it reads.",
    ),
    ("64, batchnorm, conv 4", "conv 4", "a convolution cannot follow a dense layer."),
    (
        "conv 4, conv 8 gelu groups 8",
        "conv 8 gelu groups 8",
        "“conv 8 3x3 groups 8 gelu” gets 4 maps; its groups must divide both them and its width.",
    ),
    (
        "conv 8, residual(conv 8, depthwise 12 elu), 9",
        "depthwise 12 elu",
        "“depthwise 12 3x3 elu” gets 8 maps, and its width must be a multiple.",
    ),
    (
        "conv 8, conv 4, conv 8 9x9 valid, batchnorm, conv 3",
        "conv 8 9x9 valid, batchnorm",
        "“conv 8 9x9 valid” is larger than the 7 × 7 that it reads.",
    ),
    (
        "conv 4 3x3, conv 8 groups 8",
        "conv 8 groups 8",
        "“conv 8 3x3 groups 8” gets 4 maps; its groups must divide both them and its width.",
    ),
    ("conv 4, colour", "colour", "“colour” needs one grey channel, and gets 4."),
    ("maxpool 31 valid", "maxpool 31 valid", "“maxpool 31x31 valid” is larger than the 28 × 28 that it reads."),
]


@pytest.mark.parametrize(("text", "part", "sentence"), MISFITS)
def test_the_first_layer_that_does_not_fit_is_said_in_a_sentence_and_is_a_part_of_the_text(text, part, sentence):
    with pytest.raises(LayersError) as refused:
        check_fits(text, IMAGE, CLASSES)
    start, end = refused.value.span
    assert (refused.value.sentence, text[start:end]) == (f"Layers: {sentence}", part)


def test_a_network_that_is_too_large_as_a_whole_is_said_too():
    with pytest.raises(LayersError, match="parameters; at most") as refused:
        check_fits("conv 8, 8192, 8192, 8192, 8192, 8192", IMAGE, CLASSES)
    assert refused.value.span[1] <= len("conv 8, 8192, 8192, 8192, 8192, 8192")


def test_what_fits_depends_on_the_images():
    check_fits("conv 8 9x9 valid", (9, 9), 2)
    with pytest.raises(LayersError, match="larger than the 8 × 8"):
        check_fits("conv 8 9x9 valid", (8, 8), 2)


def test_the_layers_before_a_misfit_have_their_shapes():
    shapes = shapes_of(parse_layers("conv 8 3x3, residual(conv 4, conv 9), 64"), IMAGE, CLASSES)
    assert [(row.path, row.shape) for row in shapes.rows] == [
        ((0,), (28, 28, 8)),
        ((1, 0, 0), (28, 28, 4)),
        ((1, 0, 1), (28, 28, 9)),
    ]
    assert shapes.wrong == (1,) and shapes.misfit is not None


def test_each_layer_has_its_part_of_the_text():
    text = " Conv 16 , conv 8 5x5, batchnorm,relu; branches( identity|64 , residual(64)) ,dropout 0.5"
    parts = {
        (): text,
        (0,): "Conv 16",
        (1,): "Conv 16",  # its pooling
        (2,): "conv 8 5x5, batchnorm,relu",
        (3,): "branches( identity|64 , residual(64))",
        (3, 1, 0): "64",
        (3, 1, 1): "residual(64)",
        (3, 1, 1, 0, 0): "64",
        (4,): "dropout 0.5",
    }
    for path, part in parts.items():
        assert text[slice(*span_of(text, path))] == part


def test_layers_that_say_nothing_but_their_kind_are_told_apart():
    """One must not be taken for the other where plans are kept."""
    assert rows_of("flatten, 5")[0][1] == (784,)
    assert rows_of("colour, 5")[0][1] == (28, 28, 3)
    assert rows_of("rescale 32 32")[0][1] == (28, 28)
    assert rows_of("resize 32x32")[0][1] == (32, 32, 1)
