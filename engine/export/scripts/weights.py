"""The script of the Weights tab: the incoming weights of each neuron of a layer, as pictures."""

from itertools import pairwise

from engine.core.errors import UserError
from engine.core.knobs import Spec, knob
from engine.core.language import mark, tr, tr_plural
from engine.core.layers.kinds import ConvLayer
from engine.export.scripts.parts.common import MOST_LAYERS, factors, lens_cells, weight_cells
from engine.export.scripts.parts.template import Cell, Scene, Script, ShownNetwork, fitted
from engine.model.network.paths import dense_path

PICTURES_OF = '''\
def pictures_of(weights):
    """Return a picture for each neuron of layer {}, as (neurons, rows, columns)."""
    {}'''

ORDER = 50
VIEWS = {"pixels": mark("Pixels"), "inputs": mark("Inputs")}


class Settings(Spec):
    """The layer, the kind of its pictures, and the moment whose weights are subtracted."""

    layer: int = knob(1, title=mark("Layer"), within=(1, MOST_LAYERS))  # from 1; the last are the classes
    view: str = knob("pixels", title=mark("View"), choices=VIEWS)
    against: int = knob(-1, title=mark("Against"), within=(-1, 2**53))  # less the weights of this snapshot; -1: of none


def needs(settings: Settings) -> frozenset[str]:
    """Return the names of what the scene has to hold."""
    return frozenset({"run", "weights", *(["before"] if settings.against >= 0 else [])})


def script(scene: Scene[Settings]) -> Script:
    """Return the script; raises `UserError` if there is no such layer."""
    settings, network = scene.settings, scene.shown
    layers = len(network.hidden) + 1
    if settings.layer > layers:
        raise UserError(
            tr("Run {run} has no layer {layer}.", run=network.run, layer=settings.layer),
            hint=tr_plural("It has {count} layer.", "It has {count} layers.", layers),
        )
    lines, uses_lens = _pictures(network, settings)
    pictures_of = PICTURES_OF.format(settings.layer, "\n    ".join(lines))
    return fitted(
        "weights",
        [network.about],
        {
            "lens": lens_cells(network, is_linear=True) if uses_lens else "",
            "pictures_of": [Cell(pictures_of, ("pictures_of",), is_shared=True)],
            "weights": weight_cells(scene.files["weights"]),
        },
        layer=settings.layer,
        against=scene.files.get("before", ""),
        step=int(scene.extras.get("against_step", 0)),
        aspect="auto" if settings.view == "inputs" else "equal",
    )


def _pictures(network: ShownNetwork, settings: Settings) -> tuple[list[str], bool]:
    """Return the body of `pictures_of`, and whether it uses the lens."""
    if not network.plan.is_plain:
        return _of_any(network, settings)
    layer, first = settings.layer, network.convolutions + 1
    kernel = f'kernel = weights["layer{layer}/kernel"]'
    if layer < first:
        lines = [
            "return kernel.mean(axis=2).transpose(2, 0, 1)  # averaged over the maps before",
            "return kernel.transpose(3, 0, 2, 1).reshape(kernel.shape[3], 3, -1)  # of each map before, in one row",
        ]
        return [f"{kernel}  # (3, 3, maps before, maps)", lines[settings.view == "inputs"]], False
    if layer > first and settings.view == "inputs":
        return [f"{kernel}  # (neurons before, neurons)", "return kernel.T[:, np.newaxis, :]  # in one row"], False
    lines, uses_lens = [f'kernel = weights["layer{first}/kernel"]'], False
    for number in range(first, layer):
        change = network.passed[number - 1]
        uses_lens |= change is not None
        lens = "" if change is None else f" * {factors(network, number)}"
        what = "  # as if nothing were bent between" if number == first else ""
        lines.append(f'kernel = (kernel{lens}) @ weights["layer{number + 1}/kernel"]{what}')
        lines[-1] = lines[-1] if lens else lines[-1].replace("(kernel)", "kernel")
    rows, columns, maps = network.places
    if network.convolutions:
        lines.append(f"kernel = kernel.reshape({rows * columns}, {maps}, -1).mean(axis=1)  # over the feature maps")
    return [*lines, f"return kernel.T.reshape(-1, {rows}, {columns})"], uses_lens


def _of_any(network: ShownNetwork, settings: Settings) -> tuple[list[str], bool]:
    """Return what `_pictures` does, for a network of any layers."""
    plan, layer = network.plan, settings.layer
    number = layer - 1 if layer <= len(network.hidden) else -1
    own, kernel = plan.with_kernels[number].operation, f'kernel = weights["layer{layer}/kernel"]'
    if isinstance(own, ConvLayer):
        lines = [f"{kernel}  # (rows, columns, maps that each reads, maps)"]
        if own.is_depthwise:
            lines = [f"{kernel}.reshape({own.kernel[0]}, {own.kernel[1]}, 1, -1)  # each reads one map"]
        if settings.view == "inputs":
            wide = f"kernel.transpose(3, 0, 2, 1).reshape(-1, {own.kernel[0]}, kernel.shape[1] * kernel.shape[2])"
            return [*lines, f"return {wide}  # side by side"], False
        return [*lines, "return kernel.mean(axis=2).transpose(2, 0, 1)  # averaged over the maps before"], False
    path = dense_path(plan, number)
    shape = plan.read_by(path[0])
    rows, columns, maps = (*shape, 1, 1)[:3]
    is_broken = len(path) > 1 and (settings.view == "inputs" or plan.hidden[path[0]].norm is not None)
    if len(shape) == 1 or is_broken:
        return [f"{kernel}  # (values before, neurons)", "return kernel.T[:, np.newaxis, :]  # in one row"], False
    lines, uses_lens = [f'kernel = weights["layer{path[0] % len(plan.with_kernels) + 1}/kernel"]'], False
    for before, after in pairwise(place % len(plan.with_kernels) + 1 for place in path):
        change = network.passed[before - 1]
        uses_lens |= change is not None
        passed = "kernel" if change is None else f"(kernel * {factors(network, before)})"
        what = "  # as if nothing were bent between" if before == path[0] + 1 else ""
        lines.append(f'kernel = {passed} @ weights["layer{after}/kernel"]{what}')
    if maps > 1:
        lines.append(f"kernel = kernel.reshape({rows * columns}, {maps}, -1).mean(axis=1)  # over the feature maps")
    return [*lines, f"return kernel.T.reshape(-1, {rows}, {columns})"], uses_lens
