"""What a plug-in's functions get: the network, the data and the request of `probe`, and the charts of `page`.

All of it is NumPy. A plug-in imports nothing of Layerlight, so it can be tried without it.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from engine.core.charts import Bars, Cells, Chart, Curve, Images, Picture, Plot, Sentences
from engine.core.layers.kinds import HiddenLayer
from engine.core.layers.plan import Plan
from engine.core.lazy import Array
from engine.core.lens import OutputScaling, Weights
from engine.model.network.plain import plain_forward, softmax

MOST_CHARTS, MOST_LETTERS = 24, 1_000_000  # of a page, and of a text
ROUNDING = 1e-3  # by which pixels may lie beside 0 and 1
AT_ONCE = 500  # images that go through the network together: their feature maps take some 50 MB each


@dataclass(frozen=True)
class Network:
    """The network that is looked at, with its silenced and changed neurons.

    `network(images)` gives the outputs of each hidden layer, (images, neurons) or (images, rows, columns, maps), and
    the logits (images, classes). Images are uint8, or numbers from 0 to 1.
    """

    plan: Plan  # the steps of its computation
    weights: Weights  # kernel and bias of each layer in turn, and the arrays of its normalisation
    passed: Sequence[OutputScaling | None]  # factors and offsets (neurons,) of changed hidden layers, else `None`

    @property
    def layers(self) -> tuple[HiddenLayer, ...]:
        """The hidden layers, each with its `width` and its `activation`."""
        return self.plan.hidden

    def __call__(self, images: Array) -> tuple[list[Array], Array]:
        """Return the outputs of each hidden layer, and the logits."""
        images = np.asarray(images)
        if images.dtype != np.uint8 and images.size:
            low, high = float(images.min()), float(images.max())
            if low < -ROUNDING or high > 1 + ROUNDING:
                raise ValueError(f"network: pixels are uint8, or numbers from 0 to 1; these are {low:g} to {high:g}")
        parts = []
        for first in range(0, max(1, len(images)), AT_ONCE):
            part = images[first : first + AT_ONCE]
            part = part.astype(np.float32) / 255 if part.dtype == np.uint8 else part
            hidden, logits = plain_forward(self.plan, self.weights, part, self.passed)
            parts.append([*hidden, logits])
        *hidden, logits = map(np.concatenate, zip(*parts, strict=True))
        return hidden, logits

    @staticmethod
    def probabilities(logits: Array) -> Array:
        """Return the softmax of logits along the last axis."""
        return softmax(logits)


@dataclass(frozen=True)
class Data:
    """The open data. Images are uint8 (images, rows, columns), labels are numbers of classes."""

    name: str
    classes: Sequence[str]
    train_images: Array
    train_labels: Array
    test_images: Array
    test_labels: Array


class Request(NamedTuple):
    """What is chosen in the window: a class, a neuron by its layer and number, a test image, each from 0, or `None`.

    `drawing` is what lies on the canvas as the network receives it, (rows, columns) from 0 to 1. `language` is that of
    the window: `en`, `de` ...
    """

    label: int | None = None
    layer: int | None = None
    neuron: int | None = None
    image: int | None = None
    drawing: Array | None = None
    language: str = "en"


class Charts:
    """What a page consists of. Each method returns a chart; `page` returns one, or a list of them."""

    def line(self, label: str, x: Any, y: Any, *, dashed: bool = False) -> Curve:
        """Return a line of a plot through points (points,)."""
        return _curve(label, x, y, "dashes" if dashed else "line")

    def points(self, label: str, x: Any, y: Any) -> Curve:
        """Return points of a plot, (points,) each."""
        return _curve(label, x, y, "points")

    def plot(self, title: str, *curves: Curve, x: str = "", y: str = "", percent: bool = False) -> Plot:
        """Return a plot of lines and points; `x` and `y` name its axes, shares of 1 are in percent if `percent`."""
        if not all(isinstance(curve, Curve) for curve in curves):
            raise TypeError("plot: give lines and points of charts.line and charts.points")
        return Plot(title=str(title), picture=Picture(x_label=str(x), y_label=str(y), curves=curves, percent_y=percent))

    def bars(self, title: str, values: Any, names: Sequence[object] | None = None, *, percent: bool = False) -> Bars:
        """Return a bar for each of the values (bars,), by default named by its number."""
        values = _numbers("bars", values, 1)
        return Bars(title=str(title), values=values, names=_names("bars", names, len(values)), percent=percent)

    def cells(
        self,
        title: str,
        values: Any,
        rows: Sequence[object] | None = None,
        columns: Sequence[object] | None = None,
        *,
        row: str = "",
        column: str = "",
    ) -> Cells:
        """Return a matrix of values (rows, columns) as colours; `row` and `column` say what its sides are."""
        values = _numbers("cells", values, 2)
        high, wide = values.shape
        return Cells(
            title=str(title),
            values=values,
            rows=_names("cells", rows, high),
            columns=_names("cells", columns, wide),
            row_label=str(row),
            column_label=str(column),
        )

    def images(self, title: str, pictures: Any, captions: Sequence[object] | None = None) -> Images:
        """Return pictures (images, rows, columns), uint8, or numbers from 0 to 1."""
        array = _numbers("images", pictures, 3, np.asarray(pictures).dtype)
        if array.dtype != np.uint8:
            known = array[np.isfinite(array)]
            if known.size and (known.min() < -ROUNDING or known.max() > 1 + ROUNDING):
                raise ValueError(f"images: uint8, or numbers from 0 to 1; these are {known.min():g} to {known.max():g}")
            array = np.round(255 * np.nan_to_num(array).clip(0, 1)).astype(np.uint8)
        return Images(title=str(title), pictures=array, captions=_names("images", captions, len(array)))

    def text(self, title: str, text: object) -> Sentences:
        """Return sentences, of at most a million letters."""
        if len(text := str(text)) > MOST_LETTERS:
            raise ValueError(f"text: at most {MOST_LETTERS:,} letters, not {len(text):,}")
        return Sentences(title=str(title), text=text)


def as_charts(answer: Any) -> list[Chart]:
    """Return what `page` returned as a list of charts; raise `TypeError` for anything else."""
    if answer is None:
        raise TypeError("page: it returned nothing; it must return charts, or yield them")
    charts = answer if isinstance(answer, list | tuple) or hasattr(answer, "__next__") else [answer]
    given: list[Chart] = list(itertools.islice(charts, MOST_CHARTS + 1))
    if len(given) > MOST_CHARTS:
        raise ValueError(f"page: at most {MOST_CHARTS} charts")
    for chart in given:
        if isinstance(chart, Curve):
            raise TypeError("page: put what charts.line and charts.points return into charts.plot")
        if not isinstance(chart, Plot | Bars | Cells | Images | Sentences):
            raise TypeError(f"page: it must return charts, and there is a {type(chart).__name__} among them")
    return given


def _curve(label: object, x: Any, y: Any, style: Any) -> Curve:
    x, y = _numbers("line", x, 1), _numbers("line", y, 1)
    if len(x) != len(y):
        raise ValueError(f"line: there are {len(x)} x and {len(y)} y")
    return Curve(label=str(label), x=x, y=y, style=style)


def _numbers(of: str, values: Any, dimensions: int, kind: Any = np.float64) -> Array:
    array = np.ascontiguousarray(values, kind)
    if array.ndim != dimensions:
        raise ValueError(f"{of}: an array of {dimensions} dimensions is needed, and this one has {array.ndim}")
    return array


def _names(of: str, names: Sequence[object] | None, count: int) -> tuple[str, ...]:
    if names is None:
        return tuple(map(str, range(count)))
    if len(names) != count:
        raise ValueError(f"{of}: there are {count} of them and {len(names)} names")
    return tuple(map(str, names))
