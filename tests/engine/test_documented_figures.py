"""The figures and folders in docs/ are those of the program and of the networks that come along."""

import re
from pathlib import Path

import numpy as np
import pytest

from engine.analysis.ideal.job import paint_ideal
from engine.analysis.ideal.spec import PRESETS
from engine.core.lens import Lens
from engine.core.machine import folders
from engine.core.machine.bundled import BLOG, SHARP
from engine.data.sources import open_dataset
from engine.model.network.model import Model
from engine.model.network.plain import softmax
from tests.figures_by_hand import dense_by_hand

DOCS = Path(__file__).resolve().parents[2] / "docs"
TOUR, DATA = (" ".join((DOCS / name).read_text("utf-8").split()) for name in ("tour.md", "data.md"))


def test_the_folders_of_the_paper_on_data_are_those_of_the_program(own_home, monkeypatch):
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for folder in (folders.config(), folders.state() / "autosave", folders.logs()):
        assert f"`~/{folder.relative_to(Path.home())}`" in DATA


def test_the_dead_neurons_of_the_tour_are_those_of_the_network_that_comes_along(bundled, full_mnist):
    (stated,) = re.findall(r"\((\d+) of the 300 neurons are dead on MNIST's 10,000 test images\)", TOUR)
    data, _ = open_dataset(str(full_mnist))
    kernel, bias, *_ = bundled.weights(Lens(BLOG))
    sums = data.test_images.reshape(-1, 784) / np.float32(255) @ kernel + bias
    assert int(stated) == np.sum(sums.max(axis=0) <= 0)


def _sharp(session):
    run = session.runs[SHARP]
    model = Model(run.spec.plan(run.shape, 10)).keras
    model.set_weights(run.moment(None).weights)
    return model


def _span(values):
    return f"{min(values):.2f} to {max(values):.2f}"


@pytest.mark.slow
@pytest.mark.xla  # which draws the noise that they begin with
def test_the_tours_figures_of_ideal_images_are_those_of_the_network_that_comes_along(bundled):
    """Correlations are those with the means of the sample's test images."""
    data = bundled.data()
    painted = {name: list(paint_ideal(bundled, Lens(BLOG), preset.spec))[-1].images for name, preset in PRESETS.items()}
    blog, second = bundled.weights(Lens(BLOG)), _sharp(bundled)
    rows = {"none": "no penalty", "l1": "L1 0.25", "l2": "L2 0.25", "robust": "Robust"}
    for name, images in painted.items():
        flat, unit = images.reshape(10, -1), painted["l2"].reshape(10, -1)
        means = np.stack([data.test_images[data.test_labels == label].mean(axis=0) for label in range(10)])
        cosines = (flat * unit).sum(axis=1) / np.linalg.norm(flat, axis=1) / np.linalg.norm(unit, axis=1)
        probability = np.diag(softmax(dense_by_hand(blog, images)[1])).mean()
        read = second.predict(images, verbose=0).argmax(axis=1)
        cells = [
            rows[name],
            _span(images.ravel()),
            f"{100 * np.mean(images == 0):.1f} %" if np.any(images == 0) else "0 %",
            _span([np.corrcoef(flat[label], means[label].ravel())[0, 1] for label in range(10)]),
            "1" if name == "l2" else _span(cosines),
            "> 0.999" if probability > 0.999 else f"{probability:.3f}",
            f"{np.sum(read == np.arange(10))} of 10",
        ]
        assert f"| {' | '.join(cells)} |" in TOUR


def test_sharp_reads_as_many_of_mnists_test_images_as_the_tour_says(bundled, full_mnist):
    (stated,) = re.findall(r"reads (\d+\.\d) % of MNIST's test images", TOUR)
    data, _ = open_dataset(str(full_mnist))
    images = data.test_images / np.float32(255)
    logits = _sharp(bundled).predict(images, verbose=0)
    assert stated == f"{100 * np.mean(logits.argmax(axis=1) == data.test_labels):.1f}"
