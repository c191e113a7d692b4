"""The command `sheet`: a lesson for teachers. Its pages are set by what the window is made of."""

import os
from collections.abc import Sequence
from typing import Literal

from engine.cli.parts.command import Answer, Place, command, saved
from engine.core.language import mark, tr_plural
from engine.core.machine.folders import as_path


@command(125, mark("a teacher's sheet of a lesson, as PDF"))
def sheet_command(lesson: Sequence[str] = (), *, out: Place, paper: Literal["a4", "letter"] | None = None) -> Answer:
    """A sheet for teachers as PDF: a lesson's aims, minutes, pages, answers, and what the bundled session will show.

    lesson FILE.toml: a chapter each of a lesson of your own (default: the lesson that comes along)
    out OUT.pdf: the file to write
    paper: its size (default: the country's)
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from gui.stage.sheet import write_sheet

    chapters = write_sheet(out, [as_path(file) for file in lesson], paper)
    yield saved(out, f": {tr_plural('{count:,} chapter', '{count:,} chapters', chapters)}")
