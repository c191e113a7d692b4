"""The smallest window: what there is no room for is left out whole, and nothing is cut off."""

import pytest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QScrollArea

from gui.widgets.forms.fold import Fold
from gui.widgets.plots.histogram import Histogram
from gui.widgets.plots.legend import CurveSwitch

pytestmark = pytest.mark.tabs("train")


@pytest.fixture
def small(ready, qtbot):
    ready.window.resize(960, 600)
    return ready


def show(world, qtbot, name):
    tab = next(tab for tab in world.window.all_tabs() if tab.objectName() == name)
    world.window.tabs.setCurrentWidget(tab)
    qtbot.waitUntil(tab.isVisible)
    return tab


def cut_off(widget, kind):
    """Return the names of those children that are shown and have less room than they want."""
    return [
        each.objectName()
        for each in widget.findChildren(kind)
        if each.isVisible()
        and (each.width() < each.minimumSizeHint().width() or each.height() < each.minimumSizeHint().height())
    ]


def said(panel):
    """Return what stands on its labels."""
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]


def right_of(widget, panel):
    return widget.mapTo(panel, widget.rect().topRight()).x()


def narrow(widget):
    return [
        each.objectName()
        for each in widget.findChildren(QAbstractButton)
        if each.isVisible() and each.text() and each.width() < each.sizeHint().width() - 1
    ]


@pytest.fixture
def trained(small, qtbot):
    small.controls.start()
    qtbot.waitUntil(lambda: small.controls.state == "idle" and small.progress.finished)
    return small


def test_train_says_all_of_what_it_says_and_with_room_its_titles_figures_and_weights(trained, qtbot):
    tab = show(trained, qtbot, "train")
    for panel in (tab.progress, tab.loss, tab.health):
        qtbot.waitUntil(lambda panel=panel: not narrow(panel))
    assert cut_off(tab.loss, CurveSwitch) == []
    layers = tab.health.layers
    assert layers.width() >= layers.layout().minimumSize().width()

    field = tab.settings.form.fields["optimizer"].editor
    bar = tab.settings.findChild(QScrollArea, "train.settings.page").verticalScrollBar()
    assert not bar.isVisible(), "what is rare is folded"
    for fold in tab.settings.findChildren(Fold):
        fold.unfold()
    qtbot.waitUntil(bar.isVisible)
    qtbot.waitUntil(lambda: bar.mapTo(tab.settings, bar.rect().topLeft()).x() >= right_of(field, tab.settings))
    beside = right_of(field, tab.settings)
    for fold in tab.settings.findChildren(Fold):
        fold.heading.click()
    qtbot.waitUntil(lambda: not bar.isVisible())
    qtbot.waitUntil(lambda: right_of(field, tab.settings) == beside)

    trained.window.resize(1280, 720)  # which each panel hears of by an event of its own
    qtbot.waitUntil(lambda: any(text.startswith("Loss: ") for text in said(tab.loss)))
    qtbot.waitUntil(tab.findChild(QLabel, "train.accuracy").isVisible)
    histograms = tab.health.layers.findChildren(Histogram)
    assert len(histograms) == 2
    qtbot.waitUntil(lambda: all(each.isVisible() for each in histograms))


@pytest.mark.tabs("map")
def test_the_map_has_room_for_its_settings_and_classes(trained, qtbot):
    tab = show(trained, qtbot, "map")
    for kind in (QComboBox, QLineEdit, QAbstractButton):
        qtbot.waitUntil(lambda kind=kind: not cut_off(tab.settings, kind))
    assert tab.settings.height() >= tab.settings.minimumSizeHint().height()
    switches = tab.panel.classes
    qtbot.waitUntil(lambda: switches.width() >= switches.sizeHint().width() > 0)
    assert switches.y() > tab.panel.tool.mapTo(tab.panel, tab.panel.tool.rect().bottomLeft()).y() - 2
    trained.window.resize(1280, 720)
    qtbot.waitUntil(lambda: abs(switches.mapTo(tab.panel, switches.rect().center()).y() - 20) < 12)


@pytest.mark.usefixtures("all_tabs")
def test_in_a_low_window_each_page_is_as_high_as_it_must_be_and_only_there_scrolls(ready, qtbot):
    for size in ((960, 520), (960, 600), (1280, 720)):
        ready.window.resize(*size)
        for tab in ready.window.all_tabs():
            ready.window.tabs.setCurrentWidget(tab)
            page = ready.window.findChild(QScrollArea, f"{tab.objectName()}.scroll")
            bar = page.verticalScrollBar()
            wanted = max(page.viewport().height(), tab.LEAST_HEIGHT)
            qtbot.waitUntil(lambda tab=tab, wanted=wanted: tab.height() == wanted)
            qtbot.waitUntil(lambda bar=bar, page=page, tab=tab: bar.isVisible() == (tab.height() > page.height()))
            assert not bar.isVisible() or size[1] < 600
