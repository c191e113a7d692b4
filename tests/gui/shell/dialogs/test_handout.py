"""*Export hand-out…* in the window: where to, how far it is, and giving it up."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton

from engine.core.lens import Lens
from engine.core.messages import Notice
from engine.export.messages import FileWriting
from gui.shell.dialogs.handout_sheet import HandoutSheet
from gui.shell.lesson import handout
from tests.gui.fake_engine import dataset_opened
from tests.gui.session_messages import opened, summary
from tests.gui.training_messages import epoch
from tests.gui.worlds import tell


@pytest.fixture
def asked(monkeypatch):
    class Asked:
        given = None
        go = False

    def write(session, lens, path, chapters):
        Asked.given = lens, path, chapters
        yield FileWriting(file=path.name, share=0.4)
        while not Asked.go:
            yield None
        yield Notice(sentence=f"Saved {path}.")

    monkeypatch.setattr(handout, "save_handout", write)
    return Asked


OF_MNIST = "MNIST 55,000 + 10,000"


def ask(window, *others):
    """Look at a snapshot of A, with B and others beside it, and ask for a hand-out; return the sheet."""
    runs = [
        summary("A", title="first", dataset=OF_MNIST, moments=(0, 12, 550)),
        summary("B", dataset="Clothes 60,000 + 5,000", moments=(0, 550)),
        summary("C", moments=(), epochs=()),
        *others,
    ]
    tell(window, dataset_opened(), opened(runs=runs))
    window.selection.change(lens=Lens("A", 12))
    window.actions["teach.handout"].trigger()
    return window.window.findChild(HandoutSheet)


def words(window):
    return window.window.findChild(QLabel, "status.handout")


def test_the_run_that_is_looked_at_or_another_is_written_and_says_how_far_it_is(window, place, asked, qtbot, tmp_path):
    place.answer = str(tmp_path / "mine")
    sheet = ask(window)
    assert [sheet.run.itemText(row) for row in range(sheet.run.count())] == ["A · first", "B"]
    assert sheet.run.currentData() == "A"
    assert sheet.remark.text() == "The best of 1 run that learned from the open data, MNIST."
    said = {name: label.text() for name, label in sheet.facts.items()}
    assert said == {
        "network": "300",
        "snapshot": "epoch 0.022, step 12",
        "accuracy": "not tested yet",
        "data": "55,000 images of MNIST",
        "file": "Hand-out, run A first.html",
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
    sheet.run.setCurrentIndex(1)
    said = {name: label.text() for name, label in sheet.facts.items()}
    assert said["snapshot"] == "epoch 1.0, step 550"
    assert said["accuracy"] == "93.80 % of 5,000 test images" and said["data"] == "60,000 images of Clothes"
    assert "did not learn from the open data, MNIST" in sheet.remark.text() and sheet.remark.isVisible()
    sheet.findChild(QPushButton, "handout.export").click()
    qtbot.waitUntil(lambda: asked.given[0] == Lens("B"))
    qtbot.waitUntil(lambda: not words(window).isVisible())


def test_the_best_run_of_the_open_data_is_chosen_whichever_is_looked_at_and_any_other_can_be(window, place, asked):
    good, better = (
        summary(name, dataset=data, epochs=(epoch(1, run=name, test_accuracy=share),))
        for name, data, share in (("D", OF_MNIST, 0.97), ("E", "Clothes 60,000 + 5,000", 0.99))
    )
    place.answer = ""
    sheet = ask(window, good, better)
    assert [sheet.run.itemText(row) for row in range(sheet.run.count())] == ["D", "A · first", "E", "B"]
    assert sheet.chosen == Lens("D") and sheet.facts["accuracy"].text() == "97.00 % of 10,000 test images"
    assert sheet.remark.text() == "The best of 2 runs that learned from the open data, MNIST."
    sheet.run.setCurrentIndex(1)
    assert sheet.chosen == Lens("A", 12) and not sheet.remark.isVisible()
    sheet.run.setCurrentIndex(2)
    assert sheet.chosen == Lens("E") and sheet.remark.isVisible()
    assert sheet.facts["file"].text() == "Hand-out, run E.html"


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
