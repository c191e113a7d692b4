"""Labels with the fonts of the type scale, by the role of their text."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from gui.look.fonts import set_font
from gui.look.text_size import keep, measured

_FOR_HANDS = set[str]()
WIDEST = "widest"  # property of a label with the widest number that it has shown

type Look = Literal["title", "label", "caption", "value", "small value", "figure", "error", ""]
type Tone = Literal["", "good", "warn", "bad", "muted", "accuracy", "accent", "changed"]


def for_hands(text: str) -> str:
    """Return the sentence, and mark it as one about mouse and keys, which figures and films leave out."""
    _FOR_HANDS.add(text)
    return text


def is_for_hands(text: str) -> bool:
    """Return whether a text was marked by `for_hands`."""
    return text in _FOR_HANDS


def words(text: str, look: Look = "", *, wrapped: bool = False, names: QWidget | None = None) -> QLabel:
    """Return a label with a text; if it `names` a field beside it, it is the field's buddy, for screen readers."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("look", look)
    label.setWordWrap(wrapped)
    if names is not None:
        label.setBuddy(names)
    return label


def figure(text: str = "", look: Look = "value") -> QLabel:
    """Return a label for a number, right-aligned, with digits of one width."""
    label = words(text, look)
    set_font(label, {"small value": "small_value", "figure": "figure"}.get(look, "value"), numbers=True)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return with_room(label)


def with_room(label: QLabel) -> QLabel:
    """Return the label, prepared for `set_figure`: its size follows the text size."""
    keep(label, _make_room)
    return label


def set_figure(label: QLabel, text: str) -> None:
    """Show a number in a label whose size is fixed and only grows, to that of the widest number so far.

    Otherwise each new text would lay out and repaint the whole panel.
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
    """Make a button at least, or if `fixed` exactly, as wide as with another text, so that the change moves nothing."""

    def make_room(button: QAbstractButton) -> None:
        shown = button.text()
        button.setText(title)
        button.ensurePolished()
        (button.setFixedWidth if fixed else button.setMinimumWidth)(button.sizeHint().width())
        button.setText(shown)

    measured(button, make_room)


def set_title(button: QAbstractButton, text: str, spoken: str = "", tip: str | None = None) -> None:
    """Set the text of a button; screen readers say `spoken`, if given. `None` leaves the tooltip as it is."""
    button.setText(text)
    button.setAccessibleName(spoken or text)
    if tip is not None:
        button.setToolTip(tip)


def enable(control: QWidget | QAction, is_possible: bool, tip: str, why_not: str) -> None:
    """Enable a control, with a tooltip that says what it does; or disable it, with one that says why."""
    control.setEnabled(is_possible)
    control.setToolTip(tip if is_possible else why_not)


def set_tone(label: QWidget, tone: Tone) -> None:
    """Set the colour that repeats what the text says."""
    set_look(label, "tone", tone)


def set_look(widget: QWidget, name: str, value: object) -> None:
    """Set a property that selectors of the style sheet use, and apply it."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
