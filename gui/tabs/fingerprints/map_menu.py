"""The menu of the maps: what is seen as a picture, the averages as numbers, for the clipboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from gui.look.icons import icon
from gui.look.named import named

if TYPE_CHECKING:
    from engine.probes.fingerprints import Fingerprints


def map_menu(parent: QWidget) -> QMenu:
    """Return a menu whose first entry copies a picture, and whose second one copies numbers."""
    menu = named(QMenu(parent), "fingerprints.maps.menu")
    for name, title, picture in (("picture", "Copy picture", "copy"), ("numbers", "Copy averages", "table")):
        action = menu.addAction(icon(picture), title)
        action.setObjectName(f"fingerprints.maps.{name}")
    return menu


def copy_picture(widget: QWidget) -> None:
    """Put what is seen of `widget` on the clipboard, in pixels of the screen."""
    QGuiApplication.clipboard().setPixmap(widget.grab())


def copy_averages(answer: Fingerprints | None) -> None:
    """Put the mean of each neuron over each class on the clipboard, as a table in the order of the rows."""
    if answer is not None:
        QGuiApplication.clipboard().setText(averages_table(answer))


def averages_table(answer: Fingerprints) -> str:
    """Return a line for each neuron, from top to bottom: its number, then its means, with tabs between."""
    lines = ["\t".join(["neuron", *(str(label) for label in range(len(answer.means)))])]
    for neuron in answer.order.tolist():
        lines.append("\t".join([str(neuron), *(f"{mean:.6g}" for mean in answer.means[:, neuron].tolist())]))
    return "\n".join(lines) + "\n"
