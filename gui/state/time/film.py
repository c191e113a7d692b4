"""Training as a film: all kept moments of the run that is looked at, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

if TYPE_CHECKING:
    from engine.core.lens import Share
    from gui.state.time.timeline import Timeline

SPEEDS = (2, 5, 10, 20)
"""Moments a second that can be chosen."""


class Film(QObject):
    """Moves the timeline by a clock; whatever else moves it ends the film."""

    changed = Signal()
    """It began or ended, or its speed is another one."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__(timeline)
        self.speed = 10
        self._timeline = timeline
        self._at: tuple[str, int | None, tuple[Share, ...]] | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.advance)
        timeline.selection.changed.connect(self._show_selection)

    @property
    def playing(self) -> bool:
        """Whether it is on."""
        return self._timer.isActive()

    def play(self, on: bool) -> None:
        """Play from the current snapshot, from the first one at the end; or pause."""
        if on == self.playing:
            return
        run = self._timeline.run
        if on and (run is None or len(run.steps) < 2):
            return
        if on:
            assert run is not None
            if self._timeline.is_live or self._timeline.position >= run.steps[-1]:
                self._move_to(run.steps[0])
            self._remember()
            self._timer.start(round(1000 / self.speed))
        else:
            self._timer.stop()
        self.changed.emit()

    def set_speed(self, speed: int) -> None:
        """Set the number of moments a second."""
        self.speed = speed
        if self.playing:
            self._timer.start(round(1000 / speed))
        self.changed.emit()

    def advance(self) -> None:
        """Show the next moment; the newest is now, and the end."""
        run = self._timeline.run
        step = run.beside(self._timeline.position, 1) if run else None
        if run is None or step is None or step == run.steps[-1]:
            self.play(False)
            self._timeline.live()
        else:
            self._move_to(step)

    def _move_to(self, step: int) -> None:
        run = self._timeline.run
        assert run is not None
        self._at = run.name, step, ()
        self._timeline.go(step)

    def _remember(self) -> None:
        lens = self._timeline.selection.lens
        self._at = (lens.run, lens.moment, lens.mixed) if lens else None

    def _show_selection(self, changed: frozenset[str]) -> None:
        lens = self._timeline.selection.lens
        if (
            "lens" in changed
            and self.playing
            and (lens is None or (lens.run, lens.moment, lens.mixed) != self._at)
        ):
            self.play(False)
