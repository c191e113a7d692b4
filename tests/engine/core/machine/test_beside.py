"""A child process is the program itself, started with the name of a module."""

import subprocess
import sys

from engine import CHILD
from engine.core.machine.beside import child_command, start_beside


def test_a_child_process_starts_in_any_folder_and_imports_nothing_of_the_command_line(tmp_path, monkeypatch):
    for name in ("engine", "json", "main"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a stranger')")
    monkeypatch.chdir(tmp_path)
    for safe in ("", "1"):
        monkeypatch.setenv("PYTHONSAFEPATH", safe)
        child = start_beside("tests.engine.core.machine.a_child", errors=subprocess.PIPE, GIVEN="more")
        assert child.communicate(timeout=60) == (b"[] more\n", b""), f"PYTHONSAFEPATH={safe}"
        assert child.returncode == 0


def test_a_built_program_is_its_own_interpreter_and_takes_nothing_but_its_own_words(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/layerlight/layerlight")
    assert child_command("engine.some.child") == ["/opt/layerlight/layerlight", CHILD, "engine.some.child"]
