"""The actions of the Run, Edit and Time menus: what they are called, and which can be used at the moment."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from PySide6.QtWidgets import QLineEdit, QMenu, QPlainTextEdit, QTextEdit, QWidget

from gui.look.icons import icon
from gui.look.plain import entry
from gui.shell.main_window import MainWindow
from gui.shell.menus.actions import Actions, with_keys
from gui.state.history import Histories
from gui.state.notices import Notices
from gui.state.time.timeline import SPEEDS, Timeline
from gui.state.training.run_controls import RunControls
from gui.widgets.forms.menu_chip import add_entry
from gui.widgets.tab import Tab

START = {
    "starting": ("&Start", "start"),
    "idle": ("&Start", "start"),
    "running": ("Pau&se", "pause"),
    "paused": ("Re&sume", "start"),
}

START_TIPS = {
    "idle": "Start a new run with the settings of the Train tab, from new weights.",
    "running": "Pause the run.",
    "paused": "Resume the run where it was paused.",
}
"""What the first action does now."""

USABLE = {
    "run.start": ("idle", "running", "paused"),
    "run.step": ("idle", "running", "paused"),
    "run.epoch": ("idle", "running", "paused"),
    "run.stop": ("running", "paused"),
    "run.reset": ("idle", "running", "paused"),
}

NOTHING = "No run is going on."

type Way = Literal["undo", "redo"]

TOPIC = "undo"

UNDONE: dict[Way, str] = {"undo": "Undone", "redo": "Done again"}

NO_RUN = "There is no run yet."

NO_MOMENT = "No snapshot of this run is kept yet."

AVERAGES = 2, 4, 8
"""How many snapshots an average may have."""

REASONS = {
    "time.previous": "This is the first snapshot of the run.",
    "time.next": "This is the latest.",
    "time.first": "This is the first snapshot of the run.",
    "time.live": "This is the latest; the view follows the run.",
    "time.play": "Playback needs two snapshots at least.",
    "file.film": "A film needs two snapshots at least.",
    "time.bookmark": NO_MOMENT,
    **{
        f"time.average.{count}": f"An average of {count} needs as many snapshots up to this one."
        for count in AVERAGES
    },
    "time.previous_bookmark": "No earlier snapshot has a name.",
    "time.next_bookmark": "No later snapshot has a name.",
    "run.train_on": NO_MOMENT,
    "run.repeat": NO_RUN,
    "run.split": NO_MOMENT,
}
"""Why an action cannot be used although there is a run."""

PLAY, HOLD = ("Pla&y training", "film"), ("Pause pla&yback", "pause")

NO_BOOKMARK = "No snapshot of this run has a name yet. Time > Bookmark this snapshot… gives it one."


class RunActions:
    """Keeps the Run menu, and with it the transport bar, true to the run."""

    def __init__(self, actions: Actions, controls: RunControls) -> None:
        self._actions, self._controls = actions, controls
        controls.stateChanged.connect(lambda _: self.follow())
        controls.paceChanged.connect(self._follow_pace)
        self.follow()
        self._follow_pace()

    def follow(self) -> None:
        """Bring names, icons and usability up to date."""
        state = self._controls.state
        text, name = START[state]
        start = self._actions["run.start"]
        start.setProperty("icon name", name)
        start.setIcon(icon(name))
        start.setText(text)
        for each, states in USABLE.items():
            action = self._actions[each]
            usable = state in states
            action.setEnabled(usable)
            reason = self._controls.why_not if state == "starting" else NOTHING
            help_text = START_TIPS.get(state, "") if each == "run.start" else action.statusTip()
            action.setToolTip(with_keys(help_text, action) if usable else reason)

    def _follow_pace(self) -> None:
        pace = self._controls.pace
        self._actions[f"run.pace.{pace:.0f}" if pace else "run.pace.full"].setChecked(True)


# Edit ---------------------------------------------------------------------------------------------------------------


def edit_slots(history: Histories, notices: Notices, window: MainWindow) -> dict[str, Callable[[], object]]:
    """Return what the actions of the Edit menu do, by their names."""
    clipboard = {f"edit.{what}": partial(_use_clipboard, window, what) for what in ("cut", "copy", "paste")}
    undo: dict[str, Callable[[], object]] = {
        f"edit.{way}": partial(go, way, history, notices) for way in UNDONE
    }
    return undo | clipboard | {"edit.clear": partial(_clear, window)}


def go(way: Way, history: Histories, notices: Notices) -> None:
    """Undo or redo in the tab that is shown, and say what that was; where there is nothing, say so."""
    stack = history.stack
    if what := stack.undoText() if way == "undo" else stack.redoText():
        reason = history.undo() if way == "undo" else history.redo()
        notices.tell(reason or f"{UNDONE[way]}: {what}.", topic=TOPIC)
    else:
        notices.tell(nothing(way, history), topic=TOPIC)


def nothing(way: Way, history: Histories) -> str:
    """Say that there is nothing to undo or redo in the tab that is shown, and where there is."""
    here = f" in {history.shown}" if history.shown else ""
    if way == "redo":
        return f"Nothing was undone{here} that could be done again."
    elsewhere = history.elsewhere()
    where = f" The latest change was made in {elsewhere[0]}: {elsewhere[1]}." if elsewhere else ""
    return f"Nothing was changed{here} that could be undone.{where}"


def _use_clipboard(window: MainWindow, what: str) -> None:
    """Do it in the field of text that has the focus, or else what the tab does; pasted is into Draw from anywhere."""
    field, tab = window.focusWidget(), window.tabs.currentWidget()
    if isinstance(field, QLineEdit | QPlainTextEdit | QTextEdit):
        getattr(field, what)()
        return
    if what == "paste" and not (isinstance(tab, Tab) and what in tab.clipboard):
        window.show_tab("Draw")
        tab = window.tabs.currentWidget()
    if isinstance(tab, Tab) and what in tab.clipboard:
        tab.clipboard[what]()


def _clear(window: MainWindow) -> None:
    """Clear the canvas, and show the tab in which it lies: nobody must lose a drawing unseen."""
    window.show_tab("Draw")
    tab = window.tabs.currentWidget()
    if isinstance(tab, Tab) and "clear" in tab.clipboard:
        tab.clipboard["clear"]()


class EditActions:
    """Keeps the Edit menu true to the history."""

    def __init__(self, actions: Actions, history: Histories) -> None:
        self._actions, self._history = actions, history
        history.changed.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        """Bring names and usability up to date."""
        stack = self._history.stack
        self._show("undo", "&Undo", stack.undoText())
        self._show("redo", "&Redo", stack.redoText())

    def _show(self, way: Way, word: str, what: str) -> None:
        action = self._actions[f"edit.{way}"]
        action.setText(f"{word} {entry(what)}".strip())
        action.setEnabled(bool(what))
        action.setToolTip(with_keys(action.statusTip(), action) if what else nothing(way, self._history))


# Time ---------------------------------------------------------------------------------------------------------------


def time_slots(timeline: Timeline) -> dict[str, Callable[[], object]]:
    """Return what the actions of the Time menu do, by their names."""
    return {
        "time.previous": timeline.previous,
        "time.next": timeline.next,
        "time.first": timeline.first,
        "time.live": timeline.live,
        "time.play": lambda: timeline.play(not timeline.film.playing),
        **{f"time.speed.{speed}": _chooser(timeline, speed) for speed in SPEEDS},
        "time.bookmark": timeline.bookmarkWanted.emit,
        **{f"time.average.{count}": partial(timeline.average, count) for count in AVERAGES},
        "time.previous_bookmark": timeline.previous_bookmark,
        "time.next_bookmark": timeline.next_bookmark,
        "run.train_on": timeline.train_on,
    }


def _chooser(timeline: Timeline, speed: int) -> Callable[[], None]:
    return lambda: timeline.film.set_speed(speed)


class TimeActions:
    """Keeps the Time menu, and with it the buttons beside the slider, true to the timeline."""

    def __init__(self, actions: Actions, timeline: Timeline, controls: RunControls) -> None:
        self._actions, self._timeline, self._controls = actions, timeline, controls
        timeline.changed.connect(self.follow)
        timeline.film.changed.connect(self._follow_film)
        controls.stateChanged.connect(lambda _: self.follow())
        self.follow()
        self._follow_film()

    def follow(self) -> None:
        """Bring usability and explanations up to date."""
        usable = self._usable()
        for name in REASONS:
            action = self._actions[name]
            action.setEnabled(usable[name])
            help_text = action.statusTip()
            if name == "run.train_on" and (told := self._timeline.interruption):
                help_text = f"{told}. {help_text}"
            action.setToolTip(with_keys(help_text, action) if usable[name] else self._why_not(name))

    def _why_not(self, name: str) -> str:
        if self._timeline.run is None:
            return NO_RUN
        if name in ("run.train_on", "run.split") and self._timeline.moment is not None:
            return self._controls.why_not
        return REASONS[name]

    def _usable(self) -> dict[str, bool]:
        timeline, run = self._timeline, self._timeline.run
        if run is None:
            return dict.fromkeys(REASONS, False)
        here, past = timeline.position, not timeline.is_live
        first = run.steps[0] if run.steps else here
        return {
            "time.previous": here > first,
            "time.next": past,
            "time.first": here > first,
            "time.live": past,
            "time.play": len(run.steps) > 1,
            "file.film": len(run.steps) > 1,
            "time.bookmark": timeline.moment is not None,
            **{f"time.average.{count}": len(timeline.latest(count)) == count for count in AVERAGES},
            "time.previous_bookmark": run.bookmark_beside(here, forwards=False) is not None,
            "time.next_bookmark": run.bookmark_beside(here, forwards=True) is not None,
            "run.repeat": True,
            **dict.fromkeys(
                ("run.train_on", "run.split"),
                timeline.moment is not None and self._controls.state != "starting",
            ),
        }

    def _follow_film(self) -> None:
        film, action = self._timeline.film, self._actions["time.play"]
        text, name = HOLD if film.playing else PLAY
        action.setProperty("icon name", name)
        action.setIcon(icon(name))
        action.setText(text)
        self._actions[f"time.speed.{film.speed}"].setChecked(True)


# Bookmarks ----------------------------------------------------------------------------------------------------------


class BookmarkMenu(QMenu):
    """Follows the timeline; filled only when it is opened."""

    def __init__(self, parent: QWidget, timeline: Timeline) -> None:
        super().__init__("Book&marks", parent)
        self.setObjectName("menu.time.bookmarks")
        self.setToolTipsVisible(True)
        self._timeline = timeline
        self.aboutToShow.connect(self.fill)
        timeline.changed.connect(self._show_usable)
        self._show_usable()

    def fill(self) -> None:
        """List the named moments, with where they lie."""
        self.clear()
        run = self._timeline.run
        for number, step in enumerate(sorted(run.bookmarks) if run else (), 1):
            assert run is not None
            name = entry(run.bookmarks[step])
            mark = f"&{number}  " if number < 10 else ""
            add_entry(
                self,
                f"action.time.bookmarks.{number}",
                f"{mark}{name}\t{run.say_epoch(step)}",
                partial(self._timeline.go, step),
                tip=f"Look at the snapshot after {step:,} steps.",
            )

    def _show_usable(self) -> None:
        run = self._timeline.run
        has_some = bool(run and run.bookmarks)
        self.menuAction().setEnabled(has_some)
        self.menuAction().setToolTip("Look at a snapshot that has a name." if has_some else NO_BOOKMARK)
