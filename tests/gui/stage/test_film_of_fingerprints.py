"""A film of Fingerprints over sixty snapshots, in the true window over the session that comes along."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from bench.window.figures import spread
from bench.window.pulse import Pulse
from engine.core.lens import Lens
from engine.core.specs import TrainSpec
from engine.export.film.settings import FilmSpec, picked
from gui.shell.film.maker import FilmRequest, frame_of
from gui.stage.stage import Stage
from gui.tabs.fingerprints.tab import FingerprintsTab

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[3]

FRAMES, WIDTH = 60, 960


def run(folder, *words, **more):
    """Run a command of ours in a home of its own."""
    home = {**os.environ, "HOME": str(folder / "home")}
    command = [sys.executable, ROOT / "main.py", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=folder, env=home, **more)


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """The blog's network at more than sixty moments of its training."""
    folder = tmp_path_factory.mktemp("session")
    file = folder / "run.layerlight"
    run(folder, "train", "--epochs", FRAMES, "--dataset", "sample", "--session", file, check=True)
    return file


@pytest.fixture
def stage(qapp, session):
    with Stage() as made:
        made.open("sample")
        made.application.sessions.open(session, copy=True)
        made.wait_for(lambda: made.application.timeline.run)
        tab = made.show_tab(FingerprintsTab)
        made.settle(tab)
        yield made


def wish(stage, path, **changes):
    there = stage.application.timeline.run
    steps = picked(there.steps, FRAMES)
    tab = stage.show_tab(FingerprintsTab)
    values = {"spec": FilmSpec(width=WIDTH), "steps": steps, "view": tab} | changes
    return FilmRequest(tab=tab, path=path, run=there.name, **values)


def frames_of(path):
    with Image.open(path) as film:
        return [np.asarray(each.convert("RGB")).astype(int) for each in ImageSequence.Iterator(film)]


def test_it_is_small_and_soon_there_and_the_window_goes_on_meanwhile(stage, tmp_path, capsys):
    maker, path = stage.application.films, tmp_path / "fingerprints.webp"
    pulse = Pulse(stage.window)
    began, computed = time.monotonic(), time.process_time()
    pulse.start()
    maker.begin(wish(stage, path))
    stage.wait_for(lambda: not maker.is_busy, 120)
    pulse.stop()
    seconds, computed, size = time.monotonic() - began, time.process_time() - computed, path.stat().st_size
    beat = spread(pulse.gaps)
    with capsys.disabled():
        print(f"\n{FRAMES} frames in {seconds:.1f} s, {computed:.1f} s of a core, {size / 1e6:.2f} MB")
        print(f"beat: p99 {beat['p99']:.0f} ms, longest {beat['max']:.0f} ms")
    assert len(frames_of(path)) == FRAMES and size <= 3e6
    assert computed <= 10, "by the clock it takes less, unless others have the cores"


def test_each_frame_is_what_the_tab_shows_at_that_snapshot(stage, tmp_path):
    maker, path, selection = stage.application.films, tmp_path / "a.webp", stage.application.selection
    before = selection.lens
    asked = wish(stage, path, steps=picked(stage.application.timeline.run.steps, 6))
    maker.begin(asked)
    stage.wait_for(lambda: not maker.is_busy, 120)
    assert selection.lens == before
    tab, frames = asked.tab, frames_of(path)
    selection.change(lens=Lens(asked.run, asked.steps[-1]))
    stage.settle(tab)
    let_go = tab.hold_scale()
    shown = []
    for step in asked.steps:
        selection.change(lens=Lens(asked.run, step))
        stage.settle(tab)
        image = frame_of(tab, WIDTH)
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
        shown.append(pixels[..., 2::-1].astype(int))
    let_go()
    selection.change(lens=before)
    for place, frame in enumerate(frames):
        body = frame[: -round(30 * WIDTH / tab.width())]
        errors = [np.abs(body - each[: len(body)]).mean() for each in shown]
        assert np.argmin(errors) == place and errors[place] < 3, errors


def test_the_command_films_a_panel_without_a_window(tmp_path, session):
    before = session.read_bytes()
    words = ("film", "fingerprints", "--session", session, "--dataset", "sample", "--frames", 4, "--out", "a.webp")
    done = run(tmp_path, *words, "--panel", "accuracy", check=False)
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("Saved a.webp: 4 snapshots")
    assert len(frames_of(tmp_path / "a.webp")) == 4 and session.read_bytes() == before
    for more, sentence in (
        (("--panel", "none such"), "The tab Fingerprints shows no panel none such; it shows "),
        (("--out", "gone/a.webp"), "a.webp cannot be saved: there is no folder "),
    ):
        refused = run(tmp_path, *words, *more, check=False)
        assert refused.returncode == 1 and refused.stderr.startswith(f"layerlight: {sentence}")


def test_a_film_while_a_training_runs_stops_neither_it_nor_the_window(qapp, tmp_path, capsys):
    with Stage() as stage:
        stage.open("sample")
        controls, maker = stage.controls, stage.application.films
        controls.start(TrainSpec(epochs=10_000))
        stage.wait_for(lambda: stage.application.timeline.run and len(stage.application.timeline.run.steps) > 8)
        run = stage.application.timeline.run
        steps, path = tuple(run.steps[:8]), tmp_path / "a.webp"
        tab = stage.show_tab(FingerprintsTab)
        stage.settle(tab)
        asked = wish(stage, path, steps=steps, spec=FilmSpec(width=WIDTH))
        pulse, before = Pulse(stage.window), run.steps[-1]
        pulse.start()
        maker.begin(asked)
        stage.wait_for(lambda: not maker.is_busy, 240)
        pulse.stop()
        beat, after = spread(pulse.gaps), stage.application.bridge.runs[run.name].steps[-1]
        with capsys.disabled():
            print(f"\nwhile a training runs: beat p99 {beat['p99']:.0f} ms, longest {beat['max']:.0f} ms")
            print(f"trained from step {before:,} to {after:,} meanwhile")
        assert maker.failure is None and controls.state == "running" and after > before
        assert stage.application.selection.lens.moment is None, "it follows the training again"
        controls.stop()
        stage.wait_for(lambda: controls.state == "idle")
        frames = frames_of(path)
        assert len(frames) == len(steps)
        shown = []
        stage.application.selection.change(lens=Lens(run.name, steps[-1]))
        stage.settle(tab)
        let_go = tab.hold_scale()
        for step in steps:
            stage.application.selection.change(lens=Lens(run.name, step))
            stage.settle(tab)
            image = frame_of(tab, WIDTH)
            pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
            shown.append(pixels[..., 2::-1].astype(int))
        let_go()
        for place, frame in enumerate(frames):
            body = frame[: -round(30 * WIDTH / tab.width())]
            errors = [np.abs(body - each[: len(body)]).mean() for each in shown]
            assert np.argmin(errors) == place and errors[place] < 3, errors
