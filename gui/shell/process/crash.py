"""Handles exceptions that nobody caught: they are logged and shown in one notice, and the program continues."""

import contextlib
import faulthandler
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from engine.core.language import tr

log = logging.getLogger(__name__)

# Minimum interval in seconds between two reports of the same error: one in a paint event comes with every frame.
QUIET_SECONDS = 5.0

# Takes the sentence and the details of a bug. Called on the thread that failed, so it must not touch the window.
type Report = Callable[[str, str], None]


class CrashLog:
    """The file that receives all Python stacks if the process dies in native code."""

    def __init__(self, path: Path) -> None:
        """Start writing to `path`; `earlier` is what the former process left there."""
        self.earlier = ""
        self._file: TextIO | None = None
        with contextlib.suppress(OSError):
            self.earlier = path.read_text("utf-8", "replace").strip()
        with contextlib.suppress(OSError):  # then a crash leaves no trace
            self._file = path.open("w", encoding="utf-8")
            faulthandler.enable(self._file)

    def close(self) -> None:
        """Stop writing, because the process ends in an orderly way."""
        faulthandler.disable()
        if self._file:
            self._file.close()


class Hooks:
    """Python's three hooks for uncaught exceptions, while installed."""

    def __init__(self, report: Report, clock: Callable[[], float] = time.monotonic) -> None:
        self._report = report
        self._clock = clock
        self._reported: dict[str, float] = {}  # times of the last reports, by details
        self._before: tuple[Any, Any, Any] | None = None

    def install(self) -> None:
        self._before = sys.excepthook, threading.excepthook, sys.unraisablehook
        sys.excepthook = self._handle
        threading.excepthook = sys.unraisablehook = self._handle_args

    def uninstall(self) -> None:
        if self._before:
            sys.excepthook, threading.excepthook, sys.unraisablehook = self._before
            self._before = None

    def _handle(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        if issubclass(kind, (KeyboardInterrupt, SystemExit)):
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        now = self._clock()
        if now - self._reported.get(details, -QUIET_SECONDS) < QUIET_SECONDS:
            return
        self._reported = {text: when for text, when in self._reported.items() if now - when < QUIET_SECONDS}
        self._reported[details] = now
        log.error("An exception was not caught.\n%s", details)
        self._report(tr("Layerlight made a mistake; your work is safe."), details)

    def _handle_args(self, args: Any) -> None:
        self._handle(args.exc_type, args.exc_value, args.exc_traceback)


def log_qt_messages() -> None:
    """Send the messages of Qt to the log."""
    from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

    levels = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
        QtMsgType.QtCriticalMsg: logging.ERROR,
        QtMsgType.QtFatalMsg: logging.CRITICAL,
    }
    qt_log = logging.getLogger("qt")

    def handle(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        qt_log.log(levels.get(kind, logging.WARNING), "%s: %s", getattr(context, "category", ""), message)

    qInstallMessageHandler(handle)
