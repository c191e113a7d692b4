"""What a hand-out computes, in JavaScript, beside the engine's own arithmetic."""

import dataclasses
import re

import numpy as np
import pytest
from javascript import Script
from told import last
from trained import ARCHITECTURES, GENERAL, with_run

from engine.analysis.probes.saliency import saliency
from engine.analysis.probes.weight_pictures import weight_pictures
from engine.core.drawing import Point, Stroke
from engine.core.layers.plan import plan_of
from engine.core.lens import Lens, Neuron
from engine.data.preparation import prepared
from engine.export.handout.network import as_plain, layers_of, packed, quantised, steps_of, widened
from engine.export.handout.page import FOLDER
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


def keep_network(script, data, layers, activation):
    """Return a session with a network whose weights are those that its 8 bits stand for, in the script as `net`."""
    session = with_run(Session(data), layers, activation, steps=(0,))
    run = session.runs["A"]
    plan = run.plan_of(run.moments[0].weights)
    stored = quantised(plan, run.moments[0].weights)
    run.moments[0] = Moment(step=0, weights=tuple(widened(stored)), optimizer=())
    about = {"shape": run.shape, "steps": steps_of(plan), "layers": layers_of(plan)}
    script.keep("about", "about", about=about)
    script.keep("net", "networkOf(about, stored)", stored=[as_plain(array) for array in stored])
    return session


def test_base64_and_numbers_are_read_as_python_writes_them(script):
    for count in range(9):
        given = np.random.default_rng(count).integers(0, 256, count).astype(np.uint8)
        assert script("bytes(text)", text=packed(given)) == given.tolist()
    given = np.array([0, -0.1, 3e38, 1e-42], np.float32)
    assert np.array_equal(np.array(script("floats(text)", text=packed(given)), np.float32), given)


def test_no_two_functions_of_the_page_have_one_name():
    """The scripts are one in the page, where the later would stand for both."""
    scripts = [path.read_text("utf-8") for path in sorted(FOLDER.glob("*.js"))]
    names = re.findall(r"^(?:function|class) (\w+)", "\n".join(scripts), re.MULTILINE)
    assert len(scripts) == 3 and sorted(names) == sorted(set(names))


UNEQUAL = "conv 3 2x3 dilation 2x1 leaky_relu 0.3, 5"
OTHERS = "conv 3 softplus, 7 selu, 6 silu, 5 elu, 4 relu6, 3 linear"  # the activations that only a layer may name


@pytest.mark.parametrize(
    ("layers", "activation"),
    [
        *(ARCHITECTURES[place] for place in (1, 2, 6, 7)),
        (OTHERS, "relu"),
        (UNEQUAL, "gelu"),
        *((layers, "tanh") for layers in GENERAL),
    ],
)
def test_scores_layers_gradients_and_pictures_of_weights_are_the_engines(script, oblong, layers, activation):
    session = keep_network(script, oblong, layers, activation)
    run = session.runs["A"]
    hidden, weights = run.spec.hidden, run.moments[0].weights
    picture = oblong.test_images[1] / np.float32(255)
    picture *= picture > 0.1
    _, wanted = plain_forward(run.plan_of(weights), weights, picture)
    np.testing.assert_allclose(script("scores(net, picture)", picture=picture), wanted, rtol=1e-5, atol=1e-5)

    silenced = frozenset(Neuron(at, each) for at, layer in enumerate(hidden) for each in range(0, layer.width, 3))
    passed = [[int(number % 3 > 0) for number in range(layer.width)] for layer in hidden]
    shown = lens_network(session, Lens("A", 0, silenced))
    layers, logits = shown.answer(picture)
    script.keep("steps", "run(net, picture, passed)", picture=picture, passed=passed)
    np.testing.assert_allclose(script("steps[net.length - 1].output"), logits, rtol=1e-5, atol=1e-5)
    for number, layer in enumerate(layers):
        found = script("responses(steps[about.layers[number].step], about.layers[number].width)", number=number)
        np.testing.assert_allclose(found, layer, rtol=1e-5, atol=1e-5)

    direction = [0, 1, 0, -1]
    _, (wanted,) = shown.gradients(picture[None], np.array([direction]))
    given = {"picture": picture, "direction": direction, "passed": passed}
    found = script("gradient(net, picture, direction, passed)", **given)
    np.testing.assert_allclose(found, (wanted * (picture > 0)).ravel(), rtol=1e-4, atol=1e-5)

    wanted = last(saliency(session, Lens("A", 0), picture, 2))
    script.keep("step", "integrated(net, picture, [0, 0, 1, 0])", picture=picture)
    found = script("{ let found = step(); while (!found) found = step(); return found; }")
    np.testing.assert_allclose(found["heat"], wanted.heat.ravel(), atol=0.002 * np.abs(wanted.heat).max())
    assert found["difference"] == pytest.approx(wanted.difference, rel=1e-4, abs=1e-6)
    assert found["total"] == pytest.approx(found["difference"], abs=0.006 * max(abs(wanted.difference), 0.1))

    for number, layer in enumerate(hidden):
        wanted = last(weight_pictures(session, Lens("A", 0), number))
        for neuron in (0, layer.width - 1):
            found = script("weightPicture(net, about.layers[number].weights, neuron)", number=number, neuron=neuron)
            assert (found["rows"], found["columns"]) == wanted.pictures.shape[1:]
            picture = np.nan_to_num(wanted.pictures[neuron]).ravel()
            np.testing.assert_allclose(found["values"], picture, rtol=1e-4, atol=1e-6)


def test_probabilities_are_the_engines_for_large_scores_too(script):
    logits = np.array([1000.0, 990.0, -1000.0, 995.5])
    np.testing.assert_allclose(script("softmax(logits)", logits=logits.tolist()), softmax(logits), rtol=1e-12)


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


@pytest.mark.parametrize(("shape", "raw"), [((9, 7), False), ((20, 33), True)], ids=str)
def test_what_the_network_receives_is_the_engines_preparation(script, shape, raw):
    picture = inked(np.random.default_rng(3))
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
    for stroke in (dot, a_loop(generator)):
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
    assert not any(script("prepared(emptyInk().picture(), 280, [28, 28])"))


def test_a_long_name_keeps_its_end_where_names_of_one_kind_differ(script):
    assert script("shortened('Klasse der Fundstücke 17', 20)") == "Klasse der…stücke 17"
    assert script("shortened('Klasse 17', 20)") == "Klasse 17"


def test_eight_bits_miss_a_weight_by_half_a_step_of_its_output_at_most_and_none_stays_none():
    plan = plan_of((), (10, 5), 3)
    kernel = np.random.default_rng(0).normal(0, [0.01, 1, 30], (50, 3)).astype(np.float32)
    layer, biases = quantised(plan, (kernel, np.array([0.5, -1, 2], np.float32)))
    assert layer.whole.dtype == np.int8 and biases.tolist() == [0.5, -1, 2]
    assert (np.abs(layer.widened - kernel) <= 0.501 * np.abs(kernel).max(axis=0) / 127).all()
    layer, _ = quantised(plan, (np.zeros((50, 3), np.float32), biases))
    assert not layer.widened.any()
