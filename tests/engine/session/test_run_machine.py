"""Runs on random days: trained, stopped, continued, split, deleted, looked at with other data open and from their file.

A network at a step follows from its settings, its data and the step alone, however the run came there.
"""

import contextlib
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from made_sessions import dataset_of
from told import last, told
from trained import dense_by_hand

from engine.analysis.probes.mistakes import mistakes
from engine.core.errors import UserError
from engine.core.lens import Lens
from engine.core.specs import TrainSpec
from engine.model.training.changed import Changed
from engine.model.training.messages import Parent, StepsDone
from engine.session.jobs.files import open_session
from engine.session.jobs.runs import delete_runs, rename_run, restore_runs
from engine.session.jobs.train import train
from engine.session.jobs.twins import split
from engine.session.session import Session
from tests.engine.conftest import stripes
from tests.engine.few_days import few_days

STEPS = 12
FIRST_STEPS = {0, 1, 2, 3, 5, 8}  # steps of an epoch of twelve whose snapshots are kept within the first one

DATA = [dataset_of("Stripes", *stripes(240, seed), *stripes(90, seed + 1), "abcd") for seed in (1, 3)]
DATA.append(replace(DATA[0], name="Turned", test_images=DATA[0].test_images[::-1].copy()))
PLAIN = TrainSpec(layers="16", batch=20)
SPECS = [PLAIN, PLAIN.but(dropout=0.2, l2=0.001, shift=1, noise=0.05, optimizer="adam")]
NUMBERS, RATES = st.integers(0, 11), st.sampled_from([0.01, 0.03])


@dataclass
class Known:
    """What a run must be: its data, how far it is, and the rate by which it learned from each step on."""

    data: int
    spec: TrainSpec
    rates: tuple
    step: int
    start: int = 0
    title: str = ""

    def line(self, step):
        """All that its weights at a step follow from."""
        return self.data, self.spec, tuple(pair for pair in self.rates if pair[0] < max(step, 1)), step

    def but(self, step, rate):
        """What continues from there with a rate."""
        before = tuple(pair for pair in self.rates if pair[0] < step)
        rates = before if before and before[-1][1] == rate else (*before, (step, rate))
        return replace(self, rates=rates, start=step, title="")

    @property
    def moments(self):
        ends = range(0, self.step + 1, STEPS)
        return {step for step in {*FIRST_STEPS, *ends} if step <= self.step} | {self.step}


class RunMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.session = Session(DATA[0], new_place=lambda: Path(self.folder.name) / "runs.layerlight")
        self.open, self.runs, self.deleted, self.seen = 0, {}, {}, {}

    def teardown(self):
        self.session.close()
        self.folder.cleanup()

    def pick(self, number, of=None):
        names = [*(self.runs if of is None else of)]
        return names[number % len(names)]

    def learn(self, job, known, stop):
        """Carry out a training, to a step that is told or to its end, and note what came of it."""
        before = {*self.runs} | {*self.deleted}
        with contextlib.suppress(StopIteration):
            message = next(job)
            while stop and not (isinstance(message, StepsDone) and message.last_step >= stop):
                message = job.send({"steps_per_turn": 1 + stop % 3})
        job.close()
        (name,) = self.session.known_runs.keys() - before
        known.step = max(known.start, len(self.session.runs[name].losses))
        self.runs[name] = known
        self.check(name)

    @rule(spec=st.sampled_from(SPECS), rate=RATES, epochs=st.integers(1, 2), stop=st.integers(0, 40))
    def train(self, spec, rate, epochs, stop):
        job = train(self.session, spec.but(learning_rate=rate, epochs=epochs))
        self.learn(job, Known(self.open, spec, ((0, rate),), 0), stop)

    @precondition(lambda self: self.runs)
    @rule(which=NUMBERS, number=NUMBERS, rate=RATES, stop=st.integers(0, 40))
    def go_on(self, which, number, rate, stop):
        name = self.pick(which)
        step, known = self.pick(number, of=self.session.runs[name].moments), self.runs[name]
        spec = known.spec.but(learning_rate=rate, epochs=step // STEPS + 1)
        before = list(self.session.known_runs)
        if known.data == self.open:
            self.learn(train(self.session, spec, Parent(name, step)), known.but(step, rate), stop)
        else:
            with pytest.raises(UserError):
                told(train(self.session, spec, Parent(name, step)))
            assert list(self.session.known_runs) == before

    @rule(spec=st.sampled_from(SPECS), epochs=st.integers(1, 2))
    def split(self, spec, epochs):
        before = {*self.session.known_runs}
        told(split(self.session, spec.but(learning_rate=0.01, epochs=epochs), Changed("learning_rate", 0.03)))
        for name, rate in zip(sorted(self.session.known_runs.keys() - before), (0.01, 0.03), strict=True):
            title = f"learning rate {rate:g}"
            self.runs[name] = Known(self.open, spec, ((0, rate),), epochs * STEPS, title=title)
            self.check(name)

    @precondition(lambda self: self.runs)
    @rule(which=NUMBERS, title=st.sampled_from(["", "mine"]))
    def rename(self, which, title):
        self.runs[self.pick(which)].title = title
        told(rename_run(self.session, self.pick(which), title))

    @precondition(lambda self: self.runs)
    @rule(which=NUMBERS)
    def delete(self, which):
        name = self.pick(which)
        told(delete_runs(self.session, [name]))
        self.deleted[name] = self.runs.pop(name)

    @precondition(lambda self: self.deleted)
    @rule(which=NUMBERS)
    def take_back(self, which):
        name = self.pick(which, of=self.deleted)
        told(restore_runs(self.session, [name]))
        self.runs[name] = self.deleted.pop(name)

    @rule(which=st.integers(0, len(DATA) - 1))
    def open_data(self, which):
        self.session.replace_data(DATA[which])
        self.open = which

    @precondition(lambda self: self.runs)
    @rule(which=NUMBERS, number=NUMBERS)
    def look(self, which, number):
        """Whatever was open before, what is answered is of the data that are open now."""
        name = self.pick(which)
        moments = self.session.runs[name].moments
        step = self.pick(number, of=moments)
        answer = last(mistakes(self.session, Lens(name, step)))
        np.testing.assert_array_equal(answer.labels, DATA[self.open].test_labels)
        _, logits = dense_by_hand(moments[step].weights, DATA[self.open].test_images)
        np.testing.assert_array_equal(answer.answers, logits.argmax(axis=1))

    @precondition(lambda self: self.runs)
    @rule()
    def open_again(self):
        path = self.session.store.path
        self.session.close()
        told(open_session(self.session, str(path)))
        self.deleted = {}
        for name in self.runs:
            self.check(name)

    @invariant()
    def all_runs_are_there(self):
        for runs, known in ((self.session.runs, self.runs), (self.session.deleted, self.deleted)):
            assert {name: run.title for name, run in runs.items()} == {name: run.title for name, run in known.items()}

    def check(self, name):
        """Check that a run is where its line leads, as any other run that has come there."""
        run, known = self.session.runs[name], self.runs[name]
        assert run.fingerprint == DATA[known.data].fingerprint()
        assert {*run.moments} >= known.moments and run.moments.newest == known.step == len(run.losses)
        assert [done.step for done in run.epochs] == [*range(STEPS, known.step + 1, STEPS)]
        for step, moment in run.moments.items():
            bits = [array.tobytes() for array in (*moment.weights, *moment.optimizer, run.losses.so_far[:step])]
            assert self.seen.setdefault(known.line(step), bits) == bits
        for done in run.epochs:
            figures = done.train_loss, done.test_loss, done.test_accuracy, done.gradient_norms, done.dead
            assert self.seen.setdefault((*known.line(done.step), "tested"), figures) == figures


def test_runs_are_what_their_settings_data_and_steps_make_them_however_they_came_there():
    run_state_machine_as_test(RunMachine, settings=few_days(3, steps=15))
