"""Layerlight as a library, for notebooks and scripts: a session, its runs and what they show, in plain calls.

A call runs a job of the window to its end and returns its answer: a NumPy array, or a frozen dataclass of the engine
whose arrays are read-only. Layers count from 1, but from 0 in the `layer` of an answer; neurons, classes, images and
steps from 0, as in the window. What a person can get wrong raises `UserError`, one sentence and a hint; what the window
shows as a notice is a warning. Ctrl-C ends a call between two turns. One thread at a time may use a session.

One process writes a session file: the second to open it, window or library, gets what is in it by then, read-only,
and a sentence that says so.

In the examples `session` is the one that comes along, with the embedded sample, and `run` the blog's network in it:

>>> session = layerlight.open(data="sample")
>>> run = session.run("A")
"""

from __future__ import annotations

import html
import os
import signal
import threading
import warnings
import weakref
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self, TypeAliasType, get_args

import numpy as np

from engine.analysis.ideal import job as ideal
from engine.analysis.ideal.spec import IdealSpec
from engine.analysis.mapping.settings import MapSpec
from engine.analysis.probes import (
    activations,
    answer,
    class_accuracy,
    comparison,
    fingerprints,
    mistakes,
    nearest,
    neuron_card,
    neuron_order,
    saliency,
    weight_pictures,
)
from engine.analysis.probes import map as maps
from engine.analysis.probes import road as roads
from engine.core.errors import UserError
from engine.core.language import VARIABLE, preferred, tr, tr_plural, use
from engine.core.lazy import Array
from engine.core.lens import Lens, Share
from engine.core.machine.bundled import BUNDLED
from engine.core.machine.device import Choice
from engine.core.machine.folders import as_path
from engine.core.machine.signals import interruptible
from engine.core.messages import Job, JobFailed, Message, Notice, Saved, run_through
from engine.core.specs import PRESETS
from engine.data.dataset import Dataset
from engine.data.formats.pictures import network_input
from engine.data.preparation import is_mnist_style
from engine.data.sources import open_dataset
from engine.export.network.job import export_network
from engine.model.network.activations import activations as all_activations
from engine.model.training.messages import EpochDone, Parent, RunStarted
from engine.model.training.run import Run as TrainedRun
from engine.model.training.table import Table
from engine.session.jobs.export import keras_model, named_arrays
from engine.session.jobs.files import SessionOpened, open_session, save_session, save_session_as
from engine.session.jobs.train import resumed_spec, train
from engine.session.named import moment_called, neuron_called, step_called
from engine.session.session import Session as EngineSession
from engine.studies.experiments.parts.job import reproduce
from engine.studies.experiments.parts.messages import ExperimentProgress, ExperimentResult

__all__ = ["Run", "Session", "UserError", "compare", "new", "open", "road"]  # no text

# An image: the number of a test image; pixels (rows, columns), 0 to 1 or uint8; or a picture's file.
type Image = int | Array | str | Path

# Data: their path, or a name that `--dataset` takes; `None` for the default ones.
type Data = str | Path | Dataset | None

WAIT_SECONDS = 0.2  # how long a turn of an experiment waits for news of its processes

if VARIABLE in os.environ:  # a library's errors are in English else, in which they are searched for
    use(preferred())


def open(path: str | Path | None = None, data: Data = None) -> Session:  # noqa: A001
    """Open a session file, by default the one that comes along, which stays as it is.

    Its data are opened, too, or the default ones where they cannot be found; `data` names others, as for
    `Session.open_data`. A file that another process writes, or that may not be written, is read-only, with a warning.
    Raises `UserError` if it is no session, or cannot be read.

    >>> layerlight.open(data="sample").runs.keys()
    dict_keys(['A', 'B'])
    """
    session = Session(EngineSession()) if data is None else new(data)
    given = session.engine.dataset
    opened = session.ask(SessionOpened, open_session(session.engine, str(path or BUNDLED)))
    if opened.read_only and path:
        _warn([Notice(sentence=opened.read_only)])
    if given is not None or session.engine.dataset is None:
        session.open_data(given)
    return session


def new(data: Data = "sample") -> Session:
    """Start a session without runs, on data as for `Session.open_data`; it has no file before `Session.save`.

    >>> layerlight.new("sample").data.train_images.shape
    (4000, 28, 28)
    """
    session = Session(EngineSession())
    session.open_data(data)
    return session


def compare(one: Run, other: Run, *, match: bool = False) -> comparison.Comparison:
    """Compare two networks of one session on all test images; only neurons of the first may be silenced.

    `labels` (images,), `answers` (2, images), `differing` (n,), `right` (both, only one, only other, neither), `alike`
    (layers, layers), CKA from 0 to 1. With `match` the other's neurons are put in the order most like the one's.
    Raises `UserError` for runs of two sessions, and data that the networks do not read.

    >>> comparison = layerlight.compare(run.at(epoch=1), run)
    >>> comparison.answers.shape, comparison.alike.shape
    ((2, 1000), (2, 2))
    """
    return one.ask(comparison.Comparison, comparison.compare, _share(one, other, match))


def road(one: Run, other: Run, *, match: bool = False) -> roads.Road:
    """Test 25 mixtures of the weights of two networks with the same layers on all test images.

    `places` (25,) from 0 to 1, `accuracies` (25,), `losses` (25,), `barrier`: the largest loss of accuracy against a
    straight line. Raises `UserError` as `compare` does, and for networks with other layers.

    >>> layerlight.road(run.at(epoch=1), run).places[[0, 12, 24]]
    array([0. , 0.5, 1. ])
    """
    return one.ask(roads.Road, roads.road, _share(one, other, match))


def _share(one: Run, other: Run, match: bool) -> Share:
    if one.session is not other.session:
        raise UserError(tr("Runs of two sessions cannot be compared."), hint=tr("Take both from one session."))
    if other.lens.silenced:
        sentence = tr("The second network is compared as it was trained, but neurons of it are silenced.")
        raise UserError(sentence, hint=tr("Name it first."))
    return Share(other.name, other.step, 1.0, match)


class Session:
    """Runs, the open data, and the file that follows both; in a `with` statement it is closed at the end.

    `engine` is the engine's session, for what is not here.
    """

    def __init__(self, engine: EngineSession) -> None:
        self.engine = engine
        self._closing = weakref.finalize(self, engine.close)  # also at the end of the program

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        path, runs = self.path or "without a file", ", ".join(self.runs) or "none"  # no text: as Python's own
        return f"<Session {path}: runs {runs}; {self.data.summary}>"

    def _repr_html_(self) -> str:
        rows = [(tr("run"), tr("title"), tr("hidden layers"), tr("epochs"), tr("read correctly"))]
        for run in self.engine.runs.values():
            rows.append((run.name, run.title, run.spec.layers, f"{len(run.epochs)}", run.say_test()))
        cells = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"

    @property
    def path(self) -> Path | None:
        """The file; `None` for a new session that was not saved.

        >>> layerlight.new("sample").path
        """
        return self.engine.store.path if self.engine.store else None

    @property
    def data(self) -> Dataset:
        """The open data: `train_images` (images, rows, columns) uint8, `train_labels` (images,), `test_images` ...

        >>> session.data.test_images.shape, session.data.classes[3]
        ((1000, 28, 28), '3')
        """
        return self.engine.data()

    @property
    def runs(self) -> dict[str, Run]:
        """All runs that have weights by their letters, each at its last snapshot.

        >>> session.runs["A"]
        <Run A · Blog post at step 21,600: MNIST 54,000 + 10,000>
        """
        return {name: self.run(name) for name, run in self.engine.runs.items() if run.moments}

    def run(self, name: str | None = None) -> Run:
        """Return a run by its letter or title, `B`, or at a snapshot, `B@e10`, `B@550`; the newest without a name.

        Raises `UserError`, which lists what there is, if there is no such run or snapshot.

        >>> session.run("Blog post@first").step
        0
        """
        run, step = moment_called(self.engine, name)
        return Run(self, Lens(run.name, step))

    def open_data(self, data: Data = None) -> None:
        """Open other data: a path, `sample`, `mnist`, `fashion-mnist` ..., or a `Dataset`; by default MNIST or sample.

        What is asked of a run is asked of the open data. Raises `UserError` if they cannot be read.

        >>> session.open_data("sample")
        """
        if not isinstance(data, Dataset):
            data, notice = open_dataset(None if data is None else str(data))
            _warn([Notice(sentence=notice)])
        self.engine.replace_data(data)

    def train(self, preset: str = "blog", *, progress: bool = False, device: Choice = "auto", **settings: Any) -> Run:
        """Train a network on the open data and return its run; `settings` are those of the command `train`.

        `progress` prints a line for each epoch. With `device="cpu"` no GPU is used. After Ctrl-C the run is in the
        session as far as it came. Raises `UserError` for a wrong setting, and for a training that would take more than
        80 % of the free memory.

        >>> trained = layerlight.new("sample").train(preset="quick", epochs=1, layers="20")
        >>> trained.step, trained.accuracy() > 0.3
        (80, True)
        """
        if preset not in PRESETS:
            raise UserError(
                tr("There is no preset {preset}.", preset=preset),
                hint=tr("There are {names}.", names=", ".join(PRESETS)),
            )
        spec = PRESETS[preset].spec.but(**settings)
        return self.trained(train(self.engine, spec, None, device, large=True), progress=progress)

    def trained(self, job: Job, *, progress: bool = False) -> Run:
        """Run a job of the engine that trains, write what it adds, and return its run.

        >>> sample = layerlight.new("sample")
        >>> sample.trained(train(sample.engine, PRESETS["quick"].spec.but(epochs=1, layers="20"))).name
        'A'
        """
        try:
            return self.run(self.ask(RunStarted, job, Table().print if progress else None).run)
        finally:
            _warn(self.engine.secure())

    def experiment(
        self, name: str, seeds: int | Sequence[int] = (), *, own_data: bool = False, progress: bool = False
    ) -> ExperimentResult:
        """Carry out an experiment of a paper in processes beside this one, by default with its own number of seeds.

        The data are MNIST if it is on this computer, else the sample; with `own_data` those that are open. `rows` are
        the paper's figures and those measured here, `standing` compares them, `picture` has the curves, `runs` the
        letters of the runs that joined the session. Raises `UserError`, which names all, if there is none such.

        >>> result = session.experiment("saliency", seeds=1, own_data=True)
        >>> result.seeds, len(result.rows)
        ((1,), 3)
        """

        def hear(message: Message) -> None:
            if progress and isinstance(message, ExperimentProgress):
                print(f"{message.share:.0%}  {message.words}", flush=True)  # noqa: T201

        numbers = [seeds] if isinstance(seeds, int) else seeds
        job = reproduce(self.engine, [name], seeds=numbers, own_data=own_data, wait_seconds=WAIT_SECONDS)
        return self.ask(ExperimentResult, job, hear)

    def save(self, path: str | Path | None = None, *, overwrite: bool = False) -> None:
        """Move the session into a file, which follows it from then on; without `path` write what its file lacks.

        Raises `UserError` if the file cannot be written, another process has it open, or it is there already and is not
        this session's own; with `overwrite` such a file is replaced, and all that it holds is gone.

        >>> with tempfile.TemporaryDirectory() as folder, layerlight.new("sample") as saved:
        ...     saved.save(f"{folder}/digits.layerlight")
        ...     saved.path.name
        'digits.layerlight'
        """
        if path is None and (self.path is None or self.engine.is_only_read):
            raise UserError(tr("The session has no file that may be written."), hint=tr("Name one."))
        if path is not None and not overwrite and (file := as_path(str(path))).exists() and file.resolve() != self.path:
            raise UserError(tr("{file} is there already.", file=file), hint=tr("Take another name, or overwrite=True."))
        _warn(save_session(self.engine) if path is None else save_session_as(self.engine, str(path)))

    def close(self) -> None:
        """Write the rest and close the file; nothing can be asked any more. Raises `UserError` if that fails.

        >>> layerlight.open(data="sample").close()
        """
        if self._closing.detach() and not self.engine.close():
            raise UserError(tr("The session could not be saved."))

    def ask[M: Message](self, kind: type[M], job: Job, hear: Callable[[Message], object] | None = None) -> M:
        """Run a job of the engine to its end and return its last message of a kind; `hear` is called with each one.

        >>> session.ask(SomeImages, some_images(session.engine, [4, 2])).pictures.shape
        (2, 28, 28)
        """
        self._check_open()
        last: list[M] = []
        is_main = threading.current_thread() is threading.main_thread()  # no other thread may handle signals
        with interruptible() if is_main else nullcontext(list[int]()) as interrupted, closing(job):
            for message in job:
                if isinstance(message, kind):
                    last = [message]
                _warn([message])
                if hear and message is not None:
                    hear(message)
                if interrupted:
                    break
        if interrupted:
            signal.raise_signal(interrupted[0])
        return last[0]

    def _check_open(self) -> None:
        if not self._closing.alive:
            raise UserError(tr("The session is closed."), hint=tr("Open its file again."))


@dataclass(frozen=True, repr=False)
class Run:
    """A run as a lens shows it: at one snapshot, with neurons silenced. `at` and `silence` return other views of it."""

    session: Session
    lens: Lens

    def __repr__(self) -> str:
        silenced = f", {len(self.lens.silenced)} silenced" if self.lens.silenced else ""  # no text
        return f"<Run {self.trained.label} at step {self.step:,}{silenced}: {self.trained.dataset}>"

    @property
    def trained(self) -> TrainedRun:
        """The engine's run: `spec` with all settings, `losses.so_far` (steps,), `bookmarks`, `title` ...

        >>> run.trained.spec.layers, run.trained.spec.learning_rate
        ('300', 0.1)
        """
        return self.session.engine.run(self.lens.run)

    @property
    def name(self) -> str:
        """Its letter in the session.

        >>> run.name
        'A'
        """
        return self.lens.run

    @property
    def step(self) -> int:
        """The number of training steps behind this snapshot.

        >>> run.step
        21600
        """
        return self.trained.step_at(self.lens.moment)

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps of all snapshots, ascending.

        >>> run.steps[:6]
        (0, 1, 3, 8, 21, 55)
        """
        return tuple(self.trained.moments)

    @property
    def epochs(self) -> tuple[EpochDone, ...]:
        """The figures of each epoch up to here: `train_loss`, `test_loss`, `test_accuracy` from 0 to 1, `dead` ...

        >>> [done.epoch for done in run.at(epoch=3).epochs]
        [1, 2, 3]
        """
        return tuple(done for done in self.trained.epochs if done.step <= self.step)

    def at(self, step: int | str | None = None, *, epoch: int | None = None) -> Run:
        """Return the run at another snapshot: after a step, at the end of an epoch, or at a bookmark by its name.

        Raises `UserError`, which lists the snapshots, if there is none.

        >>> run.at(epoch=1).step, run.at(step=8).step, run.at("first").step
        (540, 8, 0)
        """
        wanted = None if step is None else f"{step}"
        return replace(self, lens=self.lens.at(step_called(self.trained, wanted if epoch is None else f"e{epoch}")))

    def silence(self, neurons: Iterable[int], layer: int = 1) -> Run:
        """Return the run with neurons of a hidden layer silenced, besides those that are.

        Raises `UserError` if there is no such neuron.

        >>> run.silence([3, 7]).silence([9])
        <Run A · Blog post at step 21,600, 3 silenced: MNIST 54,000 + 10,000>
        """
        more = {neuron_called(self.trained, layer, int(number)) for number in neurons}
        return replace(self, lens=replace(self.lens, silenced=self.lens.silenced | more))

    def accuracy(self) -> float:
        """Return the share of the test images that are read correctly, 0 to 1; NaN without images.

        >>> run.accuracy() > 0.97
        True
        """
        return self.class_accuracy().accuracy

    def class_accuracy(self) -> class_accuracy.ClassAccuracy:
        """Return the same for each class: `class_accuracy` (classes,), `before_class_accuracy` without silencing.

        >>> run.silence(range(100)).class_accuracy().class_accuracy.shape
        (10,)
        """
        return self.ask(class_accuracy.ClassAccuracy, class_accuracy.class_accuracy)

    def picture(self, image: Image) -> Array:
        """Return an image as the network receives it, (rows, columns) float32, 0 to 1.

        An image is the number of a test image, an array (rows, columns), from 0 to 1 or uint8, or a picture's file,
        which is prepared as the data were. Raises `UserError` if there is no such image, or the file cannot be read.

        >>> run.picture(4).shape, run.picture(4).max() <= 1
        ((28, 28), np.True_)
        """
        data = self.session.data
        if isinstance(image, str | Path):
            return network_input(as_path(str(image)), self.trained.shape, mnist_style=is_mnist_style(data))
        if isinstance(image, int | np.integer):
            if not 0 <= image < len(data.test_images):
                last = len(data.test_images) - 1
                raise UserError(tr("There is no test image {image:,}; the last is {last:,}.", image=image, last=last))
            image = data.test_images[image]
        pixels = np.asarray(image)
        return (pixels / np.float32(255) if pixels.dtype == np.uint8 else pixels).astype(np.float32)

    def answer(self, image: Image) -> answer.PictureAnswer:
        """Return the answer to an image as for `picture`: `label`, `probabilities` (classes,), `logits` (classes,).

        Raises `UserError` for an image of another shape.

        >>> run.answer(0).label, run.answer(session.data.test_images[0]).probabilities.shape
        (7, (10,))
        """
        return self.ask(answer.PictureAnswer, answer.answer, self.picture(image))

    def activations(self, layer: int = 1, image: Image | None = None) -> Array:
        """Return a layer's outputs for all test images, (images, neurons), feature maps averaged.

        The layer after the last hidden one gives the logits, (images, classes). For one image, as for `picture`, they
        are (neurons,), or of a convolution (rows, columns, maps). Raises `UserError` if there is no such layer.

        >>> run.activations(layer=1).shape, run.activations(layer=2).shape, run.activations(image=0).shape
        ((1000, 300), (1000, 10), (300,))
        """
        if image is None:
            outputs = run_through(all_activations(self._source(), self.lens))
            layers = (*outputs.hidden, outputs.logits)
        else:
            one = self.ask(activations.ImageActivations, activations.image_activations, None, self.picture(image))
            layers = (*one.hidden, one.logits)
        if not 1 <= layer <= len(layers):
            raise UserError(
                tr("Run {name} has no layer {layer}.", name=self.name, layer=layer),
                hint=tr_plural("It has {count} layer.", "It has {count} layers.", len(layers)),
            )
        return layers[layer - 1]

    def fingerprints(
        self, layer: int = 1, *, rows: neuron_order.NeuronKey = "index", columns: neuron_order.ImageKey = "index"
    ) -> fingerprints.Fingerprints:
        """Return a map of a hidden layer for each class, at most 200 x 150: rows are neurons, columns test images.

        `hidden` (images, neurons) has every value, `means` (classes, neurons), `favourites` (neurons,) the class that
        each answers to most (0 for dead ones), `silent` (n,) the dead neurons. Orders are `index`, `class`, `similar`,
        `mean` for `rows`, `index`, `probability`, `similar` for `columns`. Raises `UserError` for others, or if there
        is no such layer.

        >>> prints = run.fingerprints()
        >>> len(prints.maps), prints.maps[0].shape, prints.means.shape
        (10, (200, 100), (10, 300))
        """
        _check(tr("There is no order of rows {name}.", name=rows), rows, neuron_order.NeuronKey)
        _check(tr("There is no order of columns {name}.", name=columns), columns, neuron_order.ImageKey)
        view = fingerprints.View(layer - 1, rows, columns)
        return self.ask(fingerprints.Fingerprints, fingerprints.fingerprints, view)

    def neuron(self, number: int, layer: int = 1) -> neuron_card.NeuronCard:
        """Return one hidden neuron: `weights` (rows, columns), `means` and `outgoing` (classes,), `most_images` ...

        Raises `UserError` if there is no such neuron.

        >>> run.neuron(3).most_images.pictures.shape
        (9, 28, 28)
        """
        return self.ask(neuron_card.NeuronCard, neuron_card.neuron_card, neuron_called(self.trained, layer, number))

    def mistakes(self) -> mistakes.Mistakes:
        """Return the answers to all test images: `answers` (images,), `probabilities`, `confusion` (classes, classes).

        `images()` are the numbers of the misread ones, the most probable answers first.

        >>> answers = run.mistakes()
        >>> answers.confusion.shape, len(answers.images()) == answers.wrong
        ((10, 10), True)
        """
        return self.ask(mistakes.Mistakes, mistakes.mistakes)

    def nearest(self, image: Image, count: int = 8, *, by: nearest.Ranking = "alike") -> nearest.NearestImages:
        """Return the training images most alike to an image for the network, or of most influence on its answer.

        `by` is `alike`, `for` or `against`. `numbers`, `labels` (count,), `pictures` (count, rows, columns).

        >>> run.nearest(0, count=5).pictures.shape
        (5, 28, 28)
        """
        _check(tr("There is no ranking {name}.", name=by), by, nearest.Ranking)
        return self.ask(nearest.NearestImages, nearest.nearest_images, self.picture(image), count, by)

    def saliency(
        self, image: Image, label: int | None = None, against: int | None = None, method: saliency.Method = "integrated"
    ) -> saliency.Saliency:
        """Return how much each pixel speaks for a class, by default the answer: `heat` (rows, columns), signed.

        With `against` it is for the one class against the other. Methods are `integrated` gradients, from an empty
        picture, which add up to the difference of the logits, and `gradient`. Raises `UserError` for an unknown class.

        >>> reasons = run.saliency(0)
        >>> reasons.heat.shape, reasons.label, abs(reasons.total - reasons.difference) < 0.1
        ((28, 28), 7, True)
        """
        _check(tr("There is no method {name}.", name=method), method, saliency.Method)
        label = self.answer(image).label if label is None else label
        return self.ask(saliency.Saliency, saliency.saliency, self.picture(image), label, against, method)

    def ideal(
        self, label: int | None = None, *, neurons: Sequence[int] = (), layer: int = 1, **settings: Any
    ) -> ideal.IdealImages:
        """Paint what the network would like to see most of a class, of all classes, or of neurons of a hidden layer.

        Settings are those of the command `ideal`: `penalty="l2"`, `weight=0.25`, `steps=1000` ... `images` (n, rows,
        columns), `probabilities` (n, classes), `losses` (n,). Raises `UserError` for a wrong setting, a class or a
        neuron that is not there.

        >>> run.ideal(4, penalty="l2", steps=20).images.shape
        (1, 28, 28)
        """
        spec = IdealSpec().but(**settings | ({"objective": "neuron"} if neurons else {}))
        wanted = [neuron_called(self.trained, layer, number) for number in neurons]
        painted = self.ask(ideal.IdealImages, ideal.paint_ideal, spec, wanted)
        return painted if label is None else painted.only(label)

    def weights(self, layer: int = 1, view: weight_pictures.View = "pixels") -> weight_pictures.WeightPictures:
        """Return what leads into each neuron of a layer: `pictures` (neurons, rows, columns), `biases` (neurons,).

        The layer after the last hidden one are the classes. Behind another dense layer a view is `pixels`, the product
        through to them, or `inputs`, the neurons before. Raises `UserError` if there is no such layer.

        >>> run.weights().pictures.shape, run.weights(layer=2).pictures.shape
        ((300, 28, 28), (10, 28, 28))
        """
        _check(tr("There is no view {name}.", name=view), view, weight_pictures.View)
        return self.ask(weight_pictures.WeightPictures, weight_pictures.weight_pictures, layer - 1, view)

    def arrays(self) -> dict[str, Array]:
        """Return all arrays, as trained: `layer1/kernel`, `layer1/bias` ..., of a normalisation `layer1_norm/gamma` ...

        Their order is that of the layers in the text of `trained.spec.layers`.

        >>> run.arrays()["layer1/kernel"].shape
        (784, 300)
        """
        return named_arrays(self.session.engine.run(self.lens.run), self.session.engine.weights(self.lens))

    def map(self, layer: int = 1, **settings: Any) -> maps.Map:
        """Return the test images as `points` (images, 2) by a layer's outputs; the one after the last are the logits.

        Settings are those of the command `map`: `method="tsne"`, `images=1000`, `perplexity=30` ... `numbers`, `labels`
        and `answers` (images,) belong to the points. Raises `UserError` for a wrong setting or layer.

        >>> run.map(method="pca").points.shape
        (1000, 2)
        """
        return self.ask(maps.Map, maps.make_map, layer - 1, MapSpec().but(**settings))

    def resume(self, *, progress: bool = False, device: Choice = "auto", **settings: Any) -> Run:
        """Continue training from this snapshot as a new run, to the bit as if it had never stopped.

        `epochs` counts from the first run's start; otherwise as `Session.train`. Raises `UserError` also where the open
        data are not those that it learned from.

        >>> sample = layerlight.new("sample")
        >>> sample.train(preset="quick", epochs=1, layers="20").resume(epochs=2)
        <Run B at step 160: MNIST sample 4,000 + 1,000>
        """
        spec, parent = resumed_spec(self.trained, self.step, settings), Parent(self.name, self.step)
        job = train(self.session.engine, spec, parent, device, large=True)
        return self.session.trained(job, progress=progress)

    def keras(self) -> Any:
        """Return the network as trained, a `keras.Sequential`: from pixels, 0 to 1, to logits (images, classes).

        >>> run.keras()(session.data.test_images[:5] / 255).shape
        TensorShape([5, 10])
        """
        return run_through(keras_model(self.session.engine, self.name, self.step))

    def export(self, path: str | Path) -> None:
        """Write the network as trained; the end of the name says how: from pixels, 0 to 1, to logits (images, classes).

        `.keras` for Keras, `.savedmodel`, a folder, for `tf.saved_model.load`, `.onnx`, which needs the package onnx,
        `.npz` and `.safetensors` with the arrays of `arrays`. A file is replaced. Raises `UserError` for another end, a
        folder that is there already, and if it cannot be written.

        >>> with tempfile.TemporaryDirectory() as folder:
        ...     run.export(f"{folder}/digits.npz")
        ...     np.load(f"{folder}/digits.npz")["layer1/kernel"].shape
        (784, 300)
        """
        job = export_network(self.session.engine, self.name, self.step, as_path(str(path)))
        self.session.ask(Saved, job)

    def ask[M: Message](self, kind: type[M], job: Callable[..., Job], *args: Any) -> M:
        """Ask a question of the engine, a job of a session and a lens, and return its last message of a kind.

        >>> run.ask(ClassMeans, class_means, 0).means.shape
        (10, 300)
        """
        return self.session.ask(kind, job(self._source(), self.lens, *args))

    def _source(self) -> EngineSession:
        self.session._check_open()
        engine = self.session.engine
        engine.replace_data(run_through(engine.seen_with(self.trained)))
        return engine


def _check(sentence: str, name: str, kind: TypeAliasType) -> None:
    """Raise `UserError` with the sentence, and list them, if a name is none of a literal type."""
    names = get_args(kind.__value__)
    if name not in names:
        raise UserError(sentence, hint=tr("There are {names}.", names=", ".join(names)))


def _warn(messages: Iterable[Message | None]) -> None:
    """Warn of a job's notices, but not that a file was saved, which the caller knows."""
    for message in messages:
        if isinstance(message, Notice | JobFailed) and message.sentence and not isinstance(message, Saved):
            sentence = f"{message.sentence} {message.hint}".strip()
            warnings.warn(sentence, stacklevel=2, skip_file_prefixes=(str(Path(__file__).parent),))
