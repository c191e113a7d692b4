"""What there is to say of a layer's weights, and of a single one, in a line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gui.widgets.scale_bar import signed

if TYPE_CHECKING:
    from engine.probes.weight_pictures import WeightPictures

MANY = {"dense": "neurons", "convolution": "feature maps", "classes": "classes"}
ONE = {"dense": "Neuron", "convolution": "Map", "classes": "Class"}


def say_all(found: WeightPictures, silenced: int) -> str:
    """Return how many there are: `300 neurons, 2 silenced`."""
    text = f"{len(found.pictures):,} {MANY[found.layers[found.layer].kind]}"
    return f"{text}, {silenced:,} silenced" if silenced else text


def say_weight(found: WeightPictures, number: int, row: int, column: int) -> str:
    """Return a weight with its place: `Neuron 17 · row 5, column 9 · +0.123`."""
    who = f"{ONE[found.layers[found.layer].kind]} {number}"
    weight = float(found.pictures[number, row, column])
    if found.meaning != "inputs":
        return f"{who} · row {row}, column {column} · {signed(weight)}"
    before = row * found.pictures.shape[2] + column
    if before >= found.layers[found.layer - 1].width or math.isnan(weight):
        return who
    return f"{who} · from neuron {before} · {signed(weight)}"
