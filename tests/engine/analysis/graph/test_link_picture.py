"""A network as nodes and links, against the network computed in plain NumPy."""

import numpy as np
import pytest
from trained import dense_by_hand, picture, with_run

from engine.analysis.graph.jobs import picture_network
from engine.core.lens import Lens, Neuron


def test_neurons_and_links_are_the_strongest(session):
    with_run(session, "60, 9")
    (told,) = picture_network(session, Lens("A"), image=2)
    weights, image = session.runs["A"].moments[24].weights, picture(session, 2)
    first = np.maximum(image.ravel() @ weights[0] + weights[1], 0)
    column = told.hidden[0]
    assert (column.neurons, len(column.numbers)) == (60, 40)
    left_out = np.setdiff1d(np.arange(60), column.numbers)
    assert np.abs(first[left_out]).max() <= column.values.min()
    np.testing.assert_allclose(column.values, first[column.numbers], atol=1e-6)
    flows = first[column.numbers, None] * weights[2][column.numbers][:, told.hidden[1].numbers]
    links = told.links[1]
    np.testing.assert_allclose(links.flows, flows[links.sources, links.targets], atol=1e-6)
    assert np.abs(links.flows[0]) == pytest.approx(np.abs(flows).max(), rel=1e-5)
    pixel = told.links[0]
    expected = image.ravel()[pixel.sources] * weights[0][pixel.sources, column.numbers[pixel.targets]]
    np.testing.assert_allclose(pixel.flows, expected, atol=1e-6)
    assert told.probabilities.sum() == pytest.approx(1)


def test_a_silenced_neuron_hands_nothing_on(dense):
    image = picture(dense)
    hidden, _ = dense_by_hand(dense.runs["A"].moments[24].weights, image[None])
    strongest = int(hidden[0].argmax())
    (told,) = picture_network(dense, Lens("A", None, frozenset({Neuron(0, strongest)})), picture=image)
    assert told.hidden[0].values[strongest] == 0
    assert strongest not in told.links[1].sources
    assert "the drawing" in told.about and "run A after" in told.about
    dense.runs["A"].title = "no luck"
    (told,) = picture_network(dense, Lens("A"), picture=image)
    assert "run A · no luck after" in told.about


@pytest.mark.parametrize("layers", ["conv 3, conv 4, 6", "conv 5", ""])
def test_every_architecture_has_a_picture(session, layers):
    with_run(session, layers)
    (told,) = picture_network(session, Lens("A"))
    assert len(told.links) == len(told.hidden) + 1
    for links in told.links:
        assert np.isfinite(links.flows).all()
    if layers.endswith("6"):
        weights, values = session.runs["A"].moments[24].weights, told.hidden[-1].values
        links = told.links[-1]
        expected = values[links.sources] * weights[-2][links.sources, links.targets]
        np.testing.assert_allclose(links.flows, expected, atol=1e-6)
