"""Results of experiments in plain values, as a session keeps them with the window's state; and from there again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.base.messages import read_only
from engine.base.numbers import number
from engine.experiments.parts.experiment import Curve, Experiment, Level, Look, Picture, Row
from engine.experiments.parts.messages import ExperimentResult
from engine.session.session import EXPERIMENTS

MOST_CURVES, MOST_POINTS, MOST_LETTERS = 20, 2_000, 2_000
"""What is more than any experiment tells, and is taken from no file."""

STYLES = ("line", "dashes")

NOT_KEPT = (LookupError, TypeError, ValueError, OverflowError, AttributeError)
"""What `from_plain` raises for what is no result of that experiment."""


def as_plain(result: ExperimentResult) -> dict[str, Any]:
    """Return a result in values that JSON has. The paper's figures are not in it: they stand in the module."""
    picture, look = result.picture, result.look
    return {
        "group": result.group,
        "here": [number(row.here) for row in result.rows],
        "verdict": result.verdict,
        "remark": result.remark,
        "look": [look.tab, look.run, look.step],
        "runs": list(result.runs),
        "seconds": result.seconds,
        "predicted": result.predicted,
        "picture": {
            "labels": [picture.x_label, picture.y_label],
            "log": picture.log_x,
            "percent": picture.percent_y,
            "levels": [[each.label, each.at, each.upright] for each in picture.levels],
            "curves": [
                [
                    each.label,
                    each.style,
                    *([number(value) for value in one.tolist()] for one in (each.x, each.y)),
                ]
                for each in picture.curves
            ],
        },
    }


def from_plain(name: str, experiment: Experiment, values: Any) -> ExperimentResult:
    """Return the result of the experiment of that name from such values; raise one of `NOT_KEPT` for anything else.

    They may come from a file that somebody else made.
    """
    figures, here = experiment.figures, _list(values["here"], len(experiment.figures))
    if len(here) != len(figures):
        raise ValueError("other figures")
    picture = values["picture"]
    x_label, y_label = map(_text, picture["labels"])
    tab, run, step = values["look"]
    if step is not None and (type(step) is not int or step < 0):
        raise ValueError("no step")
    predicted = values.get("predicted")  # older sessions have none
    if predicted is not None and (
        type(predicted) is not int or predicted not in range(len(experiment.choices))
    ):
        raise ValueError("no choice")
    return ExperimentResult(
        experiment=name,
        group=_text(values["group"]),
        rows=tuple(
            Row(figure=figure, here=_number(value)) for figure, value in zip(figures, here, strict=True)
        ),
        picture=Picture(
            x_label=x_label,
            y_label=y_label,
            curves=tuple(map(_curve, _list(picture["curves"], MOST_CURVES))),
            levels=tuple(
                Level(label=_text(label), at=_number(at), upright=upright is True)
                for label, at, upright in _list(picture["levels"], MOST_CURVES)
            ),
            log_x=picture["log"] is True,
            percent_y=picture["percent"] is True,
        ),
        verdict=_text(values["verdict"]),
        remark=_text(values["remark"]),
        look=Look(tab=_text(tab), run=_text(run), step=step),
        runs=tuple(map(_text, _list(values["runs"], MOST_POINTS))),
        seconds=_number(values["seconds"]),
        predicted=predicted,
    )


def results_in(view: Mapping[str, Any], experiments: Mapping[str, Experiment]) -> dict[str, ExperimentResult]:
    """Return the results that the window's state of a session holds, by name; what is none is left out."""
    kept: Any = view.get(EXPERIMENTS)
    found: dict[str, ExperimentResult] = {}
    for name, experiment in experiments.items() if isinstance(kept, Mapping) else ():
        try:
            found[name] = from_plain(name, experiment, kept[name])
        except NOT_KEPT:
            continue
    return found


def _curve(values: Any) -> Curve:
    label, style, x, y = values
    if style not in STYLES:
        raise ValueError("no style")
    across, up = (read_only(np.array([_number(each) for each in _list(one, MOST_POINTS)])) for one in (x, y))
    if across.shape != up.shape:
        raise ValueError("points without a place")
    return Curve(label=_text(label), x=across, y=up, style=style)


def _list(values: Any, most: int) -> Sequence[Any]:
    if not isinstance(values, list) or len(values) > most:
        raise TypeError("no list, or too long")
    return values


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MOST_LETTERS:
        raise TypeError("no text, or too long")
    return value


def _number(value: Any) -> float:
    if value is None:
        return math.nan
    if type(value) not in (int, float):
        raise TypeError("no number")
    return float(value)
