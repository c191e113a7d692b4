"""How a command trains: the same job as in the window, told in lines, and a session that is closed at the end."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.parts.table import Table
from engine.cli.parts.terminal import say, say_notice
from engine.core.errors import UserError
from engine.core.machine.signals import interruptible, status_of, until_interrupted
from engine.core.messages import Job, JobFailed, Message, Notice
from engine.core.numbers import number
from engine.model.training.messages import Diagnosis, EpochDone, RunFinished, RunStarted

if TYPE_CHECKING:
    from engine.cli.parts.train_session import Planned
    from engine.session.session import Session

UNSAVED = "The session could not be saved, so what was trained last is lost."


def trained(planned: Callable[[], Planned], *, as_json: bool, of_twins: bool = False) -> int:
    """Do what is `planned` and return the exit status; Ctrl-C and its like end the run between two chunks of steps."""
    from engine.session.store.opening import forget_old_command_line_sessions

    teller = _Json(names_runs=of_twins) if as_json else Table(of_twins=of_twins)
    started: list[str] = []
    with interruptible() as interrupted:
        session, job = planned()
        asked = session.store.path if session.store and not session.is_only_read else None
        try:
            status = _train(session, job, teller, interrupted, started)
        finally:  # whatever ended it, a reader that has left or a bug: the file is closed in an orderly way
            forget_old_command_line_sessions()
            has_runs = _drop_unbegun(session, started)
            is_saved, path = _close(session)
    if not is_saved:
        say(UNSAVED)
        return status or 1
    if path and has_runs:
        teller.tell_end(path)
    return status or int(asked not in (None, path))


def _close(session: Session) -> tuple[bool, Path | None]:
    """Close the session; return whether a file has all of it, and which one."""
    with contextlib.suppress(UserError):  # it is said that it is not saved
        for message in session.secure():
            if isinstance(message, Notice):
                say_notice(message)
    path = session.store.path if session.store else None
    return session.close(), path


def _drop_unbegun(session: Session, started: Sequence[str]) -> bool:
    """Take out the runs that were interrupted before their first step; return whether there were none.

    A run that this command `started` may have a snapshot of how it starts all the same.
    """
    is_whole = True
    while newest := next(reversed(session.runs.values()), None):
        if newest.losses or newest.epochs or (newest.moments and newest.name not in started):
            break
        del session.runs[newest.name]
        is_whole = False
    return is_whole


def _train(
    session: Session, job: Job, teller: Table | _Json, interrupted: list[int], started: list[str]
) -> int:
    """Do the job; return the exit status, and the names of its runs in `started`."""
    is_well, epochs = True, 0
    with contextlib.closing(until_interrupted(job, interrupted)) as turns:
        for message in turns:
            if isinstance(message, Notice | JobFailed):
                say_notice(message)
            elif message is not None:
                teller.tell(message)
            if isinstance(message, RunStarted):
                started.append(message.run)
            epochs += isinstance(message, EpochDone)
            is_well &= not (isinstance(message, RunFinished) and message.reason == "not finite")
            is_well &= not isinstance(message, JobFailed)  # one of two runs; the other has gone on
    if interrupted:
        say(f"Interrupted after {epochs} finished epochs.")
        _tell_stopped(session, started)
        return status_of(interrupted[0])
    return 0 if is_well else 1


def _tell_stopped(session: Session, runs: Sequence[str]) -> None:
    """Say how well the runs read where they were stopped, which is tested for that."""
    tested = [run for run in runs if session.run(run).losses]
    if not tested:
        return  # TensorFlow may still be loading: nobody who interrupts waits for it
    from engine.analysis.probes.moment_test import moment_test

    for run in tested:
        for _ in moment_test(session, run):
            pass
        if said := session.run(run).say_test():
            say(f"Run {run} reads {said}.")


class _Json:
    """One JSON object per epoch on stdout; what a person should know goes to stderr."""

    def __init__(self, *, names_runs: bool) -> None:
        self._names_runs = names_runs
        self._test_images: dict[str, int] = {}
        self._losses: dict[str, str] = {}
        """The losses that the runs minimise, by run."""

    def tell(self, message: Message) -> None:
        if isinstance(message, RunStarted):
            self._test_images[message.run] = message.test_images
            self._losses[message.run] = message.spec.loss
        elif isinstance(message, EpochDone):
            row = {
                **({"run": message.run} if self._names_runs else {}),
                "epoch": message.epoch,
                "loss": self._losses[message.run],
                "train_loss": number(message.train_loss),
                "test_loss": number(message.test_loss),
                "test_accuracy": message.test_accuracy,
                "test_images": self._test_images[message.run],
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
        return {
            "validation_loss": number(message.validation_loss),
            "validation_accuracy": message.validation_accuracy,
        }

    def tell_end(self, path: Path) -> None:
        """Print nothing: each line is an epoch."""
