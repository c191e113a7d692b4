"""Opens the window and runs the event loop. Qt is imported only after the check for a display."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

from engine.core.language import tr
from engine.core.machine import folders
from gui.shell.process.crash import CrashLog, Hooks, log_qt_messages
from gui.shell.process.display_check import display_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.shell.application import Application
    from gui.shell.process.startup import Restore

DONE, NO_DISPLAY = 0, 2

# Called with the application before its window is shown: benchmarks of the start add themselves here.
watchers: list[Callable[[Application], object]] = []


def lacks_display() -> bool:
    """Return whether no window can be shown, and print why to the terminal."""
    problem = display_problem()
    if problem:
        with contextlib.suppress(OSError):  # stderr is closed
            print(problem, file=sys.stderr)  # noqa: T201  # there is no window for it
    return problem is not None


def leave_sources_alone() -> None:
    """Keep Qt for Python from reading the source of each module that is imported later.

    It looks for `from __feature__ import`, which nothing here uses: TensorFlow's import takes 0.5 s and 74 MB more.
    """
    from shibokensupport import feature  # type: ignore[import-not-found]  # PySide6 brings it

    feature._mod_uses_pyside = lambda module: False


LATE = ("parser.py", "layout.py", "enum_sig.py", "pyi_generator.py")  # what error messages and `help` need of PySide

AT_FIRST_USE = """
def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    del globals()["__getattr__"]
    exec(compile({!r}, {!r}, "exec"), globals())
    return globals()[name]
"""  # no text


def leave_signatures_alone() -> None:
    """Keep Qt for Python, which is imported later, from compiling its parser of signatures: 35 ms at each start.

    It runs its modules from source, in a module whose name for `compile` this sets; these four run at their first use.
    """

    def compile_late(source: bytes, file: str, mode: str) -> CodeType:
        return compile(AT_FIRST_USE.format(source, file) if file.endswith(LATE) else source, file, mode)

    bootstrap = sys.modules.setdefault("signature_bootstrap", ModuleType("signature_bootstrap"))
    bootstrap.__dict__.setdefault("compile", compile_late)


class _Classes(ModuleType):
    """Stands in for a module of `pyqtgraph.Qt`, and looks a class of Qt up when it is used.

    The module would copy all 1,500 from Qt for Python, which makes each when it is asked for: 0.1 s and 10 MB.
    """

    def __getattr__(self, name: str) -> Any:
        if sys._getframe(1).f_code.co_name == "_copy_attrs":
            return None  # it only looks whether the class is there
        value = getattr(import_module(self.__name__.replace("pyqtgraph.Qt", "PySide6")), name)
        setattr(self, name, value)
        return value


def leave_classes_alone() -> None:
    """Keep pyqtgraph, which is imported later, from having all classes of Qt made."""
    for name in ("QtCore", "QtGui", "QtWidgets"):
        sys.modules.setdefault(f"pyqtgraph.Qt.{name}", _Classes(f"pyqtgraph.Qt.{name}"))


def run(file: str | None = None, *, reset_settings: bool = False, restore: Restore = "ask") -> int:
    """Show the window until it is closed; return the exit status.

    `file` is a session or a data set to open; `restore` says what to do about sessions that a crash left.
    """
    if lacks_display():
        return NO_DISPLAY
    from engine.core.machine.logs import start_logging

    start_logging(folders.log_file())
    crash_log = CrashLog(folders.state() / "crash.log")
    settings_file = folders.config() / "settings.json"
    if reset_settings:
        with contextlib.suppress(OSError):
            settings_file.unlink()
    ended = _show(settings_file, file, restore, crash_log.earlier)
    crash_log.close()
    if not ended:
        # A thread is still in native code, and the interpreter would wait for it or crash in it.
        logging.shutdown()
        os._exit(DONE)
    return DONE


def _show(settings_file: Path, file: str | None, restore: Restore, earlier_crash: str) -> bool:
    """Run the event loop; return whether the engine's thread ended in time."""
    # Until the window exists Ctrl+C ends the process at once: there is nothing to save, and no traceback of an import.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()  # nothing is garbage yet, and to look for it takes a twentieth of the time to the first picture
    leave_signatures_alone()
    from PySide6.QtCore import Qt

    from engine.core.machine.bundled import BUNDLED
    from engine.core.mailbox import Mailbox
    from engine.core.messages import JobFailed
    from engine.core.preload import is_importing
    from gui.look.icons import app_icon
    from gui.shell.application import SWITCH_SECONDS, AfterFirstPaint, Application, QtApplication, Shown
    from gui.shell.process.signals import Signals

    leave_sources_alone()
    leave_classes_alone()
    log_qt_messages()
    sys.setswitchinterval(SWITCH_SECONDS)
    mailbox = Mailbox()
    hooks = Hooks(lambda sentence, details: mailbox.post(0, JobFailed(sentence=sentence, details=details)))
    hooks.install()
    app = QtApplication([sys.argv[0]])
    # On X11 Qt compresses mouse moves that wait into one: a digit drawn while TensorFlow is loaded would lose its
    # curves. The constructor of `QApplication` sets the attribute, so it is reset only now.
    app.setAttribute(Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, False)
    app.setApplicationName("layerlight")
    app.setApplicationDisplayName("Layerlight")  # no text
    app.setDesktopFileName("layerlight")
    application = Application(settings_file, mailbox, restore=restore, bundled=BUNDLED)
    shown = Shown(application)
    app.open_file = lambda file: shown.current.open_file(file)
    signals = Signals(lambda: shown.current.leave())
    for watch in watchers:
        watch(application)
    application.show()
    AfterFirstPaint(application.window, lambda: application.begin(file))
    app.setWindowIcon(app_icon())
    if earlier_crash:
        application.notices.fail(tr("Layerlight ended unexpectedly the last time."), details=earlier_crash)
    app.exec()
    signals.rest()
    ended = shown.current.finish() and not is_importing()
    signals.uninstall()
    hooks.uninstall()
    return ended
