"""The command `graph`: a computation graph as a drawing that any browser opens."""

import contextlib
from typing import Annotated, Literal

from engine.cli.parts.command import Answer, Place, UsageError, command, saved
from engine.cli.parts.which import OfMoment, which
from engine.core.errors import UserError
from engine.core.language import mark, tr

TITLES = {
    "warmup": mark("One step of the warm-up"),
    "network": mark("The network's forward pass"),
    "training": mark("One training step"),
}


@command(110, mark("a computation graph as a drawing"), exclusive=[("open", "closed")])
def graph_command(
    *,
    of: Annotated[Literal["warmup", "network", "training"], "what it is of"],
    at: OfMoment,
    out: Place,
    open: bool = False,
    closed: bool = False,
    theme: Literal["light", "dark"] = "light",
) -> Answer:
    """Draw the computation graph of the warm-up, of a network or of its training step into an SVG file, as TensorFlow
    traced it.

    out OUT.svg: the file to write
    open: with all blocks open (default: those that say most)
    closed: with all blocks closed
    theme: its colours
    """
    from engine.analysis.graph.jobs import draw_graph
    from engine.analysis.graph.layout import lay_out
    from engine.analysis.graph.messages import GraphDrawn
    from engine.analysis.graph.svg import svg
    from engine.core.lens import Lens
    from engine.core.messages import answer, run_through
    from engine.session.jobs.export import write_file
    from engine.session.session import Session

    if of == "warmup" and (at.session or at.run or at.moment):
        raise UsageError(tr("--of warmup: it has no network, so --session, --run and --moment are of no use"))
    if out.suffix.lower() != ".svg":
        raise UserError(tr("{file} does not end in .svg, and nothing would open it.", file=out.name))
    with contextlib.nullcontext() if of == "warmup" else which(at) as meant:
        session = meant.session if meant else Session()
        lens = Lens(meant.run.name, meant.step) if meant else None
        drawn = answer(draw_graph(session, of, lens, frozenset() if closed else None), GraphDrawn)
        graph = drawn.graph
        drawing = run_through(lay_out(graph, frozenset(graph.titles))) if open else drawn.drawing
        write_file(session, out, svg(drawing, tr(TITLES[of]), theme).encode())
    about = tr("{operations} operations, {inputs} inputs", operations=len(graph.nodes), inputs=len(graph.edges))
    yield saved(out, f": {about}")
