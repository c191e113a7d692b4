"""One number of x worked out for the last step of the warm-up: its gradient and its change, with figures."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engine.analysis.warmup.job import WarmupSteps
from engine.analysis.warmup.problem import FIRST_MOMENT, KINK, SECOND_MOMENT
from engine.core.language import with_marks
from engine.core.lazy import Array
from engine.core.text import written
from gui.widgets.plots.chart import Cell

MOST_TERMS = {"absolute": 12, "squared": 3}  # more terms of the gradient's sum than these are left out
DIGITS = (4, 7)  # significant digits: in the panel, and where every term is written
ROUNDING = 1e-12  # smaller numbers are rounding errors
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def worked_step(message: WarmupSteps, matrix: Array, cell: Cell, *, whole: bool = False) -> list[str]:
    """Return lines: the gradient as a sum over A (size, size), then what the optimiser made of it.

    The figures of a line give its result to the digits shown. `whole` writes every term of the sum.
    """
    gradient, after = float(message.gradient[cell]), float(message.x[cell])
    of, say = (Figures(message, cell, gradient, after - float(message.change[cell]), after), Words(DIGITS[whole]))
    total = f"g = {_sum(message, matrix, cell, say, whole=whole)}{say.plain(gradient)}"
    return [total, *_RULES[message.spec.optimizer](of, say)]


class Words(NamedTuple):
    """How numbers are written: with this many significant digits."""

    digits: int

    def plain(self, value: float) -> str:
        """Return a number; 0 for a rounding error."""
        if not np.isfinite(value):
            return "–"
        size = abs(value)
        if size < ROUNDING:
            return "0"
        is_whole = abs(value - round(value)) < ROUNDING or size >= 10**self.digits
        return written(value, ",.0f" if is_whole and size < 1e12 else f",.{self.digits}g")

    def factor(self, value: float) -> str:
        """Return a number as a factor: in brackets if it is negative."""
        text = self.plain(value)
        return f"({text})" if text.startswith("−") else text


def _sum(message: WarmupSteps, matrix: Array, cell: Cell, say: Words, *, whole: bool) -> str:
    """Return the sum that is the gradient, with an equals sign; empty where rounding decided a sign."""
    residue, column = message.residue[cell.row], matrix[cell.column]
    if message.spec.loss == "absolute":
        terms = np.where(np.abs(residue) > KINK, np.sign(residue), 0.0) * column
        texts = [say.plain(abs(float(term))) for term in terms]
        total = terms.sum()
    else:
        terms = residue * column
        texts = [
            f"{say.plain(abs(float(error)))} · {say.factor(float(a))}" for error, a in zip(residue, column, strict=True)
        ]
        total = 2 * terms.sum()
    if not np.isclose(total, message.gradient[cell], rtol=1e-6, atol=1e-9):
        return ""
    signs = residue if message.spec.loss == "squared" else terms
    joined = _joined(signs, texts, len(texts) if whole else MOST_TERMS[message.spec.loss])
    return f"{joined} = " if message.spec.loss == "absolute" else f"2 ({joined}) = "


def _joined(signs: Array, texts: Sequence[str], most: int) -> str:
    parts = [f"{'−' if sign < 0 else '+'} {text}" for sign, text in zip(signs, texts, strict=True)]
    if len(parts) > most:
        parts = [*parts[: most - 1], "+ …"]
    first = parts[0].removeprefix("+ ").replace("− ", "−", 1)
    return " ".join([first, *parts[1:]])


class Figures(NamedTuple):
    """The figures that the rules show: of one number of x, before and after the step."""

    message: WarmupSteps
    cell: Cell
    gradient: float
    before: float
    after: float


def _sgd(of: Figures, say: Words) -> list[str]:
    by = f"{say.plain(of.message.spec.learning_rate)} · {say.factor(of.gradient)}"
    return [f"x = {say.plain(of.before)} − {by} = {say.plain(of.after)}"]


def _adagrad(of: Figures, say: Words) -> list[str]:
    squares = float(of.message.memories[0][of.cell])
    gradient, root = say.factor(of.gradient), f"√{say.plain(squares)}"
    by = f"{say.plain(of.message.spec.learning_rate)} · {gradient} / {root}"
    return [
        f"{with_marks('0.1')} + Σ g² = {say.plain(squares - of.gradient**2)} + {gradient}² = {say.plain(squares)}",
        f"x = {say.plain(of.before)} − {by} = {say.plain(of.after)}",
    ]


def _adam(of: Figures, say: Words) -> list[str]:
    mean, squares = (float(memory[of.cell]) for memory in of.message.memories)
    mean_had = (mean - (1 - FIRST_MOMENT) * of.gradient) / FIRST_MOMENT
    squares_had = (squares - (1 - SECOND_MOMENT) * of.gradient**2) / SECOND_MOMENT
    step, rate = of.message.taken, of.message.spec.learning_rate
    scaled = float(rate * np.sqrt(1 - SECOND_MOMENT**step) / (1 - FIRST_MOMENT**step))
    power, gradient = str(step).translate(RAISED), say.factor(of.gradient)
    first, second = (with_marks(f"{moment}") for moment in (FIRST_MOMENT, SECOND_MOMENT))
    rest, small = (with_marks(f"{1 - moment:.1g}") for moment in (FIRST_MOMENT, SECOND_MOMENT))
    by = f"{say.plain(scaled)} · {say.factor(mean)} / √{say.plain(squares)}"
    return [
        f"m = {first} · {say.factor(mean_had)} + {rest} · {gradient} = {say.plain(mean)}",
        f"v = {second} · {say.plain(squares_had)} + {small} · {gradient}² = {say.plain(squares)}",
        f"r = {say.plain(rate)} · √(1−{second}{power}) / (1−{first}{power}) = {say.plain(scaled)}",
        f"x = {say.plain(of.before)} − {by} = {say.plain(of.after)}",
    ]


_RULES = {"sgd": _sgd, "adagrad": _adagrad, "adam": _adam}
