"""Layerlight's folders on this computer, by each system's conventions, the paths that a person types, and resources.

Any folder may be missing or read-only, even a home folder. All works without them, but nothing is remembered.
"""

import contextlib
import functools
import hashlib
import os
import platform
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path, user_config_path, user_log_path, user_state_path

from engine.core.errors import UserError, reason_of
from engine.core.language import mark, tr

NAME = "layerlight"
RESOURCES = Path(__file__).resolve().parents[3] / "resources"

# Stands for an unavailable folder: nothing exists there, and writing raises `OSError`, which every writer expects.
NOWHERE = Path(os.devnull) / NAME

type Find = Callable[..., Path]


def config() -> Path:
    """Return the folder of the settings; like all of these, it is created if necessary."""
    return _found(user_config_path)


def state() -> Path:
    """Return the folder of what is remembered between starts."""
    return _found(user_state_path)


def logs() -> Path:
    """Return the folder of the log files."""
    return _found(user_log_path)


def cache() -> Path:
    """Return the folder of what can be computed or downloaded again."""
    return _found(user_cache_path)


def log_file() -> Path:
    """Return the file of the log."""
    return logs() / f"{NAME}.log"


# What does not work without a folder.
NEEDED: Mapping[str, Find] = {
    mark("no log is written"): user_log_path,
    mark("no untitled session is kept"): user_state_path,
    mark("no settings are remembered"): user_config_path,
}


def trouble() -> str:
    """Return a sentence on what does not work because a folder is not writable, and why; empty if all are."""
    reasons = {}
    for lack, find in NEEDED.items():
        try:
            folder = _made(find)
            if not os.access(folder, os.W_OK):
                reasons[lack] = tr("{folder} may not be written by you", folder=folder)
        except OSError as error:
            reasons[lack] = reason_of(error)
    if not reasons:
        return ""
    lacks, reason = ", ".join(map(tr, reasons)), next(iter(reasons.values()))
    return f"{lacks[0].upper()}{lacks[1:]}: {reason}. {remedy()}"


def remedy() -> str:
    """Return what helps a person whose folder is not writable. Windows looks for it elsewhere than in HOME."""
    if sys.platform == "win32":
        return tr("Ask who looks after this computer for the right to write there.")
    return tr("Set HOME to a folder that only you may write to.")


def as_path(text: str) -> Path:
    """Return the path with `~` expanded; raise `UserError` where that home folder is unknown."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise UserError(
            tr("The home folder in {path} is not known.", path=text), hint=tr("Write the path without the ~.")
        ) from None


@functools.cache
def machine() -> str:
    """Return eight letters for this machine or container, as several may share a folder."""
    known = platform.node().encode()
    with contextlib.suppress(OSError):
        known += Path("/etc/machine-id").read_bytes()
    return hashlib.sha256(known).hexdigest()[:8]


def _found(find: Find) -> Path:
    try:
        return _made(find)
    except OSError:
        return NOWHERE


def _made(find: Find) -> Path:
    try:
        return find(NAME, appauthor=False, ensure_exists=True)
    except RuntimeError as error:
        raise OSError("the home folder is not known") from error


def read_toml(name: str) -> dict[str, Any]:
    """Return the content of a file in `resources/`, with arrays as tuples. Callers cache it: 500 lines take 4 ms."""
    import tomllib  # here, as --version and --help do without its 3 ms

    return {key: _frozen(value) for key, value in tomllib.loads((RESOURCES / name).read_text("utf-8")).items()}


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(part) for key, part in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
