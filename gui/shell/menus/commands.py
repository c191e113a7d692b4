"""What the menus' actions do: sessions and data sets; zoom, and save what a tab shows; theme, help."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QDialog, QFileDialog, QMenu, QWidget

from engine.core.machine.folders import logs
from gui.look.plain import entry, question_box
from gui.look.text_size import USUAL, step_from, text_size
from gui.look.theme import MAPS, Choice, Maps, theme
from gui.shell.main_window import MainWindow
from gui.shell.menus.menu_actions import time_slots
from gui.shell.process.startup import Opening
from gui.state.file_content import png_of
from gui.state.file_kinds import PICTURES, is_picture
from gui.state.link.bridge import Bridge
from gui.state.notices import Notices
from gui.state.save_file import save_file
from gui.state.sessions import SUFFIX, Sessions
from gui.state.settings import Settings
from gui.state.time.timeline import Timeline
from gui.state.training.run_controls import RunControls
from gui.widgets.figures.enlarged import is_seen
from gui.widgets.figures.save_place import ask_where, choose_file, start_folder
from gui.widgets.forms.menu_chip import add_entry

FILTERS = {".png": "Pictures (*.png)"}

TOPIC, TEXT_TOPIC = "zoom", "text size"

TEXT_STEPS = {"larger": 1, "smaller": -1, "usual": 0}

DATA_FILES = "*.npz *.csv *.csv.gz *.tsv *.tsv.gz *ubyte *ubyte.gz"

FILES = f"Sessions, data sets and pictures (*{SUFFIX} {DATA_FILES} {PICTURES});;Pictures ({PICTURES});;All files (*)"

SESSIONS = f"Sessions (*{SUFFIX})"

DATA = f"Data sets ({DATA_FILES});;All files (*)"

NOTHING = "No session was saved or opened yet."


class Commands(QObject):
    """The slots of the actions, by the actions' names, in `slots`."""

    def __init__(
        self,
        window: MainWindow,
        bridge: Bridge,
        controls: RunControls,
        timeline: Timeline,
        notices: Notices,
        settings: Settings,
        make_dialog: Callable[[str], QDialog],
    ) -> None:
        super().__init__(window)
        self._window, self._bridge = window, bridge
        self._notices, self._settings = notices, settings
        self._make_dialog = make_dialog
        self._dialogs: dict[str, QDialog] = {}
        self.slots: dict[str, Callable[[], object]] = {
            "file.unsaved": lambda: self.show("unsaved"),
            "file.picture": self._save_picture,
            "file.film": lambda: self.show("film"),
            "file.close": window.close,
            "file.quit": window.close,
            "edit.preferences": lambda: self.show("preferences"),
            "run.start": controls.toggle,
            "run.step": controls.step,
            "run.epoch": controls.step_epoch,
            "run.stop": controls.stop,
            "run.reset": controls.reset,
            "run.pace.full": lambda: controls.set_pace(None),
            "run.pace.16": lambda: controls.set_pace(16.0),
            "run.pace.4": lambda: controls.set_pace(4.0),
            "run.pace.1": lambda: controls.set_pace(1.0),
            "view.theme.system": lambda: self._choose_theme("system"),
            "view.theme.light": lambda: self._choose_theme("light"),
            "view.theme.dark": lambda: self._choose_theme("dark"),
            **{f"view.maps.{maps}": partial(self._choose_maps, maps) for maps in MAPS},
            **{f"view.text.{way}": partial(self._change_text_size, by) for way, by in TEXT_STEPS.items()},
            "view.full_screen": window.toggle_full_screen,
            "help.shortcuts": lambda: self.show("help"),
            "help.notices": lambda: self.show("notices"),
            "help.report": lambda: self.show("report"),
            "help.about": lambda: self.show("about"),
            "help.log": self._open_logs,
            **time_slots(timeline),
        }

    def show(self, name: str) -> QDialog:
        """Show a dialog beside the window and return it; a second call brings it to the front."""
        dialog = self._dialogs.get(name)
        if dialog is None:
            dialog = self._dialogs[name] = self._make_dialog(name)
            # Single shot: a second Escape would close a sheet that is gone.
            dialog.finished.connect(lambda: self._forget(name), Qt.ConnectionType.SingleShotConnection)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
        return dialog

    def _save_picture(self) -> None:
        tab = self._window.tabs.currentWidget()
        if tab is None:
            return
        picture = tab.grab()  # now: the dialog must not be in it, nor what happens meanwhile
        title = self._window.tabs.tabText(self._window.tabs.currentIndex())
        name = f"Layerlight {title}.png"
        if path := choose_file(self._window, "Save picture", name, FILTERS):
            self._bridge.submit(save_file, path, png_of(picture.toImage()))

    def _choose_theme(self, choice: Choice) -> None:
        self._settings.theme = choice
        theme().choose(choice)

    def _choose_maps(self, maps: Maps) -> None:
        self._settings.maps = maps
        theme().choose_maps(maps)

    def _change_text_size(self, by: int) -> None:
        before = text_size()
        percent = step_from(before, by) if by else USUAL
        theme().choose_text_size(percent)
        end = "largest" if by > 0 else "smallest"
        what = "Text size" if percent != before or not by else f"This is the {end} text size:"
        self._notices.tell(f"{what} {percent} %.", topic=TEXT_TOPIC)

    def _open_logs(self) -> None:
        folder = logs()
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self._notices.tell(f"The log files are in {folder}.")

    def _forget(self, name: str) -> None:
        self._dialogs.pop(name).deleteLater()


# The view -----------------------------------------------------------------------------------------------------------


@runtime_checkable
class Zoomable(Protocol):
    """A widget that shows a part of something."""

    def zoom_by(self, steps: int) -> None:
        """Go that many steps closer to the middle, or away from it."""

    def fit(self) -> None:
        """Show everything."""


def view_slots(window: MainWindow, notices: Notices) -> dict[str, Callable[[], object]]:
    """Return what the actions that zoom do, by their names."""
    steps = {"in": 1, "out": -1, "reset": 0}
    return {f"view.zoom_{way}": partial(_zoom, window, notices, by) for way, by in steps.items()}


def _zoom(window: MainWindow, notices: Notices, steps: int) -> None:
    tab = window.tabs.currentWidget()
    views = [view for view in tab.findChildren(QWidget) if isinstance(view, Zoomable)] if tab else []
    view = _meant(window, views)
    if not isinstance(view, Zoomable):
        notices.tell("This tab shows no plot, map or graph that can be zoomed.", topic=TOPIC)
    elif steps:
        view.zoom_by(steps)
    else:
        view.fit()


def _meant(window: MainWindow, widgets: Iterable[QWidget]) -> QWidget | None:
    """Return the one that has the focus, else the largest that is seen; `None` where none is."""
    focus: QWidget | None = window.focusWidget()
    seen = [each for each in widgets if is_seen(each)]
    with_focus = (each for each in seen if focus and (each is focus or each.isAncestorOf(focus)))
    return next(with_focus, None) or max(seen, key=lambda each: each.width() * each.height(), default=None)


# Sessions and data sets ---------------------------------------------------------------------------------------------


class FileCommands(QObject):
    """The slots of the actions, by the actions' names, in `slots`."""

    pictureOpened = Signal(object)
    """Carries the path of a picture, as a `str`: Qt's own strings would lose the bytes in it that are not UTF-8. It
    shall lie on the canvas."""

    def __init__(self, window: QWidget, sessions: Sessions, opening: Opening, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._sessions, self._opening = window, sessions, opening
        self._settings = settings
        self.slots: dict[str, Callable[[], object]] = {
            "file.new": sessions.new,
            "file.open": self._open,
            "file.bundled": sessions.open_bundled,
            "file.save": self._save,
            "file.save_as": self._save_as,
        }

    def open_file(self, file: Path) -> None:
        """Open a session, a data set or a picture, by the name's end; where it came from is remembered."""
        self._settings.folder = str(file.parent)
        if is_session(file):
            self._sessions.open(file)
        elif is_picture(file.name):
            self.pictureOpened.emit(str(file))
        else:
            self._opening.open(file)

    def _open(self) -> None:
        known = self._settings.folder
        folder = known if known and Path(known).is_dir() else str(start_folder())
        file, _ = QFileDialog.getOpenFileName(
            self._window, "Open a session, data or a picture", folder, FILES
        )
        if file:
            self.open_file(Path(file))

    def choose_data(self) -> None:
        """Ask for a data set, and open it."""
        known = self._settings.folder
        folder = known if known and Path(known).is_dir() else str(start_folder())
        file, _ = QFileDialog.getOpenFileName(self._window, "Open your own data", folder, DATA)
        if file:
            self.open_file(Path(file))

    def choose_data_folder(self) -> None:
        """Ask for a folder with pictures or IDX files, and open it."""
        known = self._settings.folder
        folder = known if known and Path(known).is_dir() else str(start_folder())
        chosen = QFileDialog.getExistingDirectory(
            self._window, "Open a folder with a folder of pictures for each class", folder
        )
        if chosen:
            self.open_file(Path(chosen))

    def _save(self) -> None:
        if self._sessions.is_saved and not self._sessions.read_only:
            self._sessions.save()
        else:
            self._save_as()

    def _save_as(self) -> None:
        file, _ = ask_where(self._window, "Save the session as", str(self._proposal()), SESSIONS)
        if not file:
            return
        path = as_session(Path(file))
        # The file dialog has asked about the name as it was written, not about the one with the suffix.
        if path != Path(file) and path.exists() and not may_replace(self._window, path):
            return
        self._settings.folder = str(path.parent)
        self._sessions.save_as(path)

    def _proposal(self) -> Path:
        """Return a place that suits: beside the present one, in the folder used last, or among the documents."""
        if self._sessions.is_saved and self._sessions.path:
            return self._sessions.path
        known = Path(self._settings.folder)
        folder = known if self._settings.folder and known.is_dir() else start_folder()
        return folder / f"Layerlight {date.today():%Y-%m-%d}{SUFFIX}"


def is_session(file: Path) -> bool:
    """Whether the name is a session's."""
    return file.suffix.lower() == SUFFIX


def as_session(file: Path) -> Path:
    """Return the path with a session's suffix behind its name, unless it has one."""
    return file if is_session(file) else file.with_name(file.name + SUFFIX)


def may_replace(parent: QWidget, path: Path) -> bool:
    """Ask whether a file may be replaced."""
    box, replace = question_box(
        parent,
        "replace",
        "Save the session as",
        (f"{path.name} exists already.", f"It lies in {path.parent}. Replacing it removes what is in it."),
        keep=("keep", "Keep it"),
        act=("replace", "Replace"),
    )
    box.exec()
    answer = box.clickedButton() is replace
    box.deleteLater()
    return answer


# Recent sessions ----------------------------------------------------------------------------------------------------


class RecentMenu(QMenu):
    """Up to ten sessions, those that are missing greyed, and one entry that empties the list."""

    def __init__(
        self,
        parent: QWidget,
        settings: Settings,
        open_file: Callable[[Path], object],
        clear: Callable[[], object],
    ) -> None:
        super().__init__("Open &recent", parent)
        self.setObjectName("menu.file.recent")
        self.setToolTipsVisible(True)
        self._settings, self._open_file, self._clear = settings, open_file, clear
        self.aboutToShow.connect(self.fill)
        self.fill()

    def fill(self) -> None:
        """Show what is remembered, and what of it is still there."""
        self.clear()
        recent = self._settings.recent
        self.menuAction().setEnabled(bool(recent))
        self.menuAction().setToolTip("Open a session again." if recent else NOTHING)
        for number, path in enumerate(map(Path, recent), 1):
            self._add_session(number, path)
        self.addSeparator()
        self._add("clear", "&Clear this list", "Forget these sessions; their files stay.", self._clear)

    def _add_session(self, number: int, path: Path) -> None:
        mark = f"&{number}" if number < 10 else f"{number // 10}&{number % 10}"
        there = path.is_file()
        help_text = f"Open {path}." if there else f"{path} is no longer there."
        text = f"{mark}  {entry(path.stem)}"
        action = self._add(str(number), text, help_text, lambda: self._open_file(path))
        action.setEnabled(there)

    def _add(self, name: str, text: str, help_text: str, slot: Callable[[], object]) -> QAction:
        return add_entry(self, f"action.file.recent.{name}", text, slot, tip=help_text)
