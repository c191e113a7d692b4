"""The bands of the classes, their axes and their legend, where more classes than colours are told apart."""

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor

from gui.look.class_names import use_names
from gui.look.theme import class_token, theme
from gui.tabs.draw.charts import ClassLegend, StackedChart
from gui.tabs.draw.evidence_panel import ReplayPage
from tests.gui.pixels import pixels_of
from tests.gui.room import crowded, painted_words
from tests.gui.tabs.draw.draw_world import unsure


def test_charts_have_axes_a_legend_and_a_word_while_they_are_empty(qtbot):
    page = qtbot.show(ReplayPage(), 400, 200)
    empty = page.chart.grab().toImage()
    page.chart.add(0.0, unsure(p9=0.95, p4=0.05))
    assert page.chart.grab().toImage() != empty, "the sentence is gone"
    page.chart.add(1.0, unsure(p4=0.8, p9=0.2))
    assert page.chart.ticks() == [(0.0, "start"), (1.0, "end")]
    assert (
        page.chart.main_classes == [9, 4] and page.legend.finding() == "2 bands can be seen; the largest is that of 9."
    )
    assert page.chart.plot().left() > 20 and page.chart.plot().bottom() < page.chart.height() - 10


def test_a_legend_names_every_class_whose_band_can_be_seen_and_counts_those_that_have_no_room(qtbot):
    page = qtbot.show(ReplayPage(), 300, 240)
    for part in (0.0, 1.0):
        page.chart.add(part, np.full(10, 0.1))
    for width, said in ((300, list("0123456789")), (140, ["0", "1", "2", "3", "+6"])):
        page.resize(width, 240)
        QCoreApplication.processEvents()
        assert [text for text, _ in painted_words(page.legend)] == said
        assert crowded(page) == []


def covered(widget, label):
    """How many pixels have the hue of that class as it lies on the ground."""
    image, wanted = widget.grab().toImage(), theme().current.color(class_token(label))
    colors = zip(*(each.tolist() for each in np.unique(pixels_of(image), return_counts=True)), strict=True)
    return sum(
        count
        for pixel, count in colors
        if abs((color := QColor(pixel)).hue() - wanted.hue()) < 8 and color.saturation() > 150
    )


def test_areas_of_classes_with_the_same_colour_differ_by_lines(qtbot):
    use_names([chr(ord("A") + number) for number in range(26)])
    chart = StackedChart("chart")
    legend = ClassLegend("legend", chart)
    for widget in (chart, legend):
        qtbot.addWidget(widget)
        widget.resize(300, 120)
    found = {}
    for label in (1, 11, 21):
        shares = np.zeros((2, 26))
        shares[:, label] = 1.0
        chart.show_shares(np.array([0.0, 1.0]), shares)
        assert legend.classes == [label]
        found[label] = covered(chart, label), covered(legend, label)
    (plain, square), *lined = found.values()
    assert square == 81 and plain > 0.9 * chart.plot().width() * chart.plot().height()
    assert all(band < 0.9 * plain and each < square for band, each in lined) and lined[0] != lined[1]
