"""The language of what a person reads: texts are marked in the code, and translated when they are shown.

`tr("{count:,} of {all:,} images", count=3, all=10)` is the text in the language of this process, with its values filled
in, numbers with that language's marks. `mark("Draw")` only marks a constant, which `tr` translates where it is shown.
Texts in `resources/` need no mark: `read_words` translates them. Files, JSON, CSV and scripts are not translated.

The catalogues are `resources/languages/*.po`; `make strings` finds new texts, see docs/translating.md.
"""

import contextlib
import functools
import gettext
import locale
import os
import re
import string
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from numbers import Real
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "languages"
SOURCE = "en"  # the language of the code's texts, which needs no catalogue
VARIABLE = "LAYERLIGHT_LANGUAGE"  # of the environment: the language of a process, before all settings


class Language(NamedTuple):
    """A language by the name that it has in itself, the marks in its numbers, and what a noun's forms end in."""

    name: str
    decimal: str = "."
    thousands: str = ","
    is_right_to_left: bool = False
    endings: str = "s|es"


PLAIN_LOCALES = ("c", "posix")  # the system is to speak as its programs are written
NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
LANGUAGES = {
    SOURCE: Language("English"),  # no text
    "de": Language("Deutsch", ",", ".", endings="e|en|er|ern|es|n|ne|nen|s|se|sen"),  # no text
    "fr": Language("Français", ",", NARROW_SPACE, endings="e|es|s|x"),  # no text
}


NUMBER = re.compile("\N{MINUS SIGN}?[0-9](?:[0-9.,]*[0-9])?")  # as the code writes it


class _Speech(NamedTuple):
    code: str = SOURCE
    catalogue: gettext.NullTranslations | None = None
    marks: Mapping[int, str] = MappingProxyType({})  # from the marks in Python's numbers to those of the language


_of_process = _Speech()
_of_thread: ContextVar[_Speech | None] = ContextVar("speech", default=None)  # where it is another one for a moment


def _speech() -> _Speech:
    return _of_thread.get() or _of_process


def use(code: str, catalogue: gettext.NullTranslations | None = None) -> None:
    """Set the language of this process, one of `LANGUAGES` or of `catalogue`; texts made before stay as they are."""
    global _of_process
    known = LANGUAGES.get(code, LANGUAGES[SOURCE])
    marks = {} if known[1:3] == (".", ",") else {ord("."): known.decimal, ord(","): known.thousands}
    _of_process = _Speech(code, catalogue or _opened(code), marks)


def language() -> str:
    """Return the code of the language of this process: `en`, `de`."""
    return _speech().code


def preferred(*wanted: str) -> str:
    """Return the first language that is known: of the variable, else of those `wanted`, else of the system."""
    for name in (os.environ.get(VARIABLE, ""), *wanted, *_of_system()):
        code = name if name in LANGUAGES else re.split(r"[-_.@]", name)[0].lower()
        is_there = code in (SOURCE, language()) or _compiled(code).is_file()
        if code in LANGUAGES and is_there:
            return code
        if code in PLAIN_LOCALES:
            break
    return SOURCE


def tr(text: str, /, **values: object) -> str:
    """Return a text in the language, with its values filled in as by `str.format`."""
    if text and (catalogue := _speech().catalogue) is not None:
        text = catalogue.gettext(text)
    return _filled(text, values) if values else text


def tr_plural(one: str, many: str, count: int, /, **values: object) -> str:
    """Return a text in the form that the language has for `count`, which is a value of it, too."""
    catalogue = _speech().catalogue
    text = (one if count == 1 else many) if catalogue is None else catalogue.ngettext(one, many, count)
    return _filled(text, {"count": count, **values})


def tr_context(context: str, text: str, /, **values: object) -> str:
    """Return a text that means different things elsewhere: `context` says which, for its translators alone."""
    if (catalogue := _speech().catalogue) is not None:
        text = catalogue.pgettext(context, text)
    return _filled(text, values) if values else text


def headed(head: str, text: str) -> str:
    """Return `head: text` as the language writes it, which may have a space before the colon."""
    return tr("{head}: {text}", head=head, text=text)


def mark(text: str) -> str:
    """Return the text as it is, marked for translation by `tr` where it is shown."""
    return text


def per_language[T](read: Callable[[], T]) -> Callable[[], T]:
    """Cache what a function without parameters returns, once for each language."""
    known: dict[str, T] = {}

    @functools.wraps(read)
    def cached() -> T:
        if (code := language()) not in known:
            known[code] = read()
        return known[code]

    return cached


def endings() -> str:
    """Return a regular expression of the endings that a noun of the language may have in a sentence."""
    return LANGUAGES.get(language(), LANGUAGES[SOURCE]).endings


def tr_kept(text: str, templates: Iterable[str] = ()) -> str:
    """Return a text that a file keeps `untranslated` in the language: one of `templates` with values, or one alone."""
    for template in templates if language() != SOURCE else ():
        if match := _pattern(template).fullmatch(text):
            return tr(template, **{name: _kept_value(value) for name, value in match.groupdict().items()})
    return tr(text)


@functools.cache
def _pattern(template: str) -> re.Pattern[str]:
    pattern, names = "", set[str]()
    for words, name, *_ in string.Formatter().parse(template):
        pattern += re.escape(words)
        if name:
            pattern += f"(?P={name})" if name in names else f"(?P<{name}>.+?)"
            names.add(name)
    return re.compile(pattern)


def _kept_value(value: str) -> str:
    return NUMBER.sub(lambda number: with_marks(number[0]), value) if NUMBER.match(value) else tr(value)


@contextlib.contextmanager
def untranslated() -> Iterator[None]:
    """Make texts as the code has them in this thread, for titles in sessions and comments in scripts."""
    token = _of_thread.set(_Speech())
    try:
        yield
    finally:
        _of_thread.reset(token)


def with_marks(number: str) -> str:
    """Return a number, as Python formats it, with the decimal and thousands marks of the language."""
    marks = _speech().marks
    return number.translate(marks) if marks else number


def decimal_mark() -> str:
    """Return what stands before the decimals."""
    return LANGUAGES.get(language(), LANGUAGES[SOURCE]).decimal


class _Filler(string.Formatter):
    """Fills in numbers with the marks of the language."""

    def format_field(self, value: Any, format_spec: str) -> str:
        text = str(format(value, format_spec))
        return with_marks(text) if isinstance(value, Real) else text


_filler = _Filler()


def _filled(text: str, values: dict[str, object]) -> str:
    return _filler.vformat(text, (), values) if _speech().marks else text.format(**values)


def _opened(code: str) -> gettext.NullTranslations | None:
    """Return the compiled catalogue of a language; `None` for the code's own, and for one that was not compiled."""
    try:
        with _compiled(code).open("rb") as file:
            return gettext.GNUTranslations(file)
    except FileNotFoundError:
        return None


def _compiled(code: str) -> Path:
    return FOLDER / f"{code}.mo"


def _of_system() -> Iterator[str]:
    """Yield the languages of the system, the first choice first, by gettext's variables, or as the locale says."""
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(variable):
            yield from value.split(":")
            return
    if sys.platform in ("win32", "darwin"):
        yield locale.getlocale()[0] or ""
