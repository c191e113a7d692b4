"""The job `train`: a network learns from the session's data set, and tells how it goes."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from engine.core.array import Array
from engine.core.errors import UserError
from engine.core.knobs import knobs
from engine.core.machine.device import Choice, device, is_out_of_memory
from engine.core.machine.memory import give_back
from engine.core.messages import Changes, Job, Notice, read_only
from engine.core.pace import Pace
from engine.core.specs import SLOTS, TrainSpec, fitted_batch
from engine.core.turns import Turns, run_through, silently
from engine.data.dataset import Dataset
from engine.data.formats.unseen import is_full, without_sample
from engine.data.sources import MNIST, SAMPLE, UNSEEN, opening_dataset
from engine.data.teaching import own_dataset, taught
from engine.model.training.changed import FIXED
from engine.model.training.epochs import Epochs
from engine.model.training.evaluation import Result
from engine.model.training.health import diagnose
from engine.model.training.learned import ALL, learned_data, other_data, own_part
from engine.model.training.learner import MAX_STEPS, Learner, forget_learners, learner_for, norm_period
from engine.model.training.messages import (
    DataLookedFor,
    DeviceFull,
    Diagnosis,
    EpochDone,
    MemoryAsked,
    MomentKept,
    Parent,
    RunFinished,
    RunStarted,
    StepsDone,
)
from engine.model.training.room import question, training_bytes
from engine.model.training.run import Moment, Run, is_kept
from engine.model.training.tensors import tensors_of
from engine.session.jobs.data import dataset_opened

if TYPE_CHECKING:
    from engine.session.session import Session

SMALLER = 4  # where the device's memory does not suffice, a batch smaller by this factor is offered

TURN_SECONDS = 0.02
"""How long a chunk of steps should take: long enough to cost nothing, short enough that pause answers at once."""

GIVE_BACK_SECONDS = 2.0
"""Memory that is free is given back to the system no more often: it takes some milliseconds."""


def train(
    session: Session,
    spec: TrainSpec,
    parent: Parent | None = None,
    on: Choice = "auto",
    *,
    large: bool = False,
) -> Job:
    """Train a new run until its epochs are over, its accuracy is reached or its weights are no numbers any more.

    With `parent` it goes on from that moment of another run, whose history and moments up to there become its own:
    weights, optimiser and the order of images continue, so it gives what an unbroken run gives, bit for bit.
    `spec.epochs` counts the parent's epochs as well. It may learn from other images or labels of the same data set
    (`engine.model.training.learned`); an epoch is as many steps as the parent's then, so that there is one scale of
    time. Where the parent came with Layerlight, the data that it learned from take the place of those that are open, if
    they can be found. With `on="cpu"` a GPU is left alone.

    A batch of more images than there are is brought down to a tenth of them, and a `Notice` says so.

    Yields `RunStarted`; `StepsDone` for each chunk; `MomentKept`, `EpochDone` and `Diagnosis` as they come; at last
    `RunFinished`. Where the device's memory does not suffice, it yields `DeviceFull` and raises `UserError`; what was
    trained is kept, and a new run can go on from it. Takes in changes of the live knobs, and of `steps_per_turn` (0: as
    many as fill 20 ms).

    A training that would take more than half of the memory that is free yields `MemoryAsked` and is not begun, unless
    it is said that a `large` one is wanted; for one that would take more than 80 % `UserError` is raised.
    """
    return Training(session, spec, _beginning(session, spec, parent), on, large=large).run()


def ask_first(session: Session, spec: TrainSpec, parent: Parent | None = None, on: Choice = "auto") -> Job:
    """Do what `train` does before it begins, while another run is in memory that is to make room for this one.

    Yields `MemoryAsked` where both together take much of the memory that is free, be it too much: when the other one is
    gone it may be less. Raises what `train` raises at once for other reasons.
    """
    beginning = _beginning(session, spec, parent)
    yield from Training(session, spec, beginning, on, large=False, is_only_asked=True).ask()


class Beginning(Protocol):
    """What a run begins with, besides its settings."""

    @property
    def data(self) -> Dataset:
        """The data that the run learns from."""

    @property
    def steps_per_epoch(self) -> int:
        """How many steps an epoch has; what images they do not need sit it out. 0: as many as the images fill."""

    @property
    def step(self) -> int:
        """How many steps lie behind it."""

    @property
    def parent(self) -> Parent | None:
        """The moment that it goes on from, with all that lies before."""

    def hand_over(self, run: Run, learner: Learner) -> None:
        """Let the new `run` begin here, and `learner`, which has initial weights."""

    def is_reached(self, learner: Learner, epoch: int) -> bool:
        """Whether the network at the end of that epoch has come to what is wanted of it."""


class Training:
    """One run on its way. Its generators hand everything they receive to `_take`."""

    def __init__(
        self,
        session: Session,
        spec: TrainSpec,
        beginning: Beginning,
        on: Choice,
        *,
        large: bool,
        is_only_asked: bool = False,
    ) -> None:
        data = beginning.data
        self._learned = learned_data(data, spec)
        self._fitted = ""
        """What to say where the batch that was wanted is larger than the data."""
        images = len(self._learned.train_images)
        if spec.batch > images:
            if beginning.steps_per_epoch:
                raise UserError(
                    f"A batch of {spec.batch:,} is more than the {images:,} training images there are.",
                    hint="Let it learn from more images.",
                )
            batch = fitted_batch(spec.batch, images)
            why = f"for there are only {images:,} training images"
            self._fitted = f"The batch is {batch:,} instead of {spec.batch:,}, {why}."
            spec = spec.but(batch=batch)
        asked = question(spec, self._learned, on, refuses=not is_only_asked)
        self._asked = "" if large else asked
        self._beginning = beginning
        self._steps_per_epoch = beginning.steps_per_epoch or images // spec.batch
        before = session.run(beginning.parent.run).spec if beginning.parent else spec
        self._learns_others = any(getattr(spec, name) != getattr(before, name) for name in ALL)
        self._session, self._data, self._spec, self._on = session, data, spec, on
        self._steps_per_turn = 0
        self._pace = Pace(TURN_SECONDS, most=MAX_STEPS)
        self._step = beginning.step
        self._early: Changes = {}
        """What was changed before the run began."""
        self._told_changes = 0
        """How many of the run's live changes were told."""
        self._newest = beginning.parent
        """Where a run can go on from if this one breaks off."""
        self._diagnosis: Diagnosis | None = None

    @property
    def needs(self) -> int:
        """How many bytes it takes at its peak, about."""
        return training_bytes(self._spec, self._learned)

    def ask(self) -> Job:
        """Ask whether a training that takes much of the memory is wanted; end at once where it does not."""
        if self._asked:
            yield MemoryAsked(sentence=self._asked, spec=self._spec, parent=self._newest, on=self._on)

    def run(self) -> Job:
        """Train to the last epoch, a turn after the other."""
        if self._asked:
            yield from self.ask()
            return
        if self._fitted:
            self._early = (yield Notice(sentence=self._fitted)) or {}
        try:
            yield from self._run_on_device()
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            forget_learners()
            full = self._device_full()
            yield full
            raise UserError(full.sentence, hint=full.hint) from error

    def _device_full(self) -> DeviceFull:
        """Return what happened, and what a person can do, when the device's memory does not suffice."""
        on, batch = device(self._on), self._spec.batch
        smaller = batch // SMALLER
        whose = on.name if on.is_gpu else "This computer"
        ways = ["Go on on the CPU"] if on.is_gpu else []
        ways += [f"start again with a batch of {smaller:,}" if smaller else "choose fewer or smaller layers"]
        hint = ", or ".join(ways)
        return DeviceFull(
            sentence=f"{whose} has too little memory for this network with a batch of {batch:,}.",
            hint=f"{hint[0].upper()}{hint[1:]}.",
            spec=self._spec,
            parent=self._newest,
            on_gpu=on.is_gpu,
            smaller_batch=smaller,
        )

    def _run_on_device(self) -> Job:
        is_other = self._data is not self._session.dataset
        if is_other:
            self._session.opening()(self._data)
        on = device(self._on)
        tensors = tensors_of(self._data, on, self._learned)
        classes, steps = len(self._data.classes), self._steps_per_epoch
        with learner_for(self._spec, tensors, classes, on, steps) as self._learner:
            yield from self._learn(is_other=is_other)

    def _learn(self, *, is_other: bool) -> Job:
        self._run = self._session.new_run(self._spec, self._steps_per_epoch)
        self._beginning.hand_over(self._run, self._learner)
        try:
            self._take(self._early)
            self._take((yield self._started()))
            if is_other:
                self._take((yield dataset_opened(self._data)))
            self._learner.compile()
            give_back()
            self._gave_back = time.monotonic()
            yield from self._keep_moment()
            for epoch in range(self._first_epoch(), self._spec.epochs + 1):
                finite = yield from self._epoch(epoch)
                accuracy = self._run.epochs[-1].judged if finite else 0.0
                if not finite or 0 < self._spec.stop_at <= accuracy:
                    yield RunFinished(
                        run=self._run.name, reason="accuracy" if finite else "not finite", epoch=epoch
                    )
                    return
                if self._beginning.is_reached(self._learner, epoch):
                    self._run.spec = self._run.spec.but(epochs=epoch)
                    yield RunFinished(run=self._run.name, reason="taught", epoch=epoch)
                    return
            yield RunFinished(run=self._run.name, reason="epochs", epoch=self._spec.epochs)
        finally:
            if self._step not in self._run.moments:
                self._run.moments[self._step] = self._learner.moment(self._step)
            self._newest = Parent(self._run.name, self._step)
            self._session.save_and_tell_later()
            give_back()

    def _first_epoch(self) -> int:
        """Return the epoch to begin with: one that was trained but never tested is begun at its end."""
        done, left = divmod(self._step, self._steps_per_epoch)
        is_tested = any(each.epoch == done for each in self._run.epochs)
        return done if done and not left and not is_tested else done + 1

    def _started(self) -> RunStarted:
        has_more = self._beginning.parent or self._run.examples or self._run.title
        return RunStarted(
            run=self._run.name,
            spec=self._spec,
            dataset=self._data.summary,
            train_images=len(self._learned.train_images),
            test_images=len(self._data.test_images),
            steps_per_epoch=self._steps_per_epoch,
            parameters=self._learner.model.count_params(),
            color=self._run.color,
            classes=self._run.classes,
            fingerprint=self._run.fingerprint,
            resumed=self._run.summary() if has_more else None,
        )

    def _epoch(self, epoch: int) -> Any:
        """Train and test one epoch, or what is left of it; return whether all is finite."""
        images = len(self._learned.train_images)
        anew = self._run.taught_from is not None
        order = self._learner.order(epoch_order(self._spec, images, self._steps_per_epoch, epoch, anew=anew))
        first = self._step - (epoch - 1) * self._steps_per_epoch
        known = _measured(self._step - first, self._steps_per_epoch) if first else len(self._run.norms)
        begun, seconds = first, 0.0
        while first < self._steps_per_epoch:
            count = self._count(first)
            begin = time.perf_counter()
            chunk, chunk_norms = self._learner.steps(order, first, count, self._step)
            took = time.perf_counter() - begin
            self._pace.fit(count, took)
            seconds, first, self._step = seconds + took, first + count, self._step + count
            self._take((yield self._steps_done(chunk, chunk_norms, took)))
            if not np.isfinite(chunk).all():
                yield from self._judge(finite=False)
                return False
            if is_kept(self._step, self._steps_per_epoch):
                yield from self._keep_moment()
        result = yield from self._tested(self._learner.test())
        assert result is not None
        validated = yield from self._tested(self._learner.validate())
        speed = (first - begun) * self._spec.batch / seconds if seconds else 0.0
        losses, norms = self._run.losses.so_far[-self._steps_per_epoch :], self._run.norms.so_far[known:]
        done = self._epoch_done(epoch, losses, norms, seconds, speed, result, validated)
        self._run.epochs.append(done)
        yield from self._save()  # first: what was told is in the file
        self._take((yield done))
        yield from self._judge(finite=result.finite)
        self._give_back_at_times()
        return result.finite

    def _give_back_at_times(self) -> None:
        """Give back the holes that this and all that watches it leave: a long training's history comes between them."""
        if time.monotonic() - self._gave_back > GIVE_BACK_SECONDS:
            give_back()
            self._gave_back = time.monotonic()

    def _count(self, first: int) -> int:
        """Return how many steps the next turn takes: never past the epoch's end or a moment to be kept."""
        most = min(self._steps_per_turn or self._pace.size, MAX_STEPS, self._steps_per_epoch - first)
        return next(
            (count for count in range(1, most) if is_kept(self._step + count, self._steps_per_epoch)), most
        )

    def _steps_done(self, losses: Array, norms: Array, took: float) -> StepsDone:
        norms = read_only(norms)
        self._run.losses.extend(losses)
        self._run.norms.extend(norms)
        changes = tuple(self._run.changes[self._told_changes :])
        self._told_changes += len(changes)
        return StepsDone(
            run=self._run.name,
            first_step=self._step - len(losses) + 1,
            so_far=self._run.losses.so_far,
            gradient_norms=norms,
            images_per_second=len(losses) * self._spec.batch / took,
            changes=changes,
        )

    def _tested(self, turns: Iterator[Result | None]) -> Generator[None, Changes | None, Result | None]:
        """Take the turns of a test; return its result, `None` where there is nothing to test on."""
        for result in turns:
            if result is not None:
                return result
            self._take((yield))
        return None

    def _epoch_done(
        self,
        epoch: int,
        losses: Array,
        norms: Array,
        seconds: float,
        images_per_second: float,
        result: Result,
        validated: Result | None,
    ) -> EpochDone:
        return EpochDone(
            run=self._run.name,
            epoch=epoch,
            step=self._step,
            train_loss=float(losses.mean(dtype=np.float64)),
            test_loss=result.loss,
            test_accuracy=result.accuracy,
            images_per_second=images_per_second,
            seconds=seconds,
            gradient_norms=tuple(float(norm) for norm in norms.mean(axis=0)) if len(norms) else (),
            dead=result.dead,
            widths=result.widths,
            finite=result.finite,
            validation_loss=validated.loss if validated else None,
            validation_accuracy=validated.accuracy if validated else None,
        )

    def _judge(self, *, finite: bool) -> Job:
        """Tell how the run is, when that is news.

        Of one that went on with other images it is judged how it learns those: when they are new, any loss is high.
        """
        run, labels = self._run, self._data.test_labels
        epochs: Sequence[EpochDone] = run.epochs
        if self._learns_others:
            begun = self._beginning.step + self._steps_per_epoch
            epochs = [done for done in run.epochs if done.step > begun]
        if finite and not epochs:
            return
        diagnosis = diagnose(
            run.name,
            run.spec,
            epochs,
            changes=run.changes,
            finite=finite,
            chance=np.bincount(labels).max() / len(labels),
            moments=run.moments,
        )
        if diagnosis != self._diagnosis:
            self._diagnosis = diagnosis
            self._take((yield diagnosis))

    def _keep_moment(self) -> Job:
        if self._step in self._run.moments:
            return  # taken over from the parent
        moment = self._run.moments[self._step] = self._learner.moment(self._step)
        self._run.moment_bytes = moment.bytes
        self._take((yield MomentKept(run=self._run.name, step=self._step)))
        if self._step % self._steps_per_epoch or not self._step:
            yield from self._save()  # an epoch's last moment is saved with its figures

    def _save(self) -> Job:
        for message in self._session.save():
            self._take((yield message))

    def _take(self, changes: Changes | None) -> None:
        """Take over what a person changed meanwhile; values out of a knob's range are refused with `UserError`."""
        for name, value in (changes or {}).items():
            if name == "steps_per_turn":
                self._steps_per_turn = int(value)
            elif (knob := knobs(TrainSpec).get(name)) and knob.live and value != getattr(self._spec, name):
                self._spec = self._spec.but(**{name: value})
                self._run.changes.append((self._step, name, float(value)))
        self._learner.follow(self._spec)


def epoch_order(
    spec: TrainSpec, images: int, steps_per_epoch: int, epoch: int, *, anew: bool = False
) -> Array:
    """Return the images of each batch of an epoch (from 1), (steps, batch), of as many as there are to learn from.

    They are gone through pass by pass, and what does not fill a pass' last batch sits that pass out. A pass is an
    epoch, but for a run that goes on with other images than it began with: the batch of a step follows from seed and
    step alone. With `anew` each epoch begins another pass, however few of the images it takes.
    """
    if anew:
        drawn = np.random.default_rng([spec.seed, epoch]).permutation(images)
        return drawn[: steps_per_epoch * spec.batch].reshape(steps_per_epoch, spec.batch)
    in_pass = images // spec.batch
    passes, places = np.divmod(np.arange((epoch - 1) * steps_per_epoch, epoch * steps_per_epoch), in_pass)
    order = np.empty((steps_per_epoch, spec.batch), np.int64)
    for each in np.unique(passes):
        drawn = np.random.default_rng([spec.seed, int(each) + 1]).permutation(images)
        batches = drawn[: in_pass * spec.batch].reshape(in_pass, spec.batch)
        order[passes == each] = batches[places[passes == each]]
    return order


# Where a run goes on from -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FromInitialWeights:
    """A run on `data` begins with nothing."""

    data: Dataset
    steps_per_epoch: int = 0
    step: int = 0
    parent: Parent | None = None

    def hand_over(self, run: Run, learner: Learner) -> None:
        """Leave both as they are."""

    def is_reached(self, learner: Learner, epoch: int) -> bool:
        """Nothing but the settings ends it."""
        return False


@dataclass(frozen=True, slots=True)
class Origin:
    """A moment to go on from, read, and the run that it belongs to; `data` are what that learned from."""

    data: Dataset
    run: Run
    moment: Moment
    parent: Parent

    def __post_init__(self) -> None:
        """Raise `UserError` where the file names `data`, and the moment is of other data."""
        run, data, shapes = self.run, self.data, [array.shape for array in self.moment.weights]
        if run.examples:
            steps = run.steps_per_epoch
        elif run.parent is not None:  # perhaps those of another run, which learned from other images of them
            steps = min(max(1, run.steps_per_epoch), len(data.train_images) // run.spec.batch)
        else:
            steps = len(learned_data(data, run.spec).train_images) // run.spec.batch
        if (run.shape, shapes[-1], run.steps_per_epoch) != (data.shape, (len(data.classes),), steps):
            raise UserError(
                f"Run {run.label} was trained on other data than the session says: {run.dataset}.",
                hint="Start a new run instead.",
            )

    @property
    def steps_per_epoch(self) -> int:
        """As many as the run has: its steps are counted on."""
        return self.run.steps_per_epoch

    @property
    def step(self) -> int:
        """How many steps lie behind the moment."""
        return self.moment.step

    def is_reached(self, learner: Learner, epoch: int) -> bool:
        """Nothing but the settings ends it."""
        return False

    def hand_over(self, child: Run, learner: Learner) -> None:
        """Let `child` begin here: with the history and moments up to here, `learner` with weights and optimiser."""
        step = self.moment.step
        child.parent, child.optimizers = self.parent, self.run.optimizers_up_to(step)
        child.epochs = Epochs(_renamed(done, child.name) for done in self.run.epochs if done.step <= step)
        child.tested = {each: found for each, found in self.run.tested.items() if each <= step}
        child.moment_bytes = self.run.moment_bytes
        child.taught_from = self.run.taught_from
        for kept in self.run.moments:
            if kept <= step:
                child.moments[kept] = self.run.moments.kept(kept)
        self._hand_over_steps(child, step)
        learner.restore(self.moment, optimizer=has_state_of(self.run, self.moment, child.spec.optimizer))

    def _hand_over_steps(self, child: Run, step: int) -> None:
        """Cut at the moment."""
        child.losses.extend(self.run.losses.so_far[:step])
        child.losses.extend(np.full(step - len(child.losses), np.nan))
        child.norms.extend(self.run.norms.so_far[: _measured(step, child.steps_per_epoch)])


def _beginning(session: Session, spec: TrainSpec, parent: Parent | None) -> Beginning:
    if parent is None:
        return FromInitialWeights(session.data())
    return origin(session, spec, parent)


def has_state_of(run: Run, moment: Moment, optimizer: str) -> bool:
    """Whether a run's moment has the state of that optimiser. The bundled session leaves it out where it is large."""
    if run.optimizer_at(moment.step) != optimizer:
        return False
    slots = SLOTS[optimizer]
    expected = [(), (), *(array.shape for array in moment.weights for _ in range(slots))]
    return [array.shape for array in moment.optimizer] == expected


def origin(session: Session, spec: TrainSpec, parent: Parent) -> Origin:
    """Return where a run with `spec` goes on from; raise `UserError` when it cannot."""
    run = session.run(parent.run)
    data = learned_from(session, run)
    if parent.step not in run.moments:
        raise UserError(f"Run {run.label} has no snapshot at step {parent.step:,}.")
    for name in FIXED:
        if getattr(spec, name) != getattr(run.spec, name):
            title = knobs(TrainSpec)[name].title
            raise UserError(
                f"{title} cannot change on the way: run {run.label} has {getattr(run.spec, name)}.",
                hint="Start a new run instead, or keep that setting.",
            )
    done = parent.step / run.steps_per_epoch
    if spec.epochs <= done:
        raise UserError(
            f"Run {run.label} has {done:g} epochs behind it at that snapshot, and {spec.epochs} are wanted in all.",
            hint="Choose more epochs: they are counted from the first run's start.",
        )
    return Origin(data, run, run.moments[parent.step], parent)


def learned_from(session: Session, run: Run) -> Dataset:
    """Return the data that a run was trained on: those that are open, or for a bundled run its part of the full MNIST.

    Raises `UserError` when other data are open and these cannot be found.
    """
    return run_through(finding_learned(session, run))


def finding_learned(session: Session, run: Run) -> Turns[Dataset]:
    """Return what `learned_from` does, in turns; raises what it raises."""
    now = session.dataset
    for opened in (now, now.base if now is not None else None):
        if opened is not None and (part := own_part(opened, run)) is not None:
            return part
    if run.examples and (found := (yield from _taught(now, run))) and found.fingerprint() == run.fingerprint:
        return found
    if (
        run.source == UNSEEN
        and (found := (yield from _unseen(now)))
        and found.fingerprint() == run.fingerprint
    ):
        return found
    first = "Open the full MNIST, mnist.npz," if run.source == UNSEEN else "Open these"
    raise UserError(other_data(run), hint=f"{first} first; now {session.data().summary} is open.")


def look_for_data(session: Session, name: str) -> Job:
    """Tell by `DataLookedFor` whether a run can be trained again or further now: with the data it learned from."""
    run = session.run(name)
    try:
        yield from finding_learned(session, run)
    except UserError:
        now = session.dataset
        is_by_name = run.source == (now.wanted if now else None)  # the file holds something else by now
        source = MNIST if run.source == UNSEEN else "" if is_by_name else run.source or SAMPLE
        yield DataLookedFor(run=name, is_there=False, now=now.summary if now else "", source=source)
    else:
        yield DataLookedFor(run=name, is_there=True)


def _taught(now: Dataset | None, run: Run) -> Turns[Dataset | None]:
    """Return what a run learned from that was taught, out of its examples and the data that are open."""
    if not run.base:
        return own_dataset(run.examples)
    bases = [now.base or now] if now is not None else []
    if run.source == UNSEEN and (found := (yield from _unseen(now))):
        bases.append(found)
    fitting = next((base for base in bases if base.fingerprint() == run.base), None)
    return (yield from taught(fitting, run.examples)) if fitting else None


def _unseen(now: Dataset | None) -> Turns[Dataset | None]:
    """Return what the bundled runs learned from, out of the data that are open or of those on this computer."""
    now = now and (now.base or now)
    if now is not None and is_full(now):
        return without_sample(now)
    if now is not None and now.called == UNSEEN:
        return now
    try:
        return (yield from silently(opening_dataset(UNSEEN)))[0]
    except UserError:
        return None


def _renamed(done: EpochDone, run: str) -> EpochDone:
    return dataclasses.replace(done, run=run)


def _measured(steps: int, steps_per_epoch: int) -> int:
    """Return of how many of the first `steps` steps there are gradient norms."""
    return -(-steps // norm_period(steps_per_epoch))
