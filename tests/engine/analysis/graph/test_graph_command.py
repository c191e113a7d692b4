"""The command that draws a graph into a file."""

import xml.etree.ElementTree as ET

import pytest

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse


def run(*words):
    return run_wanted(parse(["graph", *map(str, words)]))


@pytest.mark.parametrize("of", ["warmup", "network", "training"])
def test_each_graph_becomes_a_file(made, tmp_path, capsys, of):
    out = tmp_path / f"{of}.svg"
    which = () if of == "warmup" else ("--session", made, "--run", "B", "--moment", "e2")
    assert run("--of", of, *which, "--out", out, "--open") == 0
    assert ET.parse(out).getroot().tag.endswith("svg")
    assert "operations" in capsys.readouterr().out


def test_closed_blocks_make_a_smaller_file(own_home, tmp_path):
    for flag in ("--open", "--closed"):
        assert run("--of", "warmup", "--out", tmp_path / f"{flag}.svg", flag) == 0
    assert (tmp_path / "--closed.svg").stat().st_size < (tmp_path / "--open.svg").stat().st_size
