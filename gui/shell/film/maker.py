"""A film over training: the lens goes through the snapshots, and each is a frame as soon as the tab shows it.

The window is the person's meanwhile: another tab may be looked at, and the film waits until its own is seen again.
Whoever looks at another snapshot gives it up. Nothing here waits: answers and a beat drive it, a process of its own
writes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from engine.core.errors import UserError
from engine.core.messages import JobEnded, JobFailed
from engine.core.numbers import plural
from engine.export.film.job import FilmAllowed, ask_film
from engine.export.film.process import FilmProcess, Written
from engine.export.film.settings import FilmFile, FilmSpec
from gui.shell.film.frames import fitted, frame_of
from gui.state.link.clock import CLOCK, Clock
from gui.state.training.run_progress import TimeLeft, duration

if TYPE_CHECKING:
    from engine.core.lens import Lens
    from gui.state.link.bridge import Bridge
    from gui.state.notices import Notices
    from gui.state.time.timeline import Timeline
    from gui.widgets.tab import Tab

BEAT_MS = 8
"""How often it is looked whether the tab shows all that was asked for."""

CALM_BEATS = 3
"""Consecutive ticks at which a tab must be settled: it lays out an answer only after showing it."""

MOST_WAITING = 3
"""Frames that may wait to be compressed: each takes a few megabytes."""

CHANGE_SECONDS = 0.1
"""Minimum interval between reports of the progress, in seconds."""

TOPIC = "film"

ANOTHER = "The film was given up: another snapshot, run or set of neurons was chosen meanwhile."
GIVEN_UP = "The film was given up; nothing was saved."
GONE = "The film was given up: what it was made of is no longer there."
A_BUG = "Layerlight made a mistake while it wrote the film."

type State = Literal["none", "asking", "filming", "writing", "ending"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FilmRequest:
    """The film that is wanted: of what, where it goes, which run's moments it shows, how it is to be."""

    tab: Tab
    view: QWidget
    """The tab, or a panel in it."""
    path: Path
    run: str
    steps: tuple[int, ...]
    spec: FilmSpec
    holds_scale: bool = True
    """Whether colours are to mean at every moment what they mean at the last one, as far as the tab can do that."""


class FilmMaker(QObject):
    """Makes one film at a time, from `begin` until its `state` is `none` again."""

    changed = Signal()
    """Its state or its progress are others now."""

    def __init__(
        self,
        bridge: Bridge,
        timeline: Timeline,
        notices: Notices,
        parent: QObject | None = None,
        *,
        clock: Clock = CLOCK,
    ) -> None:
        super().__init__(parent)
        self.state: State = "none"
        self.result = ""
        """What became of the last film, in words."""
        self.failure: UserError | RuntimeError | None = None
        """Why there is none."""
        self._bridge, self._timeline, self._notices, self._clock = bridge, timeline, notices, clock
        self._selection = timeline.selection
        self._wish: FilmRequest | None = None
        self._job: int | None = None
        self._process: FilmProcess | None = None
        self._size: QSize | None = None
        self._before: Lens | None = None
        self._looked: Lens | None = None
        self._place = -1
        """Which of the wish's moments is looked at; -1: the last one, for the film's size and its colours."""
        self._let_go: Callable[[], object] | None = None
        """Undoes that the colours are held."""
        self._calm, self._told_at = 0, 0.0
        self._left = TimeLeft(clock.now)
        self._timer = clock.timer(self, self._beat)
        bridge.listen(FilmAllowed, lambda _: self._begin(), job=lambda: self._job)
        bridge.listen(JobFailed, self._refuse, job=lambda: self._job)
        bridge.listen(JobEnded, lambda _: self._forget_job(), job=lambda: self._job)
        self._selection.changed.connect(self._show_selection)

    @property
    def is_busy(self) -> bool:
        """Whether a film is being made."""
        return self.state != "none"

    @property
    def total(self) -> int:
        """How many frames the film is to have."""
        return len(self._wish.steps) if self._wish else 0

    @property
    def done(self) -> int:
        """How many of them are in the film."""
        return self._process.done if self._process else 0

    @property
    def waits(self) -> bool:
        """Whether it waits until its tab is seen again."""
        return self.state == "filming" and self._wish is not None and not self._wish.tab.isVisible()

    @property
    def words(self) -> str:
        """How far it is: `Snapshot 12 of 60 · 4 s left`."""
        if not self.is_busy or self._wish is None:
            return ""
        if self.waits:
            return f"Goes on as soon as {self._wish.tab.TITLE} is shown"
        if self.state == "writing" and self.done == self.total:
            return "Writing the file"
        seconds = self._left.seconds()
        left = f" · {duration(seconds)} left" if seconds is not None else ""
        return f"Snapshot {min(self.done + 1, self.total)} of {self.total}{left}"

    def begin(self, wish: FilmRequest) -> None:
        """Make that film, unless one is being made; a notice says what cannot be filmed."""
        if self.is_busy:
            return
        self._wish, self.result, self.failure = wish, "", None
        self._job = self._bridge.ask(ask_film, wish.path)
        self._set_state("asking")

    def cancel(self) -> None:
        """Give the film up; nothing is left of it, and the window is as before."""
        if self.is_busy and self.state != "ending":
            self._give_up("")

    def finish(self, seconds: float = 1.0) -> None:
        """Give the film up because the window closes, and wait until nothing is left of it."""
        self.cancel()
        if self._process is not None:
            self._process.join(seconds)
        self._timer.stop()

    # The way through the moments ----------------------------------------------------------------------------------

    def _begin(self) -> None:
        wish = self._wish
        assert wish is not None
        self._timeline.play(False)
        self._before = self._selection.lens
        self._process, self._size, self._let_go = None, None, None
        self._left.forget()
        self._set_state("filming")
        self._look_at(-1)
        self._timer.start(BEAT_MS)

    def _look_at(self, place: int) -> None:
        wish, lens = self._wish, self._selection.lens
        assert wish is not None
        if lens is None:
            self._give_up(GONE)
            return
        self._place, self._calm = place, 0
        step = wish.steps[place]
        self._looked = dataclasses.replace(lens.at(step), run=wish.run)
        if lens.run != wish.run:  # what was silenced there is none of this run's neurons
            self._looked = dataclasses.replace(self._looked, silenced=frozenset(), adjusted=frozenset())
        self._selection.change(lens=self._looked)

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
            if self._clock.now() - self._told_at > CHANGE_SECONDS:
                self._tell()

    def _film(self) -> None:
        wish = self._wish
        assert wish is not None
        if not isValid(wish.view):
            self._give_up(GONE)
            return
        self._calm = self._calm + 1 if wish.tab.isVisible() and wish.tab.is_settled else 0
        is_behind = self._process is not None and self._process.waiting >= MOST_WAITING
        if self._calm < CALM_BEATS or is_behind:
            return
        if self._place < 0:
            self._open(wish)
        else:
            self._take_frame(wish)
        if self._place + 1 < len(wish.steps):
            self._look_at(self._place + 1)
        else:
            self._put_back()
            self._set_state("writing")

    def _open(self, wish: FilmRequest) -> None:
        """Begin the file: no moment has more to say in small print than the last one."""
        if wish.holds_scale:
            self._let_go = wish.tab.hold_scale()
        self._size = frame_of(wish.view, wish.spec.width).size()
        size = self._size.width(), self._size.height()
        self._process = FilmProcess(wish.path, FilmFile.of(wish.spec, size, len(wish.steps)))

    def _take_frame(self, wish: FilmRequest) -> None:
        assert self._size is not None and self._process is not None
        image = fitted(frame_of(wish.view, wish.spec.width), self._size)
        self._process.add(bytes(image.constBits()))
        self._left.update(self._place + 1, len(wish.steps))

    # Its end ------------------------------------------------------------------------------------------------------

    def _show_selection(self, changed: frozenset[str]) -> None:
        lens, ours = self._selection.lens, self._looked
        if self.state != "filming" or "lens" not in changed or lens == ours or ours is None:
            return
        run = self._bridge.runs.seen(ours)
        is_same = run is not None and lens is not None and lens.run == run.name
        if run is not None and is_same and ours.moment is not None and not run.holds(ours.moment):
            self._looked = lens  # that moment is kept no longer, and the nearest one stands in for it
            return
        self._before = lens  # there a person wants to be
        self._give_up(ANOTHER)

    def _give_up(self, sentence: str) -> None:
        if self._process is not None:
            self._process.close()
        self._put_back()
        self.result = sentence or GIVEN_UP
        if sentence:
            self.failure = UserError(sentence)
            self._notices.tell(sentence, topic=TOPIC)
        self._set_state("ending")
        if self._job is not None:
            self._bridge.runner.stop(self._job)
            self._job = None
        self._timer.start(BEAT_MS)

    def _put_back(self) -> None:
        """Let everything be as before the film."""
        if self._let_go is not None:
            self._let_go()
        looked, self._looked, self._let_go = self._looked, None, None
        if looked is not None and self._before != self._selection.lens and self._before is not None:
            self._selection.change(lens=self._before)

    def _end(self, process: FilmProcess) -> None:
        wish, outcome, was_wanted = self._wish, process.outcome, self.state != "ending"
        assert wish is not None
        if self.state == "filming":
            self._put_back()
        self._process = None
        if isinstance(outcome, Written):
            size = f"{plural(len(wish.steps), 'snapshot')}, {outcome.bytes / 1e6:.1f} MB"
            self.result = f"Saved: {size}"
            self._notices.tell(f"Saved {wish.path}: {size}.", topic=TOPIC)
        elif isinstance(outcome, UserError):
            self.result, self.failure = outcome.sentence, outcome
            self._notices.fail(outcome.sentence, outcome.hint, topic=TOPIC)
        elif was_wanted:
            self.result, self.failure = A_BUG, outcome
            self._notices.fail(A_BUG, details=str(outcome), topic=TOPIC)
        self._set_state("none")

    def _refuse(self, failed: JobFailed) -> None:
        self.result, self.failure = failed.sentence, UserError(failed.sentence, hint=failed.hint)
        self._set_state("none")

    def _forget_job(self) -> None:
        self._job = None

    def _set_state(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self._tell()

    def _tell(self) -> None:
        self._told_at = self._clock.now()
        self.changed.emit()
