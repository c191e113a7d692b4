"""Layers put together piece by piece: changes of a tree, and the settings of each kind of layer."""

import pytest

from engine.core.errors import UserError
from engine.core.knobs import knobs
from engine.core.layers.editing import (
    KINDS,
    doubled,
    inserted,
    kind_of,
    layer_at,
    moved,
    neighbours,
    new_layer,
    options_of,
    removed,
    replaced,
    sequence_at,
    with_options,
)
from engine.core.layers.kinds import DenseLayer, Dropout, read_pair
from engine.core.layers.language import as_text, parse_layers
from engine.core.layers.shapes import shapes_of

TEXT = "conv 8 3x3, residual(conv 8 3x3, branches(conv 4 3x3 | maxpool 3x3 stride 1), conv 8 1x1 | identity), 64"


def tree():
    return parse_layers(TEXT)


CHANGES = [
    (lambda: inserted(tree(), (0,), Dropout(0.5)), f"dropout 0.5, {TEXT}"),
    (lambda: inserted(tree(), (3,), Dropout(0.5)), f"{TEXT}, dropout 0.5"),
    (lambda: inserted(tree(), (1, 1, 0), Dropout(0.5)), TEXT.replace("identity", "dropout 0.5").replace(" | id", "")),
    (lambda: replaced(tree(), (1, 0, 1, 1, 0), Dropout(0.5)), TEXT.replace("maxpool 3x3 stride 1", "dropout 0.5")),
    (lambda: removed(tree(), (2,)), TEXT.removesuffix(", 64")),
    (lambda: removed(tree(), (1,)), "conv 8 3x3, 64"),
    (lambda: removed(tree(), (1, 0, 1, 0, 0)), TEXT.replace("conv 4 3x3 |", "identity |")),
    (lambda: removed(tree(), (1, 0)), "conv 8 3x3, residual(identity), 64"),
    (lambda: doubled(tree(), (2,)), f"{TEXT}, 64"),
    (lambda: doubled(tree(), (1, 0, 1, 1)), TEXT.replace("stride 1)", "stride 1 | maxpool 3x3 stride 1)")),
    (lambda: doubled(tree(), (1, 0)), TEXT),
    (lambda: moved(tree(), (2,), -1), "conv 8 3x3, 64, residual"),
    (lambda: moved(tree(), (0,), 1), "residual(conv 8 3x3, branches"),
    (
        lambda: moved(tree(), (1, 0, 1, 0), 1),
        TEXT.replace("conv 4 3x3 | maxpool 3x3 stride 1", "maxpool 3x3 stride 1 | conv 4 3x3"),
    ),
]


@pytest.mark.parametrize(("change", "text"), CHANGES)
def test_a_change_of_a_tree_is_the_change_of_its_text(change, text):
    assert as_text(change()).replace(" | identity", "").startswith(text.replace(" | identity", ""))
    assert as_text(tree()) == TEXT.replace(" | identity", ""), "the tree of before stays"


def test_a_branch_can_be_removed():
    assert as_text(removed(parse_layers("branches(8 | 9 | 10)"), (0, 1))) == "branches(8 | 10)"


def test_paths_lead_to_layers_and_to_sequences():
    layers = tree()
    assert layer_at(layers, (2,)) == DenseLayer(64)
    assert as_text((layer_at(layers, (1, 0, 2)),)) == "conv 8 1x1 linear"
    assert as_text(sequence_at(layers, (1, 0, 1, 1))) == "maxpool 3x3 stride 1"
    assert sequence_at(layers, (1, 1)) == ()
    assert [neighbours(layers, path) for path in ((0,), (1, 0), (1, 0, 0), (1, 0, 1, 0))] == [3, 2, 3, 2]


@pytest.mark.parametrize(
    "text",
    [
        "64 tanh, batchnorm",
        "64 leaky_relu 0.3, 8 leaky_relu, relu, leaky_relu 0.1",
        "64",
        "conv 16 5x3 stride 2x1 valid dilation 2 groups 4 relu",
        "depthwise 32 7x7, layernorm epsilon 0.01",
        "layernorm epsilon 0.5",
        "maxpool 3x2 stride 1 valid",
        "avgpool",
        "global max",
        "selu",
        "dropout 0.25",
        "flatten",
        "rescale 2 -1",
        "pad 1 2 3 4",
        "resize 8x9",
        "colour",
        "residual(64) elu",
        "branches(8 | 9)",
    ],
)
def test_a_layer_is_the_same_with_its_own_settings(text):
    for layer in parse_layers(text):
        assert repr(with_options(layer, options_of(layer))) == repr(layer)


def test_settings_change_what_they_are_called():
    (layer,) = parse_layers("conv 16 3x3")
    options = options_of(layer).but(kernel="5x1", stride="2", padding="valid", groups=2, norm="layer", activation="elu")
    assert as_text((with_options(layer, options),)) == "conv 16 5x1 stride 2 valid groups 2, layernorm, elu"
    (layer,) = parse_layers("64 leaky_relu 0.3")
    assert as_text((with_options(layer, options_of(layer).but(width=9)),)) == "9 leaky_relu 0.3"
    assert as_text((with_options(layer, options_of(layer).but(activation="tanh")),)) == "64 tanh"
    (layer,) = parse_layers("64, batchnorm epsilon 0.5")
    assert as_text((with_options(layer, options_of(layer).but(width=9)),)) == "9, batchnorm epsilon 0.5"
    assert as_text((with_options(layer, options_of(layer).but(norm="")),)) == "64"


def test_the_settings_stand_in_the_order_in_which_they_act_and_depthwise_has_no_groups():
    shared = ["width", "kernel", "stride", "padding", "dilation"]
    assert list(knobs(KINDS["conv"].options)) == [*shared, "groups", "norm", "activation"]
    assert list(knobs(KINDS["depthwise"].options)) == [*shared, "norm", "activation"]


def test_sizes_are_read_and_anything_else_is_refused_in_a_sentence():
    assert [read_pair(text, 31) for text in ("3", "3x2", "3 × 2", " 4X4 ")] == [(3, 3), (3, 2), (3, 2), (4, 4)]
    for text in ("", "x", "3x", "0", "32", "3x3x3", "1.5", "a", "²", "9" * 5000):
        with pytest.raises(UserError, match=r"^Write a number from 1 to 31, or two such as 3x2\.$"):
            read_pair(text, 31)


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_layer_of_each_kind_fits_where_it_can_stand(kind):
    for before in ("", "conv 12 3x3", "conv 12", "64"):
        layers = parse_layers(before)
        rows = shapes_of(layers, (28, 28), 10).rows
        new = new_layer(kind, rows[-1].shape if rows else (28, 28))
        assert kind_of(new) == kind
        needs_maps = kind in ("conv", "depthwise", "pool", "global", "pad", "resize", "colour")
        if (before == "64" and needs_maps) or (kind == "colour" and before):
            continue
        text = as_text(inserted(layers, (len(layers),), new))
        assert shapes_of(parse_layers(text), (28, 28), 10).misfit is None, text
