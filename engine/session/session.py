"""The session: the loaded data set and runs, and the file that follows them. Only the engine thread uses it.

A separate document class for the file was designed and rejected: the 316 lines about the file read or change the
session's contents (deleted runs, the view) in 43 places, so each class would hold the other.
"""

import contextlib
import itertools
import logging
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from engine.core.act import Act
from engine.core.cache import Cache
from engine.core.drawing import Drawing
from engine.core.errors import NotYetError, UserError
from engine.core.example import Example, class_names
from engine.core.language import tr, with_marks
from engine.core.lens import Lens, NeuronSet, Weights
from engine.core.machine.bundled import NAME, is_bundled
from engine.core.messages import Job, Message, Notice, Turns, run_through
from engine.core.specs import TrainSpec
from engine.core.text import isolated, listed
from engine.data.dataset import Dataset, let_go_of
from engine.data.teaching import taught
from engine.model.training.epochs import Epochs
from engine.model.training.learned import part_called
from engine.model.training.messages import RunChanged
from engine.model.training.run import LostMomentError, Run, thinned
from engine.session.store import places
from engine.session.store.opening import create_store, replace_store
from engine.session.store.reading import Contents
from engine.session.store.store import Store
from engine.session.store.trouble import say_goes_on, say_trouble
from engine.session.store.watch import TakenError

log = logging.getLogger(__name__)

COLORS = 10  # number of run colours: the theme's `classes`
BUDGET = 500_000_000  # bytes that the moments of a session may take
MOST_TAUGHT = 2  # cached data sets with examples, for runs that are looked at in turn

# Parts of the window's state that are stored as soon as they change.
CANVAS, LESSON, EXPERIMENTS = "canvas", "lesson", "experiments"

# Marks, in the window's state, an autosave that was made because the session's own file was not writable.
REFUGE = "refuge"

# Topic of the notice that a session had to move to another file; it is withdrawn with the next place or session.
PLACE = "place of the session"  # no text

MOST_NAMED = 5  # damaged parts in a sentence; more do not fit on a line
RETRY_SECONDS = 2.0  # until a file that could not be written is tried again


class SessionWriting(Message):
    """Whether the session is written to its file; `trouble` is a sentence on why not, empty if it is."""

    latest_only: ClassVar[bool] = True
    trouble: str


class SessionSaved(Message):
    """The session is in `path` now, and is written there from now on."""

    name: str  # for titles: the file's name without its suffix, or `places.UNTITLED`
    path: Path
    is_saved: bool = True  # whether a person chose that place; otherwise it is an autosave


class Session:
    """A data set, the runs by name, and the file that follows them."""

    def __init__(self, dataset: Dataset | None = None, new_place: Callable[[], Path] | None = None) -> None:
        """Start without runs. `new_place` returns a file for an untitled session; with `None` it gets no file."""
        self._dataset = dataset
        self._openings = itertools.count(1)
        self._opened = 0  # the number of the opening that the data set came from
        self.runs: dict[str, Run] = {}
        self.deleted: dict[str, Run] = {}  # can be restored, and stay in the file, until the session is left
        self.view: Mapping[str, Any] = {}  # the window's state as plain values
        self.number = 0  # how many sessions this one has replaced
        self.drawings: dict[str, Drawing] = {}  # named drawings
        self.sets: dict[str, NeuronSet] = {}  # named sets of neurons
        self.acts: dict[int, Act] = {}  # for the notebook, by ascending numbers
        self.examples: dict[int, Example] = {}  # for teaching, by ascending numbers; each taught run has a copy
        self._taught: Cache[tuple[str, tuple[Example, ...]], Dataset] = Cache(count=MOST_TAUGHT)
        self.budget = BUDGET
        # Whether a person's file may be a pipe or a device: not in the window, as a stalled reader stops all jobs.
        self.waits_for_readers = True
        self.store: Store | None = None
        self._formers: list[Store] = []  # earlier stores, open until their moments are written to the present one
        self._refuge: Store | None = None  # the autosave of a session whose file was not writable at the end
        self.new_place = new_place
        self.trouble = ""  # a sentence on why the file cannot be written; empty if it can
        self._retry_at = 0.0
        self._pending: list[Message] = []
        self._names = 0  # the number of the newest run's name; all names before it are taken
        self.sweeping: Path | None = None  # the folder that a sweep's workers write into, which must not move
        self._is_left = False
        self._noted: Any = None  # the canvas as stored in the file, or in the state folder if that is read-only

    def opening(self) -> Callable[[Dataset], bool]:
        """Return a function that makes a data set the session's, if none whose opening started later is there.

        It returns whether it did: two openings may finish in any order.
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
        """The open data set, or `None`. It is changed by `replace_data` and `opening` only, which clear the caches."""
        return self._dataset

    def replace_data(self, data: Dataset | None) -> None:
        """Replace the data set, or remove it with `None`; cached results go, unless both have the same base."""
        before, self._dataset = self._dataset, data
        if before is data or (before and data and (before.base or before) is (data.base or data)):
            return
        gone = [before, before.base if before else None, *(dataset for _, dataset in self._taught.items())]
        self._taught.clear()
        let_go_of([dataset for dataset in gone if dataset is not None], (data, data.base if data else None))

    def data(self) -> Dataset:
        """Return the data set; raise `NotYetError` when none is loaded, as a session opens before its data."""
        if self.dataset is None:
            raise NotYetError(tr("No data set is loaded."), hint=tr("Open one, or use the embedded sample."))
        return self.dataset

    def seen_with(self, run: Run) -> Turns[Dataset | None]:
        """Return the data for looking at a run, in turns: the open ones with the run's examples, if they fit these."""
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
            self._names = 0  # the newest run was deleted, so earlier ones may be, too
        self._names = next(number for number in itertools.count(self._names) if not self._is_known(_name(number)))
        return _name(self._names)

    def _is_known(self, name: str) -> bool:
        return name in self.runs or name in self.deleted

    def _next_color(self) -> int:
        return (next(reversed(self.runs.values())).color + 1) % COLORS if self.runs else 0

    @property
    def known_runs(self) -> dict[str, Run]:
        """The runs, including deleted ones that can be restored."""
        return self.deleted | self.runs

    def free_group(self, name: str) -> str:
        """Return `name`, or if a group of runs has it the first free one of `name 2`, `name 3`, ..."""
        taken = {run.member.sweep for run in self.known_runs.values() if run.member}
        names = itertools.chain([name], (f"{name} {number}" for number in itertools.count(2)))
        return next(name for name in names if name not in taken)

    def run(self, name: str) -> Run:
        """Return the run `name`; raise `NotYetError` when there is none, as it may have been deleted meanwhile."""
        if name not in self.runs:
            raise NotYetError(tr("There is no run {name}.", name=name))
        return self.runs[name]

    def weights(self, lens: Lens) -> Weights:
        """Return the weights of the lens' own run at its moment, including those of silenced neurons."""
        return self.run(lens.run).moment(lens.moment).weights

    def give_up(self, error: BaseException) -> list[Message]:
        """Remove a damaged moment, which caused `error`, unless it is a run's only one; return the messages."""
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

    def save(self, only: Collection[str] | None = None) -> list[Message]:
        """Bring the file up to date, as far as one turn allows, and return the messages about it.

        With `only`, the names of the runs that have changed, no other run is examined, as 1,000 take 20 ms, nor are
        moments dropped. A file that cannot be written is reported once and tried again later, with all runs; meanwhile
        everything stays in memory.
        """
        messages = self.pending_messages()
        if only is None:
            messages += self.thin()
        only = None if self.trouble else only
        if time.monotonic() < self._retry_at:
            return messages
        before, trouble = self.store, ""
        try:
            self._write(messages, only)
        except (sqlite3.Error, OSError, UserError, TakenError) as error:
            if not self.trouble:
                log.warning("The session cannot be written.", exc_info=True)
            self._retry_at = time.monotonic() + RETRY_SECONDS
            trouble = say_trouble(error)
        if self.store is not None and self.store is not before:
            messages.append(self.moved())
        return messages + self._tell_trouble(trouble)

    def thin(self) -> list[RunChanged]:
        """Drop moments beyond the budget; return the messages about their runs."""
        dropped = thinned(self.runs, self.budget)
        for run, step in dropped:
            del self.runs[run].moments[step]
        return [self.runs[run].changed() for run in sorted({run for run, _ in dropped})]

    def post_later(self, messages: Sequence[Message]) -> None:
        """Add to the pending messages those that a stopped job could not yield."""
        self._pending += messages

    def settle(self) -> list[Message]:
        """Ensure that there is a writable file; return the messages, or raise `UserError` if none can be created."""
        messages: list[Message] = []
        before = self.store
        try:
            self._go_elsewhere(messages, at_once=True)
        except (sqlite3.Error, OSError, TakenError) as error:
            raise UserError(say_trouble(error), hint=tr("Save the session in another place.")) from error
        if self.store is None or self.store.read_only:
            raise UserError(tr("The session has no file that may be written."), hint=tr("Save it as a file first."))
        return messages if self.store is before else [*messages, self.moved()]

    def pending_messages(self) -> list[Message]:
        """Return the pending messages, once; otherwise the next `save` returns them."""
        messages, self._pending = self._pending, []
        return messages

    def holds(self, runs: Iterable[str]) -> bool:
        """Whether the file has all of these runs."""
        store = self.store
        known = {run: self.runs.get(run) or self.deleted[run] for run in runs}
        return store is not None and not store.taken and store.holds(known)

    def is_saved(self) -> bool:
        """Whether the file has everything; an empty session needs no file."""
        if self.store is None:
            return self.is_empty
        return not self.store.taken and self.store.is_current(self._contents_of(self.store))

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be lost without a file."""
        return not (self.runs or self.drawings or self.examples)

    @property
    def is_only_read(self) -> bool:
        """Whether the open file is not written to, for example because another window writes it."""
        return self.store is not None and self.store.read_only

    def moved(self) -> SessionSaved:
        """Return the message with the session's present file."""
        assert self.store is not None
        path = self.store.path
        return SessionSaved(name=name_of(path), path=path, is_saved=has_place(path))

    def take_view(self, view: Mapping[str, Any]) -> None:
        """Set the window's state, as plain values. Results of experiments stay, as the window does not send them."""
        results = {EXPERIMENTS: self.view[EXPERIMENTS]} if EXPERIMENTS in self.view else {}
        self.view = {**results, **view}

    def keep_part(self, part: str, values: Any) -> None:
        """Set a part of the window's state as plain values, such as the canvas; `None` removes it."""
        view = {name: value for name, value in self.view.items() if name != part}
        self.view = view if values is None else view | {part: values}

    def begin(self, store: Store | None = None, contents: Contents | None = None) -> list[Notice]:
        """Replace this session by the one in `store`, or a new one; return notices on the old. Raises as `secure`."""
        notices = [message for message in self.secure() if isinstance(message, Notice)]
        self.leave()
        loaded = contents or Contents()
        self.number += 1
        self.store = store
        self.runs = {name: run for name, run in loaded.runs.items() if not run.deleted}
        self.deleted = {name: run for name, run in loaded.runs.items() if run.deleted}
        self.view = {name: value for name, value in loaded.view.items() if name != REFUGE}
        self.drawings, self.sets = dict(loaded.drawings), dict(loaded.sets)
        self.acts, self.examples = dict(loaded.acts), dict(loaded.examples)
        self.trouble, self._retry_at, self._is_left = "", 0.0, False
        self._names = 0
        self._noted = self.view.get(CANVAS)
        if self.new_place is not None and store is not None and store.read_only:
            # A canvas that `note_canvas` stored, unless the session's file is newer and has one itself.
            since = store.path.stat().st_mtime if CANVAS in self.view else 0.0
            if (canvas := places.noted_canvas(store.path, since)) is not None:
                self.view, self._noted = {**self.view, CANVAS: canvas}, canvas
        return notices

    def secure(self) -> list[Message]:
        """Write everything, into an autosave if need be, and return the messages; `UserError` if neither works."""
        return run_through(self.secure_in_turns())

    def secure_in_turns(self) -> Turns[list[Message]]:
        """Do what `secure` does, in turns. If the generator is closed early, the session is unchanged."""
        messages, self._retry_at = list[Message](), 0.0
        while not self._is_left:
            messages += self.save()
            if self.trouble:
                return messages + (yield from self._take_refuge())
            if self.is_saved() or self.is_only_read or self.store is None:
                break
            yield None
        return messages

    def leave(self) -> bool:
        """Write the rest, remove what was deleted, and close the file; return whether it has everything."""
        self.note_canvas()
        is_safe = self._is_secured()
        if self.deleted and is_safe and not self.is_only_read:
            self.deleted.clear()
            self._is_secured()  # if this fails, the deleted runs stay in the file, marked as deleted
        self._is_left = True
        if self.store is None:
            return is_safe and (self.is_empty or self.new_place is None)
        self.store.close(whole=is_safe and self.store is not self._refuge)
        if self.is_empty and not self.store.read_only and places.is_autosave(self.store.path):
            places.remove_session(self.store.path)  # an empty autosave is of no use
            places.remove_sweep(self.store.path)
        self.store = self._refuge = None
        self._close_formers()
        return is_safe

    def close(self, view: Mapping[str, Any] | None = None) -> bool:
        """Close the session; `view` is the window's last state. Return whether a file has everything."""
        if view is not None:
            self.take_view(view)
        return self.leave()

    def move_to(self, path: Path) -> Job:
        """Move the session to the file `path`, in turns; an existing file there is replaced.

        The old file is removed if it is an autosave. Yields the new place, and the moments that were damaged in the old
        file. Raises `sqlite3.Error`, `OSError` or `UserError` on failure; the session is then unchanged.
        """
        moved = yield from replace_store(path, self.contents)
        before, self.store = self.store, moved  # read only now, as a run may have created a file meanwhile
        self._retry_at = 0.0
        messages = self._tell_lost(moved, before or moved) + self._tell_trouble("")
        self._close_formers()
        if before is not None:
            before.close()
            if not before.read_only and places.is_autosave(before.path):
                with contextlib.suppress(OSError):  # the new file is complete all the same
                    places.remove_session(before.path)
                if self.sweeping is None:
                    places.move_sweep(places.sweep_folder(before.path), path)
        yield self.moved()  # first: if the job is stopped after this turn, the window must know of the move
        yield from tell(messages)

    def note_canvas(self) -> None:
        """Store a new canvas in the state folder if the session has no writable file."""
        # So a session that is only read, such as the bundled one, gets no file for its canvas.
        if self.new_place is None or not (self.store is None or self.store.read_only):
            return
        canvas = self.view.get(CANVAS)
        if canvas != self._noted:
            places.note_canvas(self.store.path if self.store else None, canvas)
            self._noted = canvas

    def contents(self) -> Contents:
        """Return the contents for a file, including what was deleted, until the session is left."""
        return Contents({**self.runs, **self.deleted}, self.view, self.drawings, self.sets, self.acts, self.examples)

    def _contents_of(self, store: Store) -> Contents:
        contents = self.contents()
        return replace(contents, view={**self.view, REFUGE: True}) if store is self._refuge else contents

    def _write(self, messages: list[Message], only: Collection[str] | None = None) -> None:
        """Write as much as one turn allows, into a new file if necessary; append the messages about it."""
        before = self.store
        self._go_elsewhere(messages)
        if self.store is None or self.store.read_only:
            return
        if self.store is not before or self._formers:
            only = None  # the new file has none of the other runs yet
        try:
            is_whole = self.store.write(self._contents_of(self.store), only=only)
        except TakenError as taken:
            self.store.part(taken)
            self._write(messages)
            return
        if is_whole:
            messages += self._tell_lost(self.store, (self._formers or [self.store])[-1])
            self._close_formers()

    def _go_elsewhere(self, messages: list[Message], *, at_once: bool = False) -> None:
        """Create a file if there is no writable one, and something to write or `at_once`; append the messages."""
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
                sentence = say_goes_on(before.taken, before.path)
                hint = tr("File > Save as makes it a file.")
                messages.append(Notice(sentence=sentence, hint=hint, topic=PLACE, lasting=True))

    def _close_formers(self) -> None:
        for former in self._formers:
            former.close(whole=False)
        self._formers.clear()

    def _is_secured(self) -> bool:
        try:
            for message in self.secure():
                log.info("%s", message)  # nobody receives it any more
        except UserError:
            log.exception("The session could not be saved.")
            return False
        return True

    def _take_refuge(self) -> Turns[list[Message]]:
        """Write everything into an autosave, which the next start offers as after a crash; see `secure`."""
        before, trouble = self.store, self.trouble
        if before is not None and before is self._refuge:
            return []  # it has everything that can be read
        try:
            if self.new_place is None:
                raise UserError(trouble)
            self.store = yield from self._written_refuge(self.new_place())
        except (sqlite3.Error, OSError, UserError) as error:
            hint = tr("Make room, or choose File > Save as and another place.")
            raise UserError(f"{trouble} {tr('An autosave cannot be written either.')}", hint=hint) from error
        if before is not None:
            self._formers.append(before)
        sentence = f"{trouble} {tr('What there is lies in {file}.', file=self.store.path)}"
        notice = Notice(sentence=sentence, hint=tr("It is offered at the next start."), topic=PLACE, lasting=True)
        return [*self._tell_lost(self.store, before or self.store), self.moved(), notice]

    def _written_refuge(self, path: Path) -> Turns[Store]:
        refuge = self._refuge = create_store(path)
        try:
            with contextlib.suppress(UserError):  # moments that cannot be read now stay in the old file
                # All others are still read from there, too, until the refuge has them all, as writing it may fail.
                while not refuge.write(self._contents_of(refuge), leave=False):
                    yield None
        except BaseException:
            self._refuge = None
            refuge.close(whole=False)
            with contextlib.suppress(OSError):
                places.remove_session(path)
            raise
        return refuge

    def _tell_lost(self, store: Store, damaged: Store) -> list[Message]:
        """Return messages on the moments that were lost when `store` was written, as they are damaged in another."""
        lost, store.lost = store.lost, []
        return tell_lost(self, damaged.path, lost)

    def _tell_trouble(self, trouble: str) -> list[Message]:
        if trouble == self.trouble:
            return []
        before, self.trouble = self.trouble, trouble
        messages: list[Message] = [SessionWriting(trouble=trouble)]
        if trouble and not before:
            messages.append(Notice(sentence=trouble, hint=tr("Training goes on, and it is tried again.")))
        elif not trouble:
            messages.append(Notice(sentence=tr("The session is being saved again; nothing is missing.")))
        return messages


def save_all(session: Session, only: Sequence[str] | None = None) -> Job:
    """Write what is not in the file yet, of the runs `only` if named, in turns; yield the messages about it."""
    yield from tell(session.save(only))
    while session.store is not None and not (session.trouble or session.is_only_read):
        if session.is_saved() if only is None else session.holds(only):
            return
        yield None
        yield from tell(session.save(only))


def tell_lost(session: Session, file: Path, lost: Sequence[tuple[str, int]]) -> list[Message]:
    """Return messages on moments, as (run, step), that are damaged in `file` and were removed."""
    steps: dict[str, list[str]] = {}
    for name, step in lost:
        steps.setdefault(name, []).append(with_marks(f"{step:,}"))
    messages: list[Message] = []
    for name in filter(session.runs.__contains__, steps):
        run, words = session.runs[name], listed(steps[name], MOST_NAMED)
        sentence = tr(
            "{file} is damaged: the weights of run {run} at step {steps} are lost.",
            file=file.name,
            run=run.label,
            steps=words,
        )
        messages += [run.changed(), Notice(sentence=sentence)]
    return messages


def tell(messages: Sequence[Message]) -> Job:
    """Yield messages one by one; `yield from` a list would fail when the job is sent changes."""
    for message in messages:
        _ = yield message


def has_place(path: Path) -> bool:
    """Whether a person chose the session's place: it is neither an autosave nor the bundled one."""
    return not (places.is_autosave(path) or is_bundled(path))


def name_of(path: Path) -> str:
    """Return the name of a session for titles."""
    if is_bundled(path):
        return tr(NAME)
    return tr(places.UNTITLED) if places.is_autosave(path) else isolated(path.stem)


def _name(number: int) -> str:
    """Return a run's name by its number from 0: A, B, ... Z, AA, AB, ..."""
    name = ""
    while number >= 0:
        number, letter = divmod(number, 26)
        name, number = chr(ord("A") + letter) + name, number - 1
    return name
