"""Whatever happens while a file is written, it is the old one or the new one."""

import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from functools import partial
from itertools import count

import numpy as np
import pytest
from made_sessions import files_in

from engine.core.machine import atomic
from engine.core.machine.atomic import atomic_folder, atomic_write, remove_leftovers
from engine.core.machine.folders import machine
from engine.session.jobs.export import write_file
from engine.session.jobs.files import save_session_as
from engine.session.session import Session
from tests.faults import Fault, files_of_at_most

OLD, NEW = b"old" * 1000, b"new!" * 50_000


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "größe & more.json"
    path.write_bytes(OLD)
    return path


def test_bytes_or_what_a_function_writes_replace_a_file_whose_permissions_and_links_stay(file, tmp_path):
    file.chmod(0o640)
    for target in (file, tmp_path / "later"):
        link = tmp_path / f"to {target.name}"
        link.symlink_to(target)
        atomic_write(link, NEW)
        assert link.is_symlink() and target.read_bytes() == NEW
    atomic_write(file, lambda opened: opened.write(b"by hand"))
    assert file.read_bytes() == b"by hand"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640

    before = os.umask(0o022)
    try:
        atomic_write(tmp_path / "new", NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o644


def test_a_function_that_raises_and_a_full_disk_change_nothing(file):
    def write(opened):
        opened.write(NEW)
        raise KeyError("half way")

    with pytest.raises(KeyError):
        atomic_write(file, write)
    with files_of_at_most(10_000), pytest.raises(OSError, match="too large"):
        atomic_write(file, b"x" * 100_000)
    assert file.read_bytes() == OLD
    assert list(file.parent.iterdir()) == [file]


def opened_with(fault, *how):
    """Open a file each of whose calls may fail."""
    file = fault.wrap(open)(*how)

    class File:
        write, flush = staticmethod(fault.wrap(file.write)), staticmethod(fault.wrap(file.flush))
        fileno = file.fileno

        def __enter__(self):
            return self

        def __exit__(self, *_):
            file.close()

    return File()


def test_a_fault_on_any_call_leaves_the_old_file_or_the_new_one(file, monkeypatch):
    for n in count(1):
        file.write_bytes(OLD)
        fault = Fault(n)
        with monkeypatch.context() as patch:
            patch.setattr(atomic, "open", partial(opened_with, fault), raising=False)
            for name in ("fsync", "stat", "chmod", "replace"):
                patch.setattr(atomic.os, name, fault.wrap(getattr(os, name)))
            try:
                atomic_write(file, NEW)
                raised = False
            except OSError:
                raised = True
        assert file.read_bytes() == (OLD if raised else NEW), n
        assert list(file.parent.iterdir()) == [file], n
        if fault.left > 0:
            break
    assert n >= 8  # open, write, flush, fsync, stat, chmod, replace, fsync of the folder


def fill(folder):
    (folder / "below").mkdir()
    for name in ("one", "below/two"):
        (folder / name).write_bytes(NEW)


def test_a_fault_on_any_call_leaves_the_whole_folder_or_none(tmp_path, monkeypatch):
    for n in count(1):
        place, fault = tmp_path / f"folder {n}", Fault(n)
        with monkeypatch.context() as patch:
            for name in ("mkdir", "fsync", "rename"):
                patch.setattr(atomic.os, name, fault.wrap(getattr(os, name)))
            try:
                atomic_folder(place, fill)
                raised = False
            except OSError:
                raised = True
        assert files_in(tmp_path) == (set() if raised else {place.name}), n
        if not raised:
            assert (place / "one").read_bytes() == (place / "below" / "two").read_bytes() == NEW
            shutil.rmtree(place)
        if fault.left > 0:
            break
    assert n >= 7  # two folders, two files, the new name, its folder


def test_a_folder_takes_no_place_that_is_taken(file, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    before = files_in(tmp_path)
    for name in (file.name, "empty", "link"):
        with pytest.raises(FileExistsError, match="it is there already"):
            atomic_folder(tmp_path / name, fill)
    assert files_in(tmp_path) == before and file.read_bytes() == OLD and not any((tmp_path / "empty").iterdir())


def test_a_writer_killed_at_any_moment_leaves_a_whole_file(file):
    script = (
        "import sys; from pathlib import Path; from engine.core.machine.atomic import atomic_write\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    for letter in b'ab': atomic_write(Path(sys.argv[1]), bytes([letter]) * 300_000)"
    )
    chance = random.Random(1)
    for _ in range(5):
        with subprocess.Popen([sys.executable, "-c", script, file], stdout=subprocess.PIPE) as child:
            child.stdout.readline()
            deadline = time.monotonic() + chance.uniform(0.0, 0.03)
            while time.monotonic() < deadline:
                pass
            child.send_signal(signal.SIGKILL)
        content = file.read_bytes()
        assert content == OLD or (len(content) == 300_000 and len(set(content)) == 1)
    remove_leftovers(file.parent)
    assert list(file.parent.iterdir()) == [file]


@pytest.fixture
def dead():
    """The number of a process that has ended."""
    with subprocess.Popen(["true"]) as child:
        pass
    return child.pid


def test_of_left_over_files_only_those_of_this_machines_dead_processes_go(tmp_path, dead):
    stay = (
        f".settings.json.{machine()}.{os.getpid()}.0123abcd.tmp",
        f".settings.json.76543210.{dead}.0123abcd.tmp",  # in a folder on a network
        f".settings.json.{dead}.0123abcd.tmp",
        ".somebody.else.tmp",
    )
    go = [f".settings.json.{machine()}.{dead}.0123abcd.tmp{end}" for end in ("", "-wal", "-shm")]
    for name in (*stay, *go):
        (tmp_path / name).write_bytes(b"")
    (gone := tmp_path / f".pictures.{machine()}.{dead}.0123abcd.tmp" / "heart").mkdir(parents=True)
    (gone / "1.png").write_bytes(b"")
    remove_leftovers(tmp_path)
    assert files_in(tmp_path) == set(stay)


def test_what_is_saved_into_a_folder_removes_what_killed_writers_left_there(tmp_path, dead):
    session, path = Session(), tmp_path / "mine.layerlight"
    for save in (lambda: write_file(session, path, b"a figure"), lambda: list(save_session_as(session, str(path)))):
        (tmp_path / f".big.layerlight.{machine()}.{dead}.0123abcd.tmp").write_bytes(b"80 MB")
        save()
        assert {name for name in files_in(tmp_path) if name.startswith(".")} == set()
    session.close()
    assert files_in(tmp_path) == {path.name}


def device(path, minor):
    """Make a device of one's own: the machine's are nothing to play with."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, minor))
        path.open("wb").close()
    except OSError:
        pytest.skip("only root can make a device, and not everywhere")
    return path


@pytest.fixture
def null(tmp_path):
    """What `/dev/null` is."""
    return device(tmp_path / "null", 3)


def by_hand(opened):
    opened.write(NEW[:10])
    opened.write(NEW[10:])


def test_a_device_swallows_what_is_written_and_stays_a_device(null):
    before = null.stat()
    for content in (NEW, by_hand, lambda file: np.savez(file, a=np.zeros(1000), b=np.ones(3))):  # which goes back
        atomic_write(null, content)
    assert (null.stat().st_mode, null.stat().st_rdev) == (before.st_mode, before.st_rdev)
    assert list(null.parent.iterdir()) == [null]
    (link := null.with_name("link")).symlink_to(null)
    atomic_write(link, NEW)
    assert link.is_symlink() and stat.S_ISCHR(null.stat().st_mode)
    full = device(null.with_name("full"), 7)
    with pytest.raises(OSError, match="No space left"):
        atomic_write(full, NEW)
    assert stat.S_ISCHR(full.stat().st_mode)


@pytest.mark.parametrize("content", [NEW, by_hand])
def test_who_reads_from_a_pipe_gets_all_of_it(tmp_path, content):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    holding = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # the pipe has a reader from the first
    reader.start()
    atomic_write(pipe, content)
    os.close(holding)
    reader.join(10)
    assert got == [NEW] and stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_pipe_that_nobody_reads_is_refused_at_once_and_stays(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="nobody reads from it"):
        atomic_write(tmp_path / "pipe", NEW)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_name_of_the_most_bytes_is_written(tmp_path):
    for letter in ("n", "é", "字", "🙂"):
        path = tmp_path / (letter * (255 // len(letter.encode())))
        atomic_write(path, NEW)
        assert path.read_bytes() == NEW
