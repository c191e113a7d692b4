"""The script of the Draw tab: the answer to one picture, and its explanation."""

from engine.core.errors import UserError
from engine.core.knobs import Spec, knob
from engine.core.language import mark, tr
from engine.export.scripts.parts.common import MOST_IMAGES, learned_lines, loss_cells, needing, picture_line, reading
from engine.export.scripts.parts.template import Code, Scene, Script, fitted

ORDER = 10
METHODS = {"integrated": mark("Integrated gradients"), "gradient": mark("Gradient")}
CHOSEN_BY = {"alike": mark("Most alike"), "for": mark("Spoke for it"), "against": mark("Spoke against it")}


class Settings(Spec):
    """The picture, and the method that explains its answer."""

    image: int = knob(0, title=mark("Image"), within=(0, MOST_IMAGES))  # the number of a test image
    method: str = knob("integrated", title=mark("Method"), choices=METHODS)
    by: str = knob("alike", title=mark("Training images"), choices=CHOSEN_BY)
    # The class that the answer is held against; -1: none.
    against: int = knob(-1, title=mark("Against"), within=(-1, 99))


needs = needing("run", "weights", "data")


def script(scene: Scene[Settings]) -> Script:
    """Return the script; raises `UserError` if there is no such test image, or no such class."""
    settings, network = scene.settings, scene.shown
    picture = picture_line(scene, settings.image)
    if settings.against >= network.classes:
        number, last = settings.against, network.classes - 1
        raise UserError(tr("The network knows no class {number}; the last is {last}.", number=number, last=last))
    learned = learned_lines(network.spec, scene.extras["learned_classes"])
    which = ["train"] if "picture" in scene.files else ["train", "test"]
    # Where the outputs do not read the last hidden layer, images have no influence: they are chosen by similarity.
    is_last, is_alike = not network.plan.is_dense, bool(network.hidden) and not network.plan.reads_last
    return fitted(
        "draw",
        [network.about],
        {**reading(scene, *which), "picture": picture, "learned": learned, "loss_of": loss_cells(network)},
        **settings.as_dict() | {"by": "alike" if is_alike else settings.by},
        is_last=is_last,
        last=f"layer{len(network.hidden) + 1}/",
        index=network.plan.last_hidden - len(network.hidden),  # -1 where it has the last number
        over="of the last layer" if is_last else "over all layers",  # no text
        chooses=bool(learned),
        images=Code("train_images[chosen]" if learned else "train_images"),
        labels=Code("learned_labels" if learned else "train_labels"),
        first=scene.source.first,
    )
