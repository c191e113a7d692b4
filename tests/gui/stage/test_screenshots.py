"""Pictures of all tabs: all scenes of each are taken, the README's tour is complete, and its pictures are small."""

import itertools
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QImage, QPixmap

from engine.core.machine.bundled import BUNDLED
from gui.look.theme import theme
from gui.stage.screenshots import PANELS, TOUR, save_small, stage_scene, take_screenshots
from gui.stage.stage import Stage, scenes_of
from tests.gui.fake_engine import fake_prepare, fake_train
from tests.gui.tabs.test_contract import TABS

ROOT = Path(__file__).parents[3]


def scenes_called(name):
    return scenes_of(SimpleNamespace(objectName=lambda: name))


def test_the_tour_takes_scenes_that_there_are_and_readme_and_tour_show_just_its_pictures_which_are_small():
    assert all(shot.scene in scenes_called(shot.tab) for shot in (*TOUR, *PANELS))
    assert len({shot.file for shot in TOUR}) == len(TOUR)
    assert list(scenes_called("plain")) == [""] and list(scenes_called("plain")[""]()) == []
    readme, tour = (
        re.findall(r"\((?:\.\./)?resources/pictures/([a-z0-9-]+)\.png\)", (ROOT / name).read_text())
        for name in ("README.md", "docs/tour.md")
    )
    files = sorted((ROOT / "resources" / "pictures").glob("*.png"))
    shots = sorted(shot.file for shot in TOUR)
    assert sorted({*readme, *tour}) == shots
    assert sorted(file.stem for file in files) == sorted([*shots, *(shot.file for shot in PANELS)])
    assert sum(file.stat().st_size for file in files) < 1.5e6


def test_a_small_picture_looks_like_the_large_one(qapp, tmp_path):
    ramp = np.repeat(np.linspace(0, 255, 64, dtype=np.uint8)[None, :, None], 64, axis=0) * np.ones(3, np.uint8)
    ramp[:, :, 1] //= 2
    pixmap = QPixmap.fromImage(QImage(ramp.tobytes(), 64, 64, 192, QImage.Format.Format_RGB888))
    save_small(pixmap, tmp_path / "small.png")
    with Image.open(tmp_path / "small.png") as small:
        assert small.mode == "P"
        assert np.abs(np.asarray(small.convert("RGB"), int) - ramp).max() <= 4


@pytest.mark.slow
def test_scenes_show_what_their_names_say_and_the_next_one_nothing_of_the_last(qapp, monkeypatch):
    monkeypatch.setattr("gui.stage.stage.QUIET_SECONDS", 0.3)
    with Stage(bundled=BUNDLED) as stage:
        stage.open(None)
        tabs = {tab.objectName(): tab for tab in stage.window.all_tabs()}
        ideal, warmup = tabs["ideal"], tabs["warmup"]

        def show(tab, scene):
            stage_scene(stage, tabs[tab], scenes_of(tabs[tab])[scene])

        show("ideal", "judged")
        assert ideal.judgement.isVisible()
        show("ideal", "neurons")
        assert ideal.painting.latest.layer == 0 and not ideal.judgement.isVisible()
        show("ideal", "l1")
        assert ideal.painting.number == 1000
        assert (ideal.painting.latest.images == 0).mean() > 0.9
        show("warmup", "")
        assert warmup.settings.learn.text() == "Run"
        show("warmup", "learning")
        assert warmup.descent.state == "resting"
        assert 1_000 <= warmup.latest.step < 100_000
        show("warmup", "gradient")
        assert warmup.panel.gradient["gradient"].isVisible()
        show("warmup", "finished")
        assert warmup.latest.step == 100_000 and warmup.latest.loss < 0.2
        show("warmup", "hopeless")
        assert warmup.latest.loss > 3 and "onditioned" in warmup.settings.sentence.text()
        show("fingerprints", "silenced")
        assert len(stage.application.selection.lens.silenced) == 16
        show("weights", "")
        assert not stage.application.selection.lens.silenced


@pytest.mark.slow
def test_pictures_are_taken_of_every_tab_in_both_themes_and_sizes(qapp, monkeypatch, tmp_path):
    scenes = {tab.TITLE: list(scenes_called(name)) for name, tab in TABS.items()}
    monkeypatch.setattr("gui.shell.process.startup.prepare", fake_prepare)
    monkeypatch.setattr("gui.stage.screenshots.train", fake_train)
    monkeypatch.setattr("gui.stage.screenshots.LOOK_SECONDS", 0.01)
    monkeypatch.setattr("gui.stage.stage.QUIET_SECONDS", 0.02)
    monkeypatch.setattr("gui.stage.stage.SETTLE_SECONDS", 0.05)
    take_screenshots(tmp_path / "pictures")
    theme().choose("light")
    names = {file.name for file in (tmp_path / "pictures").iterdir()}
    for moment, look, size in itertools.product(("running", "finished"), ("light", "dark"), ("1280x720", "1920x1080")):
        for title, names_of_scenes in scenes.items():
            for scene in names_of_scenes:
                words = filter(None, (title.lower().replace(" ", "-"), scene, moment, look, size))
                assert f"{'-'.join(words)}.png" in names
        picture = QImage(str(tmp_path / "pictures" / f"train-{moment}-{look}-{size}.png"))
        ground = picture.pixelColor(picture.width() - 3, 100)  # at the left is the rail
        assert ground.name().upper() == {"light": "#F3F5F8", "dark": "#0F1216"}[look]
        assert f"code-{moment}-{look}.png" in names
