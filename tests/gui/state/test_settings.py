"""The settings come back as they were, and are never a reason not to start."""

import contextlib
import itertools
import json
import os
import subprocess
import sys

import pytest

from engine.core.errors import UserError
from engine.core.machine import atomic
from gui.state.settings import Settings, load_settings
from tests.faults import Fault


def test_settings_come_back(tmp_path):
    settings = Settings(geometry=(1, 2, 1280, 720), tab="Train", theme="dark", folder="/größe")
    settings.session, settings.recent, settings.budget = ("/a.layerlight", ["/a.layerlight", "/größe.layerlight"], 50)
    settings.save(tmp_path / "settings.json")
    assert load_settings(tmp_path / "settings.json") == settings


def test_a_fault_on_any_call_of_saving_leaves_the_old_settings_or_the_new_ones(tmp_path, monkeypatch):
    file = tmp_path / "settings.json"
    old, new = Settings(tab="old"), Settings(tab="new")
    for n in itertools.count(1):
        old.save(file)
        fault = Fault(n)
        with monkeypatch.context() as patch:
            patch.setattr(atomic, "open", fault.wrap(open), raising=False)
            for name in ("fsync", "stat", "chmod", "replace"):
                patch.setattr(atomic.os, name, fault.wrap(getattr(os, name)))
            with contextlib.suppress(OSError):
                new.save(file)
        assert load_settings(file) in (old, new)
        assert list(tmp_path.iterdir()) == [file]
        if fault.left > 0:
            break
    assert n > 5 and load_settings(file) == new


def test_a_first_start_has_none_and_unknown_settings_of_another_version_are_left_out(tmp_path):
    file = tmp_path / "settings.json"
    assert load_settings(file) == Settings()
    file.write_text('{"tab": "Draw", "from the future": [1]}')
    assert load_settings(file) == Settings(tab="Draw")


DAMAGED = {
    "smoothing": (1.0, float("nan")),
    "tab": (3,),
    "theme": ("pink",),
    "geometry": ([1, 2, 3], "abcd", [1, 2, -3, 4]),
    "maximized": (1,),
    "session": (None,),
    "recent": ("/a.layerlight", ["/a.layerlight", 3], [["/a.layerlight"]]),
    "budget": ("500", 500.5, True, 49, 20001),
}
"""Values that a setting cannot have."""

BROKEN = (b"", b"{", b"\xff\xfe\x00", b"[]", b"null", b"[" * 100_000)


def test_a_damaged_file_is_refused_in_a_sentence(tmp_path):
    file = tmp_path / "settings.json"
    values = [json.dumps({name: value}).encode() for name, each in DAMAGED.items() for value in each]
    for content in (*values, b'{"geometry": [1e999, 2, 3, 4]}', *BROKEN):
        file.write_bytes(content)
        with pytest.raises(UserError, match="could not be read"):
            load_settings(file)


def test_two_processes_that_save_at_once_leave_a_whole_file(tmp_path):
    path = tmp_path / "settings.json"
    script = (
        "import sys; from pathlib import Path; from gui.state.settings import Settings\n"
        "for number in range(100): Settings(tab=sys.argv[2] * number).save(Path(sys.argv[1]))"
    )
    running = [subprocess.Popen([sys.executable, "-c", script, path, letter]) for letter in "ab"]
    seen = 0
    while any(process.poll() is None for process in running):
        if path.exists():
            json.loads(path.read_text())
            seen += 1
    assert seen and [process.returncode for process in running] == [0, 0]
    assert list(tmp_path.iterdir()) == [path]
