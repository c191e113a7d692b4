"""One setting that is changed where two runs are to differ in nothing else: what it may be, and when it acts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from engine.base.errors import UserError
from engine.base.knobs import Value, in_sentence, knobs
from engine.base.specs import TrainSpec, say_setting

if TYPE_CHECKING:
    from engine.base.knobs import Knob

FIXED = ("layers", "batch")
"""Settings that a run which goes on from another's moment must share with it."""

LONGEST_TITLE = 60
"""Letters of a run's title."""

AT_ONCE, EVER = "From the first step on they differ.", "Until then they are the same, to the bit."

ACTS = {
    "layers": "They differ from the start: other layers have other weights.",
    "initial": "They differ from the start: other initial weights, the same images.",
    "seed": "They differ from the start: other initial weights, and the images in another order.",
    "batch": "From the first step on they differ, and an epoch has another number of steps.",
    "epochs": f"It acts where the shorter one ends. {EVER}",
    "stop_at": f"It acts where the accuracy is reached. {EVER}",
    "wrong_labels": f"It acts with the first image that has another label. {EVER}",
    "images": f"It acts with the first batch of other images. {EVER}",
    "classes": f"It acts with the first batch of other images. {EVER}",
}
"""When a setting acts, where it is not in the first step."""

ON_THE_WAY = {
    "seed": "From the first step on they differ: the images come in another order.",
}
"""The same for twins that begin at a snapshot, where that is something else."""


def read_changed(text: str) -> Changed:
    """Read `learning-rate=0.3`, a setting and its other value; raise `UserError` where it is none."""
    name, is_there, value = text.partition("=")
    known = knobs(TrainSpec)
    setting = known.get(name.strip().replace("-", "_"))
    if not is_there or setting is None:
        raise UserError(
            f"“{text}” is no setting with its value.",
            hint=f"Write learning-rate=0.3. There are {', '.join(known)}.",
        )
    return Changed(setting.name, setting.parse(value))


class Changed(NamedTuple):
    """A setting of a training by its name, and its other value."""

    setting: str
    value: Value

    @property
    def knob(self) -> Knob:
        """What the setting is."""
        return knobs(TrainSpec)[self.setting]

    def applied(self, spec: TrainSpec) -> TrainSpec:
        """Return the settings with the other value."""
        return spec.but(**{self.setting: self.value})

    def title(self, spec: TrainSpec) -> str:
        """Return what tells a run with `spec` from its twin: `learning rate 0.3`."""
        said = f"{in_sentence(self.knob.title)} {say_setting(self.setting, getattr(spec, self.setting))}"
        return said if len(said) <= LONGEST_TITLE else f"{said[: LONGEST_TITLE - 1]}…"

    def acts(self, *, on_the_way: bool) -> str:
        """Say when twins part; `on_the_way`: they begin at a snapshot, not with initial weights."""
        usual = ACTS.get(self.setting, AT_ONCE)
        return ON_THE_WAY.get(self.setting, usual) if on_the_way else usual

    def check(self, spec: TrainSpec, *, on_the_way: bool) -> None:
        """Raise `UserError` where the setting cannot be another one than in `spec`, or would make no difference."""
        title = self.knob.title
        if on_the_way and self.setting in FIXED:
            raise UserError(
                f"{title} cannot change on the way.",
                hint="Split from the start instead, or choose another setting.",
            )
        if on_the_way and self.setting == "initial":
            raise UserError(
                "Initial weights act at the start alone.",
                hint="Split from the start instead, or choose another setting.",
            )
        if self.applied(spec) == spec:
            said = say_setting(self.setting, getattr(spec, self.setting))
            raise UserError(
                f"{title} is {said} already, so the twins would not differ.", hint="Choose another value."
            )
