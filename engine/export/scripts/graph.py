"""The script of the Graph tab: the operations that TensorFlow traced, and the tensors between them."""

import textwrap

from engine.core.errors import UserError
from engine.core.knobs import Spec, knob
from engine.core.language import mark, tr
from engine.export.scripts.parts import common
from engine.export.scripts.parts.general import IN_TENSORFLOW
from engine.export.scripts.parts.template import Code, Scene, Script, fitted

STEP_OF = {
    "warmup": "one step of the warm-up",  # no text
    "network": "a network's answer",  # no text
    "training": "one step of training",  # no text
}

# The sentences that these become, which a notebook has in the language.
SENTENCES = (
    mark("Show the computation graph of one step of the warm-up."),
    mark("Show the computation graph of a network's answer."),
    mark("Show the computation graph of one step of training."),
)

ORDER = 90
SUBJECTS = {
    "warmup": mark("Warm-up"),
    "network": mark("Network"),
    "training": mark("Training step"),
    "links": mark("Strongest connections"),
}


class Settings(Spec):
    """The function that is traced, or the test image whose connections are shown."""

    of: str = knob("warmup", title=mark("Of"), choices=SUBJECTS)
    image: int = knob(0, title=mark("Image"), within=(0, common.MOST_IMAGES))


def needs(settings: Settings) -> frozenset[str]:
    """Return the names of what the scene has to hold."""
    if settings.of == "links":
        return frozenset({"run", "weights", "data"})
    return frozenset() if settings.of == "warmup" else frozenset({"run"})


def script(scene: Scene[Settings]) -> Script:
    """Return the script; raises `UserError` for a missing test image, and for links of other layers."""
    settings = scene.settings
    step_of = STEP_OF.get(settings.of, "")
    if settings.of == "warmup":
        return fitted("graph", of=settings.of, step_of=step_of)
    network = scene.shown
    spec, (rows, columns) = network.spec, network.shape
    if settings.of == "links":
        return _links(scene, settings)
    is_training = settings.of == "training"
    dropout = [f"tf.keras.layers.Dropout({spec.dropout:.7g})"] if spec.dropout and is_training else []
    return fitted(
        "graph",
        [network.about],
        {
            "model": common.model_lines(network, dropout),
            "optimizer": common.optimizer_lines(spec, is_plain=network.plan.is_plain),
            "loss_of": common.loss_cells(network),
        },
        of=settings.of,
        step_of=step_of,
        rows=rows,
        columns=columns,
        l2=spec.l2,
        smoothing=spec.smoothing,
        variables=common.variables(is_plain=network.plan.is_plain),
        kernels=Code("variables[::2]" if network.plan.is_plain else "kernels"),
        is_plain=network.plan.is_plain,
    )


def _links(scene: Scene[Settings], settings: Settings) -> Script:
    if not scene.shown.plan.is_plain:
        sentence = tr("The code of the strongest connections is there for dense layers and plain convolutions alone.")
        raise UserError(sentence, hint=tr("Show the code of another graph."))
    network, several = scene.shown, common.activation_list(scene.shown)
    shared = common.activation_of(network, 1) if network.hidden else IN_TENSORFLOW[network.spec.activation]
    changed = [number for number, change in enumerate(network.passed, 1) if change is not None]
    passed = {number: common.lens_names(network, number)[0] for number in changed}
    added = {number: common.lens_names(network, number)[1] for number in changed if common.adds(network, number)}
    return fitted(
        "links",
        [network.about],
        {
            **common.reading(scene, *([] if "picture" in scene.files else ["test"])),
            "changes": f"{_assigned('passed', passed)}\n{_assigned('added', added)}",
            "picture": common.picture_line(scene, settings.image),
            "activations": f"activations = {several}" if several else "",
        },
        layers=len(network.hidden) + 1,
        activation=Code("activations[n - 1]" if several else shared),
    )


def _assigned(name: str, values: dict[int, str]) -> str:
    """Return the lines that make a dictionary with a value for each layer."""
    text = f"{name} = {{{', '.join(f'{layer}: {value}' for layer, value in values.items())}}}"
    return textwrap.fill(text, common.WIDTH, subsequent_indent="    ", break_long_words=False)
