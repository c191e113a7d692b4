"""The menu of a picture: copy what is shown, or save it as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QMenu, QWidget

from gui.state.file_content import png_of
from gui.state.save_file import save_file
from gui.widgets.save_place import ask_where

if TYPE_CHECKING:
    from gui.state.bridge import Bridge

PICTURES = "Pictures (*.png)"


class PictureMenu(QObject):
    """Opens at a right click on a widget, or at the menu key. It goes with the widget."""

    def __init__(
        self, widget: QWidget, file_name: str, bridge: Bridge, image: Callable[[], QImage] | None = None
    ) -> None:
        """Offer what `image` returns, by default what the widget shows; `file_name` is proposed, without suffix."""
        super().__init__(widget)
        self.pictured, self._file_name, self._bridge = widget, file_name, bridge
        self._image = image or (lambda: widget.grab().toImage())
        widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        widget.customContextMenuRequested.connect(self._open)

    def copy(self) -> None:
        """Put the picture on the clipboard."""
        QGuiApplication.clipboard().setImage(self._image())

    def choose_file(self) -> None:
        """Ask where to, and have the picture written there."""
        image = self._image()  # what was shown when it was asked for, not what has come since
        name, _ = ask_where(self.pictured, "Save the picture", f"{self._file_name}.png", PICTURES)
        if name:
            path = Path(name)
            path = path if path.suffix.lower() == ".png" else path.with_name(f"{path.name}.png")
            self._bridge.submit(save_file, path, png_of(image))

    def _open(self, place: QPoint) -> None:
        menu = QMenu(self.pictured)
        menu.setObjectName(f"{self.pictured.objectName()}.menu")
        menu.addAction("Copy picture", self.copy).setObjectName("picture.copy")
        menu.addAction("Save picture…", self.choose_file).setObjectName("picture.save")
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.pictured.mapToGlobal(place))
