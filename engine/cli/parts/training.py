"""Training from a command: the same job as in the window, printed as a table; the session is closed at the end."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.parts.terminal import say, say_notice, shown
from engine.core.errors import UserError
from engine.core.language import tr, tr_plural
from engine.core.machine.signals import interruptible, status_of, until_interrupted
from engine.core.messages import Job, JobFailed, Message, Notice
from engine.core.text import number
from engine.model.training.messages import Diagnosis, EpochDone, RunFinished, RunStarted
from engine.model.training.table import Table

if TYPE_CHECKING:
    from engine.cli.parts.train_session import Planned
    from engine.session.session import Session


def trained(planned: Callable[[], Planned], *, as_json: bool, of_twins: bool = False) -> int:
    """Run the `planned` job and return the exit status; a signal such as Ctrl-C ends it between two chunks of steps."""
    from engine.session.store.opening import forget_old_command_line_sessions

    printer = _Json(names_runs=of_twins) if as_json else Table(of_twins=of_twins)
    started: list[str] = []
    with interruptible() as interrupted:
        session, job = planned()
        requested = session.store.path if session.store and not session.is_only_read else None
        try:
            status = _train(session, job, printer, interrupted, started)
        finally:  # also after a bug or a closed pipe the file is closed properly
            forget_old_command_line_sessions()
            has_runs = _drop_unstarted(session, started)
            is_saved, path = _close(session)
    if not is_saved:
        say(tr("The session could not be saved, so what was trained last is lost."))
        return status or 1
    if path and has_runs:
        printer.print_end(path)
    if requested in (None, path):
        return status
    say(tr("What was trained is in {path}.", path=shown(path)) if path else "")
    return status or 1


def _close(session: Session) -> tuple[bool, Path | None]:
    with contextlib.suppress(UserError):  # `trained` reports that it is not saved
        for message in session.secure():
            if isinstance(message, Notice):
                say_notice(message)
    path = session.store.path if session.store else None
    return session.close(), path


def _drop_unstarted(session: Session, started: Sequence[str]) -> bool:
    """Remove the runs of this command that were interrupted before their first step; return whether there were none."""
    is_whole = True
    while newest := next(reversed(session.runs.values()), None):
        if newest.losses or newest.epochs or (newest.moments and newest.name not in started):
            break
        del session.runs[newest.name]
        is_whole = False
    return is_whole


def _train(session: Session, job: Job, printer: Table | _Json, interrupted: list[int], started: list[str]) -> int:
    """Run the job; return the exit status, and the names of its runs in `started`."""
    is_well, epochs = True, 0
    with contextlib.closing(until_interrupted(job, interrupted)) as turns:
        for message in turns:
            if isinstance(message, Notice | JobFailed):
                say_notice(message)
            elif message is not None:
                printer.print(message)
            if isinstance(message, RunStarted):
                started.append(message.run)
            epochs += isinstance(message, EpochDone)
            is_well &= not (isinstance(message, RunFinished) and message.reason == "not finite")
            is_well &= not isinstance(message, JobFailed)  # of one of two runs, while the other continued
    if interrupted:
        say(
            tr_plural("Interrupted after {count} finished epoch.", "Interrupted after {count} finished epochs.", epochs)
        )
        _test_stopped(session, started)
        return status_of(interrupted[0])
    return 0 if is_well else 1


def _test_stopped(session: Session, runs: Sequence[str]) -> None:
    """Test the runs where they were stopped, and print their accuracy."""
    tested = [run for run in runs if session.run(run).losses]
    if not tested:
        return  # an interrupt does not wait for TensorFlow's import
    from engine.analysis.probes.moment_test import moment_test

    for run in tested:
        for _ in moment_test(session, run):
            pass
        if accuracy := session.run(run).say_test():
            say(tr("Run {run} reads {accuracy}.", run=run, accuracy=accuracy))


class _Json:
    def __init__(self, *, names_runs: bool) -> None:
        self._names_runs = names_runs
        self._started: dict[str, RunStarted] = {}  # by run

    def print(self, message: Message) -> None:
        if isinstance(message, RunStarted):
            self._started[message.run] = message
        elif isinstance(message, EpochDone):
            started = self._started[message.run]
            row = {
                **({"run": message.run} if self._names_runs else {}),
                "epoch": message.epoch,
                "loss": started.spec.loss,
                "train_loss": number(message.train_loss),
                "test_loss": number(message.test_loss),
                "test_accuracy": message.test_accuracy,
                "test_images": started.test_images,
                **self._validation(message),
                "images_per_second": round(message.images_per_second, 1),
                "seconds": round(message.seconds, 4),
                "dead_neurons": list(message.dead),
            }
            print(json.dumps(row, allow_nan=False), flush=True)
        elif isinstance(message, Diagnosis) and message.ailment == "not finite":
            say(f"{message.sentence} {message.remedy}.")

    def _validation(self, message: EpochDone) -> dict[str, float | None]:
        if message.validation_accuracy is None or message.validation_loss is None:
            return {}
        return {"validation_loss": number(message.validation_loss), "validation_accuracy": message.validation_accuracy}

    def print_end(self, path: Path) -> None:
        """Print nothing: each line is an epoch."""
