"""The command `notebook`: a session's file becomes a notebook or a script, or a sentence says why not."""

import json

import pytest

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.core.errors import UserError
from engine.core.lens import Lens
from engine.core.machine.bundled import BUNDLED
from engine.core.turns import run_through
from engine.session.jobs.files import open_session
from engine.session.jobs.kept import note_act
from engine.session.session import Session


@pytest.fixture
def command(own_home, capsys):
    def run(*words):
        capsys.readouterr()
        status = run_wanted(parse(["notebook", *words]))
        return status, *capsys.readouterr()

    return run


def test_what_was_noted_in_a_session_s_file_is_told(command, made, tmp_path):
    session = Session()
    run_through(open_session(session, str(made)))
    run_through(note_act(session, "weights", {"view": "inputs"}, Lens("B", 110)))
    session.close()
    before = made.read_bytes()
    status, out, err = command(
        "--session", str(made), "--dataset", "sample", "--out", str(tmp_path / "s.ipynb")
    )
    assert (status, out, err) == (0, f"Saved {tmp_path / 's.ipynb'}\n", "")
    text = "".join(
        "".join(cell["source"]) for cell in json.loads((tmp_path / "s.ipynb").read_text())["cells"]
    )
    assert "Weights: run B · me&#64;home after 110 steps" in text and "# made\n" in text
    assert made.read_bytes() == before


def test_the_session_that_comes_along_is_told_as_a_script_with_the_data_that_it_learned_from(
    command, full_mnist, tmp_path
):
    before = BUNDLED.read_bytes()
    words = ["--session", str(BUNDLED), "--dataset", str(full_mnist), "--out", str(tmp_path / "s.py")]
    assert command(*words)[0] == 0
    text = (tmp_path / "s.py").read_text()
    assert "Training: run A · Blog post" in text and "Training: run B · Sharp" in text
    assert text.count("[6000:]") == 4, "two for each run, one of which is only shown"
    compile(text, "s.py", "exec")
    with pytest.raises(UserError, match="of other data than those that are open"):
        command("--session", str(BUNDLED), "--dataset", "sample", "--out", str(tmp_path / "t.py"))
    assert BUNDLED.read_bytes() == before
