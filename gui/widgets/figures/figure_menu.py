"""The menu that copies and saves a figure, opened by right click or the menu key, and its button."""

import re
from collections.abc import Sequence

from PySide6 import QtWidgets
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QMenu, QToolButton, QWidget
from shiboken6 import isValid

from engine.session.jobs.export import save_file
from gui.look.focus_ring import closest
from gui.look.fonts import sized
from gui.look.icons import icon, set_icon
from gui.look.theme import theme
from gui.look.words import enable, named, plain_tip
from gui.state.file_content import png_of
from gui.state.settings import settings
from gui.widgets.figures import figure
from gui.widgets.figures.save_place import choose_file
from gui.widgets.painted import Words
from gui.widgets.plots.chart import Chart
from gui.widgets.tab import Tab

NO_NUMBERS = "There are no numbers behind what this panel shows now."
FILM = "Save this panel at all snapshots of a run, one after the other: WebP, GIF or MP4."
LONGEST = 80  # maximum number of letters of a proposed file name
MOST_BYTES = 200  # most systems allow 255 in a name; the suffix needs some
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)  # names that Windows reserves
SIDE, EDGE = 24, 3
CONTROLS = (QAbstractButton, QtWidgets.QAbstractSlider, QtWidgets.QAbstractSpinBox, QComboBox, QLineEdit)


def look_of_figures() -> figure.Look:
    """Return the theme of figures that are copied or saved: the window's, or that for paper."""
    return figure.PAPER if settings().figures_for_paper else None


def choose_paper(on: bool) -> None:
    """Set whether figures have light colours in any theme."""
    settings().figures_for_paper = on


def copy_picture(of: QWidget) -> None:
    """Copy a figure as a picture."""
    data = QMimeData()
    data.setImageData(figure.image_of(of, look=look_of_figures()))
    QGuiApplication.clipboard().setMimeData(data)


def copy_numbers(of: QWidget) -> None:
    """Copy the numbers of a figure for a spreadsheet, if there are any."""
    if (table := figure.table_of(of)) is not None:
        QGuiApplication.clipboard().setText(table.tabbed())


def save_figure(of: QWidget) -> None:
    """Ask for a file, and save the figure there as it was before the dialog, in the format of the suffix."""
    look, numbers, tab = look_of_figures(), figure.table_of(of), closest(of, Tab)
    image, lines = figure.image_of(of, look=look), figure.svg(of, look=look)
    kinds = {suffix: words for suffix, words in figure.KINDS.items() if suffix != ".csv" or numbers is not None}
    more = of.more_kinds if isinstance(of, figure.Figured) else {}
    path = choose_file(of, f"Save {figure.title_of(of)}", f"{file_name(of)}.png", {**kinds, **more})
    if path is None or tab is None:
        return
    suffix = path.suffix.lower()
    if isinstance(of, figure.Figured) and suffix in more:
        of.save(path)
    elif suffix == ".csv" and numbers is not None:
        tab.bridge.submit(save_file, path, numbers.csv().encode())
    else:
        tab.bridge.submit(save_file, path, lines if suffix == ".svg" else png_of(image))


def save_numbers(of: QWidget) -> None:
    """Ask for a file, and save the numbers of the figure there, if there are any."""
    numbers, tab, kinds = figure.table_of(of), closest(of, Tab), {".csv": figure.KINDS[".csv"]}
    if numbers is None or tab is None:
        return
    if path := choose_file(of, f"Save the numbers of {figure.title_of(of)}", f"{file_name(of)}.csv", kinds):
        tab.bridge.submit(save_file, path, numbers.csv().encode())


def file_name(of: QWidget) -> str:
    """Return a name for a figure's file without suffix, valid on every system: its title and the run."""
    tab, title = closest(of, Tab), figure.title_of(of)
    lens = tab.selection.lens if tab is not None and (not isinstance(of, figure.Figured) or of.shows_lens) else None
    words = f"{title}, run {tab.bridge.runs.label(lens.run)}" if tab is not None and lens is not None else title
    return safe_name(words)


def safe_name(words: str) -> str:
    """Return a text as the name of a file, without separators, characters of a shell, and bidirectional marks."""
    letters = "".join(letter if letter.isalnum() or letter in " -_,()" else " " for letter in words)
    name = " ".join(letters.split())[:LONGEST]
    while len(name.encode()) > MOST_BYTES:
        name = name[:-1]
    name = name.strip(" -,")
    return f"figure {name}".strip() if not name or RESERVED.fullmatch(name) else name


class FigureMenu(QMenu):
    """Copies and saves the panel around its parent; at the top are other actions of the panel.

    These are `own`, or, if the parent is the panel itself, its `menu_actions` when the menu opens.
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
    def of(self) -> figure.Figured:
        panel = closest(self.parentWidget(), figure.Figured)
        assert panel is not None, "A figure's menu lies in a panel."
        return panel

    def _put(self, own: Sequence[QAction]) -> None:
        for action in self._own:
            self.removeAction(action)
        self._own = own
        self.insertActions(self._line, own)
        self._line.setVisible(bool(own))

    def _offer(self) -> None:
        if self.parentWidget() is self.of:
            self._put(self.of.menu_actions())
        enable(self.numbers, figure.table_of(self.of) is not None, self.numbers.text(), NO_NUMBERS)
        tab = closest(self.of, Tab)
        has_snapshots = tab is not None and any(len(run.steps) > 1 for run in tab.bridge.runs)
        self.film.setVisible(self.of.shows_lens)
        enable(self.film, has_snapshots, FILM, "A film needs two snapshots at least.")
        self.paper.setVisible(theme().current.dark)
        self.paper.setChecked(settings().figures_for_paper)

    def _want_film(self) -> None:
        if tab := closest(self.of, Tab):
            tab.filmWanted.emit(self.of)

    def _add(self, name: str, title: str, picture: str) -> QAction:
        action = self.addAction(icon(picture), title) if picture else self.addAction(title)
        action.setObjectName(f"figure.{name}")
        return action


class FigureButton(QToolButton):
    """A button with three dots, which opens the menu."""

    def __init__(self, name: str, title: str, tip: str) -> None:
        super().__init__()
        named(self, name, title=f"{title}: {tip}", tip=plain_tip(tip))
        set_icon(self, "more", "muted")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)


class Corner(FigureButton):
    """The button of a panel without a `FigureButton`, visible while the panel has the mouse or the focus.

    It is not in the layout: it is put into the first gap of the panel's head, or where it covers no control.
    """

    def __init__(self, panel: figure.Figured) -> None:
        super().__init__(f"{panel.objectName()}.figure", panel.figure_title(), "Copy, save")
        self.setParent(panel)
        self.setProperty("look", "corner")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        sized(self.setFixedSize, SIDE, SIDE)
        self._panel = panel
        self.clicked.connect(lambda: menu_of(panel).popup(self.mapToGlobal(QPoint(0, self.height()))))
        panel.installEventFilter(self)
        self.hide()

    def show_if(self, wanted: bool) -> None:
        place = self._place() if wanted else None
        if place is not None:
            self.setAccessibleName(f"{self._panel.figure_title()}: {self.toolTip()}")
            self.move(place)
            self.raise_()
            if self.isHidden():
                self._become_last_in_tab_order()
        self.setVisible(place is not None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize) and self.isVisible():
            self.show_if(True)
        return False

    def _become_last_in_tab_order(self) -> None:
        """Become the last control of the panel in the order of the Tab key."""
        # Not by `nextInFocusChain`: PySide takes the widget that it returns for a child of the widget it is called on.
        others = [
            part
            for part in figure.parts(self._panel)
            if part is not self and part.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        if others:
            QWidget.setTabOrder(others[-1], self)

    def _place(self) -> QPoint | None:
        panel, side = self._panel, self.width()
        ways = self._gaps_of_head, self._gaps_among_controls, self._corners
        for place in (place for way in ways for place in way()):
            taken = QRect(place, QSize(side, side))
            if panel.rect().contains(taken) and not any(
                taken.intersects(QRect(part.mapTo(panel, QPoint()), part.size()))
                for part in figure.parts(panel)
                if part is not self and isinstance(part, CONTROLS)
            ):
                return place
        return None

    def _gaps_of_head(self) -> list[QPoint]:
        """Return the free places on the line of the title, from the left."""
        line, side = self._panel.head_line, self.width()
        if line is None or not line.isVisibleTo(self._panel):
            return []
        taken = [self._taken_by(part) for part in figure.parts(line) if _is_seen(part)]
        top = line.y() + (line.height() - side) // 2
        lefts = sorted({line.x(), *(area.right() + 1 + EDGE for area in taken)})
        wanted = [QRect(left, top, side, side) for left in lefts]
        end = line.geometry().right() + EDGE
        return [place.topLeft() for place in wanted if place.right() <= end and not any(map(place.intersects, taken))]

    def _gaps_among_controls(self) -> list[QPoint]:
        panel, side = self._panel, self.width()
        seen = [part for part in figure.parts(panel) if part is not self and _is_seen(part)]
        taken = {part: self._taken_by(part) for part in seen if not _is_container(part)}
        middles = {rect.center().y() for part, rect in taken.items() if isinstance(part, QAbstractButton)}
        lefts = sorted({rect.right() + 1 + EDGE for rect in taken.values()})
        wanted = [QRect(left, middle - side // 2, side, side) for middle in sorted(middles) for left in lefts]
        return [place.topLeft() for place in wanted if not any(map(place.intersects, taken.values()))]

    def _taken_by(self, widget: QWidget) -> QRect:
        """Return the area that a widget of the head covers: of a label that is wider than its text, only the text."""
        taken = QRect(widget.mapTo(self._panel, QPoint()), widget.size())
        if isinstance(widget, QLabel):
            spare = max(0, taken.width() - widget.fontMetrics().horizontalAdvance(widget.text()) - EDGE)
            if widget.alignment() & Qt.AlignmentFlag.AlignLeft:
                taken.adjust(0, 0, -spare, 0)
            elif widget.alignment() & Qt.AlignmentFlag.AlignRight:
                taken.adjust(spare, 0, 0, 0)
        return taken

    def _corners(self) -> list[QPoint]:
        """Return the corners in which the panel has no words, neither labels nor those of a chart."""
        panel, side = self._panel, self.width()
        if not panel.has_free_corners:
            return []
        right, bottom = panel.width() - side - EDGE, panel.height() - side - EDGE
        corners = [QPoint(right, EDGE), QPoint(right, bottom), QPoint(EDGE, EDGE), QPoint(EDGE, bottom)]
        words = list[QRect]()
        for part in figure.parts(panel):
            if isinstance(part, QLabel) and _is_seen(part):
                words.append(self._taken_by(part))
            elif isinstance(part, Chart):
                painted = (mark.area() for mark in part.marks(part.places()) if isinstance(mark, Words))
                words += [area.translated(part.mapTo(panel, QPointF())).toAlignedRect() for area in painted]
        return [at for at in corners if not any(map(QRect(at, QSize(side, side)).intersects, words))]


def _is_container(widget: QWidget) -> bool:
    """Return whether a widget only contains others, as a row of buttons or a page does."""
    return widget.layout() is not None and not isinstance(widget, CONTROLS)


def _is_seen(widget: QWidget) -> bool:
    """Return whether a widget of a head shows something itself, and is no mere container or empty label."""
    return type(widget) is not QWidget and not (isinstance(widget, QLabel) and not widget.text())


class Corners(QObject):
    """Shows the buttons of the panels that have the mouse or the focus; one object for the application."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.setObjectName("corners")
        self._pointed: figure.Figured | None = None
        self._focused: figure.Figured | None = None
        app.focusChanged.connect(self._follow_focus)

    def point_at(self, panel: figure.Figured, *, on: bool) -> None:
        """Record that the mouse has entered a panel, or left it."""
        before = self._pointed
        self._pointed = panel if on else None if before is panel else before
        for changed in {before, panel} - {None}:
            self._show(changed)

    def _follow_focus(self, last: QWidget | None, now: QWidget | None) -> None:
        # A person with the mouse has it over the panel, and a new window needs no button.
        by_keys = last is not None and QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton
        before, self._focused = self._focused, closest(now, figure.Figured) if by_keys else None
        if before is not self._focused:
            for panel in (before, self._focused):
                self._show(panel)

    def _show(self, panel: figure.Figured | None) -> None:
        if panel is not None and isValid(panel):
            _show_corner(panel, panel is self._pointed or panel is self._focused)


def corners() -> Corners:
    """Return the `Corners` of the application."""
    app = QApplication.instance()
    assert isinstance(app, QApplication), "A button needs an application."
    child = app.findChild(Corners, "corners", Qt.FindChildOption.FindDirectChildrenOnly)
    return child if isinstance(child, Corners) else Corners(app)


def menu_of(panel: figure.Figured) -> FigureMenu:
    """Return the menu of a panel: that of its visible tools, or else one of its own."""
    own: FigureMenu | None = None
    for menu in panel.findChildren(FigureMenu):
        holder = menu.parentWidget()
        if holder is panel:
            own = menu
        elif holder is not None and holder.isVisibleTo(panel):
            return menu
    return own or FigureMenu(panel, f"{panel.objectName()}.menu")


def _show_corner(panel: figure.Figured, wanted: bool) -> None:
    """Show or hide the button that opens the menu, unless the panel's tools have one."""
    buttons = panel.findChildren(FigureButton)
    corner = next((button for button in buttons if isinstance(button, Corner)), None)
    has_own = any(button is not corner and button.isVisibleTo(panel) for button in buttons)
    if corner is None and wanted and not has_own and closest(panel, Tab) is not None:
        corner = Corner(panel)
    if corner is not None:
        corner.show_if(wanted and not has_own)
