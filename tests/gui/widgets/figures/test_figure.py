"""Every panel there is leaves as a figure: pixels as they are seen, lines and words, and the numbers behind it."""

import csv
import functools
import io
import itertools
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from engine.analysis.ideal.spec import PRESETS
from gui.look.words import Elided, is_for_hands
from gui.stage.stage import scenes_of
from gui.widgets.empty_state import EmptyState
from gui.widgets.figures.figure import Drawn, content, image_of, parts, place_in_figure, small_print, svg
from gui.widgets.figures.figure_menu import Corner, corners
from gui.widgets.painted import Painted
from gui.widgets.panel import Panel
from gui.widgets.plots.curve_plot import CurvePlot
from gui.widgets.plots.scale_bar import ScaleBar
from tests.gui.pixels import pixels_of
from tests.gui.tabs.test_contract import NAMES, TABS, KnownWorld
from tests.gui.widgets.figures.likeness import gray, likeness, part_of, place_in

SVG = "{http://www.w3.org/2000/svg}"


MORE_OF_THE_SAME = {  # scenes that take seconds and show in the same widgets other numbers than those before
    "graph": {"open", "forward", "warmup"},
    "ideal": {"neurons", *PRESETS},
    "map": {"tsne", "lasso"},
    "warmup": {"learning", "finished", "hopeless"},
}


class Scene:
    """The panels of a tab in one of its scenes that show a picture for the first time, with their drawings.

    The tab as a whole is drawn in one of them.
    """

    def __init__(self, tab, known):
        self.tab, self.grabs, self.is_first = tab, {}, not known
        for panel in tab.findChildren(Panel):
            shown = {panel, *pictures_in(panel)}
            if panel.isVisible() and shown - known:
                known |= shown
                if QApplication.focusWidget():
                    QApplication.focusWidget().clearFocus()  # its ring is no part of a figure
                self.grabs[panel] = panel.grab().toImage()
        self.panels = list(self.grabs)

    @functools.cached_property
    def files(self):
        return {panel: svg(panel) for panel in self.panels}

    @functools.cached_property
    def drawings(self):
        return {panel: ElementTree.fromstring(file) for panel, file in self.files.items()}

    @functools.cached_property
    def whole(self):
        """The drawings of the panels, and that of the whole tab."""
        return [*self.drawings.values(), *([ElementTree.fromstring(svg(self.tab))] if self.is_first else [])]


def each_scene(world):
    """Show the scenes of the tab that show something new; the first is the tab as it is."""
    known = set()
    yield "", Scene(world.tab, known)
    for name, show in scenes_of(world.tab).items():
        if name not in MORE_OF_THE_SAME.get(world.tab.objectName(), ()):
            for _ in show():
                world.settle()
            scene = Scene(world.tab, known)
            if scene.panels:
                yield name, scene


# what is painted of controls: a figure leaves it out
FOR_HANDS = {"draw.width.dot", "draw.play"}


def pictures_in(panel):
    """What a panel paints by itself: no control, and large enough to be compared."""
    return [
        each
        for each in parts(panel)
        if isinstance(each, (Painted, ScaleBar, CurvePlot, Drawn))
        if each.objectName() not in FOR_HANDS
        if not isinstance(each, QAbstractButton) and min(each.width(), each.height()) >= 12
    ]


def a_picture_of_a_panel_shows_what_is_seen_at_twice_the_pixels(scene):
    for panel, seen in scene.grabs.items():
        made = image_of(panel)
        above = place_in_figure(panel).top()
        assert made.width() == 2 * panel.width(), panel.objectName()
        assert made.height() >= 2 * (panel.height() + above), panel.objectName()
        small = gray(made, made.size() / 2)
        grab = gray(seen, panel.size())
        for each in pictures_in(panel):
            place = place_in(panel, each) & panel.rect()
            alike = likeness(part_of(small[above:], place), part_of(grab, place))
            assert alike > 0.8, each.objectName()


def words_of(drawing):
    return ["".join(each.itertext()).strip() for each in drawing.iter(f"{SVG}text")]


def a_drawing_of_a_panel_has_its_title_its_words_and_its_small_print(scene):
    for panel, drawing in scene.drawings.items():
        words = " ".join(words_of(drawing))
        assert drawing.find(f"{SVG}title").text == panel.figure_title()
        for label in plain_labels(panel):
            first = re.split(r"\s", label.text().strip())[0]
            assert first in words, (panel.objectName(), label.text())
        said = re.sub(r"\s", "", small_print(panel))
        assert said in re.sub(r"\s", "", words), panel.objectName()


def plain_labels(panel):
    """The labels of a panel that are written as they are, and not by a plot."""
    labels = [each for each in parts(panel) if isinstance(each, QLabel) and each.text().strip()]
    labels = [each for each in labels if each.textFormat() == Qt.TextFormat.PlainText]
    labels = [each for each in labels if not is_for_hands(said_by(each))]
    plots = [each for each in parts(panel) if isinstance(each, Drawn)]
    return [each for each in labels if not any(plot.isAncestorOf(each) for plot in plots)]


def said_by(label):
    return label.words if isinstance(label, Elided) else label.text()


def what_only_helps_mouse_and_keys_stands_in_no_figure(scene):
    helps = {said_by(each) for each in parts(scene.tab) if isinstance(each, QLabel)}
    text = " ".join(itertools.chain(*map(words_of, scene.whole)))
    for sentence in filter(is_for_hands, helps):
        assert " ".join(sentence.split())[:20] not in text
    assert "Double-click" not in text and "Drag over" not in text


def a_drawing_asks_for_nothing_from_elsewhere_and_runs_nothing(scene):
    for drawing in scene.whole:
        for each in drawing.iter():
            assert each.tag.rpartition("}")[2] in {
                "svg", "title", "desc", "defs", "g", "path", "polyline", "polygon", "rect", "circle", "ellipse",
                "line", "text", "image", "style", "linearGradient", "stop", "clipPath", "use", "pattern", "mask",
            }, each.tag  # fmt: skip
            for name, value in each.attrib.items():
                assert not name.startswith("on")
                assert "href" not in name or value.startswith(("data:image/png;base64,", "#"))


def box_of(path, place):
    """Left, top, right and bottom of a path's points, or of a rectangle, moved by a matrix(a,b,c,d,e,f)."""
    numbers = [float(each) for each in re.findall(r"-?[\d.]+(?:e-?\d+)?", path)]
    points = np.array(numbers).reshape(-1, 2)
    found = re.match(r"matrix\(([^)]*)\)", place or "")
    a, b, c, d, e, f = map(float, found[1].split(",")) if found else (1, 0, 0, 1, 0, 0)
    moved = points @ np.array([[a, b], [c, d]]) + (e, f)
    return *moved.min(axis=0), *moved.max(axis=0)


class Cutting(Painted):
    """Paints a square that is cut off to its left upper quarter, and then beside it another."""

    def __init__(self):
        super().__init__("cutting", "Cutting")

    def paintEvent(self, event):
        painter = QPainter(self)
        painter.save()
        painter.setClipRect(QRectF(10, 5, 8, 8))
        painter.scale(2, 2)
        painter.fillRect(QRectF(5, 2.5, 8, 8), Qt.GlobalColor.red)
        painter.restore()
        painter.fillRect(QRectF(60, 30, 8, 8), Qt.GlobalColor.blue)
        painter.fillRect(QRectF(-20, 70, 500, 8), Qt.GlobalColor.green)


def seen_boxes(drawing):
    """By colour, what is to be seen of each filled shape: left, top, right, bottom."""
    paths = {each.get("id"): each[0] for each in drawing.iter(f"{SVG}clipPath")}
    clips = {name: box_of(path.get("d"), path.get("transform")) for name, path in paths.items()}

    def boxes(group, cut):
        name = (group.get("clip-path") or "")[5:-1]
        inner = clips.get(name, cut)
        for each in group:
            if each.tag == f"{SVG}path" and group.tag == f"{SVG}g":
                box = box_of(each.get("d"), group.get("transform"))
                low, high = np.maximum(box[:2], inner[:2]), np.minimum(box[2:], inner[2:])
                yield group.get("fill"), (*low, *high)
            yield from boxes(each, inner)

    return dict(boxes(drawing, (-1e6, -1e6, 1e6, 1e6)))


def test_a_clip_lies_where_its_widget_is_and_ends_where_it_ends(qtbot):
    outer, cutting = Panel("Outer", "outer"), Cutting()
    cutting.setParent(outer)
    cutting.setGeometry(100, 50, 120, 90)
    qtbot.show(outer, 300, 200)
    found = seen_boxes(ElementTree.fromstring(svg(outer)))
    above = place_in_figure(outer).top()
    wanted = {"#ff0000": (110, 55, 118, 63), "#0000ff": (160, 80, 168, 88), "#00ff00": (100, 120, 220, 128)}
    for color, box in wanted.items():
        assert found[color] == pytest.approx(np.add(box, (0, above, 0, above)), abs=0.01), color


def words_take_the_room_that_they_take_here_in_other_letters_too(scene):
    for each in itertools.chain(*(drawing.iter(f"{SVG}text") for drawing in scene.whole)):
        letters = QFont(each.get("font-family"))
        letters.setPixelSize(round(float(each.get("font-size"))))
        letters.setWeight(QFont.Weight(int(each.get("font-weight"))))
        wide = QFontMetricsF(letters).horizontalAdvance(each.text)
        assert float(each.get("textLength")) == pytest.approx(wide, abs=0.01), each.text


MANY_ROWS = 200  # of how many rows at most each number is read


def each_panel_has_numbers_that_a_reader_of_csv_finds_again(scene):
    for panel in scene.panels:
        table = panel.table()
        if table is None:
            continue
        rows = list(table.rows)
        head, *found = csv.reader(io.StringIO(content(panel, ".csv").decode()))
        assert len(head) == len(table.columns) and len(found) == len(rows), panel.objectName()
        assert {len(written) for written in found} <= {len(head)}, panel.objectName()
        apart = 1 + len(rows) // MANY_ROWS
        for written, row in zip(found[::apart], rows[::apart], strict=True):
            for text, value in zip(written, row, strict=True):
                if isinstance(value, float):
                    assert text == "" if np.isnan(value) else float(text) == value
                elif isinstance(value, int) and not isinstance(value, bool):
                    assert int(text) == value


def point_into(widget, across, down):
    """Move the mouse to a place in a widget, in shares of its sides; a menu that is open keeps it there."""
    place = QPointF(across * widget.width(), down * widget.height())
    at = widget.mapToGlobal(place)
    none = Qt.MouseButton.NoButton
    QApplication.sendEvent(
        widget, QMouseEvent(QMouseEvent.Type.MouseMove, place, at, none, none, Qt.KeyboardModifier.NoModifier)
    )


def where_the_mouse_points_is_in_no_figure(scene):
    for panel in scene.panels:
        followed = [each for each in pictures_in(panel) if each.hasMouseTracking()]
        for across, down in ((0.3, 0.3), (0.5, 0.5)) if followed else ():
            for widget in followed:  # none is left, so each shows what it shows there
                point_into(widget, across, down)
            if panel.grab().toImage() != scene.grabs[panel]:
                assert svg(panel) == scene.files[panel], (panel.objectName(), across, down)
                break  # other places look the same


def the_three_dots_cover_nothing(scene):
    for panel in scene.panels:
        corners().point_at(panel, on=False)
        before = pixels_of(panel.grab().toImage())
        corners().point_at(panel, on=True)
        for corner in panel.findChildren(Corner):
            left, top, right, bottom = corner.geometry().getCoords()
            assert corner.isHidden() or len(np.unique(before[top : bottom + 1, left : right + 1])) == 1, (
                panel.objectName()
            )
        corners().point_at(panel, on=False)


EACH = (
    a_picture_of_a_panel_shows_what_is_seen_at_twice_the_pixels,
    a_drawing_of_a_panel_has_its_title_its_words_and_its_small_print,
    what_only_helps_mouse_and_keys_stands_in_no_figure,
    a_drawing_asks_for_nothing_from_elsewhere_and_runs_nothing,
    words_take_the_room_that_they_take_here_in_other_letters_too,
    each_panel_has_numbers_that_a_reader_of_csv_finds_again,
    where_the_mouse_points_is_in_no_figure,
    the_three_dots_cover_nothing,
)


def kinds_of_panels(tab, of=Panel):
    for kind in of.__subclasses__():
        if kind.__module__.startswith(f"gui.tabs.{tab}."):
            yield kind
        yield from kinds_of_panels(tab, kind)


@pytest.mark.parametrize("name", NAMES)
def test_figures_of_each_scene(name, qtbot, subtests):
    """What a scene shows takes seconds, so each is shown once for all that is asked of its figures."""
    world = KnownWorld(qtbot, TABS[name])
    QCoreApplication.processEvents()
    pictured = set()
    for which, scene in each_scene(world):
        pictured |= set(map(type, scene.panels))
        for of_scene in EACH:
            with subtests.test(of_scene.__name__, scene=which):
                of_scene(scene)
    with subtests.test("the last scene is a picture"):
        assert not any(each.isVisible() for each in world.tab.findChildren(EmptyState))
        assert len(np.unique(pixels_of(world.tab.grab().toImage()))) > 3
    with subtests.test("each kind of panel is pictured in some scene"):
        assert set(kinds_of_panels(name)) - pictured == set()
