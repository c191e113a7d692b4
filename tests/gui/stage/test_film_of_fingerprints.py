"""A film of Fingerprints in the true window while a training runs, and by the command."""

import numpy as np
import pytest
from PIL import Image, ImageSequence

from engine.core.lens import Lens
from engine.core.specs import TrainSpec
from engine.export.film.settings import FilmSpec
from gui.shell.film.maker import FilmRequest, frame_of
from gui.stage.stage import Stage
from gui.tabs.fingerprints.tab import FingerprintsTab
from tests.gui.stage.test_stage_commands import run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

WIDTH = 960


def test_a_film_while_a_training_runs_does_not_stop_it_and_each_frame_is_what_the_tab_shows(qapp, tmp_path):
    path = tmp_path / "a.webp"
    with Stage() as stage:
        stage.open("sample")
        controls, timeline, maker = stage.controls, stage.application.timeline, stage.application.films
        selection = stage.application.selection
        controls.start(TrainSpec(epochs=10_000))
        stage.wait_for(lambda: timeline.run and len(timeline.run.steps) > 8)
        run, steps = timeline.run, tuple(timeline.run.steps[:8])
        before = run.steps[-1]
        tab = stage.show_tab(FingerprintsTab)
        stage.settle(tab)
        maker.begin(FilmRequest(tab=tab, view=tab, path=path, run=run.name, steps=steps, spec=FilmSpec(width=WIDTH)))
        stage.wait_for(lambda: not maker.is_busy, 240)
        assert maker.failure is None and controls.state == "running"
        assert stage.application.bridge.runs[run.name].steps[-1] > before
        assert selection.lens.moment is None, "it follows the training again"
        controls.stop()
        stage.wait_for(lambda: controls.state == "idle")

        with Image.open(path) as film:
            frames = [np.asarray(each.convert("RGB")).astype(int) for each in ImageSequence.Iterator(film)]
        shown = []
        selection.change(lens=Lens(run.name, steps[-1]))
        stage.settle(tab)
        let_go = tab.hold_scale()
        for step in steps:
            selection.change(lens=Lens(run.name, step))
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


def test_the_command_films_a_panel_without_a_window(tmp_path):
    session = tmp_path / "run.layerlight"
    assert run(tmp_path, "train", "--epochs", "6", "--dataset", "sample", "--session", str(session)).returncode == 0
    before = session.read_bytes()
    words = ("film", "fingerprints", "--session", session, "--dataset", "sample", "--frames", "4", "--out", "a.webp")
    done = run(tmp_path, *words, "--panel", "accuracy")
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("Saved a.webp: 4 snapshots")
    with Image.open(tmp_path / "a.webp") as made:
        assert made.n_frames == 4
    assert session.read_bytes() == before
    for more, sentence in (
        (("--panel", "none such"), "The tab Fingerprints shows no panel none such; it shows "),
        (("--out", "gone/a.webp"), "a.webp cannot be saved: there is no folder "),
    ):
        refused = run(tmp_path, *words, *more)
        assert refused.returncode == 1 and refused.stderr.startswith(f"layerlight: {sentence}")
