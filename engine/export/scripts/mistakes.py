"""The script of the Mistakes tab: the confusion matrix, the network's calibration, its robustness."""

from engine.core.errors import UserError
from engine.core.knobs import Spec, knob
from engine.core.language import mark, tr
from engine.data.corruption import CORRUPTIONS
from engine.export.scripts.parts.common import needing, reading
from engine.export.scripts.parts.template import Scene, Script, fitted

ORDER = 15
PAGES = {"confusion": mark("Confusion"), "calibration": mark("Calibration"), "spoil": mark("Robustness")}
KINDS = {kind: corruption.title for kind, corruption in CORRUPTIONS.items()}


class Settings(Spec):
    """The page, and the images."""

    page: str = knob("confusion", title=mark("Page"), choices=PAGES)
    kind: str = knob("noise", title=mark("Kind"), choices=KINDS)  # how the images of the page Robustness are corrupted
    label: int = knob(-1, title=mark("Label"), within=(-1, 99))  # the actual class of the listed images; -1: any
    answer: int = knob(-1, title=mark("Answer"), within=(-1, 99))  # the predicted class of the listed images; -1: any
    temperature: float = knob(1.0, title=mark("Temperature"), within=(0.001, 1000.0))
    threshold: float = knob(0.0, title=mark("Confidence threshold"), within=(0.0, 1.0))


needs = needing("run", "weights", "data")


def script(scene: Scene[Settings]) -> Script:
    """Return the script; raises `UserError` if there is no such class."""
    settings, network = scene.settings, scene.shown
    no_label = mark("There is no label {number}; the last class is {last}.")
    no_answer = mark("There is no answer {number}; the last class is {last}.")
    for sentence, number in ((no_label, settings.label), (no_answer, settings.answer)):
        if number >= network.classes:
            raise UserError(tr(sentence, number=number, last=network.classes - 1))
    rows, columns = network.shape
    return fitted(
        "robustness" if settings.page == "spoil" else settings.page,
        [network.about],
        reading(scene, "test"),
        **settings.as_dict(),
        classes=network.classes,
        rows=rows,
        columns=columns,
        middle_y=(rows - 1) / 2,
        middle_x=(columns - 1) / 2,
    )
