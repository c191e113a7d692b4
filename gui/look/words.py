"""Labels of the type scale: what a text is decides how it looks."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from gui.look.fonts import set_font
from gui.look.text_size import keep, measured

_FOR_HANDS = set[str]()
WIDEST = "widest"  # the property in which a label has the widest number that it showed

type Look = Literal["title", "label", "caption", "value", "small value", "figure", "error", ""]
type Tone = Literal["", "good", "warn", "bad", "muted", "accuracy", "accent", "changed"]


def for_hands(text: str) -> str:
    """Return a sentence that only says what mouse and keys do here, for a constant: no figure and no film shows it."""
    _FOR_HANDS.add(text)
    return text


def is_for_hands(text: str) -> bool:
    """Whether it is such a sentence."""
    return text in _FOR_HANDS


def words(text: str, look: Look = "", *, wrapped: bool = False, names: QWidget | None = None) -> QLabel:
    """Return a label for words; those that name a field beside them are its buddy, for screen readers."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("look", look)
    label.setWordWrap(wrapped)
    if names is not None:
        label.setBuddy(names)
    return label


def figure(text: str = "", look: Look = "value") -> QLabel:
    """Return a label for a number, at the right, in figures of one width."""
    label = words(text, look)
    set_font(label, {"small value": "small_value", "figure": "figure"}.get(look, "value"), numbers=True)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return with_room(label)


def with_room(label: QLabel) -> QLabel:
    """Return a label that `set_figure` shows numbers in; its room goes with the size of letters."""
    keep(label, _make_room)
    return label


def set_figure(label: QLabel, text: str) -> None:
    """Show a number. The label's room only ever grows, so nothing beside it moves or has to be laid out anew.

    With room of its own choice a label has the whole panel arranged and painted again at each new text. Where letters
    get another size, the room is that of the widest number so far.
    """
    if text != label.text():
        label.ensurePolished()
        measure, widest = label.fontMetrics().horizontalAdvance, label.property(WIDEST)
        if widest is None or measure(text) > measure(widest):
            label.setProperty(WIDEST, text)
        width = max(label.minimumWidth(), measure(text) + 2)
        label.setFixedSize(width, max(label.minimumHeight(), label.fontMetrics().height()))
        label.setText(text)


def _make_room(label: QLabel) -> None:
    widest = label.property(WIDEST)
    if widest is not None:
        label.ensurePolished()
        measure = label.fontMetrics()
        label.setFixedSize(measure.horizontalAdvance(widest) + 2, measure.height())


def reserve(button: QAbstractButton, title: str, *, fixed: bool = False) -> None:
    """Keep room for a title that may come, so that nothing moves then; with `fixed` no more than that."""

    def make_room(button: QAbstractButton) -> None:
        shown = button.text()
        button.setText(title)
        button.ensurePolished()
        (button.setFixedWidth if fixed else button.setMinimumWidth)(button.sizeHint().width())
        button.setText(shown)

    measured(button, make_room)


def set_tone(label: QWidget, tone: Tone) -> None:
    """Say by colour what the words say already."""
    set_look(label, "tone", tone)


def set_look(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet asks for, and apply it."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
