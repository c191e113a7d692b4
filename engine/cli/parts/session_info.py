"""The command `info FILE`: the contents of a session. Its file is only read, also while another process writes it."""

import datetime
from pathlib import Path
from typing import Any, NamedTuple

from engine.cli.parts.command import AnswerWithStatus, Row
from engine.cli.parts.terminal import say, shown
from engine.core.language import mark, tr, with_marks
from engine.core.layers.language import in_words
from engine.core.messages import run_through
from engine.core.specs import loss_words
from engine.core.text import fine_percent, fitted, in_columns, plain
from engine.model.training.courses import changes_as_plain, say_changes_of
from engine.model.training.messages import best_of
from engine.model.training.run import Run
from engine.session.jobs.files import say_damage
from engine.session.jobs.runs import final_figures
from engine.session.store.opening import open_store
from engine.session.store.reading import Contents
from engine.session.store.watch import Lock

CHOSEN = mark("best: chosen on the test images, or on the validation images where a run holds some out")
MOST_OF_TITLE = 20
FORMS = ("<3", "<19", ">6", ">9", ">8", ">6", ">12", ">9", "<30", "<16", "<0")  # of the columns of runs


class _Read(NamedTuple):
    runs: list[Run]
    contents: Contents
    damage: list[str]


def session_info(path: Path) -> AnswerWithStatus:
    """Print the session's contents, and on stderr its damage, with which the exit status is 1."""
    content = _read(path)
    facts = {
        "file": str(path.absolute()),
        "schema": content.contents.schema,
        "written_by": content.contents.written_by,
        "runs": [_run(run) for run in content.runs],
        "damage": content.damage,
    }
    yield Row(facts, _lines(path, content))
    if content.damage:
        say(say_damage(path, content.damage))
    return 1 if content.damage else 0


def _read(path: Path) -> _Read:
    opened = run_through(open_store(path, look_only=True))
    try:
        contents = opened.store.load()
        runs = {name: run for name, run in contents.runs.items() if not run.deleted}
        damage = contents.damage + [
            tr("part {number:,} of {parts:,}", number=part + 1, parts=opened.parts) for part in opened.damaged
        ]
        # Without a seal all weights are checked by their hashes.
        if not opened.is_whole and not _is_in_use(path):
            damaged = filter(None, opened.store.damaged_moments(runs))
            damage += [
                tr("the weights of run {run} at step {step}", run=moment.run, step=moment.step) for moment in damaged
            ]
        return _Read(list(runs.values()), contents, damage)
    finally:
        opened.store.close()


def _is_in_use(path: Path) -> bool:
    """Whether another process is writing it, and may remove moments while they are read."""
    lock = Lock(path)
    is_free = lock.take()
    lock.release()
    return not is_free


def _run(run: Run) -> dict[str, Any]:
    figures = final_figures(run)
    return {
        "name": run.name,
        "title": run.title,
        "epochs": len(run.epochs),
        "steps_per_epoch": run.steps_per_epoch,
        "moments": list(run.moments),
        "bookmarks": {str(step): name for step, name in run.bookmarks.items()},
        **{name: figures[name] for name in ("test_accuracy", "test_images", "tested_at_step")},
        "best_test_accuracy": figures["best_accuracy"],
        **{name: figures[name] for name in ("best_epoch", "best_chosen_on", "loss", "test_loss", "train_loss")},
        "group": run.member._asdict() if run.member else None,
        "parent": {"run": run.parent.run, "step": run.parent.step} if run.parent else None,
        "dataset": run.dataset,
        "started": when.isoformat() if (when := _when(run)) else None,
        "network": in_words(run.spec.network),
        "settings": run.spec.as_dict(),
        "changes": changes_as_plain(run),
    }


def _when(run: Run) -> datetime.datetime | None:
    """Return the time of its start in this computer's time zone; `None` for a time that no calendar has."""
    try:
        return datetime.datetime.fromtimestamp(run.started, datetime.UTC).astimezone().replace(microsecond=0)
    except (OverflowError, ValueError, OSError):
        return None


def _lines(path: Path, content: _Read) -> list[str]:
    version = content.contents.written_by.get("layerlight", "")
    about = mark("format {schema}, made by Layerlight {version}") if version else mark("format {schema}")
    lines = [shown(path), tr(about, schema=content.contents.schema, version=version)]
    if not content.runs:
        return [*lines, tr("no runs")]
    rows = [_heads(), *map(_cells, content.runs)]
    forms = fitted(FORMS, rows)
    lines.append(in_columns(forms, rows[0]))
    for run, row in zip(content.runs, rows[1:], strict=True):
        lines.append(in_columns(forms, row))
        if changes := say_changes_of(run):
            lines.append(f"{'':<5}{changes}")
    return [*lines, tr(CHOSEN)]


def _heads() -> tuple[str, ...]:
    return (
        tr("run"),
        tr("title"),
        tr("epochs"),
        tr("snapshots"),
        tr("accuracy"),
        tr("images"),
        tr("best @epoch"),
        tr("test loss"),
        tr("of which loss"),
        tr("started"),
        tr("layers"),
    )


def _cells(run: Run) -> tuple[str, ...]:
    def percent(share: float | None) -> str:
        return "" if share is None else fine_percent(share, run.test_images)

    tested, best = run.last_test, best_of(run.epochs)
    title = run.title if len(run.title) <= MOST_OF_TITLE else f"{run.title[: MOST_OF_TITLE - 1]}…"
    images = "" if run.test_images is None else with_marks(f"{run.test_images:,}")
    best_words = f"{percent(best.test_accuracy)} @{best.epoch}" if best else ""
    started = f"{when:%Y-%m-%d %H:%M}" if (when := _when(run)) else ""
    origin = tr(", from {run} at step {step:,}", **run.parent._asdict()) if run.parent else ""
    return (
        run.name,
        title,
        f"{len(run.epochs)}",
        f"{len(run.moments)}",
        percent(tested and tested.accuracy),
        images,
        best_words,
        "" if tested is None else with_marks(plain(tested.loss, ".4f")),
        loss_words(run.spec.loss),
        started,
        f"{in_words(run.spec.network)}{origin}",
    )
