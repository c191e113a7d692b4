"""The command `bench --layers`: an epoch of networks of many kinds of layers beside `keras.fit` on the same network."""

from __future__ import annotations

import argparse
import json
import statistics

from bench.command import keras_fit, our_epoch
from bench.timing import in_turn, ratio
from engine.core.machine.device import device
from engine.core.specs import ADAM
from engine.data.sources import open_dataset

# Beside each other: what was there before the layers were a language, and what it adds.
NETWORKS = {
    "dense": "300, 100",
    "dense, normalised": "300, batchnorm, relu, 100, batchnorm, relu, dropout 0.2",
    "LeNet": "conv 6 5x5, avgpool, conv 16 5x5 valid, avgpool, 120 tanh, 84 tanh",
    "convolutional": "conv 16, conv 32, 64",
    "residual": "conv 16 5x5 stride 2, batchnorm, relu, maxpool, residual(conv 16, conv 16), global average, 64",
    "depthwise": "conv 16 3x3 stride 2, batchnorm, relu, depthwise 16 3x3, conv 32 1x1, maxpool, global average",
}


def bench_layers(wanted: argparse.Namespace) -> int:
    """Print the seconds of an epoch without its test, and how many times longer `keras.fit` takes."""
    data, _ = open_dataset(wanted.dataset)
    figures = {}
    for name, layers in NETWORKS.items():
        if wanted.only and name not in wanted.only:
            continue
        spec = ADAM.but(layers=layers)
        ours, steps = our_epoch(data, spec), list[float]()
        epochs = {"Layerlight": lambda ours=ours, steps=steps: steps.append(ours().seconds)}
        seconds = in_turn({**epochs, "keras.fit": keras_fit(data, spec)}, wanted.rounds)
        figures[name] = {
            "layers": layers,
            "seconds": statistics.median(steps[1:]),  # the first epoch was not counted
            "keras_fit_seconds": statistics.median(seconds["keras.fit"]),
            "times_faster": ratio(seconds["keras.fit"], steps[1:]),
        }
        if not wanted.json:
            each = figures[name]
            print(
                f"{name:18}{each['seconds']:8.3f} s{each['keras_fit_seconds']:8.3f} s by keras.fit   "
                f"{each['times_faster']:.2f} times as fast   {layers}",
                flush=True,
            )
    if wanted.json:
        print(json.dumps({"data": data.summary, "device": device().name, "networks": figures}))
    return 0
