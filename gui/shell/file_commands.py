"""What the File menu does with sessions and data sets: new, open, save, save as."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from gui.look.plain import entry, plain_tip, question_box
from gui.shell.startup import Opening
from gui.state.file_kinds import PICTURES, is_picture
from gui.state.sessions import SUFFIX, Sessions
from gui.state.settings import Settings
from gui.widgets.save_place import ask_where, start_folder

FILES = f"Sessions, data sets and pictures (*{SUFFIX} *.npz {PICTURES});;Pictures ({PICTURES});;All files (*)"

SESSIONS = f"Sessions (*{SUFFIX})"

NOTHING = "No session was saved or opened yet."


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

    def insert_after(self, menu: QMenu, action: QAction) -> None:
        """Take a place in `menu`, just below `action`."""
        actions = menu.actions()
        menu.insertMenu(actions[actions.index(action) + 1], self)

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
        help_text = f"Open {path}." if there else f"{path} is not there any more."
        text = f"{mark}  {entry(path.stem)}"
        action = self._add(str(number), text, help_text, lambda: self._open_file(path))
        action.setEnabled(there)

    def _add(self, name: str, text: str, help_text: str, slot: Callable[[], object]) -> QAction:
        action = self.addAction(text)
        action.setObjectName(f"action.file.recent.{name}")
        action.setStatusTip(help_text)
        action.setToolTip(plain_tip(help_text))
        action.triggered.connect(lambda: slot())
        return action
