"""The job `split`: twins are the same, to the bit, until the changed setting acts, and each is what it is alone."""

import contextlib
import random
from dataclasses import replace

import numpy as np
import pytest
from told import of, told
from trained import bits

from engine.core.errors import UserError
from engine.core.messages import JobFailed, run_through
from engine.core.specs import TrainSpec
from engine.model.training import learner as learner_module
from engine.model.training import room
from engine.model.training.changed import Changed
from engine.model.training.learned import learned_data
from engine.model.training.messages import (
    DataLookedFor,
    EpochDone,
    MemoryAsked,
    MomentKept,
    Parent,
    RunFinished,
    RunStarted,
    StepsDone,
    TwinsStepped,
    TwinsTested,
)
from engine.session.jobs import twins
from engine.session.jobs.train import epoch_order, look_for_data, train
from engine.session.jobs.twins import split
from engine.session.session import Session
from engine.session.store.opening import create_store, open_store

SPEC = TrainSpec(layers="16", batch=20, epochs=3)
RICH = SPEC.but(dropout=0.2, l2=0.001, shift=1, rotate=5.0, noise=0.05, optimizer="adam", learning_rate=0.01)
RATE = Changed("learning_rate", 0.3)
STEPS = 12  # in an epoch of `SPEC`


def both(dataset, spec, changed):
    session = Session(dataset)
    list(split(session, spec, changed))
    return session.runs.values()


def history(run):
    """Its history, without what a clock measured and what it is called."""
    return (
        run.losses.so_far.tobytes(),
        run.norms.so_far.tobytes(),
        [(done.epoch, done.test_loss, done.test_accuracy, done.dead) for done in run.epochs],
    )


def same_until(one, other):
    """The last step up to which all snapshots that both have the same weights, byte for byte; -1 for none."""
    here, there = (
        {step: [array.tobytes() for array in moment.weights] for step, moment in run.moments.items()}
        for run in (one, other)
    )
    common = sorted(here.keys() & there.keys())
    differing = [step for step in common if here[step] != there[step]]
    assert not differing or all(here[step] != there[step] for step in common if step >= differing[0])
    return max((step for step in common if not differing or step < differing[0]), default=-1)


@pytest.mark.parametrize(
    ("changed", "until"),
    [
        *((each, 0) for each in (RATE, Changed("batch", 24), Changed("classes", "a, b"))),
        *((each, -1) for each in (Changed("seed", 2), Changed("layers", "17"))),  # other initial weights
        *(
            pytest.param(each, 0, marks=pytest.mark.slow)  # each is compiled for itself
            for each in (
                Changed("l2", 0.01), Changed("noise", 0.2), Changed("dropout", 0.3), Changed("shift", 1),
                Changed("rotate", 20.0), Changed("scale", 0.2), Changed("optimizer", "adam"),
                Changed("loss", "squared"), Changed("activation", "tanh"), Changed("images", 120),
                Changed("decay", 0.5), Changed("smoothing", 0.2), Changed("warmup", 0.5),
            )
        ),
    ],
    ids=lambda each: getattr(each, "setting", None),
)  # fmt: skip
def test_what_acts_in_each_step_parts_the_twins_with_the_first_one(dataset, changed, until):
    one, other = both(dataset, SPEC.but(epochs=1), changed)
    assert {0, 1, 2, 3, 5} <= one.moments.keys() & other.moments.keys()
    assert same_until(one, other) == until
    assert one.spec.differences(other.spec) == {changed.setting: (getattr(SPEC, changed.setting), changed.value)}


def test_momentum_parts_the_twins_with_the_second_step_and_only_where_the_optimiser_uses_it(dataset):
    spec, changed = SPEC.but(epochs=1, optimizer="momentum", learning_rate=0.01), Changed("momentum", 0.5)
    assert same_until(*both(dataset, spec, changed)) == 1
    assert "second step" in changed.acts(spec, on_the_way=False)
    with pytest.raises(UserError, match="Momentum acts with the optimiser Momentum alone"):
        changed.check(SPEC, on_the_way=False)


def test_other_epochs_act_at_the_end_unless_a_schedule_lasts_all_of_them(dataset):
    longer = Changed("epochs", 2)
    for schedule, warmup, until in (("constant", 0.5, STEPS), ("cosine", 0.0, 1), ("step", 0.0, 5)):
        spec = SPEC.but(epochs=1, schedule=schedule, warmup=warmup)
        one, other = both(dataset, spec, longer)
        assert same_until(one, other) == until, schedule
        is_said = "the rate schedule lasts all epochs" in longer.acts(spec, on_the_way=False)
        assert is_said == (schedule != "constant")


def test_wrong_labels_part_the_twins_with_the_first_image_that_has_one(dataset):
    spec = SPEC.but(epochs=4)
    for share in (0.005, 0.02):
        one, other = both(dataset, spec, Changed("wrong_labels", share))
        wrong = np.flatnonzero(learned_data(dataset, other.spec).train_labels != dataset.train_labels)
        assert len(wrong) == round(share * 240)
        order = np.concatenate([epoch_order(spec, 240, STEPS, epoch) for epoch in range(1, 5)])
        acts = int(np.flatnonzero(np.isin(order, wrong).any(axis=1))[0])  # steps before the first such batch
        assert same_until(one, other) == max(step for step in one.moments if step <= acts)
        np.testing.assert_array_equal(one.losses.so_far[:acts], other.losses.so_far[:acts])
        assert one.losses.so_far[acts] != other.losses.so_far[acts]


@pytest.mark.parametrize(
    ("spec", "changed"),
    [
        (SPEC.but(epochs=2), Changed("batch", 30)),
        pytest.param(RICH.but(epochs=2), Changed("wrong_labels", 0.3), marks=pytest.mark.slow),
        pytest.param(SPEC.but(layers="conv 4, 8", epochs=2), Changed("optimizer", "adam"), marks=pytest.mark.slow),
    ],
    ids=["batch", "labels", "convolutional"],
)
def test_each_of_them_is_what_it_is_alone_bit_for_bit(dataset, spec, changed):
    through, stepped, chance = both(dataset, spec, changed), Session(dataset), random.Random(1)
    job = split(stepped, spec, changed)
    for _ in job:
        if chance.random() < 0.7:
            with contextlib.suppress(StopIteration):
                job.send({"steps_per_turn": chance.choice([0, 1, 1, 2, 3, 7])})
    for settings, twin, other in zip((spec, changed.applied(spec)), through, stepped.runs.values(), strict=True):
        alone = Session(dataset)
        list(train(alone, settings))
        assert bits(twin) == bits(alone.runs["A"]) and bits(other).items() >= bits(twin).items()
        assert history(twin) == history(alone.runs["A"]) == history(other)


@pytest.mark.parametrize("changed", [RATE, Changed("batch", 30)], ids=["as many steps", "fewer steps an epoch"])
def test_a_step_is_one_of_each_and_an_epoch_ends_both(dataset, changed):
    job = split(Session(dataset), SPEC, changed)
    messages = [next(job)]
    while not of(EpochDone, messages):
        messages.append(job.send({"steps_per_turn": 1.0}))
        if isinstance(messages[-1], TwinsStepped):
            one, other = (len(of(StepsDone, messages, run)) for run in "AB")
            assert one == other, "each has taken one step more"
            assert all(len(each.losses) == 1 for each in of(StepsDone, messages))
    while not of(TwinsTested, messages):
        messages.append(job.send({"steps_per_turn": 0.0}))
    assert sorted((done.run, done.epoch) for done in of(EpochDone, messages)) == [("A", 1), ("B", 1)]
    for run in "AB":
        last = of(EpochDone, messages, run)[-1]
        assert of(StepsDone, messages, run)[-1].last_step == last.step, "none continues before both are tested"


def test_both_are_told_of_before_the_first_is_compiled_and_none_runs_ahead(dataset):
    messages = told(split(Session(dataset), SPEC, Changed("batch", 24)))
    assert [type(message) for message in messages[:2]] == [RunStarted, RunStarted]
    per_epoch = {started.run: started.steps_per_epoch for started in messages[:2]}
    place = dict.fromkeys("AB", 0.0)
    for chunk in of(StepsDone, messages):
        other = "AB".replace(chunk.run, "")
        assert place[chunk.run] <= place[other], "the one that is behind has the turn"
        place[chunk.run] = chunk.last_step / per_epoch[chunk.run]
    assert len(of(TwinsTested, messages)) == 3
    kept = {run: [each.step for each in of(MomentKept, messages, run)] for run in "AB"}
    assert kept == {"A": [0, 1, 2, 3, 5, 8, 12, 24, 36], "B": [0, 1, 2, 3, 5, 8, 10, 20, 30]}


def test_a_shorter_twin_ends_and_the_other_goes_on_step_by_step(dataset):
    job = split(Session(dataset), SPEC, Changed("epochs", 1))
    messages = [next(job)]
    while not of(RunFinished, messages):
        messages.append(job.send({"steps_per_turn": 1.0}))
    assert messages[-1].run == "B"
    before, stepped = len(of(StepsDone, messages, "A")), len(of(TwinsStepped, messages))
    while len(of(StepsDone, messages, "A")) < before + 3:
        messages.append(job.send(None))
    assert len(of(TwinsStepped, messages)) - stepped == 3, "each step of the one that is left is one of all"
    rest = list(job)
    assert len(of(TwinsTested, rest)) == 2 and rest[-1] == RunFinished(run="A", reason="epochs", epoch=3)


def test_a_twin_that_breaks_or_fails_leaves_the_other_alone(dataset, monkeypatch):
    steps, lone = learner_module.Learner.steps, Session(dataset)
    list(train(lone, SPEC))

    def broken(self, order, first, count, done):
        losses, norms = steps(self, order, first, count, done)
        return (losses * np.nan if self.spec.learning_rate == 0.3 else losses), norms

    monkeypatch.setattr(learner_module.Learner, "steps", broken)
    session = Session(dataset)
    messages = list(split(session, SPEC, RATE))
    ends = [(finished.run, finished.reason) for finished in of(RunFinished, messages)]
    assert ends == [("B", "not finite"), ("A", "epochs")]
    assert bits(session.runs["A"]) == bits(lone.runs["A"])

    for error in (UserError("No room.", hint="Make some."), ValueError("A bug.")):

        def failing(self, order, first, count, done, error=error):
            if self.spec.learning_rate == 0.3 and done >= 5:
                raise error
            return steps(self, order, first, count, done)

        monkeypatch.setattr(learner_module.Learner, "steps", failing)
        session = Session(dataset)
        messages = list(split(session, SPEC, RATE))
        (failed,) = of(JobFailed, messages)
        assert (failed.sentence == "No room.") is isinstance(error, UserError)
        assert [(each.run, each.reason) for each in of(RunFinished, messages)] == [("B", "failed"), ("A", "epochs")]
        assert session.runs["B"].moments.newest == 5, "what it has learned is kept"
        assert bits(session.runs["A"]) == bits(lone.runs["A"])
        monkeypatch.setattr(learner_module.Learner, "steps", lambda *_, error=error: (_ for _ in ()).throw(error))
        with pytest.raises(type(error)):
            list(split(session, SPEC, RATE))


def test_live_knobs_go_to_both_and_the_changed_setting_to_the_changed_twin_alone(dataset):
    def changed_after_an_epoch(changed, changes):
        session = Session(dataset)
        job = split(session, SPEC, changed)
        while not isinstance(next(job), TwinsTested):
            pass
        job.send(changes)
        list(job)
        return session.runs.values()

    one, other = changed_after_an_epoch(RATE, {"l2": 0.002, "learning_rate": 0.5})
    assert one.changes == [(STEPS, "l2", 0.002)]
    assert sorted(other.changes) == [(STEPS, "l2", 0.002), (STEPS, "learning_rate", 0.5)]
    one, other = changed_after_an_epoch(Changed("epochs", 5), {"learning_rate": 0.02})
    assert one.changes == other.changes == [(STEPS, "learning_rate", 0.02)]
    assert same_until(one, other) == 3 * STEPS, "they do not differ yet"


def test_each_pair_is_a_group_of_its_own_with_titles_its_curves_are_drawn_and_in_the_file(dataset, tmp_path):
    session = Session(dataset)
    session.begin(create_store(tmp_path / "twins.layerlight"))
    for _ in range(2):
        messages = list(split(session, SPEC.but(epochs=1), RATE))
    assert [each.resumed.title for each in of(RunStarted, messages)] == ["learning rate 0.1", "learning rate 0.3"]
    job = split(session, SPEC.but(epochs=2), Changed("epochs", 3), Parent("A", STEPS), of="A")
    next(message for message in job if isinstance(message, StepsDone) and message.run == "F")
    job.close()
    last = {name: len(run.losses) for name, run in session.runs.items()}
    assert session.close()

    store = run_through(open_store(tmp_path / "twins.layerlight")).store
    runs = store.load().runs.values()
    assert {run.name: run.moments.newest for run in runs} == last
    assert [run.member.number for run in runs] == [0, 1] * 3
    groups = ["Split: learning rate", "Split: learning rate 2", "Split of A: epochs"]
    assert [run.member.sweep for run in runs][::2] == groups
    assert [run.title for run in runs][-2:] == ["epochs 2", "epochs 3"]
    assert all(run.pinned for run in runs)
    store.close()


def test_what_makes_no_twin_is_refused_before_anything_begins(session):
    list(train(session, SPEC))
    for changed, parent, sentence in (
        (Changed("learning_rate", 0.1), None, "Learning rate is 0.1 already"),
        (Changed("layers", "17"), Parent("A", STEPS), "Hidden layers cannot change on the way"),
        (Changed("initial", "he"), Parent("A", STEPS), "Initial weights act at the start alone"),
        (Changed("epochs", 1), Parent("A", 2 * STEPS), "2 epochs behind it"),
    ):
        with pytest.raises(UserError, match=sentence):
            split(session, SPEC, changed, parent)
    assert list(session.runs) == ["A"]


def test_the_memory_that_is_asked_about_is_that_of_both(session, monkeypatch):
    one = room.training_bytes(SPEC, session.data())
    assert not list(twins.ask_first(session, SPEC, RATE)), "nor does that train them"
    monkeypatch.setattr(room, "free_memory", lambda: round(one / 0.3))  # 30 % each
    assert isinstance(next(train(session, SPEC)), RunStarted)
    (asked,) = split(session, SPEC, RATE, of="")
    assert asked.sentence.startswith("Training both networks takes about 0.3 GB")
    assert isinstance(asked, MemoryAsked) and (asked.spec, asked.changed) == (SPEC, RATE)
    assert list(twins.ask_first(session, SPEC, RATE)) == [asked]
    assert isinstance(next(split(session, SPEC, RATE, large=True)), RunStarted)
    monkeypatch.setattr(room, "free_memory", lambda: round(one / 0.45))
    with pytest.raises(UserError, match="both networks"):
        split(session, SPEC, RATE)
    (asked,) = twins.ask_first(session, SPEC, RATE)  # when the other run is gone there may be enough


def test_whether_the_data_of_a_run_are_there_is_told_before_anybody_wants_twins(dataset, session):
    list(train(session, SPEC.but(epochs=1)))

    def looked_for():
        (answer,) = of(DataLookedFor, look_for_data(session, "A"))
        return answer

    assert looked_for() == DataLookedFor(run="A", is_there=True)
    others = replace(dataset, name="Others", train_images=255 - dataset.train_images, called="/data/now.npz")
    session.replace_data(others)
    assert (looked_for().is_there, looked_for().now) == (False, others.summary)
    for source, where in (("/data/then.npz", "/data/then.npz"), ("", "sample"), ("/data/now.npz", "")):
        session.run("A").source = source
        assert looked_for().source == where, "none where that file holds others by now"
    with pytest.raises(UserError, match="learned from other data"):
        split(session, SPEC, RATE, of="A")
    session.replace_data(None)
    with pytest.raises(UserError, match=r"Run A learned from other data|No data set"):
        split(session, SPEC, RATE, of="A")
