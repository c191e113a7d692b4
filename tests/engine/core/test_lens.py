"""The lens: which weights it shows, and what silenced and adjusted neurons pass on."""

import numpy as np
import pytest
from trained import with_run

from engine.core.errors import UserError
from engine.core.lazy import tf
from engine.core.lens import Adjusted, Lens, Neuron, output_scaling
from engine.model.network.lens_network import lens_network
from engine.model.network.model import Model
from engine.model.training.run import is_kept


@pytest.mark.parametrize("layers", ["conv 3, conv 4, 5", "conv 3"])
def test_a_changed_neuron_passes_on_what_the_lens_says_in_every_view(session, layers):
    with_run(session, layers, "tanh")
    images = session.data().test_images[:5] / np.float32(255)
    run = session.runs["A"]
    model = Model(run.spec.plan((8, 8), 4))
    model.set_weights(run.moments[12].weights)
    for layer in range(len(run.spec.hidden)):

        def change(number, output, layer=layer):
            if number != layer:
                return output
            factors, offsets = np.ones(output.shape[-1], "f"), np.zeros(output.shape[-1], "f")
            factors[:3], offsets[:3] = (0, 3, 0), (0, 0, 0.8)
            return output * factors + offsets

        hidden, wanted = model(tf.constant(images), change)
        adjusted = {Adjusted(layer, 1, factor=3.0), Adjusted(layer, 2, 0.0, 0.8), Adjusted(layer, 0, 9.0)}
        lens = Lens("A", 12, frozenset({Neuron(layer, 0)}), frozenset(adjusted))
        network = lens_network(session, lens)
        found_hidden, found = network.outputs(images)
        np.testing.assert_allclose(found, wanted, atol=1e-5)
        wanted_hidden = [np.mean(each, axis=(1, 2)) if each.ndim == 4 else each for each in hidden]
        for one, other in zip(found_hidden, wanted_hidden, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)
        for number, image in enumerate(images):
            plain_hidden, plain = network.answer(image)
            np.testing.assert_allclose(plain, wanted[number], atol=1e-5)
            for one, other in zip(plain_hidden, wanted_hidden, strict=True):
                np.testing.assert_allclose(one, other[number], atol=1e-5)


def test_what_no_layer_changes_is_nothing():
    assert output_scaling([4, 3], frozenset()) == [None, None]
    first, second = output_scaling([4, 3], frozenset({Neuron(1, 2)}))
    assert first is None
    assert second.factors.tolist() == [1, 1, 0]
    assert second.offsets.tolist() == [0, 0, 0]


def test_a_neuron_that_does_not_exist_is_an_error():
    for neuron in (Neuron(0, 3), Neuron(0, -1), Neuron(1, 0), Neuron(-1, 0)):
        for changes in ([{neuron}], [(), {Adjusted(*neuron, 2.0)}]):
            with pytest.raises(IndexError, match="no hidden neuron"):
                output_scaling([3], *map(frozenset, changes))


def test_the_lens_shows_a_moment_and_live_is_the_newest(session):
    moments = with_run(session, "16").runs["A"].moments
    for lens, step in ((Lens("A", 0), 0), (Lens("A"), 24), (Lens("A", 24, frozenset({Neuron(0, 5)})), 24)):
        for array, wanted in zip(session.weights(lens), moments[step].weights, strict=True):
            np.testing.assert_array_equal(array, wanted)  # those of silenced neurons are as they were learned
    assert not np.array_equal(moments[0].weights[0], moments[24].weights[0])
    with pytest.raises(UserError, match="no run Z"):
        session.weights(Lens("Z"))


def test_moments_stand_closest_at_the_start_and_then_at_every_epoch():
    kept = [step for step in range(1651) if is_kept(step, 550)]
    assert kept == [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 550, 1100, 1650]
