"""The texts of the help in `resources/help`: glossary and panels, their formulas as HTML, and what keys do."""

import re
import unicodedata
from collections.abc import Container, Iterator, Mapping
from typing import NamedTuple

from PySide6.QtGui import QKeySequence

from engine.core.language import endings, mark, per_language, tr
from engine.core.machine.words import read_words
from gui.look.words import escaped, native, with_keys

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
    title: str = ""  # the term in the language; the title of a panel whose widget has no accessible name


@per_language
def glossary() -> dict[str, Entry]:
    """Return the terms by name, in the order of their titles."""
    entries = (entry._replace(title=tr(name)) for name, entry in _read("glossary.toml").items())
    return {entry.name: entry for entry in sorted(entries, key=lambda entry: _place(entry.title))}


def _place(term: str) -> str:
    """Return the letters by which a term is sorted: no capitals, accents and hyphens."""
    letters = unicodedata.normalize("NFKD", term.casefold())
    return "".join(letter for letter in letters if letter.isalnum() or letter == " ")


@per_language
def explanations() -> dict[str, Entry]:
    """Return the explanations by object name, without the number of a panel."""
    return _read("panels.toml")


def _read(file: str) -> dict[str, Entry]:
    return {name: Entry(name=name, **table) for name, table in read_words(f"help/{file}").items()}


@per_language
def _terms() -> tuple[list[str], re.Pattern[str]]:
    """Return the names of terms, the longest title first, and what finds them: a group for each, in their order."""
    titles = {name: entry.title for name, entry in glossary().items() if name not in COMMON}
    names, ending = sorted(titles, key=lambda name: len(titles[name]), reverse=True), rf"(?:{endings()})?\b"
    words = (titles[name].split(" ") for name in names)
    groups = "|".join("(" + rf"{ending} ".join(map(re.escape, term)) + ")" for term in words)
    return names, re.compile(rf"\b(?:{groups}){ending}", re.IGNORECASE)


def _found(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    names, pattern = _terms()
    return ((names[(match.lastindex or 1) - 1], match) for match in pattern.finditer(text))


def terms_in(text: str) -> list[str]:
    """Return the terms of the glossary in a text, in its order, each once."""
    return list(dict.fromkeys(term for term, _ in _found(text)))


def linked(text: str, known: Container[str] = ()) -> str:
    """Return a plain text as HTML with a link at the first occurrence of each term, except the `known` ones."""
    seen, parts, end = set[str](), [], 0
    for term, match in _found(text):
        if term not in known and term not in seen:
            seen.add(term)
            parts += [escaped(text[end : match.start()])]
            parts += [f'<a href="{term}">{escaped(match[0])}</a>']
            end = match.end()
    return "".join((*parts, escaped(text[end:])))


def plain(text: str) -> str:
    """Return a text for the search, with subscripts and superscripts on the line."""
    return SET.sub(r"\2", text)


def as_html(text: str) -> str:
    """Return a text or formula as HTML, with its subscripts and superscripts."""
    return raised(escaped(text))


def raised(markup: str) -> str:
    """Return HTML with subscripts and superscripts as tags."""

    def tagged(match: re.Match[str]) -> str:
        tag = "sub" if match[1] == "_" else "sup"
        return f"<{tag}>{match[2]}</{tag}>"

    return SET.sub(tagged, markup)


# Names for several keys, which have one row in the help.
GROUPS = {mark("Arrows"): ("Left", "Right", "Up", "Down"), mark("Digits"): tuple("0123456789")}  # no text

EVERYWHERE = "everywhere"


class Keys(NamedTuple):
    """The keys of one widget, or of several alike."""

    place: str  # the widget's name for a person
    does: Mapping[str, str]  # what they do, by keys such as `Shift+Arrows` or `Delete, Backspace`
    widget: str = ""  # object name of the widget, or of one of them; empty for widgets in many places


@per_language
def all_keys() -> dict[str, list[Keys]]:
    """Return the keys by the name of a tab's folder, or `EVERYWHERE`."""
    groups = read_words("help/keys.toml")
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
    return ", ".join(map(_in_words, keys.split(", ")))


def _in_words(key: str) -> str:
    if group := next(filter(key.endswith, GROUPS), ""):
        return with_keys(key.removesuffix(group)) + tr(group)
    return native(key)
