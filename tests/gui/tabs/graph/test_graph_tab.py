"""The Graph tab, by mouse and keys: what it asks of the engine, and what it shows of the answers."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from engine.analysis.graph.drawing import LABEL_SIZE
from engine.analysis.graph.jobs import draw_graph, picture_network, tell_value
from engine.analysis.graph.layout import lay_out
from engine.analysis.graph.link_picture import Column, LinkPicture, Links
from engine.analysis.graph.messages import KINDS, Edge, Graph, GraphDrawn, Node, NodeValue
from engine.core.lens import Lens, Neuron
from engine.core.messages import JobFailed, run_through
from engine.core.specs import TrainSpec
from engine.model.training.messages import RunChanged
from engine.session.jobs.data import EngineReady
from engine.session.jobs.export import save_file
from gui.look.theme import theme
from gui.tabs.fingerprints.tab import FingerprintsTab
from gui.tabs.graph.tab import LIVE_MS, LOADING, NO_NETWORK, GraphTab
from gui.tabs.graph.tools import PLAY_MS, GraphLegend
from gui.tabs.graph.value_panel import ValuePicture, bar_words, folded, form_of
from gui.tabs.graph.view import OVERVIEW, READABLE, item_words, wire_words
from gui.tabs.map.tab import MapTab
from gui.tabs.weights.tab import WeightsTab
from tests.engine.trained import with_run_in_numpy
from tests.gui.heard_parts import Heard
from tests.gui.mouse import double_click, drag, point_at, right_click, turn_wheel
from tests.gui.room import painted_words
from tests.gui.session_messages import opened, summary
from tests.gui.training_messages import epoch, started
from tests.gui.worlds import TabWorld, true_engine
from tests.pseudo import spoken

LEFT = Qt.MouseButton.LeftButton

NODES = (
    Node("images", "Placeholder", "placeholder", (), "images", ("None × 28 × 28 float32",)),
    Node("forward/layer1/kernel", "Placeholder", "variable", ("forward", "layer1"), "kernel", ("variable",)),
    Node("forward/layer1/MatMul", "MatMul", "operation", ("forward", "layer1"), "MatMul", ("None × 300 float32",)),
    Node("forward/layer1/Relu", "Relu", "operation", ("forward", "layer1"), "Relu", ("None × 300 float32",)),
    Node("loss/one", "Const", "constant", ("loss",), "1", ("scalar float32",)),
    Node("loss/Mean", "Mean", "loss", ("loss",), "Mean", ("scalar float32",)),
    Node("gradient_tape/MatMul", "MatMul", "gradient", ("gradients",), "MatMul", ("784 × 300 float32",)),
    Node("NoOp", "NoOp", "output", (), "done", ()),
)  # fmt: skip
EDGES = (
    Edge("images", "forward/layer1/MatMul", 0, "None × 28 × 28 float32"),
    Edge("forward/layer1/kernel", "forward/layer1/MatMul", 0, "variable"),
    Edge("forward/layer1/MatMul", "forward/layer1/Relu", 0, "None × 300 float32"),
    Edge("forward/layer1/Relu", "loss/Mean", 0, "None × 300 float32"),
    Edge("loss/one", "loss/Mean", 0, "scalar float32"),
    Edge("loss/Mean", "gradient_tape/MatMul", 0, "scalar float32"),
    Edge("gradient_tape/MatMul", "NoOp", -1, ""),
)
TITLES = {
    ("forward",): "Forward pass",
    ("forward", "layer1"): "Layer 1",
    ("loss",): "Loss",
    ("gradients",): "Gradients",
}
GRAPH = Graph(NODES, EDGES, TITLES)
ALL = frozenset(TITLES)


class World(TabWorld):
    def __init__(self, qtbot):
        super().__init__(qtbot, GraphTab)
        self.view = self.tab.view
        self.look()
        self.clock.advance(100)

    def begin(self, opened=frozenset()):
        """TensorFlow is there, and the graph is drawn."""
        self.say(EngineReady(device="CPU"))
        return self.draw(opened)

    def draw(self, opened=None):
        """The engine answers the last question for a drawing."""
        of, _, wanted = self.asked(draw_graph)[-1]
        opened = opened if opened is not None else wanted or frozenset()
        self.answer(draw_graph, drawn(GRAPH, opened, of=of))
        return self

    def tell(self, value=None, key=None):
        """The engine answers the last question for a value."""
        value = np.linspace(0, 1, 784).reshape(1, 784) if value is None else value
        figures = {"least": value.min(), "most": value.max(), "mean": value.mean()}
        message = NodeValue(
            key=key or self.asked(tell_value)[-1][2],
            name="x:0",
            about="test image 0, a 7",
            shape="1 × 784 float32",
            value=value,
            **figures,
        )
        self.answer(tell_value, message)

    def middle(self, key):
        return self.view.place_of(key).center().toPoint()

    def click(self, key):
        QTest.mouseClick(self.view, LEFT, pos=self.middle(key))

    def double_click(self, key, at=None):
        double_click(self.view, at or self.middle(key))


def drawn(graph, opened, of="training"):
    return GraphDrawn(of=of, graph=graph, drawing=run_through(lay_out(graph, opened)), opened=opened)


@pytest.fixture
def whole(world):
    """All blocks are open."""
    return world.begin(ALL)


def test_each_graph_is_asked_for_once_there_are_tensorflow_and_a_network(world):
    assert world.text("say") == LOADING and not world.runner.jobs
    world.selection.change(lens=None)
    world.say(EngineReady(device="CPU"))
    assert world.text("say") == NO_NETWORK and not world.view.isVisible()
    world.press("of.warmup")
    assert world.asked(draw_graph) == [("warmup", None, None)]

    world.press("of.training")
    world.look()
    world.clock.advance(100)
    assert world.asked(draw_graph)[-1] == ("training", Lens("A"), None)
    old = world.job(draw_graph)
    world.press("of.network")
    assert world.asked(draw_graph)[-1][0] == "network"
    world.say(drawn(GRAPH, ALL), job=old)
    assert not world.view.isVisible(), "a late drawing of another graph"
    world.draw()
    assert world.view.isVisible()

    world.press("of.warmup")
    world.press("shows.links")
    world.draw()
    assert world.tab.network.isVisible(), "a late drawing does not hide the network"


def test_a_click_on_a_node_shows_its_value_and_lights_its_wires(whole):
    whole.click("images")
    whole.tell(key="forward/layer1/Relu")
    assert whole.tab.values.picture.form == "nothing", "a value of another node"
    whole.click("forward/layer1/Relu")
    whole.until(tell_value, 2)
    assert whole.asked(tell_value)[-1] == ("training", Lens("A"), "forward/layer1/Relu", None, None)
    whole.tell()
    assert whole.text("node") == "Relu"
    assert whole.text("sentence") == "forward/layer1/Relu"
    assert (whole.text("least"), whole.text("most"), whole.text("mean")) == ("0", "1", "0.5")
    assert "test image 0, a 7" in whole.text("about")
    assert whole.tab.values.picture.map.shape == (28, 28)

    whole.click("forward/layer1/MatMul")
    lit = {tensor for number in whole.view.lit for tensor in whole.view.paths[number][0].tensors}
    assert lit == {"images:0", "forward/layer1/kernel:0", "forward/layer1/MatMul:0"}

    wire = next(
        n for n, (w, *_) in enumerate(whole.view.paths) if w.source.endswith("MatMul") and w.target.endswith("Relu")
    )
    assert wire_words(GRAPH, whole.view.paths[wire][0]).splitlines() == ["forward/layer1/MatMul:0: None × 300 float32"]
    point = whole.view.paths[wire][1].pointAtPercent(0.5)
    on_screen = ((point - whole.view.origin) * whole.view.scale).toPoint()
    QTest.mouseMove(whole.view, on_screen)
    whole.qtbot.waitUntil(lambda: whole.view.hovered == wire)
    assert "None × 300" in item_words(GRAPH, whole.view.item("forward/layer1/Relu"))


def test_arrays_are_shown_as_what_suits_them_and_long_thin_ones_are_folded_into_the_room():
    assert form_of(np.zeros(())) == "number"
    assert form_of(np.zeros((1, 10))) == "bars"
    assert form_of(np.zeros((1, 300))) == "picture"
    assert form_of(None) == form_of(np.zeros((0,))) == "nothing"
    image = np.arange(784.0)
    np.testing.assert_array_equal(folded(image.reshape(1, 784)).map, image.reshape(28, 28))
    np.testing.assert_array_equal(folded(image.reshape(1, 28, 28, 1)).map, image.reshape(28, 28))
    maps = np.arange(2.0 * 3 * 4).reshape(1, 2, 3, 4)
    np.testing.assert_array_equal(folded(maps).map[:, 4:7], maps[0, :, :, 1])
    kernel = np.zeros((784, 300))
    kernel[:, 7] = image
    assert folded(kernel).map.shape == (28, 9 * 29 - 1)
    np.testing.assert_array_equal(folded(kernel).map[:, 7 * 29 : 7 * 29 + 28], image.reshape(28, 28))
    wide = np.arange(3000.0 * 20).reshape(3000, 20)
    assert folded(wide).map.shape == (20, 500)
    np.testing.assert_allclose(folded(wide).map[0, 0], wide[:6, 0].mean())

    for shape, wide, high, rows_columns, caption in (
        ((1, 300), 780, 98, (6, 50), "6 rows of 50"),
        ((300,), 400, 142, (10, 30), "10 rows of 30"),
        ((10, 300), 780, 98, (2 * 11 - 1, 150), "in 2 bands of 150 columns"),
        ((300, 10), 780, 98, (2 * 11 - 1, 150), "in 2 bands of 150 columns"),
        ((10, 10), 780, 98, (10, 10), ""),
        ((100, 300), 780, 98, (100, 300), ""),
    ):
        value = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
        made = folded(value, wide, high)
        assert (made.map.shape, made.caption) == (rows_columns, caption)
        assert sorted(made.map[np.isfinite(made.map)]) == sorted(value.ravel())
        if shape == (1, 300):
            np.testing.assert_array_equal(made.map.ravel(), value.ravel())


def test_long_words_take_no_room_from_the_picture_which_another_room_folds_otherwise(whole):
    whole.click("forward/layer1/Relu")
    whole.tab.resize(1024, 456)
    whole.tell(np.linspace(-1, 1, 784 * 300).reshape(784, 300))
    QApplication.processEvents()
    picture, shape = whole.tab.values.picture, whole.tab.values.shape
    assert (
        "strongest columns" in shape.words and shape.text().endswith("as pictures") and shape.toolTip() == shape.words
    )
    assert picture.width() > whole.tab.values.width() / 2

    whole.click("forward/layer1/MatMul")
    whole.until(tell_value, 2)
    whole.tell(np.linspace(0, 1, 300).reshape(1, 300))
    before = whole.text("shape")
    rows, columns = whole.tab.values.picture.map.shape
    assert before.endswith(f": {rows} rows of {columns}")
    whole.tab.resize(960, 900)
    whole.qtbot.waitUntil(lambda: whole.tab.values.picture.map.shape != (rows, columns))
    rows, columns = whole.tab.values.picture.map.shape
    assert whole.text("shape").endswith(f": {rows} rows of {columns}") and whole.text("shape") != before


def test_whatever_flows_the_graph_keeps_its_room(whole):
    assert whole.view.height() >= 300  # of the 576 pixels that the tab has in the smallest usual window
    heights = {whole.view.height()}
    for key, value in (
        ("images", None),
        ("forward/layer1/Relu", np.zeros((1, 300))),
        ("loss/Mean", np.array(0.3)),
        ("gradient_tape/MatMul", np.ones((784, 300))),
        ("forward/layer1/MatMul", np.ones((10, 300))),
    ):
        whole.click(key)
        whole.tell(value)
        QApplication.processEvents()
        heights.add(whole.view.height())
    assert len(heights) == 1


def test_low_bars_stand_in_columns_none_is_lost_and_next_to_nothing_is_not_called_zero(qtbot):
    picture = ValuePicture()
    qtbot.addWidget(picture)
    picture.resize(600, 98)
    picture.show_value(np.full((1, 10), 0.5))
    image = picture.grab().toImage()
    accent = theme().current.color("accent").rgb()
    assert all(sum(image.pixel(x, y) == accent for y in range(98)) > 50 for x in (100, 400))
    wanted = ["0", "1", "0.2500", "1e−09", "−3e−12"]
    assert [bar_words(value) for value in (0.0, 1.0, 0.25, 1e-9, -3e-12)] == wanted
    with spoken("de"):  # which writes 0,2500
        assert [bar_words(value) for value in (0.0, 1.0, 1e-9, -3e-12)] == [*wanted[:2], *wanted[3:]]


def test_blocks_open_and_close_by_double_click_return_or_all_by_a_button_and_each_graph_remembers_its_own(world):
    world.begin()
    assert world.view.item("forward/layer1/Relu") is None
    world.double_click("▸forward")
    assert world.asked(draw_graph)[-1] == ("training", Lens("A"), frozenset({("forward",)}))
    world.draw()
    assert world.view.item("▸forward").is_open

    world.view.zoom(1.5)
    before = world.view.place_of("▸forward/layer1").topLeft()
    world.click("▸forward/layer1")
    QTest.keyClick(world.view, Qt.Key.Key_Return)
    assert world.asked(draw_graph)[-1][2] == {("forward",), ("forward", "layer1")}
    world.draw()
    after = world.view.place_of("▸forward/layer1").topLeft()
    assert (after - before).manhattanLength() < 0.01, "it stays where it is"
    world.click("forward/layer1/Relu")
    QTest.keyClick(world.view, Qt.Key.Key_Return)
    assert world.asked(draw_graph)[-1][2] == {("forward",)}
    world.draw()
    world.view.fit_all()
    frame = world.view.place_of("▸forward")
    world.double_click("▸forward", at=(frame.topLeft() + QPointF(12, 6)).toPoint())
    assert world.asked(draw_graph)[-1][2] == frozenset()
    world.draw()
    assert not world.view.item("▸forward").is_open

    world.press("open_all")
    assert world.asked(draw_graph)[-1][2] == ALL
    world.draw()
    world.press("of.network")
    assert world.asked(draw_graph)[-1][2] is None
    world.draw()
    world.press("of.training")
    assert world.asked(draw_graph)[-1][2] == ALL
    world.draw()
    world.press("close_all")
    assert world.asked(draw_graph)[-1][2] == frozenset()
    world.draw()

    line = world.type("search", "relu")
    assert world.view.matches == {"▸forward"}, "a match in a closed block marks it"
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert world.asked(draw_graph)[-1][2] == {("forward",), ("forward", "layer1")}
    world.draw()
    assert world.view.current == "forward/layer1/Relu"
    assert world.view.matches == {"forward/layer1/Relu"}


def test_the_wheel_zooms_arrows_walk_along_the_wires_and_dragging_moves_the_plane_but_not_out_of_sight(whole):
    world, view = whole, whole.view
    at, scale = world.middle("forward/layer1/Relu"), view.scale
    turn_wheel(view, at, 480)
    assert view.scale > 1.5 * scale
    assert (world.middle("forward/layer1/Relu") - at).manhattanLength() <= 2
    assert view.minimap.isVisible()
    QTest.keyClick(view, Qt.Key.Key_F)
    assert view.scale == scale and view.is_fitted
    assert not view.minimap.isVisible()

    view.setFocus()
    for wanted in ("images", "forward/layer1/MatMul", "forward/layer1/Relu"):
        QTest.keyClick(view, Qt.Key.Key_Right)
        assert view.current == wanted
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert view.current in ("forward/layer1/Relu", "loss/one")
    whole.click("loss/one")
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.current == "loss/Mean"

    begin, before, current = world.middle("forward/layer1/Relu"), view.origin, view.current
    drag(view, begin, begin + QPoint(30, 10), begin + QPoint(60, 20))
    moved = (before - view.origin) * view.scale
    assert (round(moved.x()), round(moved.y())) == (60, 20)
    assert view.current == current, "that was no click"
    middle = view.rect().center()
    for by in (QPoint(0, 3000), QPoint(0, -6000), QPoint(5000, 0), QPoint(-10000, 0)):
        drag(view, middle, middle + by / 2, middle + by)
        assert view.seen().intersects(QRectF(0, 0, view.drawing.width, view.drawing.height))

    view.fit_all()
    view.zoom(3)
    QTest.mouseClick(view.minimap, LEFT, pos=QPoint(8, 8))
    assert view.seen().contains(QPointF(5, 5)), "the minimap goes where it is clicked"
    QTest.mouseClick(view.minimap, LEFT, pos=view.minimap.rect().bottomRight() - QPoint(8, 8))
    assert not view.seen().contains(QPointF(5, 5))


def long_graph(count=40):
    """A chain too long to be read as a whole, and how it is drawn."""
    names = [f"n{number:02}" for number in range(count)]
    nodes = tuple(Node(name, "Op", "operation", (), name, ("5 float32",)) for name in names)
    edges = tuple(Edge(one, other, 0, "5 float32") for one, other in pairwise(names))
    return Graph(nodes, edges)


def show(view, graph):
    view.start_over()
    view.show_drawing(graph, run_through(lay_out(graph, frozenset())))


@pytest.fixture
def view(world):
    """It shows the long graph."""
    world.begin()
    show(world.view, long_graph())
    world.tab.flow.set_order(world.view.drawing.order, "")
    return world.view


def is_seen(view, key):
    return QRectF(view.rect()).contains(view.place_of(key))


def test_what_has_no_room_begins_at_a_readable_size_fit_goes_between_that_and_all_and_the_whole_may_be_preferred(
    world, view
):
    assert view.scale * LABEL_SIZE >= 9
    assert is_seen(view, "n00") and not is_seen(view, "n39") and view.minimap.isVisible()
    begin = (view.scale, view.origin)
    world.press("fit")
    assert is_seen(view, "n00") and is_seen(view, "n39") and not view.minimap.isVisible()
    QTest.keyClick(view, Qt.Key.Key_F)
    assert (view.scale, view.origin) == begin
    view.choose("n39")
    view.zoom(0.2)
    world.press("fit")
    assert view.scale == READABLE and is_seen(view, "n39")

    show(view, long_graph())
    begun = view.scale
    world.tab.show_whole(True)
    assert view.scale < begun and is_seen(view, "n00") and is_seen(view, "n39")
    show(view, long_graph(60))
    assert is_seen(view, "n00") and is_seen(view, "n59")
    view.fit()
    assert view.scale == begun
    world.tab.show_whole(True)
    view.zoom(2)
    moved = view.camera
    world.tab.show_whole(False)
    assert view.camera == moved, "what a hand has moved stays"
    show(view, long_graph(60))
    assert view.scale == begun


def test_it_opens_as_a_whole_where_names_are_legible_and_no_word_at_a_wire_is_cut_at_the_edge(view):
    scales = set()
    for count in range(4, 40, 2):
        show(view, long_graph(count))
        assert is_seen(view, f"n{count - 1:02}") or view.scale == READABLE
        scales.add(view.scale)
        shapes = [place for text, place in painted_words(view) if text == "5"]
        assert all(QRectF(view.rect()).contains(place) for place in shapes)
        assert shapes or view.scale < READABLE
    assert min(scales) >= OVERVIEW and any(scale < READABLE for scale in scales)


def test_a_step_out_of_sight_glides_there_with_its_neighbours_until_a_hand_stops_it(world, view):
    begin = (view.scale, view.origin)
    for _ in range(3):
        world.press("next")
    assert view.current == "n02" and view.is_fitted
    assert (view.scale, view.origin) == begin, "what can be read already moves nothing"
    view.fit_all()
    view.go_to("n20")
    assert view.is_gliding and view.scale < READABLE
    world.qtbot.waitUntil(lambda: not view.is_gliding)
    assert all(is_seen(view, key) for key in ("n19", "n20", "n21"))
    assert view.scale == READABLE and not view.is_fitted
    view.go_to("n39")
    turn_wheel(view, QPoint(50, 50), 120)
    assert not view.is_gliding


def test_with_less_motion_a_step_is_near_enough_to_read_at_once_and_never_below_the_minimap(world, view, monkeypatch):
    monkeypatch.setattr("gui.look.motion.is_reduced", lambda: True)
    view.fit_all()
    world.press("next")
    assert not view.is_gliding and view.scale == READABLE
    assert is_seen(view, "n00") and is_seen(view, "n01")
    view.go_to("n20")
    assert not view.is_gliding
    assert all(is_seen(view, key) for key in ("n19", "n20", "n21"))

    chain, leaves = long_graph(12), [f"leaf{number:02}" for number in range(30)]
    nodes = tuple(Node(name, "Op", "operation", (), name, ("5 float32",)) for name in leaves)
    graph = Graph(chain.nodes + nodes, chain.edges + tuple(Edge("n11", leaf, 0, "5 float32") for leaf in leaves))
    show(view, graph)
    for leaf in leaves:
        view.go_to(leaf)
        assert is_seen(view, leaf)
        assert not view.place_of(leaf).intersects(QRectF(view.minimap.geometry()))


def test_where_it_is_fitted_the_minimap_lies_where_it_hides_no_node_and_no_title(world, view):
    view.resize(700, 200)
    nodes = {"b": (640, 150), "d": (600, 10), "c": (20, 150)}
    for shown in (["b"], ["b", "d"], ["b", "c", "d"]):
        corners = [QRectF(*nodes[key], 40, 30) for key in shown]
        view.minimap.resize(120, 50)
        view.minimap.place(corners)
        map_ = QRectF(view.minimap.geometry())
        assert view.rect().toRectF().contains(map_) and not any(map_.intersects(each) for each in corners)
    view.minimap.place([])
    assert view.minimap.geometry().bottomRight() == view.rect().bottomRight() - QPoint(6, 6)


def test_ctrl_f_searches_and_enter_goes_from_match_to_match(whole):
    with whole.qtbot.waitActive(whole.tab):
        whole.tab.activateWindow()
    whole.view.setFocus()
    QTest.keyClick(whole.view, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    line = whole.tab.findChild(QLineEdit, "graph.search")
    whole.qtbot.waitUntil(line.hasFocus)
    QTest.keyClicks(line, "matmul")
    assert whole.view.matches == {"forward/layer1/MatMul", "gradient_tape/MatMul"}
    assert whole.text("found") == "2 found"
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert whole.view.current == "forward/layer1/MatMul"
    assert whole.text("found") == "1 of 2"
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert whole.view.current == "gradient_tape/MatMul"
    QTest.keyClick(line, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert whole.view.current == "forward/layer1/MatMul"
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert line.text() == "" and not whole.view.matches and whole.text("found") == ""

    QTest.keyClick(whole.type("search", "cat"), Qt.Key.Key_Return)
    assert whole.text("found") == "not found"
    whole.type("search", "matmul")
    whole.press("of.network")
    other = Graph((Node("softmax/MatMul", "MatMul", "operation", (), "MatMul", ("10 float32",)),), ())
    whole.answer(draw_graph, drawn(other, ALL, of="network"))
    assert whole.view.matches == {"softmax/MatMul"} and whole.text("found") == "1 found", "another graph"


def test_next_and_back_go_with_the_data_and_then_the_gradients_and_play_does_so_by_itself(whole):
    reached = []
    for _ in range(7):
        whole.press("next")
        reached.append(whole.view.current)
    assert reached == ["images", "forward/layer1/kernel", "forward/layer1/MatMul", "forward/layer1/Relu",
                       "loss/Mean", "gradient_tape/MatMul", "NoOp"]  # fmt: skip
    assert whole.text("place") == "7 of 7"
    assert not whole.button("next").isEnabled()
    whole.press("back")
    assert whole.view.current == "gradient_tape/MatMul"
    whole.until(tell_value, 1)

    whole.click("loss/Mean")
    assert whole.text("place") == "5 of 7"
    for key, reached in ((Qt.Key.Key_PageDown, "gradient_tape/MatMul"), (Qt.Key.Key_PageUp, "loss/Mean")):
        QTest.keyClick(whole.view, key)
        assert whole.view.current == reached

    whole.press("play")
    assert whole.tab.flow.is_playing
    whole.clock.advance(2 * PLAY_MS)
    assert whole.view.current == "NoOp" and not whole.tab.flow.is_playing
    assert whole.tab.values.play.text() == "Play"
    QTest.keyClick(whole.view, Qt.Key.Key_G)
    assert whole.view.current == "images" and whole.tab.values.play.text() == "Pause"
    whole.tab.hide()
    assert not whole.tab.flow.is_playing


def test_the_value_follows_moment_image_drawing_and_training_and_the_graph_the_run(whole):
    whole.click("images")
    whole.tell()
    drawing = np.ones((28, 28), np.float32)
    assert not whole.button("feed.drawing").isEnabled()
    whole.selection.show_drawing(drawing)
    whole.until(tell_value, 2)
    assert whole.asked(tell_value)[-1][-1] is drawing
    whole.tell()
    whole.press("feed.image")
    whole.until(tell_value, 3)
    assert whole.asked(tell_value)[-1][-1] is None
    whole.tell()
    whole.say(epoch(1))
    whole.clock.advance(LIVE_MS)
    assert len(whole.asked(tell_value)) == 4
    whole.tell()

    whole.selection.change(lens=Lens("A", 550))
    whole.until(tell_value, 5)
    whole.tell()
    whole.selection.change(image=12)
    whole.until(tell_value, 6)
    assert whole.asked(tell_value)[-1] == ("training", Lens("A", 550), "images", 12, None)
    assert len(whole.asked(draw_graph)) == 1
    whole.selection.change(lens=Lens("B"))
    whole.until(draw_graph, 2)
    assert whole.asked(draw_graph)[-1] == ("training", Lens("B"), ALL)
    whole.draw()
    whole.selection.change(lens=Lens("B", None, frozenset({Neuron(0, 1)})))
    whole.until(draw_graph, 3)


def network():
    hidden = Column(np.array([3, 8]), np.array([0.5, 2.0]), 300)
    pixels = Links(np.array([400, 5]), np.array([1, 0]), np.array([2.0, -1.0]), np.array([-1, -1]))
    answers = Links(np.array([1, 0]), np.array([7, 2]), np.array([3.0, -0.5]), np.array([0, 0]))
    picture = np.linspace(0, 1, 784, dtype=np.float32).reshape(28, 28)
    probabilities = np.full(10, 0.01)
    probabilities[7] = 0.91
    return LinkPicture(picture=picture, hidden=(hidden,), links=(pixels, answers), probabilities=probabilities,
                       about="test image 0, a 7; run A after 550 steps")  # fmt: skip


@pytest.fixture
def links(world):
    world.begin()
    world.press("shows.links")
    world.answer(picture_network, network())
    QApplication.processEvents()
    return world.tab.network


def test_the_network_is_pictured_and_a_neuron_that_is_pointed_at_is_marked_everywhere(world, links):
    assert world.asked(picture_network) == [(Lens("A"), None, None)]
    assert links.isVisible() and not world.view.isVisible()
    spots = links.spots()
    assert [spot.neuron for spot in spots[0]] == [Neuron(0, 3), Neuron(0, 8)]
    point_at(links, spots[0][1].point.toPoint())
    world.qtbot.waitUntil(lambda: world.selection.neuron == Neuron(0, 8))
    links.setFocus()
    QTest.keyClick(links, Qt.Key.Key_Up)
    assert world.selection.neuron == Neuron(0, 3)
    assert "91" in links.words_of(spots[1][7])
    world.selection.change(image=5)
    world.until(picture_network, 2)
    world.answer(picture_network, JobFailed(sentence="Other data are open."))
    assert links.sentence == "Other data are open."
    world.press("shows.operations")
    assert world.view.isVisible()


def two_layers():
    """A picture of a network of two hidden layers."""
    (first,), (pixels, answers) = network().hidden, network().links
    second = Column(np.array([1, 4]), np.array([1.0, 0.25]), 20)
    behind = answers._replace(begins=np.array([1, 1]))
    into = answers._replace(targets=np.array([0, 1]))
    return replace(network(), hidden=(first, second), links=(pixels, into, behind))


@pytest.fixture
def going(world):
    """The layers that are wanted, and the tabs, one after the other."""
    going = []
    world.selection.layerWanted.connect(going.append)
    world.selection.tabWanted.connect(going.append)
    return going


def entry(menu):
    """The entry of a menu that goes to a layer, or `None`."""
    return next((action for action in menu.actions() if action.objectName() == "graph.layer"), None)


def test_a_click_on_the_caption_of_a_column_its_menu_and_return_show_that_layer_in_fingerprints(world, links, going):
    links.show_picture(two_layers())
    heads = [QPoint(round(column[0].point.x()), 12) for column in links.spots()]
    for head in heads:
        QTest.mouseClick(links, LEFT, pos=head)
    assert going == [0, "fingerprints", 1, "fingerprints"], "and none for the classes"
    QTest.mouseClick(links, LEFT, pos=links.spots()[1][0].point.toPoint())
    assert len(going) == 4, "a click on a neuron stays here"

    going.clear()
    menu = right_click(links, heads[1])
    assert entry(menu).text() == "Show layer 2 in Fingerprints"
    QApplication.sendEvent(links, QEvent(QEvent.Type.Leave))  # the mouse is over the menu
    entry(menu).trigger()
    assert going == [1, "fingerprints"]
    world.selection.change(neuron=None)
    assert entry(right_click(links, QPoint(2, 2))) is None

    going.clear()
    links.setFocus()
    QTest.keyClick(links, Qt.Key.Key_Return)
    assert not going, "no neuron is selected yet"
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Return):
        QTest.keyClick(links, key)
    assert going == [1, "fingerprints"] and world.selection.neuron == Neuron(1, 1)
    by_keys = entry(right_click(links, heads[0], QContextMenuEvent.Reason.Keyboard))
    assert by_keys.text() == "Show layer 2 in Fingerprints", "wherever the mouse lies"


def test_a_caption_that_is_pointed_at_is_lit_and_another_network_may_have_fewer_layers(world, links):
    links.show_picture(two_layers())
    plain = links.grab().toImage()
    point_at(links, QPoint(round(links.spots()[1][0].point.x()), 12))
    world.qtbot.waitUntil(lambda: links.cursor().shape() == Qt.CursorShape.PointingHandCursor)
    assert links.layer == 1 and links.grab().toImage() != plain
    links.show_picture(network())
    assert links.layer is None and links.cursor().shape() == Qt.CursorShape.ArrowCursor
    links.grab()


def test_a_block_of_a_hidden_layer_open_or_closed_and_each_node_in_it_lead_to_fingerprints(whole, going):
    for key in ("▸forward/layer1", "forward/layer1/Relu"):
        corner = whole.view.place_of(key).topLeft().toPoint() + QPoint(6, 6)
        menu = right_click(whole.view, corner)
        assert entry(menu).text() == "Show layer 1 in Fingerprints"
        entry(menu).trigger()
        assert going == [0, "fingerprints"]
        going.clear()
    assert whole.view.current == "forward/layer1/Relu"
    by_keys = right_click(whole.view, whole.middle("loss/Mean"), QContextMenuEvent.Reason.Keyboard)
    assert entry(by_keys) is not None, "that of the current node"
    for key in ("loss/Mean", "gradient_tape/MatMul", "images"):
        assert entry(right_click(whole.view, whole.middle(key))) is None, key
    block, loss = (whole.view.item(key) for key in ("▸forward/layer1", "▸loss"))
    assert "Fingerprints" in item_words(GRAPH, block) and "Fingerprints" not in item_words(GRAPH, loss)


def test_the_layer_that_graph_goes_to_is_the_one_that_fingerprints_weights_and_map_show(world, qtbot):
    layers = "conv 4 3x3, residual(conv 4, conv 4), 8"
    world.say(opened(runs=[summary("A", spec=TrainSpec(layers=layers))]))
    others = [kind(world.bridge, world.controls, world.selection) for kind in (FingerprintsTab, WeightsTab, MapTab)]
    for other in others:
        qtbot.addWidget(other)
    world.look("A")
    for layer in (2, 0, 3):
        world.tab.network.layerWanted.emit(layer)
        assert [other.code_settings()["layer"] for other in others] == [layer + 1] * 3


def test_a_selected_neuron_that_is_not_drawn_is_said_and_a_class_that_is_pointed_at_lights_its_links(world, links):
    plain = links.grab().toImage()
    world.selection.change(neuron=Neuron(0, 61))
    assert links.lit_links(0) is links.lit_links(1) is None
    assert links.missing() == "Neuron 61 is not among the 2 strongest that are drawn."
    below, all_but_words = links.height() - 30, links.grab().toImage()
    assert plain.copy(0, 0, links.width(), below) == all_but_words.copy(0, 0, links.width(), below)
    for width, sentences in ((1200, 3), (520, 2), (330, 1)):
        links.resize(width, 300)
        words, place = max(painted_words(links), key=lambda each: len(each[0]))
        assert words.startswith(links.missing()) and words.count(". ") + 1 == sentences, "as many as have room"
        assert links.rect().toRectF().contains(place)

    for at in (QPoint(5, 5), QPoint(9, 9)):
        QTest.mouseMove(links, at)
    QApplication.processEvents()
    QApplication.sendEvent(links, QEvent(QEvent.Type.Leave))
    assert world.selection.neuron == Neuron(0, 61), "a mouse that passes over does not let go of it"
    world.selection.change(neuron=Neuron(0, 8))
    assert links.missing() == "" and links.lit_links(0) == links.lit_links(1) == [True, False]
    world.selection.change(neuron=None)

    answer = links.spots()[1][2]
    point_at(links, answer.point.toPoint())
    world.qtbot.waitUntil(lambda: links.lit_links(1) == [False, True])
    assert links.lit_links(0) == [False, False] and world.selection.neuron is None
    QTest.mouseMove(links, QPoint(2, 2))
    world.qtbot.waitUntil(lambda: links.lit_links(1) is None)


def test_the_whole_graph_is_saved_as_drawing_and_as_picture(whole, tmp_path):
    renamed = RunChanged(run="A", title="no luck", color=0, pinned=False, moments=(0,), bookmarks={})
    whole.say(started("A"), renamed)
    files = [tmp_path / "graph.svg", tmp_path / "graph.png"]
    for file in files:
        whole.tab.save(file)
    (drawn_in, drawing), (pictured_in, picture) = whole.asked(save_file)
    assert [drawn_in, pictured_in] == files and QImage.fromData(picture).width() > 1000
    root = ET.fromstring(drawing)
    assert root.tag.endswith("svg") and "viewBox" in root.attrib
    words = "".join(root.itertext())
    assert "run A · no luck" in words and "Relu" in words and "Layer 1" in words


def test_what_tensorflow_traced_is_drawn_and_a_click_shows_what_numpy_finds(qtbot):
    session = with_run_in_numpy()
    world = TabWorld(qtbot, GraphTab, *true_engine(session))
    world.selection.change(lens=Lens("A"), image=7)
    world.say(EngineReady(device="CPU"))
    tab = world.tab
    qtbot.waitUntil(lambda: bool(tab.view.drawing.items), timeout=60_000)
    QTest.mouseClick(tab.view, LEFT, pos=tab.view.place_of("▸forward/layer1").center().toPoint())
    qtbot.waitUntil(lambda: tab.values.picture.form == "picture", timeout=60_000)
    weights = session.runs["A"].moments[0].weights
    pixels = session.data().test_images[7].ravel() / np.float32(255)
    hidden = np.maximum(pixels @ weights[0] + weights[1], 0)
    np.testing.assert_allclose(tab.values.picture.map.ravel()[:20], hidden, atol=1e-5)


def shapes_and_targets(name):
    """Of a node in `GRAPH`: its label, kind and first output, and the labels of those over its edges but waiting."""
    node = next(node for node in NODES if node.name == name)
    labels = {node.name: node.label for node in NODES}
    targets = [labels[edge.target] for edge in EDGES if edge.source == name and not edge.is_control]
    says = ", ".join((node.label, node.kind, *node.outputs[:1]))
    return f"{says}; leads to {', '.join(targets)}" if targets else says


def test_each_node_says_its_kind_its_shape_and_what_it_leads_to_and_a_press_chooses_it(whole):
    heard = Heard(whole.view)
    assert heard.finding.startswith(f"{len(NODES)} operations, drawn as {len(whole.view.drawing.items)} nodes.")
    for name in ("images", "forward/layer1/MatMul", "forward/layer1/Relu", "loss/one"):
        assert shapes_and_targets(name) in heard.words
    assert "Block Layer 1, 3 operations, open" in heard.words
    heard.press("Relu,")
    whole.qtbot.waitUntil(lambda: whole.view.current == "forward/layer1/Relu")
    heard = Heard(whole.view)
    assert heard.chosen == [shapes_and_targets("forward/layer1/Relu")]
    assert "the current one is Relu." in heard.finding


def test_a_closed_block_says_that_it_is_closed_and_how_many_operations_it_has(world):
    world.begin()
    assert any(
        words.startswith("Block Forward pass, 3 operations, closed; leads to Loss") for words in Heard(world.view).words
    )


def test_the_arrows_have_the_reader_say_the_node_that_they_reach(whole, monkeypatch):
    sent = []
    monkeypatch.setattr(QAccessible, "updateAccessibility", sent.append)
    Heard(whole.view)
    QAccessible.setActive(True)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right):
        QTest.keyClick(whole.view, key)
    QAccessible.setActive(False)
    said = [
        each.accessibleInterface().text(QAccessible.Text.Name)
        for each in sent
        if each.type() == QAccessible.Event.Focus
    ]
    assert said[-1] == shapes_and_targets(whole.view.current)


def test_the_overview_says_what_is_in_view_and_a_press_goes_to_a_block(whole):
    view = whole.view
    view.zoom(3, QPointF(0, 0))
    heard = Heard(view.minimap)
    shown = [item for item in view.drawing.items if not item.is_open]
    seen = [item for item in shown if view.seen().intersects(QRectF(item.x, item.y, item.width, item.height))]
    assert heard.finding == f"{len(seen)} of {len(shown)} nodes in view, from {seen[0].label} to {seen[-1].label}."
    blocks = [item for item in view.drawing.items if item.is_block or not item.block]
    assert heard.words == [item.label for item in blocks] and {"Layer 1", "images"} <= set(heard.words)
    far = max(blocks, key=lambda item: item.x)
    heard.press(far.label)
    whole.qtbot.waitUntil(lambda: view.seen().intersects(QRectF(far.x, far.y, far.width, far.height)))


def test_the_legend_says_all_kinds_also_those_that_have_no_room(world):
    legend = world.tab.findChild(GraphLegend, "graph.legend")
    legend.resize(120, 20)
    heard = Heard(legend)
    assert heard.words == list(KINDS.values())
    assert heard.parts[0].rect().width() > 0 and heard.parts[-1].state().offscreen


def test_each_neuron_of_the_network_says_what_it_raises_or_lowers_most(world, links):
    shown, heard = network(), Heard(links)
    assert heard.finding == "Answer: 7 with 91.00 %, for test image 0, a 7; run A after 550 steps."
    column, answers = shown.hidden[0], shown.links[1]
    for place, (number, value) in enumerate(zip(column.numbers.tolist(), column.values.tolist(), strict=True)):
        expected = f"Layer 1, neuron {number}: {value:.3g}".replace("-", "−")
        flows = [
            (flow, target)
            for source, target, flow in zip(answers.sources, answers.targets, answers.flows, strict=True)
            if source == place
        ]
        if flows:
            flow, target = max(flows, key=lambda each: abs(each[0]))
            expected += f"; {'raises' if flow > 0 else 'lowers'} {target} most, by {abs(flow):.3g}"
        assert heard.words[place] == expected
    assert heard.words[-3] == "7: 91.00 %"
    QTest.keyClick(links, Qt.Key.Key_Down)
    assert Heard(links).chosen == [heard.words[0]]


def test_of_a_feature_map_that_flows_into_a_neuron_both_are_said(world, links):
    (neurons,), (_, answers) = network().hidden, network().links
    maps = Column(np.array([5]), np.array([0.25]), 16, are_maps=True)
    pixels, into = (
        Links(np.array([0]), np.array([place]), np.array([-1.5]), np.array([place - 1])) for place in (0, 1)
    )
    answers = answers._replace(begins=np.array([1, 1]))
    links.show_picture(replace(network(), hidden=(maps, neurons), links=(pixels, into, answers)))
    assert Heard(links).words[0] == "Layer 1, feature map 5: 0.25; lowers neuron 8 most, by 1.5"


def test_a_value_says_its_numbers_or_of_each_row_between_what_they_lie(qtbot):
    picture = qtbot.show(ValuePicture(), 300, 120)
    value = np.random.default_rng(5).normal(size=(40, 30))
    picture.show_value(value)
    heard = Heard(picture)
    assert heard.finding.startswith("40 × 30 numbers from ")
    for row in (0, 39):
        low, high = (float(words.replace("−", "-")) for words in heard.words[row].split(": from ")[1].split(" to "))
        assert (low, high) == pytest.approx((value[row].min(), value[row].max()), rel=0.006)
    picture.show_value(np.array([[0.25, -1.5]]))
    assert Heard(picture).words == ["0: 0.25", "1: −1.5"] and Heard(picture).finding == "0.25, −1.5"
    picture.show_value(None)
    assert not Heard(picture).words
