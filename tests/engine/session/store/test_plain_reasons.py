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


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (sqlite_error(sqlite3.SQLITE_FULL, "database or disk is full"), "the disk is full"),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "the disk is full"),
        (sqlite_error(sqlite3.SQLITE_READONLY, "attempt to write"), "nothing may be written there"),
        (PermissionError(errno.EACCES, "Permission denied"), "nothing may be written there"),
        (sqlite_error(sqlite3.SQLITE_BUSY, "database is locked"), "another program holds the file"),
        (sqlite_error(sqlite3.SQLITE_IOERR, "disk I/O error"), "the disk refuses it"),
        (sqlite_error(sqlite3.SQLITE_CORRUPT, "database disk image is malformed"), "the disk refuses it"),
        (OSError(errno.ENAMETOOLONG, "File name too long"), "file name too long"),
    ],
)
def test_reasons_are_plain(tmp_path, error, reason):
    assert plain_reason(error, tmp_path / "x.layerlight") == reason


def test_a_folder_that_has_gone_is_named(tmp_path):
    cannot_open = sqlite_error(sqlite3.SQLITE_CANTOPEN, "unable to open database file")
    for error in (cannot_open, FileNotFoundError(errno.ENOENT, "No such file or directory")):
        reason = plain_reason(error, tmp_path / "gone" / "x.layerlight")
        assert reason == f"the folder {tmp_path / 'gone'} is not there"
    assert plain_reason(cannot_open, tmp_path / "x.layerlight") == "nothing may be written there"


def refused_save(session, path):
    with pytest.raises(UserError) as refused:
        list(save_session_as(session, str(path)))
    return refused.value


def test_saving_into_a_folder_that_is_not_there_says_so(session, tmp_path):
    trained(session)
    sentence = f"x.layerlight cannot be written: the folder {tmp_path / 'gone'} is not there."
    assert refused_save(session, tmp_path / "gone" / "x.layerlight").sentence == sentence


@pytest.mark.parametrize(
    ("code", "text"),
    [(sqlite3.SQLITE_FULL, "database or disk is full"), (sqlite3.SQLITE_CANTOPEN, "unable to open database file")],
)
def test_what_sqlite_says_is_not_repeated(session, tmp_path, monkeypatch, code, text):
    trained(session)

    def refuse(*_, **__):
        raise sqlite_error(code, text)

    monkeypatch.setattr(stores.Store, "write", refuse)
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


@pytest.mark.parametrize("size", [10, 100, 600, 5000])
def test_a_session_that_was_cut_short_is_called_that(session, saved, size):
    saved.write_bytes(saved.read_bytes()[:size])
    sentence = refused_opening(session, saved)
    assert sentence.startswith("x.layerlight cannot be opened: the file is cut short, ")
    assert "beginning" not in sentence and " of " in sentence


def test_another_file_is_called_no_session_and_a_damaged_beginning_that(session, tmp_path):
    other = tmp_path / "y.layerlight"
    other.write_bytes(b"PK\x03\x04" * 4096)
    assert refused_opening(session, other) == "y.layerlight cannot be opened: it is no Layerlight session."
    other.write_bytes(b"SQLite format 3\0" + bytes(8192))
    assert "its beginning is damaged" in refused_opening(session, other)


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [
        (sqlite3.SQLITE_CANTOPEN, "unable to open database file", "it cannot be opened any more"),
        (sqlite3.SQLITE_BUSY, "database is locked", "another program holds it"),
        (sqlite3.SQLITE_IOERR, "disk I/O error", "the disk refuses it"),
        (sqlite3.SQLITE_CORRUPT, "database disk image is malformed", "it is damaged"),
        (0, "no more rows available", "it is damaged"),
    ],
)
def test_why_a_session_is_not_read_is_said_in_plain_words(session, saved, monkeypatch, code, text, reason):
    def refuse(store):
        raise sqlite_error(code, text)

    monkeypatch.setattr(stores.Store, "load", refuse)
    with pytest.raises(UserError) as of_command, look_at(saved):
        pass
    for sentence in (refused_opening(session, saved), of_command.value.sentence):
        assert sentence == f"x.layerlight cannot be read: {reason}."
