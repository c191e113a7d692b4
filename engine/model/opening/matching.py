"""Which array of a file belongs to which layer of a network, and the order in which the file has its numbers."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from engine.core.language import mark, tr
from engine.core.lazy import Array, np
from engine.core.text import clipped
from engine.data.location import Shape
from engine.model.opening.arrays_file import FLOATS, Stored
from engine.model.opening.table import KERAS, TORCH
from engine.model.opening.unfit import UnfitError

KERNEL, BIAS, GAMMA, BETA, MEAN, VARIANCE = (  # as `engine.core.layers.plan` calls them
    *("kernel", "bias", "gamma", "beta", "mean", "variance"),  # no text
)
DENSE, CONVOLUTION, DEPTHWISE, NORM = ("dense", "convolution", "depthwise", "norm")  # no text

# The last words of arrays' names, by what they are in a layer; `weight` and `bias` are also those of a normalisation.
WORDS = {
    "weight": KERNEL, "kernel": KERNEL, "depthwise_kernel": KERNEL, "bias": BIAS,
    "gamma": GAMMA, "scale": GAMMA, "beta": BETA,
    "running_mean": MEAN, "moving_mean": MEAN, "mean": MEAN,
    "running_var": VARIANCE, "moving_variance": VARIANCE, "variance": VARIANCE, "var": VARIANCE,
}  # fmt: skip
UNUSED = "num_batches_tracked"  # PyTorch counts in it

REST = {BIAS: 0.0, GAMMA: 1.0, BETA: 0.0}  # the values of arrays that a layer may be without

LONGEST_ECHO = 60  # letters of an array's name in a sentence
SOME = 3  # names in a sentence


class Part(NamedTuple):
    """The arrays of one step of a network: their shapes by role, in the order of the network and as Keras has them.

    The number of outputs is not known: it is `None` in the shapes of the last part. `image` has the rows, columns and
    maps that were flattened into the numbers that it reads. `order` is that of the numbers in the file.
    """

    words: str  # for sentences
    kind: str
    order: str
    shapes: Mapping[str, tuple[int | None, ...]]
    image: Shape | None = None

    def file_shape(self, role: str) -> tuple[int | None, ...]:
        """Return the shape that an array has in the file."""
        shape = self.shapes[role]
        if role != KERNEL or self.order == KERAS:
            return shape
        if self.kind == DENSE:
            return shape[::-1]
        rows, columns, inputs, outputs = shape
        if self.kind == DEPTHWISE:
            assert inputs is not None
            assert outputs is not None
            return inputs * outputs, 1, rows, columns
        return outputs, inputs, rows, columns

    def turned(self, array: Array, role: str) -> Array:
        """Return a view of an array of the file that has its numbers in Keras' order: channels last, inputs first.

        Flattened maps are rows, columns and maps in it: it is (rows, columns, maps, neurons), or (rows, columns, maps).
        """
        if self.order == KERAS:
            return array
        if self.kind == NORM and self.image is not None:  # PyTorch flattens maps before rows and columns
            return np.moveaxis(array.reshape(_channels_first(self.image)), 0, -1)
        if role != KERNEL:
            return array
        if self.kind == DENSE and self.image is not None:
            return array.reshape(-1, *_channels_first(self.image)).transpose(2, 3, 1, 0)
        if self.kind == DENSE:
            return array.T
        if self.kind == DEPTHWISE:
            inputs = self.shapes[role][2] or 1
            return array.reshape(inputs, -1, *array.shape[2:]).transpose(2, 3, 0, 1)
        return array.transpose(2, 3, 1, 0)

    def has(self, role: str, array: Stored) -> bool:
        """Whether an array of the file can be its own in that role, by its shape and its numbers."""
        needed = self.file_shape(role)
        return (
            array.kind in FLOATS
            and len(array.shape) == len(needed)
            and all(side in (have, None) for side, have in zip(needed, array.shape, strict=True))
        )

    def fits(self, group: "Group") -> bool:
        """Whether the arrays of a group are all of its own."""
        return (
            group.is_norm == (self.kind == NORM)
            and all(role in group.arrays or role in REST for role in self.shapes)
            and all(role in self.shapes and self.has(role, array) for role, array in group.arrays.items())
        )

    def checked(self, group: "Group") -> "Owned":
        """Return the arrays of the group that is named as its own; raise `UnfitError` where they are not."""
        for role, array in group.arrays.items():
            if role not in self.shapes:
                raise UnfitError(tr("it has no use for the array {name}", name=_echo([array.name])), self.words)
            if array.kind not in FLOATS:
                reason = tr("the array {name} has no floating-point numbers", name=_echo([array.name]))
                raise UnfitError(reason, self.words)
            if not self.has(role, array):
                raise self.misfit(array, self.file_shape(role))
        if lacking := [role for role in self.shapes if role not in group.arrays and role not in REST]:
            reason = tr("there is no array for its {role} in {name}", role=lacking[0], name=_echo([group.prefix]))
            raise UnfitError(reason, self.words)
        return group.arrays

    def misfit(self, array: Stored, needed: Sequence[int | None]) -> UnfitError:
        """Return the error for an array of another shape."""
        wrong, shape = mark("the array {name} has the shape {shape}, and {needed} is needed"), _written(array.shape)
        reason = tr(wrong, name=_echo([array.name]), shape=shape, needed=_written(needed))
        return UnfitError(reason, self.words, hint=tr(CHECK))

    def none(self) -> UnfitError:
        """Return the error where no arrays are left that can be its own."""
        needed = _written(self.file_shape(next(iter(self.shapes))))
        reason = tr("no arrays of floating-point numbers of the shape {shape} are left for it", shape=needed)
        return UnfitError(reason, self.words, hint=tr(CHECK))


CHECK = mark("Compare the table with the program that made the file, its order as well.")

type Owned = Mapping[str, Stored]  # the arrays of a part by role, without those that it may be without


class Group(NamedTuple):
    """Arrays whose names begin alike: kernel and bias, or those of a normalisation."""

    prefix: str
    is_norm: bool
    arrays: dict[str, Stored]


def order_of(arrays: Sequence[Stored]) -> str:
    """Return the order that arrays' names indicate; "" where they do not."""
    words = {_parted(array.name)[1] for array in arrays}
    return TORCH if "weight" in words else KERAS if "kernel" in words else ""


def matched(
    parts: Sequence[Part], arrays: Sequence[Stored], names: Sequence[str] = (), *, is_ordered: bool
) -> tuple[list[Owned], int]:
    """Return which array is what in each part, none left over, and the number of outputs.

    The last part may have none: the outputs are then what it reads. `names` are the beginnings of the arrays' names,
    one for each part. Without them the first that fit are taken, by the words at the ends of their names or, where
    these say nothing, by their shapes alone. Where the file is not `is_ordered`, names that differ in more than their
    numbers are no order. Raises `UnfitError` where it is not clear.
    """
    left, outputs = [array for array in arrays if _parted(array.name)[1] != UNUSED], parts[-1]
    if names:
        owned = _by_names(parts, _groups(left), names)
    elif any(_parted(array.name)[1] in WORDS for array in left):
        owned = _by_words(parts, _groups(left), is_ordered=is_ordered)
    else:
        owned = _in_order(parts, left)
    taken = {array.name for arrays in owned for array in arrays.values()}
    if others := [array.name for array in left if array.name not in taken]:
        hint = tr("The last layer, which gives the classes, stands in no list of layers, and all others do.")
        raise UnfitError(tr("no layer takes its array {name}", name=_echo(others)), hint=hint)
    own = owned[-1]
    if KERNEL not in own:
        return owned, outputs.shapes[KERNEL][0] or 0
    classes = own[KERNEL].shape[0 if outputs.order == TORCH else 1]
    if BIAS in own and own[BIAS].shape != (classes,):
        raise outputs.misfit(own[BIAS], (classes,))
    return owned, classes


def _by_names(parts: Sequence[Part], groups: Sequence[Group], names: Sequence[str]) -> list[Owned]:
    if len(names) not in (len(parts), len(parts) - 1):
        wrong = mark("the number of names is {count}, and that of layers with weights {needed}: {layers}")
        layers = ", ".join(part.words for part in parts)
        raise UnfitError(tr(wrong, count=len(names), needed=len(parts), layers=layers))
    by_name = {(group.prefix, group.is_norm): group for group in groups}
    owned = list[Owned]()
    for part, name in zip(parts, names, strict=False):
        group = by_name.get((name, part.kind == NORM))
        if group is None:
            raise UnfitError(tr("there are no arrays called {name}", name=_echo([name])), part.words)
        owned.append(part.checked(group))
    return [*owned, *[{}] * (len(parts) - len(owned))]


def _by_words(parts: Sequence[Part], groups: Sequence[Group], *, is_ordered: bool) -> list[Owned]:
    owned, left = list[Owned](), list(groups)
    for part in parts:
        fitting = [group for group in left if part.fits(group)]
        if not left and part is parts[-1]:
            return [*owned, {}]
        if not fitting:
            raise part.none()
        if not is_ordered and len({re.sub("[0-9]+", "", group.prefix) for group in fitting}) > 1:
            several = _echo([group.prefix for group in fitting])
            hint = tr("Name the layers in their order: {example}.", example='names = ["conv1", "bn1", "fc1"]')
            raise UnfitError(tr("several arrays fit it: {names}", names=several), part.words, hint=hint)
        owned.append(fitting[0].arrays)
        left.remove(fitting[0])
    return owned


def _in_order(parts: Sequence[Part], arrays: Sequence[Stored]) -> list[Owned]:
    owned, left = list[Owned](), list(arrays)
    for part in parts:
        own = dict[str, Stored]()
        if not left and part is parts[-1]:
            return [*owned, own]
        for role in part.shapes:
            if left and part.has(role, left[0]):
                own[role] = left.pop(0)
            elif role not in REST:
                raise part.none()
        owned.append(own)
    return owned


def _parted(name: str) -> tuple[str, str]:
    """Return the beginning of an array's name, and its last word: `conv1.weight`, `dense/kernel:0`."""
    bare = name.removesuffix(":0")
    end = max(bare.rfind("."), bare.rfind("/"))
    return bare[: max(end, 0)], bare[end + 1 :]


def are_of_layers(names: Iterable[str]) -> bool:
    """Whether there are kernels among arrays, by their names."""
    return any(WORDS.get(_parted(name)[1]) == KERNEL for name in names)


def _groups(arrays: Sequence[Stored]) -> list[Group]:
    """Return the arrays that belong together, in the order of the first of each; others are left out."""
    by_prefix = dict[str, dict[str, Stored]]()
    for array in arrays:
        prefix, last = _parted(array.name)
        if last in WORDS:
            by_prefix.setdefault(prefix, {})[last] = array
    groups = list[Group]()
    for prefix, words in by_prefix.items():
        weight = words.get("weight")
        has_kernel = "kernel" in words or "depthwise_kernel" in words or (weight and len(weight.shape) > 1)
        own, norm = dict[str, Stored](), dict[str, Stored]()
        for last, array in words.items():
            role = WORDS[last]
            if role in (KERNEL, BIAS) and not has_kernel:
                role = {KERNEL: GAMMA, BIAS: BETA}[role]
            (own if role in (KERNEL, BIAS) else norm)[role] = array
        groups += [Group(prefix, is_norm, part) for is_norm, part in ((False, own), (True, norm)) if part]
    return groups


def _channels_first(image: Shape) -> Shape:
    rows, columns, maps = image
    return maps, rows, columns


def _written(shape: Sequence[int | None]) -> str:
    return f"({', '.join('…' if side is None else str(side) for side in shape)})"


def _echo(names: Sequence[str]) -> str:
    """Return some names of arrays for a sentence."""
    some = ", ".join(clipped(name, LONGEST_ECHO) for name in names[:SOME])
    return some + " …" * (len(names) > SOME)


def size_of(owned: Sequence[Owned]) -> int:
    """Return the number of values in all arrays."""
    return sum(math.prod(array.shape) for arrays in owned for array in arrays.values())
