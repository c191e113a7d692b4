"""The command `ideal`: ideal images of the classes, or of neurons, as arrays and as a picture."""

from typing import TYPE_CHECKING, Annotated, Any

from engine.analysis.ideal.spec import IdealSpec
from engine.cli.parts.command import Answer, Given, Knobs, Place, Row, UsageError, command, saved
from engine.cli.parts.terminal import messages
from engine.cli.parts.which import DATASET_HELP, OF_RUN, OfLens, lens_of, numbers, open_data, which
from engine.core.frozen import Frozen
from engine.core.language import mark, tr, with_marks
from engine.core.lazy import np
from engine.core.lens import Neuron
from engine.core.messages import answer, run_through
from engine.core.text import plain

if TYPE_CHECKING:
    from engine.analysis.ideal.job import IdealImages


class Objective(Frozen):
    """The settings of ideal images, and their neurons."""

    layer: Annotated[int | None, "N: the hidden layer of --neurons (default: 1)"] = None
    neurons: Annotated[tuple[int, ...], numbers, "N,N: hidden neurons, counted from 0, for --objective neuron"] = ()
    settings: Annotated[Given, Knobs(IdealSpec)]

    def given(self) -> list[str]:
        """Return the names of the given flags."""
        own = {"layer": self.layer is not None, "neurons": bool(self.neurons)}
        return [*(name for name, is_given in own.items() if is_given), *self.settings]

    def check(self, command: str) -> None:
        """Raise `UsageError` if there are neurons without the objective `neuron`."""
        if self.neurons and self.settings.get("objective") != "neuron":
            raise UsageError(tr("{command}: --neurons is of use only with --objective neuron", command=command))

    def spec(self) -> IdealSpec:
        """Return all settings."""
        return IdealSpec(**self.settings)

    def of_neurons(self) -> list[Neuron]:
        """Return the selected neurons."""
        return [Neuron((self.layer or 1) - 1, number) for number in self.neurons]


@command(90, mark("what the network would like to see most"))
def ideal_command(
    *,
    of: OfLens,
    dataset: Annotated[str | None, f"DATA: for --start mean; {DATASET_HELP}{OF_RUN}"] = None,
    objective: Objective,
    out: Place | None = None,
    picture: Place | None = None,
    json: Annotated[bool, "one JSON object per image; what was minimised is loss + penalty"] = False,
) -> Answer:
    """Paint an ideal image of each class, or of hidden neurons, by gradient descent on the pixels.

    out OUT.npz: arrays images, losses, probabilities, penalties (without their weight), labels for numpy.load
    picture OUT.png: the images on one sheet
    """
    from engine.analysis.ideal.job import IdealImages, paint_ideal, save_ideal
    from engine.analysis.ideal.sheet import export_sheet
    from engine.session.jobs.export import keep_inputs

    objective.check("ideal")
    with which(of) as meant:
        session = meant.session
        for path in filter(None, (out, picture)):
            keep_inputs(session, path)
        spec = objective.spec()
        if spec.start == "mean":
            open_data(session, dataset, meant.run.name)
        job = paint_ideal(session, lens_of(meant, of.silence), spec, objective.of_neurons())
        images = answer(messages(job), IdealImages)
        rows = [_facts(images, place, what) for place, what in enumerate(images.wanted)]
        if out:
            run_through(save_ideal(session, images, out))
            yield saved(out)
        if picture:
            run_through(export_sheet(session, picture, images.sheet()))
            yield saved(picture)
        for facts in rows:
            yield Row(facts, _line(facts))


def _facts(images: "IdealImages", place: int, what: int) -> dict[str, Any]:
    probabilities, image = images.probabilities[place], images.images[place]
    return {
        "class" if images.layer is None else "neuron": what,
        "probability": float(probabilities[what if images.layer is None else probabilities.argmax()]),
        "answer": int(probabilities.argmax()),
        "loss": float(images.losses[place]),
        "penalty": images.spec.weight * float(images.penalties[place]),
        "sum_of_squares": float((image.astype(np.float64) ** 2).sum()),
        "zero_pixels": float((image == 0).mean()),
    }


def _line(facts: dict[str, Any]) -> str:
    (what, name), *_ = facts.items()
    wanted = mark("class {number}") if what == "class" else mark("neuron {number}")
    figures = tr(
        "answer {answer}  probability {probability:.4f}  loss {loss}  penalty {penalty}  "
        "sum of squares {sum_of_squares:.2f}  zero pixels {zero_pixels:.1%}",
        **facts | {name: with_marks(plain(facts[name], ".4f")) for name in ("loss", "penalty")},
    )
    return f"{tr(wanted, number=name)}  {figures}"
