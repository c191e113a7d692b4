"""Show the code of networks of any layers: each script runs by itself and comes to what the application shows."""

import ast
import re
from collections import Counter

import numpy as np
import pytest
from made_sessions import arrays_of, home_in
from PIL import Image
from scripts_here import run_script
from told import last, of
from trained import GENERAL, with_run

from engine.analysis.graph.values import graph_of, plan_of
from engine.analysis.ideal.job import paint_ideal
from engine.analysis.ideal.spec import IdealSpec
from engine.analysis.probes.activations import image_activations
from engine.analysis.probes.answer import answer
from engine.analysis.probes.nearest import nearest_images
from engine.analysis.probes.saliency import saliency
from engine.analysis.probes.weight_pictures import weight_pictures
from engine.core.errors import UserError
from engine.core.lazy import tf
from engine.core.lens import Adjusted, Lens, Neuron
from engine.core.messages import run_through
from engine.core.specs import TrainSpec
from engine.data.formats.sample import open_sample
from engine.data.sources import open_dataset
from engine.export.scripts.parts.common import network_cells
from engine.export.scripts.parts.show_code import gather_scene, show_code
from engine.export.scripts.parts.tabs import tabs
from engine.model.network.activations import activations
from engine.model.network.lens_network import lens_network
from engine.model.network.model import Model
from engine.model.training.messages import EpochDone
from engine.session.jobs.train import train
from engine.session.session import Session

pytestmark = pytest.mark.usefixtures("own_home")

OF_ALL_KINDS = [layers.replace("6 tanh", "6 leaky_relu 0.3") for layers in GENERAL]
NAMES = [chr(ord("A") + number) for number in range(len(OF_ALL_KINDS))]


def changed(name):
    return Lens(name, None, frozenset({Neuron(0, 1)}), frozenset({Adjusted(1, 2, 2.5, 0.3)}))


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    data, file = open_sample(), tmp_path_factory.mktemp("few") / "few.npz"
    train = {"x_train": data.train_images[:300], "y_train": data.train_labels[:300]}
    np.savez(file, **train, x_test=data.test_images[:100], y_test=data.test_labels[:100])
    return open_dataset(str(file))[0]


@pytest.fixture(scope="module")
def general(few):
    session = Session(few)
    for layers in OF_ALL_KINDS:
        with_run(session, layers)
    return session


def script_of(session, lens, tab, **settings):
    (code,) = (message for message in show_code(session, lens, tab, settings) if message is not None)
    return code.script


def ran(session, lens, tab, folder, *, draws=False, **settings):
    """Run a script; what it draws, up to 60 pictures in as many axes, takes longer than all else."""
    file = folder / "script.py"
    file.write_text(script_of(session, lens, tab, **settings), "utf-8")
    status, printed, complaints = run_script(file, home_in(folder), draws=draws)
    assert status == 0, complaints[-3000:]
    saved = folder / f"{tab}-result.npz"
    return printed, arrays_of(saved) if saved.exists() else {}


def sums_by_keras(network, images, number):
    """What a hidden layer gives before its activation, with the neurons that the lens changes."""

    def replace(layer, output):
        change = network.passed[layer]
        return output if change is None else output * change.factors + change.offsets

    model = Model(network.plan)
    model.set_weights(network.weights)
    return model.sums(images, number, replace)


@pytest.mark.parametrize("tab", tabs())
def test_every_tab_has_a_script_whose_lines_are_short_and_that_python_reads(general, tab):
    settings = {"ideal": {"objective": "neuron"}, "graph": {"of": "training"}, "weights": {"view": "inputs"}}
    for name in NAMES:
        for more in ({}, settings.get(tab, {})):
            script = script_of(general, changed(name), tab, **more)
            assert max(len(line) for line in script.splitlines() if "np.load" not in line) <= 120
            compile(ast.parse(script), tab, "exec")


@pytest.mark.parametrize("name", NAMES)
def test_the_function_of_the_network_gives_hidden_layers_logits_and_sums(general, name):
    for lens in (Lens(name), changed(name)):
        scene = run_through(gather_scene(general, lens, "fingerprints", {}))
        network = lens_network(general, lens)
        wanted = run_through(activations(general, lens))
        images = (general.data().test_images / 255).astype(np.float32)
        for number in range(len(network.layers) if any(network.passed) else 1):
            (cell,) = network_cells(scene.shown, number)
            names = {"tf": tf, "np": np, "weights": dict(np.load(scene.files["weights"]))}
            for layer, change in enumerate(network.passed, 1):
                if change is not None:
                    names |= {f"passed{layer}": change.factors, f"added{layer}": change.offsets}
                    names["weights"] |= {f"layer{layer}/passed": change.factors, f"layer{layer}/added": change.offsets}
            exec(cell.text, names)
            hidden, logits, sums = names["network"](images)
            np.testing.assert_allclose(logits, wanted.logits, atol=2e-4, rtol=1e-4)
            for ours, theirs in zip(hidden, wanted.hidden, strict=True):
                np.testing.assert_allclose(ours, theirs, atol=2e-4, rtol=1e-4)
            before = sums_by_keras(network, images, number)
            before = np.asarray(before).mean(axis=(1, 2)) if before.ndim == 4 else before
            np.testing.assert_allclose(sums, before, atol=2e-4, rtol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_the_script_in_numpy_finds_every_activation(general, tmp_path, name):
    for lens in (Lens(name), changed(name)):
        _, stored = ran(general, lens, "activations", tmp_path, image=7)
        (result,) = image_activations(general, lens, 7, None)
        np.testing.assert_allclose(stored["logits"], result.logits, atol=1e-4, rtol=1e-4)
        for number, values in enumerate(result.hidden, 1):
            np.testing.assert_allclose(stored[f"layer{number}"], values, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_the_weights_script_gives_the_pictures_that_the_page_has(general, tmp_path, name):
    layers = len(general.runs[name].spec.hidden) + 1
    for layer in range(1 + NAMES.index(name) % 2, layers + 1, 2):
        _, stored = ran(general, changed(name), "weights", tmp_path, layer=layer)
        result = last(weight_pictures(general, changed(name), layer - 1))
        ours = stored["pictures"].reshape(len(result.pictures), -1)
        theirs = result.pictures.reshape(len(ours), -1)[:, : ours.shape[1]]  # the page has places without a weight
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
        np.testing.assert_allclose(stored["biases"], result.biases, atol=1e-6)


@pytest.mark.parametrize(
    "layers",
    [
        "conv 3 softplus, 7 selu, 6 silu, 5 elu, 4 relu6, 3 linear, 3 leaky_relu 0.3",
        "9 linear",
        "conv 4 leaky_relu 0.05",
    ],
)
def test_the_activations_that_only_a_layer_may_name_have_code_too(few, tmp_path, layers):
    session = with_run(Session(few), layers)
    _, stored = ran(session, Lens("A"), "activations", tmp_path, image=7)
    (result,) = image_activations(session, Lens("A"), 7, None)
    np.testing.assert_allclose(stored["logits"], result.logits, atol=1e-4, rtol=1e-4)
    scene = run_through(gather_scene(session, Lens("A"), "fingerprints", {}))
    names = {"tf": tf, "np": np, "weights": dict(np.load(scene.files["weights"]))}
    exec(network_cells(scene.shown)[0].text, names)
    exec(re.search(r"^model = .*?^\]\)", script_of(session, Lens("A"), "train"), re.DOTALL | re.MULTILINE)[0], names)
    names["model"].set_weights([*names["weights"].values()])
    images = (session.data().test_images / 255).astype(np.float32)
    for logits in (names["network"](images)[1], names["model"](images)):
        np.testing.assert_allclose(logits, run_through(activations(session, Lens("A"))).logits, atol=1e-4, rtol=1e-4)
    _, stored = ran(session, Lens("A"), "graph", tmp_path, of="links")
    (result,) = image_activations(session, Lens("A"), 0, None)
    np.testing.assert_allclose(stored["probabilities"], result.probabilities, atol=1e-5)


@pytest.mark.parametrize(("name", "by"), [("B", "alike"), ("C", "alike"), ("C", "for"), ("D", "for"), ("D", "against")])
def test_the_drawing_s_script_explains_the_answer_as_the_page_does(general, tmp_path, name, by):
    picture = general.data().test_images[11] / np.float32(255)
    _, stored = ran(general, changed(name), "draw", tmp_path, picture=picture, by=by)
    result = last(answer(general, changed(name), picture))
    np.testing.assert_allclose(stored["probabilities"], result.probabilities, atol=1e-5)
    why = last(saliency(general, changed(name), picture, result.label))
    assert np.corrcoef(stored["heat"].ravel(), why.heat.ravel())[0, 1] > 0.99
    near = last(nearest_images(general, changed(name), picture, by=by))
    assert stored["nearest"].tolist() == near.numbers.tolist()


def test_the_map_s_script_is_of_the_body_s_last_layer_where_nobody_chose_one(general):
    assert "layers[2] for layers, logits in parts" in script_of(general, changed("C"), "map")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["B", "D"])
def test_the_script_of_ideal_images_paints_the_same(general, tmp_path, name):
    spec = IdealSpec(steps=20, learning_rate=0.02, objective="neuron", penalty="l2")
    neurons = [Neuron(1, 0), Neuron(1, 3)]
    _, stored = ran(general, changed(name), "ideal", tmp_path, **spec.as_dict(), layer=2, neurons=[0, 3])
    result = last(paint_ideal(general, changed(name), spec, neurons))
    np.testing.assert_allclose(stored["images"], result.images, atol=2e-3)


@pytest.mark.parametrize("name", NAMES[1:4])
def test_the_graph_s_script_lists_the_operations_of_the_application(general, tmp_path, name):
    printed, _ = ran(general, Lens(name), "graph", tmp_path, of="network")
    listed = Counter(line.split()[0] for line in printed.splitlines() if "  <-  " in line)
    wanted = Counter(node.op for node in graph_of(plan_of(general, "network", Lens(name))).nodes)
    assert listed + Counter({"Identity": 1}) == wanted  # what the application calls the answer by


LAYERS = "conv 4 5x5 stride 2, batchnorm, relu, residual(conv 4, conv 4), global average, 12, layernorm, elu"


@pytest.mark.parametrize(
    "spec",
    [
        TrainSpec(layers=LAYERS, batch=50, epochs=3, initial="he", optimizer="momentum", learning_rate=0.02,
                  l2=0.03, decay=0.5),
        pytest.param(
            TrainSpec(layers=f"{LAYERS}, branches(6 | 5), batchnorm", batch=50, epochs=2, loss="cross_entropy",
                      optimizer="adam", learning_rate=0.01, smoothing=0.1),
            marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_the_training_script_comes_to_the_losses_of_the_run(few, tmp_path, spec):
    session = Session(few)
    epochs = of(EpochDone, train(session, spec))
    printed, _ = ran(session, Lens("A"), "train", tmp_path)
    lines = [line.split() for line in printed.splitlines() if line.startswith("epoch")]
    assert len(lines) == len(epochs) == spec.epochs
    for line, epoch in zip(lines, epochs, strict=True):
        assert float(line[4]) == pytest.approx(epoch.train_loss, rel=2e-3)
        assert float(line[7]) == pytest.approx(epoch.test_loss, rel=5e-3)
        assert float(line[9]) == pytest.approx(epoch.test_accuracy, abs=0.011)


def test_what_has_no_code_says_so_in_a_sentence(general):
    with pytest.raises(UserError, match="The code of the strongest connections is there for dense layers and plain"):
        script_of(general, Lens("A"), "graph", of="links")
    with pytest.raises(UserError, match="Neurons are matched in networks of dense layers"):
        script_of(general, Lens("A"), "compare", other="A", other_step=0, neurons="matched")


@pytest.mark.parametrize("tab", ["activations", "weights"])
def test_a_script_draws_what_it_finds(general, tmp_path, tab):
    ran(general, changed("B"), tab, tmp_path, draws=True)
    with Image.open(tmp_path / f"{tab}-result.png") as picture:
        assert len(picture.convert("L").getcolors()) > 20


@pytest.mark.slow
@pytest.mark.parametrize("tab", [tab for tab in tabs() if tab not in ("train", "warmup")])
def test_the_scripts_of_all_tabs_run_and_draw(general, tmp_path, tab):
    more = {"ideal": {"objective": "neuron", "steps": 5, "layer": 2}, "graph": {"of": "training"}}
    for name in NAMES:
        ran(general, changed(name), tab, tmp_path, draws=True, **more.get(tab, {}))
