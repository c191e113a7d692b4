"""A disk that fails is told of once, in words that are not SQLite's, and nothing is missing when it works again."""

import contextlib
import errno
import itertools
import os
import sqlite3
import sys
from functools import partial

import pytest
from runs import add_epoch, again, assert_same_run, files, fill_the_disk, made_run, open_again, trained
from told import of

from engine.cli.parts.which import look_at
from engine.core.errors import UserError
from engine.core.machine import atomic
from engine.core.messages import Notice
from engine.session.jobs.files import SessionsFound, find_left_sessions, new_session, open_session, save_session_as
from engine.session.session import Session, SessionSaved, SessionWriting
from engine.session.store import opening, places
from engine.session.store import store as store_module
from engine.session.store.opening import forget_old_command_line_sessions, replace_store
from engine.session.store.reading import Contents
from engine.session.store.trouble import READ_ONLY, plain_reason
from tests.faults import Fault, refusing


def test_a_full_disk_is_said_once_and_nothing_is_missing_when_there_is_room_again(session):
    run, _ = trained(session)
    make_room = fill_the_disk(session)
    told = []
    for number in range(4, 10):
        add_epoch(run, number)
        told += session.save()
    (trouble,) = of(SessionWriting, told)
    assert trouble.trouble == "The disk is full, so the session is not being saved."
    assert [notice.sentence for notice in of(Notice, told)] == [trouble.trouble]
    make_room()
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


class Database:
    """A connection on which a call of SQLite's fails once."""

    def __init__(self, fault, connect, *how):
        full = sqlite3.OperationalError("database or disk is full")
        self._true = fault.wrap(connect, full)(*how)
        self.execute = fault.wrap(self._true.execute, full)
        self.close, self.set_progress_handler = self._true.close, self._true.set_progress_handler

    @property
    def in_transaction(self):
        return self._true.in_transaction


def faults(monkeypatch, act, every=1):
    """Do `act` again and again, each time with the next call failing, until none fails; return how many there are.

    One of `every` calls fails. What `act` returns is called when nothing fails any more, and looks at what was
    left.
    """
    for n in itertools.count(1, every):
        fault = Fault(n)
        with monkeypatch.context() as patch:
            patch.setattr(store_module, "connect", partial(Database, fault, store_module.connect))
            for name in ("fsync", "replace"):
                full = OSError(errno.ENOSPC, "No space left on device")
                patch.setattr(atomic.os, name, fault.wrap(getattr(os, name), full))
            patch.setattr(opening, "flush_folder", fault.wrap(atomic.flush_folder, OSError(errno.EIO, "I/O")))
            check = act(n)
        check()
        if fault.left > 0:
            break
    return n


SOME_OR_ALL_CALLS = pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.slow)])


@SOME_OR_ALL_CALLS
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
    """The runs of a file with all their moments, read by a session of its own."""
    with contextlib.closing(Session()) as session:
        list(open_session(session, str(path), copy=True))
        for run in session.runs.values():
            assert all(run.moments[step] for step in run.moments)
        return session.runs


@SOME_OR_ALL_CALLS
def test_a_fault_on_any_call_of_a_save_loses_nothing(monkeypatch, every):
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

    assert faults(monkeypatch, act, every) > 40


SQLITE_WORDS = ("database", "disk i/o", "unable to", "malformed", "errno")


def sqlite_error(code, text):
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


def test_reasons_are_plain_and_a_folder_that_has_gone_is_named(tmp_path):
    cannot_open = sqlite_error(sqlite3.SQLITE_CANTOPEN, "unable to open database file")
    for error, reason in (
        (sqlite_error(sqlite3.SQLITE_FULL, "database or disk is full"), "the disk is full"),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "the disk is full"),
        (sqlite_error(sqlite3.SQLITE_READONLY, "attempt to write"), "nothing may be written there"),
        (PermissionError(errno.EACCES, "Permission denied"), "nothing may be written there"),
        (sqlite_error(sqlite3.SQLITE_BUSY, "database is locked"), "another program holds the file"),
        (sqlite_error(sqlite3.SQLITE_IOERR, "disk I/O error"), "the disk refuses it"),
        (sqlite_error(sqlite3.SQLITE_CORRUPT, "database disk image is malformed"), "the disk refuses it"),
        (OSError(errno.ENAMETOOLONG, "File name too long"), "file name too long"),
        (cannot_open, "nothing may be written there"),
    ):
        assert plain_reason(error, tmp_path / "x.layerlight") == reason
    for error in (cannot_open, FileNotFoundError(errno.ENOENT, "No such file or directory")):
        reason = plain_reason(error, tmp_path / "gone" / "x.layerlight")
        assert reason == f"the folder {tmp_path / 'gone'} is not there"


def refused(job):
    """Return the sentence with which a job ends."""
    with pytest.raises(UserError) as refusal:
        list(job)
    return refusal.value.sentence


def test_saving_says_where_it_failed_and_repeats_nothing_that_sqlite_says(session, tmp_path, monkeypatch):
    trained(session)
    sentence = f"x.layerlight cannot be written: the folder {tmp_path / 'gone'} is not there."
    assert refused(save_session_as(session, str(tmp_path / "gone" / "x.layerlight"))) == sentence

    for error in (
        sqlite_error(sqlite3.SQLITE_FULL, "database or disk is full"),
        sqlite_error(sqlite3.SQLITE_CANTOPEN, "unable to open database file"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(store_module.Store, "write", refusing(error))
            sentence = refused(save_session_as(session, str(tmp_path / "x.layerlight")))
        assert not any(word in sentence.lower() for word in SQLITE_WORDS), sentence


@pytest.fixture
def saved(session, tmp_path):
    trained(session)
    list(save_session_as(session, str(tmp_path / "x.layerlight")))
    session.begin()
    return tmp_path / "x.layerlight"


def test_a_file_that_is_cut_short_damaged_or_another_ones_is_called_that(session, saved, tmp_path):
    whole = saved.read_bytes()
    for size in (10, 100, 600, 5000):
        saved.write_bytes(whole[:size])
        sentence = refused(open_session(session, str(saved)))
        assert sentence.startswith("x.layerlight cannot be opened: the file is cut short, ")
        assert "beginning" not in sentence and " of " in sentence
    saved.write_bytes(b"PK\x03\x04" * 4096)
    assert refused(open_session(session, str(saved))) == "x.layerlight cannot be opened: it is no Layerlight session."
    saved.write_bytes(b"SQLite format 3\0" + bytes(8192))
    assert "its beginning is damaged" in refused(open_session(session, str(saved)))


def test_why_a_session_is_not_read_is_said_in_plain_words(session, saved, monkeypatch):
    for code, text, reason in (
        (sqlite3.SQLITE_CANTOPEN, "unable to open database file", "it cannot be opened any more"),
        (sqlite3.SQLITE_BUSY, "database is locked", "another program holds it"),
        (sqlite3.SQLITE_IOERR, "disk I/O error", "the disk refuses it"),
        (sqlite3.SQLITE_CORRUPT, "database disk image is malformed", "it is damaged"),
        (0, "no more rows available", "it is damaged"),
    ):
        monkeypatch.setattr(store_module.Store, "load", refusing(sqlite_error(code, text)))
        with pytest.raises(UserError) as of_command, look_at(saved):
            pass
        for sentence in (refused(open_session(session, str(saved))), of_command.value.sentence):
            assert sentence == f"x.layerlight cannot be read: {reason}."
