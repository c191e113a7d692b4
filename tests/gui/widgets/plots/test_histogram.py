"""The distribution of weights, drawn."""

import numpy as np

from gui.look.theme import theme
from gui.widgets.plots.histogram import Histogram


def test_what_is_filled_has_no_gaps_whatever_the_width(qtbot):
    histogram, shares = Histogram("weights"), np.full(60, 1 / 60)
    qtbot.addWidget(histogram)
    histogram.set_shares(np.linspace(-1, 1, 61), shares, shares)
    surface = histogram.palette().color(histogram.backgroundRole()).rgb()
    assert theme().current.color("accent").rgb() != surface
    for width in (102, 106, 109, 110, 114, 187):
        histogram.resize(width, 60)
        image = histogram.grab().toImage()
        middle = {image.pixel(x, 40) for x in range(3, width - 3)}
        assert surface not in middle and len(middle) == 1, width
