"""A hand that draws on the canvas with Qt's own mouse events, for measurements."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer

from bench.window.mouse import send_mouse
from gui.tabs.draw.canvas import Canvas

type Way = Sequence[tuple[float, float]]  # where a pen goes, in the units of a drawing

MOVE_MS = 8  # a mouse tells its place 125 times a second

STEP = 0.55  # so far a pen comes from one place to the next, in the units of a drawing: a digit takes a second

# Digits as the corners of their strokes: 7, 0, 2, 3 and 4.
DIGITS: tuple[tuple[Way, ...], ...] = (
    (((8, 7), (20, 7), (12, 23)),),
    (((14, 5), (8, 9), (7, 16), (10, 22), (16, 22), (20, 16), (19, 9), (14, 5)),),
    (((9, 8), (14, 5), (19, 8), (18, 13), (8, 23), (20, 23)),),
    (((8, 7), (17, 6), (18, 10), (12, 13), (19, 16), (18, 21), (8, 22)),),
    (((10, 5), (8, 14), (20, 14)), ((17, 8), (16, 23))),
)


# Number of moves for which the hand rests after a digit, and looks at the reasons, before it clears the canvas.
REST_MOVES = 25


class Hand(QObject):
    """Draws one digit after the other. It moves when it is time, whether the window has time or not, as a person's."""

    def __init__(self, canvas: Canvas, digits: Sequence[Sequence[Way]] = DIGITS) -> None:
        super().__init__(canvas)
        # When each event was made that changes the ink. It is sent as soon as the window has time.
        self.made: list[float] = []
        self._canvas, self._moves = canvas, itertools.cycle(_moves(digits))
        self._due = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._move)

    def start(self) -> None:
        """Draw on and on."""
        self._due = time.perf_counter()
        self._move()

    def stop(self) -> None:
        """Lift the pen, clear the canvas and draw no more."""
        self._timer.stop()
        while not self._canvas.is_empty:
            next(self._moves)(self)

    def _move(self) -> None:
        while self._due <= time.perf_counter():
            next(self._moves)(self)
            self._due += MOVE_MS / 1000
        self._timer.start(math.ceil(1000 * (self._due - time.perf_counter())))

    def press(self, x: float, y: float) -> None:
        """Put the pen down."""
        self._send(QEvent.Type.MouseButtonPress, x, y)

    def drag(self, x: float, y: float) -> None:
        """Draw up to there."""
        self._send(QEvent.Type.MouseMove, x, y)

    def lift(self, x: float, y: float) -> None:
        """Lift the pen."""
        self._send(QEvent.Type.MouseButtonRelease, x, y)

    def rest(self) -> None:
        """Do nothing."""

    def clear(self) -> None:
        """Take everything off the canvas."""
        self._canvas.clear()

    def _send(self, kind: QEvent.Type, x: float, y: float) -> None:
        self.made.append(self._due or time.perf_counter())
        send_mouse(self._canvas, kind, self._canvas.place_of(x, y))


def _moves(digits: Sequence[Sequence[Way]]) -> list[Callable[[Hand], None]]:
    moves: list[Callable[[Hand], None]] = []
    for strokes in digits:
        for way in strokes:
            first, *others = along(way)
            moves.append(partial(_act, Hand.press, first))
            moves += [partial(_act, Hand.drag, place) for place in others]
            moves.append(partial(_act, Hand.lift, others[-1]))
        moves += [Hand.rest] * REST_MOVES
        moves.append(Hand.clear)
    return moves


def _act(act: Callable[[Hand, float, float], None], place: tuple[float, float], hand: Hand) -> None:
    act(hand, *place)


def along(way: Way) -> list[tuple[float, float]]:
    """Return places on the way, about `STEP` apart, with all its corners."""
    places = [way[0]]
    for (x, y), (u, v) in itertools.pairwise(way):
        parts = max(1, round(math.hypot(u - x, v - y) / STEP))
        places += [(x + (u - x) * part / parts, y + (v - y) * part / parts) for part in range(1, parts + 1)]
    return places
