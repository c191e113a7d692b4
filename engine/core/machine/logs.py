"""The log: a rotating file. TensorFlow's own output goes to a file too, never to the terminal."""

import contextlib
import logging
import logging.handlers
import os
import sys
from pathlib import Path

SIZE, BACKUPS = 1_000_000, 5


def start_logging(log_file: Path, *, native: bool = True) -> None:
    """Send Python's log and warnings to `log_file`, if it is writable; with `native`, file descriptor 2 as well."""
    try:
        handler: logging.Handler = _LogFile(
            log_file, maxBytes=SIZE, backupCount=BACKUPS, encoding="utf-8", errors="backslashreplace"
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    # Ideal images of another number of neurons are compiled once more, and meant to be.
    logging.getLogger("tensorflow").addFilter(lambda record: "retracing" not in record.getMessage())
    if native:
        _redirect_descriptor_2(log_file.with_suffix(".native.log"))


class _LogFile(logging.handlers.RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # the library's name
        """Drop a line that cannot be written, on a full disk: by default, the terminal would get a traceback."""


def _redirect_descriptor_2(log_file: Path) -> None:
    # TensorFlow's C++ code writes to descriptor 2: with TF_CPP_MIN_LOG_LEVEL set, a machine without a GPU still gets
    # six lines of "errors". `sys.stderr` moves to a copy of the terminal, so sentences for a person still reach it.
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    terminal, log = os.dup(2), _opened(log_file)
    os.dup2(log, 2)
    os.close(log)
    encoding = sys.stderr.encoding
    sys.stderr = open(terminal, "w", buffering=1, encoding=encoding, errors="backslashreplace")  # noqa: SIM115, PTH123


def _opened(log_file: Path) -> int:
    """Return a descriptor that appends to the file, or to `os.devnull` where it is not writable."""
    try:
        if log_file.exists() and log_file.stat().st_size > SIZE:
            log_file.unlink()
        return os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)
