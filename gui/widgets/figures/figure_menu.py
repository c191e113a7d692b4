"""What copies and saves a figure: its menu, by a right click or the menu key, and the button that opens it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QToolButton,
    QWidget,
)
from shiboken6 import isValid

from gui.look.icons import icon
from gui.look.named import named
from gui.look.plain import plain_tip
from gui.look.text_size import sized
from gui.look.theme import theme
from gui.state.file_content import png_of
from gui.state.save_file import save_file
from gui.widgets.figures.figure import (
    KINDS,
    PAPER,
    Figured,
    Look,
    figured_around,
    image_of,
    parts,
    svg,
    tab_around,
    table_of,
    title_of,
)
from gui.widgets.figures.save_place import choose_file

NO_NUMBERS = "There are no numbers behind what this panel shows now."
FILM = "Save this panel at all snapshots of a run, one after the other: WebP, GIF or MP4."
NO_FILM = "A film needs two snapshots at least."
FOR_PAPER = "figures are for paper"  # the application's property that says so
LONGEST = 80  # letters of a proposed file name
MOST_BYTES = 200  # no system takes more than 255 in a name, and a suffix comes behind
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)  # names that Windows gives to no file
SIDE, EDGE = 24, 3
CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit)


def look_of_figures() -> Look:
    """Return the colours of figures that a person copies or saves: the window's, or those for paper."""
    app = QApplication.instance()
    return PAPER if app and app.property(FOR_PAPER) else None


def are_for_paper() -> bool:
    """Whether a person wants figures in light colours whatever theme the window has."""
    return look_of_figures() == PAPER


def choose_paper(on: bool) -> None:
    """Let figures be for paper from now on, or no more."""
    app = QApplication.instance()
    assert app is not None
    app.setProperty(FOR_PAPER, on)


def copy_picture(of: QWidget) -> None:
    """Put a figure on the clipboard as a picture."""
    data = QMimeData()
    data.setImageData(image_of(of, look=look_of_figures()))
    QGuiApplication.clipboard().setMimeData(data)


def copy_numbers(of: QWidget) -> bool:
    """Put the numbers behind a figure on the clipboard, for a spreadsheet; return whether there are any."""
    found = table_of(of)
    if found is not None:
        QGuiApplication.clipboard().setText(found.tabbed())
    return found is not None


def save_figure(of: QWidget) -> None:
    """Ask where to, and have the figure written there as the name's end says: as it is now, not as it is then."""
    look, numbers, tab = look_of_figures(), table_of(of), tab_around(of)
    image, lines = image_of(of, look=look), svg(of, look=look)
    kinds = {suffix: words for suffix, words in KINDS.items() if suffix != ".csv" or numbers is not None}
    more = of.more_kinds if isinstance(of, Figured) else {}
    path = choose_file(of, f"Save {title_of(of)}", f"{file_name(of)}.png", {**kinds, **more})
    if path is None or tab is None:
        return
    suffix = path.suffix.lower()
    if isinstance(of, Figured) and suffix in more:
        of.save(path)
    elif suffix == ".csv" and numbers is not None:
        tab.bridge.submit(save_file, path, numbers.csv().encode())
    else:
        tab.bridge.submit(save_file, path, lines if suffix == ".svg" else png_of(image))


def file_name(of: QWidget) -> str:
    """Return a name for a file of a figure, without suffix: its title and the run, as every system takes it."""
    tab, title = tab_around(of), title_of(of)
    lens = tab.selection.lens if tab is not None and (not isinstance(of, Figured) or of.shows_lens) else None
    words = (
        f"{title}, run {tab.bridge.runs.label(lens.run)}" if tab is not None and lens is not None else title
    )
    return safe_name(words)


def safe_name(words: str) -> str:
    """Return words as the name of a file: no separators, no signs of a shell, nothing that turns the text around."""
    kept = "".join(letter if letter.isalnum() or letter in " -_,()" else " " for letter in words)
    name = " ".join(kept.split())[:LONGEST]
    while len(name.encode()) > MOST_BYTES:
        name = name[:-1]
    name = name.strip(" -,")
    return f"figure {name}".strip() if not name or RESERVED.fullmatch(name) else name


class FigureMenu(QMenu):
    """Copies and saves the panel in which its parent lies; at the top is what else can be done there.

    That is `own`, or, in the menu of the panel itself, what the panel offers when the menu opens.
    """

    def __init__(self, parent: QWidget, name: str, own: Sequence[QAction] = ()) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setToolTipsVisible(True)
        self._own: Sequence[QAction] = ()
        self._line = self.addSeparator()
        self.copy = self._add("copy", "Copy picture", "copy")
        self.numbers = self._add("numbers", "Copy numbers", "table")
        self.save = self._add("save", "Save picture or numbers…", "save-image")
        self.film = self._add("film", "Film over training…", "film")
        self.paper = self._add("paper", "Light colours, for paper", "")
        self.paper.setCheckable(True)
        self.copy.triggered.connect(lambda: copy_picture(self.of))
        self.numbers.triggered.connect(lambda: copy_numbers(self.of))
        self.save.triggered.connect(lambda: save_figure(self.of))
        self.film.triggered.connect(self._want_film)
        self.paper.toggled.connect(choose_paper)
        self._put(own)
        self.aboutToShow.connect(self._offer)

    @property
    def of(self) -> Figured:
        """The panel whose figure it is."""
        found = figured_around(self.parentWidget())
        assert found is not None, "A figure's menu lies in a panel."
        return found

    def _put(self, own: Sequence[QAction]) -> None:
        for action in self._own:
            self.removeAction(action)
        self._own = own
        self.insertActions(self._line, own)
        self._line.setVisible(bool(own))

    def _offer(self) -> None:
        if self.parentWidget() is self.of:
            self._put(self.of.menu_actions())
        has_numbers = table_of(self.of) is not None
        self.numbers.setEnabled(has_numbers)
        self.numbers.setToolTip(self.numbers.text() if has_numbers else NO_NUMBERS)
        tab = tab_around(self.of)
        has_snapshots = tab is not None and any(len(run.steps) > 1 for run in tab.bridge.runs)
        self.film.setVisible(self.of.shows_lens)
        self.film.setEnabled(has_snapshots)
        self.film.setToolTip(FILM if has_snapshots else NO_FILM)
        self.paper.setVisible(theme().current.dark)
        self.paper.setChecked(are_for_paper())

    def _want_film(self) -> None:
        if tab := tab_around(self.of):
            tab.filmWanted.emit(self.of)

    def _add(self, name: str, title: str, picture: str) -> QAction:
        action = self.addAction(icon(picture), title) if picture else self.addAction(title)
        action.setObjectName(f"figure.{name}")
        return action


# The button ---------------------------------------------------------------------------------------------------------


class FigureButton(QToolButton):
    """Three dots; a click opens the menu."""

    def __init__(self, name: str, title: str, tip: str) -> None:
        super().__init__()
        named(self, name, title=f"{title}: {tip}", tip=plain_tip(tip))
        self.setIcon(icon("more", "muted"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        sized(self.setIconSize, QSize(16, 16))


class Corner(FigureButton):
    """The button of a panel that has none of its own: seen while the panel has the mouse or the focus.

    It takes no room: it stands in the first gap of the panel's head, or else in a corner where it covers no control.
    """

    def __init__(self, panel: Figured) -> None:
        super().__init__(f"{panel.objectName()}.figure", panel.figure_title(), "Copy, save")
        self.setParent(panel)
        self.setProperty("look", "corner")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        sized(self.setFixedSize, SIDE, SIDE)
        self._panel = panel
        self.clicked.connect(self._open)
        panel.installEventFilter(self)
        self.hide()

    def show_if(self, wanted: bool) -> None:
        """Be seen, where there is a place, or not."""
        place = self._place() if wanted else None
        if place is not None:
            self.setAccessibleName(f"{self._panel.figure_title()}: {self.toolTip()}")
            self.move(place)
            self.raise_()
            if self.isHidden():
                self._follow_the_others()
        self.setVisible(place is not None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at its place when the panel changes its size."""
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize) and self.isVisible():
            self.show_if(True)
        return False

    def _open(self) -> None:
        menu_of(self._panel).popup(self.mapToGlobal(QPoint(0, self.height())))

    def _follow_the_others(self) -> None:
        """Come last among what the keyboard reaches in the panel.

        Qt's own chain is not asked: in PySide that hands a widget over to the next one, to be gone with it.
        """
        reached = [each for each in parts(self._panel) if each.focusPolicy() & Qt.FocusPolicy.TabFocus]
        if others := [each for each in reached if each is not self]:
            QWidget.setTabOrder(others[-1], self)

    def _place(self) -> QPoint | None:
        panel, side = self._panel, self.width()
        corners = self._corners() if panel.has_free_corners else []
        for place in (*self._gaps_of_head(), *self._gaps_among_controls(), *corners):
            taken = QRect(place, QSize(side, side))
            if panel.rect().contains(taken) and not any(
                taken.intersects(QRect(each.mapTo(panel, QPoint()), each.size()))
                for each in parts(panel)
                if each is not self and isinstance(each, CONTROLS)
            ):
                return place
        return None

    def _gaps_of_head(self) -> list[QPoint]:
        """Return where there is room in the line of the title, from the left."""
        line, side = self._panel.head_line, self.width()
        if line is None or not line.isVisibleTo(self._panel):
            return []
        taken = [self._taken_by(each) for each in parts(line) if _is_seen(each)]
        top = line.y() + (line.height() - side) // 2
        lefts = sorted({line.x(), *(each.right() + 1 + EDGE for each in taken)})
        wanted = [QRect(left, top, side, side) for left in lefts]
        right = line.geometry().right()
        return [
            each.topLeft()
            for each in wanted
            if each.right() <= right + EDGE and not any(each.intersects(other) for other in taken)
        ]

    def _gaps_among_controls(self) -> list[QPoint]:
        """Return where there is room in a line of controls, from the top, without covering anything."""
        panel, side = self._panel, self.width()
        seen = [each for each in parts(panel) if each is not self and _is_seen(each)]
        taken = {each: self._taken_by(each) for each in seen if not _holds(each)}
        middles = {rect.center().y() for each, rect in taken.items() if isinstance(each, QAbstractButton)}
        lefts = sorted({rect.right() + 1 + EDGE for rect in taken.values()})
        wanted = [QRect(left, middle - side // 2, side, side) for middle in sorted(middles) for left in lefts]
        return [each.topLeft() for each in wanted if not any(map(each.intersects, taken.values()))]

    def _taken_by(self, widget: QWidget) -> QRect:
        """Return the room that a widget of the head covers: of a label that is wider than its words, only these."""
        taken = QRect(widget.mapTo(self._panel, QPoint()), widget.size())
        if isinstance(widget, QLabel):
            spare = max(0, taken.width() - widget.fontMetrics().horizontalAdvance(widget.text()) - EDGE)
            if widget.alignment() & Qt.AlignmentFlag.AlignLeft:
                taken.adjust(0, 0, -spare, 0)
            elif widget.alignment() & Qt.AlignmentFlag.AlignRight:
                taken.adjust(spare, 0, 0, 0)
        return taken

    def _corners(self) -> list[QPoint]:
        """Return the panel's corners; those without a word first."""
        panel, side = self._panel, self.width()
        right, bottom = panel.width() - side - EDGE, panel.height() - side - EDGE
        corners = [QPoint(right, EDGE), QPoint(right, bottom), QPoint(EDGE, EDGE), QPoint(EDGE, bottom)]
        words = [self._taken_by(each) for each in parts(panel) if isinstance(each, QLabel) and _is_seen(each)]
        return sorted(corners, key=lambda at: any(map(QRect(at, QSize(side, side)).intersects, words)))


def _holds(widget: QWidget) -> bool:
    """Whether a widget only holds others, as a row of buttons or a page does."""
    return widget.layout() is not None and not isinstance(widget, CONTROLS)


def _is_seen(widget: QWidget) -> bool:
    """Whether a widget of a head shows something itself, and does not only hold others."""
    return type(widget) is not QWidget and not (isinstance(widget, QLabel) and not widget.text())


class Corners(QObject):
    """Shows the buttons of the panels that have the mouse or the focus; one object for the application."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.setObjectName("corners")
        self._pointed: Figured | None = None
        self._focused: Figured | None = None
        app.focusChanged.connect(self._follow_focus)

    def point_at(self, panel: Figured, *, on: bool) -> None:
        """Take in that the mouse came to a panel, or has left it."""
        before = self._pointed
        self._pointed = panel if on else None if before is panel else before
        for each in {before, panel} - {None}:
            self._show(each)

    def _follow_focus(self, last: QWidget | None, now: QWidget | None) -> None:
        # Who uses the mouse has it on the panel, and a window that has just come needs no button.
        by_keys = last is not None and QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton
        before, self._focused = self._focused, figured_around(now) if by_keys else None
        if before is not self._focused:
            for each in (before, self._focused):
                self._show(each)

    def _show(self, panel: Figured | None) -> None:
        if panel is not None and isValid(panel):
            _show_corner(panel, panel is self._pointed or panel is self._focused)


def corners() -> Corners:
    """Return the application's."""
    app = QApplication.instance()
    assert isinstance(app, QApplication), "A button needs an application."
    found = app.findChild(Corners, "corners", Qt.FindChildOption.FindDirectChildrenOnly)
    return found if isinstance(found, Corners) else Corners(app)


def menu_of(panel: Figured) -> FigureMenu:
    """Return the menu of a panel: that of its tools which are seen, or else one of its own."""
    own: FigureMenu | None = None
    for each in panel.findChildren(FigureMenu):
        holder = each.parentWidget()
        if holder is panel:
            own = each
        elif holder is not None and holder.isVisibleTo(panel):
            return each
    return own or FigureMenu(panel, f"{panel.objectName()}.menu")


def _show_corner(panel: Figured, wanted: bool) -> None:
    """Show the button that opens the menu, or hide it; a panel whose tools have one keeps to that."""
    found = panel.findChildren(FigureButton)
    corner = next((each for each in found if isinstance(each, Corner)), None)
    has_own = any(each is not corner and each.isVisibleTo(panel) for each in found)
    if corner is None and wanted and not has_own and tab_around(panel) is not None:
        corner = Corner(panel)
    if corner is not None:
        corner.show_if(wanted and not has_own)
