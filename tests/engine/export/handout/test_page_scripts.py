"""What a hand-out computes, in JavaScript, beside the engine's own arithmetic."""

import dataclasses
import re

import numpy as np
import pytest
from javascript import Script
from told import last
from trained import ARCHITECTURES, with_run

from engine.analysis.probes.saliency import saliency
from engine.analysis.probes.weight_pictures import weight_pictures
from engine.core.drawing import Point, Stroke
from engine.core.lens import Lens, Neuron
from engine.core.specs import ConvLayer
from engine.data.preparation import prepared
from engine.export.handout.page import FOLDER
from engine.export.handout.quantised import Quantised, packed, quantised, widened
from engine.model.network.lens_network import lens_network
from engine.model.network.plain import plain_forward, softmax
from engine.model.training.run import Moment
from engine.session.session import Session
from gui.look.theme import theme
from gui.tabs.draw.ink import Ink


@pytest.fixture(scope="module")
def script(qapp):
    return Script()


@pytest.fixture(scope="module")
def oblong(dataset):
    """The stripes on 9 x 7 pixels: sides that no pooling halves."""
    bars = np.pad(dataset.test_images, ((0, 0), (0, 1), (0, 0)))[:, :, :7]
    return dataclasses.replace(dataset, train_images=bars, test_images=bars, train_labels=dataset.test_labels)


@pytest.fixture(params=ARCHITECTURES, ids=str)
def network(request, script, oblong):
    """A network whose weights are those that its 8 bits stand for, also in the script, as `net`."""
    session = with_run(Session(oblong), *request.param, steps=(0,))
    run = session.runs["A"]
    layers = quantised(run.moments[0].weights)
    run.moments[0] = Moment(step=0, weights=tuple(widened(layers)), optimizer=())
    kinds = ["conv" if isinstance(layer, ConvLayer) else "dense" for layer in run.spec.hidden]
    plain = [
        {"kind": kind, "width": layer.width, "activation": layer.activation}
        for kind, layer in zip(kinds, run.spec.hidden, strict=True)
    ]
    about = {"shape": run.shape, "classes": list(oblong.classes), "layers": plain}
    script.keep("net", "networkOf(about, stored)", about=about, stored=[each.as_plain() for each in layers])
    return session


def pictures(session, count=5):
    return session.data().test_images[:count] / np.float32(255)


def hidden_layers(session):
    return session.runs["A"].spec.hidden


def silenced(session):
    """Every third neuron of each hidden layer, as a lens and as the page has it."""
    widths = [layer.width for layer in hidden_layers(session)]
    neurons = frozenset(Neuron(layer, number) for layer, width in enumerate(widths) for number in range(0, width, 3))
    return Lens("A", 0, neurons), [[int(number % 3 > 0) for number in range(width)] for width in widths]


# Reading what is stored ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", range(9))
def test_base64_is_read_as_python_writes_it(script, count):
    given = np.random.default_rng(count).integers(0, 256, count).astype(np.uint8)
    assert script("bytes(text)", text=packed(given)) == given.tolist()


def test_numbers_are_read_to_the_last_bit(script):
    given = np.array([0, -0.1, 3e38, 1e-42], np.float32)
    assert np.array_equal(np.array(script("floats(text)", text=packed(given)), np.float32), given)


def test_no_two_functions_of_the_page_have_one_name():
    """The scripts are one in the page, where the later would stand for both."""
    scripts = [path.read_text("utf-8") for path in sorted(FOLDER.glob("*.js"))]
    names = re.findall(r"^(?:function|class) (\w+)", "\n".join(scripts), re.MULTILINE)
    assert len(scripts) == 3 and sorted(names) == sorted(set(names))


# Forwards ------------------------------------------------------------------------------------------------------------


def test_the_scores_are_the_engines(script, network):
    weights = network.runs["A"].moments[0].weights
    for picture in pictures(network):
        _, wanted = plain_forward(hidden_layers(network), weights, picture)
        found = script("scores(net, picture)", picture=picture)
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def test_hidden_layers_and_scores_with_silenced_neurons_are_the_engines(script, network):
    lens, passed = silenced(network)
    shown = lens_network(network, lens)
    for picture in pictures(network):
        hidden, logits = shown.answer(picture)
        script.keep("steps", "run(net, picture, passed)", picture=picture, passed=passed)
        np.testing.assert_allclose(script("steps[net.length - 1].output"), logits, rtol=1e-5, atol=1e-5)
        for number, layer in enumerate(hidden):
            found = script("responses(steps[number], net[number].width)", number=number)
            np.testing.assert_allclose(found, layer, rtol=1e-5, atol=1e-5)


def test_probabilities_are_the_engines_for_large_scores_too(script):
    logits = np.array([1000.0, 990.0, -1000.0, 995.5])
    np.testing.assert_allclose(script("softmax(logits)", logits=logits.tolist()), softmax(logits), rtol=1e-12)


# Backwards -----------------------------------------------------------------------------------------------------------


def test_gradients_are_the_engines_where_there_is_ink(script, network):
    lens, passed = silenced(network)
    direction = [0, 1, 0, -1]
    for picture in pictures(network, 3):
        picture = picture * (picture > 0.1)
        _, (wanted,) = lens_network(network, lens).gradients(picture[None], np.array([direction]))
        given = {"picture": picture, "direction": direction, "passed": passed}
        found = script("gradient(net, picture, direction, passed)", **given)
        np.testing.assert_allclose(found, (wanted * (picture > 0)).ravel(), rtol=1e-4, atol=1e-5)


def test_integrated_gradients_are_the_engines(script, network):
    picture = pictures(network, 1)[0]
    wanted = last(saliency(network, Lens("A", 0), picture, 2))
    script.keep("step", "integrated(net, picture, [0, 0, 1, 0])", picture=picture)
    found = script("{ let found = step(); while (!found) found = step(); return found; }")
    most = np.abs(wanted.heat).max()
    np.testing.assert_allclose(found["heat"], wanted.heat.ravel(), atol=0.002 * most)
    assert found["difference"] == pytest.approx(wanted.difference, rel=1e-4)
    assert found["total"] == pytest.approx(found["difference"], abs=0.006 * max(abs(wanted.difference), 0.1))


# Weights -------------------------------------------------------------------------------------------------------------


def test_pictures_of_weights_are_those_of_the_weights_tab(script, network):
    for number, layer in enumerate(hidden_layers(network)):
        wanted = last(weight_pictures(network, Lens("A", 0), number))
        for neuron in (0, layer.width - 1):
            found = script("weightPicture(net, number, neuron)", number=number, neuron=neuron)
            assert (found["rows"], found["columns"]) == wanted.pictures.shape[1:]
            np.testing.assert_allclose(found["values"], wanted.pictures[neuron].ravel(), rtol=1e-4, atol=1e-6)


# What the network receives -------------------------------------------------------------------------------------------


def inked(generator, side=280):
    """A picture like a person's: a few thick lines, at times faint, at times at the edge."""
    y, x = np.mgrid[:side, :side]
    picture = np.zeros((side, side))
    for _ in range(generator.integers(1, 4)):
        one, other = generator.uniform(-0.1, 1.1, (2, 2)) * side
        way, (dy, dx) = other - one, (y - one[0], x - one[1])
        along = np.clip((dy * way[0] + dx * way[1]) / (way**2).sum(), 0, 1)
        away = np.hypot(dy - along * way[0], dx - along * way[1])
        line = np.clip(generator.uniform(1, 20) - away, 0, 1) * generator.uniform(0.02, 1)
        picture = np.maximum(picture, line)
    return (np.rint(255 * picture) / 255).astype(np.float32)


@pytest.mark.parametrize(
    ("shape", "raw"), [((28, 28), False), ((28, 28), True), ((9, 7), False), ((20, 33), True)], ids=str
)
def test_what_the_network_receives_is_the_engines_preparation(script, shape, raw):
    generator = np.random.default_rng(3)
    for _ in range(3):
        picture = inked(generator)
        found = script("prepared(picture, 280, shape, raw)", picture=picture, shape=shape, raw=raw)
        np.testing.assert_allclose(found, prepared(picture, shape=shape, raw=raw).ravel(), atol=2e-6)


def a_loop(generator):
    """A stroke that bends as a hand does, in part beyond the sheet."""
    angles = generator.uniform(0, 6.3) + np.cumsum(generator.uniform(-0.1, 0.25, 20))
    steps = generator.uniform(0.3, 0.8) * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    way = generator.uniform(2, 26, 2) + np.cumsum(steps, axis=0)
    pressures = generator.uniform(0.5, 1, len(way))
    return Stroke(points=tuple(map(Point, *way.T.tolist(), pressures.tolist())), width=2.2)


def test_the_ink_of_a_stroke_is_the_canvas_ink(script):
    generator = np.random.default_rng(8)
    dot = Stroke(points=(Point(12.3, 14.1),), width=2.2)
    for stroke in (dot, *(a_loop(generator) for _ in range(2))):
        canvas = Ink(280, theme().current.color("text"))
        canvas.draw_parts(stroke, 0)
        canvas.finish(stroke)
        given = {"points": [point._asdict() for point in stroke.points], "width": stroke.width}
        script.keep("ink", "{ const ink = emptyInk(); ink.add(given); return ink; }", given=given)
        ink = np.reshape(script("ink.picture()"), (280, 280))
        away = np.abs(ink - canvas.opacity())
        assert away.max() <= 0.2 and away[away > 0].mean() <= 0.01
        found = script("prepared(ink.picture(), 280, [28, 28])")
        np.testing.assert_allclose(found, prepared(canvas.opacity()).ravel(), atol=0.02)


def test_of_an_empty_sheet_nothing_is_received(script):
    assert not any(script("prepared(emptyInk().picture(), 280, [28, 28])"))


def test_a_long_name_keeps_its_end_where_names_of_one_kind_differ(script):
    names = [f"Klasse der Fundstücke {number}" for number in (17, 18)]
    wanted = ["Klasse der…stücke 17", "Klasse der…stücke 18"]
    assert [script("shortened(name, 20)", name=name) for name in names] == wanted
    assert script("shortened('Klasse 17', 20)") == "Klasse 17"


# Eight bits ----------------------------------------------------------------------------------------------------------


def test_eight_bits_miss_a_weight_by_half_a_step_of_its_output_at_most():
    generator = np.random.default_rng(0)
    kernel = generator.normal(0, [0.01, 1, 30], (50, 3)).astype(np.float32)
    (layer,) = quantised((kernel, np.ones(3, np.float32)))
    assert layer.whole.dtype == np.int8
    assert (np.abs(layer.kernel - kernel) <= 0.501 * np.abs(kernel).max(axis=0) / 127).all()


def test_a_neuron_without_weights_stays_without():
    (layer,) = quantised((np.zeros((4, 2), np.float32), np.array([0.5, -1], np.float32)))
    assert isinstance(layer, Quantised) and not layer.kernel.any()
    assert layer.biases.tolist() == [0.5, -1]
