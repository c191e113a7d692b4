"""Asks for a file to save: in the folder used last, else in the documents, else in the home folder."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QDir, QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.core.language import tr
from gui.state.settings import settings


def ask_where(parent: QWidget | None, title: str, name: str, filters: str) -> tuple[str, str]:
    """Ask for a file, by default in `start_folder`; return its path, empty if none was chosen, and chosen filter."""
    proposed = Path(name) if Path(name).is_absolute() else start_folder() / name
    file, chosen = QFileDialog.getSaveFileName(parent, title, str(proposed), filters)
    if file:
        settings().picture_folder = str(Path(file).parent)
    return file, chosen


def choose_file(parent: QWidget | None, title: str, name: str, filters: Mapping[str, str]) -> Path | None:
    """Ask for a file, and return it; `None` if none was chosen.

    `filters` are the texts of kinds by suffix, in lower case. A name without one of these suffixes gets that of the
    chosen kind; if the system's dialog does not tell it, of the first.
    """
    filters = {suffix: tr(kind) for suffix, kind in filters.items()}
    file, chosen = ask_where(parent, title, name, ";;".join(filters.values()))
    if not file:
        return None
    path = Path(file)
    if path.suffix.lower() in filters:
        return path
    suffix = next((suffix for suffix, kind in filters.items() if kind == chosen), next(iter(filters)))
    return path.with_name(path.name + suffix)


def start_folder(known: str = "") -> Path:
    """Return the existing folder in which file dialogs start: `known`, if it is there."""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    folders = (Path(folder) for folder in (known, settings().picture_folder, documents) if folder)
    return next(filter(Path.is_dir, folders), Path(QDir.homePath()))
