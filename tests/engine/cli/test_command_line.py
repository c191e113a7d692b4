"""The command line as a person uses it: what it prints, and its exit status."""

import io
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_sessions import ROOT, home_in

import main
from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.cli.parts.terminal import prepare
from engine.core.errors import UserError
from engine.model.training import learner
from engine.model.training.table import Table
from tests.gui.training_messages import started, steps


@pytest.fixture
def small(stripes_file):
    words = "train --layers 8 --batch 40 --epochs 2 --loss cross_entropy --seed 3 --dataset"
    return [*words.split(), stripes_file]


def test_training_prints_a_json_object_per_epoch(terminal, small):
    rows = terminal.rows("", *small)
    assert [row["epoch"] for row in rows] == [1, 2]
    for row in rows:
        assert all(row.pop(name) > 0 for name in ("images_per_second", "seconds"))
    names = ("epoch", "loss", "train_loss", "test_loss", "test_accuracy", "test_images", "dead_neurons")
    assert set(rows[0]) == set(names)
    assert (rows[0]["loss"], rows[0]["test_images"]) == ("cross_entropy", 90)


def test_twins_are_named_by_their_letters_and_the_unchanged_one_is_the_run_alone(terminal, small, tmp_path):
    session = ("--session", tmp_path / "twins.layerlight")

    def rows(*words):
        return [row | {"images_per_second": 0, "seconds": 0} for row in terminal.rows("", *small, *words)]

    twins = rows("--split", "learning-rate=0.05", *session)
    assert [(row["run"], row["epoch"]) for row in twins] == [("A", 1), ("B", 1), ("A", 2), ("B", 2)]
    assert [{**row, "run": "A"} for row in rows()] == twins[::2]
    lines = terminal.lines("train --resume A@e1 --split learning-rate=0.5", *session)
    heads = [line.split()[:2] for line in lines[4:]]
    assert heads == [["run", "epoch"], ["C", "2"], ["D", "2"], ["Runs", "C"]]
    assert lines[1] == "C   Run C goes on from run A at step 6."


def test_a_process_says_in_one_line_what_is_wrong_with_a_file_and_ends_with_status_1(tmp_path):
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 and nothing more")
    environment = home_in(tmp_path)
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    command = [sys.executable, ROOT / "main.py", "train", "--dataset", "broken.npz"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "broken.npz" in done.stderr and "Traceback" not in done.stderr


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


def test_a_run_whose_weights_are_no_numbers_says_so_and_is_status_1(own_home, small, monkeypatch, capsys):
    monkeypatch.setattr(
        learner, "initial_weights", lambda arrays, *_: [np.full(array.shape, np.nan, "f") for array in arrays]
    )
    assert run_wanted(parse([*map(str, small), "--json"])) == 1
    out, err = capsys.readouterr()
    assert "weights stopped being numbers" in err
    assert out == "", "no epoch was finished"


def test_info_gives_versions_device_data_and_folders_as_json(terminal):
    facts = terminal.json("info")
    assert facts["data"]["name"] == "MNIST sample" and facts["device"].startswith(("CPU", "GPU"))
    assert set(facts) >= {"layerlight", "python", "packages", "folders"}
    assert facts["folders"].keys() == {"settings", "state", "cache", "log"}
    assert facts["session"] is None


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437"])
def test_training_prints_a_table_even_on_a_terminal_without_the_signs_for_it(own_home, small, monkeypatch, encoding):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding))
    prepare()
    assert run_wanted(parse([str(word) for word in small])) == 0
    print("数 of “digits”")
    sys.stdout.flush()
    table = written.getvalue().decode(encoding)
    assert f"parameters {'·'.encode(encoding, 'replace').decode(encoding)} seed 3" in table
    begins = [line.split()[0] for line in table.splitlines()]
    assert [word for word in begins if word in ("epoch", "1", "2")] == ["epoch", "1", "2"]
    assert table.splitlines()[-1] == "数 of “digits”".encode(encoding, "replace").decode(encoding)


class Console(io.StringIO):
    """A console of Windows: it goes back to the start of a line, and shows escape sequences as they are."""

    def isatty(self):
        return True

    def shown(self):
        lines = []
        for line in self.getvalue().split("\n"):
            seen = ""
            for text in line.split("\r"):
                seen = text + seen[len(text) :]
            lines.append(seen.rstrip())
        return lines


def test_the_bar_of_a_training_leaves_nothing_behind_on_a_console_that_knows_no_escape_sequences(
    own_home, small, monkeypatch, capsys
):
    words = [str(word) for word in small]
    assert run_wanted(parse(words)) == 0
    printed = capsys.readouterr().out.split("\n")
    monkeypatch.setattr(sys, "stdout", console := Console())
    assert run_wanted(parse(words)) == 0
    assert "█" in console.getvalue() and "\x1b" not in console.getvalue()
    shown, printed = ([_without_times(line) for line in lines] for lines in (console.shown(), printed))
    assert [line for line in shown if line] == [line for line in printed if line]

    monkeypatch.setattr(sys, "stdout", console := Console())
    table = Table()
    for message in (started(), steps(1, 4)):
        table.print(message)
    assert "░" in console.shown()[-1]
    table.print_end(Path("a"))
    assert console.shown()[-2:] == ["Run A is saved in a", ""], "a line that is shorter than the bar"


def _without_times(line):
    """Return a line of the table without how fast it was, and nothing for that of the file's name."""
    return re.sub(r" +[\d,]+ +\d+\.\d\d$|^Run A is saved.*", "", line).rstrip()


def test_the_version_with_verbose_names_commit_versions_device_and_licences(own_home, monkeypatch, capsys):
    monkeypatch.setattr("engine.cli.parts.parser.start_logging", lambda *_: None)  # it would move stderr
    assert main.main(["--version", "--verbose"]) == 0
    out = capsys.readouterr().out
    for part in ("Layerlight ", "Commit: ", "Python 3", "Qt 6", "tensorflow 2", "keras 3", "Computes on: ", "LGPL"):
        assert part in out
