"""What the window costs the training, how smoothly it runs meanwhile, and how fast it answers a click."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QGuiApplication

from bench.window.figures import say_spread, spread
from bench.window.pulse import HEARTBEAT_MS, Pulse
from bench.window.timed_training import TimedTraining
from engine.core.mailbox import Mailbox
from engine.core.messages import JobEnded, JobPaused
from engine.core.runner import Runner
from engine.core.specs import PRESETS, TrainSpec
from engine.data.sources import open_dataset
from engine.model.training.messages import EpochDone
from engine.session.jobs.files import SessionOpened
from engine.session.session import Session
from gui.stage.stage import Stage
from gui.tabs.train.tab import TrainTab

ROUNDS = 3

IMAGES_PER_ROUND = 330_000

TRIES = 17  # rounds of clicks; each is one try of pause, step and stop, so 51 clicks in all


def measure(dataset: str | None) -> dict[str, Any]:
    """Return the figures for the first preset on `dataset` (`None`: the data there is)."""
    data, _ = open_dataset(dataset)
    epochs = max(3, IMAGES_PER_ROUND // len(data.train_images))
    spec = PRESETS["blog"].spec.but(epochs=epochs)
    training = TimedTraining()
    with Stage(training.train) as stage:
        stage.open(dataset)
        stage.show_tab(TrainTab)
        pulse = Pulse(stage.window)
        alone: list[float] = []
        shown: list[float] = []
        for _ in range(ROUNDS):
            alone += _train_alone(training, Session(data), spec)
            shown += _train_shown(stage, training, spec, pulse)
        clicks = Clicks(stage, spec.but(epochs=10_000)).measure(TRIES)
        opening = _open_again(stage)
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


def lines(figures: dict[str, Any]) -> list[str]:
    """Return the figures as lines for the terminal."""
    opening = figures["opening"]
    return [
        f"Window on {figures['platform']}, {figures['data']}",
        f"  epochs a second  {figures['epochs_per_second_without_window']:.2f} without window, "
        f"{figures['epochs_per_second_with_window']:.2f} with it ({figures['window_costs_percent']:+.1f} % time)",
        f"  heartbeat, ms    {say_spread(figures['gui_gap_ms'])}  ({HEARTBEAT_MS} ms asked)",
        f"  pictures         {figures['pictures_per_second']:.0f} a second",
        f"  opening          {opening['ms']:.0f} ms until the curves of a session are painted: "
        f"{opening['epochs']} epochs in {opening['runs']} runs, {opening['megabytes']:.0f} MB",
        *(
            f"  {name + ', ms':<16} {say_spread(each)}  ({each['n']} clicks)"
            for name, each in figures["latency_ms"].items()
        ),
    ]


def _train_alone(training: TimedTraining, session: Session, spec: TrainSpec) -> list[float]:
    """Train on an engine thread while this thread does nothing at all: the window rests."""
    mailbox = Mailbox()
    runner = Runner(session, mailbox)
    runner.submit(training.train, spec)
    while not any(isinstance(letter.message, JobEnded) for letter in mailbox.drain()):
        time.sleep(0.05)
    runner.close()
    return training.epoch_seconds()


def _train_shown(stage: Stage, training: TimedTraining, spec: TrainSpec, pulse: Pulse) -> list[float]:
    progress, before = stage.progress, stage.progress.run
    stage.controls.start(spec)
    stage.wait_for(lambda: progress.run != before and progress.step > progress.steps_per_epoch, 300)
    pulse.start()
    stage.wait_for(lambda: stage.controls.state == "idle", 600)
    pulse.stop()
    return training.epoch_seconds()


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
