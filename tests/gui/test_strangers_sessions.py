"""Session files that somebody made to do harm, opened in one window one after the other."""

import shutil
from pathlib import Path

import pytest

from engine.messages import JobFailed
from engine.session_jobs import SessionOpened
from tests.engine.store.crafted_sessions import ALL, lay, make_whole

REFUSED = [crafted for crafted in ALL if crafted.says and crafted.is_refused]
OPENED = [crafted for crafted in ALL if crafted not in REFUSED]

SLOW = [pytest.mark.slow, pytest.mark.timeout(1800)]


def is_answer(message):
    """Whether it is about the session; a view may fail as well where its data are missing."""
    return isinstance(message, SessionOpened) or message.sentence.startswith(
        ("session.", "Beside the session")
    )


@pytest.mark.parametrize(
    ("files", "in_all_tabs"),
    [
        pytest.param([*REFUSED[::6], *OPENED[::40]], False, id="some"),
        pytest.param(
            [*REFUSED, *OPENED], True, id="all", marks=[pytest.mark.slow, pytest.mark.timeout(1800)]
        ),
    ],
)
def test_what_is_refused_is_said_in_a_sentence_and_the_session_that_was_open_stays(
    ready, qtbot, tmp_path, files, in_all_tabs
):
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
            for tab in ready.window.all_tabs() if in_all_tabs else ():
                ready.window.show_tab(tab.TITLE)
            assert isinstance(open_file(mine), SessionOpened)
