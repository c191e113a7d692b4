"""How times, files and memory grow with the work: every figure beside its bound, over sizes in geometric steps.

The data are drawn by a seed: a prototype of each class, shifted, with noise. Each size is a world of its own, of which
one thing is large. A row ends at the first size at which it takes longer than `LIMIT_SECONDS`.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from bench.command import MATRIX, PRODUCTS, operations, products
from engine.analysis.ideal.job import paint_ideal
from engine.analysis.ideal.spec import IdealSpec
from engine.analysis.mapping.settings import MapSpec
from engine.analysis.probes.answers_over_training import answers_over_training
from engine.analysis.probes.data_overview import data_overview
from engine.analysis.probes.duplicates import find_duplicates
from engine.analysis.probes.fingerprints import View, fingerprints
from engine.analysis.probes.map import make_map
from engine.analysis.probes.mistakes import mistakes
from engine.analysis.probes.nearest import nearest_images
from engine.analysis.probes.pruning import prune_greedily
from engine.analysis.probes.saliency import saliency
from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.machine.memory import give_back
from engine.core.messages import run_through, slices
from engine.core.specs import PRESETS, TrainSpec
from engine.data.dataset import Dataset
from engine.data.sources import opening_dataset
from engine.model.training.epochs import Epochs
from engine.model.training.learner import forget_learners
from engine.model.training.messages import EpochDone
from engine.model.training.run import Moment, Run
from engine.session.jobs.files import SessionOpened, open_session
from engine.session.jobs.train import train
from engine.session.session import Session, save_all

LIMIT_SECONDS = 20.0
BLOCKS = 14 * 14 + 1  # numbers of an image that the search for near images multiplies
TSNE_ITERATIONS = 60
DRAWN = 50_000  # images at a time
SHIFTS = 3  # places to which a prototype is shifted, in each direction
FEW_EPOCHS = 20  # of a run that is only listed


class TooLongError(Exception):
    """A measure takes longer than `LIMIT_SECONDS`."""


class Figure(NamedTuple):
    """A measured value and its bound; `None` where it takes too long, or where there is no bound."""

    value: float | None
    bound: float | None = None


def drawn(images: int, side: int = 28, classes: int = 10, seed: int = 1) -> Dataset:
    """Return a data set of that many training images, and a quarter as many test images."""
    random = np.random.default_rng(seed)
    coarse = random.random((classes, math.ceil(side / 4), math.ceil(side / 4))) > 0.7
    fine = np.kron(coarse, np.ones((4, 4), bool))[:, :side, :side]
    shifted = [np.roll(fine, (down, right), (1, 2)) for down in range(SHIFTS) for right in range(SHIFTS)]
    prototypes = np.stack(shifted, axis=1).reshape(-1, side, side)

    def part(count: int) -> tuple[Array, Array]:
        labels = random.permutation(np.arange(count) % classes).astype(np.uint8)
        pictures = np.empty((count, side, side), np.uint8)
        for first in range(0, count, DRAWN):
            chosen = slice(first, min(first + DRAWN, count))
            places = labels[chosen].astype(int) * SHIFTS**2 + random.integers(0, SHIFTS**2, chosen.stop - first)
            noise = np.frombuffer(random.bytes(len(places) * side * side), np.uint8).reshape(-1, side, side)
            np.multiply(prototypes[places], noise, out=pictures[chosen])
        pictures.flags.writeable = labels.flags.writeable = False
        return pictures, labels

    (train_images, train_labels), (test_images, test_labels) = part(images), part(max(4, images // 4))
    return Dataset(
        name="drawn",
        train_images=train_images,
        train_labels=train_labels,
        test_images=test_images,
        test_labels=test_labels,
        classes=tuple(f"{label}" for label in range(classes)),
    )


def write_npz(data: Dataset, file: Path) -> None:
    """Write a data set as the file that Keras has of MNIST."""
    train, test = (data.train_images, data.train_labels), (data.test_images, data.test_labels)
    np.savez(file, x_train=train[0], y_train=train[1], x_test=test[0], y_test=test[1])


class World:
    """A session of which one thing is large, in a file in `folder`; `rate` is that of large matrix products."""

    def __init__(
        self,
        folder: Path,
        rate: float = math.inf,
        *,
        images: int = 4_000,
        side: int = 28,
        classes: int = 10,
        layers: str = "300",
        snapshots: int = 0,
        runs: int = 0,
    ) -> None:
        self.rate, self.folder = rate, folder
        self._memory = Memory()
        self.data = drawn(images, side, classes)
        self.spec = PRESETS["blog"].spec.but(layers=layers, epochs=10_000)
        self.session = Session(self.data, lambda: folder / "growth.layerlight")
        self._used = itertools.count(1)
        listed = self.spec.but(epochs=FEW_EPOCHS)
        for number in range(runs - 1):
            add_run(self.session, listed, [0, listed.epochs * (images // listed.batch)], number)
        if snapshots:
            steps = [number * (images // self.spec.batch) for number in range(snapshots)]
            add_run(self.session, self.spec, steps, 0)
        run_through(save_all(self.session))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()
        self.session.replace_data(None)
        forget_learners()
        gc.collect()
        give_back()

    @cached_property
    def epoch_seconds(self) -> float:
        """The median time from one epoch's end to the next one's, with test and file; it trains the run `run`."""
        begin, ends = time.perf_counter(), list[float]()
        job = train(self.session, self.spec, large=True)
        for message in job:
            now = time.perf_counter()
            if isinstance(message, EpochDone):
                ends.append(now)
            is_enough = len(ends) > (1 if now - begin > LIMIT_SECONDS / 2 else 5)
            if is_enough or now - begin > 3 * LIMIT_SECONDS:
                break
        job.close()
        if len(ends) < 2:
            raise TooLongError
        return statistics.median(after - before for before, after in itertools.pairwise(ends))

    @cached_property
    def run(self) -> Run:
        """The trained run."""
        _ = self.epoch_seconds
        return next(reversed(self.session.runs.values()))

    @property
    def lens(self) -> Lens:
        """A snapshot that was not looked at before, as long as there are some."""
        steps = [step for step in self.run.moments if step]
        return Lens(self.run.name, steps[-next(self._used) % len(steps)])

    @property
    def weights(self) -> int:
        """The number of a network's weights."""
        return sum(map(math.prod, self.shapes))

    @property
    def shapes(self) -> Sequence[tuple[int, ...]]:
        return self.spec.plan(self.data.shape, len(self.data.classes)).shapes

    @property
    def picture(self) -> Array:
        return self.data.test_images[0] / np.float32(255)

    @property
    def peak(self) -> int:
        """The most bytes of memory that there have been above those before it, so far."""
        return self._memory.peak()


def add_run(session: Session, spec: TrainSpec, steps: Iterable[int], seed: int) -> Run:
    """Add a run with drawn weights after these steps and a drawn history."""
    data, noise = session.data(), np.random.default_rng(seed)
    per_epoch = len(data.train_images) // spec.batch
    run = session.new_run(spec, per_epoch)
    shapes = spec.plan(data.shape, len(data.classes)).shapes
    for step in steps:
        weights = tuple(noise.normal(0, 0.1, shape).astype(np.float32) for shape in shapes)
        run.moments[step] = Moment(step=step, weights=weights, optimizer=())
    run.moment_bytes = run.moments[step].bytes
    run.losses.extend(np.exp(-np.arange(step) / 1_000))
    run.norms.extend(np.ones((step // 10, len(spec.hidden) + 1)))
    run.epochs = Epochs(
        EpochDone(
            run=run.name,
            epoch=epoch,
            step=epoch * per_epoch,
            train_loss=1 / epoch,
            test_loss=1 / epoch,
            test_accuracy=1 - 0.5 / epoch,
            images_per_second=1e5,
            seconds=0.1,
            gradient_norms=(0.1,) * (len(spec.hidden) + 1),
            dead=(0,) * len(spec.hidden),
            widths=tuple(layer.width for layer in spec.hidden),
            finite=True,
        )
        for epoch in range(1, step // per_epoch + 1)
    )
    run.is_beginning = False
    return run


class Memory:
    """The peak of the resident size above that when this was made; 0 where the system does not say."""

    def __init__(self) -> None:
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")  # the peak begins again
        self._before = self._read("VmRSS:")

    def peak(self) -> int:
        return max(0, self._read("VmHWM:") - self._before)

    def _read(self, name: str) -> int:
        try:
            lines = Path("/proc/self/status").read_text().splitlines()
        except OSError:
            return 0
        return next((1024 * int(line.split()[1]) for line in lines if line.startswith(name)), 0)


# The rows: what is measured of a world, and the bound of it ----------------------------------------------------------


def _epoch(world: World) -> Figure:
    return Figure(world.epoch_seconds, operations(world.data, world.spec) / world.rate)


def _fingerprints(world: World) -> Figure:
    took = statistics.median(took_by(fingerprints(world.session, world.lens, View())) for _ in range(3))
    return Figure(took, 2 * len(world.data.test_images) * world.weights / world.rate)


def _similar(world: World) -> Figure:
    lens = world.lens
    took_by(fingerprints(world.session, lens, View()))
    took = took_by(fingerprints(world.session, lens, View(rows="similar", columns="similar")))
    return Figure(took, 2 * len(world.data.test_images) * world.spec.hidden[0].width ** 2 / world.rate)


def _map(world: World, spec: MapSpec) -> Figure:
    width, count = world.spec.hidden[-1].width, min(spec.images, len(world.data.test_images))
    lens = world.lens
    run_through(fingerprints(world.session, lens, View()))
    took = took_by(make_map(world.session, lens, None, spec))
    pairs = width if spec.method == "pca" else count
    return Figure(took, 2 * count * pairs * width / world.rate)


def _pruning(world: World) -> Figure:
    layer = len(world.spec.hidden) - 1
    width, classes = world.spec.hidden[layer].width, len(world.data.classes)
    took = took_by(prune_greedily(world.session, world.lens, layer))
    return Figure(took, width**2 * min(10_000, len(world.data.train_images)) * classes / world.rate)


def _duplicates(world: World) -> Figure:
    pairs = len(world.data.test_images) * len(world.data.train_images)
    return Figure(took_by(find_duplicates(world.session)), 2 * pairs * BLOCKS / world.rate)


def _overview(world: World) -> Figure:
    images = world.data.train_images

    def count() -> None:
        for chosen in slices(len(images), DRAWN):  # all at once take nine times the memory
            np.bincount(images[chosen].reshape(-1), minlength=256)

    return Figure(took_by(data_overview(world.session)), _seconds(count))


def _nearest(world: World) -> Figure:
    took = took_by(nearest_images(world.session, world.lens, world.picture, by="for"))
    return Figure(took, 4 * len(world.data.train_images) * world.weights / world.rate)


def _mistakes(world: World) -> Figure:
    lens = world.lens
    run_through(fingerprints(world.session, lens, View()))
    return Figure(took_by(mistakes(world.session, lens)), None)


def _saliency(world: World) -> Figure:
    job = saliency(world.session, world.lens, world.picture, 0)
    return Figure(took_by(job), 32 * 6 * world.weights / world.rate)


def _ideal(world: World) -> Figure:
    lens, spec = world.lens, IdealSpec()
    took = took_by(paint_ideal(world.session, lens, spec))
    return Figure(took, spec.steps * len(world.data.classes) * 4 * world.weights / world.rate)


def _open_data(world: World) -> Figure:
    data, file = world.data, world.folder / "drawn.npz"
    write_npz(data, file)

    def read() -> None:
        with np.load(file) as arrays:
            for name in arrays:
                _ = arrays[name]

    bound, took = _seconds(read), took_by(opening_dataset(str(file), sure=True))
    file.unlink()
    return Figure(took, bound)


def _answers(world: World) -> Figure:
    run = next(iter(world.session.runs.values()))
    took = took_by(answers_over_training(world.session, Lens(run.name), world.picture))
    return Figure(took, 2 * len(run.moments) * world.weights / world.rate)


def _file_megabytes(world: World) -> Figure:
    _ = world.run
    arrays = sum(run.moment_bytes * len(run.moments) for run in world.session.runs.values())
    return Figure(_saved(world).stat().st_size / 1e6, arrays / 1e6)


def _open_session(world: World) -> Figure:
    _ = world.run
    path = _saved(world)
    copy = path.with_stem("copy")
    copy.write_bytes(path.read_bytes())
    session = Session(world.data)
    begin = time.perf_counter()
    job = open_session(session, str(copy))
    next(message for message in job if isinstance(message, SessionOpened))
    took = time.perf_counter() - begin
    job.close()
    session.close()
    bound = _seconds(copy.read_bytes)
    copy.unlink()
    return Figure(took, bound)


def _memory(world: World) -> Figure:
    held = world.data.train_images.nbytes + world.data.test_images.nbytes
    return Figure(world.peak / 1e6, (held + 4 * world.weights) / 1e6)


def _saved(world: World) -> Path:
    """Return the session's file, closed, so that all of it is in the file itself."""
    run_through(save_all(world.session))
    store = world.session.store
    assert store is not None
    store.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return store.path


class Row(NamedTuple):
    """What is measured, in words with its unit; of what, and in words what its bound is."""

    title: str
    measure: Callable[[World], Figure]
    bound: str = "its multiplications at the rate of SGEMM"


ROWS: Mapping[str, Row] = {
    "open_data": Row("opening the data, s", _open_data, "np.load"),
    "epoch": Row("epoch with its test and file, s", _epoch),
    "fingerprints": Row("fingerprints of a new snapshot, s", _fingerprints),
    "similar": Row("order by similarity, s", _similar),
    "mistakes": Row("mistakes of a known snapshot, s", _mistakes, ""),
    "pca": Row("map by PCA, s", lambda world: _map(world, MapSpec())),
    "tsne": Row(
        f"map by t-SNE, {TSNE_ITERATIONS} iterations, s",
        lambda world: _map(world, MapSpec(method="tsne", iterations=TSNE_ITERATIONS)),
    ),
    "pruning": Row("pruning the last layer, s", _pruning),
    "nearest": Row("training images that speak for an answer, s", _nearest),
    "saliency": Row("pixels that speak for an answer, s", _saliency),
    "ideal": Row("ideal images, s", _ideal),
    "overview": Row("counts and means of the data, s", _overview, "one np.bincount of all pixels"),
    "duplicates": Row("near and equal images, s", _duplicates),
    "answers": Row("answers over training, s", _answers),
    "file": Row("session's file, MB", _file_megabytes, "weights of all snapshots"),
    "open": Row("opening the session, s", _open_session, "reading its bytes"),
    "memory": Row("peak of the memory until then, MB", _memory, "images and weights"),
}


class Axis(NamedTuple):
    """What becomes larger: its sizes, the keyword arguments of the world of a size, and the names of its rows."""

    title: str
    sizes: Sequence[int]
    world: Callable[[int], Mapping[str, Any]]
    names: str

    @property
    def rows(self) -> Sequence[str]:
        """The names of the rows that are measured."""
        return self.names.split()


SMALL: Mapping[str, Any] = {"images": 400, "side": 8, "layers": "16"}  # of a run of which there are many

AXES: Mapping[str, Axis] = {
    "images": Axis(
        "training images, a quarter as many test images",
        (4_000, 16_000, 64_000, 250_000, 1_000_000),
        lambda size: {"images": size},
        "open_data epoch fingerprints memory similar mistakes pca tsne pruning nearest overview duplicates",
    ),
    "width": Axis(
        "neurons of a hidden layer",
        (300, 900, 2_700, 8_192),
        lambda size: {"layers": f"{size}"},
        "epoch fingerprints memory similar pca tsne pruning nearest saliency ideal file open",
    ),
    "layers": Axis(
        "hidden layers of 300 neurons",
        (1, 2, 4, 8),
        lambda size: {"layers": ", ".join(["300"] * size)},
        "epoch fingerprints memory pruning nearest saliency ideal file open",
    ),
    "classes": Axis(
        "classes",
        (2, 10, 30, 100),
        lambda size: {"classes": size},
        "epoch fingerprints memory similar mistakes pruning nearest ideal overview",
    ),
    "side": Axis(
        "pixels of an image's side",
        (8, 16, 32, 64, 128),
        lambda size: {"side": size},
        "open_data epoch fingerprints memory nearest saliency ideal overview duplicates file open",
    ),
    "snapshots": Axis(
        "snapshots of a run",
        (14, 110, 800, 6_000),
        lambda size: {**SMALL, "snapshots": size},
        "epoch memory answers file open",
    ),
    "runs": Axis("runs", (2, 30, 500, 10_000), lambda size: {**SMALL, "runs": size}, "epoch memory file open"),
}


def growth(
    axis: str, sizes: Sequence[int] = (), rows: Sequence[str] = (), rate: float | None = None
) -> dict[str, dict[int, Figure]]:
    """Return the figures of an axis, by row and size."""
    rate = sgemm_rate() if rate is None else rate
    figures: dict[str, dict[int, Figure]] = {row: {} for row in rows or AXES[axis].rows}
    for size in sizes or AXES[axis].sizes:
        with (
            tempfile.TemporaryDirectory(prefix="layerlight-") as folder,
            World(Path(folder), rate, **AXES[axis].world(size)) as world,
        ):
            for row, known in figures.items():
                if all(figure.value is not None for figure in known.values()):
                    known[size] = _measured(world, row)
    return figures


def _measured(world: World, row: str) -> Figure:
    try:
        return ROWS[row].measure(world)
    except TooLongError:
        return Figure(None)


def exponent(values: Mapping[int, float | None]) -> float | None:
    """Return k of the line size^k that fits best in log-log; `None` for fewer than two values."""
    known = [(size, value) for size, value in values.items() if value]
    if len(known) < 2:
        return None
    across, up = np.log(np.array(known, float)).T
    return float(np.polyfit(across, up, 1)[0])


def table(title: str, titles: Mapping[str, str], figures: Mapping[str, Mapping[int, Figure]]) -> Iterator[str]:
    """Yield the lines of an axis: each row's figures by size, exponents of all and of the last two, and its bound's."""
    sizes = sorted({size for known in figures.values() for size in known})
    yield f"{title:<46}{''.join(f'{size:>10,}' for size in sizes)}      k   last   beside     k"
    for row, known in figures.items():
        values = {size: figure.value for size, figure in known.items()}
        cells = "".join(f"{_said(known.get(size)):>10}" for size in sizes)
        bounds = {size: figure.bound for size, figure in known.items() if figure.value is not None}
        last = exponent(dict([(size, value) for size, value in values.items() if value][-2:]))
        beside = next(reversed(bounds.values()), None)
        yield (
            f"  {titles[row]:<44}{cells}{_power(exponent(values)):>7}{_power(last):>7}"
            f"{'' if beside is None else f'{beside:.3g}':>9}{_power(exponent(bounds)):>6}"
        ).rstrip()


def bounds() -> Iterator[str]:
    """Yield what the bounds of the rows are."""
    yield "Bounds:"
    for bound in dict.fromkeys(row.bound for row in ROWS.values() if row.bound):
        yield f"  {bound}: {', '.join(row.title for row in ROWS.values() if row.bound == bound)}"


def _said(figure: Figure | None) -> str:
    if figure is None:
        return ""
    if figure.value is None:
        return f"> {LIMIT_SECONDS:.0f}"
    return f"{figure.value:,.0f}" if figure.value >= 100 else f"{figure.value:.3g}"


def _power(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def sgemm_rate() -> float:
    """Return the floating point operations a second of large matrix products."""
    multiply = products()
    multiply()
    return 2 * MATRIX**3 * PRODUCTS / statistics.median(_seconds(multiply) for _ in range(3))


def took_by(job: Iterable[object]) -> float:
    """Return the seconds that a job takes; raise `TooLongError` after `LIMIT_SECONDS`."""
    begin = time.perf_counter()
    for _ in job:
        if time.perf_counter() - begin > LIMIT_SECONDS:
            getattr(job, "close", lambda: None)()
            raise TooLongError
    return time.perf_counter() - begin


def _seconds(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin
