"""Jobs that open, save and close session files, each answered by a message."""

import contextlib
import logging
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from engine.core.drawing import Drawing
from engine.core.errors import UserError
from engine.core.example import Example
from engine.core.frozen import Frozen
from engine.core.language import tr
from engine.core.lazy import Array, np
from engine.core.lens import NeuronSet
from engine.core.machine.atomic import check_ordinary, remove_leftovers
from engine.core.machine.bundled import STAYS, is_bundled
from engine.core.machine.device import device
from engine.core.machine.folders import as_path
from engine.core.messages import Job, Message, Notice, Saved, read_only
from engine.core.text import listed
from engine.data.dataset import say_summary
from engine.data.download.catalogue import UNSEEN
from engine.data.sources import SAMPLE, opening_dataset
from engine.data.teaching import own_dataset
from engine.model.training.messages import RunSummary
from engine.session.jobs.data import EngineReady, dataset_opened, open_data
from engine.session.jobs.export import keep_data
from engine.session.session import MOST_NAMED, REFUGE, Session, has_place, name_of, save_all, tell, tell_lost
from engine.session.store import places
from engine.session.store.opening import open_store, peek
from engine.session.store.schema import SUFFIX
from engine.session.store.trouble import cannot_read, plain_reason
from engine.session.store.watch import Lock

log = logging.getLogger(__name__)


class SessionOpened(Message):
    """Another session was opened, with these runs; everything about the last one is obsolete."""

    name: str  # for titles: the file's name without its suffix, or `places.UNTITLED`
    path: Path | None  # the file; `None` before the first run of a new session
    is_saved: bool  # whether a person chose its place; otherwise it is an autosave, or the bundled one
    read_only: str  # a sentence on why it is not written to; empty if it is
    runs: tuple[RunSummary, ...]
    view: Mapping[str, Any]  # the window's last state, as plain values
    drawings: Mapping[str, Drawing] = field(default_factory=dict)  # by name
    sets: Mapping[str, NeuronSet] = field(default_factory=dict)  # by name
    examples: Mapping[int, Example] = field(default_factory=dict)  # by ascending numbers
    number: int = 0  # the session's, by which the jobs that keep things know those of a former one


PICTURE_POINTS = 40  # points in the small picture of an unfinished epoch


class LeftSession(Frozen):
    """An untitled session that no window has open."""

    path: Path
    crashed: bool  # whether it was not closed
    changed: float  # time of the last change: Unix time, in seconds
    runs: int
    epochs: int  # of all its runs
    accuracy: str  # the newest test of the newest run in words; empty if there is none
    losses: Array  # train loss of the newest run per epoch, or over the steps of its first epoch, (points,)
    drawings: int = 0  # number of named drawings
    is_refuge: bool = False  # whether it is an autosave of a session whose own file was not writable


class SessionsFound(Message):
    """The untitled sessions that no window has open, the newest first."""

    sessions: tuple[LeftSession, ...]


def new_session(session: Session) -> Job:
    """Start a session without runs. Answers `SessionOpened`; `UserError` if the present one cannot be written."""
    notices = session.begin()
    yield _opened(session, "")  # in the same turn: a run that starts in the next turn belongs to this session
    yield from tell(notices)


def open_session(session: Session, path: str, *, copy: bool = False) -> Job:
    """Open a session file instead of the present session, and then its data if they can be found.

    With `copy` a new file gets the changes. Answers `SessionOpened`, and a `Notice` about damage. Raises `UserError` if
    it cannot be opened; the present session is then unchanged.
    """
    file = as_path(path)
    if _lies_in(session, file):
        yield _opened(session, "")
        return
    opened = yield from open_store(file, look_only=copy)
    is_whole = opened.is_whole
    try:
        contents, is_whole = opened.store.load(), True
        notices = session.begin(opened.store, contents)
    except BaseException as error:
        opened.store.close(whole=is_whole)
        if isinstance(error, sqlite3.Error):
            raise cannot_read(file, error) from error
        raise
    # The window's state always names the runs that it has shown.
    session.view = session.view or {"runs": sorted(session.runs)}
    if not opened.read_only:
        places.remember(opened.store.path)
    yield _opened(session, opened.read_only)
    yield from tell(notices)
    for sentence in filter(None, (opened.mended, say_damage(file, contents.damage))):
        yield Notice(sentence=sentence)
    if not opened.is_whole:
        yield from _check_moments(session)
    # Last: the session can be looked at during seconds of reading, and cancelling the data skips nothing else.
    yield from _open_its_data(session)


def describe_session(session: Session, view: Mapping[str, Any], read_only: str, *, is_ready: bool) -> Job:
    """Answer what a window that is built again has to know: `SessionOpened`, `DatasetOpened`, `EngineReady`.

    `view` is the window's state, `read_only` why the file is not written; `is_ready` whether TensorFlow is there.
    """
    session.take_view(view)
    yield _opened(session, read_only)
    if session.dataset is not None:
        yield dataset_opened(session.dataset)
    if is_ready:
        yield EngineReady(device=device().say())


def save_session(session: Session) -> Job:
    """Write what is not in the file yet. Answers `SessionSaved`, or notices if it cannot be written."""
    yield from save_all(session)
    if session.store is not None and session.is_saved():
        yield session.moved()


def secure_session(session: Session) -> Job:
    """Write everything, if necessary into an autosave; yield the messages. `UserError` if neither can be written."""
    yield from tell((yield from session.secure_in_turns()))


def save_session_as(session: Session, path: str) -> Job:
    """Move the session to a file, which is replaced. Answers `SessionSaved`; after a `UserError` nothing has moved."""
    file = as_path(path)
    if is_bundled(file):
        raise UserError(tr(STAYS), hint=tr("Choose another place."))
    try:
        if _lies_in(session, file):
            yield from save_all(session)
        if _lies_in(session, file):
            yield session.moved()
        else:
            keep_data(session, file)
            check_ordinary(file)
            yield from session.move_to(file)
    except (OSError, sqlite3.Error) as error:
        sentence = tr("{file} cannot be written: {reason}.", file=file.name, reason=plain_reason(error, file))
        raise UserError(sentence, hint=tr("Choose another place.")) from error
    if session.trouble:
        raise UserError(session.trouble, hint=tr("Choose another place."))
    places.remember(file)
    yield Saved(sentence=tr("Saved as {file}.", file=file))


def find_left_sessions(session: Session) -> Job:
    """Find autosaves that no process has open. Answers `SessionsFound`."""
    sessions: list[LeftSession] = []
    remove_leftovers(places.autosaves())
    for path in places.autosaves().glob(f"*{SUFFIX}"):
        if left := _look_at(path):
            sessions.append(left)
        yield None
    yield SessionsFound(sessions=tuple(sorted(sessions, key=lambda left: left.changed, reverse=True)))


def discard_session(session: Session, path: str) -> Job:
    """Delete an autosave. Raises `UserError` if a process has it open, or if it is no autosave."""
    file = Path(path)
    lock = Lock(file)
    if not places.is_autosave(file) or not lock.take():
        sentence = tr("{file} is open in a window, or is not an untitled session.", file=file.name)
        raise UserError(sentence, hint=tr("Close it there first."))
    try:
        places.remove_session(file)
        places.remove_sweep(file)
    except OSError as error:
        raise UserError(
            tr("{file} cannot be removed: {reason}.", file=file.name, reason=error.strerror or error)
        ) from None
    finally:
        lock.release()
    yield Notice(sentence=tr("The untitled session was discarded."))


def set_budget(session: Session, megabytes: int) -> Job:
    """Set the memory that a session's moments may take; those beyond are dropped evenly, and deleted in turns."""
    session.budget = megabytes * 1_000_000
    yield from save_all(session)


def _opened(session: Session, read_only: str) -> SessionOpened:
    path = session.store.path if session.store else None
    return SessionOpened(
        name=name_of(path) if path else tr(places.UNTITLED),
        path=path,
        is_saved=path is not None and has_place(path),
        read_only=read_only,
        runs=tuple(run.summary() for run in session.runs.values()),
        view=dict(session.view),
        drawings=dict(session.drawings),
        sets=dict(session.sets),
        examples=dict(session.examples),
        number=session.number,
    )


def _open_its_data(session: Session) -> Job:
    """Open the data of the newest run, unless any data fit, as for bundled ones; a `Notice` names those not found."""
    # What an opened network learned from is not known.
    newest = next((run for run in reversed(session.runs.values()) if run.dataset or run.examples), None)
    if newest is not None and newest.source == UNSEEN:
        if session.dataset and session.dataset.shape != newest.shape:
            yield from open_data(session)
        return
    wanted = newest.base or newest.fingerprint if newest else ""  # `follow_run` adds the run's examples
    if newest is None or (session.dataset and session.dataset.fingerprint() in (wanted, newest.fingerprint)):
        return
    take, data = session.opening(), None
    try:
        if newest.examples and not newest.base:
            data = own_dataset(newest.examples)
        else:
            data, _ = yield from opening_dataset(newest.source or SAMPLE)
    except UserError:
        pass
    if session.runs.get(newest.name) is not newest:
        return  # another session was opened meanwhile
    if data is not None and data.fingerprint() == wanted:
        if take(data):
            yield dataset_opened(data)
    else:
        yield Notice(
            sentence=tr(
                "The data of run {run} cannot be found: {data}.", run=newest.label, data=say_summary(newest.dataset)
            ),
            hint=tr("Open them to continue training; everything else works."),
        )


def _check_moments(session: Session) -> Job:
    """Check the arrays of all moments, for example after a crash, and remove damaged moments."""
    store = session.store
    if store is None:
        return
    damaged: list[tuple[str, int]] = []
    for moment in store.damaged_moments(session.runs):
        if moment is not None and moment.run in session.runs:
            damaged.append((moment.run, moment.step))
        if session.store is not store:
            return
        yield None
    damaged = [(run, step) for run, step in damaged if run in session.runs and step in session.runs[run].moments]
    for run, step in damaged:
        del session.runs[run].moments[step]
    yield from tell(tell_lost(session, store.path, damaged))


def say_damage(file: Path, damage: Sequence[str]) -> str:
    """Return a sentence on the unreadable parts of a session file; empty if there are none."""
    if not damage:
        return ""
    lost = listed(damage, MOST_NAMED)
    return tr("{file} is damaged: {lost}. Everything else was opened.", file=file.name, lost=lost)


def _look_at(path: Path) -> LeftSession | None:
    lock = Lock(path)
    if not lock.take():
        return None
    try:
        contents, crashed = peek(path)
        changed = path.stat().st_mtime
    except (UserError, OSError, sqlite3.Error):
        log.warning("The untitled session %s cannot be read.", path, exc_info=True)
        return None
    finally:
        lock.release()
    runs = [run for run in contents.runs.values() if not run.deleted]
    if not (runs or contents.drawings or contents.examples):
        return None
    epochs = runs[-1].epochs if runs else []
    losses = np.array([done.train_loss for done in epochs])
    if runs and not epochs:
        losses = _means(runs[-1].losses.so_far)
    return LeftSession(
        path=path,
        crashed=crashed,
        changed=changed,
        runs=len(runs),
        epochs=sum(len(run.epochs) for run in runs),
        accuracy=runs[-1].say_test() if runs else "",
        losses=read_only(losses),
        drawings=len(contents.drawings),
        is_refuge=contents.view.get(REFUGE) is True,
    )


def _means(losses: Array) -> Array:
    """Return the losses of all steps as at most `PICTURE_POINTS` means of equal intervals."""
    losses = losses.astype(float)
    parts = np.array_split(losses, min(PICTURE_POINTS, len(losses))) if len(losses) else []
    return np.array([part.mean() for part in parts])


def _lies_in(session: Session, file: Path) -> bool:
    """Whether that is the session's file, by any name: SQLite must not open a file under two names."""
    if session.store is None or session.store.read_only:
        return False
    with contextlib.suppress(OSError):
        return session.store.path.samefile(file)
    return session.store.path.resolve() == file.resolve()
