"""The Train tab by itself, with hands for engine and person, and what a run may suffer from."""

from PySide6.QtWidgets import QWidget
from training_messages import STEPS_PER_EPOCH, epoch, started, steps

from engine.analysis.probes.weight_histograms import weight_histograms
from engine.core.messages import JobEnded, JobStarted
from engine.core.specs import TrainSpec
from engine.model.training.messages import Diagnosis, MomentKept
from engine.model.training.run import Run
from engine.session.jobs.data import EngineReady
from engine.session.jobs.runs import color_runs, delete_runs, pin_runs, rename_run, restore_runs
from engine.session.session import Session
from gui.state.time.timeline import Timeline
from gui.state.training.run_controls import ask
from gui.tabs.train.tab import TrainTab
from tests.gui.worlds import TabWorld

RUN_JOBS = (rename_run, color_runs, pin_runs, delete_runs, restore_runs)


LOWER_RATE = {"learning_rate": 0.01}

HE_WEIGHTS = Diagnosis(
    run="A",
    ailment="dead neurons",
    sentence="60 of 300 neurons are dead: they no longer learn.",
    remedy="Try He weights",
    changes={"initial": "he"},
    restart=True,
)


class World(TabWorld):
    """A tab on the screen, and hands for engine and person."""

    def __init__(self, qtbot):
        super().__init__(qtbot, TrainTab, train=train)
        self.session, self.answered = Session(), 0
        self.say(EngineReady(device="CPU"))

    def make_tab(self, kind):
        self.timeline = Timeline(self.bridge, self.selection, self.controls)
        return super().make_tab(kind)

    def run(self, run="A", spec=None, epochs=3, *, pinned=False):
        """Start a run and let it send that many epochs; `pinned`: a person wants it to stay in the plots."""
        self.controls.start(spec or TrainSpec())
        self.let_begin()
        self.say(JobStarted(), job=self.controls.job())
        self.session.runs[run] = Run(name=run, spec=spec or TrainSpec(), steps_per_epoch=STEPS_PER_EPOCH)
        self.say(started(run, spec))
        if pinned:
            self.session.runs[run].pinned = True
            self.say(self.session.runs[run].changed())
        for number in range(1, epochs + 1):
            self.say(steps(1 + (number - 1) * STEPS_PER_EPOCH, STEPS_PER_EPOCH, run), epoch(number, run))
        self.draw()

    def let_begin(self):
        """Let the engine say that nothing speaks against a run that is to take another one's place."""
        if self.runner.submitted[-1][0] is ask:
            self.say(JobEnded(outcome="done"), job=len(self.runner.submitted))

    def answer(self):
        """Let a session do the jobs on runs that were submitted, and tell what it answers; return what they are."""
        done = []
        while self.answered < len(self.runner.submitted):  # an answer may lead to more jobs
            make, args, _ = self.runner.submitted[self.answered]
            self.answered += 1
            if make in RUN_JOBS:
                done.append((make.__name__, *args))
                self.say(*make(self.session, *args))
                self.say(JobEnded(outcome="done"), job=self.answered)
        return done

    def backdrops(self):
        return {key.partition(".")[0] for key, curve in self.tab.loss.plot.curves.items() if curve.tag}

    def listed(self):
        return [row.name for row in self.tab.settings.runs.view.rows.rows]

    def pinned(self):
        return {row.name for row in self.tab.settings.runs.view.rows.rows if row.pinned}

    def end(self):
        self.say(JobEnded(outcome="done"), job=self.controls.job())

    def keep(self, *steps, run="A"):
        self.say(*(MomentKept(run=run, step=step) for step in steps))

    def questions(self):
        return [args[0] for args in self.asked(weight_histograms)]

    def answer_question(self):
        """The engine tells no weights."""
        self.say(JobEnded(outcome="done"), job=self.job(weight_histograms))

    def figure(self, name):
        return self.tab.findChild(QWidget, name).text()

    def draw(self):
        self.tab.loss.plot.redraw()
        self.tab.progress.accuracy.redraw()

    def write(self, name, text):
        editor = self.tab.settings.form.fields[name].editor
        editor.setText(text)
        editor.textEdited.emit(text)

    def started_specs(self):
        return [args[0] for args in self.asked(train)]


def train(session, spec, parent=None, on="auto"):
    yield
