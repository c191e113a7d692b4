"""Whoever opens the window for the first time and tries everything with mouse and keys meets no fault."""

import itertools
import os
import random
import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRegularExpression
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QWidget

from engine.core.machine.bundled import BUNDLED
from engine.model.training.messages import EpochDone, StepsDone
from gui.stage.stage import Stage
from tests.gui.stage.test_teaching_by_hand import MNIST
from tests.gui.stage.visitor import Complaints, FileAnswers, Visitor, Wanderer, shortcuts

MINUTES = float(os.environ.get("LAYERLIGHT_WALK_MINUTES", "25"))
SEED = int(os.environ.get("LAYERLIGHT_WALK_SEED", "1"))
"""Of the walk for minutes."""

EVENTS, WARM_UP, SAMPLED = 10_000, 3_000, 20
"""Events of a walk; the event from which memory is watched; events between two looks at it."""

LETTERS = ("action.view.text.larger", "action.view.text.smaller", "action.view.text.usual")
"""What has all of the window laid out anew, whichever tab is in front: each tab meets one of their keys."""

BARS = QRegularExpression("^(top|transport|status)$")


@pytest.fixture
def complaints(qapp, monkeypatch, qtlog):
    with Complaints(monkeypatch, qtlog) as made:
        yield made


@pytest.fixture
def stage(complaints, monkeypatch, tmp_path):
    """The whole window as at a first start: an empty home, the session that comes along, no data but the sample."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("LAYERLIGHT_DATA", raising=False)
    FileAnswers(monkeypatch, tmp_path)
    made = Stage(bundled=BUNDLED, settings_file=tmp_path / "settings.json")
    made.open(None)
    made.wait_for(lambda: made.application.selection.lens is not None)
    yield made
    for job in set(made.mailbox.working):  # who wandered may have begun a long one
        made.application.runner.stop(job)
    made.wait_for(lambda: not made.mailbox.working)  # it may be compiling
    made.finish()


@pytest.fixture
def visitor(stage, complaints):
    made = Visitor(stage.window, complaints)
    yield made
    made.leave()


@pytest.mark.slow
@pytest.mark.timeout(600)  # it waits for true answers, also where other tests take the cores
def test_a_visitor_who_tries_everything_meets_no_fault(stage, visitor, complaints):
    window, tabs = stage.window, stage.window.all_tabs()
    # Images that grow would keep the others' answers waiting: their tab comes last.
    for tab in sorted(tabs, key=lambda tab: tab.objectName() == "ideal"):
        window.tabs.setCurrentWidget(tab)
        wait_for_answers(stage, tab)
        visitor.hover_all(tab)
    for tab in tabs:
        window.tabs.setCurrentWidget(tab)
        visitor.use_all(tab)
    triggered = set()
    for action in window.findChildren(QAction):
        action.triggered.connect(partial(lambda name, *_: triggered.add(name), action.objectName()))
    keys = shortcuts(window, of_files=False)
    of_letters = [each for name in LETTERS for each in window.findChild(QAction, name).shortcuts()]
    for tab, of_all in zip(tabs, itertools.cycle(of_letters)):
        window.tabs.setCurrentWidget(tab)
        visitor.press_all([each for each in keys if each not in of_letters or each == of_all])
    for bar in (window.menus, *window.findChildren(QWidget, BARS), window.tabs.tabBar()):
        visitor.use_all(bar)
    visitor.press_all(shortcuts(window, of_files=True))
    visitor.close_what_is_open()
    QApplication.processEvents()
    assert not complaints.all(stage.application), complaints.report(stage.application)
    assert {"action.view.full_screen", "action.view.code", "action.file.save", "action.run.step"} <= triggered
    assert triggered.issuperset(LETTERS)
    assert visitor.events > 3_000


def wait_for_answers(stage, tab):
    """Wait until a tab shows what it asked for, as a person would: not long where something goes on and on."""
    until = time.monotonic() + (1 if tab.objectName() == "ideal" else 15)
    stage.live(0.05)
    stage.wait_for(lambda: time.monotonic() > until or (tab.is_settled and not stage.mailbox.working))


@pytest.mark.slow
@pytest.mark.timeout(1_500)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_walk_without_aim_while_a_run_trains_meets_no_fault(stage, visitor, complaints, seed, capsys):
    threads = threading.active_count()
    learned = []
    stage.application.bridge.listen(StepsDone, lambda message: learned.append(len(message.losses)))
    stage.controls.toggle()
    stage.wait_for(lambda: learned, 300)
    wanderer = Wanderer(visitor, random.Random(seed))
    sizes = []
    while visitor.events < EVENTS:
        if stage.controls.state in ("idle", "paused"):
            stage.controls.toggle()
        wanderer.step()
        if visitor.events % SAMPLED == 0:
            stage.live(0)  # a turn of an event loop, as a person's window has all the time: what was closed goes
            sizes.append((visitor.events, resident_megabytes()))
        assert not complaints.all(stage.application), f"seed {seed}: {complaints.report(stage.application)}"
    events, megabytes = np.array([each for each in sizes if each[0] > WARM_UP]).T
    slope = 1_000 * np.polyfit(events, megabytes, 1)[0]
    tabs = ", ".join(f"{title} {count:,}" for title, count in sorted(wanderer.visits.items()))
    with capsys.disabled():
        print(
            f"\nseed {seed}: {visitor.events:,} events; tracebacks {len(complaints.tracebacks)}, "
            f"Qt warnings {len(complaints.qt_warnings)}; memory {slope:+.1f} MB per 1,000 events "
            f"({megabytes[0]:.0f} to {megabytes[-1]:.0f} MB after {WARM_UP:,}); threads {threads} at first, "
            f"{threading.active_count()} at last; {sum(learned):,} steps learned meanwhile\n"
            f"  events by tab: {tabs}"
        )
    assert len(wanderer.visits) == len(stage.window.all_tabs())


@pytest.mark.soak
@pytest.mark.timeout(60 * MINUTES + 600)
@pytest.mark.skipif(MNIST is None, reason="the full mnist.npz is not here: set LAYERLIGHT_DATA to its path")
def test_random_use_while_the_full_mnist_is_learned_meets_no_mistake(stage, visitor, complaints, capsys):
    stage.application.opening.open(MNIST)
    stage.wait_for(lambda: stage.application.opening.dataset.train_images > 50_000, 120)
    wanderer, epochs = Wanderer(visitor, random.Random(SEED)), []
    stage.application.bridge.listen(EpochDone, lambda message: epochs.append(message.epoch))
    end = time.monotonic() + 60 * MINUTES
    while time.monotonic() < end:
        if stage.controls.state in ("idle", "paused"):
            stage.controls.toggle()
        wanderer.step()
        if visitor.events % SAMPLED == 0:
            stage.live(0)
        assert not complaints.all(stage.application), f"seed {SEED}: {complaints.report(stage.application)}"
    tabs = ", ".join(f"{title} {count:,}" for title, count in sorted(wanderer.visits.items()))
    with capsys.disabled():
        print(
            f"\nseed {SEED}: {visitor.events:,} events in {MINUTES:g} minutes while {len(epochs):,} epochs were "
            f"learned; mistakes {len(complaints.all(stage.application))}\n  events by tab: {tabs}"
        )


def resident_megabytes():
    """What this process holds of the machine's memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
