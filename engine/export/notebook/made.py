"""Which cells of a script a notebook still needs, after those that it has already."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from engine.export.scripts.parts.template import Cell, tidy


class Made:
    """What the cells so far have made: by name, the code that its value follows from."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._others = itertools.count()

    def missing(self, cells: Sequence[Cell]) -> list[Cell]:
        """Return the cells that are still needed; from then on they count as made."""
        return [cell for cell in cells if not self._is_made(cell)]

    def _is_made(self, cell: Cell) -> bool:
        code = f"{cell.text.strip()}\n{self._known.get(cell.reads, '')}"
        key = code if cell.is_shared else f"{next(self._others)}"
        if cell.is_shared and all(self._known.get(name) == key for name in cell.makes):
            return True
        self._known |= dict.fromkeys(cell.makes, key)
        return False


def code_of(cells: Sequence[Cell]) -> str:
    """Return the lines of cells, as far apart as they were."""
    return tidy("\n".join(cell.text for cell in cells))
