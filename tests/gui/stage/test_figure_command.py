"""The command `figure`: a panel, or a whole tab, of the session that comes along."""

import csv
import os
import pkgutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QImage

import gui.tabs
from engine.core.errors import UserError
from gui.stage.cli.figure import ALL_TABS
from gui.stage.figure import check_kind

ROOT = Path(__file__).resolve().parents[3]


def run(folder, *words):
    """Run the command with an empty home, on the session that comes along."""
    home = {**os.environ, "HOME": str(folder / "home"), "XDG_DATA_HOME": str(folder / "home")}
    command = [sys.executable, ROOT / "main.py", "figure", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=folder, env=home)


@pytest.mark.slow
def test_the_command_writes_a_tab_as_a_drawing_and_says_so(tmp_path):
    words = ("--moment", "first", "--silence", "3,7", "--dataset", "sample", "--out", "f.svg")
    done = run(tmp_path, "fingerprints", *words)
    assert (done.returncode, done.stdout) == (0, "Saved f.svg: Fingerprints\n"), done.stderr
    drawing = ElementTree.parse(tmp_path / "f.svg").getroot()
    assert drawing.find("{*}title").text == "Fingerprints"
    said = drawing.find("{*}desc").text
    assert "step 0" in said and said.endswith("2 silenced (layer 1: 3, 7)")


@pytest.mark.slow
def test_the_command_writes_one_panel_as_a_picture_and_as_its_numbers(tmp_path):
    which = ("mistakes", "--panel", "confusion", "--dataset", "sample", "--size", "1280x800")
    done = run(tmp_path, *which, "--look", "dark", "--out", "c.png")
    assert done.returncode == 0 and "Saved c.png: Confusion" in done.stdout, done.stderr
    assert QImage(str(tmp_path / "c.png")).pixelColor(3, 3).lightness() < 60
    assert run(tmp_path, *which, "--out", "c.csv").returncode == 0
    head, *rows = csv.reader((tmp_path / "c.csv").read_text("utf-8").splitlines())
    assert head == ["actual", *map(str, range(10))]
    assert sum(int(each) for row in rows for each in row[1:]) == 1000


@pytest.mark.slow
def test_what_there_is_not_is_refused_in_a_sentence(tmp_path):
    for words, sentence in (
        (("mistakes", "--panel", "Loss", "--out", "c.png"), "The tab Mistakes shows no panel Loss; it shows Confusion"),
        (("mistakes", "--scene", "none", "--out", "c.png"), "The tab Mistakes has no scene none; its scenes: "),
        (("mistakes", "--out", "c.csv"), "There are no numbers behind Mistakes. Choose a panel: Confusion"),
    ):
        done = run(tmp_path, *words, "--dataset", "sample")
        assert done.returncode == 1 and done.stderr.strip().splitlines()[-1].startswith(f"layerlight: {sentence}"), (
            done.stderr
        )
    assert [each.name for each in tmp_path.iterdir() if each.name != "home"] == []


def test_there_are_figures_of_all_tabs_of_the_window():
    there = {each.name for each in pkgutil.iter_modules(gui.tabs.__path__)}
    assert sorted(ALL_TABS) == sorted(there)


@pytest.mark.parametrize("name", ["c.jpg", "c", "c.pdf"])
def test_a_file_that_is_no_figure_is_refused_before_anything_is_done(name):
    with pytest.raises(UserError, match=r"does not end in \.png, \.svg, \.csv"):
        check_kind(Path(name))
