"""The distribution of weights, drawn."""

import numpy as np
import pytest

from gui.look.theme import theme
from gui.widgets.plots.histogram import Histogram


@pytest.mark.parametrize("width", (102, 106, 109, 110, 114, 187))
def test_what_is_filled_has_no_gaps_whatever_the_width(qtbot, width):
    histogram = Histogram("weights")
    qtbot.addWidget(histogram)
    histogram.resize(width, 60)
    shares = np.full(60, 1 / 60)
    histogram.set_shares(np.linspace(-1, 1, 61), shares, shares)
    image = histogram.grab().toImage()
    surface = histogram.palette().color(histogram.backgroundRole()).rgb()
    assert theme().current.color("accent").rgb() != surface
    middle = [image.pixel(x, 40) for x in range(3, width - 3)]
    assert surface not in middle and len(set(middle)) == 1
