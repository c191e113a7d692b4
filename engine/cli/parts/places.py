"""Where a command saves files, which is checked before it does any work."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Sequence
from pathlib import Path

from engine.core.errors import UserError
from engine.core.machine.atomic import check_place, is_stream


def check_places(paths: Sequence[Path]) -> None:
    """Raise `UserError` where one of the files that a command writes cannot lie there, or replaces another of them."""
    for path in paths:
        check_place(path)
    for one, other in itertools.combinations(paths, 2):
        if _is_one_file(one, other):
            raise UserError(
                f"{one} and {other} are one and the same file.", hint="Name a file of its own for each."
            )


def _is_one_file(one: Path, other: Path) -> bool:
    """Whether two names mean one file, which need not be there yet. Pipes and devices take one after the other."""
    with contextlib.suppress(FileNotFoundError):
        return one.samefile(other) and not is_stream(one)
    return one.resolve() == other.resolve()
