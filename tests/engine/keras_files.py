"""Files as Keras saves them, written without Keras: the JSON of a small network, its weights by h5py, and a zip."""

import copy
import io
import json
import zipfile

import h5py
import numpy as np

from engine.model.opening.hdf5_process import answered

ROWS = 4  # and as many columns


def layer(kind, name, **config):
    """Return a layer in the words of Keras 3."""
    return {
        "module": "keras.layers",
        "class_name": kind,
        "config": {"name": name, "dtype": "float32", **config},
        "registered_name": None,
    }


def network(*layers):
    """Return the description of a `Sequential` with these layers, by default of two dense ones."""
    layers = layers or (
        layer("InputLayer", "image", batch_shape=[None, ROWS, ROWS]),
        layer("Flatten", "flatten"),
        layer("Dense", "dense", units=5, activation="relu", use_bias=True),
        layer("Dense", "dense_1", units=3, activation="softmax", use_bias=True),
    )
    config = {"name": "sequential", "layers": copy.deepcopy(list(layers))}
    return {"module": "keras", "class_name": "Sequential", "config": config, "registered_name": None}


def convolutional(**changes):
    """Return the description of a network with a convolution, whose settings may be others."""
    settings = {
        "filters": 2, "kernel_size": [3, 3], "strides": [1, 1], "padding": "same", "dilation_rate": [1, 1],
        "groups": 1, "activation": "relu", "use_bias": True, **changes,
    }  # fmt: skip
    return network(
        layer("InputLayer", "image", batch_shape=[None, ROWS, ROWS, 1]),
        layer("Conv2D", "conv2d", **settings),
        layer("MaxPooling2D", "pool", pool_size=[2, 2], strides=[2, 2], padding="same"),
        layer("Flatten", "flatten"),
        layer("Dense", "dense", units=3, activation="linear", use_bias=True),
    )


def linear_of(description):
    """Return the same network as a functional model, in which each layer follows the one before."""
    chain = copy.deepcopy(description["config"]["layers"])
    for before, here in zip([None, *chain], chain, strict=False):
        here["name"] = here["config"]["name"]
        here["inbound_nodes"] = [] if before is None else [call_of(before["name"])]
    ends = {"input_layers": [chain[0]["name"], 0, 0], "output_layers": [chain[-1]["name"], 0, 0]}
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": {"name": "functional", "layers": chain, **ends},
        "registered_name": "Functional",
    }


def graph(*layers, ends=None):
    """A functional model of layers with the names of those that each reads."""
    chain = [
        {**part, "name": part["config"]["name"], "inbound_nodes": [call_of(*names)] if names else []}
        for part, *names in layers
    ]
    description = linear_of(network())
    description["config"].update(layers=chain, output_layers=[ends or chain[-1]["name"], 0, 0])
    return description


def call_of(*names, **kwargs):
    """Return a call of a layer with the outputs of others."""
    tensors = [
        {
            "class_name": "__keras_tensor__",
            "config": {"shape": [None, 3], "dtype": "float32", "keras_history": [n, 0, 0]},
        }
        for n in names
    ]
    return {"args": tensors if len(names) == 1 else [tensors], "kwargs": kwargs}


def weights(shapes=(((16, 5), (5,)), ((5, 3), (3,))), seed=0):
    """Return kernel and bias of each layer, drawn."""
    generator = np.random.default_rng(seed)
    return [[generator.normal(0, 0.3, shape).astype(np.float32) for shape in layer] for layer in shapes]


CONVOLUTIONAL = (((3, 3, 1, 2), (2,)), ((8, 3), (3,)))


def hdf5(arrays=None, groups=("dense", "dense_1"), change=None):
    """Return the bytes of `model.weights.h5`; `change` is called with the open file."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for group, layer_arrays in zip(groups, weights() if arrays is None else arrays, strict=True):
            for number, array in enumerate(layer_arrays):
                file[f"layers/{group}/vars/{number}"] = array
        if change:
            change(file)
    return content.getvalue()


def legacy(description=None, arrays=None, names=("dense", "dense_1"), suffix=":0", change=None):
    """Return the bytes of a whole `.h5` file, with names of weights as Keras 2 (`:0`) or 3 writes them."""
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        text = description if isinstance(description, str) else json.dumps(description or network())
        file.attrs["model_config"] = text
        for name, layer_arrays in zip(names, weights() if arrays is None else arrays, strict=True):
            group = file.create_group(f"model_weights/{name}")
            parts = [f"{name}/{part}{suffix}" for part in ("kernel", "bias")[: len(layer_arrays)]]
            group.attrs["weight_names"] = [part.encode() for part in parts]
            for part, array in zip(parts, layer_arrays, strict=True):
                group[part] = array
        if change:
            change(file)
    return content.getvalue()


def archive(description=None, content=None, members=(), packed=zipfile.ZIP_STORED, without=()):
    """Return the bytes of a `.keras` file; `members` are more of them, and those `without` are left out."""
    text = description if isinstance(description, (str, bytes)) else json.dumps(description or network())
    parts = {"metadata.json": '{"keras_version": "3.15.1"}', "config.json": text}
    parts["model.weights.h5"] = hdf5() if content is None else content
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packed) as zipped:
        for name, part in [*parts.items(), *members]:
            if name not in without:
                zipped.writestr(name, part)
    return file.getvalue()


class Reader:
    """Stands in for the process that reads a file, and for its pipes: it answers here, and without limits."""

    def __init__(self, *_, **__):
        self.stdin = self.stdout = self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def write(self, line):
        self._answer = b"".join(answered(json.loads(line)))

    def read(self, most):
        return self._answer[:most]

    def kill(self):
        pass
