"""The benchmark of looking into the hidden layer: every figure is there, and a number."""

import json

import pytest

from bench.views import WORDS, bench_views
from engine.cli.parts.parser import parse
from engine.core.machine.bundled import BUNDLED


@pytest.mark.slow
@pytest.mark.skipif(not BUNDLED.is_file(), reason="the session that comes along is not made yet")
def test_each_figure_is_a_time_and_its_longest_turn(capsys):
    words = ["bench", "--views", "--dataset", "sample", "--rounds", "1"]
    assert bench_views(parse([*words, "--json"])) == 0
    figures = json.loads(capsys.readouterr().out)
    for name in WORDS:
        total, longest = figures[name]
        assert 0 < longest <= total < 120_000, name
