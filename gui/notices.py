"""News for the person: one line at a time, never a dialog; what was told can be read again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from PySide6.QtCore import QObject, Signal

from engine.data.fitting import DATA_AND_NETWORK
from engine.jobs import DatasetOpened
from engine.messages import JobFailed, Notice
from engine.session_jobs import SessionOpened
from gui.bridge import Bridge
from gui.one_shot import one_shot

NEWS_MS = 12_000
"""Plain news goes by itself after that; what failed stays until it is closed."""

MOST_WAITING, MOST_REMEMBERED = 20, 200


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One piece of news. `details` is text for whoever mends a bug."""

    sentence: str
    hint: str = ""
    details: str = ""
    failure: bool = False
    topic: str = ""
    """What it is about, where newer news of the same makes it void."""
    time: datetime = field(default_factory=datetime.now, compare=False)

    @property
    def text(self) -> str:
        """Sentence and hint."""
        return f"{self.sentence} {self.hint}".strip()


class Notices(QObject):
    """The news that waits to be read, the oldest first, and the memory of all."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.waiting: deque[NoticeLine] = deque()
        self.history: deque[NoticeLine] = deque(maxlen=MOST_REMEMBERED)
        self._timer = one_shot(self, self.close_current)

    def listen_to(self, bridge: Bridge) -> None:
        """Tell all that the engine has to say to the person."""
        bridge.listen(Notice, lambda message: self.tell(message.sentence, message.hint, message.topic))
        bridge.listen(JobFailed, self._take_failure)
        for other in (DatasetOpened, SessionOpened):
            bridge.listen(other, lambda _: self._take_back(DATA_AND_NETWORK))

    @property
    def current(self) -> NoticeLine | None:
        """The line to be read now."""
        return self.waiting[0] if self.waiting else None

    def tell(self, sentence: str, hint: str = "", topic: str = "") -> None:
        """Show a piece of news, instead of one on the same topic that still waits; no sentence takes that back."""
        if not sentence:
            self._take_back(topic)
            return
        line = NoticeLine(sentence, hint, topic=topic)
        places = [place for place, each in enumerate(self.waiting) if topic and each.topic == topic]
        if not places:
            self._add(line)
            return
        if self.waiting[places[0]] in self.history:
            self.history.remove(self.waiting[places[0]])
        self.history.append(line)
        self.waiting[places[0]] = line
        if places[0] == 0:
            self._show()

    def fail(self, sentence: str, hint: str = "", details: str = "", topic: str = "") -> None:
        """Show that something failed."""
        self._add(NoticeLine(sentence, hint, details, failure=True, topic=topic))

    def close_current(self) -> None:
        """Go on to the next line."""
        if self.waiting:
            self.waiting.popleft()
            self._show()

    def _take_back(self, topic: str) -> None:
        """Let nobody read any more what is no longer true; the memory of what was told keeps it."""
        current = self.current
        self.waiting = deque(line for line in self.waiting if line.topic != topic)
        if self.current is current:
            self.changed.emit()
        else:
            self._show()

    def _take_failure(self, message: JobFailed) -> None:
        self.fail(message.sentence, message.hint, message.details, message.topic)

    def _add(self, line: NoticeLine) -> None:
        if line in self.waiting:
            return  # a film would tell it at each moment
        self.history.append(line)
        if len(self.waiting) >= MOST_WAITING:
            return
        self.waiting.append(line)
        if len(self.waiting) == 1:
            self._show()
        else:
            self.changed.emit()

    def _show(self) -> None:
        self._timer.stop()
        if self.current and not self.current.failure:
            self._timer.start(NEWS_MS)
        self.changed.emit()
