"""Conversion of arrays of any type to pictures; a value that cannot be a pixel is named with its position."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.lazy import Array, np
from engine.core.messages import slices
from engine.data.formats.ranges import BYTE, Extent, range_of
from engine.data.formats.reading import Progress, Reading
from engine.data.location import Location, Range, Shape, shape_of_flat, size_in_words

RANGES = mark("Pixels must lie in one range: 0 to 255, 0 to 1, -1 to 1, or 0 to the most that their bits hold.")

MOST_CLASSES = 100
MOST_IMAGES = 10_000_000  # labels and the order of an epoch take 8 bytes per image each, however small it is
COLOURS = 3
LUMA = (299, 587, 114)  # thousandths of red, green and blue in a grey of the same luminance: ITU-R BT.601
LONGEST_SIDE = 256  # in pixels; a first layer of 300 neurons then has 20 million weights

# Pixels or labels that are checked and converted at a time: a few milliseconds, and no full copy in floating point.
BLOCK = 2**19

CHECK, CONVERT = 0.25, 0.75  # the work of checking a byte and of converting it; see `Progress`


def as_pixels(
    images: Mapping[str, Array], location: Location, progress: Progress
) -> Reading[tuple[dict[str, Array], str]]:
    """Return the arrays as uint8 of shape (images, rows, columns[, 3]), on one scale; and a sentence on that.

    Arrays of one byte per number are converted in place, as images may take gigabytes.
    """
    remarks, flat, extents = list[str](), dict[str, Array](), dict[str, Extent]()
    shapes = {name: picture_shape(array.shape, name, location) for name, array in images.items()}
    for name, array in images.items():
        if is_channel_first(array.shape):
            array = yield from _channel_last(array, progress)
            remarks += [tr("Their colours lie before the rows (channel first) and were moved.")] * (not remarks)
        flat[name] = array.reshape(*shapes[name][:2], -1)  # colours side by side
    if any(len(array.shape) == 2 and len(set(shapes[name][1:])) > 1 for name, array in images.items()):
        remarks.append(
            tr("The pixels of each image were taken as {size}.", size=size_in_words(next(iter(shapes.values()))[1:]))
        )
    for name, array in flat.items():
        extents[name] = yield from _extent(array, shapes[name], name, progress)
    limits = location.range or range_of(extents, location)
    if limits is None:
        for name, array in flat.items():
            yield from _require_bytes(array, shapes[name], name, progress)
        limits = BYTE  # no value is outside
    if limits != BYTE:
        remarks.append(tr("The pixels, from {limits}, were brought to 0 to 255.", limits=limits))
    elif not all(extent.is_whole for extent in extents.values()):
        remarks.append(tr("The pixels were rounded to whole numbers."))
    pixels = {}
    for name, array in flat.items():
        pixels[name] = (yield from _as_bytes(array, limits, progress)).reshape(shapes[name])
    return pixels, " ".join(remarks)


def as_grey(colours: Array) -> Array:
    """Return colour pictures (..., 3), uint8, as grey ones (...), uint8, of the same luminance."""
    grey = (colours.astype(np.uint32) @ np.array(LUMA, np.uint32) + 500) // 1000
    return grey.astype(np.uint8)


def is_channel_first(shape: Shape) -> bool:
    """Whether an array of that shape holds images with the channels first: (images, 3, rows, columns)."""
    return len(shape) == 4 and shape[1] in (1, COLOURS) and shape[3] not in (1, COLOURS)


def picture_shape(shape: Shape, name: str, location: Location) -> Shape:
    """Return the shape (images, rows, columns[, 3]) of images; raise `UserError` for none, `UnclearError` for many."""
    full = shape
    if is_channel_first(shape):
        shape = (shape[0], *shape[2:], shape[1])
    if len(shape) == 4 and shape[3] == 1:
        shape = shape[:3]
    if len(shape) == 2 and shape[1] > 1:
        lies = tr("{array} in {path} has the shape {shape}", array=name, path=location.name, shape=full)
        shape = (shape[0], *shape_of_flat(shape[1], location, lies))
    if len(shape) != 3 and not (len(shape) == 4 and shape[3] == COLOURS):
        raise _wrong_shape(full, name, location)
    count, rows, columns = shape[:3]
    if max(rows, columns) > LONGEST_SIDE:
        sentence = tr(
            "The images of {array} in {path} are too large: {rows:,} × {columns:,} pixels.",
            array=name,
            path=location.name,
            rows=rows,
            columns=columns,
        )
        raise UserError(sentence, hint=tr("Shrink them to {side} × {side} pixels or fewer.", side=LONGEST_SIDE))
    if count > MOST_IMAGES:
        sentence = tr(
            "{array} in {path} has {count:,} images, and at most {most:,} are opened.",
            array=name,
            path=location.name,
            count=count,
            most=MOST_IMAGES,
        )
        raise UserError(sentence, hint=tr("Save fewer images."))
    return shape


def label_count(shape: Shape, name: str, location: Location) -> int:
    """Return the number of labels in an array (images,), (images, 1) or one-hot; raise `UserError` for others."""
    if len(shape) == 1 or (len(shape) == 2 and 1 <= shape[1] <= MOST_CLASSES):
        return shape[0]
    hint = tr("Save one number for each image, or a row of at most {most} with a single 1.", most=MOST_CLASSES)
    raise UserError(
        tr(
            "{array} in {path} has the shape {shape}: these are not labels.",
            array=name,
            path=location.name,
            shape=shape,
        ),
        hint=hint,
    )


def check_shapes(images: Mapping[str, Shape], labels: Mapping[str, Shape], location: Location) -> None:
    """Raise `UserError` unless arrays of these shapes have one label per image, and images of one size."""
    for (x, shape), label_shape in zip(images.items(), labels.values(), strict=True):
        if shape and label_shape and shape[-1] == label_shape[0] != shape[0]:
            raise UserError(
                tr(
                    "{array} in {path} has the shape {shape}: its {count:,} images lie along the last axis.",
                    array=x,
                    path=location.name,
                    shape=shape,
                    count=shape[-1],
                ),
                hint=tr("Save {code}.", code=f"np.moveaxis({x}, -1, 0)"),
            )
    pictures = {name: picture_shape(shape, name, location) for name, shape in images.items()}
    counts = {name: label_count(shape, name, location) for name, shape in labels.items()}
    for x, y in zip(pictures, counts, strict=True):
        if pictures[x][0] != counts[y]:
            sentence = tr(
                "{images} in {path} has {count:,} images and {labels} has {answers:,} labels.",
                images=x,
                path=location.name,
                count=pictures[x][0],
                labels=y,
                answers=counts[y],
            )
            raise UserError(sentence, hint=tr("Save as many labels as images, in the same order."))
    sizes = {name: shape[1:] for name, shape in pictures.items()}
    if len(set(sizes.values())) > 1:
        (first, size), (second, other) = sizes.items()
        raise UserError(
            tr(
                "The images in {path} are of {size} in {first} and {other} in {second}.",
                path=location.name,
                size=size_in_words(size),
                first=first,
                other=size_in_words(other),
                second=second,
            ),
            hint=tr("Bring all images to one size."),
        )


def bytes_of_copies(shape: Shape, itemsize: int, *, is_fortran: bool = False) -> int:
    """Return how many additional bytes the conversion of an array to uint8 in C order takes."""
    moved = itemsize * is_channel_first(shape)
    return math.prod(shape) * (moved + (itemsize > 1 or is_fortran))


def _wrong_shape(shape: Shape, name: str, location: Location) -> UserError:
    hint = tr("The shape must be (images, rows, columns), in colour with a 3 before or behind rows and columns.")
    if len(shape) == 4 and shape[3] == COLOURS + 1:
        hint = tr("Leave the opacity out: {code}.", code=f"{name}[..., :3]")
    elif len(shape) == 4 and shape[1] == COLOURS + 1:
        hint = tr("Leave the opacity out: {code}.", code=f"{name}[:, :3]")
    return UserError(
        tr(
            "{array} in {path} has the shape {shape}: these are not images.",
            array=name,
            path=location.name,
            shape=shape,
        ),
        hint=hint,
    )


def _channel_last(array: Array, progress: Progress) -> Reading[Array]:
    """Return (images, rows, columns, channels) of (images, channels, rows, columns), copied in turns."""
    moved = np.moveaxis(array, 1, -1)
    if moved.shape[-1] == 1:
        return moved
    return (yield from converted(moved, lambda block: block, np.empty(moved.shape, array.dtype), progress))


def _extent(pictures: Array, shape: Shape, name: str, progress: Progress) -> Reading[Extent]:
    """Return the distribution of the values; raise `OutsideError` for one that is not finite."""
    highest, lowest, is_whole = list[Array](), list[Array](), True
    for part in blocks(pictures):
        block = pictures[part].reshape(len(pictures[part]), -1)
        with np.errstate(invalid="ignore"):
            highest.append(block.max(1).astype(np.float64))
            lowest.append(block.min(1).astype(np.float64))
        if not (np.isfinite(highest[-1]).all() and np.isfinite(lowest[-1]).all()):
            raise _outside(pictures, part, ~np.isfinite(pictures[part]), shape, name, progress.file)
        is_whole = is_whole and are_whole(block)
        yield from progress.did(CHECK * block.nbytes)
    return _extent_by(np.concatenate(lowest), np.concatenate(highest), is_whole=is_whole)


def extent_of(pictures: Sequence[Array]) -> Extent | None:
    """Return the distribution of the values of pictures, each (rows, columns[, 3]); `None` without any."""
    if not pictures:
        return None
    lowest, highest = (np.array([float(f(picture)) for picture in pictures]) for f in (np.min, np.max))
    return _extent_by(lowest, highest, is_whole=all(map(are_whole, pictures)))


def _extent_by(lowest: Array, highest: Array, *, is_whole: bool) -> Extent:
    low, high = float(lowest.min()), float(highest.max())
    return Extent(low, high, float(np.median(highest)), float((lowest < 0).mean()), is_whole)


def are_whole(values: Array) -> bool:
    """Whether all values are integers."""
    return values.dtype.kind != "f" or bool((np.rint(values) == values).all())


def _require_bytes(pictures: Array, shape: Shape, name: str, progress: Progress) -> Reading[None]:
    """Raise `OutsideError` for a value outside of 0 to 255."""
    for part in blocks(pictures):
        wrong = (pictures[part] < BYTE.low) | (pictures[part] > BYTE.high)
        if wrong.any():
            raise _outside(pictures, part, wrong, shape, name, progress.file)
        yield from progress.did(0)


class OutsideError(UserError):
    """A value outside of any range: `value` in the array `name`, in its image number `image`, at index `pixel`."""

    def __init__(self, sentence: str, name: str, value: float, image: int, pixel: int) -> None:
        super().__init__(sentence, hint=tr(RANGES))
        self.name, self.value, self.image, self.pixel = name, value, image, pixel


def _outside(pictures: Array, part: slice, wrong: Array, shape: Shape, name: str, file: str) -> OutsideError:
    image, row, column = (int(number) for number in np.unravel_index(np.argmax(wrong), wrong.shape))
    image += part.start
    value, pixel = pictures[image, row, column], row * pictures.shape[2] + column
    column = column * shape[2] // pictures.shape[2]
    sentence = tr(
        "{array} in {path} has the value {value:g} in image {image}, row {row}, column {column}.",
        array=name,
        path=file,
        value=value,
        image=image,
        row=row,
        column=column,
    )
    return OutsideError(sentence, name, float(value), image, pixel)


def _as_bytes(pictures: Array, limits: Range, progress: Progress) -> Reading[Array]:
    """Return the pictures as uint8 in C order: in place if a number is a byte, otherwise in a new array."""
    is_byte = pictures.dtype.itemsize == 1
    if is_byte and pictures.flags.c_contiguous:
        grey = pictures.view(np.uint8)
        if limits == BYTE and pictures.dtype.kind != "i":
            return grey
    else:
        grey = np.empty(pictures.shape, np.uint8)
    kind = np.uint8 if pictures.dtype == bool else pictures.dtype
    table = shades(np.arange(256, dtype=np.uint8).view(kind), limits) if is_byte else None

    def convert(block: Array) -> Array:
        return shades(block, limits) if table is None else table[block.view(np.uint8)]

    return (yield from converted(pictures, convert, grey, progress, CONVERT))


def shades(values: Array, limits: Range) -> Array:
    """Return values of a range as 0..255, uint8; values outside are clipped."""
    scale = BYTE.high / (limits.high - limits.low)
    return np.clip(np.rint((values - float(limits.low)) * scale), 0, 255).astype(np.uint8)


def blocks(array: Array) -> Iterator[slice]:
    """Yield slices of an array's images or labels, each of about `BLOCK` pixels or labels."""
    return slices(len(array), max(1, BLOCK // math.prod(array.shape[1:])))


def converted(
    array: Array, convert: Callable[[Array], Array], target: Array, progress: Progress, work: float = 0.0
) -> Reading[Array]:
    """Fill `target` with the converted images or labels of `array`, in turns; a byte of these is that much work."""
    for part in blocks(array):
        target[part] = convert(array[part])
        yield from progress.did(work * array[part].nbytes)
    return target
