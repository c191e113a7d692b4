"""Every act and every goal by itself, against the models; and that the documentation is made from them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton

import gui.shell.lesson.registry as registry
from engine.analysis.graph.messages import NodeValue
from engine.analysis.ideal.job import IdealImages
from engine.analysis.ideal.spec import IdealSpec
from engine.analysis.probes.class_accuracy import ClassAccuracy
from engine.analysis.probes.fingerprints import Fingerprints
from engine.analysis.probes.flip import Flip
from engine.analysis.probes.mistakes import Mistakes
from engine.analysis.probes.neuron_card import NeuronCard
from engine.analysis.warmup.job import WarmupSteps
from engine.core.lens import Adjusted, Lens, Neuron
from engine.core.messages import read_only
from engine.core.specs import TrainSpec
from engine.model.training.messages import MomentKept
from gui.look.first_look import shows_everything
from gui.shell.lesson.registry import ACTS, GOALS, Call, checked, measure, perform, say, table
from gui.shell.lesson.watch import Watch
from gui.widgets.forms.controls import ChoiceChip, Segments
from gui.widgets.tab import Tab
from tests.gui.blank import blank
from tests.gui.fake_engine import dataset_opened
from tests.gui.session_messages import opened, summary
from tests.gui.shell.lesson.conftest import answer
from tests.gui.training_messages import epoch, started
from tests.gui.worlds import WindowWorld

DOCS = Path(registry.__file__).parents[3] / "docs" / "lesson.md"


class LessonWorld(WindowWorld):
    def __init__(self, application):
        super().__init__(application)
        self.watch = Watch(application.bridge, application.selection, application.window, application)
        self.say(
            dataset_opened(), started(steps_per_epoch=10), *(MomentKept(run="A", step=step) for step in (0, 10, 20))
        )
        self.enter()

    def enter(self):
        self.watch.enter()

    def do(self, name, /, **values):
        return perform(self.watch, checked("act", ACTS, {"act": name, **values}))

    def measure(self, name, /, **values):
        return measure(self.watch, checked("wait", GOALS, {"wait": name, **values}))

    @property
    def lens(self):
        return self.selection.lens


@pytest.fixture
def world(window):
    return LessonWorld(window)


def accuracy(before, after, label=8):
    """Ten classes of 100 images; one of them fell from `before` to `after`, all others stay at 0.98."""
    old, new = np.full(10, 0.98), np.full(10, 0.98)
    old[label], new[label] = before, after
    means = {"accuracy": float(new.mean()), "before_accuracy": float(old.mean())}
    return blank(ClassAccuracy, class_accuracy=new, before_class_accuracy=old, counts=np.full(10, 100), **means)


def card(number, means, firing=1.0):
    return blank(NeuronCard, neuron=Neuron(0, number), means=np.array(means, np.float32), share_firing=firing)


class PictureTab(Tab):
    TITLE, PLACE, ORDER, HELP = "Picture", "Inside", 99, "Look at it."
    is_whole = False

    def show_whole(self, on):
        self.is_whole = on


IMPOSSIBLE = [
    ("tab", {"title": "Nothing"}),
    ("whole", {"title": "Nothing"}),
    ("switch", {"widget": "run.start"}),  # it does not stay pressed
    ("choose", {"widget": "train.pages", "key": "nothing"}),
    ("choose", {"widget": "train.pages", "key": "settings"}),  # it is chosen already
    ("choose", {"widget": "nothing", "key": "runs"}),
    ("setting", {"field": "train.epochs", "value": "many"}),
    ("setting", {"field": "train.epochs", "value": "-3"}),
    ("setting", {"field": "nothing", "value": "5"}),
    ("setting", {"field": "run.start", "value": "5"}),
    ("run", {"name": "Z"}),
    ("settings", {"run": "Z"}),
    ("settings", {"run": "A", "epochs": 10**6}),
    ("silence", {"layer": 9, "first": 0, "last": 1}),
    ("silence", {"layer": -9, "first": 0, "last": 1}),
    ("label", {"number": 10}),
    ("label", {"number": -1}),
    ("image", {"number": 10_000}),
    ("image", {"number": -1}),
    ("neuron", {"layer": 1, "number": 10**6}),
    ("neuron", {"layer": -1, "number": -1}),
]


@pytest.mark.tabs("train")
def test_what_an_act_opens_is_put_back_unless_a_person_changed_it_and_what_cannot_be_does_nothing(world):
    window, selection, application = world.window, world.selection, world.application
    picture = PictureTab(application.bridge, application.controls, selection)
    window.add_tab(picture)
    button = QPushButton(window)
    button.setObjectName("mine")
    button.setCheckable(True)
    pages, views = world.find(Segments, "train.pages"), world.find(ChoiceChip, "train.progress.view")
    _, other, own = views.keys
    world.say(started(run="B"), MomentKept(run="B", step=0))

    def is_put_back(name, values, seen, wanted, change=None):
        before = seen()
        undo = world.do(name, **values)
        assert seen() == wanted != before, name
        undo()
        assert seen() == before, name
        if change is not None:
            undo = world.do(name, **values)
            change()
            changed = seen()
            undo()
            assert seen() == changed != wanted, name

    def type_seven():
        field = world.find(QLineEdit, "train.epochs")
        field.setFocus()
        QTest.keyClicks(field, "7")

    def select(**changes):
        return lambda: selection.change(**changes)

    tabs = window.tabs
    title = lambda: tabs.tabText(tabs.currentIndex())  # noqa: E731
    is_put_back("tab", {"title": "Train"}, title, "Train", lambda: window.show_tab("Picture"))
    is_put_back("everything", {"on": False}, shows_everything, False)
    is_put_back("whole", {"title": "Picture"}, lambda: picture.is_whole, True)
    is_put_back("switch", {"widget": "mine", "on": True}, button.isChecked, True)
    is_put_back("choose", {"widget": "train.pages", "key": "runs"}, lambda: pages.key, "runs")
    view = {"widget": "train.progress.view", "key": other}
    is_put_back("choose", view, lambda: views.key, other, lambda: views.choose(own))
    five = {"field": "train.epochs", "value": "5"}
    is_put_back("setting", five, lambda: application.controls.next_spec().epochs, 5, type_seven)
    those_of_a = TrainSpec().but(epochs=6)
    is_put_back("settings", {"run": "A", "epochs": 6}, application.controls.next_spec, those_of_a, type_seven)
    is_put_back("run", {"name": "A"}, lambda: world.lens, Lens("A"), select(lens=Lens("B", moment=0)))
    selection.change(lens=Lens("A"))
    is_put_back("time", {"step": 12}, lambda: world.lens.moment, 10, select(lens=Lens("A", 20)))
    two, mine = {Neuron(0, 1), Neuron(0, 2)}, frozenset({Neuron(0, 7)})
    first_two = {"layer": 1, "first": 1, "last": 2}
    is_put_back("silence", first_two, lambda: world.lens.silenced, two, select(lens=Lens("A", None, mine)))
    is_put_back("label", {"number": 4}, lambda: selection.label, 4, select(label=1))
    is_put_back("image", {"number": 9_999}, lambda: selection.image, 9_999, select(image=1))
    third = {"layer": 1, "number": 2}
    is_put_back("neuron", third, lambda: selection.neuron, Neuron(0, 2), select(neuron=Neuron(0, 5)))
    for name, values in IMPOSSIBLE:
        assert world.do(name, **values) is None, (name, values)
    assert (selection.label, selection.image, selection.neuron, title()) == (1, 1, Neuron(0, 5), "Picture")

    undo = world.do("time", step=0)
    selection.change(lens=Lens("A", 0, frozenset({Neuron(0, 3)})))
    undo()
    assert world.lens == Lens("A", None, frozenset({Neuron(0, 3)})), "what else was changed stays"
    world.do("time", step=20)
    world.do("time", step=-1)
    assert world.lens.moment is None
    world.do("silence", layer=1, first=0, last=10**9)
    assert len(world.lens.silenced) == world.watch.runs.width(world.lens, 0)
    world.do("silence", layer=1, first=0, last=-1)
    assert not world.lens.silenced


def test_in_another_session_nothing_is_put_back_that_was_looked_at(world):
    undos = [
        world.do("time", step=0),
        world.do("silence", layer=1, first=0, last=3),
        world.do("neuron", layer=1, number=2),
    ]
    world.say(opened(runs=[summary("A", moments=(0, 1))]))
    there = Lens("A", 0, frozenset(Neuron(0, number) for number in range(4)))
    world.selection.change(lens=there, neuron=Neuron(0, 2))
    for undo in reversed(undos):
        undo()
    assert world.lens == there and world.selection.neuron == Neuron(0, 2)


def test_goals_of_a_training_count_what_happened_on_the_page(world):
    assert world.measure("warmup_loss", below=0.01) == (False, "")
    world.say(blank(WarmupSteps, loss=0.5))
    assert world.measure("warmup_loss", below=0.01) == (False, "0.5000")
    world.say(blank(WarmupSteps, loss=0.0099))
    assert world.measure("warmup_loss", below=0.01) == (True, "0.0099")
    world.enter()
    assert world.measure("warmup_loss", below=0.01) == (False, "")  # that was before the page

    world.enter()
    world.say(epoch(1, step=10, test_accuracy=0.99))
    assert not world.measure("trained", accuracy=90).met and not world.measure("epochs", count=1).met
    world.say(started(run="B", steps_per_epoch=10), epoch(1, run="B", step=10, test_accuracy=0.5))
    assert world.measure("trained", accuracy=90) == (False, "50.00 %")
    assert world.measure("epochs", count=2) == (False, "50.00 %")
    world.say(epoch(2, run="B", step=20, test_accuracy=0.91), epoch(3, run="B", step=30, test_accuracy=0.8))
    assert world.measure("trained", accuracy=90) == (True, "91.00 %")
    assert world.measure("epochs", count=2) == (True, "91.00 %")

    world.enter()
    assert not world.measure("at_first").met
    world.selection.change(lens=Lens("A", 10))
    assert not world.measure("at_first").met
    world.selection.change(lens=Lens("A", 0))
    assert world.measure("at_first") == (True, "")
    world.say(accuracy(0.98, 0.98))
    assert world.measure("at_first") == (True, "98.0 %")
    world.selection.change(lens=Lens("A", 20))
    world.say(accuracy(0.98, 0.98))
    assert world.measure("reads", accuracy=90) == (True, "epoch 2.0")
    assert not world.measure("reads", accuracy=99).met
    world.selection.change(lens=Lens("A"))
    world.say(accuracy(0.98, 0.98))
    assert not world.measure("reads", accuracy=90).met, "no snapshot was chosen"

    world.enter()
    assert not world.measure("node").met
    world.say(blank(NodeValue, shape="10 × 10"))
    assert world.measure("node") == (True, "10 × 10")


def test_goals_of_neurons_count_what_a_person_selects_and_silences(world):
    world.selection.change(neuron=Neuron(0, 1))
    world.enter()
    assert not world.measure("neuron_selected").met
    world.selection.change(neuron=Neuron(0, 2))
    assert world.measure("neuron_selected") == (True, "2")

    world.selection.change(neuron=None)
    world.enter()
    means = [1.0, 0, 0, 0, 0, 2.5, 0, 0, 0, 0]
    world.say(card(2, means))
    assert not world.measure("neuron_for", label=5).met  # nobody selected it
    world.selection.change(neuron=Neuron(0, 2))
    assert world.measure("neuron_for", label=5, times=2.0) == (True, "2.5 times")
    assert not world.measure("neuron_for", label=5, times=3.0).met
    assert not world.measure("neuron_for", label=0).met and not world.measure("neuron_for", label=99).met
    world.say(card(2, [0.0] * 5 + [1.0] + [0.0] * 4))
    assert world.measure("neuron_for", label=5) == (True, "no other at all")
    world.say(card(2, means, firing=0.002))
    assert world.measure("neuron_for", label=5) == (False, "2.5 times, but fires for 0.2 %")
    assert world.measure("neuron_for", label=5, firing=0.0).met

    world.selection.change(lens=Lens("A", None, frozenset({Neuron(0, 1)})))
    world.enter()
    assert not world.measure("silenced").met
    world.selection.change(lens=Lens("A", None, frozenset({Neuron(0, 1), Neuron(0, 2)})))
    assert world.measure("silenced", neurons=2) == (True, "")
    assert not world.measure("silenced", neurons=3).met
    world.say(accuracy(0.98, 0.68))
    assert world.measure("silenced") == (True, "98.0 % → 95.0 %")

    world.enter()
    for lens in (
        Lens("A", None, frozenset({Neuron(0, 1)})),
        Lens("A", None, frozenset(), frozenset({Adjusted(0, 1, 2.0)})),
    ):
        world.selection.change(lens=lens)
        assert not world.measure("restored").met
    world.selection.change(lens=Lens("A"))
    assert world.measure("restored").met

    world.enter()
    fold = QPushButton(world.window)
    fold.setObjectName("fingerprints.fold")
    fold.setCheckable(True)
    world.say(blank(Fingerprints, order=np.arange(300), means=np.zeros((10, 300)), silent=np.arange(66)))
    assert world.measure("dead_folded") == (False, "")
    fold.setChecked(True)
    assert world.measure("dead_folded") == (True, "66 dead neurons")

    world.selection.change(lens=Lens("A"))
    world.enter()
    goal = {"label": 8, "neurons": 2, "points": 10, "others": 3}
    world.say(accuracy(0.98, 0.5))
    assert not world.measure("lost", **goal).met  # nothing is silenced
    two = frozenset({Neuron(0, 1), Neuron(0, 2)})
    world.selection.change(lens=Lens("A", None, two))
    assert not world.measure("lost", **goal).met  # the answer was of another lens
    world.say(accuracy(0.98, 0.95))
    assert not world.measure("lost", **goal).met
    world.say(accuracy(0.98, 0.5))
    assert world.measure("lost", **goal) == (True, "98.0 % → 50.0 % with 2 silenced, others at most 0 points")
    assert not world.measure("lost", **{**goal, "label": 3}).met  # the eights lost, not the threes
    assert not world.measure("lost", **{**goal, "neurons": 1}).met
    assert not world.measure("lost", **{**goal, "label": 10}).met
    eights = accuracy(0.98, 0.5)
    also_threes = np.where(np.arange(10) == 3, 0.9, eights.class_accuracy)
    world.say(replace(eights, class_accuracy=also_threes))
    assert not world.measure("lost", **goal).met  # the threes lost, too


def test_goals_of_images_count_what_the_network_makes_of_what_is_looked_at(world):
    def images(penalty, *, is_last):
        probabilities, wanted = np.full((10, 10), 0.91), tuple(range(10))
        probabilities[3, 3] = 0.9996
        spec = IdealSpec(penalty=penalty)
        return blank(IdealImages, spec=spec, wanted=wanted, probabilities=probabilities, is_last=is_last)

    world.say(images("l2", is_last=False))
    assert not world.measure("ideal", penalty="l2").met
    world.say(images("none", is_last=True))
    assert not world.measure("ideal", penalty="l2").met
    world.say(images("l2", is_last=True))
    assert world.measure("ideal", penalty="l2") == (True, "p 0.910 to > 0.999")

    world.enter()
    answers = {"answers": np.array([4, 9, 9]), "probabilities": np.array([0.9, 0.97, 0.6])}
    world.say(blank(Mistakes, labels=np.array([4, 4, 4]), answer_names=tuple("0123456789"), **answers))
    world.selection.change(image=2)
    world.enter()  # the mistakes may be known from before, the image not
    assert not world.measure("misread").met
    world.selection.change(image=0)
    assert not world.measure("misread").met
    world.selection.change(image=1)
    assert world.measure("misread") == (True, "4 predicted as 9, probability 97.00 %")
    world.selection.change(image=3)
    assert not world.measure("misread").met

    world.enter()
    first, then = (read_only(np.full((28, 28), value, np.float32)) for value in (0.1, 0.2))
    world.selection.show_drawing(first)
    world.say(answer(then, 9, 0.8))  # of another drawing
    assert world.measure("read_as", label=9) == world.measure("drawn") == (False, "")
    world.say(answer(first, 4, 0.9))
    assert world.measure("read_as", label=4) == (True, "90.00 %")
    assert world.measure("turned", first=4, then=9) == (False, "4, 90.00 %")
    assert world.measure("improbable", below=60) == (False, "4, 90.00 %")
    world.selection.show_drawing(then)
    world.say(answer(then, 9, 0.55))
    assert world.measure("turned", first=4, then=9) == (True, "9, 55.00 %")
    assert not world.measure("turned", first=3, then=9).met
    assert world.measure("improbable", below=60) == world.measure("drawn") == (True, "9, 55.00 %")
    world.enter()
    assert not world.measure("turned", first=4, then=9).met and not world.measure("improbable", below=60).met
    world.selection.show_drawing(first)
    world.say(answer(first, 4, 0.9))
    assert world.measure("turned", first=9, then=4).met, "what was drawn on an earlier page counts as the first"

    world.enter()

    def flip(picture):
        return blank(Flip, before=4, after=9, picture=picture, pixels=12)

    world.say(flip(None))
    assert not world.measure("flipped").met
    world.say(flip(np.zeros((28, 28))))
    assert world.measure("flipped") == (True, "4 → 9 with 12 pixels")


@pytest.mark.tabs("train")
def test_widgets_count_as_they_stand_and_the_watch_says_so_when_something_that_matters_happened(world):
    assert not world.measure("chosen", widget="train.pages", key="runs").met
    world.find(Segments, "train.pages").choose("runs")
    assert world.measure("chosen", widget="train.pages", key="runs").met
    assert not world.measure("switched", widget="run.start").met
    assert not world.measure("switched", widget="train.pages.settings").met
    assert world.measure("switched", widget="train.pages.runs").met

    world.find(Segments, "train.pages").choose("settings")
    signals = []
    world.watch.changed.connect(lambda: signals.append(1))
    world.say(accuracy(0.9, 0.9))
    world.selection.change(label=3)
    world.window.show_tab("Train")
    assert len(signals) >= 3
    del signals[:]
    world.watch.follow("train.pages")
    world.find(Segments, "train.pages").choose("runs")
    assert signals
    world.watch.follow("")
    del signals[:]
    world.find(Segments, "train.pages").choose("settings")
    assert not signals


def test_every_goal_can_be_said_in_words_and_a_choice_is_called_what_a_person_reads_there():
    forward = Call("chosen", {"widget": "graph.of", "key": "network", "name": "Forward pass"})
    assert say(forward) == "you choose Forward pass"
    assert say(Call("switched", {"widget": "draw.grid"})) == "you switch it on"
    values = {"str": "x", "float": 2.5, "int": 3, "bool": True}
    for name, named in GOALS.items():
        given = {key: values[str(each.annotation)] for key, each in named.parameters.items()}
        words = say(Call(name, given))
        assert "{" not in words and not words.endswith(".")


def test_the_documentation_is_made_from_the_registry():
    text = DOCS.read_text("utf-8")
    for known in (ACTS, GOALS):
        assert all(named.help.endswith(".") for named in known.values())
        assert table(known) in text, f"docs/lesson.md wants this table:\n{table(known)}"
