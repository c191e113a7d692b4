"""A plot that is copied or saved is the plot that is seen: the same things in the same places."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QByteArray, QPoint, QPointF, QRectF
from PySide6.QtGui import QFontMetricsF, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QLabel

from gui.look.fonts import font
from gui.look.theme import theme
from gui.look.words import set_figure
from gui.tabs.warmup.descent_panel import DescentPanel
from gui.widgets.figures.figure import content, image_of, place_in_figure
from gui.widgets.panel import Panel
from gui.widgets.plots.curve import Stroke
from gui.widgets.plots.curve_plot import CurvePlot
from gui.widgets.plots.legend import Legend, PlotTools
from tests.gui.widgets.figures.likeness import gray, likeness, part_of, place_in
from tests.gui.widgets.plots.test_plot_widgets import series

EPOCHS = np.arange(1.0, 41.0)
LOSS = 0.7 * np.exp(-EPOCHS / 12) + 0.2
NOISE = LOSS[:, None] * (1 + 0.1 * np.sin(np.arange(400.0).reshape(40, 10)))


class LensNetwork(Panel):
    """A panel with a plot of 40 epochs, as those of the Train tab are: title, legend and tools in its head."""

    def __init__(self):
        super().__init__("Loss · run A", "shown")
        self.plot = CurvePlot("shown.plot", "Loss")
        self.plot.set_end(40)
        self.legend, self.tools = Legend("shown.legend"), PlotTools(self.plot)
        self.strokes = {"train": Stroke(), "test": Stroke(color="curve_2")}
        for key, stroke in self.strokes.items():
            self.legend.add(key, key, stroke, "0.000")
            self.legend.set_value(key, "0.082")
        set_figure(self.add_figure(), "97.31 %")
        self.head.addWidget(self.legend)
        self.head.addWidget(self.tools)
        self.body.addWidget(self.plot)
        steps = series(np.arange(400.0) / 10, NOISE.ravel())
        self.plot.add_curve("steps", "per step", steps, Stroke(color="faint", width=1, opacity=0.3))
        self.plot.add_curve("B", "test", series(EPOCHS, LOSS * 0.8), Stroke(color="class_1", width=1.5), "B")
        self.plot.add_curve("train", "train", series(EPOCHS, LOSS), self.strokes["train"])
        self.plot.add_curve("test", "test", series(EPOCHS, LOSS * 1.2), self.strokes["test"])
        self.plot.set_cursor(25.0, at_once=True)


@pytest.fixture
def shown(qtbot):
    made = qtbot.show(LensNetwork(), 800, 420)
    QApplication.processEvents()
    if QApplication.focusWidget():
        QApplication.focusWidget().clearFocus()  # its ring is no part of a picture
    made.plot.redraw()
    return made


def parts(panel):
    """What a picture of the panel has to show, by what it is: title, figure, legend, plot."""
    labels = {label.text(): label for label in panel.findChildren(QLabel) if label.text()}
    found = {"title": labels["Loss · run A"], "figure": labels["97.31 %"]}
    return found | {"legend": panel.legend, "plot": panel.plot}


def in_panel(panel, plot, x, y):
    """Where the points (n,) of a curve are in the panel's pixels, (n, 2), by the range and the room of its view."""
    shift = plot.mapTo(panel, QPoint())
    box = plot.box
    room = box.sceneBoundingRect()
    (left, right), (low, high) = box.viewRange()
    across = shift.x() + room.left() + (np.asarray(x) - left) / (right - left) * room.width()
    return np.stack([across, shift.y() + room.bottom() - (np.asarray(y) - low) / (high - low) * room.height()], 1)


class Drawing:
    """What an SVG file has, in the file's own units: words with their places, lines with their points and colours."""

    def __init__(self, data):
        self.size = None
        self.words, self.lines = [], []
        root = ElementTree.fromstring(data)
        self.view = [float(each) for each in root.get("viewBox").split()]
        self.width = root.get("width")
        self._walk(root, np.eye(3), {})

    def _walk(self, node, matrix, style):
        kind = node.tag.rpartition("}")[2]
        style = style | dict(node.attrib)
        if found := re.match(r"matrix\(([^)]*)\)", node.get("transform", "")):
            a, b, c, d, e, f = (float(each) for each in found[1].split(","))
            matrix = matrix @ np.array([[a, c, e], [b, d, f], [0, 0, 1]])
        if kind == "text":
            at = matrix @ [float(node.get("x")), float(node.get("y")), 1]
            self.words.append(("".join(node.itertext()).strip(), at[0], at[1], style))
        elif kind in ("polyline", "path"):
            numbers = [float(each) for each in re.findall(r"-?[\d.]+(?:e-?\d+)?", node.get("points") or node.get("d"))]
            points = np.array(numbers).reshape(-1, 2)
            points = (matrix @ np.c_[points, np.ones(len(points))].T).T[:, :2]
            self.lines.append((style.get("stroke"), points, style))
        for child in node:
            self._walk(child, matrix, style)

    def curves(self, token):
        """The lines in a colour of the theme, the longest first."""
        color = theme().current.code(token).lower()
        found = [points for stroke, points, _ in self.lines if stroke and stroke.lower() == color]
        return sorted(found, key=len, reverse=True)


def test_a_drawing_has_its_words_its_ticks_and_its_curves_where_the_data_say(shown):
    drawing = Drawing(content(shown, ".svg"))
    words = [each[0] for each in drawing.words]
    for wanted in ("Loss · run A", "97.31 %", "train", "test", "0.082", "epoch", "B"):
        assert any(wanted in each for each in words), wanted
    assert drawing.view == [0, 0, shown.width(), shown.height()]
    assert all(style.get("vector-effect") in (None, "none") for _, _, style in drawing.lines), "few programs know more"

    measure = QFontMetricsF(font("axis", numbers=True))
    ticks = {text: (x + measure.horizontalAdvance(text) / 2, y) for text, x, y, _ in drawing.words}
    for epoch in (10, 20, 30):
        ((across, _),) = in_panel(shown, shown.plot, [epoch], [0.0])
        assert ticks[str(epoch)][0] == pytest.approx(across, abs=1), epoch
    grid = [points for points in drawing.curves("line") if len(points) == 2]
    rows = {round(float(points[0, 1])) for points in grid if points[0, 1] == points[1, 1]}
    for text in ("0.5", "1", "1.5"):
        ((_, high),) = in_panel(shown, shown.plot, [0.0], [float(text)])
        assert ticks[text][1] == pytest.approx(high + measure.capHeight() / 2, abs=2.5), text
        assert min(abs(row - high) for row in rows) <= 1.5, "a line of the grid"

    for token, factor in (("curve_1", 1.0), ("curve_2", 1.2), ("class_1", 0.8)):
        points = drawing.curves(token)[0]
        assert len(points) == 40
        assert np.abs(points - in_panel(shown, shown.plot, EPOCHS, LOSS * factor)).max() < 1.0, token


def test_a_drawing_that_is_rendered_shows_what_the_panel_shows(shown):
    tools = gray(image_of(shown), shown.size())
    assert np.ptp(part_of(tools, place_in(shown, shown.tools))) < 1, "no buttons"
    image = QImage(2 * shown.size(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(content(shown, ".svg"))).render(painter)
    painter.end()
    small, grab = gray(image, shown.size()), gray(shown.grab().toImage())
    for name in ("title", "legend", "plot"):  # SVG knows no digits of one width: those of the figure are narrower
        place = place_in(shown, parts(shown)[name])
        assert likeness(part_of(small, place), part_of(grab, place)) > 0.85, name


def test_what_lies_outside_of_a_zoomed_plot_is_not_in_its_drawing(shown):
    shown.plot.box.setRange(xRange=(5, 12), yRange=(0.45, 0.6), padding=0)
    shown.plot.fitted = False
    shown.plot.redraw()
    drawing = Drawing(content(shown, ".svg"))
    box = shown.plot.box
    room = QRectF(shown.plot.mapFromScene(box.sceneBoundingRect()).boundingRect())
    room.translate(QPointF(shown.plot.mapTo(shown, QPoint())))
    room.adjust(-1, -1, 1, 1)
    for token in ("curve_1", "curve_2", "class_1"):
        inside = [points for points in drawing.curves(token) if len(points) > 2 or points[:, 1].min() > 60]
        for points in inside:
            assert all(room.contains(QPointF(x, y)) for x, y in points), token
    assert len(drawing.curves("curve_1")[0]) >= 3


def test_a_drawing_is_the_same_on_a_fine_screen_without_the_crosshair_without_what_is_hidden_and_with_gaps(
    shown, monkeypatch
):
    plain = content(shown, ".svg")
    shown.plot.show_crosshair(20.0)
    assert content(shown, ".svg") == plain

    shown.plot.set_shown("test", False)
    shown.plot.redraw()
    assert not [points for points in Drawing(content(shown, ".svg")).curves("curve_2") if len(points) > 2]

    shown.plot.set_shown("test", True)
    monkeypatch.setattr(CurvePlot, "devicePixelRatioF", lambda _: 2.0)
    shown.plot.redraw()
    widths = [
        [style.get("stroke-width") for *_, style in Drawing(each).lines] for each in (plain, content(shown, ".svg"))
    ]
    assert widths[0] == widths[1]

    broken = LOSS.copy()
    broken[20] = np.nan
    shown.plot.add_curve("train", "train", series(EPOCHS, broken), Stroke())
    shown.plot.redraw()
    lines = [points for points in Drawing(content(shown, ".svg")).curves("curve_1") if len(points) > 2]
    assert sorted(map(len, lines)) == [19, 20]


def test_a_panel_without_a_title_has_the_plots_name_in_its_place(qtbot):
    panel = qtbot.show(DescentPanel(), 760, 400)
    panel.plot.set_steps(1_000)
    panel.plot.extend("loss", np.arange(1.0, 1_001), 1 / np.arange(1.0, 1_001))
    panel.plot.redraw()
    drawing = Drawing(content(panel, ".svg"))
    words = [each[0] for each in drawing.words]
    assert "Loss of the warm-up" in words and "step" in words and "largest error of x" in words
    wanted = in_panel(panel, panel.plot, np.log10([1.0, 1_000.0]), np.log10([1.0, 0.001]))
    wanted[:, 1] += place_in_figure(panel).top()
    points = drawing.curves("curve_1")[0]
    assert np.abs(points[[0, -1]] - wanted).max() < 1.0
