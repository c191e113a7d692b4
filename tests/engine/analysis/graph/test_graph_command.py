"""The command that draws a graph into a file."""

import xml.etree.ElementTree as ET

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse


def test_each_graph_becomes_a_file_and_a_smaller_one_with_its_blocks_closed(made, tmp_path, capsys):
    sizes = {}
    for of, blocks in (("warmup", "--open"), ("warmup", "--closed"), ("training", "--open")):
        out = tmp_path / f"{of}{blocks}.svg"
        which = () if of == "warmup" else ("--session", str(made), "--run", "B", "--moment", "e2")
        assert run_wanted(parse(["graph", "--of", of, *which, "--out", str(out), blocks])) == 0
        assert ET.parse(out).getroot().tag.endswith("svg")
        assert "operations" in capsys.readouterr().out
        sizes[of, blocks] = out.stat().st_size
    assert sizes["warmup", "--closed"] < sizes["warmup", "--open"]
