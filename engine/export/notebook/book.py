"""From a session to the cells of its notebook: a section for the data, for each run, for each act, in their order."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from engine.core.act import ARRAYS
from engine.core.errors import NotYetError, UserError
from engine.core.lens import Lens
from engine.core.neuron_set import NeuronSet
from engine.core.numbers import fine_percent, plural
from engine.export.notebook.cells import Cell, escaped, fenced
from engine.export.notebook.made import Made, code_of
from engine.export.notebook.words import Words, changes_in_words, settings_in_words, words, words_of
from engine.export.scripts.parts.common import data_cells
from engine.export.scripts.parts.scene import Scene
from engine.export.scripts.parts.show_code import DIGITS, data_file, gathered
from engine.export.scripts.parts.silenced import silenced_script
from engine.export.scripts.parts.tabs import teller
from engine.export.scripts.parts.template import quoted
from engine.model.training.courses import say_changes_of
from engine.model.training.learned import own_part
from engine.model.training.messages import best_of, say_best
from engine.session.session import name_of
from engine.session.store import places

if TYPE_CHECKING:
    from engine.export.scripts.parts.scene import DataFile
    from engine.export.scripts.parts.template import Cell as Part
    from engine.export.scripts.parts.template import Script
    from engine.model.training.run import Run
    from engine.session.session import Session

TRAIN = "train"

LONG_SECONDS = 300.0
"""A run that took longer is not trained again by the notebook, which shows its code as text."""

FOLDER = "FOLDER"
"""What the folder of the files is called in the code."""

IMPORTS = """\
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
"""

SHOW_DATA = """\
print(f"{len(train_images):,} training images and {len(test_images):,} test images")
classes = np.unique(train_labels)[:10]
figure, places = plt.subplots(len(classes), 12, figsize=(8, 0.7 * len(classes)), squeeze=False)
for label, row in zip(classes, places):
    for image, place in zip(train_images[train_labels == label], row):
        place.imshow(image, cmap="gray_r", vmin=0, vmax=1)
for place in places.flat:
    place.axis("off")
plt.show()"""


class Keep(Protocol):
    """Takes a file that a section reads, and returns in turns what it is called in the folder."""

    def __call__(self, source: Path, name: str) -> Generator[None, Any, str]:
        """Copy the file; return its name in the folder."""


class Book(NamedTuple):
    """The cells, and how many runs and acts are left out of them, by the reason."""

    cells: Sequence[Cell]
    left_out: Mapping[str, int]


class _Section(NamedTuple):
    """A run, or an act: what its code is made of."""

    when: float
    tab: str
    settings: Mapping[str, Any]
    lens: Lens | None
    data: str | None
    """The fingerprint of the data that it was of; `None`: it says itself what it learned from."""


DELETED, OTHER_DATA = "of a run that was deleted", "of other data than those that are open"
NO_ACT = "that says nothing"
"""Why something is left out."""


def make_book(session: Session, folder: str, where: str, keep: Keep) -> Generator[None, Any, Book]:
    """Return the notebook in turns; its files lie in a `folder` that the code finds by the expression `where`.

    Raises `UserError` where there is nothing to tell.
    """
    return (yield from _Making(session, folder, where, keep).book())


def sections_of(session: Session) -> list[_Section]:
    """Return the runs and the acts of a session in their order."""
    runs = [_Section(run.started, TRAIN, {}, Lens(run.name), None) for run in session.runs.values()]
    acts = [
        _Section(act.when, act.tab, {**act.settings, **act.arrays}, act.lens, act.data)
        for act in session.acts.values()
        if act.tab != TRAIN  # the runs tell that themselves
    ]
    return sorted([*runs, *acts], key=lambda section: section.when)


class _Making:
    """A notebook in the making: what its cells have made so far, and which networks they have shown."""

    def __init__(self, session: Session, folder: str, where: str, keep: Keep) -> None:
        self._session, self._folder, self._where, self._keep = session, folder, where, keep
        self._made, self._cells = Made(), list[Cell]()
        self._left_out: dict[str, int] = {}
        self._number = self._of_data = 0
        self._untold: tuple[Any, ...] = ()
        """What was changed in the network that was told last."""
        data = session.dataset
        self._fingerprint = data.fingerprint() if data else ""

    def book(self) -> Generator[None, Any, Book]:
        yield from self._add_data()
        self._of_data = self._number
        for section in sections_of(self._session):
            yield from self._try(section)
            yield None
        if self._number == self._of_data:
            raise self._nothing()
        return Book([*self._beginning(), *self._cells, *self._end()], self._left_out)

    def _nothing(self) -> UserError:
        if self._left_out:
            sentence = f"Nothing of this session can be told: what it has is {next(iter(self._left_out))}."
            return UserError(sentence, hint="Open those data, or train a network on these.")
        hint = "Train a network, or look at something for some seconds in any tab but Train."
        return UserError("There is nothing to tell of this session yet.", hint=hint)

    # The sections -------------------------------------------------------------------------------------------------

    def _beginning(self) -> list[Cell]:
        store = self._session.store
        name = name_of(store.path) if store else places.UNTITLED
        name = "A session in Layerlight" if name == places.UNTITLED else name
        told = (
            f"# {escaped(name)}\n\nWhat was done in Layerlight, in its order. The code needs NumPy, TensorFlow 2 and "
            f"matplotlib, and reads what lies in the folder `{self._folder_in_words}` beside it. Run the cells from "
            "top to bottom."
        )
        folder = f"{FOLDER} = {self._where}  # what is read here lies there"
        return [Cell("markdown", told), Cell("code", f"{IMPORTS}\n{folder}")]

    @property
    def _folder_in_words(self) -> str:
        is_plain = all(letter.isalnum() or letter in " ._-" for letter in self._folder)
        return self._folder if is_plain else FOLDER

    def _add_data(self) -> Generator[None, Any, None]:
        data = self._session.dataset
        if data is None:
            return
        try:
            file = yield from data_file(data)
        except UserError:  # data without a file: what needs them is left out
            return
        read = self._with_names(data_cells(file, "train", "test"), (yield from self._data_name(file)))
        counts = (
            f"{len(data.train_images):,} images to learn from and {len(data.test_images):,} to be tested with"
        )
        rows, columns = data.shape
        told = f"{escaped(data.name)}: {counts}, {rows} × {columns} pixels each, of {len(data.classes):,} classes."
        self._head(words()["session_data"], "", told)
        self._add(code_of(self._made.missing(read)))
        self._add(SHOW_DATA)

    def _try(self, section: _Section) -> Generator[None, Any, None]:
        """Add a section, unless it can be told no more."""
        reason = self._reason(section)
        try:
            filled = None if reason else (yield from self._filled(section))
        except NotYetError:
            filled, reason = None, DELETED
        except UserError as error:
            filled, reason = None, _because(error)
        if filled is None:
            self._left_out[reason] = self._left_out.get(reason, 0) + 1
        else:
            yield from (self._add_run if section.tab == TRAIN else self._add_act)(section, *filled)

    def _filled(self, section: _Section) -> Generator[None, Any, tuple[Scene, Script]]:
        """Return what a section is told with, and its script; raises `UserError` where its settings do not fit."""
        scene = yield from gathered(self._session, section.lens, section.tab, section.settings)
        scene = self._as_trained(section, scene)
        return scene, teller(section.tab).script(scene)

    def _add_act(self, section: _Section, scene: Scene, script: Script) -> Generator[None, Any, None]:
        yield from self._add_changes(section)
        of = _of(scene) if scene.network else ""
        told = script.sentence, settings_in_words(scene.settings)
        self._head(words_of(section.tab, scene.settings), of, *told)
        yield from self._add_script(script, section, scene)

    def _reason(self, section: _Section) -> str:
        """Return why a section cannot be told; a file may hold acts that nobody did. Empty where it can."""
        lens, settings = section.lens, section.settings
        run = self._session.runs.get(lens.run) if lens else None
        if lens is not None and run is None:
            return DELETED
        try:
            found = teller(section.tab)
            spec = found.SETTINGS.from_dict(settings)
            needs = found.needs(spec)
        except UserError as error:
            return _because(error)
        except (TypeError, ValueError):
            return NO_ACT
        is_other = not self._has_data_of(run) if section.data is None else section.data != self._fingerprint
        if "data" in needs and is_other:
            return OTHER_DATA
        shapes = {"picture": run and run.shape, "matrix": (getattr(spec, "size", 0),) * 2}
        is_wrong = any(settings[name].shape != shapes[name] for name in ARRAYS if name in settings)
        return NO_ACT if is_wrong or (lens and run and not _fits(lens, run)) else ""

    def _has_data_of(self, run: Run | None) -> bool:
        """Whether the data are open that a run learned from."""
        data = self._session.dataset
        return run is None or data is None or own_part(data, run) is not None

    def _add_changes(self, section: _Section) -> Generator[None, Any, None]:
        """Tell of a network whose neurons were changed what that does to it, once."""
        lens = section.lens
        key = (lens.run, lens.moment, lens.silenced, lens.adjusted, lens.mixed) if lens else ()
        if lens is None or not (lens.silenced or lens.adjusted) or key == self._untold:
            return
        self._untold = key
        if section.data != self._fingerprint:
            return
        try:
            scene = yield from gathered(self._session, lens, "mistakes", {})
        except UserError:  # the data are not such that the network reads them
            return
        if any(scene.looked.passed):
            script = silenced_script(scene)
            said = words()["silenced"]
            said = said._replace(heading="Neurons changed") if lens.adjusted else said
            self._head(said, _of(scene), script.sentence, changes_in_words(scene.looked))
            yield from self._add_script(script, section, scene)

    def _as_trained(self, section: _Section, scene: Scene) -> Scene:
        """Return what a run is told with: one that was stopped has no more epochs than it came to."""
        if section.tab != TRAIN or section.lens is None:
            return scene
        run = self._session.run(section.lens.run)
        if not _was_stopped(run):
            return scene
        spec = scene.looked.spec.but(epochs=max(1, len(run.epochs)))
        return replace(scene, network=scene.looked._replace(spec=spec))

    def _add_run(self, section: _Section, scene: Scene, script: Script) -> Generator[None, Any, None]:
        assert section.lens is not None
        run = self._session.run(section.lens.run)
        seconds = sum(each.seconds for each in run.epochs)
        self._head(words()[TRAIN], f"run {escaped(run.label)}", script.sentence, _of_run(run, seconds))
        if seconds <= LONG_SECONDS:
            yield from self._add_script(script, section, scene)
            return
        code = f"{code_of((yield from self._read(script, section, scene)))}\n\n{_shown(script)}"
        why = "That takes as long again, so it is not done here. To train it anew, put this into a cell:"
        self._cells.append(Cell("markdown", f"{why}\n\n{fenced(code)}"))

    # Cells --------------------------------------------------------------------------------------------------------

    def _head(self, said: Words, of: str, *sentences: str) -> None:
        self._number += 1
        heading = f"## {self._number}. {said.heading}" + (f": {of}" if of else "")
        told = " ".join(filter(None, sentences))
        self._cells.append(Cell("markdown", "\n\n".join([heading, told, f"**Look for:** {said.look}"])))

    def _add_script(self, script: Script, section: _Section, scene: Scene) -> Generator[None, Any, None]:
        todo = self._made.missing((yield from self._read(script, section, scene)))
        last = max((place for place, cell in enumerate(todo, 1) if cell.defines), default=0)
        self._add(code_of(todo[:last]))
        self._add(code_of(todo[last:]))
        self._add(_shown(script))

    def _add(self, code: str) -> None:
        if code:
            self._cells.append(Cell("code", code))

    def _end(self) -> list[Cell]:
        if not self._left_out:
            return []
        lines = [
            f"- {plural(count, 'section')} {escaped(reason)}" for reason, count in self._left_out.items()
        ]
        return [Cell("markdown", "\n".join(["Left out here:", "", *lines]))]

    # Files --------------------------------------------------------------------------------------------------------

    def _read(self, script: Script, section: _Section, scene: Scene) -> Generator[None, Any, list[Part]]:
        """Return the script's cells with the names of its files in the folder."""
        names = {}
        for role, file in scene.files.items():
            if role != DIGITS:
                names[file] = yield from self._keep(Path(file), _file_name(role, section, scene))
        if scene.data is not None:
            names |= yield from self._data_name(scene.data)
        return self._with_names(script.cells, names)

    def _data_name(self, file: DataFile) -> Generator[None, Any, dict[str, str]]:
        source = Path(file.path)
        return {file.path: (yield from self._keep(source, source.name))}

    def _with_names(self, cells: Sequence[Part], names: Mapping[str, str]) -> list[Part]:
        for file, name in names.items():
            where = f"{FOLDER} / {quoted(name)}"
            cells = [cell._replace(text=cell.text.replace(quoted(file), where)) for cell in cells]
        return [*cells]


def _shown(script: Script) -> str:
    """Return the lines that draw a script's picture; a notebook shows it, and saves none."""
    return "\n".join(
        line for line in script.drawing.strip("\n").split("\n") if not line.startswith("plt.savefig(")
    )


def _of(scene: Scene) -> str:
    looked = scene.looked
    mixed = f", mixed with {escaped(looked.mixed)}" if looked.mixed else ""
    return f"run {escaped(looked.run)} after {looked.step:,} steps{mixed}"


def _of_run(run: Run, seconds: float) -> str:
    """Return what became of a run, and how long that took."""
    if not run.epochs:
        return "In Layerlight it was not trained to the end of an epoch."
    took = plural(max(1, round(seconds)), "second") if seconds < 100 else f"{seconds / 60:.0f} minutes"
    epochs = f"{len(run.epochs):,} of {run.spec.epochs:,}" if _was_stopped(run) else f"{len(run.epochs):,}"
    best = best_of(run.epochs)
    at_best = f"; {say_best(best)}: {fine_percent(best.test_accuracy, run.test_images)}" if best else ""
    changes = say_changes_of(run)
    changed = f" On its way were changed: {changes}." if changes else ""
    reads = f"reads {run.say_test()}{at_best}"
    return f"In Layerlight it was trained for {epochs} epochs in {took}, and {reads}.{changed}"


def _was_stopped(run: Run) -> bool:
    """Whether a run has fewer epochs than it was to have, and not because it was as good as it was to be."""
    is_good = bool(run.spec.stop_at and run.epochs and run.epochs[-1].judged >= run.spec.stop_at)
    return len(run.epochs) < run.spec.epochs and not is_good


def _fits(lens: Lens, run: Run) -> bool:
    """Whether the neurons that a lens changes are there."""
    widths = [layer.width for layer in run.spec.hidden]
    changed = NeuronSet.of(lens).neurons
    return all(each.layer < len(widths) and each.number < widths[each.layer] for each in changed)


def _because(error: UserError) -> str:
    return f"({error.sentence.rstrip('.')})"


def _file_name(role: str, section: _Section, scene: Scene) -> str:
    """Return a name that says what is in a file of a section."""
    if role not in ("weights", "before") or section.lens is None:
        return f"{role}.npz"
    if section.lens.mixed and role == "weights":
        return "mixture.npz"
    step = scene.looked.step if role == "weights" else int(scene.given["against_step"])
    return f"run-{section.lens.run}-step-{step}.npz"
