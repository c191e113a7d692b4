"""What a measured start has beside the window: a hand that draws at once, and a look at the clock."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from bench.window.painted import Painted
from engine.session.jobs.data import EngineReady
from gui.shell.process.tab_building import TabsFound

if TYPE_CHECKING:
    from bench.window.hand import Hand
    from bench.window.pen_waits import PenWaits
    from gui.shell.application import Application

LAST_MS = 500  # so long it is drawn on when TensorFlow is there


class StartWatch(QObject):
    """Notes when what is there, draws, prints the times as one line of JSON and ends the application."""

    def __init__(self, application: Application) -> None:
        super().__init__(application)
        self._application = application
        self._times: dict[str, float] = {}
        self._hand: Hand | None = None
        self._waits: PenWaits | None = None
        self._window = Painted(application.window, lambda: self._note("painted"))
        application.bridge.listen(TabsFound, lambda _: self._look_at_canvas())
        application.bridge.listen(EngineReady, lambda _: self._take_ready())

    def _note(self, name: str) -> None:
        self._times.setdefault(name, time.perf_counter())

    def _look_at_canvas(self) -> None:
        if self._hand is not None:
            return  # these are the other tabs
        # Only now: what these modules import, the first picture of the window does not wait for.
        from bench.window.hand import Hand
        from bench.window.pen_waits import PenWaits
        from gui.tabs.draw.tab import DrawTab

        tab = self._application.window.tabs.currentWidget()
        assert isinstance(tab, DrawTab), "a first start opens here"
        self._hand = Hand(tab.canvas)
        self._waits = PenWaits(tab, self._hand)
        self._canvas = Painted(tab.canvas, self._begin_to_draw)

    def _begin_to_draw(self) -> None:
        if "canvas" not in self._times and self._hand is not None:
            self._note("canvas")
            QTimer.singleShot(0, self, self._hand.start)

    def _take_ready(self) -> None:
        self._note("ready")
        QTimer.singleShot(LAST_MS, self, self._finish)

    def _finish(self) -> None:
        assert self._hand is not None and self._waits is not None
        self._hand.stop()
        told = self._times | {"answer": self._waits.first_painted, "longest_wait": max(self._waits.seconds)}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        self._application.leave()
