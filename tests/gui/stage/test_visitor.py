"""Whoever opens the window for the first time and tries anything with mouse and keys meets no fault."""

import os
import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from engine.model.training.messages import EpochDone
from tests.gui.stage.visitor import Complaints, FileAnswers, Visitor, first_start

BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[4] / "shared" / "datasets" / "mnist.npz"
PLACES = [Path(each) for each in (os.environ.get("LAYERLIGHT_DATA"), BESIDE_THE_CHECKOUT) if each]
# the full MNIST, as it was when the tests began: none of them has it among its surroundings
MNIST = next((each for each in PLACES if each.is_file()), None)

MINUTES = float(os.environ.get("LAYERLIGHT_WALK_MINUTES", "25"))
SEED = int(os.environ.get("LAYERLIGHT_WALK_SEED", "1"))  # of the walk for minutes
EVENTS, SAMPLED = 10_000, 20  # events of a walk, and between two turns of an event loop


@pytest.fixture
def complaints(qapp, monkeypatch, qtlog):
    with Complaints(monkeypatch, qtlog) as made:
        yield made


@pytest.fixture
def stage(complaints, monkeypatch, tmp_path):
    FileAnswers(monkeypatch, tmp_path)
    with first_start(monkeypatch, tmp_path) as made:
        yield made


@pytest.mark.usefixtures("all_tabs")
def test_random_events_on_a_window_without_an_engine_raise_nothing(ready, complaints, monkeypatch, tmp_path):
    FileAnswers(monkeypatch, tmp_path)
    visitor = Visitor(ready.window, complaints, seed=1)
    while visitor.events < 120:
        visitor.step()
        if visitor.events % 5 == 0:
            QApplication.processEvents()
        assert not complaints.all(ready), complaints.report(ready)
    visitor.leave()


def wander(stage, complaints, seed, capsys, goes_on):
    """Walk without aim while a run trains, and say what was met; return the visitor."""
    visitor, epochs = Visitor(stage.window, complaints, seed), []
    stage.application.bridge.listen(EpochDone, epochs.append)
    while goes_on(visitor):
        if stage.controls.state in ("idle", "paused"):
            stage.controls.toggle()
        visitor.step()
        if visitor.events % SAMPLED == 0:
            stage.live(0)  # as a person's window has all the time: what was closed goes
        assert not complaints.all(stage.application), f"seed {seed}: {complaints.report(stage.application)}"
    visitor.leave()
    tabs = ", ".join(f"{title} {count:,}" for title, count in sorted(visitor.visits.items()))
    with capsys.disabled():
        print(
            f"\nseed {seed}: {visitor.events:,} events while {len(epochs):,} epochs were learned; tracebacks "
            f"{len(complaints.tracebacks)}, Qt warnings {len(complaints.qt_warnings)}\n  events by tab: {tabs}"
        )
    return visitor


@pytest.mark.slow
@pytest.mark.timeout(1_500)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_walk_without_aim_while_a_run_trains_meets_no_fault(stage, complaints, seed, capsys):
    visitor = wander(stage, complaints, seed, capsys, goes_on=lambda visitor: visitor.events < EVENTS)
    assert len(visitor.visits) == len(stage.window.all_tabs())


@pytest.mark.soak
@pytest.mark.timeout(60 * MINUTES + 600)
@pytest.mark.skipif(MNIST is None, reason="the full mnist.npz is not here: set LAYERLIGHT_DATA to its path")
def test_random_use_while_the_full_mnist_is_learned_meets_no_mistake(stage, complaints, capsys):
    stage.application.opening.open(MNIST)
    stage.wait_for(lambda: stage.application.bridge.dataset.train_images > 50_000, 120)
    end = time.monotonic() + 60 * MINUTES
    wander(stage, complaints, SEED, capsys, goes_on=lambda _: time.monotonic() < end)
