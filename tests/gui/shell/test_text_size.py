"""The size of letters: chosen by keys, menu and preferences, in all of the window at once, and kept."""

import contextlib
import itertools

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
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
from gui.shell.process.window_geometry import LEAST
from gui.stage.screenshots import stage_scene
from gui.stage.stage import Stage, scenes_of
from gui.state.settings import load_settings
from gui.tabs.draw.charts import StackedChart
from gui.tabs.mistakes.charts import LineChart, Span, percents
from gui.widgets.forms.controls import ChoiceChip
from gui.widgets.panel import Panel
from gui.widgets.plots.axis import TICK_GAP, accuracy_extent
from gui.widgets.plots.curve_plot import CurvePlot
from tests.gui.room import crowded, cut_off, overlaps, squeezed, voids
from tests.gui.worlds import TITLES, empty_tabs, show_tab

WINDOWS = ((1024, 600), (1280, 720), (1920, 1080))  # a small one, a projector's, a large screen's


def test_pixels_the_style_sheet_and_what_was_given_a_size_grow_with_letters(qtbot):
    assert scaled(28) == 28 and scaled(2.2) == 2.2
    sizes = [entry["size"] for entry in metrics()["fonts"].values()]
    assert [font(role).pixelSize() for role in metrics()["fonts"]] == sizes
    assert "min-height: 28px" in style_sheet(tokens("light"))
    theme().choose_text_size(150)
    assert scaled(13) == 20 and isinstance(scaled(13), int) and scaled(2.5) == 3.75
    assert font("label").pixelSize() == 18 and font("answer").pixelSize() == 110
    large = style_sheet(tokens("light"))
    assert "min-height: 42px" in large and "$" not in large
    assert (step_from(100, 1), step_from(100, -1)) == (110, 90)
    assert step_from(SIZES[-1], 1) == SIZES[-1] == 200 and step_from(SIZES[0], -1) == SIZES[0] == 80
    with pytest.raises(ValueError, match="137"):
        theme().choose_text_size(137)

    theme().choose_text_size(100)
    button, heard = QPushButton("Start"), []
    qtbot.addWidget(button)
    sized(button.setFixedWidth, 50)
    sized(button.setFixedWidth, 60)
    keep(button, lambda each: heard.append((each, each.width())))
    theme().choose_text_size(200)
    assert button.width() == 120 and heard[-1] == (button, 120), "the latest size holds"
    theme().choose_text_size(100)
    assert button.width() == 60


@pytest.mark.tabs("train")
def test_keys_make_letters_larger_and_smaller_and_stop_at_both_ends(ready, qtbot):
    def press(key, times=1, modifier=Qt.KeyboardModifier.ControlModifier):
        for _ in range(times):
            qtbot.keyClick(ready.window, key, modifier)

    train = show_tab(ready, "Train")
    plots = train.loss.plot, train.progress.accuracy
    words, button = ready.window.findChild(QLabel, "status.words"), ready.window.findChild(QPushButton, "run.start")
    before = words.fontMetrics().height(), button.height()
    press(Qt.Key.Key_Plus)
    assert text_size() == 110 and all(plot.fitted for plot in plots), "plots have keys of their own"
    press(Qt.Key.Key_Plus, modifier=Qt.KeyboardModifier.AltModifier)
    assert [plot.fitted for plot in plots].count(False) <= 1 and text_size() == 110
    press(Qt.Key.Key_Equal)
    assert text_size() == 125
    ready.actions["view.text.larger"].trigger()
    assert text_size() == 150 and words.fontMetrics().height() >= 1.4 * before[0]
    assert button.sizeHint().height() == pytest.approx(1.5 * before[1], abs=2)
    theme().choose("dark")
    assert text_size() == 150 and words.fontMetrics().height() > 20

    theme().choose_text_size(SIZES[-2])
    press(Qt.Key.Key_Plus, 2)
    assert text_size() == 200 and "largest" in ready.notices.history[-1].text
    theme().choose_text_size(SIZES[1])
    press(Qt.Key.Key_Minus, 2)
    assert text_size() == 80 and "smallest" in ready.notices.history[-1].text
    press(Qt.Key.Key_0)
    assert text_size() == 100


def test_the_sheet_of_preferences_says_and_sets_the_size(ready, qtbot):
    ready.actions["edit.preferences"].trigger()
    sheet = ready.window.findChild(QDialog, "preferences")
    sheet.text_size.setFocus()
    assert sheet.text_size.currentText() == "100 %"
    qtbot.keyClick(sheet.text_size, Qt.Key.Key_Down)
    assert text_size() == 110
    ready.actions["view.text.smaller"].trigger()
    assert sheet.text_size.currentText() == "100 %"
    for percent in (SIZES[0], USUAL, SIZES[-1]):
        theme().choose_text_size(percent)
        qtbot.waitUntil(lambda: not cut_off(sheet) and not squeezed(sheet))


def test_the_size_is_kept_and_holds_from_the_first_paint_of_the_next_start(few_tabs, make_application, tmp_path):
    file = tmp_path / "settings.json"
    first = make_application(size=(1280, 720))
    first.actions["view.text.larger"].trigger()
    first.window.close()
    assert load_settings(file).text_size == 110
    theme().choose_text_size(100)
    second = make_application(size=(1280, 720))
    assert text_size() == 110
    words = second.window.findChild(QLabel, "status.words")
    words.ensurePolished()
    assert words.font().pixelSize() == font("label").pixelSize() == 13


LOW = (USUAL, LEAST.toTuple())
SOME = [(SIZES[-1], WINDOWS[0]), (SIZES[-1], WINDOWS[-1]), LOW, (USUAL, WINDOWS[0])]
ALL = list(itertools.product((*SIZES, USUAL), WINDOWS))
GRID = [
    *itertools.product((100, 150), ((1024, 600), (1280, 720), (1280, 800), (1920, 1080), (2560, 1440))),
    *itertools.product((200,), WINDOWS),
]
KEEP_ROOM = ("activations.silence", "fingerprints.silence", "train.pages.runs")
"""Buttons that keep room for other words than they have at first."""


@pytest.mark.usefixtures("all_tabs")
@pytest.mark.parametrize("looks", [SOME, pytest.param(ALL, marks=pytest.mark.slow)], ids=["some", "all"])
def test_no_word_of_any_tab_or_bar_is_cut_nothing_lies_over_each_other_and_only_low_pages_scroll(ready, qtbot, looks):
    buttons = [ready.window.findChild(QAbstractButton, name) for name in KEEP_ROOM]
    buttons += ready.window.findChildren(ChoiceChip)
    new = [(each.objectName(), each.minimumWidth()) for each in buttons]
    assert len(buttons) > len(KEEP_ROOM) and all(width > 0 for _, width in new)

    def all_has_room():
        tab = ready.window.tab
        bar = ready.window.findChild(QScrollArea, f"{tab.objectName()}.scroll").horizontalScrollBar()
        sideways = [f"{tab.TITLE} is {tab.size().toTuple()}"] * bool(bar.maximum())
        assert sideways + cut_off(ready.window) + squeezed(ready.window) + overlaps(tab) == []

    for percent, size in looks:
        theme().choose_text_size(percent)
        ready.window.resize(*size)
        assert (percent, size) != LOW or ready.window.size() == LEAST
        for tab in ready.window.all_tabs():
            ready.window.tabs.setCurrentWidget(tab)
            qtbot.waitUntil(tab.isVisible)
            page = ready.window.findChild(QScrollArea, f"{tab.objectName()}.scroll")
            if (percent, size) != LOW:
                qtbot.waitUntil(all_has_room)
                if canvas := tab.findChild(QWidget, "draw.canvas"):
                    place = QRect(canvas.mapTo(page.viewport(), QPoint()), canvas.size())
                    assert page.viewport().rect().contains(place), (percent, size)
            if percent == USUAL:
                bar = page.verticalScrollBar()
                qtbot.waitUntil(lambda bar=bar, page=page, tab=tab: bar.isVisible() == (tab.height() > page.height()))
                assert tab.height() == max(page.viewport().height(), tab.LEAST_HEIGHT), tab.TITLE
                assert (percent, size) == LOW or not bar.isVisible(), tab.TITLE
    assert [(each.objectName(), each.minimumWidth()) for each in buttons] == new


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_with_a_network_all_words_have_room_as_well_labels_buttons_and_painted_ones(qapp):
    with Stage(bundled=BUNDLED) as stage:
        stage.open(None)
        stage.open_bundled()
        for tab in stage.window.all_tabs():
            stage.window.resize(1280, 720)
            theme().choose_text_size(USUAL)
            stage_scene(stage, tab, next(iter(scenes_of(tab).values())))
            for percent, size in GRID:
                theme().choose_text_size(percent)
                stage.window.resize(*size)
                stage.settle(tab)
                assert cut_off(stage.window) + squeezed(stage.window) == [], (tab.TITLE, percent, size)
                assert crowded(tab) + overlaps(tab) == [], (tab.TITLE, percent, size)
                if percent < SIZES[-1]:
                    with contextlib.suppress(TimeoutError):
                        stage.wait_for(lambda tab=tab: not voids(tab), 10)
                    assert voids(tab) == [], (tab.TITLE, percent, size)


@pytest.mark.tabs(*empty_tabs(*TITLES))
def test_the_bars_of_a_small_window_have_room_in_any_size(ready, qtbot):
    window, menus, row = ready.window, ready.window.menus, ready.window.tabs.tabBar()
    code = window.findChild(QPushButton, "tabs.code")
    window.resize(1024, 600)
    for percent in SIZES:
        theme().choose_text_size(percent)
        places = [menus.actionGeometry(action) for action in menus.actions()]
        assert len(places) == 7
        assert all(not place.isEmpty() and menus.rect().contains(place) for place in places), percent

    for look, percent in (("light", 100), ("dark", 150)):
        theme().choose(look)
        theme().choose_text_size(percent)
        QApplication.processEvents()
        pictured = window.tabs.grab().toImage()
        assert window.tabs.childAt(code.geometry().center()) is code
        surface, ground = (QColor(getattr(theme().current, name)) for name in ("surface", "window"))
        assert pictured.pixelColor(pictured.width() - 3, row.height() // 2) == surface
        assert pictured.pixelColor(2, row.height() + 6) == ground

    page = window.findChild(QScrollArea, f"{window.tabs.currentWidget().objectName()}.scroll")
    tab = window.tabs.currentWidget()
    qtbot.waitUntil(lambda: tab.width() > page.viewport().width())
    assert page.horizontalScrollBar().maximum() and page.verticalScrollBar().maximum()
    theme().choose_text_size(100)
    qtbot.waitUntil(lambda: tab.width() == page.viewport().width())
    assert not page.horizontalScrollBar().maximum()

    names = ("transport.accuracy", "transport.epoch", "run.pace")
    accuracy, epoch, pace = (window.findChild(QWidget, name) for name in names)
    window.resize(1280, 720)
    qtbot.waitUntil(lambda: accuracy.isVisible() and epoch.isVisible())
    theme().choose_text_size(200)
    window.resize(1000, 720)
    qtbot.waitUntil(lambda: not accuracy.isVisible() and not epoch.isVisible())
    qtbot.waitUntil(lambda: pace.isVisible() and pace.geometry().right() < pace.parentWidget().width())  # it is whole
    theme().choose_text_size(100)
    qtbot.waitUntil(lambda: accuracy.isVisible() and epoch.isVisible())


def test_a_title_that_shortens_pushes_nothing_aside_and_says_all_in_its_tip(qtbot):
    panel, button = Panel("All mistakes", "panel", shortens=True), QPushButton("Most probable")
    panel.head.addStretch(1)
    panel.head.addWidget(button)
    panel.set_title("Sevens, predicted as eights")
    title = panel.findChild(QLabel)
    qtbot.show(panel, 600, 200)
    QApplication.processEvents()
    assert title.text() == "Sevens, predicted as eights" == panel.accessibleName()
    panel.resize(200, 200)
    QApplication.processEvents()
    assert "…" in title.text() and title.toolTip() == "Sevens, predicted as eights"
    assert button.width() >= button.sizeHint().width() and squeezed(panel) == []


def test_figures_and_a_hidden_page_have_the_room_of_the_present_letters(qtbot):
    window, pages, page, panel = QWidget(), QStackedWidget(), QWidget(), Panel("Doubt", "doubt")
    theme().dress(window)
    label, longest = figure(), "98.10 % → 93.10 %"
    for text in (longest, "5"):
        set_figure(label, text)
    for outer, inner in ((window, pages), (page, panel)):
        QVBoxLayout(outer).addWidget(inner)
    panel.body.addWidget(label)
    for each in (QLabel("shown"), page):
        pages.addWidget(each)
    qtbot.addWidget(window)
    window.show()
    wanted, room = pages.minimumSizeHint(), (label.width(), label.height())
    theme().choose_text_size(200)
    assert pages.minimumSizeHint().width() > 1.5 * wanted.width()
    assert label.width() >= label.fontMetrics().horizontalAdvance(longest)
    assert label.height() >= label.fontMetrics().height()
    theme().choose_text_size(100)
    assert pages.minimumSizeHint() == wanted and (label.width(), label.height()) == room


def test_the_words_of_axes_have_room_beside_their_charts(qtbot):
    chart = LineChart("chart", "A chart", Span(0, 1, percents), Span(0, 1, percents))
    stacked, plot = StackedChart("stacked"), CurvePlot("plot", "A plot", "percent", accuracy_extent)
    for each in (chart, stacked, plot):
        qtbot.addWidget(each)
        each.resize(480, 320)
    for percent in (SIZES[0], USUAL, SIZES[-1], USUAL):
        theme().choose_text_size(percent)
        measure = QFontMetricsF(font("axis", numbers=True))
        assert chart.area().place.left() >= measure.horizontalAdvance("100 %") + 8
        assert stacked.plot().left() >= measure.horizontalAdvance("100 %")
        assert plot.axes["left"].minimumWidth() >= measure.horizontalAdvance("99.5 %") + TICK_GAP
        assert plot.axes["bottom"].minimumHeight() >= measure.capHeight() + TICK_GAP
        assert plot.axes["left"].style["tickFont"].pixelSize() == font("axis").pixelSize()
