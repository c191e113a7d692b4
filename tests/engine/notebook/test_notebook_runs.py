"""The notebook of a session runs from top to bottom in a process without Layerlight, and comes to the same figures.

What is compared: exactly what is counted; probabilities, weights and points to 1e-5, 1e-5 and 1e-2; images that are
painted and their probabilities to 2e-3; losses and accuracies of a training to 1e-3, 1e-2 and 4e-3, for sums in another
order make another rounding in each step.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_sessions import arrays_of, files_in, home_in
from notebook_format import check_notebook
from told import last, told

from engine.base.lens import Adjusted, Lens, Neuron
from engine.base.specs import TrainSpec
from engine.base.turns import run_through
from engine.data.sample import open_sample
from engine.ideal.job import paint_ideal
from engine.ideal.spec import IdealSpec
from engine.mapping.settings import MapSpec
from engine.network.activations import activations
from engine.network.lens_network import lens_network
from engine.network.plain import plain_forward, softmax
from engine.notebook.export import export_notebook
from engine.probes.answer import answer
from engine.probes.map import make_map
from engine.probes.nearest import nearest_images
from engine.probes.saliency import saliency
from engine.probes.weight_pictures import weight_pictures
from engine.session import kept_jobs
from engine.session.kept_jobs import note_act
from engine.session.session import Session
from engine.store import places
from engine.training.job import train
from engine.training.messages import EpochDone, Parent
from engine.warmup.job import WarmupSteps, learn_inverse
from engine.warmup.spec import WarmupSpec

CLEAN = Path(__file__).with_name("clean_process.py")
SPEC = TrainSpec(
    layers="64", epochs=2, initial="he", loss="cross_entropy", optimizer="adam", learning_rate=0.002
)
FEW = frozenset(Neuron(0, number) for number in (3, 7, *range(20, 25)))
MANY = frozenset(Neuron(0, number) for number in range(0, 64, 3))
BOOSTED = frozenset({Adjusted(0, 50, 3.0), Adjusted(0, 51, 0.0, 0.8)})
MATRIX = np.random.default_rng(0).integers(0, 10, (4, 4)).astype(float)
MATRIX[1, 2] = 0.5
IDEAL = IdealSpec(steps=60, learning_rate=0.02, penalty="l2", optimizer="adam", seed=3)
WARMUP = WarmupSpec(size=4, steps=2000)


def run(file, folder, report):
    """Run it in a process by itself; return what it printed by section, and what it made."""
    done = subprocess.run(
        [sys.executable, "-I", str(CLEAN), str(file), str(report)],
        cwd=folder,
        env=home_in(report.parent) | {"MPLBACKEND": "agg", "PATH": os.defpath, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(report.with_suffix(".json").read_text("utf-8"))


def figures(text):
    return [float(each) for each in re.findall(r"-?\d+\.?\d*(?:e[-+]?\d+)?", text)]


@pytest.fixture(scope="module")
def acted(tmp_path_factory):
    """A session in which a network was trained, and trained on, and ten things were done with it."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        for name, value in home_in(home).items():
            patch.setenv(name, value)
        patch.setattr(kept_jobs, "ON_THE_WAY_SECONDS", 0.0)
        session = Session(open_sample(), new_place=places.new_autosave)
        run_through(train(session, SPEC))
        run_through(train(session, SPEC.but(epochs=3), parent=Parent("A", session.runs["A"].moments.newest)))
        picture = session.data().test_images[11] / np.float32(255) * np.float32(0.9)
        changed = Lens("B", None, FEW, BOOSTED)
        acts = {
            "fingerprints": (
                "fingerprints",
                {"layer": 1, "rows": "class", "columns": "probability"},
                Lens("B"),
            ),
            "silenced": ("fingerprints", {"layer": 1, "rows": "mean", "columns": "index"}, changed),
            "ideal": ("ideal", {**IDEAL.as_dict(), "neurons": []}, Lens("B")),
            "mistakes": ("mistakes", {"page": "confusion", "label": 4, "answer": -1}, Lens("B")),
            "calibration": (
                "mistakes",
                {"page": "calibration", "temperature": 1.5, "threshold": 0.9},
                Lens("B"),
            ),
            "map": ("map", {**MapSpec(images=500).as_dict(), "layer": 0}, Lens("B")),
            "draw": (
                "draw",
                {"method": "integrated", "against": 4, "image": 0, "picture": picture},
                Lens("B"),
            ),
            "weights": ("weights", {"layer": 1, "view": "pixels", "against": 0}, Lens("B")),
            "pruned": ("mistakes", {"page": "confusion"}, Lens("B", None, MANY)),
            "warmup": ("warmup", {**WARMUP.as_dict(), "matrix": MATRIX}, None),
            "links": ("graph", {"of": "links", "image": 5}, Lens("B")),
            "graph": ("graph", {"of": "training"}, Lens("B")),
            "activations": ("activations", {"image": 7}, Lens("A")),
        }
        for tab, settings, lens in acts.values():
            told(note_act(session, tab, settings, lens))
        yield session, {"picture": picture, "changed": changed}
        session.close()


@pytest.fixture(scope="module")
def books(acted, tmp_path_factory):
    """What the notebook and the script print and make, each in a folder that was moved since."""
    session, _ = acted
    folder = tmp_path_factory.mktemp("out") / "first"
    folder.mkdir()
    for name in ("class 7b.ipynb", "class 7b.py"):
        notice = last(export_notebook(session, folder / name))
        assert "Left out" not in notice.sentence and "could not be told" not in notice.sentence
    moved, work = folder.rename(folder.with_name("moved")), tmp_path_factory.mktemp("work")
    book = check_notebook((moved / "class 7b.ipynb").read_bytes())
    printed = run(moved / "class 7b.ipynb", moved, work / "notebook")
    script = run(moved / "class 7b.py", work, work / "script")
    assert files_in(work) >= {"notebook.npz", "script.json"}
    return book, printed, arrays_of(work / "notebook.npz"), script[0][1], moved


def made(books, section):
    """What there was at the end of the section whose heading begins so, by name."""
    (heading,) = {name.split("/")[0] for name in books[2] if re.match(rf"\d+\. {section}", name)}
    return {name.split("/", 1)[1]: each for name, each in books[2].items() if name.startswith(f"{heading}/")}


def said(books, section):
    return "".join(text for heading, text in books[1] if re.match(rf"\d+\. {section}", heading))


pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_each_act_has_its_section_in_their_order(books):
    headings = list(dict.fromkeys(heading for heading, _ in books[1]))
    assert headings[0] == "A session in Layerlight"
    assert [re.sub(r"after [\d,]+", "after N", each) for each in headings[1:]] == [
        "1. The data",
        "2. Training: run A",
        "3. Training: run B",
        "4. Fingerprints: run B after N steps",
        "5. Neurons changed: run B after N steps",
        "6. Fingerprints: run B after N steps",
        "7. Ideal images: run B after N steps",
        "8. Mistakes: run B after N steps",
        "9. Calibration: run B after N steps",
        "10. A map of the test images: run B after N steps",
        "11. A picture is read: run B after N steps",
        "12. Weights: run B after N steps",
        "13. Neurons silenced: run B after N steps",
        "14. Mistakes: run B after N steps",
        "15. The warm-up: a matrix is inverted by gradient descent",
        "16. The strongest connections: run B after N steps",
        "17. The computation graph: run B after N steps",
        "18. What each layer makes of one picture: run A after N steps",
    ]


def test_the_folder_has_all_that_is_read_and_nothing_else_is_left(books):
    moved = books[4]
    assert files_in(moved) == {"class 7b.ipynb", "class 7b.py", "class 7b-files", "class 7b-files-2"}
    assert files_in(moved / "class 7b-files") == files_in(moved / "class 7b-files-2")


def test_the_script_prints_what_the_notebook_prints(books):
    mine, others = (text.strip().split("\n") for text in ("".join(each for _, each in books[1]), books[3]))
    assert len(mine) == len(others) > 100
    for one, other in zip(mine, others, strict=True):
        np.testing.assert_allclose(figures(one), figures(other), rtol=0.02, atol=0.02)


@pytest.mark.parametrize("name", ["A", "B"])
def test_the_trainings_are_those_runs(acted, books, name):
    epochs = acted[0].runs[name].epochs
    found = made(books, f"Training: run {name}")
    assert len(epochs) == len(found["accuracies"]) == {"A": 2, "B": 3}[name]
    np.testing.assert_allclose(found["train_losses"], [each.train_loss for each in epochs], atol=1e-3)
    np.testing.assert_allclose(found["test_losses"], [each.test_loss for each in epochs], atol=1e-2)
    np.testing.assert_allclose(found["accuracies"], [each.test_accuracy for each in epochs], atol=4e-3)
    assert isinstance(epochs[0], EpochDone)


def outputs(session, lens):
    return run_through(activations(session, lens))


def test_the_fingerprints_are_those_of_the_window(acted, books):
    session, extra = acted
    headings = [
        heading
        for heading in dict.fromkeys(name.split("/")[0] for name in books[2])
        if "Fingerprints" in heading
    ]
    for heading, lens in zip(headings, (Lens("B"), extra["changed"]), strict=True):
        maps = [books[2][f"{heading}/maps.map{label}"] for label in range(10)]
        rows, wanted = books[2][f"{heading}/rows"], outputs(session, lens)
        hidden = wanted.hidden[0]
        for label, shown in enumerate(maps):
            mine = hidden[wanted.labels == label][:, rows].T
            np.testing.assert_allclose(np.sort(shown, axis=1), np.sort(mine, axis=1), atol=1e-4)
        right = np.mean(wanted.logits.argmax(axis=1) == wanted.labels)
        text = "".join(each for section, each in books[1] if section == heading)
        assert f"all classes: {right:.2%} classified correctly" in text


def test_what_silencing_costs_is_what_the_window_says(acted, books):
    session, extra = acted
    headings = [
        each
        for each in dict.fromkeys(name.split("/")[0] for name in books[2])
        if re.search("Neurons (changed|silenced)", each)
    ]
    for heading, lens in zip(headings, (extra["changed"], Lens("B", None, MANY)), strict=True):
        before, after = (outputs(session, each) for each in (Lens("B"), lens))
        for name, wanted in (("right_before", before), ("right_after", after)):
            right = wanted.logits.argmax(axis=1) == wanted.labels
            assert np.array_equal(books[2][f"{heading}/{name}"], right)


def test_the_ideal_images_are_painted_alike(acted, books):
    wanted = last(paint_ideal(acted[0], Lens("B"), IDEAL, []))
    found = made(books, "Ideal images")
    assert np.abs(wanted.images).max() > 0.1
    np.testing.assert_allclose(found["images"], wanted.images, atol=2e-3)
    np.testing.assert_allclose(found["probabilities"], wanted.probabilities, atol=2e-3)


def test_the_mistakes_are_counted_alike(acted, books):
    headings = [each for each in dict.fromkeys(name.split("/")[0] for name in books[2]) if "Mistakes" in each]
    for heading, lens in zip(headings, (Lens("B"), Lens("B", None, MANY)), strict=True):
        wanted, counts = outputs(acted[0], lens), np.zeros((10, 10), int)
        np.add.at(counts, (wanted.labels, wanted.logits.argmax(axis=1)), 1)
        assert np.array_equal(books[2][f"{heading}/confusion"], counts)


def test_the_calibration_is_that_of_the_window(acted, books):
    found = outputs(acted[0], Lens("B"))
    surety = softmax(found.logits.astype(np.float64) / 1.5).max(axis=1)
    right, given = found.logits.argmax(axis=1) == found.labels, surety >= 0.9
    text = said(books, "Calibration")
    assert f"it abstains from {1 - given.mean():.2%}" in text
    assert f"accuracy of the other answers: {right[given].mean():.2%}" in text


def test_the_map_is_that_of_the_window(acted, books):
    wanted = last(make_map(acted[0], Lens("B"), None, MapSpec(images=500)))
    np.testing.assert_allclose(made(books, "A map")["points"], wanted.points, atol=1e-2)


def test_the_drawing_is_read_as_in_the_window(acted, books):
    session, extra = acted
    found, wanted = made(books, "A picture is read"), last(answer(session, Lens("B"), extra["picture"]))
    np.testing.assert_allclose(found["probabilities"], wanted.probabilities, atol=1e-5)
    why = last(saliency(session, Lens("B"), extra["picture"], wanted.label, 4))
    assert found["heat"].sum() == pytest.approx(why.difference, rel=0.01)
    near = last(nearest_images(session, Lens("B"), extra["picture"]))
    assert found["nearest"].tolist() == near.numbers.tolist()


def test_the_weights_are_those_of_the_window(acted, books):
    wanted = last(weight_pictures(acted[0], Lens("B"), 0, "pixels", 0))
    np.testing.assert_allclose(made(books, "Weights")["pictures"], wanted.pictures, atol=1e-5)


def test_the_matrix_is_inverted_alike(books):
    wanted = [each for each in learn_inverse(None, WARMUP, MATRIX) if isinstance(each, WarmupSteps)][-1]
    found = made(books, "The warm-up")
    np.testing.assert_array_equal(found["A"], MATRIX)
    np.testing.assert_allclose(found["x"], wanted.x, rtol=1e-4, atol=1e-7)


def test_what_a_picture_makes_of_the_layers_is_alike(acted, books):
    session = acted[0]
    for section, lens, number in (("The strongest", Lens("B"), 5), ("What each layer", Lens("A"), 7)):
        network = lens_network(session, lens)
        picture = session.data().test_images[number] / np.float32(255)
        hidden, logits = plain_forward(network.layers, network.weights, picture, network.passed)
        found = made(books, section)
        np.testing.assert_allclose(found["probabilities"], softmax(logits.astype(np.float64)), atol=1e-5)
        if "layers.layer1" in found:
            np.testing.assert_allclose(found["layers.layer1"], hidden[0], atol=1e-4)


def test_a_reader_meets_each_definition_once(books):
    """All but what has to be said again: another network, another loss, other data."""
    code = ["".join(cell["source"]) for cell in books[0]["cells"] if cell["cell_type"] == "code"]
    whole = "\n".join(code)
    assert whole.count("import numpy") == 1 and whole.count('np.load(FOLDER / "data.npz")') <= 1
    reads = re.findall(r'^(\w+) = data\["x_', whole, re.MULTILINE)
    assert sorted(reads) == ["test_images", "train_images"]
    assert whole.count("def loss_of(labels, logits)") == 2, "the warm-up has one of its own in between"
    assert whole.count("def network(images)") <= 7
    assert whole.count("def patches") == 0 and "savez" not in whole and "savefig" not in whole
    assert max(len(line) for line in whole.split("\n")) <= 120
