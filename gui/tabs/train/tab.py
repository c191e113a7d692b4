"""The Train tab: settings and the list of runs at the left; loss, progress and health of a run at the right."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QSizePolicy

from engine.analysis.probes.weight_histograms import WeightHistograms, weight_histograms
from engine.core.language import mark, tr
from engine.core.lens import Lens
from engine.core.specs import TrainSpec
from engine.model.training.courses import changed_on_the_way, say_not_repeated
from engine.model.training.health import treatment
from engine.model.training.messages import DeviceFull, Diagnosis, EpochDone, RunFinished, RunStarted, StepsDone
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened
from engine.session.jobs.runs import export_figures, export_history, pin_runs
from gui.look.layout import PAGE, hbox, vbox
from gui.state.link.clock import one_shot
from gui.state.link.query import Request
from gui.state.notices import tell
from gui.state.training.runs import Group, Run, RunsChanged, trains_alike
from gui.tabs.train.curves import Curves, GroupCurves, extent_of, live_marks
from gui.tabs.train.health_panel import HealthPanel
from gui.tabs.train.loss_panel import LossPanel
from gui.tabs.train.progress_panel import ProgressPanel
from gui.tabs.train.run_list import RunEdits
from gui.tabs.train.run_row import RunState, group_key, run_rows
from gui.tabs.train.settings_panel import SettingsPanel
from gui.widgets.forms.knob_form import FormHistory
from gui.widgets.reflow import DOWN, UP, Reflow, Turn
from gui.widgets.tab import Tab

MOST_PINNED = 6  # more than these runs and groups behind the current one could not be told apart

# An opened group of more runs stays a band: its lines could not be told apart, and each costs a millisecond to draw.
MOST_SINGLE = 40

# Beyond this many seconds to show all runs, those that a sweep gathers are shown seldom enough to take this share of
# the window's time.
SLOW, SHOWING_SHARE = 0.1, 0.2

# An epoch can be shorter than the answer to a question, and nobody sees histograms change more often than this.
WEIGHTS_MS = 1000

# A click that leads further away than this, in epochs, is explained; the topic of that notice.
NEAR_EPOCHS, NEAREST = 0.5, "nearest snapshot"  # no text
SAME_AGAIN = "same run again"  # no text

REFUSED = "settings of the next run"  # no text
NOTHING_STARTED = mark("So no run was started.")


class TrainTab(Tab):
    """Watches every run, shows the one that is looked at, and offers the settings of the next one."""

    TITLE, PLACE, ORDER, SHORTCUT = mark("Train"), "Train", 20, "Ctrl+2"  # no text
    PLAIN = True
    FOCUS = ("train.loss.plot",)
    LEAST_HEIGHT = 456
    HELP = mark("Choose a network and how it learns, press Start, and watch its loss and accuracy.")

    def __init__(self, *models: Any) -> None:
        super().__init__(*models)
        self.settings, self.loss = SettingsPanel(), LossPanel()
        self.progress, self.health = ProgressPanel(), HealthPanel()
        self._runs = self.bridge.runs
        # The runs that are drawn, by name. A session of 300 opens in 0.1 s instead of 0.5, as the others have no
        # curves.
        self._curves: dict[str, Curves] = {}
        self._bands: dict[str, GroupCurves] = {}  # those of the groups that are drawn as bands, by name
        self._folds: dict[str, bool] = {}  # whether a person has folded or opened a group, by its name
        # The run that health, figures and plots show: the one that is looked at.
        self._shown: Run | None = None
        # Why the newest run broke off, where the device has too little memory for it.
        self._full: DeviceFull | None = None
        self._newest: Run | None = None  # the run that was started last: the one that trains, while any does
        # Names of pinned runs that the engine was asked to unpin.
        self._unpinned: frozenset[str] = frozenset()
        self._refused = False  # whether the notice line says that a run was not started
        self._said_same = False  # whether it says that a run comes out as an earlier one
        self._said_nearest = False  # whether it says that a click led to another moment
        self._hidden: frozenset[str] = frozenset()  # keys of what the legend hides for now: runs and groups
        panel = self.settings
        FormHistory(panel.form, self.history, put_edit=panel.edit_values, put_many=panel.set_values)
        self._edits = RunEdits(self.bridge, self.history)
        # Delays the showing of runs that come by the hundred; the seconds that the last showing took.
        self._later, self._spent = one_shot(self, self._show_runs), 0.0

        self._weights = self.query(self._ask_weights, live_ms=WEIGHTS_MS)
        # What nobody sees while the tab is hidden; they ask the engine nothing.
        self._listing = self.query(self._list_runs, every_ms=0)
        self._saying = self.query(self._say_what_trains, every_ms=0)
        # A box takes the hint of a part as its least height where another part beside it has a height for its width.
        self.progress.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        foot = hbox((self.progress, 58), (self.health, 42), gap="medium")
        plots = vbox((self.loss, 1), (foot, 1), gap="medium")
        columns = hbox(self.settings, (plots, 1), gap="medium", edges=PAGE, on=self)
        turns = Turn(columns, UP, (1, 3)), Turn(plots, DOWN, (1, 2)), Turn(foot, DOWN, (1, 1))
        self.reflow = Reflow(*turns, sides=[self.settings])
        self._connect()
        self.listen(DatasetOpened, self._show_dataset)
        self.listen(RunStarted, self._show_start)
        self.listen(SessionOpened, self._forget)
        self.listen(StepsDone, self._show_steps)
        self.listen(EpochDone, self._show_epoch)
        self.listen(Diagnosis, lambda message: self._show_health() if self._is_shown(message.run) else None)
        self.listen(DeviceFull, self._show_device_full)
        self.listen(RunFinished, self._show_finished)
        self._weights.listen(WeightHistograms, self._show_weights)
        self._show_state(self.controls.state)
        self._show_runs()

    def spec(self) -> TrainSpec | None:
        """Return the settings of the next run; where one is wrong, show it and return `None`."""
        return self.settings.spec()

    def _show_dataset(self, message: DatasetOpened) -> None:
        self.settings.set_data(message)
        self._tell_planned()

    def _show_start(self, message: RunStarted) -> None:
        self._full = None
        self._show_state(self.controls.state)
        self._say_same(message)

    def _say_same(self, started: RunStarted) -> None:
        """Say so where a person starts what has been trained already, of twins and experiments knowingly."""
        run = self._runs[started.run]
        others = () if started.group or run.member else self._runs.by_age()
        same = next((other for other in others if other is not run and trains_alike(run, other)), None)
        sentence = ""
        if same:
            sentence = tr(
                "Same settings and seed as run {run}, so the same network will come of it.", run=same.look.label
            )
        if same or self._said_same:
            self.bridge.submit(tell, sentence, "", SAME_AGAIN)
        self._said_same = same is not None

    def _show_steps(self, message: StepsDone) -> None:
        if message.run in self._curves:
            self.loss.show_steps()
            if message.changes:
                self._show_marks()
                self._listing.refresh()
            self._show_cursor()

    def _show_epoch(self, message: EpochDone) -> None:
        if message.run not in self._runs:
            return
        if curves := self._curves.get(message.run):
            curves.follow()
        if (group := self._runs.group_of(self._runs[message.run])) and group.name in self._bands:
            self.bridge.afterwards(self._show_runs)
        self._listing.refresh()
        self._refresh()
        if self._is_shown(message.run) and self._looked_at() is None:
            self.health.show_epoch(message)
            self._weights.follow()

    def _show_device_full(self, message: DeviceFull) -> None:
        self._full = message
        self.health.show_device_full(message)

    def _show_finished(self, message: RunFinished) -> None:
        if message.run in self._runs:
            self._show_end()  # one that was taught may end early
            self._refresh()

    def _show_weights(self, message: WeightHistograms) -> None:
        if self._is_shown(message.run):
            self.health.layers.show_weights(message.layers)

    def _ask_weights(self) -> Request[...] | None:
        run = self._current
        return None if run is None else Request(weight_histograms, self._lens(run))

    def _refresh(self) -> None:
        self.loss.refresh()
        self.progress.refresh()
        self._show_cursor()

    @property
    def _current(self) -> Run | None:
        return self._runs.seen(self.selection.lens)

    def _is_shown(self, run: str) -> bool:
        return self._shown is not None and self._shown.name == run

    def _take_runs(self, changes: RunsChanged) -> None:
        if not changes.listed:
            return
        pinned = {run.name for run in self._runs.pinned()}
        self._hidden -= changes.looks - pinned
        self._hidden -= {group_key(name) for name, group in self._runs.groups().items() if not group.pinned}
        self._unpinned = (self._unpinned & pinned) - changes.added
        if changes.added or changes.removed:
            self._newest = self._runs.newest()
        new = changes.added | changes.looks
        self._limit_pins(new if len(new) == 1 else frozenset())
        # Runs of groups come by themselves, by the hundred, and nobody waits for one of them.
        are_gathered = all(self._runs.group_of(self._runs.get(name)) for name in changes.added)
        if changes.listed == changes.added and self._spent > SLOW and are_gathered:
            if not self._later.isActive():
                self._later.start(round(1000 * self._spent / SHOWING_SHARE))
            return
        self.bridge.afterwards(self._show_runs)
        self._saying.refresh()

    def _forget(self, _: SessionOpened) -> None:
        self._hidden, self._full = frozenset(), None

    def _limit_pins(self, spared: frozenset[str]) -> None:
        """Unpin the oldest runs and groups where too many are pinned, but not what has just come."""
        pinned = self._pinned()
        can_go = [names for names in pinned.values() if not spared.intersection(names)]
        if oldest := [name for names in can_go[: max(0, len(pinned) - MOST_PINNED)] for name in names]:
            self._unpinned |= frozenset(oldest)
            self.bridge.submit(pin_runs, oldest, False)

    def _pinned(self) -> dict[str, list[str]]:
        """Return the pinned runs' names by run or group, the oldest first, without those the engine is to unpin."""
        pinned: dict[str, list[str]] = {}
        for run in self._runs.pinned():
            if run.name not in self._unpinned:
                group = self._runs.group_of(run)
                pinned.setdefault(group_key(group.name) if group else run.name, []).append(run.name)
        return pinned

    def _backdrops(self) -> list[Curves | GroupCurves]:
        """Return what is drawn behind the current run, the oldest first: runs, and groups as bands or run by run."""
        drawn: list[Curves | GroupCurves] = []
        bands: dict[str, GroupCurves] = {}
        for names in self._pinned().values():
            group = self._runs.group_of(self._runs[names[0]])
            if group and not (self._is_open(group) and len(names) <= MOST_SINGLE):
                known = self._bands.get(group.name)
                is_same = known is not None and known.extent == extent_of(group)
                bands[group.name] = known if known and is_same else GroupCurves(group)
                drawn.append(bands[group.name])
                continue
            for name in names:
                if not self._is_shown(name):
                    curves = self._curves_of(self._runs[name])
                    curves.group, curves.is_marked = group, len(names) <= MOST_PINNED
                    drawn.append(curves)
        self._bands = bands
        return drawn

    def _fold(self, group: str, folded: bool) -> None:
        self._folds[group] = folded
        self._show_runs()

    def _is_open(self, group: Group) -> bool:
        """Whether a group's runs are listed and drawn one by one; two, such as twins, are, to be compared."""
        return not self._folds.get(group.name, len(group.runs) > 2)

    def _show_runs(self) -> None:
        begin = time.perf_counter()
        self._later.stop()
        if self._current is not self._shown:
            self._shown = run = self._current
            self.health.begin(len(run.spec.hidden) + 1 if run else None, run.test_images if run else None)
            self._weights.refresh()
            self._show_stepping()
        behind = self._backdrops()
        current = self._curves_of(self._shown) if self._shown else None
        self._curves = {c.run.name: c for c in (*behind, current) if isinstance(c, Curves)}
        for curves in (self.loss.curves, self.progress.curves):
            curves.hide_units(self._hidden)
        self.loss.show_runs(current, behind, self._hidden)
        self.progress.show_runs(current, behind)
        self._list_runs()
        self._show_end(behind)
        self._show_marks()
        self._show_moment()
        self._spent = time.perf_counter() - begin

    def _curves_of(self, run: Run) -> Curves:
        curves = self._curves.get(run.name)
        return curves if curves and curves.run is run else Curves(run)

    def _list_runs(self) -> None:
        state: RunState = "paused" if self.controls.state == "paused" else "training"
        states = {run.name: state for run in self._runs if self._trains(run)}
        groups = self._runs.groups()
        self.settings.show_runs(
            run_rows(
                self._runs.by_age(),
                self._shown.name if self._shown else "",
                states,
                self._unpinned,
                groups,
                [group.name for group in groups.values() if self._is_open(group)],
            ),
            len(self._runs),
        )

    def _is_busy(self) -> bool:
        return self.controls.state in ("running", "paused")

    def _trains(self, run: Run | None) -> bool:
        """Whether that run is being trained: one of two that do, or else the newest."""
        if run is None or not self._is_busy():
            return False
        return run.name in self.controls.twins if self.controls.twins else run is self._newest

    def _say_refusal(self) -> None:
        """Say in the notice line why no run was started, and go to the field that is wrong."""
        self._refused = True
        self.settings.go_to_error()
        self.bridge.submit(tell, self.settings.form.error(), tr(NOTHING_STARTED), REFUSED)

    def _take_back_refusal(self) -> None:
        if self._refused and not self.settings.form.error():
            self._refused = False
            self.bridge.submit(tell, "", "", REFUSED)

    def _go_to(self, epoch: float) -> None:
        """Look at the current run at `epoch`; beyond its end, at its newest weights."""
        if run := self._current:
            step = round(epoch * run.steps_per_epoch) if epoch <= run.position else None
            self.selection.change(lens=self._lens(run).at(step))
            self._say_nearest(epoch)

    def _say_nearest(self, epoch: float) -> None:
        """Say so where the nearest kept moment is further from `epoch` than the eye allows for."""
        near = self._looked_at()
        is_far = near is not None and abs(near - epoch) > NEAR_EPOCHS
        sentence = ""
        if is_far:
            sentence = tr(
                "No snapshot is kept at epoch {epoch:.1f}; the nearest one is at epoch {near:.1f}.",
                epoch=epoch,
                near=near,
            )
        if is_far or self._said_nearest:
            self.bridge.submit(tell, sentence, "", NEAREST)
        self._said_nearest = is_far

    def _change_live(self, changes: dict[str, float]) -> None:
        if self._newest and self._is_busy() and not self.controls.twins:  # of two the engine says which takes it
            self._runs.note_live(self._newest.name, changes)
        self.controls.change_live(changes)

    def _apply_remedy(self, diagnosis: Diagnosis) -> None:
        is_new = diagnosis.restart or diagnosis.resume is not None
        if not is_new and self._trains(self._current):
            self.settings.set_values(diagnosis.changes)
            self._change_live({name: float(value) for name, value in diagnosis.changes.items()})
        elif self._current:
            # From the settings that failed, not from those that are being prepared for the next run.
            spec, parent = treatment(diagnosis, self._current.spec.but(**self._current.live))
            self.settings.set_spec(spec)
            self.controls.start(spec, parent)

    def _go_on_on_cpu(self) -> None:
        if self._full:
            self.controls.start(self._full.spec, self._full.parent, "cpu")

    def _start_with_smaller_batch(self) -> None:
        if self._full:
            spec = self._full.spec.but(batch=self._full.smaller_batch)
            self.settings.set_spec(spec)
            self.controls.start(spec)

    def _rename(self, name: str, title: str) -> None:
        """Take a title, unless the run went with its session while it was typed."""
        if run := self._runs.get(name):
            self._edits.rename(run, title, self._runs)

    def _named(self, key: str) -> Run | Group:
        groups = {group_key(name): group for name, group in self._runs.groups().items()}
        return groups[key] if key in groups else self._runs[key]

    def _export(self, key: str, path: Path) -> None:
        of = self._named(key)
        if isinstance(of, Group):
            self.bridge.submit(export_figures, of.names, path)
        else:
            self.bridge.submit(export_history, of.name, path)

    def _duplicate(self, run: str) -> None:
        known = self._runs[run]
        self.settings.set_spec(known.spec)
        self.settings.pages.choose("settings")
        self.bridge.submit(tell, say_not_repeated(run, known), topic="copied settings")  # no text

    def _switch_run(self, run: str, shown: bool) -> None:
        self._hidden = self._hidden - {run} if shown else self._hidden | {run}
        for curves in (self.loss.curves, self.progress.curves):
            curves.hide_units(self._hidden)

    def _unpin(self, units: list[str]) -> None:
        """Unpin what the legend has switches for: runs and groups."""
        pinned = self._pinned()
        self._edits.unpin([self._runs[run] for unit in units for run in pinned.get(unit, ())])

    def _tell_planned(self) -> None:
        self.controls.planned.take(self.settings.form.spec())

    def _show_end(self, behind: Sequence[Curves | GroupCurves] | None = None) -> None:
        """Let the plots reach as far as the longest run, or the one that is being prepared, will go."""
        ends = [curves.end for curves in (self._backdrops() if behind is None else behind)]
        if self._current:
            ends.append(self._current.spec.epochs)
        if not ends and (spec := self.settings.form.spec()):
            ends.append(spec.epochs)
        if ends:
            self.loss.plot.set_end(max(ends))
            self.progress.set_end(max(ends))

    def _show_marks(self) -> None:
        """Mark where live settings of the shown run were changed."""
        run = self._shown
        marks = live_marks(self._runs.live_changes(run), run.steps_per_epoch) if run else []
        for plot in (self.loss.plot, *self.progress.plots):
            plot.set_marks(marks)

    @property
    def shows_act(self) -> bool:
        """Whether it has a section in the notebook: no, the runs themselves say what was trained."""
        return False

    def code_settings(self) -> dict[str, Any]:
        spec = self.settings.form.spec()
        return {"spec": spec} if spec else {}

    def _show_state(self, state: str) -> None:
        self._saying.refresh()
        self._listing.refresh()
        self.loss.show_start(self.controls.why_not)
        self._show_cursor()

    def _show_stepping(self) -> None:
        """Show each step where the current run trains step by step and is looked at as it is now."""
        is_newest = self._shown is not None and self._shown is self._newest
        is_seen = (is_newest or self._trains(self._shown)) and self._looked_at() is None
        self.loss.set_stepping(self.controls.is_stepping and is_seen)

    def _say_what_trains(self) -> None:
        run = self._newest
        spec = run.spec if run and self._is_busy() else None
        if looked := self._runs.seen(self.selection.lens):
            self.settings.set_looked(looked.look.label, looked.spec, changed_on_the_way(looked))
        else:
            self.settings.set_looked("", None)
        self.settings.set_running(run.look.label if run else "", spec, self.controls.twins)

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed:
            self._show_stepping()
            self._saying.refresh()
            if self._current is self._shown:
                self._show_moment()
            else:
                self.bridge.afterwards(self._show_runs)
            self._weights.refresh()

    def _show_moment(self) -> None:
        if self._shown:
            position = self._looked_at()
            self.loss.look_at(position)
            self.progress.look_at(position)
            self._show_health()
        self._show_cursor()

    def _show_health(self) -> None:
        curves = self._curves.get(self._shown.name) if self._shown else None
        if curves:
            position = self._looked_at()
            epoch = curves.epoch_at(position)
            self.health.show_epoch(epoch)
            if epoch is None and position is not None:
                self.health.show_early()
            elif self._full and curves.run is self._newest:
                self.health.show_device_full(self._full)
            elif curves.run.diagnosis:
                self.health.show_diagnosis(curves.run.diagnosis)

    def _show_cursor(self) -> None:
        """Mark the moment that is looked at: the lens' own, or the newest while the run trains."""
        position = self._looked_at()
        for plot in self.progress.plots:
            # While live these curves end at the newest epoch; a cursor there would only cost paintings.
            plot.set_cursor(position, at_once=True)
        if position is None and self._current and self._trains(self._current):
            self.loss.plot.set_cursor(self._current.position)
        else:
            self.loss.plot.set_cursor(position, at_once=True)

    def _looked_at(self) -> float | None:
        """Return the moment of the current run that is looked at, in epochs; `None` while live."""
        if self._current is None:
            return None
        moment = self._lens(self._current).moment
        return None if moment is None else moment / self._current.steps_per_epoch

    def _lens(self, run: Run) -> Lens:
        """Return the lens on `run`: what is looked at, if that is of this run."""
        lens = self.selection.lens
        return lens if lens and lens.run == run.name else Lens(run.name)

    def _connect(self) -> None:
        self.settings.liveChanged.connect(self._change_live)
        self.settings.dataWanted.connect(self.dataWanted)
        self.settings.specEdited.connect(lambda: self._show_end())
        self.settings.specEdited.connect(self._take_back_refusal)
        self.settings.specEdited.connect(self._tell_planned)
        self.controls.planned.edited.connect(self.settings.edit_values)
        self.controls.planned.wanted.connect(self.settings.go_to)
        self._tell_planned()
        self.progress.mistakes.clicked.connect(lambda: self.selection.tabWanted.emit("mistakes"))
        self.offer_network(self.loss.empty.offer)
        self.controls.refused.connect(self._say_refusal)
        self.controls.seedChosen.connect(lambda seed: self.settings.set_values({"seed": seed}))
        self.loss.unpinWanted.connect(self._unpin)
        self.loss.older.switched.connect(self._switch_run)
        self.health.remedyWanted.connect(self._apply_remedy)
        self.health.cpuWanted.connect(self._go_on_on_cpu)
        self.health.smallerBatchWanted.connect(self._start_with_smaller_batch)
        for plot in (self.loss.plot, *self.progress.plots):
            plot.placeClicked.connect(self._go_to)
        listed = self.settings.runs
        listed.picked.connect(lambda run: self.selection.change(lens=Lens(run)))
        listed.renamed.connect(self._rename)
        listed.colored.connect(lambda key, color: self._edits.color(self._named(key), color))
        listed.pinned.connect(lambda key, pinned: self._edits.pin(self._named(key), pinned))
        listed.deleted.connect(lambda key: self._edits.delete(self._named(key)))
        listed.exported.connect(self._export)
        listed.duplicated.connect(self._duplicate)
        listed.compared.connect(self.selection.compareWanted)
        listed.splitWanted.connect(self.selection.splitWanted)
        listed.repeated.connect(self.selection.repeatWanted)
        listed.folded.connect(self._fold)
        listed.tabled.connect(lambda group: self.selection.compareWanted.emit("runs", group))
        self.controls.set_spec_source(self.spec)
        self.controls.stateChanged.connect(self._show_state)
        self.controls.steppingChanged.connect(lambda _: self._show_stepping())
        self.selection.changed.connect(self._show_selection)
        self._runs.changed.connect(self._take_runs)
