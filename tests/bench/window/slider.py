"""What dragging the time slider costs while a run trains, and how fast the window follows the hand.

The same of the road between two networks, once the run is stopped: from its end to its start with neurons matched, and
from one run to another in every tab.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

from bench.timing import TracesCounted, count_traces
from bench.window.figures import say_spread, share_kept, spread
from bench.window.mouse import send_mouse
from bench.window.pulse import Pulse
from bench.window.timed_training import TimedTraining
from engine.analysis.probes import comparison
from engine.core.lens import Lens, Share
from engine.core.messages import JobEnded, JobStarted, Message, Notice
from engine.core.specs import PRESETS, TrainSpec
from engine.data.sources import open_dataset
from gui.shell.bars.time_slider import TimeSlider
from gui.stage.stage import Stage, scenes_of
from gui.tabs.compare.tab import CompareTab
from gui.tabs.train.tab import TrainTab
from gui.widgets.forms.road_slider import PARTS, RoadSlider
from gui.widgets.plots.histogram import Histogram

if TYPE_CHECKING:
    from gui.state.link.bridge import Bridge
    from gui.widgets.tab import Scene, Tab

ROUNDS, SECONDS, PAUSE_SECONDS = 12, 1.5, 0.2
MOMENTS = 60
MOVE_MS = 16  # a mouse tells its place about that often

IMAGES = 18_000_000  # the run is to go on for longer than it is measured

WITHOUT_LENS = ("Data", "Experiments", "Warm-up")  # tabs that look at no network


def measure(dataset: str | None, rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, Any]:
    """Return the figures for the first preset on `dataset` (`None`: the data there is)."""
    data, _ = open_dataset(dataset)
    spec = PRESETS["blog"].spec.but(epochs=max(2 * MOMENTS, min(10_000, IMAGES // len(data.train_images))))
    training = TimedTraining()
    with Stage(training.train) as stage:
        stage.open(dataset)
        stage.show_tab(TrainTab)
        timeline = stage.application.timeline
        stage.controls.start(spec)
        stage.wait_for(lambda: timeline.run and len(timeline.run.steps) >= MOMENTS, 300)
        figures = _measure(stage, training, rounds, seconds)
        stage.controls.stop()
        stage.wait_for(lambda: stage.controls.state == "idle")
        figures["road"] = _measure_road(stage, rounds, seconds)
        figures["tabs"] = _measure_tabs(stage, spec, max(2, rounds // 4), seconds)
    return {"platform": QGuiApplication.platformName(), "data": data.summary, **figures}


def lines(figures: dict[str, Any]) -> list[str]:
    """Return the figures as lines for the terminal."""
    return [
        f"Time slider on {figures['platform']}, {figures['data']}",
        f"  updates          {figures['weights_per_second']:.1f} weight histograms a second, "
        f"{figures['cursors_per_second']:.1f} cursors",
        f"  training         {figures['steps_per_second']:,.0f} steps a second, "
        f"{figures['steps_per_second_dragged']:,.0f} while dragging ({100 * figures['speed_kept']:.0f} % kept)",
        f"  traces           {figures['traces']} new ones of TensorFlow's functions",
        f"  heartbeat, ms    {say_spread(figures['gui_gap_ms'])}",
        f"Road between two networks, neurons {'matched' if figures['road']['matched'] else 'as trained'}",
        f"  updates          {figures['road']['weights_per_second']:.1f} weight histograms a second",
        f"  traces           {figures['road']['traces']} new ones of TensorFlow's functions",
        f"  heartbeat, ms    {say_spread(figures['road']['gui_gap_ms'])}",
        "Road between two runs, in each tab: answers a second, and new traces",
        *(
            f"  {title:<16} {max(each['answers_per_second'].values(), default=0.0):5.1f}  {each['traces']:>3}   "
            + ", ".join(f"{kind} {rate:.1f}" for kind, rate in each["answers_per_second"].items())
            for title, each in figures["tabs"].items()
        ),
    ]


class SliderHand(QObject):
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
        self._send(QEvent.Type.MouseButtonPress)
        self._timer.start(MOVE_MS)

    def release(self) -> None:
        """Come to rest and let the button go."""
        self._timer.stop()
        self._send(QEvent.Type.MouseButtonRelease)

    def _move(self) -> None:
        self._at += 1
        self._send(QEvent.Type.MouseMove)

    def _send(self, kind: QEvent.Type) -> None:
        send_mouse(self._slider, kind, self._slider.place_of(self._way[self._at % len(self._way)]))


class RoadHand(QObject):
    """A hand that drags the slider along the road, there and back, in steps of a hundredth."""

    def __init__(self, slider: RoadSlider) -> None:
        super().__init__()
        self._slider, self._way = slider, [*range(PARTS), *range(PARTS, 0, -1)]
        self._at = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._move)

    def press(self) -> None:
        """Take the handle and begin to move."""
        self._slider.setSliderDown(True)
        self._timer.start(MOVE_MS)

    def release(self) -> None:
        """Come to rest and let the handle go."""
        self._timer.stop()
        self._slider.setSliderDown(False)

    def _move(self) -> None:
        self._at += 1
        self._slider.setValue(self._way[self._at % len(self._way)])


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


def _measure(stage: Stage, training: TimedTraining, rounds: int, seconds: float) -> dict[str, Any]:
    timeline, slider = stage.application.timeline, stage.widget(TimeSlider, "time.slider")
    histogram = stage.widget(Histogram, "train.health.weights.1")
    plot = stage.show_tab(TrainTab).loss.plot
    assert timeline.run is not None
    weights, cursors = (
        Pictures(histogram, lambda: histogram.now),
        Pictures(plot.viewport(), lambda: timeline.selection.lens),
    )
    hand, pulse = SliderHand(slider, timeline.run.steps[:MOMENTS]), Pulse(stage.window)
    dragged: list[float] = []
    shown: list[tuple[float, float]] = []
    before = _traces(stage)
    rested = [_rest(stage, training, seconds)]
    for _ in range(rounds):
        hand.press()
        stage.live(PAUSE_SECONDS)
        counts, begin = (weights.count, cursors.count), time.perf_counter()
        pulse.start()
        dragged.append(training.speed_while(lambda: stage.live(seconds)))
        pulse.stop()
        took = time.perf_counter() - begin
        shown.append(((weights.count - counts[0]) / took, (cursors.count - counts[1]) / took))
        hand.release()
        rested.append(_rest(stage, training, seconds))
    return {
        "weights_per_second": statistics.median(each for each, _ in shown),
        "cursors_per_second": statistics.median(each for _, each in shown),
        "steps_per_second": statistics.median(rested),
        "steps_per_second_dragged": statistics.median(dragged),
        "speed_kept": share_kept(rested, dragged),
        "traces": _traces(stage) - before,
        "gui_gap_ms": spread(pulse.gaps),
    }


def _measure_road(stage: Stage, rounds: int, seconds: float) -> dict[str, Any]:
    """Return how fast the Train tab follows a hand along the road from the run's end to its start, neurons matched."""
    timeline, selection = stage.application.timeline, stage.application.selection
    histogram = stage.widget(Histogram, "train.health.weights.1")
    assert timeline.run is not None
    share = Share(timeline.run.name, timeline.run.steps[0], 0.0, matched=True)
    selection.change(lens=Lens(timeline.run.name, mixed=(share,)))
    weights = Pictures(histogram, lambda: histogram.now)
    hand, pulse = RoadHand(stage.widget(RoadSlider, "time.road")), Pulse(stage.window)
    before, shown = _traces(stage), list[float]()
    for _ in range(rounds):
        hand.press()
        stage.live(PAUSE_SECONDS)
        count, begin = weights.count, time.perf_counter()
        pulse.start()
        stage.live(seconds)
        pulse.stop()
        shown.append((weights.count - count) / (time.perf_counter() - begin))
        hand.release()
    return {
        "matched": share.matched,
        "weights_per_second": statistics.median(shown),
        "traces": _traces(stage) - before,
        "gui_gap_ms": spread(pulse.gaps),
    }


def _measure_tabs(stage: Stage, spec: TrainSpec, rounds: int, seconds: float) -> dict[str, Any]:
    """Return for each tab how often it is answered while a hand drags along the road between two runs.

    Counted are requests that were answered, by what the answers are; a tab asks about several things of one network.
    Of Compare each page is a tab.
    """
    selection, runs = stage.application.selection, stage.application.bridge.runs
    one = stage.application.timeline.run
    assert one is not None
    stage.controls.start(spec.but(seed=spec.seed + 1, epochs=2))
    stage.wait_for(lambda: len(runs) > 1 and stage.controls.state == "idle", 300)
    other = runs.by_age()[-1]
    answers, hand = Answers(stage.application.bridge), RoadHand(stage.widget(RoadSlider, "time.road"))
    figures: dict[str, Any] = {}
    for title, tab, arrange in _views(stage):
        selection.change(lens=Lens(one.name))
        stage.show_tab(type(tab))
        for _ in arrange():
            stage.settle(tab)
        selection.change(lens=Lens(one.name, mixed=(Share(other.name, None, 0.0),)))
        stage.settle(tab)
        hand.press()
        stage.live(seconds)
        hand.release()
        stage.settle(tab)  # what is made at the first answer is made; nothing is painted while traces are counted
        before, rates = _traces(stage), list[dict[str, float]]()
        hand.press()
        for _ in range(rounds):
            answers.count.clear()
            begin = time.perf_counter()
            stage.live(seconds)
            took = time.perf_counter() - begin
            rates.append({kind: count / took for kind, count in answers.count.items()})
        hand.release()
        kinds = sorted({kind for each in rates for kind in each})
        medians = {kind: statistics.median(each.get(kind, 0.0) for each in rates) for kind in kinds}
        stage.settle(tab)
        figures[title] = {
            "answers_per_second": dict(sorted(medians.items(), key=lambda item: -item[1])),
            "traces": _traces(stage) - before,
        }
    return figures


def _views(stage: Stage) -> Iterator[tuple[str, Tab, Scene]]:
    """Yield what looks at one network and follows the lens, with what shows something of it there."""
    for tab in stage.window.all_tabs():
        if isinstance(tab, CompareTab):
            for page in comparison.PARTS:
                yield f"{tab.TITLE}, {page}", tab, partial(_turn_to, tab, page)
        elif tab.TITLE not in WITHOUT_LENS:
            scenes = scenes_of(tab)
            yield tab.TITLE, tab, scenes.get("", scenes.get("answer", lambda: iter(())))


def _turn_to(tab: CompareTab, page: str) -> Iterator[None]:
    tab.page.choose(page)
    yield


class Answers(QObject):
    """Counts the jobs that have told something, by the classes of that."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.count: Counter[str] = Counter()
        self._bridge = bridge
        self._told: dict[int, set[str]] = {}
        bridge.overhear(Message, self._take)

    def _take(self, message: Message) -> None:
        job = self._bridge.sending_job
        if isinstance(message, JobEnded):
            self.count.update(self._told.pop(job, set()))
        elif not isinstance(message, JobStarted | TracesCounted | Notice):
            self._told.setdefault(job, set()).add(type(message).__name__)


def _rest(stage: Stage, training: TimedTraining, seconds: float) -> float:
    stage.application.timeline.live()
    stage.live(PAUSE_SECONDS)
    return training.speed_while(lambda: stage.live(seconds))


def _traces(stage: Stage) -> int:
    """Ask the engine how many traces there are, and wait for the answer."""
    heard: list[int] = []
    job = stage.application.bridge.ask(count_traces)
    stage.application.bridge.listen(TracesCounted, lambda message: heard.append(message.traces), lambda: job)
    stage.wait_for(lambda: bool(heard))
    return heard[0]
