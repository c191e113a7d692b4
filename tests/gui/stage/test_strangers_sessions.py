"""Session files that somebody made to do harm, opened in one window one after the other."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.core.messages import JobFailed
from engine.session.jobs.files import SessionOpened
from gui.stage.stage import Stage
from tests.engine.session.store.crafted_sessions import ALL, lay, make_whole
from tests.gui.worlds import TITLES

REFUSED = [crafted for crafted in ALL if crafted.says and crafted.is_refused]
OPENED = [crafted for crafted in ALL if crafted not in REFUSED]

SLOW = [pytest.mark.slow, pytest.mark.timeout(1800)]


def is_answer(message):
    """Whether it is about the session; a view may fail as well where its data are missing."""
    return isinstance(message, SessionOpened) or message.sentence.startswith(("session.", "Beside the session"))


@pytest.mark.tabs("draw", "train")
@pytest.mark.parametrize(
    "files",
    [pytest.param([*REFUSED[::20], *OPENED[::80]], id="some"), pytest.param([*REFUSED, *OPENED], id="all", marks=SLOW)],
)
def test_what_is_refused_is_said_in_a_sentence_and_the_open_session_stays(ready, qtbot, tmp_path, files):
    whole = make_whole(tmp_path / "whole.layerlight")
    mine = Path(shutil.copy(whole, tmp_path / "mine.layerlight"))
    told = []
    for kind in (JobFailed, SessionOpened):
        ready.bridge.listen(kind, told.append)

    def open_file(path):
        del told[:]
        ready.sessions.open(path)
        qtbot.waitUntil(lambda: any(map(is_answer, told)), timeout=100_000)
        return next(filter(is_answer, told))

    assert isinstance(open_file(mine), SessionOpened)
    for number, crafted in enumerate(files):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = lay(whole, crafted, folder)
        message = open_file(path)
        assert [each.details for each in told if isinstance(each, JobFailed) and each.details] == []
        assert isinstance(message, JobFailed) == (crafted in REFUSED), crafted.name
        if isinstance(message, JobFailed):
            assert crafted.says in message.sentence
            assert (ready.sessions.path, ready.sessions.runs) == (mine, {"A", "B"})
        else:
            assert ready.sessions.path == path
            assert isinstance(open_file(mine), SessionOpened)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_what_opens_can_be_looked_at_in_every_tab(qapp, tmp_path):
    labels = np.arange(90, dtype=np.uint8) % 4  # data that the runs of the files could have learned from
    images = np.random.default_rng(1).integers(0, 256, (90, 8, 8), np.uint8)
    np.savez(tmp_path / "stripes.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    whole = make_whole(tmp_path / "whole.layerlight")
    with Stage() as stage:
        stage.open(str(tmp_path / "stripes.npz"))
        sessions, tabs = stage.application.sessions, stage.window.all_tabs()
        assert len(tabs) == len(TITLES)
        for number, crafted in enumerate(OPENED):
            folder = tmp_path / str(number)
            folder.mkdir()
            path = lay(whole, crafted, folder)
            sessions.open(path)
            stage.wait_for(lambda path=path: sessions.path == path)
            for tab in tabs:
                stage.window.tabs.setCurrentWidget(tab)
                stage.live(0.01)
                try:
                    stage.wait_for(lambda tab=tab: tab.is_settled and not stage.mailbox.working)
                except (RuntimeError, TimeoutError) as error:
                    error.add_note(f"{tab.TITLE}, {crafted.name}: {path}")
                    raise
