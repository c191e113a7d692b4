"""What a session file may hold of weights is what networks and optimisers have."""

import pytest

from engine.core.lazy import keras
from engine.core.specs import SLOTS, TrainSpec
from engine.model.network.model import Model
from engine.model.training.learner import OPTIMIZERS
from engine.session.store.values import MOST_NESTED, check_fit, from_json, most_bytes, most_of_optimizer


@pytest.mark.parametrize(
    ("layers", "image"),
    [("", (28, 28)), ("3", (8, 8)), ("5, 4, 3", (1, 7)), ("conv 4", (9, 7)), ("conv 4, conv 3, 5", (9, 7))],
)
def test_weights_have_the_shapes_that_keras_gives_them(layers, image):
    spec = TrainSpec(layers=layers)
    made = [tuple(variable.shape) for variable in Model(spec.plan(image, 10)).variables]
    assert spec.plan(image, 10).shapes == made
    check_fit(made, spec.network, image)
    for wrong in (made[:-2], made[::-1], [*made, *made[-2:]], [], [(1,), *made[1:]]):
        with pytest.raises(ValueError, match=r"network|no such number"):
            check_fit(wrong, spec.network, image)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimiser_keeps_its_step_its_rate_and_some_arrays_for_each_weight(name):
    spec, image = TrainSpec(layers="conv 2, 3"), (4, 4)
    weights = Model(spec.plan(image, 2)).variables
    optimizer: keras.Optimizer = OPTIMIZERS[name](0.1)
    optimizer.build(weights)
    shapes = [tuple(variable.shape) for variable in optimizer.variables]
    assert shapes == [(), (), *(tuple(each.shape) for each in weights for _ in range(SLOTS[name]))]
    assert len(shapes) <= most_of_optimizer(len(weights))
    kept = sum(int(each.numpy().nbytes) for each in (*weights, *optimizer.variables))
    assert kept <= most_bytes(spec.network, image)


def test_json_is_read_as_deep_as_it_may_be():
    assert from_json("[" * MOST_NESTED + "]" * MOST_NESTED)
    for text in ("[" * 99 + "]" * 99, '{"a":' * 99 + "1" + "}" * 99, "NaN", "[Infinity]", '"\\udc00"', 7, None, b"[]"):
        with pytest.raises((ValueError, RecursionError)):
            from_json(text)
    assert from_json('["\\u0007", "\\ud83d\\ude42"]') == ["\a", "🙂"]
