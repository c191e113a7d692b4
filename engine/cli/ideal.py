"""The command `ideal`: what the network would like to see most, of each class, as arrays and as a picture."""

from __future__ import annotations

import argparse
import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.base.knobs import knobs
from engine.base.lazy import np
from engine.base.lens import Neuron
from engine.base.numbers import number, plain
from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_dataset, add_json, add_knobs, numbers
from engine.cli.parts.silence import add_silence, lens_of
from engine.cli.parts.terminal import shown
from engine.cli.parts.which import Which, add_which, open_data, place_to_save, places_to_save, which
from engine.ideal.spec import IdealSpec
from engine.system.signals import interruptible, status_of, until_interrupted

if TYPE_CHECKING:
    from engine.base.messages import Job
    from engine.ideal.job import IdealImages


def ideal_command(wanted: argparse.Namespace) -> int:
    """Paint the images, write what is asked for and print a line for each image; returns the exit status."""
    from engine.session.export import keep_inputs

    places = places_to_save(wanted.out, wanted.picture)
    with which(wanted) as meant:
        for path in places:
            keep_inputs(meant.session, path)
        return _paint(wanted, meant)


def _paint(wanted: argparse.Namespace, meant: Which) -> int:
    from engine.ideal.job import IdealImages, paint_ideal

    spec, neurons = objective(wanted)
    if spec.start == "mean":
        open_data(meant.session, wanted.dataset, meant.run.name)
    told: IdealImages | None = None
    with interruptible() as interrupted:
        job = paint_ideal(meant.session, lens_of(meant, wanted.silence), spec, neurons)
        with contextlib.closing(until_interrupted(job, interrupted)) as turns:
            for message in turns:
                told = message if isinstance(message, IdealImages) else told
    if interrupted:
        return status_of(interrupted[0])
    assert told is not None
    _write(wanted, meant, told)
    for place, what in enumerate(told.wanted):
        facts = _facts(told, place, what)
        print(json.dumps(facts, allow_nan=False) if wanted.json else _line(facts), flush=True)
    return 0


def _write(wanted: argparse.Namespace, meant: Which, told: IdealImages) -> None:
    from engine.ideal.sheet import export_sheet, probability_words
    from engine.session.export import export_arrays

    arrays = {
        "images": told.images,
        "losses": told.losses,
        "probabilities": told.probabilities,
        "penalties": told.penalties,
        "labels": np.array(told.wanted),
    }
    names = [str(what) for what in told.wanted]
    figures = [
        probability_words(_facts(told, place, what)["probability"]) for place, what in enumerate(told.wanted)
    ]
    if wanted.out:
        path = place_to_save(wanted.out)
        _save(wanted, path, export_arrays(meant.session, arrays, path))
    if wanted.picture:
        path = place_to_save(wanted.picture)
        signed = told.spec.pixels == "free"
        _save(wanted, path, export_sheet(meant.session, path, told.images, names, figures, signed=signed))


def _save(wanted: argparse.Namespace, path: Path, job: Job) -> None:
    for _ in job:
        pass
    if not wanted.json:
        print(f"Saved {shown(path)}", flush=True)


def _facts(told: IdealImages, place: int, what: int) -> dict[str, Any]:
    probabilities, image = told.probabilities[place], told.images[place]
    return {
        "class" if told.layer is None else "neuron": what,
        "probability": number(float(probabilities[what if told.layer is None else probabilities.argmax()])),
        "answer": int(probabilities.argmax()),
        "loss": number(float(told.losses[place])),
        "penalty": number(told.spec.weight * float(told.penalties[place])),
        "sum_of_squares": number(float((image.astype(np.float64) ** 2).sum())),
        "zero_pixels": float((image == 0).mean()),
    }


def _line(facts: dict[str, Any]) -> str:
    (what, name), *_ = facts.items()
    loss = plain(facts["loss"], ".4f")
    return (
        f"{what} {name}  answer {facts['answer']}  probability {facts['probability']:.4f}  loss {loss}  "
        f"penalty {plain(facts['penalty'], '.4f')}  sum of squares {facts['sum_of_squares']:.2f}  "
        f"zero pixels {facts['zero_pixels']:.1%}"
    )


def add_objective(parser: argparse.ArgumentParser) -> None:
    """Add the settings of ideal images, and the neurons whose images they may be."""
    parser.add_argument("--layer", type=int, metavar="N", help="the hidden layer of --neurons (default: 1)")
    parser.add_argument(
        "--neurons",
        type=numbers,
        default=(),
        metavar="N,N",
        help="hidden neurons, counted from 0, for --objective neuron",
    )
    add_knobs(parser, IdealSpec)


def objective(wanted: argparse.Namespace) -> tuple[IdealSpec, list[Neuron]]:
    """Return what the flags of `add_objective` say."""
    said = {name: value for name in knobs(IdealSpec) if (value := getattr(wanted, name)) is not None}
    return IdealSpec(**said), [Neuron((wanted.layer or 1) - 1, each) for each in wanted.neurons]


def vain_neurons(command: str, wanted: argparse.Namespace) -> str:
    """Return a sentence where neurons are named whose images are not wanted; empty otherwise."""
    is_vain = wanted.neurons and wanted.objective != "neuron"
    return f"{command}: --neurons is of use only with --objective neuron" if is_vain else ""


def _flags(parser: argparse.ArgumentParser) -> None:
    add_which(parser)
    add_silence(parser)
    add_dataset(parser, "for --start mean; ", of_run=True)
    add_objective(parser)
    parser.add_argument(
        "--out",
        metavar="OUT.npz",
        help="arrays images, losses, probabilities, penalties (without their weight), labels for numpy.load",
    )
    parser.add_argument("--picture", metavar="OUT.png", help="the images on one sheet")
    add_json(parser, "one JSON object per image; what was minimised is loss + penalty")


def _contradiction(wanted: argparse.Namespace) -> str:
    return vain_neurons("ideal", wanted)


COMMAND = Command(
    90,
    "what the network would like to see most",
    "Paint an ideal image of each class, or of hidden neurons, by gradient descent on the pixels.",
    _flags,
    ideal_command,
    _contradiction,
)
