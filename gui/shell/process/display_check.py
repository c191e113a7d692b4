"""Can a window be shown at all? Checked before Qt is loaded, because Qt itself aborts the process."""

import contextlib
import ctypes
import os
import platform
import socket
import subprocess
import sys
from pathlib import Path

from engine.core.language import tr
from engine.core.machine.beside import child_command
from engine.core.text import isolated

# Libraries that Qt needs to draw on X11, with their packages on Debian and Fedora and systems like them.
LIBRARIES = {
    "libxcb.so.1": ("libxcb1", "libxcb"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms"),
    "libxcb-render-util.so.0": ("libxcb-render-util0", "xcb-util-renderutil"),
    "libxcb-randr.so.0": ("libxcb-randr0", "libxcb"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb"),
    "libX11-xcb.so.1": ("libx11-xcb1", "libX11-xcb"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11"),
    "libEGL.so.1": ("libegl1", "libglvnd-egl"),
    "libGL.so.1": ("libgl1", "libglvnd-glx"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2"),
}

TRIAL_SECONDS = 20.0


def display_problem() -> str | None:
    """Return why no window can be shown, in words for the terminal; `None` if one can. Takes a few milliseconds."""
    if not sys.platform.startswith("linux"):
        return None
    platforms = [part.split(":")[0] for part in os.environ.get("QT_QPA_PLATFORM", "").split(";") if part]
    if not platforms:
        platforms = ["wayland", "xcb"] if os.environ.get("WAYLAND_DISPLAY") else ["xcb"]
    checks = {"xcb": _x11_problem, "wayland": _wayland_problem, "wayland-egl": _wayland_problem}
    problem = None
    for name in platforms:
        if name in ("offscreen", "minimal"):
            return None  # they need no display
        check = checks.get(name)
        problem = check() if check else _platform_problem(name)
        if problem is None:
            return None
    return problem


def _x11_problem() -> str | None:
    name = os.environ.get("DISPLAY")
    if not name:
        return _two_lines(
            tr("There is no display to show a window on: DISPLAY is not set."),
            tr("Start Layerlight in a desktop session, or use its command line (see --help)."),
        )
    if missing := _missing_libraries():
        return _install_text(missing)
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(os.fsencode(name), None)
    failed = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    if failed:
        return _two_lines(
            tr("The display “{name}” cannot be opened.", name=name),
            tr("Is the desktop session still running, and may you use it? DISPLAY names it."),
        )
    return None


def _wayland_problem() -> str | None:
    if sys.platform == "win32":
        return None
    name = os.environ.get("WAYLAND_DISPLAY") or "wayland-0"
    path = Path(os.environ.get("XDG_RUNTIME_DIR") or "/nowhere") / name
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as compositor:
            compositor.settimeout(1)
            compositor.connect(str(path))
    except OSError:
        return _two_lines(
            tr("The Wayland display “{name}” cannot be opened.", name=name),
            tr("Is the desktop session still running? WAYLAND_DISPLAY and QT_QPA_PLATFORM choose the display."),
        )
    return None


def _platform_problem(name: str) -> str | None:
    """Have Qt try a rare platform, in a process that it may abort."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        process = subprocess.run(
            child_command(__name__),
            env={**os.environ, "QT_QPA_PLATFORM": name},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TRIAL_SECONDS,
            check=False,
        )
        if process.returncode == 0:
            return None
    return _two_lines(
        tr("Qt cannot show a window on the platform “{name}”, which QT_QPA_PLATFORM names.", name=isolated(name)),
        tr("Unset it, or name xcb or wayland."),
    )


def _two_lines(*lines: str) -> str:
    return "\n".join(lines)


def main() -> None:
    """Have Qt try the platform that QT_QPA_PLATFORM names."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from PySide6.QtGui import QGuiApplication

    QGuiApplication([])


def _missing_libraries() -> list[str]:
    missing = []
    for name in LIBRARIES:
        try:
            ctypes.CDLL(name)
        except OSError:
            missing.append(name)
    return missing


def _install_text(missing: list[str]) -> str:
    debian, fedora = (sorted({LIBRARIES[name][kind] for name in missing}) for kind in (0, 1))
    lines = {
        "debian": f"sudo apt install {' '.join(debian)}",  # no text
        "fedora": f"sudo dnf install {' '.join(fedora)}",  # no text
    }
    release = {}
    with contextlib.suppress(OSError):
        release = platform.freedesktop_os_release()
    kinds = {*f"{release.get('ID', '')} {release.get('ID_LIKE', '')}".split()}
    if kinds & {"debian", "ubuntu"}:
        commands = lines["debian"]
    elif kinds & {"fedora", "rhel", "centos"}:
        commands = lines["fedora"]
    else:
        commands = tr("{debian}   or: {fedora}", **lines)
    return _two_lines(
        tr("Qt cannot draw windows: {libraries} missing.", libraries=", ".join(missing)),
        tr("Install with: {commands}", commands=commands),
    )
