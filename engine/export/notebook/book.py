"""The cells of a session's notebook: a section for the data, for each run and for each act, in their order."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from engine.core.act import ARRAYS
from engine.core.errors import NotYetError, UserError
from engine.core.language import mark, tr, tr_plural
from engine.core.lens import Lens, NeuronSet
from engine.core.messages import Turns
from engine.core.text import fine_percent
from engine.export.notebook.cells import (
    Cell,
    Words,
    changes_in_words,
    escaped,
    fenced,
    settings_in_words,
    words,
    words_of,
)
from engine.export.scripts.parts.common import data_cells, network_cells, reading
from engine.export.scripts.parts.show_code import DIGITS, data_file, gather_scene
from engine.export.scripts.parts.tabs import script_module
from engine.export.scripts.parts.template import Cell as ScriptCell
from engine.export.scripts.parts.template import DataFile, Scene, Script, fitted, quoted, tidy
from engine.model.training.courses import say_changes_of
from engine.model.training.learned import own_part
from engine.model.training.messages import best_of, say_best
from engine.model.training.run import Run
from engine.session.session import Session, name_of
from engine.session.store import places


class CellState:
    """The values of names after the cells so far: for each the code that it follows from."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._others = itertools.count()

    def missing(self, cells: Sequence[ScriptCell]) -> list[ScriptCell]:
        """Return the cells that are still needed; they count as run from then on."""
        # A cell is shared if it reads data or weights, or defines a function: a reader sees each definition once.
        missing = []
        for cell in cells:
            code = f"{cell.text.strip()}\n{self._known.get(cell.reads, '')}"
            key = code if cell.is_shared else f"{next(self._others)}"
            if not cell.is_shared or any(self._known.get(name) != key for name in cell.makes):
                self._known |= dict.fromkeys(cell.makes, key)
                missing.append(cell)
        return missing


def code_of(cells: Sequence[ScriptCell]) -> str:
    """Return the lines of cells, with the empty lines between them."""
    return tidy("\n".join(cell.text for cell in cells))


TRAIN = "train"
LONG_SECONDS = 300.0  # a run that took longer is not trained again by the notebook: its code is shown as text
FOLDER = "FOLDER"  # the variable with the folder of the files

IMPORTS = """\
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
"""  # no text

SHOW_DATA = """\
print(f"{len(train_images):,} training images and {len(test_images):,} test images")
classes = np.unique(train_labels)[:10]
figure, places = plt.subplots(len(classes), 12, figsize=(8, 0.7 * len(classes)), squeeze=False)
for label, row in zip(classes, places):
    for image, place in zip(train_images[train_labels == label], row):
        place.imshow(image, cmap="gray_r", vmin=0, vmax=1)
for place in places.flat:
    place.axis("off")
plt.show()"""  # no text


# Copies a file that a section reads, under a name like that one, and returns its name in the folder.
type Keep = Callable[[Path, str], Turns[str]]


class Book(NamedTuple):
    """The cells, and the number of runs and acts that are left out, by the reason."""

    cells: Sequence[Cell]
    left_out: Mapping[str, int]


class _Section(NamedTuple):
    when: float
    tab: str
    settings: Mapping[str, Any]
    lens: Lens | None
    data: str | None  # the fingerprint of the act's data; `None` for a run, which knows what it learned from


# Reasons for leaving something out.
DELETED, OTHER_DATA, NO_ACT = "deleted run", "other data", "no act"  # no text
NOTHING_TOLD = {
    DELETED: mark("Nothing of this session can be told: what it has is of a run that was deleted."),
    OTHER_DATA: mark("Nothing of this session can be told: what it has is of other data than those that are open."),
    NO_ACT: mark("Nothing of this session can be told: what it has is that says nothing."),
}


def sections_of(session: Session) -> list[_Section]:
    """Return the runs and the acts of a session in their order."""
    runs = [_Section(run.started, TRAIN, {}, Lens(run.name), None) for run in session.runs.values()]
    acts = [
        _Section(act.when, act.tab, {**act.settings, **act.arrays}, act.lens, act.data)
        for act in session.acts.values()
        if act.tab != TRAIN  # runs have sections of their own
    ]
    return sorted([*runs, *acts], key=lambda section: section.when)


class Writer:
    """Writes a notebook, whose code finds `folder` by `where`: holds the state after its cells so far."""

    def __init__(self, session: Session, folder: str, where: str, keep: Keep) -> None:
        self._session, self._folder, self._where, self._keep = session, folder, where, keep
        self._state, self._cells = CellState(), list[Cell]()
        self._left_out: dict[str, int] = {}
        self._number = self._of_data = 0
        self._explained: tuple[Any, ...] = ()  # the changed network that was explained last
        data = session.dataset
        self._fingerprint = data.fingerprint() if data else ""

    def book(self) -> Turns[Book]:
        """Return the notebook, in turns; raise `UserError` for an empty one."""
        yield from self._add_data()
        self._of_data = self._number
        for section in sections_of(self._session):
            yield from self._try(section)
            yield None
        if self._number == self._of_data and self._left_out:
            why = next(iter(self._left_out))
            otherwise = mark("Nothing of this session can be told: what it has is {why}.")
            sentence = tr(NOTHING_TOLD.get(why, otherwise), why=why)
            raise UserError(sentence, hint=tr("Open those data, or train a network on these."))
        if self._number == self._of_data:
            hint = tr("Train a network, or look at something for some seconds in any tab but Train.")
            raise UserError(tr("There is nothing to tell of this session yet."), hint=hint)
        if self._left_out:
            lines = [f"- {_say_left_out(why, count)}" for why, count in self._left_out.items()]
            self._cells.append(Cell("markdown", "\n".join([tr("Left out here:"), "", *lines])))
        return Book([*self._beginning(), *self._cells], self._left_out)

    def _beginning(self) -> list[Cell]:
        store = self._session.store
        has_name = store is not None and not places.is_autosave(store.path)
        name = name_of(store.path) if store and has_name else tr("A session in Layerlight")
        is_plain = all(letter.isalnum() or letter in " ._-" for letter in self._folder)
        text = tr(
            "What was done in Layerlight, in its order. The code needs NumPy, TensorFlow 2 and matplotlib, and reads "
            "what lies in the folder `{folder}` beside it. Run the cells from top to bottom.",
            folder=self._folder if is_plain else FOLDER,
        )
        folder = f"{FOLDER} = {self._where}  # what is read here lies there"  # no text
        return [Cell("markdown", f"# {escaped(name)}\n\n{text}"), Cell("code", f"{IMPORTS}\n{folder}")]

    def _add_data(self) -> Turns[None]:
        data = self._session.dataset
        if data is None:
            return
        try:
            file = yield from data_file(data)
        except UserError:  # data without a file: sections that need them are left out
            return
        cells = self._with_names(data_cells(file, "train", "test"), (yield from self._data_name(file)))
        rows, columns = data.shape
        text = tr(
            "{data}: {train:,} images to learn from and {test:,} to be tested with, {rows} × {columns} pixels each, "
            "of {classes:,} classes.",
            data=escaped(data.name),
            train=len(data.train_images),
            test=len(data.test_images),
            rows=rows,
            columns=columns,
            classes=len(data.classes),
        )
        self._head(words()["session_data"], "", text)
        self._add(code_of(self._state.missing(cells)))
        self._add(SHOW_DATA)

    def _try(self, section: _Section) -> Turns[None]:
        """Add a section, or count the reason why it is left out."""
        if not (reason := self._reason(section)):
            try:
                scene = yield from gather_scene(self._session, section.lens, section.tab, section.settings)
                scene = self._as_trained(section, scene)
                script = script_module(section.tab).script(scene)
            except NotYetError:
                reason = DELETED
            except UserError as error:
                reason = _because(error)
            else:
                add = self._add_run if section.tab == TRAIN else self._add_act
                yield from add(section, scene, script)
                return
        self._left_out[reason] = self._left_out.get(reason, 0) + 1

    def _add_act(self, section: _Section, scene: Scene[Any], script: Script) -> Turns[None]:
        yield from self._add_changes(section)
        heading, of = words_of(section.tab, scene.settings), _of(scene) if scene.network else ""
        self._head(heading, of, tr(script.sentence), settings_in_words(scene.settings))
        yield from self._add_script(script, section, scene)

    def _reason(self, section: _Section) -> str:
        """Return why a section is left out, or an empty string; a file may hold acts that nobody did."""
        lens, settings = section.lens, section.settings
        run = self._session.runs.get(lens.run) if lens else None
        if lens is not None and run is None:
            return DELETED
        try:
            module = script_module(section.tab)
            spec = module.Settings.from_dict(settings)
            needs = module.needs(spec)
        except UserError as error:
            return _because(error)
        except (TypeError, ValueError):
            return NO_ACT
        data = self._session.dataset
        is_other = section.data != self._fingerprint
        if section.data is None:  # a run
            is_other = run is not None and data is not None and own_part(data, run) is None
        if "data" in needs and is_other:
            return OTHER_DATA
        shapes = {"picture": run and run.shape, "matrix": (getattr(spec, "size", 0),) * 2}
        is_wrong = any(settings[name].shape != shapes[name] for name in ARRAYS if name in settings)
        return NO_ACT if is_wrong or (lens and run and not _fits(lens, run)) else ""

    def _add_changes(self, section: _Section) -> Turns[None]:
        """Explain the effect of a network's changed neurons, once."""
        lens = section.lens
        key = (lens.run, lens.moment, lens.silenced, lens.adjusted, lens.mixed) if lens else ()
        if lens is None or not (lens.silenced or lens.adjusted) or key == self._explained:
            return
        self._explained = key
        if section.data != self._fingerprint:
            return
        try:
            scene = yield from gather_scene(self._session, lens, "mistakes", {})
        except UserError:  # the network does not read the data
            return
        network = scene.shown
        if any(network.passed):
            untouched = network_cells(network._replace(passed=[None] * len(network.passed)))
            script = fitted("silenced", [network.about], {**reading(scene, "test"), "untouched": untouched})
            heading = words()["silenced"]
            heading = heading._replace(heading=tr("Neurons changed")) if lens.adjusted else heading
            self._head(heading, _of(scene), tr(script.sentence), changes_in_words(network))
            yield from self._add_script(script, section, scene)

    def _as_trained(self, section: _Section, scene: Scene[Any]) -> Scene[Any]:
        """Return the scene of a run; one that was stopped has only the epochs that it reached."""
        if section.tab != TRAIN or section.lens is None:
            return scene
        run = self._session.run(section.lens.run)
        if not _was_stopped(run):
            return scene
        return replace(scene, network=scene.shown._replace(spec=scene.shown.spec.but(epochs=max(1, len(run.epochs)))))

    def _add_run(self, section: _Section, scene: Scene[Any], script: Script) -> Turns[None]:
        assert section.lens is not None
        run = self._session.run(section.lens.run)
        seconds = sum(epoch.seconds for epoch in run.epochs)
        self._head(words()[TRAIN], tr("run {run}", run=escaped(run.label)), tr(script.sentence), _of_run(run, seconds))
        if seconds <= LONG_SECONDS:
            yield from self._add_script(script, section, scene)
            return
        code = f"{code_of((yield from self._read(script, section, scene)))}\n\n{_shown(script)}"
        why = tr("That takes as long again, so it is not done here. To train it anew, put this into a cell:")
        self._cells.append(Cell("markdown", f"{why}\n\n{fenced(code)}"))

    def _head(self, heading: Words, of: str, *sentences: str) -> None:
        self._number += 1
        title = f"## {self._number}. {heading.heading}" + (f": {of}" if of else "")
        text = " ".join(filter(None, sentences))
        self._cells.append(Cell("markdown", "\n\n".join([title, text, tr("**Look for:** {look}", look=heading.look)])))

    def _add_script(self, script: Script, section: _Section, scene: Scene[Any]) -> Turns[None]:
        todo = self._state.missing((yield from self._read(script, section, scene)))
        last = max((place for place, cell in enumerate(todo, 1) if cell.defines), default=0)
        self._add(code_of(todo[:last]))
        self._add(code_of(todo[last:]))
        self._add(_shown(script))

    def _add(self, code: str) -> None:
        if code:
            self._cells.append(Cell("code", code))

    def _read(self, script: Script, section: _Section, scene: Scene[Any]) -> Turns[list[ScriptCell]]:
        """Return the script's cells with the names of its files in the folder."""
        names = {}
        for role, file in scene.files.items():
            if role != DIGITS:
                names[file] = yield from self._keep(Path(file), _file_name(role, section, scene))
        if scene.data is not None:
            names |= yield from self._data_name(scene.data)
        return self._with_names(script.cells, names)

    def _data_name(self, file: DataFile) -> Turns[dict[str, str]]:
        source = Path(file.path)
        return {file.path: (yield from self._keep(source, source.name))}

    def _with_names(self, cells: Sequence[ScriptCell], names: Mapping[str, str]) -> list[ScriptCell]:
        for file, name in names.items():
            where = f"{FOLDER} / {quoted(name)}"
            cells = [cell._replace(text=cell.text.replace(quoted(file), where)) for cell in cells]
        return [*cells]


def _shown(script: Script) -> str:
    """Return the lines that draw a script's picture, without those that save it."""
    return "\n".join(line for line in script.drawing.strip("\n").split("\n") if not line.startswith("plt.savefig("))


def _of(scene: Scene[Any]) -> str:
    network = scene.shown
    said = mark("run {run} after {step:,} steps")
    if network.mixed:
        said = mark("run {run} after {step:,} steps, mixed with {others}")
    return tr(said, run=escaped(network.run), step=network.step, others=escaped(network.mixed))


def _of_run(run: Run, seconds: float) -> str:
    """Return the outcome of a run and its duration."""
    if not run.epochs:
        return tr("In Layerlight it was not trained to the end of an epoch.")
    if seconds < 100:
        duration = tr_plural("{count} second", "{count} seconds", max(1, round(seconds)))
    else:
        duration = tr_plural("{count} minute", "{count} minutes", round(seconds / 60))
    said = mark("In Layerlight it was trained for {done:,} epochs in {duration}, and reads {test}.")
    if _was_stopped(run):
        said = mark("In Layerlight it was trained for {done:,} of {all:,} epochs in {duration}, and reads {test}.")
    test, best = run.say_test(), best_of(run.epochs)
    if best:
        test += f"; {say_best(best)}: {fine_percent(best.test_accuracy, run.test_images)}"
    sentence = tr(said, done=len(run.epochs), all=run.spec.epochs, duration=duration, test=test)
    changes = say_changes_of(run)
    return f"{sentence} {tr('On its way were changed: {changes}.', changes=changes)}" if changes else sentence


def _was_stopped(run: Run) -> bool:
    """Whether a run has fewer epochs than its settings say, and did not end by its accuracy."""
    is_good = bool(run.spec.stop_at and run.epochs and run.epochs[-1].judged >= run.spec.stop_at)
    return len(run.epochs) < run.spec.epochs and not is_good


def _fits(lens: Lens, run: Run) -> bool:
    widths = [layer.width for layer in run.spec.hidden]
    changed = NeuronSet.of(lens).neurons
    return all(neuron.layer < len(widths) and neuron.number < widths[neuron.layer] for neuron in changed)


def _say_left_out(why: str, count: int) -> str:
    if why == DELETED:
        return tr_plural(
            "{count:,} section of a run that was deleted", "{count:,} sections of a run that was deleted", count
        )
    if why == OTHER_DATA:
        return tr_plural(
            "{count:,} section of other data than those that are open",
            "{count:,} sections of other data than those that are open",
            count,
        )
    if why == NO_ACT:
        return tr_plural("{count:,} section that says nothing", "{count:,} sections that say nothing", count)
    return f"{tr_plural('{count:,} section', '{count:,} sections', count)} {escaped(why)}"


def _because(error: UserError) -> str:
    return f"({error.sentence.rstrip('.')})"


def _file_name(role: str, section: _Section, scene: Scene[Any]) -> str:
    """Return a name for a file of a section that says what is in it."""
    if role not in ("weights", "before") or section.lens is None:
        return f"{role}.npz"
    if section.lens.mixed and role == "weights":
        return "mixture.npz"
    step = scene.shown.step if role == "weights" else int(scene.extras["against_step"])
    return f"run-{section.lens.run}-step-{step}.npz"
