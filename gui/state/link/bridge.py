"""The bridge between window and engine: the only place where messages enter the window.

A timer at display rate empties the engine's mailbox, so no Qt signal crosses a thread, and a flood of messages costs no
more than a frame. A listener that raises affects neither other listeners nor the messages that are left.
"""

import contextlib
import itertools
import sys
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, Concatenate

from PySide6.QtCore import QObject, Qt, QTimer

from engine.core.mailbox import Letter, Mailbox
from engine.core.messages import Answer, Job, JobEnded, JobFailed, Message, Notice
from engine.core.runner import AnyRunner
from engine.session.jobs.data import DatasetOpened
from gui.look.class_names import use_names, use_names_of_run
from gui.state.link.clock import one_shot
from gui.state.training.runs import Runs

DISPLAY_PERIOD_MS = 16

# While a person waits for an answer the mailbox is emptied at this interval, for so long at most, in ms.
HURRIED_MS, LONGEST_MS = 2, 80

# Maximum time that one delivery may block the window; the messages that are left wait for the next one.
BUDGET_SECONDS = 0.1

# Messages for the person: all listeners get them, even of a job that one tab asked for.
FOR_THE_PERSON = (JobFailed, Notice)


def late(module: str, job: str) -> Callable[..., Job]:
    """Return the `job` of a module that is imported when it begins: the window must not wait for what it imports."""

    def make(session: Any, *args: Any, **how: Any) -> Job:
        return getattr(import_module(module), job)(session, *args, **how)

    return make


@dataclass(frozen=True, slots=True)
class _Listener:
    call: Callable[[Any], None]
    job: Callable[[], int | None] | None
    shared: bool
    overhears: bool = False

    def hears(self, letter: Letter, is_private: bool) -> bool:
        if self.overhears:
            return True
        if self.job is None:
            return not is_private or isinstance(letter.message, FOR_THE_PERSON)
        return letter.job == self.job() or (self.shared and not is_private)


type _Listeners = defaultdict[type[Message], list[_Listener]]


class Bridge(QObject):
    """Passes the engine's messages to listeners by message class, in the order in which they were posted."""

    def __init__(self, runner: AnyRunner, mailbox: Mailbox, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.runner = runner
        self.sending_job = 0  # number of the job that posted the current message, or the last one
        self.dataset: DatasetOpened | None = None  # the open data
        self.data = ""  # their fingerprint
        self.awaits_session = False  # whether the session of the start is yet to be opened
        self._mailbox = mailbox
        self._listeners: _Listeners = defaultdict(list)
        self._letters: deque[Letter] = deque()
        # The letters since `hold`, each with whether its job was private, and the listeners that will get them.
        self._held: deque[tuple[Letter, bool]] | None = None
        self._late: _Listeners = defaultdict(list)
        self._private: set[int] = set()
        self._numbers = itertools.count(-1, -1)  # of jobs that the engine does not know
        self._afterwards: dict[Callable[[], None], None] = {}  # an ordered set
        # Number of calls of `deliver` that are running: more than one if a listener runs an event loop of its own.
        self._deliveries = 0
        use_names(())
        use_names_of_run(())
        # The names of classes and the model of runs listen first, so every other listener finds them up to date.
        # Passing messages to models before views would not do: the order among models would be left open.
        self.listen(DatasetOpened, self._take_data)
        self.runs = Runs(self, self.listen)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.deliver)
        self._timer.start(DISPLAY_PERIOD_MS)
        self._calm = one_shot(self, partial(self._timer.start, DISPLAY_PERIOD_MS), ms=LONGEST_MS)

    def submit[**P](self, make: Callable[Concatenate[Any, P], Job], *args: P.args, **kwargs: P.kwargs) -> int:
        """Run the job `make(session, *args, **kwargs)` and return its number; all listeners get its messages."""
        return self.runner.submit(make, *args, **kwargs)

    def ask[**P](self, make: Callable[Concatenate[Any, P], Job], *args: P.args, **kwargs: P.kwargs) -> int:
        """Like `submit`, but only listeners that name this job (see `listen`) get its messages."""
        number = self.runner.submit(make, *args, **kwargs)
        self._private.add(number)
        self.hurry()
        return number

    def tell(self, answer: Answer) -> int:
        """Return the number of a private job that has only this answer, which the next delivery passes on."""
        number = next(self._numbers)
        self._private.add(number)
        self._letters += Letter(number, answer), Letter(number, JobEnded(outcome="done"))
        return number

    def listen[M: Message](
        self,
        message_class: type[M],
        listener: Callable[[M], None],
        job: Callable[[], int | None] | None = None,
        *,
        shared: bool = False,
    ) -> None:
        """Call `listener` with each message of the class and of its subclasses.

        With `job`, only messages of the job that it returns at that time are passed on, so late answers are dropped.
        With `shared`, messages of jobs from `submit` are passed on as well.
        """
        self._add(message_class, _Listener(listener, job, shared))

    def hurry(self) -> None:
        """Empty the mailbox more often for a while: a person waits for an answer."""
        self._timer.start(HURRIED_MS)
        self._calm.start()

    def overhear[M: Message](self, message_class: type[M], listener: Callable[[M], None]) -> None:
        """Call `listener` with each message of the class, from any request, late answers included."""
        self._add(message_class, _Listener(listener, None, shared=True, overhears=True))

    def hold(self) -> None:
        """Hold back the messages from all listeners that are added from now on, until `release`."""
        self._held = deque()

    @property
    def is_holding(self) -> bool:
        """Whether messages are held back from some listeners: the window is not complete yet."""
        return self._held is not None

    def release(self) -> None:
        """Pass on the messages since `hold` to the listeners that were added meanwhile: as if these had been there."""
        with self._delivering():
            while self._held:
                letter, is_private = self._held.popleft()
                self._pass_on(letter, self._late, is_private)
            for message_class, listeners in self._late.items():
                self._listeners[message_class] += listeners
            self._late.clear()
            self._held = None

    def afterwards(self, call: Callable[[], None]) -> None:
        """Call `call` once at the end of the current delivery; at once if there is none.

        For what depends on many messages, or on what other listeners do with one. A query asks then: another listener
        may change the lens, and which lens is asked about must not depend on the order of listeners.
        """
        if self._deliveries:
            self._afterwards[call] = None
        else:
            call()

    def deliver(self) -> None:
        """Pass unread messages to the listeners."""
        # One queue for all calls keeps the order if a listener runs an event loop of its own.
        self._letters.extend(self._mailbox.drain())
        deadline = time.monotonic() + BUDGET_SECONDS
        with self._delivering():
            while self._letters and time.monotonic() < deadline:
                letter = self._letters.popleft()
                is_private = letter.job in self._private
                if self._held is not None:
                    self._held.append((letter, is_private))
                self._pass_on(letter, self._listeners, is_private)
                if isinstance(letter.message, JobEnded):
                    self._private.discard(letter.job)

    def close(self) -> None:
        self._timer.stop()
        self._calm.stop()

    def _take_data(self, message: DatasetOpened) -> None:
        self.dataset, self.data = message, message.fingerprint
        use_names(message.names, message.fingerprint)

    def _add(self, message_class: type[Message], listener: _Listener) -> None:
        (self._listeners if self._held is None else self._late)[message_class].append(listener)

    @contextlib.contextmanager
    def _delivering(self) -> Iterator[None]:
        self._deliveries += 1
        try:
            yield
            while self._afterwards:
                call = next(iter(self._afterwards))
                del self._afterwards[call]
                _try(call)
        finally:
            self._deliveries -= 1

    def _pass_on(self, letter: Letter, listeners: _Listeners, is_private: bool) -> None:
        for message_class in type(letter.message).__mro__:
            for listener in tuple(listeners.get(message_class, ())):
                if listener.hears(letter, is_private):
                    self.sending_job = letter.job
                    _try(partial(listener.call, letter.message))


def _try(call: Callable[[], None]) -> None:
    try:
        call()
    except Exception:
        # As Qt does with a slot that raises: the hook logs it and tells the person (see gui.shell.process.crash).
        sys.excepthook(*sys.exc_info())
