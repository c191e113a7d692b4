"""A neuron's weights as a picture, checked against the network's output itself."""

import numpy as np
import pytest
from trained import with_run

from engine.analysis.probes.weight_pictures import weight_picture
from engine.core.errors import UserError
from engine.core.lens import Lens, Neuron


def only(job):
    (message,) = [message for message in job if message is not None]
    return message


def test_a_pixel_of_it_is_what_the_pixel_adds_to_the_neuron(session):
    with_run(session, "12")
    lens, neuron = Lens("A", 12), Neuron(0, 5)
    told = only(weight_picture(session, lens, neuron))
    kernel, bias, *_ = session.runs["A"].moment(12).weights
    assert (told.run, told.step, told.neuron, told.picture.shape) == ("A", 12, neuron, (8, 8))
    assert told.picture.dtype == np.float32 and not told.picture.flags.writeable
    ink = np.zeros((8, 8), np.float32)
    ink[2, 3] = 1
    assert told.picture[2, 3] == pytest.approx((ink.reshape(-1) @ kernel + bias)[5] - bias[5])
    np.testing.assert_array_equal(told.picture.reshape(-1), kernel[:, 5])


def test_in_a_deeper_layer_it_is_what_a_pixel_would_add_if_all_neurons_on_the_way_fired(session):
    with_run(session, "9, 7, 5")
    one, _, two, _, three, *_ = (array.astype(np.float64) for array in session.runs["A"].moment(None).weights)
    told = only(weight_picture(session, Lens("A"), Neuron(2, 4)))
    np.testing.assert_allclose(told.picture.reshape(-1), (one @ two @ three)[:, 4], rtol=1e-4, atol=1e-6)


def test_the_moment_of_the_lens_is_followed(session):
    with_run(session, "12")
    pictures = [only(weight_picture(session, Lens("A", step), Neuron(0, 0))).picture for step in (0, 24)]
    assert not np.array_equal(*pictures)


def test_a_feature_map_shows_its_kernel_and_what_lies_behind_it_has_no_picture(session):
    with_run(session, "conv 3, 6")
    kernel = session.runs["A"].moment(None).weights[0]
    told = only(weight_picture(session, Lens("A"), Neuron(0, 2)))
    np.testing.assert_array_equal(told.picture, kernel[:, :, 0, 2])
    assert list(weight_picture(session, Lens("A"), Neuron(1, 2))) == []


@pytest.mark.parametrize("neuron", [Neuron(0, 12), Neuron(0, -1), Neuron(1, 0), Neuron(-1, 0)])
def test_a_neuron_that_is_not_there_is_refused_in_a_sentence(session, neuron):
    with_run(session, "12")
    with pytest.raises(UserError, match="has no neuron"):
        list(weight_picture(session, Lens("A"), neuron))
