"""The command `fingerprints`: how a hidden layer answers to every test image, for NumPy and as a picture."""

from __future__ import annotations

import argparse
import json
import math
from typing import TYPE_CHECKING, Any

from engine.base.errors import UserError
from engine.base.numbers import accuracy_words, plural
from engine.base.text import printable
from engine.base.turns import run_through
from engine.cli.parts.command import Command
from engine.cli.parts.flags import add_dataset, add_json
from engine.cli.parts.silence import add_silence, lens_of
from engine.cli.parts.terminal import shown
from engine.cli.parts.which import add_which, open_data, place_to_save, places_to_save, which

if TYPE_CHECKING:
    from engine.base.lens import Lens
    from engine.session.session import Session


def fingerprints_command(wanted: argparse.Namespace) -> int:
    """Write the files that are asked for and tell how right the network is; returns the exit status."""
    from engine.session.export import keep_inputs

    places = places_to_save(wanted.out, wanted.picture)
    with which(wanted) as meant:
        session, layers = meant.session, meant.run.spec.hidden
        if not 1 <= wanted.layer <= len(layers):
            there = "only one" if len(layers) == 1 else f"only {len(layers)}" if layers else "none at all"
            raise UserError(f"Run {meant.run.name} has no hidden layer {wanted.layer}: there is {there}.")
        lens = lens_of(meant, wanted.silence)
        open_data(session, wanted.dataset, meant.run.name)
        for path in places:
            keep_inputs(session, path)
        facts = _write(wanted, session, lens)
        name = session.data().summary
    print(json.dumps(facts) if wanted.json else "\n".join(map(printable, _lines(facts, name))), flush=True)
    return 0


def _write(wanted: argparse.Namespace, session: Session, lens: Lens) -> dict[str, Any]:
    """Write the files and return the figures."""
    from engine.data.learned import remark_on
    from engine.network.accuracy import accuracy
    from engine.session.export import export_arrays

    layer = wanted.layer - 1
    hidden, logits = _outputs(session, lens, layer)
    labels = session.data().test_labels
    right = accuracy(logits, labels)
    facts: dict[str, Any] = {
        "run": lens.run,
        "step": lens.moment,
        "layer": wanted.layer,
        "neurons": hidden.shape[1],
        "images": len(hidden),
        "silenced": sorted([each.layer + 1, each.number] for each in lens.silenced),
        "accuracy": right.whole,
        "classes": list(session.data().classes),
        "remark": remark_on(session.data(), session.run(lens.run)),
        "class_accuracy": [None if math.isnan(share) else share for share in right.of_classes.tolist()],
        "saved": [],
    }
    if wanted.out:
        arrays = {"hidden": hidden, "labels": labels, "accuracy": right.whole}
        path = place_to_save(wanted.out)
        run_through(export_arrays(session, {**arrays, "class_accuracy": right.of_classes}, path))
        facts["saved"].append(shown(path))
    if wanted.picture:
        from engine.cli.parts.fingerprint_picture import export_picture

        path = place_to_save(wanted.picture)
        run_through(export_picture(session, lens, layer, wanted.order, wanted.columns, path))
        facts["saved"].append(shown(path))
    return facts


def _outputs(session: Session, lens: Lens, layer: int) -> tuple[Any, Any]:
    """Return the layer's activations (images, neurons) and the logits (images, classes), both float32.

    The window keeps those of a large layer in half precision; a file has them whole.
    """
    from engine.base.lazy import np
    from engine.data.fitting import fitting_data
    from engine.network.lens_network import lens_network as network_of

    network = network_of(session, lens)
    fitting_data(session, network.architecture)
    images = session.tensors().test_images
    hidden = np.empty((len(images), network.layers[layer].width), np.float32)
    logits = np.empty((len(images), network.architecture.classes), np.float32)
    first = 0
    while first < len(images):
        chosen, layers, answers = network.some(images, first)
        hidden[chosen], logits[chosen] = layers[layer], answers
        first = chosen.stop
    return hidden, logits


def _lines(facts: dict[str, Any], data: str) -> list[str]:
    silenced, names = len(facts["silenced"]), facts["classes"]
    wide = max(5, max(map(len, names)))
    return [
        f"Run {facts['run']} at step {facts['step']:,} on {data}"
        + (f", {plural(silenced, 'neuron')} silenced" if silenced else ""),
        f"{accuracy_words(facts['accuracy'], facts['images'])} are classified correctly",
        *filter(None, [facts["remark"]]),
        *(
            f"{(names[label] if label < len(names) else label):>{wide}}  {'–' if share is None else f'{share:.2%}':>8}"
            for label, share in enumerate(facts["class_accuracy"])
        ),
        *(f"Saved {path}" for path in facts["saved"]),
    ]


def _flags(parser: argparse.ArgumentParser) -> None:
    add_which(parser)
    add_silence(parser)
    add_dataset(parser, of_run=True)
    parser.add_argument(
        "--layer", type=int, default=1, metavar="N", help="which hidden layer, from 1 (default: 1)"
    )
    parser.add_argument(
        "--out",
        metavar="OUT.npz",
        help="arrays hidden (images x neurons, after activation and silencing), labels, accuracy, class_accuracy "
        "for numpy.load",
    )
    parser.add_argument(
        "--picture", metavar="OUT.png", help="a map per class: rows are neurons, columns images"
    )
    parser.add_argument(
        "--order",
        choices=("index", "class", "similar", "mean"),
        default="index",
        help="the neurons' order in the picture (default: index)",
    )
    parser.add_argument(
        "--columns",
        choices=("index", "probability", "similar"),
        default="index",
        help="the images' order in the picture (default: index)",
    )
    add_json(parser)


def _contradiction(wanted: argparse.Namespace) -> str:
    has_place = wanted.out or wanted.picture
    return "" if has_place else "fingerprints: name at least one of --out and --picture"


COMMAND = Command(
    50,
    "how every hidden neuron answers to every test image",
    "Write how a hidden layer answers to all test images, for NumPy and as a picture of one map "
    "per class, and tell how many images are classified correctly, also with neurons silenced.",
    _flags,
    fingerprints_command,
    _contradiction,
)
