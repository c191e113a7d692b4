"""The language of layers: what is written, what it means, and what is said of what means nothing."""

import itertools
import random
import re
import sys
from pathlib import Path

import pytest

from engine.core.layers.kinds import (
    ACTIVATIONS,
    LAYER_ACTIVATIONS,
    Activation,
    Branches,
    Colour,
    ConvLayer,
    DenseLayer,
    Dropout,
    Flatten,
    GlobalPool,
    Norm,
    Pad,
    Pool,
    Rescale,
    Residual,
    Resize,
    hidden_in,
    mapped,
)
from engine.core.layers.language import LayersError, as_text, in_words, parse_layers

BATCH, LAYER, POOL = Norm("batch"), Norm("layer"), Pool()


def dense(width, activation="", norm=None):
    return DenseLayer(width, activation, norm)


def conv(width, activation="", norm=None, **options):
    return ConvLayer(width, activation, norm, **options)


def depthwise(width, activation="", norm=None, **options):
    return ConvLayer(width, activation, norm, is_depthwise=True, **options)


# What is written, and the layers that it means: `own` is the run's activation, which those have that name none.
own = "relu"
WORKS = [
    ("", []),
    ("300", [dense(300, own)]),
    ("300, 100", [dense(300, own), dense(100, own)]),
    ("300-100-50", [dense(300, own), dense(100, own), dense(50, own)]),
    ("300 tanh; 100", [dense(300, "tanh"), dense(100, own)]),
    ("dense 300 leaky relu", [dense(300, "leaky_relu")]),
    ("DENSE 64 SELU", [dense(64, "selu")]),
    ("64 leaky_relu 0.3, 32", [dense(64, "leaky_relu 0.3"), dense(32, own)]),
    ("dense leaky relu .01 64", [dense(64, "leaky_relu 0.01")]),
    ("64 leaky relu 0.2, leakyrelu 1e-3", [dense(64, "leaky_relu"), Activation("leaky_relu 0.001")]),
    ("leaky_relu 0.30", [Activation("leaky_relu 0.3")]),
    ("dense leaky_relu 64", [dense(64, "leaky_relu")]),
    ("dense relu6 64", [dense(64, "relu6")]),
    ("64 linear", [dense(64, "linear")]),
    ("64, relu", [dense(64, "relu")]),
    ("64, elu", [dense(64, "elu")]),
    ("64 tanh, elu", [dense(64, "tanh"), Activation("elu")]),
    ("64, softplus, silu", [dense(64, "softplus"), Activation("silu")]),
    ("64, batchnorm", [dense(64, own, BATCH)]),
    ("64, batchnorm, gelu", [dense(64, "gelu", BATCH)]),
    ("64, gelu, batchnorm", [dense(64, "gelu"), BATCH]),
    ("64 gelu, batchnorm", [dense(64, "gelu"), BATCH]),
    ("64, layer norm epsilon 1e-05, relu", [dense(64, "relu", Norm("layer", 1e-05))]),
    ("batchnorm, 64", [BATCH, dense(64, own)]),
    ("64, batchnorm, layernorm", [dense(64, own, BATCH), LAYER]),
    ("relu, 64", [Activation("relu"), dense(64, own)]),
    ("64, dropout 0.3, tanh", [dense(64, own), Dropout(0.3), Activation("tanh")]),
    ("dropout .5, 64", [Dropout(0.5), dense(64, own)]),
    ("flatten, 64", [Flatten(), dense(64, own)]),
    ("rescale 255", [Rescale(255.0)]),
    ("rescale 2 -1, 64", [Rescale(2.0, -1.0), dense(64, own)]),
    ("rescale -1 1-64", [Rescale(-1.0, 1.0), dense(64, own)]),
    ("rescale 0.00392156862745098", [Rescale(1 / 255)]),
    ("conv 16", [conv(16, own), POOL]),
    ("conv16tanh", [conv(16, "tanh"), POOL]),
    ("conv 16, conv 32, 64 tanh", [conv(16, own), POOL, conv(32, own), POOL, dense(64, "tanh")]),
    ("conv 16 3x3", [conv(16, own)]),
    ("conv 16 same", [conv(16, own)]),
    ("conv 16, relu", [conv(16, "relu")]),
    ("conv 16 leaky_relu 0.3", [conv(16, "leaky_relu 0.3"), POOL]),
    ("conv leaky_relu 0.3 16 5x5", [conv(16, "leaky_relu 0.3", kernel=(5, 5))]),
    ("conv 16 tanh, relu", [conv(16, "tanh"), Activation("relu")]),
    ("conv 16, batchnorm, conv 8", [conv(16, own, BATCH), conv(8, own), POOL]),
    ("conv 16, maxpool", [conv(16, own), POOL]),
    ("conv 16, avg pool", [conv(16, own), Pool("average")]),
    ("conv 16, global average", [conv(16, own), GlobalPool()]),
    ("conv 16, dropout 0.25", [conv(16, own), POOL, Dropout(0.25)]),
    ("conv 16 5", [conv(16, own, kernel=(5, 5))]),
    ("conv 16 5×3 stride 2", [conv(16, own, kernel=(5, 3), stride=(2, 2))]),
    ("conv stride 2x1 relu 5x5 16 valid", [conv(16, "relu", kernel=(5, 5), stride=(2, 1), padding="valid")]),
    ("conv 16 dilation 2 groups 4", [conv(16, own, dilation=(2, 2), groups=4)]),
    ("depthwise 32 stride 2, batchnorm, relu6", [depthwise(32, "relu6", stride=(2, 2), norm=BATCH)]),
    ("colour, separable 32 5x5", [Colour(), depthwise(3, "linear", kernel=(5, 5)), conv(32, own, kernel=(1, 1))]),
    (
        "conv 8 7x7, separable 16 elu stride 2",
        [conv(8, own, kernel=(7, 7)), depthwise(8, "linear", stride=(2, 2)), conv(16, "elu", kernel=(1, 1))],
    ),
    ("maxpool 3", [Pool(size=(3, 3), stride=(3, 3))]),
    ("maxpool 3x2 stride 1 valid", [Pool(size=(3, 2), stride=(1, 1), padding="valid")]),
    ("average pool 4x4 stride 2", [Pool("average", (4, 4), (2, 2))]),
    ("conv 4 1x1, global max, 10", [conv(4, own, kernel=(1, 1)), GlobalPool("max"), dense(10, own)]),
    ("pad 1", [Pad(1, 1, 1, 1)]),
    ("pad 0 1 2 3", [Pad(0, 1, 2, 3)]),
    ("resize 32, resize 16x24", [Resize(32, 32), Resize(16, 24)]),
    ("color", [Colour()]),
    ("residual(64, 64)", [Residual((dense(64, own), dense(64, "linear")), (), own)]),
    ("residual(conv 16, conv 16)", [Residual((conv(16, own), conv(16, "linear")), (), own)]),
    ("residual(conv 16 relu) linear", [Residual((conv(16, "relu"),), (), "linear")]),
    (
        "residual(64 leaky_relu 0.5, 64) leaky_relu 0.1",
        [Residual((dense(64, "leaky_relu 0.5"), dense(64, "linear")), (), "leaky_relu 0.1")],
    ),
    ("residual(conv 16), tanh", [Residual((conv(16, "linear"),), (), "tanh")]),
    ("residual(conv 16), batchnorm, tanh", [Residual((conv(16, "linear"),), (), own), BATCH, Activation("tanh")]),
    (
        "residual(conv 8 stride 2, batchnorm, relu, conv 8, batchnorm | conv 8 1x1 stride 2, batchnorm) elu",
        [
            Residual(
                (conv(8, "relu", BATCH, stride=(2, 2)), conv(8, "linear", BATCH)),
                (conv(8, "linear", BATCH, kernel=(1, 1), stride=(2, 2)),),
                "elu",
            )
        ],
    ),
    ("residual(conv 4, dropout 0.1 | identity)", [Residual((conv(4, "linear"), Dropout(0.1)), (), own)]),
    (
        "residual(conv 4, residual(conv 4))",
        [Residual((conv(4, own), Residual((conv(4, "linear"),), (), own)), (), own)],
    ),
    ("branches(8 | 8 tanh)", [Branches(((dense(8, own),), (dense(8, "tanh"),)))]),
    (
        "branches(conv 8 1x1 | conv 8 1x1, conv 16 5x5 | maxpool 3x3 stride 1 | identity), relu",
        [
            Branches(
                (
                    (conv(8, own, kernel=(1, 1)),),
                    (conv(8, own, kernel=(1, 1)), conv(16, own, kernel=(5, 5))),
                    (Pool(size=(3, 3), stride=(1, 1)),),
                    (),
                )
            ),
            Activation("relu"),
        ],
    ),
    (
        "conv 6 1x1, branches(identity | conv 2), separable 4",
        [
            conv(6, own, kernel=(1, 1)),
            Branches(((), (conv(2, own),))),
            depthwise(8, "linear"),
            conv(4, own, kernel=(1, 1)),
        ],
    ),
]

NAMES = "relu, tanh, sigmoid, gelu, leaky_relu, linear, elu, selu, silu, relu6, softplus"
BEHIND = "Write it behind a width, such as 300 relu, 100 tanh."
WIDTHS, COMMA = "Write widths such as 300 or conv 16, 64.", "Write a comma between two layers."
CONV, BATCHNORM = "Write it as in conv 16 5x5 stride 2 valid relu.", "Write it as in batchnorm epsilon 0.001."
RESIDUAL, IDENTITY = "Write it as in residual(conv 16, conv 16).", "Write it as in residual(conv 16 | identity)."
LEAKY = "Write a slope between 0 and 1, as in leaky_relu 0.3."
BRANCHES = "Write it as in branches(conv 8 1x1 | conv 16 5x5)."
EMPTY = "Write identity for what changes nothing, as in residual(conv 16 | identity)."

# What is written, the part of it that is wrong, and what is said: a sentence, and a hint if there is one.
WRONG = [
    ("x", "x", "“x” is not a layer.", WIDTHS),
    ("300, fifty", "fifty", "“fifty” is not a layer.", WIDTHS),
    ("300 200", "300 200", "“300 200” is not a layer.", WIDTHS),
    ("10.5", "10.5", "“10.5” is not a layer.", WIDTHS),
    ("1234567890", "1234567890", "“1234567890” is not a layer.", WIDTHS),
    ("300!", "300!", "“300!” is not a layer.", WIDTHS),
    ("conv 16, maxpol", "maxpol", "“maxpol” is not a layer.", "Did you mean maxpool?"),
    ("dropuot 0.3", "dropuot 0.3", "“dropuot 0.3” is not a layer.", "Did you mean dropout?"),
    ("global averge", "global averge", "“global averge” is not a layer.", "Did you mean global average?"),
    ("Conv2D 16", "Conv2D 16", "“conv2d 16” is not a layer.", "Did you mean conv?"),
    ("0", "0", "a layer must have between 1 and 8,192 neurons, not 0.", ""),
    ("8193", "8193", "a layer must have between 1 and 8,192 neurons, not 8,193.", ""),
    ("conv 0", "conv 0", "a layer must have between 1 and 4,096 feature maps, not 0.", ""),
    ("depthwise 4097", "depthwise 4097", "a layer must have between 1 and 4,096 feature maps, not 4,097.", ""),
    ("300 relo", "relo", f"“relo” is not an activation. There are {NAMES}.", "Did you mean relu?"),
    ("300 foo", "foo", f"“foo” is not an activation. There are {NAMES}.", BEHIND),
    ("64 leaky_relu 1.5", "leaky_relu 1.5", f"“leaky_relu 1.5” is not an activation. There are {NAMES}.", LEAKY),
    ("64, leaky_relu 0.0", "leaky_relu 0.0", "“leaky_relu 0.0” is not a layer.", LEAKY),
    ("leaky_relu 1", "1", "“1” is one too many in “leaky_relu 1”.", COMMA),
    ("64 relu 0.3", "64 relu 0.3", "“64 relu 0.3” is not a layer.", WIDTHS),
    ("conv 16 relu tanh", "relu tanh", f"“relu tanh” is not an activation. There are {NAMES}.", BEHIND),
    ("conv 16 maxpool", "maxpool", f"“maxpool” is not an activation. There are {NAMES}.", COMMA),
    ("residual(64) 3", "3", f"“3” is not an activation. There are {NAMES}.", BEHIND),
    ("300 dropout 0.3", "300 dropout 0.3", "“300 dropout 0.3” is not a layer.", COMMA),
    ("conv", "conv", "“conv” is not a layer.", CONV),
    ("dense", "dense", "“dense” is not a layer.", "Write it as in dense 300 relu."),
    ("dropout", "dropout", "“dropout” is not a layer.", "Write it as in dropout 0.3."),
    ("rescale", "rescale", "“rescale” is not a layer.", "Write it as in rescale 2 -1."),
    ("resize", "resize", "“resize” is not a layer.", "Write it as in resize 32x32."),
    ("pad 1 2", "pad 1 2", "“pad 1 2” is not a layer.", "Write it as in pad 1, pad 0 1 0 1."),
    ("conv 16 @", "conv 16 @", "“conv 16 @” is not a layer.", CONV),
    ("relu @", "relu @", "“relu @” is not a layer.", "Write it as in relu."),
    ("64, conv 16", "conv 16", "a convolution cannot follow a dense layer.", ""),
    ("64, residual(conv 16)", "conv 16", "a convolution cannot follow a dense layer.", ""),
    ("residual(64), conv 16", "conv 16", "a convolution cannot follow a dense layer.", ""),
    ("64, maxpool", "maxpool", "“maxpool” cannot follow “64”, which leaves no feature maps.", ""),
    ("flatten, conv 16", "conv 16", "“conv 16” cannot follow “flatten”, which leaves no feature maps.", ""),
    ("global max, pad 1", "pad 1", "“pad 1” cannot follow “global max”, which leaves no feature maps.", ""),
    ("conv 16 strid 2", "strid", "“conv 16 strid 2” cannot have “strid”.", "Did you mean stride?"),
    ("conv 16 conv 32", "conv", "“conv 16 conv 32” cannot have “conv”.", COMMA),
    (
        "maxpool groups 2",
        "groups 2",
        "“maxpool groups 2” cannot have “groups 2”.",
        "Write it as in maxpool 3x3 stride 2 valid.",
    ),
    (
        "depthwise 8 groups 2",
        "groups 2",
        "“depthwise 8 groups 2” cannot have “groups 2”.",
        "Write it as in depthwise 32 3x3 stride 2 relu.",
    ),
    ("relu tanh", "tanh", "“relu tanh” cannot have “tanh”.", COMMA),
    ("dropout 3x3", "3x3", "“dropout 3x3” cannot have “3x3”.", "Write it as in dropout 0.3."),
    ("conv 16 5x5 3x3", "3x3", "“3x3” is one too many in “conv 16 5x5 3x3”.", COMMA),
    ("conv 16 5 5", "5", "“5” is one too many in “conv 16 5 5”.", COMMA),
    ("conv 16 valid same", "same", "“same” is one too many in “conv 16 valid same”.", COMMA),
    ("flatten 300", "300", "“300” is one too many in “flatten 300”.", COMMA),
    ("conv 16 32", "32", "“32” in “conv 16 32” is not between 1 and 31.", COMMA),
    ("conv 16 33x1", "33x1", "“33x1” in “conv 16 33x1” is not between 1 and 31.", ""),
    ("conv 16 stride 0", "0", "“0” in “conv 16 stride 0” is not between 1 and 16.", ""),
    ("conv 16 dilation 17x1", "17x1", "“17x1” in “conv 16 dilation 17x1” is not between 1 and 16.", ""),
    ("conv 16 groups 32", "32", "“32” in “conv 16 groups 32” is not between 1 and 16.", ""),
    ("maxpool 0", "0", "“0” in “maxpool 0” is not between 1 and 31.", COMMA),
    ("pad 40", "40", "“40” in “pad 40” is not between 0 and 31.", ""),
    ("resize 1000x2", "1000x2", "“1000x2” in “resize 1000x2” is not between 1 and 512.", ""),
    ("rescale 1e999", "1e999", "“1e999” in “rescale 1e999” is not between -1,000,000 and 1,000,000.", ""),
    ("dropout 0,3", "0", "“0” in “dropout 0” is not between 0 and 1.", "Write it with a point, as in dropout 0.3."),
    ("dropout 1", "1", "“1” in “dropout 1” is not between 0 and 1.", "Write it with a point, as in dropout 0.3."),
    (
        "layernorm epsilon 2",
        "2",
        "“2” in “layernorm epsilon 2” is not between 0 and 1.",
        "Write it with a point, as in layernorm epsilon 0.001.",
    ),
    ("batchnorm epsilon", "batchnorm epsilon", "“epsilon” in “batchnorm epsilon” has no number.", BATCHNORM),
    ("conv 16 stride", "conv 16 stride", "“stride” in “conv 16 stride” has no whole number.", CONV),
    ("conv 16 groups 2x2", "conv 16 groups 2x2", "“groups” in “conv 16 groups 2x2” has no whole number.", CONV),
    ("conv 16 stride 1.5", "conv 16 stride 1.5", "“stride” in “conv 16 stride 1.5” has no whole number.", CONV),
    ("conv 16 groups 3", "conv 16 groups 3", "16 feature maps do not divide into 3 groups of the same size.", ""),
    (
        "separable 32, 64",
        "separable 32",
        "how many feature maps “separable 32” reads is not known from the text.",
        "Write it as two layers, such as depthwise 3 3x3 linear, conv 32 1x1.",
    ),
    (
        "branches(identity | conv 8), separable 4",
        "separable 4",
        "how many feature maps “separable 4” reads is not known from the text.",
        "Write it as two layers, such as depthwise 3 3x3 linear, conv 32 1x1.",
    ),
    (
        "conv 2500 1x1, branches(identity | identity), separable 4",
        "separable 4",
        "a layer must have between 1 and 4,096 feature maps, not 5,000.",
        "",
    ),
    ("residual", "residual", "“residual” is not a layer.", RESIDUAL),
    ("residual(conv 16", "residual(", "“residual(” has no closing “)”.", ""),
    ("300)", "300)", "the “)” in “300)” closes nothing.", ""),
    ("conv 16 | 64", "|", "“|” stands only within residual(…) or branches(…).", BRANCHES),
    ("conv(16)", "conv(", "“(” can only follow residual or branches.", RESIDUAL),
    ("residual(64)(64)", "(", "“(” can only follow residual or branches.", RESIDUAL),
    ("residual()", "()", "a part of “residual(…)” is empty.", EMPTY),
    ("branches(64 | )", "| )", "a part of “branches(…)” is empty.", EMPTY),
    (
        "residual(8 | 8 | 8)",
        "residual(",
        "“residual(…)” has two parts at most, its layers and its shortcut, not 3.",
        RESIDUAL,
    ),
    ("branches(64)", "branches(", "“branches(…)” has two parts at least, with “|” between them.", BRANCHES),
    ("branches(8 | 8) relu", "relu", "“relu” cannot stand behind “branches(…)”.", COMMA),
    ("64, identity", "identity", "“identity” stands alone in its part of a block.", IDENTITY),
    ("residual(8, identity)", "identity", "“identity” stands alone in its part of a block.", IDENTITY),
    ("residual(" * 9 + "8" + ")" * 9, "residual(", "blocks within blocks are at most 8 deep.", ""),
    (", ".join(["8"] * 65), ", ".join(["8"] * 65), "at most 64 hidden layers, not 65.", ""),
    (", ".join(["flatten"] * 201), ", ".join(["flatten"] * 201), "at most 200 layers, not 201.", ""),
    ("8," * 2501, "8,", "at most 5,000 letters, not 5,002.", ""),
]


@pytest.mark.parametrize(("text", "layers"), WORKS)
def test_what_is_written_means_these_layers(text, layers):
    assert parse_layers(text, own) == tuple(layers)
    assert parse_layers(text.upper(), own) == tuple(layers)
    assert parse_layers(as_text(parse_layers(text, own))) == tuple(layers)


@pytest.mark.parametrize(("text", "part", "sentence", "hint"), WRONG)
def test_what_is_no_network_is_said_in_a_sentence_with_the_part_that_is_wrong(text, part, sentence, hint):
    with pytest.raises(LayersError) as refused:
        parse_layers(text)
    start, end = refused.value.span
    assert (refused.value.sentence, refused.value.hint, text[start:end]) == (f"Layers: {sentence}", hint, part)


def test_there_are_sixty_of_either():
    assert len(WORKS) >= 60 and len(WRONG) >= 60


def test_hidden_layers_without_an_activation_have_none_until_a_run_names_it():
    text = "conv 16, 64, residual(64 | 64), residual(64) linear"
    assert [layer.activation for layer in hidden_in(parse_layers(text))] == ["", "", "linear", "linear", "linear"]
    assert parse_layers(text)[3].activation == "" and parse_layers(text)[4].activation == "linear"
    assert [layer.activation for layer in hidden_in(parse_layers(text, "elu"))][:2] == ["elu", "elu"]


def test_a_change_of_all_hidden_layers_reaches_those_within_blocks():
    layers = parse_layers("branches(8, residual(6, dropout 0.1, 6 | 6) | 4 tanh), 3")
    wider = mapped(layers, lambda layer: layer.but(width=2 * layer.width))
    assert as_text(wider) == "branches(16, residual(12, dropout 0.1, 12 | 12) | 8 tanh), 6"


# The texts of sessions from before there were other layers


def meant_before(text):
    """What a text meant then, by the regular expression that read it: (kind, width, activation), or a sentence."""
    layers = []
    for part in filter(None, (part.strip().lower() for part in re.split(r"[,;–]|-", text))):
        match = re.fullmatch(r"(conv\s*)?(\d{1,9})\s*([a-z][a-z_ ]*)?", part)
        if not match:
            return f"Layers: “{part}” is not a layer."
        most, what = (4096, "feature maps") if match[1] else (8192, "neurons")
        if not 1 <= int(match[2]) <= most:
            return f"Layers: a layer must have between 1 and {most:,} {what}, not {int(match[2]):,}."
        name = "_".join((match[3] or "").split())
        if name and name not in LAYER_ACTIVATIONS:
            return f"Layers: “{match[3]}” is not an activation. There are {NAMES}."
        if match[1] and layers and layers[-1][0] is DenseLayer:
            return "Layers: a convolution cannot follow a dense layer."
        layers.append((ConvLayer if match[1] else DenseLayer, int(match[2]), name))
    return layers


def text_of_before(chance):
    """A text as it may have been written, right or wrong."""
    names = ["", "", "", *ACTIVATIONS, "leaky relu"] * 9 + ["rel", "relu tanh"]
    widths = ["1", "16", "64", "0300", "300", "1024", "4096", "٣٠٠"] * 9 + ["0", "4097", "8192", "99999"]
    parts = []
    convolutions = chance.randint(0, 3)
    for place in range(chance.randint(0, 6)):
        is_convolution = place < convolutions or chance.random() < 0.05
        head = chance.choice(["conv ", "conv", "conv  ", "CONV "]) if is_convolution else ""
        part = f"{head}{chance.choice(widths)}{chance.choice(['', ' ', '  '])}{chance.choice(names)}"
        parts.append(chance.choice([part] * 60 + ["", " ", "x", "conv", "300 200", "16 16 relu"]))
    return "".join(part + chance.choice([",", ", ", ";", "-", " - ", "–"]) for part in parts)


def meant_now(text):
    try:
        layers = parse_layers(text)
    except LayersError as error:
        return error.sentence
    assert [type(before) for before, layer in itertools.pairwise(layers) if layer == POOL] == [
        ConvLayer for layer in layers if isinstance(layer, ConvLayer)
    ]
    assert all(layer == conv(layer.width, layer.activation) for layer in layers if isinstance(layer, ConvLayer))
    return [(type(layer), layer.width, layer.activation) for layer in layers if layer != POOL]


def test_texts_of_before_mean_what_they_meant_and_are_refused_as_they_were():
    chance = random.Random(7)
    texts = [text_of_before(chance) for _ in range(1500)]
    before = [meant_before(text) for text in texts]
    right = [one for one in before if isinstance(one, list)]
    assert len(before) - len(right) > 300 and sum(len(layers) > 1 for layers in right) > 300
    assert [text for text, one in zip(texts, before, strict=True) if meant_now(text) != one] == []


def test_the_canonical_texts_of_before_are_unchanged():
    for text in ("300", "conv 16, conv 32, 64 tanh", "300 leaky_relu, 100", "conv 16 relu, conv 16", "conv 8"):
        assert as_text(parse_layers(text)) == text
    assert as_text(parse_layers("CONV16-conv  32 ; 064 leaky  relu")) == "conv 16, conv 32, 64 leaky_relu"


# Canonical texts


def tree(chance, depth=0, is_flat=False):
    """Layers in an order that may be written, each kind with options of all sorts."""
    layers = []
    for _ in range(chance.randint(1, 4 if depth else 6)):
        kind = chance.choice(["dense"] * 3 if is_flat else ["conv"] * 4 + ["pool", "pad", "resize", "colour", "global"])
        kind = chance.choice([kind, kind, kind, "norm", "activation", "dropout", "rescale", "block", "flatten"])
        is_flat = is_flat or kind in ("global", "flatten", "dense")
        layers.append(layer(chance, kind, depth, is_flat))
    return tuple(layers)


def pair(chance, usual):
    return chance.choice([usual, usual, (3, 3), (5, 2), (2, 1), (1, 4)])


def layer(chance, kind, depth, is_flat):
    norm = chance.choice([None, None, BATCH, LAYER, Norm("batch", chance.choice([1e-05, 0.0012345678901, 1.0]))])
    name = chance.choice([*LAYER_ACTIVATIONS, "leaky_relu 0.3", "leaky_relu 0.0123456789"])
    padding = chance.choice(["same", "same", "valid"])
    match kind:
        case "dense":
            return dense(chance.randint(1, 8192), name, norm)
        case "conv" if chance.random() < 0.4:
            return conv(16, name)
        case "conv":
            options = {"kernel": pair(chance, (3, 3)), "stride": pair(chance, (1, 1)), "dilation": pair(chance, (1, 1))}
            is_depthwise = chance.random() < 0.3
            groups = 1 if is_depthwise else chance.choice([1, 1, 4])
            return conv(16, name, norm, padding=padding, groups=groups, is_depthwise=is_depthwise, **options)
        case "pool":
            size = pair(chance, (2, 2))
            return Pool(chance.choice(["max", "average"]), size, chance.choice([size, (1, 1), (2, 3)]), padding)
        case "pad":
            return Pad(*(chance.choice([[1] * 4, [chance.randint(0, 31) for _ in range(4)]])))
        case "block" if depth < 3 and chance.random() < 0.5:
            body = tree(chance, depth + 1, is_flat)
            shortcut = () if chance.random() < 0.5 else tree(chance, depth + 1, is_flat)
            return Residual(body, shortcut, name)
        case "block" if depth < 3:
            many = [chance.choice([(), tree(chance, depth + 1, is_flat)]) for _ in range(chance.randint(2, 4))]
            return Branches(tuple(many))
        case "activation":
            return Activation(name)
        case "dropout":
            return Dropout(chance.choice([0.3, 1 / 3, 1e-12]))
        case "rescale":
            return Rescale(chance.uniform(-300, 300), chance.choice([0.0, -1.0, 0.5, -1e-07]))
        case "resize":
            return Resize(chance.randint(1, 512), chance.randint(1, 512))
    return {"colour": Colour(), "global": GlobalPool(chance.choice(["max", "average"])), "norm": norm or BATCH}.get(
        kind, Dropout(0.5)
    )


def flattened_within(layers):
    """Whether a block leaves no feature maps, behind which a generated tree may have images."""
    return any(
        isinstance(one, (DenseLayer, Flatten, GlobalPool)) or flattened_within(inside)
        for one in layers
        if isinstance(one, (Residual, Branches))
        for inside in (one.branches if isinstance(one, Branches) else (one.body, one.shortcut))
        for one in inside
    )


def test_generated_trees_come_back_from_their_texts_which_are_canonical():
    chance = random.Random(11)
    trees = [one for one in (tree(chance) for _ in range(1500)) if not flattened_within(one)]
    assert len(trees) > 700
    for layers in trees:
        text = as_text(layers)
        assert parse_layers(text) == layers, text
        assert as_text(parse_layers(text)) == text
        assert parse_layers(text, "tanh") == layers, "each names its activation"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("conv 16 3x3, maxpool", "conv 16"),
        ("conv 16 3x3, maxpool, batchnorm", "conv 16 3x3, maxpool, batchnorm"),
        ("conv 16 3x3, maxpool, maxpool", "conv 16 3x3, maxpool, maxpool"),
        ("conv 16, batchnorm, relu", "conv 16 3x3, batchnorm, relu"),
        ("residual(conv 16, maxpool)", "residual(conv 16 3x3, maxpool)"),
        ("residual(conv 16 linear)", "residual(conv 16 3x3)"),
        ("residual(conv 16 linear, relu)", "residual(conv 16 3x3 linear, relu)"),
        ("residual(64, batchnorm, linear | identity), relu", "residual(64, batchnorm) relu"),
        ("branches ( Conv 8 1 | identity )", "branches(conv 8 1x1 | identity)"),
        ("maxpool 2x2 stride 2 same; avgpool 3 stride 3", "maxpool, avgpool 3x3"),
        ("dense 64 relu - dropout .30", "64 relu, dropout 0.3"),
        ("pad 2 2 2 2, rescale 2.0 0", "pad 2, rescale 2"),
    ],
)
def test_one_network_has_one_text(text, canonical):
    assert as_text(parse_layers(text)) == canonical


def test_every_example_of_the_page_is_a_network():
    page = (Path(__file__).resolve().parents[4] / "docs" / "layers.md").read_text("utf-8")
    blocks = re.findall(r"^```text$(.*?)^```$", page, flags=re.DOTALL | re.MULTILINE)
    examples = [re.split(r" {2,}", line)[0] for block in blocks for line in block.strip().splitlines()]
    assert len(examples) > 15
    for example in examples:
        assert parse_layers(example, "relu")
    assert all(name in page for name in LAYER_ACTIVATIONS)


# In words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "784 → 10"),
        ("300, 100", "784 → 300 → 100 → 10"),
        ("300, 100 tanh", "784 → 300 ReLU → 100 tanh → 10"),
        ("conv 16, 64", "28×28×1 → conv 16 3×3 → 64 → 10"),
        ("64 leaky relu 0.3, 64", "784 → 64 Leaky ReLU 0.3 → 64 ReLU → 10"),
        ("conv 16 leaky relu, conv 8, 64", "28×28×1 → conv 16 3×3 Leaky ReLU → conv 8 3×3 ReLU → 64 ReLU → 10"),
        ("64, dropout 0.3", "784 → 64 → dropout 0.3 → 10"),
        ("64, batchnorm", "784 → 64 batchnorm → 10"),
        ("conv 16 3x3, 64", "28×28×1 → conv 16 3×3 → 64 → 10"),
        ("conv 8 5x5, maxpool, 64", "28×28×1 → conv 8 5×5 → max 2×2 → 64 → 10"),
        ("conv 16, conv 8 5x5, 64", "28×28×1 → conv 16 3×3 → max 2×2 → conv 8 5×5 → 64 → 10"),
        (
            "conv 16 5x5 stride 2, batchnorm, maxpool, residual(conv 16 | conv 16 1), global average",
            "28×28×1 → conv 16 5×5 /2 batchnorm ReLU → max 2×2 → "
            "residual (conv 16 3×3 linear | conv 16 1×1 linear) ReLU → global average → 10",
        ),
        (
            "branches(depthwise 2 stride 2x1 valid | maxpool 3 stride 2 | identity), relu",
            "28×28×1 → branches (depthwise 2 3×3 /2×1 valid | max 3×3 /2 | identity) → ReLU → 10",
        ),
        (
            "conv 8 dilation 2 groups 4, pad 1, resize 9, rescale 2 -1",
            "28×28×1 → conv 8 3×3 dilation 2 groups 4 → pad 1 → resize 9×9 → rescale 2 -1 → 10",
        ),
    ],
)
def test_a_network_is_said_in_words_from_its_input_to_its_classes(text, words):
    assert in_words(parse_layers(text, "relu"), (28, 28), 10) == words


def test_without_input_and_classes_the_words_are_the_layers_or_none():
    assert in_words(()) == "none"
    assert in_words(parse_layers("conv 16, 64")) == "conv 16 3×3 → 64"
    assert in_words(parse_layers("conv 16, 64"), (32, 32, 3), 7) == "32×32×3 → conv 16 3×3 → 64 → 7"
    assert in_words(parse_layers("64"), (8, 8, 3), 2) == "192 → 64 → 2"


# Texts that are meant to take long


class Steps:
    """Counts what Python does, whatever the machine takes for it: calls and lines of this program."""

    def __init__(self):
        self.count = 0

    def __enter__(self):
        self._before = sys.gettrace()
        sys.settrace(self._step)
        return self

    def __exit__(self, *error):
        sys.settrace(self._before)

    def _step(self, frame, event, arg):
        self.count += 1
        return self._step


HOSTILE = [
    "conv{} 16",
    "1{}x",
    "a{}",
    "residual({}",
    "conv 16 stride{}",
    "branches(branches(8|{}8))",
    "conv 16 relu {}",
    "64 leaky relu {}",
    "9{}",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("filling", [" ", "1 ", "1", "1x", "1.", "-", "_", "relu ", "8|", "conv 8, ", "stride 1 "])
def test_the_work_grows_no_faster_than_the_text(text, filling):
    def steps(letters):
        written = text.format(filling * ((letters - len(text)) // len(filling)))
        with Steps() as done:
            try:
                parse_layers(written, "gelu")
            except LayersError as error:
                assert len(error.sentence) < 400
        return done.count

    steps(500)
    assert steps(4800) < 15 * steps(600) + 20_000


def test_a_letter_that_is_another_number_of_letters_in_small_ones_moves_no_part():
    with pytest.raises(LayersError) as refused:
        parse_layers("İİİ, 300, fifty")
    assert refused.value.span == (0, 3)
