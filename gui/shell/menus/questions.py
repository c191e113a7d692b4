"""Questions before something is lost, takes much memory or does not fit: closing, File > Revert, networks and data."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from engine.core.language import mark, tr, tr_plural
from engine.core.messages import JobEnded, JobFailed
from engine.core.text import listed
from engine.model.training.messages import MemoryAsked
from engine.session.jobs.data import DataAsked
from engine.session.jobs.files import SessionOpened
from engine.session.jobs.networks import FitAsked, open_network
from engine.session.jobs.runs import color_runs, delete_runs, pin_runs, rename_run, restore_runs
from engine.session.session import SessionSaved
from gui.look.words import named
from gui.shell.menus.actions import enable_entry
from gui.shell.parts import Parts
from gui.state.link.steered import InOrder
from gui.state.training.runs import RunLook

type Looks = dict[str, RunLook]

MOST_NAMED = 6  # maximum number of runs that a line of a question names
ACCEPT = QMessageBox.ButtonRole.AcceptRole
NOTHING = mark("Nothing was done to the runs since the session was opened or last saved.")


@dataclass
class Question:
    """A question in a box with two buttons; Enter and Esc press the one that leaves everything as it is."""

    window: QWidget
    name: str  # the object name of the box
    title: str
    keep: tuple[str, str]  # name and text of a button
    act: tuple[str, str]
    role: QMessageBox.ButtonRole = QMessageBox.ButtonRole.DestructiveRole
    is_open: bool = field(default=False, init=False)

    def ask(
        self, texts: tuple[str, str], then: Callable[[], object], otherwise: Callable[[], object] = lambda: None
    ) -> None:
        """Ask without blocking, unless the question is open already; call `then` if the button that acts is pressed.

        `otherwise` is called if it is not. `texts` are the question and the explanation.
        """
        if self.is_open:
            return
        self.is_open = True
        box, act = self._create(*texts)

        def answer(_: int) -> None:
            self.is_open = False
            is_wanted = box.clickedButton() is act
            box.deleteLater()
            (then if is_wanted else otherwise)()

        box.finished.connect(answer)
        box.open()

    def wait(self, texts: tuple[str, str]) -> bool:
        """Ask, and wait for the answer; return whether the button that acts was pressed."""
        box, act = self._create(*texts)
        box.exec()
        box.deleteLater()
        return box.clickedButton() is act

    def _create(self, question: str, explanation: str) -> tuple[QMessageBox, QPushButton]:
        box = named(QMessageBox(QMessageBox.Icon.NoIcon, self.title, question), self.name)
        box.setParent(self.window, box.windowFlags())
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(explanation)
        keep = named(box.addButton(self.keep[1], QMessageBox.ButtonRole.RejectRole), f"{self.name}.{self.keep[0]}")
        act = named(box.addButton(self.act[1], self.role), f"{self.name}.{self.act[0]}")
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        return box, act


class Closing(QObject):
    """Lets the window close when the session is saved, or when a person accepts that it is lost."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._window, self._sessions = parts.window, parts.sessions
        keep, act = ("keep", tr("Keep it open")), ("close", tr("Close and lose it"))
        self._question = Question(parts.window, "closing", tr("Close Layerlight"), keep, act)
        self._job: int | None = None
        self._sentence = ""
        self._is_decided = False
        parts.bridge.listen(JobFailed, self._take_failure, lambda: self._job)
        parts.bridge.listen(JobEnded, self._take_end, lambda: self._job)

    def may_close(self) -> bool:
        """Return whether the window may close now; if not, it closes by itself after saving, or a question is asked."""
        if self._is_decided or not self._sessions.trouble:
            return True
        if self._job is None and not self._question.is_open:
            self._sentence = self._sessions.trouble
            self._job = self._sessions.secure()
        return False

    def _take_failure(self, message: JobFailed) -> None:
        self._sentence = message.sentence

    def _take_end(self, message: JobEnded) -> None:
        self._job = None
        if message.outcome == "done":
            self._close()
            return
        means = tr(
            "What is not saved is lost when the window closes. Make room and try again, or save it in another place."
        )
        texts = tr("This session could not be saved anywhere."), f"{self._sentence} {means}"
        self._question.ask(texts, self._close)

    def _close(self) -> None:
        self._is_decided = True
        self._window.close()


class Revert(QObject):
    """Restores the list of runs as it was when the session was opened or last saved, after asking.

    The session's file follows every step, so it holds no earlier state. Reverting is one change in the history of
    Train, which is shown, and can be undone. It asks all the same: a run that trains is stopped, and a person would not
    look for two lost runs in that history.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        keep, act = ("keep", tr("Leave them as they are")), ("revert", tr("Revert"))
        self._question = Question(parts.window, "revert", tr("Revert to last saved"), keep, act)
        self._parts, self._bridge, self._runs = parts, parts.bridge, parts.bridge.runs
        self._then: Looks = {}
        self._action: QAction | None = None
        self._row = InOrder(parts.bridge, self)
        parts.bridge.listen(SessionOpened, lambda _: self._take())
        parts.bridge.listen(SessionSaved, lambda message: self._take() if message.is_saved else None)
        parts.bridge.runs.changed.connect(lambda changes: self._follow() if changes.listed else None)

    def use(self, action: QAction) -> None:
        self._action = action
        self._follow()

    def revert(self) -> None:
        """Ask whether to restore the list of runs, with the runs that go and that come back."""
        now, then = self._runs.looks(), self._then
        if now != then:
            question = tr("Bring the runs back to how they were when the session was opened or last saved?")
            self._question.ask((question, self._say_changes(now, then)), partial(self._revert, now))

    def _say_changes(self, now: Looks, then: Looks) -> str:
        """Return which runs go, which come back, and which get their look back, a line each."""
        goes, comes = now.keys() - then.keys(), then.keys() - now.keys()
        other = {name for name in now.keys() & then.keys() if now[name] != then[name]}
        newest = self._runs.newest()
        stops = newest is not None and newest.name in goes and self._parts.controls.job() is not None
        gone = listed([self._say_run(now[name]) for name in sorted(goes)], MOST_NAMED)
        back, changed = (listed([then[name].label for name in sorted(names)], MOST_NAMED) for names in (comes, other))
        lines = [
            tr_plural("Deleted: run {runs}.", "Deleted: runs {runs}.", len(goes), runs=gone) if goes else "",
            tr_plural("Restored: run {runs}.", "Restored: runs {runs}.", len(comes), runs=back) if comes else "",
            tr_plural(
                "Name, colour and place in the plots as before: run {runs}.",
                "Name, colour and place in the plots as before: runs {runs}.",
                len(other),
                runs=changed,
            )
            if other
            else "",
            tr("The run that is training is stopped.") if stops else "",
            tr("Undo in Train takes this back."),
        ]
        return "\n".join(filter(None, lines))

    def _say_run(self, look: RunLook) -> str:
        if (run := self._runs.get(look.name)) is None:
            return look.label
        facts = run.say_epoch(run.newest), run.say_accuracy(run.newest)
        return f"{look.label} ({', '.join(filter(None, facts))})"

    def _revert(self, asked: Looks) -> None:
        now, then = self._runs.looks(), self._then
        if now != asked or now == then:
            self.revert()  # the runs have changed meanwhile, so that is another question, or none
            return
        self._parts.window.show_tab("Train")  # no text
        if now.keys() - then.keys():
            self._parts.controls.stop()
        change, undo = partial(self._change, now, then), partial(self._change, then, now)
        self._parts.selection.history.of("Train").do(tr("revert"), change, undo)  # no text

    def _take(self) -> None:
        self._row.forget()  # jobs for the former list
        self._then = self._runs.looks()
        self._follow()

    def _follow(self) -> None:
        if self._action is not None:
            enable_entry(self._action, "" if self._runs.looks() != self._then else tr(NOTHING))

    def _change(self, before: Looks, after: Looks) -> None:
        """Submit the jobs that turn `before` into `after`, one after the other."""
        both = before.keys() & after.keys()
        recolored = {run: after[run].color for run in both if after[run].color != before[run].color}
        pinned = [run for run in both if after[run].pinned and not before[run].pinned]
        unpinned = [run for run in both if before[run].pinned and not after[run].pinned]
        jobs: list[tuple[Any, ...]] = [
            (delete_runs, sorted(before.keys() - after.keys())),
            (restore_runs, sorted(after.keys() - before.keys())),
            *((rename_run, run, after[run].title) for run in both if after[run].title != before[run].title),
            (color_runs, recolored),
            (pin_runs, pinned, True),
            (pin_runs, unpinned, False),
        ]
        for job in (job for job in jobs if job[1]):
            self._row.do(partial(self._bridge.submit, *job))


MEANS = mark("Other programs may become slow, or the system may end one.")


def ask_about_size(parts: Parts) -> None:
    """Ask if the engine has not started a run or opened data because of their size, and do it if a person wants it."""
    window, train = parts.window, parts.controls.start_large
    buttons = {"keep": ("leave", tr("Don't train it")), "act": ("train", tr("Train it"))}
    large = Question(window, "large", tr("Train a large network"), **buttons, role=ACCEPT)
    parts.bridge.listen(MemoryAsked, lambda asked: large.ask((asked.sentence, tr(MEANS)), partial(train, asked)))
    buttons = {"keep": ("leave", tr("Don't open them")), "act": ("open", tr("Open them"))}
    data = Question(window, "large.data", tr("Open large data"), **buttons, role=ACCEPT)
    open_data = partial(parts.opening.open, sure=True)
    parts.bridge.listen(
        DataAsked, lambda asked: data.ask((asked.sentence, tr(MEANS)), partial(open_data, Path(asked.dataset)))
    )


FITS = mark("Its layers then begin with {layers}, as a setting of the run.")


def ask_about_fit(parts: Parts) -> None:
    """Ask if a network that is opened reads other images than the open data have: made to fit, or as it is."""
    bridge = parts.bridge
    buttons = {"keep": ("as_it_is", tr("Open it as it is")), "act": ("fit", tr("Fit the images"))}
    question = Question(parts.window, "fit", tr("Open a network"), **buttons, role=ACCEPT)

    def ask(asked: FitAsked) -> None:
        def open_fitted() -> None:
            bridge.submit(open_network, asked.file, fit=True, pixels=asked.pixels)

        def open_as_it_is() -> None:
            bridge.submit(open_network, asked.file, fit=False)

        if question.is_open:
            open_as_it_is()
        question.ask((asked.sentence, tr(FITS, layers=asked.layers)), open_fitted, open_as_it_is)

    bridge.listen(FitAsked, ask)
