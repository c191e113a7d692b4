"""The session: what is loaded. Only the engine thread holds it."""

from __future__ import annotations

import contextlib
import itertools
import logging
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from engine.core.cache import Cache
from engine.core.errors import NotYetError, UserError
from engine.core.example import class_names
from engine.core.machine.bundled import NAME, is_bundled
from engine.core.messages import Job, Message, Notice
from engine.core.text import isolated
from engine.core.turns import Turns, run_through
from engine.data.kept import let_go_of
from engine.data.teaching import taught
from engine.model.training.epochs import Epochs
from engine.model.training.learned import part_called
from engine.model.training.run import LostMomentError, Run, thinned
from engine.session.store import places
from engine.session.store.opening import create_store, replace_store
from engine.session.store.reading import Contents
from engine.session.store.trouble import say_trouble
from engine.session.store.watch import TakenError

if TYPE_CHECKING:
    from engine.core.act import Act
    from engine.core.drawing import Drawing
    from engine.core.example import Example
    from engine.core.lens import Lens, Weights
    from engine.core.neuron_set import NeuronSet
    from engine.core.specs import TrainSpec
    from engine.data.dataset import Dataset
    from engine.session.store.store import Store

log = logging.getLogger(__name__)

COLORS = 10  # number of colours for runs; the theme's `classes`
BUDGET = 500_000_000  # bytes that the moments of a session may take

MOST_TAUGHT = 2
"""Number of data sets with examples in them that are kept, for runs that are looked at in turn."""

CANVAS, LESSON, EXPERIMENTS = "canvas", "lesson", "experiments"
"""Parts of the window's state that are stored as soon as they change."""

REFUGE = "refuge"
"""Stands in the window's state of an autosave that took a session in because its own file could not be written."""

PLACE = "place of the session"
"""Topic of the notice that a session had to move to another file: void once it has a place, or another is opened."""

MOST_NAMED = 5  # the most damaged parts that are named; more would not fit on a line
RETRY_SECONDS = 2.0  # a file that cannot be written is tried again after that


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionWriting(Message):
    """Whether what happens reaches the file. `trouble` says in a sentence why it does not; empty when it does."""

    latest_only: ClassVar[bool] = True
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSaved(Message):
    """The session is in `path` now, and is written there from now on."""

    name: str
    """For titles: the file's name without its suffix, `places.UNTITLED` where a person has given it none."""
    path: Path
    is_saved: bool = True  # whether a person gave it that place; otherwise it is an autosave


class Session:
    """A data set, the runs trained so far by name, and the file that follows them."""

    def __init__(self, dataset: Dataset | None = None, new_place: Callable[[], Path] | None = None) -> None:
        """Begin without runs. `new_place` names a file for a session that nobody gave one; `None`: it needs none."""
        self._dataset = dataset
        self._openings = itertools.count(1)
        self._opened = 0
        """The number of the opening that the data set came from."""
        self.runs: dict[str, Run] = {}
        self.deleted: dict[str, Run] = {}
        """What was deleted and can still be restored. The file keeps it until the session is left."""
        self.view: Mapping[str, Any] = {}
        """The window's state: plain values."""
        self.drawings: dict[str, Drawing] = {}
        """Those that a person has named, by name."""
        self.sets: dict[str, NeuronSet] = {}
        """The sets of neurons that a person has named, by name."""
        self.acts: dict[int, Act] = {}
        """What a person did, by numbers that rise: for the notebook."""
        self.examples: dict[int, Example] = {}
        """What a person teaches networks, by numbers that rise: a shelf, from which each run has its own copy."""
        self._taught: Cache[tuple[str, tuple[Example, ...]], Dataset] = Cache(count=MOST_TAUGHT)
        self.budget = BUDGET
        self.waits_for_readers = True
        """Whether a file that a person asks for may be a pipe or a device. A stalled reader would
        hold up all other jobs as well, so no window waits for one."""
        self.store: Store | None = None
        self._formers: list[Store] = []
        """The stores that the present one takes the place of, until their moments are written there."""
        self._refuge: Store | None = None
        """The autosave that was made because the session's own file could not be written at the end."""
        self.new_place = new_place
        self.trouble = ""
        """Why the file cannot be written, in a sentence; empty when it can."""
        self._retry_at = 0.0
        self._untold: list[Message] = []
        self._names = 0
        """Number of the last name that was given to a run: the names before it are taken."""
        self.sweeping: Path | None = None
        """The folder that workers of a sweep write into now: it stays where it is."""
        self._is_left = False
        self._noted: Any = None
        """The canvas in the view as it lies in the file, or in the state folder for a session that is only read."""

    def opening(self) -> Callable[[Dataset], bool]:
        """Return what makes a data set the session's that is being opened from now on, in turns.

        It returns `False`, and does nothing, where one that was begun to be opened later is there already.
        """
        number = next(self._openings)

        def take(data: Dataset) -> bool:
            is_newest = number > self._opened
            if is_newest:
                self._opened = number
                self.replace_data(data)
            return is_newest

        return take

    @property
    def dataset(self) -> Dataset | None:
        """The data set that is open; `None` for none. `replace_data` and `opening` are the ways to another one."""
        return self._dataset

    def replace_data(self, data: Dataset | None) -> None:
        """Take a data set, or none, in place of the one before.

        Of that nothing stays in memory but what a job works with. Where both are of the same base, with and without
        examples, all stays: they are looked at in turn.
        """
        before, self._dataset = self._dataset, data
        if before is data or (before and data and (before.base or before) is (data.base or data)):
            return
        gone = [before, before.base if before else None, *(each for _, each in self._taught.items())]
        self._taught.clear()
        let_go_of([each for each in gone if each is not None], (data, data.base if data else None))

    def data(self) -> Dataset:
        """Return the data set; raise `NotYetError` when none is loaded: a session opens before its data do."""
        if self.dataset is None:
            raise NotYetError("No data set is loaded.", hint="Open one, or use the embedded sample.")
        return self.dataset

    def seen_with(self, run: Run) -> Turns[Dataset | None]:
        """Return the data with which a run is looked at, made in turns: the open ones, with the run's examples in them.

        So its classes are there, with their names, and for any other run they are not. The open data stay where they
        are not those to which the examples were added, or like them: of one shape, with as many classes.
        """
        open_data = self.dataset
        if open_data is None or (open_data.examples and open_data.base is None):
            return open_data
        base = open_data.base or open_data
        base = (part_called(base, run.base) or base) if run.base else base
        if run.base and open_data.examples == run.examples:
            return open_data
        if not (run.base and run.moments) or base.shape != run.shape:
            return base
        if len(class_names(run.examples, base.classes)) != len(run.moment(None).weights[-1]):
            return base
        key = base.fingerprint(), run.examples
        return self._taught.get(key) or self._taught.put(key, (yield from taught(base, run.examples)))

    def new_run(self, spec: TrainSpec, steps_per_epoch: int) -> Run:
        """Add a run under the next free name: A, B, ... Z, AA, AB, ..."""
        data, name = self.data(), self._free_name()
        self.runs[name] = Run(
            name=name,
            spec=spec,
            steps_per_epoch=steps_per_epoch,
            color=self._next_color(),
            dataset=data.summary,
            fingerprint=data.fingerprint(),
            source=data.wanted,
            shape=data.shape,
            classes=data.classes,
            examples=data.examples,
            base=data.base.fingerprint() if data.base else "",
            is_beginning=True,
        )
        return self.runs[name]

    def adopt(self, run: Run) -> None:
        """Add a run of another session under the next free name."""
        run.name, run.color, run.deleted = self._free_name(), self._next_color(), False
        run.epochs = Epochs(replace(done, run=run.name) for done in run.epochs)
        self.runs[run.name] = run

    def _free_name(self) -> str:
        if not self._is_known(_name(self._names)):
            self._names = 0  # the last one is gone: others may be
        self._names = next(
            number for number in itertools.count(self._names) if not self._is_known(_name(number))
        )
        return _name(self._names)

    def _is_known(self, name: str) -> bool:
        return name in self.runs or name in self.deleted

    def _next_color(self) -> int:
        return (next(reversed(self.runs.values())).color + 1) % COLORS if self.runs else 0

    @property
    def known_runs(self) -> dict[str, Run]:
        """The runs, and those that were deleted and can still be restored."""
        return self.deleted | self.runs

    def run(self, name: str) -> Run:
        """Return the run called `name`; raise `NotYetError` when there is none: it may have been deleted meanwhile."""
        if name not in self.runs:
            raise NotYetError(f"There is no run {name}.")
        return self.runs[name]

    def weights(self, lens: Lens) -> Weights:
        """Return the weights of the lens' own run at its moment, those of silenced neurons too."""
        return self.run(lens.run).moment(lens.moment).weights

    def give_up(self, error: BaseException) -> list[Message]:
        """Take a moment that somebody met damaged out of the runs, and return the news: then the next one is met.

        There are none for any other error, nor where a run would be left without any moment.
        """
        if not isinstance(error, LostMomentError) or error.moment is None:
            return []
        lost = [
            (run.name, step)
            for run in self.runs.values()
            for step in run.moments
            if len(run.moments) > 1 and run.moments.kept(step) == error.moment
        ]
        for name, step in lost:
            del self.runs[name].moments[step]
        return tell_lost(self, error.file, lost)

    # The file ---------------------------------------------------------------------------------------------------

    def save(self, only: Collection[str] | None = None) -> list[Message]:
        """Bring the file up to date, as far as one turn allows, and return what there is to tell.

        With `only`, whoever asks knows that no other runs than these, by name, have changed: to look through thousands
        takes long, and a sweep's runs come one by one. What is over the budget goes with the next save of all. A file
        that cannot be written is told of once and tried again later: nothing is lost meanwhile but memory.
        """
        told = self.untold()
        if only is None:
            told += [self.runs[run].changed() for run in self._thin()]
        if time.monotonic() < self._retry_at:
            return told
        before, trouble = self.store, ""
        try:
            self._write(told, only)
        except (sqlite3.Error, OSError, UserError, TakenError) as error:
            if not self.trouble:
                log.warning("The session cannot be written.", exc_info=True)
            self._retry_at = time.monotonic() + RETRY_SECONDS
            trouble = say_trouble(error)
        if self.store is not None and self.store is not before:
            told.append(self.moved())
        return told + self._tell_trouble(trouble)

    def save_and_tell_later(self) -> None:
        """Save without reporting anything: at the end of a job that was stopped."""
        self._untold = self.save()

    def tell_later(self, messages: Sequence[Message]) -> None:
        """Have `untold` return these too: a job was stopped before it could tell them."""
        self._untold += messages

    def settle(self) -> list[Message]:
        """Have a file, made now where there is none that may be written; return the news.

        Raises `UserError` where none can be made.
        """
        told: list[Message] = []
        before = self.store
        try:
            self._go_elsewhere(told, at_once=True)
        except (sqlite3.Error, OSError, TakenError) as error:
            raise UserError(say_trouble(error), hint="Save the session in another place.") from error
        if self.store is None or self.store.read_only:
            raise UserError("The session has no file that may be written.", hint="Save it as a file first.")
        return told if self.store is before else [*told, self.moved()]

    def untold(self) -> list[Message]:
        """Return what that save had to tell, once; the next `save` returns it otherwise."""
        told, self._untold = self._untold, []
        return told

    def holds(self, runs: Iterable[str]) -> bool:
        """Whether the file has all of these runs."""
        store = self.store
        known = {run: self.runs.get(run) or self.deleted[run] for run in runs}
        return store is not None and not store.taken and store.holds(known)

    def is_saved(self) -> bool:
        """Whether the file holds everything; a session without runs and drawings needs none."""
        if self.store is None:
            return self.is_empty
        return not self.store.taken and self.store.is_current(self._contents_of(self.store))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that would be missed."""
        return not (self.runs or self.drawings or self.examples)

    @property
    def is_only_read(self) -> bool:
        """Whether nothing goes into the file that is open, because another window writes it, say."""
        return self.store is not None and self.store.read_only

    def moved(self) -> SessionSaved:
        """Return the message that tells where the session lies now."""
        assert self.store is not None
        path = self.store.path
        return SessionSaved(name=name_of(path), path=path, is_saved=has_place(path))

    def take_view(self, view: Mapping[str, Any]) -> None:
        """Take in how the window is, in plain values. What experiments came to stays: the window does not tell it."""
        kept = {EXPERIMENTS: self.view[EXPERIMENTS]} if EXPERIMENTS in self.view else {}
        self.view = {**kept, **view}

    def keep_part(self, part: str, values: Any) -> None:
        """Take in a part of the window's state in plain values, as the canvas is; `None`: there is none."""
        view = {name: value for name, value in self.view.items() if name != part}
        self.view = view if values is None else view | {part: values}

    def begin(self, store: Store | None = None, contents: Contents | None = None) -> list[Notice]:
        """Let another session take the place of this one: that in `store`, or a new one without a file.

        Returns the notices about this one; all else that there was to tell of it is void. Raises what `secure` does.
        """
        notices = [message for message in self.secure() if isinstance(message, Notice)]
        self.leave()
        found = contents or Contents()
        self.store = store
        self.runs = {name: run for name, run in found.runs.items() if not run.deleted}
        self.deleted = {name: run for name, run in found.runs.items() if run.deleted}
        self.view = {name: value for name, value in found.view.items() if name != REFUGE}
        self.drawings, self.sets = dict(found.drawings), dict(found.sets)
        self.acts, self.examples = dict(found.acts), dict(found.examples)
        self.trouble, self._retry_at, self._is_left = "", 0.0, False
        self._names = 0
        self._find_canvas()
        return notices

    def secure(self) -> list[Message]:
        """Write everything, before the session is left, and into an autosave where its file cannot be written.

        Returns what there is to tell. Raises `UserError` when neither can be written; the session is then as it was.
        """
        return run_through(self.secure_in_turns())

    def secure_in_turns(self) -> Turns[list[Message]]:
        """Do what `secure` does in turns of a few moments. Where it is not gone through, the session is as it was."""
        told, self._retry_at = list[Message](), 0.0
        while not self._is_left:
            told += self.save()
            if self.trouble:
                return told + (yield from self._take_refuge())
            if self.is_saved() or self.is_only_read or self.store is None:
                break
            yield None
        return told

    def leave(self) -> bool:
        """Write what is not written yet, without what was deleted, and close the file; return whether it has all."""
        self.note_canvas()
        is_safe = self._is_secured()
        if self.deleted and is_safe:
            self.deleted.clear()
            self._is_secured()  # else what is marked as deleted is there, and is not shown
        self._is_left = True
        if self.store is None:
            return is_safe and (self.is_empty or self.new_place is None)
        self.store.close(whole=is_safe and self.store is not self._refuge)
        if self.is_empty and not self.store.read_only and places.is_autosave(self.store.path):
            places.remove_session(self.store.path)  # nobody would look for it
            places.remove_sweep(self.store.path)
        self.store = self._refuge = None
        self._close_formers()
        return is_safe

    def close(self, view: Mapping[str, Any] | None = None) -> bool:
        """End in an orderly way; `view` is how the window was left. Return whether a file has all there was."""
        if view is not None:
            self.take_view(view)
        return self.leave()

    def move_to(self, path: Path) -> Job:
        """Write the session into `path` instead, in turns, and go on there; what lay there before is replaced.

        A file without a place of its own is removed, any other stays as it is. Tells where the session is then, and
        which moments lie damaged in the file before. Raises `sqlite3.Error`, `OSError` or `UserError` when it fails;
        the session is then as it was.
        """
        moved = yield from replace_store(path, self.contents)
        before, self.store = self.store, moved  # only now: a run may have made a file of its own meanwhile
        self._retry_at = 0.0
        told = self._tell_lost(moved, before or moved) + self._tell_trouble("")
        self._close_formers()
        if before is not None:
            before.close()
            if not before.read_only and places.is_autosave(before.path):
                with contextlib.suppress(OSError):  # it is in its new place all the same
                    places.remove_session(before.path)
                if self.sweeping is None:
                    places.move_sweep(places.sweep_folder(before.path), path)
        yield self.moved()  # first: who gives this up later must know that it is done
        yield from tell(told)

    def note_canvas(self) -> None:
        """Store a new canvas in the state folder where the session has no file to write it into."""
        if self.new_place is None or not (self.store is None or self.store.read_only):
            return
        canvas = self.view.get(CANVAS)
        if canvas != self._noted:
            places.note_canvas(self.store.path if self.store else None, canvas)
            self._noted = canvas

    def _find_canvas(self) -> None:
        """Take in the canvas that `note_canvas` stored, unless the session's file is newer and has one itself."""
        self._noted = self.view.get(CANVAS)
        if self.new_place is None or self.store is None or not self.store.read_only:
            return
        path = self.store.path
        since = path.stat().st_mtime if CANVAS in self.view else 0.0
        if (canvas := places.noted_canvas(path, since)) is not None:
            self.view, self._noted = {**self.view, CANVAS: canvas}, canvas

    def contents(self) -> Contents:
        """Return what a file is to hold; it keeps what was deleted until the session is left."""
        return Contents(
            {**self.runs, **self.deleted}, self.view, self.drawings, self.sets, self.acts, self.examples
        )

    def _contents_of(self, store: Store) -> Contents:
        """Return what `store` is to hold: one that is a refuge says so."""
        contents = self.contents()
        return replace(contents, view={**self.view, REFUGE: True}) if store is self._refuge else contents

    def _write(self, told: list[Message], only: Collection[str] | None = None) -> None:
        """Write as much as one turn allows, into a new file if need be; the news about it is added to `told`."""
        before = self.store
        self._go_elsewhere(told)
        if self.store is None or self.store.read_only:
            return
        if self.store is not before or self._formers:
            only = None  # nothing of the others is there yet
        try:
            is_whole = self.store.write(self._contents_of(self.store), only=only)
        except TakenError as taken:
            self.store.part(taken)
            self._write(told)
            return
        if is_whole:
            told += self._tell_lost(self.store, (self._formers or [self.store])[-1])
            self._close_formers()

    def _go_elsewhere(self, told: list[Message], *, at_once: bool = False) -> None:
        """Make a new file where there is none, or none that may be written, and something to write or `at_once`."""
        before = self.store
        if before is not None and not before.read_only:
            return
        if before is not None and before.taken and self.new_place is None:
            raise before.taken
        is_needed = (
            not self.is_empty
            if before is None
            else before.taken or not before.is_current(self.contents(), even_view=False)
        )
        if self.new_place is None or not (is_needed or at_once):
            return
        self.store = create_store(self.new_place())
        if places.is_autosave(self.store.path):
            places.remember(self.store.path)
        if before is not None:
            self._formers.append(before)  # its moments are read from there until they are written here
            if before.taken:
                told.append(_say_taken(before, self.store))

    def _close_formers(self) -> None:
        for former in self._formers:
            former.close(whole=False)
        self._formers.clear()

    def _is_secured(self) -> bool:
        try:
            for message in self.secure():
                log.info("%s", message)  # nobody hears of it any more
        except UserError:
            log.exception("The session could not be saved.")
            return False
        return True

    def _take_refuge(self) -> Turns[list[Message]]:
        """Write everything into an autosave that is offered at the next start, as after a crash; see `secure`."""
        before, trouble = self.store, self.trouble
        if before is not None and before is self._refuge:
            return []  # it has all but what cannot be read
        try:
            if self.new_place is None:
                raise UserError(trouble)
            self.store = yield from self._written_refuge(self.new_place())
        except (sqlite3.Error, OSError, UserError) as error:
            hint = "Make room, or choose File > Save as and another place."
            raise UserError(f"{trouble} An autosave cannot be written either.", hint=hint) from error
        if before is not None:
            self._formers.append(before)
        sentence = f"{trouble} What there is lies in {self.store.path}."
        notice = Notice(sentence=sentence, hint="It is offered at the next start.", topic=PLACE, lasting=True)
        return [*self._tell_lost(self.store, before or self.store), self.moved(), notice]

    def _written_refuge(self, path: Path) -> Turns[Store]:
        refuge = self._refuge = create_store(path)
        try:
            with contextlib.suppress(UserError):  # what cannot be read now stays where it is
                # The moments stay where they are as well, until it has them all: it may yet fail.
                while not refuge.write(self._contents_of(refuge), leave=False):
                    yield None
        except BaseException:
            self._refuge = None
            refuge.close(whole=False)
            with contextlib.suppress(OSError):
                places.remove_session(path)
            raise
        return refuge

    def _thin(self) -> list[str]:
        """Give moments up until the budget holds; return the runs that lost some."""
        given_up = thinned(self.runs, self.budget)
        for run, step in given_up:
            del self.runs[run].moments[step]
        return sorted({run for run, _ in given_up})

    def _tell_lost(self, store: Store, damaged: Store) -> list[Message]:
        """Tell which moments were given up when `store` was written, because they lie damaged in another."""
        lost, store.lost = store.lost, []
        return tell_lost(self, damaged.path, lost)

    def _tell_trouble(self, trouble: str) -> list[Message]:
        if trouble == self.trouble:
            return []
        before, self.trouble = self.trouble, trouble
        told: list[Message] = [SessionWriting(trouble=trouble)]
        if trouble and not before:
            told.append(Notice(sentence=trouble, hint="Training goes on, and it is tried again."))
        elif not trouble:
            told.append(Notice(sentence="The session is being saved again; nothing is missing."))
        return told


def save_all(session: Session) -> Job:
    """Write what is not in the file yet, in as many turns as it takes; yield the notices about it."""
    yield from tell(session.save())
    while session.store is not None and not (session.is_saved() or session.trouble or session.is_only_read):
        yield None
        yield from tell(session.save())


def save_runs(session: Session, runs: Sequence[str]) -> Job:
    """Write runs that are new, and all else that has not to do with runs, as `save_all` does."""
    yield from tell(session.save(runs))
    while session.store is not None and not (session.holds(runs) or session.trouble or session.is_only_read):
        yield None
        yield from tell(session.save(runs))


def tell_lost(session: Session, file: Path, lost: Sequence[tuple[str, int]]) -> list[Message]:
    """Return the news about moments, as (run, step), that lie damaged in `file` and were given up."""
    steps: dict[str, list[str]] = {}
    for run, step in lost:
        steps.setdefault(run, []).append(f"{step:,}")
    told: list[Message] = []
    for run in filter(session.runs.__contains__, steps):
        kept = session.runs[run]
        words = ", ".join(steps[run][:MOST_NAMED])
        words += f" and {len(steps[run]) - MOST_NAMED:,} more" if len(steps[run]) > MOST_NAMED else ""
        sentence = f"{file.name} is damaged: the weights of run {kept.label} at step {words} are lost."
        told += [kept.changed(), Notice(sentence=sentence)]
    return told


def tell(messages: Sequence[Message]) -> Job:
    """Hand messages out one by one; a list itself could not take in what a job is sent."""
    for message in messages:
        _ = yield message


def has_place(path: Path) -> bool:
    """Whether a person gave the session its place: it is neither an autosave nor the bundled one."""
    return not (places.is_autosave(path) or is_bundled(path))


def _say_taken(taken: Store, now: Store) -> Notice:
    """Return the sentence on a file that others have taken, and on the one where the session goes on."""
    return Notice(
        sentence=f"{taken.path.name} {taken.taken}, so the session goes on as an untitled one in {now.path}.",
        hint="All of it is there; File > Save as makes it a file of yours.",
        topic=PLACE,
        lasting=True,
    )


def name_of(path: Path) -> str:
    """Return what a session is called in titles."""
    if is_bundled(path):
        return NAME
    return places.UNTITLED if places.is_autosave(path) else isolated(path.stem)


def _name(number: int) -> str:
    """Return a run's name by its number from 0: A, B, ... Z, AA, AB, ..."""
    name = ""
    while number >= 0:
        number, letter = divmod(number, 26)
        name, number = chr(ord("A") + letter) + name, number - 1
    return name
