"""*What am I looking at?*: a key explains the panel under the mouse in a box beside it; pressed again, the next one.

A key and not a mode in which the next click asks: nothing has to be left again, the mouse stays where it points, and
without a mouse the same key goes through all panels. Texts are found by object names, so that a title which changes
with the neuron, or in a translation, loses none.
"""

import re
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QCursor, QFocusEvent, QHideEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QWidget

from engine.core.language import tr
from gui.look.focus_ring import Ring
from gui.look.fonts import font, metrics
from gui.look.layout import hbox, vbox
from gui.look.words import named, words
from gui.shell.help.help_texts import Entry, as_html, explanations, glossary, terms_in
from gui.shell.main_window import MainWindow
from gui.shell.menus.figures import reading_order
from gui.widgets.figures.enlarged import is_seen
from gui.widgets.forms.controls import icon_button
from gui.widgets.panel import Panel

WIDTH = 28  # width of the box, in heights of a letter
NUMBER = re.compile(r"\.\d+$")  # the end of the object name of one of several panels of different classes

# Reasons with which the focus comes back from a menu or another window.
PASSING = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.MenuBarFocusReason, Qt.FocusReason.ActiveWindowFocusReason)


class Explainer(QObject):
    """Finds what to explain, and shows the box until Esc, or until the focus or the tab changes."""

    termWanted = Signal(str)  # carries a term of the glossary that was clicked

    def __init__(self, window: MainWindow, tell: Callable[[str], object]) -> None:
        """`tell` is called with a sentence if there is nothing to explain."""
        super().__init__(window)
        self._window, self._tell = window, tell
        self._box: ExplanationBox | None = None
        window.tabs.currentChanged.connect(lambda _: self.close())

    def explain(self) -> None:
        """Explain what is under the mouse, or what has the focus; while something is explained, the next panel."""
        box, explained = self._box, explained_in(self._window.tabs.currentWidget())
        shown = box.about if box is not None and box.isVisible() else None
        if not explained:
            self._tell(tr("This tab shows nothing yet that could be explained."))
        elif shown in explained:
            place, text = explained.index(shown), explanation_of(shown)
            others = explained[place + 1 :] + explained[:place]
            self._open(next((widget for widget in others if explanation_of(widget) != text), shown))
        else:
            for control in (QApplication.widgetAt(QCursor.pos()), self._window.focusWidget()):
                if control is not None and (panel := around(control, explained)):
                    self._open(panel, tip=control.toolTip())
                    return
            self._open(explained[0])

    def close(self) -> None:
        if self._box is not None:
            self._box.hide()

    def _open(self, widget: QWidget, tip: str = "") -> None:
        if self._box is None:
            self._box = ExplanationBox(self._window)
            self._box.termWanted.connect(self.termWanted)
            self._box.nextWanted.connect(self.explain)
        self._box.show_beside(widget, tip)


def explained_in(tab: QWidget | None) -> list[QWidget]:
    """Return the visible, innermost widgets of a tab with an explanation, from top to bottom and left to right."""
    children = tab.findChildren(QWidget) if tab else []
    explained = [widget for widget in children if explanation_of(widget) and is_seen(widget)]
    # Not with `map(widget.isAncestorOf, explained)`: for Qt a widget is its own ancestor.
    inner = [
        widget
        for widget in explained
        if not any(part is not widget and widget.isAncestorOf(part) for part in explained)
    ]
    return sorted(inner, key=reading_order)


def around(widget: QWidget | None, explained: list[QWidget]) -> QWidget | None:
    """Return which of the `explained` a widget is in, or else the first one in the panel around it."""
    while widget is not None:
        if widget in explained:
            return widget
        if isinstance(widget, Panel):
            return next(filter(widget.isAncestorOf, explained), None)
        widget = widget.parentWidget()
    return None


def explanation_of(widget: QWidget) -> Entry | None:
    """Return the explanation of a widget; `None` if it has none."""
    name = widget.objectName()
    return explanations().get(NUMBER.sub("", name) if isinstance(widget, Panel) else name)


def title_of(widget: QWidget) -> str:
    """Return the current title of an explained widget: a panel may have another one for each neuron."""
    entry = explanation_of(widget)
    return entry.title if entry and entry.title else widget.accessibleName()


class ExplanationBox(QFrame):
    """Floats in the window without blocking it; a frame surrounds what it explains."""

    termWanted = Signal(str)
    nextWanted = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        named(self, "explain", look="explanation")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.about: QWidget | None = None  # the explained widget
        self._before: QWidget | None = None  # what had the focus before
        self._frame = Ring(window, "explain.frame")
        self.title = named(words("", "title", wrapped=True), "explain.title")
        self.text = named(words("", wrapped=True), "explain.text")
        self.look = named(words("", wrapped=True), "explain.look")
        self.formula = named(words("", "value", wrapped=True), "explain.formula")
        self.source = named(words("", "caption", wrapped=True), "explain.source")
        self.terms = named(QLabel(), "explain.terms", tip=tr("Look a term up in the glossary."))
        for label in (self.formula, self.terms):
            label.setTextFormat(Qt.TextFormat.RichText)
            label.setWordWrap(True)
        self.terms.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.terms.linkActivated.connect(self._want_term)
        self.next = icon_button("explain.next", "chevron-right", tr("Explain the next panel (Shift+F1)"))
        self.close_button = icon_button("explain.close", "close", tr("Close this explanation (Esc)"))
        self.next.clicked.connect(self.nextWanted)
        self.close_button.clicked.connect(self._leave)
        head = hbox((self.title, 1), self.next, self.close_button, gap="tight")
        rows = self.text, self.look, self.formula, self.source, self.terms
        vbox(head, *rows, gap="small", edges=("medium", "small", "small", "medium"), on=self)
        watched: tuple[QWidget, ...] = (window, self, self.next, self.close_button, self.terms)
        for part in watched:
            part.installEventFilter(self)
        self.hide()

    def show_beside(self, widget: QWidget, tip: str = "") -> None:
        """Explain a widget, beside it if there is room, with the terms of `tip`, the tooltip under the mouse."""
        entry = explanation_of(widget)
        assert entry is not None
        if not self.isVisible():
            self._before = self.window().focusWidget()
        self.about = widget
        self.setAccessibleName(title_of(widget))
        self.setAccessibleDescription(f"{entry.text} {entry.look}")
        self.title.setText(title_of(widget))
        self.text.setText(entry.text)
        self.look.setText(tr("What to look for: {look}", look=entry.look))
        self.formula.setText(as_html(entry.formula))
        self.source.setText(entry.source)
        terms = dict.fromkeys((*entry.see, *terms_in(tip)))
        self.terms.setText(", ".join(f'<a href="{term}">{glossary()[term].title}</a>' for term in terms))
        for label in (self.formula, self.source):
            label.setVisible(bool(label.text()))
        for label in self.findChildren(QLabel):
            label.ensurePolished()  # the height follows from the size of its letters
        column = self.layout()
        assert column is not None
        column.activate()
        width = WIDTH * font().pixelSize()
        self.resize(width, column.totalHeightForWidth(width))
        area = QRect(widget.mapTo(self.window(), QPoint()), widget.size())
        self.move(beside(area, self.size(), self.window().rect()))
        self._frame.surround(widget)
        self.show()
        self.raise_()
        self.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:
        self._frame.hide()
        super().hideEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hide at Esc, when the focus moves elsewhere in the window, and when that is resized."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape and watched is not self.window():
                self._leave()
                return True
        elif isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            now = QApplication.focusWidget()
            if event.reason() not in PASSING and not (now and (now is self or self.isAncestorOf(now))):
                self.hide()
        elif event.type() == QEvent.Type.Resize and watched is self.window():
            self.hide()
        return False

    def _leave(self) -> None:
        before, self._before = self._before, None
        if before is not None:
            before.setFocus()
        self.hide()

    def _want_term(self, term: str) -> None:
        self._leave()
        self.termWanted.emit(term)


def beside(area: QRect, size: QSize, window: QRect) -> QPoint:
    """Return the place of a box of that size: right of an area, left, below or above it, else over its right side."""
    gap = metrics()["space"]["small"]
    inner = window.adjusted(gap, gap, -gap, -gap)
    top = max(inner.top(), min(area.top(), inner.bottom() - size.height()))
    left = max(inner.left(), min(area.left(), inner.right() - size.width()))
    places = (
        QPoint(area.right() + gap, top),
        QPoint(area.left() - gap - size.width(), top),
        QPoint(left, area.bottom() + gap),
        QPoint(left, area.top() - gap - size.height()),
    )
    free = (place for place in places if inner.contains(QRect(place, size)))
    return next(free, QPoint(max(inner.left(), min(area.right(), inner.right()) - gap - size.width()), top))
