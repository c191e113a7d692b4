"""The smallest window: what there is no room for is left out whole, and nothing is cut off."""

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea

from gui.look.theme import theme
from gui.widgets.forms.fold import Fold
from gui.widgets.plots.histogram import Histogram
from tests.gui.room import cut_off, squeezed
from tests.gui.worlds import show_tab

pytestmark = pytest.mark.tabs("train")


def right_of(widget, panel):
    return widget.mapTo(panel, widget.rect().topRight()).x()


@pytest.fixture
def trained(ready, qtbot):
    ready.window.resize(960, 600)
    ready.controls.start()
    qtbot.waitUntil(lambda: ready.controls.state == "idle" and ready.progress.finished)
    return ready


def test_train_says_all_of_what_it_says_and_with_room_its_titles_figures_and_weights(trained, qtbot):
    tab = show_tab(trained, "Train")
    qtbot.waitUntil(lambda: tab.isVisible() and not cut_off(tab))
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
    labels = tab.loss.findChildren(QLabel)
    qtbot.waitUntil(lambda: any(label.isVisible() and label.text().startswith("Loss: ") for label in labels))
    qtbot.waitUntil(tab.findChild(QLabel, "train.accuracy").isVisible)
    histograms = tab.health.layers.findChildren(Histogram)
    assert len(histograms) == 2
    qtbot.waitUntil(lambda: all(each.isVisible() for each in histograms))


@pytest.mark.tabs("map")
def test_the_map_has_room_for_its_settings_and_classes(trained, qtbot):
    tab = show_tab(trained, "Map")
    qtbot.waitUntil(lambda: tab.isVisible() and not cut_off(tab.settings) and not squeezed(tab.settings))
    assert tab.settings.height() >= tab.settings.minimumSizeHint().height()
    switches = tab.panel.classes
    qtbot.waitUntil(lambda: switches.width() >= switches.sizeHint().width() > 0)
    assert switches.y() > tab.panel.tool.mapTo(tab.panel, tab.panel.tool.rect().bottomLeft()).y() - 2
    trained.window.resize(1280, 720)
    qtbot.waitUntil(lambda: abs(switches.mapTo(tab.panel, switches.rect().center()).y() - 20) < 12)


class Sizes(QObject):
    """Counts the sizes that a widget gets, and hides the window where that has no end."""

    def __init__(self, widget):
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, widget, event):
        self.count += event.type() == QEvent.Type.Resize
        if self.count > 100:
            widget.window().hide()
        return False


@pytest.mark.usefixtures("all_tabs")
def test_in_large_letters_no_bar_comes_and_goes_by_what_it_leaves_a_page(ready):
    window = ready.window
    theme().choose_text_size(200)
    for tab in window.all_tabs():
        sizes = Sizes(tab)
        for size in ((1000, 714), (1006, 720), (1000, 600)):
            window.resize(1280, 720)
            window.show_tab(tab.TITLE)
            QApplication.processEvents()
            sizes.count = 0
            window.resize(*size)
            QApplication.processEvents()
            assert window.isVisible() and sizes.count < 50, (tab.TITLE, size)
    theme().choose_text_size(100)
