"""A band is what NumPy says of its curves, is drawn, read out, saved as lines and as numbers; a mean is one of all."""

import re

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from gui.look.theme import theme
from gui.widgets.figures.figure import svg
from gui.widgets.panel import Panel
from gui.widgets.plots.curve import DASHES, Stroke
from gui.widgets.plots.curve_plot import CurvePlot
from gui.widgets.plots.series import Band, SharedSeries


def curves(lengths, seed=1):
    """Curves of those lengths over the epochs 1, 2, 3 ..."""
    noise = np.random.default_rng(seed)
    return [(np.arange(1, length + 1.0), noise.normal(size=length)) for length in lengths]


def told(series):
    return [*zip(series.x.tolist(), series.y.tolist(), strict=True)]


def checked(made, reduce, least=1):
    """What NumPy says at each epoch at which `least` of the curves have a finite value, of those."""
    ends = sorted({x for xs, ys in made for x, y in zip(xs, ys, strict=True) if np.isfinite(y)})
    found = []
    for end in ends:
        values = [y for xs, ys in made for x, y in zip(xs, ys, strict=True) if x == end and np.isfinite(y)]
        if len(values) >= least:
            found.append((end, pytest.approx(float(reduce(np.array(values))))))
    return found


def test_lowest_highest_and_mean_are_those_of_the_curves_that_have_a_number_there():
    for lengths in ((7, 7, 7), (9, 3, 1), (1, 40), (5,)):
        made = curves(lengths)
        band = Band(made)
        for series, reduce in ((band.low, np.min), (band.high, np.max)):
            assert told(series) == checked(made, reduce)
        assert told(band.mean) == checked(made, np.mean, len(made))
        wanted = (min(min(y) for _, y in made), max(max(y) for _, y in made))
        assert (band.low.lowest, band.high.highest) == wanted
    assert len(Band([]).mean) == 0 and Band([]).high.highest == -np.inf

    made = curves((4, 4, 4))
    made[0][1][2] = np.nan
    made[1][1][2:] = np.inf
    made[2][1][3] = made[0][1][3] = np.nan
    band = Band(made)
    assert told(band.mean) == checked(made, np.mean, 3) and len(band.mean) == 2
    assert np.isfinite(band.low.y).all() and np.isfinite(band.high.y).all() and len(band.low) == 3

    band = Band([(np.array([1.0, 2.0]), np.array([5.0, 6.0])), (np.array([1.5]), np.array([7.0]))])
    assert told(band.low) == [(1.0, 5.0), (1.5, 7.0), (2.0, 6.0)] == told(band.high) and not len(band.mean)


@pytest.fixture
def panel(qtbot):
    made = Panel("Loss", "a.panel")
    made.plot = CurvePlot("a.plot", "Loss")
    made.body.addWidget(made.plot)
    qtbot.show(made, 600, 400)
    low, high = np.array([1.0, 2.0, 1.0]), np.array([3.0, 4.0, 9.0])
    made.plot.set_end(3)
    made.plot.add_curve(
        "band", "test", Band([(np.array([1.0, 2.0, 3.0]), y) for y in (low, high)]), Stroke(dashes=DASHES[1]), "all"
    )
    made.plot.redraw()
    return made


def filled(panel):
    """The share of the picture that has the colour of the ground between lowest and highest."""
    image = QImage(panel.plot.size(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    panel.plot.render(painter)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., 2::-1]
    surface, line = (np.array(theme().current.color(name).getRgb()[:3]) for name in ("surface", "curve_1"))
    return float((np.abs(pixels - (surface + 0.18 * (line - surface))) <= 3).all(axis=-1).mean())


def test_the_ground_is_tinted_and_axis_crosshair_and_saved_numbers_tell_lowest_highest_and_mean(panel):
    assert filled(panel) > 0.1 and panel.plot.box.viewRange()[1][1] >= 9
    (row,) = panel.plot.readout(2.1)
    assert (row.title, row.value) == ("test · all", "3.000, 2.000–4.000")
    wanted = [("test all, mean", 3.0, 5.0), ("test all, lowest", 3.0, 1.0), ("test all, highest", 3.0, 9.0)]
    assert [row for row in panel.plot.table().rows if row[1] == 3.0] == wanted
    panel.plot.set_shown("band", False)
    panel.plot.redraw()
    assert filled(panel) == 0
    panel.plot.set_shown("band", True)
    panel.plot.remove_curve("band")
    panel.plot.redraw()
    assert filled(panel) == 0

    band = Band([(np.array([1.0, 2.0]), np.array([0.0, 1.0])), (np.array([1.0, 2.0]), np.array([2.0, 3.0]))])
    panel.plot.add_curve("band", "test", band, Stroke())
    panel.plot.set_log(True)
    panel.plot.redraw()
    x, _ = panel.plot.curves["band"].area.getData()
    assert x.tolist() == [2.0, 2.0], "a logarithmic axis leaves out what has no place on it"


def test_a_band_of_unlike_curves_has_no_mean_and_its_name_at_the_upper_edge(panel):
    panel.plot.remove_curve("band")
    unlike = Band([(np.array([1.0, 2.0]), np.array(y)) for y in ([1.0, 2.0], [3.0, 4.0])], with_mean=False)
    panel.plot.add_curve("band", "test", unlike, Stroke(), "all")
    panel.plot.redraw()
    assert filled(panel) > 0.05 and panel.plot.curves["band"].end == (2.0, 4.0)
    assert [row.value for row in panel.plot.readout(2.1)] == ["2.000–4.000"]
    assert {row[0] for row in panel.plot.table().rows} == {"test all, lowest", "test all, highest"}


def grounds(panel):
    """The corners of each filled shape in a drawing of the panel."""
    shapes = re.findall(r'<polygon[^>]* points="([^"]*)"', svg(panel).decode())
    return [np.array([[*map(float, point.split(","))] for point in shape.split()]) for shape in shapes]


def test_a_drawing_has_the_ground_as_one_shape_that_ends_at_the_axes(panel):
    room = panel.plot.box.sceneBoundingRect()
    (whole,) = grounds(panel)
    panel.plot.zoom_by(4)
    panel.plot.redraw()
    (near,) = grounds(panel)
    for corners in (whole, near):
        assert corners.min() >= 0 and room.left() - 1 <= corners[:, 0].min()
        assert corners[:, 0].max() <= room.right() + 1 and corners[:, 1].max() <= room.bottom() + 1
    assert np.ptp(near[:, 0]) > np.ptp(whole[:, 0])
    panel.plot.add_curve("one", "x", SharedSeries(), Stroke())
    panel.plot.remove_curve("band")
    assert grounds(panel) == []
