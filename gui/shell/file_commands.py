"""What the File menu does with sessions and data sets: new, open, save, save as."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from gui.look.plain import question_box
from gui.shell.opening import Opening
from gui.state.file_kinds import PICTURES, is_picture
from gui.state.sessions import SUFFIX, Sessions
from gui.state.settings import Settings
from gui.widgets.save_place import ask_where, start_folder

FILES = f"Sessions, data sets and pictures (*{SUFFIX} *.npz {PICTURES});;Pictures ({PICTURES});;All files (*)"
SESSIONS = f"Sessions (*{SUFFIX})"


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
