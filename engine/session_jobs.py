"""Jobs that open, save and change the session, each answered by a message; small enough to be one turn or a few."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from engine.atomic import atomic_write
from engine.errors import UserError
from engine.messages import Job, Message, Notice
from engine.training.messages import RunMessage, RunSummary

if TYPE_CHECKING:
    import numpy as np

    from engine.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened(Message):
    """Another session is there, with these runs; all that was shown of an earlier one is void."""

    name: str
    """For titles: the file's name without its suffix, `Unsaved session` where a person has given it none."""
    path: Path | None
    """The file; `None` before the first run of a new session."""
    is_saved: bool
    """Whether a person gave it its place; otherwise it is an autosave."""
    read_only: str
    """Why nothing is written into it, in a sentence; empty when it is."""
    runs: tuple[RunSummary, ...]
    view: Mapping[str, Any]
    """The window's state when it was left: plain values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSaved(Message):
    """The session lies in `path` now, and goes on being written there."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionWriting(Message):
    """Whether what happens reaches the file. `trouble` says in a sentence why it does not; empty when it does."""

    latest_only: ClassVar[bool] = True
    trouble: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRemoved(RunMessage):
    """The run was deleted; `restore_run` brings it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRestored(RunMessage):
    """A deleted run is there again."""

    summary: RunSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftSession:
    """A session without a place of its own that no window has open, told for a list."""

    path: Path
    crashed: bool
    """Whether it was not closed in an orderly way."""
    changed: float
    """When it was written last: Unix time, in seconds."""
    runs: int
    epochs: int
    """Of all its runs."""
    accuracy: float | None
    """Test accuracy of the newest run, after its last epoch."""
    losses: np.ndarray[Any, Any]
    """Train loss per epoch of the newest run, for a small picture; shape (epochs,)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsFound(Message):
    """The sessions that were left without a place, the newest first."""

    sessions: tuple[LeftSession, ...]


# The session -----------------------------------------------------------------------------------------------------


def new_session(session: Session) -> Job:
    """Begin anew: no runs and no file. Answers `SessionOpened`."""
    session.close()
    session.runs, session.deleted, session.view = {}, {}, {}
    yield SessionOpened(name="Unsaved session", path=None, is_saved=False, read_only="", runs=(), view={})


def open_session(session: Session, path: str, *, copy: bool = False) -> Job:
    """Open the session in `path`, or a copy of it. Answers `SessionOpened`; raises `UserError` when it is none."""
    raise UserError(f"{path} cannot be opened yet.")
    yield


def save_session(session: Session) -> Job:
    """Write what is not in the file yet. Answers `SessionSaved`."""
    raise UserError("The session cannot be saved yet.")
    yield


def save_session_as(session: Session, path: str) -> Job:
    """Save the session as `path`, over what is there. Answers `SessionSaved`."""
    raise UserError(f"The session cannot be saved as {path} yet.")
    yield


def find_left_sessions(session: Session) -> Job:
    """Look for sessions that were left without a place. Answers `SessionsFound`."""
    yield SessionsFound(sessions=())


def discard_session(session: Session, path: str) -> Job:
    """Remove a session that was left. Answers with a notice."""
    raise UserError(f"{path} cannot be removed yet.")
    yield


def set_budget(session: Session, megabytes: int) -> Job:
    """Keep moments up to so many megabytes in a session."""
    yield None


# The runs --------------------------------------------------------------------------------------------------------


def rename_run(session: Session, run: str, title: str) -> Job:
    """Call a run something; empty: only by its letter again. Answers `RunChanged`."""
    session.run(run).title = title.strip()
    yield from _changed(session, run)


def color_run(session: Session, run: str, color: int) -> Job:
    """Give a run another colour. Answers `RunChanged`."""
    session.run(run).color = color
    yield from _changed(session, run)


def pin_run(session: Session, run: str, pinned: bool) -> Job:
    """Keep a run's curves in the plots, or not. Answers `RunChanged`."""
    session.run(run).pinned = pinned
    yield from _changed(session, run)


def bookmark(session: Session, run: str, step: int, name: str | None) -> Job:
    """Name a moment, so that it is easy to find and never given up; `None` takes the name away. Answers `RunChanged`.

    Raises `UserError` when the run has no moment at that step.
    """
    kept = session.run(run)
    if step not in kept.moments:
        raise UserError(f"Run {run} has no moment at step {step:,}.")
    if name is None:
        kept.bookmarks.pop(step, None)
    else:
        kept.bookmarks[step] = name.strip() or f"Step {step:,}"
    yield from _changed(session, run)


def delete_run(session: Session, run: str) -> Job:
    """Take a run out of the session; until the session is closed it can be restored. Answers `RunRemoved`."""
    session.run(run)
    session.deleted[run] = session.runs.pop(run)
    yield RunRemoved(run=run)


def restore_run(session: Session, run: str) -> Job:
    """Bring a deleted run back. Answers `RunRestored`."""
    if run not in session.deleted:
        raise UserError(f"Run {run} cannot be restored.", hint="Its session was closed since it was deleted.")
    session.runs[run] = session.deleted.pop(run)
    yield RunRestored(run=run, summary=session.runs[run].summary())


def export_history(session: Session, run: str, path: Path) -> Job:
    """Write a run's epochs as CSV; tells that the file is there. Raises `UserError` when it cannot be written."""
    try:
        atomic_write(path, history_table(session.run(run).summary()).encode())
    except OSError as error:
        raise UserError(f"{path.name} cannot be saved: {error.strerror or error}.") from None
    yield Notice(sentence=f"Saved {path}.")


def history_table(run: RunSummary) -> str:
    """Return the epochs of a run as CSV, one line each."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    layers = range(1, len(run.epochs[0].gradient_norms) + 1 if run.epochs else 1)
    head = ["epoch", "step", "train_loss", "test_loss", "test_accuracy", "images_per_second", "seconds"]
    writer.writerow(head + [f"gradient_norm_{number}" for number in layers] + ["dead_neurons"])
    for done in run.epochs:
        figures = [done.epoch, done.step, done.train_loss, done.test_loss, done.test_accuracy]
        clock = [round(done.images_per_second, 1), round(done.seconds, 4)]
        writer.writerow([*figures, *clock, *done.gradient_norms, sum(done.dead)])
    return text.getvalue()


def _changed(session: Session, run: str) -> Job:
    yield session.runs[run].changed()
