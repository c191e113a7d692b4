"""Silencing, boosting, setting to the mean: what the lens carries then, and that all of it can be undone."""

import pytest

from engine.core.lens import Adjusted, Lens, Neuron
from gui.state.selection import Selection
from gui.state.silencing import Silencing

FIRST, SECOND = Neuron(0, 3), Neuron(0, 7)


@pytest.fixture
def selection(qapp):
    made = Selection()
    made.change(lens=Lens("A"))
    return made


@pytest.fixture
def silencing(selection):
    return Silencing(selection, {"A", "B"}, selection.history)


def text(selection):
    return selection.history.stack.undoText()


def test_silenced_neurons_are_in_the_lens_and_undo_brings_them_back_in_the_run_it_was_done_in(selection, silencing):
    silencing.silence([FIRST, SECOND])
    assert selection.lens == Lens("A", silenced=frozenset({FIRST, SECOND}))
    assert text(selection) == "silence 2 neurons"
    selection.history.undo()
    assert selection.lens == Lens("A")
    selection.history.redo()
    assert selection.lens.silenced == {FIRST, SECOND}
    selection.change(lens=Lens("A", 550, frozenset({FIRST, SECOND})))
    selection.history.undo()
    assert selection.lens == Lens("A", 550), "the moment stays as it is now"

    silencing.silence([FIRST])
    silencing.silence([SECOND])
    selection.change(lens=Lens("B", 10, frozenset({Neuron(1, 2)})))
    selection.history.undo()
    assert selection.lens == Lens("A", silenced=frozenset({FIRST}))


def test_without_a_network_nothing_is_done_and_what_is_silent_already_is_no_change(selection, silencing):
    silencing.silence([FIRST])
    silencing.silence([FIRST])
    silencing.silence([])
    assert selection.history.stack.count() == 1
    silencing.silence([FIRST, SECOND])
    assert text(selection) == "silence 1 neuron"
    selection.change(lens=None)
    silencing.silence([Neuron(0, 9)])
    assert selection.history.stack.count() == 2 and not silencing.changed


def test_a_boost_is_carried_as_a_factor_and_bringing_back_takes_both_kinds_of_change_away(selection, silencing):
    silencing.silence([FIRST])
    silencing.boost([FIRST, SECOND], 3)
    boosted = frozenset({Adjusted(0, 3, 3.0), Adjusted(0, 7, 3.0)})
    assert selection.lens == Lens("A", adjusted=boosted)
    assert text(selection) == "boost 2 neurons × 3"
    silencing.boost([SECOND], 1)
    assert selection.lens.adjusted == {Adjusted(0, 3, 3.0)}

    silencing.silence([FIRST])
    silencing.boost([SECOND], 3)
    assert silencing.changed == {FIRST, SECOND}
    silencing.restore([SECOND])
    assert silencing.changed == {FIRST}
    silencing.restore_all()
    assert selection.lens == Lens("A")
    selection.history.undo()
    selection.history.undo()
    assert silencing.changed == {FIRST, SECOND}


def test_a_frozen_neuron_passes_on_its_own_mean_also_where_it_was_boosted(selection, silencing):
    silencing.boost([FIRST], 4)
    silencing.freeze({FIRST: 2.0, SECOND: 0.7})
    assert selection.lens.adjusted == {Adjusted(0, 3, 0.0, 0.5), Adjusted(0, 7, 0.0, 0.7)}
    silencing.freeze({FIRST: 99.0})
    assert Adjusted(0, 3, 0.0, 0.5) in selection.lens.adjusted
    silencing.silence([SECOND])
    before = selection.lens
    silencing.freeze({SECOND: 0.0})
    assert selection.lens == before, "a silenced one has a mean of nothing"


def test_what_is_tried_out_is_one_step_when_it_is_kept(selection, silencing):
    silencing.silence([FIRST])
    silencing.boost([SECOND], 3)
    before = selection.lens
    other = Neuron(1, 3)
    for neurons in ([SECOND], [SECOND, Neuron(0, 1)], [Neuron(0, 1)]):
        silencing.try_out(0, neurons)
        assert selection.lens.silenced == set(neurons) and selection.lens.adjusted == before.adjusted
    silencing.try_out(1, [other])
    assert selection.history.stack.count() == 2
    silencing.keep_tried("silence some")
    assert (selection.history.stack.count(), text(selection)) == (3, "silence some")
    selection.history.undo()
    assert selection.lens == before
    selection.history.redo()
    assert selection.lens.silenced == {Neuron(0, 1), other}

    silencing.try_out(0, [FIRST])
    silencing.try_out(0, [Neuron(0, 1)])
    silencing.keep_tried("silence none")
    silencing.keep_tried("silence none")
    assert selection.history.stack.count() == 3, "what ends as it began is no step"
