"""The breakdown: products and bias that add up to the logit of the answer."""

import math

import pytest
from trained import picture, with_run

from engine.analysis.probes.answer import answer
from engine.analysis.probes.breakdown import breakdown
from engine.core.errors import UserError
from engine.core.lens import Lens, Neuron


def check(session, lens, image, label):
    (result,), (answered,) = breakdown(session, lens, image, label), answer(session, lens, image)
    network = session.weights(lens)
    assert result.logit == pytest.approx(result.bias + math.fsum(line.product for line in result.lines), abs=1e-12)
    assert result.logit == pytest.approx(answered.logits[label], abs=1e-9)
    assert result.bias == float(network[-1][label])
    assert sorted(line.neuron for line in result.lines) == list(range(len(network[-3])))
    sizes = [abs(line.product) for line in result.lines]
    assert sizes == sorted(sizes, reverse=True)
    for line in result.lines:
        assert line.activation == float(answered.hidden[-1][line.neuron])
        assert line.weight == float(network[-2][line.neuron, label])
        assert line.product == line.activation * line.weight
    return result


@pytest.mark.parametrize(
    ("layers", "activation"), [("12", "relu"), ("9, 7", "gelu"), ("conv 3, conv 4, 6", "tanh"), ("5", "sigmoid"),
     ("9, batchnorm, relu, 7, layernorm", "relu"),
     ("conv 4 5x5 stride 2, batchnorm, residual(conv 4), global average, 8 elu, dropout 0.3", "relu")]
)  # fmt: skip
def test_the_lines_and_the_bias_add_up_to_the_logit(session, layers, activation):
    with_run(session, layers, activation)
    for label in range(4):
        for step in (0, 24):
            check(session, Lens("A", step), picture(session, label), label)
    result = check(
        session, Lens("A", 12, frozenset({Neuron(len(session.runs["A"].spec.hidden) - 1, 3)})), picture(session), 1
    )
    assert next(line for line in result.lines if line.neuron == 3).product == 0, "a silenced one adds nothing"


@pytest.mark.parametrize(
    "layers", ["", "conv 5", "12, residual(12)", "conv 5, global average", "branches(9 | 7)", "9 relu, tanh"]
)
def test_a_network_without_a_dense_hidden_layer_has_no_breakdown(session, layers):
    with_run(session, layers)
    with pytest.raises(UserError, match="do not read a dense hidden layer"):
        list(breakdown(session, Lens("A"), picture(session), 1))
