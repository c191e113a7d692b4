"""The command `graph`: a computation graph as a drawing that any browser opens."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from engine.base.errors import UserError
from engine.cli.parts.command import Command
from engine.cli.parts.terminal import shown
from engine.cli.parts.which import add_which, place_to_save, which

TITLES = {
    "warmup": "One step of the warm-up",
    "network": "The network's forward pass",
    "training": "One training step",
}


def graph_command(wanted: argparse.Namespace) -> int:
    """Write the drawing and say so; returns the exit status."""
    from engine.session.session import Session

    path = place_to_save(wanted.out)
    if path.suffix.lower() != ".svg":
        raise UserError(f"{path.name} does not end in .svg, and nothing would open it.")
    if wanted.of == "warmup":
        _write(wanted, path, Session(), None)
    else:
        from engine.base.lens import Lens

        with which(wanted) as meant:
            _write(wanted, path, meant.session, Lens(meant.run.name, meant.step))
    return 0


def _write(wanted: argparse.Namespace, path: Path, session: Any, lens: Any) -> None:
    from engine.graph.jobs import all_opened, draw_graph
    from engine.graph.layout import lay_out
    from engine.graph.messages import GraphDrawn
    from engine.graph.svg import svg
    from engine.session.export import write_file

    for drawn in draw_graph(session, wanted.of, lens, frozenset() if wanted.closed else None):
        if isinstance(drawn, GraphDrawn):
            graph, drawing = drawn.graph, drawn.drawing
            if wanted.open:
                drawing = lay_out(graph, all_opened(graph))
            write_file(session, path, svg(drawing, TITLES[wanted.of], wanted.theme).encode())
            print(
                f"Saved {shown(path)}: {len(graph.nodes)} operations, {len(graph.edges)} inputs", flush=True
            )


def _flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--of", choices=("warmup", "network", "training"), required=True, help="what it is of"
    )
    add_which(parser)
    parser.add_argument("--out", metavar="OUT.svg", required=True, help="the file to write")
    blocks = parser.add_mutually_exclusive_group()
    blocks.add_argument(
        "--open", action="store_true", help="with all blocks open (default: those that say most)"
    )
    blocks.add_argument("--closed", action="store_true", help="with all blocks closed")
    parser.add_argument(
        "--theme", choices=("light", "dark"), default="light", help="its colours (default: light)"
    )


def _contradiction(wanted: argparse.Namespace) -> str:
    if wanted.of == "warmup" and (wanted.session or wanted.run or wanted.moment):
        return "--of warmup: it has no network, so --session, --run and --moment are of no use"
    return ""


COMMAND = Command(
    110,
    "a computation graph as a drawing",
    "Draw the computation graph of the warm-up, of a network or of its training step into an SVG "
    "file, as TensorFlow traced it.",
    _flags,
    graph_command,
    _contradiction,
)
