"""The averages of the real images, in the corners of the ideal ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject

from engine.data.jobs import DatasetOpened
from engine.probes.mean_images import MeanImages, tell_mean_images
from gui.state.questions import Questions

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from gui.state.bridge import Bridge
    from gui.tabs.ideal.painting import Painting
    from gui.tabs.ideal.panel import IdealPanel


class RealAverages(QObject):
    """Knows those of the data that are open; a hidden tab does not ask for them."""

    def __init__(self, bridge: Bridge, painting: Painting, panel: IdealPanel, tab: QWidget) -> None:
        super().__init__(tab)
        self._painting, self._panel, self._tab = painting, panel, tab
        self._questions = Questions(bridge, self)
        self._means: np.ndarray[Any, Any] | None = None
        self._missed = False
        bridge.listen(DatasetOpened, lambda _: self._want())
        self._questions.listen(MeanImages, self._show_means)
        panel.meansSwitched.connect(lambda _: self.show())

    def catch_up(self) -> None:
        """Ask for what was missed while the tab was hidden."""
        if self._missed:
            self._want()

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

    def _want(self) -> None:
        """Ask for the averages of the data as they are now, or when the tab is shown."""
        self._means = None
        self._questions.drop()
        self.show()
        self._missed = not self._tab.isVisible()
        if not self._missed:
            self._questions.ask(tell_mean_images)

    def _show_means(self, message: MeanImages) -> None:
        self._means = message.means
        self.show()
