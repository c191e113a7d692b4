"""The health of a run: its worst problem in one sentence, with a remedy that one click applies.

Each remedy is one that helped when it was tried (`python main.py bench --health`).
"""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from engine.core.knobs import Value
from engine.core.language import mark, tr, tr_plural
from engine.core.layers.kinds import HiddenLayer, hidden_in, mapped
from engine.core.layers.language import as_text, parse_layers
from engine.core.lazy import np
from engine.core.specs import USUAL_RATES, TrainSpec
from engine.core.text import all_of, in_percent
from engine.model.training.epochs import Epochs
from engine.model.training.messages import Ailment, Diagnosis, EpochDone, Parent
from engine.model.training.schedule import rate_factors

CHANCE = 0.1  # default accuracy of always answering the most frequent class
GUESSING, LEARNED_SOMETHING = 0.05, 0.2  # up to this above chance it is guessing, from this on surely not
STILL_GUESSING = 3  # epochs that a healthy run may guess, unless its loss is above that of guessing
ABOVE_GUESSING = 1.5  # a training loss of this many times the loss of guessing is due to too large steps
COLLAPSED = 0.5  # a collapsed run has less than this share of its best accuracy above chance
DIVERGED, WORSE = 2.0, 1.5  # multiples of the best training and test loss that are diverging
PLATEAU, PLATEAU_EPOCHS = 0.01, 5  # a loss that moves by less than this share over that many epochs is stuck
HARDLY = 0.05  # the same share where dropout, L2 or weight decay are so strong that they are the likely reason
LEARNED = 0.02  # below this training loss there is nothing left to learn, so it is no plateau
MANY_DEAD, MOST_DEAD = 0.15, 0.5  # from these shares on, dead neurons are mentioned and may cost accuracy
# Dead neurons cost accuracy while the losses are above this share of the loss of guessing, and above `STALLED` times
# their values this many epochs ago.
UNLEARNED, STALLED, STALLED_EPOCHS = 0.2, 0.8, 3
# Overfitting: the test loss is lately this many times its best value, and since then its mean has risen and that of the
# training loss fallen, each by more than this many standard deviations.
RISEN, SURE = 1.1, 3.0
STRONG_DROPOUT, STRONG_L2 = 0.7, 0.01  # from here on they are the likely reason why a run does not learn,
MILD_DROPOUT, MILD_L2 = 0.3, 1e-4  # ... and the remedy replaces them by these
STRONG_DECAY, MILD_DECAY = 2e-3, 2e-5  # the same of weight decay times the learning rate
AUGMENTATION: dict[str, Value] = {"shift": 2, "rotate": 10.0}  # against overfitting; digits keep their class
FAR = 3  # a learning rate is wrong when it is this many times above or below the usual one

# The live knobs, and their values in the words of a remedy.
LIVE: dict[str, Callable[[float], str]] = {
    "learning_rate": lambda value: tr("learning rate {rate:g}", rate=value),
    "dropout": lambda value: tr("{share} dropout", share=in_percent(value)),
    "l2": lambda value: tr("L2 {rate:g}", rate=value),
    "decay": lambda value: tr("weight decay {rate:g}", rate=value),
    "smoothing": lambda value: tr("{share} label smoothing", share=in_percent(value)),
}
SATURATING = ("tanh", "sigmoid")


def diagnose(
    run: str,
    spec: TrainSpec,
    epochs: Sequence[EpochDone],
    *,
    changes: Sequence[tuple[int, str, float]] = (),
    finite: bool = True,
    chance: float = CHANCE,
    moments: Collection[int] | None = None,
) -> Diagnosis:
    """Return the run's worst problem, or that it is healthy.

    `changes` are those of live settings (step, setting, value), `epochs` the history, `finite` whether all losses and
    weights are numbers. `chance` is the accuracy of the most frequent class. `moments` are the steps from which a
    remedy can continue, by default those of all epochs.
    """
    if moments is None:
        moments = {epoch.step for epoch in epochs}
    table = epochs if isinstance(epochs, Epochs) else Epochs(epochs)
    case = _Case(run, spec, list(changes), table, chance, moments)
    if not finite:
        return _not_finite(case)
    checks: tuple[_Check, ...] = (_at_chance, _collapsed, _diverging, _plateau, _dead, _overfitting)
    if finding := next((finding for check in checks if epochs for finding in check(case)), None):
        return finding
    dead = _most_dead(case.last) if case.epochs else None
    sentence = tr("Learning as it should.")
    if dead and dead.share > MANY_DEAD:
        sentence += " " + tr("{dead}; the others suffice.", dead=dead.words)
    return Diagnosis(run=run, ailment="healthy", sentence=sentence)


def treatment(diagnosis: Diagnosis, spec: TrainSpec) -> tuple[TrainSpec, Parent | None]:
    """Return settings and parent, if any, of the new run that the remedy starts; `spec` is of the diagnosed run now."""
    parent = None if diagnosis.resume is None else Parent(diagnosis.run, diagnosis.resume)
    return spec.but(**diagnosis.changes), parent


class _Case(NamedTuple):
    run: str
    start: TrainSpec
    changes: list[tuple[int, str, float]]
    epochs: Epochs
    chance: float
    moments: Collection[int]

    @property
    def spec(self) -> TrainSpec:
        """The current settings."""
        return self.at(math.inf)

    def at(self, step: float) -> TrainSpec:
        """Return the settings of this step."""
        return self.start.but(**{name: value for when, name, value in self.changes if when < step})

    @property
    def last(self) -> EpochDone:
        return self.epochs[-1]

    @property
    def usual_rate(self) -> float:
        return USUAL_RATES[self.spec.optimizer]

    @property
    def guessing_loss(self) -> float:
        """The loss of equal probabilities for all classes."""
        classes = max(2, round(1 / max(self.chance, 1e-9)))
        wrong = (classes - 1) * math.log(classes / (classes - 1))
        return {"clipped": math.log(classes) + wrong, "squared": 1 - 1 / classes}.get(self.spec.loss, math.log(classes))

    @property
    def rate_factor(self) -> float:
        """The factor of the learning rate in the last step, by the schedule."""
        last = self.last
        return float(rate_factors(self.spec, max(1, last.step // last.epoch), last.step - 1, 1)[0])

    def above_chance(self, epoch: EpochDone) -> float:
        return epoch.test_accuracy - self.chance

    def best(self) -> EpochDone | None:
        """Return the newest of the best epochs that a run can continue from, if it had learned something."""
        accuracies, steps = self.epochs.judged, self.epochs.column("step")
        learned = (self.epochs.column("finite") > 0) & (accuracies - self.chance >= LEARNED_SOMETHING)
        good = [place for place in np.flatnonzero(learned).tolist() if int(steps[place]) in self.moments]
        best = max(good, key=lambda place: (accuracies[place], steps[place]), default=None)
        return None if best is None else self.epochs[best]

    def finding(
        self, ailment: Ailment, sentence: str, remedy: str, changes: Mapping[str, Value], **more: Any
    ) -> Diagnosis:
        return Diagnosis(run=self.run, ailment=ailment, sentence=sentence, remedy=remedy, changes=changes, **more)


type _Check = Callable[[_Case], Iterator[Diagnosis]]


def _not_finite(case: _Case) -> Diagnosis:
    epoch = len(case.epochs) + bool(case.epochs.column("finite").all())
    sentence = tr("In epoch {epoch} weights stopped being numbers (NaN): the steps were too large.", epoch=epoch)
    if case.best() is not None:
        return _back("not finite", sentence, case)  # no text
    rate = _rounded(min(case.usual_rate, case.spec.learning_rate / 10))
    remedy = tr("Start again with learning rate {rate:g}", rate=rate)
    return case.finding("not finite", sentence, remedy, {"learning_rate": rate}, restart=True)  # no text


def _at_chance(case: _Case) -> Iterator[Diagnosis]:
    best = case.epochs.column("test_accuracy").max() - case.chance
    if best >= LEARNED_SOMETHING or (best >= GUESSING and case.last.train_loss <= case.guessing_loss):
        return
    is_broken = case.last.train_loss > ABOVE_GUESSING * case.guessing_loss
    if len(case.epochs) < STILL_GUESSING and not is_broken:
        return
    dead = _most_dead(case.last)
    epochs = tr_plural("{count:,} epoch", "{count:,} epochs", len(case.epochs))
    accuracy = in_percent(case.last.test_accuracy)
    said = mark("Still guessing after {epochs}: {accuracy} of the test images are correct.")
    if dead and dead.share > MOST_DEAD:
        said = mark("Still guessing after {epochs}: {accuracy} of the test images are correct, and {dead}.")
    sentence = tr(said, epochs=epochs, accuracy=accuracy, dead=dead.words if dead else "")
    yield _start_again("at chance", sentence, case)  # no text


def _collapsed(case: _Case) -> Iterator[Diagnosis]:
    best = case.epochs[int(case.epochs.column("test_accuracy").argmax())]
    left = case.above_chance(case.last) / max(case.above_chance(best), 1e-9)
    if case.above_chance(best) >= LEARNED_SOMETHING and left < COLLAPSED:
        sentence = tr(
            "Collapsed: the test accuracy was {best} after epoch {epoch} and is {accuracy} now.",
            best=in_percent(best.test_accuracy, 1),
            epoch=best.epoch,
            accuracy=in_percent(case.last.test_accuracy, 1),
        )
        yield _back("collapsed", sentence, case)


def _diverging(case: _Case) -> Iterator[Diagnosis]:
    last, spec = case.last, case.spec
    if last.train_loss > ABOVE_GUESSING * case.guessing_loss and spec.learning_rate > case.usual_rate:
        sentence = tr(
            "The training loss, {loss:.3g}, is above that of guessing, {guessing:.3g}: the steps are too large.",
            loss=last.train_loss,
            guessing=case.guessing_loss,
        )
        yield _start_again("diverging", sentence, case)
        return
    best = case.epochs[_least(case.epochs.column("train_loss"))].train_loss
    best_test = case.epochs[_least(case.epochs.column("test_loss"))].test_loss
    if last.train_loss > max(DIVERGED * best, LEARNED) and last.test_loss > WORSE * best_test:
        sentence = tr(
            "The training loss has grown from {best:.3g} to {loss:.3g}: it is diverging.",
            best=best,
            loss=last.train_loss,
        )
        yield _back("diverging", sentence, case)


def _plateau(case: _Case) -> Iterator[Diagnosis]:
    lately = case.epochs.column("train_loss")[-PLATEAU_EPOCHS:].tolist()
    spec, usual = case.spec, case.usual_rate
    strong = _less_restraint(spec)
    if len(lately) < PLATEAU_EPOCHS or lately[-1] < LEARNED:
        return
    if case.rate_factor < 1 / FAR:  # the schedule lets it rest
        return
    moved = (max(lately) - min(lately)) / lately[-1]
    if moved > (HARDLY if strong else PLATEAU):
        return
    said = (
        mark("The training loss has not moved from {loss:.3g} for {epochs} epochs.")
        if moved <= PLATEAU
        else mark("The training loss has hardly moved from {loss:.3g} for {epochs} epochs.")
    )
    sentence = tr(said, loss=lately[-1], epochs=PLATEAU_EPOCHS)
    if strong:
        yield case.finding("plateau", sentence, *strong)
    else:
        is_high = spec.learning_rate > usual * FAR
        rate = _rounded(usual if is_high else max(usual, spec.learning_rate * 3))
        how = mark("Lower the learning rate to {rate:g}") if is_high else mark("Raise the learning rate to {rate:g}")
        yield case.finding("plateau", sentence, tr(how, rate=rate), {"learning_rate": rate})


def _dead(case: _Case) -> Iterator[Diagnosis]:
    dead, epochs = _most_dead(case.last), case.epochs[-STALLED_EPOCHS:]
    if dead is None or dead.share <= MOST_DEAD or len(epochs) < STALLED_EPOCHS:
        return
    losses = [min(epoch.train_loss, epoch.test_loss) for epoch in epochs]
    if losses[-1] > UNLEARNED * case.guessing_loss and losses[-1] > STALLED * losses[0]:
        sentence = tr("{dead}: they no longer learn.", dead=dead.words)
        yield _start_again("dead neurons", sentence, case)  # no text


def _overfitting(case: _Case) -> Iterator[Diagnosis]:
    place = _least(case.epochs.judged_loss)
    best = case.epochs[place]
    if case.above_chance(case.last) < LEARNED_SOMETHING or len(case.epochs) - place <= PLATEAU_EPOCHS:
        return
    lately, rise, noise = _lately(case.epochs.judged_loss[place:])
    _, train_rise, train_noise = _lately(case.epochs.column("train_loss")[place:])
    if lately > RISEN * best.judged_loss and rise > SURE * noise and train_rise < -SURE * train_noise:
        dropout = min(0.8, max(MILD_DROPOUT, case.spec.dropout + 0.2))
        said = mark(
            "Overfitting: the test loss was best in epoch {epoch} ({best:.3f}); the last {n} average {loss:.3f}."
        )
        if best.chosen_on == "validation":
            said = mark(
                "Overfitting: the validation loss was best in epoch {epoch} ({best:.3f}); the last {n} average "
                "{loss:.3f}."
            )
        sentence = tr(said, epoch=best.epoch, best=best.judged_loss, n=PLATEAU_EPOCHS, loss=lately)
        if case.spec.shift or case.spec.rotate:
            remedy = tr("Add {share} dropout", share=in_percent(dropout))
            yield case.finding("overfitting", sentence, remedy, {"dropout": dropout})
            return
        # With dropout alone the test loss rises again, only later; augmentation from the start helps.
        remedy = tr("Start again: {share} dropout, augmentation", share=in_percent(dropout))
        yield case.finding("overfitting", sentence, remedy, {**AUGMENTATION, "dropout": dropout}, restart=True)


def _lately(losses: Any) -> tuple[float, float, float]:
    """Return the mean of the last epochs of a loss (epochs,), by how much that of the first is lower, and its noise.

    The noise is estimated from second differences, which a trend hardly changes: Gasser, Sroka and Jennen-Steinmetz,
    Residual variance and residual pattern in nonlinear regression, Biometrika 1986.
    """
    first, last = (float(some.mean()) for some in (losses[:PLATEAU_EPOCHS], losses[-PLATEAU_EPOCHS:]))
    variance = float((np.diff(losses, 2) ** 2).mean()) / 6
    return last, last - first, math.sqrt(2 * variance / PLATEAU_EPOCHS)


def _least(values: Any) -> int:
    """Return the index of the first epoch with the smallest figure (epochs,), ignoring NaN."""
    if math.isnan(values[values.argmin()]):  # without a mask, which would fill NumPy's cache of blocks every epoch
        values = np.nan_to_num(values, nan=math.inf)
    return int(values.argmin())


def _back(ailment: Ailment, sentence: str, case: _Case) -> Diagnosis:
    """Return the remedy of continuing from the best epoch, with a lower rate if the settings were the same then."""
    # Lower rates alone do not revive dead neurons, so a collapsed run goes back to its best epoch.
    best = case.best()
    if best is None:
        return _start_again(ailment, sentence, case)
    then, now = case.at(best.step), case.spec
    changes: dict[str, Value] = {
        name: getattr(then, name) for name in LIVE if getattr(then, name) != getattr(now, name)
    }
    if not changes:
        changes = {"learning_rate": _rounded(now.learning_rate / 10)}
    settings = [LIVE[name](float(value)) for name, value in changes.items()]
    remedy = tr("Continue from epoch {epoch} with {settings}", epoch=best.epoch, settings=all_of(settings))
    return case.finding(ailment, sentence, remedy, changes, resume=best.step)


def _start_again(ailment: Ailment, sentence: str, case: _Case) -> Diagnosis:
    """Return the remedy of a run that has learned nothing: to start again without the likeliest fault."""
    remedy, changes = _mended(case)
    return case.finding(ailment, sentence, tr("Start again with {setting}", setting=remedy), changes, restart=True)


def _mended(case: _Case) -> tuple[str, dict[str, Value]]:
    spec, usual = case.spec, case.usual_rate
    if spec.l2 >= STRONG_L2:
        return LIVE["l2"](MILD_L2), {"l2": MILD_L2}
    if _is_decayed(spec):
        return LIVE["decay"](_mild_decay(spec)), {"decay": _mild_decay(spec)}
    if spec.dropout >= STRONG_DROPOUT:
        return LIVE["dropout"](MILD_DROPOUT), {"dropout": MILD_DROPOUT}
    if not usual / FAR <= spec.learning_rate <= usual * FAR:
        rate = _rounded(usual)
        return LIVE["learning_rate"](rate), {"learning_rate": rate}
    saturates = any(layer.activation in SATURATING for layer in spec.hidden)
    if spec.initial == "blog" and not saturates:
        return tr("He initialisation"), {"initial": "he"}
    if saturates and len(spec.hidden) > 1:
        relu = _other_activations(spec, dict.fromkeys(SATURATING, "relu"))
        return tr("ReLU and He initialisation"), {**relu, "initial": "he"}
    if spec.initial == "blog":
        return tr("Glorot initialisation"), {"initial": "glorot"}
    dead = _most_dead(case.last)
    if dead and dead.share > MOST_DEAD and spec.hidden[dead.layer].activation == "relu":
        return tr("Leaky ReLU"), _other_activations(spec, {"relu": "leaky_relu"})  # its neurons cannot die
    rate = _rounded(min(spec.learning_rate, usual) / 10)
    return LIVE["learning_rate"](rate), {"learning_rate": rate}


def _other_activations(spec: TrainSpec, instead: Mapping[str, str]) -> dict[str, Value]:
    """Return the settings with the layers' activations replaced by those in `instead`."""
    # The last layer of a block is linear without being named so.
    if all(layer.activation in ("", "linear") for layer in hidden_in(parse_layers(spec.layers))):
        return {"activation": instead.get(spec.activation, spec.activation)}

    def other(layer: HiddenLayer) -> HiddenLayer:
        return layer.but(activation=instead.get(layer.activation, layer.activation))

    return {"layers": as_text(mapped(spec.network, other))}


def _less_restraint(spec: TrainSpec) -> tuple[str, dict[str, Value]] | None:
    """Return the remedy for too strong dropout, L2 or weight decay of a running training; `None` if none is."""
    if spec.l2 >= STRONG_L2:
        return tr("Lower L2 to {rate:g}", rate=MILD_L2), {"l2": MILD_L2}
    if _is_decayed(spec):
        decay = _mild_decay(spec)
        return tr("Lower the weight decay to {rate:g}", rate=decay), {"decay": decay}
    if spec.dropout >= STRONG_DROPOUT:
        return tr("Lower dropout to {share}", share=in_percent(MILD_DROPOUT)), {"dropout": MILD_DROPOUT}
    return None


def _is_decayed(spec: TrainSpec) -> bool:
    return spec.learning_rate * spec.decay >= STRONG_DECAY


def _mild_decay(spec: TrainSpec) -> float:
    return float(f"{MILD_DECAY / spec.learning_rate:.2g}")


class _Dead(NamedTuple):
    share: float
    words: str
    layer: int  # its number, from 0


def _most_dead(epoch: EpochDone) -> _Dead | None:
    shares = [dead / max(width, 1) for dead, width in zip(epoch.dead, epoch.widths, strict=True)]
    if not shares:
        return None
    layer = shares.index(max(shares))
    said = mark("{dead} of {neurons} neurons are dead")
    if len(shares) > 1:
        said = mark("{dead} of {neurons} neurons of layer {layer} are dead")
    words = tr(said, dead=epoch.dead[layer], neurons=epoch.widths[layer], layer=layer + 1)
    return _Dead(shares[layer], words, layer)


def _rounded(rate: float) -> float:
    """Return a learning rate with two significant digits within the knob's range."""
    return float(f"{min(max(rate, 1e-6), 100.0):.2g}")
