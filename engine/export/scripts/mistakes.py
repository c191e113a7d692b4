"""The script of the Mistakes tab: the confusion matrix, the network's calibration, its robustness."""

from engine.core.errors import UserError
from engine.core.knobs import Spec, knob
from engine.data.corruption import CORRUPTIONS
from engine.export.scripts.parts.common import needing, reading
from engine.export.scripts.parts.template import Scene, Script, fitted

ORDER = 15
PAGES = {"confusion": "Confusion", "calibration": "Calibration", "spoil": "Robustness"}
KINDS = {kind: corruption.title for kind, corruption in CORRUPTIONS.items()}


class Settings(Spec):
    """The page, and the images."""

    page: str = knob("confusion", title="Page", choices=PAGES)
    kind: str = knob("noise", title="Kind", choices=KINDS)  # how the images of the page Robustness are corrupted
    label: int = knob(-1, title="Label", within=(-1, 99))  # the actual class of the listed images; -1: any
    answer: int = knob(-1, title="Answer", within=(-1, 99))  # the predicted class of the listed images; -1: any
    temperature: float = knob(1.0, title="Temperature", within=(0.001, 1000.0))
    threshold: float = knob(0.0, title="Confidence threshold", within=(0.0, 1.0))


needs = needing("run", "weights", "data")


def script(scene: Scene[Settings]) -> Script:
    """Return the script; raises `UserError` if there is no such class."""
    settings, network = scene.settings, scene.shown
    for name, number in (("label", settings.label), ("answer", settings.answer)):
        if number >= network.classes:
            raise UserError(f"There is no {name} {number}; the last class is {network.classes - 1}.")
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
