"""The job that writes a hand-out: six snapshots of a run, what lies behind their answers, and the page around it."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from engine.analysis.ideal.job import IdealImages, paint_ideal
from engine.analysis.ideal.spec import PRESETS
from engine.analysis.probes.neuron_order import selectivity
from engine.core.array import Array
from engine.core.errors import UserError
from engine.core.lens import Lens
from engine.core.messages import Job, Notice
from engine.core.numbers import accuracy_words, fine_percent, plural
from engine.core.preload import tensorflow_there
from engine.core.specs import ConvLayer, in_words
from engine.core.text import isolated, printable
from engine.data.dataset import Dataset, say_training_images
from engine.data.style import is_mnist_style
from engine.export.handout.messages import HandoutWriting
from engine.export.handout.page import assembled
from engine.export.handout.quantised import packed, quantised, text_size, widened
from engine.model.network.accuracy import accuracy
from engine.model.network.fitting import fitting_data
from engine.model.network.lens_network import LensNetwork, Varied, lens_network, new_network
from engine.model.network.summary import Summary, summary
from engine.model.training.learned import answer_names, chooses, learned_by, remark_on
from engine.session.jobs.export import keep_inputs, write_file

if TYPE_CHECKING:
    from engine.model.training.run import Run
    from engine.session.session import Session

SNAPSHOTS = 6

MOST_BYTES, OTHER_BYTES = 2_500_000, 150_000
"""Of a file, and of what is in it besides weights."""

MOST_PICTURES, MOST_MISREAD = 30, 5
"""Numbers of test images: of all classes together, and besides of those that the network misreads."""

MOST_NEURONS = 30
"""Of a layer, of all classes together; one for each class at least."""

MOST_QUESTIONS = 3

IDEAL = PRESETS["robust"].spec


class Asked(NamedTuple):
    """A question of a lesson; `right` is the place of the true answer, `told` what is said besides it."""

    question: str
    answers: tuple[str, ...]
    right: int | None
    told: str


def export_handout(session: Session, lens: Lens, path: Path, questions: Sequence[Asked] = ()) -> Job:
    """Write a hand-out of a run up to the lens' moment, in turns; nothing is written before all is made.

    Says how far it is by `HandoutWriting`, at the end what was written and to how many of the test images it gives the
    same answer as the run. Raises `UserError` where the network is too large or not finite, the data are not what it
    reads, or the file cannot be written.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise UserError(f"{path.name} does not end in .html, and no browser would open it.")
    keep_inputs(session, path)
    making = _Making(session, lens)
    yield HandoutWriting(file=path.name, share=0.0)
    yield from tensorflow_there()
    for share in making.make():
        yield HandoutWriting(file=path.name, share=share)
    content = making.page(questions)
    yield None
    write_file(session, path, content)
    yield Notice(sentence=f"Saved {path}.", hint=making.summed_up(len(content)))


def snapshots(run: Run, last: int) -> list[int]:
    """Return up to six of the run's moments up to the step `last`, evenly by the logarithm: early steps change most.

    Raises `UserError` where not even one has room in a file that is passed on.
    """
    weights = run.moment(last).weights
    room = (MOST_BYTES - OTHER_BYTES) // text_size(weights)
    if not room:
        count = sum(array.size for array in weights)
        raise UserError(
            f"The network of run {run.label} has {plural(count, 'weight')}, too many for a hand-out of "
            f"{MOST_BYTES / 1e6:.1f} MB.",
            hint=f"Train one with fewer than {(MOST_BYTES - OTHER_BYTES) * 3 // 4:,}.",
        )
    steps = [step for step in run.moments if step <= last]
    count = min(SNAPSHOTS, room, len(steps))
    chosen = {last}
    for number in range(count - 1):
        wanted = number / (count - 1) * math.log1p(last)
        left = [step for step in steps if step not in chosen]
        chosen.add(min(left, key=lambda step: abs(math.log1p(step) - wanted)))
    return sorted(chosen)


class _Snapshot(NamedTuple):
    """What is in the file of one moment."""

    step: int
    weights: list[dict[str, str]]
    accuracy: float
    summaries: list[Summary]
    """Of each hidden layer."""


class _Making:
    """A hand-out on its way."""

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

    def make(self) -> Generator[float, None, None]:
        """Compute all that is in the file, in turns; yields how far it is, 0 to 1."""
        parts = len(self._steps) + 2  # one for the test in 8 bits, one for the ideal images
        for number, step in enumerate(self._steps):
            network = new_network(self._session, self._network.key._replace(step=step))
            for share in self._look_at(network):
                yield (number + share) / parts
        for share in self._test_quantised():
            yield (parts - 2 + share) / parts
        for message in paint_ideal(self._session, self._lens, IDEAL):
            if isinstance(message, IdealImages):
                self._ideals = message
                yield (parts - 1 + message.number / IDEAL.steps) / parts

    def page(self, questions: Sequence[Asked]) -> bytes:
        """Return the file's content; a person's words in it are one line each."""
        run, last = self._run, self._snapshots[-1]
        title = printable(run.title) or f"Run {run.name}"
        network = in_words(run.spec.hidden, run.shape, len(self._classes))
        tested = len(self._data.test_labels)
        others = f"of other data, {printable(self._data.name)}, " if self._remark else ""
        content = {
            "title": title,
            "about": f"A network of {network}. {self._say_learned()}, and reads "
            f"{accuracy_words(last.accuracy, tested)} {others}correctly. All is computed on this device.",
            "shape": run.shape,
            "raw": not is_mnist_style(self._data),
            "classes": self._classes,
            "truths": self._called(self._data.classes),
            "layers": [
                {
                    "kind": "conv" if isinstance(layer, ConvLayer) else "dense",
                    "width": layer.width,
                    "activation": layer.activation,
                }
                for layer in run.spec.hidden
            ],
            "tested": f"{tested:,}",
            "snapshots": [
                {
                    "name": _named(each.step, run.steps_per_epoch),
                    "accuracy": fine_percent(each.accuracy, tested),
                    "weights": each.weights,
                }
                for each in self._snapshots
            ],
            "fingerprints": [self._fingerprint(number) for number in range(len(run.spec.hidden))],
            "pictures": self._pictures(),
            "ideals": [packed(_shades(image)) for image in self._ideals.images] if self._ideals else [],
            "questions": [
                {**each._asdict(), "right": -1 if each.right is None else each.right}
                for each in questions[:MOST_QUESTIONS]
            ],
        }
        return assembled(f"{title} · Layerlight hand-out", content)

    def _say_learned(self) -> str:
        run, its = self._run, learned_by(self._data, self._run, self._session.known_runs)
        if its is not None:
            return f"It learned from {len(its.numbers):,} images of {isolated(self._data.name)}"
        if not run.dataset:
            return "It is trained"
        part = "a part of the " if chooses(run.spec) else ""
        return f"It learned from {part}{say_training_images(printable(run.dataset))}"

    def summed_up(self, size: int) -> str:
        """Return what a person should know of the file: its size, and how true it is to the run."""
        same = self._logits.argmax(axis=1) == self._quantised_logits.argmax(axis=1)
        few = "" if len(self._steps) == SNAPSHOTS else f"{plural(len(self._steps), 'snapshot')}, "
        return (
            f"{size / 1e6:.1f} MB, {few}and the same answer as the run on {int(same.sum()):,} of "
            f"{len(same):,} test images."
        )

    @property
    def _classes(self) -> list[str]:
        """The names of all outputs."""
        return self._called(self._names)

    def _called(self, names: Sequence[str]) -> list[str]:
        """Return a name for each output; what has none is called by its number."""
        count = self._network.architecture.classes
        return [printable(names[number]) if number < len(names) else f"{number}" for number in range(count)]

    def _look_at(self, network: LensNetwork) -> Generator[float, None, None]:
        """Keep what is in the file of one moment."""
        if not all(np.isfinite(array).all() for array in network.weights):
            raise UserError(
                f"At step {network.key.step:,} not all weights of run {self._run.label} are numbers.",
                hint="Look at an earlier snapshot, and export the hand-out there.",
            )
        for _ in network.make_ready():
            yield 0.0
        images, labels = self._data.test_images, self._data.test_labels
        hidden = [np.empty((len(labels), layer.width), np.float32) for layer in network.layers]
        logits = np.empty((len(labels), len(self._classes)), np.float32)
        for chosen, layers, answers in network.batches(images):
            logits[chosen] = answers
            for whole, part in zip(hidden, layers, strict=True):
                whole[chosen] = part
            yield chosen.stop / len(labels)
        summaries = []
        for layer in hidden:
            summaries.append((yield from _in_turns(summary(layer, labels, len(self._classes)))))
        weights = [layer.as_plain() for layer in quantised(network.weights)]
        right = accuracy(logits, labels).whole
        self._snapshots.append(_Snapshot(network.key.step, weights, right, summaries))
        self._logits = logits
        yield 1.0

    def _test_quantised(self) -> Generator[float, None, None]:
        """Let the last snapshot answer as the page will."""
        images = self._data.test_images
        varied = Varied(weights=widened(quantised(self._network.weights)))
        self._quantised_logits = np.empty_like(self._logits)
        for chosen, _, answers in self._network.batches(images, varied):
            self._quantised_logits[chosen] = answers
            yield chosen.stop / len(self._logits)

    def _fingerprint(self, layer: int) -> dict[str, Any]:
        """Return a layer's strongest neurons in the order of their classes, and their means at each moment."""
        chosen, favourites = strongest(self._snapshots[-1].summaries[layer], MOST_NEURONS)
        means = [np.nan_to_num(each.summaries[layer].means[:, chosen]) for each in self._snapshots]
        return {
            "numbers": chosen.tolist(),
            "favourites": favourites.tolist(),
            "means": [packed(each.astype(np.float32)) for each in means],
            "most": float(np.abs(means[-1]).max(initial=0)),
        }

    def _pictures(self) -> list[dict[str, Any]]:
        """Return a few test images of each class, and some that the network misreads."""
        labels, answers = self._data.test_labels, self._logits.argmax(axis=1)
        each = max(1, MOST_PICTURES // len(self._classes))
        chosen = [np.flatnonzero(labels == label)[:each] for label in range(len(self._classes))]
        numbers = np.concatenate(chosen)[: max(MOST_PICTURES, len(self._classes))]
        misread = np.setdiff1d(np.flatnonzero(answers != labels), numbers)[:MOST_MISREAD]
        return [
            {"pixels": packed(self._data.test_images[number]), "label": int(labels[number])}
            for number in (*numbers, *misread)
        ]


def strongest(found: Summary, most: int) -> tuple[Array, Array]:
    """Return the numbers of a layer's strongest neurons (n,), grouped by the class they answer most to, and that (n,).

    Strong is whose mean over its class is far above that over the others; each class has as many at most.
    """
    classes, favourites = len(found.means), selectivity(found)[0]
    means = np.nan_to_num(found.means)
    own = means[favourites, np.arange(means.shape[1])]
    lead = own - (means.sum(axis=0) - own) / max(classes - 1, 1)
    fires = found.highest > found.lowest
    chosen = list[int]()
    for label in range(classes):
        members = np.flatnonzero((favourites == label) & fires)
        chosen += members[np.argsort(-lead[members], kind="stable")][: max(1, most // classes)].tolist()
    return np.array(chosen, int), favourites[np.array(chosen, int)]


def _in_turns[T](work: Generator[None, Any, T]) -> Generator[float, None, T]:
    """Do work in turns that are a moment's last."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result
        yield 1.0


def _shades(image: Array) -> Array:
    """Return pixels from 0 to 1 as uint8."""
    shades: Array = np.rint(255 * np.nan_to_num(image).clip(0, 1)).astype(np.uint8)
    return shades


def _named(step: int, steps_per_epoch: int) -> str:
    """Say which moment it is: `start`, `step 55` in the first epoch, `epoch 3`, `epoch 3.4`."""
    if step == 0:
        return "start"
    if step < steps_per_epoch:
        return f"step {step:,}"
    return f"epoch {step / steps_per_epoch:.{int(step % steps_per_epoch > 0)}f}"
