"""Dead neurons of networks of any layers, counted in NumPy: a linear one has nothing that could die."""

import numpy as np
import pytest
import tensorflow as tf
from trained import with_run

from engine.core.machine.device import device
from engine.model.network.model import Model
from engine.model.network.plain import plain_answer
from engine.model.training.evaluation import Evaluation


@pytest.mark.parametrize(
    "layers", ["conv 6, residual(conv 6 5x5, conv 6 3x3), 9 relu6, 8 linear, 7 tanh, 6", "9, batchnorm, 7"]
)
def test_a_neuron_is_dead_where_its_activation_never_lets_anything_through_or_never_changes(session, layers):
    run, data = with_run(session, layers).runs["A"], session.data()
    plan, weights = run.plan_of(run.moments[24].weights), list(run.moments[24].weights)
    for number in plan.kernels[:-1]:  # two of each layer never fire, or never change
        weights[number][..., 1:3] = 0
        weights[number + 1][1:3] = -2
    model = Model(plan)
    model.set_weights(weights)
    tests = tf.constant(data.test_images), tf.constant(data.test_labels.astype(np.int64))
    *_, result = Evaluation(run.spec, model, device()).slices(*tests)

    outputs = plain_answer(plan, weights, data.test_images / 255).hidden
    wanted = []
    for layer, output in zip(plan.hidden, outputs, strict=True):
        neurons = output.reshape(-1, layer.width)
        dead = (neurons <= 0).all(axis=0) if "relu" in layer.activation else np.ptp(neurons, axis=0) < 0.01
        wanted.append(0 if layer.activation == "linear" else int(dead.sum()))
    assert result.dead == tuple(wanted)
    assert [layer.activation for layer in plan.hidden].count("linear") == wanted.count(0) < len(wanted)
