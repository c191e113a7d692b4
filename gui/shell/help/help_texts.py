"""The texts of the help, glossary and panels, as `resources/help` has them, and their formulas as HTML."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Container
from typing import NamedTuple

from engine.core.machine.resources import read_toml

SET = re.compile(r"([_^])\{(.*?)\}")
"""What is set low or high in a formula: `x_{i}`, `x^{2}`."""


COMMON = frozenset({"class", "label", "norm", "run", "step"})
"""Terms that a sentence says in passing, where a link would say nothing."""


class Entry(NamedTuple):
    """A text with its formula and the paper it comes from; both are empty where there are none."""

    name: str
    """The term, or the object name of the widget."""
    text: str
    look: str = ""
    """What to look for in a panel."""
    formula: str = ""
    source: str = ""
    see: tuple[str, ...] = ()
    """Terms of the glossary."""
    title: str = ""
    """What a panel is called whose widget has no accessible name."""


@functools.cache
def glossary() -> dict[str, Entry]:
    """Return the terms by name, in their order."""
    return _read("glossary.toml")


@functools.cache
def explanations() -> dict[str, Entry]:
    """Return what is shown by the widgets with these object names, without the number of a panel."""
    return _read("panels.toml")


def _read(file: str) -> dict[str, Entry]:
    return {name: Entry(name=name, **table) for name, table in read_toml(f"help/{file}").items()}


@functools.cache
def _terms() -> re.Pattern[str]:
    words = sorted((each for each in glossary() if each not in COMMON), key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(map(re.escape, words))})(?:s|es)?\b", re.IGNORECASE)


def terms_in(text: str) -> list[str]:
    """Return the terms of the glossary that a text says, in its order, each once."""
    names = {name.lower(): name for name in glossary()}
    return list(dict.fromkeys(names[found[1].lower()] for found in _terms().finditer(text)))


def linked(text: str, known: Container[str] = ()) -> str:
    """Return a plain text as HTML in which each term of the glossary but the `known` leads there, the first time."""
    names, seen, parts, end = {name.lower(): name for name in glossary()}, set[str](), [], 0
    for found in _terms().finditer(text):
        term = names[found[1].lower()]
        if term not in known and term not in seen:
            seen.add(term)
            parts += [html.escape(text[end : found.start()], quote=False)]
            parts += [f'<a href="{term}">{html.escape(found[0])}</a>']
            end = found.end()
    return "".join((*parts, html.escape(text[end:], quote=False)))


def plain(text: str) -> str:
    """Return a text as it is searched: what is set low or high stands on the line."""
    return SET.sub(r"\2", text)


def as_html(text: str) -> str:
    """Return a text or formula as HTML, with what is set low or high."""
    return raised(html.escape(text))


def raised(markup: str) -> str:
    """Return HTML in which what is set low or high is so."""

    def put(found: re.Match[str]) -> str:
        tag = "sub" if found[1] == "_" else "sup"
        return f"<{tag}>{found[2]}</{tag}>"

    return SET.sub(put, markup)
