"""Messages between the program and a plug-in's process: a line of JSON, then the bytes of its arrays. No pickle."""

import json
from collections.abc import Iterator, Sequence
from typing import IO, Any

import numpy as np

from engine.core.charts import Bars, Cells, Chart, Curve, Images, Level, Picture, Plot, Sentences
from engine.core.lazy import Array

LONGEST_LINE, MOST_ARRAY_BYTES = 50_000_000, 2**28  # of an answer: a page of more is no page
NUMBERS = ("float64", "float32", "uint8", "int64")

KINDS = {kind.__name__: kind for kind in (Bars, Cells, Curve, Images, Level, Picture, Plot, Sentences)}


def send(file: IO[bytes], fields: dict[str, Any], arrays: Sequence[Array] = ()) -> None:
    """Write a message; raises `OSError` when nobody reads it any more."""
    kinds = [[array.dtype.name, array.shape] for array in arrays]
    file.write(f"{json.dumps({**fields, 'arrays': kinds})}\n".encode())
    for array in arrays:
        file.write(np.ascontiguousarray(array).data.cast("B") if array.size else b"")
    file.flush()


def receive(file: IO[bytes], most: int | None = None) -> tuple[dict[str, Any], list[Array]] | None:
    """Return the next message, `None` at the end; raise `ValueError` for what is none, or an array of more bytes."""
    line = file.readline() if most is None else file.readline(LONGEST_LINE)
    if not line.endswith(b"\n"):
        if len(line) == LONGEST_LINE:
            raise ValueError("a line of more bytes than a page has")
        return None
    fields = json.loads(line)
    arrays = []
    for name, shape in fields.pop("arrays"):
        if name not in NUMBERS or any(type(side) is not int or side < 0 for side in shape):
            raise ValueError(f"an array of {name} {shape}")
        size = np.dtype(name).itemsize
        for side in shape:
            size *= side
        if most is not None and size > most:
            raise ValueError(f"an array of {size:,} bytes")
        content = file.read(size)
        if len(content) < size:
            return None
        arrays.append(np.frombuffer(content, name).reshape(shape))
    return fields, arrays


def packed(charts: Sequence[Chart]) -> tuple[list[Any], list[Array]]:
    """Return charts as values for JSON, and their arrays."""
    arrays: list[Array] = []
    return [_pack(chart, arrays) for chart in charts], arrays


def unpacked(values: Any, arrays: Sequence[Array]) -> tuple[Chart, ...]:
    """Return the charts of `packed`; raise `ValueError` for anything else."""
    try:
        charts = tuple(_unpack(value, arrays) for value in values)
        for chart in charts:
            _check(chart)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError("these are no charts") from error
    return charts


def _pack(value: Any, arrays: list[Array]) -> Any:
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if isinstance(value, tuple):
        return [_pack(part, arrays) for part in value]
    if type(value).__name__ in KINDS:
        fields = {name: _pack(part, arrays) for name, part in vars(value).items()}
        return {"kind": type(value).__name__, **fields}
    return value


def _unpack(value: Any, arrays: Sequence[Array]) -> Any:
    if isinstance(value, list):
        return tuple(_unpack(part, arrays) for part in value)
    if isinstance(value, dict) and "array" in value:
        return arrays[value["array"]]
    if isinstance(value, dict):
        fields = {name: _unpack(part, arrays) for name, part in value.items() if name != "kind"}
        return KINDS[value["kind"]](**fields)
    return value


def _check(chart: Any) -> None:
    sizes = list(_sizes(chart))
    texts = [*getattr(chart, "names", ()), *getattr(chart, "rows", ()), *getattr(chart, "columns", ())]
    if any(one != other for one, other in sizes) or not all(isinstance(text, str) for text in (chart.title, *texts)):
        raise ValueError("a chart whose names are not as many as its numbers")


def _sizes(chart: Any) -> Iterator[tuple[Any, Any]]:
    """Yield pairs that must be equal."""
    match chart:
        case Bars():
            yield chart.values.shape, (len(chart.names),)
        case Cells():
            yield chart.values.shape, (len(chart.rows), len(chart.columns))
        case Images():
            yield (*chart.pictures.shape[:1], chart.pictures.ndim), (len(chart.captions), 3)
        case Plot():
            for curve in chart.picture.curves:
                yield curve.x.shape, (curve.y.size,)
        case Sentences():
            yield type(chart.text), str
        case _:
            raise ValueError("something that is no chart")
