"""The script of the Ideal images tab: gradient descent on the pixels of all images at once."""

from engine.analysis.ideal.parts import DUAL_ITERATIONS
from engine.analysis.ideal.spec import IdealSpec
from engine.core.errors import UserError
from engine.core.knobs import knob
from engine.core.language import mark, tr
from engine.export.scripts.parts.common import MOST_LAYERS, network_cells, reading
from engine.export.scripts.parts.template import Code, Scene, Script, fitted

COMPILED = "tf.function(jit_compile=True)  # compiled by XLA: several times as fast"  # no text

ORDER = 60


class Settings(IdealSpec):
    """The settings of ideal images, and the layer of the neurons."""

    layer: int = knob(1, title=mark("Layer"), within=(1, MOST_LAYERS))  # the hidden layer of the wanted neurons


def needs(settings: Settings) -> frozenset[str]:
    """Return the names of what the scene has to hold."""
    return frozenset({"run", "weights", *(["data"] if settings.start == "mean" else [])})


def script(scene: Scene[Settings]) -> Script:
    """Return the script; raises `UserError` if there are no such neurons."""
    spec, network = scene.settings, scene.shown
    neurons, is_neuron = _neurons(scene, spec), spec.objective == "neuron"
    rows, columns = network.shape
    return fitted(
        "ideal",
        [network.about],
        {
            **reading(scene, *(["test"] if spec.start == "mean" else [])),
            "network": network_cells(network, spec.layer - 1 if is_neuron else None),
        },
        **spec.as_dict(),
        has_seed=bool(spec.shift or spec.start == "noise"),
        spread=2 * spec.shift + 1,
        neurons=neurons,
        what="neuron" if is_neuron else "class",
        classes=network.classes,
        rows=rows,
        columns=columns,
        iterations=Code(f"{DUAL_ITERATIONS}.0"),
        function=Code(COMPILED if network.plan.is_dense else "tf.function"),
    )


def _neurons(scene: Scene[Settings], spec: Settings) -> list[int]:
    network, neurons = scene.shown, [int(number) for number in scene.extras.get("neurons", (0,))]
    if spec.objective != "neuron":
        return []
    if not neurons:
        raise UserError(tr("No neuron is chosen to paint an ideal image of."), hint=tr("Choose one."))
    if spec.layer > len(network.hidden) or not all(0 <= n < network.hidden[spec.layer - 1].width for n in neurons):
        raise UserError(
            tr("The network has no hidden neuron {neuron} in layer {layer}.", neuron=max(neurons), layer=spec.layer)
        )
    return neurons
