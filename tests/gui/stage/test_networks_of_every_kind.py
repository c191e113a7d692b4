"""Networks of every kind of layers in the true window: each tab shows all of them, and nothing is cut off."""

import pytest

from engine.core.lens import Lens
from engine.core.messages import run_through
from engine.core.specs import ADAM
from engine.data.formats.sample import open_sample
from engine.session.jobs.train import train
from engine.session.session import Session
from gui.stage.screenshots import stage_scene
from gui.stage.stage import Stage, scenes_of
from tests.engine.trained import NETWORKS
from tests.gui.room import crowded, cut_off, squeezed

KINDS = [kind for kind in NETWORKS if kind != "groups"]  # five, as many runs as Ideal images has rows for


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """A session's file with a run of each kind, on the sample."""
    file = tmp_path_factory.mktemp("kinds") / "kinds.layerlight"
    session = Session(open_sample())
    list(session.move_to(file))
    for kind in KINDS:
        run_through(train(session, ADAM.but(layers=NETWORKS[kind], epochs=1, batch=100)))
    assert session.close()
    return file


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_page_with_networks_of_every_kind(qapp, learned):
    wrong = {}
    with Stage() as stage:
        stage.open(None)
        stage.application.sessions.open(learned)
        stage.wait_for(lambda: len(stage.application.sessions.runs) == len(KINDS))
        stage.window.resize(1280, 720)
        for run, kind in zip(sorted(stage.application.sessions.runs), KINDS, strict=True):
            stage.application.selection.change(lens=Lens(run))
            for tab in stage.window.all_tabs():
                stage_scene(stage, tab, next(iter(scenes_of(tab).values())))
                found = cut_off(stage.window) + squeezed(stage.window) + crowded(tab)
                if found:
                    wrong[kind, tab.objectName()] = found[:5]
        assert not stage.mailbox.bugs
        failed = [line.sentence for line in stage.application.notices.history if line.failure]
    assert not wrong, "\n".join(f"{where}: {what}" for where, what in wrong.items())
    assert not failed
