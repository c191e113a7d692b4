"""What Windows and macOS lack, or do otherwise, faked one fact at a time: docs/systems.md lists them."""

import errno
import os
import re
import signal
import sys
import threading
from pathlib import Path, PureWindowsPath

import platformdirs.macos
import platformdirs.windows
import pytest
from made_sessions import ROOT

from engine.core.errors import UserError
from engine.core.machine import atomic, beside, bundled, device, folders, memory
from engine.core.machine.atomic import atomic_write, check_name, check_place, saving
from engine.core.machine.signals import heard
from engine.core.mailbox import Mailbox
from engine.core.preload import check_address_space
from engine.core.runner import Runner
from engine.data.download.download_child import cannot_keep
from engine.data.location import location_of, path_of
from engine.session.jobs.export import save_file
from engine.session.session import Session
from engine.studies.sweep.processes import fitting_processes
from tests.faults import refusing

DEVICES = ("con", "NUL.txt", "aux.txt", "Com1.layerlight", "lpt9", "prn .csv", "com².png")
OTHERS_FILE = ("run A: best.csv", "what?.png", "a<b>.svg", 'the "first".csv', "one|two", "5*5.csv", "back\\slash.csv")
CUT_OFF = ("digits.", "digits ")  # Windows leaves the last sign out
ORDINARY = ("console.txt", "nul", "auxiliary.csv", "com.csv", "lpt10", ".hidden", "größe, 97.5 %.csv", "数.layerlight")


@pytest.fixture
def windows(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")


def test_a_name_that_no_file_on_windows_can_have_is_refused_in_a_sentence_before_anything_is_written(tmp_path, windows):
    for name in (*DEVICES, *OTHERS_FILE, *CUT_OFF):
        sentence = f"{name} cannot be saved: no file on Windows may have this name. Choose another name."
        for refused in (lambda path: check_place(path), lambda path: list(save_file(Session(), path, b"x"))):
            with pytest.raises(UserError) as caught:
                refused(tmp_path / name)
            assert str(caught.value) == sentence
    assert list(tmp_path.iterdir()) == []
    for name in ORDINARY:
        check_place(tmp_path / name)
        atomic_write(tmp_path / name, b"x")
    assert {path.name for path in tmp_path.iterdir()} == set(ORDINARY)


def test_elsewhere_these_are_names_like_any_other(tmp_path):
    for name in (*DEVICES, *OTHERS_FILE, *CUT_OFF):
        atomic_write(tmp_path / name, b"x")
        assert (tmp_path / name).read_bytes() == b"x"


def test_a_name_or_path_that_is_too_long_for_the_system_is_a_sentence(tmp_path, monkeypatch):
    with pytest.raises(UserError, match=r"File name too long\. Choose another name\."):
        list(save_file(Session(), tmp_path / f"{'a' * 300}.csv", b"x"))
    path, of_windows = tmp_path / ("b" * 200), FileNotFoundError(errno.ENOENT, "No such file or directory")
    monkeypatch.setattr(atomic, "open", refusing(of_windows), raising=False)  # so it says of more than 260 letters
    with pytest.raises(UserError, match=r"b cannot be saved: No such file or directory\. Choose another place\."):
        list(save_file(Session(), path, b"x"))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_a_viewer_holds_open_for_a_moment_is_replaced_all_the_same(tmp_path, windows, monkeypatch):
    path, tries = tmp_path / "figure.csv", []
    path.write_bytes(b"old")
    replace = os.replace

    def held(*paths, for_tries=2):
        tries.append(paths)
        if len(tries) <= for_tries:
            raise PermissionError(errno.EACCES, "The process cannot access the file")
        replace(*paths)

    monkeypatch.setattr(atomic, "RETRY_SECONDS", 0)
    monkeypatch.setattr(atomic.os, "replace", held)
    atomic_write(path, b"new")
    assert path.read_bytes() == b"new" and len(tries) == 3

    monkeypatch.setattr(atomic.os, "replace", refusing(PermissionError(errno.EACCES, "The process cannot access it")))
    with pytest.raises(UserError, match="cannot be saved: The process cannot access it"), saving(path):
        atomic_write(path, b"newer")
    assert path.read_bytes() == b"new" and list(tmp_path.iterdir()) == [path]


def test_addresses_of_data_on_a_drive_and_on_a_share_lead_to_their_file(windows):
    for path in (r"C:\Users\Änne\my data #1.npz", r"\\school\home$\anna\100 %.csv"):
        uri = PureWindowsPath(path).as_uri()
        assert PureWindowsPath(path_of(uri)) == PureWindowsPath(path), uri
        location = location_of(f"{uri}#images=pics&labels=kinds")
        assert (PureWindowsPath(location.path), location.arrays) == (PureWindowsPath(path), ("pics", "kinds"))
        assert str(path_of(path)) == path


def test_a_closed_console_of_windows_is_heard_by_the_signal_that_it_has(monkeypatch):
    monkeypatch.delattr(signal, "SIGHUP")
    monkeypatch.setattr(signal, "SIGBREAK", signal.SIGUSR1, raising=False)
    received, unheard = [], []
    before = signal.signal(signal.SIGUSR1, lambda *_: unheard.append("it would end the process"))
    try:
        with heard(lambda number, _: received.append(number)):
            for number in (signal.SIGINT, signal.SIGBREAK):
                signal.raise_signal(number)
        assert (received, unheard) == ([signal.SIGINT, signal.SIGUSR1], [])
        signal.raise_signal(signal.SIGBREAK)
        assert len(unheard) == 1, "what was there before is there again"
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_no_process_is_forked_and_each_child_is_started_by_its_command_alone():
    forked = re.compile(r"multiprocessing|os\.fork|preexec_fn|pass_fds|start_new_session|posix_spawn|process_group")
    sources = [file for folder in ("engine", "gui") for file in (ROOT / folder).rglob("*.py")]
    assert len(sources) > 400
    assert [file.name for file in sources if forked.search(file.read_text("utf-8"))] == []
    starts = {file.name for file in sources if "subprocess.Popen(" in file.read_text("utf-8")}
    assert starts == {"beside.py"}, "which names the program and a module, and hands over nothing else"


def test_without_proc_nothing_is_known_of_memory_and_all_that_looks_there_goes_on(tmp_path, monkeypatch):
    read = Path.read_text

    def without_proc(path, *how):
        if path.parts[:2] == ("/", "proc"):
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(path))
        return read(path, *how)

    monkeypatch.setattr(Path, "read_text", without_proc)
    monkeypatch.setattr(sys, "platform", "darwin")
    memory.give_all_back()
    assert memory.free_memory(tmp_path) is None
    monkeypatch.setattr("engine.studies.sweep.processes.free_memory", lambda: memory.free_memory(tmp_path))
    assert fitting_processes() == device.cores()
    monkeypatch.setattr(device, "NVIDIA_CARDS", tmp_path / "proc" / "driver" / "nvidia" / "gpus")
    assert device.unused_card() == ""


def test_without_the_module_resource_no_limit_is_looked_for(tmp_path, windows, monkeypatch):
    monkeypatch.setitem(sys.modules, "resource", None)  # an import of it raises
    check_address_space()
    assert memory.free_memory(tmp_path) is None


def test_without_priorities_and_affinity_a_job_runs_a_child_starts_and_all_cores_count(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    for name in ("nice", "sched_getaffinity"):
        monkeypatch.delattr(os, name)
    beside.stand_back(5)
    assert device.cores() == os.cpu_count()
    ran = threading.Event()

    def job(_session):
        ran.set()
        yield None

    runner = Runner(None, Mailbox())
    runner.submit(job)
    assert ran.wait(10) and runner.close()


@pytest.mark.parametrize(
    ("system", "config", "logs", "cache"),
    [
        (platformdirs.windows.Windows, "{}", "{}/Logs", "{}/Cache"),
        (platformdirs.macos.MacOS, "Library/Application Support/{}", "Library/Logs/{}", "Library/Caches/{}"),
    ],
)
def test_settings_state_logs_and_what_can_be_had_again_lie_where_the_system_wants_them(
    tmp_path, monkeypatch, system, config, logs, cache
):
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in [name for name in os.environ if name.startswith("XDG_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setattr(platformdirs.windows, "get_win_folder", lambda _: str(tmp_path))  # what the registry says
    for kind in ("config", "state", "log", "cache"):
        name = f"user_{kind}_path"
        monkeypatch.setattr(folders, name, lambda *names, name=name, **more: getattr(system(*names, **more), name))
    places = [tmp_path / place.format("layerlight") for place in (config, config, logs, cache)]
    assert [folders.config(), folders.state(), folders.logs(), folders.cache()] == places
    assert all(folder.is_dir() for folder in (folders.config(), folders.logs(), folders.cache()))


def test_what_to_do_about_a_folder_that_may_not_be_written_names_home_where_that_helps(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "NEEDED", {"no log is written": refusing(PermissionError(13, "Access is denied"))})
    refused = PermissionError(errno.EACCES, "Access is denied")
    for platform, home in (("linux", True), ("darwin", True), ("win32", False)):
        monkeypatch.setattr(sys, "platform", platform)
        sentence, hint = cannot_keep(tmp_path, refused)
        assert folders.trouble() == f"No log is written: Access is denied. {hint}"
        assert sentence.endswith("Access is denied.") and ("HOME" in hint) is home


def test_the_bundled_session_is_known_by_whatever_name_its_file_has(tmp_path, monkeypatch):
    monkeypatch.setattr(bundled, "BUNDLED", tmp_path / "layerlight.layerlight")
    assert not bundled.is_bundled(tmp_path / "layerlight.layerlight"), "there is no such file"
    (tmp_path / "layerlight.layerlight").touch()
    os.link(tmp_path / "layerlight.layerlight", tmp_path / "LAYERLIGHT.layerlight")  # as a disk that ignores case
    (tmp_path / "other.layerlight").touch()
    names = ("layerlight", "LAYERLIGHT", "other", "missing")
    assert [bundled.is_bundled(tmp_path / f"{name}.layerlight") for name in names] == [True, True, False, False]


def test_a_name_is_asked_about_only_on_windows(monkeypatch):
    for platform in ("linux", "darwin"):
        monkeypatch.setattr(sys, "platform", platform)
        for name in (*DEVICES, *OTHERS_FILE, *CUT_OFF):
            check_name(Path(name))
