"""What each layer of a network gives, and the first one that does not fit what it reads."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from engine.core.errors import UserError
from engine.core.layers.kinds import Flatten, Layer, Layers, Pair
from engine.core.layers.language import LayersError, Place, parse_layers, places_of
from engine.core.layers.plan import Plan, Shape, plan_of

type Path = tuple[int, ...]  # of a layer: its number; within a block the block's, that of the sequence, and its own


class Row(NamedTuple):
    """A layer of a network: where it is, the shape of what it gives, and its number of parameters."""

    path: Path
    layer: Layer
    shape: Shape
    parameters: int


class Shapes(NamedTuple):
    """The rows of a network, a block's before those within it; those before the first misfit, if there is one."""

    rows: tuple[Row, ...]
    outputs: int = 0  # parameters of the layer that gives the outputs
    misfit: UserError | None = None
    wrong: Path = ()  # of the layer that does not fit; none for the network as a whole


def shapes_of(layers: Layers, shape: Pair, classes: int) -> Shapes:
    """Return what each layer gives for an image of `shape` (rows, columns), as `plan_of` computes it."""
    rows = list[Row]()
    try:
        for row in _rows((), layers, (), shape):
            rows.append(row)
        plan = plan_of(layers, shape, classes)
    except _MisfitError as misfit:
        return Shapes(tuple(rows), 0, misfit.why, misfit.path)
    except UserError as misfit:
        return Shapes(tuple(rows), 0, misfit)
    return Shapes(tuple(rows), plan.parameters - _parameters(plan))


def check_fits(text: str, shape: Pair, classes: int) -> None:
    """Raise `LayersError` for the first layer of a text that does not fit what it reads from images of `shape`."""
    shapes = shapes_of(parse_layers(text), shape, classes)
    if shapes.misfit is not None:
        start, end = span_of(text, shapes.wrong)
        raise LayersError(shapes.misfit.sentence, (start, end), hint=shapes.misfit.hint)


def span_of(text: str, path: Path) -> tuple[int, int]:
    """Return the first letter and the end of the layer at `path` in its text; those of the text for no path."""
    place = Place(0, len(text), (places_of(text),))
    for way, number in zip((0, *path[1::2]), path[::2], strict=False):
        place = place.inside[way][number]
    return place.start, place.end


class _MisfitError(Exception):
    def __init__(self, path: Path, why: UserError) -> None:
        super().__init__(why.sentence)
        self.path, self.why = path, why


def _rows(before: Layers, layers: Layers, path: Path, shape: Pair) -> Iterator[Row]:
    """Yield the rows of a sequence that reads what the layers `before` give; all as far as one is a network, too."""
    known = 0 if not before else _parameters(plan_of(before, shape, 1))
    for number, layer in enumerate(layers):
        place, inside = (*path, number), list[Row]()
        for way, sequence in enumerate(layer.inside):
            inside += _rows(before, sequence, (*place, way), shape)
        before = (*before, layer)
        try:
            plan = plan_of(before, shape, 1)
        except UserError as why:
            yield from inside
            raise _MisfitError(place, why) from why
        count = _parameters(plan)
        gives = plan.read_by(-1)
        yield Row(place, layer, (math.prod(gives),) if isinstance(layer, Flatten) else gives, count - known)
        yield from inside
        known = count


def _parameters(plan: Plan) -> int:
    """Return the number of parameters before the layer that gives the outputs."""
    return sum(math.prod(weight.shape) for step in plan.steps[:-1] for weight in step.weights)
