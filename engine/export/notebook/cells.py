"""Cells of text and of code, and the two kinds of files made of them: a Jupyter notebook, a script with `# %%`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from engine.core.text import printable

LONGEST_NAME = 120  # letters of a stranger's name that are shown

# Replacements for the signs that begin a formula: viewers search for these in the shown text, however it is escaped,
# and a formula may contain links.
LOOKALIKES = str.maketrans({"$": "\N{FULLWIDTH DOLLAR SIGN}", "\\": "\N{SET MINUS}"})
ENTITIES = "<>&`:/@{}|"  # written as character references: signs of HTML and of links
ESCAPED = "*_[]#!~^=+."  # written with a backslash


class Cell(NamedTuple):
    """A cell: Markdown, or Python."""

    kind: Literal["markdown", "code"]
    text: str


def escaped(name: str) -> str:
    """Return Markdown that shows a stranger's name, and nothing else."""
    name = printable(name)
    name = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
    return "".join(
        f"&#{ord(letter)};" if letter in ENTITIES else f"\\{letter}" if letter in ESCAPED else letter
        for letter in name.translate(LOOKALIKES)
    )


def fenced(code: str) -> str:
    """Return Markdown that shows code, with a fence longer than any in the code."""
    longest = max((len(ticks) for ticks in re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}python\n{code}\n{fence}"


def as_notebook(cells: Sequence[Cell]) -> bytes:
    """Return a notebook of format 4.5, without outputs: https://nbformat.readthedocs.io."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {
        "cells": [
            {"cell_type": cell.kind, "id": f"cell-{number}", "metadata": {}}
            | {"source": cell.text.splitlines(keepends=True)}
            | ({"execution_count": None, "outputs": []} if cell.kind == "code" else {})
            for number, cell in enumerate(cells, 1)
        ],
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(book, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace")


def as_script(cells: Sequence[Cell]) -> bytes:
    """Return a script whose cells begin with `# %%`; its text is in comments."""
    parts = []
    for cell in cells:
        if cell.kind == "code":
            parts.append(f"# %%\n{cell.text}\n")
        else:
            lines = (f"# {line}".rstrip() for line in cell.text.split("\n"))
            parts.append("\n".join(["# %% [markdown]", *lines, ""]))
    return "\n".join(parts).encode("utf-8", "backslashreplace")
