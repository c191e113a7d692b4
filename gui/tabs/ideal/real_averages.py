"""The averages of the real images, in the corners of the ideal ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject

from engine.data.jobs import DatasetOpened
from engine.probes.images import MeanImages, tell_mean_images
from gui.state.query import Request

if TYPE_CHECKING:
    from gui.tabs.ideal.painting import Painting
    from gui.tabs.ideal.panel import IdealPanel
    from gui.widgets.tab import Tab


class RealAverages(QObject):
    """Knows those of the data that are open."""

    def __init__(self, tab: Tab, painting: Painting, panel: IdealPanel) -> None:
        super().__init__(tab)
        self._painting, self._panel = painting, panel
        self._query = tab.query(lambda: Request(tell_mean_images), every_ms=0, patience_ms=0)
        self._means: np.ndarray[Any, Any] | None = None
        tab.listen(DatasetOpened, lambda _: self._take_data())
        self._query.listen(MeanImages, self._show_means)
        panel.meansSwitched.connect(lambda _: self.show())

    def show(self) -> None:
        """Put them into the corners of the images that are shown, where they are of classes and of one shape."""
        message, means = self._painting.latest, self._means
        shown = None
        if (
            means is not None
            and message is not None
            and message.layer is None
            and means.shape[1:] == message.images.shape[1:]
            and self._panel.means.isChecked()
        ):
            shown = means
            if len(shown) != len(message.images):  # the network knows more classes than the data have
                shown = np.zeros(message.images.shape, np.float32)
                shown[: len(means)] = means[: len(shown)]
        self._panel.board.show_insets(shown)

    def _take_data(self) -> None:
        self._means = None
        self.show()
        self._query.refresh()

    def _show_means(self, message: MeanImages) -> None:
        self._means = message.means
        self.show()
