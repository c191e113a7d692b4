"""The command `map`: the test images as points, seen by one layer of a network."""

from typing import Annotated

from engine.analysis.mapping.settings import MapSpec
from engine.cli.parts.command import Answer, Given, Knobs, Place, Row, attributes, command, saved
from engine.cli.parts.terminal import show_progress
from engine.cli.parts.which import OfMoment, RunsDataset, open_data, which
from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.lens import Lens
from engine.core.messages import run_through


@command(80, mark("the test images as points, seen by one layer"))
def map_command(
    *,
    of: OfMoment,
    dataset: RunsDataset = None,
    layer: int = 1,
    settings: Annotated[Given, Knobs(MapSpec, None)],
    out: Place,
) -> Answer:
    """Write where a layer puts the test images on a map: alike ones lie together.

    layer N: which hidden layer, from 1; the number after the last one is the output (default: 1)
    out OUT.npz: arrays points, labels, numbers, answers, settings
    """
    from engine.analysis.probes.map import Map, make_map
    from engine.model.training.learned import remark_on
    from engine.session.jobs.export import export_arrays, keep_inputs

    if out.suffix.lower() != ".npz":
        raise UserError(tr("{file} does not end in .npz.", file=out.name))
    with which(of) as (session, run, step):
        open_data(session, dataset, run.name)
        keep_inputs(session, out)
        last: Map | None = None
        for message in make_map(session, Lens(run.name, step), layer - 1, MapSpec(**settings)):
            if isinstance(message, Map):
                last = message
                is_searching = not message.done
                iterations = tr("{done:,} of {total:,} iterations", done=message.done, total=message.total)
                words = tr("neighbours {share:.0%}", share=message.found) if is_searching else iterations
                show_progress(words, is_done=message.is_finished)
        assert last is not None
        names = ["points", "labels", "numbers", "answers", "settings"] + ["explained"] * (last.explained is not None)
        run_through(export_arrays(session, attributes(last, *names), out))
        remark = remark_on(session.data(), run)
    lines = [last.settings, *filter(None, [remark])]
    if last.explained is not None:
        first, second = (100 * share for share in last.explained)
        lines.append(
            tr("{first:.1f} % and {second:.1f} % of the variance lie along the axes", first=first, second=second)
        )
    yield Row(None, lines)
    yield saved(out)
