"""The job `train`: a network learns from the session's data set."""

import dataclasses
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from engine.core.errors import UserError
from engine.core.frozen import Frozen
from engine.core.knobs import Value, knobs
from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.machine.device import Choice, device, is_out_of_memory
from engine.core.machine.memory import give_back, unmap_libraries
from engine.core.messages import Changes, Job, Notice, Pace, Turns, read_only, run_through, silently
from engine.core.specs import SLOTS, TrainSpec, fitted_batch
from engine.data.dataset import Dataset, say_summary
from engine.data.download.catalogue import UNSEEN
from engine.data.formats.sample import is_full, without_sample
from engine.data.sources import MNIST, SAMPLE, opening_dataset
from engine.data.teaching import own_dataset, taught
from engine.model.training import messages
from engine.model.training.changed import FIXED
from engine.model.training.epochs import Epochs
from engine.model.training.evaluation import Result
from engine.model.training.health import diagnose
from engine.model.training.learned import ALL, learned_data, other_data, own_part
from engine.model.training.learner import MAX_STEPS, Learner, forget_learners, learner_for, norm_period
from engine.model.training.room import question, training_bytes
from engine.model.training.run import Moment, Run, is_kept
from engine.model.training.tensors import tensors_of
from engine.session.jobs.data import dataset_opened
from engine.session.session import Session

SMALLER = 4  # if the device's memory is too small, a batch smaller by this factor is suggested
TURN_SECONDS = 0.02  # target time of a chunk of steps; shorter ones cost a sixth of the speed
GIVE_BACK_SECONDS = 2.0  # minimum time between returning memory to the system, which takes milliseconds


def train(
    session: Session,
    spec: TrainSpec,
    parent: messages.Parent | None = None,
    on: Choice = "auto",
    *,
    large: bool = False,
) -> Job:
    """Train a new run until its epochs are done, its accuracy is reached, or its weights are not finite any more.

    With `parent` it continues from that moment of another run, whose history and moments up to there it takes over: the
    result is that of an unbroken run, bit for bit, and `spec.epochs` includes the parent's. It may learn from other
    images or labels of the same data set, but an epoch has as many steps as the parent's. If the parent is a bundled
    run, its data replace the open ones, if they can be found. With `on="cpu"` a GPU is not used. A batch of more images
    than there are is reduced to a tenth of them, with a `Notice`.

    Yields `RunStarted`; `StepsDone` for each chunk; `MomentKept`, `EpochDone` and `Diagnosis`; at last `RunFinished`.
    If the device's memory is too small, it yields `DeviceFull` and raises `UserError`. Receives changes of the live
    knobs, and of `steps_per_turn` (0 means as many as fill 20 ms). A training that would take more than half of the
    free memory yields `MemoryAsked` and does not start, unless `large` is true; above 80 % it raises `UserError`.
    """
    return Training(session, spec, run_start(session, spec, parent), on, large=large).run()


def ask_first(session: Session, spec: TrainSpec, parent: messages.Parent | None = None, on: Choice = "auto") -> Job:
    """Do the checks of `train` while another run, which this one will replace, is still in memory.

    Yields `MemoryAsked` if both together take much of the free memory, even too much, as the other one will be gone.
    """
    yield from Training(session, spec, run_start(session, spec, parent), on, large=False, is_only_asked=True).ask()


class RunStart(Frozen):
    """The start of a run, besides its settings: initial weights, unless a subclass has others."""

    data: Dataset  # that the run learns from
    steps_per_epoch: int = 0  # the steps of an epoch, which may not use all images; 0 for as many as they fill
    step: int = 0  # the number of steps before it
    parent: messages.Parent | None = None  # the moment that the run continues from, whose history it takes over

    def hand_over(self, run: Run, learner: Learner) -> None:
        """Set up the new `run`, and `learner`, which has initial weights."""

    def is_reached(self, learner: Learner, epoch: int) -> bool:
        """Whether the network has reached its goal at the end of that epoch, besides the goals in the settings."""
        return False


class Training:
    """One run's training. All that its generators receive goes to `_take`."""

    def __init__(
        self,
        session: Session,
        spec: TrainSpec,
        start: RunStart,
        on: Choice,
        *,
        large: bool,
        is_only_asked: bool = False,
        twin: tuple[str, messages.Member] | None = None,
    ) -> None:
        """`twin` is the title of one of two twins, and its place in their group."""
        data = start.data
        self._learned = learned_data(data, spec)
        self._fitted = ""  # the notice that the batch was reduced
        images = len(self._learned.train_images)
        if spec.batch > images:
            if start.steps_per_epoch:
                sentence = tr(
                    "A batch of {batch:,} is more than the {images:,} training images there are.",
                    batch=spec.batch,
                    images=images,
                )
                raise UserError(sentence, hint=tr("Let it learn from more images."))
            batch = fitted_batch(spec.batch, images)
            self._fitted = tr(
                "The batch is {batch:,} instead of {wanted:,}, for there are only {images:,} training images.",
                batch=batch,
                wanted=spec.batch,
                images=images,
            )
            spec = spec.but(batch=batch)
        sentence = question(spec, self._learned, on, refuses=not is_only_asked)
        self._question = "" if large else sentence
        self._start, self._twin = start, twin
        self._steps_per_epoch = start.steps_per_epoch or images // spec.batch
        before = session.run(start.parent.run).spec if start.parent else spec
        self._learns_others = any(getattr(spec, name) != getattr(before, name) for name in ALL)
        self._session, self._data, self._spec, self._on = session, data, spec, on
        self._pace = Pace(TURN_SECONDS, most=MAX_STEPS)
        self._step = start.step
        self._early: Changes = {}  # changes before the run started
        self._sent_changes = 0  # the number of the run's live changes that are in messages
        self._newest = start.parent  # the moment that another run can continue from, if this one fails
        self._diagnosis: messages.Diagnosis | None = None

    @property
    def needs(self) -> int:
        """Its approximate peak memory in bytes."""
        return training_bytes(self._spec, self._learned)

    def ask(self) -> Job:
        """Yield the question about memory, if there is one."""
        if self._question:
            yield messages.MemoryAsked(sentence=self._question, spec=self._spec, parent=self._newest, on=self._on)

    def run(self) -> Job:
        """Train to the last epoch, turn by turn."""
        if self._question:
            yield from self.ask()
            return
        if self._fitted:
            self._early = (yield Notice(sentence=self._fitted)) or {}
        try:
            is_other = self._data is not self._session.dataset
            if is_other:
                self._session.opening()(self._data)
            on = device(self._on)
            tensors = tensors_of(self._data, on, self._learned)
            classes, steps = len(self._data.classes), self._steps_per_epoch
            with learner_for(self._spec, tensors, classes, on, steps) as self._learner:
                yield from self._learn(is_other=is_other)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            forget_learners()
            full = self._device_full()
            yield full
            raise UserError(full.sentence, hint=full.hint) from error

    def _device_full(self) -> messages.DeviceFull:
        """Return the message that the device's memory is too small, with what a person can do."""
        on, batch = device(self._on), self._spec.batch
        smaller = batch // SMALLER
        if on.is_gpu:
            sentence = mark("{device} has too little memory for this network with a batch of {batch:,}.")
            again = mark("Go on on the CPU, or start again with a batch of {batch:,}.")
            otherwise = mark("Go on on the CPU, or choose fewer or smaller layers.")
        else:
            sentence = mark("This computer has too little memory for this network with a batch of {batch:,}.")
            again = mark("Start again with a batch of {batch:,}.")
            otherwise = mark("Choose fewer or smaller layers.")
        return messages.DeviceFull(
            sentence=tr(sentence, device=on.name, batch=batch),
            hint=tr(again if smaller else otherwise, batch=smaller),
            spec=self._spec,
            parent=self._newest,
            on_gpu=on.is_gpu,
            smaller_batch=smaller,
        )

    def _learn(self, *, is_other: bool) -> Job:
        self._run = self._session.new_run(self._spec, self._steps_per_epoch)
        self._start.hand_over(self._run, self._learner)
        if self._twin:
            (self._run.title, self._run.member), self._run.pinned = self._twin, True
        is_stopped = False
        try:
            self._take(self._early)
            self._take((yield self._started()))
            if is_other:
                self._take((yield dataset_opened(self._data)))
            self._learner.compile()
            give_back()
            self._gave_back = time.monotonic()
            yield from self._keep_moment()
            if not self._step and self._run.taught_from:
                yield from self._test_before()
            done, left = divmod(self._step, self._steps_per_epoch)
            is_tested = any(epoch.epoch == done for epoch in self._run.epochs)
            first = done if done and not left and not is_tested else done + 1  # or only test the last epoch
            for epoch in range(first, self._spec.epochs + 1):
                finite = yield from self._epoch(epoch)
                if epoch == first:  # training and testing are compiled
                    unmap_libraries()
                accuracy = self._run.epochs[-1].judged if finite else 0.0
                if not finite or 0 < self._spec.stop_at <= accuracy:
                    yield messages.RunFinished(
                        run=self._run.name,
                        reason="accuracy" if finite else "not finite",  # no text
                        epoch=epoch,
                    )
                    return
                if self._start.is_reached(self._learner, epoch):
                    self._run.spec = self._run.spec.but(epochs=epoch)
                    yield messages.RunFinished(run=self._run.name, reason="taught", epoch=epoch)
                    return
            yield messages.RunFinished(run=self._run.name, reason="epochs", epoch=self._spec.epochs)
        except GeneratorExit:
            is_stopped = True
            raise
        finally:
            if self._step not in self._run.moments:
                self._run.moments[self._step] = self._learner.moment(self._step)
            self._newest = messages.Parent(self._run.name, self._step)
            if not is_stopped:  # or a person would wait: `tell_run` writes the last moment
                self._session.post_later(self._session.save())
                give_back()

    def _started(self) -> messages.RunStarted:
        has_more = self._start.parent or self._run.examples or self._run.title
        return messages.RunStarted(
            run=self._run.name,
            spec=self._spec,
            dataset=self._data.summary,
            train_images=len(self._learned.train_images),
            test_images=len(self._data.test_images),
            steps_per_epoch=self._steps_per_epoch,
            parameters=self._learner.model.plan.parameters,
            color=self._run.color,
            classes=self._run.classes,
            fingerprint=self._run.fingerprint,
            resumed=self._run.summary() if has_more else None,
        )

    def _test_before(self) -> Job:
        """Test the network that is taught on the images that it is tested on later, so that both can be compared."""
        before = yield from self._tested(self._learner.test())
        assert before is not None
        score = self._run.tested[0] = messages.Score(0, before.loss, before.accuracy)
        self._take((yield messages.MomentTested(run=self._run.name, tested=score)))

    def _epoch(self, epoch: int) -> Any:
        """Train and test one epoch, or the rest of it; return whether all numbers are finite."""
        images = len(self._learned.train_images)
        restarts = self._run.taught_from is not None
        order = self._learner.order(epoch_order(self._spec, images, self._steps_per_epoch, epoch, restarts=restarts))
        first = self._step - (epoch - 1) * self._steps_per_epoch
        known = _measured(self._step - first, self._steps_per_epoch) if first else len(self._run.norms)
        first_step, seconds = first, 0.0
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
        losses, norms = self._run.losses.so_far[-self._steps_per_epoch :], self._run.norms.so_far[known:]
        done = messages.EpochDone(
            run=self._run.name,
            epoch=epoch,
            step=self._step,
            train_loss=float(losses.mean(dtype=np.float64)),
            test_loss=result.loss,
            test_accuracy=result.accuracy,
            images_per_second=(first - first_step) * self._spec.batch / seconds if seconds else 0.0,
            seconds=seconds,
            gradient_norms=tuple(float(norm) for norm in norms.mean(axis=0)) if len(norms) else (),
            dead=result.dead,
            widths=result.widths,
            finite=result.finite,
            validation_loss=validated.loss if validated else None,
            validation_accuracy=validated.accuracy if validated else None,
        )
        self._run.epochs.append(done)
        yield from self._save()  # before the message: what is printed is in the file already
        self._take((yield done))
        yield from self._judge(finite=result.finite)
        # A long training's history, and the views' copies of it, fragment the heap.
        if time.monotonic() - self._gave_back > GIVE_BACK_SECONDS:
            give_back()
            self._gave_back = time.monotonic()
        return result.finite

    def _count(self, first: int) -> int:
        """Return the number of steps of the next turn: at most to the epoch's end or the next moment to be kept."""
        most = min(self._pace.asked or self._pace.size, MAX_STEPS, self._steps_per_epoch - first)
        return next((count for count in range(1, most) if is_kept(self._step + count, self._steps_per_epoch)), most)

    def _steps_done(self, losses: Array, norms: Array, took: float) -> messages.StepsDone:
        norms = read_only(norms)
        self._run.losses.extend(losses)
        self._run.norms.extend(norms)
        changes = tuple(self._run.changes[self._sent_changes :])
        self._sent_changes += len(changes)
        return messages.StepsDone(
            run=self._run.name,
            first_step=self._step - len(losses) + 1,
            so_far=self._run.losses.so_far,
            gradient_norms=norms,
            images_per_second=len(losses) * self._spec.batch / took,
            changes=changes,
        )

    def _tested(self, turns: Iterator[Result | None]) -> Generator[None, Changes | None, Result | None]:
        """Run the turns of a test; return its result, or `None` if there is nothing to test on."""
        for result in turns:
            if result is not None:
                return result
            self._take((yield))
        return None

    def _judge(self, *, finite: bool) -> Job:
        run, labels = self._run, self._data.test_labels
        epochs: Sequence[messages.EpochDone] = run.epochs
        if self._learns_others:  # of other images than before, any loss is high in the first epoch
            settled = self._start.step + self._steps_per_epoch
            epochs = [done for done in run.epochs if done.step > settled]
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
        self._take((yield messages.MomentKept(run=self._run.name, step=self._step)))
        if self._step % self._steps_per_epoch or not self._step:
            yield from self._save()  # the moment at an epoch's end is saved with the epoch's figures

    def _save(self) -> Job:
        thinned = self._session.thin()
        for message in [*thinned, *self._session.save({self._run.name, *(change.run for change in thinned)})]:
            self._take((yield message))

    def _take(self, changes: Changes | None) -> None:
        """Apply a person's changes; a value outside of a knob's range raises `UserError`."""
        self._pace.ask(changes)
        for name, value in self._spec.live(changes).items():
            if value != getattr(self._spec, name):
                self._spec = self._spec.but(**{name: value})
                self._run.changes.append((self._step, name, float(value)))
        self._learner.follow(self._spec)


def epoch_order(spec: TrainSpec, images: int, steps_per_epoch: int, epoch: int, *, restarts: bool = False) -> Array:
    """Return the image numbers, below `images`, of each batch of an epoch (from 1), (steps, batch).

    Images are used pass by pass, without those that do not fill a pass' last batch. A pass is an epoch, unless a run
    continues with other images: seed and step determine a batch. With `restarts`, each epoch starts a new pass.
    """
    done = (epoch - 1) * (images // spec.batch if restarts else steps_per_epoch)
    return batches(images, spec.batch, steps_per_epoch, spec.seed, done)


def batches(images: int, batch: int, steps: int, seed: int, done: int = 0) -> Array:
    """Return the images of each step, (steps, batch), in an order per pass, after `done` earlier steps."""
    in_pass = images // batch
    first = done // in_pass
    orders = [
        np.random.default_rng([seed, number + 1]).permutation(images)[: in_pass * batch].reshape(in_pass, batch)
        for number in range(first, max(first + 1, -(-(done + steps) // in_pass)))
    ]
    return np.concatenate(orders)[done - first * in_pass :][:steps]


class Origin(RunStart):
    """A moment to continue from, with its run, and the `data` that this learned from."""

    run: Run
    moment: Moment

    def __post_init__(self) -> None:
        """Raise `UserError` if the file names `data`, but the moment is of other data."""
        run, data, shapes = self.run, self.data, [array.shape for array in self.moment.weights]
        if run.examples:
            steps = run.steps_per_epoch
        elif run.parent is not None:  # it has the steps per epoch of its parent, which may have used other images
            steps = min(max(1, run.steps_per_epoch), len(data.train_images) // run.spec.batch)
        else:
            steps = len(learned_data(data, run.spec).train_images) // run.spec.batch
        if (run.shape, shapes[-1], run.steps_per_epoch) != (data.shape, (len(data.classes),), steps):
            sentence = tr(
                "Run {run} was trained on other data than the session says: {data}.",
                run=run.label,
                data=say_summary(run.dataset),
            )
            raise UserError(sentence, hint=tr("Start a new run instead."))

    def hand_over(self, run: Run, learner: Learner) -> None:
        """Give `run` the history and moments up to here, and `learner` the weights and the optimiser's state."""
        step = self.step
        run.parent, run.optimizers = self.parent, self.run.optimizers_up_to(step)
        epochs = (done for done in self.run.epochs if done.step <= step)
        run.epochs = Epochs(dataclasses.replace(done, run=run.name) for done in epochs)
        run.tested = {tested_step: score for tested_step, score in self.run.tested.items() if tested_step <= step}
        run.moment_bytes = self.run.moment_bytes
        run.taught_from = self.run.taught_from
        for moment in self.run.moments:
            if moment <= step:
                run.moments[moment] = self.run.moments.kept(moment)
        run.losses.extend(self.run.losses.so_far[:step])
        run.losses.extend(np.full(step - len(run.losses), np.nan))  # a damaged file may have lost some
        run.norms.extend(self.run.norms.so_far[: _measured(step, run.steps_per_epoch)])
        learner.restore(self.moment, optimizer=has_state_of(self.run, self.moment, run.spec.optimizer))


def run_start(session: Session, spec: TrainSpec, parent: messages.Parent | None) -> RunStart:
    """Return the start of a run with `spec`: initial weights, or that moment of another run, as `origin` checks it."""
    return RunStart(data=session.data()) if parent is None else origin(session, spec, parent)


def resumed_spec(run: Run, step: int, given: Mapping[str, Value]) -> TrainSpec:
    """Return the settings of that moment with the `given` ones; a run at its end gets as many epochs again."""
    spec = run.spec_at(step).but(**given)
    done = step // run.steps_per_epoch
    if "epochs" not in given and done >= spec.epochs:
        before = run.parent.step // run.steps_per_epoch if run.parent else 0
        most = int(knobs(TrainSpec)["epochs"].maximum)
        spec = spec.but(epochs=min(most, done + max(1, run.spec.epochs - before)))
    return spec


def has_state_of(run: Run, moment: Moment, optimizer: str) -> bool:
    """Whether a run's moment has that optimiser's state, which the bundled session omits where it is large."""
    if run.optimizer_at(moment.step) != optimizer:
        return False
    slots = SLOTS[optimizer]
    expected = [(), (), *(array.shape for array in moment.weights for _ in range(slots))]
    return [array.shape for array in moment.optimizer] == expected


def origin(session: Session, spec: TrainSpec, parent: messages.Parent) -> Origin:
    """Return the origin of a run with `spec` that continues from `parent`; raise `UserError` if it cannot."""
    run = session.run(parent.run)
    data = learned_from(session, run)
    run.check_kept(parent.step)
    for name in FIXED:
        if getattr(spec, name) != getattr(run.spec, name):
            title = knobs(TrainSpec)[name].title
            sentence = tr(
                "{title} cannot change on the way: run {run} has {value}.",
                title=title,
                run=run.label,
                value=getattr(run.spec, name),
            )
            raise UserError(sentence, hint=tr("Start a new run instead, or keep that setting."))
    done = parent.step / run.steps_per_epoch
    if spec.epochs <= done:
        raise UserError(
            tr(
                "Run {run} has {done:g} epochs behind it at that snapshot, and {epochs} are wanted in all.",
                run=run.label,
                done=done,
                epochs=spec.epochs,
            ),
            hint=tr("Choose more epochs: they are counted from the first run's start."),
        )
    return Origin(
        data=data,
        steps_per_epoch=run.steps_per_epoch,
        step=parent.step,
        parent=parent,
        run=run,
        moment=run.moments[parent.step],
    )


def learned_from(session: Session, run: Run) -> Dataset:
    """Return a run's data: the open ones, or a part of the full MNIST; raise `UserError` if they cannot be found."""
    return run_through(finding_learned(session, run))


def finding_learned(session: Session, run: Run) -> Turns[Dataset]:
    """Return the result of `learned_from` in turns; raises what it raises."""
    now = session.dataset
    for opened in (now, now.base if now is not None else None):
        if opened is not None and (part := own_part(opened, run)) is not None:
            return part
    if run.examples and (data := (yield from _taught(now, run))) and data.fingerprint() == run.fingerprint:
        return data
    if run.source == UNSEEN and (data := (yield from _unseen(now))) and data.fingerprint() == run.fingerprint:
        return data
    hint = mark("Open these first; now {data} is open.")
    if not run.dataset:
        hint = mark("Teach it examples of your own, or start a new run.")
    if run.source == UNSEEN:
        hint = mark("Open the full MNIST, mnist.npz, first; now {data} is open.")
    raise UserError(other_data(run), hint=tr(hint, data=say_summary(session.data().summary)))


def look_for_data(session: Session, name: str) -> Job:
    """Yield `DataLookedFor`: whether the data that a run learned from are available, to train it again or further."""
    run = session.run(name)
    try:
        yield from finding_learned(session, run)
    except UserError:
        now = session.dataset
        is_by_name = run.source == (now.wanted if now else None)  # the file has other content now
        is_unknown = is_by_name or not run.dataset
        source = MNIST if run.source == UNSEEN else "" if is_unknown else run.source or SAMPLE
        yield messages.DataLookedFor(run=name, is_there=False, now=now.summary if now else "", source=source)
    else:
        yield messages.DataLookedFor(run=name, is_there=True)


def _taught(now: Dataset | None, run: Run) -> Turns[Dataset | None]:
    """Return the data of a taught run, made from its examples and the open data; `None` if that is impossible."""
    if not run.base:
        return own_dataset(run.examples)
    bases = [now.base or now] if now is not None else []
    if run.source == UNSEEN and (data := (yield from _unseen(now))):
        bases.append(data)
    fitting = next((base for base in bases if base.fingerprint() == run.base), None)
    return (yield from taught(fitting, run.examples)) if fitting else None


def _unseen(now: Dataset | None) -> Turns[Dataset | None]:
    """Return the data of the bundled runs, from the open data or a copy on this computer, if possible."""
    now = now and (now.base or now)
    if now is not None and is_full(now):
        return without_sample(now)
    if now is not None and now.called == UNSEEN:
        return now
    try:
        return (yield from silently(opening_dataset(UNSEEN)))[0]
    except UserError:
        return None


def _measured(steps: int, steps_per_epoch: int) -> int:
    """Return the number of measured gradient norms in the first `steps` steps."""
    return -(-steps // norm_period(steps_per_epoch))
