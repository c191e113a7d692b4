"""Whatever happens while a file is written, it is the old one or the new one."""

import errno
import os
import random
import signal
import stat
import subprocess
import sys
import time
from itertools import count

import pytest
from made_sessions import files_in

from engine import atomic
from engine.atomic import atomic_write, remove_leftovers
from engine.folders import machine

OLD, NEW = b"old" * 1000, b"new!" * 50_000


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "größe & more.json"
    path.write_bytes(OLD)
    return path


def test_writes_bytes_and_what_a_function_writes(file):
    atomic_write(file, NEW)
    assert file.read_bytes() == NEW
    atomic_write(file, lambda opened: opened.write(b"by hand"))
    assert file.read_bytes() == b"by hand"


def test_a_new_file_appears_with_ordinary_permissions(tmp_path):
    before = os.umask(0o022)
    try:
        atomic_write(tmp_path / "new", NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o644


def test_the_permissions_stay(file):
    file.chmod(0o640)
    atomic_write(file, NEW)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_symbolic_link_stays_a_link(file, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(file)
    atomic_write(link, NEW)
    assert link.is_symlink() and file.read_bytes() == NEW


def test_a_function_that_raises_changes_nothing(file):
    def write(opened):
        opened.write(NEW)
        raise KeyError("half way")

    with pytest.raises(KeyError):
        atomic_write(file, write)
    assert file.read_bytes() == OLD
    assert list(file.parent.iterdir()) == [file]


class FailsOnCall:
    """Lets call number `n` fail, whichever it is: of `os`, of `open`, or of the opened file."""

    def __init__(self, n):
        self.left = n

    def wrap(self, call):
        def counted(*args, **kwargs):
            self.left -= 1
            if self.left == 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return call(*args, **kwargs)

        return counted

    def open(self, *args):
        opened = self.wrap(open)(*args)

        class File:
            write = staticmethod(self.wrap(opened.write))
            flush = staticmethod(self.wrap(opened.flush))
            fileno = opened.fileno

            def __enter__(self):
                return self

            def __exit__(self, *_):
                opened.close()

        return File()


def test_a_fault_on_any_call_leaves_the_old_file_or_the_new_one(file, monkeypatch):
    for n in count(1):
        file.write_bytes(OLD)
        fault = FailsOnCall(n)
        with monkeypatch.context() as patch:
            patch.setattr(atomic, "open", fault.open, raising=False)
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


def test_a_full_disk_keeps_the_old_file(file):
    script = (
        "import resource, signal, sys; from pathlib import Path; from engine.atomic import atomic_write\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        "try: atomic_write(Path(sys.argv[1]), b'x' * 100_000)\n"
        "except OSError as error: print(error.errno)"
    )
    done = subprocess.run([sys.executable, "-c", script, file], capture_output=True, text=True, timeout=20)
    assert done.stdout.split() == [str(errno.EFBIG)], done.stderr
    assert file.read_bytes() == OLD
    assert list(file.parent.iterdir()) == [file]


def test_a_writer_killed_at_any_moment_leaves_a_whole_file(file):
    script = (
        "import sys; from pathlib import Path; from engine.atomic import atomic_write\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    for letter in b'ab': atomic_write(Path(sys.argv[1]), bytes([letter]) * 300_000)"
    )
    chance = random.Random(1)
    for _ in range(8):
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


def test_of_left_over_files_only_those_of_this_machine_s_dead_processes_go(tmp_path):
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        pass
    stay = (
        f".settings.json.{machine()}.{os.getpid()}.0123abcd.tmp",
        f".settings.json.76543210.{child.pid}.0123abcd.tmp",  # in a folder on a network
        f".settings.json.{child.pid}.0123abcd.tmp",
        ".somebody.else.tmp",
    )
    go = [f".settings.json.{machine()}.{child.pid}.0123abcd.tmp{end}" for end in ("", "-wal", "-shm")]
    for name in (*stay, *go):
        (tmp_path / name).write_bytes(b"")
    remove_leftovers(tmp_path)
    assert files_in(tmp_path) == set(stay)
