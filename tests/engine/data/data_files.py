"""Writes small data sets in every format that can be opened, by means of their own."""

import gzip
import struct

from PIL import Image

CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def as_idx(array, kind="u1"):
    """The bytes of an IDX file: https://yann.lecun.com/exdb/mnist describes them."""
    head = struct.pack(">BBBB", 0, 0, CODES[kind], array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(f">{kind}").tobytes()


def write_idx(folder, arrays, *, packed=False, kind="u1", start=""):
    """Write the four files with the names that MNIST's have; return them by what is in them."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, array in arrays.items():
        what, part = name.split("_")
        stem = f"{start}{'t10k' if part == 'test' else part}"
        is_image = what == "x"
        name_there = f"{stem}-images-idx3-ubyte" if is_image else f"{stem}-labels-idx1-ubyte"
        content = as_idx(array, kind if is_image else "u1")
        files[name] = folder / f"{name_there}{'.gz' if packed else ''}"
        files[name].write_bytes(gzip.compress(content) if packed else content)
    return files


def as_csv(images, labels, *, first=True, head="", delimiter=",", end="\n", mark=""):
    """A table: a line for each image."""
    lines = [head] if head else []
    for image, label in zip(images, labels, strict=True):
        cells = [str(value) for value in image.ravel().tolist()]
        lines.append(delimiter.join([str(label), *cells] if first else [*cells, str(label)]))
    return (mark + end.join(lines) + end).encode()


def write_pictures(folder, images, names, suffix="png", **how):
    """Write each image into the folder of its class, in order of their numbers."""
    for number, (image, name) in enumerate(zip(images, names, strict=True)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / name / f"{number:05}.{suffix}", **how)
    return folder
