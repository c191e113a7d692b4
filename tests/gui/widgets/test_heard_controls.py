"""What a screen reader gets of combo boxes, labels and switches, asked of Qt as a reader asks."""

import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from gui.look.layout import vbox
from gui.look.words import Elided, named, words
from gui.tabs.compare.other import OtherChips
from gui.tabs.graph.value_panel import ValuePanel
from gui.tabs.warmup.descent_panel import DescentPanel
from gui.widgets.forms.controls import Choice
from gui.widgets.heard import be_heard

NAME, DESCRIPTION, VALUE = QAccessible.Text.Name, QAccessible.Text.Description, QAccessible.Text.Value


@pytest.fixture(autouse=True)
def reader():
    """A reader that is there while widgets are made: Qt asks what a widget is at its first words."""
    be_heard()
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


@pytest.fixture
def pace():
    pace = named(Choice(), "pace", title="Speed", tip="How fast to learn.")
    pace.offer({"full": "Full speed", "slow": "Slow motion"})
    return pace


@pytest.fixture
def page(qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    return page


def asked(widget):
    return QAccessible.queryAccessibleInterface(widget)


def heard(widget):
    return asked(widget).text(NAME)


@pytest.mark.parametrize(("system", "name"), [("linux", "Speed: Slow motion"), ("darwin", "Speed"), ("win32", "Speed")])
def test_a_combo_box_has_a_title_and_a_value(page, pace, monkeypatch, system, name):
    vbox(pace, on=page)
    pace.setCurrentIndex(1)
    monkeypatch.setattr(sys, "platform", system)
    face = asked(pace)
    assert (face.text(NAME), face.text(VALUE), face.text(DESCRIPTION)) == (name, "Slow motion", "How fast to learn.")
    assert face.role() == QAccessible.Role.ComboBox


def test_a_label_beside_a_combo_box_says_its_title_which_is_not_said_twice(page, pace, monkeypatch):
    label = words("Speed", "label", names=pace)
    vbox(label, pace, on=page)
    monkeypatch.setattr(sys, "platform", "linux")
    assert heard(pace) == "Full speed"
    assert [thing.object() for thing, _ in asked(pace).relations(QAccessible.RelationFlag.Label)] == [label]


def test_a_reader_opens_a_combo_box_and_goes_to_its_list(page, pace, qtbot):
    vbox(pace, on=page)
    page.show()
    face = asked(pace)
    assert face.state().expandable and not face.state().expanded
    choices = face.child(0)
    assert face.childCount() == 1 and face.indexOfChild(choices) == 0 and choices.parent().object() is pace
    assert [choices.child(number).text(NAME) for number in range(2)] == ["Full speed", "Slow motion"]
    actions = face.actionInterface()
    actions.doAction(actions.pressAction())
    qtbot.waitUntil(lambda: face.state().expanded)
    actions.doAction(actions.showMenuAction())
    qtbot.waitUntil(lambda: not face.state().expanded)


def test_a_label_without_words_is_passed_by_until_it_has_some(page):
    label = named(words(""), "dead", tip="Neurons that are never active")
    vbox(label, on=page)
    page.show()
    assert asked(label).state().invisible
    label.setText("3 dead")
    assert not asked(label).state().invisible
    assert (heard(label), asked(label).text(DESCRIPTION)) == ("3 dead", "Neurons that are never active")
    label.setText("")
    assert asked(label).state().invisible


def test_readers_that_keep_its_state_hear_when_a_label_comes_and_goes(page, monkeypatch, qtbot):
    label = words("")
    label.setMinimumSize(40, 20)
    vbox(label, on=page)
    page.show()
    assert asked(label).state().invisible
    sent = []
    monkeypatch.setattr(QAccessible, "updateAccessibility", lambda event: sent.append((event.object(), event.type())))
    label.setText("3 dead")
    qtbot.waitUntil(lambda: sent == [(label, QAccessible.Event.ObjectShow)])
    label.setText("4 dead")
    label.repaint()
    assert len(sent) == 1
    label.setText("")
    qtbot.waitUntil(lambda: sent[1:] == [(label, QAccessible.Event.ObjectHide)])


def test_a_label_whose_tooltip_repeats_it_says_it_once(page):
    label = Elided("notice")
    vbox(label, on=page)
    label.set_words("Weights <b>1</b> to 3 of the layer")
    assert (heard(label), asked(label).text(DESCRIPTION)) == ("Weights <b>1</b> to 3 of the layer", "")
    label.setToolTip("Press it to see more.")
    assert asked(label).text(DESCRIPTION) == "Press it to see more."


def test_of_a_label_with_tags_a_reader_says_the_text(page):
    label = words("Draw a 4.")
    label.setTextFormat(Qt.TextFormat.RichText)
    vbox(label, on=page)
    label.setText("<p>Draw a <b>large</b> 4.</p>")
    assert heard(label) == "Draw a large 4."


@pytest.mark.parametrize("make", [ValuePanel, DescentPanel, lambda: OtherChips(None)])
def test_a_switch_that_is_made_while_a_reader_is_there_is_pressed_as_by_a_click(make, qtbot):
    panel = make()
    qtbot.addWidget(panel)
    buttons = [*panel.findChildren(QPushButton), *panel.findChildren(QToolButton)]
    switches = [button for button in buttons if button.isCheckable()]
    assert switches
    for switch in switches:
        actions = asked(switch).actionInterface()
        assert actions.actionNames()[0] == actions.pressAction(), switch.objectName()


def test_a_step_in_the_graph_says_to_what(qtbot):
    panel = ValuePanel()
    qtbot.addWidget(panel)
    assert heard(panel.next) == "Step to the next node"
