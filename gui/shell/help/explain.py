"""What am I looking at? A key explains the panel under the mouse in a box beside it, and then one after the other."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QCursor, QFocusEvent, QHideEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QWidget

from gui.look.focus_ring import Ring
from gui.look.fonts import font, metrics
from gui.look.layout import hbox, vbox
from gui.look.named import named
from gui.look.words import words
from gui.shell.help.help_texts import Entry, as_html, explanations, terms_in
from gui.shell.main_window import MainWindow
from gui.widgets.figures.enlarged import is_seen
from gui.widgets.forms.chip import icon_button
from gui.widgets.panel import Panel

WIDTH = 28
"""Of the box, in heights of a letter."""

NUMBER = re.compile(r"\.\d+$")
"""At the end of the name of one of several panels that show the same of different classes."""

PASSING = (
    Qt.FocusReason.PopupFocusReason,
    Qt.FocusReason.MenuBarFocusReason,
    Qt.FocusReason.ActiveWindowFocusReason,
)
"""The focus comes back from a menu, and from another window."""

NOTHING_HERE = "This tab shows nothing yet that could be explained."


class Explainer(QObject):
    """Finds what is to be explained, and shows the box until Esc, or until something else is looked at."""

    termWanted = Signal(str)
    """A term of the glossary was clicked."""

    def __init__(self, window: MainWindow, tell: Callable[[str], object]) -> None:
        """`tell` says a sentence where there is nothing to explain."""
        super().__init__(window)
        self._window, self._tell = window, tell
        self._box: ExplanationBox | None = None
        window.tabs.currentChanged.connect(lambda _: self.close())

    def explain(self) -> None:
        """Explain what is under the mouse, or what has the focus; while something is explained, what comes next."""
        shown = self._shown()
        explained = explained_in(self._window.tabs.currentWidget())
        if not explained:
            self._tell(NOTHING_HERE)
        elif shown in explained:
            place = explained.index(shown)
            others = explained[place + 1 :] + explained[:place]
            told = explanation_of(shown)
            self._open(next((each for each in others if explanation_of(each) != told), shown))
        else:
            under = QApplication.widgetAt(QCursor.pos())
            pointed = [(each, around(each, explained)) for each in (under, self._window.focusWidget())]
            control, panel = next((each for each in pointed if each[1]), (None, explained[0]))
            self._open(panel or explained[0], said=control.toolTip() if control else "")

    def close(self) -> None:
        """Explain nothing any more."""
        if self._box is not None:
            self._box.hide()

    def _shown(self) -> QWidget | None:
        return self._box.about if self._box is not None and self._box.isVisible() else None

    def _open(self, widget: QWidget, said: str = "") -> None:
        if self._box is None:
            self._box = ExplanationBox(self._window)
            self._box.termWanted.connect(self.termWanted)
            self._box.nextWanted.connect(self.explain)
        self._box.show_beside(widget, said)


def explained_in(tab: QWidget | None) -> list[QWidget]:
    """Return what is seen in a tab and has an explanation: from top to bottom, on one line from left to right."""
    seen = tab.findChildren(QWidget) if tab else []
    found = [each for each in seen if explanation_of(each) and is_seen(each)]
    found = [
        each for each in found if not any(part is not each and each.isAncestorOf(part) for part in found)
    ]

    def place(widget: QWidget) -> tuple[int, int]:
        around: QWidget | None = widget
        while around is not None and not isinstance(around, Panel):
            around = around.parentWidget()
        corner = (around or widget).mapTo(widget.window(), QPoint())
        return corner.y() // metrics()["height"]["tabs"], corner.x()

    return sorted(found, key=place)


def around(widget: QWidget | None, explained: list[QWidget]) -> QWidget | None:
    """Return which of the `explained` a widget lies in, or else the first that lies in the panel around it."""
    while widget is not None:
        if widget in explained:
            return widget
        if isinstance(widget, Panel):
            return next((each for each in explained if widget.isAncestorOf(each)), None)
        widget = widget.parentWidget()
    return None


def explanation_of(widget: QWidget) -> Entry | None:
    """Return what there is to say of a widget; `None` where nothing is."""
    name = widget.objectName()
    return explanations().get(NUMBER.sub("", name) if isinstance(widget, Panel) else name)


def title_of(widget: QWidget) -> str:
    """Return what an explained widget is called: now, as its panel may have another title for each neuron."""
    entry = explanation_of(widget)
    return entry.title if entry and entry.title else widget.accessibleName()


# The box ------------------------------------------------------------------------------------------------------------


class ExplanationBox(QFrame):
    """Floats in the window and stops nothing; a frame shows what it is about."""

    termWanted = Signal(str)
    nextWanted = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        named(self, "explain", look="explanation")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.about: QWidget | None = None
        """What is explained."""
        self._before: QWidget | None = None
        self._frame = Ring(window, "explain.frame")
        self.title = named(words("", "title", wrapped=True), "explain.title")
        self.text = named(words("", wrapped=True), "explain.text")
        self.look = named(words("", wrapped=True), "explain.look")
        self.formula = named(words("", "value", wrapped=True), "explain.formula")
        self.source = named(words("", "caption", wrapped=True), "explain.source")
        self.terms = named(QLabel(), "explain.terms", tip="Look a term up in the glossary.")
        for each in (self.formula, self.terms):
            each.setTextFormat(Qt.TextFormat.RichText)
            each.setWordWrap(True)
        self.terms.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.terms.linkActivated.connect(self._want_term)
        self.next = icon_button("explain.next", "chevron-right", "Explain the next panel (Shift+F1)")
        self.close_button = icon_button("explain.close", "close", "Close this explanation (Esc)")
        self.next.clicked.connect(self.nextWanted)
        self.close_button.clicked.connect(self._leave)
        vbox(
            hbox((self.title, 1), self.next, self.close_button, gap="tight"),
            self.text,
            self.look,
            self.formula,
            self.source,
            self.terms,
            gap="small",
            edges=("medium", "small", "small", "medium"),
            on=self,
        )
        watched: tuple[QWidget, ...] = (window, self, self.next, self.close_button, self.terms)
        for part in watched:
            part.installEventFilter(self)
        self.hide()

    def show_beside(self, widget: QWidget, said: str = "") -> None:
        """Explain a widget of the window, beside it where there is room.

        `said` is the tooltip of the control that is pointed at: its terms are offered too.
        """
        entry = explanation_of(widget)
        assert entry is not None
        if not self.isVisible():
            self._before = self.window().focusWidget()
        self.about = widget
        self.setAccessibleName(title_of(widget))
        self.setAccessibleDescription(f"{entry.text} {entry.look}")
        self.title.setText(title_of(widget))
        self.text.setText(entry.text)
        self.look.setText(f"What to look for: {entry.look}")
        self.formula.setText(as_html(entry.formula))
        self.source.setText(entry.source)
        terms = dict.fromkeys((*entry.see, *terms_in(said)))
        self.terms.setText(", ".join(f'<a href="{term}">{term}</a>' for term in terms))
        for label in (self.formula, self.source):
            label.setVisible(bool(label.text()))
        for label in self.findChildren(QLabel):
            label.ensurePolished()  # from the size of its letters follows the height
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
        """Leave at Esc, when the focus goes elsewhere in the window, and when that has another size."""
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
        """Go, and give the focus back to what had it."""
        before, self._before = self._before, None
        if before is not None:
            before.setFocus()
        self.hide()

    def _want_term(self, term: str) -> None:
        self._leave()
        self.termWanted.emit(term)


def beside(area: QRect, size: QSize, window: QRect) -> QPoint:
    """Return where to put a box of that size: right of an area, left, below or above it, else over its right side."""
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
