"""The command `data`: what a data set holds, in words and as JSON."""

import numpy as np
import pytest

from engine.analysis.probes.duplicates import find_duplicates
from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.data.formats.sample import open_sample
from engine.session.session import Session


def test_json_has_the_mean_and_duplicates_only_where_they_are_asked_for(terminal, stripes_file, dataset):
    facts = terminal.json("data --dataset", stripes_file)
    assert facts["mean"] == pytest.approx(dataset.train_images.mean() / 255, abs=1e-6)
    assert "duplicates" not in facts


def test_in_words_there_is_a_line_for_each_class(terminal):
    lines = terminal.lines("data --dataset sample --classes 7")
    assert lines[0].startswith("MNIST sample: 4,000 training and 1,000 test images of 28 × 28 pixels")
    assert "A run learns from 400 images" in lines
    assert lines[-1].split() == ["9", "400", "0", "100"] and lines[-3].split() == ["7", "400", "400", "100"]


def test_duplicates_are_those_of_the_probe(terminal):
    facts = terminal.json("data --dataset sample --duplicates --most 7")
    *_, last = filter(None, find_duplicates(Session(open_sample())))
    assert (facts["equal"], facts["near"], facts["near_above"]) == (0, last.all_near, 0.95)
    assert [pair["test"] for pair in facts["duplicates"]] == last.tests[:7].tolist()
    assert [pair["train"] for pair in facts["duplicates"]] == last.trains[:7].tolist()
    assert terminal.lines("data --dataset sample --duplicates --most 7")[-10:-8] == [
        "0 test images equal a training image.",
        f"{last.all_near} others nearly do: cosine similarity above 0.95. The 7 most similar are listed.",
    ]


def test_equal_ones_are_said(terminal, dataset, tmp_path):
    path = tmp_path / "twice.npz"
    images = np.concatenate([dataset.train_images, dataset.test_images[4:6]])
    labels = np.concatenate([dataset.train_labels, dataset.test_labels[4:6]])
    np.savez(path, x_train=images, y_train=labels, x_test=dataset.test_images, y_test=dataset.test_labels)
    lines = terminal.lines("data --duplicates --most 2 --dataset", path)
    assert "2 test images equal a training image." in lines
    assert [line.split()[0] for line in lines[-2:]] == ["4", "5"] and lines[-1].split()[-1] == "equal"


def test_a_remark_is_said_once(own_home, capsys, tmp_path):
    np.savez(tmp_path / "a.npz", pics=np.eye(64).reshape(64, 8, 8), kinds=np.arange(64) % 2)
    assert run_wanted(parse(["data", "--dataset", str(tmp_path / "a.npz")])) == 0
    written = capsys.readouterr()
    assert (written.out + written.err).count("every sixth image of each class") == 1
