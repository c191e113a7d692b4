"""The texts of the help in `resources/help`: glossary and panels, their formulas as HTML, and what keys do."""

import functools
import html
import re
from collections.abc import Container, Mapping
from typing import NamedTuple

from PySide6.QtGui import QKeySequence

from engine.core.machine.folders import read_toml
from gui.look.words import native, with_keys

SET = re.compile(r"([_^])\{(.*?)\}")  # a subscript or superscript in a formula: `x_{i}`, `x^{2}`

# Terms that are also common words, which get no link.
COMMON = frozenset({"class", "label", "norm", "run", "step"})


class Entry(NamedTuple):
    """A text with its formula and its paper, if it has them."""

    name: str  # the term, or the object name of the widget
    text: str
    look: str = ""  # what to look for in a panel
    formula: str = ""
    source: str = ""
    see: tuple[str, ...] = ()  # related terms of the glossary
    title: str = ""  # the title of a panel whose widget has no accessible name


@functools.cache
def glossary() -> dict[str, Entry]:
    """Return the terms by name, in their order."""
    return _read("glossary.toml")


@functools.cache
def explanations() -> dict[str, Entry]:
    """Return the explanations by object name, without the number of a panel."""
    return _read("panels.toml")


def _read(file: str) -> dict[str, Entry]:
    return {name: Entry(name=name, **table) for name, table in read_toml(f"help/{file}").items()}


@functools.cache
def _terms() -> re.Pattern[str]:
    terms = sorted((term for term in glossary() if term not in COMMON), key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(map(re.escape, terms))})(?:s|es)?\b", re.IGNORECASE)


def terms_in(text: str) -> list[str]:
    """Return the terms of the glossary in a text, in its order, each once."""
    names = {name.lower(): name for name in glossary()}
    return list(dict.fromkeys(names[match[1].lower()] for match in _terms().finditer(text)))


def linked(text: str, known: Container[str] = ()) -> str:
    """Return a plain text as HTML with a link at the first occurrence of each term, except the `known` ones."""
    names, seen, parts, end = {name.lower(): name for name in glossary()}, set[str](), [], 0
    for match in _terms().finditer(text):
        term = names[match[1].lower()]
        if term not in known and term not in seen:
            seen.add(term)
            parts += [html.escape(text[end : match.start()], quote=False)]
            parts += [f'<a href="{term}">{html.escape(match[0])}</a>']
            end = match.end()
    return "".join((*parts, html.escape(text[end:], quote=False)))


def plain(text: str) -> str:
    """Return a text for the search, with subscripts and superscripts on the line."""
    return SET.sub(r"\2", text)


def as_html(text: str) -> str:
    """Return a text or formula as HTML, with its subscripts and superscripts."""
    return raised(html.escape(text))


def raised(markup: str) -> str:
    """Return HTML with subscripts and superscripts as tags."""

    def tagged(match: re.Match[str]) -> str:
        tag = "sub" if match[1] == "_" else "sup"
        return f"<{tag}>{match[2]}</{tag}>"

    return SET.sub(tagged, markup)


# Names for several keys, which have one row in the help.
GROUPS = {"Arrows": ("Left", "Right", "Up", "Down"), "Digits": tuple("0123456789")}

EVERYWHERE = "everywhere"


class Keys(NamedTuple):
    """The keys of one widget, or of several alike."""

    place: str  # the widget's name for a person
    does: Mapping[str, str]  # what they do, by keys such as `Shift+Arrows` or `Delete, Backspace`
    widget: str = ""  # object name of the widget, or of one of them; empty for widgets in many places


@functools.cache
def all_keys() -> dict[str, list[Keys]]:
    """Return the keys by the name of a tab's folder, or `EVERYWHERE`."""
    groups = read_toml("help/keys.toml")
    shared = {"": {}, **groups.pop("shared")}

    def keys(place: str, widget: str = "", like: str = "", does: Mapping[str, str] | None = None) -> Keys:
        return Keys(place, {**shared[like], **(does or {})}, widget)

    return {name: [keys(**table) for table in tables] for name, tables in groups.items()}


def sequences(keys: str) -> list[QKeySequence]:
    """Return each key that `keys` names."""
    sequences: list[QKeySequence] = []
    for part in keys.split(", "):
        name = next((group for group in GROUPS if part.endswith(group)), part)
        sequences += [QKeySequence(part.removesuffix(name) + key) for key in GROUPS.get(name, (name,))]
    return sequences


def in_words(keys: str) -> str:
    """Return keys as this system writes them; groups keep their names."""
    return ", ".join(with_keys(part) if part.endswith(tuple(GROUPS)) else native(part) for part in keys.split(", "))
