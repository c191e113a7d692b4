"""*Export hand-out…* in the window: where to, how far it is, and giving it up."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton

from engine.core.lens import Lens
from engine.core.messages import Notice
from engine.export.handout.messages import HandoutWriting
from gui.shell.dialogs.handout_sheet import HandoutSheet
from gui.shell.lesson import handout
from tests.gui.session_messages import opened, summary
from tests.gui.worlds import tell


@pytest.fixture
def asked(monkeypatch):
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


def ask(window, data="MNIST 55,000 + 10,000"):
    """Look at a snapshot of A, with B beside it, and ask for a hand-out; return the sheet."""
    runs = [
        summary("A", title="first", dataset=data, moments=(0, 12, 550)),
        summary("B", dataset="Clothes 60,000 + 5,000", moments=(0, 550)),
        summary("C", moments=(), epochs=()),
    ]
    tell(window, opened(runs=runs))
    window.selection.change(lens=Lens("A", 12))
    window.actions["teach.handout"].trigger()
    return window.window.findChild(HandoutSheet)


def words(window):
    return window.window.findChild(QLabel, "status.handout")


def test_the_run_that_is_looked_at_or_another_is_written_and_says_how_far_it_is(window, place, asked, qtbot, tmp_path):
    place.answer = str(tmp_path / "mine")
    sheet = ask(window)
    assert [sheet.run.itemText(row) for row in range(sheet.run.count())] == ["B", "A · first"]
    assert sheet.run.currentData() == "A" and not sheet.remark.isVisible()
    said = {name: label.text() for name, label in sheet.facts.items()}
    assert said == {
        "network": "300",
        "snapshot": "epoch 0.022, step 12",
        "accuracy": "not tested yet",
        "data": "MNIST 55,000 + 10,000",
    }
    sheet.findChild(QPushButton, "handout.export").click()
    qtbot.waitUntil(lambda: words(window).isVisible())
    assert Path(place.proposed).name == "Hand-out, run A first.html"
    assert asked.given == (Lens("A", 12), tmp_path / "mine.html", ())
    assert words(window).toolTip() or words(window).text() == "Writing mine.html… 40 %"
    asked.go = True
    qtbot.waitUntil(lambda: not words(window).isVisible())
    assert any("mine.html" in each.sentence for each in window.notices.history)

    sheet = ask(window)
    sheet.run.setCurrentIndex(0)
    said = {name: label.text() for name, label in sheet.facts.items()}
    assert said["snapshot"] == "epoch 1.0, step 550"
    assert said["accuracy"] == "93.80 % of 5,000 test images" and said["data"] == "Clothes 60,000 + 5,000"
    assert "MNIST 55,000 + 10,000" in sheet.remark.text() and sheet.remark.isVisible()
    sheet.findChild(QPushButton, "handout.export").click()
    qtbot.waitUntil(lambda: asked.given[0] == Lens("B"))
    qtbot.waitUntil(lambda: not words(window).isVisible())


def test_cancel_gives_it_up_and_without_a_place_or_a_run_nothing_is_written(window, place, asked, qtbot, tmp_path):
    place.answer = ""
    ask(window).findChild(QPushButton, "handout.export").click()
    assert asked.given is None and window.handouts.words == ""
    place.answer = str(tmp_path / "mine.html")
    ask(window).findChild(QPushButton, "handout.export").click()
    cancel = window.window.findChild(QToolButton, "status.handout.cancel")
    qtbot.waitUntil(cancel.isVisible)
    assert cancel.accessibleName() == "Cancel writing"
    cancel.click()
    assert not cancel.isVisible()
    assert window.notices.current.text == "mine.html was not written."
    window.selection.change(lens=None)
    action = window.actions["teach.handout"]
    assert not action.isEnabled() and action.toolTip().startswith("There is no run to hand out yet.")
