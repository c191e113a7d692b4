"""The one setting in which twins differ: its possible values, and when it takes effect."""

from collections.abc import Mapping
from typing import NamedTuple

from engine.core.errors import UserError
from engine.core.knobs import Knob, Value, in_sentence, knobs
from engine.core.language import mark, tr, untranslated
from engine.core.layers.kinds import is_plain, mapped
from engine.core.layers.language import as_text, parse_layers
from engine.core.specs import TrainSpec, read_setting, say_setting

FIXED = ("layers", "batch")  # settings that a run shares with the one from whose moment it continues
LONGEST_TITLE = 60  # letters of a run's title

AT_ONCE = mark("From the first step on they differ.")

# When a setting takes effect, if not in the first step.
ACTS = {
    "layers": mark("They differ from the start: other layers have other weights."),
    "initial": mark("They differ from the start: other initial weights, the same images."),
    "seed": mark("They differ from the start: other initial weights, and the images in another order."),
    "batch": mark("From the first step on they differ, and an epoch has another number of steps."),
    "epochs": mark("It acts where the shorter one ends. Until then they are the same, to the bit."),
    "stop_at": mark("It acts where the accuracy is reached. Until then they are the same, to the bit."),
    "momentum": mark("From the second step on they differ: the first has nothing to keep."),
    **dict.fromkeys(("schedule", "warmup"), mark("They differ from the first step on that has another learning rate.")),
    "wrong_labels": mark(
        "It acts with the first image that has another label. Until then they are the same, to the bit."
    ),
    **dict.fromkeys(
        ("images", "validation", "classes"),
        mark("It acts with the first batch of other images. Until then they are the same, to the bit."),
    ),
}

# The same for twins that begin at a snapshot, where it differs.
ON_THE_WAY = {
    "seed": mark("From the first step on they differ: the images come in another order."),
    "momentum": AT_ONCE,
}

STRETCHED = mark(
    "They differ from the first step on that has another learning rate: the rate schedule lasts all epochs."
)


class Changed(NamedTuple):
    """A setting of a training by its name, and its other value."""

    setting: str
    value: Value

    @property
    def knob(self) -> Knob:
        """The declaration of the setting."""
        return knobs(TrainSpec)[self.setting]

    def applied(self, spec: TrainSpec) -> TrainSpec:
        """Return the settings with the other value."""
        return spec.but(**{self.setting: self.value})

    def title(self, spec: TrainSpec) -> str:
        """Return the title that distinguishes a run with `spec` from its twin: `learning rate 0.3`."""
        with untranslated():  # it is kept in the session
            title = f"{in_sentence(self.knob.title)} {say_setting(self.setting, getattr(spec, self.setting))}"
        return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"

    def acts(self, spec: TrainSpec, *, on_the_way: bool) -> str:
        """Return a sentence on when twins of a run with `spec` diverge; `on_the_way` if they begin at a snapshot."""
        if self.setting == "epochs" and spec.schedule != "constant":
            return tr(STRETCHED)
        usual = ACTS.get(self.setting, AT_ONCE)
        return tr(ON_THE_WAY.get(self.setting, usual) if on_the_way else usual)

    def check(self, spec: TrainSpec, *, on_the_way: bool) -> None:
        """Raise `UserError` where the setting cannot differ from `spec`, or makes no difference."""
        title = self.knob.title
        if on_the_way and self.setting in FIXED:
            sentence = tr("{title} cannot change on the way.", title=title)
            raise UserError(sentence, hint=tr("Split from the start instead, or choose another setting."))
        if on_the_way and self.setting == "initial":
            sentence = tr("Initial weights act at the start alone.")
            raise UserError(sentence, hint=tr("Split from the start instead, or choose another setting."))
        if self.setting == "momentum" and spec.optimizer != "momentum":
            sentence = tr("Momentum acts with the optimiser Momentum alone.")
            raise UserError(sentence, hint=tr("Choose another setting."))
        if self.applied(spec) == spec:
            value = say_setting(self.setting, getattr(spec, self.setting))
            raise UserError(
                tr("{title} is {value} already, so the twins would not differ.", title=title, value=value),
                hint=tr("Choose another value."),
            )


def read_changed(text: str) -> Changed:
    """Parse `learning-rate=0.3`, a setting and its other value; raise `UserError` for anything else."""
    setting, value = read_setting(text, mark("“{text}” is no setting with its value."), "learning-rate=0.3")
    return Changed(setting.name, setting.parse(value))


def suggested(name: str, spec: TrainSpec) -> Value:
    """Return another value of a setting to try: one with a visible effect, or the default where it is changed."""
    knob, now = knobs(TrainSpec)[name], getattr(spec, name)
    if knob.choices:
        values = list(knob.choices)
        return values[(values.index(now) + 1) % len(values)]
    if name == "layers":
        other = as_text(mapped(parse_layers(spec.layers), lambda layer: layer.but(width=max(1, layer.width // 2))))
        return other if other and other != spec.layers and is_plain(spec.network) else "100"
    if name in TRIED:
        return TRIED[name] if now == knob.default else knob.default
    if name == "learning_rate":
        return float(f"{min(3 * now, knob.maximum) if 3 * now < knob.maximum else now / 3:.2g}")
    return now + 1 if name == "seed" and now < knob.maximum else max(1, min(2 * now, int(knob.maximum)))


# The suggestions for settings that have their default.
TRIED: Mapping[str, Value] = {
    "stop_at": 0.95,
    "momentum": 0.5,
    "warmup": 1.0,
    "dropout": 0.3,
    "l2": 0.0001,
    "decay": 0.01,
    "smoothing": 0.1,
    "shift": 2,
    "rotate": 10.0,
    "scale": 0.1,
    "noise": 0.1,
    "images": 1000,
    "wrong_labels": 0.3,
    "classes": "0-4",
}
