"""Ten minutes of a person's use while a network trains: memory, threads and open files stay as they are."""

import os
import random
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from engine.core.specs import PRESETS
from engine.model.training.messages import EpochDone
from gui.stage.stage import Stage

MINUTES = float(os.environ.get("LAYERLIGHT_SOAK_MINUTES", "10"))
SETTLED_MINUTES = 2.0  # caches fill and tabs compile until then
MOST_MEGABYTES_A_MINUTE = 1.0
HOLD_SECONDS = 0.25


def memory():
    """Megabytes of this process that lie in no file."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["RssAnon"].split()[0]) / 1024


def count(what):
    """How many threads (`task`), those below Python too, or descriptors (`fd`) this process has."""
    return sum(1 for _ in Path("/proc/self", what).iterdir())


@pytest.mark.soak
@pytest.mark.timeout(MINUTES * 60 + 300)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells the figures")
def test_ten_minutes_of_training_slider_and_tabs_cost_no_memory_threads_or_descriptors(qapp, capsys):
    chance, seen = random.Random(1), []
    with Stage() as stage:
        stage.open("sample")
        epochs = []
        stage.application.bridge.listen(EpochDone, lambda message: epochs.append(message.epoch))
        # of small batches, or a fast machine has gone through the most epochs there are before the end
        stage.controls.start(PRESETS["blog"].spec.but(epochs=10_000, batch=25))
        stage.wait_for(lambda: len(epochs) > 2)
        timeline, tabs = stage.application.timeline, stage.window.all_tabs()
        begin = time.monotonic()
        while (minutes := (time.monotonic() - begin) / 60) < MINUTES:
            stage.window.tabs.setCurrentWidget(tabs[len(seen) % len(tabs)])
            stage.live(HOLD_SECONDS)
            for _ in range(4):
                timeline.go(chance.random() * timeline.run.newest)
                stage.live(HOLD_SECONDS)
            timeline.live()
            stage.live(HOLD_SECONDS)
            seen.append((minutes, memory(), count("task"), count("fd"), len(epochs)))
        assert stage.controls.state == "running"
        assert not [line for line in stage.application.notices.history if line.failure]
    settled = np.array([row for row in seen if row[0] >= SETTLED_MINUTES])
    minutes, megabytes = settled[:, 0], settled[:, 1]
    slope = np.polyfit(minutes, megabytes, 1)[0]
    with capsys.disabled():
        for minute in range(int(MINUTES) + 1):
            at, size, threads, descriptors, learned = min(seen, key=lambda each: abs(each[0] - minute))
            print(
                f"\nminute {at:4.1f}: {size:6.1f} MB, {threads} threads, {descriptors} files, {learned} epochs", end=""
            )
        print(f"{slope:+.2f} MB a minute")
    assert slope < MOST_MEGABYTES_A_MINUTE
    assert len(set(settled[:, 2])) == len(set(settled[:, 3])) == 1
