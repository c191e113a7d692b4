"""The data for teaching a network: its earlier data, and examples in many warped copies.

An epoch of the ordinary training is then teaching and rehearsal at once, and the network does not forget its classes.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from engine.core.errors import UserError
from engine.core.example import Example, class_names
from engine.core.language import tr
from engine.core.lazy import Array, frozen, np
from engine.core.messages import Turns, slices
from engine.data.corruption import read_between
from engine.data.dataset import Dataset
from engine.data.formats.assembly import is_test, mixed
from engine.data.formats.checks import MOST_CLASSES

# Maximum distortion of copies: degrees, shares of height and width, a slant, and pixels of 28.
TURN, STRETCH, SLANT, SHIFT = 12.0, 0.12, 0.12, 1.5

# Pictures that a known class gets in addition, as a share of an average class, and the share of the usual distortion
# for these. With a whole class' share, each mended digit changed 30 to 140 of 10,000 answers, now 3 to 80, mostly 16.
MENDING, GENTLY = 0.1, 0.3

SEED = 1
AT_ONCE = 512  # copies per turn
OWN = "My examples"  # no text: the name of a data set of nothing but examples is part of sessions


def taught(base: Dataset, examples: Sequence[Example]) -> Turns[Dataset]:
    """Return the data for teaching these examples to a network that has learned from `base`; it is deterministic.

    New classes follow those of `base`. A new class gets as many pictures as an average one of `base`, any other a tenth
    of that in addition to its own: the examples and, in equal shares, randomly warped copies of them. Of a new class
    every sixth example, or the last of two to five, is a test image. Raises `UserError` for examples of another size,
    or of too many classes.
    """
    names = class_names(examples, base.classes)
    images, labels = _checked(examples, base.shape, names)
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
        name=f"{base.name} and {len(examples):,} {'example' if len(examples) == 1 else 'examples'}",  # no text
        train_images=frozen(train),
        train_labels=frozen(np.concatenate(answers)),
        test_images=frozen(np.concatenate([base.test_images, images[aside]])),
        test_labels=frozen(np.concatenate([base.test_labels, labels[aside].astype(np.uint8)])),
        classes=names,
        train_colours=_in_colour(base.train_colours, pictures[1:]),
        test_colours=_in_colour(base.test_colours, [images[aside]]),
        base=base,
        examples=tuple(examples),
    )


def own_dataset(examples: Sequence[Example]) -> Dataset:
    """Return a data set of nothing but the examples, a sixth to test; raise `UserError` for too few examples."""
    names = class_names(examples)
    if len(names) < 2:
        sentence = tr("A data set needs examples of two classes or more.")
        raise UserError(sentence, hint=tr("Draw others and give them another name."))
    images, labels = _checked(examples, examples[0].image.shape, names)
    aside = is_test(labels)
    if not aside.any():
        raise UserError(tr("Each class has only one example."), hint=tr("Add examples: some are needed to test with."))
    train, test = (np.flatnonzero(chosen) for chosen in (~aside, aside))
    train, test = train[mixed(labels[train])], test[mixed(labels[test])]
    return Dataset(
        name=OWN,
        train_images=frozen(images[train]),
        train_labels=frozen(labels[train].astype(np.uint8)),
        test_images=frozen(images[test]),
        test_labels=frozen(labels[test].astype(np.uint8)),
        classes=names,
        remark=tr("Every sixth example of each class, {count:,} in all, is for testing.", count=aside.sum()),
        examples=tuple(examples),
    )


def _checked(examples: Sequence[Example], shape: tuple[int, ...], names: Sequence[str]) -> tuple[Array, Array]:
    """Return images (n, *shape), uint8, and labels (n,); `UserError` for none, another shape, or too many classes."""
    if not examples:
        raise UserError(tr("There are no examples yet."), hint=tr("Draw something and press Learn this as."))
    for example in examples:
        if example.image.shape != shape:
            rows, columns = example.image.shape
            raise UserError(
                tr(
                    "An example of “{label}” has {rows} × {columns} pixels, and the others have {height} × {width}.",
                    label=example.label,
                    rows=rows,
                    columns=columns,
                    height=shape[0],
                    width=shape[1],
                ),
                hint=tr("Remove it, or open data of its size."),
            )
    if len(names) > MOST_CLASSES:
        raise UserError(tr("That would be {count} classes, more than {most}.", count=len(names), most=MOST_CLASSES))
    labels = np.array([names.index(example.label) for example in examples])
    return np.stack([example.image for example in examples]), labels


def warped_copies(images: Array, count: int, seed: Sequence[int], reach: float = 1.0) -> Turns[Array]:
    """Return `count` randomly warped copies of images, uint8 (n, rows, columns), of each image in turn."""
    copies = np.empty((count, *images.shape[1:]), np.uint8)
    random = np.random.default_rng(seed)
    for part in slices(count, AT_ONCE):
        copies[part] = warped(images[np.arange(part.start, part.stop) % len(images)], random, reach)
        yield None
    return copies


def warped(images: Array, random: np.random.Generator, reach: float = 1.0) -> Array:
    """Return images, uint8 (n, rows, columns), each rotated, stretched, slanted and shifted by up to `reach`."""
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
    """Return colour pictures followed by grey ones as colour pictures; `None` where there are no colours."""
    if colours is None:
        return None
    return frozen(np.concatenate([colours, *(np.repeat(pictures[..., None], 3, axis=-1) for pictures in grey)]))
