"""What a view knows of runs: their layers, whether they have weights yet, and what their moments are called."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject

from engine.base.lens import Lens, Neuron
from engine.session.run_jobs import RunRemoved, RunRestored
from engine.training.messages import MomentKept, RunChanged
from gui.state.known_runs import KnownRuns
from tests.gui.session_messages import opened, summary
from tests.gui.training_messages import started

A = Lens("A")


@pytest.fixture
def known(qtbot):
    calls, parent = {}, QObject()
    made = KnownRuns(SimpleNamespace(listen=calls.__setitem__), parent)
    made.say, made.told, made.kept = lambda message: calls[type(message)](message), [], parent
    made.changed.connect(made.told.append)
    made.appeared.connect(lambda: made.told.append("appeared"))
    return made


def test_of_no_run_nothing_is_known(known):
    assert not known.knows(A) and not known.knows(None) and not known.is_unborn(A)
    assert known.hidden(None) == () and known.width(A, 0) == 0 and known.layers("A") is None
    assert known.titles("A") == {} and not known.is_map(A, None)


def test_a_run_that_has_begun_is_unborn_until_its_first_moment(known):
    known.say(started())
    assert known.knows(A) and known.is_unborn(A) and known.layers("A") == len(known.hidden(A)) + 1
    known.say(MomentKept(run="A", step=0))
    assert not known.is_unborn(A)
    known.say(MomentKept(run="A", step=5))
    assert known.told == ["A", "appeared", "A", "appeared", "A"]
    assert known.titles("A")[0] == "the start" and set(known.titles("A")) == {0, 5}
    known.say(RunChanged(run="A", title="", color=0, pinned=False, moments=(0, 5), bookmarks={5: "knee"}))
    assert known.titles("A")[5] == "knee"


def test_a_neuron_is_there_when_its_layer_is_wide_enough(known):
    known.say(opened(runs=[summary("A")]))
    width = known.width(A, 0)
    assert width and known.has(A, Neuron(0, width - 1)) and not known.has(A, Neuron(0, width))
    assert not known.has(A, Neuron(9, 0)) and known.told == ["", "appeared"]


def test_of_a_removed_run_the_layers_are_still_known_and_a_restored_one_has_its_moments_again(known):
    known.say(opened(runs=[summary("A")]))
    titles = known.titles("A")
    known.say(RunRemoved(run="A"))
    assert known.titles("A") == {} and known.knows(A) and not known.is_unborn(A)
    known.say(RunRestored(run="A", summary=summary("A")))
    assert known.titles("A") == titles and known.told == ["", "appeared", "A", "A"]
