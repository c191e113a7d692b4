"""The chip and the figure in the bar below: what they say of changed neurons, and of which images."""

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from engine.core.lens import Adjusted, Lens, Neuron
from engine.data.dataset import count_test_images
from engine.model.training.messages import MomentKept
from gui.shell.menus.edit_actions import go
from gui.state.silencing import Silencing, changes_of
from tests.gui.fake_engine import dataset_opened
from tests.gui.training_messages import epoch, started
from tests.gui.worlds import WindowWorld

DATA = dataset_opened()


@pytest.fixture
def world(ready, qtbot):
    """The whole window with run A, tested on MNIST's 10,000 images."""
    made = WindowWorld(ready)
    made.silencing = Silencing(made.selection, made.application.bridge.runs, made.selection.history)
    made.chip, made.figure = made.find(QPushButton, "lens.changes"), made.find(QLabel, "transport.accuracy")
    made.say(DATA, started("A", dataset=DATA.summary), MomentKept(run="A", step=0), epoch(40))
    qtbot.waitUntil(lambda: bool(made.figure.text()))
    return made


def test_a_chip_says_how_many_neurons_are_changed_and_a_click_brings_them_back_which_is_undone_in_their_tab(world):
    history, notices = world.selection.history, world.application.notices
    assert world.chip.isHidden()
    history.show("Fingerprints")
    world.silencing.silence(Neuron(0, number) for number in range(23))
    assert world.chip.isVisible() and world.chip.text() == "23 silenced"
    history.show("Map")
    world.chip.click()
    assert world.selection.lens == Lens("A") and world.chip.isHidden()
    go("undo", history, notices)
    assert world.selection.lens == Lens("A"), "nothing was changed in Map"
    assert "Fingerprints: restore 23 neurons" in notices.history[-1].sentence
    history.show("Fingerprints")
    go("undo", history, notices)
    assert world.chip.text() == "23 silenced" and len(world.selection.lens.silenced) == 23
    assert notices.history[-1].sentence == "Undone: restore 23 neurons."
    go("undo", history, notices)
    assert world.selection.lens == Lens("A")
    assert notices.history[-1].sentence == "Undone: silence 23 neurons."

    world.silencing.boost([Neuron(0, 1), Neuron(0, 2)], 3.0)
    world.silencing.freeze({Neuron(0, 5): 0.7})
    assert world.chip.text() == "2 boosted, 1 set to mean"
    world.silencing.silence([Neuron(0, 1)])
    assert world.chip.text() == "1 silenced, 1 boosted, 1 set to mean", "each neuron once"


def test_what_a_lens_changes_in_words_and_how_many_test_images_a_summary_of_data_has():
    assert changes_of(None) == changes_of(Lens("A", 7)) == ""
    assert changes_of(Lens("A", adjusted=frozenset({Adjusted(0, 1, 0.0, 0.5)}))) == "1 set to mean"
    many = frozenset(Neuron(0, number) for number in range(1_200))
    assert changes_of(Lens("A", silenced=many)) == "1,200 silenced"
    assert count_test_images("MNIST 55,000 + 10,000") == 10_000
    assert count_test_images("") is count_test_images("MNIST") is count_test_images("a + b") is None


def test_beside_silenced_neurons_the_figure_says_that_it_is_of_the_network_as_trained(world):
    figure = f"{100 * epoch(40).test_accuracy:.2f} %"
    assert world.figure.text() == f"{figure} of 10,000"
    assert "the run's 10,000 test images after epoch 40" in world.figure.toolTip()
    world.silencing.silence([Neuron(0, 3)])
    assert world.figure.text() == f"{figure} as trained"
    assert "not with 1 silenced" in world.figure.toolTip()
    world.selection.history.undo()
    assert world.figure.text() == f"{figure} of 10,000"
    world.say(dataset_opened("Sample"))
    assert world.figure.text() == f"{figure} of 10,000" and "Other data are open now" in world.figure.toolTip()
