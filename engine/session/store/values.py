"""Checks of the values in a session file, for types and ranges; all raise `ValueError`, or another of `NONSENSE`."""

import functools
import json
import re
from collections.abc import Sequence
from typing import Any

from engine.core import plain
from engine.core.drawing import NO_CANVAS, CanvasState
from engine.core.errors import UserError
from engine.core.example import LONGEST_NAME
from engine.core.knobs import Value, knobs
from engine.core.layers.kinds import Layers
from engine.core.layers.plan import plan_of
from engine.core.plain import MOST_STEPS, named, real, several, whole, word
from engine.core.specs import SLOTS, TrainSpec
from engine.core.text import printable
from engine.data.formats.checks import LONGEST_SIDE, MOST_CLASSES

# The exceptions for values that Layerlight never wrote.
NONSENSE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, UserError)

MOST_NESTED = 30  # maximum depth of JSON; Layerlight's is seven
SETTINGS = knobs(TrainSpec)
MOST_EPOCHS = int(SETTINGS["epochs"].maximum)
MOST_STEPS_PER_EPOCH = 10_000_000
MOST_BYTES = 2**40
MOST_SLOTS = max(SLOTS.values())

type Shape = tuple[int, ...]


def from_json(text: Any) -> Any:
    """Return the values from `schema.to_json`, without excessive nesting or lone surrogates."""
    if type(text) is not str:
        raise ValueError("JSON is text.")
    values = plain.from_json(text, MOST_NESTED)
    if "\\u" in text:  # it may have lone surrogates, which no file can store
        json.dumps(values, ensure_ascii=False).encode()
    return values


def measured(value: Any) -> float:
    """Return a figure of a run, which may be infinite or NaN: then it is a word in JSON."""
    return float(value) if value in ("nan", "inf", "-inf") else real(value)


def run_name(value: Any) -> str:
    """Return the name of a run: A, B, ... Z, AA, AB, ..."""
    if not re.fullmatch("[A-Z][A-Z0-9]{0,9}", word(value)):
        raise ValueError("No run is called so.")
    return str(value)


def hashes(value: Any, most: int) -> str:
    """Return the hashes of at most `most` arrays, separated by spaces."""
    if not re.fullmatch("([0-9a-f]{64}( [0-9a-f]{64})*)?", word(value, 65 * most)):
        raise ValueError("These are no hashes.")
    return str(value)


def canvas(value: Any) -> CanvasState:
    """Return the state of a canvas."""
    try:
        return CanvasState.from_plain(value)
    except NO_CANVAS as error:
        raise ValueError("That is no canvas.") from error


def setting(name: Any, value: Any, *, is_live: bool) -> Value:
    """Return the value of a run's setting, which must be a live one if `is_live`."""
    known = SETTINGS[word(name)]
    kinds = {"whole": (int,), "real": (int, float)}.get(known.kind, (str,))
    if type(value) not in kinds or (is_live and not known.live):
        raise ValueError("That is no value of this setting.")
    return known.check(value)


def optimizer(value: Any) -> str:
    """Return the name of an optimiser."""
    if word(value) not in SLOTS:
        raise ValueError("There is no such optimiser.")
    return str(value)


def spec(values: Any) -> TrainSpec:
    """Return the settings of a run, without those that this version does not know."""
    given = named(values)
    return TrainSpec.from_dict({name: setting(name, given[name], is_live=False) for name in SETTINGS if name in given})


def image_shape(value: Any) -> tuple[int, int]:
    """Return rows and columns of images."""
    rows, columns = (whole(side, 1, LONGEST_SIDE) for side in several(value, 2, 2))
    return rows, columns


def class_names(value: Any) -> tuple[str, ...]:
    """Return the names of classes, which are short lines; older files have none."""
    names = [word(name, LONGEST_NAME) for name in several(value, 0, MOST_CLASSES)]
    if any(printable(name) != name or not name.strip() for name in names):
        raise ValueError("No class is called so.")
    return tuple(names)


@functools.lru_cache(1_000)
def array_shape(text: Any) -> Shape:
    """Return the shape of an array, from JSON."""
    return tuple(whole(size, 0, MOST_BYTES) for size in several(from_json(text), 0, 4))


def check_fit(shapes: Sequence[Shape], layers: Layers, image: tuple[int, int]) -> None:
    """Raise `ValueError` unless these are the shapes of the weights of a network with these layers."""
    if not shapes:
        raise ValueError("A network has weights.")
    classes = whole(shapes[-1][0] if len(shapes[-1]) == 1 else None, 1, MOST_CLASSES)
    if list(shapes) != plan_of(layers, image, classes).shapes:
        raise ValueError("These are the weights of another network.")


def most_steps(steps_per_epoch: int) -> int:
    """Return the maximum number of steps of a run."""
    return min(MOST_STEPS, MOST_EPOCHS * steps_per_epoch)


def most_bytes(layers: Layers, image: tuple[int, int]) -> int:
    """Return the maximum size of a moment of such a network: weights and slots in float32, step and rate."""
    return 4 * (1 + MOST_SLOTS) * plan_of(layers, image, MOST_CLASSES).parameters + 16


def most_of_optimizer(weights: int) -> int:
    """Return the maximum number of an optimiser's arrays for that many weights: its step, its rate, and its slots."""
    return 2 + MOST_SLOTS * weights
