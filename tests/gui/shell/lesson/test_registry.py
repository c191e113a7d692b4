"""Every act and every goal by itself, against the models; and that the documentation is made from them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

import gui.shell.lesson.registry as registry
from engine.analysis.graph.messages import NodeValue
from engine.analysis.ideal.job import IdealImages
from engine.analysis.ideal.spec import IdealSpec
from engine.analysis.probes.answer import PictureAnswer
from engine.analysis.probes.class_accuracy import ClassAccuracy
from engine.analysis.probes.fingerprints import Fingerprints
from engine.analysis.probes.flip import Flip
from engine.analysis.probes.mistakes import Mistakes
from engine.analysis.probes.neuron_card import NeuronCard
from engine.analysis.warmup.job import WarmupSteps
from engine.core.lens import Adjusted, Lens, Neuron
from engine.core.messages import read_only
from engine.model.training.messages import MomentKept
from gui.shell.lesson.registry import ACTS, GOALS, Call, checked, measure, perform, say, table
from gui.shell.lesson.watch import Watch
from gui.widgets.forms.controls import ChoiceChip, Segments
from gui.widgets.tab import Tab
from tests.gui.blank import blank
from tests.gui.fake_engine import dataset_opened
from tests.gui.session_messages import opened, summary
from tests.gui.training_messages import epoch, started
from tests.gui.worlds import WindowWorld

DOCS = Path(registry.__file__).parents[3] / "docs" / "lesson.md"


class LessonWorld(WindowWorld):
    """A window with one run of three snapshots, and somebody who watches it."""

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


def answer(picture, label, probability):
    rest = (1 - probability) / 9
    probabilities = np.full(10, rest)
    probabilities[label] = probability
    return blank(PictureAnswer, picture=picture, logits=np.log(probabilities), probabilities=probabilities)


# Acts ---------------------------------------------------------------------------------------------------------------


def test_a_tab_is_shown_and_put_back_unless_a_person_went_elsewhere(world):
    tabs = world.window.tabs
    undo = world.do("tab", title="Train")
    assert tabs.tabText(tabs.currentIndex()) == "Train"
    undo()
    assert tabs.tabText(tabs.currentIndex()) == "Draw"
    assert world.do("tab", title="Draw") is None and world.do("tab", title="Nothing") is None
    undo = world.do("tab", title="Train")
    tabs.setCurrentIndex(tabs.addTab(QWidget(), "Elsewhere"))
    undo()
    assert tabs.tabText(tabs.currentIndex()) == "Elsewhere"


@pytest.mark.tabs("train")
def test_a_row_of_choices_is_set_and_put_back_unless_a_person_chose_otherwise(world):
    pages = world.find(Segments, "train.pages")
    undo = world.do("choose", widget="train.pages", key="runs")
    assert pages.key == "runs"
    undo()
    assert pages.key == "settings"
    views = world.find(ChoiceChip, "train.progress.view")
    before, opened, own = views.keys
    undo = world.do("choose", widget="train.progress.view", key=opened)
    assert before != views.key == opened
    views.choose(own)
    undo()
    assert views.key == own
    for widget, key in (("train.pages", "nothing"), ("nothing", "runs"), ("train.pages", "settings")):
        assert world.do("choose", widget=widget, key=key) is None


@pytest.mark.tabs("draw")
def test_a_button_is_pressed_and_put_back(world):
    button = world.find(QPushButton, "draw.play.ink")
    if button is None or not button.isCheckable():
        button = next(each for each in world.window.findChildren(QPushButton) if each.isCheckable())
    before = button.isChecked()
    undo = world.do("switch", widget=button.objectName(), on=not before)
    assert button.isChecked() is not before
    undo()
    assert button.isChecked() is before
    assert world.do("switch", widget="run.start") is None  # it does not stay pressed


class PictureTab(Tab):
    """A tab with something that can be fitted to its room."""

    TITLE, ORDER, HELP = "Picture", 99, "Look at it."
    is_whole = False

    def show_whole(self, on):
        self.is_whole = on


def test_a_picture_is_shown_as_a_whole_and_again_as_it_was(world, window):
    tab = PictureTab(window.bridge, window.controls, window.selection)
    world.window.add_tabs([tab], "")
    undo = world.do("whole", title="Picture")
    assert tab.is_whole
    undo()
    assert not tab.is_whole and world.do("whole", title="Nothing") is None


def test_a_run_is_looked_at_and_put_back_unless_another_one_is_by_then(world):
    world.say(started(run="B"), MomentKept(run="B", step=0))
    before = world.lens
    assert before.run == "B"
    undo = world.do("run", name="A")
    assert world.lens == Lens("A")
    undo()
    assert world.lens == before
    undo = world.do("run", name="A")
    world.selection.change(lens=Lens("B", moment=0))
    undo()
    assert world.lens == Lens("B", moment=0)
    assert world.do("run", name="Z") is None and world.lens.run == "B"


def test_a_snapshot_is_looked_at_and_put_back_whatever_else_changed(world):
    undo = world.do("time", step=12)
    assert world.lens.moment == 10
    silenced = frozenset({Neuron(0, 3)})
    world.selection.change(lens=Lens("A", 10, silenced))
    undo()
    assert world.lens == Lens("A", None, silenced)
    undo = world.do("time", step=0)
    world.selection.change(lens=Lens("A", 20, silenced))
    undo()
    assert world.lens.moment == 20
    world.do("time", step=-1)
    assert world.lens.moment is None


def test_neurons_are_silenced_and_put_back_unless_a_person_changed_them(world):
    undo = world.do("silence", layer=1, first=1, last=2)
    assert world.lens.silenced == {Neuron(0, 1), Neuron(0, 2)}
    undo()
    assert not world.lens.silenced
    undo = world.do("silence", layer=1, first=0, last=10**9)
    assert len(world.lens.silenced) == world.watch.runs.width(world.lens, 0)
    own = frozenset({Neuron(0, 7)})
    world.selection.change(lens=Lens("A", None, own))
    undo()
    assert world.lens.silenced == own
    assert world.do("silence", layer=9, first=0, last=1) is None
    assert world.do("silence", layer=-9, first=0, last=1) is None


@pytest.mark.parametrize(
    ("name", "values", "wanted", "beyond"),
    [
        ("label", {"number": 4}, 4, {"number": 10}),
        ("image", {"number": 9_999}, 9_999, {"number": 10_000}),
        ("neuron", {"layer": 1, "number": 2}, Neuron(0, 2), {"layer": 1, "number": 10**6}),
    ],
)
def test_a_selection_is_put_back_unless_a_person_changed_it(world, name, values, wanted, beyond):
    undo = world.do(name, **values)
    assert getattr(world.selection, name) == wanted
    undo()
    assert getattr(world.selection, name) is None
    undo = world.do(name, **values)
    world.selection.change(**{name: None})
    world.selection.change(label=1, image=1)
    undo()
    assert getattr(world.selection, name) != wanted
    other = getattr(world.selection, name)
    assert world.do(name, **beyond) is None and getattr(world.selection, name) == other
    negative = dict.fromkeys(values, -1)
    assert world.do(name, **negative) is None


@pytest.mark.tabs("train")
def test_a_setting_is_proposed_and_put_back_unless_a_person_wrote_another(world):
    spec = world.application.controls.next_spec
    before = spec().epochs
    undo = world.do("setting", field="train.epochs", value="5")
    assert spec().epochs == 5
    undo()
    assert spec().epochs == before
    undo = world.do("setting", field="train.epochs", value="5")
    field = world.find(QLineEdit, "train.epochs")
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "7")
    undo()
    assert spec().epochs == 7
    before = 7
    for field, value in (("train.epochs", "many"), ("train.epochs", "-3"), ("nothing", "5"), ("run.start", "5")):
        assert world.do("setting", field=field, value=value) is None
    assert spec().epochs == before


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


# Goals --------------------------------------------------------------------------------------------------------------


def test_the_warm_up_has_to_learn_until_its_loss_is_small(world):
    assert world.measure("warmup_loss", below=0.01) == (False, "")
    world.say(blank(WarmupSteps, loss=0.5))
    assert world.measure("warmup_loss", below=0.01) == (False, "0.5")
    world.say(blank(WarmupSteps, loss=0.0099))
    assert world.measure("warmup_loss", below=0.01) == (True, "0.0099")
    world.enter()
    assert world.measure("warmup_loss", below=0.01) == (False, "")  # that was before the page


def test_only_a_run_that_was_started_on_the_page_counts(world):
    world.say(epoch(1, step=10, test_accuracy=0.99))
    assert not world.measure("trained", accuracy=90).met and not world.measure("epochs", count=1).met
    world.say(started(run="B", steps_per_epoch=10), epoch(1, run="B", step=10, test_accuracy=0.5))
    assert world.measure("trained", accuracy=90) == (False, "50.00 %")
    assert world.measure("epochs", count=2) == (False, "50.00 %")
    world.say(epoch(2, run="B", step=20, test_accuracy=0.91), epoch(3, run="B", step=30, test_accuracy=0.8))
    assert world.measure("trained", accuracy=90) == (True, "91.00 %")
    assert world.measure("epochs", count=2) == (True, "91.00 %")


def test_the_first_snapshot_is_reached_when_it_is_looked_at(world):
    assert not world.measure("at_first").met
    world.selection.change(lens=Lens("A", 10))
    assert not world.measure("at_first").met
    world.selection.change(lens=Lens("A", 0))
    assert world.measure("at_first") == (True, "")
    world.say(accuracy(0.98, 0.98))
    assert world.measure("at_first") == (True, "98.0 %")


def test_a_neuron_counts_that_was_not_selected_before(world):
    world.selection.change(neuron=Neuron(0, 1))
    world.enter()
    assert not world.measure("neuron_selected").met
    world.selection.change(neuron=Neuron(0, 2))
    assert world.measure("neuron_selected") == (True, "2")


def test_a_neuron_is_for_a_class_by_its_own_card(world):
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


def test_neurons_are_silenced_by_a_person_and_not_by_what_was_before(world):
    world.selection.change(lens=Lens("A", None, frozenset({Neuron(0, 1)})))
    world.enter()
    assert not world.measure("silenced").met
    world.selection.change(lens=Lens("A", None, frozenset({Neuron(0, 1), Neuron(0, 2)})))
    assert world.measure("silenced", neurons=2) == (True, "")
    assert not world.measure("silenced", neurons=3).met
    world.say(accuracy(0.98, 0.68))
    assert world.measure("silenced") == (True, "98.0 % → 95.0 %")


def test_only_one_class_may_lose(world):
    goal = {"label": 8, "neurons": 2, "points": 10, "others": 3}
    world.say(accuracy(0.98, 0.5))
    assert not world.measure("lost", **goal).met  # nothing is silenced
    two = frozenset({Neuron(0, 1), Neuron(0, 2)})
    world.selection.change(lens=Lens("A", None, two))
    assert not world.measure("lost", **goal).met  # the answer was of another lens
    world.say(accuracy(0.98, 0.95))
    assert not world.measure("lost", **goal).met
    world.say(accuracy(0.98, 0.5))
    assert world.measure("lost", **goal) == (True, "98 % → 50 % with 2 neurons, others at most 0 points")
    assert not world.measure("lost", **{**goal, "label": 3}).met  # the eights lost, not the threes
    assert not world.measure("lost", **{**goal, "neurons": 1}).met
    assert not world.measure("lost", **{**goal, "label": 10}).met
    eights = accuracy(0.98, 0.5)
    also_threes = np.where(np.arange(10) == 3, 0.9, eights.class_accuracy)
    world.say(replace(eights, class_accuracy=also_threes))
    assert not world.measure("lost", **goal).met  # the threes lost, too


def test_restored_is_a_network_as_it_was_trained(world):
    for lens in (
        Lens("A", None, frozenset({Neuron(0, 1)})),
        Lens("A", None, frozenset(), frozenset({Adjusted(0, 1, 2.0)})),
    ):
        world.selection.change(lens=lens)
        assert not world.measure("restored").met
    world.selection.change(lens=Lens("A"))
    assert world.measure("restored").met


def test_images_count_when_the_last_step_of_that_penalty_is_taken(world):
    def images(penalty, *, is_last):
        probabilities, wanted = np.full((10, 10), 0.91), tuple(range(10))
        spec = IdealSpec(penalty=penalty)
        return blank(IdealImages, spec=spec, wanted=wanted, probabilities=probabilities, is_last=is_last)

    world.say(images("l2", is_last=False))
    assert not world.measure("ideal", penalty="l2").met
    world.say(images("none", is_last=True))
    assert not world.measure("ideal", penalty="l2").met
    world.say(images("l2", is_last=True))
    assert world.measure("ideal", penalty="l2") == (True, "91.00 %")


def test_an_image_is_misread_by_the_network_that_is_looked_at(world):
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


def test_a_drawing_counts_by_the_answer_to_what_lies_on_the_canvas(world):
    first, then = (read_only(np.full((28, 28), value, np.float32)) for value in (0.1, 0.2))
    world.selection.show_drawing(first)
    world.say(answer(then, 9, 0.8))  # of another drawing
    assert world.measure("read_as", label=9) == (False, "")
    world.say(answer(first, 4, 0.9))
    assert world.measure("read_as", label=4) == (True, "90.00 %")
    assert world.measure("turned", first=4, then=9) == (False, "4, 90.00 %")
    assert world.measure("improbable", below=60) == (False, "4, 90.00 %")
    world.selection.show_drawing(then)
    world.say(answer(then, 9, 0.55))
    assert world.measure("turned", first=4, then=9) == (True, "9, 55.00 %")
    assert not world.measure("turned", first=3, then=9).met
    assert world.measure("improbable", below=60) == (True, "9, 55.00 %")
    world.enter()
    assert not world.measure("turned", first=4, then=9).met and not world.measure("improbable", below=60).met


def test_a_flip_counts_when_one_was_found(world):
    def flip(picture):
        return blank(Flip, before=4, after=9, picture=picture, pixels=12)

    world.say(flip(None))
    assert not world.measure("flipped").met
    world.say(flip(np.zeros((28, 28))))
    assert world.measure("flipped") == (True, "4 → 9 with 12 pixels")


@pytest.mark.tabs("train")
def test_widgets_count_as_they_stand(world):
    assert not world.measure("chosen", widget="train.pages", key="runs").met
    world.find(Segments, "train.pages").choose("runs")
    assert world.measure("chosen", widget="train.pages", key="runs").met
    assert not world.measure("switched", widget="run.start").met
    assert not world.measure("switched", widget="train.pages.settings").met
    assert world.measure("switched", widget="train.pages.runs").met


def test_a_node_counts_when_its_tensor_came(world):
    assert not world.measure("node").met
    world.say(blank(NodeValue, shape="10 × 10"))
    assert world.measure("node") == (True, "10 × 10")


def test_dead_neurons_count_when_they_are_folded_away(world):
    fold = QPushButton(world.window)
    fold.setObjectName("fingerprints.fold")
    fold.setCheckable(True)
    world.say(blank(Fingerprints, order=np.arange(300), means=np.zeros((10, 300)), silent=np.arange(66)))
    assert world.measure("dead_folded") == (False, "")
    fold.setChecked(True)
    assert world.measure("dead_folded") == (True, "66 of 300")


# Both ---------------------------------------------------------------------------------------------------------------


@pytest.mark.tabs("train")
def test_the_watch_says_so_when_something_that_matters_happened(world):
    told = []
    world.watch.changed.connect(lambda: told.append(1))
    world.say(accuracy(0.9, 0.9))
    world.selection.change(label=3)
    world.window.show_tab("Train")
    assert len(told) >= 3
    del told[:]
    world.watch.follow("train.pages")
    world.find(Segments, "train.pages").choose("runs")
    assert told
    world.watch.follow("")
    del told[:]
    world.find(Segments, "train.pages").choose("settings")
    assert not told


def test_a_goal_calls_a_choice_what_a_person_reads_there():
    assert say(Call("chosen", {"widget": "graph.of", "key": "network", "name": "Forward pass"})) == (
        "you choose Forward pass"
    )
    assert say(Call("switched", {"widget": "draw.grid"})) == "you switch it on"


def test_every_goal_can_be_said_in_words():
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
