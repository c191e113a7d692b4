"""The matrix whose inverse is learned: drawn, or given by a person, and its condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.core.array import Array
from engine.core.errors import UserError
from engine.core.messages import read_only

LARGEST = 9  # entries of drawn matrices are whole numbers from 0 to this
# From this condition number on one direction is so much flatter that its descent remains unfinished.
HARD = 1e3
SINGULAR = 1e12  # from this condition number on the inverse is lost in the rounding of double precision


def drawn_matrix(size: int, seed: int) -> Array:
    """Return a random matrix (size, size) of whole numbers from 0 to 9, float64."""
    return np.random.default_rng(seed).integers(0, LARGEST + 1, (size, size)).astype(np.float64)


def checked_matrix(entries: Any, size: int) -> Array:
    """Return a person's matrix as (size, size) float64; raise `UserError` for another shape or values not finite."""
    matrix = np.asarray(entries, np.float64)
    if matrix.shape != (size, size) or not np.isfinite(matrix).all():
        raise UserError(f"The matrix must have {size} × {size} numbers.")
    return matrix


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of a matrix before learning."""

    condition_number: float  # the ratio of the largest to the smallest singular value; infinite for a singular matrix
    inverse: Array | None  # the true inverse, float64, or `None`

    @classmethod
    def of(cls, matrix: Array) -> Outlook:
        """Return the outlook of a matrix (size, size)."""
        condition = float(np.linalg.cond(matrix))
        if not condition < SINGULAR:  # also for NaN
            return cls(float("inf"), None)
        return cls(condition, read_only(np.linalg.inv(matrix)))

    @property
    def sentence(self) -> str:
        """The prospects in a sentence; empty if all is well."""
        if self.inverse is None:
            return "This matrix has no inverse: some row is a mixture of the others, so x A never becomes the identity."
        if self.condition_number >= HARD:
            return (
                f"Badly conditioned ({self.condition_number:,.0f}): one direction is that many times flatter than "
                "another; descent hardly gets ahead in it."
            )
        return ""
