"""Training from a command: the same job as in the window, printed as a table; the session is closed at the end."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.parts.terminal import say, say_notice, shown
from engine.core.errors import UserError
from engine.core.machine.signals import interruptible, status_of, until_interrupted
from engine.core.messages import Job, JobFailed, Message, Notice
from engine.core.specs import loss_words
from engine.core.text import fine_percent, number, percent, plain
from engine.model.training.messages import Diagnosis, EpochDone, MomentTested, RunFinished, RunStarted, StepsDone

if TYPE_CHECKING:
    from engine.cli.parts.train_session import Planned
    from engine.session.session import Session

BAR = 30
VALIDATION = f"  {'valid. loss':>11}  {'accuracy':>8}"  # behind `HEAD` if images are held out
HEAD = f"{'epoch':>5}  {'train loss':>10}  {'test loss':>9}  {'accuracy':>8}  {'images/s':>9}  {'seconds':>7}"


class Table:
    """Prints a line per epoch; on a terminal also a bar, which the next line overwrites."""

    def __init__(self, *, of_twins: bool = False) -> None:
        """`of_twins`: the messages are of two runs in turns, so each line begins with the letter of its run."""
        self._is_terminal = sys.stdout.isatty()
        self._of_twins = of_twins
        self._started: dict[str, RunStarted] = {}  # by run, in the order of their start

    def print(self, message: Message) -> None:
        """Print a message's line or bar."""
        match message:
            case RunStarted():
                self._begin(message)
            case StepsDone() if self._is_terminal:
                self._bar(message)
            case EpochDone():
                share = fine_percent(message.test_accuracy, self._started[message.run].test_images)
                self._line(
                    f"{message.epoch:>5}  {plain(message.train_loss, '>10.4f')}  {plain(message.test_loss, '>9.4f')}  "
                    f"{share:>8}  {message.images_per_second:>9,.0f}  {message.seconds:>7.2f}{_validation(message)}",
                    message.run,
                )
            case MomentTested(tested=before):  # a network before it is taught
                share = fine_percent(before.accuracy, self._started[message.run].test_images)
                self._line(f"{0:>5}  {'':>10}  {plain(before.loss, '>9.4f')}  {share:>8}", message.run)
            case Diagnosis() if message.ailment != "healthy":
                remedy = f" Remedy: {message.remedy}." if message.remedy else ""
                self._line(f"       {message.sentence}{remedy}", message.run)
            case RunFinished(reason="taught"):
                self._line("       All examples are read right.", message.run)
            case RunFinished(reason="accuracy"):
                self._line("       The wanted accuracy is reached.", message.run)
            case _:
                pass

    def print_end(self, path: Path) -> None:
        """Print the file of the runs."""
        *others, last = self._started or [""]
        which = f"Runs {', '.join(others)} and {last} are" if others else f"Run {last} is"
        self._line(f"{which} saved in {shown(path)}")

    def _begin(self, message: RunStarted) -> None:
        self._started[message.run] = message
        head = f"{message.dataset} · {message.parameters:,} parameters · seed {message.spec.seed}"
        head += f" · loss: {loss_words(message.spec.loss)}"
        title = message.resumed.title if message.resumed and self._of_twins else ""
        self._line(f"{title} · {head}" if title else head, message.run)
        if message.resumed and (parent := message.resumed.parent):
            self._line(f"Run {message.run} goes on from run {parent.run} at step {parent.step:,}.", message.run)
        if len(self._started) == 1 + self._of_twins:
            self._line(HEAD + (VALIDATION if message.spec.validation else ""), "run")

    def _bar(self, message: StepsDone) -> None:
        per_epoch = self._started[message.run].steps_per_epoch
        done = (message.last_step - 1) % per_epoch + 1
        full = BAR * done // per_epoch
        text = f"       {'█' * full}{'░' * (BAR - full)}  loss {plain(message.losses[-1], '.4f')}"
        print(f"\r{self._prefix(message.run)}{text}\x1b[K", end="", flush=True)

    def _prefix(self, run: str) -> str:
        return f"{run:<4}" if self._of_twins and run else ""

    def _line(self, text: str, run: str = "") -> None:
        text = self._prefix(run) + text
        print(f"\r\x1b[K{text}" if self._is_terminal else text, flush=True)


def _validation(message: EpochDone) -> str:
    if message.validation_loss is None or message.validation_accuracy is None:
        return ""
    return f"  {plain(message.validation_loss, '>11.4f')}  {percent(message.validation_accuracy, 2):>8}"


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
        say("The session could not be saved, so what was trained last is lost.")
        return status or 1
    if path and has_runs:
        printer.print_end(path)
    if requested in (None, path):
        return status
    say(f"What was trained is in {shown(path)}." if path else "")
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
        say(f"Interrupted after {epochs} finished epochs.")
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
            say(f"Run {run} reads {accuracy}.")


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
