"""What dragging the time slider costs while a run trains, and how fast the window follows the hand."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QMouseEvent

from engine.bench.traces import TracesCounted, count_traces
from engine.data.sources import open_dataset
from engine.messages import Job
from engine.specs import PRESETS, TrainSpec
from engine.training.messages import StepsDone
from gui.bench import Pulse, show_train_tab, spread
from gui.run_controls import train
from gui.stage import Stage
from gui.tabs.train import TrainTab
from gui.time_slider import TimeSlider
from gui.widgets.curve_plot import CurvePlot
from gui.widgets.histogram import Histogram

ROUNDS, SECONDS, PAUSE_SECONDS = 12, 1.5, 0.2
MOMENTS = 60
MOVE_MS = 16
"""A mouse tells its place about that often."""

IMAGES = 18_000_000
"""The run is to go on for longer than it is measured."""


def bench_slider(dataset: str | None, rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, Any]:
    """Return the figures for the first preset on `dataset` (`None`: the data there is)."""
    data, _ = open_dataset(dataset)
    spec = PRESETS["blog"].spec.but(epochs=max(2 * MOMENTS, min(10_000, IMAGES // len(data.train_images))))
    meter = Meter()
    stage = Stage(meter.train)
    try:
        stage.open(dataset)
        show_train_tab(stage)
        timeline = stage.application.timeline
        stage.controls.start(spec)
        stage.wait_for(lambda: timeline.run and len(timeline.run.steps) >= MOMENTS, 300)
        figures = _measure(stage, meter, rounds, seconds)
    finally:
        stage.finish()
    return {"platform": QGuiApplication.platformName(), "data": data.summary, **figures}


def slider_lines(figures: dict[str, Any]) -> list[str]:
    """Return the figures of `bench_slider` as lines for the terminal."""
    gap = figures["gui_gap_ms"]
    return [
        f"Time slider on {figures['platform']}, {figures['data']}",
        f"  updates          {figures['weights_per_second']:.1f} weight histograms a second, "
        f"{figures['cursors_per_second']:.1f} cursors",
        f"  training         {figures['steps_per_second']:,.0f} steps a second, "
        f"{figures['steps_per_second_dragged']:,.0f} while dragging ({100 * figures['speed_kept']:.0f} % kept)",
        f"  traces           {figures['traces']} new ones of TensorFlow's functions",
        f"  heartbeat, ms    p50 {gap['p50']:.1f}, p99 {gap['p99']:.1f}, longest {gap['max']:.1f}",
    ]


class Meter:
    """Training that notes on the engine's thread which step it is at, and when."""

    def __init__(self) -> None:
        self._seen: list[tuple[float, int]] = []

    def train(self, session: Any, spec: TrainSpec) -> Job:
        """Return the job of training."""
        job = train(session, spec)
        message = next(job)
        try:
            while True:
                changes = yield message
                message = job.send(changes)
                if isinstance(message, StepsDone):
                    self._seen.append((time.perf_counter(), message.last_step))
        except StopIteration:
            return
        finally:
            job.close()

    def steps_per_second(self, begin: float, end: float) -> float:
        """Return the speed between two times of the clock; 0 where fewer than two turns ended."""
        seen = [each for each in self._seen if begin <= each[0] <= end]
        if len(seen) < 2:
            return 0.0
        return (seen[-1][1] - seen[0][1]) / (seen[-1][0] - seen[0][0])


class Hand(QObject):
    """A mouse that drags the slider from moment to moment, there and back, as fast as a mouse tells its places."""

    def __init__(self, slider: TimeSlider, steps: list[int]) -> None:
        super().__init__()
        self._slider, self._way = slider, steps[::-1] + steps[1:-1]
        self._at = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._move)

    def press(self) -> None:
        """Press the button and begin to move."""
        self._send(QEvent.Type.MouseButtonPress, Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton)
        self._timer.start(MOVE_MS)

    def release(self) -> None:
        """Come to rest and let the button go."""
        self._timer.stop()
        self._send(QEvent.Type.MouseButtonRelease, Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton)

    def _move(self) -> None:
        self._at += 1
        self._send(QEvent.Type.MouseMove, Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton)

    def _send(self, kind: QEvent.Type, button: Qt.MouseButton, buttons: Qt.MouseButton) -> None:
        place = self._slider.place_of(self._way[self._at % len(self._way)])
        shown = QPointF(self._slider.mapToGlobal(place.toPoint()))
        event = QMouseEvent(kind, place, shown, button, buttons, Qt.KeyboardModifier.NoModifier)
        QCoreApplication.sendEvent(self._slider, event)


class Pictures(QObject):
    """Counts how often a widget is painted with something new in it."""

    def __init__(self, widget: QObject, content: Callable[[], object]) -> None:
        super().__init__()
        self.count = 0
        self._content, self._last = content, content()
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look at what is about to be painted."""
        if event.type() == QEvent.Type.Paint and (content := self._content()) is not self._last:
            self.count, self._last = self.count + 1, content
        return False


def _measure(stage: Stage, meter: Meter, rounds: int, seconds: float) -> dict[str, Any]:
    timeline, slider = stage.application.timeline, stage.window.findChild(TimeSlider)
    tab = next(tab for tab in stage.window.all_tabs() if isinstance(tab, TrainTab))
    plot: CurvePlot = tab.loss.plot
    histogram = tab.findChild(Histogram, "train.health.weights.1")
    assert timeline.run is not None and isinstance(slider, TimeSlider) and isinstance(histogram, Histogram)
    weights, cursors = (
        Pictures(histogram, lambda: histogram.now),
        Pictures(plot.viewport(), lambda: timeline.selection.lens),
    )
    hand, pulse = Hand(slider, timeline.run.steps[:MOMENTS]), Pulse(stage.window)
    dragged: list[float] = []
    shown: list[tuple[float, float]] = []
    before = _traces(stage)
    rested = [_rest(stage, meter, seconds)]
    for _ in range(rounds):
        hand.press()
        stage.live(PAUSE_SECONDS)
        counts, begin = (weights.count, cursors.count), time.perf_counter()
        pulse.start()
        dragged.append(_speed(stage, meter, seconds))
        pulse.stop()
        took = time.perf_counter() - begin
        shown.append(((weights.count - counts[0]) / took, (cursors.count - counts[1]) / took))
        hand.release()
        rested.append(_rest(stage, meter, seconds))
    # Each drag beside the rest before and after it: what else the machine does comes and goes.
    beside = [(one + other) / 2 for one, other in itertools.pairwise(rested)]
    return {
        "weights_per_second": statistics.median(each for each, _ in shown),
        "cursors_per_second": statistics.median(each for _, each in shown),
        "steps_per_second": statistics.median(rested),
        "steps_per_second_dragged": statistics.median(dragged),
        "speed_kept": statistics.median(drag / rest for drag, rest in zip(dragged, beside, strict=True)),
        "traces": _traces(stage) - before,
        "gui_gap_ms": spread(pulse.gaps),
    }


def _rest(stage: Stage, meter: Meter, seconds: float) -> float:
    stage.application.timeline.live()
    stage.live(PAUSE_SECONDS)
    return _speed(stage, meter, seconds)


def _speed(stage: Stage, meter: Meter, seconds: float) -> float:
    begin = time.perf_counter()
    stage.live(seconds)
    return meter.steps_per_second(begin, time.perf_counter())


def _traces(stage: Stage) -> int:
    """Ask the engine how many traces there are, and wait for the answer."""
    heard: list[int] = []
    job = stage.application.bridge.ask(count_traces)
    stage.application.bridge.listen(TracesCounted, lambda message: heard.append(message.traces), lambda: job)
    stage.wait_for(lambda: bool(heard))
    return heard[0]
