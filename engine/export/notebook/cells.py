"""Cells and words of a notebook, and the files made of cells: a Jupyter notebook, or a script with `# %%`."""

import json
import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from engine.core.knobs import Spec, in_sentence, knobs
from engine.core.language import mark, per_language, tr, tr_plural
from engine.core.machine.words import read_words
from engine.core.text import clipped, printable
from engine.export.scripts.parts.template import ShownNetwork

LONGEST_NAME = 120  # letters of a stranger's name that are shown

# Replacements for the signs that begin a formula, which viewers find however they are escaped: it may contain links.
LOOKALIKES = str.maketrans({"$": "\N{FULLWIDTH DOLLAR SIGN}", "\\": "\N{SET MINUS}"})
ENTITIES = "<>&`:/@{}|"  # written as character references: signs of HTML and of links
ESCAPED = "*_[]#!~^=+."  # written with a backslash


class Cell(NamedTuple):
    """A cell: Markdown, or Python."""

    kind: Literal["markdown", "code"]
    text: str


def escaped(name: str) -> str:
    """Return Markdown that shows a stranger's name, and nothing else."""
    name = clipped(printable(name), LONGEST_NAME)
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
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}  # no text
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


MOST_NAMED = 12  # neurons that are named; of more only their number is said


class Words(NamedTuple):
    """A heading, and a sentence or two on what to look for."""

    heading: str
    look: str


@per_language
def words() -> dict[str, Words]:
    """Return the words of all sections: by tab, and by page for a tab with several."""
    return {name: Words(**text) for name, text in read_words("scripts/sections.toml").items()}


def words_of(tab: str, settings: object) -> Words:
    """Return the words of a tab with its settings."""
    page = getattr(settings, "page", "") or ("links" if getattr(settings, "of", "") == "links" else "")
    return words()[page or tab]


def settings_in_words(spec: Spec) -> str:
    """Return a sentence on the settings that differ from the defaults; empty if a page decides which of them count."""
    if not {"page", "of"}.isdisjoint(known := knobs(type(spec))):
        return ""
    changed = spec.differences(type(spec)())
    settings = ", ".join(
        f"{in_sentence(known[name].title)} {known[name].say(value)}" for name, (value, _) in changed.items()
    )
    return tr("With {settings}.", settings=settings) if settings else ""


def changes_in_words(network: ShownNetwork) -> str:
    """Return a sentence for each layer on its neurons whose output the lens changes."""
    sentences = []
    for number, change in enumerate(network.passed, 1):
        if change is None:
            continue
        kinds: dict[str, list[int]] = {}
        for neuron, (factor, offset) in enumerate(zip(change.factors, change.offsets, strict=True)):
            if (factor, offset) != (1, 0):
                if factor:
                    kind = mark("{neurons} passes on more or less than it computes")
                elif offset:
                    kind = mark("{neurons} always passes on the same")
                else:
                    kind = mark("{neurons} passes nothing on")
                kinds.setdefault(kind, []).append(neuron)
        changes = ", ".join(tr(kind, neurons=_neurons(neurons)) for kind, neurons in kinds.items())
        sentences.append(tr("In layer {layer} {changes}.", layer=number, changes=changes))
    return " ".join(sentences)


def _neurons(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return tr("neuron {number}", number=numbers[0])
    if len(numbers) > MOST_NAMED:
        return tr_plural("each of {count:,} neuron", "each of {count:,} neurons", len(numbers))
    *first, last = numbers
    return tr("each of the neurons {first} and {last}", first=", ".join(map(str, first)), last=last)
