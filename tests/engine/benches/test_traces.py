"""The count of TensorFlow's traces, by which a benchmark tells that nothing is compiled behind its back."""

from bench.timing import count_traces
from engine.core.lazy import tf


def traces(session):
    (answer,) = count_traces(session)
    return answer.traces


def test_each_new_kind_of_argument_is_one_trace_more(session):
    function = tf.function(lambda x: x + 1)
    before = traces(session)
    function(tf.constant(1))
    assert traces(session) == before + 1
    function(tf.constant(2))
    assert traces(session) == before + 1
    function(tf.constant(1.0))
    assert traces(session) == before + 2
