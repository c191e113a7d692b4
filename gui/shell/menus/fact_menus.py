"""The menus of the labels at the top right: the runs to look at, and the data to open.

They are plain menus of Qt, so keys and screen readers work, and there is no panel of its own to keep in step.
"""

from collections.abc import Callable
from functools import partial
from operator import itemgetter
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from engine.core.language import mark, tr, tr_plural
from engine.core.layers.kinds import KERNEL, is_convolutional, is_plain
from engine.core.layers.language import in_words
from engine.core.lens import Lens
from engine.core.machine.bundled import DATA, about
from engine.core.specs import TrainSpec
from engine.core.text import clipped, isolated, listed, printable
from engine.data.dataset import say_summary
from engine.data.download.catalogue import KNOWN, MNIST, title_of
from engine.data.location import URI, path_of
from engine.data.sources import SAMPLE, local_datasets, mnist_there
from engine.session.jobs.data import DatasetOpened
from gui.look.fonts import scaled
from gui.look.words import entry
from gui.shell.menus.file_actions import FileActions
from gui.shell.parts import Parts
from gui.state.settings import settings
from gui.state.training.runs import Run, age
from gui.widgets.empty_state import BUNDLED, BUNDLED_TIP
from gui.widgets.forms.controls import Segments, add_entry

MOST_RUNS = 12
LONGEST = 40  # maximum number of letters of a name: a menu is no wider than the window
BESIDE = 130  # width of a menu's margins, in pixels: all but its words and figures
MOST_NAMES = 12  # number of classes whose names are listed
MOST_DATA = 5  # maximum number of the user's own files that are remembered

TRAINING, PAUSED = mark("training, {epoch} of {epochs:,}"), mark("paused, {epoch} of {epochs:,}")
OWN_TIP = mark(
    "A table in CSV with the pixels and the label of an image in each line, IDX files as MNIST's, or an .npz file with "
    "x_train, y_train, x_test, y_test."
)
FOLDER_TIP = mark("A folder in which there is one of pictures for each class: its name is the class'.")


class RunMenu:
    """Fills the menu of runs when it opens, the newest first; a click looks at one."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._menu = parts, parts.facts.run.menu()
        self._runs, self._selection = parts.bridge.runs, parts.selection
        self._menu.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        menu, current, runs = self._menu, self._runs.seen(self._selection.lens), self._runs.by_age()
        menu.clear()
        best = best_of(runs)
        first = [run for run in runs if run in (current, best)]
        others = [run for run in reversed(runs) if run not in first]
        shown = sorted([*first, *others[: MOST_RUNS - len(first)]], key=age, reverse=True)
        several = len({run.test_images for run in runs}) > 1
        figures = [_figure(run, is_best=run is best, with_images=several) for run in shown]
        if runs:
            images = None if several else runs[0].test_images
            title = tr("test accuracy")
            if images:
                title = tr_plural("test accuracy on {count:,} image", "test accuracy on {count:,} images", images)
            _add(menu, "title", tr("Trained networks"), "", lambda: None, title).setEnabled(False)
        letters = menu.fontMetrics()
        widest = max(map(letters.horizontalAdvance, figures), default=0)
        room = menu.screen().availableGeometry().width() - widest - scaled(BESIDE)
        is_cut = False
        for run, figure in zip(shown, figures, strict=True):
            parts = _network(run.spec), self._state(run), about(run.name, run.look.title, run.dataset)
            line = f"{_short(run.look.label)} — {' · '.join(filter(None, parts))}"
            text = letters.elidedText(line, Qt.TextElideMode.ElideRight, room)
            is_cut |= text != line
            look = partial(self._look, run.name)
            action = _add(menu, f"run.{run.name}", text, self._tip(run), look, figure)
            action.setCheckable(True)
            action.setChecked(run is current)
        menu.setToolTipsVisible(is_cut)  # otherwise they would repeat the entry, over the next lines
        menu.addSeparator()
        if runs:
            menu.addActions([self._parts.actions["run.split"], self._parts.actions["run.repeat"]])
        title = tr("All {count:,} runs…", count=len(runs)) if len(runs) > len(shown) else tr("All runs…")
        _add(menu, "runs", title, tr("Show the list of runs in Train: rename, compare, delete."), self._show_all)
        if not any(about(run.name, run.look.title, run.dataset) for run in runs):
            _add(menu, "bundled", tr(BUNDLED), tr(BUNDLED_TIP), self._parts.sessions.open_bundled)

    def _show_all(self) -> None:
        self._parts.window.show_tab("Train")  # no text
        if pages := self._parts.window.findChild(Segments, "train.pages"):
            pages.choose("runs")

    def _state(self, run: Run) -> str:
        state = self._parts.controls.state
        if state in ("running", "paused") and run in self._parts.progress.going:
            words = TRAINING if state == "running" else PAUSED
            return tr(words, epoch=run.say_epoch(run.newest), epochs=run.spec.epochs)
        return tr("done") if run.ending == "done" else run.say_end()

    def _tip(self, run: Run) -> str:
        tested = ", ".join(filter(None, (run.say_accuracy(run.newest) or tr("not tested yet"), run.say_best())))
        return tr(
            "Look at run {run} in all tabs: {network}, {state}, {tested}; data {data}.",
            run=isolated(run.look.label),
            network=_network(run.spec),
            state=self._state(run),
            tested=tested,
            data=isolated(say_summary(run.dataset)) or tr("not known"),
        )

    def _look(self, run: str) -> None:
        if run in self._runs and Lens(run) != self._selection.lens:
            self._selection.change(lens=Lens(run))


def _network(spec: TrainSpec) -> str:
    """Return the hidden layers in words: `300 neurons`, `conv 16 → conv 32 → 128`."""
    if not spec.hidden:
        return tr("no hidden layer")
    layers = in_words(spec.network)
    if not is_plain(spec.network):
        return layers
    if is_convolutional(spec.hidden):
        return layers.replace(f" {KERNEL}×{KERNEL}", "")  # all have it
    return tr_plural("{layers} neuron", "{layers} neurons", sum(layer.width for layer in spec.hidden), layers=layers)


def _figure(run: Run, *, is_best: bool, with_images: bool) -> str:
    """Return a run's accuracy: `97.96 %`, `99.63 % · highest`, `97.2 % of 1,000`, `97.20 % after epoch 14`."""
    share = run.say_share(run.newest)
    if not share:
        return tr("not tested yet")
    if with_images and run.test_images:
        share = tr("{share} of {count:,}", share=share, count=run.test_images)
    return f"{share} · {tr('highest')}" if is_best else share


def best_of(runs: list[Run]) -> Run | None:
    """Return the run with the highest test accuracy; `None` unless several were tested, all on the same images.

    The same images: data of the same name with as many test images, so `MNIST 55,000 + 10,000` without the 55,000.
    """
    tested = [(test.accuracy, run) for run in runs if (test := run.last_test)]
    images = {(" ".join(run.dataset.split()[:-3]), run.test_images) for _, run in tested}
    return max(tested, key=itemgetter(0))[1] if len(tested) > 1 and len(images) == 1 else None


class DataMenu:
    """Fills the menu of data when it opens: what is open, what is known, and the way to one's own data."""

    def __init__(self, parts: Parts, files: FileActions) -> None:
        self._parts, self._files, self._menu = parts, files, parts.facts.data.menu()
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self.fill)
        parts.bridge.listen(DatasetOpened, self._take)

    def _take(self, message: DatasetOpened) -> None:
        if (source := message.source) is not None and source != mnist_there():
            is_part = message.wanted.startswith(URI)  # some of the arrays in the file
            others = [name for name in settings().data if _file(name) != source]
            settings().data = [message.wanted if is_part else str(source), *others][:MOST_DATA]

    def fill(self) -> None:
        menu, opened, open_data = self._menu, self._parts.bridge.dataset, self._parts.opening.open
        menu.clear()
        if opened is not None:
            (rows, columns), names = opened.shape, listed([*map(printable, opened.names)], MOST_NAMES)
            tip = tr(
                "Open now: {training:,} training and {test:,} test images of {rows} × {columns} pixels, {classes:,} "
                "classes: {names}.",
                training=opened.train_images,
                test=opened.test_images,
                rows=rows,
                columns=columns,
                classes=opened.classes,
                names=names,
            )
            tip = f"{tip} {opened.remark}".strip()
            action = _add(menu, "open", _short(say_summary(opened.summary)), tip, lambda: None)
            action.setCheckable(True)
            action.setChecked(True)
            action.triggered.connect(lambda _=False: action.setChecked(True))
            menu.addSeparator()
        if opened is None or opened.source is not None:
            tip = tr("5,000 handwritten digits that come with Layerlight.")
            _add(menu, "sample", tr("MNIST sample"), tip, partial(open_data, Path(SAMPLE)))
        mnist = mnist_there()
        if mnist is not None and not self._is_open(mnist):
            title = "MNIST" if mnist.name == "mnist.npz" else _short(title_of(mnist))
            _add(menu, "mnist", title, tr("Open {path}.", path=mnist), partial(open_data, mnist))
        here = [path for path in local_datasets() if path != mnist]
        for number, path in enumerate(here, 1):
            if not self._is_open(path):
                tip = tr("Found on this computer: open {path}.", path=path)
                _add(menu, f"found.{number}", _short(title_of(path)), tip, self._opens(path))
        for number, wanted in enumerate(settings().data, 1):
            path = _file(wanted)
            if not self._is_open(path) and path != mnist and path not in here:
                exists = path.exists()
                tip = tr("Open {path}.", path=path) if exists else tr("{path} is no longer there.", path=path)
                open_it = partial(open_data, path)
                if wanted != str(path):
                    open_it = partial(open_data, path, wanted=wanted)
                _add(menu, f"own.{number}", _short(path.name), tip, open_it).setEnabled(exists)
        titles = {title_of(path) for path in here} | ({opened.name} if opened is not None else set())
        self._offer_downloads(titles, has_mnist=mnist is not None)
        menu.addSeparator()
        _add(menu, "own", tr("Your own data…"), tr(OWN_TIP), self._files.choose_data)
        _add(menu, "folder", tr("Your own pictures…"), tr(FOLDER_TIP), self._files.choose_data_folder)
        menu.addAction(self._parts.actions["file.open"])

    def _opens(self, path: Path) -> Callable[[], object]:
        """Return what opens data that were found; a damaged download is downloaded again."""
        downloaded = next((known for known in KNOWN.values() if known.folder == path), None)
        if downloaded is None:
            return partial(self._parts.opening.open, path)
        return partial(self._parts.opening.fetch, downloaded)

    def _offer_downloads(self, present: set[str], *, has_mnist: bool) -> None:
        """Offer known data without a copy here; `present` are the titles of those that were found or are open."""
        missing = [
            known for known in KNOWN.values() if known.title not in present and not (has_mnist and known is MNIST)
        ]
        if missing:
            self._menu.addSeparator()
        for known in missing:
            # A cancelled download keeps what has come: half a gigabyte is cancelled to be resumed later.
            came, size = 100 * known.came // known.size, known.size / 1e6
            figure = tr("download, {size:,.0f} MB", size=size)
            if came:
                figure = tr("go on at {came} %, {size:,.0f} MB", came=came, size=size)
            tip = tr("{about}. It is kept on this computer, and opened.", about=tr(known.about))
            fetch = partial(self._parts.opening.fetch, known)
            _add(self._menu, f"download.{known.key}", known.title, tip, fetch, figure)

    def _is_open(self, path: Path) -> bool:
        # The bundled runs learned from a part of that file; all of it can still be opened.
        opened = self._parts.bridge.dataset
        return opened is not None and opened.source == path and opened.summary != DATA


def _file(wanted: str) -> Path:
    """Return the file that remembered data are in."""
    return path_of(wanted) if wanted.startswith(URI) else Path(wanted)


def _short(name: str) -> str:
    return clipped(printable(name), LONGEST - 1)


def _add(menu: QMenu, name: str, text: str, tip: str, do: Callable[[], object], figure: str = "") -> QAction:
    shown = f"{entry(text)}\t{figure}" if figure else entry(text)
    return add_entry(menu, f"{menu.objectName()}.{name}", shown, do, tip=tip)
