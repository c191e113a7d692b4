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
HALVES = (("whole", "i1"), ("scales", "<f4"))  # of a kernel in a hand-out


class Refuses(importlib.abc.MetaPathFinder):
    """Finds nothing of these names: it refuses."""

    def __init__(self, names):
        self.names = names

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ImportError(f"{name} is not here.")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def expm1(x):
    return np.expm1(np.minimum(x, 0))


ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.minimum(np.maximum(x, 0), 6),
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "silu": lambda x: x * sigmoid(x),
    "softplus": lambda x: np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0),
    "elu": lambda x: np.where(x > 0, x, expm1(x)),
    "selu": lambda x: np.float32(1.05070098) * np.where(x > 0, x, np.float32(1.67326324) * expm1(x)),
    "leaky_relu": lambda x: np.where(x > 0, x, np.float32(0.2) * x),
    "gelu": lambda x: x * (0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))).astype(np.float32),
}


def activated(text, x):
    """What the activation at the end of a text gives; it may be a leaky ReLU with a slope."""
    if leaky := re.search(r"leaky_relu (0\.\d+)$", text):
        return np.where(x > 0, x, np.float32(leaky[1]) * x)
    return ACTIVATIONS[name if (name := text.strip().split(" ")[-1]) in ACTIVATIONS else "linear"](x)


def windows(x, size, stride, padding, dilation=(1, 1), fill=0):
    """For each place of a window the numbers there (images, rows, columns, maps), as the window slides over x."""
    if padding == "same":
        edges = [(0, 0)]
        for count, length, step, gap in zip(x.shape[1:3], size, stride, dilation, strict=True):
            results = math.ceil(count / step)
            missing = max((results - 1) * step + (length - 1) * gap + 1 - count, 0)
            edges.append((missing // 2, missing - missing // 2))
        x = np.pad(x, [*edges, (0, 0)], constant_values=fill)
    reach = [(length - 1) * gap + 1 for length, gap in zip(size, dilation, strict=True)]
    seen = np.lib.stride_tricks.sliding_window_view(x, reach, axis=(1, 2))
    return seen[:, :: stride[0], :: stride[1], :, :: dilation[0], :: dilation[1]]


def convolved(x, kernel, words, is_depthwise):
    options = said(words)
    seen = windows(x, kernel.shape[:2], options["stride"], options["padding"], options["dilation"])
    if is_depthwise:
        return np.einsum("nrcmij,ijmk->nrcmk", seen, kernel).reshape(*seen.shape[:3], -1)
    groups = options["groups"]
    parts = zip(np.split(seen, groups, axis=3), np.split(kernel, groups, axis=3), strict=True)
    return np.concatenate([np.tensordot(part, own, axes=((4, 5, 3), (0, 1, 2))) for part, own in parts], axis=3)


def pooled(x, words):
    options = said(words)
    size = options.get("size", (2, 2))
    how = size, options["stride"] if "stride" in words else size, options["padding"]
    if words[0] == "maxpool":
        return windows(x, *how, fill=-np.inf).max(axis=(4, 5))
    return np.nanmean(windows(x, *how, fill=np.nan), axis=(4, 5))  # of what lies inside


def resized(x, size):
    for axis, count in zip((1, 2), size, strict=True):
        old = x.shape[axis]
        centres = (np.arange(count) + 0.5) * old / count - 0.5
        shares = np.stack([np.interp(centres, np.arange(old), unit) for unit in np.eye(old)], axis=1)
        x = np.moveaxis(np.tensordot(x, shares.astype(np.float32), axes=(axis, 1)), -1, axis)
    return x


def normalised(x, words, arrays):
    epsilon = np.float32(words[2] if "epsilon" in words else 0.001)
    gamma, beta = next(arrays), next(arrays)
    if words[0] == "batchnorm":
        mean, variance = next(arrays), next(arrays)
    else:
        mean, variance = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta


def pair(word):
    both = [int(part) for part in word.split("x")]
    return both[0], both[-1]


def said(words):
    """The options of a layer by name, from its words behind the first one."""
    found = {"stride": (1, 1), "dilation": (1, 1), "groups": 1, "padding": "valid" if "valid" in words else "same"}
    for at, word in enumerate(words):
        if word in ("stride", "dilation", "groups"):
            found[word] = pair(words[at + 1]) if word != "groups" else int(words[at + 1])
        elif re.fullmatch(r"\d+x\d+", word) and words[at - 1] not in ("stride", "dilation"):
            found["size"] = pair(word)
    return found


def split(text, sign):
    """The parts of a text between signs that lie in no bracket."""
    parts, depth = [""], 0
    for letter in text:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == sign and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def in_numpy(arrays, layers):
    """The network of these arrays, in the order of their layers, and `conv 16 relu, 64 relu` or nothing."""

    def through(text, x, arrays):
        for part in split(text, ",") if text not in ("", "identity") else []:
            x = layer(part, x, arrays)
        return x

    def layer(part, x, arrays):
        words = part.replace("(", " ").split()
        kind = words[0]
        is_row = kind.isdigit() or kind == "flatten"
        x = x.reshape(len(x), -1) if is_row else x[..., np.newaxis] if x.ndim == 3 and kind not in ACTIVATIONS else x
        if kind in ("residual", "branches"):
            first, last = part.index("("), part.rindex(")")
            inside = [through(text, x, arrays) for text in split(part[first + 1 : last], "|")]
            if kind == "branches":
                return np.concatenate(inside, axis=-1)
            inside += [x] if len(inside) < 2 else []
            return activated(part[last + 1 :], sum(inside))
        if kind.isdigit() or kind in ("conv", "depthwise"):
            kernel, bias = next(arrays), next(arrays)
            x = (x @ kernel if kind.isdigit() else convolved(x, kernel, words, kind == "depthwise")) + bias
            x = activated(part, x)
            return pooled(x, ["maxpool"]) if kind == "conv" and "size" not in said(words) else x
        if kind in ("batchnorm", "layernorm"):
            return normalised(x, words, arrays)
        if kind in ("maxpool", "avgpool"):
            return pooled(x, words)
        if kind == "global":
            return x.max(axis=(1, 2)) if words[1] == "max" else x.mean(axis=(1, 2))
        if kind == "resize":
            return resized(x, pair(words[1]))
        if kind == "colour":
            return np.repeat(x, 3, axis=-1)
        if kind == "pad":
            top, bottom, left, right = [int(word) for word in words[1:]] * (4 // len(words[1:]))
            return np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
        if kind == "rescale":
            factor, offset = (np.float32(word) for word in [*words[1:], 0][:2])
            return x * factor + offset
        return x if kind in ("dropout", "flatten") else activated(part, x)

    def network(images):
        left = iter(arrays)
        x = through(layers, images, left)
        kernel, bias = left
        return x.reshape(len(x), -1) @ kernel + bias

    return network


def npz(file):
    layers = json.loads((file.parent / "layers.json").read_text("utf-8"))[file.stem]
    with np.load(file) as stored:
        return in_numpy([stored[name] for name in stored.files], layers)


def safetensors(file):
    content = file.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    about = header.pop("__metadata__")
    stored = {}
    for name, entry in header.items():
        first, last = (start + offset for offset in entry["data_offsets"])
        stored[name] = np.frombuffer(content[first:last], {"F32": "<f4"}[entry["dtype"]]).reshape(entry["shape"])
    return in_numpy([*stored.values()], about["layers"])


def handout(file):
    (text,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', file.read_text("utf-8"), re.DOTALL)
    arrays = [array_of(stored) for stored in json.loads(text)["snapshots"][-1]["weights"]]
    return in_numpy(arrays, json.loads((file.parent / "layers.json").read_text("utf-8"))[file.stem])


def array_of(stored):
    if isinstance(stored, str):
        return np.frombuffer(base64.b64decode(stored), "<f4")
    whole, scales = (np.frombuffer(base64.b64decode(stored[name]), kind) for name, kind in HALVES)
    return (whole.reshape(-1, len(scales)) * scales).reshape(stored["shape"])


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
