"""The command `activations`: the activations of each layer for one test image, for NumPy, and in a line each."""

from typing import Any

from engine.cli.parts.command import Answer, Place, Row, attributes, command, jsonable, saved
from engine.cli.parts.which import Count, Json, OfLens, RunsDataset, seen
from engine.core.errors import UserError
from engine.core.language import mark, tr, with_marks
from engine.core.messages import answer, run_through
from engine.core.text import class_name, fitted, in_columns


@command(55, mark("what each layer makes of one test image"))
def activations_command(
    *, image: Count = 0, of: OfLens, dataset: RunsDataset = None, out: Place | None = None, json: Json = False
) -> Answer:
    """Tell what each hidden layer makes of one test image: how many of its values are above zero, their mean, the
    largest and which unit has it, and the answer; all activations for NumPy with --out.

    image N: which test image, from 0
    out OUT.npz: arrays picture, layer1 (neurons, or rows x columns x maps), layer2 ..., logits, probabilities for
        numpy.load
    """
    from engine.analysis.probes.activations import ImageActivations, image_activations
    from engine.model.training.learned import answer_names, remark_on
    from engine.session.jobs.export import export_arrays

    with seen(of, dataset) as (session, run, lens):
        images = len(session.data().test_images)
        if image >= images:
            raise UserError(tr("There is no test image {image:,}; the last is {last:,}.", image=image, last=images - 1))
        message = answer(image_activations(session, lens, image, None), ImageActivations)
        names, remark = answer_names(session.data(), run), remark_on(session.data(), run)
        if out:
            layers = {f"layer{place}": values for place, values in enumerate(message.hidden, 1)}
            outputs = {"logits": message.logits, "probabilities": message.probabilities}
            run_through(export_arrays(session, {"picture": message.picture, **layers, **outputs}, out))
    label = int(message.logits.argmax())
    facts = {
        **attributes(message, "run", "step"),
        "picture": message.about,
        "layers": [
            {
                "shape": list(values.shape),
                "above_zero": (values > 0).mean(),
                "mean": jsonable(values.mean()),
                "most": jsonable(values.max()),
                "strongest": int(values.max(axis=tuple(range(values.ndim - 1))).argmax()),
            }
            for values in message.hidden
        ],
        "answer": label,
        "name": class_name(names, label),
        "remark": remark,
        "logits": message.logits,
        "probabilities": jsonable(message.probabilities),
    }
    yield Row(facts, _lines(facts))
    if out:
        yield saved(out)


def _lines(facts: dict[str, Any]) -> list[str]:
    share = _figure(facts["probabilities"][facts["answer"]])
    heads = tr("layer"), tr("shape"), tr("above zero"), tr("mean"), tr("most"), tr("at")
    forms = fitted((">5", ">12", ">10", ">8", ">8", "<0"), [heads])
    return [
        tr("Run {run} at step {step:,}: {picture}", **facts),
        *filter(None, [facts["remark"]]),
        in_columns(forms, heads),
        *(with_marks(in_columns(forms, _cells(place, layer))) for place, layer in enumerate(facts["layers"], 1)),
        tr("Predicted {class_name}: {probability}", class_name=facts["name"], probability=with_marks(share)),
    ]


def _cells(place: int, layer: dict[str, Any]) -> list[str]:
    shape, share = "×".join(map(str, layer["shape"])), f"{layer['above_zero']:.1%}"
    return [f"{place}", shape, share, _figure(layer["mean"]), _figure(layer["most"]), f"{layer['strongest']}"]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
