"""A hand-out with the questions of a lesson, and the job that writes it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.core.lens import Lens
from engine.core.messages import Job
from engine.export.handout.job import Question, export_handout
from gui.shell.lesson.pages import Chapter, LessonRead, read_lesson


def questions(chapters: Sequence[Chapter]) -> Iterator[Question]:
    """Yield the questions of a lesson that are meant for a hand-out."""
    for page in (page for chapter in chapters for page in chapter.pages):
        if page.asks and page.asks.handout:
            asks, own = page.asks, page.asks.handout
            yield Question(own.question or asks.question, asks.answers, asks.right, own.reply)


def save_handout(session: Any, lens: Lens, path: Path, chapters: Sequence[Chapter] = ()) -> Job:
    """Write a hand-out like `export_handout`, with the questions of these chapters, or of our own lesson."""
    for message in read_lesson(session) if not chapters else ():
        chapters = message.chapters if isinstance(message, LessonRead) else chapters
        yield None
    yield from export_handout(session, lens, path, tuple(questions(chapters)))
