"""The Experiments tab: a list of questions, and the page of one of them."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt

from engine.core.language import mark, tr
from engine.core.lens import Lens
from engine.core.text import in_percent
from engine.data.formats.sample import SAMPLE_NAME, is_full_mnist
from engine.session.jobs.data import DatasetOpened
from engine.session.jobs.files import SessionOpened
from engine.studies.experiments.parts.experiment import WORDS, Experiment, ExperimentsFound, find_experiments
from engine.studies.experiments.parts.kept import results_in
from gui.look.fonts import keep, scaled, set_font, sized
from gui.look.layout import PAGE, hbox, holder, vbox
from gui.look.words import Elided, named, words
from gui.state.link.query import Request
from gui.state.training.run_progress import duration
from gui.state.training.runs import RunsChanged
from gui.tabs.experiments.figures import FiguresPanel
from gui.tabs.experiments.picture import PicturePanel
from gui.tabs.experiments.questions import QuestionList, QuestionRow
from gui.tabs.experiments.story import StoryPanel, data_words
from gui.tabs.experiments.work import Trials
from gui.widgets.panel import Panel
from gui.widgets.reflow import DOWN, UP, Reflow, Turn
from gui.widgets.tab import Tab

SOON = mark("The experiments are being looked up.")

# Widths of the list and of the course: share of the whole, least and largest in pixels.
LIST, STORY = (0.215, 252, 340), (0.255, 260, 420)

HEAD = 96  # height of a question of two lines and its source

LEAST_PICTURE = 200  # least height of the picture, in pixels

# Theme colours of the standings; others are faint.
TONES = {"agrees": "good", "fits": "text", "differs": "warn"}


class ExperimentsTab(Tab):
    """An experiment runs on whatever is shown; its result stays until another session is opened."""

    TITLE, PLACE, ORDER, SHORTCUT = mark("Experiments"), "Compare", 85, "Ctrl+Shift+X"  # no text
    FOCUS = ("experiments.questions.list",)
    RUNS = True
    LEAST_HEIGHT = 440
    HELP = mark("Predict what papers found, try it on this computer, and look inside the networks that it made.")

    def __init__(self, *models: Any) -> None:
        super().__init__(*models)
        self.trials = Trials(self.bridge, self)
        self.list = QuestionList("experiments.questions.list")
        self.story, self.picture, self.figures = StoryPanel(), PicturePanel(), FiguresPanel()
        self.question = named(words(tr(SOON), "figure", wrapped=True), "experiments.question")
        self.cited = Elided("experiments.cited", "label")
        self.name = ""  # the shown experiment; empty before any is known
        self._experiments: Mapping[str, Experiment] = {}
        self._has_mnist, self._processes = True, 1
        self._view: Mapping[str, Any] = {}  # the window's state in the opened session
        self._finding = self.query(lambda: Request(find_experiments), refused=self.question.setText)
        questions = Panel(tr("Questions"), "experiments.questions")
        questions.shows_lens = False
        self.tried = named(questions.add_figure(), "experiments.tried")
        questions.body.addWidget(self.list, 1)
        self._columns = ((questions, LIST), (self.story, STORY))
        set_font(self.question, "figure")
        self.question.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        head = holder(vbox(self.question, self.cited, gap="tight"))
        sized(self.picture.setMinimumHeight, LEAST_PICTURE)
        figures = vbox((self.picture, 1), self.figures, gap="medium")
        course = hbox(self.story, (figures, 1), gap="medium")
        columns = hbox(questions, (vbox(head, (course, 1), gap="medium"), 1), gap="medium", edges=PAGE, on=self)
        sides = questions, self.story
        self.reflow: Reflow = Reflow(Turn(columns, UP, (1, 2)), Turn(course, DOWN, (1, 1)), sides=sides, head=HEAD)
        keep(self, ExperimentsTab._fit)
        self._finding.listen(ExperimentsFound, self._show_found)
        self.listen(DatasetOpened, self._take_data)
        self.listen(SessionOpened, self._take_session)
        self.list.picked.connect(self._turn_page)
        self.trials.changed.connect(self._take_change)
        self.story.predicted.connect(lambda choice: self.trials.predict(self.name, choice))
        self.story.run.clicked.connect(self._run)
        self.story.stop.clicked.connect(self.trials.stop)
        self.story.look.clicked.connect(self._look_inside)
        self.bridge.runs.changed.connect(self._take_runs)
        self.controls.stateChanged.connect(lambda _: self._show_usable())
        self._finding.refresh()

    @property
    def experiment(self) -> Experiment | None:
        return self._experiments.get(self.name)

    @property
    def shows_act(self) -> bool:
        """Whether it has a section in the notebook: no, the runs say themselves what was trained."""
        return False

    def turn_to(self, name: str) -> None:
        self.list.choose(name)

    def _show_found(self, message: ExperimentsFound) -> None:
        is_first = not self._experiments
        self._experiments, self._has_mnist = message.experiments, message.has_mnist
        self._processes = message.processes
        if is_first:
            self.trials.begin_session(results_in(self._view, self._experiments))
        self._show_list()
        if is_first:
            self.turn_to(next(iter(self._experiments)))
        self._show_data()

    def _take_data(self, _: DatasetOpened) -> None:
        self._finding.refresh()  # MNIST may have been downloaded since
        self._show_data()

    def _take_session(self, message: SessionOpened) -> None:
        self._view = message.view
        self.trials.begin_session(results_in(message.view, self._experiments))

    def _take_change(self, name: str) -> None:
        self._show_list()
        if name in ("", self.name):
            self._show_page()
        else:
            self._show_usable()

    def _take_runs(self, changes: RunsChanged) -> None:
        if changes.added or changes.removed:
            self.bridge.afterwards(self._show_usable)

    def _show_list(self) -> None:
        self.list.show_rows([self._row(name, experiment) for name, experiment in self._experiments.items()])
        tried = sum(self.trials.of(name).result is not None for name in self._experiments)
        self.tried.setText(
            tr("{tried} of {count} tried", tried=tried, count=len(self._experiments)) if self._experiments else ""
        )

    def _row(self, name: str, experiment: Experiment) -> QuestionRow:
        standing = self.trials.standing(name)
        if standing == "new":
            state, tone = duration(experiment.takes(experiment.seeds, self._processes)), "faint"
        elif standing == "running":
            progress = self.trials.of(name).progress
            state, tone = in_percent(progress.share if progress else 0.0), "accent"
        else:
            state, tone = tr(WORDS[standing]), TONES.get(standing, "faint")
        title, question = tr(experiment.title), tr(experiment.question)
        return QuestionRow(name=name, title=title, question=question, state=state, tone=tone)

    def _turn_page(self, name: str) -> None:
        self.name = name
        self.picture.show_picture(None)
        self.story.room.verticalScrollBar().setValue(0)
        self._show_page()

    def _show_page(self) -> None:
        experiment, trial = self.experiment, self.trials.of(self.name)
        if experiment is None:
            return
        is_running = self.trials.running == self.name
        self.question.setText(tr(experiment.question))
        titles = " · ".join(f"{paper.short}, {paper.title}" for paper in experiment.papers)
        self.cited.set_words(titles, experiment.cited)
        self.story.show_trial(experiment, trial, self._processes, is_running=is_running)
        result = None if is_running else trial.result
        picture = result.picture if result else trial.picture
        self.picture.show_picture(picture and experiment.say_picture(picture), result.seeds[0] if result else 1)
        self.figures.expect(len(experiment.figures))
        self.figures.show_rows(result.rows if result else ())
        self._show_usable()

    def _show_usable(self) -> None:
        experiment, result = self.experiment, self.trials.of(self.name).result
        if experiment is None:
            return
        running = self._experiments.get(self.trials.running)
        why_not = ""
        if running is not None and running is not experiment:
            why_not = tr("“{running}” is running. Wait for it, or stop it there.", running=tr(running.title))
        self.story.show_usable(
            why_not=why_not,
            has_runs=result is not None and result.look.run in self.bridge.runs,
            is_slowed=self.controls.state == "running",
        )

    def _show_data(self) -> None:
        if (data := self.bridge.dataset) is not None:
            are_digits, is_sample = is_full_mnist(data.name, data.train_images), data.name == SAMPLE_NAME
            said = data_words(data.summary, are_digits=are_digits, is_sample=is_sample, has_mnist=self._has_mnist)
            self.story.show_data(said)

    def _run(self) -> None:
        if self.experiment is not None:
            data = self.bridge.dataset
            is_sample_alone = not self._has_mnist and data is not None and data.name == SAMPLE_NAME
            own_data = self.story.wants_own_data or is_sample_alone
            self.trials.run(self.name, seeds=self.story.wanted_seeds, own_data=own_data)

    def _look_inside(self) -> None:
        if (result := self.trials.of(self.name).result) is not None and result.look.run in self.bridge.runs:
            self.selection.change(lens=Lens(result.look.run, result.look.step))
            self.selection.tabWanted.emit(result.look.tab)

    def _fit(self) -> None:
        for panel, (share, least, most) in () if self.reflow.is_narrow else self._columns:
            panel.setFixedWidth(min(max(round(share * self.width()), scaled(least)), scaled(most)))
