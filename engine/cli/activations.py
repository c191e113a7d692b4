"""The command `activations`: what each layer makes of one test image, for NumPy, and in a line for each layer."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from engine.base.errors import UserError
from engine.base.numbers import number
from engine.base.text import printable
from engine.base.turns import run_through
from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_dataset, add_json, count
from engine.cli.parts.silence import add_silence, lens_of
from engine.cli.parts.terminal import shown
from engine.cli.parts.which import add_which, open_data, place_to_save, which

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.probes.activations import ImageActivations


def activations_command(wanted: argparse.Namespace) -> int:
    """Write the activations if that is asked for and print a line for each layer; return the exit status."""
    from engine.data.learned import answer_names, remark_on
    from engine.probes.activations import ImageActivations, image_activations
    from engine.session.export import export_arrays

    path = place_to_save(wanted.out) if wanted.out else None
    with which(wanted) as meant:
        session = meant.session
        open_data(session, wanted.dataset, meant.run.name)
        images = len(session.data().test_images)
        if wanted.image >= images:
            raise UserError(f"There is no test image {wanted.image:,}; the last is {images - 1:,}.")
        job = image_activations(session, lens_of(meant, wanted.silence), wanted.image, None)
        (told,) = (message for message in job if isinstance(message, ImageActivations))
        names, remark = answer_names(session.data(), meant.run)[0], remark_on(session.data(), meant.run)
        if path:
            run_through(export_arrays(session, _arrays(told), path))
    facts = _facts(told, names, remark)
    print(json.dumps(facts) if wanted.json else "\n".join(map(printable, _lines(told, facts))), flush=True)
    if path and not wanted.json:
        print(f"Saved {shown(path)}", flush=True)
    return 0


def _arrays(told: ImageActivations) -> dict[str, Any]:
    layers = {f"layer{place}": values for place, values in enumerate(told.hidden, 1)}
    return {"picture": told.picture, **layers, "logits": told.logits, "probabilities": told.probabilities}


def _facts(told: ImageActivations, names: Sequence[str], remark: str) -> dict[str, Any]:
    answer = int(told.logits.argmax())
    return {
        "run": told.run,
        "step": told.step,
        "picture": told.about,
        "layers": [
            {
                "shape": list(values.shape),
                "above_zero": float((values > 0).mean()),
                "mean": number(float(values.mean())),
                "most": number(float(values.max())),
                "strongest": int(values.max(axis=tuple(range(values.ndim - 1))).argmax()),
            }
            for values in told.hidden
        ],
        "answer": answer,
        "name": names[answer] if answer < len(names) else f"{answer}",
        "remark": remark,
        "logits": [number(each) for each in told.logits.tolist()],
        "probabilities": [number(each) for each in told.probabilities.tolist()],
    }


def _lines(told: ImageActivations, facts: dict[str, Any]) -> list[str]:
    return [
        f"Run {told.run} at step {told.step:,}: {told.about}",
        *filter(None, [facts["remark"]]),
        f"{'layer':>5}{'shape':>14}{'above zero':>12}{'mean':>10}{'most':>10}  at",
        *(
            f"{place:>5}{'×'.join(map(str, layer['shape'])):>14}{layer['above_zero']:>12.1%}"
            f"{_figure(layer['mean']):>10}{_figure(layer['most']):>10}  {layer['strongest']}"
            for place, layer in enumerate(facts["layers"], 1)
        ),
        f"Predicted {facts['name']}: {_figure(facts['probabilities'][facts['answer']])}",
    ]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--image", type=count, default=0, metavar="N", help="which test image, from 0 (default: 0)"
    )
    add_which(parser)
    add_silence(parser)
    add_dataset(parser, of_run=True)
    parser.add_argument(
        "--out",
        metavar="OUT.npz",
        help="arrays picture, layer1 (neurons, or rows x columns x maps), layer2 ..., logits, probabilities "
        "for numpy.load",
    )
    add_json(parser)


COMMAND = Command(
    55,
    "what each layer makes of one test image",
    "Tell what each hidden layer makes of one test image: how many of its values are above zero, their mean, the "
    "largest and which unit has it, and the answer; all activations for NumPy with --out.",
    _flags,
    activations_command,
)
