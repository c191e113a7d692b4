"""A lesson in progress: its current page, what that opens and puts back, and what was done so far."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.core.language import mark, tr
from engine.core.messages import JobEnded
from engine.core.text import is_line
from engine.session.jobs.files import SessionOpened
from engine.session.jobs.kept import keep_lesson
from engine.session.session import LESSON
from gui.shell.lesson.guide import Beside, Guide, Marks
from gui.shell.lesson.pages import Chapter, LessonRead, Page, read_lesson
from gui.shell.lesson.registry import Call, Measured, Undo, measure, perform, widgets
from gui.shell.lesson.watch import Watch
from gui.shell.main_window import MainWindow
from gui.shell.parts import Parts
from gui.state.link.bridge import late
from gui.state.link.clock import one_shot
from gui.state.notices import refuse
from gui.state.settings import settings
from gui.widgets.figures.save_place import choose_file, start_folder

FILES = mark("Lessons (*.toml)")

# The proposed name of a teacher's sheet, and the kinds of files.
SHEET, SHEETS = mark("Teacher’s sheet.pdf"), {".pdf": mark("PDF documents (*.pdf)")}

save_sheet = late("gui.shell.lesson.sheet", "save_sheet")


class Lesson(QObject):
    """The current lesson. While it is folded away, it opens, marks and measures nothing.

    The session keeps its progress; the settings do while the bundled session is open, which is not written.
    """

    changed = Signal()  # another page is shown, or none
    kept = Signal()  # the settings have new progress

    def __init__(self, parts: Parts) -> None:
        super().__init__(window := parts.window)
        self.guide = Guide(window)
        self.guide.hide()
        self.watch = Watch(parts.bridge, parts.selection, window, self)
        self.chapters: tuple[Chapter, ...] = ()
        self.chapter = self.number = 0  # places of the current chapter, and of the page in it
        self._window, self._bridge, self._handouts = window, parts.bridge, parts.handouts
        self._sessions = parts.sessions
        self._marks = Marks(window, self.guide)
        self._beside = Beside(window, self.guide, lambda: self._marks.places)
        self._name = ""
        self._guesses: dict[str, int] = {}
        # The figures with which the goals of pages were met, by place (`2.0`).
        self._done: dict[str, str] = {}
        self._undos: list[tuple[Call, Undo]] = []
        self._is_entered = False
        self._job: int | None = None
        self._then: Callable[[], None] = self._unfold  # what to do when the lesson has been read
        # The progress in the session, which is restored once the lesson has been read.
        self._known: Mapping[str, Any] = {}
        self._late = one_shot(self, self._beside.place)
        self._stored: Mapping[str, Any] = {}  # the progress that was sent to be stored last
        self._storing: int | None = None
        guide = self.guide
        guide.next.clicked.connect(lambda: self.turn(1))
        guide.back.clicked.connect(lambda: self.turn(-1))
        guide.fold.clicked.connect(self.fold)
        guide.where.clicked.connect(self._open)
        guide.chapter.activated.connect(lambda chapter: self.go(chapter))
        guide.answered.connect(self._guess)
        self.watch.changed.connect(self._check)
        self._bridge.listen(JobEnded, lambda _: self._end_storing(), lambda: self._storing)
        self._bridge.listen(LessonRead, self._take_lesson, lambda: self._job)
        self._bridge.listen(SessionOpened, self._take_session)

    @property
    def page(self) -> Page | None:
        """The current page, also while the lesson is folded away."""
        return self.chapters[self.chapter].pages[self.number] if self.chapters else None

    @property
    def is_open(self) -> bool:
        return not self.guide.isHidden()

    @property
    def measured(self) -> Measured:
        """The state of the page's goal. It stays met; its figure is that of now for as long as it is met now."""
        now, done = self._now(), self._done.get(self._key)
        return now if now.met or done is None else Measured(True, done)

    def _now(self) -> Measured:
        return Measured(False) if self.page is None or self.page.goal is None else measure(self.watch, self.page.goal)

    def toggle(self) -> None:
        """Show the lesson where it was left, or fold it away."""
        if self.is_open:
            self.fold()
        elif self.chapters:
            self._unfold()
        else:
            self._read((), self._unfold)

    def fold(self) -> None:
        """Fold the guide away, and put back what its page opened."""
        self.put_back()
        self._note()

    def put_back(self) -> None:
        """Close the lesson with its window: the next start opens it again."""
        self._leave()
        self.guide.hide()
        self.changed.emit()

    def choose_files(self) -> None:
        folder = str(start_folder(settings().folder))
        files, _ = QFileDialog.getOpenFileNames(self._window, tr("Open a lesson"), folder, tr(FILES))
        if files:
            self.open_files([Path(file) for file in files])

    def open_files(self, files: Sequence[Path]) -> None:
        self._read(tuple(sorted(files, key=lambda path: path.name)), self._unfold)

    def save_sheet(self) -> None:
        """Ask for a file, and save the teacher's sheet of the lesson there, or of our own lesson if none is open."""
        if not self.chapters:
            # Later, because a dialog must not block the delivery of messages.
            self._read((), lambda: QTimer.singleShot(0, self, self.save_sheet))
        elif path := self._choose_sheet():
            self._handouts.write(save_sheet, path, self._name, self.chapters)

    def _choose_sheet(self) -> Path | None:
        kinds = {suffix: tr(kind) for suffix, kind in SHEETS.items()}
        return choose_file(self._window, tr("Save the teacher’s sheet"), tr(SHEET), kinds)

    def turn(self, by: int) -> None:
        """Turn the pages by `by`; behind the last page of all the lesson is folded away."""
        chapter, number = self.chapter, self.number + by
        if number < 0 and chapter > 0:
            chapter, number = chapter - 1, len(self.chapters[chapter - 1].pages) - 1
        elif number >= len(self.chapters[chapter].pages):
            chapter, number = chapter + 1, 0
        if chapter == len(self.chapters):
            self.fold()
        elif number >= 0:
            self.go(chapter, number)

    def go(self, chapter: int, number: int = 0) -> None:
        """Leave the current page and enter another one."""
        self._window.setUpdatesEnabled(False)
        try:
            self._leave(self.chapters[chapter].pages[number].opens)
            self.chapter, self.number = chapter, number
            self._enter()
        finally:
            self._window.setUpdatesEnabled(True)

    def _enter(self) -> None:
        if (page := self.page) is None:
            return
        self._open()
        self.watch.enter()
        self.watch.follow(next(iter(widgets(page.goal)), "") if page.goal else "")
        self.guide.show_page(self.chapters[self.chapter].pages, self.chapter, self.number)
        self._is_entered = True
        self._beside.put(False)
        self._note()
        self._check()
        self.changed.emit()

    def _open(self) -> None:
        """Open what the page speaks of, also again, for a person who went elsewhere."""
        if (page := self.page) is not None:
            undos = [(call, perform(self.watch, call)) for call in page.opens]
            self._undos += [(call, undo) for call, undo in undos if undo is not None]
            self._marks.show(page.marks)

    def _leave(self, stays: Sequence[Call] = ()) -> None:
        """Put back what the page opened, except what `stays`: what the next one opens, too."""
        self._is_entered = False
        self._marks.clear()
        self.watch.follow("")
        for call, undo in reversed(self._undos):
            if call not in stays:
                undo()
        self._undos = [(call, undo) for call, undo in self._undos if call in stays]

    def _check(self) -> None:
        """Show the state of the goal, and note it once it is met."""
        if not self._is_entered or self.page is None:
            return
        measured, done = self.measured, self._done.get(self._key)
        if measured.met and (done is None or measured.figure not in ("", done)):
            self._done[self._key] = measured.figure
            if not done:  # what it becomes while something moves is noted when the page is turned
                self._note()
                self._beside.put(False)
        is_past = measured.met and not self._now().met
        self.guide.show_place(*self._place())
        is_last = (self.chapter, self.number) == (len(self.chapters) - 1, len(self.chapters[-1].pages) - 1)
        self.guide.show_progress(measured, self._guesses.get(self._key), is_past=is_past, is_last=is_last)
        self._late.start()  # the height of the card follows from the laid-out words

    def _place(self) -> tuple[str, bool]:
        """Return the place of the page's tab, `Inside > Fingerprints`, and whether it is shown."""
        titles = [call.values["title"] for call in self.page.opens if call.name == "tab"] if self.page else []
        tab = next((tab for tab in self._window.all_tabs() if tab.TITLE in titles), None)
        names = dict.fromkeys((tab.PLACE, tab.TITLE)) if tab else ()
        return " > ".join(map(tr, names)), tab in (None, self._window.tab)

    def _guess(self, place: int) -> None:
        """Take a guess, unless what was measured is there already. The button keeps the focus in either case."""
        if self._is_entered:
            if not self.measured.met:
                self._guesses[self._key] = place
                self._note()
            self._check()

    @property
    def _key(self) -> str:
        return key_of(self.chapters[self.chapter], self.number) if self.chapters else ""

    def _read(self, files: Sequence[Path], then: Callable[[], None]) -> None:
        self._then = then
        self._job = self._bridge.ask(read_lesson, files)

    def _take_lesson(self, message: LessonRead) -> None:
        if trouble := missing(self._window, message.chapters):
            self._bridge.submit(refuse, f"{message.name or tr('The lesson')}: {trouble}")
            return
        self._leave()
        self.chapters, self._name = message.chapters, message.name
        self.chapter = self.number = 0
        self._guesses, self._done = {}, {}
        self._restore(self._known)
        self.guide.show_chapters([chapter.title for chapter in self.chapters])
        self._then()

    def _unfold(self) -> None:
        self.guide.show()
        self._enter()
        self.guide.next.setFocus()

    def _note(self) -> None:
        self._known = {
            "lesson": self._name,
            "place": self._key,
            "open": self.is_open,
            "guesses": dict(self._guesses),
            "done": dict(self._done),
        }
        self._sessions.lesson = self._known
        if self._sessions.is_bundled:
            settings().lesson = dict(self._known)
            self.kept.emit()
        else:
            self._store()

    def _store(self) -> None:
        """Write the progress into the session's file, so that a crash loses none.

        One job after the other: of jobs that wait the engine runs the newest first, and an older state must not be the
        last one. The latest state is always written.
        """
        if self._storing is None and self._stored != self._known:
            self._stored = self._known
            self._storing = self._bridge.submit(keep_lesson, self._known)

    def _end_storing(self) -> None:
        self._storing = None
        self._store()

    def _take_session(self, message: SessionOpened) -> None:
        """Restore the progress in that session; without any the current lesson continues."""
        known = message.view.get(LESSON)
        if not isinstance(known, Mapping) and self._sessions.is_bundled:
            known = settings().lesson
        if isinstance(known, Mapping) and known:
            self._is_entered = False  # until that page is entered
            self._known = known
            self._restore(known)
            if known.get("open") is True and known.get("lesson") == "" and not self.is_open:
                self._bridge.afterwards(self.toggle)
        self._stored = {}  # of another session
        self._sessions.lesson = self._known or None
        if self.is_open:
            self._bridge.afterwards(self._enter_again)

    def _enter_again(self) -> None:
        if self.is_open and self.page is not None:
            self.go(self.chapter, self.number)

    def _restore(self, known: Mapping[str, Any]) -> None:
        """Restore progress as far as it fits this lesson: a session may be a stranger's."""
        pages = {
            key_of(part, number): (chapter, number, page)
            for chapter, part in enumerate(self.chapters)
            for number, page in enumerate(part.pages)
        }
        # Sessions of before number chapters and pages from 0; those of our own lesson were others then.
        numbered = {f"{chapter}.{number}": key for key, (chapter, number, _) in pages.items() if self._name}
        place = known.get("place")
        if isinstance(place, list) and len(place) == 2:
            place = numbered.get(f"{place[0]}.{place[1]}")
        if known.get("lesson") != self._name or not isinstance(place, str) or place not in pages:
            return
        self.chapter, self.number, _ = pages[place]
        self._guesses, self._done = {}, {}
        for name, guess in _entries(known, "guesses", int):
            key = numbered.get(name, name)
            if key in pages and (asks := pages[key][2].asks) and 0 <= guess < len(asks.answers):
                self._guesses[key] = guess
        for name, figure in _entries(known, "done", str):
            key = numbered.get(name, name)
            if key in pages and pages[key][2].goal:
                self._done[key] = figure


def key_of(chapter: Chapter, number: int) -> str:
    """Return the name of a page, from 0, in the progress of a lesson: `Silence 2`."""
    return f"{chapter.name or chapter.title} {number + 1}"


def missing(window: MainWindow, chapters: Sequence[Chapter]) -> str:
    """Return the end of a sentence on the first tab or widget that the window does not have; empty if it has all."""
    titles = {tab.TITLE for tab in window.all_tabs()}
    for chapter in chapters:
        for number, page in enumerate(chapter.pages, 1):
            calls: list[Call] = [*page.opens, *([page.goal] if page.goal else [])]
            for title in (call.values["title"] for call in calls if "title" in call.values):
                if title not in titles:
                    return tr(
                        "chapter {chapter}, page {page} names a tab “{title}”, which there is not.",
                        chapter=chapter.title,
                        page=number,
                        title=title,
                    )
            for name in (*page.marks, *(name for call in calls for name in widgets(call))):
                if window.findChild(QWidget, name) is None:
                    return tr(
                        "chapter {chapter}, page {page} names a widget “{widget}”, which there is not.",
                        chapter=chapter.title,
                        page=number,
                        widget=name,
                    )
    return ""


def _entries(known: Mapping[str, Any], part: str, kind: type) -> list[tuple[str, Any]]:
    """Return the entries of a part of plain values whose values are of that type, and short if they are text."""
    values = known.get(part)
    if not isinstance(values, Mapping):
        return []
    return [
        (key, value)
        for key, value in values.items()
        if type(value) is kind and (not isinstance(value, str) or (len(value) <= 100 and is_line(value)))
    ]
