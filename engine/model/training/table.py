"""A training as a table that is printed: a line for each epoch, and on a terminal a bar between them."""

import sys
from pathlib import Path

from engine.core.language import tr, with_marks
from engine.core.messages import Message
from engine.core.specs import loss_words
from engine.core.text import fine_percent, fitted, in_columns, percent, plain, printable
from engine.data.dataset import say_summary
from engine.model.training.messages import Diagnosis, EpochDone, MomentTested, RunFinished, RunStarted, StepsDone

BAR, INDENT = 30, " " * 7
FORMS = (">5", ">10", ">9", ">8", ">9", ">7", ">11", ">8")  # of the columns
LETTER = "<4"  # of the column with the runs of twins


def _heads() -> list[str]:
    heads = [tr("epoch"), tr("train loss"), tr("test loss"), tr("accuracy"), tr("images/s"), tr("seconds")]
    return [*heads, tr("valid. loss"), tr("accuracy")]


class Table:
    """Prints a line per epoch; on a terminal also a bar, which the next line overwrites."""

    def __init__(self, *, of_twins: bool = False) -> None:
        """`of_twins`: the messages are of two runs in turns, so each line begins with the letter of its run."""
        self._is_terminal = sys.stdout.isatty()
        self._of_twins = of_twins
        self._forms = fitted(FORMS, [_heads()])
        (self._letter,) = fitted([LETTER], [[f"{tr('run')} "]])
        self._width = 0  # of the bar on the screen, in letters
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
                losses = _shown(message.train_loss, ".4f"), _shown(message.test_loss, ".4f")
                speed = _shown(message.images_per_second, ",.0f"), _shown(message.seconds, ".2f")
                self._row(message.run, f"{message.epoch}", *losses, share, *speed, *_validation(message))
            case MomentTested(tested=before):  # a network before it is taught
                share = fine_percent(before.accuracy, self._started[message.run].test_images)
                self._row(message.run, "0", "", _shown(before.loss, ".4f"), share)
            case Diagnosis() if message.ailment != "healthy":
                remedy = " " + tr("Remedy: {remedy}.", remedy=message.remedy) if message.remedy else ""
                self._line(f"{INDENT}{message.sentence}{remedy}", message.run)
            case RunFinished(reason="taught"):
                self._line(INDENT + tr("All examples are read right."), message.run)
            case RunFinished(reason="accuracy"):
                self._line(INDENT + tr("The wanted accuracy is reached."), message.run)
            case _:
                pass

    def print_end(self, path: Path) -> None:
        """Print the file of the runs."""
        *others, last = self._started or [""]
        file = printable(str(path))
        if others:
            self._line(tr("Runs {runs} and {last} are saved in {file}", runs=", ".join(others), last=last, file=file))
        else:
            self._line(tr("Run {run} is saved in {file}", run=last, file=file))

    def _begin(self, message: RunStarted) -> None:
        self._started[message.run] = message
        head = tr(
            "{data} · {parameters:,} parameters · seed {seed} · loss: {loss}",
            data=say_summary(message.dataset),
            parameters=message.parameters,
            seed=message.spec.seed,
            loss=loss_words(message.spec.loss),
        )
        title = message.resumed.title if message.resumed and self._of_twins else ""
        self._line(f"{title} · {head}" if title else head, message.run)
        if message.resumed and (parent := message.resumed.parent):
            self._line(
                tr(
                    "Run {run} goes on from run {parent} at step {step:,}.",
                    run=message.run,
                    parent=parent.run,
                    step=parent.step,
                ),
                message.run,
            )
        if len(self._started) == 1 + self._of_twins:
            self._row(tr("run"), *_heads()[: None if message.spec.validation else -2])

    def _bar(self, message: StepsDone) -> None:
        per_epoch = self._started[message.run].steps_per_epoch
        done = (message.last_step - 1) % per_epoch + 1
        full = BAR * done // per_epoch
        bar, loss = "█" * full + "░" * (BAR - full), _shown(message.losses[-1], ".4f")
        self._over(self._prefix(message.run) + f"{INDENT}{bar}  " + tr("loss {loss}", loss=loss), end="")

    def _prefix(self, run: str) -> str:
        return f"{run:{self._letter}}" if self._of_twins and run else ""

    def _row(self, run: str, *cells: str) -> None:
        self._line(in_columns(self._forms, cells), run)

    def _line(self, text: str, run: str = "") -> None:
        self._over(self._prefix(run) + text, end="\n")

    def _over(self, text: str, end: str) -> None:
        """Print a text over the bar, if there is one: a console of Windows obeys `\r`, but no escape sequence."""
        print(("\r" if self._is_terminal else "") + text.ljust(self._width), end=end, flush=True)
        self._width = 0 if end else len(text)


def _validation(message: EpochDone) -> list[str]:
    if message.validation_loss is None or message.validation_accuracy is None:
        return []
    return [_shown(message.validation_loss, ".4f"), percent(message.validation_accuracy, 2)]


def _shown(value: float, form: str) -> str:
    return with_marks(plain(value, form))
