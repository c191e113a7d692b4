"""What the entries of the Run menu do, which of them can be used now, and why not."""

from functools import partial

from engine.core.knobs import in_sentence, knobs
from engine.core.language import mark, tr, tr_context
from engine.core.specs import TrainSpec
from engine.data.download.catalogue import KNOWN
from engine.data.location import path_of
from engine.data.sources import SAMPLE
from gui.look.icons import icon
from gui.shell.menus.actions import Actions, enable_entry
from gui.shell.parts import Parts
from gui.state.notices import Offer

# Text and icon of the first entry, by the state of the training.
START = {
    "starting": (mark("&Start"), "start"),
    "idle": (mark("&Start"), "start"),
    "running": (mark("Pau&se"), "pause"),
    "paused": (mark("Re&sume"), "start"),
}

START_TIPS = {
    "idle": mark("Start a new run with the settings of the Train tab, from new weights."),
    "running": mark("Pause the run."),
    "paused": mark("Resume the run where it was paused."),
}

USABLE = {
    "run.start": ("idle", "running", "paused"),
    "run.step": ("idle", "running", "paused"),
    "run.epoch": ("idle", "running", "paused"),
    "run.stop": ("running", "paused"),
    "run.reset": ("idle", "running", "paused"),
}

NOTHING = mark("No run is going on.")
TWINS = "twins"  # topic of the offer to compare two runs that are trained in turns


class RunActions:
    """One method or attribute for each entry, by the last part of its name: `run.stop`.

    Whether `run.train_on`, *Repeat* and *Split* can be used depends on the snapshot, so `TimeActions` enables them.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        controls = self._controls = parts.controls
        self.start, self.step, self.epoch = controls.toggle, controls.step, controls.step_epoch
        self.stop, self.reset = controls.stop, controls.reset
        self.train_on = parts.timeline.train_on
        parts.selection.repeatWanted.connect(partial(parts.dialogs.show, "repeat"))
        parts.selection.splitWanted.connect(self._split)
        controls.twinsBegan.connect(self._offer_comparison)

    def use(self, actions: Actions) -> None:
        """Keep the entries, and with them the transport bar, in step with the training."""
        self._actions = actions
        self._controls.stateChanged.connect(self._follow)
        self._follow(self._controls.state)

    def _follow(self, state: str) -> None:
        start, (text, sign) = self._actions["run.start"], START[state]
        start.setProperty("icon name", sign)
        start.setIcon(icon(sign))
        start.setText(tr(text))
        reason = self._controls.why_not if state == "starting" else tr(NOTHING)
        for name, states in USABLE.items():
            tip = tr(START_TIPS.get(state, "")) if name == "run.start" else ""
            enable_entry(self._actions[name], "" if state in states else reason, tip)

    def look(self) -> None:
        """Open the menu of runs at the top right."""
        self._parts.facts.run.open()

    def repeat(self) -> None:
        """Show the sheet that trains the selected run again, with other seeds or settings."""
        if lens := self._parts.selection.lens:
            self._parts.dialogs.show("repeat", lens.run)

    def split(self) -> None:
        """Show the sheet that trains two runs which differ in one setting of the selected one."""
        if lens := self._parts.selection.lens:
            self._split(lens.run)

    def _split(self, name: str) -> None:
        from gui.shell.dialogs.split_sheet import SplitSheet  # late, as every dialog

        parts, run = self._parts, self._parts.bridge.runs.get(name)
        if run is None or not run.steps:
            return
        moment = parts.timeline.moment if parts.timeline.run is run else run.steps[-1]
        sheet = SplitSheet(parts.window, run, moment, parts.controls, parts.run_data)
        sheet.finished.connect(lambda _: parts.run_data.look_for(""))
        sheet.dataWanted.connect(self._open_data_of_run)
        sheet.otherRunWanted.connect(parts.facts.run.open)
        self._parts.dialogs.show_only(sheet)
        parts.run_data.look_for(name)  # last: a sheet that was open ends its search when it closes

    def _open_data_of_run(self, source: str) -> None:
        """Open the data that a run learned from, as its session names them; if it does not, open the menu of data."""
        if source in KNOWN:
            self._parts.opening.fetch(KNOWN[source])
        elif source and (source == SAMPLE or path_of(source).exists()):
            self._parts.opening.open(path_of(source), wanted=source)
        else:
            self._parts.facts.data.open()

    def _offer_comparison(self, one: str, twin: str) -> None:
        parts = self._parts
        if (tab := parts.window.tab) is not None and tab.TITLE == "Compare":
            return
        setting = next(iter(parts.bridge.runs[one].spec.differences(parts.bridge.runs[twin].spec)))
        title = in_sentence(knobs(TrainSpec)[setting].title)
        offer = Offer(
            tr_context("verb", "Compare"), partial(parts.selection.compareWanted.emit, "answers", one), lambda: None
        )
        parts.notices.tell("", topic=TWINS)
        words = tr("Runs {one} and {twin} differ in one setting: {setting}.", one=one, twin=twin, setting=title)
        parts.notices.offer(words, offer, TWINS)
