"""The command `weights`, beside what `export --weights` writes of the same moment."""

import numpy as np
import pytest
from made_sessions import arrays_of

from engine.core.machine.bundled import BUNDLED


@pytest.fixture
def exported(terminal, made, tmp_path):
    """Return what `export --weights` writes of what the flags name."""

    def weights(flags):
        terminal(f"export {flags} --session", made, "--weights", tmp_path / "w.npz")
        return arrays_of(tmp_path / "w.npz")

    return weights


def test_the_pictures_are_the_exported_kernel_of_that_run_and_moment(terminal, made, exported, tmp_path):
    out = tmp_path / "p.npz"
    assert terminal("weights --run B --moment e3 --session", made, "--out", out) == f"Saved {out}\n"
    found, weights = arrays_of(out), exported("--run B --moment e3")
    np.testing.assert_array_equal(found["pictures"], weights["layer1/kernel"].T.reshape(3, 8, 8))
    np.testing.assert_array_equal(found["biases"], weights["layer1/bias"])
    np.testing.assert_array_equal(found["outgoing"], weights["layer2/kernel"])
    assert (int(found["layer"]), int(found["step"]), str(found["meaning"])) == (1, 165, "pixels")


def test_another_layer_its_inputs_and_the_change_since_another_moment(terminal, made, exported, tmp_path):
    def pictures(flags):
        terminal(f"weights --run A {flags} --session", made, "--out", tmp_path / "p.npz")
        return arrays_of(tmp_path / "p.npz")["pictures"]

    one, other = (exported("--run A")[f"layer{layer}/kernel"] for layer in (1, 2))
    np.testing.assert_allclose(pictures("--layer 2").reshape(4, 64).T, one @ other, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(pictures("--layer 2 --inputs").reshape(4, 4)[:, :3].T, other)
    assert not pictures("--against last").any()


def test_json_is_a_line_for_each_neuron(terminal, made, exported):
    rows, weights = terminal.rows("weights --run A --session", made), exported("--run A")
    assert [row["neuron"] for row in rows] == [0, 1, 2]
    for row in rows:
        column = weights["layer1/kernel"][:, row["neuron"]]
        assert (row["minimum"], row["maximum"]) == (column.min(), column.max())
        assert row["outgoing"] == weights["layer2/kernel"][row["neuron"]].tolist()


@pytest.mark.skipif(not BUNDLED.is_file(), reason="the bundled session is made by `make bundled`")
def test_without_a_session_the_one_that_comes_along_is_meant(terminal, tmp_path):
    for flags, shape in (("--run A", (300, 28, 28)), ("--run B --layer 4", (128, 4, 4))):
        terminal(f"weights {flags} --out", tmp_path / "p.npz")
        assert arrays_of(tmp_path / "p.npz")["pictures"].shape == shape
