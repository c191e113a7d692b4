"""Where the log goes: a file that rotates. TensorFlow's own chatter goes to a file too, never to the terminal."""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
from pathlib import Path

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
SIZE, BACKUPS = 1_000_000, 5


def start_logging(log_file: Path, *, native: bool = True) -> None:
    """Send Python's log and warnings to `log_file`; with `native`, file descriptor 2 as well.

    TensorFlow's C++ code writes to descriptor 2 whatever it is told, on a machine without a GPU even errors that are
    none. `sys.stderr` keeps the terminal, so that sentences for a person still reach it.
    """
    handler = logging.handlers.RotatingFileHandler(
        log_file, maxBytes=SIZE, backupCount=BACKUPS, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter(FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    if native:
        _redirect_descriptor_2(log_file.with_suffix(".native.log"))


def _redirect_descriptor_2(log_file: Path) -> None:
    if log_file.exists() and log_file.stat().st_size > SIZE:
        log_file.unlink()
    sys.stderr.flush()
    terminal = os.dup(2)
    log = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 2)
    os.close(log)
    sys.stderr = open(terminal, "w", buffering=1, encoding="utf-8", errors="backslashreplace")  # noqa: SIM115, PTH123
