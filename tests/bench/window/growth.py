"""How the window's times grow with the work, after those of the engine: painting, waits, the time slider, many runs."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtGui import QGuiApplication

from bench import growth
from bench.growth import AXES, Figure, World, drawn, sgemm_rate, write_npz
from bench.window import many
from bench.window.command import parts
from bench.window.pulse import Pulse
from bench.window.slider import Answers, SliderHand
from engine.core.machine.device import device
from engine.core.messages import run_through
from engine.core.specs import PRESETS
from engine.model.training.messages import MomentKept
from engine.session.session import save_all
from gui.shell.bars.time_slider import TimeSlider
from gui.stage.stage import Stage
from gui.tabs.fingerprints.tab import FingerprintsTab
from gui.tabs.train.tab import TrainTab

DRAG_SECONDS = 2.0
MOST_IMAGES = 64_000  # of a data set that the window opens
GRABS = 5
MOST_GATHERED = 1_000  # more runs are only reported to the window

# The rows of the window, by axis: names and titles of the figures that the function of `MEASURES` returns.
ROWS: Mapping[str, Mapping[str, str]] = {
    "images": {"followed": "a snapshot at the slider, Fingerprints, s", "wait": "longest wait of the window then, s"},
    "classes": {"painted": "painting all tabs once, s", "wait": "longest wait of the window in all tabs, s"},
    "side": {"painted": "painting all tabs once, s", "wait": "longest wait of the window in all tabs, s"},
    "snapshots": {
        "opened": "opening until the window shows it, s",
        "moved": "to another snapshot, painted, s",
        "one_more": "one more snapshot, painted, s",
    },
    "runs": {name: many.WORDS[name] for name in many.WORDS if not name.startswith("rival_")},
}


def measure(rounds: int = 5, only: Sequence[str] = ()) -> dict[str, Any]:
    """Return the figures of all rows by axis, row and size, of at most the first `rounds` sizes of each axis.

    `only` names some axes, or single sizes of one: `images:4000`.
    """
    rate = sgemm_rate()
    figures: dict[str, Any] = {"device": device().name, "sgemm_gflops": rate / 1e9, "axes": {}}
    chosen: dict[str, list[int]] = {}
    for part in parts(only, AXES):
        axis, _, size = part.partition(":")
        chosen.setdefault(axis, []).extend([int(size)] if size else AXES[axis].sizes[:rounds])
    for axis, sizes in chosen.items():
        figures["axes"][axis] = growth.growth(axis, sizes, rate=rate) | of_window(axis, sizes)
    return {"platform": QGuiApplication.platformName(), **figures}


def lines(figures: Mapping[str, Any]) -> list[str]:
    """Return the figures as lines for the terminal."""
    said = [
        f"As work grows, on {figures['device']}: {figures['sgemm_gflops']:.0f} GFLOP/s of large matrix products; "
        "k: time ~ size^k, of all sizes, of the last two, of the bound; beside: the bound of the last size"
    ]
    for axis, known in figures["axes"].items():
        titles = {**{name: row.title for name, row in growth.ROWS.items()}, **ROWS.get(axis, {})}
        said += ["", *growth.table(AXES[axis].title, titles, known)]
    return [*said, "", *growth.bounds()]


def of_window(axis: str, sizes: Sequence[int]) -> dict[str, dict[int, Figure]]:
    """Return the figures of an axis' rows of the window, by row and size."""
    figures: dict[str, dict[int, Figure]] = {name: {} for name in ROWS.get(axis, {})}
    if axis == "runs":
        found = many.measure(1, [size for size in sizes if size <= MOST_GATHERED], max(sizes))
        for size in found["sizes"]:
            for name in ROWS[axis]:
                if name in found[f"{size}"]:
                    figures[name][size] = Figure(found[f"{size}"][name])
        return figures
    for size in sizes if axis in MEASURES else ():
        if axis == "images" and size > MOST_IMAGES:
            break
        for name, value in MEASURES[axis](size).items():
            figures[name][size] = Figure(value)
    return figures


def followed(dataset: str, seconds: float = DRAG_SECONDS) -> dict[str, float]:
    """Return the time between two snapshots that Fingerprints shows at a dragged slider, and the window's longest wait.

    The network of the blog has been trained on `dataset` for three epochs.
    """
    with Stage() as stage:
        stage.open(dataset)
        stage.controls.start(PRESETS["blog"].spec.but(epochs=3))
        run = _trained(stage)
        stage.settle(stage.show_tab(FingerprintsTab))
        answers = Answers(stage.application.bridge)
        hand, pulse = SliderHand(stage.widget(TimeSlider, "time.slider"), run.steps), Pulse(stage.window)
        hand.press()
        stage.live(seconds / 4)  # what is compiled at the first snapshot
        answers.count.clear()
        begin = time.perf_counter()
        pulse.start()
        stage.live(seconds)
        pulse.stop()
        took = time.perf_counter() - begin
        hand.release()
        return {"followed": took / max(1, answers.count["Fingerprints"]), "wait": max(pulse.gaps) / 1000}


def _trained(stage: Stage) -> Any:
    """Wait until the run that was started is over, and return it."""
    stage.wait_for(lambda: stage.application.timeline.run and stage.controls.state == "idle", 300)
    return stage.application.timeline.run


def _followed(images: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="layerlight-") as folder:
        return followed(_written(Path(folder), images=images))


def _painted(**of_data: int) -> dict[str, float]:
    """Return how long all tabs take to be painted, and the longest wait of the window while each was opened."""
    with tempfile.TemporaryDirectory(prefix="layerlight-") as folder, Stage() as stage:
        stage.open(_written(Path(folder), **of_data))
        stage.controls.start(PRESETS["blog"].spec.but(epochs=2))
        _trained(stage)
        pulse, painted = Pulse(stage.window), 0.0
        for tab in stage.window.all_tabs():
            pulse.start()
            stage.show_tab(type(tab))
            stage.settle(tab)
            pulse.stop()
            painted += _median(tab.grab)
        return {"painted": painted, "wait": max(pulse.gaps) / 1000}


def _snapshots(count: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="layerlight-") as folder:
        with World(Path(folder), **AXES["snapshots"].world(count)) as world:
            run_through(save_all(world.session))
        with Stage() as stage:
            stage.open(None)
            begin = time.perf_counter()
            stage.application.sessions.open(Path(folder) / "growth.layerlight")
            stage.wait_for(lambda: len(stage.application.bridge.runs) == 1)
            stage.window.grab()
            opened = time.perf_counter() - begin
            stage.settle(stage.show_tab(TrainTab))
            timeline, bridge = stage.application.timeline, stage.application.bridge
            assert timeline.run is not None
            run, steps = timeline.run, iter(timeline.run.steps[:: max(1, count // 7)])

            def move() -> None:
                timeline.go(next(steps))
                stage.window.grab()

            def keep() -> None:
                stage.mailbox.post(0, MomentKept(run=run.name, step=run.steps[-1] + 1))
                bridge.deliver()
                timeline.changed.emit()
                stage.window.grab()

            return {"opened": opened, "moved": _median(move), "one_more": _median(keep)}


MEASURES: Mapping[str, Callable[[int], dict[str, float]]] = {
    "images": _followed,
    "classes": lambda size: _painted(images=4_000, classes=size),
    "side": lambda size: _painted(images=4_000, side=size),
    "snapshots": _snapshots,
}


def _written(folder: Path, **of_data: int) -> str:
    file = folder / "drawn.npz"
    write_npz(drawn(**of_data), file)
    return str(file)


def _median(action: Callable[[], object]) -> float:
    took = []
    for _ in range(GRABS):
        begin = time.perf_counter()
        action()
        took.append(time.perf_counter() - begin)
    return statistics.median(took)
