"""Checks of the files that a command writes, before it does any work."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Sequence
from pathlib import Path

from engine.core.errors import UserError
from engine.core.machine.atomic import check_place, is_stream


def check_places(paths: Sequence[Path]) -> None:
    """Raise `UserError` if one of the files that a command writes cannot be written, or two of them are the same."""
    for path in paths:
        check_place(path)
    for one, other in itertools.combinations(paths, 2):
        if _are_one_file(one, other):
            raise UserError(f"{one} and {other} are one and the same file.", hint="Name a file of its own for each.")


def _are_one_file(one: Path, other: Path) -> bool:
    """Whether two paths are one file, which need not exist yet. Pipes and devices can take several outputs."""
    with contextlib.suppress(FileNotFoundError):
        return one.samefile(other) and not is_stream(one)
    return one.resolve() == other.resolve()
