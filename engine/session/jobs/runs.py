"""Jobs that change the list of runs, each of one turn and answered by a message."""

from __future__ import annotations

import csv
import io
import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from engine.core.errors import UserError
from engine.core.messages import Job, Message, Notice
from engine.core.numbers import number
from engine.core.specs import LIVE
from engine.core.text import harmless, storable
from engine.model.training.courses import course_of, differing, end_of, say_course
from engine.model.training.messages import RunChanged, RunMessage, RunSummary, best_of
from engine.session.jobs.export import write_file
from engine.session.session import Session, save_all, tell


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRemoved(RunMessage):
    """The run was deleted; `restore_run` brings it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRestored(RunMessage):
    """A deleted run is there again."""

    summary: RunSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsTogether(Message):
    """What happened to several runs at once, those of a group: so nobody has to follow one after the other."""

    removed: tuple[str, ...] = ()
    restored: tuple[RunSummary, ...] = ()
    changed: tuple[RunChanged, ...] = ()


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
    """Keep the curves of several runs in the plots, or not. Answers `RunsTogether`."""
    for run in runs:
        session.run(run).pinned = pinned
    yield from _changed_together(session, runs)


def color_runs(session: Session, colors: Mapping[str, int]) -> Job:
    """Give runs other colours, by name. Answers `RunsTogether`."""
    for run, color in colors.items():
        session.run(run).color = color
    yield from _changed_together(session, tuple(colors))


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


def delete_runs(session: Session, runs: Sequence[str]) -> Job:
    """Take several runs out of the session; until it is closed they can be restored. Answers `RunsTogether`."""
    for run in runs:
        session.run(run).deleted = True
        session.deleted[run] = session.runs.pop(run)
    yield RunsTogether(removed=tuple(runs))
    yield from save_all(session)


def restore_runs(session: Session, runs: Sequence[str]) -> Job:
    """Bring several deleted runs back. Answers `RunsTogether`."""
    if any(run not in session.deleted for run in runs):
        raise UserError(
            "The runs cannot be restored.", hint="Their session was closed since they were deleted."
        )
    for run in runs:
        session.runs[run] = session.deleted.pop(run)
        session.runs[run].deleted = False
    yield RunsTogether(restored=tuple(session.runs[run].summary() for run in runs))
    yield from save_all(session)


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


def export_figures(session: Session, runs: Sequence[str], path: Path) -> Job:
    """Write what became of runs as CSV, a line each; tells that the file is there. Raises `UserError` as above."""
    summaries = [session.run(run).summary() for run in runs]
    write_file(session, path, figures_table(summaries).encode())
    yield Notice(sentence=f"Saved {path}.")


FIGURES = (
    "epochs",
    "loss",
    "train_loss",
    "test_loss",
    "test_accuracy",
    "test_images",
    "tested_at_step",
    "best_accuracy",
    "best_epoch",
    "best_chosen_on",
    "validation_loss",
    "validation_accuracy",
    "seconds",
    "end",
)
"""The columns for each run's outcome, besides its settings."""


def figures_table(runs: Sequence[RunSummary]) -> str:
    """Return what became of runs as CSV, a line each: its group, the settings that differ among them, `FIGURES`.

    A setting is a number where it stayed as it was, and words where it was changed on the way.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    over = differing(runs)
    names = [name for name in FIGURES if name not in over]
    writer.writerow(["run", "title", "group", *over, *names])
    for run in runs:
        found = final_figures(run)
        group = run.member.sweep if run.member else ""
        courses = {name: course_of(run, name) for name in over}
        settings = [c[0][1] if len(c) == 1 else say_course(name, c) for name, c in courses.items()]
        row = [run.name, run.title, group, *settings, *(found[name] for name in names)]
        writer.writerow([harmless(each) if isinstance(each, str) else each for each in row])
    return text.getvalue()


def final_figures(run: RunSummary) -> dict[str, Any]:
    """Return the `FIGURES` of a run by name; `None` for what is not known, or is no number."""
    last = run.epochs[-1] if run.epochs else None
    best, tested = best_of(run.epochs), run.last_test
    return {
        "epochs": last.epoch if last else 0,
        "loss": run.spec.loss,
        "train_loss": last.train_loss if last and math.isfinite(last.train_loss) else None,
        "test_loss": number(tested.loss) if tested else None,
        "test_accuracy": tested.accuracy if tested else None,
        "test_images": run.test_images,
        "tested_at_step": tested.step if tested else None,
        "best_accuracy": best.test_accuracy if best else None,
        "best_epoch": best.epoch if best else None,
        "best_chosen_on": best.chosen_on if best else None,
        "validation_loss": None if not last or last.validation_loss is None else number(last.validation_loss),
        "validation_accuracy": last and last.validation_accuracy,
        "seconds": round(sum(done.seconds for done in run.epochs), 3),
        "end": end_of(run),
    }


def history_table(run: RunSummary) -> str:
    """Return the epochs of a run as CSV, one line each, with the live settings that its last step was taken with.

    Those of epochs that it took over from another run are that run's, and left empty.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    layers = range(1, len(run.epochs[0].gradient_norms) + 1 if run.epochs else 1)
    head = ["epoch", "step", "train_loss", "test_loss", "test_accuracy"]
    validated = ["validation_loss", "validation_accuracy"] if _is_validated(run) else []
    head += [*validated, "images_per_second", "seconds"]
    writer.writerow(head + [f"gradient_norm_{number}" for number in layers] + ["dead_neurons", *LIVE, "loss"])
    own = run.parent.step if run.parent else 0
    now = {name: getattr(run.spec, name) for name in LIVE}
    changes = deque(sorted(run.changes, key=itemgetter(0)))
    for done in run.epochs:
        while changes and changes[0][0] < done.step:
            _, name, value = changes.popleft()
            now[name] = value
        figures = [done.epoch, done.step, done.train_loss, done.test_loss, done.test_accuracy]
        figures += [getattr(done, name) for name in validated]
        clock = [round(done.images_per_second, 1), round(done.seconds, 4)]
        live = now.values() if done.step > own else [""] * len(LIVE)
        writer.writerow([*figures, *clock, *done.gradient_norms, sum(done.dead), *live, run.spec.loss])
    return text.getvalue()


def _is_validated(run: RunSummary) -> bool:
    return any(done.validation_accuracy is not None for done in run.epochs)


def _changed_together(session: Session, runs: Sequence[str]) -> Job:
    yield RunsTogether(changed=tuple(session.runs[run].changed() for run in runs))
    yield from save_all(session)


def _changed(session: Session, run: str) -> Job:
    yield session.runs[run].changed()
    yield from tell(session.save())
