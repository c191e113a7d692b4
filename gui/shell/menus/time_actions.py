"""What the entries of the Time menu do, which of them can be used now, and why not."""

from functools import partial

from PySide6.QtWidgets import QMenu

from engine.core.language import mark, tr
from gui.look.icons import icon
from gui.look.words import entry
from gui.shell.menus.actions import Actions, enable_entry
from gui.shell.parts import Parts
from gui.state.time.timeline import Timeline
from gui.widgets.forms.controls import add_entry

NO_RUN = mark("There is no run yet.")
NO_MOMENT = mark("No snapshot of this run is kept yet.")
TOO_FEW = mark("An average of {count} needs as many snapshots up to this one.")
AVERAGES = 2, 4, 8  # numbers of snapshots that an average may have

# Why an entry cannot be used although there is a run.
REASONS = {
    "time.previous": mark("This is the first snapshot of the run."),
    "time.next": mark("This is the latest."),
    "time.first": mark("This is the first snapshot of the run."),
    "time.live": mark("This is the latest; the view follows the run."),
    "time.play": mark("Playback needs two snapshots at least."),
    "file.film": mark("A film needs two snapshots at least."),
    "time.bookmark": NO_MOMENT,
    **{f"time.average.{count}": TOO_FEW for count in AVERAGES},
    "time.previous_bookmark": mark("No earlier snapshot has a name."),
    "time.next_bookmark": mark("No later snapshot has a name."),
    "run.train_on": NO_MOMENT,
    "run.repeat": NO_RUN,
    "run.split": NO_MOMENT,
}

PLAY, HOLD = (mark("Pla&y training"), "film"), (mark("Pause pla&yback"), "pause")


class TimeActions:
    """One method or attribute for each entry, by the last part of its name: `time.previous`."""

    def __init__(self, parts: Parts) -> None:
        timeline = self._timeline = parts.timeline
        self._controls = parts.controls
        self.previous, self.next = partial(timeline.move, -1), partial(timeline.move, 1)
        self.first, self.live = partial(timeline.go, 0), timeline.live
        self.bookmark = timeline.bookmarkWanted.emit
        self.previous_bookmark = partial(timeline.go_to_bookmark, forwards=False)
        self.next_bookmark = partial(timeline.go_to_bookmark, forwards=True)

    def play(self) -> None:
        """Play all snapshots of the run, or hold the playback."""
        self._timeline.play(not self._timeline.film.playing)

    def speed(self, moments: str) -> None:
        """Play that many snapshots a second."""
        self._timeline.film.set_speed(int(moments))

    def average(self, count: str) -> None:
        """Look at the mean of the weights of the last `count` snapshots."""
        self._timeline.average(int(count))

    def use(self, actions: Actions) -> None:
        """Keep the entries, and with them the buttons beside the slider, in step with the timeline."""
        self._actions = actions
        self._bookmarks = Bookmarks(actions.menu("time.bookmarks"), self._timeline)
        self._timeline.changed.connect(self._follow)
        self._timeline.film.changed.connect(self._follow_film)
        self._controls.stateChanged.connect(lambda _: self._follow())
        self._follow()
        self._follow_film()

    def _follow(self) -> None:
        usable = self._usable()
        for name in REASONS:
            action, tip = self._actions[name], ""
            if name == "run.train_on" and (interruption := self._timeline.interruption):
                tip = f"{interruption}. {action.statusTip()}"
            enable_entry(action, "" if usable[name] else self._why_not(name), tip)

    def _why_not(self, name: str) -> str:
        if self._timeline.run is None:
            return tr(NO_RUN)
        if name in ("run.train_on", "run.split") and self._timeline.moment is not None:
            return self._controls.why_not
        return tr(REASONS[name], count=name.rpartition(".")[2])

    def _usable(self) -> dict[str, bool]:
        timeline, run = self._timeline, self._timeline.run
        if run is None:
            return dict.fromkeys(REASONS, False)
        here, past, has_moment = timeline.position, not timeline.is_live, timeline.moment is not None
        is_later = bool(run.steps) and here > run.steps[0]
        can_train = has_moment and self._controls.state != "starting"
        return {
            "time.previous": is_later,
            "time.next": past,
            "time.first": is_later,
            "time.live": past,
            "time.play": len(run.steps) > 1,
            "file.film": len(run.steps) > 1,
            "time.bookmark": has_moment,
            **{f"time.average.{count}": len(timeline.latest(count)) == count for count in AVERAGES},
            "time.previous_bookmark": run.bookmark_beside(here, forwards=False) is not None,
            "time.next_bookmark": run.bookmark_beside(here, forwards=True) is not None,
            "run.repeat": True,
            "run.train_on": can_train,
            "run.split": can_train,
        }

    def _follow_film(self) -> None:
        film, action = self._timeline.film, self._actions["time.play"]
        text, sign = HOLD if film.playing else PLAY
        action.setProperty("icon name", sign)
        action.setIcon(icon(sign))
        action.setText(tr(text))
        self._actions[f"time.speed.{film.speed}"].setChecked(True)


class Bookmarks:
    """Lists the named snapshots of the run below the entries of a menu, when it opens."""

    def __init__(self, menu: QMenu, timeline: Timeline) -> None:
        self._menu, self._others, self._timeline = menu, menu.actions(), timeline
        menu.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """List the named snapshots with their epochs."""
        self._menu.clear()
        self._menu.addActions(self._others)
        if (run := self._timeline.run) is None:
            return
        self._menu.addSeparator()
        for number, step in enumerate(sorted(run.bookmarks), 1):
            key = f"&{number}  " if number < 10 else ""
            add_entry(
                self._menu,
                f"action.time.bookmarks.{number}",
                f"{key}{entry(run.bookmarks[step])}\t{run.say_epoch(step)}",
                partial(self._timeline.go, step),
                tip=tr("Look at the snapshot after {step:,} steps.", step=step),
            )
