"""What a person reads where a session cannot be written or read: no words of SQLite's or of the system's library."""

import errno
import sqlite3

import pytest

from engine.cli.parts.which import look_at
from engine.core.errors import UserError
from engine.session.jobs.files import open_session, save_session_as
from engine.session.store import store as stores
from engine.session.store.trouble import plain_reason
from tests.engine.session.store.runs import trained

SQLITE_WORDS = ("database", "disk i/o", "unable to", "malformed", "errno")


def sqlite_error(code, text):
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


def refusing(error):
    """Return what fails with this error, whatever it is called with."""

    def refuse(*_, **__):
        raise error

    return refuse


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


def refused_save(session, path):
    with pytest.raises(UserError) as refused:
        list(save_session_as(session, str(path)))
    return refused.value


def test_saving_says_where_it_failed_and_repeats_nothing_that_sqlite_says(session, tmp_path, monkeypatch):
    trained(session)
    sentence = f"x.layerlight cannot be written: the folder {tmp_path / 'gone'} is not there."
    assert refused_save(session, tmp_path / "gone" / "x.layerlight").sentence == sentence

    for error in (
        sqlite_error(sqlite3.SQLITE_FULL, "database or disk is full"),
        sqlite_error(sqlite3.SQLITE_CANTOPEN, "unable to open database file"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(stores.Store, "write", refusing(error))
            sentence = refused_save(session, tmp_path / "x.layerlight").sentence
        assert not any(word in sentence.lower() for word in SQLITE_WORDS), sentence


@pytest.fixture
def saved(session, tmp_path):
    """The path of a session with a run."""
    trained(session)
    list(save_session_as(session, str(tmp_path / "x.layerlight")))
    session.begin()
    return tmp_path / "x.layerlight"


def refused_opening(session, path):
    with pytest.raises(UserError) as refused:
        list(open_session(session, str(path)))
    return refused.value.sentence


def test_a_file_that_is_cut_short_damaged_or_another_ones_is_called_that(session, saved, tmp_path):
    whole = saved.read_bytes()
    for size in (10, 100, 600, 5000):
        saved.write_bytes(whole[:size])
        sentence = refused_opening(session, saved)
        assert sentence.startswith("x.layerlight cannot be opened: the file is cut short, ")
        assert "beginning" not in sentence and " of " in sentence
    saved.write_bytes(b"PK\x03\x04" * 4096)
    assert refused_opening(session, saved) == "x.layerlight cannot be opened: it is no Layerlight session."
    saved.write_bytes(b"SQLite format 3\0" + bytes(8192))
    assert "its beginning is damaged" in refused_opening(session, saved)


def test_why_a_session_is_not_read_is_said_in_plain_words(session, saved, monkeypatch):
    for code, text, reason in (
        (sqlite3.SQLITE_CANTOPEN, "unable to open database file", "it cannot be opened any more"),
        (sqlite3.SQLITE_BUSY, "database is locked", "another program holds it"),
        (sqlite3.SQLITE_IOERR, "disk I/O error", "the disk refuses it"),
        (sqlite3.SQLITE_CORRUPT, "database disk image is malformed", "it is damaged"),
        (0, "no more rows available", "it is damaged"),
    ):
        monkeypatch.setattr(stores.Store, "load", refusing(sqlite_error(code, text)))
        with pytest.raises(UserError) as of_command, look_at(saved):
            pass
        for sentence in (refused_opening(session, saved), of_command.value.sentence):
            assert sentence == f"x.layerlight cannot be read: {reason}."
