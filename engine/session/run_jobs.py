"""Jobs that change the list of runs, each of one turn and answered by a message."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from engine.base.errors import UserError
from engine.base.messages import Job, Notice
from engine.base.specs import LIVE
from engine.base.text import storable
from engine.session.export import write_file
from engine.session.session import Session, tell
from engine.training.messages import RunMessage, RunSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRemoved(RunMessage):
    """The run was deleted; `restore_run` brings it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRestored(RunMessage):
    """A deleted run is there again."""

    summary: RunSummary


def tell_run(session: Session, run: str) -> Job:
    """Tell how a run is listed: one that was stopped has kept a last moment, which it could not tell itself."""
    if run in session.runs:
        yield session.runs[run].changed()
    yield from tell(session.untold())  # nor could it tell what became of saving that


def rename_run(session: Session, run: str, title: str) -> Job:
    """Call a run something; empty: only by its letter again. Answers `RunChanged`."""
    session.run(run).title = storable(title.strip())
    yield from _changed(session, run)


def color_run(session: Session, run: str, color: int) -> Job:
    """Give a run another colour. Answers `RunChanged`."""
    session.run(run).color = color
    yield from _changed(session, run)


def pin_run(session: Session, run: str, pinned: bool) -> Job:
    """Keep a run's curves in the plots, or not. Answers `RunChanged`."""
    session.run(run).pinned = pinned
    yield from _changed(session, run)


def pin_runs(session: Session, runs: Sequence[str], pinned: bool) -> Job:
    """Keep the curves of several runs in the plots, or not. Answers `RunChanged` for each."""
    for run in runs:
        session.run(run).pinned = pinned
        yield session.runs[run].changed()
    yield from tell(session.save())


def bookmark(session: Session, run: str, step: int, name: str | None) -> Job:
    """Name a moment, so that it is easy to find and never given up; `None` takes the name away. Answers `RunChanged`.

    Raises `UserError` when the run has no moment at that step.
    """
    kept = session.run(run)
    if step not in kept.moments:
        raise UserError(f"Run {kept.label} has no snapshot at step {step:,}.")
    if name is None:
        kept.bookmarks.pop(step, None)
    else:
        kept.bookmarks[step] = storable(name.strip()) or f"Step {step:,}"
    yield from _changed(session, run)


def delete_run(session: Session, run: str) -> Job:
    """Take a run out of the session; until the session is closed it can be restored. Answers `RunRemoved`."""
    session.run(run).deleted = True
    session.deleted[run] = session.runs.pop(run)
    yield RunRemoved(run=run)
    yield from tell(session.save())


def restore_run(session: Session, run: str) -> Job:
    """Bring a deleted run back. Answers `RunRestored`."""
    if run not in session.deleted:
        raise UserError(f"Run {run} cannot be restored.", hint="Its session was closed since it was deleted.")
    restored = session.deleted.pop(run)
    restored.deleted = False
    session.runs[run] = restored
    yield RunRestored(run=run, summary=restored.summary())
    yield from tell(session.save())


def export_history(session: Session, run: str, path: Path) -> Job:
    """Write a run's epochs as CSV; tells that the file is there. Raises `UserError` when it cannot be written."""
    write_file(session, path, history_table(session.run(run).summary()).encode())
    yield Notice(sentence=f"Saved {path}.")


def history_table(run: RunSummary) -> str:
    """Return the epochs of a run as CSV, one line each, with the live settings that its last step was taken with.

    Those of epochs that it took over from another run are that run's, and left empty.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    layers = range(1, len(run.epochs[0].gradient_norms) + 1 if run.epochs else 1)
    head = ["epoch", "step", "train_loss", "test_loss", "test_accuracy", "images_per_second", "seconds"]
    writer.writerow(head + [f"gradient_norm_{number}" for number in layers] + ["dead_neurons", *LIVE])
    own = run.parent.step if run.parent else 0
    now = {name: getattr(run.spec, name) for name in LIVE}
    changes = deque(sorted(run.changes, key=itemgetter(0)))
    for done in run.epochs:
        while changes and changes[0][0] < done.step:
            _, name, value = changes.popleft()
            now[name] = value
        figures = [done.epoch, done.step, done.train_loss, done.test_loss, done.test_accuracy]
        clock = [round(done.images_per_second, 1), round(done.seconds, 4)]
        live = now.values() if done.step > own else [""] * len(LIVE)
        writer.writerow([*figures, *clock, *done.gradient_norms, sum(done.dead), *live])
    return text.getvalue()


def _changed(session: Session, run: str) -> Job:
    yield session.runs[run].changed()
    yield from tell(session.save())
