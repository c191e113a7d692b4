"""What a session of many runs costs: gathering, its file, opening, and the window's list, curves, strip and table."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from bench import many
from engine.data.sources import open_dataset
from engine.model.training.messages import Member, RunSummary
from engine.session.jobs.files import SessionOpened
from engine.studies.sweep.messages import RunGathered
from gui.stage.stage import Stage
from gui.state.training.runs import Run, RunsChanged
from gui.tabs.compare.tab import CompareTab
from gui.tabs.train.curves import GroupCurves
from gui.tabs.train.run_row import group_key
from gui.tabs.train.tab import TrainTab

# Numbers of runs that are made and measured, and of runs that are only reported to the window.
SIZES, TOLD = (100, 1_000), 10_000

BEYOND = 100_000  # the number of runs that is extrapolated to, from the two sizes that are measured

WORDS = {
    "task_ms": "a worker writes its file, ms a run",
    "gather_first_ms": "gathering, the first runs, ms a run",
    "gather_last_ms": "gathering, the last runs, ms a run",
    "resume_ms": "gathering all at once, ms a run",
    "longest_turn_ms": "longest turn while gathering, ms",
    "file_kb": "the file, kB a run",
    "open_seconds": "opening: the engine, s",
    "window_open_seconds": "opening: until the window shows it, s",
    "window_mb": "memory of the window, MB",
    "list_folded_ms": "list of runs, folded, ms",
    "list_opened_ms": "opening the group in the list, ms",
    "list_open_ms": "list of runs, open, ms",
    "band_ms": "bands of loss and accuracy, ms",
    "one_more_ms": "one more run comes into the window, ms",
    "page_ms": "Compare > Runs, ms",
    "sort_ms": "sorting the table, ms",
    "rival_write_ms": "rival: writing CSV and npz, ms a run",
    "rival_read_seconds": "rival: reading all CSV files, s",
}

# Figures of each run, or turn, as their costs do not grow with the number of runs.
EACH = {"task_ms", "gather_first_ms", "gather_last_ms", "resume_ms", "longest_turn_ms", "file_kb", "rival_write_ms"}


def measure(rounds: int = 5, sizes: Sequence[int] = SIZES, told: int = TOLD) -> dict[str, Any]:
    """Return the figures by number of runs; those that people wait for are medians of `rounds`.

    Of `told` runs, which have no file, there are those of the window alone.
    """
    with tempfile.TemporaryDirectory(prefix="layerlight-") as folder:
        figures = {f"{count}": _engine(Path(folder) / f"{count}", count) for count in sizes}
        for count in sizes:
            figures[f"{count}"] |= _window(Path(folder) / f"{count}" / "all.layerlight", count, rounds)
        figures[f"{told}"] = _window(Path(folder) / f"{sizes[-1]}" / "all.layerlight", sizes[-1], rounds, told)
    return {"platform": QGuiApplication.platformName(), "sizes": [*sizes, told], **figures}


def lines(figures: dict[str, Any]) -> list[str]:
    """Return the figures as lines for the terminal, with what follows from them for many more runs."""
    sizes = figures["sizes"]
    head = "".join(f"{f'{count:,} runs':>14}" for count in sizes)
    said = [
        f"Many runs on {figures['platform']}: quick preset, drawn weights and curves",
        f"{'':<44}{head}{f'{BEYOND:,}':>14}",
    ]
    for name, title in WORDS.items():
        known = [(count, figures[f"{count}"][name]) for count in sizes if name in figures[f"{count}"]]
        cells = [f"{dict(known)[count]:,.2f}" if count in dict(known) else "" for count in sizes]
        cells.append(f"{extrapolated(name, *zip(*known, strict=True)):,.2f}")
        said.append(f"  {title:<42}{''.join(f'{cell:>14}' for cell in cells)}")
    return said


def extrapolated(name: str, sizes: Sequence[int], values: Sequence[float]) -> float:
    """Return the figure for `BEYOND` runs: of what is told for each run the last one, else on the line through both."""
    if name in EACH or len(sizes) < 2:
        return values[-1]
    slope = (values[-1] - values[-2]) / (sizes[-1] - sizes[-2])
    return values[-1] + max(0.0, slope) * (BEYOND - sizes[-1])


def _engine(folder: Path, count: int) -> dict[str, float]:
    folder.mkdir()
    data, _ = open_dataset("sample")
    tasks, file = folder / "tasks", folder / "all.layerlight"
    task = many.make_tasks(data, tasks, many.plan(count).specs())
    found = many.gather_one_by_one(data, file, tasks, count)
    many.make_tasks(data, folder / "again.sweep", many.plan(count).specs())
    resumed = many.gather_at_once(data, folder / "again.layerlight", folder / "again.sweep", count)
    rival = many.write_folder(data, folder / "rival", count)
    return {
        "task_ms": 1000 * task,
        "gather_first_ms": found["first_ms"],
        "gather_last_ms": found["last_ms"],
        "longest_turn_ms": found["longest_turn_ms"],
        "resume_ms": resumed,
        "file_kb": file.stat().st_size / count / 1000,
        "open_seconds": many.open_seconds(data, file),
        "rival_write_ms": rival,
        "rival_read_seconds": many.read_folder(folder / "rival"),
    }


def _window(file: Path, count: int, rounds: int, told: int = 0) -> dict[str, float]:
    with Stage() as stage:
        stage.open(None)
        app, before = stage.application, _resident()
        begin = time.perf_counter()
        app.sessions.open(file)
        stage.wait_for(lambda: len(app.bridge.runs) == count, 600)
        stage.window.grab()
        opened = time.perf_counter() - begin
        memory = _resident() - before
        if told:
            _tell(stage, told)
        tab = stage.show_tab(TrainTab)
        tab.settings.pages.choose("runs")
        (group,) = app.bridge.runs.groups().values()

        def listed() -> None:
            tab.settings.runs.folded.emit("", True)  # lists anew, and folds nothing
            tab.settings.runs.view.viewport().grab()

        found = {} if told else {"window_open_seconds": opened, "window_mb": memory / 1e6}
        found["list_folded_ms"] = _ms(listed, rounds)
        begin = time.perf_counter()
        tab.settings.runs.folded.emit(group.name, False)
        tab.settings.runs.view.viewport().grab()
        found["list_opened_ms"] = 1000 * (time.perf_counter() - begin)
        found["list_open_ms"] = _ms(listed, rounds)
        tab.settings.runs.folded.emit(group.name, True)
        found["band_ms"] = _ms(lambda: GroupCurves(group), rounds)
        if not told:
            tab.settings.runs.pinned.emit(group_key(group.name), True)
            stage.wait_for(lambda: all(run.look.pinned for run in app.bridge.runs), 60)
        found["one_more_ms"] = _ms(lambda: _one_more(stage), rounds)
        compare = stage.show_tab(CompareTab)
        begin = time.perf_counter()
        compare.page.choose("runs")
        compare.grab()
        found["page_ms"] = 1000 * (time.perf_counter() - begin)
        table = compare.runs.figures
        orders = [Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder] * rounds

        def sort() -> None:
            table.sortByColumn(2, orders.pop())
            table.viewport().grab()

        found["sort_ms"] = _ms(sort, rounds)
        return found


def _one_more(stage: Stage) -> None:
    """Let a run come as the engine would tell it, and the window take it in."""
    number = len(stage.application.bridge.runs)
    stage.mailbox.post(0, RunGathered(summary=_summary(stage.application.bridge.runs.by_age()[-1], number)))
    stage.application.bridge.deliver()
    stage.application.bridge.runs.changed.emit(RunsChanged(looks=frozenset({"A"})))  # it is shown at once
    stage.window.grab()


def _tell(stage: Stage, count: int) -> None:
    """Let the window have that many runs, of which the engine knows nothing."""
    runs = stage.application.bridge.runs
    like = runs.by_age()[-1]
    told = tuple(_summary(like, number) for number in range(count))
    stage.mailbox.post(0, SessionOpened(name="many", path=None, is_saved=False, read_only="", runs=told, view={}))
    stage.wait_for(lambda: len(runs) == count, 600)


def _summary(like: Run, number: int) -> RunSummary:
    letters = "".join("ABCDEFGHIJ"[int(digit)] for digit in f"{number:06}")
    return RunSummary(
        name=f"Z{letters}",
        title=f"seed {number}",
        color=like.look.color,
        pinned=True,
        spec=like.spec.but(seed=number),
        dataset=like.dataset,
        steps_per_epoch=like.steps_per_epoch,
        parent=None,
        started=1.0,
        epochs=tuple(like.epochs),
        losses=like.losses,
        changes=(),
        moments=tuple(like.steps),
        bookmarks={},
        member=Member(many.NAME, number),
    )


def _resident() -> int:
    """Return how many bytes of memory this process has; 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _ms(do: Callable[[], object], rounds: int) -> float:
    took = []
    for _ in range(rounds):
        begin = time.perf_counter()
        do()
        took.append(time.perf_counter() - begin)
    return 1000 * statistics.median(took)
