"""How much work fits into one turn, as measured."""

from __future__ import annotations


class Pace:
    """The number of steps, or images, that one turn takes: as many as fill `seconds`, from `least` to `most`."""

    def __init__(self, seconds: float, size: int = 1, *, least: int = 1, most: int, growth: int = 2) -> None:
        """Begin with `size`. It grows by the factor `growth` at most in one turn: a first turn may be slow."""
        self.seconds, self.size = seconds, size
        self._least, self._most, self._growth = least, most, growth

    def fit(self, done: int, took: float) -> None:
        """Fit the size to a turn in which `done` steps took that many seconds."""
        fitting = round(done * self.seconds / max(took, 1e-6))
        self.size = max(self._least, min(self._most, self._growth * self.size, fitting))

    def shorten(self, factor: int) -> None:
        """Take fewer steps in the next turn: somebody waits for its end."""
        self.size = max(self._least, self.size // factor)
