"""How fast the answer follows the pen, at rest and while a network trains, and what drawing costs the training."""

from __future__ import annotations

import statistics
import time
from typing import Any

from PySide6.QtGui import QGuiApplication

from bench.window.figures import say_spread, share_kept, spread
from bench.window.hand import Hand
from bench.window.pen_waits import PenWaits
from bench.window.pulse import Pulse
from bench.window.slider import IMAGES
from bench.window.timed_training import TimedTraining
from engine.core.specs import PRESETS
from engine.data.sources import open_dataset
from gui.stage.stage import Stage
from gui.tabs.draw.tab import DrawTab

ROUNDS, SECONDS, PAUSE_SECONDS = 8, 4.0, 0.3


def measure(dataset: str | None, rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, Any]:
    """Return the figures for the bundled network at rest, and for the first preset while it trains on `dataset`."""
    data, _ = open_dataset(dataset)
    spec = PRESETS["blog"].spec.but(epochs=max(10, min(10_000, IMAGES // len(data.train_images))))
    training = TimedTraining()
    with Stage(training.train) as stage:
        stage.open(dataset)
        tab = stage.show_tab(DrawTab)
        stage.open_bundled()
        hand = Hand(tab.canvas)
        drawing = _Drawing(stage, hand, PenWaits(tab, hand), Pulse(stage.window))
        drawing.draw(seconds)  # compiles what explains the answers
        at_rest = drawing.measured(lambda: drawing.draw(rounds * seconds))
        stage.controls.start(spec)
        stage.wait_for(lambda: stage.progress.step > 2 * stage.progress.steps_per_epoch, 300)
        drawing.draw(seconds)
        speeds: dict[str, Any] = {}
        trained = drawing.measured(lambda: speeds.update(_speeds(drawing, training, rounds, seconds)))
    return {
        "platform": QGuiApplication.platformName(),
        "data": data.summary,
        "at_rest": at_rest,
        "training": trained,
        **speeds,
    }


def lines(figures: dict[str, Any]) -> list[str]:
    """Return the figures as lines for the terminal."""
    told = [f"Pen on {figures['platform']}, {figures['data']}; from event to painted bars, in milliseconds"]
    for name, title in (("at_rest", "at rest"), ("training", "while training")):
        for key, of in (("wait_ms", title), ("gui_gap_ms", "  heartbeat")):
            each = figures[name][key]
            told.append(f"  {of:<16} {say_spread(each)}  ({each['n']:,})")
        told.append(f"    window         {100 * figures[name]['window_share']:.0f} % of a core")
    told.append(
        f"  training         {figures['steps_per_second']:,.0f} steps a second, "
        f"{figures['steps_per_second_drawn']:,.0f} while drawing ({100 * figures['speed_kept']:.0f} % kept)"
    )
    return told


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


def _speeds(drawing: _Drawing, training: TimedTraining, rounds: int, seconds: float) -> dict[str, float]:
    """Draw and rest in turn; return the steps a second, and which share of them drawing leaves."""
    rested, drawn = [_rest(drawing.stage, training, seconds)], list[float]()
    for _ in range(rounds):
        drawn.append(training.speed_while(lambda: drawing.draw(seconds)))
        rested.append(_rest(drawing.stage, training, seconds))
    return {
        "steps_per_second": statistics.median(rested),
        "steps_per_second_drawn": statistics.median(drawn),
        "speed_kept": share_kept(rested, drawn),
    }


def _rest(stage: Stage, training: TimedTraining, seconds: float) -> float:
    stage.live(PAUSE_SECONDS)
    return training.speed_while(lambda: stage.live(seconds))
