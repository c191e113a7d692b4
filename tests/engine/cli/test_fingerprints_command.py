"""The command `fingerprints`: activations and accuracies for NumPy, and the picture of all classes."""

import numpy as np
import pytest
from made_sessions import arrays_of
from PIL import Image
from trained import dense_by_hand, with_run

from engine.cli.parts.fingerprint_picture import export_picture
from engine.cli.parts.which import look_at
from engine.core.lens import Lens, Neuron
from engine.core.machine import bundled
from engine.core.machine.bundled import BUNDLED
from engine.data.formats.sample import open_sample
from engine.model.network import activations
from engine.model.network.lens_network import lens_network
from engine.session.session import Session
from engine.session.store import places
from engine.session.store.opening import create_store


@pytest.fixture
def stored(tmp_path):
    """The file of a session on the embedded sample: run A is dense, run B has two layers. And its runs."""
    session = with_run(with_run(Session(open_sample()), "30", steps=(0, 12)), "conv 4, 16", steps=(0, 12))
    runs = session.runs
    session.begin(create_store(tmp_path / "s.layerlight"))
    session.runs = runs
    assert session.close()
    return tmp_path / "s.layerlight", runs


OF_A = "fingerprints --dataset sample --run A"


@pytest.mark.parametrize("silenced", [(), (3, 7, 20)])
def test_the_arrays_are_those_of_numpy_and_the_accuracies_true_to_the_image(terminal, stored, tmp_path, silenced):
    (path, runs), out, data = stored, tmp_path / "f.npz", open_sample()
    flags = ("--silence", ",".join(map(str, silenced))) if silenced else ()
    terminal(f"{OF_A} --moment 12 --session", path, "--out", out, *flags)
    found, weights = arrays_of(out), runs["A"].moments[12].weights
    hidden, _ = dense_by_hand(weights, data.test_images / 255)
    hidden[:, list(silenced)] = 0
    right = (hidden @ weights[2] + weights[3]).argmax(axis=1) == data.test_labels
    assert list(found) == ["hidden", "labels", "accuracy", "class_accuracy"]
    assert found["hidden"].dtype == np.float32
    np.testing.assert_allclose(found["hidden"], hidden, atol=1e-4)
    np.testing.assert_array_equal(found["labels"], data.test_labels)
    assert found["accuracy"] == right.mean()
    by_class = [right[data.test_labels == label].mean() for label in range(10)]
    np.testing.assert_allclose(found["class_accuracy"], by_class)


def test_a_large_layer_is_written_in_single_precision_too(terminal, stored, tmp_path, monkeypatch):
    monkeypatch.setattr(activations, "LARGE", 1)
    (path, runs), out = stored, tmp_path / "f.npz"
    terminal(f"{OF_A} --session", path, "--out", out, "--picture", tmp_path / "f.png")
    hidden, _ = dense_by_hand(runs["A"].moments[12].weights, open_sample().test_images / 255)
    np.testing.assert_allclose(arrays_of(out)["hidden"], hidden, atol=1e-5)


def test_another_layer_is_called_by_its_number_and_its_neurons_by_both(terminal, stored, tmp_path):
    (path, runs), out = stored, tmp_path / "f.npz"
    terminal("fingerprints --dataset sample --run B --layer 2 --silence 2:5 --session", path, "--out", out)
    session = Session(open_sample())
    session.runs = runs
    network = lens_network(session, Lens("B", None, frozenset({Neuron(1, 5)})))
    hidden, _ = network.outputs(session.data().test_images)
    np.testing.assert_allclose(arrays_of(out)["hidden"], hidden[1], atol=1e-5)
    assert not arrays_of(out)["hidden"][:, 5].any()


def test_json_is_one_object_and_without_it_the_figures_are_for_people(terminal, stored, tmp_path):
    out = tmp_path / "f.npz"
    words = f"{OF_A} --silence 7,3 --session", stored[0], "--out", out
    facts, found = terminal.json(*words), arrays_of(out)
    assert (facts["run"], facts["step"], facts["layer"], facts["neurons"]) == ("A", 12, 1, 30)
    assert facts["silenced"] == [[1, 3], [1, 7]] and facts["saved"] == [str(out)]
    assert facts["accuracy"] == found["accuracy"]
    assert facts["class_accuracy"] == found["class_accuracy"].tolist()
    lines = terminal.lines(*words)
    assert lines[0].startswith("Run A at step 12 on ") and lines[0].endswith(", 2 neurons silenced")
    assert lines[1] == f"{100 * facts['accuracy']:.1f} % of 1,000 test images are classified correctly"
    assert lines[2].split() == ["0", f"{facts['class_accuracy'][0]:.2%}"]
    assert lines[-1] == f"Saved {out}"


def test_the_picture_has_a_map_for_each_class_and_is_darker_where_neurons_fire(terminal, stored, tmp_path):
    for name, flag in (("a", ""), ("b", f"--silence {','.join(map(str, range(30)))}")):
        words = f"{OF_A} --order class --columns probability {flag} --session", stored[0]
        terminal(*words, "--picture", tmp_path / f"{name}.png")
    with Image.open(tmp_path / "a.png") as fires, Image.open(tmp_path / "b.png") as silent:
        assert fires.size == silent.size == (1692, 1520)
        inked = [np.asarray(picture.convert("L")) < 200 for picture in (fires, silent)]
    for row in range(2):
        for column in range(5):
            place = np.s_[150 + 690 * row : 700 + 690 * row, 40 + 332 * column : 320 + 332 * column]
            assert inked[0][place].mean() > 0.05 and not inked[1][place].any()


def test_the_heading_of_the_picture_names_the_run_as_a_person_has_called_it(tmp_path):
    session = with_run(Session(open_sample()), "4", steps=(0,))
    pictures = []
    for title in ("", "no dropout"):
        session.runs["A"].title = title
        list(export_picture(session, Lens("A"), 0, "class", "probability", tmp_path / "maps.png"))
        with Image.open(tmp_path / "maps.png") as picture:
            pictures.append(np.asarray(picture))
    heading = slice(0, 70)
    assert (pictures[0][heading] != pictures[1][heading]).any()
    np.testing.assert_array_equal(pictures[0][70:], pictures[1][70:])


def test_where_nothing_is_named_the_last_session_is_meant_or_the_network_of_the_blog(
    terminal, stored, tmp_path, monkeypatch
):
    words = "fingerprints --dataset sample --out", tmp_path / "f.npz"
    with monkeypatch.context() as changed:
        changed.setattr(bundled, "BUNDLED", stored[0])
        assert terminal.json(*words)["run"] == "A"
    places.remember(stored[0])
    assert terminal.json(*words)["run"] == "B", "the newest of the last session"


@pytest.mark.skipif(not BUNDLED.is_file(), reason="the session that comes along is not made yet")
def test_on_the_network_that_comes_along_and_all_test_images(terminal, full_mnist, tmp_path):
    terminal("fingerprints --silence 3,7,20 --dataset", full_mnist, "--out", tmp_path / "f.npz")
    found = arrays_of(tmp_path / "f.npz")
    with look_at(BUNDLED) as session, np.load(full_mnist) as data:
        weights = session.runs["A"].moment(None).weights
        hidden, _ = dense_by_hand(weights, data["x_test"] / 255)
        labels = data["y_test"]
    hidden[:, [3, 7, 20]] = 0
    assert np.abs(found["hidden"] - hidden).max() <= 1e-4
    assert found["accuracy"] == ((hidden @ weights[2] + weights[3]).argmax(axis=1) == labels).mean()
