"""The command line as a person uses it: real processes, their output and their exit status."""

import io
import subprocess
import sys

import numpy as np
import pytest
from made_sessions import ROOT, home_in

import main
from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.cli.parts.terminal import prepare
from engine.core.errors import UserError
from engine.model.training import learner


@pytest.fixture
def home(tmp_path):
    """An environment with an empty home folder, in which nothing of this machine can be found."""
    environment = home_in(tmp_path)
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    return environment


def run(home, *words):
    command = [sys.executable, str(ROOT / "main.py"), *words]
    done = subprocess.run(command, env=home, cwd=home["HOME"], capture_output=True, text=True, timeout=100, check=False)
    return done.returncode, done.stdout, done.stderr


QUICK = ("train", "--preset", "quick", "--dataset", "sample", "--epochs", "2", "--seed", "3", "--json")


def test_training_prints_one_json_object_per_epoch_nothing_else_and_the_same_again(terminal):
    rows, again = (terminal.rows(*QUICK[:-1]) for _ in range(2))
    assert [row["epoch"] for row in rows] == [1, 2]
    clocked = ("images_per_second", "seconds")
    for row in (*rows, *again):
        assert all(row.pop(name) > 0 for name in clocked)
    assert rows == again
    names = ("epoch", "loss", "train_loss", "test_loss", "test_accuracy", "test_images", "dead_neurons")
    assert set(rows[0]) == set(names)
    assert (rows[0]["loss"], rows[0]["test_images"]) == ("cross_entropy", 1000)


def test_the_readable_table_has_a_line_per_epoch(terminal):
    lines = terminal.lines(*QUICK[:-1])
    assert [line.split()[0] for line in lines[1:4]] == ["epoch", "1", "2"]


def test_twins_are_told_of_by_their_letters_and_the_unchanged_one_is_the_run_alone(terminal, tmp_path):
    session = ("--session", tmp_path / "twins.layerlight")

    def rows(*words):
        clock = {"images_per_second": 0, "seconds": 0}
        return [row | clock for row in terminal.rows(*QUICK[:-1], *words)]

    twins = rows("--split", "learning-rate=0.05", *session)
    assert [(row["run"], row["epoch"]) for row in twins] == [("A", 1), ("B", 1), ("A", 2), ("B", 2)]
    assert [{**row, "run": "A"} for row in rows()] == twins[::2]
    lines = terminal.lines("train --resume A@e1 --split dropout=0.5", *session)
    heads = [line.split()[:2] for line in lines[4:]]
    assert heads == [["run", "epoch"], ["C", "2"], ["D", "2"], ["Runs", "C"]]
    assert lines[1] == "C   Run C goes on from run A at step 80."
    with pytest.raises(UserError, match="Batch cannot change on the way"):
        terminal("train --resume A@e1 --split batch=10", *session)


def test_a_broken_file_gets_one_sentence_and_status_1(home, tmp_path):
    broken = tmp_path / "broken.npz"
    broken.write_bytes(b"PK\x03\x04 and nothing more")
    status, out, err = run(home, "train", "--dataset", str(broken))
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "broken.npz" in err and "Traceback" not in err


def test_wrong_usage_is_status_2(home):
    assert run(home, "train", "--epochs", "0")[0] == 2
    assert run(home, "train", "--no-such-flag")[0] == 2


@pytest.mark.parametrize("share", [0.6, 0.9])
def test_a_network_that_is_large_for_the_memory_is_refused_and_leaves_no_file(
    terminal, stripes_file, tmp_path, monkeypatch, share
):
    monkeypatch.setattr("engine.model.training.room.free_memory", lambda: 160_000_000 / share)
    session = tmp_path / "s.layerlight"
    words = "train --layers 8 --epochs 1 --batch 24 --dataset", stripes_file, "--session", session
    with pytest.raises(UserError, match=r"takes about 0\.2 GB of memory, and 0\.[23] GB are free") as refused:
        terminal(*words)
    assert ("--large" in refused.value.hint) == (share < 0.8)
    assert not session.exists()
    if share < 0.8:
        terminal(*words, "--large")
    else:
        with pytest.raises(UserError):
            terminal(*words, "--large")


def test_a_run_whose_weights_are_no_numbers_says_so_and_is_status_1(own_home, stripes_file, monkeypatch, capsys):
    monkeypatch.setattr(
        learner, "initial_weights", lambda shapes, *_: [np.full(shape, np.nan, "f") for shape in shapes]
    )
    assert run_wanted(parse(["train", "--dataset", str(stripes_file), "--epochs", "2", "--json"])) == 1
    told = capsys.readouterr()
    assert "weights stopped being numbers" in told.err
    assert told.out == "", "no epoch was finished"


def test_info_tells_versions_device_data_and_folders_as_json(terminal):
    facts = terminal.json("info")
    assert facts["data"]["name"] == "MNIST sample" and facts["device"].startswith(("CPU", "GPU"))
    assert set(facts) >= {"layerlight", "python", "packages", "folders"}
    assert facts["folders"].keys() == {"settings", "state", "cache", "log"}
    assert facts["session"] is None


def test_a_terminal_without_the_signs_for_it_gets_the_table_all_the_same(own_home, monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "ascii"))
    prepare()
    assert run_wanted(parse(QUICK[:-1])) == 0
    sys.stdout.flush()
    assert b"parameters ? seed 3" in written.getvalue()


def test_the_version_with_verbose_tells_commit_versions_device_and_licences(own_home, monkeypatch, capsys):
    monkeypatch.setattr("engine.cli.parts.parser.start_logging", lambda *_: None)  # it would move stderr
    assert main.main(["--version", "--verbose"]) == 0
    out = capsys.readouterr().out
    for part in ("Layerlight ", "Commit: ", "Python 3", "Qt 6", "tensorflow 2", "keras 3", "Computes on: ", "LGPL"):
        assert part in out
