"""The command `weights`, beside what `export --weights` writes of the same moment."""

from __future__ import annotations

import json

import numpy as np
import pytest
from made_sessions import arrays_of

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.core.machine.bundled import BUNDLED

pytestmark = pytest.mark.usefixtures("own_home")


def run(*words):
    return run_wanted(parse([str(word) for word in words]))


def test_the_pictures_are_the_exported_kernel_of_that_run_and_moment(made, tmp_path, capsys):
    which = ("--session", made, "--run", "B", "--moment", "e3")
    assert run("weights", *which, "--out", tmp_path / "p.npz") == 0
    assert capsys.readouterr().out == f"Saved {tmp_path / 'p.npz'}\n"
    assert run("export", *which, "--weights", tmp_path / "w.npz") == 0
    found, weights = arrays_of(tmp_path / "p.npz"), arrays_of(tmp_path / "w.npz")
    np.testing.assert_array_equal(found["pictures"], weights["layer1/kernel"].T.reshape(3, 8, 8))
    np.testing.assert_array_equal(found["biases"], weights["layer1/bias"])
    np.testing.assert_array_equal(found["outgoing"], weights["layer2/kernel"])
    assert (int(found["layer"]), int(found["step"]), str(found["meaning"])) == (1, 165, "pixels")


def test_another_layer_its_inputs_and_the_change_since_another_moment(made, tmp_path):
    which = ("--session", made, "--run", "A", "--out", tmp_path / "p.npz")
    assert run("export", "--session", made, "--run", "A", "--weights", tmp_path / "w.npz") == 0
    weights = arrays_of(tmp_path / "w.npz")
    product = weights["layer1/kernel"] @ weights["layer2/kernel"]
    assert run("weights", *which, "--layer", 2) == 0
    np.testing.assert_allclose(
        arrays_of(tmp_path / "p.npz")["pictures"].reshape(4, 64).T, product, rtol=1e-5, atol=1e-6
    )
    assert run("weights", *which, "--layer", 2, "--inputs") == 0
    np.testing.assert_array_equal(
        arrays_of(tmp_path / "p.npz")["pictures"].reshape(4, 4)[:, :3].T, weights["layer2/kernel"]
    )
    assert run("weights", *which, "--against", "last") == 0
    assert not arrays_of(tmp_path / "p.npz")["pictures"].any()


def test_json_is_a_line_for_each_neuron(made, tmp_path, capsys):
    assert run("weights", "--session", made, "--run", "A", "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["neuron"] for line in lines] == [0, 1, 2]
    assert run("export", "--session", made, "--run", "A", "--weights", tmp_path / "w.npz") == 0
    weights = arrays_of(tmp_path / "w.npz")
    for line in lines:
        column = weights["layer1/kernel"][:, line["neuron"]]
        assert (line["minimum"], line["maximum"]) == (column.min(), column.max())
        assert line["outgoing"] == weights["layer2/kernel"][line["neuron"]].tolist()


@pytest.mark.skipif(not BUNDLED.is_file(), reason="the bundled session is made by `make bundled`")
def test_without_a_session_the_one_that_comes_along_is_meant(tmp_path):
    assert run("weights", "--run", "A", "--out", tmp_path / "p.npz") == 0
    assert arrays_of(tmp_path / "p.npz")["pictures"].shape == (300, 28, 28)
    assert run("weights", "--run", "B", "--layer", 4, "--out", tmp_path / "p.npz") == 0
    assert arrays_of(tmp_path / "p.npz")["pictures"].shape == (128, 4, 4)
