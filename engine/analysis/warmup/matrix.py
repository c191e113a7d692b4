"""The matrix whose inverse is learned: drawn, or given by a person, and what can be said of it beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.core.array import Array
from engine.core.errors import UserError
from engine.core.messages import read_only

LARGEST = 9
"""Entries are whole numbers from 0 to that."""

HARD = 1e3
"""From this condition number on the way is so much steeper in one direction than in others that it stays unfinished."""

SINGULAR = 1e12
"""From this condition number on the inverse is lost in the rounding of double precision."""


def drawn_matrix(size: int, seed: int) -> Array:
    """Return a random matrix (size, size) of whole numbers from 0 to 9, float64."""
    return np.random.default_rng(seed).integers(0, LARGEST + 1, (size, size)).astype(np.float64)


def checked_matrix(entries: Any, size: int) -> Array:
    """Return a matrix (size, size), float64, that a person edited; raise `UserError` where it is none."""
    matrix = np.asarray(entries, np.float64)
    if matrix.shape != (size, size) or not np.isfinite(matrix).all():
        raise UserError(f"The matrix must have {size} × {size} numbers.")
    return matrix


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of a matrix before anything is learned."""

    condition_number: float
    """How many times more a change in one direction is stretched than in another; infinite for a singular matrix."""
    inverse: Array | None
    """The true inverse, float64; `None` where there is none."""

    @classmethod
    def of(cls, matrix: Array) -> Outlook:
        """Look at a matrix (size, size)."""
        condition = float(np.linalg.cond(matrix))
        if not condition < SINGULAR:  # also when it is not a number
            return cls(float("inf"), None)
        return cls(condition, read_only(np.linalg.inv(matrix)))

    @property
    def sentence(self) -> str:
        """What is to be expected, in a sentence; empty where all goes well."""
        if self.inverse is None:
            return "This matrix has no inverse: some row is a mixture of the others, so x A never becomes the identity."
        if self.condition_number >= HARD:
            return (
                f"Badly conditioned ({self.condition_number:,.0f}): one direction is that many times flatter than "
                "another; descent hardly gets ahead in it."
            )
        return ""
