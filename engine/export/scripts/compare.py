"""The script of the Compare tab: two networks on the same images, or the road between them."""

from engine.core.errors import UserError
from engine.core.knobs import Spec, knob
from engine.core.specs import loss_words
from engine.export.scripts.parts.common import loss_cells, needing, network_cells, reading
from engine.export.scripts.parts.template import Cell, Scene, Script, comment, fitted, quoted

ORDER = 80
PAGES = {"answers": "Answers", "road": "Road", "layers": "Layers", "neurons": "Neurons", "settings": "Settings"}
ORDERS = {"trained": "as trained", "matched": "matched"}


class Settings(Spec):
    """The page, and the other network."""

    page: str = knob("answers", title="Page", choices=PAGES)
    other: str = knob("", title="Other run")  # by its letter; empty: the same
    other_step: int = knob(0, title="Other snapshot", within=(0, 2**53))
    neurons: str = knob("trained", title="Neurons", choices=ORDERS)  # the order of those of the other network


needs = needing("run", "weights", "other", "data")


def script(scene: Scene[Settings]) -> Script:
    """Return the script; raises `UserError` if there is no road between the two networks."""
    settings, network = scene.settings, scene.shown
    other, is_alike, is_road = scene.extras["other_network"], scene.extras["is_alike"], settings.page == "road"
    if is_road and not is_alike:
        raise UserError(
            f"Runs {network.run} and {other.run} have different layers or numbers of classes, "
            "so there is no road between them.",
            hint="Show the code of another page of Compare.",
        )
    about = other.about.replace("The network:", "The other:", 1)
    is_matched = is_alike and settings.neurons == "matched"
    matched = ", its neurons in the order in which they are most like the one's" if is_matched else ""
    name = "other" if is_road else "weights"
    read = f"{comment(about.rstrip('.') + matched + '.')}\n{name} = dict(np.load({quoted(scene.files['other'])}))"
    return fitted(
        "road" if is_road else "compare",
        [network.about.replace("The network:", "The one:", 1), about],
        {
            **reading(scene, "test"),
            "other": [Cell(read, (name,), is_shared=not is_road)],
            "other_network": network_cells(other),
            "loss_of": loss_cells(network),
        },
        is_alike=is_alike,
        loss_name=loss_words(network.spec.loss),
    )
