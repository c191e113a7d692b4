"""The benchmark of opening data: every format is opened, and has its figures."""

import json

from bench.data import WORDS, bench_data
from engine.cli.parts.parser import parse


def test_every_format_is_opened_and_has_its_figures(capsys, monkeypatch):
    words = ["bench", "--data", "--dataset", "sample", "--rounds", "1"]
    assert bench_data(parse([*words, "--json"])) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["data"] == "MNIST sample 4,000 + 1,000" and told["pictures"] == 1_000
    for name in WORDS:
        assert told[name]["seconds"] > 0 and told[name]["longest_turn_ms"] >= 0 and told[name]["bytes"] > 0
    monkeypatch.setattr("bench.data.opening_dataset", lambda path: ())  # once is enough
    assert bench_data(parse(words)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(WORDS) and all("opened in" in line for line in lines[1:])
