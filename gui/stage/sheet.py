"""Writes a teacher's sheet without a window."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QGuiApplication, QPageSize

from engine.cli.parts.terminal import messages, show_progress
from engine.cli.parts.which import look_at
from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.machine.bundled import BUNDLED
from engine.data.formats.sample import open_sample
from engine.export.messages import FileWriting
from gui.look.fonts import load_fonts
from gui.shell.lesson.pages import LessonRead, read_lesson
from gui.shell.lesson.sheet import save_sheet

SIZES = {"a4": QPageSize.PageSizeId.A4, "letter": QPageSize.PageSizeId.Letter}


def write_sheet(path: Path, files: Sequence[Path], paper: str | None) -> int:
    """Write the sheet of a lesson, of the bundled one without files; return the number of its chapters.

    Figures are those of the bundled session. Raises `UserError` if a file is no lesson, or the sheet cannot be written.
    """
    if path.suffix.lower() != ".pdf":
        raise UserError(tr("{file} does not end in .pdf, and nothing would open it.", file=path.name))
    (read,) = (message for message in read_lesson(None, files) if isinstance(message, LessonRead))
    app = QGuiApplication.instance() or QGuiApplication(["layerlight"])
    load_fonts()
    size = QPageSize(SIZES[paper]) if paper else None
    with look_at(BUNDLED) as session:
        session.replace_data(open_sample())
        job = save_sheet(session, path, read.name, read.chapters, size)
        for message in messages(job, with_tensorflow=False):  # only some pages measure what needs it
            if isinstance(message, FileWriting):
                show_progress(f"{message.share:.0%}", is_done=message.share >= 1)
    del app
    return len(read.chapters)
