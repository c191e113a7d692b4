"""The shell in another language: what it shows is translated, and names by which programs find things are not."""

import pytest
from PySide6.QtWidgets import QPushButton, QToolButton

from engine.core.language import SOURCE, tr, use
from gui.shell.bars.rail import Rail
from gui.shell.dialogs.sheets import TextSheet
from gui.shell.help import help_texts
from gui.shell.menus.edit_actions import nothing
from gui.state.history import Histories
from tests.pseudo import Pseudo, longer


@pytest.fixture(autouse=True)
def _long():
    use("x-long", Pseudo(longer))
    yield
    use(SOURCE)


def test_a_place_is_sent_by_its_name(qtbot):
    rail = Rail()
    qtbot.addWidget(rail)
    rail.show_places("Draw", {"Draw", "Behind it"}, more=False)
    button = rail.findChild(QToolButton, "rail.behind_it")
    with qtbot.waitSignal(rail.chosen) as sent:
        button.click()
    assert sent.args == ["Behind it"] and button.text() == tr("Behind it") != "Behind it"


def test_buttons_of_sheets_keep_their_names(qtbot):
    sheet = TextSheet(None, "notices", "title", "text")
    qtbot.addWidget(sheet)
    texts = {button.objectName(): button.text() for button in sheet.findChildren(QPushButton)}
    assert texts == {"notices.copy": tr("Copy"), "notices.close": tr("Close")} and tr("Copy") != "Copy"


def test_keys_and_the_tab_of_a_change_are_said_in_the_language(qapp):
    history = Histories()
    history.of("Train").do("delete", lambda: None, lambda: None)
    history.show("Draw")
    assert help_texts.in_words("Shift+Arrows, Delete") == f"Shift+{tr('Arrows')}, Del" != "Shift+Arrows, Del"
    assert tr("Draw") in nothing("undo", history) and tr("Train") in nothing("undo", history)
