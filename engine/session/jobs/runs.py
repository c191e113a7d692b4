"""Jobs that change the list of runs or export its figures, each answered by a message."""

import csv
import io
from collections import deque
from collections.abc import Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from engine.core.errors import UserError
from engine.core.language import tr, untranslated
from engine.core.machine.memory import give_back
from engine.core.messages import Job, Message
from engine.core.specs import LIVE
from engine.core.text import harmless, number, storable
from engine.model.training.courses import course_of, differing, end_of, say_course
from engine.model.training.messages import RunChanged, RunSummary, Trained, best_of
from engine.session.jobs.export import save_file
from engine.session.session import Session, save_all, tell


class RunsTogether(Message):
    """Changes of one or several runs, such as a group's, in one message, so that views are updated once."""

    removed: tuple[str, ...] = ()  # the runs that were deleted; `restore_runs` restores them
    restored: tuple[RunSummary, ...] = ()  # these, or others that were opened from a file
    changed: tuple[RunChanged, ...] = ()


def tell_run(session: Session, run: str) -> Job:
    """Write the last moment of a stopped training, which leaves this to a later turn, and yield its run's entry."""
    saved = session.save()
    give_back()
    if run in session.runs:
        yield session.runs[run].changed()
    yield from tell(saved)


def rename_run(session: Session, run: str, title: str) -> Job:
    """Set a run's title, which may be empty. Answers `RunChanged`."""
    session.run(run).title = storable(title.strip())
    yield from _changed(session, run)


def pin_runs(session: Session, runs: Sequence[str], pinned: bool) -> Job:
    """Set whether the curves of runs stay in the plots. Answers `RunsTogether`."""
    for run in runs:
        session.run(run).pinned = pinned
    yield from _changed_together(session, runs)


def color_runs(session: Session, colors: Mapping[str, int]) -> Job:
    """Set the colours of runs, by name. Answers `RunsTogether`."""
    for run, color in colors.items():
        session.run(run).color = color
    yield from _changed_together(session, tuple(colors))


def bookmark(session: Session, run: str, step: int, name: str | None) -> Job:
    """Name a moment, so that it is never dropped, or `None`. Answers `RunChanged`; `UserError` without the moment."""
    owner = session.run(run)
    owner.check_kept(step)
    if name is None:
        owner.bookmarks.pop(step, None)
    else:
        owner.bookmarks[step] = storable(name.strip()) or f"Step {step:,}"  # no text, as it is kept
    yield from _changed(session, run)


def delete_runs(session: Session, runs: Sequence[str]) -> Job:
    """Delete runs, which can be restored until the session is closed. Answers `RunsTogether`."""
    for run in runs:
        session.run(run).deleted = True
        session.deleted[run] = session.runs.pop(run)
    yield RunsTogether(removed=tuple(runs))
    yield from save_all(session)


def restore_runs(session: Session, runs: Sequence[str]) -> Job:
    """Restore deleted runs. Answers `RunsTogether`."""
    if any(run not in session.deleted for run in runs):
        if len(runs) == 1:
            raise UserError(
                tr("Run {run} cannot be restored.", run=runs[0]),
                hint=tr("Its session was closed since it was deleted."),
            )
        raise UserError(
            tr("The runs cannot be restored."), hint=tr("Their session was closed since they were deleted.")
        )
    for run in runs:
        session.runs[run] = session.deleted.pop(run)
        session.runs[run].deleted = False
    yield RunsTogether(restored=tuple(session.runs[run].summary() for run in runs))
    yield from save_all(session)


def export_history(session: Session, run: str, path: Path) -> Job:
    """Write a run's epochs as CSV. Yields a `Notice`; raises `UserError` if the file cannot be written."""
    yield from save_file(session, path, history_table(session.run(run).summary()).encode())


def export_figures(session: Session, runs: Sequence[str], path: Path) -> Job:
    """Write the final figures of runs as CSV. Yields a `Notice`; raises `UserError` if the file cannot be written."""
    yield from save_file(session, path, figures_table([session.run(run).summary() for run in runs]).encode())


# The columns of a run's final figures, besides its settings.
FIGURES = (
    *("epochs", "loss", "train_loss", "test_loss", "test_accuracy", "test_images", "tested_at_step"),
    *("best_accuracy", "best_epoch", "best_chosen_on", "validation_loss", "validation_accuracy", "seconds", "end"),
)


def figures_table(runs: Sequence[RunSummary]) -> str:
    """Return a CSV line per run: group, differing settings or their courses, and its `FIGURES`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    over = differing(runs)
    names = [name for name in FIGURES if name not in over]
    writer.writerow(["run", "title", "group", *over, *names])
    for run in runs:
        figures = final_figures(run)
        group = run.member.sweep if run.member else ""
        courses = {name: course_of(run, name) for name in over}
        with untranslated():
            settings = [c[0][1] if len(c) == 1 else say_course(name, c) for name, c in courses.items()]
        row = [run.name, run.title, group, *settings, *(figures[name] for name in names)]
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue()


def final_figures(run: Trained) -> dict[str, Any]:
    """Return the `FIGURES` of a run by name; `None` for unknown ones and NaN."""
    last = run.epochs[-1] if run.epochs else None
    best, tested = best_of(run.epochs), run.last_test
    return {
        "epochs": last.epoch if last else 0,
        "loss": run.spec.loss,
        "train_loss": number(last.train_loss) if last else None,
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
    """Return a CSV line per epoch of a run, with its own live settings of the last step."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    layers = range(1, len(run.epochs[0].gradient_norms) + 1 if run.epochs else 1)
    head = ["epoch", "step", "train_loss", "test_loss", "test_accuracy"]
    is_validated = any(done.validation_accuracy is not None for done in run.epochs)
    validated = ["validation_loss", "validation_accuracy"] if is_validated else []
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


def _changed_together(session: Session, runs: Sequence[str]) -> Job:
    yield RunsTogether(changed=tuple(session.runs[run].changed() for run in runs))
    yield from save_all(session, runs)


def _changed(session: Session, run: str) -> Job:
    yield session.runs[run].changed()
    yield from tell(session.save())
