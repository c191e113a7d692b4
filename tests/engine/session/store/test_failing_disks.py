"""A disk that fails is told of once, and nothing is missing when it works again."""

import contextlib
import errno
import itertools
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from runs import add_epoch, again, assert_same_run, files, made_run, open_again, trained
from told import of
from told_and_found import epochs_in

from engine.core.errors import UserError
from engine.core.machine import atomic
from engine.core.messages import Notice
from engine.session.jobs.files import SessionsFound, find_left_sessions, new_session, open_session, save_session_as
from engine.session.session import Session, SessionSaved, SessionWriting
from engine.session.store import opening, places
from engine.session.store import store as store_module
from engine.session.store.opening import forget_old_command_line_sessions, replace_store
from engine.session.store.reading import Contents
from engine.session.store.trouble import READ_ONLY
from tests.faults import Fault

ROOT = Path(__file__).resolve().parents[4]


def test_a_full_disk_is_told_once_and_nothing_is_missing_when_there_is_room_again(session):
    run, _ = trained(session)
    pages = session.store.database.execute("PRAGMA page_count").fetchone()[0]
    session.store.database.execute(f"PRAGMA max_page_count = {pages}")
    told = []
    for number in range(4, 10):
        add_epoch(run, number)
        told += session.save()
    (trouble,) = of(SessionWriting, told)
    assert trouble.trouble == "The disk is full, so the session is not being saved."
    assert [notice.sentence for notice in of(Notice, told)] == [trouble.trouble]
    session.store.database.execute("PRAGMA max_page_count = 1000000")
    told = [message for _ in range(3) for message in session.save()]
    assert [message.trouble for message in of(SessionWriting, told)] == [""]
    assert len(of(Notice, told)) == 1
    open_again(session)
    assert_same_run(session.runs["A"], again(run))
    assert len(session.runs["A"].epochs) == 9


def test_a_folder_that_vanishes_and_comes_back_costs_nothing(session, tmp_path):
    folder = tmp_path / "stick"
    folder.mkdir()
    run, _ = trained(session)
    list(save_session_as(session, str(folder / "x.layerlight")))
    folder.rename(tmp_path / "gone")
    add_epoch(run, 4)
    told = session.save()
    assert "no longer where it was" in of(SessionWriting, told)[0].trouble
    (tmp_path / "gone").rename(folder)
    assert of(SessionWriting, session.save())[0].trouble == ""
    session.close()
    list(open_session(session, str(folder / "x.layerlight")))
    assert_same_run(session.runs["A"], again(run))


def test_a_state_folder_that_cannot_be_written_keeps_everything_in_memory(session, monkeypatch, tmp_path):
    monkeypatch.setattr(session, "new_place", lambda: tmp_path / "nowhere" / "x.layerlight")
    run, told = made_run(), []
    session.runs["A"] = run
    for _ in range(3):
        told += session.save()
    assert len(of(Notice, told)) == 1
    (tmp_path / "nowhere").mkdir()
    session.save()
    assert session.is_saved()
    assert_same_run(run, made_run())


def test_without_any_state_folder_a_session_is_written_where_a_person_says_and_nothing_else_fails(
    monkeypatch, tmp_path
):
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
    session = Session(new_place=places.new_autosave)
    session.runs["A"] = made_run()
    told = session.save()
    assert of(SessionWriting, told)[0].trouble == READ_ONLY
    assert of(SessionsFound, list(find_left_sessions(session)))[0].sessions == ()
    forget_old_command_line_sessions()
    places.remember(tmp_path / "x.layerlight")
    places.note_canvas(None, {"strokes": []})
    assert places.last_session() is None and places.noted_canvas(None) is None
    told = list(save_session_as(session, str(tmp_path / "x.layerlight")))
    assert of(SessionSaved, told)[0].is_saved and session.is_saved()
    assert session.close()
    list(open_session(session, str(tmp_path / "x.layerlight")))
    assert_same_run(session.runs["A"], made_run())
    if sys.platform == "linux":
        with pytest.raises(UserError, match="is open in another window"):  # the file's own lock is enough
            next(replace_store(tmp_path / "x.layerlight", Contents))
    session.close()


FULL = """
import resource, signal, sys
sys.path.insert(0, "tests/engine/session/store")
from pathlib import Path
import engine.session.session
from engine.session.session import Session
from runs import add_epoch, made_run
engine.session.session.RETRY_SECONDS = 0.0
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
session = Session(new_place=lambda: Path(sys.argv[1]))
session.runs["A"] = run = made_run(epochs=1)
told = []
for number in range(2, 61):
    add_epoch(run, number)
    told += session.save()
print([type(message).__name__ + ": " + message.sentence for message in told if hasattr(message, "sentence")])
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
while not session.is_saved():
    session.save()
session.close()
"""


def test_a_limit_on_the_size_of_files_is_a_full_disk(tmp_path, session):
    path = tmp_path / "x.layerlight"
    how = {"cwd": ROOT, "capture_output": True, "text": True, "timeout": 60}
    done = subprocess.run([sys.executable, "-c", FULL, path], **how)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Notice: ") == 1 and "not being saved" in done.stdout
    assert files(tmp_path) == ["x.layerlight"]
    list(open_session(session, str(path)))
    assert len(session.runs["A"].epochs) == 60
    assert_same_run(session.runs["A"], again(session.runs["A"]))


def test_a_small_disk_that_fills_up_keeps_a_whole_file(small_disk, session, tmp_path):
    session.runs["A"] = run = made_run(epochs=1)
    session.save()
    list(save_session_as(session, str(small_disk / "x.layerlight")))
    told = []
    for number in range(2, 61):
        add_epoch(run, number)
        told += session.save()
    (trouble,) = of(SessionWriting, told)
    assert trouble.trouble == "The disk is full, so the session is not being saved."
    assert 1 <= len(epochs_in(small_disk / "x.layerlight")) < 60
    elsewhere = tmp_path / "elsewhere.layerlight"
    list(save_session_as(session, str(elsewhere)))
    session.close()
    list(open_session(session, str(elsewhere)))
    assert_same_run(session.runs["A"], again(run))


class Failing(Fault):
    """Lets call number `n` fail, whichever it is: of SQLite or of the system."""

    def connect(self, connect):
        failing, full = self, sqlite3.OperationalError("database or disk is full")

        class Database:
            """A connection that fails once."""

            def __init__(self, *args):
                self._true = failing.wrap(connect, full)(*args)
                self.execute = failing.wrap(self._true.execute, full)
                self.close, self.set_progress_handler = self._true.close, self._true.set_progress_handler

            @property
            def in_transaction(self):
                return self._true.in_transaction

        return Database


def faults(monkeypatch, act, every=1):
    """Do `act` again and again, each time with the next call failing, until none fails; return how many there are.

    One of `every` calls fails. What `act` returns is called when nothing fails any more, and looks at what was
    left.
    """
    for n in itertools.count(1, every):
        fault = Failing(n)
        with monkeypatch.context() as patch:
            true_connect = store_module.connect
            patch.setattr(store_module, "connect", fault.connect(true_connect))
            for name in ("fsync", "replace"):
                full = OSError(errno.ENOSPC, "No space left on device")
                patch.setattr(atomic.os, name, fault.wrap(getattr(os, name), full))
            patch.setattr(opening, "flush_folder", fault.wrap(atomic.flush_folder, OSError(errno.EIO, "I/O")))
            check = act(n)
        check()
        if fault.left > 0:
            break
    return n


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_a_fault_on_any_call_of_save_as_leaves_the_old_file_or_a_whole_new_one(session, monkeypatch, tmp_path, every):
    target = tmp_path / "x.layerlight"
    trained(session, "B", seed=1)
    list(save_session_as(session, str(target)))
    list(new_session(session))
    old = target.read_bytes()
    outcomes = set()

    def act(n):
        target.write_bytes(old)
        with contextlib.closing(Session(new_place=places.new_autosave)) as mine:
            run, _ = trained(mine, epochs=1)
            before = mine.store.path
            try:
                list(save_session_as(mine, str(target)))
                outcomes.add("saved")
            except UserError:
                outcomes.add("refused")
                assert mine.store.path == before
                assert_same_run(run, made_run(epochs=1))
            add_epoch(run, 2)
            for _ in range(3):
                mine.save()
            path = mine.store.path

        def check():
            assert files(tmp_path) == ["x.layerlight"]
            if path == target or target.read_bytes() != old:  # it was in its place when the call failed
                assert list(read(target)) == ["A"]
            assert_same_run(read(path)["A"], again(run))

        return check

    assert faults(monkeypatch, act, every) > 40
    assert outcomes == {"saved", "refused"}


def read(path):
    """The runs of a file, read by a session of its own."""
    session = Session()
    list(open_session(session, str(path), copy=True))
    runs = session.runs
    for run in runs.values():
        for step in run.moments:
            run.moments[step]
    session.close()
    return runs


def test_a_fault_on_any_call_of_a_save_loses_nothing(monkeypatch):
    monkeypatch.setattr("engine.session.session.RETRY_SECONDS", 0.0)

    def act(n):
        with contextlib.closing(Session(new_place=places.new_autosave)) as mine:
            run = mine.runs["A"] = made_run(epochs=2)
            mine.save()
            add_epoch(run, 3)
            mine.save()
            mine.save()
            mine.save()
            path = mine.store.path
        return lambda: assert_same_run(read(path)["A"], again(run))

    assert faults(monkeypatch, act) > 40
