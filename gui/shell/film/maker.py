"""Makes a film over training: the lens goes through the snapshots, and each is a frame once the tab shows it.

It is made in the person's window, not in a hidden one: it shows what is seen, with the order, zoom and drawing of the
tab, and no tab needs to know how it is copied. While another tab is shown the film waits, and another snapshot cancels
it. A timer drives it. A process of its own compresses the frames: that takes as long as painting them, and a process
can be killed.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from engine.core.errors import UserError
from engine.core.language import mark, tr, tr_plural
from engine.core.lens import Lens
from engine.core.messages import JobEnded, JobFailed
from engine.export.film.process import FilmAllowed, FilmProcess, ask_film
from engine.export.film.settings import FilmFile, FilmSpec
from gui.look.theme import theme
from gui.state.link.bridge import Bridge
from gui.state.link.clock import CLOCK, Clock
from gui.state.notices import Notices
from gui.state.time.timeline import Timeline
from gui.state.training.run_progress import TimeLeft, duration
from gui.widgets.figures.figure import image_of
from gui.widgets.tab import Tab

BEAT_MS = 8  # interval in ms at which the tab is checked for missing answers

# Consecutive beats at which a tab must be settled: it lays out an answer only after showing it.
CALM_BEATS = 3

MOST_WAITING = 3  # maximum number of frames that wait to be compressed: each takes a few megabytes
CHANGE_SECONDS = 0.1  # minimum interval between reports of the progress, in seconds
TOPIC = "film"
GIVEN_UP = mark("The film was given up; nothing was saved.")
GONE = mark("The film was given up: what it was made of is no longer there.")
A_BUG = mark("Layerlight made a mistake while it wrote the film.")

type State = Literal["none", "asking", "filming", "writing", "ending"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FilmRequest:
    """What to film, the file, the run and its snapshots, and the settings of the film."""

    tab: Tab
    view: QWidget  # the tab, or a panel in it
    path: Path
    run: str
    steps: tuple[int, ...]
    spec: FilmSpec
    # Whether the colour scale of the last snapshot is used for all, if the tab can do that. A scale that follows each
    # snapshot would hide what grows.
    holds_scale: bool = True


class FilmMaker(QObject):
    """Makes one film at a time, from `begin` until its `state` is `none` again."""

    changed = Signal()  # state or progress changed

    def __init__(self, bridge: Bridge, timeline: Timeline, notices: Notices, clock: Clock = CLOCK) -> None:
        super().__init__(bridge)
        self.state: State = "none"
        self.result = ""  # the outcome of the last film, in words
        self.failure: UserError | RuntimeError | None = None  # why the last film was not made
        self._bridge, self._timeline, self._notices, self._clock = bridge, timeline, notices, clock
        self._selection = timeline.selection
        self._request: FilmRequest | None = None
        self._job: int | None = None
        self._process: FilmProcess | None = None
        self._size: QSize | None = None
        self._before: Lens | None = None  # the lens before the film
        self._shown: Lens | None = None  # the lens of the current frame
        # Number of the current snapshot in the request; -1: the last one, for the film's size and its colours.
        self._place = -1
        self._release_scale: Callable[[], object] | None = None
        self._calm, self._reported_at = 0, 0.0
        self._left = TimeLeft(clock.now)
        self._timer = clock.timer(self, self._beat)
        bridge.listen(FilmAllowed, lambda _: self._begin(), job=lambda: self._job)
        bridge.listen(JobFailed, self._refuse, job=lambda: self._job)
        bridge.listen(JobEnded, lambda _: self._forget_job(), job=lambda: self._job)
        self._selection.changed.connect(self._follow_selection)

    @property
    def is_busy(self) -> bool:
        return self.state != "none"

    @property
    def total(self) -> int:
        return len(self._request.steps) if self._request else 0

    @property
    def done(self) -> int:
        return self._process.done if self._process else 0

    @property
    def waits(self) -> bool:
        return self.state == "filming" and self._request is not None and not self._request.tab.isVisible()

    @property
    def words(self) -> str:
        """The progress: `Snapshot 12 of 60 · 4 s left`."""
        if not self.is_busy or self._request is None:
            return ""
        if self.waits:
            return tr("Goes on as soon as {tab} is shown", tab=tr(self._request.tab.TITLE))
        if self.state == "writing" and self.done == self.total:
            return tr("Writing the file")
        words = tr("Snapshot {number} of {count}", number=min(self.done + 1, self.total), count=self.total)
        if (seconds := self._left.seconds()) is not None:
            words += " · " + tr("{duration} left", duration=duration(seconds))
        return words

    def begin(self, request: FilmRequest) -> None:
        """Make a film, unless one is being made; a notice says what cannot be filmed."""
        if self.is_busy:
            return
        self._request, self.result, self.failure = request, "", None
        self._job = self._bridge.ask(ask_film, request.path)
        self._set_state("asking")

    def cancel(self) -> None:
        """Cancel the film; nothing is left of it, and the lens is as before."""
        if self.is_busy and self.state != "ending":
            self._give_up("")

    def finish(self, seconds: float = 1.0) -> None:
        """Cancel the film because the window closes, and wait until nothing is left of it."""
        self.cancel()
        if self._process is not None:
            self._process.join(seconds)
        self._timer.stop()

    def _begin(self) -> None:
        self._timeline.play(False)
        self._before = self._selection.lens
        self._process, self._size, self._release_scale = None, None, None
        self._left.forget()
        self._set_state("filming")
        self._show(-1)
        self._timer.start(BEAT_MS)

    def _show(self, place: int) -> None:
        request, lens = self._request, self._selection.lens
        assert request is not None
        if lens is None:
            self._give_up(tr(GONE))
            return
        self._place, self._calm = place, 0
        shown = dataclasses.replace(lens.at(request.steps[place]), run=request.run)
        if lens.run != request.run:  # its silenced neurons mean nothing in this run
            shown = dataclasses.replace(shown, silenced=frozenset(), adjusted=frozenset())
        self._shown = shown
        self._selection.change(lens=shown)

    def _beat(self) -> None:
        if self.state == "filming":
            self._film()
        process = self._process
        if process is not None and process.ended and self.is_busy:
            self._end(process)
        elif self.state == "ending" and process is None:
            self._set_state("none")
        if self.is_busy:
            self._timer.start(BEAT_MS)
            if self._clock.now() - self._reported_at > CHANGE_SECONDS:
                self._report()

    def _film(self) -> None:
        request = self._request
        assert request is not None
        if not isValid(request.view):
            self._give_up(tr(GONE))
            return
        self._calm = self._calm + 1 if request.tab.isVisible() and request.tab.is_settled else 0
        is_behind = self._process is not None and self._process.waiting >= MOST_WAITING
        if self._calm < CALM_BEATS or is_behind:
            return
        if self._place < 0:
            if request.holds_scale:
                self._release_scale = request.tab.hold_scale()
            # In the size of the last snapshot, which has the most small print.
            self._size = frame_of(request.view, request.spec.width).size()
            size = self._size.width(), self._size.height()
            self._process = FilmProcess(request.path, FilmFile.of(request.spec, size, len(request.steps)))
        else:
            assert self._size is not None and self._process is not None
            image = fitted(frame_of(request.view, request.spec.width), self._size)
            self._process.add(bytes(image.constBits()))
            self._left.update(self._place + 1, len(request.steps))
        if self._place + 1 < len(request.steps):
            self._show(self._place + 1)
        else:
            self._put_back()
            self._set_state("writing")

    def _follow_selection(self, changed: frozenset[str]) -> None:
        lens, ours = self._selection.lens, self._shown
        if self.state != "filming" or "lens" not in changed or lens == ours or ours is None:
            return
        run = self._bridge.runs.seen(ours)
        is_same = run is not None and lens is not None and lens.run == run.name
        if run is not None and is_same and ours.moment is not None and not run.holds(ours.moment):
            self._shown = lens  # that snapshot was removed, and the nearest one is selected
            return
        self._before = lens  # the person's choice stays
        self._give_up(tr("The film was given up: another snapshot, run or set of neurons was chosen meanwhile."))

    def _give_up(self, sentence: str) -> None:
        if self._process is not None:
            self._process.close()
        self._put_back()
        self.result = sentence or tr(GIVEN_UP)
        if sentence:
            self.failure = UserError(sentence)
            self._notices.tell(sentence, topic=TOPIC)
        self._set_state("ending")
        if self._job is not None:
            self._bridge.runner.stop(self._job)
            self._job = None
        self._timer.start(BEAT_MS)

    def _put_back(self) -> None:
        if self._release_scale is not None:
            self._release_scale()
        shown, self._shown, self._release_scale = self._shown, None, None
        if shown is not None and self._before != self._selection.lens and self._before is not None:
            self._selection.change(lens=self._before)

    def _end(self, process: FilmProcess) -> None:
        request, outcome, is_cancelled = self._request, process.outcome, self.state == "ending"
        assert request is not None
        if self.state == "filming":
            self._put_back()
        self._process = None
        if isinstance(outcome, int):
            count = tr_plural("{count:,} snapshot", "{count:,} snapshots", len(request.steps))
            film = tr("{snapshots}, {size:.1f} MB", snapshots=count, size=outcome / 1e6)
            self.result = tr("Saved: {film}", film=film)
            self._notices.tell(tr("Saved {path}: {film}.", path=request.path, film=film), topic=TOPIC)
        elif isinstance(outcome, UserError):
            self.result, self.failure = outcome.sentence, outcome
            self._notices.fail(outcome.sentence, outcome.hint, topic=TOPIC)
        elif not is_cancelled:
            self.result, self.failure = tr(A_BUG), outcome
            self._notices.fail(tr(A_BUG), details=str(outcome), topic=TOPIC)
        self._set_state("none")

    def _refuse(self, failed: JobFailed) -> None:
        self.result, self.failure = failed.sentence, UserError(failed.sentence, hint=failed.hint)
        self._set_state("none")

    def _forget_job(self) -> None:
        self._job = None

    def _set_state(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self._report()

    def _report(self) -> None:
        self._reported_at = self._clock.now()
        self.changed.emit()


def frame_of(view: QWidget, width: int) -> QImage:
    """Return the figure of a widget, `width` pixels wide, with four bytes a pixel; a narrower one is scaled down."""
    image = image_of(view, ratio=max(1.0, width / view.width()))
    image.setDevicePixelRatio(1)
    if image.width() != width:
        image = image.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
    return image.convertToFormat(QImage.Format.Format_RGB32)


def fitted(image: QImage, size: QSize) -> QImage:
    """Return a frame in the size of the film.

    Small print with another number of lines is cut off or leaves room below; if the window was resized meanwhile, the
    picture is scaled down.
    """
    if image.size() == size:
        return image
    frame = QImage(size, QImage.Format.Format_RGB32)
    frame.fill(theme().current.color("window"))
    painter = QPainter(frame)
    if abs(image.height() - size.height()) > size.height() // 10:
        whole, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        image = image.scaled(size, whole, smooth)
    painter.drawImage((size.width() - image.width()) // 2, 0, image)
    painter.end()
    return frame
