"""A run as a table in the terminal, with a bar for the epoch that is under way."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.base.messages import Message
from engine.base.numbers import plain
from engine.cli.parts.terminal import shown
from engine.training.messages import Diagnosis, EpochDone, RunFinished, RunStarted, StepsDone

BAR = 30
HEAD = f"{'epoch':>5}  {'train loss':>10}  {'test loss':>9}  {'accuracy':>8}  {'images/s':>9}  {'seconds':>7}"


class Table:
    """Prints a line per epoch; on a terminal also a bar, which the next line overwrites."""

    def __init__(self) -> None:
        self._is_terminal = sys.stdout.isatty()
        self._steps_per_epoch = 1
        self._run = ""

    def tell(self, message: Message) -> None:
        """Print what `message` means for the table."""
        match message:
            case RunStarted():
                self._run, self._steps_per_epoch = message.run, message.steps_per_epoch
                self._line(
                    f"{message.dataset} · {message.parameters:,} parameters · seed {message.spec.seed}"
                )
                if message.resumed and (parent := message.resumed.parent):
                    self._line(f"Run {message.run} goes on from run {parent.run} at step {parent.step:,}.")
                self._line(HEAD)
            case StepsDone() if self._is_terminal:
                self._bar(message)
            case EpochDone():
                self._line(
                    f"{message.epoch:>5}  {plain(message.train_loss, '>10.4f')}  {plain(message.test_loss, '>9.4f')}  "
                    f"{message.test_accuracy:>8.2%}  {message.images_per_second:>9,.0f}  {message.seconds:>7.2f}"
                )
            case Diagnosis() if message.ailment != "healthy":
                remedy = f" Remedy: {message.remedy}." if message.remedy else ""
                self._line(f"       {message.sentence}{remedy}")
            case RunFinished(reason="taught"):
                self._line("       All examples are read right.")
            case RunFinished(reason="accuracy"):
                self._line("       The wanted accuracy is reached.")
            case _:
                pass

    def tell_end(self, path: Path) -> None:
        """Say where the run lies now."""
        self._line(f"Run {self._run} is saved in {shown(path)}")

    def _bar(self, message: StepsDone) -> None:
        done = (message.last_step - 1) % self._steps_per_epoch + 1
        full = BAR * done // self._steps_per_epoch
        text = f"       {'█' * full}{'░' * (BAR - full)}  loss {plain(message.losses[-1], '.4f')}"
        print(f"\r{text}\x1b[K", end="", flush=True)

    def _line(self, text: str) -> None:
        print(f"\r\x1b[K{text}" if self._is_terminal else text, flush=True)
