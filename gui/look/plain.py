"""Words as words: Qt takes for HTML what looks like it, and for a key what follows an ampersand."""

from __future__ import annotations

import html

from PySide6.QtCore import QPoint
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton, QToolTip, QWidget

from engine.core.text import isolated


def plain_tip(text: str) -> str:
    """Return a tooltip that says this text, whatever names a stranger chose are in it."""
    if not Qt.mightBeRichText(text):
        return text
    return f"<span>{html.escape(text).replace('\n', '<br>')}</span>"


def show_tip(place: QPoint, text: str, widget: QWidget) -> None:
    """Show a text as a tooltip of the widget, at a place of the screen; an empty one hides it."""
    QToolTip.showText(place, plain_tip(text), widget)


def entry(name: str) -> str:
    """Return a name as the entry of a menu that says it."""
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
    """Return a box with the object name `name` that asks a person, and its button that acts.

    `texts` are the sentence and what it means; `keep` and `act` are the name and the text of a button. Enter and Esc
    press the one that leaves everything as it is.
    """
    box = QMessageBox(QMessageBox.Icon.NoIcon, title, texts[0])
    box.setParent(window, box.windowFlags())
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setObjectName(name)
    box.setInformativeText(texts[1])
    leaving = box.addButton(keep[1], QMessageBox.ButtonRole.RejectRole)
    leaving.setObjectName(f"{name}.{keep[0]}")
    acting = box.addButton(act[1], role)
    acting.setObjectName(f"{name}.{act[0]}")
    box.setDefaultButton(leaving)
    box.setEscapeButton(leaving)
    return box, acting
