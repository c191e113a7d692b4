"""What widgets say: names, tips, titles, texts shown literally, and labels with the fonts of the type scale."""

import html
import re
import sys
from typing import Literal

from PySide6 import QtGui
from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QSizePolicy, QToolTip, QWidget

from engine.core.language import NARROW_SPACE, SOURCE, language
from engine.core.text import isolated
from gui.look.fonts import keep, measured, scaled, set_font

_FOR_HANDS = set[str]()
MAC_KEYS = {"Ctrl": "⌘", "Shift": "⇧", "Alt": "⌥"}  # no text
NO_BREAK = "\N{NO-BREAK SPACE}%"  # keeps a percent sign on the line of its number
WIDEST = "widest"  # property of a label with the widest number that it has shown

type Look = Literal["title", "label", "caption", "value", "small value", "figure", "error", ""]
type Tone = Literal["", "good", "warn", "bad", "muted", "accuracy", "accent", "changed"]


def named[T: QObject](widget: T, name: str, *, title: str = "", tip: str = "", look: str | None = None) -> T:
    """Set the object name of a widget, an action or a menu (`run.start`, `status.notice` ...), and return it.

    `title` is the accessible name, `tip` the tooltip, `look` the property in selectors of the style sheet.
    """
    widget.setObjectName(name)
    if title and isinstance(widget, QWidget):
        widget.setAccessibleName(title)
    if tip and isinstance(widget, QWidget | QAction):
        widget.setToolTip(with_keys(tip))
    if look is not None:
        widget.setProperty("look", look)
    return widget


def native(key: QKeySequence | str) -> str:
    """Return keys as this system writes them in menus: `⇧⌘F` for `Ctrl+Shift+F` on macOS."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def with_keys(text: str) -> str:
    """Return a sentence with the keys that change others as this system calls them: `⌘F` for `Ctrl+F` on macOS.

    Elsewhere they have their names in the language, as in Qt's menus: `Strg+F`.
    """
    if language() != SOURCE and sys.platform != "darwin":
        return re.sub(r"\b(Ctrl|Alt|Shift)(?=\+)", lambda match: native(f"{match[1]}+A").removesuffix("+A"), text)
    if sys.platform != "darwin":
        return text
    return re.sub(r"\b(Ctrl|Alt|Shift(?=\+))\b\+?", lambda match: MAC_KEYS[match[1]], text)


def for_hands(text: str) -> str:
    """Return the sentence, and mark it as one about mouse and keys, which figures and films leave out."""
    _FOR_HANDS.add(text)
    return text


def is_for_hands(text: str) -> bool:
    """Return whether a text was marked by `for_hands`."""
    return text in _FOR_HANDS


def words(
    text: str, look: Look = "", *, wrapped: bool = False, centred: bool = False, names: QWidget | None = None
) -> QLabel:
    """Return a label with a text; if it `names` a field beside it, it is the field's buddy, for screen readers."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)  # before its words, at which a screen reader learns what it is
    label.setText(text)
    label.setProperty("look", look)
    label.setWordWrap(wrapped)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter if centred else start())
    if names is not None:
        label.setBuddy(names)
    return label


def start(vertical: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignVCenter) -> Qt.AlignmentFlag:
    """Return the alignment of words at the side where the language's words begin.

    Qt's own goes by the letters: in a language from right to left, a label that begins with a name of Latin ones would
    stand at the left.
    """
    if QApplication.isRightToLeft():
        return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute | vertical
    return Qt.AlignmentFlag.AlignLeft | vertical


def figure(text: str = "", look: Look = "value") -> QLabel:
    """Return a label for a number, right-aligned, with digits of one width."""
    label = words(text, look)
    style = {"small value": "small_value", "figure": "figure"}.get(look, "value")  # no text
    set_font(label, style, numbers=True)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return with_room(label)


def with_room(label: QLabel, least: int = 0) -> QLabel:
    """Return the label, prepared for `set_figure`: its size follows the text size.

    `least` is its least width in pixels of letters of 100 %.
    """

    def make_room(label: QLabel) -> None:
        if (widest := label.property(WIDEST)) is not None:
            label.ensurePolished()
            measure = label.fontMetrics()
            label.setFixedSize(max(scaled(least), measure.horizontalAdvance(widest) + 2), measure.height())
        elif least:
            label.setFixedWidth(scaled(least))

    keep(label, make_room)
    return label


def set_figure(label: QLabel, text: str) -> None:
    """Show a number in a label that only grows, so that a new text does not lay out and repaint the whole panel."""
    if text != label.text():
        label.ensurePolished()
        measure, widest = label.fontMetrics().horizontalAdvance, label.property(WIDEST)
        if widest is None or measure(text) > measure(widest):
            label.setProperty(WIDEST, text)
        width = max(label.minimumWidth(), measure(text) + 2)
        label.setFixedSize(width, max(label.minimumHeight(), label.fontMetrics().height()))
        label.setText(text)


def reserve(button: QAbstractButton, *titles: str, least: int = 0, fixed: bool = False) -> None:
    """Make a button at least, or if `fixed` exactly, as wide as with other texts, so that the change moves nothing.

    `least` are pixels of letters of 100 %.
    """

    def make_room(button: QAbstractButton) -> None:
        shown, widths = button.text(), [scaled(least)]
        for title in titles:
            button.setText(title)
            button.ensurePolished()
            widths.append(button.sizeHint().width())
        (button.setFixedWidth if fixed else button.setMinimumWidth)(max(widths))
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
    set_tip(control, tip if is_possible else why_not)


def set_tip(control: QWidget | QAction, tip: str) -> None:
    """Set a tooltip, if it is another one: Qt sends an event for the same one too."""
    tip = with_keys(tip)
    if tip != control.toolTip():
        control.setToolTip(tip)


def set_tone(label: QWidget, tone: Tone) -> None:
    """Set the colour that repeats what the text says."""
    set_look(label, "tone", tone)


def set_look(widget: QWidget, name: str, value: object) -> None:
    """Set a property that selectors of the style sheet use, and apply it."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def plain_tip(text: str) -> str:
    """Return a tooltip with exactly this text, even if it contains tags."""
    if not QtGui.Qt.mightBeRichText(text):
        return text
    return f"<span>{escaped(text).replace('\n', '<br>')}</span>"


def escaped(text: str) -> str:
    """Return a text as HTML, in which Qt takes narrow no-break spaces for places where a line may end."""
    return html.escape(text, quote=False).replace(NARROW_SPACE, "&nbsp;")


def show_tip(place: QPoint, text: str, widget: QWidget) -> None:
    """Show a tooltip of the widget at a position of the screen; an empty text hides it."""
    QToolTip.showText(place, plain_tip(text), widget)


def entry(name: str) -> str:
    """Return a name as the text of a menu entry."""
    return isolated(name).replace("&", "&&")


def arrow() -> str:
    """Return an arrow that points forwards in a text, to the left where words run from the right."""
    return "←" if QApplication.isRightToLeft() else "→"


class Elided(QLabel):
    """A label that never widens its layout; the tooltip has the whole text, unless `tip` is another one."""

    def __init__(
        self, name: str, look: Look = "caption", mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight, *, tip: str = ""
    ) -> None:
        self.words = self._brief = ""  # the whole text, and what is shown where it has no room
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(start())
        named(self, name, tip=tip, look=look)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._mode, self._has_tip = mode, bool(tip)

    def set_words(self, words: str, brief: str = "") -> None:
        """Show `words`, or where they have no room `brief`, if it is not empty."""
        if (words, brief) == (self.words, self._brief):
            return
        self.words, self._brief = words, brief
        if not self._has_tip:
            self.setToolTip(plain_tip(words))
        self.setAccessibleName(words)
        self._elide()
        self.updateGeometry()

    @property
    def least(self) -> int:
        """The width of the brief words; of all, where there are none."""
        return self.fontMetrics().horizontalAdvance(self._brief or self.words) + 2

    def sizeHint(self) -> QSize:
        room = self.fontMetrics().horizontalAdvance(self.words) + 2 + self.width() - self.contentsRect().width()
        return QSize(room, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Return no width: words never widen the window."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self.words:
            self._elide()
            self.updateGeometry()

    def _elide(self) -> None:
        self.ensurePolished()
        room, measure = max(0, self.contentsRect().width()), self.fontMetrics()
        shown = measure.elidedText(self.words, self._mode, room)
        if shown != self.words and self._brief:
            shown = measure.elidedText(self._brief, self._mode, room)
        self.setText(shown)
