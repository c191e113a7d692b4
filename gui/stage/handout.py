"""A hand-out without a window."""

from __future__ import annotations

import argparse
import contextlib
import sys

from engine.base.lens import Lens
from engine.base.messages import Notice
from engine.cli.parts.which import open_data, place_to_save, which
from engine.handout.messages import HandoutWriting
from engine.system.folders import as_path
from engine.system.signals import interruptible, status_of, until_interrupted
from gui.shell.lesson.handout import save_handout
from gui.shell.lesson.pages import LessonRead, read_lesson


def write_handout(wanted: argparse.Namespace) -> int:
    """Write the hand-out that the flags of `engine.cli.handout` name; return the exit status.

    Raises `UserError` where that cannot be.
    """
    path = place_to_save(wanted.out)
    files = [as_path(file) for file in wanted.lesson]
    (read,) = (each for each in read_lesson(None, files) if isinstance(each, LessonRead))
    with which(wanted) as (session, run, step), interruptible() as interrupted:
        open_data(session, wanted.dataset, run.name)
        job = save_handout(session, Lens(run.name, step), path, read.chapters)
        with contextlib.closing(until_interrupted(job, interrupted)) as turns:
            for message in turns:
                if isinstance(message, HandoutWriting):
                    _show_progress(message)
                elif isinstance(message, Notice):
                    print(f"{message.sentence} {message.hint}", flush=True)  # noqa: T201  # the command's output
    return status_of(interrupted[0]) if interrupted else 0


def _show_progress(message: HandoutWriting) -> None:
    """Tell a person, not a file, how far it is."""
    if sys.stderr.isatty():
        end = "\n" if message.share >= 1 else ""
        print(f"\r{message.share:.0%}   ", end=end, file=sys.stderr, flush=True)  # noqa: T201
