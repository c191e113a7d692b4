"""Presenter mode: what it makes large, one panel at a time, and that all comes back as it was, one Escape at a time."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QLineEdit, QToolButton, QWidget

from gui.look.fonts import text_size
from gui.look.theme import THICK, theme
from gui.state.notices import Offer
from gui.state.settings import load_settings
from gui.tabs.draw.evidence_panel import NearestGrid
from gui.widgets.figures.enlarged import is_seen
from gui.widgets.figures.figure_menu import Corner
from gui.widgets.panel import Panel
from gui.widgets.plots.curve import DOT, Stroke
from tests.gui.mouse import double_click
from tests.gui.room import cut_off, shown, squeezed

KEYS, CTRL, SHIFT = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Hands:
    def __init__(self, application, qtbot):
        self.application, self.window, self.qtbot = application, application.window, qtbot
        self.presenter, self.notices = application.presenter, application.notices

    def settle(self):
        """Let the tab find its arrangement: words that wrap take more than one turn, of which some change nothing."""
        known = []
        while len(known) < 4 or known[-1:] * 3 != known[-4:-1]:
            QApplication.processEvents()
            known.append(geometries(self.tab))

    def press(self, key, *modifiers):
        self.qtbot.keyClick(self.window.focusWidget() or self.window, key, *modifiers)
        QApplication.processEvents()

    def present(self):
        self.press(KEYS.Key_F5)
        assert self.presenter.is_on

    def resize(self, *size):
        self.window.showNormal()
        self.window.resize(*size)

    def find(self, kind, name):
        return self.window.findChild(kind, name)

    @property
    def tab(self):
        return self.window.tabs.currentWidget()

    def panel(self, name):
        return self.tab.findChild(Panel, name)

    def click_twice(self, panel):
        """Double-click a panel on its title, or on its edge where it has none."""
        title = next(label for label in panel.findChildren(QLabel) if label.property("look") == "title")
        if is_seen(title):
            self.double_click(title, title.rect().center())
        else:
            self.double_click(panel, QPoint(4, panel.height() // 2))
        return panel

    def double_click(self, widget, at):
        page = self.tab.parentWidget().parentWidget()
        place = widget.mapTo(self.tab, at)
        page.ensureVisible(place.x(), place.y())
        place = widget.mapTo(self.window, at)
        hit = self.window.childAt(place)
        double_click(hit, hit.mapFrom(self.window, place))

    def place(self, panel):
        return panel.rect().translated(panel.mapTo(self.tab, QPoint()))

    def assert_fills(self, panel):
        """An enlarged panel has all of its tab that is seen, but for the edge that panels have."""
        seen = self.tab.parentWidget().rect().translated(-self.tab.pos()).intersected(self.tab.rect())
        assert self.presenter.enlarged is not None, panel.objectName()
        assert self.place(panel) == seen.adjusted(16, 16, -16, -16), panel.objectName()

    def tells_the_hint(self):
        return self.notices.current is not None and "Esc goes back" in self.notices.current.text


def geometries(tab):
    """Where everything in a tab lies that is shown, in the order in which it is painted."""
    return [
        (each.objectName(), each.geometry().getRect())
        for each in shown(tab)
        if each.objectName() and not isinstance(each, Corner)
    ]


@pytest.fixture
def stage(ready, qtbot):
    ready.window.show_tab("Train")
    return Hands(ready, qtbot)


@pytest.fixture
def presented(stage):
    stage.present()
    return stage


def test_f5_makes_words_large_curves_thick_and_fills_the_screen_and_all_comes_back_and_is_remembered(stage, tmp_path):
    window, ordinary = stage.window, stage.window.normalGeometry().getRect()
    usual, noise = Stroke().pen().widthF(), Stroke(width=1).pen().widthF()
    for show in (window.showNormal, window.showMaximized, window.toggle_full_screen):
        show()
        QApplication.processEvents()
        before = window.geometry(), window.isMaximized(), window.isFullScreen()
        stage.present()
        assert window.isFullScreen() and text_size() == 150
        assert Stroke().pen().widthF() == THICK * usual and Stroke(width=1).pen().widthF() == noise
        stage.press(KEYS.Key_F5)
        assert not stage.presenter.is_on and text_size() == 100 and Stroke().pen().widthF() == usual
        assert (window.geometry(), window.isMaximized(), window.isFullScreen()) == before

    window.toggle_full_screen()
    stage.press(KEYS.Key_Plus, CTRL)
    stage.present()
    stage.press(KEYS.Key_Plus, CTRL)
    assert text_size() == 175
    stage.press(KEYS.Key_Escape)
    assert text_size() == 110
    window.showMaximized()
    stage.present()
    assert text_size() == 175
    assert window.close()
    kept = load_settings(tmp_path / "settings.json")
    assert (kept.text_size, kept.presenter_text_size) == (110, 175)
    assert (kept.geometry, kept.maximized) == (ordinary, True)


def test_menus_and_bottom_line_give_their_room_but_for_what_is_told(stage):
    window, status, words = stage.window, stage.find(QWidget, "status"), stage.find(QLabel, "status.words")
    hidden, told = (stage.find(QWidget, "menu"), status), stage.find(QLabel, "status.notice.text")
    height = window.tabs.height()
    assert all(each.isVisible() for each in hidden)
    stage.present()
    for size in ((1024, 600), (1280, 720)):
        stage.resize(*size)
        stage.qtbot.waitUntil(lambda: told.text() == told.words)
        assert stage.tells_the_hint() and not words.isVisible()
    stage.press(KEYS.Key_Escape)
    assert words.isVisible() and not stage.tells_the_hint()

    window.resize(1280, 720)
    stage.present()
    assert not stage.tells_the_hint(), "it is told once"
    stage.notices.close_current()
    assert not any(each.isVisible() for each in hidden)
    assert all(stage.find(QWidget, name).isVisible() for name in ("tabs.row", "transport", "run.start", "time.slider"))
    stage.press(KEYS.Key_Alt)
    assert window.menus.isVisible()
    stage.press(KEYS.Key_Alt)
    assert not window.menus.isVisible()
    QTest.keyPress(window, KEYS.Key_Alt)
    QTest.keyClick(window, KEYS.Key_1, Qt.KeyboardModifier.AltModifier)
    QTest.keyRelease(window, KEYS.Key_Alt)
    assert not window.menus.isVisible(), "the key belonged to a shortcut"

    stage.notices.offer("New here?", Offer("Begin", lambda: None, lambda: None))
    assert not status.isVisible(), "an offer waits until the room is left"
    stage.notices.close_current()
    room = window.tabs.geometry()
    stage.notices.fail("The disk is full.")
    assert status.isVisible() and window.tabs.geometry() == room
    assert (status.x(), status.width(), status.geometry().bottom()) == (room.x(), room.width(), room.bottom())
    stage.press(KEYS.Key_Minus, CTRL)
    assert status.geometry().bottom() == window.tabs.geometry().bottom() and status.height() == 35
    while stage.notices.current:
        stage.notices.close_current()
    assert not status.isVisible()
    stage.press(KEYS.Key_Escape)
    assert all(each.isVisible() for each in hidden) and window.tabs.height() == height


@pytest.mark.usefixtures("all_tabs")
def test_a_double_click_enlarges_any_panel_and_escape_brings_all_back_to_the_pixel(presented, qtbot):
    lesson, enlarged = presented.application.lesson, set()
    presented.notices.close_current()
    presented.resize(1024, 600)
    has_answer = presented.find(QLabel, "warmup.step_count").text  # which the engine gives without being asked
    for tab in presented.window.all_tabs():
        presented.window.tabs.setCurrentWidget(tab)
        qtbot.waitUntil(lambda tab=tab: tab.isVisible() and tab.is_settled)
        qtbot.waitUntil(lambda tab=tab: tab.TITLE != "Warm-up" or bool(has_answer()))
        for width in (1040, 1024):  # what came while the page was laid out has its place with the next layout
            presented.resize(width, 600)
            presented.settle()
        for panel in [each for each in tab.findChildren(Panel) if is_seen(each)]:
            before = geometries(tab)
            presented.click_twice(panel)
            QApplication.processEvents()
            presented.assert_fills(panel)
            assert [each for each in tab.findChildren(Panel) if is_seen(each)] == [panel]
            presented.press(KEYS.Key_Escape)
            assert presented.presenter.enlarged is None and presented.presenter.is_on
            presented.settle()
            assert geometries(tab) == before, panel.objectName()
            enlarged.add(tab.objectName())
    assert enlarged >= {"draw", "train", "ideal", "map", "graph", "warmup"}

    presented.application.actions["teach.lesson"].trigger()
    qtbot.waitUntil(lambda: lesson.is_open)
    assert lesson.guide.isVisible() and presented.find(QToolButton, "lesson.fold").isVisible()
    presented.press(KEYS.Key_Escape)
    assert lesson.is_open and not presented.presenter.is_on


@pytest.mark.usefixtures("all_tabs")
def test_for_a_room_each_page_has_few_large_things_of_which_none_is_cut_and_places_keep_the_mode(presented):
    window, row = presented.window, presented.window.tabs.tabBar()
    presented.notices.close_current()
    for size in ((1024, 768), (1280, 800), (1600, 900)):
        presented.resize(*size)
        for tab in window.all_tabs():
            presented.find(QToolButton, f"rail.{tab.PLACE.lower().replace(' ', '_')}").click()
            window.tabs.setCurrentWidget(tab)
            assert presented.presenter.is_on
            bar = tab.parentWidget().parentWidget().horizontalScrollBar()
            presented.qtbot.waitUntil(lambda: not cut_off(window) and not squeezed(window))
            presented.qtbot.waitUntil(lambda bar=bar: not bar.isVisible())
            assert row.sizeHint().width() <= row.width(), (tab.TITLE, size)
        window.show_tab("Draw")
        sheet, answer = presented.panel("draw.sheet"), presented.panel("draw.answer")
        port = presented.tab.parentWidget()
        assert port.rect().contains(presented.place(sheet)) and port.rect().contains(presented.place(answer)), size
        nearest = presented.find(NearestGrid, "draw.nearest")
        assert nearest.isVisible() and nearest.place_of(0).width() >= 40, size


@pytest.mark.tabs("train")
def test_a_double_click_and_a_key_enlarge_a_panel_and_bring_it_back(stage, qtbot):
    panel, action = stage.panel("train.health.panel"), stage.application.actions["view.enlarge"]
    stage.click_twice(panel)
    assert stage.presenter.enlarged is None, "only presenter mode enlarges"
    assert not action.isEnabled() and "presenter mode" in action.toolTip()

    stage.present()
    assert action.isEnabled() and stage.tells_the_hint()
    before = stage.place(panel)
    stage.click_twice(panel)
    stage.assert_fills(panel)
    assert not stage.tells_the_hint()
    explained = set()
    for _ in range(3):
        stage.application.actions["help.what"].trigger()
        explained.add(stage.find(QWidget, "explain").about)
    assert explained <= {panel, *panel.findChildren(QWidget)}, "what lies below is not explained"
    stage.press(KEYS.Key_Escape)
    stage.click_twice(panel)
    assert stage.place(panel) == before

    stage.find(QLineEdit, "train.batch").setFocus()
    stage.press(KEYS.Key_F5, SHIFT)
    stage.assert_fills(stage.panel("train.settings"))
    stage.press(KEYS.Key_F5, SHIFT)
    assert stage.presenter.enlarged is None

    plot = stage.tab.loss.plot
    stage.press(KEYS.Key_F7)
    qtbot.waitUntil(plot.isVisible)
    plot.zoom_by(2)
    assert not plot.fitted
    middle = plot.viewport().rect().center()
    QTest.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    stage.double_click(plot.viewport(), middle)
    assert plot.fitted and stage.presenter.enlarged is None, "in a plot it shows everything"
    panel = stage.click_twice(stage.panel("train.loss.panel"))
    plot.zoom_by(2)
    stage.double_click(plot.viewport(), plot.viewport().rect().center())
    assert plot.fitted
    stage.assert_fills(panel)
    stage.press(KEYS.Key_Escape)
    stage.press(KEYS.Key_Escape)
    assert not action.isEnabled()


@pytest.mark.tabs("train")
def test_an_enlarged_panel_has_the_focus_and_all_the_room_until_something_below_is_wanted(presented):
    field, loss = presented.find(QLineEdit, "train.batch"), presented.panel("train.loss.panel")
    presented.click_twice(loss)
    loss.hide()
    assert presented.presenter.enlarged is None and presented.presenter.is_on
    loss.show()
    presented.settle()
    field.setFocus()
    presented.click_twice(loss)
    assert presented.window.focusWidget() is loss, "so that no control has a ring that nobody reached by keys"
    presented.press(KEYS.Key_Tab)
    assert loss.isAncestorOf(presented.window.focusWidget()) and presented.presenter.enlarged is not None
    presented.press(KEYS.Key_Escape)
    assert presented.window.focusWidget() is field

    presented.click_twice(loss)
    field.setFocus()
    assert presented.presenter.enlarged is None and presented.window.focusWidget() is field

    for leave in (presented.application.lesson.changed.emit, lambda: presented.window.show_tab("Draw")):
        presented.click_twice(loss)
        presented.assert_fills(loss)
        leave()
        assert presented.presenter.enlarged is None and presented.presenter.is_on

    presented.window.show_tab("Train")
    presented.resize(1024, 600)
    presented.settle()
    panel, page = presented.panel("train.settings"), presented.tab.parentWidget().parentWidget()
    bars = page.horizontalScrollBar(), page.verticalScrollBar()
    assert page.verticalScrollBar().isVisible()
    presented.click_twice(panel)
    before = [bar.value() for bar in bars]
    presented.assert_fills(panel)
    assert page.viewport().size() == page.size() and not any(bar.isVisible() for bar in bars)
    presented.press(KEYS.Key_Escape)
    presented.settle()
    assert page.verticalScrollBar().isVisible() and [bar.value() for bar in bars] == before

    presented.click_twice(panel)
    theme().choose("dark")
    QApplication.processEvents()
    presented.assert_fills(panel)
    ground = presented.tab.findChild(QWidget, "enlarged.ground").grab().toImage()
    assert ground.pixelColor(2, 2) == QColor(theme().current.window)
    presented.window.resize(1700, 900)
    QApplication.processEvents()
    assert presented.presenter.enlarged is None, "its page has other columns now"
    presented.click_twice(panel)
    presented.press(KEYS.Key_Plus, CTRL)
    QApplication.processEvents()
    presented.assert_fills(panel)
    presented.press(KEYS.Key_Escape)
    QApplication.processEvents()
    assert panel.width() == panel.minimumWidth() == panel.maximumWidth() == round(304 * 1.75)


@pytest.mark.tabs("train")
def test_escape_takes_back_one_thing_at_a_time(stage):
    """A sheet, the box that explains, the panel, the mode, and last full screen that was there before."""
    stage.press(KEYS.Key_F11)
    stage.present()
    stage.click_twice(stage.panel("train.health.panel"))
    stage.application.actions["help.what"].trigger()
    stage.application.actions["help.shortcuts"].trigger()
    box, sheet = stage.find(QWidget, "explain"), stage.find(QDialog, "help")
    stage.qtbot.keyClick(sheet, KEYS.Key_Escape)
    assert not sheet.isVisible()
    seen = []
    for _ in range(5):
        is_enlarged = stage.presenter.enlarged is not None
        seen.append((box.isVisible(), is_enlarged, stage.presenter.is_on, stage.window.isFullScreen()))
        stage.press(KEYS.Key_Escape)
    assert seen == [tuple(place >= gone for place in range(4)) for gone in range(5)]


@pytest.mark.tabs("train")
def test_a_run_goes_on_below_and_in_an_enlarged_panel_in_thick_curves_and_f5_neither_starts_nor_pauses_it(stage, qtbot):
    controls, plots = stage.application.controls, (stage.tab.loss.plot, stage.tab.progress.accuracy)
    stage.tab.settings.set_values({"epochs": 10_000})  # it is not to end by itself
    stage.press(KEYS.Key_Return, CTRL)
    qtbot.waitUntil(lambda: controls.state == "running")
    stage.press(KEYS.Key_Return, CTRL)
    qtbot.waitUntil(lambda: controls.state == "paused")
    stage.present()
    panel = stage.click_twice(stage.panel("train.loss.panel"))
    stage.press(KEYS.Key_F7)
    qtbot.waitUntil(lambda: controls.state == "paused")
    qtbot.waitUntil(lambda: all(any(len(each.series) for each in plot.curves.values()) for plot in plots))
    curves = [each for plot in plots for each in plot.curves.values() if not each.stroke.fine]

    def drawn():
        return [(each.item.opts["pen"].widthF(), each.dot.opts["size"]) for each in curves]

    assert drawn() == [(THICK * each.stroke.width, THICK * DOT) for each in curves]
    stage.assert_fills(panel)
    stage.press(KEYS.Key_Escape)
    stage.press(KEYS.Key_F5)
    assert not stage.presenter.is_on and controls.state == "paused"
    assert drawn() == [(each.stroke.width, DOT) for each in curves]
