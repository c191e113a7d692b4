"""Opens exported networks in a fresh process, with what their format needs and nothing of Layerlight.

Started as `python -I opened_elsewhere.py SUFFIX FOLDER`: the logits of each network there for FOLDER/images.npy, pixels
from 0 to 1, go into FOLDER/NAME.npy. What weights alone do not say, FOLDER/layers.json has: `conv 16 relu, 64 relu`.
"""

import base64
import importlib.abc
import json
import math
import re
import sys
from pathlib import Path

import numpy as np

OURS = {"engine", "gui", "main", "tests", "layerlight"}
OF_TENSORFLOW = {"tensorflow", "keras", "onnx", "tf2onnx", "safetensors"}
AT_ONCE = 500  # images


class Refuses(importlib.abc.MetaPathFinder):
    """Finds nothing of these names: it refuses."""

    def __init__(self, names):
        self.names = names

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ImportError(f"{name} is not here.")


ACTIVATIONS = {
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "leaky_relu": lambda x: np.where(x > 0, x, np.float32(0.2) * x),
    "gelu": lambda x: x * (0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))).astype(np.float32),
}


def convolved(x, kernel):
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    return np.tensordot(windows, kernel, axes=((4, 5, 3), (0, 1, 2)))


def pooled(x):
    rows, columns = x.shape[1:3]
    x = np.pad(x, ((0, 0), (0, rows % 2), (0, columns % 2), (0, 0)), constant_values=-np.inf)
    return x.reshape(len(x), x.shape[1] // 2, 2, x.shape[2] // 2, 2, -1).max(axis=(2, 4))


def in_numpy(arrays, layers):
    """The network of kernel and bias of each layer in turn, and `conv 16 relu, 64 relu` or nothing."""
    activations = [part.split()[-1] for part in layers.split(",")] if layers else []

    def network(images):
        x = images[..., np.newaxis]
        for number, (kernel, bias) in enumerate(zip(arrays[::2], arrays[1::2], strict=True)):
            is_conv = kernel.ndim == 4
            x = (convolved(x, kernel) if is_conv else x.reshape(len(x), -1) @ kernel) + bias
            x = ACTIVATIONS[activations[number]](x) if number < len(activations) else x
            x = pooled(x) if is_conv else x
        return x

    return network


def npz(file):
    layers = json.loads((file.parent / "layers.json").read_text("utf-8"))[file.stem]
    with np.load(file) as stored:
        return in_numpy(in_order(stored), layers)


def in_order(stored):
    return [stored[f"layer{n}/{part}"] for n in range(1, len(stored) // 2 + 1) for part in ("kernel", "bias")]


def safetensors(file):
    content = file.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    about = header.pop("__metadata__")
    stored = {}
    for name, entry in header.items():
        first, last = (start + offset for offset in entry["data_offsets"])
        stored[name] = np.frombuffer(content[first:last], {"F32": "<f4"}[entry["dtype"]]).reshape(entry["shape"])
    return in_numpy(in_order(stored), about["layers"])


def handout(file):
    (text,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', file.read_text("utf-8"), re.DOTALL)
    page = json.loads(text)
    arrays, inputs = [], 1
    for number, layer in enumerate(page["snapshots"][-1]["weights"]):
        whole, scales, biases = (
            np.frombuffer(base64.b64decode(layer[name]), kind)
            for name, kind in (("kernel", "i1"), ("scales", "<f4"), ("biases", "<f4"))
        )
        is_conv = number < len(page["layers"]) and page["layers"][number]["kind"] == "conv"
        shape = (3, 3, inputs, len(scales)) if is_conv else (-1, len(scales))
        arrays += [whole.reshape(shape) * scales, biases]
        inputs = len(scales)
    return in_numpy(arrays, ", ".join(layer["activation"] for layer in page["layers"]))


def keras(file):
    from keras.models import load_model

    return load_model(file)


def saved_model(folder):
    import tensorflow as tf

    model = tf.saved_model.load(str(folder))  # its function does not keep its variables
    return lambda images: model.serve(images)


def onnx(file):
    from onnx import checker

    checker.check_model(file, full_check=True)
    try:
        from onnxruntime import InferenceSession

        session = InferenceSession(str(file))
    except ImportError:
        from onnx.reference import ReferenceEvaluator

        session = ReferenceEvaluator(str(file))
    return lambda images: session.run(["logits"], {"image": images})[0]


OPEN = {
    ".npz": npz,
    ".safetensors": safetensors,
    ".html": handout,
    ".keras": keras,
    ".savedmodel": saved_model,
    ".onnx": onnx,
}


def main():
    suffix, folder = sys.argv[1], Path(sys.argv[2])
    needs_numpy_alone = suffix in (".npz", ".safetensors", ".html")
    sys.meta_path.insert(0, Refuses(OURS | (OF_TENSORFLOW if needs_numpy_alone else set())))
    images = np.load(folder / "images.npy")
    for file in sorted(folder.glob(f"*{suffix}")):
        network = OPEN[suffix](file)
        parts = [np.asarray(network(images[at : at + AT_ONCE])) for at in range(0, len(images), AT_ONCE)]
        np.save(folder / f"{file.stem}.npy", np.concatenate(parts))


if __name__ == "__main__":
    main()
