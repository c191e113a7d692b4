"""Veils over pictures of an earlier network or earlier data, until the answer for the selected ones is shown."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Self

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QWidget

from engine.core.language import mark, tr
from engine.core.lens import Lens
from engine.core.messages import JobEnded, JobFailed, Message
from gui.look.focus_ring import up_to_window
from gui.look.fonts import font, metrics
from gui.look.theme import theme
from gui.state.link.clock import Clock
from gui.state.link.query import Query
from gui.widgets.painted import CENTER, WAITING, Bar, Words, draw, smooth_painter

LATE_MS = 250  # a picture that is replaced sooner is not marked, which would flicker
OPACITY = 0.65  # opacity of a veil over a picture that may stay visible
NETWORK_BEFORE, DATA_BEFORE = mark("Of the network before"), mark("Of the data before")

type Shows = Callable[[Message], Iterable[QWidget]]  # returns the pictures that show an answer


class Subject(NamedTuple):
    """The network and the data that a picture shows."""

    session: int  # the number of the session
    lens: Lens | None  # `None` if it shows no network
    content: Lens | None  # the result of `Runs.content` for the lens
    data: str | None  # fingerprint of the data; `None` if it shows none
    names: tuple[tuple[str, ...], ...]  # names of the classes of the data, and of the network's answers

    def has_other_network(self, now: Self) -> bool:
        """Return whether `now` has another network; new weights of a running training do not count."""
        if self.lens is None or now.lens is None:
            return False
        before, after = (self.session, self.content), (now.session, now.content)
        return (self.session, self.lens) != (now.session, now.lens) and before != after

    def has_other_data(self, now: Self) -> bool:
        return self.data is not None and self.data != now.data


class Veils:
    """The veils of a tab, one for each picture."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._veils: dict[QWidget, Veil] = {}

    @property
    def marked(self) -> list[QWidget]:
        return [picture for picture, veil in self._veils.items() if veil.words]

    def watch(self, query: Query, shows: Shows, subject: Callable[[], Subject]) -> None:
        """Give the pictures that show an answer, by `shows`, the subject of its request."""
        asked, shown = subject(), set[QWidget]()

        def clear() -> None:
            """Clear the visible pictures, in whose place a sentence is shown."""
            self.clear(*filter(QWidget.isVisible, shown))

        def take_request(is_something: bool) -> None:
            nonlocal asked
            asked = subject()
            if not is_something:
                clear()

        def take_answer(message: Message) -> None:
            if isinstance(message, JobFailed):
                clear()
            elif not isinstance(message, JobEnded):
                for picture in shows(message):
                    shown.add(picture)
                    self.show(picture, asked, subject)

        query.asked.connect(take_request)
        query.heard.connect(take_answer)

    def show(self, picture: QWidget, of: Subject, now: Callable[[], Subject]) -> None:
        """Set the subject of a picture, which is marked once `now` returns another one."""
        if picture not in self._veils:
            self._veils[picture] = Veil(picture, now, self._clock)
        self._veils[picture].set_subject(of)

    def clear(self, *pictures: QWidget) -> None:
        """Remove the marks of pictures that have become empty."""
        for picture in self._veils.keys() & set(pictures):
            self._veils[picture].set_subject(None)

    def update(self) -> None:
        for veil in self._veils.values():
            veil.follow()


class Veil(QWidget):
    """Covers a picture after `LATE_MS`, translucent with a caption; at once if painted names of classes are wrong."""

    def __init__(self, picture: QWidget, now: Callable[[], Subject], clock: Clock) -> None:
        super().__init__(picture)
        self._now = now
        self._of: Subject | None = None
        self._hides = False
        self._timer = clock.timer(self, self._mark)
        self.words = ""  # the caption; empty if the picture is not marked
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        picture.installEventFilter(self)
        theme().changed.connect(self.update)
        self.hide()

    def set_subject(self, of: Subject | None) -> None:
        self._of = of
        self._timer.stop()
        self.follow()

    def follow(self) -> None:
        of, now = self._of, self._now()
        is_before = of is not None and (of.has_other_network(now) or of.has_other_data(now))
        if not is_before or not self._picture.isVisible():
            self._timer.stop()
            self.words = ""
        elif not self.words and not self._timer.isActive():
            self._timer.start(LATE_MS)
        self._hides = is_before and of is not None and of.names != now.names
        self._show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover the whole picture; start to wait again when it was hidden."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide):
            self.follow()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fade the picture, and paint the caption."""
        painter = smooth_painter(self)
        panel = next((part for part in up_to_window(self._picture) if part.property("look") == "panel"), None)
        radius, inset = (metrics()["radius"]["panel"], 1) if panel is self._picture else (0, 0)
        area, color = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), "surface" if panel else "window"
        draw(painter, Bar(area, color, 1.0 if self._hides else OPACITY, radius))
        letters, space = QFontMetricsF(font("caption")), metrics()["space"]
        wide = min(letters.horizontalAdvance(self.words) + 2 * space["small"], float(self.width()))
        high = letters.height() + space["small"]
        if not self.words or self.height() < 2 * high:
            return
        place = QRectF((self.width() - wide) / 2, min(space["large"], self.height() / 2), wide, high)
        draw(painter, Bar(place, "raised", radius=high / 2), Words(place, self.words, side=CENTER))

    @property
    def _picture(self) -> QWidget:
        picture = self.parentWidget()
        assert picture is not None
        return picture

    def _mark(self) -> None:
        if (of := self._of) is not None:
            before = DATA_BEFORE if of.has_other_data(self._now()) else NETWORK_BEFORE
            self.words = tr(WAITING if self._hides else before)
            self.setAccessibleName(self.words)
            self._show()

    def _show(self) -> None:
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not self._hides)
        self.setGeometry(self._picture.rect())
        self.setVisible(bool(self.words) or self._hides)
        self.raise_()
        self.update()
