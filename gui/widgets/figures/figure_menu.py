"""The menu that copies and saves a figure or shows its numbers, opened by right click or keys, and its button."""

import math
from collections.abc import Sequence

from PySide6 import QtWidgets
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QAction, QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QMenu, QToolButton, QWidget
from shiboken6 import isValid

from engine.core.language import mark, tr
from engine.core.lazy import np
from engine.core.machine.atomic import DEVICES
from engine.session.jobs.export import save_file
from gui.look.fonts import sized
from gui.look.icons import icon, set_icon
from gui.look.layout import closest
from gui.look.theme import theme
from gui.look.words import enable, named, plain_tip
from gui.state.file_content import png_of
from gui.state.link.bridge import Bridge
from gui.state.link.clock import one_shot
from gui.state.settings import settings
from gui.widgets.figures import figure
from gui.widgets.figures.save_place import choose_file
from gui.widgets.figures.table import Table
from gui.widgets.tab import Tab

NO_NUMBERS = mark("There are no numbers behind what this panel shows now.")
TABLE = mark("Read the numbers behind this panel cell by cell, sort them and copy them.")
FILM = mark("Save this panel at all snapshots of a run, one after the other: WebP, GIF or MP4.")
LONGEST = 80  # maximum number of letters of a proposed file name
MOST_BYTES = 200  # most systems allow 255 in a name; the suffix needs some
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
        QGuiApplication.clipboard().setText(table.copied())


def save_figure(of: QWidget) -> None:
    """Ask for a file, and save the figure there as it was before the dialog, in the format of the suffix."""
    look, numbers, tab = look_of_figures(), figure.table_of(of), closest(of, Tab)
    image, lines = figure.image_of(of, look=look), figure.svg(of, look=look)
    kinds = {suffix: words for suffix, words in figure.KINDS.items() if suffix != ".csv" or numbers is not None}
    more = of.more_kinds if isinstance(of, figure.Figured) else {}
    title = tr("Save {title}", title=figure.title_of(of))
    path = choose_file(of, title, f"{file_name(of)}.png", {**kinds, **more})
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
    numbers, tab = figure.table_of(of), closest(of, Tab)
    if numbers is not None and tab is not None:
        save_table(numbers, of, tab.bridge, figure.title_of(of), file_name(of))


def save_table(numbers: Table, parent: QWidget, bridge: Bridge, title: str, name: str) -> None:
    """Ask for a file, by default of that `name`, and save the numbers of the figure with that title there."""
    kinds = {".csv": figure.KINDS[".csv"]}
    if path := choose_file(parent, tr("Save the numbers of {title}", title=title), f"{name}.csv", kinds):
        bridge.submit(save_file, path, numbers.csv().encode())


def file_name(of: QWidget) -> str:
    """Return a name for a figure's file without suffix, valid on every system: its title and the run."""
    tab, title = closest(of, Tab), figure.title_of(of)
    lens = tab.selection.lens if tab is not None and (not isinstance(of, figure.Figured) or of.shows_lens) else None
    if tab is not None and lens is not None:
        return safe_name(tr("{title}, run {run}", title=title, run=tab.bridge.runs.label(lens.run)))
    return safe_name(title)


def safe_name(words: str) -> str:
    """Return a text as the name of a file, without separators, characters of a shell, and bidirectional marks."""
    letters = "".join(letter if letter.isalnum() or letter in " -_,()" else " " for letter in words)
    name = " ".join(letters.split())[:LONGEST]
    while len(name.encode()) > MOST_BYTES:
        name = name[:-1]
    name = name.strip(" -,")
    return f"figure {name}".strip() if not name or DEVICES.fullmatch(f"{name}.") else name  # no text


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
        self.copy = self._add("copy", tr("Copy picture"), "copy")
        self.numbers = self._add("numbers", tr("Copy numbers"), "")
        self.table = self._add("table", tr("Show as table…"), "table")
        self.save = self._add("save", tr("Save picture or numbers…"), "save-image")
        self.film = self._add("film", tr("Film over training…"), "film")
        self.paper = self._add("paper", tr("Light colours, for paper"), "")
        self.paper.setCheckable(True)
        self.copy.triggered.connect(lambda: copy_picture(self.of))
        self.numbers.triggered.connect(lambda: copy_numbers(self.of))
        self.save.triggered.connect(lambda: save_figure(self.of))
        self.table.triggered.connect(lambda: self._want("tableWanted"))
        self.film.triggered.connect(lambda: self._want("filmWanted"))
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
        has_numbers = figure.table_of(self.of) is not None
        enable(self.numbers, has_numbers, self.numbers.text(), tr(NO_NUMBERS))
        enable(self.table, has_numbers, tr(TABLE), tr(NO_NUMBERS))
        tab = closest(self.of, Tab)
        has_snapshots = tab is not None and any(len(run.steps) > 1 for run in tab.bridge.runs)
        self.film.setVisible(self.of.shows_lens)
        enable(self.film, has_snapshots, tr(FILM), tr("A film needs two snapshots at least."))
        self.paper.setVisible(theme().current.dark)
        self.paper.setChecked(settings().figures_for_paper)

    def _want(self, signal: str) -> None:
        if tab := closest(self.of, Tab):
            getattr(tab, signal).emit(self.of)

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

    It is not in the layout: it is put into the first gap of the panel's head, or into a corner where it covers nothing.
    """

    def __init__(self, panel: figure.Figured) -> None:
        super().__init__(f"{panel.objectName()}.figure", panel.figure_title(), tr("Copy, save"))
        self.setParent(panel)
        self.setProperty("look", "corner")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        sized(self.setFixedSize, SIDE, SIDE)
        self._panel = panel
        # Later, as looking for a place pictures the panel, for which Qt lays out what waits: one within the other.
        self._place_again = one_shot(self, lambda: self.show_if(self.isVisible()))
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
            self._place_again.start()
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
        """Return the first place where nothing is seen: on the line of the title, in a corner, or among buttons."""
        panel, side, line = self._panel, self.width(), self._panel.head_line
        strips, wide, bottom = list[QRect](), panel.width() - 2 * EDGE, panel.height() - side - EDGE
        if line is not None and line.isVisibleTo(panel):
            strips.append(QRect(line.x(), line.y() + (line.height() - side) // 2, line.width() + EDGE, side))
        strips += [QRect(left, top, side + EDGE, side) for left in (wide - side, EDGE) for top in (EDGE, bottom)]
        buttons = (part for part in figure.parts(panel) if isinstance(part, QAbstractButton) and part is not self)
        middles = {part.mapTo(panel, part.rect().center()).y() for part in buttons}
        strips += [QRect(EDGE, middle - side // 2, wide, side) for middle in sorted(middles)]
        seen = filter(panel.rect().intersects, strips)  # a panel that is being laid out may have no room at all
        places = (QPoint(left, strip.top()) for strip in seen if (left := self._free_left(strip)) is not None)
        return next(places, None)

    def _free_left(self, strip: QRect) -> int | None:
        """Return the left end of the first place in a strip of the panel with no control and nothing but its ground."""
        self.move(-self.width(), -self.height())  # out of the picture
        image = self._panel.grab(strip).toImage().convertToFormat(QImage.Format.Format_RGB32)
        if image.isNull():  # laid out for the picture, the panel has lost its room
            return None
        pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), image.width())
        free, ratio = (pixels == theme().current.color("surface").rgb()).all(axis=0), image.devicePixelRatio()
        for part in figure.parts(self._panel):
            area = QRect(part.mapTo(self._panel, QPoint()), part.size()).translated(-strip.topLeft())
            if isinstance(part, CONTROLS) and part is not self and area.top() < strip.height() and area.bottom() >= 0:
                free[round(max(0, area.left()) * ratio) : round(max(0, area.right() + 1) * ratio)] = False
        wanted = round((self.width() + EDGE) * ratio)
        lefts = np.flatnonzero(np.convolve(free, np.ones(wanted), "valid") == wanted)
        return strip.left() + math.ceil(lefts[0] / ratio) + EDGE // 2 if len(lefts) else None


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
