"""The command `notebook`: a session's file becomes a notebook or a script, or a sentence says why not."""

import json

import pytest

from engine.core.errors import UserError
from engine.core.lens import Lens
from engine.core.machine.bundled import BUNDLED
from engine.core.messages import run_through
from engine.session.jobs.files import open_session
from engine.session.jobs.kept import note_act
from engine.session.session import Session


def test_what_was_noted_in_a_session_s_file_is_told(terminal, made, tmp_path):
    session = Session()
    run_through(open_session(session, str(made)))
    run_through(note_act(session, "weights", {"view": "inputs"}, Lens("B", 110)))
    session.close()
    before, out = made.read_bytes(), tmp_path / "s.ipynb"
    assert terminal("notebook --dataset sample --session", made, "--out", out) == f"Saved {out}\n"
    text = "".join("".join(cell["source"]) for cell in json.loads(out.read_text())["cells"])
    assert "Weights: run B · me&#64;home after 110 steps" in text and "# made\n" in text
    assert made.read_bytes() == before


def test_the_session_that_comes_along_is_told_as_a_script_with_its_own_data(terminal, full_mnist, tmp_path):
    before, out = BUNDLED.read_bytes(), tmp_path / "s.py"
    terminal("notebook --session", BUNDLED, "--dataset", full_mnist, "--out", out)
    text = out.read_text()
    assert "Training: run A · Blog post" in text and "Training: run B · Sharp" in text
    assert text.count("[6000:]") == 4, "two for each run, one of which is only shown"
    compile(text, "s.py", "exec")
    with pytest.raises(UserError, match="of other data than those that are open"):
        terminal("notebook --dataset sample --session", BUNDLED, "--out", tmp_path / "t.py")
    assert BUNDLED.read_bytes() == before
