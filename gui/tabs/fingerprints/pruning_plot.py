"""The plot of accuracy against what is taken away; where one presses, so much is taken away."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy

from gui.widgets.curve_plot import CurvePlot

HOW_TO = "Accuracy on the test images against the share that is taken away. Drag to silence the least useful neurons."


class PruningPlot(CurvePlot):
    """Both axes reach from 0 to 100 %, whatever the curves hold: nothing moves while they grow."""

    pulled = Signal(float)
    """The left button is held down at this share, 0 to 1."""
    released = Signal()

    def __init__(self, name: str) -> None:
        super().__init__(
            name, "Accuracy against what is taken away", "percent", lambda *_: (0.0, 1.0), "percent"
        )
        self.setToolTip(HOW_TO)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the slider below it does the same with keys
        self._box.setMouseEnabled(x=False, y=False)
        # As high as there is room for, never higher: what stands below it is wanted too.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setMinimumSize(0, 0)
        self.crosshair.stands_low = True
        self._is_pulled = False

    def share_at(self, place: QPoint) -> float:
        """Return what share a place in the plot's pixels means, 0 to 1."""
        return min(max(float(self._box.mapSceneToView(self.mapToScene(place)).x()), 0.0), 1.0)

    def place_of(self, share: float) -> QPoint:
        """Return where a share is in the plot's pixels, half way up."""
        return self.mapFromScene(self._box.mapViewToScene(QPointF(share, 0.5)))

    def where(self, x: float) -> str:
        """Return a place on the horizontal axis in words."""
        return f"{100 * x:.0f} % taken away"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to pull."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._is_pulled = True
            self._pull(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pull on, or only look."""
        if self._is_pulled:
            self._pull(event)
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if self._is_pulled and event.button() == Qt.MouseButton.LeftButton:
            self._is_pulled = False
            self.released.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take the second press for one like any other."""
        self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom nothing: all is seen."""
        event.ignore()

    def _pull(self, event: QMouseEvent) -> None:
        share = self.share_at(event.position().toPoint())
        self.show_crosshair(share)
        self.pulled.emit(share)
        event.accept()
