"""The actions of the Time menu: what they do, and which of them can be used at the moment that is looked at."""

from __future__ import annotations

from collections.abc import Callable

from gui.look.icons import icon
from gui.shell.actions import Actions, with_keys
from gui.state.film import SPEEDS
from gui.state.run_controls import RunControls
from gui.state.timeline import Timeline

NO_RUN = "There is no run yet."
NO_MOMENT = "No moment of this run is kept yet."
REASONS = {
    "time.previous": "This is the first moment of the run.",
    "time.next": "This is now.",
    "time.first": "This is the first moment of the run.",
    "time.live": "This is now; the view follows the run.",
    "time.play": "A film needs two moments at least.",
    "time.bookmark": NO_MOMENT,
    "time.previous_bookmark": "No earlier moment has a name.",
    "time.next_bookmark": "No later moment has a name.",
    "run.train_on": NO_MOMENT,
}
"""Why an action cannot be used although there is a run."""

PLAY, HOLD = ("Play the &film", "film"), ("Hold the &film", "pause")


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
        for name, reason in REASONS.items():
            action = self._actions[name]
            action.setEnabled(usable[name])
            why_not = reason if self._timeline.run else NO_RUN
            action.setToolTip(with_keys(action.statusTip(), action) if usable[name] else why_not)

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
            "time.bookmark": timeline.moment is not None,
            "time.previous_bookmark": run.bookmark_beside(here, forwards=False) is not None,
            "time.next_bookmark": run.bookmark_beside(here, forwards=True) is not None,
            "run.train_on": timeline.moment is not None and self._controls.state != "starting",
        }

    def _follow_film(self) -> None:
        film, action = self._timeline.film, self._actions["time.play"]
        text, name = HOLD if film.playing else PLAY
        action.setProperty("icon name", name)
        action.setIcon(icon(name))
        action.setText(text)
        self._actions[f"time.speed.{film.speed}"].setChecked(True)
