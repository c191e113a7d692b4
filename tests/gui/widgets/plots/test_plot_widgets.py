"""Curves that grow: what is kept, what is drawn, what is read out, what is saved."""

import itertools
import math
import sys
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QHelpEvent
from PySide6.QtWidgets import QAbstractButton, QLabel

from engine.model.training.epochs import Growing
from gui.look.fonts import font
from gui.look.theme import class_token, theme, tokens
from gui.widgets.figures.figure import image_of
from gui.widgets.forms.controls import Segments
from gui.widgets.plots.axis import EDGE, QuietAxis, accuracy_extent, log_ticks, loss_extent, round_ticks, share_extent
from gui.widgets.plots.curve import Curve, Stroke
from gui.widgets.plots.curve_plot import CurvePlot
from gui.widgets.plots.legend import Legend, PlotTools
from gui.widgets.plots.marks import Mark, Spot, grouped
from gui.widgets.plots.series import EvenSeries, Series
from tests.gui.pixels import pixels_of


@pytest.fixture
def plot(qtbot):
    made = CurvePlot("test.plot", "Loss")
    qtbot.addWidget(made)
    made.resize(900, 260)
    made.set_end(40)
    return made


@pytest.fixture
def trained(plot):
    """It is shown, with the curve of a training."""
    plot.add_curve("train", "train", series([0, 20, 40], [0.8, 0.4, 0.3]), Stroke())
    plot.show()
    plot.redraw()
    return plot


def series(x, y):
    made = Series()
    made.extend(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    return made


def test_pyqtgraph_has_the_classes_of_qt_that_it_uses_and_no_others():
    names = sys.modules["pyqtgraph.Qt.QtGui"]
    assert names.QFontMetricsF is QFontMetricsF
    assert "QAccessibleInterface" not in vars(names)


def test_a_series_keeps_all_points_measures_only_numbers_and_tells_its_value_at_a_point_but_for_rounding():
    made = Series()
    for start in range(0, 3000, 30):
        made.extend(np.arange(start, start + 30.0), np.arange(start, start + 30.0) ** 2)
    np.testing.assert_array_equal(made.x, np.arange(3000.0))
    np.testing.assert_array_equal(made.y, np.arange(3000.0) ** 2)
    assert (made.lowest, made.highest, made.least_positive) == (0.0, 2999.0**2, 1.0)
    made = series([1, 2, 3, 4], [math.nan, -1.0, math.inf, 3.0])
    assert (made.lowest, made.highest, made.least_positive) == (-1.0, 3.0, 3.0)

    made = series([1, 2, 3], [10.0, 20.0, math.nan])
    assert [made.at(x) for x in (1, 2.9, 3, 0.5, 3.5)] == [10.0, 20.0, None, None, None]
    assert Series().at(1) is None
    made = series([0.0, 0.45, 0.5, 1.0], [1.0, 2.0, 3.0, 4.0])
    assert made.at(0.49999999999999994) == 3.0
    assert made.at(0.4999) == 2.0


@pytest.mark.parametrize(("per_unit", "points"), [(1, 0), (3, 1), (40, 5), (550, 300), (40, 5_000)])
def test_points_that_stand_evenly_are_read_and_drawn_like_any_others(per_unit, points):
    rng = np.random.default_rng([per_unit, points])
    y = rng.normal(size=points).astype(np.float32)
    y[2:3] = np.nan
    plain, even = series(np.arange(1, points + 1) / per_unit, y), EvenSeries(per_unit)
    for end in np.linspace(0, points, 7).astype(int):
        even.show(y[:end])
    np.testing.assert_array_equal(even.x, plain.x)
    np.testing.assert_array_equal(even.y, plain.y)
    whole = np.arange(min(points, 60) + 2) / per_unit
    for x in (*whole, *np.nextafter(whole, 0), *rng.uniform(-1, points / per_unit + 1, 50)):
        assert even.at(x) == plain.at(x)
        for drawn, wanted in zip(even.extremes(x, x + 3, 50), plain.extremes(x, x + 3, 50), strict=True):
            np.testing.assert_array_equal(drawn, wanted)


def test_a_step_of_a_run_takes_no_room_in_its_curve():
    even, losses = EvenSeries(40), Growing()
    chunks = np.random.default_rng(1).random((2_500, 400)).astype(np.float32)
    tracemalloc.start()
    for chunk in chunks:
        losses.extend(chunk)
        even.show(losses.so_far)
    room, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(even) == chunks.size and room < 4.8 * len(even), "four bytes for the run itself, and some to spare"
    np.testing.assert_array_equal(even.y, losses.so_far)


def test_a_long_series_is_drawn_by_the_extremes_of_each_pixel_which_stay_as_points_are_added():
    made = series(np.arange(22_000), np.random.default_rng(1).normal(size=22_000))
    x, y = made.extremes(0, 22_000, 900)
    assert len(x) <= 4 * 900 + 4
    assert (y.min(), y.max()) == (made.lowest, made.highest)

    x, _ = made.extremes(1000, 1100, 900)
    assert x[0] <= 1000 and x[-1] >= 1100 and len(x) <= 104

    gaps = np.ones(8000)
    gaps[::2] = math.nan
    _, drawn = series(np.arange(8000), gaps).extremes(0, 8000, 500)
    assert np.isfinite(drawn).all()

    y = np.random.default_rng(1).normal(size=12_000)
    before = series(np.arange(10_000), y[:10_000]).extremes(0, 1e6, 800)
    after = series(np.arange(12_000), y).extremes(0, 1e6, 800)
    whole = len(before[0]) - 2  # the last bucket was not full yet
    np.testing.assert_array_equal(before[1][:whole], after[1][:whole])


def test_a_curve_has_two_points_to_the_width_of_its_line_at_most_and_is_as_wide_on_a_fine_screen(qapp):
    points = series(np.arange(1_600), np.random.default_rng(2).normal(size=1_600))
    for width in (1.0, 1.5, 3.0):
        curve = Curve("test", points, Stroke(width=width))
        curve.draw(0, 1_600, 900, log=False)
        x, y = curve.item.getData()
        assert len(x) <= 2 * math.ceil(900 / width) + 2, width
        assert (y.min(), y.max()) == (points.lowest, points.highest)

    for width, wanted in ((2.0, 4.0), (1.0, 1.0)):
        curve = Curve("train", Series(), Stroke(width=width))
        curve.restyle(2.0)
        assert curve.item.opts["pen"].widthF() == wanted


def test_ticks_are_round_numbers_and_on_a_log_axis_decades_or_round_parts_of_them():
    assert round_ticks(0, 40, 10, whole=True) == [0, 5, 10, 15, 20, 25, 30, 35, 40]
    assert round_ticks(0, 1, 10, whole=True) == [0, 1]
    assert round_ticks(0.9, 1.0, 5) == pytest.approx([0.9, 0.92, 0.94, 0.96, 0.98, 1.0])
    assert log_ticks(-2, 0, 4) == pytest.approx([-2, -1, 0])
    assert log_ticks(-1, 0, 4) == pytest.approx([-1, math.log10(0.2), math.log10(0.5), 0])
    assert len(log_ticks(-300, 300, 5)) <= 6
    for ticks in (round_ticks, log_ticks):
        assert ticks(1, 1, 5) == ticks(math.nan, 1, 5) == ticks(0, math.inf, 5) == [], "the axis has no extent"

    assert loss_extent(0.011, 2.6, log=True) == pytest.approx((0.01, 10**0.5))
    assert loss_extent(0.011, 0.8, log=False) == pytest.approx((0, 1))
    assert accuracy_extent(0.92, 0.98, log=False) == (0.9, 1.0)
    assert accuracy_extent(0.1, 0.98, log=False) == (0.0, 1.0)
    assert share_extent(0, 0.18, log=False) == (0, 0.25)


def test_a_plot_draws_what_its_series_holds_up_to_the_last_epoch_or_its_powers_of_ten_and_a_single_point_as_a_dot(plot):
    points = series([1], [0.8])
    plot.add_curve("train", "train", points, Stroke())
    plot.redraw()
    assert len(plot.curves["train"].dot.getData()[0]) == 1
    points.append(2, 0.4)
    plot.redraw()
    assert len(plot.curves["train"].dot.getData()[0]) == 0
    np.testing.assert_array_equal(plot.curves["train"].item.getData(), [[1, 2], [0.8, 0.4]])
    assert plot.box.viewRange()[0] == pytest.approx([0, 40])

    plot.add_curve("train", "train", series([1, 2, 3], [1.0, 0.0, 0.01]), Stroke())
    tools = PlotTools(plot)
    tools.log.trigger()
    _, y = plot.curves["train"].item.getData()
    np.testing.assert_array_equal(y, [0.0, math.nan, -2.0])
    assert plot.box.viewRange()[1] == pytest.approx([-2, 0])
    assert tools.log.isChecked() and not tools.log.isIconVisibleInMenu(), "a tick stands there"
    tools.log.trigger()
    assert not plot.log
    tools.deleteLater()


def test_the_lines_of_the_grid_are_under_the_curves(plot):
    plot.add_curve("train", "train", series([0, 40], [0.5, 0.5]), Stroke())
    plot.set_end(40)
    plot.show()
    plot.redraw()
    middle = plot.box.mapViewToDevice(QPointF(20, 0.5)).toPoint()
    assert plot.grab().toImage().pixelColor(middle) == theme().current.color("curve_1")


@pytest.mark.parametrize("log", [False, True])
def test_a_plot_bears_any_numbers(plot, log):
    plot.set_log(log)
    for y in ([], [math.nan], [math.inf, -math.inf], [1.7e308, -1.7e308], [0.0], [-1.0, -2.0], [1e-320], [0.5]):
        for name in ("steps", "test"):
            plot.add_curve(name, name, series(np.arange(len(y)), y), Stroke(), tag="A")
        plot.show_crosshair(0.0)
        plot.grab()
        low, high = plot.box.viewRange()[1]
        assert math.isfinite(low) and low < high, y


def test_the_crosshair_says_what_all_shown_curves_are_there(plot):
    plot.add_curve("train", "train", series([1, 2, 3], [0.8, 0.4, 0.3]), Stroke())
    plot.add_curve("test", "test", series([1, 2, 3], [0.9, 0.5, 0.45]), Stroke(color="curve_2"))
    plot.add_curve("old", "test", series([1, 2], [0.7, 0.6]), Stroke(), tag="A")
    wanted = [("train", "0.4000"), ("test", "0.5000"), ("test · A", "0.6000")]
    assert [(row.title, row.value) for row in plot.readout(2.4)] == wanted
    assert [(row.title, row.value) for row in plot.readout(2.6)] == [("train", "0.3000"), ("test", "0.4500")]
    plot.set_shown("train", False)
    assert [(row.title, row.value) for row in plot.readout(2)] == [("test", "0.5000"), ("test · A", "0.6000")]


def test_the_crosshair_follows_the_pointer_and_a_mark_is_drawn_on_the_screen_and_in_a_saved_picture(trained):
    trained.scene().sigMouseMoved.emit(trained.box.mapViewToScene(QPointF(20.5, 0.5)))
    assert "epoch 20<" in trained.crosshair.text and "0.4000" in trained.crosshair.text
    assert trained.crosshair.line.value() == 20, "where the number is from"
    asked = QHelpEvent(QEvent.Type.ToolTip, QPoint(100, 100), QPoint(100, 100))
    assert trained.viewportEvent(asked), "no tooltip covers it"
    trained.show_crosshair(None)
    assert not trained.crosshair.is_shown

    for draw in (lambda: trained.grab().toImage(), lambda: image_of(trained)):
        pictures = []
        for marks in ([], [Mark(10, "L2", "0", "0.01")]):
            trained.set_marks(marks)
            trained.redraw()
            pictures.append(pixels_of(draw()))
        changed = np.flatnonzero((pictures[0] != pictures[1]).any(axis=0))
        room = trained.box.mapViewToScene(QPointF(10, 0.5)).x()
        scale = pictures[0].shape[1] / trained.width()
        assert len(changed) and np.abs(changed / scale - room).max() <= 5


def test_the_pointer_tells_of_the_nearest_epoch_and_says_which(plot):
    losses = {1: 0.8, 2: 0.4, 3: 0.3}
    plot.add_curve("test", "test", series(list(losses), list(losses.values())), Stroke())
    for pointed, nearest in ((0.4, None), (0.6, 1), (1.4, 1), (1.6, 2), (3.4, 3), (3.6, None)):
        said = [row.value for row in plot.readout(pointed)]
        assert said == ([] if nearest is None else [f"{losses[nearest]:.4f}"])
        assert plot.where(pointed) == (f"epoch {nearest}" if nearest else f"epoch {pointed:.2f}")
        assert plot.stands_at(pointed) == (nearest or pointed)

    steps = EvenSeries(10)
    steps.show(np.linspace(1, 0.1, 30, dtype=np.float32))
    plot.add_curve("steps", "per step", steps, Stroke(width=1))
    assert plot.where(1.72) == "epoch 2 · step 17" and plot.stands_at(1.72) == 1.72
    assert [row.value for row in plot.readout(1.72)] == ["0.4000", f"{steps.y[16]:.4f}"]
    assert plot.where(0.31) == "epoch 0.31 · step 3"


def test_a_steep_begin_leaves_a_linear_axis_room_for_what_follows(plot):
    test = np.concatenate([[9.0, 1.0], np.linspace(0.2, 0.1, 10), np.linspace(0.1, 0.3, 28)])
    plot.add_curve("test", "test", series(np.arange(1, 41), test), Stroke())
    plot.redraw()
    assert plot.box.viewRange()[1] == pytest.approx([0, 0.5])
    plot.set_log(True)
    assert 10 ** plot.box.viewRange()[1][1] >= 9

    plot.set_log(False)
    plot.add_curve("test", "test", series(np.arange(1, 9), [0.5, 0.4, 0.4, 0.4, 0.5, 2, 9, 40]), Stroke())
    plot.redraw()
    assert plot.box.viewRange()[1][1] >= 40


def test_a_spot_on_a_curve_and_its_words_stand_within_the_plot(plot):
    plot.add_curve("test", "test", series([1, 20, 40], [0.9, 0.5, 0.9]), Stroke())
    plot.add_curve("low", "train", series([1, 40], [0.9, 0.001]), Stroke())
    plot.show()
    for log, (x, y) in itertools.product((False, True), ((1, 0.5), (20, 0.5), (40, 0.9), (20, 0.001))):
        plot.set_log(log)
        plot.set_best(Spot(x, y, "best at epoch 20"))
        plot.redraw()
        dot, text = plot.best.items
        assert plot.best.is_seen and text.toPlainText() == "best at epoch 20"
        assert dot.getData()[0][0] == x and dot.getData()[1][0] == pytest.approx(math.log10(y) if log else y)
        room = plot.box.sceneBoundingRect().adjusted(-1, -1, 1, 1)
        assert room.contains(text.mapRectToScene(text.boundingRect())), (log, x, y)
        assert plot.accessibleDescription() == "best at epoch 20"
    plot.set_best(None)
    plot.redraw()
    assert not plot.best.is_seen and not plot.accessibleDescription()


def test_what_was_changed_is_marked_and_said_where_the_pointer_is_near_and_marks_that_stand_together_are_one(trained):
    dragged = [Mark(5 + each / 100, "Learning rate", f"{each}", f"{each + 1}") for each in range(20)]
    others = [Mark(5.1, "L2", "0", "0.1"), Mark(5.15, "L2", "0.1", "0"), Mark(9, "L2", "0", "0.2")]
    groups = grouped(sorted(dragged + others, key=lambda mark: mark.x), 0.5)
    assert [(group.x, len(group.marks)) for group in groups] == [(5.19, 1), (9, 1)]
    assert groups[0].marks[0][1:] == ("Learning rate", "0", "20")
    assert grouped(others[:2], 0.5) == [], "it came back to what it was"

    trained.set_marks([Mark(3.2, "Learning rate", "0.1", "0.01"), Mark(30, "Dropout", "0 %", "10 %")])
    trained.redraw()
    assert [group.x for group in trained.groups] == [3.2, 30]
    trained.show_crosshair(3.25)
    assert "Learning rate 0.1 → 0.01 at epoch 3.20" in trained.crosshair.text
    trained.show_crosshair(12)
    assert "Learning rate" not in trained.crosshair.text
    assert "Dropout 0 % → 10 % at epoch 30.00" in trained.accessibleDescription()
    trained.set_marks([])
    trained.redraw()
    trained.show_crosshair(3.25)
    assert not trained.groups and "Learning" not in trained.crosshair.text and not trained.accessibleDescription()


def test_a_plot_that_is_hidden_draws_no_more(trained):
    trained.schedule()
    assert trained.is_scheduled
    trained.hide()  # as closing does, and then pyqtgraph takes the plot apart at once
    assert not trained.is_scheduled
    trained.schedule()
    assert not trained.is_scheduled


def test_a_zoomed_plot_stays_where_it_is_until_it_is_told_to_show_everything(plot, qtbot):
    points, box = series([1, 2], [0.8, 0.4]), plot.box
    with qtbot.waitSignal(plot.menuWanted):
        box.clicked.emit(Qt.MouseButton.RightButton, False, QPointF(3, 4))
    box.sigRangeChangedManually.emit(box.state["mouseEnabled"])
    assert not plot.fitted
    box.clicked.emit(Qt.MouseButton.LeftButton, True, QPointF())
    assert plot.fitted, "by a double click"

    plot.add_curve("train", "train", points, Stroke())
    tools = PlotTools(plot)
    plot.redraw()
    assert not tools.fit.isEnabled()
    box.setRange(xRange=(1, 2), yRange=(0.5, 0.6), padding=0)
    box.sigRangeChangedManually.emit(box.state["mouseEnabled"])
    points.append(3, 7.0)
    plot.redraw()
    assert plot.box.viewRange()[0] == pytest.approx([1, 2])
    assert tools.fit.isEnabled()
    tools.fit.trigger()
    assert plot.box.viewRange()[0] == pytest.approx([0, 40])
    tools.deleteLater()


def tag_areas(plot):
    plot.redraw()
    texts = [curve.text for curve in plot.curves.values() if curve.text.isVisible()]
    return [text.mapRectToScene(text.boundingRect()) for text in texts]


def test_names_of_curves_that_end_at_one_place_do_not_cover_each_other(plot):
    plot.show()
    for number, name in enumerate(("A", "no dropout", "C", "a long name", "E", "F")):
        points = series([1, 20, 40], [0.8, 0.3, 0.2 + 0.001 * number])
        plot.add_curve(name, "test", points, Stroke(), tag=name)
    areas = tag_areas(plot)
    assert len(areas) == 6
    inner = [area.adjusted(0.5, 0.5, -0.5, -0.5) for area in areas]
    for place, area in enumerate(inner):
        assert not any(area.intersects(other) for other in inner[place + 1 :])
    # The newest stands at its end, and none leaves the plot.
    assert areas[-1].right() == max(area.right() for area in areas)
    assert all(plot.sceneRect().contains(area) for area in areas)


def test_the_name_of_a_curve_at_the_top_stands_below_it_and_one_that_finds_no_room_is_not_written(plot):
    plot.show()
    plot.add_curve("test", "test", series([1, 40], [0.5, 0.99]), Stroke(), tag="Sharp")
    box = plot.box
    for top in (1.0, 0.992):
        box.setRange(xRange=(0, 40), yRange=(0.4, top), padding=0)
        box.sigRangeChangedManually.emit(box.state["mouseEnabled"])
        (area,) = tag_areas(plot)
        assert box.sceneBoundingRect().contains(area), top

    plot.remove_curve("test")
    for number in range(30):
        points = series([1, 2], [0.8, 0.8])
        plot.add_curve(f"{number}", "test", points, Stroke(), tag=f"a long name {number}")
    (area,) = tag_areas(plot)  # the others could only go further left, where there is no room
    assert box.sceneBoundingRect().contains(area)


def test_hidden_and_unmarked_curves_have_no_name_and_html_in_one_is_written_as_it_is(plot):
    plot.show()
    points = series([1, 40], [0.8, 0.2])
    plot.add_curve("train", "train", points, Stroke(), tag="A", marked=False)
    plot.add_curve("test", "test", points, Stroke(), tag="a<b> & c")
    assert len(tag_areas(plot)) == 1
    assert "a<b> & c" in plot.curves["test"].text.textItem.toPlainText()
    plot.set_shown("test", False)
    assert tag_areas(plot) == []
    assert [row.title for row in plot.readout(1)] == ["train · A"]


def test_strokes_and_the_crosshair_take_any_of_the_ten_class_colours(plot):
    for look in ("light", "dark"):
        theme().choose(look)
        for number in range(12):
            wanted = tokens(look).classes[number % 10]
            assert Stroke(color=class_token(number)).pen().color().name() == wanted.lower()
            plot.add_curve("B.test", "test", series([1, 2], [0.5, 0.25]), Stroke(color=class_token(number)), "B")
            plot.show_crosshair(1.5)
            (readout,) = (label for label in plot.findChildren(QLabel) if label.property("look") == "readout")
            assert wanted in readout.text()


def test_a_legend_switches_its_curves(plot, qtbot):
    legend = Legend("test.legend")
    qtbot.addWidget(legend)
    legend.add("train", "train", Stroke(), "0.000")
    legend.switched.connect(plot.set_shown)
    plot.add_curve("train", "train", series([1, 2], [0.8, 0.4]), Stroke())
    legend.switches["train"].click()
    plot.redraw()
    assert not plot.curves["train"].item.isVisible()
    legend.switches["train"].click()
    plot.redraw()
    assert plot.curves["train"].item.isVisible()

    switch = legend.switches["train"]
    before = switch.sizeHint()
    legend.set_value("train", "0.123")
    assert switch.sizeHint() == before
    assert switch.value == "0.123"
    legend.set_value("train", "0.123")
    before = switch.sizeHint().width()
    legend.set_value("train", "1.06·10⁶")
    grown = QFontMetricsF(font("small_value", numbers=True)).horizontalAdvance
    assert switch.sizeHint().width() - before >= grown("1.06·10⁶") - grown("0.000") - 1
    legend.set_value("train", "0.123")
    assert switch.sizeHint().width() > before, "what stood once has its room: nothing moves to and fro"


def test_a_segment_that_grows_by_a_number_keeps_its_width(qtbot):
    segments = Segments("test.pages", {"settings": ("Settings", ""), "runs": ("Runs", "")})
    qtbot.addWidget(segments)
    segments.reserve("runs", "Runs 99")
    before = segments.sizeHint()
    segments.set_title("runs", "Runs 30")
    assert segments.sizeHint() == before
    assert segments.findChild(QAbstractButton, "test.pages.runs").accessibleName() == "Runs 30"


def test_the_last_words_below_an_axis_move_inwards_instead_of_going(qtbot):
    axis, drawn = QuietAxis("bottom", "step"), []
    axis.resize(200, 30)
    metrics = QFontMetricsF(font("axis", numbers=True))
    painter = SimpleNamespace(
        setPen=lambda _: None,
        setFont=lambda _: None,
        fontMetrics=lambda: metrics,
        drawText=lambda place, flags, text: drawn.append((text, place)),
    )
    specs = [
        (QRectF(x - 20, 8, 40, 12), Qt.AlignmentFlag.AlignCenter, text) for x, text in ((100, "1"), (200, "100,000"))
    ]
    axis.drawPicture(painter, None, [], specs)
    (middle, at_middle), (last, at_end), (name, at_name) = drawn
    assert name == "step" and at_name.right() < -EDGE, "in the corner, beside the first number"
    assert (middle, last) == ("1", "100,000") and at_middle.center().x() == pytest.approx(100)
    assert at_end.width() == pytest.approx(metrics.horizontalAdvance(last))
    assert at_end.right() <= 200 + EDGE < 200 + at_end.width() / 2


def test_an_axis_writes_large_and_small_numbers_as_powers_and_loses_no_digit_as_the_crosshair_does(plot):
    values = [0.0, 0.0001, 0.00002, -0.00002, 50_000.0, 200_000.0, 1_000_000.0, 1_500_000.0, 1e12]
    wanted = ["0", "0.0001", "2·10⁻⁵", "−2·10⁻⁵", "50,000", "2·10⁵", "10⁶", "1.5·10⁶", "10¹²"]
    assert [QuietAxis("left").tickStrings([value], 1.0, 1.0) for value in values] == [[said] for said in wanted]
    plot.show()
    plot.redraw()
    width = max(map(QFontMetricsF(font("axis", numbers=True)).horizontalAdvance, wanted))
    assert width + 8 <= plot.axes["left"].geometry().width(), "it is cut"
    assert [plot.say(value) for value in (0.1234, 12.0, 1.06e6, 2.5e-6)] == [
        *("0.1234", "12.00", "1.06·10⁶", "2.5·10⁻⁶")
    ]
