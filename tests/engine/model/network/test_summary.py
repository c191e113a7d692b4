"""What a layer comes to, in turns; and products in parts."""

import numpy as np
import pytest

from engine.core.messages import run_through
from engine.model.network import summary as module
from engine.model.network.summary import product_over_rows, summary


def test_means_and_ends_are_those_of_numpy_however_it_is_cut(monkeypatch):
    generator = np.random.default_rng(1)
    hidden = generator.normal(size=(90, 12)).astype(np.float32)
    hidden[:, 4], labels = 0, generator.integers(0, 3, 90).astype(np.uint8)
    for at_once in (module.AT_ONCE, 50):
        monkeypatch.setattr(module, "AT_ONCE", at_once)
        result = run_through(summary(hidden, labels, 4))
        for label in range(3):
            np.testing.assert_allclose(result.means[label], hidden[labels == label].mean(axis=0), atol=1e-6)
        assert np.isnan(result.means[3]).all()
        np.testing.assert_allclose(result.average, hidden.mean(axis=0), atol=1e-6)
        np.testing.assert_array_equal(result.lowest, hidden.min(axis=0))
        np.testing.assert_array_equal(result.highest, hidden.max(axis=0))


def test_a_relu_never_fires_at_zero_and_any_other_neuron_where_it_never_changes():
    hidden = np.array([[0, 0.2, 0.5, -0.3], [0, 0.0, 0.5, -0.3], [0, 0.1, 0.503, 0.3]], np.float32)
    result = run_through(summary(hidden, np.zeros(3, np.uint8), 1))
    np.testing.assert_array_equal(result.never_fire("relu"), [True, False, False, False])
    np.testing.assert_array_equal(result.never_fire("sigmoid"), [True, False, True, False])


@pytest.mark.parametrize(("rows", "columns", "exactness"), [(1, 1, 1e-7), (3, 17, 1e-6), (40, 64, 1e-6)])
def test_sums_of_many_are_as_exact_as_of_few(rows, columns, exactness):
    """Equal numbers are the worst: rounded in one direction, whichever kernel a processor has for such a product."""
    result = product_over_rows(np.full((rows, 200_000), 1.1, np.float32), np.full((200_000, columns), 1.1, np.float32))
    np.testing.assert_allclose(result, 200_000 * float(np.float32(1.1)) ** 2, rtol=exactness)
