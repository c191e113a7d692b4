"""The command `data`: what NumPy counts, in words and as JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from engine.analysis.probes.duplicates import find_duplicates
from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.core.specs import DataSpec
from engine.data.formats.sample import open_sample
from engine.model.training.learned import learned
from engine.session.session import Session

pytestmark = pytest.mark.usefixtures("own_home")


def run(capsys, *words):
    assert run_wanted(parse(["data", *map(str, words)])) == 0
    return capsys.readouterr().out


def test_counts_and_what_a_run_learns_from_are_those_of_the_data(capsys, stripes_file, dataset):
    flags = ("--images", "80", "--wrong-labels", "0.25", "--classes", "0, 2-3", "--seed", "7")
    told = json.loads(run(capsys, "--dataset", stripes_file, *flags, "--json"))
    assert (told["train_images"], told["test_images"]) == (240, 90)
    assert told["train_counts"] == np.bincount(dataset.train_labels).tolist()
    assert told["test_counts"] == np.bincount(dataset.test_labels).tolist()
    assert told["mean"] == pytest.approx(dataset.train_images.mean() / 255, abs=1e-6)
    found = learned(dataset, DataSpec(images=80, wrong_labels=0.25, classes="0, 2-3", seed=7))
    assert told["learned"] == {
        "images": 80,
        "wrong_labels": 20,
        "held_out": 0,
        "of_classes": np.bincount(dataset.train_labels[found.numbers], minlength=4).tolist(),
    }
    assert "duplicates" not in told


def test_in_words_there_is_a_line_for_each_class(capsys):
    lines = run(capsys, "--dataset", "sample", "--classes", "7").splitlines()
    assert lines[0].startswith("MNIST sample: 4,000 training and 1,000 test images of 28 × 28 pixels")
    assert "A run learns from 400 images" in lines
    assert lines[-1].split() == ["9", "400", "0", "100"] and lines[-3].split() == ["7", "400", "400", "100"]


def test_duplicates_are_those_of_the_probe(capsys):
    told = json.loads(run(capsys, "--dataset", "sample", "--duplicates", "--most", "7", "--json"))
    *_, last = filter(None, find_duplicates(Session(open_sample())))
    assert told["equal"] == last.all_equal == 0
    assert [each["test"] for each in told["duplicates"]] == last.tests[:7].tolist()
    assert [each["train"] for each in told["duplicates"]] == last.trains[:7].tolist()
    words = run(capsys, "--dataset", "sample", "--duplicates", "--most", "7").splitlines()
    near = sum(similar > 0.95 for similar in most_similar(open_sample()))
    assert (told["near"], told["near_above"]) == (near, 0.95)
    assert words[-10:-8] == [
        "0 test images equal a training image.",
        f"{near} others nearly do: cosine similarity above 0.95. The 7 most similar are listed.",
    ]


def most_similar(data):
    """For each test image the cosine similarity of the training image most like it."""
    test, train = (
        images.reshape(len(images), -1)
        / np.linalg.norm(images.reshape(len(images), -1), axis=1, keepdims=True)
        for images in (data.test_images.astype(float), data.train_images.astype(float))
    )
    return (test @ train.T).max(axis=1)


def test_equal_ones_are_said(capsys, dataset, tmp_path):
    path = tmp_path / "twice.npz"
    images = np.concatenate([dataset.train_images, dataset.test_images[4:6]])
    labels = np.concatenate([dataset.train_labels, dataset.test_labels[4:6]])
    np.savez(path, x_train=images, y_train=labels, x_test=dataset.test_images, y_test=dataset.test_labels)
    lines = run(capsys, "--dataset", path, "--duplicates", "--most", "2").splitlines()
    assert "2 test images equal a training image." in lines
    assert [line.split()[0] for line in lines[-2:]] == ["4", "5"] and lines[-1].split()[-1] == "equal"


def test_a_remark_is_said_once(capsys, tmp_path):
    np.savez(tmp_path / "a.npz", pics=np.eye(64).reshape(64, 8, 8), kinds=np.arange(64) % 2)
    assert run_wanted(parse(["data", "--dataset", str(tmp_path / "a.npz")])) == 0
    written = capsys.readouterr()
    assert (written.out + written.err).count("every sixth image of each class") == 1
