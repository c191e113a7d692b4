"""A film of Fingerprints in the true window, small and soon there, also while a training runs; and by the command."""

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


def film(stage, path, steps):
    """Film the tab at these steps of the run that is looked at; return request, frames and the window's beat."""
    tab, maker, pulse = stage.show_tab(FingerprintsTab), stage.application.films, Pulse(stage.window)
    stage.settle(tab)
    before, run = stage.application.selection.lens, stage.application.timeline.run.name
    request = FilmRequest(tab=tab, view=tab, path=path, run=run, steps=steps, spec=FilmSpec(width=WIDTH))
    pulse.start()
    maker.begin(request)
    stage.wait_for(lambda: not maker.is_busy, 240)
    pulse.stop()
    assert maker.failure is None and stage.application.selection.lens == before
    with Image.open(path) as film:
        frames = [np.asarray(each.convert("RGB")).astype(int) for each in ImageSequence.Iterator(film)]
    return request, frames, spread(pulse.gaps)


def assert_shows(stage, request, frames):
    """Each frame of a film is what the tab shows at its snapshot."""
    tab, selection, shown = request.tab, stage.application.selection, []
    selection.change(lens=Lens(request.run, request.steps[-1]))
    stage.settle(tab)
    let_go = tab.hold_scale()
    for step in request.steps:
        selection.change(lens=Lens(request.run, step))
        stage.settle(tab)
        image = frame_of(tab, WIDTH)
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
        shown.append(pixels[..., 2::-1].astype(int))
    let_go()
    assert len(frames) == len(shown)
    for place, frame in enumerate(frames):
        body = frame[: -round(30 * WIDTH / tab.width())]
        errors = [np.abs(body - each[: len(body)]).mean() for each in shown]
        assert np.argmin(errors) == place and errors[place] < 3, errors


def test_it_is_small_and_soon_there_and_each_frame_is_what_the_tab_shows_at_that_snapshot(
    qapp, session, tmp_path, capsys
):
    path = tmp_path / "fingerprints.webp"
    with Stage() as stage:
        stage.open("sample")
        stage.application.sessions.open(session, copy=True)
        stage.wait_for(lambda: stage.application.timeline.run)
        steps = stage.application.timeline.run.steps
        began, computed = time.monotonic(), time.process_time()
        _, frames, beat = film(stage, path, picked(steps, FRAMES))
        seconds, computed, size = time.monotonic() - began, time.process_time() - computed, path.stat().st_size
        with capsys.disabled():
            print(f"\n{FRAMES} frames in {seconds:.1f} s, {computed:.1f} s of a core, {size / 1e6:.2f} MB")
            print(f"beat: p99 {beat['p99']:.0f} ms, longest {beat['max']:.0f} ms")
        assert len(frames) == FRAMES and size <= 3e6
        assert computed <= 10, "by the clock it takes less, unless others have the cores"
        request, frames, _ = film(stage, tmp_path / "a.webp", picked(steps, 6))
        assert_shows(stage, request, frames)


def test_a_film_while_a_training_runs_stops_neither_it_nor_the_window(qapp, tmp_path, capsys):
    with Stage() as stage:
        stage.open("sample")
        controls, timeline = stage.controls, stage.application.timeline
        controls.start(TrainSpec(epochs=10_000))
        stage.wait_for(lambda: timeline.run and len(timeline.run.steps) > 8)
        run = timeline.run
        before = run.steps[-1]
        request, frames, beat = film(stage, tmp_path / "a.webp", tuple(run.steps[:8]))
        after = stage.application.bridge.runs[run.name].steps[-1]
        with capsys.disabled():
            print(f"\nwhile a training runs: beat p99 {beat['p99']:.0f} ms, longest {beat['max']:.0f} ms")
            print(f"trained from step {before:,} to {after:,} meanwhile")
        assert controls.state == "running" and after > before
        assert stage.application.selection.lens.moment is None, "it follows the training again"
        controls.stop()
        stage.wait_for(lambda: controls.state == "idle")
        assert_shows(stage, request, frames)


def test_the_command_films_a_panel_without_a_window(tmp_path, session):
    before = session.read_bytes()
    words = ("film", "fingerprints", "--session", session, "--dataset", "sample", "--frames", 4, "--out", "a.webp")
    done = run(tmp_path, *words, "--panel", "accuracy", check=False)
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("Saved a.webp: 4 snapshots")
    with Image.open(tmp_path / "a.webp") as made:
        assert made.n_frames == 4
    assert session.read_bytes() == before
    for more, sentence in (
        (("--panel", "none such"), "The tab Fingerprints shows no panel none such; it shows "),
        (("--out", "gone/a.webp"), "a.webp cannot be saved: there is no folder "),
    ):
        refused = run(tmp_path, *words, *more, check=False)
        assert refused.returncode == 1 and refused.stderr.startswith(f"layerlight: {sentence}")
