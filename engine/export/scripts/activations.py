"""The script of the Activations tab: the output of each layer for one picture."""

from collections.abc import Iterator

from engine.core.knobs import Spec, knob
from engine.core.language import mark
from engine.export.scripts.parts.common import MOST_IMAGES, lens_of, lenses_of, needing, picture_line, reading
from engine.export.scripts.parts.general import IN_NUMPY, identifier, numpy_lines
from engine.export.scripts.parts.general import activations_in as used_in
from engine.export.scripts.parts.template import Cell, Scene, Script, ShownNetwork, fitted

FUNCTION = '''\
def {}(x):
    """Return what the activation function {} makes of sums."""
    return {}'''

ORDER = 40


class Settings(Spec):
    """The picture."""

    image: int = knob(0, title=mark("Image"), within=(0, MOST_IMAGES))  # the number of a test image


needs = needing("run", "weights", "data")


def script(scene: Scene[Settings]) -> Script:
    """Return the script; raises `UserError` if there is no such test image."""
    settings, network = scene.settings, scene.shown
    is_plain = network.plan.is_plain
    used = list(dict.fromkeys(layer.activation for layer in network.hidden)) if is_plain else used_in(network.plan)
    # A function that all layers share needs no name of its own.
    names = {name: identifier(name) if len(used) > 1 or not is_plain else "activate" for name in used}
    lines = [*_layers(network, names)] if is_plain else numpy_lines(network.plan, lenses_of(network))
    functions = [
        Cell(FUNCTION.format(names[name], name, IN_NUMPY[name]), (names[name],), is_shared=True) for name in used
    ]
    functions[1:] = [function._replace(text=f"\n\n{function.text}") for function in functions[1:]]
    return fitted(
        "activations",
        [network.about],
        {
            **reading(scene, *([] if "picture" in scene.files else ["test"])),
            "activate": functions,
            "picture": picture_line(scene, settings.image),
            "layers": "\n".join(lines),
        },
        has_gelu="gelu" in used,
        is_convolutional=is_plain and network.convolutions > 0,
        is_plain=is_plain,
        has_windows=not is_plain and any("windows(" in line for line in lines),
        has_resized=not is_plain and any("resized(" in line for line in lines),
        last=len(network.hidden) + 1,
    )


def _layers(network: ShownNetwork, names: dict[str, str]) -> Iterator[str]:
    """Yield the lines that go through the hidden layers; `names` are those of the activation functions."""
    for number, layer in enumerate(network.hidden, 1):
        is_map = number <= network.convolutions
        kernel = f'weights["layer{number}/kernel"]'
        product = f'np.einsum("ijrcm,ijmn->rcn", patches(x), {kernel})' if is_map else f"x.ravel() @ {kernel}"
        yield f'x = {product} + weights["layer{number}/bias"]'
        yield f"x = {names[layer.activation]}(x){lens_of(network, number)}"
        yield "hidden.append(x)"
        if is_map:
            yield "x = pooled(x)"
