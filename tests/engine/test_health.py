"""How a run is: each ailment is named, with a remedy that can be applied, and a healthy run is left alone."""

import pytest

from engine.specs import TrainSpec
from engine.training.health import diagnose
from engine.training.messages import EpochDone


def history(train, test=None, accuracy=0.9, dead=(0,), widths=(300,)):
    test = test or train
    return [
        EpochDone(
            run="A",
            epoch=number,
            step=number,
            train_loss=loss,
            test_loss=other,
            test_accuracy=accuracy,
            images_per_second=1.0,
            seconds=1.0,
            gradient_norms=(1.0, 1.0),
            dead=dead,
            widths=widths,
            finite=True,
        )
        for number, (loss, other) in enumerate(zip(train, test, strict=True), start=1)
    ]


FALLING = [1.0, 0.5, 0.3, 0.2, 0.15, 0.12]
CASES = {
    "healthy": history(FALLING),
    "diverging": history([0.5, 0.3, 0.9]),
    "plateau": history([2.302, 2.301, 2.302, 2.301, 2.302, 2.301], accuracy=0.1),
    "overfitting": history(
        [1.0, 0.5, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01], [0.9, 0.5, 0.3, 0.32, 0.35, 0.38, 0.4, 0.42]
    ),
    "dead neurons": history(FALLING, dead=(60,)),
}


@pytest.mark.parametrize("ailment", CASES)
def test_each_ailment_is_named_in_one_sentence_with_a_remedy(ailment):
    diagnosis = diagnose("A", TrainSpec(), CASES[ailment])
    assert diagnosis.ailment == ailment
    assert diagnosis.sentence.endswith(".")
    if ailment != "healthy":
        assert diagnosis.remedy
        healed = TrainSpec().but(**diagnosis.changes)
        assert healed != TrainSpec()


def test_what_is_no_number_comes_before_everything_else():
    diagnosis = diagnose("A", TrainSpec(), CASES["overfitting"], finite=False)
    assert (diagnosis.ailment, diagnosis.restart) == ("not finite", True)
    assert diagnosis.changes == {"learning_rate": 0.01}


def test_the_blogs_silent_neurons_are_counted_and_he_weights_are_offered():
    diagnosis = diagnose("A", TrainSpec(), CASES["dead neurons"])
    assert diagnosis.sentence.startswith("60 of 300 neurons never fire")
    assert diagnosis.changes == {"initial": "he"}


def test_a_loss_that_has_nothing_left_to_learn_is_no_plateau():
    assert diagnose("A", TrainSpec(), history([0.011] * 8, accuracy=0.98)).ailment == "healthy"


def test_a_slow_plateau_is_answered_by_a_larger_rate_while_it_runs():
    diagnosis = diagnose("A", TrainSpec(), history([0.5] * 6, accuracy=0.8))
    assert (diagnosis.changes, diagnosis.restart) == ({"learning_rate": 0.3}, False)


def test_an_empty_history_is_healthy():
    assert diagnose("A", TrainSpec(), []).ailment == "healthy"
