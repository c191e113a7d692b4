"""The commands that need the window: a figure, a hand-out and a teacher's sheet, without a person."""

import csv
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QImage

import gui.tabs
from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.core.errors import UserError
from engine.core.machine.bundled import BUNDLED
from gui.stage.cli.figure import ALL_TABS
from gui.stage.figure import check_kind
from gui.stage.sheet import write_sheet
from tests.gui.pdf_text import Pdf

ROOT = Path(__file__).resolve().parents[3]
OF_OURS = ("--session", str(BUNDLED), "--dataset", "sample")


def run(folder, *words):
    home = {**os.environ, "HOME": str(folder / "home"), "XDG_DATA_HOME": str(folder / "home")}
    command = [sys.executable, ROOT / "main.py", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=folder, env=home)


@pytest.mark.slow
def test_a_tab_is_written_as_a_drawing_one_panel_as_picture_and_numbers_and_what_there_is_not_is_refused(tmp_path):
    words = ("--moment", "first", "--silence", "3,7", "--dataset", "sample", "--out", "f.svg")
    done = run(tmp_path, "figure", "fingerprints", *words)
    assert (done.returncode, done.stdout) == (0, "Saved f.svg: Fingerprints\n"), done.stderr
    drawing = ElementTree.parse(tmp_path / "f.svg").getroot()
    assert drawing.find("{*}title").text == "Fingerprints"
    said = drawing.find("{*}desc").text
    assert "step 0" in said and said.endswith("2 silenced (layer 1: 3, 7)")

    which = ("figure", "mistakes", "--panel", "confusion", "--dataset", "sample", "--size", "1280x800")
    done = run(tmp_path, *which, "--look", "dark", "--out", "c.png")
    assert done.returncode == 0 and "Saved c.png: Confusion" in done.stdout, done.stderr
    assert QImage(str(tmp_path / "c.png")).pixelColor(3, 3).lightness() < 60
    assert run(tmp_path, *which, "--out", "c.csv").returncode == 0
    head, *rows = csv.reader((tmp_path / "c.csv").read_text("utf-8").splitlines())
    assert head == ["actual", *map(str, range(10))]
    assert sum(int(each) for row in rows for each in row[1:]) == 1000

    before = sorted(tmp_path.iterdir())
    for words, sentence in (
        (("--panel", "Loss", "--out", "d.png"), "The tab Mistakes shows no panel Loss; it shows Confusion"),
        (("--scene", "none", "--out", "d.png"), "The tab Mistakes has no scene none; its scenes: "),
        (("--out", "d.csv"), "There are no numbers behind Mistakes. Choose a panel: Confusion"),
    ):
        done = run(tmp_path, "figure", "mistakes", *words, "--dataset", "sample")
        assert done.returncode == 1, done.stderr
        assert done.stderr.strip().splitlines()[-1].startswith(f"layerlight: {sentence}"), done.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_there_are_figures_of_all_tabs_and_a_file_that_is_none_is_refused_before_anything_is_done():
    there = {each.name for each in pkgutil.iter_modules(gui.tabs.__path__)}
    assert sorted(ALL_TABS) == sorted(there)
    for name in ("c.jpg", "c", "c.pdf"):
        with pytest.raises(UserError, match=r"does not end in \.png, \.svg, \.csv"):
            check_kind(Path(name))


def questions(path):
    return re.findall(r'"question":"([^"]*)"', path.read_text("utf-8"))


@pytest.mark.slow
def test_the_blogs_network_is_handed_out_with_three_questions_of_our_own_lesson(tmp_path):
    done = run(tmp_path, "handout", *OF_OURS, "--out", "out.html")
    told = r"Saved out\.html\. 2\.\d MB, and the same answer as the run on [\d,]+ of 1,000 test images\.\n"
    assert re.fullmatch(told, done.stdout) and done.stderr == ""
    path = tmp_path / "out.html"
    assert path.stat().st_size <= 2_500_000
    assert len(questions(path)) == 3 and questions(path)[1] == "One neuron is gone. What happens?"


def test_a_lesson_of_ones_own_asks_its_own_questions(qapp, tmp_path, capsys):
    file, out = tmp_path / "mine.toml", tmp_path / "out.html"
    asks = 'asks = { question = "Which?", answers = ["a", "b"], handout = { reply = "See." } }'
    file.write_text(f'title = "Mine"\n[[page]]\ntext = "Look."\ngoal = {{ wait = "node" }}\n{asks}\n')
    given = ("--run", "A", "--moment", "first", "--lesson", str(file), "--out", str(out))
    assert run_wanted(parse(["handout", *OF_OURS, *given])) == 0
    printed = capsys.readouterr()
    saved = (
        r"Saved .*out\.html\. [\d.]+ MB, 1 snapshot, and the same answer as the run on [\d,]+ of 1,000 test images\.\n"
    )
    assert re.fullmatch(saved, printed.out) and printed.err == ""
    assert questions(out) == ["Which?"] and '"told":"See."' in out.read_text("utf-8")


@pytest.mark.slow
def test_the_sheet_of_our_own_lesson_is_written_and_said(tmp_path):
    done = run(tmp_path, "sheet", "--out", "sheet.pdf", "--paper", "letter")
    assert (done.stdout, done.stderr) == ("Saved sheet.pdf: 7 chapters\n", "")
    pdf = Pdf((tmp_path / "sheet.pdf").read_bytes())
    assert pdf.size == (612, 792) and "Behind it" in pdf.text


def test_a_sheet_of_ones_own_lesson_is_written_in_a_process_without_widgets_and_said(qapp, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('title = "Mine"\n[[page]]\ntext = "Look."\n')
    done = run(tmp_path, "sheet", file, "--out", "sheet.pdf", "--paper", "letter")
    assert (done.stdout, done.stderr) == ("Saved sheet.pdf: 1 chapter\n", "")
    pdf = Pdf((tmp_path / "sheet.pdf").read_bytes())
    assert pdf.size == (612, 792) and "Mine" in pdf.text
    assert {line.font for page in pdf.pages for line in page} == {"Inter-Regular", "Inter-SemiBold"}

    assert write_sheet(tmp_path / "sheet.pdf", [file], "a4") == 1
    assert Pdf((tmp_path / "sheet.pdf").read_bytes()).size == (595, 842)


def test_what_cannot_be_is_refused_in_a_sentence_and_nothing_is_written(qapp, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    bad = tmp_path / "bad.toml"
    bad.write_text("title = 5")
    for words, sentence in (
        (("handout", *OF_OURS, "--out", "out.pdf"), "out.pdf does not end in .html"),
        (("handout", *OF_OURS, "--out", "none/out.html"), "out.html cannot be saved: there is no folder"),
        (("handout", *OF_OURS, "--run", "Z", "--out", "out.html"), "There is no run Z"),
        (("handout", *OF_OURS, "--lesson", "bad.toml", "--out", "out.html"), "bad.toml is no chapter of a lesson"),
    ):
        with pytest.raises(UserError) as refusal:
            run_wanted(parse(list(words)))
        assert refusal.value.sentence.startswith(sentence)
    for out, sentence in (
        ("sheet.pdf", "bad.toml is no chapter of a lesson: "),
        ("sheet.txt", "sheet.txt does not end in .pdf"),
    ):
        with pytest.raises(UserError) as refusal:
            write_sheet(tmp_path / out, [bad], None)
        assert refusal.value.sentence.startswith(sentence)
    assert [each.name for each in tmp_path.iterdir()] == ["bad.toml"]
