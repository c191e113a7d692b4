"""Sessions on disks of Windows and macOS, faked: locks by name, names of any case and form, shares."""

import errno
import sqlite3
import sys
import unicodedata
from pathlib import PureWindowsPath

import filelock  # noqa: F401 - before a test says that this is another system: it chooses its locks when it is imported
import pytest

from engine.core.errors import UserError
from engine.session.jobs.files import save_session_as
from engine.session.store import places
from engine.session.store.opening import create_store
from engine.session.store.schema import uri_of
from engine.session.store.watch import Lock


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_without_fcntl_a_session_is_locked_by_its_name_alone(tmp_path, monkeypatch, platform):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setitem(sys.modules, "fcntl", None)  # an import of it raises
    path = tmp_path / "digits.layerlight"
    store = create_store(path)
    other = Lock(path)
    assert not other.take() and other.descriptor is None
    store.close()
    assert other.take() and other.descriptor is None
    other.release()


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_where_case_and_the_form_of_letters_do_not_count_all_names_of_a_session_have_one_lock(
    tmp_path, monkeypatch, platform
):
    names = [unicodedata.normalize(form, name) for form in ("NFC", "NFD") for name in ("Größe", "größe", "GRÖSSE")]
    paths = [tmp_path / f"{name}.layerlight" for name in names]
    assert len({places.key_of(path) for path in paths}) == 6, "on Linux they are six files"
    monkeypatch.setattr(sys, "platform", platform)
    assert len({places.key_of(path) for path in paths}) == 1
    assert places.key_of(tmp_path / "another.layerlight") != places.key_of(paths[0])
    first, second = Lock(paths[0]), Lock(paths[-1])
    assert first.take() and not second.take()
    first.release()


def test_sqlite_opens_a_session_on_a_drive_and_on_a_share(tmp_path):
    assert uri_of(PureWindowsPath(r"C:\my files\50 %.layerlight")) == "file:///C:/my%20files/50%20%25.layerlight"
    share = PureWindowsPath(f"/{tmp_path}") / "digits.layerlight"  # //dev/shm/...: here a path like any other
    assert share.drive, "it is one for Windows"
    sqlite3.connect(uri_of(share), uri=True).execute("CREATE TABLE t (x)").connection.close()
    assert (tmp_path / "digits.layerlight").stat().st_size > 0


def test_a_session_gets_no_name_that_windows_keeps_for_itself(session, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    for name in ("con.layerlight", "run A: best.layerlight"):
        with pytest.raises(OSError, match="no file on Windows may have this name") as refused:
            create_store(tmp_path / name)
        assert refused.value.errno == errno.EINVAL
        with pytest.raises(UserError, match="no file on Windows may have this name"):
            list(save_session_as(session, str(tmp_path / name)))
    assert list(tmp_path.glob("*con*")) == list(tmp_path.glob("*run*")) == []
