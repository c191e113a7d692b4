"""The benchmarks of the engine: every figure is there, and TensorFlow's traces are counted."""

import json

import pytest

from bench import data, growth, quick, views
from bench.timing import count_traces
from engine.cli.parts.parser import parse
from engine.core.lazy import tf
from engine.core.machine.bundled import BUNDLED


def test_every_format_is_opened_and_has_its_figures(capsys, monkeypatch, stripes_file):
    words = ["bench", "--data", "--dataset", str(stripes_file), "--rounds", "1"]
    assert data.bench_data(parse([*words, "--json"])) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["data"] == "stripes 240 + 90" and printed["pictures"] == 90
    for name in data.WORDS:
        assert printed[name]["seconds"] > 0 and printed[name]["longest_turn_ms"] >= 0 and printed[name]["bytes"] > 0
    monkeypatch.setattr("bench.data.opening_dataset", lambda path: ())  # once is enough
    assert data.bench_data(parse(words)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(data.WORDS) and all("opened in" in line for line in lines[1:])


@pytest.mark.slow
@pytest.mark.skipif(not BUNDLED.is_file(), reason="the session that comes along is not made yet")
def test_each_look_into_the_hidden_layer_has_a_time_and_its_longest_turn(capsys):
    assert views.bench_views(parse(["bench", "--views", "--dataset", "sample", "--rounds", "1", "--json"])) == 0
    figures = json.loads(capsys.readouterr().out)
    for name in views.WORDS:
        total, longest = figures[name]
        assert 0 < longest <= total < 120_000, name


@pytest.mark.slow
def test_growth_has_a_figure_for_each_size_with_its_exponent_and_a_row_that_takes_too_long_ends(monkeypatch):
    figures = growth.growth("runs", (2, 4), ("epoch", "file"), rate=1e9)
    assert all(list(known) == [2, 4] and min(known.values()).value > 0 for known in figures.values())
    monkeypatch.setattr(growth, "LIMIT_SECONDS", 0)
    figures |= growth.growth("images", (400, 800), ("duplicates",), rate=1e9)
    assert figures["duplicates"] == {400: growth.Figure(None)}
    assert growth.exponent({2: 12.0, 4: 48.0, 8: None}) == pytest.approx(2) and growth.exponent({2: 1.0}) is None
    assert len(list(growth.table("Runs", {name: name for name in figures}, figures))) == 4


def test_quick_marks_a_ratio_that_is_worse_beyond_its_own_spread():
    now = {"epoch": quick.Ratio(1.2, 0.05), "open": quick.Ratio(1.2, 0.2)}
    kept = dict.fromkeys(now, (1, 0.01))
    said = quick.lines(now, {"version": "1", "machine": "this", "ratios": kept})
    assert ["WORSE" in line for line in said] == [False, False, True, False]


def test_each_new_kind_of_argument_is_one_trace_more(session):
    function = tf.function(lambda x: x + 1)
    counts = []
    for argument in (None, 1, 2, 1.0):
        if argument is not None:
            function(tf.constant(argument))
        (answer,) = count_traces(session)
        counts.append(answer.traces)
    assert [count - counts[0] for count in counts] == [0, 1, 1, 2]
