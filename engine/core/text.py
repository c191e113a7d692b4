"""Texts: sanitised words that a stranger chose (names of files, data, runs and classes), and numbers in words."""

import functools
import itertools
import math
import unicodedata
from collections.abc import Iterable, Sequence

from engine.core.language import tr, tr_plural, with_marks

JOINERS = "\u200c\u200d"  # some languages need them between letters, and they are harmless
NO_BREAK = dict.fromkeys(map(ord, "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"), " ")

# FSI and PDI of the Unicode bidirectional algorithm (UAX #9): text between them does not reorder its neighbours.
ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"


def is_line(text: str) -> bool:
    """Return whether a text is one line of what is printed; no-break spaces are, which `str.isprintable` refuses."""
    return text.translate(NO_BREAK).isprintable()


def printable(text: str) -> str:
    """Return a text as one line: line ends, terminal escapes and bidirectional controls, but isolates, become `?`."""
    if text.isprintable():
        return text
    allowed = (ISOLATE, END_OF_ISOLATE) if _ends_its_isolates(text) else ()
    return "".join(letter if letter in allowed or _is_shown(letter) else "?" for letter in text)


@functools.lru_cache(1024)
def isolated(text: str) -> str:
    """Return a stranger's words for use in a sentence: one line, isolated if it is written from right to left."""
    line = printable(text)
    is_turned = any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in line)
    return f"{ISOLATE}{line}{END_OF_ISOLATE}" if is_turned else line


def clipped(text: str, most: int) -> str:
    """Return the first `most` letters of a text, with an ellipsis where it is longer."""
    return text if len(text) <= most else f"{text[:most]}…"


def shortened(text: str, most: int) -> str:
    """Return it with an ellipsis in its middle where it has more than `most` letters: names differ in their ends."""
    end = most // 3
    return text if len(text) <= most else f"{text[: most - end - 1].rstrip()}…{text[-end:].lstrip()}"


def listed(words: Sequence[str], most: int) -> str:
    """Return words with commas between them, at most `most`: `a, b and 1,000 more`."""
    some = ", ".join(words[:most])
    return tr("{words} and {count:,} more", words=some, count=len(words) - most) if len(words) > most else some


def either(words: Sequence[str]) -> str:
    """Return words of which one is meant: `a or b or c`."""
    return functools.reduce(lambda first, second: tr("{first} or {second}", first=first, second=second), words)


def all_of(words: Iterable[str]) -> str:
    """Return words with `and` between them: `a and b`."""
    return functools.reduce(lambda one, other: tr("{one} and {other}", one=one, other=other), words)


def fitted(forms: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the `forms` of a table's columns, such as `<21` and `>8`, wide enough for the cells of `rows`."""
    columns = itertools.zip_longest(*rows, fillvalue="")
    return [f"{form[0]}{max(int(form[1:]), *map(len, column))}" for form, column in zip(forms, columns, strict=False)]


def in_columns(forms: Sequence[str], cells: Sequence[str], gap: str = "  ") -> str:
    """Return the cells of a row as a line of a table; there may be more forms than cells."""
    return gap.join(f"{cell:{form}}" for form, cell in zip(forms, cells, strict=False)).rstrip()


def class_name(names: Sequence[str], label: int) -> str:
    """Return the name of a class, or its number where it has no name."""
    return names[label] if label < len(names) else f"{label}"


def storable(text: str) -> str:
    """Return a text that UTF-8 can encode: lone surrogates, which stand for bytes (PEP 383), become JSON's escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def _ends_its_isolates(text: str) -> bool:
    depth = 0
    for letter in text:
        depth += (letter == ISOLATE) - (letter == END_OF_ISOLATE)
        if depth < 0:
            return False
    return depth == 0


def _is_shown(letter: str) -> bool:
    return letter.isprintable() or letter in JOINERS or unicodedata.category(letter) == "Zs"


FORMULA = ("=", "+", "-", "@")  # a spreadsheet takes a cell that begins with one of these for a formula


def harmless(text: str) -> str:
    """Return text for a cell of a table: one line, with an apostrophe in front where it looks like a formula."""
    text = printable(text)
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


MINUS = "\N{MINUS SIGN}"


def plain(value: float, form: str) -> str:
    """Format a number with `.2f`, `+.3g` or `9.4f`, as programs read it: with a hyphen for a minus."""
    text = format(value, form)
    digits, power, exponent = text.partition("e")
    if digits.strip(" +-0.,"):
        return text
    unsigned = digits.replace("-", "").replace("+", "") + power + exponent
    return unsigned.rjust(len(text)) if text.startswith(" ") else unsigned


def written(value: float, form: str) -> str:
    """Format a number as people read it: with a minus sign, and the marks of the language."""
    return with_marks(plain(value, form).replace("-", MINUS))


def in_percent(share: float, digits: int = 0) -> str:
    """Format a share, 0 to 1, in percent with that number of decimals: `98.1 %`."""
    return f"{written(100 * share, f'.{digits}f')} %"


def fine_percent(share: float, images: int | None) -> str:
    """Format a share of `images` in percent, with as many digits as a difference of one image needs."""
    return percent(share, 2 if images is None else max(1, math.ceil(math.log10(max(images, 1))) - 2))


def percent(share: float, digits: int = 1) -> str:
    """Format a share in percent with `digits` decimals: `98.1 %`. Only 1 is 100 %, only 0 is 0 %, NaN is a dash."""
    if share != share:
        return "–"
    text, least = f"{100 * share:.{digits}f}", 10.0**-digits
    if share < 1 and float(text) == 100:
        text = f"{100 - least:.{digits}f}"
    if share > 0 and float(text) == 0:
        text = f"{least:.{digits}f}"
    return f"{with_marks(text)} %"


def accuracy_words(share: float, images: int | None) -> str:
    """Format an accuracy with the number of images that it was measured on: `97.41 % of 10,000 test images`."""
    if images is None:
        return tr("{share} of the test images", share=fine_percent(share, images))
    return tr_plural(
        "{share} of {count:,} test image", "{share} of {count:,} test images", images, share=fine_percent(share, images)
    )


def number(value: float) -> float | None:
    """Return a number for JSON, where NaN and infinity are null."""
    return value if math.isfinite(value) else None


def say_epoch(step: int, steps_per_epoch: int, *, short: bool = False) -> str:
    """Return a step in epochs: `epoch 7.0`, or `epoch 7`; with more digits in the first tenth of the first epoch."""
    return tr("epoch {number}", number=_epochs(step / steps_per_epoch, short=short))


def say_after(step: int, steps_per_epoch: int) -> str:
    """Return the epoch after which something is measured: `after epoch 7`."""
    return tr("after epoch {number}", number=_epochs(step / steps_per_epoch, short=True))


def _epochs(epoch: float, *, short: bool) -> str:
    digits = f"{epoch:.3f}" if 0 < epoch < 0.1 else f"{epoch:,.1f}"
    return with_marks(digits.removesuffix(".0") if short else digits)
