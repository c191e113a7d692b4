"""The engine thread: it alone advances jobs, so it alone touches TensorFlow and the session.

To pause a job is not to advance it, to step it is to advance it until a given message, to stop it is to close its
generator. So a job needs neither a lock nor a stop flag, and no exception of a job ends the thread.
"""

import contextlib
import itertools
import logging
import os
import queue
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Concatenate, Literal

from engine.core.errors import NotYetError, UserError
from engine.core.language import tr
from engine.core.mailbox import Mailbox
from engine.core.messages import Changes, Job, JobEnded, JobFailed, JobPaused, JobResumed, JobStarted, Message, Rest

log = logging.getLogger(__name__)

NOBODY = 0  # the job number of messages that come from no particular job
# Niceness of the engine's thread and of TensorFlow's, which it starts. The window's thread has three times the weight
# of each, so it need not wait until one of them has used up its time slice.
NICENESS = 5
REST_SECONDS = 2.0  # without an order or a turn, after which `at_rest` is called
END_SECONDS = 10.0  # time-out of `at_end`, which may have to finish writing a large file


@dataclass(slots=True, eq=False)
class _Turn:
    number: int
    job: Job
    make: Callable[[], Job]
    paused: bool = False
    until: type[Message] | None = None
    changes: dict[str, float | str] = field(default_factory=dict)
    started: bool = False
    period: float = 0.0
    due: float = 0.0


class Runner[S]:
    """One thread that advances jobs over one session; the newest job has the next turn, then all take turns.

    Every method returns at once, from any thread; the request is carried out between two turns and answered by a
    message. `at_end` is called on the thread after all jobs have been stopped, `at_rest` once whenever nothing has been
    done for `REST_SECONDS`. `mend` gets each exception of a job; where it has fixed the cause, it returns messages
    about it, and the job is restarted.
    """

    def __init__(
        self,
        session: S,
        mailbox: Mailbox,
        at_end: Callable[[], object] = lambda: None,
        mend: Callable[[BaseException], Sequence[Message]] = lambda _: (),
        at_rest: Callable[[], object] = lambda: None,
    ) -> None:
        self._session = session
        self._mailbox = mailbox
        self.together = threading.Lock()  # orders given while it is held are carried out between the same two turns
        self._at_end, self._mend, self._at_rest = at_end, mend, at_rest
        self._is_rested = True
        self._ending = threading.Event()
        self._numbers = itertools.count(1)
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._turns: deque[_Turn] = deque()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="engine", daemon=True)
        self._thread.start()

    def submit[**P](self, make: Callable[Concatenate[S, P], Job], *args: P.args, **kwargs: P.kwargs) -> int:
        """Run `make(session, *args, **kwargs)` on the engine thread and return the job's number."""
        number = next(self._numbers)
        self._orders.put(partial(self._begin, number, partial(make, self._session, *args, **kwargs)))
        return number

    def pause(self, number: int) -> None:
        """Pause the job after its current turn; answered by `JobPaused`."""
        self._orders.put(partial(self._set_paused, number, paused=True))

    def resume(self, number: int) -> None:
        """Resume a paused job; answered by `JobResumed`."""
        self._orders.put(partial(self._set_paused, number, paused=False))

    def step(self, number: int, until: type[Message]) -> None:
        """Advance the job until it hands out a message of class `until`, then pause it; answered by `JobPaused`."""
        self._orders.put(partial(self._step, number, until))

    def change(self, number: int, changes: Changes) -> None:
        """Send new values of live knobs to the job with its next turn."""
        self._orders.put(partial(self._change, number, dict(changes)))

    def pace(self, number: int, turns_per_second: float | None) -> None:
        """Limit the job's turns per second for slow motion; `None` is full speed."""
        self._orders.put(partial(self._pace, number, 1 / turns_per_second if turns_per_second else 0.0))

    def stop(self, number: int) -> None:
        """Close the job after its current turn; answered by `JobEnded`."""
        self._orders.put(partial(self._stop, number))

    def stop_others(self, numbers: Collection[int]) -> None:
        """Close all jobs but these after the current turn."""
        self._orders.put(partial(self._stop_others, frozenset(numbers)))

    def close(self, timeout: float = 5.0) -> bool:
        """Stop all jobs and the thread; return whether it ended within `timeout` and `END_SECONDS`."""
        self._orders.put(self._close)
        if self._ending.wait(timeout):
            self._thread.join(END_SECONDS)
        return not self._thread.is_alive()

    def _work(self) -> None:
        if sys.platform.startswith("linux"):  # elsewhere niceness is that of a process
            os.nice(NICENESS)
        while not self._closing:
            self._obey_orders()
            now = time.monotonic()
            turn = next((turn for turn in self._turns if not turn.paused and turn.due <= now), None)
            if turn is not None:
                self._advance(turn)
        self._ending.set()
        try:
            self._at_end()
        except BaseException:  # nobody reads the mailbox any more, so it goes into the log
            log.exception("What is done at the end failed.")

    def _obey_orders(self) -> None:
        """Carry out all orders; wait for one while no job has a turn, and rest meanwhile."""
        dues = [turn.due for turn in self._turns if not turn.paused]
        wait = max(0.0, min(dues) - time.monotonic()) if dues else None if self._is_rested else REST_SECONDS
        with contextlib.suppress(queue.Empty):
            while True:
                order = self._orders.get(timeout=wait) if wait != 0 else self._orders.get_nowait()
                with self.together:  # until those that belong to it are there, too
                    pass
                order()
                wait, self._is_rested = 0, False
        if not dues and wait:  # no order came
            self._at_rest()
            self._is_rested = True

    def _advance(self, turn: _Turn) -> None:
        changes, turn.changes = turn.changes or None, {}
        if turn.period:
            turn.due = time.monotonic() + turn.period
        try:
            # A generator cannot receive anything before its first yield, so early changes wait for the second turn.
            message = turn.job.send(changes) if turn.started else next(turn.job)
        except (StopIteration, NotYetError):
            self._end(turn, "done")
            return
        except BaseException as error:  # a job's SystemExit must not end the thread that all others need
            news = self._mend(error)
            if news:
                for message in news:  # for all views, not only for those that asked for the job
                    self._mailbox.post(NOBODY, message)
                turn.job, turn.started = turn.make(), False
            else:
                self._fail(turn, error)
            return
        if not turn.started:
            turn.started, turn.changes = True, {**(changes or {}), **turn.changes}
        self._turns.remove(turn)
        self._turns.append(turn)
        if isinstance(message, Rest):
            turn.due = max(turn.due, time.monotonic() + message.seconds)
        elif message is not None:
            self._mailbox.post(turn.number, message)
            if turn.until is not None and isinstance(message, turn.until):
                turn.until, turn.paused = None, True
                self._mailbox.post(turn.number, JobPaused())

    def _begin(self, number: int, make: Callable[[], Job]) -> None:
        self._mailbox.post(number, JobStarted())
        try:
            job = make()
        except BaseException as error:  # as in _advance
            self._mailbox.post(number, failure_of(error))
            self._mailbox.post(number, JobEnded(outcome="failed"))
            return
        self._turns.appendleft(_Turn(number, job, make))

    def _set_paused(self, number: int, *, paused: bool) -> None:
        if turn := self._find(number):
            turn.paused, turn.until = paused, None
            self._mailbox.post(number, JobPaused() if paused else JobResumed())

    def _step(self, number: int, until: type[Message]) -> None:
        if turn := self._find(number):
            turn.paused, turn.until, turn.due = False, until, 0.0

    def _change(self, number: int, changes: dict[str, float | str]) -> None:
        if turn := self._find(number):
            turn.changes.update(changes)

    def _pace(self, number: int, period: float) -> None:
        if turn := self._find(number):
            turn.period, turn.due = period, 0.0

    def _stop(self, number: int) -> None:
        if turn := self._find(number):
            try:
                turn.job.close()
            except BaseException as error:  # raised in a `finally` of the job
                self._fail(turn, error)
            else:
                self._end(turn, "stopped")

    def _stop_others(self, numbers: Collection[int]) -> None:
        for turn in list(self._turns):
            if turn.number not in numbers:
                self._stop(turn.number)

    def _close(self) -> None:
        self._stop_others(())
        self._closing = True

    def _find(self, number: int) -> _Turn | None:
        return next((turn for turn in self._turns if turn.number == number), None)

    def _fail(self, turn: _Turn, error: BaseException) -> None:
        self._mailbox.post(turn.number, failure_of(error))
        self._end(turn, "failed")

    def _end(self, turn: _Turn, outcome: Literal["done", "stopped", "failed"]) -> None:
        self._turns.remove(turn)
        self._mailbox.post(turn.number, JobEnded(outcome=outcome))


def failure_of(error: BaseException) -> JobFailed:
    """Return the message about an exception of a job; anything but a `UserError` is a bug and is logged."""
    if isinstance(error, UserError):
        return JobFailed(sentence=error.sentence, hint=error.hint, topic=error.topic)
    details = "".join(traceback.format_exception(error))
    log.error("A job failed.\n%s", details)
    sentence = tr("Layerlight made a mistake while it computed.")
    return JobFailed(sentence=sentence, hint=tr("The log has the details."), details=details)


type AnyRunner = Runner[Any]
