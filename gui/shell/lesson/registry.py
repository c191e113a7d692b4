"""The acts and goals that pages of lessons may name, with their parameters.

A function below `@act` opens something and returns what puts it back; one below `@goal` returns whether a goal is met.
Their parameters are those in a lesson's file, and their docstrings are the documentation in `docs/lesson.md`, which
`table` generates. A file can only name them, so a lesson can do no more than show and select.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PySide6.QtWidgets import QAbstractButton, QWidget

from engine.analysis.graph.messages import NodeValue
from engine.analysis.ideal.job import IdealImages
from engine.analysis.ideal.sheet import probability_words
from engine.analysis.probes.answer import PictureAnswer
from engine.analysis.probes.class_accuracy import ClassAccuracy
from engine.analysis.probes.fingerprints import Fingerprints
from engine.analysis.probes.flip import Flip
from engine.analysis.probes.mistakes import Mistakes
from engine.analysis.probes.neuron_card import NeuronCard
from engine.analysis.warmup.job import WarmupSteps
from engine.core.errors import UserError
from engine.core.language import mark, tr, tr_context, tr_plural
from engine.core.lens import Lens, Neuron
from engine.core.text import is_line
from gui.look.first_look import shows_everything
from gui.look.percents import fine_percent, percent, probability_text
from gui.tabs.train.settings_panel import SettingsPanel
from gui.tabs.warmup.equation_panel import loss_words
from gui.widgets.forms.knob_field import KnobField

if TYPE_CHECKING:
    from gui.shell.lesson.rehearsal import Rehearsal
    from gui.shell.lesson.watch import Watch

type Undo = Callable[[], None]  # puts back what an act opened, unless a person has changed it since


class Measured(NamedTuple):
    """Whether a goal is met, and the measured figure; empty while there is none."""

    met: bool
    figure: str = ""


class Named(NamedTuple):
    """An act or a goal: its function, its parameters, and a goal's words for a person."""

    call: Callable[..., Any]
    parameters: Mapping[str, inspect.Parameter]
    says: str = ""

    @property
    def help(self) -> str:
        """Its documentation in one line."""
        return " ".join((inspect.getdoc(self.call) or "").split())


class Call(NamedTuple):
    """The name of an act or a goal, with the values of its parameters."""

    name: str
    values: Mapping[str, Any]


ACTS: dict[str, Named] = {}
GOALS: dict[str, Named] = {}
TYPES = {"str": mark("text"), "float": mark("number"), "int": mark("whole number"), "bool": mark("true or false")}
MOST_TEXT, MOST_NUMBER = 200, 1e9


def act[F: Callable[..., Any]](function: F) -> F:
    """Register a function as an act, under its own name."""
    ACTS[function.__name__] = Named(function, _parameters(function))
    return function


def goal[F: Callable[..., Any]](says: str) -> Callable[[F], F]:
    """Register a function as a goal, under its own name; `says` is the goal in words, with parameters in braces."""

    def register(function: F) -> F:
        GOALS[function.__name__] = Named(function, _parameters(function), says)
        return function

    return register


def checked(kind: str, known: Mapping[str, Named], values: Mapping[str, Any], where: str = "") -> Call:
    """Return the call in `{ kind = name, ... }`; raises `ValueError` with what is wrong `where` it stands."""
    name = values.get(kind)
    if not isinstance(name, str) or name not in known:
        names = ", ".join(known)
        raise ValueError(tr("{where} has no {kind} of the names {names}", where=where, kind=kind, names=names))
    parameters = known[name].parameters
    given = {key: value for key, value in values.items() if key != kind}
    if unknown := given.keys() - parameters.keys():
        sentence = tr(
            "{where} gives {kind} {name} a {key!r}, which it does not take",
            where=where,
            kind=kind,
            name=name,
            key=min(unknown),
        )
        raise ValueError(sentence)
    for key, parameter in parameters.items():
        if key not in given and parameter.default is parameter.empty:
            raise ValueError(tr("{where} gives {kind} {name} no {key}", where=where, kind=kind, name=name, key=key))
        if key in given and not _fits(given[key], str(parameter.annotation)):
            sentence = tr(
                "{where} gives {kind} {name} a {key} that is not a {type}",
                where=where,
                kind=kind,
                name=name,
                key=key,
                type=tr(TYPES[str(parameter.annotation)]),
            )
            raise ValueError(sentence)
    return Call(name, given)


def say(call: Call) -> str:
    """Return a goal in words: `the warm-up's loss falls below 0.01`."""
    named = GOALS[call.name]
    defaults = {key: parameter.default for key, parameter in named.parameters.items()}
    if "name" in defaults:  # what a person reads there
        defaults["name"] = tr_context("in place of a name that is chosen or switched on", "it")
    return tr(named.says, **{**defaults, **call.values})


def measure(watch: Watch | Rehearsal, call: Call) -> Measured:
    """Return the state of a goal."""
    measured: Measured = GOALS[call.name].call(watch, **call.values)
    return measured


def perform(watch: Watch, call: Call) -> Undo | None:
    """Perform an act; return its undo, `None` if there was nothing to do."""
    undo: Undo | None = ACTS[call.name].call(watch, **call.values)
    return undo


def table(known: Mapping[str, Named]) -> str:
    """Return the documentation of acts or goals: a table in Markdown."""
    rows = [f"| `{name}` | {_signature(named)} | {named.help} |" for name, named in known.items()]
    return "\n".join((tr("| name | parameters | what it is |"), "|---|---|---|", *rows))


def widgets(call: Call) -> Iterable[str]:
    """Return the object names of the widgets that a call needs."""
    return [call.values[key] for key in ("widget", "field") if key in call.values]


def _parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    return dict(list(inspect.signature(function).parameters.items())[1:])


def _fits(value: Any, annotation: str) -> bool:
    if annotation == "str":
        return isinstance(value, str) and 0 < len(value) <= MOST_TEXT and is_line(value)
    if annotation == "bool":
        return isinstance(value, bool)
    kinds = (int,) if annotation == "int" else (int, float)
    return type(value) in kinds and math.isfinite(value) and abs(value) <= MOST_NUMBER


def _signature(named: Named) -> str:
    texts = []
    for key, parameter in named.parameters.items():
        default = "" if parameter.default is parameter.empty else tr(", else {default!r}", default=parameter.default)
        texts.append(f"`{key}` ({TYPES[str(parameter.annotation)]}{default})")
    return "; ".join(texts) or "none"


@act
def tab(watch: Watch, title: str) -> Undo | None:
    """Show the tab with that title."""
    tabs = watch.window.tabs
    before = tabs.currentIndex()
    watch.window.show_tab(title)
    if (opened := tabs.currentIndex()) == before:
        return None
    return lambda: tabs.setCurrentIndex(before) if tabs.currentIndex() == opened else None


@act
def choose(watch: Watch, widget: str, key: str) -> Undo | None:
    """Let choices (`graph.of`, `fingerprints.rows`, `mistakes.page` ...) stand at one of their keys."""
    row = watch.choices(widget)
    if row is None or key == row.key or key not in row.keys:
        return None
    before = row.key
    row.choose(key)
    return lambda: row.choose(before) if row.key == key else None


@act
def switch(watch: Watch, widget: str, on: bool = True) -> Undo | None:
    """Set a button that stays pressed, such as `fingerprints.more.show`."""
    button = watch.widget(QAbstractButton, widget)
    if button is None or not button.isCheckable() or button.isChecked() == on:
        return None
    button.setChecked(on)
    return lambda: button.setChecked(not on)


@act
def whole(watch: Watch, title: str) -> Undo | None:
    """Let the tab with that title, `Graph`, fit all of its picture into the room beside the lesson, however small."""
    tab = next((tab for tab in watch.window.all_tabs() if title == tab.TITLE), None)
    if tab is None:
        return None
    tab.show_whole(True)
    return lambda: tab.show_whole(False)


@act
def everything(watch: Watch, on: bool = True) -> Undo | None:
    """Show all pages and controls, or the first look. What a page names is shown in both."""
    if shows_everything() == on:
        return None
    watch.window.show_everything(on)
    return lambda: watch.window.show_everything(not on)


@act
def run(watch: Watch, name: str) -> Undo | None:
    """Look at the run with that letter, at its latest snapshot."""
    before = watch.selection.lens
    if name not in watch.runs or (before is not None and before.run == name):
        return None
    watch.selection.change(lens=Lens(name))

    def undo() -> None:
        lens = watch.selection.lens
        if lens is not None and lens.run == name and before is not None and before.run in watch.runs:
            watch.selection.change(lens=before)

    return _in_this_session(watch, undo)


@act
def time(watch: Watch, step: int) -> Undo | None:
    """Look at the snapshot nearest to that step; 0 is the first one, -1 the latest."""
    lens, seen = watch.selection.lens, watch.run
    if lens is None or seen is None:
        return None
    moment = None if step < 0 else seen.nearest(step)
    return _look(watch, moment=moment, mixed=()) if lens != lens.at(moment) else None


@act
def silence(watch: Watch, layer: int, first: int, last: int) -> Undo | None:
    """Silence the neurons `first` to `last`, from 0, of a hidden layer, from 1, and no others: -1 as last is none."""
    lens = watch.selection.lens
    width = watch.runs.width(lens, layer - 1) if layer > 0 else 0
    wanted = frozenset(Neuron(layer - 1, number) for number in range(max(0, first), min(last + 1, width)))
    return _look(watch, silenced=wanted) if lens is not None and width and wanted != lens.silenced else None


@act
def label(watch: Watch, number: int) -> Undo | None:
    """Select a class, counted from 0: for digits it is the digit."""
    return _select(watch, "label", number if 0 <= number < watch.classes else None)


@act
def neuron(watch: Watch, layer: int, number: int) -> Undo | None:
    """Select a neuron by its hidden layer, from 1, and its number, from 0."""
    wanted = Neuron(layer - 1, number)
    is_there = min(wanted) >= 0 and watch.runs.has(watch.selection.lens, wanted)
    return _select(watch, "neuron", wanted if is_there else None)


@act
def image(watch: Watch, number: int) -> Undo | None:
    """Select a test image by its number, from 0."""
    return _select(watch, "image", number if 0 <= number < watch.images else None)


@act
def setting(watch: Watch, field: str, value: str) -> Undo | None:
    """Propose a setting of the next run, as it would be typed: `train.epochs` and `"5"`."""
    editor = watch.widget(QWidget, field)
    form = editor.parentWidget() if editor is not None else None
    if not isinstance(form, KnobField) or (before := form.value()) is None:
        return None
    try:
        wanted = form.knob.parse(value)
    except UserError:
        return None
    if wanted == before:
        return None
    form.set_value(wanted)
    return lambda: form.set_value(before) if form.value() == wanted else None


@act
def settings(watch: Watch, run: str, epochs: int = 0) -> Undo | None:
    """Propose the settings of the run with that letter for the next run, with that many `epochs` if they are given."""
    panel, known = watch.widget(SettingsPanel, "train.settings"), watch.runs.get(run)
    before = panel.form.spec() if panel is not None else None
    if panel is None or before is None or known is None or epochs > panel.form.fields["epochs"].knob.maximum:
        return None
    wanted = known.spec.but(epochs=epochs) if epochs > 0 else known.spec
    if wanted == before:
        return None
    panel.propose(wanted)
    return lambda: panel.propose(before) if panel.form.spec() == wanted else None


def _look(watch: Watch, **changes: Any) -> Undo | None:
    """Change some fields of the lens; the undo leaves all others as they are by then."""
    before = watch.selection.lens
    assert before is not None
    old = {name: getattr(before, name) for name in changes}
    watch.selection.change(lens=dataclasses.replace(before, **changes))

    def undo() -> None:
        if (lens := watch.selection.lens) is not None and lens.run == before.run:
            same = {name: old[name] for name in changes if getattr(lens, name) == changes[name]}
            watch.selection.change(lens=dataclasses.replace(lens, **same))

    return _in_this_session(watch, undo)


def _select(watch: Watch, name: str, wanted: Any) -> Undo | None:
    before = getattr(watch.selection, name)
    if wanted is None or wanted == before:
        return None
    watch.selection.change(**{name: wanted})

    def undo() -> None:
        if getattr(watch.selection, name) == wanted:
            watch.selection.change(**{name: before})

    return _in_this_session(watch, undo)


def _in_this_session(watch: Watch, undo: Undo) -> Undo:
    """Return an undo that does nothing in another session, which does not have what was selected before."""
    session = watch.session
    return lambda: undo() if watch.session == session else None


@goal(mark("the warm-up’s loss falls below {below:g}"))
def warmup_loss(watch: Watch, below: float) -> Measured:
    """The warm-up takes steps and its loss falls below that number. Figure: the loss."""
    steps = watch.latest(WarmupSteps)
    if steps is None:
        return Measured(False)
    return Measured(steps.loss < below, loss_words(steps.loss))


@goal(mark("a run of your own reaches {accuracy:g} % test accuracy"))
def trained(watch: Watch, accuracy: float) -> Measured:
    """A run that was started on this page reaches that test accuracy, in percent. Figure: that of its best epoch."""
    own = watch.own_run
    if own is None or own.best is None:
        return Measured(False)
    best = own.best.test_accuracy
    return Measured(100 * best >= accuracy, fine_percent(best, own.test_images))


@goal(mark("a run of your own has trained for {count} epochs"))
def epochs(watch: Watch, count: int) -> Measured:
    """A run that was started on this page was tested after that many epochs. Figure: its test accuracy then."""
    own = watch.own_run
    if own is None or not own.epochs:
        return Measured(False)
    done = [test for test in own.epochs if test.epoch >= count]
    test = done[0] if done else own.epochs[-1]
    return Measured(bool(done), fine_percent(test.test_accuracy, own.test_images))


@goal(mark("you look at the first snapshot"))
def at_first(watch: Watch) -> Measured:
    """The time slider stands at the first snapshot. Figure, in Fingerprints: the test accuracy there."""
    lens, seen = watch.selection.lens, watch.run
    is_first = lens is not None and seen is not None and lens.moment is not None and lens.moment == seen.steps[0]
    answer = watch.latest(ClassAccuracy) if is_first and watch.is_settled else None
    return Measured(is_first, _accuracy(answer.accuracy, answer) if answer else "")


@goal(mark("you look at a snapshot that reads {accuracy:g} % of the test images correctly"))
def reads(watch: Watch, accuracy: float) -> Measured:
    """The time slider stands at a snapshot of that test accuracy, in percent. In Fingerprints. Figure: its epoch."""
    lens, seen = watch.selection.lens, watch.run
    answer = watch.latest(ClassAccuracy) if watch.is_settled else None
    if lens is None or seen is None or answer is None or lens.moment is None:
        return Measured(False)
    return Measured(100 * answer.accuracy >= accuracy, seen.say_epoch(lens.moment))


@goal(mark("you select a neuron"))
def neuron_selected(watch: Watch) -> Measured:
    """Another neuron than before is selected. Figure: its number."""
    chosen = watch.selection.neuron
    is_other = chosen is not None and chosen != watch.found.neuron
    return Measured(is_other, f"{chosen.number}" if chosen is not None and is_other else "")


@goal(mark("you find a neuron that answers at least {times:g} times as much to a {label} as to any other class"))
def neuron_for(watch: Watch, label: int, times: float = 2.0, firing: float = 1.0) -> Measured:
    """A selected neuron's mean for that class is at least `times` times its largest other mean. Figure: how many times.

    One that fires for less than `firing` percent of the images does not count: a few images say nothing of a class. In
    Fingerprints, where a neuron's card says its means.
    """
    card = watch.latest(NeuronCard)
    if card is None or card.neuron != watch.selection.neuron or not 0 <= label < len(card.means):
        return Measured(False)
    others = np.delete(card.means.astype(float), label)
    most = float(np.nanmax(others)) if len(others) else 0.0
    own = float(card.means[label])
    ratio = own / most if most > 0 else math.inf if own > 0 else 0.0
    figure = tr("{ratio:.1f} times", ratio=ratio) if math.isfinite(ratio) else tr("no other at all")
    if 100 * card.share_firing < firing:
        share = percent(card.share_firing, 1)
        return Measured(False, tr("{figure}, but fires for {share}", figure=figure, share=share))
    return Measured(ratio >= times, figure)


@goal(mark("the rows of dead neurons are hidden"))
def dead_folded(watch: Watch) -> Measured:
    """In Fingerprints the dead neurons are folded away. Figure: how many there are."""
    fold = watch.widget(QAbstractButton, "fingerprints.fold")
    answer = watch.latest(Fingerprints, since_entered=False)
    is_folded = fold is not None and fold.isChecked()
    figure = ""
    if answer and is_folded:
        figure = tr_plural("{count:,} dead neuron", "{count:,} dead neurons", len(answer.silent))
    return Measured(is_folded, figure)


@goal(mark("you silence neurons ({neurons} or more)"))
def silenced(watch: Watch, neurons: int = 1) -> Measured:
    """That many neurons are silenced, others than before. Figure, in Fingerprints: the accuracy, before and after."""
    lens, before = watch.selection.lens, watch.found.lens
    now = lens.silenced if lens else frozenset()
    is_met = len(now) >= neurons and now != (before.silenced if before else frozenset())
    answer = watch.latest(ClassAccuracy) if is_met and watch.is_settled else None
    if answer is None:
        return Measured(is_met)
    accuracy_before, after = _accuracy(answer.before_accuracy, answer), _accuracy(answer.accuracy, answer)
    is_other = accuracy_before != after
    return Measured(is_met, f"{accuracy_before} → {after}" if is_other else tr("{after}, as before", after=after))


@goal(mark("with at most {neurons} neurons silenced, only the {label}s lose {points:g} points or more"))
def lost(watch: Watch, label: int, neurons: int, points: float, others: float) -> Measured:
    """At most `neurons` silenced neurons cost one class `points` points of accuracy, and no other class many.

    In Fingerprints, which measures it. Figure: that class' accuracy, before and after, and the most that another lost.
    """
    lens = watch.selection.lens
    answer = watch.latest(ClassAccuracy) if lens and lens.silenced and watch.is_settled else None
    if lens is None or answer is None or not 0 <= label < len(answer.counts):
        return Measured(False)
    fallen = 100 * (answer.before_class_accuracy - answer.class_accuracy)
    most = float(np.nanmax(np.delete(fallen, label)))
    is_met = len(lens.silenced) <= neurons and fallen[label] >= points and most <= others
    shares, count = (answer.before_class_accuracy, answer.class_accuracy), int(answer.counts[label])
    before, after = (fine_percent(float(each[label]), count) for each in shares)
    figure = tr(
        "{before} → {after} with {count} silenced, others at most {most:.0f} points",
        before=before,
        after=after,
        count=len(lens.silenced),
        most=max(0.0, most),
    )
    return Measured(bool(is_met), figure)


@goal(mark("no neuron is silenced"))
def restored(watch: Watch) -> Measured:
    """No neuron is silenced or changed any more. Figure, in Fingerprints: the test accuracy."""
    lens = watch.selection.lens
    is_met = lens is not None and not lens.silenced and not lens.adjusted
    answer = watch.latest(ClassAccuracy) if is_met and watch.is_settled else None
    return Measured(is_met, _accuracy(answer.accuracy, answer) if answer else "")


@goal(mark("ten images have grown"))
def ideal(watch: Watch, penalty: str) -> Measured:
    """Ideal images have grown to the end with a penalty: `none`, `l1`, `l2` or `tv`. Figure: their probabilities."""
    images = watch.latest(IdealImages)
    if images is None or images.spec.penalty != penalty or images.layer is not None or not images.is_last:
        return Measured(False)
    own = images.probabilities[np.arange(len(images.wanted)), list(images.wanted)]
    low, high = (probability_words(float(each)) for each in (own.min(), own.max()))
    return Measured(True, low if low == high else tr("{low} to {high}", low=low, high=high.removeprefix("p ")))


@goal(mark("you select a test image that is misread"))
def misread(watch: Watch) -> Measured:
    """In Mistakes another image is selected, and the network misreads it. Figure: what it is and what it is read as."""
    answer, number = watch.latest(Mistakes, since_entered=False), watch.selection.image
    if answer is None or number is None or number == watch.found.image or number >= len(answer.labels):
        return Measured(False)
    true, read = int(answer.labels[number]), int(answer.answers[number])
    share = probability_text(float(answer.probabilities[number]))
    figure = tr("{true} predicted as {answer}, probability {share}", true=true, answer=read, share=share)
    return Measured(true != read, figure if true != read else "")


@goal(mark("the network answers to a new drawing"))
def drawn(watch: Watch) -> Measured:
    """In Draw the network answers to another drawing than before. Figure: the answer and its probability."""
    return _of_drawing(watch, lambda _: True)


@goal(mark("your drawing is read as a {label}"))
def read_as(watch: Watch, label: int) -> Measured:
    """In Draw the drawing is read as that class. Figure: the probability of the answer."""
    measured, answer = _of_drawing(watch, lambda answer: answer.label == label), watch.drawing_answer()
    return Measured(True, _share(answer)) if measured.met and answer else measured


@goal(mark("your drawing is read as a {first} at first, then as a {then}"))
def turned(watch: Watch, first: int, then: int) -> Measured:
    """In Draw a drawing is read as one class and, once it was changed, as another. Figure: the answer's probability."""
    return _of_drawing(watch, lambda answer: answer.label == then and first in watch.read_as[:-1])


@goal(mark("the answer was flipped"))
def flipped(watch: Watch) -> Measured:
    """In Draw the smallest change that flips the answer was found. Figure: how many pixels it changes."""
    flip = watch.latest(Flip)
    if flip is None or flip.picture is None:
        return Measured(False)
    figure = tr_plural(
        "{before} → {after} with {count:,} pixel",
        "{before} → {after} with {count:,} pixels",
        flip.pixels,
        before=flip.before,
        after=flip.after,
    )
    return Measured(True, figure)


@goal(mark("the answer to your drawing has a probability below {below:g} %"))
def improbable(watch: Watch, below: float) -> Measured:
    """In Draw the likeliest class of a drawing is less probable than that, in percent. Figure: how probable it is."""
    return _of_drawing(watch, lambda answer: 100 * float(answer.probabilities.max()) < below)


@goal(mark("you choose {name}"))
def chosen(watch: Watch, widget: str, key: str, name: str = "it") -> Measured:
    """Choices (as in `choose`) stand at that key; `name` is what a person reads there."""
    row = watch.choices(widget)
    return Measured(row is not None and row.key == key)


@goal(mark("you switch {name} on"))
def switched(watch: Watch, widget: str, name: str = "it") -> Measured:
    """A button that stays pressed (as in `switch`) is on; `name` is what a person reads there."""
    button = watch.widget(QAbstractButton, widget)
    return Measured(button is not None and button.isChecked())


@goal(mark("the numbers of a box are shown"))
def node(watch: Watch) -> Measured:
    """In Graph a node was chosen, and its tensor was computed. Figure: the shape of the tensor."""
    value = watch.latest(NodeValue)
    return Measured(value is not None, value.shape if value is not None else "")


def _of_drawing(watch: Watch, is_met: Callable[[PictureAnswer], bool]) -> Measured:
    """Return whether the answer to a new drawing meets a goal, and it with its probability: `9, 99.97 %`."""
    if (answer := watch.drawing_answer()) is None:
        return Measured(False)
    return Measured(is_met(answer), f"{answer.label}, {_share(answer)}")


def _share(answer: PictureAnswer) -> str:
    return probability_text(float(answer.probabilities.max()))


def _accuracy(share: float, answer: ClassAccuracy) -> str:
    return fine_percent(share, int(answer.counts.sum()))
