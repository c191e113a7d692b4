"""The command `bench`: an epoch of training beside the same epoch written otherwise, in one run."""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.base.lazy import tf
from engine.base.specs import PRESETS, DenseLayer, TrainSpec
from engine.bench.rivals import Epoch, keras_fit, numpy_loop, session_loop
from engine.bench.timing import in_turn, ratio
from engine.data.sources import open_dataset
from engine.session.session import Session
from engine.system.device import device
from engine.training.job import train
from engine.training.messages import EpochDone

if TYPE_CHECKING:
    from engine.data.dataset import Dataset

MATRIX, PRODUCTS = 2048, 8
CONVOLUTION_ROUNDS = 3


def bench_command(wanted: argparse.Namespace) -> int:
    """Print the figures; returns the exit status."""
    data, _ = open_dataset(wanted.dataset)
    figures: dict[str, Any] = {"data": data.summary, "device": device().name}
    figures["dense"] = _dense(data, wanted.rounds)
    figures["convolutional"] = _convolutional(data, min(wanted.rounds, CONVOLUTION_ROUNDS))
    if wanted.json:
        print(json.dumps(figures))
    else:
        _print(figures)
    return 0


def our_epoch(data: Dataset, spec: TrainSpec) -> Callable[[], EpochDone]:
    """Return an epoch of the job `train`, with its test and messages as far as they fall between two epochs."""
    job = train(Session(data), spec.but(epochs=10_000))

    def epoch() -> EpochDone:
        return next(message for message in job if isinstance(message, EpochDone))

    return epoch


def _dense(data: Dataset, rounds: int) -> dict[str, Any]:
    spec = PRESETS["blog"].spec
    rivals = {"keras.fit": keras_fit, "session loop": session_loop, "NumPy loop": numpy_loop}
    figures, seconds = _beside(
        data, spec, {name: make(data, spec) for name, make in rivals.items()}, {"SGEMM": _products()}, rounds
    )
    rate = 2 * MATRIX**3 * PRODUCTS / statistics.median(seconds["SGEMM"])
    share = _operations(data, spec) / figures["epoch_seconds"]["Layerlight"] / rate
    return {**figures, "sgemm_gflops": rate / 1e9, "share_of_sgemm": share}


def _convolutional(data: Dataset, rounds: int) -> dict[str, Any]:
    spec = PRESETS["conv"].spec
    return _beside(data, spec, {"keras.fit": keras_fit(data, spec)}, {}, rounds)[0]


def _beside(
    data: Dataset, spec: TrainSpec, rivals: dict[str, Epoch], others: dict[str, Epoch], rounds: int
) -> tuple[dict[str, Any], dict[str, list[float]]]:
    """Time our epoch beside the rivals', and what else is asked for; return the figures and all seconds.

    The rivals only train, so they are compared with our epoch's steps; what its test adds is a figure of its own.
    """
    ours, steps = our_epoch(data, spec), list[float]()
    seconds = in_turn({"Layerlight": lambda: steps.append(ours().seconds), **rivals, **others}, rounds)
    with_test, seconds["Layerlight"] = seconds["Layerlight"], steps[1:]  # the first one was not counted
    figures = {
        "epoch_seconds": {name: statistics.median(seconds[name]) for name in ("Layerlight", *rivals)},
        "epoch_seconds_with_test": statistics.median(with_test),
        "times_faster_than": {name: ratio(seconds[name], steps[1:]) for name in rivals},
    }
    return figures, seconds


def _operations(data: Dataset, spec: TrainSpec) -> float:
    """Return the floating point operations of an epoch's matrix products.

    Two per weight and image forwards, two for the kernel's gradient, and two for what is handed back to the layer
    before, which the first layer has no need of.
    """
    widths = [data.shape[0] * data.shape[1]]
    widths += [layer.width for layer in spec.hidden if isinstance(layer, DenseLayer)]
    widths.append(len(data.classes))
    weights = [before * after for before, after in itertools.pairwise(widths)]
    return len(data.train_images) * (6.0 * sum(weights) - 2.0 * weights[0])


def _products() -> Epoch:
    """Return some large single-precision matrix products: what the machine can do at best."""
    a, b = (tf.random.stateless_uniform([MATRIX, MATRIX], [1, seed]) for seed in (1, 2))

    def products() -> None:
        last = [tf.matmul(a, b) for _ in range(PRODUCTS)][-1]
        last.numpy()  # waits for the device

    return products


def _print(figures: dict[str, Any]) -> None:
    print(f"{figures['data']} on {figures['device']}; medians")
    for title, key in (("784-300-10, an epoch", "dense"), ("Convolutional, an epoch", "convolutional")):
        print(f"\n{title}")
        part = figures[key]
        for name, seconds in part["epoch_seconds"].items():
            faster = part["times_faster_than"].get(name)
            beside = f"   Layerlight is {faster:.2f} times as fast" if faster else ""
            print(f"  {name:14}{seconds:8.3f} s{beside}")
        print(f"  {'with its test':14}{part['epoch_seconds_with_test']:8.3f} s")
        if key == "dense":
            print(
                f"  SGEMM {part['sgemm_gflops']:.0f} GFLOP/s, of which training reaches {part['share_of_sgemm']:.0%}"
            )
