"""What a cell of the confusion matrix says, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.look.percents import percent

if TYPE_CHECKING:
    from engine.probes.mistakes import Cell, Mistakes

ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
MANY = ("zeros", "ones", "twos", "threes", "fours", "fives", "sixes", "sevens", "eights", "nines")


def one_of(name: str) -> str:
    """Return a class as one thing: `a four`, `an eight`, `a “Bag”`."""
    if name in ONES_BY_DIGIT:
        word = ONES_BY_DIGIT[name]
        return f"an {word}" if word == "eight" else f"a {word}"
    return f"a “{name}”"


def thing(name: str) -> str:
    """Return a class as a word: `four`, `“Bag”`."""
    return ONES_BY_DIGIT.get(name, f"“{name}”")


def things(name: str) -> str:
    """Return a class as many things: `fours`, `“Bag”`."""
    return MANY_BY_DIGIT.get(name, f"“{name}”")


def name_of(names: tuple[str, ...], number: int) -> str:
    """Return what a class is called; a network may know more classes than the data have names for."""
    return names[number] if number < len(names) else str(number)


def sentence(found: Mistakes, cell: Cell) -> str:
    """Return what there is to say of a cell, a row's or a column's total, or all."""
    label, answer = cell
    if label is None:
        return _of_all(found) if answer is None else _of_answer(found, answer)
    of_class = int(found.confusion[label].sum())
    many = things(name_of(found.names, label))
    if not of_class:
        return f"There are no {many} among the test images."
    if answer is None:
        wrong = of_class - int(found.confusion[label, label])
        return f"{wrong:,} of {of_class:,} {many} {_were(wrong)} read as something else: {_share(wrong, of_class)}."
    count = int(found.confusion[label, answer])
    if label == answer:
        return f"{count:,} of {of_class:,} {many} {_were(count)} read rightly: {_share(count, of_class)}."
    one, other = name_of(found.names, label), name_of(found.names, answer)
    if count == 0:
        return f"No {thing(one)} was read as {one_of(other)}."
    if count == 1:
        return f"1 {thing(one)} was read as {one_of(other)}: {_share(1, of_class)} of all {many}."
    return f"{count:,} {many} were read as {things(other)}: {_share(count, of_class)} of all {many}."


def title(found: Mistakes, cell: Cell) -> str:
    """Return what the images of a cell are, as a title."""
    label, answer = cell
    if label is None:
        return "All mistakes" if answer is None else f"Wrongly read as {things(name_of(found.names, answer))}"
    many = things(name_of(found.names, label))
    many = many[0].upper() + many[1:]
    if answer is None:
        return f"{many}, misread"
    if label == answer:
        return f"{many}, read rightly"
    return f"{many}, read as {things(name_of(found.names, answer))}"


def _of_all(found: Mistakes) -> str:
    wrong, images = found.wrong, len(found.labels)
    return f"{wrong:,} of {images:,} test images {_are(wrong)} misread: {_share(wrong, images)}."


def _of_answer(found: Mistakes, answer: int) -> str:
    count = int(found.confusion[:, answer].sum())
    wrong = count - int(found.confusion[answer, answer])
    many = things(name_of(found.names, answer))
    if not count:
        return f"Nothing was read as {one_of(name_of(found.names, answer))}."
    return f"{wrong:,} of {count:,} images that were read as {many} {_are(wrong)} something else."


def _share(count: int, of: int) -> str:
    return percent(count / of) if of else "none"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


ONES_BY_DIGIT = {str(number): word for number, word in enumerate(ONES)}
MANY_BY_DIGIT = {str(number): word for number, word in enumerate(MANY)}
