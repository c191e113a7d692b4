"""How a run is: each ailment is named, with a remedy that can be applied, and a healthy run is left alone."""

import numpy as np
import pytest
from told import epoch_done, of

from bench import health as bench
from engine.cli.parts.parser import parse
from engine.cli.parts.which import look_at
from engine.core.machine.bundled import BUNDLED
from engine.core.specs import PRESETS, TrainSpec
from engine.data.formats.sample import open_sample
from engine.model.training.health import diagnose, treatment
from engine.model.training.messages import Diagnosis, EpochDone, Parent
from engine.session.jobs.train import train


def history(train, test=None, accuracy=0.9, dead=(0,), widths=(300,)):
    test = test or train
    accuracies = accuracy if isinstance(accuracy, list) else [accuracy] * len(train)
    return [
        epoch_done(number, train_loss=loss, test_loss=other, test_accuracy=share, dead=dead, widths=widths)
        for number, (loss, other, share) in enumerate(zip(train, test, accuracies, strict=True), start=1)
    ]


FALLING = [1.0, 0.5, 0.3, 0.2, 0.15, 0.12]
OVERFITTED = history([1.0, 0.5, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01], [0.9, 0.5, 0.3, 0.32, 0.35, 0.38, 0.4, 0.42])
LEARNED_THEN_LOST = history([0.5, 0.3, 3.5, 3.3], accuracy=[0.9, 0.93, 0.11, 0.1])
GUESSING = history([3.26, 3.25, 3.25, 3.25], accuracy=0.1)
STUCK = history([0.5] * 6, accuracy=0.8)
PLAIN = TrainSpec(initial="he", loss="cross_entropy")
RAISED = [(20, "learning_rate", 5.0)]  # after the second epoch of ten steps

HEALTHY = {
    "falling": history(FALLING),
    "nothing left to learn": history([0.011] * 8, accuracy=0.98),
    "many dead neurons, learned nevertheless": history([0.5, 0.1, 0.09, 0.08], accuracy=0.97, dead=(35,), widths=(64,)),
    "small losses that tremble": history([0.5, 0.02, 0.009, 0.05], [0.5, 0.1, 0.1, 0.11], 0.97),
    "slow at the begin": history([2.4, 2.3], accuracy=0.11),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_run_is_left_alone(name):
    result = diagnose("A", PLAIN, HEALTHY[name])
    assert (result.ailment, dict(result.changes), result.resume, result.remedy) == ("healthy", {}, None, "")
    assert result.sentence.startswith("Learning as it should.")


DEAD_AT_ONE_RATE = history(
    [3.4, 3.3, 3.2, 3.1, 3.0, 2.9, 2.8, 2.7], [3.3, 3.3, 3.4, 3.5, 3.6, 3.7, 3.8, 3.9], 0.1, dead=(299,)
)
SATURATING = PLAIN.but(layers="64 sigmoid, 32 gelu, 16", activation="tanh", initial="glorot")
TWO_KINDS = PLAIN.but(layers="300, 300 gelu")

# Name: ailment, history, settings, changes of the remedy, what it says; the live changes before, where it continues.
SICK = {
    "at a usual rate": ("at chance", GUESSING, TrainSpec(layers="64, 64"), {"initial": "he"},
        "Start again with He initialisation"),
    "all but one neuron dead": ("at chance", DEAD_AT_ONE_RATE, TrainSpec(learning_rate=1.0), {"learning_rate": 0.1},
        "Start again with learning rate 0.1"),
    "all neurons dead at a usual rate": ("at chance", history([2.31, 2.3, 2.3], accuracy=0.1, dead=(300,)), PLAIN,
        {"activation": "leaky_relu"}, "Start again with Leaky ReLU"),
    "one lucky epoch at the loss of guessing": ("at chance", history([3.3, 3.4] * 20, accuracy=[0.1] * 39 + [0.189]),
        TrainSpec(), {"initial": "he"}, "Start again with He initialisation"),
    "far too small a rate": ("at chance", GUESSING, PLAIN.but(optimizer="adam", learning_rate=1e-6),
        {"learning_rate": 0.001}, "Start again with learning rate 0.001"),
    "deep and saturating in some layers": ("at chance", GUESSING, SATURATING,
        {"layers": "64 relu, 32 gelu, 16 relu", "initial": "he"}, "Start again with ReLU and He initialisation"),
    "saturating in blocks, whose last layers are linear": ("at chance", GUESSING,
        SATURATING.but(layers="conv 6, residual(conv 6, conv 6), 9", activation="tanh"),
        {"activation": "relu", "initial": "he"}, "Start again with ReLU and He initialisation"),
    "the dead in a ReLU layer beside another": ("at chance", history([2.31, 2.3, 2.3], None, 0.1, (300, 0), (300, 300)),
        TWO_KINDS, {"layers": "300 leaky_relu, 300 gelu"}, "Start again with Leaky ReLU"),
    "the dead in a layer that is no ReLU": ("at chance", history([2.31, 2.3, 2.3], None, 0.1, (0, 300), (300, 300)),
        TWO_KINDS, {"learning_rate": 0.01}, "Start again with learning rate 0.01"),
    "huge L2": ("at chance", GUESSING, PLAIN.but(l2=0.1), {"l2": 1e-4}, "Start again with L2 0.0001"),
    "90 % dropout": ("at chance", GUESSING, PLAIN.but(dropout=0.9), {"dropout": 0.3}, "Start again with 30 % dropout"),
    "no visible reason": ("at chance", GUESSING, PLAIN, {"learning_rate": 0.01}, "Start again with learning rate 0.01"),
    "after the rate was raised": ("collapsed", LEARNED_THEN_LOST, PLAIN, {"learning_rate": 0.1},
        "Continue from epoch 2 with learning rate 0.1", RAISED, 20),
    "at the same rate": ("collapsed", LEARNED_THEN_LOST, PLAIN, {"learning_rate": 0.01},
        "Continue from epoch 2 with learning rate 0.01", [], 20),
    "after dropout and L2 were raised": ("collapsed", LEARNED_THEN_LOST, PLAIN, {"dropout": 0.0, "l2": 0.0},
        "Continue from epoch 2 with 0 % dropout and L2 0", [(20, "dropout", 0.9), (25, "l2", 0.1)], 20),
    "losses that grow": ("diverging", history([0.5, 0.3, 0.9], accuracy=[0.8, 0.9, 0.7]), PLAIN,
        {"learning_rate": 0.1}, "Continue from epoch 2 with learning rate 0.1", RAISED, 20),
    "above the loss of guessing": ("diverging", history([20.0, 17.0, 16.0], accuracy=0.55),
        TrainSpec(layers="", learning_rate=30.0), {"learning_rate": 0.1}, "Start again with learning rate 0.1"),
    "a small rate": ("plateau", STUCK, PLAIN.but(learning_rate=1e-5), {"learning_rate": 0.1},
        "Raise the learning rate to 0.1"),
    "a usual rate": ("plateau", STUCK, PLAIN, {"learning_rate": 0.3}, "Raise the learning rate to 0.3"),
    "a large rate": ("plateau", STUCK, PLAIN.but(learning_rate=2.0), {"learning_rate": 0.1},
        "Lower the learning rate to 0.1"),
    "strong L2": ("plateau", history([1.32, 1.31, 1.32, 1.3, 1.3], accuracy=0.75), PLAIN.but(l2=0.1), {"l2": 1e-4},
        "Lower L2 to 0.0001"),
    "strong dropout": ("plateau", history([2.16, 2.14, 2.15, 2.13, 2.12], accuracy=0.65), PLAIN.but(dropout=0.9),
        {"dropout": 0.3}, "Lower dropout to 30 %"),
    "strong weight decay": ("plateau", history([1.32, 1.31, 1.32, 1.3, 1.3], accuracy=0.75), PLAIN.but(decay=0.2),
        {"decay": 2e-4}, "Lower the weight decay to 0.0002"),
    "huge weight decay": ("at chance", GUESSING, PLAIN.but(decay=1.0), {"decay": 2e-4},
        "Start again with weight decay 0.0002"),
    "after decay and smoothing were raised": ("collapsed", LEARNED_THEN_LOST, PLAIN, {"decay": 0.0, "smoothing": 0.0},
        "Continue from epoch 2 with weight decay 0 and 0 % label smoothing",
        [(20, "decay", 0.9), (25, "smoothing", 0.8)], 20),
    "dead neurons that cost": ("dead neurons",
        history([2.0, 1.97, 2.0, 1.96], accuracy=[0.28, 0.27, 0.29, 0.25], dead=(62,), widths=(64,)),
        PLAIN.but(optimizer="adam", learning_rate=0.3), {"learning_rate": 0.001},
        "Start again with learning rate 0.001"),
    "without augmentation": ("overfitting", OVERFITTED, PLAIN, {"dropout": 0.3, "shift": 2, "rotate": 10.0},
        "Start again: 30 % dropout, augmentation"),
    "in spite of augmentation": ("overfitting", OVERFITTED, PLAIN.but(shift=1, dropout=0.2), {"dropout": 0.4},
        "Add 40 % dropout"),
}  # fmt: skip


@pytest.mark.parametrize("name", SICK)
def test_each_ailment_is_named_with_its_remedy(name):
    ailment, epochs, spec, cure, remedy, changes, resume = (*SICK[name], [], None)[:7]
    result = diagnose("A", spec, epochs, changes=changes)
    assert (result.ailment, dict(result.changes), result.remedy, result.resume) == (ailment, cure, remedy, resume)
    assert result.sentence.endswith(".") and result.restart == remedy.startswith("Start again")
    now = spec.but(**{what: value for _, what, value in changes})
    healed, parent = treatment(result, now)
    assert healed != now, "it changes something and leaves valid settings"
    assert parent == (Parent("A", resume) if resume else None)


def test_a_loss_that_rests_since_the_schedule_lowered_the_rate_is_no_plateau():
    few, many = (PLAIN.but(schedule="step", epochs=epochs) for epochs in (len(STUCK), 10 * len(STUCK)))
    assert diagnose("A", few, STUCK).ailment == "healthy"
    assert diagnose("A", many, STUCK).ailment == diagnose("A", PLAIN, STUCK).ailment == "plateau"


def test_what_is_no_number_comes_before_everything_else():
    assert diagnose("A", TrainSpec(), OVERFITTED, finite=False).ailment == "not finite"
    at_once = diagnose("A", TrainSpec(learning_rate=50.0), [], finite=False)
    assert (at_once.restart, dict(at_once.changes)) == (True, {"learning_rate": 0.1})
    assert at_once.sentence.startswith("In epoch 1 weights stopped being numbers (NaN)")
    later = diagnose("A", PLAIN, LEARNED_THEN_LOST[:2], changes=RAISED, finite=False)
    assert (later.resume, dict(later.changes)) == (20, {"learning_rate": 0.1})
    assert later.sentence.startswith("In epoch 3 ")


def test_no_rate_is_offered_twice_while_the_offers_are_followed():
    """A run that stays sick whatever is done is not sent to ever smaller rates before other things were tried."""
    spec, said = TrainSpec(layers="64, 64", learning_rate=30.0), []
    for _ in range(3):
        result = diagnose("A", spec, GUESSING)
        said.append(result.remedy)
        spec, _ = treatment(result, spec)
    assert said[:2] == ["Start again with learning rate 0.1", "Start again with He initialisation"]
    assert len(set(said)) == 3


def test_a_remedy_continues_only_from_a_moment_that_is_kept():
    first = diagnose("A", PLAIN, LEARNED_THEN_LOST, changes=RAISED, moments={0, 10, 40})
    assert (first.resume, first.remedy) == (10, "Continue from epoch 1 with learning rate 0.1")
    none = diagnose("A", PLAIN, LEARNED_THEN_LOST, changes=RAISED, moments={0})
    assert (none.resume, none.restart, dict(none.changes)) == (None, True, {"learning_rate": 0.1})


def test_what_chance_is_follows_the_data():
    """With two classes every second answer is right by chance, and a third of them is worse than none at all."""
    even = history([0.69, 0.69, 0.69], accuracy=0.5)
    assert diagnose("A", PLAIN, even, chance=0.5).ailment == "at chance"
    assert diagnose("A", PLAIN, even, chance=0.1).ailment == "healthy"
    assert diagnose("A", TrainSpec(), []).ailment == "healthy"


def test_overfitting_is_a_test_loss_that_rises_beyond_its_noise_while_the_training_loss_falls():
    """A swing is none, nor is the worst of many noisy losses."""
    epochs, noise = np.arange(40), np.exp(np.random.default_rng(1).normal(0.0, 0.1, (4, 40)))
    falling, swing = 0.3 + np.exp(-epochs / 3), 1 + 0.25 * np.sin(epochs * np.pi / 4)
    learning, rising = 0.01 + np.exp(-epochs / 5), 0.3 + np.exp(-epochs / 3) + 0.02 * np.maximum(0, epochs - 8)
    for learned, tested, well, ill in (
        (falling * swing, 1.1 * falling * swing, 40, 0),
        (falling * noise[0], falling * noise[1], 40, 0),
        (learning, falling, 40, 0),
        (learning, rising, 12, 24),
        (learning * noise[2], rising * noise[3], 12, 20),
    ):
        runs = (history(learned[:done].tolist(), tested[:done].tolist()) for done in range(1, 41))
        told = [diagnose("A", PLAIN, run).ailment == "overfitting" for run in runs]
        assert not any(told[:well]) and all(told[40 - ill :])


def test_the_sentences_name_what_was_measured():
    deep = history([2.0] * 4, accuracy=0.3, dead=(3, 60), widths=(64, 64))
    for sentence, spec, epochs, changes in (
        ("Learning as it should. 60 of 300 neurons are dead; the others suffice.",
         TrainSpec(), history(FALLING, dead=(60,)), []),
        ("60 of 64 neurons of layer 2 are dead: they no longer learn.", PLAIN.but(layers="64, 64"), deep, []),
        ("Overfitting: the test loss was best in epoch 3 (0.300); the last 5 average 0.374.", PLAIN, OVERFITTED, []),
        ("The training loss has not moved from 35.1 for 5 epochs.", PLAIN, history([35.1] * 5, accuracy=0.8), []),
        ("Collapsed: the test accuracy was 93.0 % after epoch 2 and is 10.0 % now.", PLAIN, LEARNED_THEN_LOST, RAISED),
    ):  # fmt: skip
        assert diagnose("A", spec, epochs, changes=changes).sentence == sentence


def test_the_runs_that_come_along_are_healthy_at_each_of_their_epochs():
    with look_at(BUNDLED) as session:
        for run in session.runs.values():
            for done in range(1, len(run.epochs) + 1):
                result = diagnose(run.name, run.spec, run.epochs[:done], changes=run.changes)
                assert result.ailment == "healthy", (run.title, done, result)


def test_a_run_that_collapses_continues_from_its_best_epoch_as_the_remedy_says(session):
    """The job itself tells it, and what the remedy starts is a child of that moment that stays well."""
    spec = PLAIN.but(layers="16", batch=20, epochs=6)
    job, answer = train(session, spec), []
    for message in job:
        answer += of(Diagnosis, [message])
        if isinstance(message, EpochDone) and message.epoch == 3:
            answer += of(Diagnosis, [job.send({"learning_rate": 100.0})])
    assert answer[-1].ailment in ("collapsed", "not finite") and answer[-1].resume in (12, 24, 36)
    assert dict(answer[-1].changes) == {"learning_rate": 0.1}
    cured, parent = treatment(answer[-1], spec.but(learning_rate=100.0))
    list(train(session, cured, parent))
    child = session.runs["B"]
    assert child.parent == parent and child.epochs[-1].epoch == 6
    assert child.epochs[-1].test_accuracy > session.runs["A"].epochs[-1].test_accuracy + 0.2


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_of_all_sick_and_healthy_runs_the_verdicts_fit_and_every_remedy_helps(capsys):
    assert bench.bench_health(parse(["bench", "--health"])) == 0, capsys.readouterr().out


@pytest.mark.slow
def test_the_preset_that_overfits_does_so_on_the_sample():
    session, _ = bench.begin(bench.Case(PRESETS["overfitting"].spec), open_sample())
    messages = list(train(session, PRESETS["overfitting"].spec))
    losses = [done.test_loss for done in of(EpochDone, messages)]
    assert np.argmin(losses) < 15 and losses[-1] > 1.15 * min(losses)
    assert of(Diagnosis, messages)[-1].ailment == "overfitting"
