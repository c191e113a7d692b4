"""A plot of numbers over numbers: its curves, points and levels as they are drawn, read, heard and saved."""

import re

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from engine.core.charts import Curve, Level, Picture
from gui.widgets.figures.figure import svg
from gui.widgets.plots.curve import Stroke
from gui.widgets.plots.legend import Legend
from gui.widgets.plots.picture_plot import PictureView
from tests.gui.heard_parts import Heard
from tests.gui.pixels import pixels_of

X = np.array([3.0, 1.0, 2.0, 5.0])
Y = np.array([0.3, 0.1, 0.7, 0.2])
EXTREME = (np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, 0.0, 1.0)


def points(x=X, y=Y, label="trials"):
    return Curve(label=label, x=np.asarray(x, float), y=np.asarray(y, float), style="points")


def line(x=X, y=Y, label="trials", style="line"):
    return Curve(label=label, x=np.asarray(x, float), y=np.asarray(y, float), style=style)


def picture(*curves, **more):
    return Picture(**({"x_label": "size", "y_label": "share", "curves": curves} | more))


def placed(qtbot, wide=500, **more):
    view = PictureView("it", "A plot", **more)
    view.tools.setParent(view)  # elsewhere they are in the head of a panel
    return qtbot.show(view, wide, 320)


@pytest.fixture
def view(qtbot):
    return placed(qtbot)


def show(view, *curves, **more):
    view.show_picture(picture(*curves, **more))
    view.plot.redraw()
    return view.plot


def test_points_are_dots_without_a_line_in_the_order_of_their_places(view):
    curve = show(view, points()).curves["curve0"]
    order = np.argsort(X)
    assert [list(part) for part in curve.dot.getData()] == [X[order].tolist(), Y[order].tolist()]
    assert curve.item.getData()[0] is None or not len(curve.item.getData()[0])
    between = view.plot.box.mapViewToScene(QPointF(1.5, 0.4)), view.plot.box.mapViewToScene(QPointF(2, 0.7))
    ink = curve.stroke.pen().color()
    seen = view.plot.grab().toImage()
    assert seen.pixelColor(view.plot.mapFromScene(between[1])) == ink
    assert seen.pixelColor(view.plot.mapFromScene(between[0])) != ink, "no line from one to the next"


def test_each_of_many_points_is_drawn_however_close_they_lie(view):
    draws = np.random.default_rng(1)
    x, y = draws.random(20_000), draws.random(20_000)
    plot = show(view, points(x, y))
    assert len(plot.curves["curve0"].dot.getData()[0]) == 20_000
    assert set(plot.curves["curve0"].dot.getData()[1]) == set(y)


def test_all_points_are_seen_whole_and_those_at_the_ends_are_not_cut(view):
    (left, right), (low, high) = show(view, points()).box.viewRange()
    assert left < X.min() and right > X.max() and low <= 0 and high > Y.max()
    assert show(view, line()).box.viewRange()[0] == [X.min(), X.max()], "a curve goes from edge to edge"


def test_points_are_read_heard_and_tabled_as_curves_are(view):
    plot = show(view, points())
    plot.show_crosshair(2.1)
    assert [row.value for row in plot.readout(2.1)] == ["0.7000"] and plot.where(2.1) == "size: 2"
    heard = Heard(plot)
    assert heard.words == [f"size: {x:g}: trials {y:.4f}" for x, y in sorted(zip(X, Y, strict=True))]
    assert heard.finding == "Trials rose from 0.1000 to 0.2000; highest at size: 2, 0.7000."
    rows = list(plot.table().rows)
    assert rows == [("trials", x, y) for x, y in zip(X.tolist(), Y.tolist(), strict=True)], "as they were given"


def test_kinds_of_points_differ_by_their_shape_and_have_it_in_the_legend_and_in_the_drawing_too(view):
    kinds = [points(y=Y + number, label=f"kind {number}") for number in range(5)]
    plot = show(view, *kinds)
    strokes = [curve.stroke for curve in plot.curves.values()]
    assert len({stroke.dots for stroke in strokes}) == 5 and len({stroke.color for stroke in strokes}) == 5
    faces = [pixels_of(switch.grab().toImage()) for switch in view.legend.switches.values()]
    high, wide = min(face.shape[0] for face in faces), 26
    assert len({face[:high, :wide].tobytes() for face in faces}) == 5

    show(view)
    bare = len(re.findall("<path", svg(plot).decode()))
    show(view, points(label="round"), points(y=Y + 1, label="corners"))
    assert len(re.findall("<path", svg(plot).decode())) == bare + 2 * len(X)


def test_a_curve_that_becomes_points_changes_its_looks_and_stays_switched_off(view):
    show(view, line())
    view.legend.switches["curve0"].click()
    plot = show(view, points())
    assert plot.curves["curve0"].stroke.dots and not plot.curves["curve0"].shown
    assert not view.legend.switches["curve0"].isChecked()
    view.legend.switches["curve0"].click()
    plot.redraw()
    assert len(plot.curves["curve0"].dot.getData()[0]) == len(X)
    show(view, line())
    assert not plot.curves["curve0"].stroke.dots and not len(plot.curves["curve0"].dot.getData()[0])


def test_another_picture_of_the_same_axes_keeps_where_a_person_looks(view):
    plot = show(view, line())
    plot.zoom_by(2)
    looked = plot.box.viewRange()
    show(view, line(y=Y[::-1]))
    assert plot.box.viewRange() == looked
    order = np.argsort(X)
    assert plot.curves["curve0"].series.y.tolist() == Y[::-1][order].tolist()
    view.show_picture(picture(line(), x_label="time"))
    plot.redraw()
    assert plot.fitted, "with another axis it shows everything"


def test_flat_curves_are_seen_near_by_unless_the_axis_is_to_begin_at_zero(qtbot):
    near = placed(qtbot, from_zero=False)
    high = 1000 + Y
    low, top = show(near, line(y=high)).box.viewRange()[1]
    assert 999 < low < high.min() and high.max() < top < 1002
    assert show(near, line(y=-high)).box.viewRange()[1][1] < -999
    assert show(near, line()).box.viewRange()[1][0] == 0, "what rises much does begin there"
    whole = placed(qtbot)
    assert show(whole, line(y=high)).box.viewRange()[1][0] == 0


@pytest.mark.parametrize("style", ["line", "points", "dashes"])
@pytest.mark.parametrize("log", [False, True])
def test_numbers_without_a_place_do_not_harm_the_others(view, style, log):
    for x in (EXTREME, [*EXTREME, 2.0], [], [1.0]):
        levels = tuple(Level(label="at", at=at, upright=upright) for at in EXTREME for upright in (False, True))
        curve = line(x, np.resize(np.array(EXTREME), len(x)), style=style)
        plot = show(view, curve, levels=levels, log_x=log)
        plot.show_crosshair(1.0)
        assert plot.accessibleDescription().startswith("at: no number; at: no number; at: ∞; at: ∞; at: −∞")
        (left, right), (low, high) = plot.box.viewRange()
        assert np.isfinite([left, right, low, high]).all() and left < right and low < high
        assert svg(plot) and plot.grab() and Heard(plot).words is not None
        assert len(list(plot.table().rows)) == len(x) + len(levels)


def test_large_numbers_are_read_with_all_their_digits_and_none_beyond(view):
    plot = show(view, line(y=[12_345.0, 999.9, 1000.4, -54_321.0]))
    assert [plot.say(value) for value in (12_345.0, 999.9, 1000.4, -54_321.0)] == [
        "12,345",
        "999.9",
        "1,000",
        "−54,321",
    ]
    for x, words in ((1000.5, "1,000.5"), (60_000.0, "60,000"), (1_234_567.0, "1,234,567"), (0.33333, "0.333")):
        assert show(view, line(x=[x], y=[1.0])).where(x) == f"size: {words}"
        assert show(view, line(x=[x], y=[1.0]), log_x=True).where(np.log10(x)) == f"size: {words}"
    assert show(view, line(x=[1.5e20], y=[1.0])).where(1.5e20) == "size: 1.5·10²⁰"
    plot = show(view, line(y=-Y), percent_y=True)
    assert plot.say(-0.05) == "−5.00 %"


def test_a_strangers_names_are_words_over_the_plot_and_never_tags(view):
    tags = "<b>bold</b><img src=x>"
    plot = show(view, line(label=tags), x_label=tags, levels=(Level(label=tags, at=0.5),))
    plot.show_crosshair(2)
    assert "<b>bold" not in plot.crosshair.text and plot.crosshair.text.count("&lt;img") == 2
    assert tags in Heard(plot).words[0]


def test_very_long_names_have_the_room_of_the_panel_and_no_more(qtbot):
    view = placed(qtbot, 300)
    name = "a name that is long " * 30
    show(view, line(label=f"{name}1"), line(y=2 * Y, label=f"{name}2"), x_label=name)
    switches = view.legend.switches.values()
    qtbot.waitUntil(lambda: all(view.legend.rect().contains(switch.geometry()) for switch in switches))
    assert view.width() == 300
    assert view.across.toolTip() == name and view.across.width() <= 300
    view.plot.show_crosshair(2)
    assert "1&nbsp;" in view.plot.crosshair.text and "2&nbsp;" in view.plot.crosshair.text, "names differ at the end"


def test_a_title_in_a_legend_of_one_line_is_never_shortened(qtbot):
    legend = Legend("it")
    legend.add("one", "a title that is rather long", Stroke())
    qtbot.show(legend, 40, 30)
    switch = legend.switches["one"]
    assert switch.width() == switch.sizeHint().width()
