"""What was changed on the way of a run is told wherever a run begins as that one did: it is not repeated."""

import pytest
from PySide6.QtWidgets import QLabel

from engine.core.lens import Lens
from engine.core.specs import TrainSpec
from gui.shell.dialogs.repeat_sheet import RepeatSheet
from gui.shell.dialogs.split_sheet import SplitSheet
from tests.gui.session_messages import opened, summary
from tests.gui.worlds import tell

CHANGES = ((300, "learning_rate", 0.5), (500, "dropout", 0.3))
SAID = "not repeated: learning rate 0.1 → 0.5 (step 300), dropout 0 % → 30 % (step 500)."


@pytest.fixture
def app(window):
    runs = [summary("A", spec=TrainSpec(), changes=CHANGES, moments=(0, 400, 550)), summary("B")]
    tell(window, opened(runs=runs))
    return window


def sentences(sheet):
    return " ".join(label.text() for label in sheet.findChildren(QLabel))


def test_a_repetition_has_the_settings_of_the_start_and_says_so(app):
    app.selection.repeatWanted.emit("A")
    sheet = app.window.findChild(RepeatSheet, "repeat")
    assert SAID in sentences(sheet) and sheet.plan().spec == TrainSpec()
    app.selection.repeatWanted.emit("B")
    assert "not repeated" not in sentences(sheet)


@pytest.mark.parametrize(
    ("moment", "said"),
    [(None, SAID), (400, "not repeated: dropout 0 % → 30 % (step 500)."), (550, "")],
    ids=["the start", "between both", "after both"],
)
def test_twins_say_what_of_it_lies_behind_the_place_where_they_begin(app, moment, said):
    app.selection.change(lens=Lens("A", moment))
    app.selection.splitWanted.emit("A")
    sheet = next(each for each in app.window.findChildren(SplitSheet) if each.isVisible())
    if moment is not None:
        sheet.begin.choose("snapshot")
    assert (said in sentences(sheet)) if said else ("not repeated" not in sentences(sheet))
    sheet.reject()
