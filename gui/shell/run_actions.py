"""The actions of the Run menu follow the state of the run: what they are called, and which of them can be used."""

from __future__ import annotations

from gui.look.icons import icon
from gui.shell.actions import Actions, with_keys
from gui.state.run_controls import RunControls

START = {
    "starting": ("&Start", "start"),
    "idle": ("&Start", "start"),
    "running": ("Pau&se", "pause"),
    "paused": ("Re&sume", "start"),
}
USABLE = {
    "run.start": ("idle", "running", "paused"),
    "run.step": ("idle", "running", "paused"),
    "run.epoch": ("idle", "running", "paused"),
    "run.stop": ("running", "paused"),
    "run.reset": ("idle", "running", "paused"),
}
NOTHING = "No run is going on."


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
            action.setToolTip(with_keys(action.statusTip(), action) if usable else reason)

    def _follow_pace(self) -> None:
        pace = self._controls.pace
        self._actions[f"run.pace.{pace:.0f}" if pace else "run.pace.full"].setChecked(True)
