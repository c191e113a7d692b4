"""What XLA has compiled is released after a number of functions, and compiled again where it is still in use."""

import sys

import numpy as np
import pytest

from engine.core import lazy
from engine.core.lazy import tf
from engine.core.machine.compiled import MOST_KEPT, compiled, programs, release_programs


@pytest.fixture(autouse=True)
def by_xla(monkeypatch):
    """Compile here, where other tests do not."""
    monkeypatch.setattr(lazy.tf, "function", lazy.tf.__getattr__("function"), raising=False)


def are_there():
    """Whether XLA has compiled anything since it was released last; releases it."""
    try:
        tf.raw_ops.DestroyResourceOp(resource=programs(), ignore_lookup_error=False)
    except tf.errors.NotFoundError:
        return False
    return True


only_here = pytest.mark.skipif(sys.platform != "linux", reason="the name of the type was tried on Linux alone")


@only_here
def test_programs_are_released_and_compiled_again_where_they_are_in_use():
    function, x = compiled(lambda x: x * x + 1), np.float32([1, 2, 3])
    first = function(x).numpy()
    release_programs()
    assert not are_there()
    assert (function(x).numpy() == first).all() and (first == x * x + 1).all()
    assert are_there()


@only_here
def test_one_function_in_so_many_releases_those_before():
    function, released = compiled(lambda x: x + 1), []
    for _ in range(2 * MOST_KEPT):
        function(np.float32([1, 2]))
        compiled(lambda x: x)
        released.append(not are_there())
    assert released.count(True) == 2 and released[:MOST_KEPT] == released[MOST_KEPT:]


@only_here
def test_functions_without_xla_release_nothing():
    function = compiled(lambda x: x + 1)
    function(np.float32([1, 2]))
    for _ in range(MOST_KEPT):
        compiled(lambda x: x, xla=False)
    assert are_there()


def test_without_xla_a_function_is_traced_for_its_signature_alone():
    function = compiled(lambda x: x + 1, [tf.TensorSpec([None])], xla=False)
    assert function(np.float32([1])).numpy() == [2]
    assert function(np.float32([1, 2, 3])).numpy().tolist() == [2, 3, 4]
    assert function.experimental_get_tracing_count() == 1
