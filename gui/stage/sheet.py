"""Writes a teacher's sheet without a window."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLocale
from PySide6.QtGui import QGuiApplication, QPageSize

from engine.core.errors import UserError
from engine.core.messages import run_through
from engine.session.session import Session
from gui.look.fonts import load_fonts
from gui.shell.lesson.pages import LessonRead, read_lesson
from gui.shell.lesson.sheet import paper_of, save_sheet

SIZES = {"a4": QPageSize.PageSizeId.A4, "letter": QPageSize.PageSizeId.Letter}


def write_sheet(path: Path, files: Sequence[Path], paper: str | None) -> int:
    """Write the sheet of a lesson, of the bundled one without files; return the number of its chapters.

    Raises `UserError` if a file is no lesson, or the sheet cannot be written.
    """
    if path.suffix.lower() != ".pdf":
        raise UserError(f"{path.name} does not end in .pdf, and nothing would open it.")
    (read,) = (message for message in read_lesson(None, files) if isinstance(message, LessonRead))
    app = QGuiApplication.instance() or QGuiApplication(["layerlight"])
    load_fonts()
    size = QPageSize(SIZES[paper]) if paper else paper_of(QLocale.system())
    run_through(save_sheet(Session(), path, read.name, read.chapters, size))
    del app
    return len(read.chapters)
