"""Asking where a file is to be saved: in the folder used last, else among the documents, else at home."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QDir, QStandardPaths
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

# The application's property that holds it, for all parts of the window.
LAST = "folder of the last saved file"


def ask_where(parent: QWidget | None, title: str, name: str, filters: str) -> tuple[str, str]:
    """Ask for a file; return its path, empty where none was chosen, and the chosen one of the `filters`.

    A `name` without a folder is proposed in `start_folder`. A bare one would begin where the program was started.
    """
    proposed = Path(name) if Path(name).is_absolute() else start_folder() / name
    file, chosen = QFileDialog.getSaveFileName(parent, title, str(proposed), filters)
    if file:
        remember_folder(str(Path(file).parent))
    return file, chosen


def choose_file(
    parent: QWidget | None, title: str, name: str, filters: Mapping[str, str], *, only: str = ""
) -> Path | None:
    """Ask for a file of one of some kinds, and return it; `None` where none was chosen.

    `filters` has the words of each kind by its suffix, in small letters; with `only` no other is offered. A name
    without one of these suffixes gets that of the kind that was chosen. Not every system's dialog says which that was:
    then it is the first that was offered.
    """
    offered = [only] if only else [*filters]
    file, chosen = ask_where(parent, title, name, ";;".join(filters[suffix] for suffix in offered))
    if not file:
        return None
    path = Path(file)
    if path.suffix.lower() in filters:
        return path
    suffix = next((suffix for suffix in offered if filters[suffix] == chosen), offered[0])
    return path.with_name(path.name + suffix)


def start_folder() -> Path:
    """Return the folder in which dialogs for files begin; it exists."""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return next((Path(each) for each in (last_folder(), documents) if each and Path(each).is_dir()), _home())


def last_folder() -> str:
    """Return the folder in which a file was saved last; empty for none."""
    app = QApplication.instance()
    return str(app.property(LAST) or "") if app else ""


def remember_folder(folder: str) -> None:
    """Let the next dialog begin there."""
    app = QApplication.instance()
    if app:
        app.setProperty(LAST, folder)


def _home() -> Path:
    return Path(QDir.homePath())
