"""What a person is asked before something is lost or takes much room: closing, File > Revert, what is large."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox, QWidget

from engine.core.messages import JobEnded, JobFailed
from engine.model.training.messages import MemoryAsked
from engine.session.jobs.data import DataAsked
from engine.session.jobs.files import SessionOpened
from engine.session.jobs.runs import color_run, delete_run, pin_run, rename_run, restore_run
from engine.session.session import SessionSaved
from gui.look.plain import question_box
from gui.shell.main_window import MainWindow
from gui.state.link.bridge import Bridge
from gui.state.link.in_order import InOrder
from gui.state.sessions import Sessions
from gui.state.training.run_controls import RunControls

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from engine.core.messages import Job
    from gui.state.history import History
    from gui.state.training.runs import RunLook

    type Looks = dict[str, RunLook]

MOST_NAMED = 6
"""How many runs a line of a question names."""

NOTHING = "Nothing was done to the runs since the session was opened or last saved."


class Closing(QObject):
    """Lets the window close when the session is safe, or when a person has said that it may be lost."""

    def __init__(self, window: MainWindow, bridge: Bridge, sessions: Sessions) -> None:
        super().__init__(window)
        self._window, self._sessions = window, sessions
        self._job: int | None = None
        self._sentence = ""
        self._is_decided = False
        self._box: QMessageBox | None = None
        bridge.listen(JobFailed, self._take_failure, lambda: self._job)
        bridge.listen(JobEnded, self._take_end, lambda: self._job)

    def may_close(self) -> bool:
        """Whether the window may close now; otherwise it closes by itself when the session is safe, or one is asked."""
        if self._is_decided or not self._sessions.trouble:
            return True
        if self._job is None and self._box is None:
            self._sentence = self._sessions.trouble
            self._job = self._sessions.secure()
        return False

    def _take_failure(self, message: JobFailed) -> None:
        self._sentence = message.sentence

    def _take_end(self, message: JobEnded) -> None:
        self._job = None
        if message.outcome == "done":
            self._close()
        else:
            self._ask()

    def _close(self) -> None:
        self._is_decided = True
        self._window.close()

    def _ask(self) -> None:
        means = (
            f"{self._sentence} What is not saved is lost when the window closes. "
            "Make room and try again, or save it in another place."
        )
        box, close = question_box(
            self._window,
            "closing",
            "Close Layerlight",
            ("This session could not be saved anywhere.", means),
            keep=("keep", "Keep it open"),
            act=("close", "Close and lose it"),
        )
        box.finished.connect(lambda _: self._take_answer(box.clickedButton() is close))
        self._box = box
        box.open()  # returns at once: messages are still delivered

    def _take_answer(self, shall_close: bool) -> None:
        box, self._box = self._box, None
        if box is not None:
            box.deleteLater()
        if shall_close:
            self._close()


# Revert -------------------------------------------------------------------------------------------------------------


class Revert(QObject):
    """Brings the list of runs back to what it was when the session was opened or last saved, after asking.

    That is a change in `history()`, which undo takes back; `show` shows the tab with that history.
    """

    def __init__(
        self,
        window: QWidget,
        bridge: Bridge,
        controls: RunControls,
        history: Callable[[], History],
        show: Callable[[], object],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._box: QMessageBox | None = None
        self._bridge, self._runs, self._controls = bridge, bridge.runs, controls
        self._history, self._show = history, show
        self._then: Looks = {}
        self._action: QAction | None = None
        self._row = InOrder(bridge, self)
        bridge.listen(SessionOpened, lambda _: self._take())
        bridge.listen(SessionSaved, lambda message: self._take() if message.is_saved else None)
        bridge.runs.changed.connect(lambda changes: self._follow() if changes.listed else None)

    def use(self, action: QAction) -> None:
        """Let `action`, whose help is its status tip, be usable where there is something to revert."""
        self._action = action
        self._follow()

    def revert(self) -> None:
        """Ask whether what was done to the runs is to be taken back, and say what goes and what comes."""
        now, then = self._runs.looks(), self._then
        if now == then or self._box is not None:
            return
        question = "Bring the runs back to how they were when the session was opened or last saved?"
        box, act = question_box(
            self._window,
            "revert",
            "Revert",
            (question, self._say_changes(now, then)),
            keep=("keep", "Leave them as they are"),
            act=("revert", "Revert"),
        )
        box.finished.connect(lambda _: self._take_answer(now, is_wanted=box.clickedButton() is act))
        self._box = box
        box.open()

    def _say_changes(self, now: Looks, then: Looks) -> str:
        """Return which runs go, which come back, and which look otherwise again, a line each."""
        goes, comes = now.keys() - then.keys(), then.keys() - now.keys()
        other = {name for name in now.keys() & then.keys() if now[name] != then[name]}
        training = goes & self._training()
        lines = [
            _line("Goes", [self._say_run(now[name]) for name in sorted(goes)]),
            _line("Comes back", [then[name].label for name in sorted(comes)]),
            _line("Is called, coloured and pinned as before", [then[name].label for name in sorted(other)]),
            "The run that is training is stopped." if training else "",
            "Undo in Train takes this back.",
        ]
        return "\n".join(filter(None, lines))

    def _say_run(self, look: RunLook) -> str:
        """Return a run with what would be lost of it."""
        run = self._runs.get(look.name)
        if run is None:
            return look.label
        said = run.say_epoch(run.newest), run.say_accuracy(run.newest)
        return f"{look.label} ({', '.join(filter(None, said))})"

    def _training(self) -> set[str]:
        newest = self._runs.newest()
        return {newest.name} if newest and self._controls.job() is not None else set()

    def _take_answer(self, asked: Looks, *, is_wanted: bool) -> None:
        box, self._box = self._box, None
        if box is not None:
            box.deleteLater()
        now, then = self._runs.looks(), self._then
        if not is_wanted or now == then:
            return
        if now != asked:
            self.revert()  # they have changed meanwhile: that is another question
            return
        self._show()
        if now.keys() - then.keys():
            self._controls.stop()
        self._history().do("revert", partial(self._change, now, then), partial(self._change, then, now))

    def _take(self) -> None:
        self._row.forget()  # it was wanted of what was before
        self._then = self._runs.looks()
        self._follow()

    def _follow(self) -> None:
        if self._action is not None:
            there_is = self._runs.looks() != self._then
            self._action.setEnabled(there_is)
            self._action.setToolTip(self._action.statusTip() if there_is else NOTHING)

    def _change(self, before: Looks, after: Looks) -> None:
        """Ask for what makes the runs that look like `before` look like `after`."""
        for run in before.keys() - after.keys():
            self._ask(delete_run, run)
        for run in after.keys() - before.keys():
            self._ask(restore_run, run)
        for run in before.keys() & after.keys():
            old, new = before[run], after[run]
            if new.title != old.title:
                self._ask(rename_run, run, new.title)
            if new.color != old.color:
                self._ask(color_run, run, new.color)
            if new.pinned != old.pinned:
                self._ask(pin_run, run, new.pinned)

    def _ask(self, job: Callable[..., Job], *args: object) -> None:
        self._row.do(partial(self._bridge.submit, job, *args))


def _line(what: str, runs: Sequence[str]) -> str:
    """Return what happens to some runs in a line; empty for none."""
    rest = f" and {len(runs) - MOST_NAMED:,} more" if len(runs) > MOST_NAMED else ""
    return f"{what}: run{'s' if len(runs) > 1 else ''} {', '.join(runs[:MOST_NAMED])}{rest}." if runs else ""


# Much memory ----------------------------------------------------------------------------------------------------


class LargeQuestion(QObject):
    """Asks a person where the engine has not done something for its size, one question at a time."""

    def __init__(
        self,
        window: QWidget,
        name: str,
        title: str,
        keep: tuple[str, str],
        act: tuple[str, str],
        go_on: Callable[[Any], object],
    ) -> None:
        """Make it; `keep` and `act` are names and words of the buttons, `go_on` is called with what was asked about."""
        super().__init__(window)
        self._window, self._name, self._title = window, name, title
        self._keep, self._act, self._go_on = keep, act, go_on
        self._box: QMessageBox | None = None

    def ask(self, asked: MemoryAsked | DataAsked) -> None:
        """Ask, unless a question is open already. Returns at once, so messages are still delivered."""
        if self._box is not None:
            return
        box, act = question_box(
            self._window,
            self._name,
            self._title,
            (asked.sentence, "Other programs may become slow, or the system may end one."),
            keep=self._keep,
            act=self._act,
            role=QMessageBox.ButtonRole.AcceptRole,
        )
        box.finished.connect(lambda _: self._take_answer(asked, is_wanted=box.clickedButton() is act))
        self._box = box
        box.open()

    def _take_answer(self, asked: MemoryAsked | DataAsked, *, is_wanted: bool) -> None:
        box, self._box = self._box, None
        if box is not None:
            box.deleteLater()
        if is_wanted:
            self._go_on(asked)


def ask_about_large_networks(window: QWidget, bridge: Bridge, controls: RunControls) -> None:
    """Ask if the engine has not started a run because of its size, and start it if the person wants it."""
    buttons = ("leave", "Don't train it"), ("train", "Train it")
    question = LargeQuestion(window, "large", "Train a large network", *buttons, controls.start_large)
    bridge.listen(MemoryAsked, question.ask)


def ask_about_large_data(window: QWidget, bridge: Bridge, open_data: Callable[[Path], object]) -> None:
    """Ask where the engine has not opened data for their size, and open them if a person wants it."""
    buttons = ("leave", "Don't open them"), ("open", "Open them")
    question = LargeQuestion(
        window, "large.data", "Open large data", *buttons, lambda asked: open_data(Path(asked.dataset))
    )
    bridge.listen(DataAsked, question.ask)
