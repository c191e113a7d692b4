"""A page that is too narrow for its columns: they lie below each other, each as high as the room of the window."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtWidgets import QBoxLayout, QWidget

from gui.look.fonts import scaled, size_again
from gui.look.layout import NO_LIMIT

Direction = QBoxLayout.Direction
ACROSS, DOWN, UP = Direction.LeftToRight, Direction.TopToBottom, Direction.BottomToTop


class Turn(NamedTuple):
    """The direction of a box on a narrow page, and the stretch factors of its parts there."""

    box: QBoxLayout
    direction: Direction
    shares: tuple[int, ...]


class Reflow:
    """Turns boxes; unless `screens` says otherwise, each part of the first box fills as many as its share.

    `sides` have a fixed width, which is that of a column and does not hold on a narrow page. `head` is the height of
    what stands above the boxes, in pixels of letters of 100 %.
    """

    def __init__(self, *turns: Turn, sides: Sequence[QWidget] = (), screens: int = 0, head: int = 0) -> None:
        self.screens, self._head = screens or sum(turns[0].shares), head
        self.is_narrow = False
        self._sides = sides
        usual = [Turn(box, box.direction(), tuple(map(box.stretch, range(box.count())))) for box, *_ in turns]
        self._turns = {True: turns, False: usual}

    def height(self, screen: int) -> int:
        """Return the height of a narrow page on which the first part fits on a screen, with what stands above it."""
        return self.screens * screen - (self.screens - 1) * scaled(self._head)

    def turn(self, *, narrow: bool) -> None:
        """Arrange the boxes; asked at each new size, and after the sides have got their width in other letters."""
        if narrow != self.is_narrow:
            self.is_narrow = narrow
            for box, direction, shares in self._turns[narrow]:
                box.setDirection(direction)
                for place, share in enumerate(shares):
                    box.setStretch(place, share)
            for side in self._sides:
                size_again(side)
        for side in self._sides if narrow else ():
            side.setMinimumWidth(0)
            side.setMaximumWidth(NO_LIMIT)
