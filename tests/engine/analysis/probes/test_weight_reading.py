"""The Weights tab's questions: pictures first, then the spread of all weights; and the order of the fingerprints."""

import numpy as np
import pytest
from told import told
from trained import neuron_order, with_run

from engine.analysis.probes.weight_histograms import WeightHistograms
from engine.analysis.probes.weight_pictures import WeightPictures
from engine.analysis.probes.weight_reading import read_weights, sort_neurons
from engine.core.lens import Lens, Neuron
from engine.core.messages import run_through
from engine.model.network.activations import activations


def test_pictures_come_before_histograms_and_of_the_classes_there_is_no_order(session):
    with_run(session, "9, 7")
    result = told(read_weights(session, Lens("A"), 1, "pixels", None))
    assert [type(each) for each in result] == [WeightPictures, WeightHistograms]
    assert told(sort_neurons(session, Lens("A"), 2, "class")) == []


@pytest.mark.parametrize("key", ["index", "class", "similar", "mean"])
@pytest.mark.parametrize("layer", [0, 1])
def test_the_order_is_that_of_the_fingerprints_without_what_is_silenced(session, key, layer):
    with_run(session, "12, 7", activation="gelu")
    hidden = run_through(activations(session, Lens("A", 12)))
    wanted = neuron_order(hidden.hidden[layer], hidden.labels, key, 4)
    lens = Lens("A", 12, silenced=frozenset({Neuron(0, 3), Neuron(1, 2)}))
    (result,) = told(sort_neurons(session, lens, layer, key))
    assert (result.step, result.layer, result.key) == (12, layer, key)
    np.testing.assert_array_equal(result.order, wanted)
