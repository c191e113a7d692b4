"""The job that writes a hand-out: six snapshots of a run, what lies behind their answers, and the page around it."""

import math
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from engine.analysis.ideal.job import IdealImages, paint_ideal
from engine.analysis.ideal.spec import PRESETS
from engine.analysis.probes.neuron_order import selectivity
from engine.core.errors import UserError
from engine.core.language import tr, tr_plural, with_marks
from engine.core.layers.language import in_words
from engine.core.layers.plan import Plan
from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.messages import Job, Saved, Turns
from engine.core.preload import tensorflow_there
from engine.core.text import accuracy_words, fine_percent, isolated, printable, written
from engine.data.dataset import Dataset, say_training_images
from engine.data.preparation import is_mnist_style
from engine.export.handout.network import (
    as_plain,
    layers_of,
    multiplications,
    packed,
    quantised,
    steps_of,
    text_size,
    widened,
)
from engine.export.handout.page import assembled
from engine.export.messages import FileWriting
from engine.model.network.lens_network import LensNetwork, Varied, fitting_data, lens_network, new_network
from engine.model.network.plain import accuracy
from engine.model.network.summary import Summary, summary
from engine.model.training.learned import answer_names, chooses, learned_by, remark_on
from engine.model.training.run import Run
from engine.session.jobs.export import keep_inputs, write_file
from engine.session.session import Session

SNAPSHOTS = 6
MOST_BYTES, OTHER_BYTES = 2_500_000, 150_000  # of a file, and of its content besides weights
MOST_MULTIPLIED = 50_000_000  # multiplications of an answer: 0.1 s in a browser on a desk
# Test images of all classes together, and in addition those that are misread.
MOST_PICTURES, MOST_MISREAD = 30, 5
MOST_NEURONS = 30  # of a layer, of all classes together; at least one for each class
MOST_QUESTIONS = 3
IDEAL = PRESETS["robust"].spec


class Question(NamedTuple):
    """A question of a lesson; `right` is the place of the true answer, `told` the text that follows it."""

    question: str
    answers: tuple[str, ...]
    right: int | None
    told: str


def export_handout(session: Session, lens: Lens, path: Path, questions: Sequence[Question] = ()) -> Job:
    """Write a hand-out of a run up to the lens' moment, in turns; nothing is written before all of it is computed.

    Reports by `FileWriting`. Raises `UserError` if the network is not finite, too large for the file or for a browser,
    or does not read the data, or if the file cannot be written.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise UserError(tr("{file} does not end in .html, and no browser would open it.", file=path.name))
    keep_inputs(session, path)
    writer = _Writer(session, lens)
    yield FileWriting(file=path.name, share=0.0)
    yield from tensorflow_there()
    for share in writer.compute():
        yield None if share is None else FileWriting(file=path.name, share=share)
    content = writer.page(questions, path.name)
    yield None
    write_file(session, path, content)
    yield Saved(sentence=tr("Saved {path}.", path=path), hint=writer.summary(len(content)))


def snapshots(run: Run, last: int) -> list[int]:
    """Return up to six moments of a run up to the step `last`.

    Raises `UserError` if the file has no room for one, or a browser no time for an answer.
    """
    plan = run.plan_of(run.moment(last).weights)
    room = _room(run, plan)
    # Evenly spaced by the logarithm of the steps: a network changes most at first, and six on the scale of the time
    # slider would show five good networks.
    steps = [step for step in run.moments if step <= last]
    count = min(SNAPSHOTS, room, len(steps))
    chosen = {last}
    for number in range(count - 1):
        goal = number / (count - 1) * math.log1p(last)
        left = [step for step in steps if step not in chosen]
        chosen.add(min(left, key=lambda step: abs(math.log1p(step) - goal)))
    return sorted(chosen)


def _room(run: Run, plan: Plan) -> int:
    """Return how many snapshots a file has room for; raise `UserError` for none, or a network that answers slowly."""
    if (work := multiplications(plan)) > MOST_MULTIPLIED:
        sentence = tr(
            "An answer of run {run} takes {count:,} multiplications, too many for a hand-out in a browser.",
            run=run.label,
            count=work,
        )
        hint = tr("Hand out a network that takes fewer than {most:,}.", most=MOST_MULTIPLIED)
        raise UserError(sentence, hint=hint)
    room = (MOST_BYTES - OTHER_BYTES) // text_size(plan)
    if not room:
        count = plan.parameters
        sentence = tr_plural(
            "The network of run {run} has {count:,} weight, too many for a hand-out of {size:.1f} MB.",
            "The network of run {run} has {count:,} weights, too many for a hand-out of {size:.1f} MB.",
            count,
            run=run.label,
            size=MOST_BYTES / 1e6,
        )
        most = (MOST_BYTES - OTHER_BYTES) * 3 // 4
        raise UserError(sentence, hint=tr("Train one with fewer than {most:,}.", most=most))
    return room


class _Snapshot(NamedTuple):
    step: int
    weights: list[Any]  # its arrays for JSON
    accuracy: float
    summaries: list[Summary]  # of each hidden layer


class _Writer:
    def __init__(self, session: Session, lens: Lens) -> None:
        self._session, self._run = session, session.run(lens.run)
        self._lens = Lens(lens.run, self._run.step_at(lens.moment))
        self._network = lens_network(session, self._lens)
        self._data: Dataset = fitting_data(session.data(), self._network.architecture)
        self._names, self._remark = answer_names(self._data, self._run), remark_on(self._data, self._run)
        self._steps = snapshots(self._run, self._network.key.step)
        self._snapshots: list[_Snapshot] = []
        self._logits: Array = np.zeros((0, 0), np.float32)
        self._quantised_logits: Array = self._logits
        self._ideals: IdealImages | None = None

    def compute(self) -> Generator[float | None, None, None]:
        """Compute the content, in turns; yields the progress, 0 to 1."""
        parts = len(self._steps) + 2  # one for the test in 8 bits, one for the ideal images
        for number, step in enumerate(self._steps, start=1):
            yield from self._add_snapshot(new_network(self._session, self._network.key._replace(step=step)))
            yield number / parts
        # The answers of the last snapshot as the page computes them.
        varied = Varied(weights=widened(quantised(self._network.plan, self._network.weights)))
        _, self._quantised_logits = yield from self._network.outputs_in_turns(self._data.test_images, varied=varied)
        yield (parts - 1) / parts
        for message in paint_ideal(self._session, self._lens, IDEAL):
            if isinstance(message, IdealImages):
                self._ideals = message
                yield (parts - 1 + message.number / IDEAL.steps) / parts

    def page(self, questions: Sequence[Question], file: str) -> bytes:
        """Return the file's content; a person's words in it are one line each."""
        run, last = self._run, self._snapshots[-1]
        title = printable(run.title) or tr("Run {run}", run=run.name)
        network = in_words(run.spec.network, run.shape, len(self._classes))
        tested = len(self._data.test_labels)
        share = accuracy_words(last.accuracy, tested)
        if self._remark:
            share = tr("{share} of other data, {data},", share=share, data=printable(self._data.name))
        about = tr("A network of {network}.", network=network), self._say_learned(share)
        pixels: Array = self._ideals.images if self._ideals else np.zeros(0)
        ideals = np.rint(255 * np.nan_to_num(pixels).clip(0, 1)).astype(np.uint8)
        content = {
            "title": title,
            "file": printable(file),
            "about": " ".join((*about, tr("All is computed on this device."))),
            "shape": run.shape,
            "raw": not is_mnist_style(self._data),
            "classes": self._classes,
            "truths": self._called(self._data.classes),
            "steps": steps_of(self._network.plan),
            "layers": layers_of(self._network.plan),
            "tested": with_marks(f"{tested:,}"),
            "snapshots": [
                {
                    "name": _moment_name(snapshot.step, run.steps_per_epoch),
                    "accuracy": fine_percent(snapshot.accuracy, tested),
                    "weights": snapshot.weights,
                }
                for snapshot in self._snapshots
            ],
            "fingerprints": [self._fingerprint(number) for number in range(len(self._network.layers))],
            "pictures": self._pictures(),
            "ideals": [packed(image) for image in ideals],
            "questions": [
                {**question._asdict(), "right": -1 if question.right is None else question.right}
                for question in questions[:MOST_QUESTIONS]
            ],
        }
        return assembled(tr("{title} · Layerlight hand-out", title=title), content)

    def _say_learned(self, share: str) -> str:
        """Return a sentence on what the network learned from, and what `share` of the test images it reads."""
        run, learned = self._run, learned_by(self._data, self._run, self._session.known_runs)
        if learned is not None:
            return tr_plural(
                "It learned from {count:,} image of {data}, and reads {share} correctly.",
                "It learned from {count:,} images of {data}, and reads {share} correctly.",
                len(learned.numbers),
                data=isolated(self._data.name),
                share=share,
            )
        if not run.dataset:
            return tr("It is trained, and reads {share} correctly.", share=share)
        images = say_training_images(printable(run.dataset))
        if chooses(run.spec):
            return tr(
                "It learned from a part of the {images}, and reads {share} correctly.", images=images, share=share
            )
        return tr("It learned from {images}, and reads {share} correctly.", images=images, share=share)

    def summary(self, size: int) -> str:
        """Return a sentence with the file's size, and its agreement with the run."""
        same = self._logits.argmax(axis=1) == self._quantised_logits.argmax(axis=1)
        values = {"size": size / 1e6, "same": int(same.sum()), "all": len(same)}
        if (count := len(self._steps)) == SNAPSHOTS:
            return tr("{size:.1f} MB, and the same answer as the run on {same:,} of {all:,} test images.", **values)
        return tr_plural(
            "{size:.1f} MB, {count:,} snapshot, and the same answer as the run on {same:,} of {all:,} test images.",
            "{size:.1f} MB, {count:,} snapshots, and the same answer as the run on {same:,} of {all:,} test images.",
            count,
            **values,
        )

    @property
    def _classes(self) -> list[str]:
        return self._called(self._names)

    def _called(self, names: Sequence[str]) -> list[str]:
        """Return a name for each output: its number if it has none."""
        count = self._network.architecture.classes
        return [printable(names[number]) if number < len(names) else f"{number}" for number in range(count)]

    def _add_snapshot(self, network: LensNetwork) -> Turns[None]:
        if not all(np.isfinite(array).all() for array in network.weights):
            step, run = network.key.step, self._run.label
            sentence = tr("At step {step:,} not all weights of run {run} are numbers.", step=step, run=run)
            raise UserError(sentence, hint=tr("Look at an earlier snapshot, and export the hand-out there."))
        images, labels = self._data.test_images, self._data.test_labels
        hidden, self._logits = yield from network.outputs_in_turns(images, range(len(network.layers)))
        summaries = []
        for layer in hidden:
            summaries.append((yield from summary(layer, labels, len(self._classes))))
        weights = [as_plain(array) for array in quantised(network.plan, network.weights)]
        self._snapshots.append(_Snapshot(network.key.step, weights, accuracy(self._logits, labels).whole, summaries))

    def _fingerprint(self, layer: int) -> dict[str, Any]:
        """Return a layer's strongest neurons ordered by their classes, and their means at each moment."""
        chosen, favourites = strongest(self._snapshots[-1].summaries[layer], MOST_NEURONS)
        means = [np.nan_to_num(snapshot.summaries[layer].means[:, chosen]) for snapshot in self._snapshots]
        return {
            "numbers": chosen.tolist(),
            "favourites": favourites.tolist(),
            "means": [packed(mean.astype(np.float32)) for mean in means],
            "most": float(np.abs(means[-1]).max(initial=0)),
        }

    def _pictures(self) -> list[dict[str, Any]]:
        """Return some test images of each class, and some that the network misreads."""
        labels, answers = self._data.test_labels, self._logits.argmax(axis=1)
        count = max(1, MOST_PICTURES // len(self._classes))
        chosen = [np.flatnonzero(labels == label)[:count] for label in range(len(self._classes))]
        numbers = np.concatenate(chosen)[: max(MOST_PICTURES, len(self._classes))]
        misread = np.setdiff1d(np.flatnonzero(answers != labels), numbers)[:MOST_MISREAD]
        return [
            {"pixels": packed(self._data.test_images[number]), "label": int(labels[number])}
            for number in (*numbers, *misread)
        ]


def strongest(layer: Summary, most: int) -> tuple[Array, Array]:
    """Return a layer's strongest neurons (n,), as many for each class, grouped by their class, and that (n,)."""
    classes, favourites = len(layer.means), selectivity(layer)[0]
    means = np.nan_to_num(layer.means)
    own = means[favourites, np.arange(means.shape[1])]
    lead = own - (means.sum(axis=0) - own) / max(classes - 1, 1)
    fires = layer.highest > layer.lowest
    chosen = list[int]()
    for label in range(classes):
        members = np.flatnonzero((favourites == label) & fires)
        chosen += members[np.argsort(-lead[members], kind="stable")][: max(1, most // classes)].tolist()
    return np.array(chosen, int), favourites[np.array(chosen, int)]


def _moment_name(step: int, steps_per_epoch: int) -> str:
    """Return the name of a moment: `start`, `step 55` in the first epoch, `epoch 3`, `epoch 3.4`."""
    if step == 0:
        return tr("start")
    if step < steps_per_epoch:
        return tr("step {step:,}", step=step)
    return tr("epoch {number}", number=written(step / steps_per_epoch, f".{int(step % steps_per_epoch > 0)}f"))
