"""The selection: which neuron is picked out, and in which networks that means anything."""

from engine.core.lens import Lens, Neuron
from engine.core.specs import TrainSpec
from tests.gui import worlds
from tests.gui.session_messages import opened, summary
from tests.gui.training_messages import started


class World(worlds.World):
    """A selection that hears of the runs A and B (300 neurons), C and D (128, 64, 32)."""

    def __init__(self):
        super().__init__()
        for run, layers in (("A", "300"), ("B", "300"), ("C", "128, 64, 32"), ("D", "128, 64, 32")):
            self.say(started(run, TrainSpec(layers=layers)))
        self.told = []
        self.selection.changed.connect(self.told.append)

    def look(self, run, neuron=None):
        self.selection.change(lens=Lens(run), **({"neuron": neuron} if neuron else {}))
        del self.told[:-1]


def test_a_neuron_of_another_network_is_not_selected_until_one_is_back_at_its_own(world):
    for neuron in (Neuron(1, 33), Neuron(0, 33)):  # the second is another neuron with the same number there
        world.look("C", neuron)
        assert world.selection.neuron == neuron
        world.look("A")
        assert world.selection.neuron is None and world.told[-1] == {"lens", "neuron"}
        world.look("C")
        assert world.selection.neuron == neuron and world.told[-1] == {"lens", "neuron"}

    for lens in (Lens("D"), Lens("D", 550)):  # of the same architecture, and at another moment
        world.selection.change(lens=lens)
        assert world.selection.neuron == neuron and world.told[-1] == {"lens"}
    world.look("A", Neuron(0, 250))
    world.look("C")
    assert world.selection.neuron is None, "another one was picked out since"

    for run, layers in (("E", "conv 16, 10"), ("F", "16, 10")):
        world.say(started(run, TrainSpec(layers=layers)))
    world.look("E", Neuron(0, 3))
    world.look("F")
    assert world.selection.neuron is None, "a feature map is not the neuron of a dense layer as wide"


def test_a_neuron_that_the_network_of_this_or_another_session_has_not_cannot_be_selected(world):
    for neuron in (Neuron(0, 300), Neuron(1, 0), Neuron(0, -1), Neuron(-1, 0)):
        world.look("A", Neuron(0, 299))
        world.selection.change(neuron=neuron)
        assert world.selection.neuron is None
    world.look("A", Neuron(0, 250))
    world.look("C", Neuron(2, 31))
    assert world.selection.neuron == Neuron(2, 31) and world.told == [{"lens", "neuron"}], "both in one go"

    world.look("A", Neuron(0, 250))
    world.say(opened(runs=[summary("A", spec=TrainSpec(layers="100"))]))
    assert world.selection.neuron is None and world.told[-1] == {"neuron"}
    world.selection.change(neuron=Neuron(0, 99))
    assert world.selection.neuron == Neuron(0, 99)
