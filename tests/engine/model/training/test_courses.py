"""What a setting was on the way of a run, step by step; and whether runs are repetitions, with a mean."""

import itertools
import json
import random
from dataclasses import replace

import pytest
from told import epoch_done

from engine.core.specs import TrainSpec
from engine.model.training import courses
from engine.model.training.epochs import Epochs
from engine.model.training.messages import Parent
from engine.model.training.run import Run

RATE = "learning_rate"


def run(*changes, name="A", epochs=2, **values):
    """What is known of a run of two epochs."""
    tests = Epochs(epoch_done(number, steps=550, run=name, test_accuracy=0.9) for number in range(1, epochs + 1))
    known = {"spec": TrainSpec(epochs=2), "dataset": "MNIST", "fingerprint": "these"} | values
    return Run(name=name, steps_per_epoch=550, changes=[*changes], epochs=tests, **known).summary()


def replayed(changes, first, steps, begin=0):
    """The rate that each step was taken with: step n + 1 with what stood after n steps."""
    rates, now = [], first
    for step in range(steps):
        for when, name, value in changes:
            if name == RATE and (when == step or (step == begin and when < begin)):
                now = value
        rates.append(now)
    return rates


@pytest.mark.parametrize("seed", range(5))
def test_a_course_says_of_each_step_the_rate_that_it_was_taken_with(seed):
    dice = random.Random(seed)
    changes = sorted(
        (dice.randrange(60), dice.choice((RATE, "dropout")), dice.choice((0.1, 0.2, 0.5))) for _ in range(12)
    )
    course = courses.course_of(run(*changes), RATE)
    said = [max((each for each in course if each[0] <= step), key=lambda each: each[0])[1] for step in range(60)]
    assert said == replayed(changes, 0.1, 60)
    assert all(one[1] != other[1] for one, other in itertools.pairwise(course))


def test_a_setting_is_said_with_its_changes_and_of_many_the_first_and_the_last():
    changed = run((3521, RATE, 0.5), (3600, "dropout", 0.3))
    assert courses.say_setting_of(changed, RATE) == "0.1 → 0.5 (step 3,521)"
    assert courses.say_changes_of(changed) == "learning rate 0.1 → 0.5 (step 3,521), dropout 0 % → 30 % (step 3,600)"
    dragged = run(*((step, RATE, step / 1000) for step in range(101, 201)))
    assert courses.say_setting_of(dragged, RATE) == "0.1 → … → 0.2 (100 changes, steps 101 to 200)"
    assert courses.say_setting_of(run(), RATE) == "0.1" and courses.say_changes_of(run()) == ""
    assert json.loads(json.dumps(courses.changes_as_plain(run((7, RATE, 0.5))))) == {RATE: [[0, 0.1], [7, 0.5]]}

    child = run((300, RATE, 0.3), (400, RATE, 0.4), parent=Parent("A", 300))
    assert courses.course_of(child, RATE) == ((0, 0.3), (400, 0.4)), "it begins at the snapshot"
    changed = run((3521, RATE, 0.5))
    assert courses.say_not_repeated("A", changed).endswith("is not repeated: learning rate 0.1 → 0.5 (step 3,521).")
    assert courses.say_not_repeated("A", changed, 3520) and not courses.say_not_repeated("A", changed, 3521)


def test_runs_differ_in_a_setting_that_only_one_of_them_changed_on_its_way():
    one, other = run(), run((5, RATE, 0.5), name="B")
    assert courses.differing([one, other]) == {RATE: [((0, 0.1),), ((0, 0.1), (5, 0.5))]}
    assert not courses.differing([other, replace(other, name="C")]) and courses.changed_on_the_way(other)


SEEDS = [run(name=name, spec=TrainSpec(epochs=2, seed=seed)) for seed, name in enumerate("ABC")]


@pytest.mark.parametrize(
    ("last", "differs"),
    [
        (SEEDS[2], []),
        (replace(SEEDS[2], changes=((3, RATE, 0.5),)), ["learning rate"]),
        (replace(SEEDS[2], spec=TrainSpec(epochs=2, layers="conv 16", seed=9)), ["hidden layers"]),
        (replace(SEEDS[2], fingerprint="others of that name"), ["data"]),
        (replace(SEEDS[2], dataset="Fashion-MNIST"), ["data"]),
        (replace(SEEDS[2], parent=Parent("A", 3)), ["beginning"]),
        (replace(SEEDS[2], taught_from=Parent("A", 3)), ["beginning"]),
        (replace(SEEDS[2], epochs=SEEDS[2].epochs[:1]), [courses.EPOCHS_TRAINED]),
    ],
)
def test_only_runs_that_differ_in_their_seed_alone_are_repetitions(last, differs):
    assert courses.beyond_seed([*SEEDS[:2], last]) == differs


def test_runs_that_each_reached_the_accuracy_they_were_to_stop_at_are_repetitions():
    spec = TrainSpec(epochs=40, stop_at=0.9)
    early = [run(name=name, epochs=count, spec=spec.but(seed=count)) for name, count in (("A", 3), ("B", 5))]
    assert courses.beyond_seed(early) == []
    stopped = [replace(each, spec=each.spec.but(stop_at=0.0)) for each in early]
    assert courses.beyond_seed(stopped) == [courses.EPOCHS_TRAINED]
    as_far = [replace(each, epochs=each.epochs[:3]) for each in stopped]
    assert courses.beyond_seed(as_far) == [] == courses.beyond_seed([])
