"""The Ideal images tab: images that the network would like to see most, as they grow and follow every change."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtGui import QHideEvent, QShowEvent

from engine.analysis.ideal.job import IdealImages, save_ideal
from engine.analysis.ideal.spec import IdealSpec
from engine.core.knobs import Value
from engine.core.language import mark, tr
from engine.core.lens import Neuron
from engine.core.messages import JobFailed
from engine.model.training.messages import EpochDone
from engine.session.jobs.data import EngineReady
from engine.session.jobs.files import SessionOpened
from gui.look.fonts import column
from gui.look.layout import PAGE, hbox, stack
from gui.state.training.runs import RunsChanged
from gui.tabs.ideal.one_ideal_image import JudgementPanel, OneIdealImage
from gui.tabs.ideal.painting import Painting
from gui.tabs.ideal.panel import IdealPanel, RealAverages
from gui.tabs.ideal.settings import WIDTH, IdealSettings
from gui.tabs.ideal.words import captions, ends, tip
from gui.widgets.forms.knob_form import FormHistory
from gui.widgets.reflow import UP, Reflow, Turn
from gui.widgets.tab import Tab
from gui.widgets.veil import Subject

# Shortest interval between pictures of growing images; what a person changes is painted at once.
PICTURE_MS = 36
LENS_MS = 40  # shortest interval in ms between two lenses that the images follow

# While the network trains they follow it no more often than this, and by few steps: they share the cores with it.
EPOCH_MS, EPOCH_STEPS = 400, 40

SETTLE_MS = 300  # a seed counts once nobody has typed for this long
LIVE = frozenset({"weight", "learning_rate", "shift", "steps"})
# Settings that the job takes as they are, and those that let the images begin from their start; with others they go on.
ANEW = frozenset({"objective", "start", "seed"})

NO_NEURONS = mark("This network has no hidden neurons. Choose another objective.")
RAN_AWAY = mark("The pixels ran away and are no numbers any more. Choose a smaller step size, then reset.")


class IdealTab(Tab):
    """Shows one painting. It rests while the tab is hidden; shown again, it follows what has changed."""

    TITLE, PLACE, ORDER, SHORTCUT = mark("Ideal images"), mark("Inside"), 60, "Ctrl+4"  # no text
    PLAIN = True
    FOCUS = ("ideal.board",)
    LEAST_HEIGHT = 456
    HELP = mark("Paint the images that the network would like to see most, and see what a penalty makes of them.")
    RUNS = True

    def __init__(self, *models: Any) -> None:
        super().__init__(*models)
        self.painting = Painting(self.bridge, self)
        self.settings, self.panel, self.judgement = IdealSettings(), IdealPanel(), JudgementPanel()
        self.board = self.panel.board
        self._runs = self.bridge.runs
        self._asked: tuple[IdealSpec, tuple[Neuron, ...]] | None = None  # what is being painted
        self._run_asked = ""  # the run that it is painted for
        self._of = self._subject()  # the network that it is painted for
        self._refusal = ""  # why nothing can be painted for the selected network
        self._painted_spec: IdealSpec | None = None
        self._lens = self.query(self._follow, every_ms=LENS_MS)
        self._epochs = self.query(self._follow_epoch, every_ms=EPOCH_MS)
        self._picture_timer = self.clock.timer(self, self._paint_late)
        self._settle_timer = self.clock.timer(self, self._begin)
        self._left = stack(self.settings, self.judgement)
        column(self._left, WIDTH)
        columns = hbox(self._left, (self.panel, 1), gap="medium", edges=PAGE, on=self)
        self.reflow = Reflow(Turn(columns, UP, (0, 1)), sides=[self._left])
        self.averages = RealAverages(self, self.painting, self.panel)
        self.one = OneIdealImage(self, self.painting, self.panel, self._left, self.judgement)
        FormHistory(self.settings.form, self.history, put_many=self._put_settings)
        self.painting.painted.connect(self._show_images)
        self.painting.stateChanged.connect(self._show_painting_state)
        self.controls.stateChanged.connect(self._show_controls)
        self._runs.changed.connect(self._show_runs)
        self.selection.changed.connect(self._show_selection)
        self.settings.edited.connect(self._take_edit)
        self.settings.presetPicked.connect(self._take_preset)
        self.settings.run.clicked.connect(self._run)
        self.settings.step.clicked.connect(self._step)
        self.settings.reset.clicked.connect(lambda: self._begin(rest=self.painting.state != "running"))
        self.panel.range.changed.connect(self._begin)
        self.panel.saveWanted.connect(self._save)
        self.offer_network(self.panel.empty.offer)
        self.bridge.listen(JobFailed, lambda message: self._refuse(message.sentence), self.painting.job)
        self.bridge.listen(EngineReady, lambda _: self._lens.refresh())
        self.bridge.listen(SessionOpened, lambda _: self._forget())
        self.bridge.listen(SessionOpened, lambda _: self._lens.refresh())
        self.bridge.listen(EpochDone, self._show_epoch)
        self._show_network()

    @property
    def is_settled(self) -> bool:
        """Whether the images are complete for the selected lens; a painting that rests answers no query for a while."""
        is_due = any(query.is_due for query in (self._lens, self._epochs))
        return self.painting.state != "running" and not is_due

    def _refuse(self, sentence: str) -> None:
        self._refusal = sentence
        self._forget()
        self._show_state()

    def _show_images(self, message: IdealImages) -> None:
        if self._refusal:
            self._refusal = ""
            self._show_state()
        self.veils.show(self.board, self._of, self._subject)
        is_other = message.number == 0 or message.spec != self._painted_spec
        waited_for = is_other or self.painting.state != "running"
        if waited_for:
            self._lens.answered()
            self._epochs.answered()
        if waited_for or not self._picture_timer.isActive():
            self._paint()

    def _paint(self) -> None:
        message, request = self.painting.latest, self._asked
        if message is None or request is None or not self.isVisible():
            return
        self._picture_timer.start(PICTURE_MS)
        self._painted_spec = spec = message.spec
        signed = spec.pixels == "free"
        self.board.show_images(message.images, captions(message), signed=signed, tip=partial(tip, message))
        self.averages.show()
        self.panel.strip.set_words(*ends(self.board.most if signed else 1.0, signed=signed), signed=signed)
        self.panel.show_mean_scale(self.board.insets is not None and signed)
        self.settings.show_earlier(self.painting.earlier)
        total = max(message.number, request[0].steps)
        self.settings.show_progress(message.number, total, message.steps_per_second)
        if not np.isfinite(message.losses).all():
            self.settings.say(tr(RAN_AWAY), bad=True)
        self.one.choose_again()
        if self.painting.state != "running":
            self._show_state()

    def _show_runs(self, changes: RunsChanged) -> None:
        """Begin, or offer neurons, once the first moment of the selected run is there."""
        lens = self.selection.lens
        if lens is None or lens.run not in changes.appeared:
            return
        self._show_network()
        if self.painting.state == "none" or lens.run != self._run_asked:
            self._lens.refresh()

    def _show_epoch(self, message: EpochDone) -> None:
        if self.is_live(message.run):
            (self._epochs if self.isVisible() else self._lens).refresh()

    def _show_controls(self, state: str) -> None:
        if state == "idle":
            self._lens.refresh()  # the weights at the end of a training
        self._show_state()

    def _show_state(self) -> None:
        ready, network = self.controls.state != "starting", self.selection.lens is not None
        self.settings.show_state(self.painting.state, self.painting.steps, ready=ready, network=network)
        self.panel.show_empty(not network, self._refusal if network else "")

    def _show_painting_state(self) -> None:
        self._show_state()
        if self.painting.state in ("over", "resting"):
            self._paint()
            self.one.judge_again()
        if self.painting.state == "over":
            message, request = self.painting.latest, self._asked
            is_whole = message is not None and message.is_last and message.number == self.painting.number
            # Changes that came with the last steps were too late for the job.
            if message and request and is_whole and request[0].but(steps=message.spec.steps) != message.spec:
                self._go_on()

    def _subject(self) -> Subject:
        """Return the subject of what is painted now: a network, and no data."""
        return self.subject(reads_data=False)

    def _follow(self) -> int | None:
        """Let the images follow the present lens, or begin; return the job."""
        lens, spec, neurons = self.selection.lens, self.settings.spec(), self._neurons()
        if lens is None or spec is None or neurons is None or self.controls.state == "starting":
            return None
        if self._runs.is_unborn(lens):
            return None  # its first moment is to come
        if self.painting.state == "none" or self._asked is None:
            self._begin()
        else:
            self._go_on(at_once=True)
        return self.painting.job()

    def _follow_epoch(self) -> int | None:
        """Take a few steps under the weights of the newest epoch."""
        if self.painting.state == "none":
            self._lens.refresh()
            return None
        self._go_on(EPOCH_STEPS, at_once=True)
        return self.painting.job()

    def _begin(self, *, rest: bool = False, keep_choice: bool = False) -> None:
        """Paint from the start, if there is anything to paint for; `keep_choice` keeps the chosen image."""
        lens, spec, neurons = self.selection.lens, self.settings.spec(), self._neurons()
        if lens is None or spec is None or neurons is None or self.controls.state == "starting":
            return
        self._settle_timer.stop()
        self._asked, self._run_asked = (spec, neurons), lens.run
        self._of = self._subject()
        if not keep_choice:
            self.one.choose(None)
        self.painting.begin(lens, spec, neurons, rest=rest)
        self.settings.show_earlier(0)

    def _go_on(self, steps: int | None = None, *, at_once: bool = False) -> None:
        """Paint on from the present images; a painting that rests still does, under the new lens.

        Another run's images begin at the start: the former run's would satisfy the new one, or nearly, and stay as they
        are. `steps` is the least number to take, in place of the settings' number.
        """
        lens, spec, neurons = self.selection.lens, self.settings.spec(), self._neurons()
        if lens is None or spec is None or neurons is None:
            return
        rest = self.painting.rests
        if lens.run != self._run_asked:
            self._begin(rest=rest, keep_choice=True)
            return
        if steps is not None:
            left = spec.steps - self.painting.number if self.painting.state == "running" else 0
            spec = spec.but(steps=max(steps, left))
        self._asked, self._of = (spec, neurons), self._subject()
        self.painting.go_on(lens, spec, neurons, rest=rest, at_once=at_once)
        if not at_once:
            self.bridge.hurry()

    def _neurons(self) -> tuple[Neuron, ...] | None:
        """Return the neurons that images are painted for: none for classes; `None` where the network has none."""
        if self.settings.form.fields["objective"].value() != "neuron":
            return ()
        return self.panel.range.neurons() or None

    def _show_network(self) -> None:
        lens = self.selection.lens
        is_known = self._runs.is_known(lens)
        if is_known:
            self.panel.range.set_widths([layer.width for layer in self._runs.hidden(lens)])
        if lens is None:
            self._forget()
        no_neurons = is_known and self._neurons() is None
        self.settings.say(tr(NO_NEURONS), bad=True) if no_neurons else self.settings.refresh()
        self._show_state()

    def _forget(self) -> None:
        """End the painting: its network is gone."""
        self._lens.drop()
        self._epochs.drop()
        self.painting.drop()
        self.one.close_judgement()

    def _show_selection(self, changed: frozenset[str]) -> None:
        if "lens" in changed:
            self._show_network()
            content = self._runs.content(self.selection.lens)
            if content is None or content != self._of.content or self.painting.state == "none":
                self._lens.refresh()  # another name of the same network changes no image
        if "neuron" in changed:
            neuron = self.selection.neuron
            if neuron is not None and self.panel.range.show_neuron(neuron) and self._neurons():
                self._begin()
            self.one.mark()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin when first shown; later go on where the painting rested because the tab was hidden."""
        super().showEvent(event)
        if self.painting.state == "none":
            self._lens.refresh()
        self.painting.release()
        self._paint()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.painting.hold()

    def _run(self) -> None:
        if self._settle_timer.isActive():
            self._begin()
        elif self.painting.state == "running":
            self.painting.pause()
        elif self.painting.state == "resting":
            self.painting.grow()
        else:
            self._begin()

    def _step(self) -> None:
        lens, spec, neurons = self.selection.lens, self.settings.spec(), self._neurons()
        if lens is None or spec is None or neurons is None:
            return
        if self.painting.state == "over" and self.painting.latest is not None:
            self._asked = spec, neurons
            self.painting.step_on(lens, spec, neurons)
        elif self.painting.job() is not None:
            self.painting.step()
        else:
            self._begin(rest=True)

    def _take_edit(self, name: str) -> None:
        spec, state = self.settings.spec(), self.painting.state
        if name == "objective":
            self._show_objective()
        if spec is None or self._asked is None:
            return
        if name in ANEW:
            self._settle_timer.start(SETTLE_MS if name == "seed" else 0)
        elif name in LIVE and state in ("running", "resting"):
            self._asked = spec, self._asked[1]
            self.painting.change_live({name: getattr(spec, name)})
            self.bridge.hurry()
        elif name != "steps":
            self._go_on()

    def _put_settings(self, values: Mapping[str, Value]) -> None:
        self.settings.set_values(values)
        self._take_preset()

    def _show_objective(self) -> None:
        neurons = self.settings.form.fields["objective"].value() == "neuron"
        self.panel.show_objective(neurons=neurons)
        if neurons and self.selection.neuron is not None:
            self.panel.range.show_neuron(self.selection.neuron)
        self._show_network()

    def _take_preset(self) -> None:
        self._show_objective()
        self._begin()

    def _save(self, path: Path) -> None:
        if self.painting.latest is not None:
            self.bridge.submit(save_ideal, self.painting.latest, path)

    @property
    def shows_act(self) -> bool:
        return super().shows_act and self.painting.state == "over"

    def code_settings(self) -> dict[str, Any]:
        spec, neurons = self.settings.spec(), self._neurons() or ()
        layer = {"layer": neurons[0].layer + 1} if neurons else {}
        return (spec.as_dict() if spec else {}) | layer | {"neurons": [neuron.number for neuron in neurons]}

    def _paint_late(self) -> None:
        """Show images that came after the last picture."""
        message = self.painting.latest
        if message is not None and message.images is not self.board.images:
            self._paint()
