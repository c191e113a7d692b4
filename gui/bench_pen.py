"""How fast the answer follows the pen, at rest and while a network trains, and what drawing costs the training."""

from __future__ import annotations

import itertools
import statistics
import time
from typing import Any

from PySide6.QtGui import QGuiApplication

from engine.bundled import BUNDLED
from engine.data.sources import open_dataset
from engine.specs import PRESETS
from gui.bench import Pulse, spread
from gui.bench_slider import IMAGES, Meter
from gui.hand import Hand
from gui.pen_waits import PenWaits
from gui.stage import Stage
from gui.tabs.draw import DrawTab

ROUNDS, SECONDS, PAUSE_SECONDS = 8, 4.0, 0.3


def bench_pen(dataset: str | None, rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, Any]:
    """Return the figures for the bundled network at rest, and for the first preset while it trains on `dataset`."""
    data, _ = open_dataset(dataset)
    spec = PRESETS["blog"].spec.but(epochs=max(10, min(10_000, IMAGES // len(data.train_images))))
    meter = Meter()
    stage = Stage(meter.train)
    try:
        stage.open(dataset)
        tab = show_draw_tab(stage)
        stage.application.sessions.open(BUNDLED)
        stage.wait_for(lambda: stage.application.selection.lens is not None)
        hand = Hand(tab.canvas)
        drawing = _Drawing(stage, hand, PenWaits(tab, hand), Pulse(stage.window))
        drawing.draw(seconds)  # compiles what explains the answers
        at_rest = drawing.measured(lambda: drawing.draw(rounds * seconds))
        stage.controls.start(spec)
        stage.wait_for(lambda: stage.progress.step > 2 * stage.progress.steps_per_epoch, 300)
        drawing.draw(seconds)
        speeds: dict[str, Any] = {}
        trained = drawing.measured(lambda: speeds.update(_speeds(drawing, meter, rounds, seconds)))
    finally:
        stage.finish()
    return {
        "platform": QGuiApplication.platformName(),
        "data": data.summary,
        "at_rest": at_rest,
        "training": trained,
        **speeds,
    }


def pen_lines(figures: dict[str, Any]) -> list[str]:
    """Return the figures of `bench_pen` as lines for the terminal."""
    lines = [f"Pen on {figures['platform']}, {figures['data']}; from event to painted bars, in milliseconds"]
    for name, title in (("at_rest", "at rest"), ("training", "while training")):
        for key, of in (("wait_ms", title), ("gui_gap_ms", "  heartbeat")):
            each = figures[name][key]
            lines.append(
                f"  {of:<16} p50 {each['p50']:5.1f}, p95 {each['p95']:5.1f}, p99 {each['p99']:5.1f}, "
                f"longest {each['max']:5.1f}  ({each['n']:,})"
            )
        lines.append(f"    window         {100 * figures[name]['window_share']:.0f} % of a core")
    lines.append(
        f"  training         {figures['steps_per_second']:,.0f} steps a second, "
        f"{figures['steps_per_second_drawn']:,.0f} while drawing ({100 * figures['speed_kept']:.0f} % kept)"
    )
    return lines


def show_draw_tab(stage: Stage) -> DrawTab:
    """Bring the Draw tab to the front and return it."""
    tab = next(tab for tab in stage.window.all_tabs() if isinstance(tab, DrawTab))
    stage.window.tabs.setCurrentWidget(tab)
    return tab


class _Drawing:
    """A hand at work, with what measures it."""

    def __init__(self, stage: Stage, hand: Hand, waits: PenWaits, pulse: Pulse) -> None:
        self.stage, self._hand, self._waits, self._pulse = stage, hand, waits, pulse
        self._drawn = self._busy = 0.0

    def draw(self, seconds: float) -> None:
        """Let the hand draw for so long."""
        begin, busy = time.perf_counter(), time.thread_time()
        self._hand.start()
        self._pulse.start()
        self.stage.live(seconds)
        self._pulse.stop()
        self._hand.stop()
        self._drawn += time.perf_counter() - begin
        self._busy += time.thread_time() - busy

    def measured(self, act: Any) -> dict[str, Any]:
        """Return how long pen and heartbeat waited meanwhile."""
        self._waits.forget()
        self._pulse.gaps.clear()
        self._drawn = self._busy = 0.0
        act()
        return {
            "wait_ms": spread([1000 * each for each in self._waits.seconds]),
            "gui_gap_ms": spread(self._pulse.gaps),
            "window_share": self._busy / self._drawn,
        }


def _speeds(drawing: _Drawing, meter: Meter, rounds: int, seconds: float) -> dict[str, float]:
    """Draw and rest in turn; return the steps a second, and which share of them drawing leaves."""
    rested, drawn = [_rest(drawing.stage, meter, seconds)], list[float]()
    for _ in range(rounds):
        begin = time.perf_counter()
        drawing.draw(seconds)
        drawn.append(meter.steps_per_second(begin, time.perf_counter()))
        rested.append(_rest(drawing.stage, meter, seconds))
    beside = [(one + other) / 2 for one, other in itertools.pairwise(rested)]
    return {
        "steps_per_second": statistics.median(rested),
        "steps_per_second_drawn": statistics.median(drawn),
        "speed_kept": statistics.median(draw / rest for draw, rest in zip(drawn, beside, strict=True)),
    }


def _rest(stage: Stage, meter: Meter, seconds: float) -> float:
    stage.live(PAUSE_SECONDS)
    begin = time.perf_counter()
    stage.live(seconds)
    return meter.steps_per_second(begin, time.perf_counter())
