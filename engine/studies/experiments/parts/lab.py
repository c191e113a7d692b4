"""The environment of one seed of an experiment: its data, its runs, and its progress."""

import contextlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from engine.core.charts import Curve, Level
from engine.core.lazy import Array
from engine.core.lens import Weights
from engine.core.messages import Changes, Message, read_only
from engine.core.specs import TrainSpec
from engine.data.dataset import Dataset
from engine.model.network.model import initial_weights
from engine.model.training.evaluation import is_dead
from engine.model.training.learned import learned_data
from engine.model.training.messages import EpochDone, Parent, RunStarted, StepsDone
from engine.model.training.run import Moment, Run
from engine.session.jobs.train import train
from engine.session.session import Session
from engine.studies.experiments.parts.experiment import experiment_called
from engine.studies.experiments.parts.learning import Learning, accuracy, entropy_of, read_parts
from engine.studies.experiments.parts.messages import ExperimentPicture, ExperimentProgress

type Measurement[T] = Generator[Message | None, Changes | None, T]

OTHER = 10_000  # added to a seed for a second draw, which is then not the first draw of another seed


class Lab:
    """One seed of an experiment, in a session of its own. All runs there are its own, in their order."""

    def __init__(self, session: Session, experiment: str) -> None:
        self.session, self.experiment = session, experiment
        self.share = 0.0  # the share of the experiment that is done, 0 to 1
        self.picture = experiment_called(experiment).picture  # so far
        self._words = ""

    @property
    def data(self) -> Dataset:
        """The data set."""
        return self.session.data()

    def pixels(self, images: Array) -> Array:
        """Return images as rows of pixels, (images, pixels) float32, 0 to 1."""
        return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)

    def learned(self, spec: TrainSpec) -> tuple[Array, Array]:
        """Return the pixels (images, pixels) and labels (images,) that a run with these settings learns from."""
        data = learned_data(self.data, spec)
        return self.pixels(data.train_images), data.train_labels

    def drawn(self, spec: TrainSpec, more: int = 0) -> Weights:
        """Return the initial weights of a run with these settings, and a seed that is `more` higher."""
        plan = spec.plan(self.data.shape, len(self.data.classes))
        return initial_weights(plan.weights, spec.initial, spec.seed + more)

    def at(self, share: float, words: str = "") -> ExperimentProgress:
        """Return the progress message; without words with the last ones."""
        self.share, self._words = max(self.share, min(1.0, share)), words or self._words
        return ExperimentProgress(experiment=self.experiment, share=self.share, words=self._words)

    def shows(self, *curves: Curve, levels: Sequence[Level] = ()) -> ExperimentPicture:
        """Return the message with the picture so far; the last one is that of the result."""
        self.picture = replace(self.picture, curves=curves, levels=tuple(levels))
        return ExperimentPicture(experiment=self.experiment, picture=self.picture)

    def train(
        self,
        spec: TrainSpec,
        title: str,
        parent: Parent | None = None,
        *,
        until: float,
        live: Callable[[EpochDone], Changes | None] = lambda _: None,
    ) -> Measurement[Run]:
        """Train a run up to the share `until` of the experiment, with `live` changes after each epoch; return it."""
        before = self.share
        run: Run | None = None
        done, changes = 0, None
        job = train(self.session, spec, parent, large=True)
        with contextlib.closing(job):
            while True:
                try:
                    message = job.send(changes)
                except StopIteration:
                    break
                changes = live(message) if isinstance(message, EpochDone) else None
                yield None
                if isinstance(message, RunStarted):
                    run = self.session.run(message.run)
                    run.title, done = title, parent.step if parent else 0
                    yield self.at(before, title)
                elif isinstance(message, StepsDone) and run:
                    whole = spec.epochs * run.steps_per_epoch
                    passed = (message.last_step - done) / max(1, whole - done)
                    yield self.at(before + passed * (until - before))
        assert run is not None
        return run

    def begin(self, spec: TrainSpec, title: str, steps_per_epoch: int = 1, parent: Parent | None = None) -> Run:
        """Add a run that the experiment trains with its own steps, from initial weights or `parent`; return it."""
        run = self.session.new_run(spec, steps_per_epoch)
        run.title, run.taught_from, self._words = title, parent, title
        return run

    def keep(self, run: Run, step: int, weights: Weights) -> None:
        """Add a moment to such a run: its weights after `step` steps."""
        moment = Moment(step=step, weights=tuple(map(read_only, weights)), optimizer=())
        run.moments[step], run.moment_bytes = moment, moment.bytes

    def test(
        self,
        run: Run,
        step: int,
        weights: Weights,
        train_loss: float,
        activation: str = "relu",
        loss: Callable[[Array, Array], float] = entropy_of,
    ) -> Measurement[Array]:
        """Test such a run after `step` steps, add the epoch that ends there, return the logits (images, classes)."""
        labels = self.data.test_labels
        images = self.data.test_images
        parts, ends = [], []
        for _, hidden, logits in read_parts(weights, images.reshape(len(images), -1), activation):
            parts.append(logits)
            ends.append([(layer.max(axis=0), layer.min(axis=0)) for layer in hidden])
            yield None
        logits = np.concatenate(parts)
        # (turns, 2, neurons): highest, lowest.
        layers = [np.array(layer) for layer in zip(*ends, strict=True)]
        is_relu = activation == "relu"
        epoch, left = divmod(step, run.steps_per_epoch)
        if epoch and not left:
            run.epochs.append(
                EpochDone(
                    run=run.name,
                    epoch=epoch,
                    step=step,
                    train_loss=train_loss,
                    test_loss=loss(logits, labels),
                    test_accuracy=accuracy(logits, labels),
                    images_per_second=0.0,
                    seconds=0.0,
                    gradient_norms=(),
                    dead=tuple(
                        int(is_dead(layer[:, 0].max(axis=0), layer[:, 1].min(axis=0), is_relu=is_relu).sum())
                        for layer in layers
                    ),
                    widths=tuple(layer.shape[-1] for layer in layers),
                    finite=all(np.isfinite(array).all() for array in weights),
                )
            )
        return logits

    def learn(self, run: Run, learning: Learning, order: Array, until: float) -> Measurement[Array]:
        """Train such a run with `order` (steps, batch) up to the share `until`; add its moment, and test it."""
        before, first = self.share, learning.done
        losses = []
        for turn_losses in learning.go(order):
            losses.append(turn_losses)
            yield self.at(before + (until - before) * (learning.done - first) / len(order))
        self.keep(run, learning.done, learning.weights)
        return (yield from self.test(run, learning.done, learning.weights, float(np.concatenate(losses).mean())))


def curve(label: str, x: Sequence[float] | Array, y: Sequence[float] | Array, style: Any = "line") -> Curve:
    """Return a curve of a picture."""
    return Curve(label=label, x=read_only(np.asarray(x, float)), y=read_only(np.asarray(y, float)), style=style)


def level(label: str, at: float, *, upright: bool = False) -> Level:
    """Return a straight line across a picture."""
    return Level(label=label, at=float(at), upright=upright)
