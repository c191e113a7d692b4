"""The script of the Mistakes tab: the confusion matrix, the network's calibration, its robustness."""

from engine.core.errors import UserError
from engine.core.knobs import Spec, knob
from engine.data.corruption import CORRUPTIONS
from engine.export.scripts.parts.common import needing, reading
from engine.export.scripts.parts.template import Scene, Script, fitted

# Of the pages' scripts.
FILES = {"confusion": "confusion", "calibration": "calibration", "spoil": "robustness"}

ORDER = 15
PAGES = {"confusion": "Confusion", "calibration": "Calibration", "spoil": "Robustness"}
KINDS = {kind: corruption.title for kind, corruption in CORRUPTIONS.items()}


class Settings(Spec):
    """The page, and the images."""

    page: str = knob("confusion", title="Page", help="What is shown of the mistakes.", choices=PAGES)
    kind: str = knob(
        "noise", title="Kind", help="How the test images of the page Robustness are corrupted.", choices=KINDS
    )
    label: int = knob(-1, title="Label", help="The actual class of the listed images; -1: any.", within=(-1, 99))
    answer: int = knob(-1, title="Answer", help="The predicted class of the listed images; -1: any.", within=(-1, 99))
    temperature: float = knob(1.0, title="Temperature", help="What the logits are divided by.", within=(0.001, 1000.0))
    threshold: float = knob(
        0.0,
        title="Confidence threshold",
        help="The least confidence with which the network does not abstain.",
        within=(0.0, 1.0),
    )


needs = needing("run", "weights", "data")


def script(scene: Scene[Settings]) -> Script:
    """Return the script; raises `UserError` if there is no such class."""
    settings, network = scene.settings, scene.shown
    for name, number in (("label", settings.label), ("answer", settings.answer)):
        if number >= network.classes:
            raise UserError(f"There is no {name} {number}; the last class is {network.classes - 1}.")
    rows, columns = network.shape
    return fitted(
        FILES[settings.page],
        [network.about],
        reading(scene, "test"),
        **settings.as_dict(),
        classes=network.classes,
        rows=rows,
        columns=columns,
        middle_y=(rows - 1) / 2,
        middle_x=(columns - 1) / 2,
    )
