"""The command `sheet`: a teacher's sheet without a window."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine.core.errors import UserError
from gui.stage.sheet import write_sheet
from tests.gui.pdf_text import Pdf

ROOT = Path(__file__).resolve().parents[3]


def test_the_command_writes_the_sheet_of_our_own_lesson_and_says_so(tmp_path):
    command = [sys.executable, ROOT / "main.py", "sheet", "--out", "sheet.pdf", "--paper", "letter"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path, check=True)
    assert (done.stdout, done.stderr) == ("Saved sheet.pdf: 7 chapters\n", "")
    pdf = Pdf((tmp_path / "sheet.pdf").read_bytes())
    assert pdf.size == (612, 792) and "Mistakes and doubt" in pdf.text
    assert {line.font for page in pdf.pages for line in page} == {"Inter-Regular", "Inter-SemiBold"}


def test_the_sheet_of_a_lesson_of_ones_own_names_its_files(qapp, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('title = "Mine"\nminutes = 3\n[[page]]\ntext = "Look."\n')
    assert write_sheet(tmp_path / "sheet.pdf", [file], "a4") == 1
    pdf = Pdf((tmp_path / "sheet.pdf").read_bytes())
    assert pdf.size == (595, 842) and "mine.toml: 1 chapter, about 3 minutes." in pdf.text


@pytest.mark.parametrize(
    ("out", "sentence"),
    [("sheet.pdf", "bad.toml is no chapter of a lesson: "), ("sheet.txt", "sheet.txt does not end in .pdf")],
)
def test_what_is_no_lesson_and_what_is_no_pdf_is_refused_in_a_sentence(qapp, tmp_path, out, sentence):
    (tmp_path / "bad.toml").write_text("title = 5")
    with pytest.raises(UserError) as refusal:
        write_sheet(tmp_path / out, [tmp_path / "bad.toml"], None)
    assert refusal.value.sentence.startswith(sentence)
    assert [each.name for each in tmp_path.iterdir()] == ["bad.toml"]
