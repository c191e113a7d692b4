"""What leaves a panel agrees with the data: tables and drawings beside NumPy's own computation."""

import csv
import io
from xml.etree import ElementTree

import numpy as np
import pytest

from gui.look.theme import theme
from gui.widgets.figures.figure import content, svg
from gui.widgets.panel import Panel
from tests.gui.tabs.test_contract import TABS, KnownWorld

SVG = "{http://www.w3.org/2000/svg}"


def network_of(world):
    """Weights of run A as they were drawn last, and what NumPy makes of all test images: first layer, scores."""
    weights = world.session.runs["A"].moments[24].weights
    images = world.session.data().test_images.reshape(-1, 784).astype(np.float64)
    images = images / 255 if images.max() > 1 else images
    layer = images
    hidden = []
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        layer = np.maximum(layer @ kernel + bias, 0)
        hidden.append(layer)
    return weights, hidden[0], layer @ weights[-2] + weights[-1]


def table_of(world, panel):
    found = world.tab.findChild(Panel, panel)
    assert found is not None and found.isVisible(), panel
    head, *rows = csv.reader(io.StringIO(content(found, ".csv").decode()))
    return head, rows


def test_the_table_of_a_map_is_what_each_neuron_makes_of_each_image(qtbot):
    world = KnownWorld(qtbot, TABS["fingerprints"])
    _, hidden, _ = network_of(world)
    head, rows = table_of(world, "fingerprints.panel.3")
    images = [int(each.removeprefix("image ")) for each in head[2:]]
    labels = world.session.data().test_labels
    assert sorted(images) == np.flatnonzero(labels == 3).tolist()
    assert sorted(int(row[0]) for row in rows) == list(range(20))
    for row in rows:
        neuron = int(row[0])
        assert np.allclose(np.array(row[2:], float), hidden[images, neuron], rtol=1e-3, atol=1e-3)
        assert float(row[1]) == pytest.approx(hidden[images, neuron].mean(), rel=1e-3, abs=1e-3)


def test_the_table_of_the_confusion_is_how_often_what_was_taken_for_what(qtbot):
    world = KnownWorld(qtbot, TABS["mistakes"])
    _, _, scores = network_of(world)
    cells = np.zeros((10, 10), int)
    np.add.at(cells, (world.session.data().test_labels, scores.argmax(axis=1)), 1)
    head, rows = table_of(world, "mistakes.confusion")
    assert head == ["actual", *map(str, range(10))] and [row[0] for row in rows] == head[1:]
    assert np.array_equal(np.array([row[1:] for row in rows], int), cells)

    drawing = ElementTree.fromstring(svg(world.tab.findChild(Panel, "mistakes.confusion")))
    words = [("".join(each.itertext())).strip() for each in drawing.iter(f"{SVG}text")]
    wanted = [*cells[cells > 0], *cells.sum(axis=0), *cells.sum(axis=1), cells.sum()]
    for number in {int(each) for each in wanted if each > 9}:
        assert words.count(f"{number:,}") >= wanted.count(number), number


def test_the_table_of_the_weights_is_the_kernel_picture_by_picture(qtbot):
    world = KnownWorld(qtbot, TABS["weights"])
    weights, *_ = network_of(world)
    head, rows = table_of(world, "weights.pictures")
    assert head[:2] == ["neuron", "row"] and len(rows) == 20 * 28
    for neuron in (0, 7, 19):
        picture = np.array([row[2:] for row in rows if row[0] == str(neuron)], np.float32)
        assert np.array_equal(picture, weights[0][:, neuron].reshape(28, 28))


def test_the_points_of_a_map_are_all_in_its_table_and_in_its_drawing(qtbot):
    world = KnownWorld(qtbot, TABS["map"])
    _, _, scores = network_of(world)
    head, rows = table_of(world, "map.panel")
    assert head == ["test image", "x", "y", "class", "predicted"]
    numbers = [int(row[0]) for row in rows]
    assert [int(row[3]) for row in rows] == world.session.data().test_labels[numbers].tolist()
    assert [int(row[4]) for row in rows] == scores.argmax(axis=1)[numbers].tolist()
    drawing = ElementTree.fromstring(svg(world.tab.findChild(Panel, "map.panel")))
    colours = {color.lower() for color in theme().current.classes}
    dots = sum(
        sum(len(group.findall(f"{SVG}{shape}")) for shape in ("circle", "ellipse", "path", "polygon", "rect"))
        for group in drawing.iter(f"{SVG}g")
        if (group.get("fill") or "").lower() in colours
    )
    assert dots == len(rows) + 10, "the legend has one for each class"
