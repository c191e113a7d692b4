"""The other network of a comparison: the chips that choose it, and what both are called."""

from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from engine.core.language import mark, tr, tr_context
from engine.core.lens import Lens, Share
from engine.core.text import clipped, isolated
from gui.look.class_names import class_name
from gui.look.first_look import rarely
from gui.look.fonts import scaled
from gui.look.layout import hbox
from gui.look.words import entry, plain_tip, set_title, words
from gui.state.training.runs import Run, Runs
from gui.widgets.forms.controls import MenuChip, add_entry, chip


class Names(NamedTuple):
    """Short names for labels, longer ones for sentences."""

    one: str = ""  # `A`; of snapshots of one run `epoch 3.0`; of a mixture `mixture`
    other: str = ""
    the_one: str = ""  # `run A`, `run A at epoch 3.0`, `the mixture`
    the_other: str = ""
    # Names of the answers of both; none where they are not known.
    answers: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    def answer_of(self, which: int, label: int) -> str:
        called = self.answers[which]
        return isolated(called[label]) if label < len(called) else class_name(label)

    def one_of(self, which: int, label: int) -> str:
        """Return that answer as part of a sentence: `a 3`, `ape`."""
        name = self.answer_of(which, label)
        return tr_context("within a sentence", "a {digit}", digit=name) if name == f"{label}" else name


def sentence(text: str) -> str:
    """Return a text that may begin with the name of a network with a capital."""
    return f"{text[:1].upper()}{text[1:]}"


def names_of(runs: Runs, lens: Lens, other: Share) -> Names:
    """Return the names for a lens and a share: their runs or, of one run, its snapshots."""
    (here, one), (there, another) = (
        _when(runs.get(name), moment) for name, moment in ((lens.run, lens.moment), (other.run, other.moment))
    )
    if lens.run == other.run:
        called = Names(here, there, one, another)
    else:
        # Translators: with an article, if the language has one there, as in “run A reads 97 % correctly”
        the_one, the_other = (tr_context("within a sentence", "run {run}", run=name) for name in (lens.run, other.run))
        called = Names(lens.run, other.run, the_one, the_other)
    one_run, other_run = runs.get(lens.run), runs.get(other.run)
    classes = one_run.classes if one_run else (), other_run.classes if other_run else ()
    called = called._replace(answers=classes)
    if lens.mixed:
        return called._replace(one=tr("mixture"), the_one=tr("the mixture"))
    return called


def _when(run: Run | None, moment: int | None) -> tuple[str, str]:
    """Return the short name of a snapshot, and the one for a sentence."""
    if run is None:
        return "", ""
    step = run.newest if moment is None else moment
    if step == 0:
        return tr_context("a snapshot", "start"), tr("run {run} at its start", run=run.name)
    epoch = run.say_epoch(step)
    return epoch, tr("run {run} at {epoch}", run=run.name, epoch=epoch)


MOST_RUNS, MOST_SNAPSHOTS, LONGEST = 20, 24, 32  # runs and snapshots in the menus; letters of a title
LEAST = 90  # width of the chip with a run

MATCH_TIP = mark(
    "Put the other network's neurons in the order in which they are most like these: neuron 5 of one run is seldom "
    "neuron 5 of another (weight matching)."
)
NO_MATCH = mark("Networks with different {what} have no neurons that could be matched.")


class RunChip(MenuChip):
    """A chip whose words are cut off where they have no room."""

    def __init__(self, name: str) -> None:
        self._words = ""
        super().__init__(name)

    def setText(self, text: str) -> None:
        self._words = text
        self._elide()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        measure = self.fontMetrics().horizontalAdvance
        return super().sizeHint() + QSize(measure(self._words) - measure(self.text()), 0)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(scaled(LEAST), self.sizeHint().width()), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        measure, lacking = self.fontMetrics(), self.sizeHint().width() - self.width()
        room = measure.horizontalAdvance(self._words) - lacking
        elided = measure.elidedText(self._words, Qt.TextElideMode.ElideRight, room)
        super().setText(elided if lacking > 0 else self._words)


class OtherChips(QWidget):
    """Shows which network is the other one, and signals which one is wanted."""

    runChosen = Signal(str)
    momentChosen = Signal(object)  # the step; `None` for the newest

    def __init__(self, runs: Runs) -> None:
        super().__init__()
        self._runs = runs
        self._lens: Lens | None = None
        self._other: Share | None = None
        self.run, self.moment = RunChip("compare.other.run"), MenuChip("compare.other.snapshot")
        self.match = chip("compare.match", tr("Match neurons"), "", checkable=True)
        joined = words(tr_context("compared with a run", "with"), "label")
        hbox(joined, self.run, self.moment, self.match, gap="small", on=self)
        rarely(self.match)
        self.run.menu().aboutToShow.connect(self._fill_runs)
        self.moment.menu().aboutToShow.connect(self._fill_moments)
        self.show_other(None, None, can_match=False)

    def show_other(
        self, lens: Lens | None, other: Share | None, *, can_match: bool, differing: str = "", refusal: str = ""
    ) -> None:
        """Show the other network; `can_match`: its neurons can be matched with those of the network of the lens.

        If not, `differing` says what prevents it, or the sentence `refusal` does.
        """
        self._lens, self._other = lens, other
        run = self._runs.get(other.run) if other else None
        name = tr("Run {label}", label=clipped(run.look.label, LONGEST - 1)) if run else tr("No other network")
        moment = "" if run is None or other is None else _say_moment(run, other.moment)
        for choice, title, about in (
            (self.run, name, tr("The run of the other network")),
            (self.moment, moment or "–", tr("The snapshot of the other network")),
        ):
            set_title(
                choice, entry(title), f"{about}: {title}", plain_tip(tr("{about}. Click for others.", about=about))
            )
            choice.setEnabled(run is not None)
        self.match.setEnabled(can_match)
        self.match.setToolTip(tr(NO_MATCH, what=differing) if differing else refusal or tr(MATCH_TIP))

    def _fill_runs(self) -> None:
        menu = self.run.menu()
        menu.clear()
        runs = [run for run in reversed(self._runs.by_age()) if run.steps]
        for run in runs[:MOST_RUNS]:
            text = clipped(run.look.label, LONGEST - 1)
            if self._lens is not None and run.name == self._lens.run:
                text = tr("{run} (this run, at another snapshot)", run=text)
            is_chosen = self._other is not None and run.name == self._other.run
            _add(menu, f"run.{run.name}", text, is_chosen, partial(self.runChosen.emit, run.name))

    def _fill_moments(self) -> None:
        menu = self.moment.menu()
        menu.clear()
        run = self._runs.get(self._other.run) if self._other else None
        if run is None or self._other is None:
            return
        chosen = self._other.moment
        _add(menu, "latest", tr("Latest"), chosen is None, partial(self.momentChosen.emit, None))
        titles = run.titles()
        for step in _spread(run, chosen):
            _add(menu, f"step.{step}", titles[step], step == chosen, partial(self.momentChosen.emit, step))


def _spread(run: Run, chosen: int | None) -> list[int]:
    """Return the moments for the menu: named ones, the chosen one, and others spread over the epochs."""
    steps = run.steps
    whole = [step for step in steps if step % run.steps_per_epoch == 0] or list(steps)
    every = -(-len(whole) // MOST_SNAPSHOTS)
    offered = {steps[0], *run.bookmarks, *whole[::every], *([chosen] if chosen is not None else [])}
    return [step for step in steps if step in offered]


def _say_moment(run: Run, moment: int | None) -> str:
    if moment is None:
        return tr("Latest")
    return clipped(run.titles().get(moment) or run.say_epoch(moment), LONGEST - 1)


def _add(menu: QMenu, name: str, text: str, is_chosen: bool, do: partial[None]) -> None:
    add_entry(menu, f"{menu.objectName()}.{name}", entry(text), do, chosen=is_chosen)
