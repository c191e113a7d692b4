"""The command `handout`: a hand-out without a window."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.core.errors import UserError
from engine.core.machine.bundled import BUNDLED

ROOT = Path(__file__).resolve().parents[3]

GIVEN = ("--session", str(BUNDLED), "--dataset", "sample")


def questions(path):
    return re.findall(r'"question":"([^"]*)"', path.read_text("utf-8"))


@pytest.mark.slow
def test_the_command_hands_out_the_blogs_network_with_three_questions_of_our_own_lesson(tmp_path):
    command = [sys.executable, ROOT / "main.py", "handout", *GIVEN, "--out", "out.html"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path, check=True)
    assert re.fullmatch(
        r"Saved out\.html\. 2\.\d MB, and the same answer as the run on [\d,]+ of 1,000 test images\.\n", done.stdout
    )
    assert done.stderr == ""
    path = tmp_path / "out.html"
    assert path.stat().st_size <= 2_500_000
    assert len(questions(path)) == 3 and questions(path)[0] == "One hidden neuron is gone. What happens?"


def test_a_lesson_of_ones_own_asks_its_own_questions(qapp, tmp_path, capsys):
    file, out = tmp_path / "mine.toml", tmp_path / "out.html"
    asks = 'asks = { question = "Which?", answers = ["a", "b"], handout = { told = "See." } }'
    file.write_text(f'title = "Mine"\n[[page]]\ntext = "Look."\ngoal = {{ wait = "node" }}\n{asks}\n')
    given = ("--run", "A", "--moment", "first", "--lesson", str(file), "--out", str(out))
    assert run_wanted(parse(["handout", *GIVEN, *given])) == 0
    told = capsys.readouterr()
    assert re.fullmatch(
        r"Saved .*out\.html\. [\d.]+ MB, 1 snapshot, and the same answer as the run on [\d,]+ of 1,000 test images\.\n",
        told.out,
    )
    assert told.err == ""
    assert questions(out) == ["Which?"] and '"told":"See."' in out.read_text("utf-8")


@pytest.mark.parametrize(
    ("out", "more", "sentence"),
    [
        ("out.pdf", (), "out.pdf does not end in .html"),
        ("none/out.html", (), "out.html cannot be saved: there is no folder"),
        ("out.html", ("--run", "Z"), "There is no run Z"),
        ("out.html", ("--lesson", "bad.toml"), "bad.toml is no chapter of a lesson"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(qapp, tmp_path, monkeypatch, out, more, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text("title = 5")
    with pytest.raises(UserError) as refusal:
        run_wanted(parse(["handout", *GIVEN, *more, "--out", out]))
    assert refusal.value.sentence.startswith(sentence)
    assert [each.name for each in tmp_path.iterdir()] == ["bad.toml"]
