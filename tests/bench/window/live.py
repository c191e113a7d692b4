"""How smooth the window is while the warm-up learns or ideal images grow, and how soon a slider's change is seen."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider, QWidget

from bench.window.figures import say_spread, spread
from bench.window.painted import Painted
from bench.window.pulse import Pulse
from engine.analysis.ideal.job import IdealImages
from engine.analysis.warmup.job import WarmupSteps
from engine.core.messages import Message
from engine.data.sources import open_dataset
from gui.stage.stage import Stage
from gui.tabs.ideal.tab import IdealTab
from gui.tabs.warmup.tab import WarmupTab

if TYPE_CHECKING:
    from gui.state.time.timeline import Timeline

SECONDS, TRIES = 8.0, 50
ENDLESS = {"warmup": 100_000_000, "ideal": 1_000_000}  # more steps than are taken while it is measured

WATCHED = 1_000  # so few steps are shown growing slowly, as in the presets

KEYS = (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Left)


def measure(dataset: str | None, seconds: float = SECONDS, tries: int = TRIES) -> dict[str, Any]:
    """Return the figures for the bundled network and the blog's matrix."""
    data, _ = open_dataset(dataset)
    with Stage() as stage:
        stage.open(dataset)
        stage.open_bundled()
        pulse = Pulse(stage.window)
        figures = {
            "warm-up": _warmup(stage, pulse, seconds, tries),
            "ideal images": _ideal(stage, pulse, seconds, tries),
        }
    return {"platform": QGuiApplication.platformName(), "data": data.summary, **figures}


def lines(figures: dict[str, Any]) -> list[str]:
    """Return the figures as lines for the terminal."""
    told = [f"Window on {figures['platform']}, {figures['data']}; milliseconds"]
    for title in ("warm-up", "ideal images"):
        told.append(f"  {title}")
        for what, each in figures[title].items():
            told.append(f"    {what:<38} {say_spread(each)}  ({each['n']:,})")
    return told


def _warmup(stage: Stage, pulse: Pulse, seconds: float, tries: int) -> dict[str, dict[str, float]]:
    tab = stage.show_tab(WarmupTab)
    stage.wait_for(lambda: tab.descent.state == "resting")
    tab.settings.set_values({"steps": ENDLESS["warmup"]})
    stage.button("warmup.reset").click()
    stage.wait_for(lambda: tab.descent.state == "resting")
    stage.button("warmup.learn").click()
    stage.wait_for(lambda: tab.descent.state == "running")
    stage.live(1.0)  # compiles
    gaps = _gaps(stage, pulse, seconds)
    sight = Sight(stage, tab.equation.product, WarmupSteps, tab.descent.job)
    waits = _of_slider(sight, tab, "learning_rate", tries)
    stage.button("warmup.learn").click()
    return {"gap while it learns": spread(gaps), "learning rate, seen after": spread(waits)}


def _ideal(stage: Stage, pulse: Pulse, seconds: float, tries: int) -> dict[str, dict[str, float]]:
    tab = stage.show_tab(IdealTab)
    stage.wait_for(lambda: tab.painting.state == "over")
    grow: list[float] = []
    for _ in range(max(1, round(seconds))):
        stage.button("ideal.preset.l2").click()
        grow += _gaps(stage, pulse, 1.0)
    stage.wait_for(lambda: tab.painting.state == "over")
    sight = Sight(stage, tab.board, IdealImages, tab.painting.job)
    grown = _of_slider(sight, tab, "weight", tries)
    moved = _of_moments(sight, stage.application.timeline, tries)
    tab.settings.set_values({"steps": ENDLESS["ideal"]})
    stage.button("ideal.reset").click()
    if tab.painting.state != "running":
        stage.button("ideal.run").click()
    stage.wait_for(lambda: tab.painting.state == "running" and tab.painting.number > WATCHED)
    fast, at_full_speed = _gaps(stage, pulse, seconds), _of_slider(sight, tab, "weight", tries)
    stage.button("ideal.run").click()
    found = {
        "gap while they grow": grow,
        "weight, seen after, when they had grown": grown,
        "snapshot, seen after": moved,
        "gap at full speed": fast,
        "weight, seen after, at full speed": at_full_speed,
    }
    return {what: spread(values) for what, values in found.items()}


class Sight(QObject):
    """How long a change waits until a widget has painted a message that knows of it."""

    def __init__(self, stage: Stage, widget: QWidget, kind: type[Message], job: Callable[[], int | None]) -> None:
        super().__init__(widget)
        self._stage = stage
        self._random = random.Random(1)
        self._knows: Callable[[Any], bool] = lambda message: False
        self._has_come, self._seen = False, 0.0
        stage.application.bridge.listen(kind, self._take, job)
        self._paints = Painted(widget, self._note_painted)

    def wait_of(self, change: Callable[[], object], knows: Callable[[Any], bool]) -> float:
        """Make the change at a random moment; return the milliseconds until it was seen."""
        self._stage.live(self._random.uniform(0.1, 0.4))
        self._knows, self._has_come, self._seen = knows, False, 0.0
        begin = time.perf_counter()
        change()
        self._stage.wait_for(lambda: self.is_seen)
        return 1000 * (self._seen - begin)

    @property
    def is_seen(self) -> bool:
        """Whether the last change has been painted."""
        return self._seen > 0

    def _take(self, message: Message) -> None:
        self._has_come = self._has_come or self._knows(message)

    def _note_painted(self) -> None:
        if self._has_come and not self.is_seen:
            self._seen = time.perf_counter()


def _of_slider(sight: Sight, tab: IdealTab | WarmupTab, name: str, tries: int) -> list[float]:
    """Press keys on a slider, there and back; return how long each change waited."""
    slider, field = (tab.findChild(QSlider, f"{tab.objectName()}.{name}.slider"), tab.settings.form.fields[name])
    keys = itertools.islice(itertools.cycle(KEYS), tries)
    return [
        sight.wait_of(
            partial(QTest.keyClick, slider, key), lambda message: getattr(message.spec, name) == field.value()
        )
        for key in keys
    ]


def _of_moments(sight: Sight, timeline: Timeline, tries: int) -> list[float]:
    """Go through the moments of the run, there and back; return how long each waited."""
    steps = timeline.run.steps if timeline.run else ()
    there_and_back = itertools.islice(itertools.cycle((*steps, *steps[-2:0:-1])), tries)
    return [sight.wait_of(partial(timeline.go, step), partial(_is_of, step)) for step in there_and_back]


def _is_of(step: int, message: IdealImages) -> bool:
    return message.step == step


def _gaps(stage: Stage, pulse: Pulse, seconds: float) -> list[float]:
    pulse.gaps.clear()
    pulse.start()
    stage.live(seconds)
    pulse.stop()
    return list(pulse.gaps)
