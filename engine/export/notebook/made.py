"""The cells of a script that a notebook still needs, after those that it has."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from engine.export.scripts.parts.template import Cell, tidy


class CellState:
    """The values of names after the cells so far: for each the code that it follows from."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._others = itertools.count()

    def missing(self, cells: Sequence[Cell]) -> list[Cell]:
        """Return the cells that are still needed; they count as run from then on."""
        # A cell is shared if it reads data or weights, or defines a function: a reader sees each definition once.
        missing = []
        for cell in cells:
            code = f"{cell.text.strip()}\n{self._known.get(cell.reads, '')}"
            key = code if cell.is_shared else f"{next(self._others)}"
            if not cell.is_shared or any(self._known.get(name) != key for name in cell.makes):
                self._known |= dict.fromkeys(cell.makes, key)
                missing.append(cell)
        return missing


def code_of(cells: Sequence[Cell]) -> str:
    """Return the lines of cells, with the empty lines between them."""
    return tidy("\n".join(cell.text for cell in cells))
