"""The size of letters: chosen by keys, menu and preferences, in all of the window at once, and kept."""

import itertools

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.core.machine.bundled import BUNDLED
from gui.look.fonts import SIZES, USUAL, font, keep, metrics, scaled, sized, step_from, text_size
from gui.look.theme import style_sheet, theme, tokens
from gui.look.words import figure, set_figure
from gui.stage.screenshots import stage_scene
from gui.stage.stage import Stage, scenes_of
from gui.state.settings import Settings, load_settings
from gui.tabs.draw.charts import StackedChart
from gui.tabs.mistakes.charts import LineChart, Span, percents
from gui.widgets.forms.controls import ChoiceChip
from gui.widgets.painted import Painted
from gui.widgets.panel import Panel
from gui.widgets.pictures.picture_grid import ImageGrid
from gui.widgets.plots.axis import TICK_GAP, accuracy_extent
from gui.widgets.plots.curve_plot import CurvePlot
from tests.gui.room import cut_off, painted_words, squeezed
from tests.gui.worlds import TITLES, empty_tabs

CTRL = Qt.KeyboardModifier.ControlModifier

WINDOWS = ((1280, 720), (1024, 600), (1920, 1080))
"""Sizes of the window: a projector's, the smallest one, a large screen's."""


def press(world, qtbot, key, times=1):
    for _ in range(times):
        qtbot.keyClick(world.window, key, CTRL)


# How much is larger -------------------------------------------------------------------------------------------------


def test_letters_of_100_percent_leave_all_pixels_as_they_are():
    assert scaled(28) == 28 and scaled(2.2) == 2.2
    assert [font(role).pixelSize() for role in metrics()["fonts"]] == [
        entry["size"] for entry in metrics()["fonts"].values()
    ]


def test_pixels_grow_with_letters_and_those_of_a_widget_stay_whole(qapp):
    theme().choose_text_size(150)
    assert scaled(13) == 20 and isinstance(scaled(13), int) and scaled(2.5) == 3.75
    assert font("label").pixelSize() == 18 and font("answer").pixelSize() == 110


def test_a_step_goes_to_the_next_size_and_not_beyond_the_last():
    assert step_from(100, 1) == 110 and step_from(100, -1) == 90
    assert step_from(SIZES[-1], 1) == SIZES[-1] == 200 and step_from(SIZES[0], -1) == SIZES[0] == 80
    with pytest.raises(ValueError, match="137"):
        theme().choose_text_size(137)


def test_what_was_given_a_size_follows_and_the_latest_one_holds(qtbot):
    button, heard = QPushButton("Start"), []
    qtbot.addWidget(button)
    sized(button.setFixedWidth, 50)
    sized(button.setFixedWidth, 60)
    keep(button, lambda each: heard.append((each, each.width())))
    theme().choose_text_size(200)
    assert button.width() == 120
    assert heard[-1] == (button, 120)
    theme().choose_text_size(100)
    assert button.width() == 60


def test_the_style_sheet_grows_with_letters_and_has_all_its_values(qapp):
    usual = style_sheet(tokens("light"))
    theme().choose_text_size(150)
    large = style_sheet(tokens("light"))
    assert "min-height: 28px" in usual and "min-height: 42px" in large and "$" not in large


# Keys, menu, preferences, settings ----------------------------------------------------------------------------------


def test_keys_make_letters_larger_and_smaller_and_stop_at_both_ends(ready, qtbot):
    press(ready, qtbot, Qt.Key.Key_Plus)
    assert text_size() == 110
    press(ready, qtbot, Qt.Key.Key_Equal)
    assert text_size() == 125
    press(ready, qtbot, Qt.Key.Key_Plus, len(SIZES))
    assert text_size() == 200
    assert "largest" in ready.notices.history[-1].text
    press(ready, qtbot, Qt.Key.Key_Minus, len(SIZES))
    assert text_size() == 80
    assert "smallest" in ready.notices.history[-1].text
    press(ready, qtbot, Qt.Key.Key_0)
    assert text_size() == 100


@pytest.mark.tabs("train")
def test_the_keys_leave_plots_alone_and_plots_have_keys_of_their_own(ready, qtbot):
    ready.window.show_tab("Train")
    tab = ready.window.tabs.currentWidget()
    press(ready, qtbot, Qt.Key.Key_Plus)
    assert tab.loss.plot.fitted and tab.progress.accuracy.fitted
    plots = [tab.loss.plot, tab.progress.accuracy]
    qtbot.keyClick(ready.window, Qt.Key.Key_Plus, Qt.KeyboardModifier.AltModifier)
    assert [plot.fitted for plot in plots].count(False) <= 1 and text_size() == 110


def test_letters_that_are_there_change_at_once(ready):
    words, button = (ready.window.findChild(QLabel, "status.words"), ready.window.findChild(QPushButton, "run.start"))
    before = words.fontMetrics().height(), button.height()
    for _ in range(3):
        ready.actions["view.text.larger"].trigger()
    assert text_size() == 150
    assert words.fontMetrics().height() >= 1.4 * before[0]
    assert button.sizeHint().height() == pytest.approx(1.5 * before[1], abs=2)


def test_all_menus_are_in_their_bar(ready, subtests):
    ready.window.resize(1024, 600)
    bar = ready.window.menus
    for percent in SIZES:
        theme().choose_text_size(percent)
        places = [bar.actionGeometry(action) for action in bar.actions()]
        with subtests.test(percent=percent):
            assert len(places) == 6
            assert all(not place.isEmpty() and bar.rect().contains(place) for place in places)


def test_a_title_that_shortens_pushes_nothing_aside_and_says_all_in_its_tip(qtbot):
    panel, button = Panel("All mistakes", "panel", shortens=True), QPushButton("Most probable")
    qtbot.addWidget(panel)
    panel.head.addStretch(1)
    panel.head.addWidget(button)
    panel.set_title("Sevens, predicted as eights")
    title = panel.findChild(QLabel)
    panel.resize(600, 200)
    panel.show()
    QApplication.processEvents()
    assert title.text() == "Sevens, predicted as eights" == panel.accessibleName()
    panel.resize(200, 200)
    QApplication.processEvents()
    assert "…" in title.text() and title.toolTip() == "Sevens, predicted as eights"
    assert button.width() >= button.sizeHint().width() and squeezed(panel) == []


@pytest.mark.tabs(*empty_tabs(*TITLES))
def test_the_row_of_tabs_has_one_colour_up_to_its_end(ready, subtests):
    ready.window.resize(1024, 600)
    row, code = ready.window.tabs.tabBar(), ready.window.findChild(QPushButton, "tabs.code")
    for look, percent in itertools.product(("light", "dark"), (100, 150)):
        theme().choose(look)
        theme().choose_text_size(percent)
        QApplication.processEvents()
        pictured = ready.window.tabs.grab().toImage()
        with subtests.test(look=look, percent=percent):
            assert ready.window.tabs.childAt(code.geometry().center()) is code
            surface, ground = (QColor(getattr(theme().current, name)) for name in ("surface", "window"))
            assert pictured.pixelColor(pictured.width() - 3, row.height() // 2) == surface
            assert pictured.pixelColor(2, row.height() + 6) == ground


def test_the_sheet_of_preferences_says_and_sets_the_size(ready, qtbot):
    ready.actions["edit.preferences"].trigger()
    sheet = ready.window.findChild(QDialog, "preferences")
    sheet.text_size.setFocus()
    assert sheet.text_size.currentText() == "100 %"
    qtbot.keyClick(sheet.text_size, Qt.Key.Key_Down)
    assert text_size() == 110
    ready.actions["view.text.smaller"].trigger()
    assert sheet.text_size.currentText() == "100 %"
    for percent in SIZES:
        theme().choose_text_size(percent)
        qtbot.waitUntil(lambda: not cut_off(sheet) and not squeezed(sheet))


def test_the_size_is_kept_and_holds_from_the_first_paint_of_the_next_start(make_application, tmp_path):
    first = make_application(size=(1280, 720))
    first.actions["view.text.larger"].trigger()
    first.window.close()
    assert load_settings(tmp_path / "settings.json").text_size == 110
    theme().choose_text_size(100)
    second = make_application(size=(1280, 720))
    assert text_size() == 110
    words = second.window.findChild(QLabel, "status.words")
    words.ensurePolished()
    assert words.font().pixelSize() == font("label").pixelSize() == 13


@pytest.mark.parametrize("name", ["text_size", "presenter_text_size"])
def test_settings_with_a_size_that_there_is_not_are_damaged(tmp_path, name):
    file = tmp_path / "settings.json"
    Settings(**{name: 150}).save(file)
    assert getattr(load_settings(file), name) == 150
    file.write_text(file.read_text().replace(f'"{name}": 150', f'"{name}": 151'))
    with pytest.raises(Exception, match="settings"):
        load_settings(file)


def test_a_hidden_page_wants_the_room_of_the_present_letters(qtbot):
    theme().apply()
    window, pages, page, panel = QWidget(), QStackedWidget(), QWidget(), Panel("Doubt", "doubt")
    theme().dress(window)
    label = figure()
    set_figure(label, "98.10 % → 93.10 %")
    for outer, inner in ((window, pages), (page, panel)):
        QVBoxLayout(outer).addWidget(inner)
    panel.body.addWidget(label)
    for each in (QLabel("shown"), page):
        pages.addWidget(each)
    qtbot.addWidget(window)
    window.show()
    before = pages.minimumSizeHint()
    theme().choose_text_size(200)
    assert pages.minimumSizeHint().width() > 1.5 * before.width()
    theme().choose_text_size(100)
    assert pages.minimumSizeHint() == before


def test_another_theme_leaves_the_size_as_it_is(ready):
    theme().choose_text_size(150)
    words = ready.window.findChild(QLabel, "status.words")
    for choice in ("dark", "light"):
        theme().choose(choice)
        assert text_size() == 150 and words.fontMetrics().height() > 20


# Room for all words -------------------------------------------------------------------------------------------------


def show(world, qtbot, tab):
    world.window.tabs.setCurrentWidget(tab)
    qtbot.waitUntil(tab.isVisible)


@pytest.mark.usefixtures("all_tabs")
@pytest.mark.parametrize("sizes", [(SIZES[-1], USUAL), pytest.param(SIZES, marks=pytest.mark.slow)], ids=str)
def test_no_word_of_any_tab_or_bar_is_cut_and_nothing_lies_over_each_other(ready, qtbot, subtests, sizes):
    for percent in sizes:
        theme().choose_text_size(percent)
        with subtests.test(percent=percent):
            for size, tab in itertools.product(WINDOWS, ready.window.all_tabs()):
                ready.window.resize(*size)
                show(ready, qtbot, tab)
                qtbot.waitUntil(lambda: not cut_off(ready.window) and not squeezed(ready.window))


@pytest.mark.usefixtures("all_tabs")
def test_buttons_that_keep_room_for_other_words_have_it_in_a_new_window_as_after_other_sizes(ready):
    names = ("draw.kept.show", "activations.silence", "fingerprints.silence", "train.pages.runs")
    found = [ready.window.findChild(QAbstractButton, name) for name in names]
    found += ready.window.findChildren(ChoiceChip)
    new = [(each.objectName(), each.minimumWidth()) for each in found]
    for percent in (150, 100):
        theme().choose_text_size(percent)
    assert [(each.objectName(), each.minimumWidth()) for each in found] == new
    assert len(found) > len(names) and all(width > 0 for _, width in new)


@pytest.mark.slow
def test_with_a_network_all_words_have_room_as_well_labels_buttons_and_painted_ones(qapp):
    with Stage(bundled=BUNDLED) as stage:
        stage.open(None)
        stage.open_bundled()
        for tab in stage.window.all_tabs():
            stage.window.resize(1280, 720)
            theme().choose_text_size(USUAL)
            stage_scene(stage, tab, next(iter(scenes_of(tab).values())))
            for percent, size in itertools.product((100, 150, 200), WINDOWS):
                theme().choose_text_size(percent)
                stage.window.resize(*size)
                stage.settle(tab)
                assert cut_off(stage.window) + squeezed(stage.window) == [], (tab.TITLE, percent, size)
                for each in tab.findChildren(Painted):
                    if each.isVisible() and not isinstance(each, ImageGrid):  # what it has no room for scrolls
                        told = painted_words(each)
                        around = each.rect().toRectF().adjusted(-2, -2, 2, 2)
                        assert [words for words, place in told if not around.contains(place)] == []
                        assert [pair for pair in itertools.combinations(told, 2) if over(*pair)] == []


def over(one, other):
    both = one[1] & other[1]
    return both.width() > 2 and both.height() > 2


@pytest.mark.parametrize("percent", SIZES)
def test_the_words_of_axes_have_room_beside_their_charts(qtbot, percent):
    theme().choose_text_size(percent)
    measure = QFontMetricsF(font("axis", numbers=True))
    chart = LineChart("chart", "A chart", Span(0, 1, percents), Span(0, 1, percents))
    stacked, plot = StackedChart("stacked"), CurvePlot("plot", "A plot", "percent", accuracy_extent)
    for each in (chart, stacked, plot):
        qtbot.addWidget(each)
        each.resize(480, 320)
    assert chart.area().place.left() >= measure.horizontalAdvance("100 %") + 8
    assert stacked.plot().left() >= measure.horizontalAdvance("100 %")
    assert plot.axes["left"].minimumWidth() >= measure.horizontalAdvance("99.5 %") + TICK_GAP
    assert plot.axes["bottom"].minimumHeight() >= measure.capHeight() + TICK_GAP
    assert plot.axes["left"].style["tickFont"].pixelSize() == font("axis").pixelSize()


def test_a_plot_that_is_there_takes_the_new_letters(qtbot):
    plot = CurvePlot("plot", "A plot")
    qtbot.addWidget(plot)
    left, bottom = plot.axes["left"], plot.axes["bottom"]
    before = left.minimumWidth(), bottom.minimumHeight()
    theme().choose_text_size(200)
    assert (left.minimumWidth(), bottom.minimumHeight()) == tuple(2 * each for each in before)
    assert left.style["tickFont"].pixelSize() == bottom.style["tickFont"].pixelSize() == 22
    theme().choose_text_size(100)
    assert (left.minimumWidth(), bottom.minimumHeight()) == before


def test_a_number_that_has_room_of_its_own_has_it_in_any_size(qtbot):
    label = figure()
    qtbot.addWidget(label)
    for text in ("98.10 % → 93.10 %", "5"):
        set_figure(label, text)
    room = label.width(), label.height()
    theme().choose_text_size(200)
    assert label.width() >= label.fontMetrics().horizontalAdvance("98.10 % → 93.10 %")
    assert label.height() >= label.fontMetrics().height()
    theme().choose_text_size(100)
    assert (label.width(), label.height()) == room


def test_a_page_scrolls_where_the_tab_has_too_little_room(ready, qtbot):
    ready.window.resize(1024, 600)
    tab = ready.window.tabs.currentWidget()
    page = ready.window.findChild(QScrollArea, f"{tab.objectName()}.scroll")
    assert not page.horizontalScrollBar().maximum()
    theme().choose_text_size(150)
    qtbot.waitUntil(lambda: tab.width() > page.viewport().width())
    assert page.horizontalScrollBar().maximum() and page.verticalScrollBar().maximum()
    theme().choose_text_size(100)
    qtbot.waitUntil(lambda: tab.width() == page.viewport().width())


def test_the_bar_of_the_run_leaves_out_what_it_has_no_room_for(ready, qtbot):
    ready.window.resize(1280, 720)
    names = ("transport.accuracy", "run.pace", "transport.epoch")
    shown = [ready.window.findChild(QWidget, name) for name in names]
    qtbot.waitUntil(lambda: all(each.isVisible() for each in shown))
    theme().choose_text_size(200)
    ready.window.resize(1000, 720)
    qtbot.waitUntil(lambda: not shown[0].isVisible() and not shown[1].isVisible())
    theme().choose_text_size(100)
    qtbot.waitUntil(lambda: all(each.isVisible() for each in shown))
