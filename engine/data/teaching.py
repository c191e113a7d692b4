"""The data of a network that is taught: those that it has learned from before, and examples in many warped copies.

So an epoch of the ordinary training is teaching and rehearsal at once, and what was learned before is not forgotten.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.core.array import Array
from engine.core.errors import UserError
from engine.core.example import Example, class_names
from engine.data.corruption import read_between
from engine.data.dataset import Dataset
from engine.data.formats.assembly import EVERY, is_test, mixed
from engine.data.formats.checks import MOST_CLASSES

if TYPE_CHECKING:
    from engine.core.turns import Turns

TURN, STRETCH, SLANT, SHIFT = 12.0, 0.12, 0.12, 1.5
"""How far copies are warped at most: degrees, shares of height and width, of a slant, and pixels of 28."""

MENDING, GENTLY = 0.1, 0.3
"""Pictures that a class which is known already gets in addition, as a share of an average class; and the share of the
usual reach with which these are warped: the less, the fewer others are read otherwise afterwards."""

SEED = 1

AT_ONCE = 512  # how many copies are made in a turn
OWN = "My examples"  # what a data set of nothing but examples is called


def taught(base: Dataset, examples: Sequence[Example]) -> Turns[Dataset]:
    """Return the data for teaching these examples to a network that has learned from `base`, the same each time.

    Classes that `base` does not have come behind its own, in the order of the examples. A new class gets as many
    pictures as an average one of `base` has, any other a tenth of that in addition to its own; more where there are
    more examples. They are the examples and, in equal shares, copies of them that are warped at random. Of a new class
    every sixth example, the last of two to five, is for testing and is not copied: other classes have their tests.
    Raises `UserError` for examples of another size, or of too many classes.
    """
    names = class_names(examples, base.classes)
    check_examples(examples, base.shape, names)
    labels = np.array([names.index(each.label) for each in examples])
    images = np.stack([each.image for each in examples])
    aside = is_test(labels) & (labels >= len(base.classes))
    counts = np.bincount(labels[~aside], minlength=len(names))
    usual = len(base.train_labels) / len(base.classes)
    pictures, answers = [base.train_images], [base.train_labels]
    for label in np.flatnonzero(counts):
        originals = images[(labels == label) & ~aside]
        is_new = label >= len(base.classes)
        wanted = max(math.ceil(usual if is_new else MENDING * usual) - len(originals), 0)
        seed, reach = [SEED, int(label)], 1.0 if is_new else GENTLY
        copies = yield from warped_copies(originals, wanted, seed, reach)
        pictures += [originals, copies]
        answers.append(np.full(len(originals) + len(copies), label, np.uint8))
    yield None
    train = np.concatenate(pictures)
    yield None
    return dataclasses.replace(
        base,
        name=f"{base.name} and {len(examples):,} {'example' if len(examples) == 1 else 'examples'}",
        train_images=_frozen(train),
        train_labels=_frozen(np.concatenate(answers)),
        test_images=_frozen(np.concatenate([base.test_images, images[aside]])),
        test_labels=_frozen(np.concatenate([base.test_labels, labels[aside].astype(np.uint8)])),
        classes=names,
        train_colours=_in_colour(base.train_colours, pictures[1:]),
        test_colours=_in_colour(base.test_colours, [images[aside]]),
        base=base,
        examples=tuple(examples),
    )


def own_dataset(examples: Sequence[Example]) -> Dataset:
    """Return a data set of nothing but the examples, of which every sixth of a class is for testing.

    Raises `UserError` where they are too few for it.
    """
    names = class_names(examples)
    if len(names) < 2:
        raise UserError(
            "A data set needs examples of two classes or more.",
            hint="Draw others and give them another name.",
        )
    check_examples(examples, examples[0].image.shape, names)
    labels = np.array([names.index(each.label) for each in examples])
    images = np.stack([each.image for each in examples])
    aside = is_test(labels)
    if not aside.any():
        raise UserError(
            "Each class has only one example.", hint="Add examples: some are needed to test with."
        )
    train, test = (np.flatnonzero(chosen) for chosen in (~aside, aside))
    train, test = train[mixed(labels[train])], test[mixed(labels[test])]
    return Dataset(
        name=OWN,
        train_images=_frozen(images[train]),
        train_labels=_frozen(labels[train].astype(np.uint8)),
        test_images=_frozen(images[test]),
        test_labels=_frozen(labels[test].astype(np.uint8)),
        classes=names,
        remark=f"Every {EVERY}th example of each class, {aside.sum():,} in all, is for testing.",
        examples=tuple(examples),
    )


def check_examples(examples: Sequence[Example], shape: tuple[int, ...], names: Sequence[str]) -> None:
    """Raise `UserError` unless there are examples, all have that shape, and all classes have a place."""
    if not examples:
        raise UserError("There are no examples yet.", hint="Draw something and press Learn this as.")
    for each in examples:
        if each.image.shape != shape:
            rows, columns = each.image.shape
            raise UserError(
                f"An example of “{each.label}” has {rows} × {columns} pixels, and the others have "
                f"{shape[0]} × {shape[1]}.",
                hint="Remove it, or open data of its size.",
            )
    if len(names) > MOST_CLASSES:
        raise UserError(f"That would be {len(names)} classes, more than {MOST_CLASSES}.")


def warped_copies(images: Array, count: int, seed: Sequence[int], reach: float = 1.0) -> Turns[Array]:
    """Return `count` copies of images, uint8 (n, rows, columns), each image in its turn, each warped in its own way."""
    copies = np.empty((count, *images.shape[1:]), np.uint8)
    random = np.random.default_rng(seed)
    for first in range(0, count, AT_ONCE):
        chosen = np.arange(first, min(first + AT_ONCE, count)) % len(images)
        copies[first : first + len(chosen)] = warped(images[chosen], random, reach)
        yield None
    return copies


def warped(images: Array, random: np.random.Generator, reach: float = 1.0) -> Array:
    """Return images, uint8 (n, rows, columns), each turned, stretched, slanted and moved a little, about its middle.

    `reach` is a share of the farthest that each goes.
    """
    count, rows, columns = images.shape

    def uniform(farthest: float) -> Array:
        return random.uniform(-reach * farthest, reach * farthest, (count, 1, 1)).astype(np.float32)

    angle, slant = uniform(np.deg2rad(TURN)), uniform(SLANT)
    high, wide = 1 + uniform(STRETCH), 1 + uniform(STRETCH)
    down, right = uniform(SHIFT * rows / 28), uniform(SHIFT * columns / 28)
    places = np.indices((rows, columns), np.float32)
    y, x = places[0] - (rows - 1) / 2 - down, places[1] - (columns - 1) / 2 - right
    turned_y, turned_x = np.cos(angle) * y - np.sin(angle) * x, np.sin(angle) * y + np.cos(angle) * x
    read = read_between(
        images / np.float32(255),
        turned_y / high + np.float32((rows - 1) / 2),
        (turned_x + slant * turned_y) / wide + np.float32((columns - 1) / 2),
    )
    return np.rint(read * 255).astype(np.uint8)


def _in_colour(colours: Array | None, grey: Sequence[Array]) -> Array | None:
    """Return pictures in colour with others in grey behind them; `None` where there are no colours."""
    if colours is None:
        return None
    return _frozen(np.concatenate([colours, *(np.repeat(each[..., None], 3, axis=-1) for each in grey)]))


def _frozen(array: Array) -> Array:
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array
