"""*Export hand-out…* in the window: where to, how far it is, and giving it up."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QToolButton

from engine.base.lens import Lens
from engine.base.messages import Notice
from engine.handout.messages import HandoutWriting
from gui.shell.lesson import handout


@pytest.fixture
def asked(monkeypatch):
    """What the job was asked for; it takes turns until it is given up or let `go`."""

    class Asked:
        given = None
        go = False

    def write(session, lens, path, chapters):
        Asked.given = lens, path, chapters
        yield HandoutWriting(file=path.name, share=0.4)
        while not Asked.go:
            yield None
        yield Notice(sentence=f"Saved {path}.")

    monkeypatch.setattr(handout, "save_handout", write)
    return Asked


def export(window):
    window.selection.change(lens=Lens("A", 12))
    window.actions["file.handout"].trigger()


def words(window):
    return window.window.findChild(QLabel, "status.handout")


def test_it_writes_the_run_that_is_looked_at_and_says_how_far_it_is(
    all_tabs, window, place, asked, qtbot, tmp_path
):
    place.answer = str(tmp_path / "mine")
    export(window)
    qtbot.waitUntil(lambda: words(window).isVisible())
    assert Path(place.proposed).name == "Hand-out, run A.html"
    assert asked.given == (Lens("A", 12), tmp_path / "mine.html", ())
    assert words(window).toolTip() or words(window).text() == "Writing mine.html… 40 %"
    asked.go = True
    qtbot.waitUntil(lambda: not words(window).isVisible())
    assert any("mine.html" in each.sentence for each in window.notices.history)


def test_cancel_gives_it_up_and_says_so(all_tabs, window, place, asked, qtbot, tmp_path):
    place.answer = str(tmp_path / "mine.html")
    export(window)
    cancel = window.window.findChild(QToolButton, "status.handout.cancel")
    qtbot.waitUntil(cancel.isVisible)
    assert cancel.accessibleName() == "Cancel writing"
    cancel.click()
    assert not cancel.isVisible()
    assert window.notices.current.text == "mine.html was not written."


def test_without_a_place_nothing_is_written(all_tabs, window, place, asked):
    place.answer = ""
    export(window)
    assert asked.given is None and window.handouts.words == ""


def test_without_a_run_a_sentence_says_so(all_tabs, window, asked):
    window.selection.change(lens=None)
    window.actions["file.handout"].trigger()
    assert asked.given is None
    assert window.notices.current.text == "There is no run to hand out yet. Press Start to train one."
