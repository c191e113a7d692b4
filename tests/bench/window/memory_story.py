"""What a person does while the memory is measured, and of what it then consists; in a process of its own."""

from __future__ import annotations

import gc
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any

from engine.core.cache import Cache
from engine.core.machine.bundled import BUNDLED
from engine.core.machine.memory import give_all_back
from engine.core.runner import REST_SECONDS
from engine.core.specs import PRESETS
from engine.data.dataset import Dataset
from engine.session.jobs.data import EngineReady
from gui.stage.screenshots import stage_scene
from gui.stage.stage import Stage, scenes_of

EPOCHS = 10
MOST = 12  # entries of each list of what takes the memory
LARGE = 500_000  # bytes of an array that is listed
DEPTH = 4  # references that are followed from what a cache holds
PASSED_OVER = (type, FunctionType, MethodType, ModuleType, Dataset)  # they lead to what is not theirs

SELF = Path("/proc/self")


class Memory:
    """The memory of this process after each stage, and the highest within it, in MB."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.stages: list[tuple[str, float, float, float, float]] = []

    def note(self, stage: str) -> None:
        """Add what the memory is once the engine has rested, and begin another peak."""
        self._stage.live(2 * REST_SECONDS + 0.5)  # the view is saved meanwhile
        status = dict(re.findall(r"^(\w+):\s+(\d+) kB", (SELF / "status").read_text(), re.MULTILINE))
        sizes = (int(status[name]) * 1024 / 1e6 for name in ("VmRSS", "RssAnon", "RssFile", "VmHWM"))
        self.stages.append((stage, *sizes))  # type: ignore[arg-type]
        sys.stderr.write(f"{self.stages[-1]}\n")
        (SELF / "clear_refs").write_text("5")  # begins VmHWM again

    def figures(self, data: str) -> dict[str, Any]:
        """Return the stages, and what takes the memory at the end."""
        gc.unfreeze()  # the import of TensorFlow froze all objects, which hid them from `gc.get_objects`
        return {"data": data, "stages": self.stages, "mappings": mappings(), "caches": caches(), "arrays": arrays()}


def tell(story: str, dataset: str | None) -> None:
    """Carry out `story` and print the figures as a line of JSON."""
    with Stage(bundled=BUNDLED if story == "lesson" else None) as stage:
        memory = Memory(stage)
        ready: list[EngineReady] = []
        stage.application.bridge.listen(EngineReady, ready.append)
        stage.application.settings.lesson_offered = True
        stage.application.show()
        stage.window.grab()
        memory.note("window painted")
        stage.open(dataset)
        stage.wait_for(lambda: ready, 120)
        _settle(stage)
        memory.note("data open, TensorFlow ready")
        (_walk_lesson if story == "lesson" else _visit_pages)(stage, memory)
        data = stage.application.bridge.dataset
        assert data is not None
        gc.collect()
        give_all_back()
        memory.note("garbage collected")
        figures = memory.figures(data.summary)
    sys.stdout.write(json.dumps(figures) + "\n")


def _settle(stage: Stage) -> None:
    tab = stage.window.tab
    assert tab is not None
    stage.settle(tab)


def _visit_pages(stage: Stage, memory: Memory) -> None:
    stage.controls.start(PRESETS["blog"].spec.but(epochs=EPOCHS))
    stage.wait_for(lambda: stage.progress.run, 120)
    stage.wait_for(lambda: stage.controls.state == "idle", 600)
    _settle(stage)
    memory.note(f"{EPOCHS} epochs")
    for way in ("", " again"):
        for tab in stage.window.all_tabs():
            for scene in scenes_of(tab).values():
                stage_scene(stage, tab, scene)
            memory.note(f"{tab.TITLE}{way}")


def _walk_lesson(stage: Stage, memory: Memory) -> None:
    walk = import_module("tests.gui.shell.lesson.lesson_walker")
    walker = walk.Walker(stage)
    for number, chapter in enumerate(walk.CHAPTERS):
        walk.open_chapter(walker, number)
        for place, page in enumerate(chapter.pages):
            walker.settle()
            if page.goal is not None:
                if page.asks:
                    walker.click(f"lesson.answer.{(page.asks.right or 0) + 1}")
                walk.ACTS[chapter.title, place + 1](walker)
                walker.wait_for(lambda: walker.lesson.measured.met, page.goal.name)
                walker.settle()
            if place + 1 < len(chapter.pages):
                walker.click("lesson.next")
        memory.note(chapter.title)


def mappings() -> dict[str, float]:
    """Return the largest sizes in memory by mapped file, and of what has no file, in MB."""
    sizes, name = Counter[str](), ""
    for line in (SELF / "smaps").read_text().splitlines():
        if found := re.match(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+\s*(.*)", line):
            name = found[1].rpartition("/")[2] or "mmap"
        elif line.startswith("Rss:"):
            sizes[name] += int(line.split()[1])
    return {name: size * 1024 / 1e6 for name, size in sizes.most_common(MOST)}


def caches() -> dict[str, float]:
    """Return the size of the arrays in the caches, in MB, by what they hold; the largest first."""
    sizes = Counter[str]()
    for cache in [each for each in gc.get_objects() if isinstance(each, Cache)]:
        values = [value for _, value in cache.items()]
        for size, _ in _arrays_in(values, DEPTH).values():
            sizes[f"{len(values)} {type(values[0]).__name__}"] += size
    return {name: size / 1e6 for name, size in sizes.most_common(MOST)}


def arrays() -> dict[str, float]:
    """Return the size of large arrays and tensors, which may share it, by kind, shape and what refers to it, in MB."""
    sizes = Counter[str]()
    for size, name in _arrays_in(gc.get_objects(), 1).values():
        if size >= LARGE:
            sizes[name] += size
    return {name: size / 1e6 for name, size in sizes.most_common(MOST)}


def _arrays_in(holders: list[Any], depth: int) -> dict[int, tuple[int, str]]:
    """Return the size and the name of the arrays that these reach within `depth` references, by identity."""
    import numpy as np
    import tensorflow as tf

    found, seen = dict[int, tuple[int, str]](), set[int]()
    for _ in range(depth):
        nearer: list[Any] = []
        for holder in holders:
            for each in [holder, *gc.get_referents(holder)]:
                if isinstance(each, np.ndarray):
                    while isinstance(each.base, np.ndarray):
                        each = each.base
                    found.setdefault(id(each), (each.nbytes, _name(each.dtype, each.shape, holder)))
                elif isinstance(each, tf.Tensor) and hasattr(each, "_numpy"):
                    size = each.dtype.size * each.shape.num_elements()
                    found.setdefault(id(each), (size, _name(f"tensor {each.dtype.name}", each.shape, holder)))
                elif id(each) not in seen and not isinstance(each, PASSED_OVER):
                    seen.add(id(each))
                    nearer.append(each)
        holders = nearer
    return found


def _name(kind: object, shape: Iterable[int], holder: object) -> str:
    return f"{kind} {'x'.join(map(str, shape))} in {type(holder).__name__}"
