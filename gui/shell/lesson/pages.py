"""Lessons: chapters of pages, each chapter a TOML file that anybody may have written.

    title = "Silence"
    aim = "What a neuron is worth shows when it is gone."
    minutes = 8
    board = "One neuron does little alone."

    [[page]]
    text = "At most two sentences."
    opens = [{ act = "tab", title = "Fingerprints" }]
    marks = ["fingerprints.accuracy"]
    goal = { wait = "silenced", neurons = 1 }

    [page.asks]
    question = "What will it cost?"
    answers = ["Nothing", "A lot"]
    right = 1
    reply = "It went {figure}."

    [page.talk]
    question = "Why do the others carry the answer?"
    usual = "Because there are so many."

All of it is data: plain text of bounded size, and names that the registry knows. Nothing in it is executed.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.core.errors import UserError, reason_of
from engine.core.frozen import Frozen
from engine.core.machine.folders import RESOURCES
from engine.core.messages import Job, Message
from engine.core.text import isolated, printable
from gui.shell.lesson.registry import ACTS, GOALS, Call, checked

FOLDER = RESOURCES / "lesson"

# Maximum size of a file, number of files, and number of pages of a chapter.
MOST_BYTES, MOST_CHAPTERS, MOST_PAGES = 65_536, 20, 30

# Maximum number of letters of a page, of letters of a line such as an answer, and of sentences of a page.
MOST_TEXT, MOST_LINE, MOST_SENTENCES = 420, 160, 4

MOST_CALLS, ANSWERS, MOST_MINUTES = 8, (2, 4), 180
TALK = "To talk about"  # what is said before the question of a talk
FIGURE = "{figure}"  # placeholder for a goal's measured figure in the text about it
MOST_FIGURE = 60  # maximum number of letters of an expected figure
SENTENCE_END = re.compile(r"[.!?…][”’)]*(?=\s|$)")


class Handout(Frozen):
    """A question's wording for a hand-out, which measures nothing; an empty `question` is that of the page."""

    question: str = ""
    reply: str = ""


class Question(Frozen):
    """A question before an act; `right` is the place of the true answer, `reply` the text after the act."""

    question: str
    answers: tuple[str, ...]
    right: int | None = None
    reply: str = ""
    expect: str = ""  # the author's own figure, for a teacher's sheet
    handout: Handout | None = None  # the wording on a hand-out; `None` if the question is not asked there
    note: str = ""  # what the expected figure depends on, for a teacher's sheet


class Talk(Frozen):
    """A question to talk about, and what pupils usually say, for a teacher's sheet."""

    question: str
    usual: str = ""


class Page(Frozen):
    """A page: its text, what it opens, which widgets it marks, its goal and its questions."""

    text: str
    opens: tuple[Call, ...] = ()
    marks: tuple[str, ...] = ()
    goal: Call | None = None
    asks: Question | None = None
    talk: Talk | None = None


class Chapter(Frozen):
    """A chapter; `aim`, `minutes` and the line for the `board` are for teachers."""

    title: str
    aim: str
    minutes: int
    pages: tuple[Page, ...]
    board: str = ""


class LessonRead(Message):
    """A lesson's chapters, in the order of their files; the `name` of our own is empty."""

    name: str
    chapters: tuple[Chapter, ...]


def read_lesson(session: Any, files: Sequence[Path] = ()) -> Job:
    """Answer `LessonRead` for these files, which may be on a slow disk, or for our own lesson; raise `UserError`."""
    paths = list(files) or sorted(FOLDER.glob("*.toml"))
    if len(paths) > MOST_CHAPTERS:
        raise UserError(f"A lesson has at most {MOST_CHAPTERS} chapters, and these are {len(paths)} files.")
    chapters = []
    for path in paths:
        chapters.append(read_chapter(path))
        yield None
    yield LessonRead(name=printable(" ".join(path.name for path in files)), chapters=tuple(chapters))


def read_chapter(path: Path) -> Chapter:
    """Return the chapter in a file; raise `UserError` with the file, the place in it and what is wrong there."""
    name = printable(path.name)
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UserError(f"{name} cannot be read: {isolated(reason_of(error))}.") from error
    if len(content) > MOST_BYTES:
        raise UserError(f"{name} is no chapter of a lesson: it is larger than {MOST_BYTES // 1024} KB.")
    try:
        return _chapter(tomllib.loads(content.decode("utf-8")))
    except UnicodeDecodeError as error:
        raise UserError(f"{name} is no chapter of a lesson: it is not UTF-8 text.") from error
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{name} is not TOML: {isolated(str(error)).rstrip('.')}.", hint=HINT) from error
    except RecursionError as error:
        raise UserError(f"{name} is no chapter of a lesson: it is nested too deeply.") from error
    except ValueError as error:
        raise UserError(f"{name} is no chapter of a lesson: {isolated(str(error))}.", hint=HINT) from error


HINT = "docs/lesson.md says how one is written."


def sentences(text: str) -> int:
    """Return the number of sentences in a text."""
    return len(SENTENCE_END.findall(text))


def _chapter(values: Mapping[str, Any]) -> Chapter:
    _table(values, ("title", "aim", "minutes", "board", "page"), "it")
    pages = values.get("page")
    if not isinstance(pages, list) or not 1 <= len(pages) <= MOST_PAGES:
        raise ValueError(f"it needs 1 to {MOST_PAGES} parts [[page]]")
    minutes = values.get("minutes", 5)
    if type(minutes) is not int or not 1 <= minutes <= MOST_MINUTES:
        raise ValueError(f"its minutes are no whole number from 1 to {MOST_MINUTES}")
    return Chapter(
        title=_text(values, "title", "its", MOST_LINE),
        aim=_text(values, "aim", "its", MOST_TEXT, needed=False),
        minutes=minutes,
        board=_text(values, "board", "its", MOST_LINE, needed=False),
        pages=tuple(_page(page, number) for number, page in enumerate(pages, 1)),
    )


def _page(values: Any, number: int) -> Page:
    where = f"page {number}"
    values = _table(values, ("text", "opens", "marks", "goal", "asks", "talk"), where)
    text = _text(values, "text", f"{where}: its", MOST_TEXT)
    if sentences(text) > MOST_SENTENCES:
        raise ValueError(f"{where} has {sentences(text)} sentences, at most {MOST_SENTENCES} are read")
    opens, marks, goal = values.get("opens", []), values.get("marks", []), values.get("goal")
    for key, items in (("opens", opens), ("marks", marks)):
        if not isinstance(items, list) or len(items) > MOST_CALLS:
            raise ValueError(f"{where}: {key} is no list of at most {MOST_CALLS}")
    for mark in marks:
        if not _is_line(mark):
            raise ValueError(f"{where} marks something that is no name")
    waits = None if goal is None else _call("wait", GOALS, goal, where)
    asks = None if "asks" not in values else _question(values["asks"], where)
    talk = None if "talk" not in values else _texts(values["talk"], f"{where}: its talk", "usual", needed=True)
    if asks is not None and waits is None:
        raise ValueError(f"{where} asks a question and waits for no goal that answers it")
    return Page(
        text=text,
        opens=tuple(_call("act", ACTS, call, where) for call in opens),
        marks=tuple(marks),
        goal=waits,
        asks=asks,
        talk=None if talk is None else Talk(**talk),
    )


def _question(values: Any, where: str) -> Question:
    values = _table(values, ("question", "answers", "right", "reply", "expect", "handout"), f"{where}: asks")
    answers, right = values.get("answers", []), values.get("right")
    least, most = ANSWERS
    is_list = isinstance(answers, list) and least <= len(answers) <= most
    if not is_list or not all(map(_is_line, answers)):
        raise ValueError(f"{where}: asks needs {least} to {most} answers, a line each")
    if right is not None and (type(right) is not int or not 1 <= right <= len(answers)):
        raise ValueError(f"{where}: the right answer is not one of 1 to {len(answers)}")
    return Question(
        question=_text(values, "question", f"{where}: its", MOST_LINE),
        answers=tuple(answers),
        right=None if right is None else right - 1,
        reply=_text(values, "reply", f"{where}: its", MOST_TEXT, needed=False),
        expect=_text(values, "expect", f"{where}: its", MOST_FIGURE, needed=False),
        handout=None if "handout" not in values else Handout(**_texts(values["handout"], f"{where}: its hand-out")),
    )


def _texts(values: Any, where: str, other: str = "reply", *, needed: bool = False) -> dict[str, str]:
    """Return a question, which may be missing unless it is `needed`, and the other text beside it."""
    values = _table(values, ("question", other), where)
    return {
        "question": _text(values, "question", f"{where}: its", MOST_LINE, needed=needed),
        other: _text(values, other, f"{where}: its", MOST_TEXT, needed=False),
    }


def _call(kind: str, known: Mapping[str, Any], values: Any, where: str) -> Call:
    if not isinstance(values, Mapping):
        raise ValueError(f"{where}: the {kind} is no table")
    try:
        return checked(kind, known, values)
    except ValueError as error:
        raise ValueError(f"{where} {error}") from error


def _text(values: Mapping[str, Any], key: str, whose: str, most: int, *, needed: bool = True) -> str:
    text = values.get(key, None if needed else "")
    is_line = isinstance(text, str) and len(text) <= most and text.isprintable()
    if not is_line or (needed and not text.strip()):
        raise ValueError(f"{whose} {key} is no line of 1 to {most} letters")
    return str(text).strip()


def _is_line(text: Any) -> bool:
    return isinstance(text, str) and 0 < len(text.strip()) <= MOST_LINE and text.isprintable()


def _table(values: Any, known: Sequence[str], whose: str) -> Mapping[str, Any]:
    """Return a table of known parts, of which `reply` may have its former name."""
    if not isinstance(values, Mapping):
        raise ValueError(f"{whose} is no table")
    values = {"reply" if key == "told" else key: value for key, value in values.items()}
    if unknown := values.keys() - set(known):
        raise ValueError(f"{whose} has a part {min(unknown)!r}, of which nothing is known")
    return values
