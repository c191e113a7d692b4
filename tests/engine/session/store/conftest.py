"""Sessions as two windows have them, each with a file of its own."""

import os
import subprocess

import pytest

from engine.session.session import Session
from engine.session.store import places


@pytest.fixture
def session(monkeypatch):
    monkeypatch.setattr("engine.session.session.RETRY_SECONDS", 0.0)
    made = Session(new_place=places.new_autosave)
    yield made
    made.close()


@pytest.fixture
def other(monkeypatch):
    """The session of another window."""
    made = Session(new_place=places.new_autosave)
    yield made
    made.close()


@pytest.fixture
def small_disk(tmp_path):
    """An empty disk of 600 kB; what has a file on it is to be asked for after it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", disk]
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.fixture
def small_turns(monkeypatch):
    """A file is written in turns of a few moments."""
    monkeypatch.setattr("engine.session.store.writing.ROWS_AT_ONCE", 15)
