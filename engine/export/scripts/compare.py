"""The script of the Compare tab: two networks on the same images, or the road between them."""

from engine.core.errors import UserError
from engine.core.knobs import Spec, knob
from engine.core.language import mark, tr
from engine.export.scripts.parts.common import loss_cells, loss_name, needing, network_cells, reading
from engine.export.scripts.parts.template import Cell, Scene, Script, comment, fitted, quoted

ORDER = 80
PAGES = {
    "answers": mark("Answers"),
    "road": mark("Road"),
    "layers": mark("Layers"),
    "neurons": mark("Neurons"),
    "settings": mark("Settings"),
}
ORDERS = {"trained": mark("as trained"), "matched": mark("matched")}


class Settings(Spec):
    """The page, and the other network."""

    page: str = knob("answers", title=mark("Page"), choices=PAGES)
    other: str = knob("", title=mark("Other run"))  # by its letter; empty: the same
    other_step: int = knob(0, title=mark("Other snapshot"), within=(0, 2**53))
    neurons: str = knob("trained", title=mark("Neurons"), choices=ORDERS)  # the order of those of the other network


needs = needing("run", "weights", "other", "data")


def script(scene: Scene[Settings]) -> Script:
    """Return the script; raises `UserError` if there is no road between the two networks."""
    settings, network = scene.settings, scene.shown
    other, is_alike, is_road = scene.extras["other_network"], scene.extras["is_alike"], settings.page == "road"
    if is_road and not is_alike:
        raise UserError(
            tr(
                "Runs {run} and {other} have different layers or numbers of classes, so there is no road between them.",
                run=network.run,
                other=other.run,
            ),
            hint=tr("Show the code of another page of Compare."),
        )
    about = other.about.replace("The network:", "The other:", 1)  # no text
    is_matched = is_alike and settings.neurons == "matched"
    matched = ", its neurons in the order in which they are most like the one's" if is_matched else ""  # no text
    name = "other" if is_road else "weights"
    read = f"{comment(about.rstrip('.') + matched + '.')}\n{name} = dict(np.load({quoted(scene.files['other'])}))"
    return fitted(
        "road" if is_road else "compare",
        [network.about.replace("The network:", "The one:", 1), about],  # no text
        {
            **reading(scene, "test"),
            "other": [Cell(read, (name,), is_shared=not is_road)],
            "other_network": network_cells(other),
            "loss_of": loss_cells(network),
        },
        is_alike=is_alike,
        loss_name=loss_name(network.spec),
    )
