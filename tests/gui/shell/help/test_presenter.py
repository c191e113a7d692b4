"""Presenter mode: what it makes large, one panel at a time, and that all comes back as it was, one Escape at a time."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QLineEdit, QToolButton, QWidget

from engine.core.machine.bundled import BUNDLED
from gui.look.fonts import text_size
from gui.look.theme import THICK, theme
from gui.stage.screenshots import stage_scene
from gui.stage.stage import Stage, scenes_of
from gui.state.settings import load_settings
from gui.widgets.figures.enlarged import is_seen
from gui.widgets.figures.figure_menu import Corner
from gui.widgets.panel import Panel
from gui.widgets.plots.curve import DOT, Stroke
from tests.gui.mouse import double_click
from tests.gui.room import shown

KEYS, CTRL, SHIFT = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def stage(ready, qtbot):
    """The window, which has the focus, and hands for the person in front of the room."""
    ready.window.activateWindow()
    qtbot.waitUntil(ready.window.isActiveWindow)
    ready.window.show_tab("Train")
    return Hands(ready, qtbot)


@pytest.fixture
def presented(stage):
    stage.present()
    return stage


class Hands:
    def __init__(self, application, qtbot):
        self.application, self.window, self.qtbot = application, application.window, qtbot
        self.presenter, self.notices = application.presenter, application.notices

    def settle(self):
        """Let the tab find its arrangement: words that wrap take more than one turn."""
        known = []
        while known != (known := geometries(self.tab)):
            QApplication.processEvents()

    def press(self, key, *modifiers):
        self.qtbot.keyClick(self.window.focusWidget() or self.window, key, *modifiers)
        QApplication.processEvents()

    def present(self):
        self.press(KEYS.Key_F5)
        assert self.presenter.is_on

    @property
    def tab(self):
        return self.window.tabs.currentWidget()

    def panel(self, name):
        return self.tab.findChild(Panel, name)

    def click_twice(self, panel):
        """Double-click a panel on its title, or on its edge where it has none."""
        title = next(label for label in panel.findChildren(QLabel) if label.property("look") == "title")
        if is_seen(title):
            self.double_click(title)
        else:
            self.double_click(panel, QPoint(4, panel.height() // 2))
        return panel

    def double_click(self, widget, at=None):
        page = self.tab.parentWidget().parentWidget()
        at = widget.rect().center() if at is None else at
        place = widget.mapTo(self.tab, at)
        page.ensureVisible(place.x(), place.y())
        place = widget.mapTo(self.window, at)
        hit = self.window.childAt(place)
        double_click(hit, hit.mapFrom(self.window, place))

    def room(self):
        """Where an enlarged panel lies in its tab: all of it that is seen, but for the edge that panels have."""
        page = self.tab.parentWidget()
        seen = page.rect().translated(-self.tab.pos()).intersected(self.tab.rect())
        return seen.adjusted(16, 16, -16, -16)

    def place(self, panel):
        return panel.rect().translated(panel.mapTo(self.tab, QPoint()))

    def fills(self, panel):
        assert self.place(panel) == self.room()
        return True


def geometries(tab):
    """Where everything in a tab lies that is shown, in the order in which it is painted."""
    return [
        (each.objectName(), each.geometry().getRect())
        for each in shown(tab)
        if each.objectName() and not isinstance(each, Corner)
    ]


# The mode -----------------------------------------------------------------------------------------------------------


def test_f5_makes_words_large_curves_thick_and_fills_the_screen_and_f5_takes_it_back(stage):
    before = stage.window.geometry()
    usual, noise = Stroke().pen().widthF(), Stroke(width=1).pen().widthF()
    stage.present()
    assert stage.window.isFullScreen() and text_size() == 150
    assert Stroke().pen().widthF() == THICK * usual and Stroke(width=1).pen().widthF() == noise
    stage.press(KEYS.Key_F5)
    assert not stage.presenter.is_on and not stage.window.isFullScreen()
    assert stage.window.geometry() == before and text_size() == 100 and Stroke().pen().widthF() == usual


def test_the_text_size_of_presenter_mode_is_its_own_and_both_are_remembered(stage, tmp_path):
    stage.press(KEYS.Key_Plus, CTRL)
    stage.present()
    stage.press(KEYS.Key_Plus, CTRL)
    assert text_size() == 175
    stage.press(KEYS.Key_Escape)
    assert text_size() == 110
    stage.present()
    assert text_size() == 175
    stage.window.close()
    kept = load_settings(tmp_path / "settings.json")
    assert (kept.text_size, kept.presenter_text_size) == (110, 175)


@pytest.mark.parametrize("state", ["plain", "maximised", "full screen"])
def test_the_window_is_afterwards_as_it_was(stage, state):
    window = stage.window
    {"plain": lambda: None, "maximised": window.showMaximized, "full screen": window.toggle_full_screen}[state]()
    QApplication.processEvents()
    before = window.geometry(), window.isMaximized(), window.isFullScreen()
    stage.present()
    assert window.isFullScreen()
    stage.press(KEYS.Key_Escape)
    assert (window.geometry(), window.isMaximized(), window.isFullScreen()) == before


@pytest.mark.parametrize("maximised", [False, True])
def test_a_window_closed_in_presenter_mode_is_remembered_as_the_ordinary_one(stage, maximised, tmp_path):
    before = stage.window.normalGeometry().getRect()
    if maximised:
        stage.window.showMaximized()
    stage.present()
    assert stage.window.close()
    kept = load_settings(tmp_path / "settings.json")
    assert (kept.geometry, kept.maximized, kept.text_size) == (before, maximised, 100)


def test_menus_and_bottom_line_give_their_room_and_alt_brings_the_menus(stage):
    window, find = stage.window, stage.window.findChild
    shown = [find(QWidget, name) for name in ("menu", "status")]
    room = window.tabs.height()
    assert all(each.isVisible() for each in shown)
    stage.present()
    stage.notices.close_current()
    assert not any(each.isVisible() for each in shown)
    assert all(find(QWidget, name).isVisible() for name in ("tabs.row", "transport", "run.start", "time.slider"))
    stage.press(KEYS.Key_Alt)
    assert window.menus.isVisible()
    stage.press(KEYS.Key_Alt)
    assert not window.menus.isVisible()
    QTest.keyPress(window, KEYS.Key_Alt)
    QTest.keyClick(window, KEYS.Key_1, Qt.KeyboardModifier.AltModifier)
    QTest.keyRelease(window, KEYS.Key_Alt)
    assert not window.menus.isVisible()
    stage.press(KEYS.Key_Escape)
    assert all(each.isVisible() for each in shown) and window.tabs.height() == room


def test_what_is_told_lies_over_the_foot_of_the_tabs_as_long_as_it_is_told(stage):
    status, tabs = stage.window.findChild(QWidget, "status"), stage.window.tabs
    stage.present()
    stage.notices.close_current()
    room = tabs.geometry()
    stage.notices.fail("The disk is full.")
    assert status.isVisible() and tabs.geometry() == room
    assert (status.geometry().left(), status.geometry().right()) == (room.left(), room.right())
    assert status.geometry().bottom() == room.bottom()
    stage.press(KEYS.Key_Minus, CTRL)
    assert status.geometry().bottom() == tabs.geometry().bottom() and status.height() == 35
    while stage.notices.current:
        stage.notices.close_current()
    assert not status.isVisible()


def test_the_hint_is_told_once(stage):
    told = lambda: [each.text for each in stage.notices.history if "Esc goes back" in each.text]  # noqa: E731
    for count in (1, 1):
        stage.present()
        assert len(told()) == count
        stage.press(KEYS.Key_Escape)
        assert stage.notices.current is None or "Esc goes back" not in stage.notices.current.text


@pytest.mark.parametrize("size", [(1024, 600), (1280, 720)])
def test_the_hint_is_told_alone_and_has_room_for_all_its_words(stage, qtbot, size):
    words, told = (stage.window.findChild(QLabel, name) for name in ("status.words", "status.notice.text"))
    stage.present()
    stage.window.showNormal()
    stage.window.resize(*size)
    qtbot.waitUntil(lambda: told.text() == told.words)
    assert "Esc goes back" in told.text() and not words.isVisible()
    stage.press(KEYS.Key_Escape)
    assert words.isVisible()


@pytest.mark.tabs("train")
def test_the_hint_goes_as_soon_as_a_panel_is_enlarged(presented):
    assert "Esc goes back" in presented.notices.current.text
    presented.click_twice(presented.panel("train.loss.panel"))
    assert presented.notices.current is None or "Esc goes back" not in presented.notices.current.text


# One panel ----------------------------------------------------------------------------------------------------------


def walk(hands, tab):
    """Enlarge each panel that a tab shows, and go back; return their names."""
    walked = []
    hands.settle()
    for panel in [each for each in tab.findChildren(Panel) if is_seen(each)]:
        before = geometries(tab)
        hands.click_twice(panel)
        assert hands.presenter.enlarged is not None, panel.objectName()
        assert hands.fills(panel), panel.objectName()
        QApplication.processEvents()
        assert hands.fills(panel), panel.objectName()
        assert [each for each in tab.findChildren(Panel) if is_seen(each)] == [panel]
        hands.press(KEYS.Key_Escape)
        assert hands.presenter.enlarged is None and hands.presenter.is_on
        hands.settle()
        assert geometries(tab) == before, panel.objectName()
        walked.append(panel.objectName())
    return walked


@pytest.mark.usefixtures("all_tabs")
def test_a_double_click_enlarges_any_panel_and_escape_brings_all_back_to_the_pixel(presented, qtbot):
    presented.notices.close_current()
    presented.window.showNormal()
    for size in ((1280, 720), (1024, 600)):
        presented.window.resize(*size)
        walked = []
        for tab in presented.window.all_tabs():
            presented.window.tabs.setCurrentWidget(tab)
            qtbot.waitUntil(lambda tab=tab: tab.isVisible() and tab.is_settled)
            walked += walk(presented, tab)
        assert {name.partition(".")[0] for name in walked} >= {"draw", "train", "ideal", "map", "graph", "warmup"}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_with_a_network_it_does_so_with_all_panels_of_all_ten_tabs_in_all_that_they_show(qapp, qtbot):
    with Stage(bundled=BUNDLED) as stage:
        stage.open(None)
        stage.open_bundled()
        hands = Hands(stage.application, qtbot)
        stage.window.activateWindow()
        hands.present()
        stage.window.showNormal()
        stage.window.resize(1600, 900)
        walked = set()
        for tab in stage.window.all_tabs():
            for scene in scenes_of(tab).values():
                stage_scene(stage, tab, scene)
                walked |= set(walk(hands, tab))
            if averages := tab.findChild(QAbstractButton, "fingerprints.averages"):
                averages.click()
                stage.settle(tab)
                walked |= set(walk(hands, tab))
        assert {name.partition(".")[0] for name in walked} == {tab.objectName() for tab in stage.window.all_tabs()}
        panels = {each.objectName() for tab in stage.window.all_tabs() for each in tab.findChildren(Panel)}
        assert panels - walked == set()


@pytest.mark.tabs("train")
def test_a_second_double_click_goes_back_too_and_outside_presenter_mode_there_is_none(stage):
    panel = stage.panel("train.health.panel")
    stage.click_twice(panel)
    assert stage.presenter.enlarged is None
    stage.present()
    before = stage.place(panel)
    stage.click_twice(panel)
    assert stage.fills(panel)
    stage.click_twice(panel)
    assert stage.place(panel) == before


@pytest.mark.tabs("train")
def test_a_double_click_in_a_plot_still_shows_everything_and_enlarges_nothing(presented, qtbot):
    plot = presented.tab.loss.plot
    presented.press(KEYS.Key_F7)
    qtbot.waitUntil(plot.isVisible)
    plot.zoom_by(2)
    assert not plot.fitted
    QTest.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=plot.viewport().rect().center())
    presented.double_click(plot.viewport())
    assert plot.fitted and presented.presenter.enlarged is None
    panel = presented.click_twice(presented.panel("train.loss.panel"))
    plot.zoom_by(2)
    presented.double_click(plot.viewport())
    assert plot.fitted and presented.fills(panel)


@pytest.mark.tabs("train")
def test_the_key_enlarges_the_panel_with_the_focus_and_takes_it_back(stage):
    action = stage.application.actions["view.enlarge"]
    assert not action.isEnabled() and "presenter mode" in action.toolTip()
    stage.present()
    assert action.isEnabled()
    stage.window.findChild(QLineEdit, "train.batch").setFocus()
    stage.press(KEYS.Key_F5, SHIFT)
    assert stage.fills(stage.panel("train.settings"))
    stage.press(KEYS.Key_F5, SHIFT)
    assert stage.presenter.enlarged is None
    stage.press(KEYS.Key_Escape)
    assert not action.isEnabled()


@pytest.mark.tabs("train")
def test_the_keys_go_to_the_enlarged_panel_and_come_back_with_it(presented):
    field = presented.window.findChild(QLineEdit, "train.batch")
    field.setFocus()
    loss = presented.panel("train.loss.panel")
    presented.click_twice(loss)
    assert presented.window.focusWidget() is loss, "so that no control has a ring that nobody reached by keys"
    presented.press(KEYS.Key_Tab)
    assert loss.isAncestorOf(presented.window.focusWidget()) and presented.presenter.enlarged is not None
    presented.press(KEYS.Key_Escape)
    assert presented.window.focusWidget() is field


@pytest.mark.tabs("train")
@pytest.mark.parametrize("leave", ["another tab", "a page of the lesson", "the panel is hidden", "the focus below"])
def test_what_brings_the_tab_back_from_an_enlarged_panel(presented, leave):
    panel = presented.click_twice(presented.panel("train.loss.panel"))
    field = presented.window.findChild(QLineEdit, "train.batch")
    assert presented.presenter.enlarged is not None
    {
        "another tab": lambda: presented.window.show_tab("Draw"),
        "a page of the lesson": presented.application.lesson.changed.emit,
        "the panel is hidden": panel.hide,
        "the focus below": field.setFocus,
    }[leave]()
    assert presented.presenter.enlarged is None and presented.presenter.is_on
    assert leave != "the focus below" or presented.window.focusWidget() is field


@pytest.mark.tabs("train")
def test_an_enlarged_panel_stays_so_in_another_theme_with_other_letters_and_in_another_window(presented):
    panel = presented.panel("train.settings")
    presented.click_twice(panel)
    theme().choose("dark")
    QApplication.processEvents()
    assert presented.fills(panel)
    ground = presented.tab.findChild(QWidget, "enlarged.ground").grab().toImage()
    assert ground.pixelColor(2, 2) == QColor(theme().current.window)
    presented.press(KEYS.Key_Plus, CTRL)
    presented.window.showNormal()
    presented.window.resize(1500, 900)
    QApplication.processEvents()
    assert presented.fills(panel)
    presented.press(KEYS.Key_Escape)
    QApplication.processEvents()
    assert panel.width() == panel.minimumWidth() == panel.maximumWidth() == round(304 * 1.75)


@pytest.mark.tabs("train")
def test_an_enlarged_panel_has_no_scroll_bars_beside_it_and_they_come_back_where_they_were(presented):
    presented.window.showNormal()
    presented.window.resize(1024, 600)
    presented.settle()
    page = presented.tab.parentWidget().parentWidget()
    bars = page.horizontalScrollBar(), page.verticalScrollBar()
    assert page.verticalScrollBar().isVisible()
    panel = presented.click_twice(presented.panel("train.settings"))
    before = [bar.value() for bar in bars]
    assert presented.presenter.enlarged is not None and presented.fills(panel)
    assert page.viewport().size() == page.size() and not any(bar.isVisible() for bar in bars)
    presented.press(KEYS.Key_Escape)
    presented.settle()
    assert page.verticalScrollBar().isVisible() and [bar.value() for bar in bars] == before


@pytest.mark.tabs("train")
def test_what_is_below_an_enlarged_panel_is_not_explained(presented):
    panel = presented.panel("train.health.panel")
    presented.click_twice(panel)
    told = set()
    for _ in range(3):
        presented.application.actions["help.what"].trigger()
        told.add(presented.window.findChild(QWidget, "explain").about)
    assert told <= {panel, *panel.findChildren(QWidget)}


# Escape -------------------------------------------------------------------------------------------------------------


@pytest.mark.tabs("train")
def test_escape_takes_back_one_thing_at_a_time(stage):
    """The box that explains, the panel, the mode, and last full screen that was there before."""
    stage.press(KEYS.Key_F11)
    stage.present()
    stage.click_twice(stage.panel("train.health.panel"))
    stage.application.actions["help.what"].trigger()
    box = stage.window.findChild(QWidget, "explain")
    state = lambda: (  # noqa: E731
        box.isVisible(),
        stage.presenter.enlarged is not None,
        stage.presenter.is_on,
        stage.window.isFullScreen(),
    )
    seen = [state()]
    for _ in range(4):
        stage.press(KEYS.Key_Escape)
        seen.append(state())
    assert seen == [tuple(place >= gone for place in range(4)) for gone in range(5)]


def test_escape_closes_a_sheet_before_anything_else(presented):
    presented.application.actions["help.shortcuts"].trigger()
    sheet = presented.window.findChild(QDialog, "help")
    presented.qtbot.keyClick(sheet, KEYS.Key_Escape)
    assert not sheet.isVisible() and presented.presenter.is_on


@pytest.mark.usefixtures("all_tabs")
def test_the_lesson_stays_open_when_presenter_mode_is_left(presented, qtbot):
    presented.application.actions["help.lesson"].trigger()
    lesson = presented.application.lesson
    qtbot.waitUntil(lambda: lesson.is_open)
    assert lesson.guide.isVisible() and presented.window.findChild(QToolButton, "lesson.fold").isVisible()
    presented.press(KEYS.Key_Escape)
    assert lesson.is_open and not presented.presenter.is_on


# Training -----------------------------------------------------------------------------------------------------------


@pytest.mark.tabs("train")
def test_ctrl_return_starts_and_pauses_a_run_and_f5_does_neither(stage, qtbot):
    controls = stage.application.controls
    stage.tab.settings.set_values({"epochs": 10_000})  # it is not to end by itself
    stage.press(KEYS.Key_Return, CTRL)
    qtbot.waitUntil(lambda: controls.state == "running")
    stage.press(KEYS.Key_Return, CTRL)
    qtbot.waitUntil(lambda: controls.state == "paused")
    for _ in range(2):
        stage.press(KEYS.Key_F5)
        assert controls.state == "paused"


@pytest.mark.tabs("train")
def test_a_run_goes_on_below_and_in_an_enlarged_panel_in_thick_curves(presented, qtbot):
    plots = presented.tab.loss.plot, presented.tab.progress.accuracy
    panel = presented.click_twice(presented.panel("train.loss.panel"))
    presented.press(KEYS.Key_F7)
    qtbot.waitUntil(lambda: presented.application.controls.state == "paused")
    qtbot.waitUntil(lambda: all(any(len(each.series) for each in plot.curves.values()) for plot in plots))
    curves = [each for plot in plots for each in plot.curves.values() if not each.stroke.fine]
    drawn = [(each.item.opts["pen"].widthF(), each.dot.opts["size"]) for each in curves]
    assert drawn == [(THICK * each.stroke.width, THICK * DOT) for each in curves]
    assert presented.fills(panel)
    presented.press(KEYS.Key_Escape)
    presented.press(KEYS.Key_Escape)
    drawn = [(each.item.opts["pen"].widthF(), each.dot.opts["size"]) for each in curves]
    assert drawn == [(each.stroke.width, DOT) for each in curves]
