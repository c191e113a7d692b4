"""Show the code: each script runs by itself, in plain TensorFlow and NumPy, and comes to what the application shows."""

import ast
import re
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from made_sessions import arrays_of, files_in, home_in
from PIL import Image
from scripts_here import DPI, run_script, skeleton
from told import last, of
from trained import ARCHITECTURES, taught, told_of_no_run, with_run

from engine.analysis.graph.link_picture import link_picture
from engine.analysis.graph.values import graph_of, input_picture, plan_of
from engine.analysis.ideal.job import paint_ideal
from engine.analysis.ideal.spec import PRESETS, IdealSpec
from engine.analysis.mapping.settings import MapSpec
from engine.analysis.probes.activations import image_activations
from engine.analysis.probes.answer import answer
from engine.analysis.probes.comparison import compare
from engine.analysis.probes.corruption import corruption_curves
from engine.analysis.probes.fingerprints import View, fingerprints
from engine.analysis.probes.map import make_map
from engine.analysis.probes.nearest import nearest_images
from engine.analysis.probes.road import road
from engine.analysis.probes.saliency import saliency
from engine.analysis.probes.weight_pictures import weight_pictures
from engine.analysis.warmup.job import WarmupSteps, learn_inverse
from engine.analysis.warmup.spec import WarmupSpec
from engine.core.errors import UserError
from engine.core.example import example_of
from engine.core.lens import Adjusted, Lens, Neuron, Share
from engine.core.machine.bundled import BUNDLED
from engine.core.messages import run_through
from engine.core.specs import DataSpec, TrainSpec
from engine.data.corruption import CORRUPTIONS
from engine.data.formats.sample import open_sample
from engine.data.sources import open_dataset
from engine.export.scripts.parts.common import data_cells, weight_cells
from engine.export.scripts.parts.show_code import CodeShown, save_code, show_code
from engine.export.scripts.parts.tabs import script_module, tabs
from engine.export.scripts.parts.template import DataFile
from engine.model.network.activations import activations
from engine.model.network.lens_network import lens_network as looked_through
from engine.model.network.plain import softmax
from engine.model.training.learned import learned
from engine.model.training.messages import EpochDone, Parent, StepsDone
from engine.session.jobs.teach import teach
from engine.session.jobs.train import train
from engine.session.session import Session
from tests.figures_by_hand import calibration_error_by_hand
from tests.hostile_names import NAMES

CHANGED = Lens(  # the blog's network with neurons that are silenced, boosted and set to their mean
    "A",
    None,
    frozenset(Neuron(0, number) for number in (3, 7, *range(20, 41))),
    frozenset({Adjusted(0, 50, 3.0), Adjusted(0, 51, 0.0, 0.8)}),
)

# A small network with such neurons
SMALL = Lens("A", None, frozenset({Neuron(0, 1)}), frozenset({Adjusted(0, 2, 2.5, 0.3)}))

CASES = {  # settings of some tabs; of the others it is the defaults that are tried
    "draw": [{}, {"method": "gradient", "against": 4, "image": 7}],
    "train": [{}],
    "fingerprints": [
        {"rows": "index", "columns": "index"}, {"rows": "class", "columns": "probability"},
        {"rows": "similar", "columns": "similar"}, {"rows": "mean", "columns": "index"},
    ],
    "ideal": [
        {},
        {"objective": "class", "penalty": "l1", "start": "empty"},
        {"objective": "logit", "penalty": "l2", "shift": 2, "optimizer": "adam", "pixels": "unit", "start": "noise"},
        {"objective": "neuron", "penalty": "tv", "start": "mean", "optimizer": "momentum", "neurons": (0, 2)},
    ],
    "weights": [{}, {"against": 0}, {"layer": 2}, {"layer": 2, "view": "inputs"}],
    "mistakes": [
        {},
        {"page": "calibration", "temperature": 1.7, "threshold": 0.9},
        {"label": 4, "answer": 9},
        *[{"page": "spoil", "kind": kind} for kind in CORRUPTIONS],
    ],
    "map": [{}, {"method": "tsne"}],
    "compare": [{}, {"page": "road", "neurons": "matched"}, {"page": "neurons", "other_step": 10}],
    "data": [{}, {"images": 300, "wrong_labels": 0.1, "classes": "1-3", "seed": 5}, {"classes": "4"}],
    "graph": [{"of": "warmup"}, {"of": "network"}, {"of": "training"}, {"of": "links", "image": 3}],
    "warmup": [{}, {"optimizer": "adam", "loss": "squared"}, {"optimizer": "sgd"}],
}  # fmt: skip

DEEP = "conv 3, conv 4, conv 3, conv 5, 6, 7, 8, 9"


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """The first images of the sample, as data of a person's own."""
    data, file = open_sample(), tmp_path_factory.mktemp("few") / "my digits.npz"
    train = {"x_train": data.train_images[:600], "y_train": data.train_labels[:600]}
    np.savez(file, **train, x_test=data.test_images[:200], y_test=data.test_labels[:200])
    return open_dataset(str(file))[0]


@pytest.fixture
def small(few, own_home):
    """Makes a session with few images and a network; a dense one reads them in part."""

    def small(layers="12", activation="relu"):
        session = with_run(Session(few), layers, activation)
        return session if "conv" in layers else taught(session)

    return small


def code_of(session, lens, tab, **settings):
    (found,) = (message for message in show_code(session, lens, tab, settings) if message is not None)
    assert isinstance(found, CodeShown) and found.tab == tab
    return found


drawn = set()  # the lines with which scripts drew


def ran(code, folder):
    """Run a script by itself, in a folder of its own; return what it printed and the arrays that it saved.

    Where it has the drawing of one before, it draws nothing: that takes longer than all else.
    """
    file = folder / "script.py"
    file.write_text(code.script, "utf-8")
    drawing = code.script.partition("import matplotlib")[2]
    draws = drawing not in drawn
    drawn.add(drawing)
    status, printed, complaints = run_script(file, home_in(folder), draws=draws)
    assert status == 0, complaints[-3000:]
    if draws:
        with Image.open(folder / f"{code.tab}-result.png") as picture:
            assert min(picture.size) > 2 * DPI
    saved = folder / f"{code.tab}-result.npz"
    return printed, arrays_of(saved) if saved.exists() else {}


def outputs(session, lens):
    return run_through(activations(session, lens))


def figures(pattern, text):
    """The numbers in each line that fits."""
    return np.array([[float(number) for number in found.groups()] for found in re.finditer(pattern, text)])


def check(code):
    assert max(len(line) for line in code.script.splitlines() if "np.load" not in line) <= 120
    tree = ast.parse(code.script)
    compile(tree, code.tab, "exec", dont_inherit=True)
    imported = {each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= {"numpy", "tensorflow", "matplotlib.pyplot"}
    assert "$" not in code.script and "\t" not in code.script
    assert ast.get_docstring(tree)
    assert "TensorFlow 1" in code.note


def test_whatever_a_name_says_it_changes_nothing_that_a_script_does(own_home, tmp_path):
    session = with_run(with_run(Session(open_sample()), "12"), "12")
    session.runs["B"].parent = Parent("A", 12)
    lens = Lens("B", None, frozenset({Neuron(0, 1)}))
    cases = [(tab, settings) for tab in tabs() for settings in CASES.get(tab, [{}])[:1]]
    wanted = {}
    for number, name in enumerate(["plain", "C:\\users", *NAMES]):
        for run in session.runs.values():
            run.title = run.dataset = run.fingerprint = name
        for tab, settings in cases if number < 2 else [cases[number % len(cases)]]:
            code = code_of(session, lens, tab, **settings)
            assert skeleton(code.script) == wanted.setdefault(tab, skeleton(code.script)), (tab, name)
            assert all(letter.isprintable() or letter == "\n" for letter in code.script), (tab, name)
    list(save_code(session, code, tmp_path / "script.py"))
    assert (tmp_path / "script.py").is_file()


def test_a_path_may_say_anything_and_is_read_as_it_is():
    for name in NAMES:
        for cell in (data_cells(DataFile(name, (28, 28), 10), "test")[0], weight_cells(name)[0]):
            (loads,) = [
                node
                for node in ast.walk(ast.parse(cell.text))
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "load"
            ]
            assert ast.literal_eval(loads.args[0]) == name


@pytest.mark.parametrize("tab", tabs())
def test_every_script_compiles_and_needs_nothing_but_tensorflow_and_numpy(bundled, tab):
    for settings in CASES.get(tab, [{}]):
        for lens in (Lens("A"), CHANGED, Lens("B", None, frozenset({Neuron(0, 1)}))):
            check(code_of(bundled, lens, tab, **settings))


def test_however_many_neurons_are_named_python_reads_it(bundled):
    for count in (1, 2, *range(3, 100, 8)):
        lens = Lens("A", None, frozenset(Neuron(0, 3 * number) for number in range(count)))
        script = code_of(bundled, lens, "weights", layer=2).script
        found = {}
        lines = script.split("weights = dict")[0].split("import numpy as np\n")[1].split("def ")[0]
        exec(lines, {"np": np}, found)
        assert np.flatnonzero(found["passed1"] == 0).tolist() == [*range(0, 3 * count, 3)]


@pytest.mark.parametrize("layers", ["", DEEP])
def test_every_architecture_has_scripts(layers, small):
    session = with_run(small(""), layers, "gelu")
    hidden = len(session.runs["B"].spec.hidden)
    last_layer = frozenset({Adjusted(hidden - 1, 2, 2.0, 1.0)})
    lens = Lens("B", None, frozenset({Neuron(0, 1)}), last_layer) if hidden else Lens("B")
    for tab in tabs():
        for settings in CASES.get(tab, [{}]):
            needs_hidden = tab == "fingerprints" or settings.get("objective") == "neuron"
            needs_two = tab == "weights" and settings.get("layer") == 2
            if hidden or not (needs_hidden or needs_two):
                check(code_of(session, lens, tab, **settings))


def test_a_run_with_every_setting_fits_as_well(own_home):
    augmented = {"shift": 2, "rotate": 10, "scale": 0.1, "noise": 0.1}
    others = {"initial": "glorot", "loss": "clipped", "optimizer": "momentum", "stop_at": 0.9}
    falling = {"schedule": "step", "warmup": 1.5, "decay": 0.0012345, "smoothing": 0.05, "momentum": 0.987}
    spec = TrainSpec(layers=DEEP, dropout=0.2, l2=0.001, **augmented, **others, **falling)
    code = code_of(Session(open_sample()), None, "train", spec=spec)
    check(code)
    told = code.script.replace("\n# ", " ")
    assert "Other neurons sit out a step here" in told
    assert "also augments each training image (shift 2, rotate 10, scale 0.1, noise 0.1)" in told


def test_what_cannot_be_is_refused_in_a_sentence(bundled, session):
    for tab, lens, settings, sentence in (
        ("settings", Lens("A"), {}, "no code to show"),
        ("compare", Lens("A"), {"other": "B", "page": "road"}, "no road between them"),
        ("draw", None, {}, "There is no network yet."),
        ("fingerprints", Lens("A"), {"layer": 2}, "Run A · Blog post has no hidden layer 2."),
        ("weights", Lens("A"), {"layer": 4}, "Run A · Blog post has no layer 4."),
        ("ideal", Lens("A"), {"objective": "neuron", "neurons": (300,)}, "no hidden neuron 300"),
        ("warmup", None, {"size": 1}, "Size must be between"),
        ("draw", Lens("A"), {"image": 1000}, "There is no test image 1,000; the last is 999."),
        ("draw", Lens("A"), {"against": 10}, "The network knows no class 10; the last is 9."),
        ("mistakes", Lens("A"), {"answer": 10}, "There is no answer 10; the last class is 9."),
    ):
        with pytest.raises(UserError, match=re.escape(sentence)):
            code_of(bundled, lens, tab, **settings)
    with pytest.raises(UserError, match="no file"):
        code_of(with_run(session, "12"), Lens("A"), "draw")
    assert told_of_no_run(show_code(bundled, Lens("Z"), "draw", {})) == []


@pytest.mark.parametrize(
    ("layers", "wrong_labels", "by"),
    [
        ("14 tanh, 12", 0.5, "alike"),
        ("conv 3, conv 4 tanh, 9 gelu", 0.1, "against"),
        pytest.param("14, 12", 0.0, "for", marks=pytest.mark.slow),
    ],
)
def test_the_drawing_s_script_gives_the_answer_the_saliency_and_the_nearest_images_or_those_that_spoke_for_it(
    small, tmp_path, layers, wrong_labels, by
):
    session = small(layers, "sigmoid")
    session.runs["A"].spec = session.runs["A"].spec.but(images=200, wrong_labels=wrong_labels, classes="2-6")
    picture = session.data().test_images[11] / np.float32(255) * np.float32(0.9)
    printed, stored = ran(code_of(session, SMALL, "draw", picture=picture, against=4, by=by), tmp_path)
    result = last(answer(session, SMALL, picture))
    np.testing.assert_allclose(stored["probabilities"], result.probabilities, atol=1e-5)
    assert f"the answer is {result.label}" in printed
    why = last(saliency(session, SMALL, picture, result.label, 4))
    assert stored["heat"].sum() == pytest.approx(why.difference, rel=0.01, abs=5e-4)
    assert np.corrcoef(stored["heat"].ravel(), why.heat.ravel())[0, 1] > 0.999
    near = last(nearest_images(session, SMALL, picture, by=by))
    assert stored["nearest"].tolist() == near.numbers.tolist(), "of those that the run learned from"
    assert f"of the classes {near.labels}" in printed
    session.runs["A"].fingerprint = "of other data"
    assert "Run A learned from other data" in code_of(session, SMALL, "draw").script


LOSSES = r"train loss (\S+)  test loss (\S+)  accuracy (\S+)"


@pytest.mark.parametrize(
    "spec",
    [
        TrainSpec(layers="20", epochs=2, images=500, wrong_labels=0.25, classes="0, 3-7", seed=4),
        TrainSpec(layers="30", batch=50, epochs=4, optimizer="momentum", momentum=0.5, learning_rate=0.05, l2=1e-3,
                  schedule="cosine", warmup=0.5, decay=0.02, smoothing=0.2),
        *(pytest.param(spec, marks=pytest.mark.slow) for spec in (
            TrainSpec(layers="30, 20, 10", activation="tanh", initial="glorot", loss="squared", batch=50, epochs=2,
                      optimizer="momentum", learning_rate=0.05),
            TrainSpec(layers="30", initial="he", loss="cross_entropy", optimizer="adam", learning_rate=0.003, epochs=4,
                      schedule="step", decay=0.5, smoothing=0.1),
            TrainSpec(layers="30", loss="squared", optimizer="momentum", momentum=0.0, epochs=3, warmup=2.0,
                      smoothing=0.3, learning_rate=0.2),
            TrainSpec(layers="conv 4 tanh, 20 gelu, 12", initial="he", loss="cross_entropy", l2=1e-4, optimizer="adam",
                      learning_rate=0.002, epochs=2),
        )),
    ],
)  # fmt: skip
def test_the_training_s_script_trains_the_very_run(own_home, tmp_path, spec):
    printed, _ = ran(code_of(Session(open_sample()), None, "train", spec=spec), tmp_path)
    printed, told = figures(LOSSES, printed), of(EpochDone, train(Session(open_sample()), spec))
    assert len(printed) == len(told) == spec.epochs
    np.testing.assert_allclose(printed[:, 0], [each.train_loss for each in told], atol=1e-3)
    np.testing.assert_allclose(printed[:, 1], [each.test_loss for each in told], atol=1e-2)
    np.testing.assert_allclose(printed[:, 2], [each.test_accuracy for each in told], atol=4e-3)


@pytest.mark.slow
def test_the_training_s_script_holds_out_the_same_images_and_chooses_the_best_epoch_on_them(own_home, tmp_path):
    spec = TrainSpec(layers="32", batch=50, epochs=4, initial="he", loss="cross_entropy", validation=0.2)
    printed, _ = ran(code_of(Session(open_sample()), None, "train", spec=spec), tmp_path)
    told = of(EpochDone, train(Session(open_sample()), spec))
    found = figures(r"validation loss (\S+)  accuracy (\S+)", printed)
    np.testing.assert_allclose(found[:, 0], [each.validation_loss for each in told], atol=1e-2)
    np.testing.assert_allclose(found[:, 1], [each.validation_accuracy for each in told], atol=5e-3)
    best = 1 + int(found[:, 1].argmax())
    assert f"best, epoch {best}, chosen on the validation images: " in printed


@pytest.mark.slow
def test_learning_rates_that_were_set_while_it_ran_are_set_there_too(own_home, tmp_path):
    spec, session = TrainSpec(layers="30", epochs=3, learning_rate=0.2), Session(open_sample())
    job = train(session, spec)
    told, rates = [next(job), job.send({"steps_per_turn": 5.0})], {10: 0.05, 60: 0.01}
    for message in job:
        told.append(message)
        for step in [step for step in rates if isinstance(message, StepsDone) and message.last_step > step]:
            told.append(job.send({"learning_rate": rates.pop(step)}))
    code = code_of(session, Lens("A"), "train")
    (first, _, _), (second, _, _) = session.runs["A"].changes
    assert f"PiecewiseConstantDecay([{first - 1}, {second - 1}], [0.2, 0.05, 0.01])" in code.script
    assert 10 < first < 40 < second < 100
    assert "Left out" not in code.script
    printed = figures(r"train loss (\S+)  test loss", ran(code, tmp_path)[0])
    np.testing.assert_allclose(printed[:, 0], [done.train_loss for done in of(EpochDone, told)], atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_script_of_a_taught_run_takes_its_examples_and_its_first_network_along(own_home, tmp_path, optimizer):
    rate = {"sgd": 0.1, "adam": 0.002}[optimizer]
    spec = TrainSpec(layers="30", epochs=1, optimizer=optimizer, learning_rate=rate, initial="he", batch=50)
    session = Session(open_sample())
    list(train(session, spec))
    generator = np.random.default_rng(3)
    hearts = [example_of(np.roll(np.eye(28), generator.integers(-3, 4), axis=1), "heart") for _ in range(8)]
    list(teach(session, Parent("A", session.runs["A"].moments.newest), hearts))
    run = session.runs["B"]
    session.replace_data(session.dataset.base)  # whatever is open, the run knows its data
    code = code_of(session, Lens("B"), "train")
    assert "The run begins with the network of run A after 80 steps" in code.script.replace("\n# ", " ")
    assert {file.stem.partition("-")[0] for file in code.files} == {"data", "start"}
    printed = figures(LOSSES, ran(code, tmp_path)[0])
    assert len(printed) == len(run.epochs) == run.spec.epochs
    np.testing.assert_allclose(printed[:, 0], [each.train_loss for each in run.epochs], atol=1e-3)
    np.testing.assert_allclose(printed[:, 2], [each.test_accuracy for each in run.epochs], atol=4e-3)


def test_the_script_of_the_data_chooses_the_images_and_labels_that_a_run_learns_from(small, tmp_path):
    session, settings = small(), {"images": 100, "wrong_labels": 0.3, "classes": "2, 5-8", "seed": 11}
    printed, stored = ran(code_of(session, None, "data", **settings), tmp_path)
    data, found = session.data(), learned(session.data(), DataSpec(**settings))
    np.testing.assert_array_equal(stored["chosen"], found.numbers)
    np.testing.assert_array_equal(stored["learned_labels"], found.labels)
    for label in range(10):
        own = data.train_images[data.train_labels == label]
        np.testing.assert_allclose(stored["means"][label], own.mean(axis=0) / 255, atol=1e-5)
    assert "a run learns from 100 images, 30 of them with a wrong label" in printed


def test_the_script_of_a_comparison_finds_what_the_tab_shows(small, tmp_path):
    session = with_run(small(), "9, 7", "tanh")
    printed, stored = ran(code_of(session, SMALL, "compare", other="B", other_step=10**6), tmp_path)
    found = last(compare(session, SMALL, Share("B", None, 1.0)))
    np.testing.assert_array_equal(stored["differing"], found.differing)
    np.testing.assert_array_equal([stored["one"], stored["other"]], found.answers)
    np.testing.assert_allclose(stored["cka"], found.alike, atol=1e-3)
    both, one, other, _ = found.right
    said = f"correctly, only the one {one:,}, only the other {other:,}"
    assert f"both read {both:,} of 200 test images {said}" in printed


def test_the_script_of_the_road_goes_the_same_way_with_neurons_matched(small, tmp_path):
    session, lens = small(), Lens("A", None, frozenset({Neuron(0, number) for number in range(0, 12, 2)}))
    code = code_of(session, lens, "compare", page="road", other="A", other_step=12, neurons="matched")
    _, stored = ran(code, tmp_path)
    found = last(road(session, lens, Share("A", 12, 1.0, matched=True)))
    np.testing.assert_allclose(stored["accuracies"], found.accuracies, atol=5e-3)
    np.testing.assert_allclose(stored["losses"], found.losses, rtol=1e-3)


def test_the_script_of_a_mixture_reads_the_mixture_and_says_of_what(bundled):
    lens = Lens("A", None, mixed=(Share("A", 0, 0.4),))
    code = code_of(bundled, lens, "weights")
    (file,) = code.files
    now, start = (bundled.runs["A"].moment(step).weights for step in (None, 0))
    mixed = np.float32(0.6) * now[0] + np.float32(0.4) * start[0]
    np.testing.assert_allclose(np.load(file)["layer1/kernel"], mixed, atol=1e-6)
    said = "mixed with 40% of run A · Blog post after 0 steps (the weights in the file are the mixture)"
    assert said in " ".join(code.script.split())
    assert "mixed" not in code_of(bundled, Lens("A"), "weights").script
    assert "mixed" not in code_of(bundled, lens, "train").script


def test_acts_of_older_files_say_confidence_where_the_order_is_by_probability():
    settings = script_module("fingerprints").Settings.from_dict({"rows": "class", "columns": "confidence"})
    assert (settings.rows, settings.columns) == ("class", "probability")


@pytest.mark.slow
def test_the_fingerprints_script_gives_the_maps_in_their_order(bundled, tmp_path):
    settings = {"rows": "class", "columns": "probability"}
    printed, stored = ran(code_of(bundled, Lens("A"), "fingerprints", **settings), tmp_path)
    result = last(fingerprints(bundled, Lens("A"), View(**settings, height=300, width=100)))
    assert (stored["rows"] == result.order).mean() > 0.98  # two that are as selective may change places
    for label in range(10):
        columns = result.hidden[result.images[label]][:, stored["rows"]]
        same = np.abs(stored[f"map{label}"] - columns.T).max(axis=0) < 1e-3
        assert same.mean() > 0.95  # two that are as sure may change places
    right = np.mean(outputs(bundled, Lens("A")).logits.argmax(axis=1) == result.labels)
    assert f"all classes: {right:.2%} classified correctly" in printed
    assert f"{len(result.silent)} of 300 neurons are never above zero" in printed


IDEALS = [  # XLA compiles them for seconds, as in the script, which draws other noise without
    (CHANGED, {"penalty": "l2", "shift": 1, "optimizer": "adam", "seed": 3}),
    (Lens("A"), {"penalty": "tv", "weight": 0.1, "learning_rate": 0.1}),
    (Lens("A"), PRESETS["robust"].spec.as_dict()),
    (Lens("A"), {"penalty": "l1", "start": "mean", "pixels": "unit"}),
    (Lens("B"), {"objective": "neuron", "penalty": "tv", "weight": 1e-4, "learning_rate": 1.0}),
]


@pytest.mark.parametrize(
    ("lens", "values"),
    [
        (CHANGED, {"penalty": "l2", "seed": 3, "steps": 8, "learning_rate": 0.1}),
        *(pytest.param(*each, marks=[pytest.mark.slow, pytest.mark.xla]) for each in IDEALS),
    ],
)
def test_the_script_of_ideal_images_paints_the_same(bundled, tmp_path, lens, values):
    spec = IdealSpec(**{"steps": 60, "learning_rate": 0.02} | values)
    neurons = [Neuron(1, 3), Neuron(1, 5)] if spec.objective == "neuron" else []
    numbers = [neuron.number for neuron in neurons]
    _, stored = ran(code_of(bundled, lens, "ideal", **spec.as_dict(), layer=2, neurons=numbers), tmp_path)
    result = last(paint_ideal(bundled, lens, spec, neurons))
    assert np.abs(result.images).max() > 0.1
    np.testing.assert_allclose(stored["images"], result.images, atol=2e-3)
    np.testing.assert_allclose(stored["probabilities"], result.probabilities, atol=2e-3)


@pytest.mark.parametrize(("layers", "layer", "against"), [("9, 7", 2, 0), ("conv 3, conv 4, 6", 4, None)])
def test_the_weights_script_gives_the_pictures(small, tmp_path, layers, layer, against):
    session, settings = small(layers), {} if against is None else {"against": against}
    _, stored = ran(code_of(session, SMALL, "weights", layer=layer, **settings), tmp_path)
    result = last(weight_pictures(session, SMALL, layer - 1, "pixels", against))
    np.testing.assert_allclose(stored["pictures"], result.pictures, atol=1e-5)
    np.testing.assert_allclose(stored["biases"], result.biases, atol=1e-6)
    np.testing.assert_allclose(stored["norms"], result.norms, rtol=1e-4)
    script, found = code_of(session, SMALL, "weights", layer=2, view="inputs").script, {"np": np}
    exec(script[script.index("def pictures_of") :].split("\n\n\n")[0], found)
    kernel = session.runs["A"].moment(None).weights[2]
    parts = np.moveaxis(kernel if kernel.ndim == 4 else kernel[None, None], (3, 2), (0, 1))  # for each input of each
    np.testing.assert_array_equal(found["pictures_of"]({"layer2/kernel": kernel}), [np.hstack([*one]) for one in parts])


@pytest.mark.parametrize(
    ("layers", "activation"),
    [
        pytest.param(*each, marks=() if number in (2, 7) else pytest.mark.slow)
        for number, each in enumerate(ARCHITECTURES)
    ],
)
def test_the_script_finds_every_activation(small, tmp_path, layers, activation):
    session, lens = small(layers, activation), SMALL if layers else Lens("A")
    drawing = np.random.default_rng(1).random((28, 28), np.float32)
    for settings, given in (({"image": 7}, (7, None)), ({"image": 7, "picture": drawing}, (None, drawing))):
        _, stored = ran(code_of(session, lens, "activations", **settings), tmp_path)
        (result,) = image_activations(session, lens, *given)
        np.testing.assert_allclose(stored["logits"], result.logits, atol=1e-4)
        np.testing.assert_allclose(stored["probabilities"], result.probabilities, atol=1e-5)
        for number, values in enumerate(result.hidden, 1):
            np.testing.assert_allclose(stored[f"layer{number}"], values, atol=1e-5)
        assert len(stored) == 2 + len(result.hidden)


@pytest.mark.slow
def test_the_scripts_of_mistakes_find_them_and_tell_how_far_to_believe_the_network(bundled, tmp_path):
    printed, stored = ran(code_of(bundled, CHANGED, "mistakes", label=4, answer=9), tmp_path)
    found = outputs(bundled, CHANGED)
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (found.labels, found.answers), 1)
    np.testing.assert_array_equal(stored["confusion"], counts)
    members = np.flatnonzero((found.labels == 4) & (found.answers == 9))
    surety = softmax(found.logits.astype(np.float64)).max(axis=1)
    assert stored["numbers"].tolist() == sorted(members, key=lambda each: -surety[each])
    right = found.answers == found.labels
    assert f"{np.sum(~right)} of 1000 test images are misread" in printed

    for temperature, threshold in ((1.0, 0.0), (1.97, 0.9)):
        belief = {"temperature": temperature, "threshold": threshold}
        printed, _ = ran(code_of(bundled, CHANGED, "mistakes", page="calibration", **belief), tmp_path)
        surety = softmax(found.logits.astype(np.float64) / temperature).max(axis=1)
        error = calibration_error_by_hand(surety, right)
        assert figures(r"calibration error: (\S+)", printed)[0, 0] == pytest.approx(error, abs=2e-4)
        given = surety >= threshold
        assert f"it abstains from {1 - given.mean():.2%}" in printed
        assert f"accuracy of the other answers: {right[given].mean():.2%}" in printed


@pytest.mark.parametrize(
    "kind", [kind if kind == "shift" else pytest.param(kind, marks=pytest.mark.slow) for kind in CORRUPTIONS]
)
def test_spoiled_images_are_those_of_the_application(small, tmp_path, kind):
    session = small()
    printed, _ = ran(code_of(session, SMALL, "mistakes", page="spoil", kind=kind), tmp_path)
    result = last(corruption_curves(session, [SMALL], kind))
    assert result.done == 1
    rates = figures(r": ([0-9.]+)%", printed)[:, 0] / 100
    np.testing.assert_allclose(rates, result.accuracy[0], atol=0.0055)  # one image of 200 may tip over


@pytest.mark.slow
def test_the_map_s_script_finds_the_principal_components(bundled, tmp_path):
    _, stored = ran(code_of(bundled, CHANGED, "map", images=500), tmp_path)
    numbers = np.arange(0, 1000, 2)
    hidden = outputs(bundled, CHANGED).hidden[-1][numbers].astype(np.float64)
    centred = hidden - hidden.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2].T
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    np.testing.assert_array_equal(stored["numbers"], numbers)
    np.testing.assert_allclose(stored["points"], centred @ axes, atol=1e-2)
    result = last(make_map(bundled, CHANGED, None, MapSpec(images=500)))
    np.testing.assert_allclose(stored["points"], result.points, atol=1e-2)


@pytest.mark.slow
def test_the_t_sne_script_keeps_neighbours_together_as_the_application_does(bundled, tmp_path):
    spec = MapSpec(method="tsne", images=300, iterations=300)
    _, stored = ran(code_of(bundled, Lens("A"), "map", **spec.as_dict()), tmp_path)
    result = last(make_map(bundled, Lens("A"), None, spec))
    hidden = outputs(bundled, Lens("A")).hidden[-1][result.numbers]
    near, *nearest = (
        np.argsort(np.linalg.norm(each[:, None].astype(float) - each, axis=2), axis=1)[:, 1:11]
        for each in (hidden, stored["points"], result.points)
    )
    ours, theirs = (np.mean([len({*a} & {*b}) / 10 for a, b in zip(near, each, strict=True)]) for each in nearest)
    assert ours > 0.5 and ours > theirs - 0.05, "the share of the nearest vectors among the nearest points"
    assert stored["points"].std() == pytest.approx(result.points.std(), rel=0.25)


def kinds_of_operations(printed):
    return Counter(line.split()[0] for line in printed.splitlines())


@pytest.mark.parametrize(
    ("layers", "part"), [("conv 3, 6", "network"), pytest.param("12", "training", marks=pytest.mark.slow)]
)
def test_the_graph_s_script_lists_the_very_operations_of_the_application(small, tmp_path, layers, part):
    session = small(layers)
    printed, _ = ran(code_of(session, Lens("A"), "graph", of=part), tmp_path)
    graph = graph_of(plan_of(session, part, Lens("A")))
    *operations, total = printed.splitlines()
    listed, wanted = kinds_of_operations("\n".join(operations)), Counter(node.op for node in graph.nodes)
    missing, more = wanted - listed, listed - wanted
    if part == "training":  # Keras sums over replicas, of which there is one; the application leaves that out
        assert more == Counter({"Identity": 3, "IdentityN": 1}) and not missing
    else:
        assert missing == Counter({"Identity": 1}) and not more  # what the application calls the answer by
    count, edges = figures(r"(\d+) operations, (\d+) edges", total)[0]
    assert count == len(graph.nodes) + more.total() - missing.total()
    assert edges <= len(graph.edges) + 3 * more.total()
    if part == "training":
        listed = kinds_of_operations(ran(code_of(session, None, "graph", of="warmup"), tmp_path)[0])
        wanted = Counter(node.op for node in graph_of(plan_of(session, "warmup", None)).nodes)
        for kind in ("MatMul", "Sign", "Sqrt", "AssignVariableOp", "AssignAddVariableOp", "RealDiv"):
            assert listed[kind] == wanted[kind] > 0


@pytest.mark.parametrize(
    ("layers", "activation"),
    [("12", "relu"), pytest.param("conv 3, conv 4 tanh, 9 gelu", "sigmoid", marks=pytest.mark.slow)],
)
def test_the_script_of_the_links_finds_the_strongest_of_the_application(small, tmp_path, layers, activation):
    session = small(layers, activation)
    _, stored = ran(code_of(session, SMALL, "graph", of="links", image=5), tmp_path)
    network = looked_through(session, SMALL)
    result = link_picture(network, input_picture(session, network, 5, None))
    np.testing.assert_allclose(stored["probabilities"], result.probabilities, atol=1e-5)
    for number, links in enumerate(result.links, 1):
        sources, targets, flows = stored[f"links{number}"]
        np.testing.assert_allclose(flows, links.flows, atol=1e-4, rtol=1e-4)
        ours, theirs = ({*zip(sources, targets, strict=True)}, {*zip(links.sources, links.targets, strict=True)})
        assert len(ours & theirs) >= 0.98 * len(theirs)  # two that are as strong may change places


@pytest.mark.parametrize(
    "values",
    [{}, pytest.param({"optimizer": "adam", "loss": "squared", "size": 4}, marks=pytest.mark.slow),
     pytest.param({"optimizer": "sgd", "learning_rate": 1e-4}, marks=pytest.mark.slow)],
)  # fmt: skip
def test_the_warm_up_s_script_goes_the_same_way(tmp_path, own_home, values):
    spec = WarmupSpec(steps=1000, **values)
    matrix = np.random.default_rng(0).integers(0, 10, (spec.size, spec.size)).astype(float)
    matrix[1, 2] = 0.5
    printed, stored = ran(code_of(Session(), None, "warmup", **spec.as_dict(), matrix=matrix), tmp_path)
    result = of(WarmupSteps, learn_inverse(None, spec, matrix))[-1]
    np.testing.assert_array_equal(stored["A"], matrix)
    np.testing.assert_allclose(stored["x"], result.x, rtol=1e-4, atol=1e-7)
    assert f"{np.linalg.cond(matrix):.6g}" in printed
    assert figures(r"loss (\S+)", printed)[0, 0] == pytest.approx(result.loss, rel=1e-4)


def test_a_matrix_with_many_edits_goes_into_a_file(own_home):
    matrix = np.full((10, 10), 1.5)
    code = code_of(Session(), None, "warmup", matrix=matrix)
    (file,) = code.files
    np.testing.assert_array_equal(arrays_of(file)["A"], matrix)
    assert str(file) in code.script


def test_what_is_saved_lies_together_and_names_itself_and_the_same_weights_lie_in_the_cache_once(bundled, tmp_path):
    code = code_of(bundled, Lens("A"), "weights", against=0)
    notice = last(save_code(bundled, code, tmp_path / "my weights.py"))
    saved = sorted(path.name for path in tmp_path.iterdir())
    assert saved == ["my weights-before.npz", "my weights-weights.npz", "my weights.py"]
    assert all(str(tmp_path / name) in notice.sentence for name in saved)
    text = (tmp_path / "my weights.py").read_text()
    assert not any(str(file) in text for file in (tmp_path, *code.files))

    first, second = (code_of(bundled, Lens("A"), tab) for tab in ("draw", "mistakes"))
    assert first.files == second.files != code_of(bundled, Lens("A", 0), "draw").files
    stored = arrays_of(first.files[0])
    assert sorted(stored) == ["layer1/bias", "layer1/kernel", "layer2/bias", "layer2/kernel"]
    kernel, bias, *_ = bundled.runs["A"].moment(None).weights
    np.testing.assert_array_equal(stored["layer1/kernel"], kernel)
    np.testing.assert_array_equal(stored["layer1/bias"], bias)


@pytest.mark.slow
def test_a_saved_script_runs_wherever_its_folder_is_moved_to(bundled, tmp_path):
    (tmp_path / "first").mkdir()
    last(save_code(bundled, code_of(bundled, CHANGED, "graph", of="links"), tmp_path / "first" / "links.py"))
    (tmp_path / "first").rename(tmp_path / "moved")
    (tmp_path / "elsewhere").mkdir()
    how = {"cwd": tmp_path / "elsewhere", "env": home_in(tmp_path), "capture_output": True, "timeout": 110}
    done = subprocess.run([sys.executable, str(tmp_path / "moved" / "links.py")], **how)
    assert done.returncode == 0, done.stderr[-3000:]
    assert files_in(tmp_path / "moved") == {"links-digits.npz", "links-weights.npz", "links.py"}


def test_a_saved_script_takes_data_of_ones_own_along_unless_they_are_too_large(small, tmp_path, monkeypatch):
    (tmp_path / "first").mkdir()
    session = small()
    notice = last(save_code(session, code_of(session, None, "data"), tmp_path / "first" / "script.py"))
    saved = tmp_path / "first" / "script-data.npz"
    assert str(saved) in notice.sentence and saved.read_bytes() == session.data().source.read_bytes()
    (tmp_path / "first").rename(tmp_path / "moved")
    status, printed, complaints = run_script(tmp_path / "moved" / "script.py", home_in(tmp_path))
    assert status == 0 and "600" in printed, complaints[-3000:]

    monkeypatch.setattr("engine.export.scripts.parts.show_code.MOST_BYTES", 1000)
    (tmp_path / "second").mkdir()
    notice = last(save_code(session, code_of(session, None, "data"), tmp_path / "second" / "script.py"))
    assert files_in(tmp_path / "second") == {"script.py"}
    assert f"it reads {session.data().source}." in notice.sentence


def test_where_nothing_can_be_saved_it_is_said(bundled, tmp_path):
    code = code_of(bundled, Lens("A"), "weights")
    with pytest.raises(UserError, match="is the session itself"):
        last(save_code(bundled, code, BUNDLED))
    code.files[0].unlink()
    with pytest.raises(UserError, match="is gone"):
        last(save_code(bundled, code, tmp_path / "w.py"))
    assert list(tmp_path.iterdir()) == []
