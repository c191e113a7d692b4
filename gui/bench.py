"""What the window costs the training, how smoothly it runs meanwhile, and how fast it answers a click."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

from engine.data.sources import open_dataset
from engine.mailbox import Mailbox
from engine.messages import Job, JobEnded, JobPaused
from engine.runner import Runner
from engine.session import Session
from engine.session_jobs import SessionOpened
from engine.specs import PRESETS, TrainSpec
from engine.training.messages import EpochDone
from gui.run_controls import train
from gui.stage import Stage

ROUNDS = 3
IMAGES_PER_ROUND = 330_000
TRIES = 17
"""Rounds of clicks; each is one try of pause, step and stop, so 51 clicks in all."""

HEARTBEAT_MS = 10


def bench_gui(dataset: str | None) -> dict[str, Any]:
    """Return the figures for the first preset on `dataset` (`None`: the data there is)."""
    data, _ = open_dataset(dataset)
    epochs = max(3, IMAGES_PER_ROUND // len(data.train_images))
    spec = PRESETS["blog"].spec.but(epochs=epochs)
    stamps = Stamps()
    stage = Stage(stamps.train)
    try:
        stage.open(dataset)
        show_train_tab(stage)
        pulse = Pulse(stage.window)
        alone: list[float] = []
        shown: list[float] = []
        for _ in range(ROUNDS):
            alone += _train_alone(stamps, Session(data), spec)
            shown += _train_shown(stage, stamps, spec, pulse)
        clicks = Clicks(stage, spec.but(epochs=10_000)).measure(TRIES)
        opening = _open_again(stage)
    finally:
        stage.finish()
    return {
        "platform": QGuiApplication.platformName(),
        "data": data.summary,
        "epochs_per_second_without_window": 1 / statistics.median(alone),
        "epochs_per_second_with_window": 1 / statistics.median(shown),
        "window_costs_percent": 100 * (statistics.median(shown) / statistics.median(alone) - 1),
        "gui_gap_ms": spread(pulse.gaps),
        "pictures_per_second": pulse.pictures / pulse.seconds,
        "opening": opening,
        "latency_ms": {name: spread(values) for name, values in clicks.items()},
    }


def bench_lines(figures: dict[str, Any]) -> list[str]:
    """Return the figures of `bench_gui` as lines for the terminal."""
    gap = figures["gui_gap_ms"]
    lines = [
        f"Window on {figures['platform']}, {figures['data']}",
        f"  epochs a second  {figures['epochs_per_second_without_window']:.2f} without window, "
        f"{figures['epochs_per_second_with_window']:.2f} with it ({figures['window_costs_percent']:+.1f} % time)",
        f"  heartbeat, ms    p50 {gap['p50']:.1f}, p99 {gap['p99']:.1f}, longest {gap['max']:.1f}"
        f"  ({HEARTBEAT_MS} ms asked)",
        f"  pictures         {figures['pictures_per_second']:.0f} a second",
        f"  opening          {figures['opening']['ms']:.0f} ms until the curves of a session are painted: "
        f"{figures['opening']['epochs']} epochs in {figures['opening']['runs']} runs, "
        f"{figures['opening']['megabytes']:.0f} MB",
    ]
    for name, spread in figures["latency_ms"].items():
        lines.append(
            f"  {name + ', ms':<16} p50 {spread['p50']:.1f}, p99 {spread['p99']:.1f}, "
            f"longest {spread['max']:.1f}  ({spread['n']} clicks)"
        )
    return lines


class Stamps:
    """Training that notes the time of each epoch's end, on the engine's thread, so that nobody's delay is in it."""

    def __init__(self) -> None:
        self._times: list[float] = []

    def train(self, session: Any, spec: TrainSpec) -> Job:
        """Return the job of training."""
        self._times = []
        job = train(session, spec)
        message = next(job)
        try:
            while True:
                changes = yield message
                message = job.send(changes)
                if isinstance(message, EpochDone):
                    self._times.append(time.perf_counter())
        except StopIteration:
            return
        finally:
            job.close()

    def seconds(self) -> list[float]:
        """Return how long each epoch took with its test, without the first, which compiles."""
        return [end - begin for begin, end in zip(self._times, self._times[1:], strict=False)]


class Pulse(QObject):
    """The heartbeat of the window's thread, and how often the window is drawn."""

    def __init__(self, window: QObject) -> None:
        super().__init__(window)
        self.gaps: list[float] = []
        """Milliseconds between two beats."""
        self.pictures, self.seconds = 0, 0.0
        self._beating = False
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(HEARTBEAT_MS)
        self._timer.timeout.connect(self._beat)
        window.installEventFilter(self)

    def start(self) -> None:
        """Measure from now on."""
        self._last, self._beating = time.perf_counter(), True
        self._timer.start()

    def stop(self) -> None:
        """Measure no longer."""
        self._timer.stop()
        self._beating = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Count the pictures: Qt asks the window once for each."""
        self.pictures += self._beating and event.type() == QEvent.Type.UpdateRequest
        return False

    def _beat(self) -> None:
        now = time.perf_counter()
        self.gaps.append(1000 * (now - self._last))
        self.seconds += now - self._last
        self._last = now


class Clicks:
    """Clicks on the transport bar at random moments of a run, and how long until the window shows the answer."""

    def __init__(self, stage: Stage, spec: TrainSpec) -> None:
        self._stage, self._spec = stage, spec
        self._random = random.Random(1)
        self._epochs, self._paused_at = 0, 0.0
        bridge, job = stage.application.bridge, stage.controls.job
        bridge.listen(EpochDone, self._take_epoch, job)
        bridge.listen(JobPaused, self._take_pause, job)

    def measure(self, tries: int) -> dict[str, list[float]]:
        """Return the milliseconds by kind of click."""
        found: dict[str, list[float]] = {"pause": [], "step": [], "stop": []}
        for _ in range(tries):
            self._start()
            found["pause"].append(self._time("run.start", self._has_paused))
            found["step"].append(self._time("run.step", self._has_paused))
            self._stage.button("run.start").click()
            self._live_a_while()
            found["stop"].append(self._time("run.stop", self._has_ended))
        return found

    def _start(self) -> None:
        self._epochs = 0
        self._stage.controls.start(self._spec)
        # The first epoch compiles: training at its begin, testing at its end. A click then waits for that.
        self._stage.wait_for(lambda: self._epochs > 0)
        self._live_a_while()

    def _live_a_while(self) -> None:
        self._stage.live(self._random.uniform(0.05, 0.3))

    def _time(self, button: str, answered: Callable[[], bool]) -> float:
        """Click and return the milliseconds until `answered`; it is asked as soon as the state or job says so."""
        self._paused_at = 0.0
        ended: list[float] = []
        controls = self._stage.controls

        def note(state: str) -> None:
            ended.append(time.perf_counter())

        connection = controls.stateChanged.connect(note)
        begin = time.perf_counter()
        self._stage.button(button).click()
        self._stage.wait_for(answered)
        controls.stateChanged.disconnect(connection)
        return 1000 * ((ended[-1] if button == "run.stop" else self._paused_at) - begin)

    def _has_paused(self) -> bool:
        return self._paused_at > 0

    def _has_ended(self) -> bool:
        return self._stage.controls.state == "idle"

    def _take_epoch(self, _: EpochDone) -> None:
        self._epochs += 1

    def _take_pause(self, _: JobPaused) -> None:
        self._paused_at = time.perf_counter()


def show_train_tab(stage: Stage) -> None:
    """Bring the Train tab to the front."""
    tabs = stage.window.tabs
    for place in range(tabs.count()):
        if tabs.tabText(place) == "Train":
            tabs.setCurrentIndex(place)


def _train_alone(stamps: Stamps, session: Session, spec: TrainSpec) -> list[float]:
    """Train on an engine thread while this thread does nothing at all: the window rests."""
    mailbox = Mailbox()
    runner = Runner(session, mailbox)
    runner.submit(stamps.train, spec)
    while not any(isinstance(letter.message, JobEnded) for letter in mailbox.drain()):
        time.sleep(0.05)
    runner.close()
    return stamps.seconds()


def _train_shown(stage: Stage, stamps: Stamps, spec: TrainSpec, pulse: Pulse) -> list[float]:
    progress, before = stage.progress, stage.progress.run
    stage.controls.start(spec)
    stage.wait_for(lambda: progress.run != before and progress.step > progress.steps_per_epoch, 300)
    pulse.start()
    stage.wait_for(lambda: stage.controls.state == "idle", 600)
    pulse.stop()
    return stamps.seconds()


def _open_again(stage: Stage) -> dict[str, float]:
    """Leave the session, open it again, and return how long it takes until its curves are painted."""
    sessions, found = stage.application.sessions, list[SessionOpened]()
    sessions.new()
    stage.wait_for(lambda: not sessions.runs)
    stage.application.bridge.listen(SessionOpened, found.append)  # the last to hear of it
    begin = time.perf_counter()
    sessions.open(stage.session_file)
    stage.wait_for(lambda: found)
    stage.window.repaint()
    seconds = time.perf_counter() - begin
    runs = found[0].runs
    return {
        "ms": 1000 * seconds,
        "runs": len(runs),
        "epochs": sum(len(run.epochs) for run in runs),
        "megabytes": stage.session_file.stat().st_size / 1e6,
    }


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return how many values there are, their median, their 95th and 99th percentiles and the largest."""
    ordered = sorted(values)
    return {
        "n": len(ordered),
        "p50": statistics.median(ordered),
        "p95": ordered[round(0.95 * (len(ordered) - 1))],
        "p99": ordered[round(0.99 * (len(ordered) - 1))],
        "max": ordered[-1],
    }
