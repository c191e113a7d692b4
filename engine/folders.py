"""Where Layerlight keeps things on this computer, following each system's customs, and what a path means that is typed.

None of the folders is sure to be there, for a home folder may be missing or read-only, or others may write into it. All
works without them, but that nothing is remembered.
"""

import os
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_log_path, user_state_path

from engine.errors import UserError

NAME = "layerlight"
RESOURCES = Path(__file__).resolve().parent.parent / "resources"

NOWHERE = Path(os.devnull) / NAME
"""Where nothing can lie: it stands for a folder that cannot be had, and who reads or writes there gets `OSError`."""

type Find = Callable[..., Path]


def config() -> Path:
    """Return the folder of the settings, made if need be."""
    return _found(user_config_path)


def state() -> Path:
    """Return the folder of what Layerlight remembers between starts, made if need be."""
    return _found(user_state_path)


def logs() -> Path:
    """Return the folder of the log files, made if need be."""
    return _found(user_log_path)


def cache() -> Path:
    """Return the folder of what can be made again at any time, made if need be."""
    return _found(user_cache_path)


def log_file() -> Path:
    """Return the file of the log."""
    return logs() / f"{NAME}.log"


def trouble() -> str:
    """Return in a sentence why nothing is remembered, where that is so; otherwise ""."""
    for find in (user_log_path, user_state_path, user_config_path):
        try:
            folder = _made(find)
            reason = "" if os.access(folder, os.W_OK) else f"{folder} may not be written by you"
        except OSError as error:
            reason = f"{error.filename}: {error.strerror}" if error.strerror else str(error)
        if reason:
            return (
                f"There is no log and nothing is remembered: {reason}. "
                "Set HOME to a folder that only you may write to."
            )
    return ""


def as_path(text: str) -> Path:
    """Return the path that was written, with the home folder in place of `~`; raise `UserError` for nobody's home."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise UserError(
            f"The home folder in {text} is not known.", hint="Write the path without the ~."
        ) from None


def _found(find: Find) -> Path:
    try:
        return _made(find)
    except OSError:
        return NOWHERE


def _made(find: Find) -> Path:
    """Return a folder; raise `OSError` where it cannot be made, and where others may write: they could lay traps."""
    try:
        return find(NAME, appauthor=False, ensure_exists=True)
    except RuntimeError as error:
        raise OSError("the home folder is not known") from error
