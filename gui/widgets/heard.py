"""What a screen reader gets of a widget that paints: its parts, which are read and pressed one by one.

Qt knows nothing of what is painted by hand, so that `interface_of` makes the accessible object of each widget that is
`Heard`. Its name and its description are those of every widget, its parts are asked for when a reader asks. Without a
reader Qt asks nothing, and nothing is made.
"""

import functools
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleActionInterface,
    QAccessibleAnnouncementEvent,
    QAccessibleEvent,
    QAccessibleInterface,
    QAccessibleValueChangeEvent,
    QAccessibleValueInterface,
    QMouseEvent,
    QTextDocumentFragment,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAccessibleWidget,
    QApplication,
    QComboBox,
    QLabel,
    QPushButton,
    QToolButton,
    QWidget,
)
from shiboken6 import Shiboken

from engine.core.language import headed
from gui.look.words import plain_tip
from gui.widgets.figures.table import Table, said

NO_INTERFACE = Shiboken.VoidPtr(0)  # where `interface_cast` returns `None`, Qt for Python 6.12 crashes
NO_BUTTON, LEFT = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton


class HeardPart(NamedTuple):
    """One of the things that a widget shows: a bar, a cell, a picture.

    `text` is its name and its value. `place` is where it lies in the widget (of a scroll area: in its viewport), also
    beyond its edges; `None` where it lies nowhere. `is_chosen`: the cursor of the keys is on it. `can_press`: a click
    on it does something.
    """

    text: str
    place: QRectF | None = None
    is_chosen: bool = False
    can_press: bool = False


@runtime_checkable
class Heard(Protocol):
    """A widget with parts; `heard_role` is what a reader calls it, `part_role` what it calls each of them."""

    heard_role: QAccessible.Role
    part_role: QAccessible.Role

    def finding(self) -> str:
        """Return what it shows now, in a sentence; empty where its accessible description or its tooltip says it."""

    def heard_parts(self) -> Sequence[HeardPart]:
        """Return what it shows now, in the order in which it is read."""


class HeardValue(NamedTuple):
    """Where a slider stands: its ends, its value between them, and that value in words."""

    least: float
    most: float
    now: float
    words: str


class Slider(Heard, Protocol):
    """A widget that is `Heard` and has a value, which a reader can set."""

    def heard_value(self) -> HeardValue:
        """Return where it stands now."""

    def take_value(self, value: float) -> None:
        """Go to a value as a drag does, or to what is near it."""


def rows_of(table: Table | None) -> list[HeardPart]:
    """Return the rows of a table as parts."""
    if table is None:
        return []
    heads = table.heads()
    return [HeardPart(row_text(heads, row)) for row in table.rows]


def row_text(heads: Sequence[str], row: Sequence[Any]) -> str:
    """Return a row of a table in words, without cells that are empty: `class: 4, probability: 0.91`."""
    return ", ".join(headed(head, text) for head, text in zip(heads, map(said, row), strict=True) if text)


def spoken(text: str) -> str:
    """Return the lines of a tooltip as one that a reader says."""
    return ", ".join(line for line in text.splitlines() if line)


def say(widget: QWidget, words: str, *, at_once: bool = False) -> None:
    """Have a reader say something about a widget: when it is silent, or `at_once`."""
    if QAccessible.isActive():
        event = QAccessibleAnnouncementEvent(widget, words)
        if at_once:
            event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
        QAccessible.updateAccessibility(event)


def say_part(widget: QWidget, number: int) -> None:
    """Have a reader say the part of a widget to which the cursor of the keys went."""
    if QAccessible.isActive():
        whole = QAccessible.queryAccessibleInterface(widget)
        if isinstance(whole, _Whole):
            whole.forget()  # a reader may ask before it is painted
        part = whole.child(number)
        if part is not None:
            QAccessible.updateAccessibility(QAccessibleEvent(part, QAccessible.Event.Focus))


def say_value(slider: Any) -> None:
    """Have a reader say the value to which a `Slider` went."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleValueChangeEvent(slider, slider.heard_value().now))


@functools.cache
def be_heard() -> None:
    """Have Qt ask `interface_of` for accessible objects."""
    QAccessible.installFactory(interface_of)


def interface_of(_: str, thing: QObject) -> QAccessibleInterface | None:
    """Return the accessible object of what is `Heard` or what Qt reads amiss, which Qt deletes with it; else `None`."""
    whole: QAccessibleInterface
    if isinstance(thing, QWidget) and isinstance(thing, Heard):
        whole = _Dragged(thing) if hasattr(thing, "heard_value") else _Whole(thing)
    elif isinstance(thing, QPushButton | QToolButton) and thing.isCheckable():
        whole = _Switch(thing)
    elif isinstance(thing, QComboBox) and not thing.isEditable():
        whole = _Chooser(thing)
    elif isinstance(thing, QLabel) and thing.textFormat() == Qt.TextFormat.PlainText:
        whole = _Words(thing)
    else:
        return None
    _kept[:] = [*(each for each in _kept if Shiboken.isValid(each)), whole]
    return whole


# Python would delete what nothing here refers to, though Qt refers to it.
_kept: list[QAccessibleInterface] = []


class _Whole(QAccessibleWidget):
    """A widget, with its parts before the widgets in it."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget, widget.heard_role)  # type: ignore[attr-defined]  # it is `Heard`
        self.seen = widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
        self._interfaces: list[_Part] = []
        self._known: Sequence[HeardPart] | None = None
        self._forget = _Painting(self.seen, self.forget)
        widget.destroyed.connect(functools.partial(_delete, self._interfaces))

    @property
    def parts(self) -> Sequence[HeardPart]:
        """The parts: those since the last painting, as a reader asks for each of them several times."""
        if self._known is None or not self.seen.isVisible():
            self._known = self.widget().heard_parts()  # type: ignore[attr-defined]
        return self._known

    def forget(self) -> None:
        self._known = None

    def text(self, kind: QAccessible.Text) -> str:
        is_asked = kind == QAccessible.Text.Description
        return (is_asked and self.widget().finding()) or super().text(kind)  # type: ignore[attr-defined]

    def childCount(self) -> int:
        return len(self.parts) + super().childCount()

    def child(self, number: int) -> Any:
        count = len(self.parts)
        if number >= count:
            return super().child(number - count)
        while number >= len(self._interfaces):
            self._interfaces.append(_Part(self, len(self._interfaces)))
        return self._interfaces[number] if number >= 0 else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        if isinstance(child, _Part):
            return child.number
        number = super().indexOfChild(child)
        return number + len(self.parts) if number >= 0 else number

    def childAt(self, x: int, y: int) -> Any:
        at = QPointF(self.seen.mapFromGlobal(QPointF(x, y)))
        for number, part in enumerate(self.parts):
            if part.place is not None and part.place.contains(at):
                return self.child(number)
        return super().childAt(x, y)


class _Dragged(_Whole):
    """A widget with a value."""

    def __init__(self, slider: Any) -> None:
        super().__init__(slider)
        self._value = _Value(slider)

    def text(self, kind: QAccessible.Text) -> str:
        return self._value.shown.words if kind == QAccessible.Text.Value else super().text(kind)

    def interface_cast(self, kind: QAccessible.InterfaceType) -> Any:
        if kind == QAccessible.InterfaceType.ValueInterface:
            return self._value
        known: Any = super().interface_cast(kind)
        return NO_INTERFACE if known is None else known


class _Value(QAccessibleValueInterface):
    """The value of a slider."""

    def __init__(self, slider: Slider) -> None:
        super().__init__()
        self._slider = slider

    @property
    def shown(self) -> HeardValue:
        return self._slider.heard_value()

    def minimumValue(self) -> float:
        return self.shown.least

    def maximumValue(self) -> float:
        return self.shown.most

    def currentValue(self) -> float:
        return self.shown.now

    def setCurrentValue(self, value: Any) -> None:
        self._slider.take_value(float(value))

    def minimumStepSize(self) -> float:
        return 1.0


class _Switch(QAccessibleWidget):
    """A button that stays down. To press it is a click: what Qt does in its place, `toggle()`, sends no `clicked`.

    It has to be checkable before its first words: at these Qt tells a reader of it.
    """

    def __init__(self, button: QAbstractButton) -> None:
        super().__init__(button, QAccessible.Role.CheckBox)
        self._button = button

    def role(self) -> QAccessible.Role:
        group: Any = self._button.group()
        is_one_of_several = self._button.autoExclusive() or (group and group.exclusive())
        return QAccessible.Role.RadioButton if is_one_of_several else super().role()

    def text(self, kind: QAccessible.Text) -> str:
        text = super().text(kind)
        return text or (self._button.text().replace("&", "") if kind == QAccessible.Text.Name else "")

    def state(self) -> QAccessible.State:
        state = super().state()
        state.checkable, state.checked = True, self._button.isChecked()
        return state

    def actionNames(self) -> list[str]:
        return [self.pressAction(), *super().actionNames()]

    def doAction(self, name: str) -> None:
        if name == self.pressAction():
            self._button.animateClick()
        else:
            super().doAction(name)


class _Chooser(QAccessibleWidget):
    """A combo box: its name is its title, its value what is chosen. Qt calls it by what is chosen on Linux and macOS.

    On Linux a reader gets no value of it, so that its name says both, where no label beside it says the title.
    """

    def __init__(self, box: QComboBox) -> None:
        super().__init__(box, QAccessible.Role.ComboBox)
        self._box = box

    def text(self, kind: QAccessible.Text) -> str:
        chosen = self._box.currentText()
        if kind == QAccessible.Text.Value:
            return chosen
        text = super().text(kind)
        if kind != QAccessible.Text.Name or sys.platform != "linux":
            return text
        return f"{text}: {chosen}" if text and not self.relations(QAccessible.RelationFlag.Label) else chosen

    def state(self) -> QAccessible.State:
        state = super().state()
        state.expandable, state.expanded = True, self._box.view().isVisible()
        return state

    def childCount(self) -> int:
        return 1

    def child(self, number: int) -> Any:
        return QAccessible.queryAccessibleInterface(self._box.view()) if number == 0 else None

    def childAt(self, _: int, __: int) -> Any:
        return None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return 0 if child.object() is self._box.view() else -1

    def actionNames(self) -> list[str]:
        return [self.showMenuAction(), self.pressAction(), *super().actionNames()]

    def doAction(self, name: str) -> None:
        if name not in (self.showMenuAction(), self.pressAction()):
            super().doAction(name)
        elif self._box.view().isVisible():
            self._box.hidePopup()
        else:
            self._box.showPopup()


class _Words(QAccessibleWidget):
    """A label with text: without one a reader passes it by, and what its tooltip repeats is said once."""

    def __init__(self, label: QLabel) -> None:
        super().__init__(label, QAccessible.Role.StaticText)
        self._label = label
        self._was_there = bool(self._words)
        self._painting = _Painting(label, self._tell)

    @property
    def _words(self) -> str:
        words = self._label.accessibleName() or self._label.text()
        is_rich = self._label.textFormat() == Qt.TextFormat.RichText
        return QTextDocumentFragment.fromHtml(words).toPlainText() if is_rich else words

    def text(self, kind: QAccessible.Text) -> str:
        words, text = self._words, super().text(kind)
        if kind == QAccessible.Text.Name:
            return words
        return "" if text in (words, plain_tip(words)) else text

    def state(self) -> QAccessible.State:
        state = super().state()
        state.readOnly = True
        state.invisible = state.invisible or not self._words
        return state

    def _tell(self) -> None:
        """Tell readers that the label came or went: they keep its state until then."""
        if (is_there := bool(self._words)) != self._was_there:
            self._was_there = is_there
            kind = QAccessible.Event.ObjectShow if is_there else QAccessible.Event.ObjectHide
            QAccessible.updateAccessibility(QAccessibleEvent(self._label, kind))


class _Painting(QObject):
    """Has something done once a widget is painted: then it shows something else."""

    def __init__(self, widget: QWidget, do: Callable[[], None]) -> None:
        super().__init__(widget)
        self._do = do
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._do()
        return False


class _Part(QAccessibleInterface):
    """The part with a number, whatever that is by now: Qt refers to it as long as the widget lives."""

    # `None` is what Qt expects where there is nothing, which the types of Qt for Python do not say: hence `Any`.

    def __init__(self, whole: _Whole, number: int) -> None:
        super().__init__()
        self._whole, self.number = whole, number
        self._press = _Press(self)

    @property
    def _shown(self) -> HeardPart | None:
        parts = self._whole.parts if Shiboken.isValid(self._whole) else ()
        return parts[self.number] if self.number < len(parts) else None

    def isValid(self) -> bool:
        return self._shown is not None

    def object(self) -> Any:
        return None

    def parent(self) -> QAccessibleInterface:
        return self._whole

    def childCount(self) -> int:
        return 0

    def child(self, _: int) -> Any:
        return None

    def childAt(self, _: int, __: int) -> Any:
        return None

    def indexOfChild(self, _: QAccessibleInterface) -> int:
        return -1

    def role(self) -> QAccessible.Role:
        role: QAccessible.Role = self._whole.widget().part_role  # type: ignore[attr-defined]
        return role

    def text(self, kind: QAccessible.Text) -> str:
        return self._shown.text if self._shown and kind == QAccessible.Text.Name else ""

    def setText(self, _: QAccessible.Text, __: str) -> None:
        pass

    def rect(self) -> QRect:
        if not (self._shown and self._shown.place):
            return QRect()
        place = self._shown.place.toAlignedRect()
        return QRect(self._whole.seen.mapToGlobal(place.topLeft()), place.size())

    def state(self) -> QAccessible.State:
        state, shown = QAccessible.State(), self._shown
        state.selectable = state.focusable = True
        state.selected = bool(shown and shown.is_chosen)
        state.focused = state.selected and self._whole.widget().hasFocus()
        in_view = self._whole.seen.rect().toRectF() if Shiboken.isValid(self._whole) else QRectF()
        state.offscreen = not (shown and shown.place and shown.place.intersects(in_view))
        return state

    def interface_cast(self, kind: QAccessible.InterfaceType) -> Any:
        if kind == QAccessible.InterfaceType.ActionInterface and self._shown and self._shown.can_press:
            return self._press
        return NO_INTERFACE

    def press(self) -> None:
        """Click on the part once Qt is back in its loop, so that the reader need not wait for what comes of it."""
        shown, seen = self._shown, self._whole.seen
        if shown and shown.place:
            at = shown.place.center()
            for kind, button in ((QEvent.Type.MouseButtonPress, LEFT), (QEvent.Type.MouseButtonRelease, NO_BUTTON)):
                event = QMouseEvent(kind, at, seen.mapToGlobal(at), LEFT, button, Qt.KeyboardModifier.NoModifier)
                QApplication.postEvent(seen, event)


class _Press(QAccessibleActionInterface):
    """The one thing that can be done with a part."""

    def __init__(self, part: _Part) -> None:
        super().__init__()
        self._part = part

    def actionNames(self) -> list[str]:
        return [self.pressAction()]

    def doAction(self, _: str) -> None:
        self._part.press()

    def keyBindingsForAction(self, _: str) -> list[str]:
        return []


def _delete(parts: list[_Part]) -> None:
    """Have Qt forget the parts of a widget that is gone."""
    for part in parts:
        QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(part))
    parts.clear()
