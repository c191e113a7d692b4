"""Shows texts literally: Qt takes for HTML what looks like it, and an ampersand for a mnemonic."""

from __future__ import annotations

import html

from PySide6.QtCore import QPoint
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton, QToolTip, QWidget

from engine.core.text import isolated


def plain_tip(text: str) -> str:
    """Return a tooltip with exactly this text, even if it contains tags."""
    if not Qt.mightBeRichText(text):
        return text
    return f"<span>{html.escape(text).replace('\n', '<br>')}</span>"


def show_tip(place: QPoint, text: str, widget: QWidget) -> None:
    """Show a tooltip of the widget at a position of the screen; an empty text hides it."""
    QToolTip.showText(place, plain_tip(text), widget)


def entry(name: str) -> str:
    """Return a name as the text of a menu entry."""
    return isolated(name).replace("&", "&&")


def question_box(
    window: QWidget,
    name: str,
    title: str,
    texts: tuple[str, str],
    keep: tuple[str, str],
    act: tuple[str, str],
    role: QMessageBox.ButtonRole = QMessageBox.ButtonRole.DestructiveRole,
) -> tuple[QMessageBox, QPushButton]:
    """Return a message box with the object name `name`, and its button that acts.

    `texts` are the question and the explanation; `keep` and `act` are name and text of a button. Enter and Esc press
    the one that leaves everything as it is.
    """
    box = QMessageBox(QMessageBox.Icon.NoIcon, title, texts[0])
    box.setParent(window, box.windowFlags())
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setObjectName(name)
    box.setInformativeText(texts[1])
    keep_button = box.addButton(keep[1], QMessageBox.ButtonRole.RejectRole)
    keep_button.setObjectName(f"{name}.{keep[0]}")
    act_button = box.addButton(act[1], role)
    act_button.setObjectName(f"{name}.{act[0]}")
    box.setDefaultButton(keep_button)
    box.setEscapeButton(keep_button)
    return box, act_button
