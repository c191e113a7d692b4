"""Cells of text and of code, and the two kinds of files that they become: a Jupyter notebook, a script with `# %%`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from engine.core.text import printable

LONGEST_NAME = 120
"""Letters of a stranger's name that are told."""

LOOKALIKES = str.maketrans({"$": "\N{FULLWIDTH DOLLAR SIGN}", "\\": "\N{SET MINUS}"})
"""In place of what begins a formula: that is looked for in what is shown, however it is written, and may hold links."""

ENTITIES = "<>&`:/@{}|"
"""Written as character references: of HTML, of links."""

ESCAPED = "*_[]#!~^=+."
"""Written with a backslash."""


class Cell(NamedTuple):
    """A cell: Markdown, or Python."""

    kind: Literal["markdown", "code"]
    text: str


def escaped(name: str) -> str:
    """Return a name that a stranger may have chosen as Markdown that shows it, and nothing else."""
    told = printable(name)
    told = told if len(told) <= LONGEST_NAME else f"{told[:LONGEST_NAME]}…"
    return "".join(_escaped(letter) for letter in told.translate(LOOKALIKES))


def fenced(code: str) -> str:
    """Return Markdown that shows code; whatever it says, it does not end before its end."""
    longest = max((len(each) for each in re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}python\n{code}\n{fence}"


def as_notebook(cells: Sequence[Cell]) -> bytes:
    """Return a notebook of format 4.5, without outputs: https://nbformat.readthedocs.io."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {
        "cells": [_as_json(number, cell) for number, cell in enumerate(cells, 1)],
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(book, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace")


def as_script(cells: Sequence[Cell]) -> bytes:
    """Return a script whose cells begin with `# %%`; text is comments there."""
    parts = []
    for cell in cells:
        if cell.kind == "code":
            parts.append(f"# %%\n{cell.text}\n")
        else:
            lines = (f"# {line}".rstrip() for line in cell.text.split("\n"))
            parts.append("\n".join(["# %% [markdown]", *lines, ""]))
    return "\n".join(parts).encode("utf-8", "backslashreplace")


def _as_json(number: int, cell: Cell) -> dict[str, object]:
    lines = cell.text.splitlines(keepends=True)
    made = {"cell_type": cell.kind, "id": f"cell-{number}", "metadata": {}, "source": lines}
    return made | ({"execution_count": None, "outputs": []} if cell.kind == "code" else {})


def _escaped(letter: str) -> str:
    if letter in ENTITIES:
        return f"&#{ord(letter)};"
    return f"\\{letter}" if letter in ESCAPED else letter
