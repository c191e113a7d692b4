"""The bands of the classes: more classes than colours are told apart, in the chart and in its legend."""

import numpy as np
from PySide6.QtGui import QColor

from gui.look.class_names import use_names
from gui.look.theme import class_token, theme
from gui.tabs.draw.charts import ClassLegend, StackedChart
from tests.gui.pixels import pixels_of


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
