"""The script of the Train tab: the run with its settings, from its first weights on."""

from engine.core.layers.kinds import Dropout
from engine.core.specs import SLOTS, TrainSpec
from engine.export.scripts.parts import common
from engine.export.scripts.parts.template import Parts, Scene, Script, ShownNetwork, comment, fitted
from engine.model.training.schedule import is_scheduled

ORDER = 20
Settings = TrainSpec
needs = common.needing("run", "data")


def script(scene: Scene[TrainSpec]) -> Script:
    """Return the script."""
    network = scene.shown
    spec = network.spec
    learned = common.learned_lines(spec, scene.extras["learned_classes"])
    dropout = [f"tf.keras.layers.Dropout({spec.dropout:.7g})"] if spec.dropout else []
    parts: Parts = {
        "data": common.data_cells(scene.source, "train", "test"),
        "learned": learned,
        "model": common.model_lines(network, dropout),
        "rates": "\n".join(f"rates[{step}:] = {rate:.7g}" for step, rate in network.rates),
        "optimizer": common.optimizer_lines(
            spec, network.rates, by_step=is_scheduled(spec), is_plain=network.plan.is_plain
        ),
        "loss_of": common.loss_cells(network),
        "remarks": comment(" ".join(_remarks(network))),
    }
    return fitted(
        "train",
        [f"The settings: those of run {network.run}." if network.run else ""],
        parts,
        **spec.as_dict(),
        chooses=bool(learned),
        start=scene.files["start"] if network.steps else "",
        has_state=bool(network.steps and SLOTS[spec.optimizer]),
        steps=network.steps,
        loss_name=common.loss_name(spec),
        is_scheduled=is_scheduled(spec),
        has_objective=bool(spec.l2 or spec.smoothing),
        is_plain=network.plan.is_plain,
        variables=common.variables(is_plain=network.plan.is_plain),
        kernels=common.kernels(is_plain=network.plan.is_plain),
    )


def _remarks(network: ShownNetwork) -> list[str]:
    spec, remarks = network.spec, list(network.remarks)
    if spec.dropout or any(isinstance(step.operation, Dropout) for step in network.plan.steps):
        remarks.append("Other neurons sit out a step here than in the application: losses differ a little.")
    augmented = [name for name in ("shift", "rotate", "scale", "noise") if getattr(spec, name)]
    if augmented:
        values = ", ".join(f"{name} {getattr(spec, name):g}" for name in augmented)
        remarks.append(f"Left out here: the application also augments each training image ({values}).")
    return remarks
