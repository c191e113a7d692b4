"""The course of an experiment: predict, run, read the result, look inside."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QLabel, QProgressBar, QPushButton, QSizePolicy, QSpinBox

from engine.core.frozen import Frozen
from engine.core.language import headed, mark, tr, tr_context, tr_plural
from engine.core.text import in_percent, printable
from engine.data.dataset import say_summary
from engine.studies.experiments.parts.experiment import MOST_SEEDS, Experiment
from gui.look.fonts import font, keep, measured, metrics, scaled
from gui.look.layout import SPRING, Spring, add, hbox, holder, pixels, scrolling, vbox
from gui.look.theme import theme
from gui.look.words import NO_BREAK, Elided, enable, for_hands, named, plain_tip, set_look, set_title, set_tone, words
from gui.state.training.run_progress import duration
from gui.tabs.experiments.work import Trial
from gui.widgets.forms.controls import Segments
from gui.widgets.painted import LEFT, Bar, Frame, Words, draw, turned
from gui.widgets.panel import Panel
from gui.widgets.reflow import ACROSS, DOWN

CLICK = mark("Click to predict this; once more, to predict nothing.")
TOO_LATE = mark("The experiment is running: your prediction stands.")
PADDING, LEAST, RING, SEEDS, FRAME = 8, 34, 2, 70, 5
WRAPPED = LEFT | Qt.TextFlag.TextWordWrap


class Choice(QAbstractButton):
    """Checked is the predicted one. It is as high as its words need."""

    def __init__(self, name: str) -> None:
        super().__init__()
        named(self, name, title=tr("Predict"), tip=tr(CLICK))
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.words = ""
        theme().changed.connect(self.update)
        keep(self, Choice.updateGeometry)

    def show_words(self, words: str, *, is_open: bool) -> None:
        """Show an answer; it can be chosen while `is_open`."""
        self.setEnabled(is_open)
        self.setToolTip(plain_tip(f"{words}\n{tr(CLICK if is_open else TOO_LATE)}"))
        if words != self.words:
            self.words = words
            self.setAccessibleName(tr("Predict: {words}", words=words))
            self.updateGeometry()
            self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        room = QRectF(0, 0, max(1, width - 2 * PADDING - 2), 10_000)
        needed = QFontMetricsF(font("value")).boundingRect(room, WRAPPED, self.words)
        return max(scaled(LEAST), round(needed.height() + 0.5) + 2 * PADDING)

    def sizeHint(self) -> QSize:
        width = self.width()
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._draw(painter, is_pointed_at=self.underMouse())
        if self.hasFocus():
            radius = metrics()["radius"]["field"]
            draw(painter, Frame(QRectF(self.rect()).adjusted(1, 1, -1, -1), "focus", RING, radius))

    def draw_figure(self, painter: QPainter) -> None:
        self._draw(painter, is_pointed_at=False)

    def _draw(self, painter: QPainter, *, is_pointed_at: bool) -> None:
        is_chosen, radius = self.isChecked(), metrics()["radius"]["field"]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        ground = "accent_soft" if is_chosen else "raised" if is_pointed_at else "surface"
        color = "accent" if is_chosen else "text" if self.isEnabled() else "faint"
        draw(
            painter,
            Bar(frame, ground, radius=radius),
            Frame(frame, "accent" if is_chosen else "line", radius=radius),
            *turned(frame, Words(frame.adjusted(PADDING, 0, -PADDING, 0), self.words, color, "value", WRAPPED)),
        )


MOST_CHOICES = 4
PREDICT = mark("Choose what you expect, then run it. You can also run it without a prediction.")
SLOWED = mark("A training is going on beside it, so both take longer.")
GONE = mark("Its runs are no longer in this session.")


class DataWords(Frozen):
    """An experiment's data: titles of `digits` and `own`, `None` without a choice; `says` is a sentence on either."""

    choices: tuple[str, str] | None
    says: tuple[str, str]


class StoryPanel(Panel):
    """Shows how far an experiment is, and signals what a person wants."""

    shows_lens = False

    predicted = Signal(object)  # the number of a choice, or `None`

    def __init__(self) -> None:
        super().__init__(tr("Your prediction"), "experiments.story", shortens=True)
        self.choices = [Choice(f"experiments.choice.{number}") for number in range(MOST_CHOICES)]
        self.hint = named(words(for_hands(tr(PREDICT)), "label", wrapped=True), "experiments.hint")
        self.trouble = named(words("", "", wrapped=True), "experiments.trouble")
        self.verdict = named(words("", "", wrapped=True), "experiments.verdict")
        self.answer = named(words("", "", wrapped=True), "experiments.answer")
        self.why = named(words("", "", wrapped=True), "experiments.why")
        self.differs = named(words("", "", wrapped=True), "experiments.differs")
        self.remark = named(words("", "label", wrapped=True), "experiments.remark")
        self.papers = named(words("", "caption", wrapped=True), "experiments.papers")
        self.heads: dict[QLabel, QLabel] = {
            self.why: words(tr("Why"), "value"),
            self.differs: words(tr("What does not agree"), "value"),
            self.papers: words(tr("What was read of the paper"), "value"),
        }
        self.on = Segments(
            "experiments.data",
            {
                "digits": ("MNIST", mark("Carry it out on MNIST, which the paper has. The data that are open stay.")),
                "own": (mark("Open data"), mark("Carry it out on the data that are open.")),
            },
        )
        self.data = named(words("", "label", wrapped=True), "experiments.data.words")
        self.bar = named(QProgressBar(), "experiments.progress", title=tr("How far the experiment is"))
        self.doing = Elided("experiments.doing", "label")
        self.left = named(words("", "label"), "experiments.left")
        self.run = named(QPushButton(tr_context("verb", "Run")), "experiments.run", tip=tr("Carry the experiment out."))
        self.seeds = named(QSpinBox(), "experiments.seeds")
        self.stop = named(QPushButton(tr("Stop")), "experiments.stop")
        self.look = named(
            QPushButton(tr("Look inside")), "experiments.look", title=tr("Look inside"), tip=tr(GONE), look="primary"
        )
        self.takes = named(words("", "label"), "experiments.takes")
        add(self.head, SPRING, self.takes)
        self.note = named(words("", "label", wrapped=True), "experiments.story.note")
        self._data_words = DataWords(choices=None, says=("", ""))
        self._is_running = self._has_result = False
        self._experiment: Experiment | None = None
        self._processes = 1
        self._arrange()
        for number, choice in enumerate(self.choices):
            choice.clicked.connect(lambda on, number=number: self.predicted.emit(number if on else None))
        self.on.chosen.connect(lambda _: self._show_data())
        self.seeds.valueChanged.connect(self._show_seeds)

    @property
    def wants_own_data(self) -> bool:
        return self._data_words.choices is not None and self.on.key == "own"

    @property
    def wanted_seeds(self) -> range:
        return range(1, self.seeds.value() + 1)

    def show_trial(self, experiment: Experiment, trial: Trial, processes: int, *, is_running: bool) -> None:
        """Show how far an experiment is; `processes` of its seeds run at once."""
        result = None if is_running else trial.result
        self._processes = processes
        if experiment is not self._experiment:
            self._experiment = experiment
            self.seeds.setValue(experiment.seeds)
        self._is_running = is_running
        self.set_title(tr("What came out") if result else tr("Your prediction"))
        for number, choice in enumerate(self.choices):
            is_there = result is None and number < len(experiment.choices)
            choice.setVisible(is_there)
            if is_there:
                choice.show_words(tr(experiment.choices[number]), is_open=not is_running)
                choice.setChecked(trial.predicted == number)
        self.hint.setVisible(result is None and not is_running)
        self._say(self.trouble, "" if is_running else trial.trouble)
        verdict = experiment.say(result.verdict) if result else ""
        self._say(self.verdict, tr("Seed {seed}: {verdict}", seed=result.seeds[0], verdict=verdict) if result else "")
        is_right = result is not None and result.is_right
        self._say(self.answer, say_prediction(experiment, trial.predicted, is_right=is_right) if result else "")
        set_tone(self.answer, "good" if is_right and trial.predicted == experiment.right else "")
        self._say(self.why, tr(experiment.why) if result else "")
        is_open = result is not None and result.standing in ("differs", "open")
        self._say(self.differs, tr(experiment.differs) if is_open else "")
        self._say(self.remark, experiment.say(result.remark if result else trial.remark if is_running else ""))
        papers = "\n".join(headed(paper.short, tr(paper.checked)) for paper in experiment.papers)
        self._say(self.papers, papers if result else "")
        self._show_foot(experiment, trial, has_result=result is not None)

    def show_data(self, data: DataWords) -> None:
        self._data_words = data
        if data.choices:
            for key, title in zip(("digits", "own"), data.choices, strict=True):
                self.on.set_title(key, title)
        self._show_data()

    def show_usable(self, *, why_not: str, has_runs: bool, is_slowed: bool) -> None:
        """Enable the buttons to run it and to look inside, or say why not."""
        enable(self.run, not why_not, tr("Carry the experiment out."), why_not)
        enable(self.look, has_runs, self._look_tip, tr(GONE))
        self._say(self.note, tr(SLOWED) if self._is_running and is_slowed else "" if self._is_running else why_not)

    def _show_foot(self, experiment: Experiment, trial: Trial, *, has_result: bool) -> None:
        progress = trial.progress
        had_focus = any(button.hasFocus() for button in (self.run, self.stop))
        for widget in (self.bar, self.doing, self.left, self.stop):
            widget.setVisible(self._is_running)
        self.run.setVisible(not self._is_running)
        self.seeds.setVisible(not self._is_running)
        run = tr("Run again") if has_result else tr_context("verb", "Run")
        set_title(self.run, run, f"{run}: {tr(experiment.title)}")
        self.look.setVisible(has_result)
        set_look(self.run, "look", "" if has_result else "primary")
        if trial.result is not None:
            look = trial.result.look
            self._look_tip = tr("Look at run {run} in {tab}.", run=look.run, tab=tr(look.tab.capitalize()))
        if has_result and trial.result is not None:
            self.takes.setText(tr("took {duration}", duration=duration(trial.result.seconds)))
        else:
            self._show_takes(experiment)
        if self._is_running:
            share = progress.share if progress else 0.0
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * share))
            self.doing.set_words(progress.words if progress else tr("Getting ready"))
            left = progress.seconds_left if progress else None
            done = in_percent(share)
            self.left.setText(done if left is None else tr("{done} · {time} left", done=done, time=duration(left)))
        self._fit()
        if had_focus:  # to what takes the button's place, not to the next widget
            (self.stop if self._is_running else self.look if has_result else self.run).setFocus()
        self._has_result = has_result
        self._show_data()

    def _show_data(self) -> None:
        data = self._data_words
        is_asked = not self._is_running and (data.choices is not None or not self._has_result)
        self.on.setVisible(is_asked and data.choices is not None)
        self._say(self.data, data.says[self.wants_own_data] if is_asked else "")

    def _show_seeds(self, count: int) -> None:
        self.seeds.setSuffix(_of_seeds(count))
        if self._experiment is not None and not self._has_result:
            self._show_takes(self._experiment)

    def _show_takes(self, experiment: Experiment) -> None:
        seconds = experiment.takes(self.seeds.value(), self._processes)
        self.takes.setText(tr("about {duration}", duration=duration(seconds)))

    def _say(self, label: QLabel, text: str) -> None:
        label.setText(text.replace(" %", NO_BREAK))
        label.setVisible(bool(text))
        if label in self.heads:
            self.heads[label].setVisible(bool(text))

    def _arrange(self) -> None:
        self._look_tip = ""
        set_tone(self.trouble, "warn")
        inside = holder(
            vbox(
                *self.choices,
                *(self.hint, self.data, self.trouble, self.verdict),
                *("tight", self.answer),
                *("tight", self.heads[self.why], self.why),
                *("tight", self.heads[self.differs], self.differs),
                self.remark,
                *("tight", self.heads[self.papers], self.papers),
                SPRING,
                gap="tight",
            )
        )
        self.room = scrolling(inside, "experiments.story.scroll")
        self.bar.setTextVisible(False)
        self.stop.setAccessibleName(tr("Stop the experiment"))
        self.stop.setToolTip(tr("End it here. What the finished seeds came to stays."))
        self.seeds.setRange(1, MOST_SEEDS)
        measured(self.seeds, _make_room)
        self.seeds.lineEdit().setTextMargins(pixels("small"), 0, 0, 0)  # the style sheet's padding is ignored
        self.seeds.setAccessibleName(tr("Seeds"))
        self.seeds.setToolTip(tr("How often it is carried out, each time with another seed."))
        left, run = Qt.AlignmentFlag.AlignLeft, hbox(self.run, self.stop, self.seeds, Spring(0), gap="small")
        self._foot = hbox((self.look, 0, left), run, gap="small")
        add(
            self.body,
            (self.room, 1),
            (self.on, 0, left),
            self.bar,
            hbox((self.doing, 1), self.left),
            self.note,
            self._foot,
        )

    def _fit(self) -> None:
        """Put all buttons into one line where they have room."""
        needed = sum(part.sizeHint().width() + pixels("small") for part in (self.look, self.run)) + self.seeds.width()
        self._foot.setDirection(ACROSS if needed <= self.room.width() else DOWN)


def _of_seeds(count: int) -> str:
    return f" {tr_plural('seed', 'seeds', count)}"


def _make_room(seeds: QSpinBox) -> None:
    """Make the field as wide as its longest text."""
    measure = seeds.fontMetrics()
    words = max(measure.horizontalAdvance(f"{count}{_of_seeds(count)}") for count in range(1, MOST_SEEDS + 1))
    seeds.setFixedWidth(max(scaled(SEEDS), words + pixels("small") + FRAME))


def say_prediction(experiment: Experiment, predicted: int | None, *, is_right: bool) -> str:
    """Return whether a prediction was right, in sentences; without one, the right answer.

    `is_right`: all figures here agree with the paper's. Otherwise the answer is called the paper's.
    """
    right = tr(experiment.choices[experiment.right])
    answer = tr("The answer: {right}.", right=right) if is_right else tr("The paper's answer: {right}.", right=right)
    if predicted is None:
        return answer
    if predicted != experiment.right:
        return f"{tr('You expected: {guess}. A fair guess.', guess=tr(experiment.choices[predicted]))} {answer}"
    if is_right:
        return tr("You were right: {right}.", right=right)
    return tr("You expected what the paper found: {right}.", right=right)


def data_words(summary: str, *, are_digits: bool, is_sample: bool, has_mnist: bool) -> DataWords:
    """Return the words about the open data, which `summary` names."""
    name = printable(say_summary(summary))
    if are_digits or not summary:
        return DataWords(choices=None, says=("", ""))
    if is_sample and not has_mnist:
        sentence = tr(
            "It runs on {name}: the full MNIST is not on this computer, and the figures are not judged. The "
            "menu of data, at the top right, downloads it.",
            name=name,
        )
        return DataWords(choices=None, says=(sentence, sentence))
    digits = "MNIST" if has_mnist else tr("MNIST sample")
    says = (
        tr("Runs on {digits}; {name} stays open.", digits=digits, name=name),
        tr("Runs on {name}; the paper has MNIST, so the figures are not judged.", name=name),
    )
    return DataWords(choices=(digits, tr("Open data")), says=says)
