"""Notices for the person: one line, never a dialog; earlier ones can be read again."""

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Signal

from engine.core.errors import DATA_AND_NETWORK, UserError
from engine.core.messages import Job, JobFailed, Notice
from engine.core.text import printable
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened
from engine.session.session import PLACE, SessionSaved
from gui.state.link.bridge import Bridge
from gui.state.link.clock import one_shot

NEWS_MS = 12_000  # lifetime of plain news, shown or not; failures stay until they are closed
MOST_WAITING, MOST_REMEMBERED = 20, 200


class Offer(NamedTuple):
    """A button beside a notice: its text, what it does, and what is called once it was accepted or declined."""

    title: str
    take: Callable[[], object]
    answered: Callable[[], object]


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice. `details` is for the developer who fixes a bug."""

    sentence: str
    hint: str = ""
    details: str = ""
    failure: bool = False
    topic: str = ""  # a notice replaces an earlier one of the same topic
    # A line with an offer waits until it is accepted or closed.
    offer: Offer | None = field(default=None, compare=False)
    time: datetime = field(default_factory=datetime.now, compare=False)
    # When plain news disappears, in seconds of the clock of `Notices`.
    stale_at: float = field(default=0.0, compare=False)

    @property
    def text(self) -> str:
        return f"{self.sentence} {self.hint}".strip()


class Notices(QObject):
    """The notices that wait to be read, newest first, and the history of all. `clock` returns seconds."""

    changed = Signal()
    listWanted = Signal()  # a person wants to read all notices

    def __init__(self, parent: QObject | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self.waiting: deque[NoticeLine] = deque(maxlen=MOST_WAITING)
        self.history: deque[NoticeLine] = deque(maxlen=MOST_REMEMBERED)
        self._clock = clock
        self._timer = one_shot(self, self.drop_stale)

    def listen_to(self, bridge: Bridge) -> None:
        bridge.listen(Notice, self._take_notice)
        bridge.listen(JobFailed, lambda sent: self.fail(sent.sentence, sent.hint, sent.details, sent.topic))
        for event in (DatasetOpened, SessionOpened):
            bridge.listen(event, lambda _: self._take_back(DATA_AND_NETWORK))
        bridge.listen(SessionOpened, lambda _: self._take_back(PLACE))
        bridge.listen(SessionSaved, lambda saved: self._take_back(PLACE) if saved.is_saved else None)

    @property
    def current(self) -> NoticeLine | None:
        return self.waiting[0] if self.waiting else None

    def tell(self, sentence: str, hint: str = "", topic: str = "") -> None:
        """Show news in place of a waiting line of the same topic; an empty sentence only removes that line."""
        if not sentence:
            self._take_back(topic)
            return
        for line in [line for line in self.waiting if topic and line.topic == topic]:
            self.waiting.remove(line)
            if line in self.history:
                self.history.remove(line)
        self._add(NoticeLine(sentence, hint, topic=topic, stale_at=self._clock() + NEWS_MS / 1000))

    def fail(self, sentence: str, hint: str = "", details: str = "", topic: str = "") -> None:
        self._add(NoticeLine(sentence, hint, details, failure=True, topic=topic))

    def offer(self, sentence: str, offer: Offer, topic: str = "") -> None:
        """Show a line with a button after all news, until it is pressed, closed or replaced by its topic's next one."""
        self._add(NoticeLine(sentence, topic=topic, offer=offer, stale_at=math.inf))

    def withdraw_offers(self) -> None:
        """Remove all lines with an offer, which was accepted elsewhere."""
        self._keep(lambda line: line.offer is None)

    def take_offer(self) -> None:
        if (line := self.current) and line.offer:
            self.close_current()
            line.offer.take()

    def close_current(self) -> None:
        if self.waiting:
            line = self.waiting.popleft()
            if line.offer:
                line.offer.answered()
            self._follow()

    def drop_stale(self) -> None:
        """Remove plain news after its lifetime, also while newer news or a failure hides it."""
        now = self._clock()
        self._keep(lambda line: line.failure or line.stale_at > now)

    def _take_back(self, topic: str) -> None:
        """Remove a notice that is no longer true; the history keeps it."""
        self._keep(lambda line: line.topic != topic)

    def _take_notice(self, message: Notice) -> None:
        if message.lasting:
            self.fail(message.sentence, message.hint, topic=message.topic)
        else:
            self.tell(message.sentence, message.hint, message.topic)

    def _add(self, line: NoticeLine) -> None:
        # Sentences contain names, which may be a stranger's.
        line = replace(line, sentence=printable(line.sentence), hint=printable(line.hint))
        # A repeated line waits once and is remembered once: a film would repeat it at each snapshot.
        if line in self.waiting:
            self.waiting.remove(line)
        else:
            self.history.append(line)
        if line.offer is None:
            self.waiting.appendleft(line)
        elif len(self.waiting) < MOST_WAITING:
            self.waiting.append(line)  # below all news
        self._follow()

    def _keep(self, stays: Callable[[NoticeLine], bool]) -> None:
        self.waiting = deque(filter(stays, self.waiting), maxlen=MOST_WAITING)
        self._follow()

    def _follow(self) -> None:
        """Start the timer for the next line that becomes stale, and send `changed`."""
        self._timer.stop()
        if times := [line.stale_at for line in self.waiting if not (line.failure or line.offer)]:
            self._timer.start(max(1, round(1000 * (min(times) - self._clock()))))
        self.changed.emit()


def tell(session: Any, sentence: str, hint: str = "", topic: str = "") -> Job:
    """Show a notice in place of an earlier one of the same topic; an empty sentence only removes that."""
    yield Notice(sentence=sentence, hint=hint, topic=topic)


def refuse(session: Any, sentence: str, hint: str = "") -> Job:
    """Show an error."""
    yield None
    raise UserError(sentence, hint=hint)
