"""The canvas as a part of the session's view: stored soon after each change, shown when the session opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.base.drawing import NO_CANVAS, CanvasState, Stroke, plain_array, plain_stroke
from engine.session.drawing_jobs import keep_canvas
from engine.session.session import CANVAS
from engine.session.session_jobs import SessionOpened
from gui.state.one_shot import one_shot
from gui.state.tell import tell
from gui.tabs.draw.kept_drawings import kept_picture, sheet_of
from gui.tabs.draw.sheet import Sheet

if TYPE_CHECKING:
    from gui.state.bridge import Bridge
    from gui.state.selection import Selection
    from gui.tabs.draw.canvas import Canvas

type _Packed = dict[tuple[int, bool], tuple[object, dict[str, Any]]]

PERIOD_MS = 1000
"""Minimum interval between two writes of the canvas."""

DAMAGED = "The drawing that lay on the canvas of this session is damaged and cannot be shown."


class CanvasKeeping(QObject):
    """Stores the canvas at most once per period, and only while the pen is up."""

    found = Signal(object, bool)
    """Carries the sheet of a session that was opened, and whether it is received raw."""

    def __init__(self, bridge: Bridge, selection: Selection, canvas: Canvas, parent: QObject) -> None:
        super().__init__(parent)
        self.is_raw = False
        """Whether the canvas is received without preparation."""
        self._bridge, self._canvas = bridge, canvas
        self._stored: tuple[Sheet, bool] = (canvas.sheet, False)
        self._plain: tuple[Sheet, bool, dict[str, Any] | None] = (canvas.sheet, False, None)
        """The sheet that was last turned into plain values, and those."""
        self._packed: _Packed = {}
        """By identity and kind, what is in these plain values: a sheet shares most of its parts with the one before."""
        self._is_due = False
        self._timer = one_shot(self, self._store, ms=PERIOD_MS)
        canvas.inkChanged.connect(self._watch)
        bridge.listen(SessionOpened, self._take_session)
        selection.canvas = self.plain

    def want(self) -> None:
        """Store the canvas soon."""
        if not self._timer.isActive():
            self._timer.start()

    def plain(self) -> dict[str, Any] | None:
        """Return the canvas in the plain values of `CanvasState`, `None` for an empty one."""
        sheet, is_raw = self._canvas.sheet, self.is_raw
        if self._plain[0] is not sheet or self._plain[1] != is_raw:
            before, self._packed = self._packed, {}
            self._plain = sheet, is_raw, None if sheet.is_empty else self._plain_of(sheet, before)
        return self._plain[2]

    def _watch(self) -> None:
        if self._is_due and not self._canvas.is_drawing:
            self._store()
        elif not self._timer.isActive():
            self._timer.start()

    def _store(self) -> None:
        self._is_due = self._canvas.is_drawing  # then the end of the stroke will store it
        what = self._canvas.sheet, self.is_raw
        if not self._is_due and (what[0] is not self._stored[0] or what[1] != self._stored[1]):
            self._stored = what
            self._bridge.submit(keep_canvas, self.plain())

    def _take_session(self, message: SessionOpened) -> None:
        plain = message.view.get(CANVAS)
        if plain is None or plain == self.plain():
            return
        try:
            state = CanvasState.from_plain(plain)
        except NO_CANVAS:
            self._bridge.submit(tell, DAMAGED, "Its runs and saved drawings are not concerned.")
            return
        sheet = sheet_of(state.drawing, state.change)
        self.found.emit(sheet, state.is_raw)
        # A write that was still wanted of the session before may reach this one; it is put right soon.
        self.want()

    def _plain_of(self, sheet: Sheet, before: _Packed) -> dict[str, Any]:
        def packed(part: Stroke | np.ndarray[Any, Any]) -> dict[str, Any]:
            as_is = sheet.as_is or part is sheet.change
            known = before.get((id(part), as_is))
            if known is not None and known[0] is part:
                plain = known[1]
            elif isinstance(part, Stroke):
                plain = plain_stroke(part)
            else:
                plain = plain_array(kept_picture(part, as_is=as_is))
            self._packed[id(part), as_is] = part, plain
            return plain

        return {
            "strokes": [packed(stroke) for stroke in sheet.strokes],
            "picture": None if sheet.picture is None else packed(sheet.picture),
            "caption": sheet.caption,
            "change": None if sheet.change is None else packed(sheet.change),
            "is_raw": self.is_raw,
        }
