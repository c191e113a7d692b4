"""The ten colours that a run can have, as a menu: each by its name too, for those who do not tell them apart."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu

from gui.look.theme import run_token, theme

NAMES = ("Blue", "Ochre", "Red", "Grey", "Violet", "Brown", "Orange", "Olive", "Slate", "Aqua")
"""In the order of the theme's `runs`."""
SIDE, CHIP = 16, 12


def fill_with_colors(menu: QMenu, current: int, choose: Callable[[int], object]) -> None:
    """Offer all colours, with a mark at the current one; `choose` gets the number of the chosen one."""
    menu.clear()
    for number, name in enumerate(NAMES):
        action = menu.addAction(_chip(number, menu.devicePixelRatioF()), name)
        action.setObjectName(f"{menu.objectName()}.{name.lower()}")
        action.triggered.connect(lambda _=False, number=number: choose(number))
        if number == current % len(NAMES):
            action.setText(f"{name} (now)")
            menu.setActiveAction(action)


def _chip(number: int, ratio: float) -> QIcon:
    pixels = QPixmap(round(SIDE * ratio), round(SIDE * ratio))
    pixels.setDevicePixelRatio(ratio)
    pixels.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixels)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().current.color(run_token(number)))
    edge = (SIDE - CHIP) / 2
    painter.drawRoundedRect(QRectF(edge, edge, CHIP, CHIP), 4, 4)
    painter.end()
    return QIcon(pixels)
