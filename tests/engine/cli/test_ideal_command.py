"""The command `ideal`: arrays that NumPy recomputes, a picture, a line for each image."""

import json

import numpy as np
import pytest
from PIL import Image
from trained import dense_by_hand

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.core.machine.bundled import BUNDLED
from engine.data.formats.sample import open_sample
from engine.model.network.plain import softmax

pytestmark = pytest.mark.usefixtures("own_home")


def command(capsys, *words):
    capsys.readouterr()
    status = run_wanted(parse(["ideal", *words]))
    return status, capsys.readouterr().out.splitlines()


@pytest.fixture
def network(tmp_path, capsys):
    """The weights of the blog's network, as `export` writes them without being told which."""
    assert run_wanted(parse(["export", "--weights", str(tmp_path / "w.npz")])) == 0
    with np.load(tmp_path / "w.npz") as stored:
        return [stored[name] for name in ("layer1/kernel", "layer1/bias", "layer2/kernel", "layer2/bias")]


def test_the_arrays_are_what_numpy_makes_of_the_exported_weights(tmp_path, capsys, network):
    words = ("--penalty", "l2", "--weight", "0.25", "--steps", "300", "--seed", "1", "--json")
    out = tmp_path / "out.npz"
    status, lines = command(capsys, *words, "--out", str(out), "--picture", str(tmp_path / "out.png"))
    with np.load(out) as stored:
        images, losses, probabilities = (stored[name] for name in ("images", "losses", "probabilities"))
    assert status == 0 and images.shape == (10, 28, 28) and images.dtype == np.float32
    wanted = softmax(dense_by_hand(network, images)[1])
    np.testing.assert_allclose(probabilities, wanted, atol=1e-5)
    own = np.eye(10, dtype=bool)
    two_sided = -np.where(own, np.log(wanted), np.log(1 - wanted)).sum(axis=1)
    np.testing.assert_allclose(losses, two_sided, atol=1e-4)
    rows = [json.loads(line) for line in lines]
    assert [row["class"] for row in rows] == list(range(10)) == [row["answer"] for row in rows]
    for row, image, share in zip(rows, images, np.diag(wanted), strict=True):
        assert row["probability"] == pytest.approx(share, abs=1e-5)
        squares = (image.astype(float) ** 2).sum()
        assert row["sum_of_squares"] == pytest.approx(squares, rel=1e-5)
        assert row["penalty"] == pytest.approx(0.25 * squares, rel=1e-5), "as it stands in the sum"
        assert row["zero_pixels"] == (image == 0).mean()
    with Image.open(tmp_path / "out.png") as sheet:
        assert sheet.format == "PNG" and sheet.width > 5 * 28 * 6 and sheet.height > 2 * 28 * 6


def test_it_can_start_from_the_class_means_and_paint_for_neurons(tmp_path, capsys, network):
    out = tmp_path / "out.npz"
    command(
        capsys,
        "--start",
        "mean",
        "--dataset",
        "sample",
        "--steps",
        "1",
        "--learning-rate",
        "0.0001",
        "--out",
        str(out),
    )
    data = open_sample()
    with np.load(out) as stored:
        means = [data.test_images[data.test_labels == label].mean(axis=0) / 255 for label in range(10)]
        np.testing.assert_allclose(stored["images"], means, atol=1e-3)
    status, lines = command(
        capsys,
        "--objective",
        "neuron",
        "--neurons",
        "3, 5",
        "--steps",
        "5",
        "--pixels",
        "unit",
        "--out",
        str(out),
    )
    assert status == 0 and [line.split()[:2] for line in lines[1:]] == [["neuron", "3"], ["neuron", "5"]]
    with np.load(out) as stored:
        sums = stored["images"].reshape(2, -1) @ network[0] + network[1]
        np.testing.assert_allclose(-stored["losses"], [sums[0, 3], sums[1, 5]], rtol=1e-4)


def test_the_session_that_comes_along_means_the_blogs_network_unless_another_is_named(capsys):
    words = ("--steps", "1", "--json")
    plain = command(capsys, *words)
    assert command(capsys, *words, "--session", str(BUNDLED), "--run", "A") == plain
    assert command(capsys, *words, "--run", "B") != plain
