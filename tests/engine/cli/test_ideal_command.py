"""The command `ideal`: arrays that NumPy recomputes, a picture, a line for each image."""

import numpy as np
import pytest
from made_sessions import arrays_of
from PIL import Image
from trained import dense_by_hand

from engine.core.machine.bundled import BUNDLED
from engine.data.formats.sample import open_sample
from engine.model.network.plain import softmax


@pytest.fixture
def network(terminal, tmp_path):
    """The weights of the blog's network, as `export` writes them without being told which."""
    terminal("export --weights", tmp_path / "w.npz")
    stored = arrays_of(tmp_path / "w.npz")
    return [stored[name] for name in ("layer1/kernel", "layer1/bias", "layer2/kernel", "layer2/bias")]


def test_the_arrays_are_what_numpy_makes_of_the_exported_weights(terminal, tmp_path, network):
    flags = "--penalty l2 --weight 0.25 --steps 300 --seed 1"
    out, picture = tmp_path / "out.npz", tmp_path / "out.png"
    rows, stored = terminal.rows(f"ideal {flags}", "--out", out, "--picture", picture), arrays_of(out)
    images = stored["images"]
    assert images.shape == (10, 28, 28) and images.dtype == np.float32
    wanted = softmax(dense_by_hand(network, images)[1])
    np.testing.assert_allclose(stored["probabilities"], wanted, atol=1e-5)
    own = np.eye(10, dtype=bool)
    two_sided = -np.where(own, np.log(wanted), np.log(1 - wanted)).sum(axis=1)
    np.testing.assert_allclose(stored["losses"], two_sided, atol=1e-4)
    assert [row["class"] for row in rows] == list(range(10)) == [row["answer"] for row in rows]
    for row, image, share in zip(rows, images, np.diag(wanted), strict=True):
        assert row["probability"] == pytest.approx(share, abs=1e-5)
        squares = (image.astype(float) ** 2).sum()
        assert row["sum_of_squares"] == pytest.approx(squares, rel=1e-5)
        assert row["penalty"] == pytest.approx(0.25 * squares, rel=1e-5), "as it stands in the sum"
        assert row["zero_pixels"] == (image == 0).mean()
    with Image.open(picture) as sheet:
        assert sheet.format == "PNG" and sheet.width > 5 * 28 * 6 and sheet.height > 2 * 28 * 6


def test_it_can_start_from_the_class_means_and_paint_for_neurons(terminal, tmp_path, network):
    out, data = tmp_path / "out.npz", open_sample()
    terminal("ideal --start mean --dataset sample --steps 1 --learning-rate 0.0001 --out", out)
    means = [data.test_images[data.test_labels == label].mean(axis=0) / 255 for label in range(10)]
    np.testing.assert_allclose(arrays_of(out)["images"], means, atol=1e-3)
    lines = terminal.lines("ideal --objective neuron --neurons 3,5 --steps 5 --pixels unit --out", out)
    assert [line.split()[:2] for line in lines[1:]] == [["neuron", "3"], ["neuron", "5"]]
    stored = arrays_of(out)
    sums = stored["images"].reshape(2, -1) @ network[0] + network[1]
    np.testing.assert_allclose(-stored["losses"], [sums[0, 3], sums[1, 5]], rtol=1e-4)


def test_the_session_that_comes_along_means_the_blogs_network_unless_another_is_named(terminal):
    plain = terminal("ideal --steps 1 --json")
    assert terminal("ideal --steps 1 --json --run A --session", BUNDLED) == plain
    assert terminal("ideal --steps 1 --json --run B") != plain
