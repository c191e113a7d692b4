"""Where Layerlight keeps things on this computer, following each system's customs."""

import contextlib
import functools
import hashlib
import platform
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_log_path, user_state_path

from engine.errors import UserError

NAME = "layerlight"
RESOURCES = Path(__file__).resolve().parent.parent / "resources"


def config() -> Path:
    """Return the folder of the settings, made if need be."""
    return user_config_path(NAME, appauthor=False, ensure_exists=True)


def state() -> Path:
    """Return the folder of what Layerlight remembers between starts, made if need be."""
    return user_state_path(NAME, appauthor=False, ensure_exists=True)


def logs() -> Path:
    """Return the folder of the log files, made if need be."""
    return user_log_path(NAME, appauthor=False, ensure_exists=True)


def cache() -> Path:
    """Return the folder of what can be made again at any time, made if need be."""
    return user_cache_path(NAME, appauthor=False, ensure_exists=True)


def log_file() -> Path:
    """Return the file of the log; raise `UserError` where it, or the folders that a start needs, cannot be made."""
    try:
        config()
        state()
        file = logs() / f"{NAME}.log"
        file.touch()
    except OSError as error:
        raise UserError(
            f"Nothing can be written to {error.filename} ({error.strerror}).",
            hint="Set HOME to a folder that you may write to.",
        ) from None
    return file


@functools.cache
def machine() -> str:
    """Return eight letters that stand for this machine, or this container, in names of files.

    In a folder that several machines share, the number of a process says nothing about another machine's.
    """
    known = platform.node().encode()
    with contextlib.suppress(OSError):
        known += Path("/etc/machine-id").read_bytes()
    return hashlib.sha256(known).hexdigest()[:8]
