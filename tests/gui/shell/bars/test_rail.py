"""The rail: which tabs a place shows, which of them it comes back to, and by which keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolButton

from gui.look.theme import theme
from tests.gui.worlds import PLACES, PLAIN, TITLES, empty_tabs

CONTROL = Qt.KeyboardModifier.ControlModifier
PAGE_KEYS = {"on": Qt.Key.Key_PageDown, "back": Qt.Key.Key_PageUp}


pytestmark = pytest.mark.tabs(*empty_tabs(*TITLES))


class World:
    def __init__(self, application, qtbot):
        self.window, self.qtbot, self.tabs = application.window, qtbot, application.window.tabs
        *buttons, self.more = self.window.rail.findChildren(QToolButton)
        self.buttons = {button.text(): button for button in buttons}

    @property
    def row(self):
        return tuple(self.tabs.tabText(number) for number in range(13) if self.tabs.isTabVisible(number))

    @property
    def places(self):
        return [name for name, button in self.buttons.items() if button.isVisible()]

    @property
    def current(self):
        (place,) = [name for name, button in self.buttons.items() if button.isChecked()]
        return place, self.tabs.currentWidget().TITLE

    def icon(self, place):
        return self.buttons[place].icon().pixmap(20).toImage()

    def click(self, place):
        self.qtbot.mouseClick(self.buttons[place], Qt.MouseButton.LeftButton)
        return self.current

    def press(self, key, keys=Qt.KeyboardModifier.NoModifier):
        self.qtbot.keyClick(self.window.focusWidget(), key, keys)
        return self.current

    def turn(self, way):
        return self.press(PAGE_KEYS[way], CONTROL)[1]


@pytest.fixture
def world(ready, qtbot):
    return World(ready, qtbot)


def test_a_place_shows_its_tabs_and_comes_back_to_the_one_that_was_shown_last(world):
    assert list(world.buttons) == list(PLACES) and world.current == ("Draw", "Draw")
    for place, titles in PLACES.items():
        before = world.icon(place)
        assert world.click(place) == (place, titles[0]) and world.row == titles
        assert (world.icon(place) == before) is (place == "Draw"), "its icon has the colour of what is chosen"
    for title in TITLES:  # from anywhere to anywhere, forwards and then back
        world.window.show_tab(title)
        assert world.current[1] == title and title in world.row and world.row == PLACES[world.current[0]]
    for place, titles in PLACES.items():
        assert world.click(place) == (place, titles[-1]), "each place was left at its last tab"


def test_while_tabs_are_built_all_places_stay_and_only_those_with_tabs_can_be_chosen(world):
    world.window.rail.show_places("Draw", {"Draw", "Train"}, more=False)
    assert world.places == list(PLACES)
    assert [place for place in PLACES if world.buttons[place].isEnabled()] == ["Draw", "Train"]
    world.window.rail.show_places("Draw", {"Draw", "Train"}, more=True)
    assert world.places == ["Draw", "Train"], "in the first look there are those that were opened"


def test_keys_go_through_all_tabs_and_arrows_through_the_places(world):
    assert [world.turn("on") for _ in TITLES] == [*TITLES[1:], "Draw"]
    assert [world.turn("back") for _ in TITLES] == TITLES[::-1]
    world.buttons["Draw"].setFocus(Qt.FocusReason.TabFocusReason)
    for place in list(PLACES)[1:]:
        assert world.press(Qt.Key.Key_Down)[0] == place and world.window.focusWidget() is world.buttons[place]
    assert world.press(Qt.Key.Key_Up)[0] == "Compare"


def test_tab_stops_at_the_place_that_is_shown_also_where_a_shortcut_or_the_program_chose_it(world):
    stop = Qt.FocusPolicy.TabFocus
    idle, _ = world.icon("Train"), world.click("Train")
    for title, place in (("Graph", "Behind it"), ("Draw", "Draw"), ("Map", "Inside")):
        world.window.show_tab(title)
        assert world.icon("Train") == idle
        stops = [name for name, button in world.buttons.items() if button.focusPolicy() & stop]
        assert world.current == (place, title) and stops == [place]
        world.window.tabs.tabBar().setFocus(Qt.FocusReason.TabFocusReason)
        rail = world.window.rail
        while not rail.isAncestorOf(world.window.focusWidget()):
            world.press(Qt.Key.Key_Tab)
        assert world.window.focusWidget() is world.buttons[place]


def test_the_first_look_has_four_pages_what_is_opened_and_a_button_for_everything(first_look, world):
    everything = world.window.findChild(QAction, "action.view.everything")
    assert world.places == ["Draw", "Train", "Inside"] and world.row == ("Draw",) and world.more.isVisible()
    assert world.click("Inside") == ("Inside", "Fingerprints") and world.row == ("Fingerprints", "Ideal images")
    assert [world.turn("on") for _ in PLAIN] == ["Ideal images", "Draw", "Train", "Fingerprints"]

    assert world.press(Qt.Key.Key_2, CONTROL) == ("Draw", "Mistakes") and world.row == ("Draw", "Mistakes")
    world.window.show_tab("Graph")
    assert world.current == ("Behind it", "Graph") and world.row == ("Graph",)
    assert world.click("Draw") == ("Draw", "Mistakes") and world.row == ("Draw", "Mistakes")
    assert world.places == ["Draw", "Train", "Inside", "Behind it"], "it stays"
    world.click("Inside")
    world.buttons["Inside"].setFocus(Qt.FocusReason.TabFocusReason)
    assert world.press(Qt.Key.Key_Down) == ("Behind it", "Graph"), "arrow keys pass over what is not there"

    world.qtbot.mouseClick(world.more, Qt.MouseButton.LeftButton)
    assert world.places == list(PLACES) and world.row == ("Graph", "Warm-up") and not world.more.isVisible()
    assert everything.isChecked() and [world.turn("on") for _ in TITLES] == [*TITLES[-1:], *TITLES[:-1]]
    everything.trigger()
    assert world.places == ["Draw", "Train", "Inside", "Behind it"] and world.row == ("Graph",)
    assert world.click("Draw") == ("Draw", "Draw") and not everything.isChecked() and world.more.isVisible()


def test_the_words_are_left_out_where_the_window_is_too_low_for_them(world):
    buttons, with_words = world.buttons.values(), Qt.ToolButtonStyle.ToolButtonTextUnderIcon

    def shows_words():
        return all(button.toolButtonStyle() == with_words for button in buttons)

    for percent, height, has_words in ((100, 720, True), (100, 520, True), (200, 520, False), (200, 1000, True)):
        theme().choose_text_size(percent)
        world.window.resize(1280, height)
        world.qtbot.waitUntil(lambda expected=has_words: shows_words() == expected)
        lowest = max(button.geometry().bottom() for button in buttons)
        assert lowest <= world.window.rail.height(), (percent, height)
