"""The menus of the labels at the top right: the runs that one can look at, and the data that can be opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from engine.core.lens import Lens
from engine.core.machine.bundled import DATA, about
from engine.core.specs import KERNEL, TrainSpec, in_words, is_convolutional
from engine.core.text import isolated, printable
from engine.data.download.catalogue import KNOWN, MNIST, KnownSet
from engine.data.location import URI, path_of
from engine.data.sources import SAMPLE, found, mnist_there, title_of
from engine.session.jobs.data import DatasetOpened
from gui.look.plain import entry
from gui.look.text_size import scaled
from gui.state.training.runs import Run, age
from gui.widgets.forms.menu_chip import add_entry
from gui.widgets.network_offer import BUNDLED, BUNDLED_TIP

if TYPE_CHECKING:
    from gui.state.link.bridge import Bridge
    from gui.state.selection import Selection
    from gui.state.settings import Settings
    from gui.state.training.run_controls import RunControls
    from gui.state.training.run_progress import RunProgress

MOST_RUNS = 12

LONGEST = 40
"""Maximum number of letters of a name: a menu is no wider than the window."""

BESIDE = 130
"""What a menu has beside its words and figures, in pixels."""

MOST_NAMES = 12
"""Number of classes whose names are listed."""

MOST_DATA = 5
"""Maximum number of the user's own files that are remembered."""

OWN_TIP = (
    "A table in CSV with the pixels and the label of an image in each line, IDX files as MNIST's, or an .npz file with "
    "x_train, y_train, x_test, y_test."
)
FOLDER_TIP = "A folder in which there is one of pictures for each class: its name is the class'."


class RunMenu:
    """Fills a menu with runs when it opens, the newest first; a click looks at one."""

    def __init__(
        self,
        menu: QMenu,
        bridge: Bridge,
        selection: Selection,
        controls: RunControls,
        progress: RunProgress,
        show_all: Callable[[], object],
        open_bundled: Callable[[], object],
        split: QAction,
    ) -> None:
        self._menu, self._runs, self._selection = menu, bridge.runs, selection
        self._split = split
        self._controls, self._progress = controls, progress
        self._show_all, self._open_bundled = show_all, open_bundled
        menu.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """List the runs as they are now."""
        menu, current, runs = self._menu, self._runs.seen(self._selection.lens), self._runs.by_age()
        menu.clear()
        best = best_of(runs)
        kept = [run for run in runs if run in (current, best)]
        others = [run for run in reversed(runs) if run not in kept]
        shown = sorted([*kept, *others[: MOST_RUNS - len(kept)]], key=age, reverse=True)
        several = len({run.test_images for run in runs}) > 1
        figures = [_figure(run, is_best=run is best, with_images=several) for run in shown]
        if runs:
            images = None if several else runs[0].test_images
            title = f"test accuracy on {images:,} images" if images else "test accuracy"
            _add(menu, "title", "Trained networks", "", lambda: None, title).setEnabled(False)
        room, is_cut = _room(menu, figures), False
        for run, figure in zip(shown, figures, strict=True):
            line = self._say(run)
            text = menu.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, room)
            is_cut |= text != line
            action = _add(
                menu, f"run.{run.name}", text, self._tip(run), partial(self._look, run.name), figure
            )
            action.setCheckable(True)
            action.setChecked(run is current)
        menu.setToolTipsVisible(is_cut)  # else they would say the same again, over the next lines
        menu.addSeparator()
        if runs:
            menu.addAction(self._split)
        count = f"All {len(runs):,} runs…" if len(runs) > len(shown) else "All runs…"
        _add(menu, "runs", count, "Show the list of runs in Train: rename, compare, delete.", self._show_all)
        if not any(about(run.name, run.look.title, run.dataset) for run in runs):
            _add(menu, "bundled", BUNDLED, BUNDLED_TIP, self._open_bundled)

    def _say(self, run: Run) -> str:
        """Return what a run is in a line: its title, its network, how far it is, what it is good for."""
        parts = _network(run.spec), self._state(run), about(run.name, run.look.title, run.dataset)
        return f"{_short(run.look.label)} — {' · '.join(filter(None, parts))}"

    def _state(self, run: Run) -> str:
        if self._controls.state in ("running", "paused") and run in self._progress.going:
            word = "training" if self._controls.state == "running" else "paused"
            return f"{word}, {run.say_epoch(run.newest)} of {run.spec.epochs:,}"
        return run.say_end().removeprefix("is ")

    def _tip(self, run: Run) -> str:
        tested = ", ".join(filter(None, (run.say_accuracy(run.newest) or "not tested yet", run.say_best())))
        what = f"{_network(run.spec)}, {self._state(run)}, {tested}; data {isolated(run.dataset)}"
        return f"Look at run {isolated(run.look.label)} in all tabs: {what}."

    def _look(self, run: str) -> None:
        if run in self._runs and Lens(run) != self._selection.lens:
            self._selection.change(lens=Lens(run))


def _network(spec: TrainSpec) -> str:
    """Return the hidden layers in words: `300 neurons`, `conv 16 → conv 32 → 128`."""
    text = in_words(spec.hidden).replace(f" {KERNEL}×{KERNEL}", "")
    if not spec.hidden:
        return "no hidden layer"
    return text if is_convolutional(spec.hidden) else f"{text} neuron{'s' if text != '1' else ''}"


def _figure(run: Run, *, is_best: bool, with_images: bool) -> str:
    """Return how well a run reads: `97.96 %`, `99.63 % · highest`, `97.2 % of 1,000`, `97.20 % after epoch 14`."""
    share = run.say_share(run.newest)
    if not share:
        return "not tested yet"
    of = f" of {run.test_images:,}" if with_images and run.test_images else ""
    return f"{share}{of}{' · highest' if is_best else ''}"


def _room(menu: QMenu, figures: Sequence[str]) -> int:
    """Return how wide a line may be, in pixels, for the figures to stay on the screen."""
    measure = menu.fontMetrics().horizontalAdvance
    widest = max(map(measure, figures), default=0)
    screen = menu.screen().availableGeometry().width()
    return screen - widest - scaled(BESIDE)


def best_of(runs: list[Run]) -> Run | None:
    """Return the run with the highest test accuracy, where several were tested, all on the same images."""
    tested = [(test.accuracy, run) for run in runs if (test := run.last_test)]
    if len(tested) < 2 or len({_tested_on(run) for _, run in tested}) > 1:
        return None
    return max(tested, key=itemgetter(0))[1]


def _tested_on(run: Run) -> tuple[str, int | None]:
    """Return the data's name and the number of test images: `MNIST 55,000 + 10,000` without the 55,000."""
    return " ".join(run.dataset.split()[:-3]), run.test_images


class DataMenu:
    """Fills a menu with data when it opens: what is open, what is known, and the way to own data."""

    def __init__(
        self,
        menu: QMenu,
        bridge: Bridge,
        settings: Settings,
        open_data: Callable[..., object],
        fetch: Callable[[KnownSet], object],
        ask: Callable[[], object],
        ask_folder: Callable[[], object],
        open_any: QAction,
    ) -> None:
        self._menu, self._settings, self._open_data, self._ask = menu, settings, open_data, ask
        self._ask_folder, self._fetch = ask_folder, fetch
        self._open_any = open_any
        self._open: DatasetOpened | None = None
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self.fill)
        bridge.listen(DatasetOpened, self._take)

    def _take(self, message: DatasetOpened) -> None:
        self._open = message
        source = message.source
        if source is not None and source != mnist_there():
            chosen = message.wanted.startswith(URI)  # some of the arrays in it
            others = [each for each in self._settings.data if _file(each) != source]
            self._settings.data = [message.wanted if chosen else str(source), *others][:MOST_DATA]

    def fill(self) -> None:
        """List the data as they are now."""
        menu, opened = self._menu, self._open
        menu.clear()
        if opened is not None:
            rows, columns = opened.shape
            tip = (
                f"Open now: {opened.train_images:,} training and {opened.test_images:,} test images of "
                f"{rows} × {columns} pixels, {opened.classes:,} classes: {_list(opened.names)}. {opened.remark}"
            ).strip()
            action = _add(menu, "open", _short(opened.summary), tip, lambda: None)
            action.setCheckable(True)
            action.setChecked(True)
            action.triggered.connect(lambda _=False: action.setChecked(True))
            menu.addSeparator()
        if opened is None or opened.source is not None:
            tip = "5,000 handwritten digits that come with Layerlight."
            _add(menu, "sample", "MNIST sample", tip, partial(self._open_data, Path(SAMPLE)))
        mnist = mnist_there()
        if mnist is not None and not self._is_open(mnist):
            title = "MNIST" if mnist.name == "mnist.npz" else _short(title_of(mnist))
            _add(menu, "mnist", title, f"Open {mnist}.", partial(self._open_data, mnist))
        here = [each for each in found() if each != mnist]
        for number, path in enumerate(here, 1):
            if not self._is_open(path):
                tip = f"Found on this computer: open {path}."
                _add(menu, f"found.{number}", _short(title_of(path)), tip, self._opens(path))
        for number, wanted in enumerate(self._settings.data, 1):
            path = _file(wanted)
            if not self._is_open(path) and path != mnist and path not in here:
                there = path.exists()
                tip = f"Open {path}." if there else f"{path} is no longer there."
                name = f"own.{number}"
                do = (
                    partial(self._open_data, path)
                    if wanted == str(path)
                    else partial(self._open_data, path, wanted=wanted)
                )
                _add(menu, name, _short(path.name), tip, do).setEnabled(there)
        titles = {title_of(path) for path in here} | ({opened.name} if opened is not None else set())
        self._offer_downloads(titles, has_mnist=mnist is not None)
        menu.addSeparator()
        _add(menu, "own", "Your own data…", OWN_TIP, self._ask)
        _add(menu, "folder", "Your own pictures…", FOLDER_TIP, self._ask_folder)
        menu.addAction(self._open_any)

    def _opens(self, path: Path) -> Callable[[], object]:
        """Return what opens data that were found; those that were downloaded are, once more, where they are damaged."""
        downloaded = next((known for known in KNOWN.values() if known.folder == path), None)
        return partial(self._fetch, downloaded) if downloaded else partial(self._open_data, path)

    def _offer_downloads(self, here: set[str], *, has_mnist: bool) -> None:
        """Offer known data of which there is no copy; those in `here` are found or open, by their titles."""
        lacking = [
            known
            for known in KNOWN.values()
            if known.title not in here and not (has_mnist and known is MNIST)
        ]
        if lacking:
            self._menu.addSeparator()
        for known in lacking:
            size = f"{known.size / 1e6:,.0f} MB"
            came = 100 * known.came // known.size
            size = f"go on at {came} %, {size}" if came else f"download, {size}"
            tip = f"{known.about}. It is kept on this computer, and opened."
            _add(self._menu, f"download.{known.key}", known.title, tip, partial(self._fetch, known), size)

    def _is_open(self, path: Path) -> bool:
        # The bundled runs learned from a part of that file: all of it can still be opened.
        return self._open is not None and self._open.source == path and self._open.summary != DATA


def _file(wanted: str) -> Path:
    """Return the file of data that were open before."""
    return path_of(wanted) if wanted.startswith(URI) else Path(wanted)


def _list(names: Sequence[str]) -> str:
    """Return the first of the classes' names."""
    rest = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return f"{', '.join(map(printable, names[:MOST_NAMES]))}{rest}"


def _short(name: str) -> str:
    text = printable(name)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _add(menu: QMenu, name: str, text: str, tip: str, do: Callable[[], object], figure: str = "") -> QAction:
    shown = f"{entry(text)}\t{figure}" if figure else entry(text)
    return add_entry(menu, f"{menu.objectName()}.{name}", shown, do, tip=tip)
