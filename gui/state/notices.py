"""Notices for the person: newest first, never a dialog; earlier ones can be read again."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from engine.core.messages import JobFailed, Notice
from engine.core.text import printable
from engine.model.network.fitting import DATA_AND_NETWORK
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened
from engine.session.session import PLACE, SessionSaved
from gui.state.link.bridge import Bridge
from gui.state.link.one_shot import one_shot

NEWS_MS = 12_000
"""Lifetime of a plain notice, shown or not; failures stay until they are closed."""

MOST_WAITING, MOST_REMEMBERED = 20, 200


class Offer(NamedTuple):
    """What a person may want: the words of its button, what it does, and what is done once it was answered."""

    title: str
    take: Callable[[], object]
    answered: Callable[[], object]


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice. `details` is text for the developer who fixes a bug."""

    sentence: str
    hint: str = ""
    details: str = ""
    failure: bool = False
    topic: str = ""
    """What it is about, where newer news of the same makes it void."""
    offer: Offer | None = field(default=None, compare=False)
    """What a button beside it does; such a line waits until somebody answers it."""
    time: datetime = field(default_factory=datetime.now, compare=False)
    stale_at: float = field(default=0.0, compare=False)
    """When plain news goes by itself, in seconds of the clock of `Notices`."""

    @property
    def text(self) -> str:
        """Sentence and hint."""
        return f"{self.sentence} {self.hint}".strip()


class Notices(QObject):
    """The news that waits to be read, the newest first, and the memory of all.

    `clock` returns seconds.
    """

    changed = Signal()
    listWanted = Signal()
    """A person wants to read all notices."""

    def __init__(self, parent: QObject | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self.waiting: deque[NoticeLine] = deque(maxlen=MOST_WAITING)
        self.history: deque[NoticeLine] = deque(maxlen=MOST_REMEMBERED)
        self._clock = clock
        self._timer = one_shot(self, self.drop_stale)

    def listen_to(self, bridge: Bridge) -> None:
        """Tell all that the engine has to say to the person."""
        bridge.listen(Notice, self._take_notice)
        bridge.listen(JobFailed, self._take_failure)
        for other in (DatasetOpened, SessionOpened):
            bridge.listen(other, lambda _: self._take_back(DATA_AND_NETWORK))
        bridge.listen(SessionOpened, lambda _: self._take_back(PLACE))
        bridge.listen(SessionSaved, lambda saved: self._take_back(PLACE) if saved.is_saved else None)

    @property
    def current(self) -> NoticeLine | None:
        """The line to be read now."""
        return self.waiting[0] if self.waiting else None

    def tell(self, sentence: str, hint: str = "", topic: str = "") -> None:
        """Show a piece of news, instead of one on the same topic that still waits; no sentence takes that back."""
        if not sentence:
            self._take_back(topic)
            return
        for line in [each for each in self.waiting if topic and each.topic == topic]:
            self.waiting.remove(line)
            if line in self.history:
                self.history.remove(line)
        self._add(NoticeLine(sentence, hint, topic=topic, stale_at=self._clock() + NEWS_MS / 1000))

    def fail(self, sentence: str, hint: str = "", details: str = "", topic: str = "") -> None:
        """Show that something failed."""
        self._add(NoticeLine(sentence, hint, details, failure=True, topic=topic))

    def offer(self, sentence: str, offer: Offer, topic: str = "") -> None:
        """Show one line with a button, after all news that wait.

        It stays until its button is pressed, it is closed, or its topic gets another notice.
        """
        self._add(NoticeLine(sentence, topic=topic, offer=offer, stale_at=math.inf))

    def withdraw_offers(self) -> None:
        """Let no line with a button wait any more: what it offers was answered elsewhere."""
        self._keep(lambda line: line.offer is None)

    def take_offer(self) -> None:
        """Do what the current line offers."""
        if (line := self.current) and line.offer:
            self.close_current()
            line.offer.take()

    def close_current(self) -> None:
        """Show the notice before this one."""
        if self.waiting:
            line = self.waiting.popleft()
            if line.offer:
                line.offer.answered()
            self._follow()

    def drop_stale(self) -> None:
        """Let plain news go that has had its time, also where newer news or a failure hides it."""
        now = self._clock()
        self._keep(lambda line: line.failure or line.stale_at > now)

    def _take_back(self, topic: str) -> None:
        """Hide a notice that is no longer true; the history keeps it."""
        self._keep(lambda line: line.topic != topic)

    def _take_notice(self, message: Notice) -> None:
        if message.lasting:
            self.fail(message.sentence, message.hint, topic=message.topic)
        else:
            self.tell(message.sentence, message.hint, message.topic)

    def _take_failure(self, message: JobFailed) -> None:
        self.fail(message.sentence, message.hint, message.details, message.topic)

    def _add(self, line: NoticeLine) -> None:
        line = replace(
            line, sentence=printable(line.sentence), hint=printable(line.hint)
        )  # names are in them
        # What is repeated waits once and is remembered once: a film would tell it at each moment.
        if line in self.waiting:
            self.waiting.remove(line)
        else:
            self.history.append(line)
        if line.offer is None:
            self.waiting.appendleft(line)
        elif len(self.waiting) < MOST_WAITING:
            self.waiting.append(line)  # it covers no news: it waits until somebody answers it
        self._follow()

    def _keep(self, wanted: Callable[[NoticeLine], bool]) -> None:
        self.waiting = deque(filter(wanted, self.waiting), maxlen=MOST_WAITING)
        self._follow()

    def _follow(self) -> None:
        """Wait until the next line is stale, and tell that the row is another."""
        self._timer.stop()
        if plain := [line.stale_at for line in self.waiting if not (line.failure or line.offer)]:
            self._timer.start(max(1, round(1000 * (min(plain) - self._clock()))))
        self.changed.emit()
