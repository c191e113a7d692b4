"""Words that are two fifths longer, as those of other languages may be, have room in every scene of all tabs."""

import re

import pytest

from engine.core.machine.bundled import BUNDLED
from gui.look.theme import theme
from gui.stage.screenshots import stage_scene
from gui.stage.stage import Stage, scenes_of
from tests.gui.room import crowded, cut_off, overlaps, squeezed
from tests.pseudo import spoken

SIZES = (100, 80, 125, 150)

# What may lack room, by the beginning of what is said of it, and why.
EXCEPTIONS: dict[str, str] = {}
EXCEPTED = re.compile("|".join(map(re.escape, EXCEPTIONS)) or "(?!)")


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_no_words_are_cut_squeezed_or_over_others_when_they_are_longer(qapp, monkeypatch):
    monkeypatch.setattr("gui.stage.stage.QUIET_SECONDS", 0.2)
    faults = {}
    with spoken("x-long"), Stage(bundled=BUNDLED) as stage:
        stage.open(None)
        stage.open_bundled()
        for tab in stage.window.all_tabs():
            for name, scene in scenes_of(tab).items():
                theme().choose_text_size(SIZES[0])
                stage_scene(stage, tab, scene)
                for percent in SIZES:
                    theme().choose_text_size(percent)
                    stage.settle(tab)
                    for what in (*cut_off(stage.window), *squeezed(stage.window), *overlaps(tab), *crowded(tab)):
                        faults.setdefault(what, []).append(f"{tab.objectName()}/{name} at {percent} %")
    lacking = [f"{what} | {', '.join(where)}" for what, where in sorted(faults.items()) if not EXCEPTED.match(what)]
    assert not lacking, "\n".join([f"{len(lacking)} faults", *lacking])
