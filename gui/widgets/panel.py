"""A panel: a title, a figure on the same line, and content below."""

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QContextMenuEvent, QEnterEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QSizePolicy, QWidget

from gui.look.fonts import measured, metrics, sized
from gui.look.layout import NO_LIMIT, SPRING, Fitted, add, closest, hbox, holder, set_margins, vbox
from gui.look.words import Elided, figure, named, words
from gui.widgets.figures.figure import Figured
from gui.widgets.figures.figure_menu import corners, menu_of
from gui.widgets.tab import Tab


class Panel(Fitted, Figured):
    """A rounded surface with a head of fixed height, so that changes of the head do not move the content."""

    def __init__(self, title: str, name: str, *, spoken: str = "", shortens: bool = False) -> None:
        """Without a title it is `spoken` of by another name. If `shortens`, a title that is too long is elided."""
        super().__init__()
        named(self, name, title=title or spoken, look="panel")
        self._title: QLabel = words(title, "title")
        if shortens:
            self._title = elided = Elided("", "title", Qt.TextElideMode.ElideMiddle)
            elided.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
            elided.set_words(title)
        self._figure: QLabel | None = None
        self.head = hbox(gap="small")  # right of the title
        self.head_line: QWidget = holder(_HeadLine(self._title, self.head))
        sized(self.head_line.setFixedHeight, metrics()["height"]["field"])
        self.body = vbox(gap="tight")
        self.column = vbox(self.head_line, (self.body, 1), gap="tight", edges=None, on=self)
        self._is_tight, self._has_head = False, True
        self._set_edges()
        if not title:
            self._title.hide()
        corners()  # created with the first panel, to follow the focus

    def set_title(self, title: str, brief: str = "") -> None:
        """Set the title; one that shortens is `brief` where it has no room."""
        if isinstance(self._title, Elided):
            self._title.set_words(title, brief)
        else:
            self._title.setText(title)
        self.setAccessibleName(title)

    def reserve(self, titles: Iterable[str]) -> None:
        """Make the title as wide as the widest of these, so that a new title moves nothing beside it."""
        titles = tuple(titles)

        def make_room(label: QLabel) -> None:
            label.ensurePolished()
            label.setMinimumWidth(max(map(label.fontMetrics().horizontalAdvance, titles)))

        measured(self._title, make_room)

    def drop_head(self) -> None:
        """Hide the head, and give the body equal margins: for a panel that needs no title."""
        self.head_line.hide()
        self._has_head = False
        self._set_edges()

    def set_tight(self, tight: bool) -> None:
        """Set small margins, for windows with little room."""
        if tight != self._is_tight:
            self._is_tight = tight
            self._set_edges()
            self.column.activate()  # at once, so that callers get the new size hint

    def add_figure(self) -> QLabel:
        """Put the panel's figure at the right end of its head and return it."""
        self._figure = figure()
        if self.isRightToLeft():  # else a number, which runs from left to right, would not end with the head
            self._figure.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute)
        add(self.head, SPRING, self._figure)
        return self._figure

    @property
    def says_title(self) -> bool:
        return self._title.isVisibleTo(self) and bool(self._title.text())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu that copies and saves it, by the right button or the menu key."""
        if closest(self, Tab) is None:
            super().contextMenuEvent(event)
        else:
            menu_of(self).popup(event.globalPos())

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        corners().point_at(self, on=True)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        corners().point_at(self, on=False)

    def _set_edges(self) -> None:
        space = metrics()["space"]
        side = space["small"] if self._is_tight else space["medium"]
        top = space["small"] - 2 if self._has_head else side
        self.column.setContentsMargins(side, top, side, space["small"] + 2)


class _HeadLine(QHBoxLayout):
    """A title, and what stands beside it, for which a title gives way where its brief words leave room enough."""

    def __init__(self, title: QLabel, head: QBoxLayout) -> None:
        super().__init__()
        self._title, self._head = title, head
        set_margins(self, 0, 0, 0, 0)
        add(self, title, (head, 1))

    def setGeometry(self, place: QRect) -> None:
        if isinstance(title := self._title, Elided):
            beside = self._head.sizeHint().width()
            room = place.width() - (self.spacing() + beside if beside else 0)
            is_enough = title.least <= room and self.direction() == QBoxLayout.Direction.LeftToRight
            title.setMaximumWidth(room if is_enough else NO_LIMIT)
        super().setGeometry(place)
