"""What a screen reader gets of a scale of colours and of a histogram."""

import numpy as np

from gui.widgets.plots.histogram import Histogram
from gui.widgets.plots.scale_bar import ScaleBar


def test_a_scale_says_what_stands_at_its_ends(qtbot):
    bar = qtbot.show(ScaleBar("bar", "The colours"), 200, 16)
    assert bar.finding() == "" and bar.heard_parts() == []
    bar.set_reach(0.25)
    assert bar.finding() == "At the blue end stands −0.25, at the orange end +0.25."
    assert [part.text for part in bar.heard_parts()] == ["−0.25", "+0.25"]
    bar.set_words("0", "3.2", signed=False, from_zero=True)
    assert bar.finding() == "At the faint end stands 0, at the strong end 3.2."
    low, high = (part.place for part in bar.heard_parts())
    assert low.right() == high.left() and high.right() == bar.width()
    bar.set_reach(0.5)
    assert bar.finding() == "At the blue end stands −0.5, at the orange end +0.5.", "signed again"


def test_a_histogram_says_where_half_of_the_weights_lie_and_each_bin_its_shares(qtbot):
    view = qtbot.show(Histogram("spread"), 200, 60)
    assert view.finding() == "There are no weights yet." and view.heard_parts() == []
    edges, start, now = np.linspace(-1, 1, 5), np.array([0.0, 0.5, 0.5, 0.0]), np.array([0.25, 0.25, 0.25, 0.25])
    view.set_shares(edges, start, now)
    assert view.finding() == "Half of them lie between −0.5 and 0.5 now, between −0.25 and 0.25 at the start."
    assert [part.text for part in view.heard_parts()] == [
        "−1 to −0.5: 25.0 % now, 0.0 % at the start",
        "−0.5 to 0: 25.0 % now, 50.0 % at the start",
        "0 to 0.5: 25.0 % now, 50.0 % at the start",
        "0.5 to 1: 25.0 % now, 0.0 % at the start",
    ]
