"""The command `activations`: what each layer makes of one test image."""

import numpy as np
import pytest
from made_sessions import arrays_of
from trained import with_run_in_numpy

from engine.analysis.probes.activations import image_activations
from engine.core.lens import Lens, Neuron
from engine.data.formats.sample import open_sample


def test_all_activations_go_into_a_file(terminal, tmp_path, bundled):
    out = tmp_path / "activations.npz"
    lines = terminal.lines("activations --dataset sample --run Sharp --image 4 --out", out)
    (told,) = image_activations(bundled, Lens("B"), 4, None)
    stored = arrays_of(out)
    assert set(stored) == {"picture", "logits", "probabilities", "layer1", "layer2", "layer3", "layer4"}
    for number, values in enumerate(told.hidden, 1):
        np.testing.assert_array_equal(stored[f"layer{number}"], values)
    np.testing.assert_array_equal(stored["picture"], told.picture)
    assert lines[0].endswith(f"test image 4, a {open_sample().test_labels[4]}")
    assert lines[1] == "Run B · Sharp learned from other data: MNIST 54,000 + 10,000."
    assert lines[3].split()[:2] == ["1", "28×28×16"]
    assert lines[-1] == f"Saved {out}"


def test_json_has_the_same_figures_and_neurons_can_be_silenced(bundled, terminal):
    facts = terminal.json("activations --dataset sample --silence 3,7")
    (told,) = image_activations(bundled, Lens("A", None, frozenset({Neuron(0, 3), Neuron(0, 7)})), 0, None)
    (layer,) = facts["layers"]
    assert layer["shape"] == [300] and layer["strongest"] == told.hidden[0].argmax()
    assert (layer["most"], layer["mean"]) == pytest.approx((told.hidden[0].max(), told.hidden[0].mean()))
    assert layer["above_zero"] == pytest.approx((told.hidden[0] > 0).mean())
    np.testing.assert_allclose(facts["logits"], told.logits)
    assert facts["answer"] == told.logits.argmax()


def test_of_feature_maps_the_strongest_is_a_map(bundled, terminal):
    first, *_ = terminal.json("activations --dataset sample --run Sharp")["layers"]
    (told,) = image_activations(bundled, Lens("B"), 0, None)
    assert first["strongest"] == np.unravel_index(told.hidden[0].argmax(), told.hidden[0].shape)[-1]


def test_what_is_no_number_is_null_and_a_dash(terminal, tmp_path):
    session = with_run_in_numpy()
    session.runs["A"].moments[0].weights[0][:, 3] = np.nan
    list(session.move_to(tmp_path / "sick.layerlight"))
    assert session.close()
    words = "activations --dataset sample --session", tmp_path / "sick.layerlight"
    facts = terminal.json(*words)
    assert facts["layers"][0]["mean"] is None and facts["logits"] == [None] * 10
    assert "–" in terminal.lines(*words)[-1]
