"""Opening a network that Keras saved, in turns: a child process reads the file; a refusal is one sentence.

Weights alone, with a table beside them, are read by `engine.model.opening.arrays_network`.

Keras itself is not asked: what it loads may run code, and a damaged HDF5 file may take the whole process with it.
"""

import json
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.layers.kinds import Layers
from engine.core.lazy import Array, np
from engine.core.lens import Weights
from engine.core.messages import Turns, read_only
from engine.data.formats.reading import opened
from engine.model.opening import arrays_file, hdf5_process
from engine.model.opening.arrays_network import is_network_of_arrays, opened_arrays
from engine.model.opening.description import Description, described, no_network
from engine.model.opening.hdf5_process import DAMAGED, ELSEWHERE, LARGE, MEMBERS, MISSING, NO_TEXT, SHAPES, Hdf5Process
from engine.model.opening.keras_layers import Place, Source
from engine.model.opening.unfit import NOT_FINITE, UnfitError

OF_KERAS = (".keras", ".h5", ".hdf5")  # in lower case
SUFFIXES = (*OF_KERAS, *arrays_file.SUFFIXES)
WAIT_SECONDS, ALONE_SECONDS = 0.008, 0.001  # a turn waits so long if no other job had a turn since

WRONG = {
    MEMBERS: mark("it has other parts than config.json, metadata.json and model.weights.h5"),
    LARGE: mark("it has more in it than Layerlight opens: 1 GB, of which 8 MB describe the network"),
    ELSEWHERE: mark("it takes its weights from elsewhere"),
    MISSING: mark("its weights are missing"),
    SHAPES: mark("its weights are not what its description says"),
    NO_TEXT: mark("it has weights alone, and not the description of a network"),
}
SAVE_WHOLE = mark("Save the whole network with model.save.")

# Files of networks that hold a program: a folder by what is in it, and pickles by their suffixes.
SAVED_MODEL, PICKLES = "saved_model.pb", (".pt", ".pth", ".pkl", ".pickle")
STATE = 'numpy.savez("model.npz", **{name: array.numpy() for name, array in model.state_dict().items()})'


class ForeignNetwork(NamedTuple):
    """A network out of a file: rows and columns of its images, its layers, and all of their weights in that order."""

    shape: tuple[int, int]
    layers: Layers
    weights: Weights
    remark: str = ""  # what stands for its end, where that is none of a network here


def is_network(path: Path) -> bool:
    """Whether a file or folder has a network, one that is refused as well; an .npz file may have data instead."""
    suffix = path.suffix.lower()
    return suffix in (*OF_KERAS, *PICKLES) or is_network_of_arrays(path) or (path / SAVED_MODEL).is_file()


def opened_network(path: Path, near: tuple[int, int] | None = None) -> Turns[ForeignNetwork]:
    """Return the network in a file, in turns; its images have the shape `near` where the file leaves that open.

    Softmax at the end is left out, as the outputs here are logits, and so is dropout. Raises `UserError` for a file
    that cannot be read, or whose network is not one that `TrainSpec` can describe.
    """
    if arrays_file.is_arrays_file(path):
        return ForeignNetwork(*(yield from opened_arrays(path)))
    description = yield from read_description(path, near)
    weights = yield from _read_weights(path, path.name, description)
    return ForeignNetwork(description.shape, description.layers, weights, description.remark)


def read_description(path: Path, near: tuple[int, int] | None = None) -> Turns[Description]:
    """Return what a file says of its network, without its weights, in turns. Raises `UserError` as `opened_network`."""
    name = path.name
    _check_kind(path)
    with opened(path) as file:
        size = file.seek(0, 2)
    if size > hdf5_process.MOST_BYTES:
        raise _refused(name, LARGE)
    text = yield from _read(path, name)
    try:
        return described(text.decode(), name, near)
    except UnicodeDecodeError:
        raise no_network(name) from None


def _check_kind(path: Path) -> None:
    """Raise `UserError` where a file is none that Keras saves."""
    suffix, name = path.suffix.lower(), path.name
    if (path / SAVED_MODEL).is_file():
        sentence = tr("{file} is a SavedModel, which holds a program, and none is run here.", file=name)
        hint = tr("Load it in Keras, and save the network with {code}.", code='model.save("model.keras")')
        raise UserError(sentence, hint=hint)
    if suffix in PICKLES:
        sentence = tr("{file} is a pickle, which holds a program, and none is run here.", file=name)
        raise UserError(sentence, hint=tr("Save the weights with {code}, and a table beside them.", code=STATE))
    if suffix not in OF_KERAS:
        sentence = tr("{file} is none of the files of networks: {suffixes}.", file=name, suffixes=", ".join(SUFFIXES))
        raise UserError(sentence)


def _read_weights(path: Path, name: str, description: Description) -> Turns[Weights]:
    sources = [source for source in description.sources if source.shapes]
    is_archive = hdf5_process.is_archive(path)
    layers = [(*(_in_archive if is_archive else _in_hdf5)(source.place), source.shapes) for source in sources]
    expected = 4 * description.parameters
    content = b""
    if layers:
        content = yield from _read(path, name, layers, sources, expected)
    if len(content) != expected:
        raise _given_up(name)
    arrays, first = list[Array](), 0
    for source in description.sources:
        read = list[Array]()
        for shape in source.shapes:
            if shape is not None:
                last = first + 4 * math.prod(shape)
                read.append(np.frombuffer(content[first:last], "<f4").astype(np.float32).reshape(shape))
                first = last
        try:
            if not all(np.isfinite(array).all() for array in read):
                raise UnfitError(tr(NOT_FINITE))
            arrays += [read_only(np.ascontiguousarray(array, np.float32)) for array in source.arranged(read)]
        except UnfitError as unfit:
            raise unfit.about(source.place.words).of(name) from None
        yield None
    return tuple(arrays)


def _in_archive(place: Place) -> tuple[list[str], str]:
    """Return the names of the group that has a layer's weights, as `.keras` files have them."""
    return [*(name for group in place.groups for name in ("layers", group)), "vars"], ""


def _in_hdf5(place: Place) -> tuple[list[str], str]:
    """Return the names of the group that has a layer's weights, and its own if that of a network around it has them."""
    return ["model_weights", place.names[0]], place.names[-1] if len(place.names) > 1 else ""


def _read(
    path: Path, name: str, layers: Sequence[Any] = (), sources: Sequence[Source] = (), expected: int | None = None
) -> Turns[bytes]:
    """Return what a child process reads: the description, or the weights of the layers."""
    most = hdf5_process.MOST_TEXT if expected is None else expected
    child = Hdf5Process(path, layers, most)
    try:
        left = time.monotonic()
        while True:
            alone = time.monotonic() - left < ALONE_SECONDS
            answer = child.answer(WAIT_SECONDS if alone else 0.0)
            if answer is not None:
                break
            if child.is_late:
                raise _given_up(name)
            left = time.monotonic()
            yield None
    finally:
        child.close()
    line, _, content = answer.partition(b"\n")
    head = _head(line)
    if head is None or len(content) > most:
        raise _given_up(name)
    if "wrong" in head:
        raise _refused(name, head["wrong"], sources, head.get("number"))
    return content


def _head(line: bytes) -> Mapping[str, Any] | None:
    """Return the first line of an answer, or `None` where the process ended before it, or says what it never says."""
    try:
        head = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return head if isinstance(head, dict) else None


def _refused(name: str, wrong: Any, sources: Sequence[Source] = (), number: Any = -1) -> UserError:
    reason = WRONG.get(wrong) if isinstance(wrong, str) and wrong != DAMAGED else None
    if reason is None:
        return no_network(name)
    is_layer = type(number) is int and 0 <= number < len(sources)
    hint = tr(SAVE_WHOLE) if wrong == NO_TEXT and not is_layer else ""
    return UnfitError(tr(reason), sources[number].place.words if is_layer else "", hint=hint).of(name)


def _given_up(name: str) -> UserError:
    """Return the error for a file on which the process failed."""
    sentence = tr("{file} took too much time or memory, as damaged files do, and was given up.", file=name)
    return UserError(sentence, hint=tr("Save it again with model.save."))
