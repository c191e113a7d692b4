"""What a screen reader says of its own accord: epochs, the end of a run, its health, notices, pages of the lesson."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible

from engine.core.language import mark, tr
from engine.core.messages import Message
from engine.model.training.messages import Diagnosis, EpochDone, RunFinished
from gui.look.percents import fine_percent
from gui.shell.parts import Parts
from gui.state.link.clock import CLOCK, Clock, Throttle
from gui.state.notices import NoticeLine
from gui.state.training.runs import Run
from gui.tabs.train.loss_panel import say_loss
from gui.widgets.heard import say

EPOCHS_MS = 5000  # an epoch takes two to three seconds to say, and those of a small network come faster

EPOCH = mark("Epoch {epoch:,}: test accuracy {accuracy}, loss {loss}")
ENDED = mark("Run {run} {how}: {accuracy}.")
HEALTH = mark("Health: {verdict}. {sentence}")
PAGE = mark("{chapter}, page {number} of {count}. {text}")


def _with_reader(method: Callable[..., None]) -> Callable[..., None]:
    """Have a method do nothing while there is no screen reader."""

    @wraps(method)
    def listening(*args: Any) -> None:
        if QAccessible.isActive():
            method(*args)

    return listening


class Announcements(QObject):
    """Listens to what happens without a person's doing, and has it said."""

    def __init__(self, parts: Parts, clock: Clock = CLOCK) -> None:
        super().__init__(parts.window)
        self._window, self._timeline, self._notices = parts.window, parts.timeline, parts.notices
        self._lesson = parts.lesson
        self._epoch: EpochDone | None = None
        self._heard: NoticeLine | None = None
        self._epochs = Throttle(self._say_epoch, EPOCHS_MS, self, clock=clock)
        listen: Any = parts.bridge.listen
        kinds = (EpochDone, self._take_epoch), (RunFinished, self._say_end), (Diagnosis, self._say_health)
        for kind, hear in kinds:
            listen(kind, hear)
        parts.notices.changed.connect(self._say_notice)
        if parts.lesson is not None:
            parts.lesson.changed.connect(self._say_page)
        self._say_notice()

    def _followed(self, message: Message) -> Run | None:
        """Return the run of a message if a person looks at it."""
        run = self._timeline.run
        return run if run is not None and run.name == getattr(message, "run", "") else None

    @_with_reader
    def _take_epoch(self, message: EpochDone) -> None:
        if self._followed(message) and self._timeline.is_live:
            self._epoch = message
            self._epochs.want()

    def _say_epoch(self) -> None:
        epoch = self._epoch
        if epoch is not None and (run := self._followed(epoch)):
            accuracy = fine_percent(epoch.test_accuracy, run.test_images)
            loss = say_loss(epoch.test_loss)
            say(self._window, tr(EPOCH, epoch=epoch.epoch, accuracy=accuracy, loss=loss))

    @_with_reader
    def _say_end(self, message: RunFinished) -> None:
        if run := self._followed(message):
            self._epochs.forget()  # the end says what it came to
            accuracy = run.say_accuracy(run.newest) or tr("not tested")
            words = tr(ENDED, run=run.look.label, how=run.say_end(), accuracy=accuracy)
            say(self._window, words, at_once=True)

    @_with_reader
    def _say_health(self, message: Diagnosis) -> None:
        if self._followed(message):
            words = tr(HEALTH, verdict=tr(message.ailment), sentence=message.sentence)
            say(self._window, words, at_once=message.ailment != "healthy")

    @_with_reader
    def _say_notice(self) -> None:
        """Say the newest notice, unless it was said: the line changes, too, where an earlier one comes back."""
        newest = self._notices.history[-1] if self._notices.history else None
        if newest is not None and newest is not self._heard and newest in self._notices.waiting:
            self._heard = newest
            say(self._window, newest.text, at_once=newest.failure)

    @_with_reader
    def _say_page(self) -> None:
        lesson = self._lesson
        if lesson is not None and lesson.is_open and (page := lesson.page):
            chapter = lesson.chapters[lesson.chapter]
            number, count = lesson.number + 1, len(chapter.pages)
            say(self._window, tr(PAGE, chapter=chapter.title, number=number, count=count, text=page.text))
