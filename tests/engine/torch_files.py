"""Weights as PyTorch names and stores them, in both kinds of files, and what its layers compute, in NumPy alone.

A picture is (channels, rows, columns), a kernel (outputs, inputs, rows, columns), a dense one (outputs, inputs).
"""

import io
import json

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

EPSILON = 1e-5  # of PyTorch's normalisations
SAFETENSORS_NAMES = {"<f4": "F32", "<f8": "F64", "<f2": "F16", "<i8": "I64", "|u1": "U8", "<i4": "I32"}


def drawn(shape, generator):
    array = generator.normal(0, 1, shape)
    return (array / np.sqrt(array[0].size)).astype(np.float32)


def linear(name, inputs, outputs, generator, *, bias=True):
    state = {f"{name}.weight": drawn((outputs, inputs), generator)}
    return state | ({f"{name}.bias": drawn(outputs, generator)} if bias else {})


def conv2d(name, inputs, outputs, size, generator, *, groups=1, bias=True):
    state = {f"{name}.weight": drawn((outputs, inputs // groups, *size), generator)}
    return state | ({f"{name}.bias": drawn(outputs, generator)} if bias else {})


def batch_norm(name, width, generator):
    return {
        f"{name}.weight": generator.uniform(0.5, 1.5, width).astype(np.float32),
        f"{name}.bias": drawn(width, generator),
        f"{name}.running_mean": drawn(width, generator),
        f"{name}.running_var": generator.uniform(0.3, 2, width).astype(np.float32),
        f"{name}.num_batches_tracked": np.array(7),
    }


def dense(x, state, name):
    return state[f"{name}.weight"].astype(np.float64) @ x + state.get(f"{name}.bias", 0)


def convolved(x, state, name, *, stride=1, padding=0, groups=1):
    """Cross-correlate (channels, rows, columns) as `torch.nn.Conv2d` does."""
    weight = state[f"{name}.weight"].astype(np.float64)
    outputs, inputs, rows, columns = weight.shape
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
    windows = sliding_window_view(x, (rows, columns), axis=(1, 2))[:, ::stride, ::stride]
    results = []
    for number in range(outputs):
        first = number // (outputs // groups) * inputs
        results.append(np.einsum("crsij,cij->rs", windows[first : first + inputs], weight[number]))
    bias = state.get(f"{name}.bias", np.zeros(outputs))
    return np.array(results) + bias[:, None, None]


def normalised(x, state, name, epsilon=EPSILON):
    gamma, beta, mean, variance = (
        state[f"{name}.{what}"].astype(np.float64).reshape(-1, *[1] * (x.ndim - 1))
        for what in ("weight", "bias", "running_mean", "running_var")
    )
    return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta


def pooled(x, size, reduce):
    """Reduce whole blocks of `size` by `size`; what is left over at the ends is dropped, as PyTorch does."""
    channels, rows, columns = x.shape
    rows, columns = rows // size, columns // size
    return reduce(x[:, : rows * size, : columns * size].reshape(channels, rows, size, columns, size), axis=(2, 4))


def relu(x):
    return np.maximum(x, 0)


def npz(state, *, packed=False):
    content = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(content, **state)
    return content.getvalue()


def safetensors(state, about=None, kinds=None):
    """The bytes of a file with arrays sorted by name, as its own library writes them; `kinds` may say otherwise."""
    head, contents, end = ({"__metadata__": about} if about else {}), [], 0
    for name in sorted(state):
        array = np.asarray(state[name])
        contents.append(np.ascontiguousarray(array).tobytes())
        kind = (kinds or {}).get(name, SAFETENSORS_NAMES[array.dtype.str])
        start, end = end, end + len(contents[-1])
        head[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [start, end]}
    return with_head(json.dumps(head), *contents)


def with_head(text, *contents):
    text = text.encode()
    return b"".join([len(text).to_bytes(8, "little"), text, *contents])


def write(folder, content, table, name="model.npz"):
    """Write a file of weights and the table beside it; return the file."""
    path = folder / name
    path.write_bytes(content)
    if table is not None:
        path.with_suffix(".toml").write_text(table, "utf-8")
    return path
