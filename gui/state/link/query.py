"""A query: what a view asks the engine about the selection, repeated whenever that changes.

The states are those that query libraries for user interfaces know (TanStack Query, for one): hidden, pending, late,
failed, live, ended, dropped. They are handled once, here; a tab says what to ask and what to do with the answer.
"""

from collections.abc import Callable
from typing import Any, Concatenate

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QWidget

from engine.core.messages import Answer, Job, JobEnded, JobFailed, Message
from gui.state.link.bridge import Bridge
from gui.state.link.clock import CLOCK, Clock

# After an answer that follows a training, the view rests this many times as long as the answer took. An answer takes
# turns with the training and halves its speed, so following costs about a sixteenth of the time, plus the painting.
REST = 10


class Request[**P]:
    """A job to start: `make(session, *args, **kwargs)`."""

    def __init__(self, make: Callable[Concatenate[Any, P], Job], *args: P.args, **kwargs: P.kwargs) -> None:
        self.make, self.args, self.kwargs = make, args, kwargs


class Query(QObject):
    """Sends the request that `ask` returns whenever it is refreshed, and passes on answers to the latest request only.

    During the delivery of a message it asks after all listeners have heard it: another one may change the lens.

    Hidden: while `view` is not visible nothing is asked; when it is shown again, the latest request is made up for.
    Pending: at most one request per `every_ms`, none before the last one has ended. The latest request always runs.
    Late: answers to earlier requests are ignored. With `patience_ms`, a request that comes after the current one has
    taken that long replaces it; 0 replaces it at once, for requests about different things.
    Failed: `refused` gets the sentence. Ended: the signal, with or without an answer before it.
    Live: `follow` refreshes for new weights of a network that trains, at most once per `live_ms`, and rests afterwards.
    Dropped: no request is waiting, and no answer will be heard.

    `ask` returns `None` if there is nothing to ask, the number of a job that answers already, such as one that a
    `ControlledJob` steers, or the answer itself if the engine is not needed.
    """

    ended = Signal()
    # A request has ended or was dropped, or there was nothing to ask: `is_pending` may have become false.
    settled = Signal()
    asked = Signal(bool)  # whether there was something to ask, now that it was tried
    heard = Signal(object)  # carries an answer that the listeners have taken in

    def __init__(
        self,
        bridge: Bridge,
        view: QWidget,
        ask: Callable[[], Request[...] | Answer | int | None],
        *,
        every_ms: int = 40,
        live_ms: int = 0,
        patience_ms: int | None = None,
        refused: Callable[[str], None] | None = None,
        clock: Clock = CLOCK,
    ) -> None:
        super().__init__(view)
        self._bridge, self._view, self._ask, self._clock = bridge, view, ask, clock
        self.every_ms = every_ms  # minimum interval between two requests
        self._live_ms, self._patience_ms = live_ms, patience_ms
        self._job: int | None = None
        self._asked_at = self._rests_until = 0.0
        self._is_wanted = self._is_answered = False
        # Whether the request that is wanted, and the one that is asked, follow a training; whether there were new
        # weights since.
        self._wants_live = self._is_live = self._has_news = False
        self._every = clock.timer(self, self._go)
        self._rest = clock.timer(self, self.refresh)
        self._live = clock.timer(self, self._follow_now)
        self.listen(JobEnded, lambda _: self._end())
        if refused is not None:
            self.listen(JobFailed, lambda message: refused(message.sentence))
        view.installEventFilter(self)

    @property
    def is_asking(self) -> bool:
        """Whether an answer is to come."""
        return self._job is not None

    @property
    def is_due(self) -> bool:
        """Whether it will be asked, as far as the view can be seen."""
        return (self._is_wanted or self._rest.isActive()) and self._view.isVisible()

    @property
    def is_pending(self) -> bool:
        """Whether an answer is to come, or will be asked for."""
        return self.is_asking or self.is_due

    def listen[M: Message](self, message_class: type[M], listener: Callable[[M], None]) -> None:
        """Call `listener` with such answers to the latest request."""

        def listen(message: M) -> None:
            listener(message)
            self.heard.emit(message)

        self._bridge.listen(message_class, listen, job=lambda: self._job)

    def refresh(self) -> None:
        """Ask now or as soon as it may be: what the answer depends on has changed."""
        self._rest.stop()  # what these two timers would ask, this request asks now
        self._live.stop()
        self._is_wanted, self._wants_live, self._has_news = True, False, False
        waited_ms = 1000 * (self._clock.now() - self._asked_at)
        if self._patience_ms is not None and waited_ms >= self._patience_ms:
            self._stop_job()
        self._go()

    def refresh_after(self, ms: int) -> None:
        """Refresh when that has not been wanted for so long (debounce)."""
        self._rest.start(ms)

    def follow(self) -> None:
        """Ask when the view has rested: the network that is looked at has new weights."""
        if self._is_live:
            self._has_news = True
        elif not (self._wants_live or self._live.isActive()):
            rest = 1000 * (self._rests_until - self._clock.now())
            self._live.start(max(self._live_ms, round(rest)))

    def answered(self) -> None:
        """Note that the answer has arrived: what the job still adds to it gives way to the next request."""
        self._is_answered = True
        self._go()

    def drop(self) -> None:
        """End the request, want none any more and hear nothing of it."""
        was_pending = self.is_pending
        self._stop_job()
        self._rest.stop()
        self._live.stop()
        self._is_wanted = self._wants_live = self._is_live = self._has_news = False
        if was_pending:
            self.settled.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask what was missed while the view was hidden."""
        if event.type() == QEvent.Type.Show:
            self._go()
        return super().eventFilter(watched, event)

    def _follow_now(self) -> None:
        self._is_wanted = self._wants_live = True
        self._go()

    def _go(self) -> None:
        self._bridge.afterwards(self._go_now)

    def _go_now(self) -> None:
        if not self._is_wanted or self._every.isActive() or not self._view.isVisible():
            return
        if self._job is not None and (self._wants_live or not self._is_answered):
            return
        self._stop_job()
        self._is_wanted = self._is_answered = False
        self._is_live, self._wants_live = self._wants_live, False
        request = self._ask()
        self.asked.emit(request is not None)
        if request is None:
            self._is_live = False
            self.settled.emit()
            return
        self._asked_at = self._clock.now()
        if self.every_ms:
            self._every.start(self.every_ms)
        if isinstance(request, Answer):
            self._job = self._bridge.tell(request)
            self._bridge.deliver()
            return
        if isinstance(request, int):
            self._job = request
        else:
            self._job = self._bridge.ask(request.make, *request.args, **request.kwargs)

    def _stop_job(self) -> None:
        if self._job is not None:
            self._bridge.runner.stop(self._job)
        self._job = None

    def _end(self) -> None:
        self._job = None
        if self._is_live:
            now = self._clock.now()
            self._is_live, self._rests_until = False, now + REST * (now - self._asked_at)
        self.ended.emit()
        if self._has_news:
            self._has_news = False
            self.follow()
        self._go()
        self.settled.emit()
