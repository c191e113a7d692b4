"""The first look: how few controls a person meets in a new home, and how the others come."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget

from engine.core.machine.bundled import BUNDLED
from gui.look.first_look import AT_FIRST, plainly, rarely, show_everything
from gui.look.layout import vbox
from gui.stage.stage import Stage
from gui.widgets.forms.fold import reveal
from tests.gui.conftest import get_ready
from tests.gui.fake_engine import fake_prepare
from tests.gui.worlds import PLAIN, TITLES, empty_tabs

ROLES = "PushButton ButtonMenu CheckBox RadioButton ComboBox EditableText SpinBox Slider PageTab MenuItem"
CONTROLS = [getattr(QAccessible.Role, role) for role in ROLES.split()]
ON_A_PAGE, IN_THE_WINDOW = 12, 30
WITH_EVERYTHING = 26  # on a page


def controls(face):
    """The names of the controls that a screen reader meets, without their parts."""
    if face.state().invisible or face.rect().isEmpty():  # as a hidden tab of a row is
        return []
    if face.role() in CONTROLS:
        return [face.object().objectName() if face.object() else face.text(QAccessible.Text.Name)]
    children = (face.child(number) for number in range(face.childCount()))
    return [name for child in children if child is not None for name in controls(child)]


def met(widget):
    return controls(QAccessible.queryAccessibleInterface(widget))


def entries(menu):
    """How many entries a menu has, without those of its submenus."""
    return sum(not each.isSeparator() for each in menu.actions())


@pytest.mark.slow
def test_at_first_sight_are_at_most_twelve_controls_on_a_page_and_thirty_in_the_window(first_look, qapp, tmp_path):
    """`pytest -m slow -rP` prints how many there are."""
    looks = {everything: ({}, {}) for everything in (False, True)}
    with Stage(bundled=BUNDLED, settings_file=tmp_path / "settings.json") as stage:
        stage.open(None)
        stage.open_bundled()
        assert all(each.isHidden() for each in stage.window.findChildren(QWidget) if each.property(AT_FIRST) is False)
        for everything, (pages, windows) in looks.items():
            for tab in stage.window.all_tabs():
                stage.window.show_tab("Draw")
                stage.window.show_everything(everything)
                stage.window.tabs.setCurrentWidget(tab)
                stage.settle(tab)
                pages[tab.TITLE], windows[tab.TITLE] = met(tab), met(stage.window)
        menus = [action.menu() for action in stage.window.menus.actions()]
        behind = [each.menu() for menu in menus for each in menu.actions() if each.menu()]
        listed, all_of_them = (sum(map(entries, some)) for some in (menus, menus + behind))
    print("controls        page  window  with everything: page  window")
    for title in (pages := looks[False][0]):
        figures = [len(found[title]) for look in looks.values() for found in look]
        print(f"{title:14}{figures[0]:6}{figures[1]:8}{figures[2]:23}{figures[3]:8}")
    print(f"entries of menus {listed}, with submenus {all_of_them}")
    windows = looks[False][1]
    assert all(pages.values())
    assert {title: names for title, names in pages.items() if len(names) > ON_A_PAGE} == {}
    assert {title: windows[title] for title in PLAIN if len(windows[title]) > IN_THE_WINDOW} == {}
    assert {title: names for title, names in looks[True][0].items() if len(names) > WITH_EVERYTHING} == {}


def test_what_is_left_out_comes_with_everything_or_when_it_is_named_and_the_sentence_in_its_place_goes(qtbot):
    frame, control, sentence = QWidget(), QPushButton("Rare"), QLabel("It is so.")
    vbox(control, sentence, on=frame)
    rarely(control)
    plainly(sentence)
    qtbot.show(frame, 200, 100)
    assert control.isVisible() and not sentence.isVisible()
    for on in (False, True, False):
        show_everything(on)
        assert control.isVisible() is on and sentence.isVisible() is not on

    show_everything(False)
    later = QWidget(frame)
    inside = QPushButton("Named", later)
    rarely(later)
    frame.layout().addWidget(later)
    assert later.isHidden()
    reveal(inside)
    assert inside.isVisible(), "a mark of a lesson, or a field with a mistake"
    show_everything(False)
    assert not inside.isVisible()


@pytest.mark.tabs(*empty_tabs(*TITLES))
def test_the_look_and_what_was_opened_are_kept(first_look, few_tabs, make_application, monkeypatch, qtbot):
    monkeypatch.setattr("gui.shell.process.startup.prepare", fake_prepare)
    first = make_application(size=(1280, 720))
    assert all(button.isHidden() for button in first.window.rail.findChildren(QToolButton)), "until there are pages"
    get_ready(first)
    assert not first.settings.everything and not first.actions["view.everything"].isChecked()
    assert not first.window.findChild(QPushButton, "tabs.code").isVisible()
    qtbot.keyClick(first.window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert first.window.opened == ["Mistakes"]
    first.window.show_tab("Draw")
    first.window.close()

    second = get_ready(make_application(size=(1280, 720)))
    row = [tab.TITLE for place, tab in enumerate(second.window.all_tabs()) if second.window.tabs.isTabVisible(place)]
    assert row == ["Draw", "Mistakes"]
    second.actions["view.everything"].trigger()
    second.window.close()
    third = get_ready(make_application(size=(1280, 720)))
    assert third.settings.everything and third.actions["view.everything"].isChecked() and third.window.opened == []
