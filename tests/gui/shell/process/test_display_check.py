"""Without a display the program says so in plain words, with status 2, and never dies of Qt's abort."""

import os
import subprocess
import sys

import pytest

from gui.shell.process import display_check

START = "import sys; from gui.app import run; sys.exit(run())"


def start(tmp_path, **environment):
    """Start the window in a process of its own and return how that ended."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_RUNTIME_DIR")
        and not name.startswith("XDG_")
    }
    return subprocess.run(
        [sys.executable, "-c", START],
        env={**kept, "HOME": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "DISPLAY is not set"),
        ({"QT_QPA_PLATFORM": "xcb"}, "DISPLAY is not set"),
        ({"DISPLAY": ":4711"}, "The display “:4711” cannot be opened"),
        ({"DISPLAY": "nonsense"}, "The display “nonsense” cannot be opened"),
        ({"QT_QPA_PLATFORM": "wayland"}, "The Wayland display “wayland-0” cannot be opened"),
        ({"WAYLAND_DISPLAY": "wayland-7"}, "DISPLAY is not set"),
        ({"QT_QPA_PLATFORM": "wayland;xcb", "DISPLAY": ":4711"}, "The display “:4711” cannot be opened"),
        ({"QT_QPA_PLATFORM": "nonsense"}, "a window on the platform “nonsense”, which QT_QPA_PLATFORM names"),
        ({"QT_QPA_PLATFORM": "nonsense;wayland"}, "The Wayland display “wayland-0” cannot be opened"),
    ],
)
def test_without_a_display_there_is_a_sentence_and_status_2(tmp_path, environment, sentence):
    ended = start(tmp_path, **environment)
    assert ended.returncode == 2, ended
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr and "qt.qpa" not in ended.stderr
    assert not list(tmp_path.rglob("core*"))


def test_a_platform_that_needs_no_display_has_no_problem_and_looking_loads_no_qt(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
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
