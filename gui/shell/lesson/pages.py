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

The chapters that come along are translated, all others are shown as they are, and say their own `language = "de"`.

All of it is data: plain text of bounded size, and names that the registry knows. Nothing in it is executed.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.core.errors import UserError, reason_of
from engine.core.frozen import Frozen
from engine.core.language import mark, tr, tr_context, tr_plural
from engine.core.machine.folders import RESOURCES
from engine.core.machine.words import in_language
from engine.core.messages import Job, Message
from engine.core.text import is_line, isolated, printable
from gui.shell.lesson.registry import ACTS, GOALS, Call, checked

FOLDER = RESOURCES / "lesson"

# Maximum size of a file, number of files, and number of pages of a chapter.
MOST_BYTES, MOST_CHAPTERS, MOST_PAGES = 65_536, 20, 30

# Maximum number of letters of a page, of letters of a line such as an answer, and of sentences of a page.
MOST_TEXT, MOST_LINE, MOST_SENTENCES = 420, 160, 4

MOST_CALLS, ANSWERS, MOST_MINUTES = 8, (2, 4), 180
TALK = mark("To talk about: {question}")
FIGURE = "{figure}"  # placeholder for a goal's measured figure in the text about it
MOST_FIGURE = 60  # maximum number of letters of an expected figure
CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # of a language (BCP 47)
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
    name: str = ""  # its title as it was written, by which progress in it is kept
    language: str = ""  # the code of its language, if it says one


class LessonRead(Message):
    """A lesson's chapters, in the order of their files; the `name` of our own is empty."""

    name: str
    chapters: tuple[Chapter, ...]


def read_lesson(session: Any, files: Sequence[Path] = ()) -> Job:
    """Answer `LessonRead` for these files, which may be on a slow disk, or for our own lesson; raise `UserError`."""
    paths = list(files) or sorted(FOLDER.glob("*.toml"))
    if len(paths) > MOST_CHAPTERS:
        sentence = tr(
            "A lesson has at most {most} chapters, and these are {count} files.", most=MOST_CHAPTERS, count=len(paths)
        )
        raise UserError(sentence)
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
        reason = isolated(reason_of(error))
        raise UserError(tr("{file} cannot be read: {reason}.", file=name, reason=reason)) from error
    if len(content) > MOST_BYTES:
        raise UserError(tr(NO_CHAPTER, file=name, reason=tr("it is larger than {size} KB", size=MOST_BYTES // 1024)))
    try:
        values = tomllib.loads(content.decode("utf-8"))
        known = in_language(f"lesson/{path.name}", values) if path.parent == FOLDER else values
        return replace(_chapter(known), name=str(values["title"]))
    except UnicodeDecodeError as error:
        raise UserError(tr(NO_CHAPTER, file=name, reason=tr("it is not UTF-8 text"))) from error
    except tomllib.TOMLDecodeError as error:
        reason = isolated(str(error)).rstrip(".")
        raise UserError(tr("{file} is not TOML: {reason}.", file=name, reason=reason), hint=tr(HINT)) from error
    except RecursionError as error:
        raise UserError(tr(NO_CHAPTER, file=name, reason=tr("it is nested too deeply"))) from error
    except ValueError as error:
        raise UserError(tr(NO_CHAPTER, file=name, reason=isolated(str(error))), hint=tr(HINT)) from error


NO_CHAPTER = mark("{file} is no chapter of a lesson: {reason}.")
HINT = mark("docs/lesson.md says how one is written.")


def sentences(text: str) -> int:
    """Return the number of sentences in a text."""
    return len(SENTENCE_END.findall(text))


def _chapter(values: Mapping[str, Any]) -> Chapter:
    whole = tr_context("the file of a chapter, before what is wrong with it", "it")
    _table(values, ("title", "language", "aim", "minutes", "board", "page"), whole)
    pages = values.get("page")
    if not isinstance(pages, list) or not 1 <= len(pages) <= MOST_PAGES:
        raise ValueError(tr("it needs 1 to {most} parts [[page]]", most=MOST_PAGES))
    minutes = values.get("minutes", 5)
    if type(minutes) is not int or not 1 <= minutes <= MOST_MINUTES:
        raise ValueError(tr("its minutes are no whole number from 1 to {most}", most=MOST_MINUTES))
    language = values.get("language", "")
    if not isinstance(language, str) or (language and not CODE.fullmatch(language)):
        raise ValueError(tr("its language is no code such as de or pt-BR"))
    return Chapter(
        title=_text(values, "title", "", MOST_LINE),
        language=language,
        aim=_text(values, "aim", "", MOST_TEXT, needed=False),
        minutes=minutes,
        board=_text(values, "board", "", MOST_LINE, needed=False),
        pages=tuple(_page(page, number) for number, page in enumerate(pages, 1)),
    )


def _page(values: Any, number: int) -> Page:
    where = tr("page {number}", number=number)
    values = _table(values, ("text", "opens", "marks", "goal", "asks", "talk"), where)
    text = _text(values, "text", where, MOST_TEXT)
    if (count := sentences(text)) > MOST_SENTENCES:
        sentence = tr_plural(
            "{where} has {count} sentence, at most {most} are read",
            "{where} has {count} sentences, at most {most} are read",
            count,
            where=where,
            most=MOST_SENTENCES,
        )
        raise ValueError(sentence)
    opens, marks, goal = values.get("opens", []), values.get("marks", []), values.get("goal")
    for key, items in (("opens", opens), ("marks", marks)):
        if not isinstance(items, list) or len(items) > MOST_CALLS:
            raise ValueError(tr("{where}: {key} is no list of at most {most}", where=where, key=key, most=MOST_CALLS))
    if not all(map(_is_line, marks)):
        raise ValueError(tr("{where} marks something that is no name", where=where))
    waits = None if goal is None else _call("wait", GOALS, goal, where)
    asks = None if "asks" not in values else _question(values["asks"], where)
    talk = (
        None
        if "talk" not in values
        else _texts(values["talk"], tr("{where}: its talk", where=where), "usual", needed=True)
    )
    if asks is not None and waits is None:
        raise ValueError(tr("{where} asks a question and waits for no goal that answers it", where=where))
    return Page(
        text=text,
        opens=tuple(_call("act", ACTS, call, where) for call in opens),
        marks=tuple(marks),
        goal=waits,
        asks=asks,
        talk=None if talk is None else Talk(**talk),
    )


def _question(values: Any, where: str) -> Question:
    known = "question", "answers", "right", "reply", "expect", "handout"
    values = _table(values, known, tr("{where}: asks", where=where))
    answers, right = values.get("answers", []), values.get("right")
    least, most = ANSWERS
    is_list = isinstance(answers, list) and least <= len(answers) <= most
    if not is_list or not all(map(_is_line, answers)):
        raise ValueError(
            tr("{where}: asks needs {least} to {most} answers, a line each", where=where, least=least, most=most)
        )
    if right is not None and (type(right) is not int or not 1 <= right <= len(answers)):
        count = len(answers)
        raise ValueError(tr("{where}: the right answer is not one of 1 to {count}", where=where, count=count))
    handout = values.get("handout")
    return Question(
        question=_text(values, "question", where, MOST_LINE),
        answers=tuple(answers),
        right=None if right is None else right - 1,
        reply=_text(values, "reply", where, MOST_TEXT, needed=False),
        expect=_text(values, "expect", where, MOST_FIGURE, needed=False),
        handout=None if handout is None else Handout(**_texts(handout, tr("{where}: its hand-out", where=where))),
    )


def _texts(values: Any, where: str, other: str = "reply", *, needed: bool = False) -> dict[str, str]:
    """Return a question, which may be missing unless it is `needed`, and the other text beside it."""
    values = _table(values, ("question", other), where)
    return {
        "question": _text(values, "question", where, MOST_LINE, needed=needed),
        other: _text(values, other, where, MOST_TEXT, needed=False),
    }


def _call(kind: str, known: Mapping[str, Any], values: Any, where: str) -> Call:
    if not isinstance(values, Mapping):
        raise ValueError(tr("{where}: the {kind} is no table", where=where, kind=kind))
    return checked(kind, known, values, where)


def _text(values: Mapping[str, Any], key: str, where: str, most: int, *, needed: bool = True) -> str:
    """Return a line of a table; `where` is empty for the chapter itself."""
    text = values.get(key, None if needed else "")
    fits = isinstance(text, str) and len(text) <= most and is_line(text)
    if not fits or (needed and not text.strip()):
        its = tr("its {key} is no line of 1 to {most} letters", key=key, most=most)
        raise ValueError(tr("{where}: {trouble}", where=where, trouble=its) if where else its)
    return str(text).strip()


def _is_line(text: Any) -> bool:
    return isinstance(text, str) and 0 < len(text.strip()) <= MOST_LINE and is_line(text)


def _table(values: Any, known: Sequence[str], where: str) -> Mapping[str, Any]:
    """Return a table of known parts, of which `reply` may have its former name."""
    if not isinstance(values, Mapping):
        raise ValueError(tr("{where} is no table", where=where))
    values = {"reply" if key == "told" else key: value for key, value in values.items()}
    if unknown := values.keys() - set(known):
        part = min(unknown)
        raise ValueError(tr("{where} has a part {part!r}, of which nothing is known", where=where, part=part))
    return values
