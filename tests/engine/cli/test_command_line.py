"""The command line as a person uses it: real processes, their output and their exit status."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.cli.parts import terminal
from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.core.errors import UserError
from engine.model.training import learner

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def home(tmp_path):
    """An environment with an empty home folder, in which nothing of this machine can be found."""
    hidden = ("LAYERLIGHT_DATA", "KERAS_HOME", "TF_CPP_MIN_LOG_LEVEL")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    folders = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": "", "XDG_STATE_HOME": "", "XDG_CACHE_HOME": ""}
    return {**kept, **{name: value for name, value in folders.items() if value}}


def start(home, *words, **more):
    command = [sys.executable, str(ROOT / "main.py"), *words]
    return subprocess.Popen(
        command, env=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=home["HOME"], **more
    )


def run(home, *words):
    process = start(home, *words)
    out, err = process.communicate(timeout=100)
    return process.returncode, out, err


QUICK = ("train", "--preset", "quick", "--dataset", "sample", "--epochs", "2", "--seed", "3", "--json")


def test_training_prints_one_json_object_per_epoch_nothing_else_and_the_same_again(home, own_home, capsys):
    status, out, err = run(home, *QUICK)
    assert (status, err) == (0, ""), "TensorFlow's chatter belongs into the log"
    assert run_wanted(parse(QUICK)) == 0  # here a process need not be started
    rows, again = (
        [json.loads(line) for line in text.splitlines()] for text in (out, capsys.readouterr().out)
    )
    assert [row["epoch"] for row in rows] == [1, 2]
    clocked = ("images_per_second", "seconds")
    for row in (*rows, *again):
        assert all(row.pop(name) > 0 for name in clocked)
    assert rows == again
    assert set(rows[0]) == {
        *("epoch", "loss", "train_loss", "test_loss", "test_accuracy", "test_images", "dead_neurons")
    }
    assert (rows[0]["loss"], rows[0]["test_images"]) == ("cross_entropy", 1000)


def test_the_readable_table_has_a_line_per_epoch(own_home, capsys):
    assert run_wanted(parse(QUICK[:-1])) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["epoch", "1", "2"]


def test_twins_are_told_of_by_their_letters_and_the_unchanged_one_is_the_run_alone(
    own_home, tmp_path, capsys
):
    session = ("--session", str(tmp_path / "twins.layerlight"))

    def rows(*words):
        assert run_wanted(parse([*QUICK, *words])) == 0
        told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return [
            {name: row[name] for name in row if name not in ("images_per_second", "seconds")} for row in told
        ]

    alone, other = rows(), rows("--learning-rate", "0.05")
    twins = rows("--split", "learning-rate=0.05", *session)
    assert [(row["run"], row["epoch"]) for row in twins] == [("A", 1), ("B", 1), ("A", 2), ("B", 2)]
    assert [{**row, "run": "A"} for row in alone] == twins[::2]
    assert [{**row, "run": "B"} for row in other] == twins[1::2]
    assert run_wanted(parse(["train", *session, "--resume", "A@e1", "--split", "dropout=0.5"])) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[4:]] == [
        ["run", "epoch"],
        ["C", "2"],
        ["D", "2"],
        ["Runs", "C"],
    ]
    assert lines[1] == "C   Run C goes on from run A at step 80."
    with pytest.raises(UserError, match="Batch cannot change on the way"):
        run_wanted(parse(["train", *session, "--resume", "A@e1", "--split", "batch=10"]))


def test_a_broken_file_gets_one_sentence_and_status_1(home, tmp_path):
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK\x03\x04 and nothing more")
    status, out, err = run(home, "train", "--dataset", str(broken))
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    assert "broken.npz" in err
    assert "Traceback" not in err


def test_wrong_usage_is_status_2(home):
    assert run(home, "train", "--epochs", "0")[0] == 2
    assert run(home, "train", "--no-such-flag")[0] == 2


def test_ctrl_c_ends_between_two_chunks_reports_what_was_learned_and_is_status_130(home):
    process = start(home, *QUICK[:-5], "--epochs", "10000", "--json")
    first = json.loads(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    epochs = 1 + len(out.splitlines())
    assert first["epoch"] == 1
    assert f"Interrupted after {epochs} finished epochs." in err
    assert "Traceback" not in err


@pytest.mark.parametrize("share", [0.6, 0.9])
def test_a_network_that_is_large_for_the_memory_is_refused_and_leaves_no_file(
    own_home, stripes_file, tmp_path, monkeypatch, share
):
    monkeypatch.setattr("engine.model.training.room.free_memory", lambda: 160_000_000 / share)
    session = tmp_path / "s.layerlight"
    words = ["train", "--dataset", str(stripes_file), "--layers", "8", "--epochs", "1", "--batch", "24"]
    words += ["--session", str(session)]
    with pytest.raises(UserError, match=r"takes about 0\.2 GB of memory, and 0\.[23] GB are free") as refused:
        run_wanted(parse(words))
    assert ("--large" in refused.value.hint) == (share < 0.8)
    assert not session.exists()
    if share < 0.8:
        assert run_wanted(parse([*words, "--large"])) == 0
    else:
        with pytest.raises(UserError):
            run_wanted(parse([*words, "--large"]))


def test_a_run_whose_weights_are_no_numbers_says_so_and_is_status_1(
    own_home, stripes_file, monkeypatch, capsys
):
    monkeypatch.setattr(
        learner, "initial_weights", lambda shapes, *_: [np.full(shape, np.nan, "f") for shape in shapes]
    )
    assert run_wanted(parse(["train", "--dataset", str(stripes_file), "--epochs", "2", "--json"])) == 1
    told = capsys.readouterr()
    assert "weights stopped being numbers" in told.err
    assert told.out == "", "no epoch was finished"


@pytest.mark.usefixtures("own_home")
def test_info_tells_versions_device_data_and_folders_as_json(capsys):
    assert run_wanted(parse(["info", "--json"])) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["data"]["name"] == "MNIST sample"
    assert facts["device"].startswith(("CPU", "GPU"))
    assert set(facts) >= {"layerlight", "python", "packages", "folders"}
    assert facts["folders"].keys() == {"settings", "state", "cache", "log"}
    assert facts["session"] is None


def test_a_terminal_without_the_signs_for_it_gets_the_table_all_the_same(own_home, monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "ascii"))
    terminal.prepare()
    assert run_wanted(parse(QUICK[:-1])) == 0
    sys.stdout.flush()
    assert b"parameters ? seed 3" in written.getvalue()


def test_the_version_with_verbose_tells_commit_versions_device_and_licences(home):
    status, out, err = run(home, "--version", "--verbose")
    assert (status, err) == (0, "")
    for part in (
        "Layerlight ",
        "Commit: ",
        "Python 3",
        "Qt 6",
        "tensorflow 2",
        "keras 3",
        "Computes on: ",
        "LGPL",
    ):
        assert part in out
