"""The command `plugin`: what a plug-in makes of a network, for its author."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engine.cli.parts.command import Answer, Place, Row, command, jsonable, saved
from engine.cli.parts.terminal import say
from engine.cli.parts.which import Count, Json, OfLens, RunsDataset, seen
from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.machine.folders import as_path
from engine.core.text import printable

if TYPE_CHECKING:
    from engine.core.charts import Chart
    from engine.core.lazy import Array
    from engine.data.dataset import Dataset


@command(58, mark("what a plug-in, a file of your own, makes of a network"))
def plugin_command(
    file: str,
    *,
    label: Count | None = None,
    image: Count | None = None,
    of: OfLens,
    dataset: RunsDataset = None,
    out: Place | None = None,
    json: Json = False,
) -> Answer:
    """Run a plug-in in a process of its own and say what its page shows: each chart with its size and its range. What
    goes wrong in it is printed with its traceback. See docs/plug-ins.md.

    file FILE: a Python file with a function probe(network, data, request), and perhaps page(answer, charts)
    label N: the class that its request asks about
    image N: the test image that its request asks about, from 0
    out OUT.npz: the numbers of its charts for numpy.load, in their order: chart1, chart2 ...
    """
    from engine.analysis.plugins.host import PluginAnswer, PluginError, ask_plugin, end_plugins
    from engine.analysis.plugins.plugin import read_plugin
    from engine.core.messages import answer, run_through
    from engine.session.jobs.export import export_arrays

    plugin = read_plugin(as_path(file).absolute())
    with seen(of, dataset) as (session, _, lens):
        _check(session.data(), label, image)
        try:
            reply = answer(ask_plugin(session, lens, plugin, {"label": label, "image": image}), PluginAnswer)
        except PluginError as error:
            for line in error.details.splitlines():
                say(printable(line))
            raise
        finally:
            end_plugins()
        charts = reply.charts
        for line in reply.printed.splitlines():
            say(printable(line))
        if out:
            arrays = {f"chart{number}": array for number, chart in enumerate(charts, 1) for array in numbers(chart)}
            run_through(export_arrays(session, arrays, out))
    for chart in charts:
        facts = _facts(chart)
        yield Row(facts, facts["text"])
    if out:
        yield saved(out)


def _check(data: "Dataset", label: int | None, image: int | None) -> None:
    if label is not None and label >= (classes := len(data.classes)):
        raise UserError(tr("There is no class {label}; the last is {last}.", label=label, last=classes - 1))
    if image is not None and image >= (images := len(data.test_images)):
        raise UserError(tr("There is no test image {image:,}; the last is {last:,}.", image=image, last=images - 1))


def numbers(chart: "Chart") -> "Iterator[Array]":
    """Yield the array of a chart: the values, the pictures, or x and y of all curves (2, points); none of a text."""
    from engine.core.charts import Bars, Cells, Images, Plot
    from engine.core.lazy import np

    match chart:
        case Bars() | Cells():
            yield chart.values
        case Images():
            yield chart.pictures
        case Plot():
            curves = chart.picture.curves
            yield np.concatenate([np.stack([curve.x, curve.y]) for curve in curves] or [np.zeros((2, 0))], axis=1)


def _facts(chart: "Chart") -> dict[str, Any]:
    from engine.core.charts import Sentences
    from engine.core.lazy import np

    kind, title = type(chart).__name__.lower(), printable(chart.title)
    if isinstance(chart, Sentences):
        text = _lines(chart.text)
        return {"kind": kind, "title": title, "text": f"{title}: {text}" if title else text}
    (values,) = numbers(chart)
    known = values[np.isfinite(values)]
    low, high = (jsonable(end(known)) if known.size else None for end in (np.min, np.max))
    shape = " × ".join(map(str, values.shape))
    sentence = mark("{title}: {shape} numbers from {low:.4g} to {high:.4g}")
    said = tr(
        sentence if known.size else mark("{title}: {shape} numbers"), title=title, shape=shape, low=low, high=high
    )
    return {"kind": kind, "title": title, "shape": list(values.shape), "low": low, "high": high, "text": said}


def _lines(text: str) -> str:
    return "\n".join(map(printable, text.splitlines()))
