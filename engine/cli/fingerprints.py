"""The command `fingerprints`: a hidden layer's activations for all test images, for NumPy and as a picture."""

import math
from typing import TYPE_CHECKING, Any, Literal

from engine.cli.parts.command import Answer, Place, Row, UsageError, command, jsonable
from engine.cli.parts.terminal import shown
from engine.cli.parts.which import Json, OfLens, RunsDataset, lens_of, open_data, which
from engine.core.errors import UserError
from engine.core.language import mark, tr, tr_plural, with_marks
from engine.core.messages import answer, run_through
from engine.core.text import accuracy_words, class_name
from engine.data.dataset import say_summary

if TYPE_CHECKING:
    from engine.analysis.probes.fingerprints import Fingerprints


@command(50, mark("how every hidden neuron answers to every test image"))
def fingerprints_command(
    *,
    of: OfLens,
    dataset: RunsDataset = None,
    layer: int = 1,
    out: Place | None = None,
    picture: Place | None = None,
    order: Literal["index", "class", "similar", "mean"] = "index",
    columns: Literal["index", "probability", "similar"] = "index",
    json: Json = False,
) -> Answer:
    """Write how a hidden layer answers to all test images, for NumPy and as a picture of one map per class, and tell
    how many images are classified correctly, also with neurons silenced.

    layer N: which hidden layer, from 1
    out OUT.npz: arrays hidden (images x neurons, after activation and silencing), labels, accuracy, class_accuracy for
        numpy.load
    picture OUT.png: a map per class: rows are neurons, columns images
    order: the neurons' order in the picture
    columns: the images' order in the picture
    """
    from engine.analysis.ideal.sheet import export_sheet
    from engine.analysis.probes.fingerprints import HEIGHT, WIDTH, Fingerprints, View
    from engine.analysis.probes.fingerprints import fingerprints as prints_of
    from engine.model.network.lens_network import fitting_data
    from engine.model.network.lens_network import lens_network as network_of
    from engine.model.network.plain import accuracy
    from engine.model.training.learned import remark_on
    from engine.session.jobs.export import export_arrays, keep_inputs

    if not out and not picture:
        raise UsageError(tr("fingerprints: name at least one of --out and --picture"))
    places = list(filter(None, (out, picture)))
    with which(of) as meant:
        session, layers = meant.session, meant.run.spec.hidden
        if not 1 <= layer <= len(layers):
            of_run = {"run": meant.run.name, "layer": layer}
            if not layers:
                raise UserError(tr("Run {run} has no hidden layer {layer}: there is none at all.", **of_run))
            sentence = tr_plural(
                "Run {run} has no hidden layer {layer}: there is only one.",
                "Run {run} has no hidden layer {layer}: there is only {count}.",
                len(layers),
                **of_run,
            )
            raise UserError(sentence)
        lens = lens_of(meant, of.silence)
        open_data(session, dataset, meant.run.name)
        for path in places:
            keep_inputs(session, path)
        network = network_of(session, lens)
        images = fitting_data(session.data(), network.architecture).test_images
        (hidden,), logits = run_through(network.outputs_in_turns(images, [layer - 1]))
        data, labels = session.data(), session.data().test_labels
        right, remark = accuracy(logits, labels), remark_on(data, meant.run)
        if out:
            arrays = {"hidden": hidden, "labels": labels, "accuracy": right.whole}
            run_through(export_arrays(session, {**arrays, "class_accuracy": right.of_classes}, out))
        if picture:
            view = View(layer - 1, order, columns, height=HEIGHT, width=WIDTH)
            prints = answer(prints_of(session, lens, view), Fingerprints)
            names = [class_name(data.classes, label) for label in range(len(prints.maps))]
            shares = [
                tr("no images") if math.isnan(share) else with_marks(f"{share:.1%}") for share in right.of_classes
            ]
            foot = foot_of(prints, meant.run.label, len(lens.silenced), right.whole, len(labels))
            run_through(export_sheet(session, picture, prints.sheet(names, shares, foot)))
    facts: dict[str, Any] = {
        "run": lens.run,
        "step": lens.moment,
        "layer": layer,
        "neurons": hidden.shape[1],
        "images": len(hidden),
        "silenced": sorted([neuron.layer + 1, neuron.number] for neuron in lens.silenced),
        "accuracy": right.whole,
        "classes": data.classes,
        "remark": remark,
        "class_accuracy": jsonable(right.of_classes),
        "saved": [shown(path) for path in places],
    }
    yield Row(facts, _lines(facts, say_summary(data.summary)))


def _lines(facts: dict[str, Any], data: str) -> list[str]:
    silenced, names = len(facts["silenced"]), facts["classes"]
    wide = max(5, max(map(len, names)))
    return [
        tr("Run {run} at step {step:,} on {data}", **facts, data=data)
        + (tr_plural(", {count:,} neuron silenced", ", {count:,} neurons silenced", silenced) if silenced else ""),
        tr("{accuracy} are classified correctly", accuracy=accuracy_words(facts["accuracy"], facts["images"])),
        *filter(None, [facts["remark"]]),
        *(
            f"{class_name(names, label):>{wide}}  {'–' if share is None else with_marks(f'{share:.2%}'):>8}"
            for label, share in enumerate(facts["class_accuracy"])
        ),
        *(tr("Saved {path}", path=path) for path in facts["saved"]),
    ]


def foot_of(prints: "Fingerprints", run: str, silenced: int, whole: float, images: int) -> str:
    """Return the small print of the picture; `run` is its label, `whole` the accuracy on all test `images`."""
    neurons, silent = len(prints.order), len(prints.silent)
    parts = [
        f"{neurons} {tr(prints.kind)}",
        tr("{dead} of them dead", dead=silent),
        *([tr("{silenced} silenced by hand", silenced=silenced)] if silenced else []),
    ]
    of = tr("Run {run} · step {step:,} · hidden layer {layer}", run=run, step=prints.step, layer=prints.view.layer + 1)
    return f"{of}: {', '.join(parts)} · {accuracy_words(whole, images)}"
