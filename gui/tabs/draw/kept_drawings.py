"""The drawings that are kept in the session: what a person does with them can be undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.base.drawing import Drawing
from engine.base.errors import UserError
from engine.base.messages import Job
from engine.session.drawing_jobs import DrawingsKept, forget_drawing, keep_drawing, rename_drawing
from engine.session.session_jobs import SessionOpened
from gui.state.in_order import InOrder
from gui.state.tell import refuse
from gui.tabs.draw.sheet import Sheet

if TYPE_CHECKING:
    from gui.state.bridge import Bridge
    from gui.state.history import History


class KeptDrawings(QObject):
    """Asks the engine for one change after the other."""

    changed = Signal(object)
    """Carries the sheets that are kept, by name, in their order."""

    def __init__(self, bridge: Bridge, history: History, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge, self._history = bridge, history
        self._drawings: dict[str, Drawing] = {}
        self._sheets: dict[str, Sheet] = {}
        self._row = InOrder(bridge, self)
        bridge.listen(DrawingsKept, lambda message: self._take(message.drawings))
        bridge.listen(SessionOpened, self._take_session)

    def keep(self, name: str, sheet: Sheet) -> None:
        """Keep what lies on a sheet; what had the name before is kept no longer."""
        if not name or sheet.is_empty:
            return
        drawing, before = drawing_of(sheet), self._drawings.get(name)
        undo = partial(self._do, forget_drawing, name)
        if before is not None:
            undo = partial(self._do, keep_drawing, name, before)
        self._history.do(f"keep “{name}”", partial(self._do, keep_drawing, name, drawing), undo)

    def rename(self, name: str, new: str) -> None:
        """Call a drawing something else, unless another one is called so."""
        if name not in self._drawings or new in ("", name):
            return
        if new in self._drawings:
            taken = UserError(f"There is a drawing called “{new}” already.", hint="Choose another name.")
            self._bridge.submit(refuse, taken)
            return
        do, undo = partial(self._do, rename_drawing, name, new), partial(self._do, rename_drawing, new, name)
        self._history.do(f"rename “{name}”", do, undo)

    def forget(self, name: str) -> None:
        """Keep a drawing no longer."""
        if name in self._drawings:
            place = list(self._drawings).index(name)
            undo = partial(self._do, keep_drawing, name, self._drawings[name], place)
            self._history.do(f"delete “{name}”", partial(self._do, forget_drawing, name), undo)

    def _take_session(self, message: SessionOpened) -> None:
        self._row.forget()  # it was wanted of the session before
        self._take(message.drawings)

    def _take(self, drawings: Mapping[str, Drawing]) -> None:
        sheets = {
            name: self._sheets[name] if self._drawings.get(name) is drawing else sheet_of(drawing)
            for name, drawing in drawings.items()
        }
        self._drawings, self._sheets = dict(drawings), sheets
        self.changed.emit(dict(sheets))

    def _do(self, make: Callable[..., Job], *args: Any) -> None:
        self._row.do(partial(self._bridge.submit, make, *args))


def drawing_of(sheet: Sheet) -> Drawing:
    """Return what lies on a sheet as it is kept: a picture in 256 shades, as the canvas shows it.

    What the network receives as it is, is kept to the last bit: a picture just beyond the border between two classes
    must stay there.
    """
    drawing = Drawing(strokes=sheet.strokes)
    if sheet.picture is None:
        return drawing
    return drawing.over(kept_picture(sheet.picture, as_is=sheet.as_is), sheet.caption)


def kept_picture(picture: np.ndarray[Any, Any], *, as_is: bool) -> np.ndarray[Any, Any]:
    """Return a picture (rows, columns) as it is kept: in 256 shades, or to the last bit if it is received as it is."""
    shades = np.nan_to_num(picture) if as_is else np.clip(np.nan_to_num(picture), 0, 1)
    kept = shades.astype(np.float32) if as_is else np.rint(255 * shades).astype(np.uint8)
    kept.flags.writeable = False
    return kept


def sheet_of(drawing: Drawing, change: np.ndarray[Any, Any] | None = None) -> Sheet:
    """Return a sheet with a drawing on it, and what was added to an earlier picture to make it, if that is known."""
    picture = drawing.picture
    as_is = picture is not None and picture.dtype == np.float32
    if picture is not None and not as_is:
        picture = picture.astype(np.float32) / np.float32(255)
    return Sheet(
        strokes=drawing.strokes, picture=picture, caption=drawing.caption, as_is=as_is, change=change
    )
