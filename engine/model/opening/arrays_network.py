"""Opening a network from the arrays in a file and the table beside it, in turns; a refusal is one sentence."""

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.layers.kinds import Activation, Colour, ConvLayer, DenseLayer, Dropout, Flatten, Layers, Norm, Rescale
from engine.core.layers.language import as_text, parse_layers
from engine.core.layers.plan import Join, Plan, Step, Sum, plan_of
from engine.core.lazy import Array, np
from engine.core.lens import Weights
from engine.core.messages import Turns, read_only, silently, slices
from engine.core.text import either
from engine.data.formats.checks import LONGEST_SIDE
from engine.data.formats.reading import Progress, opened, refusing
from engine.data.location import Shape
from engine.model.opening import matching
from engine.model.opening.arrays_file import (
    SAFETENSORS,
    ArraysFile,
    is_arrays_file,
    names_in,
    reading_array,
    reading_heads,
)
from engine.model.opening.matching import DENSE, NORM, REST, VARIANCE, Owned, Part
from engine.model.opening.table import EXAMPLE, KERAS, ORDERS, Table, read_table, table_beside
from engine.model.opening.unfit import NEGATIVE, NOT_FINITE, PASSED_ON, UnfitError, check_classes, check_parameters

BLOCK = 2**18  # numbers that are copied at a time
LINEAR = "linear"  # the activation of a layer whose table names none  # no text


def is_network_of_arrays(path: Path) -> bool:
    """Whether a file has the weights of a network; an .npz file may have data as well, so the names in it are read."""
    if not is_arrays_file(path) or path.suffix.lower() == SAFETENSORS:
        return is_arrays_file(path)
    try:
        with opened(path) as file, refusing("", hint=""):
            names = names_in(file)
    except UserError:  # it is read, and refused, as data
        return False
    if matching.are_of_layers(names) or not table_beside(path).is_file():
        return matching.are_of_layers(names)
    from engine.data.formats.npz import role_of  # which imports NumPy

    return not any(map(role_of, names))


def opened_arrays(path: Path) -> Turns[tuple[tuple[int, int], Layers, Weights, str]]:
    """Return rows and columns of the images, layers and weights of the network in a file, and a remark, in turns.

    What the file does not say of its layers is in the table beside it. Raises `UserError`.
    """
    with opened(path) as file:
        source = yield from reading_heads(file, path)
        try:
            return (yield from _opened(source, path))
        except UnfitError as unfit:
            raise unfit.of(path.name) from None


def _opened(source: ArraysFile, path: Path) -> Turns[tuple[tuple[int, int], Layers, Weights, str]]:
    table = _table(source, path)
    try:
        layers = parse_layers(table.layers, LINEAR)
        if table.is_coloured and Colour() not in layers:
            layers = (Colour(), *layers)
        plan = plan_of(layers, table.shape, 2)  # how many classes there are, the arrays say
    except UserError as wrong:
        raise UnfitError(wrong.sentence.rstrip("."), hint=wrong.hint).of(table.file) from None
    yield None
    order = table.order or matching.order_of(source.arrays)
    if not order:
        hint = tr("Write it into {table}: {example}.", table=table.file, example='order = "torch"')
        raise UnfitError(tr("its order is not known, {orders}", orders=either(ORDERS)), hint=hint)
    *steps, outputs = [step for step in plan.steps if step.weights]
    parts = [*(_part(plan, step, order) for step in steps), _part(plan, outputs, order, is_last=True)]
    is_ordered = path.suffix.lower() != SAFETENSORS
    owned, classes = matching.matched(parts, source.arrays, table.names, is_ordered=is_ordered)
    check_classes(classes)
    check_parameters(sum(math.prod(array.shape) for arrays in owned for array in arrays.values()))
    yield None
    weights = yield from _read(parts, owned, classes, source, path)
    return table.shape, layers, weights, "" if owned[-1] else tr(PASSED_ON)


def _table(source: ArraysFile, path: Path) -> Table:
    """Return the table beside a file, or what the file itself says if Layerlight wrote it."""
    beside, about = table_beside(path), source.about
    if beside.is_file():
        return read_table(beside)
    sides = re.match(r"([0-9]{1,4})x([0-9]{1,4}) pixels", about.get("input", ""))
    if sides is None or "layers" not in about:
        has_weights = matching.are_of_layers(array.name for array in source.arrays)
        wrong = mark("{file} has neither weights with names nor the layers of a network.")
        if has_weights:
            wrong = mark("{file} has weights alone, and not the layers of a network.")
        hint = mark("Write them into a file {table} beside it, for example: {example}.")
        raise UserError(tr(wrong, file=path.name), hint=tr(hint, table=beside.name, example=EXAMPLE))
    rows, columns = int(sides[1]), int(sides[2])
    if not (1 <= rows <= LONGEST_SIDE and 1 <= columns <= LONGEST_SIDE):
        raise UnfitError(tr("it reads images of {rows} × {columns} pixels", rows=rows, columns=columns))
    return Table(path.name, (rows, columns), is_coloured=False, layers=about["layers"], order=KERAS)


def _part(plan: Plan, step: Step, order: str, *, is_last: bool = False) -> Part:
    layer, kind = step.operation, DENSE
    assert isinstance(layer, (DenseLayer, ConvLayer, Norm))  # no others have arrays
    if isinstance(layer, Norm):
        kind = NORM
    elif isinstance(layer, ConvLayer):
        kind = matching.DEPTHWISE if layer.is_depthwise else matching.CONVOLUTION
    if not isinstance(layer, Norm) and layer.activation == LINEAR:
        layer = layer.but(activation="")
    words = tr("the outputs") if is_last else as_text((layer,))
    shapes: dict[str, tuple[int | None, ...]] = {weight.role: weight.shape for weight in step.weights}
    if is_last:
        shapes = {role: (*shape[:-1], None) for role, shape in shapes.items()}
    image = _flattened(plan, step.reads[0]) if kind in (DENSE, NORM) else None
    return Part(words, kind, order, shapes, image)


def _flattened(plan: Plan, value: int) -> Shape | None:
    """Return the maps that were flattened into a value, whose numbers a file of PyTorch has in another order."""
    if not value:
        return None
    step = plan.steps[value - 1]
    match step.operation:
        case Flatten():
            image = plan.shape_of(step.reads[0])
            return image if len(image) == 3 and image[2] > 1 else None
        case Norm() | Activation() | Dropout() | Rescale() | Sum():
            return next(filter(None, (_flattened(plan, read) for read in step.reads)), None)
        case Join() if any(_flattened(plan, read) for read in step.reads):
            raise UserError(tr("Layers: flattened maps and other numbers are joined, whose order is not known."))
    return None


def _read(
    parts: Sequence[Part], owned: Sequence[Owned], classes: int, source: ArraysFile, path: Path
) -> Turns[Weights]:
    weights = list[Array]()
    for part, own in zip(parts, owned, strict=True):
        for role, sides in part.shapes.items():
            shape = [classes if side is None else side for side in sides]
            if role not in own:
                filled = np.full(shape, REST[role], np.float32) if role in REST else np.eye(*shape, dtype=np.float32)
                weights.append(read_only(filled))
                continue
            array = yield from reading_array(source, own[role], path)
            copy = yield from _copied(part.turned(array, role), path.name)
            if copy is None or (role == VARIANCE and (copy < 0).any()):
                raise UnfitError(tr(NOT_FINITE if copy is None else NEGATIVE), part.words)
            weights.append(read_only(copy.reshape(shape)))
    return tuple(weights)


def _copied(view: Array, file: str) -> Turns[Array | None]:
    """Return a copy of numbers in C order, in turns; `None` if one of them is not finite."""
    copy, progress = np.empty(view.shape, np.float32), Progress(file)
    for block in _blocks(view.shape):
        copy[block] = view[block]
        if not np.isfinite(copy[block]).all():
            return None
        yield from silently(progress.did(0))
    return copy


def _blocks(shape: Shape) -> Iterator[slice | tuple[int, slice]]:
    """Yield indices of blocks of about `BLOCK` numbers, along the first axis, or the first two of four."""
    if len(shape) < 4:
        yield from slices(shape[0], max(1, BLOCK // math.prod(shape[1:])))
        return
    for row in range(shape[0]):
        for columns in slices(shape[1], max(1, BLOCK // math.prod(shape[2:]))):
            yield row, columns
