"""Without a display the program says so in plain words, with status 2, and never dies of Qt's abort."""

import os
import subprocess
import sys

import pytest

from gui.shell.process import display_check


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "DISPLAY is not set"),
        ({"QT_QPA_PLATFORM": "wayland;xcb", "DISPLAY": ":4711"}, "The display “:4711” cannot be opened"),
        ({"QT_QPA_PLATFORM": "nonsense"}, "a window on the platform “nonsense”, which QT_QPA_PLATFORM names"),
    ],
)
def test_without_a_display_there_is_a_sentence_and_status_2(tmp_path, environment, sentence):
    left_out = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    command = [sys.executable, "-c", "import sys; from gui.app import run; sys.exit(run())"]
    environment = {**kept, "HOME": str(tmp_path), **environment}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2, ended
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr and "qt.qpa" not in ended.stderr
    assert not list(tmp_path.rglob("core*"))


def test_each_platform_has_its_own_problem_or_needs_no_display_and_looking_loads_no_qt(monkeypatch):
    for platform, wayland, sentence in (
        ("xcb", "", "DISPLAY is not set"),
        ("", "wayland-7", "DISPLAY is not set"),
        ("wayland", "", "The Wayland display “wayland-0” cannot be opened"),
        ("nonsense;wayland", "wayland-7", "The Wayland display “wayland-7” cannot be opened"),
    ):
        for name, value in (("QT_QPA_PLATFORM", platform), ("WAYLAND_DISPLAY", wayland)):
            monkeypatch.setenv(name, value)
        assert sentence in display_check.display_problem(), platform
    for name in ("offscreen", "minimal", "xcb;offscreen", "offscreen:size=800x600"):
        monkeypatch.setenv("QT_QPA_PLATFORM", name)
        assert display_check.display_problem() is None, name
    script = "import gui.app, sys; print(any(name.startswith('PySide6') for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "False"


def test_missing_libraries_are_named_with_the_command_that_installs_them(monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    monkeypatch.setenv("DISPLAY", ":0")
    loaded = []

    def load(name):
        loaded.append(name)
        if name in ("libxcb-cursor.so.0", "libxcb-icccm.so.4"):
            raise OSError("cannot open shared object file")

    monkeypatch.setattr(display_check.ctypes, "CDLL", load)
    release = {"ID": "ubuntu", "ID_LIKE": "debian"}
    monkeypatch.setattr(display_check.platform, "freedesktop_os_release", lambda: release)
    assert display_check.display_problem() == (
        "Qt cannot draw windows: libxcb-cursor.so.0, libxcb-icccm.so.4 missing.\n"
        "Install with: sudo apt install libxcb-cursor0 libxcb-icccm4"
    )
    release["ID"], release["ID_LIKE"] = "rocky", "rhel centos fedora"
    assert "sudo dnf install xcb-util-cursor xcb-util-wm" in display_check.display_problem()
    release["ID"], release["ID_LIKE"] = "arch", ""
    assert "apt" in display_check.display_problem() and "dnf" in display_check.display_problem()
    assert set(loaded) == set(display_check.LIBRARIES)


def test_the_first_picture_waits_for_no_library_that_only_the_tabs_or_a_session_need():
    script = "import gui.shell.application, sys; print({'numpy', 'filelock', 'pyqtgraph'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout == "set()\n", done.stderr
