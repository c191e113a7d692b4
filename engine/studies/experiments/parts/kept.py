"""Results of experiments in plain values, as a session keeps them with the window's state; and from there again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.core.messages import read_only
from engine.core.numbers import number
from engine.core.plain import MOST_STEPS, several, whole, word
from engine.session.session import EXPERIMENTS
from engine.studies.experiments.parts.experiment import Curve, Experiment, Level, Look, Picture, Row
from engine.studies.experiments.parts.interval import MOST_SEEDS
from engine.studies.experiments.parts.messages import ExperimentResult

MOST_CURVES, MOST_POINTS, MOST_LETTERS = 20, 2_000, 2_000
"""What is more than any experiment tells, and is taken from no file."""

LARGEST_SEED = 2**63 - 1

STYLES = ("line", "dashes")

NOT_KEPT = (LookupError, TypeError, ValueError, OverflowError, AttributeError)
"""What `from_plain` raises for what is no result of that experiment."""


def as_plain(result: ExperimentResult) -> dict[str, Any]:
    """Return a result in values that JSON has. The paper's figures are not in it: they stand in the module."""
    look = result.look
    return {
        "group": result.group,
        "seeds": list(result.seeds),
        "here": [[number(value) for value in row.seeds] for row in result.rows],
        "resolution": [row.resolution for row in result.rows],
        "verdict": result.verdict,
        "remark": result.remark,
        "look": [look.tab, look.run, look.step],
        "runs": list(result.runs),
        "seconds": result.seconds,
        "processor": result.processor,
        "predicted": result.predicted,
        "picture": picture_as_plain(result.picture),
    }


def picture_as_plain(picture: Picture) -> dict[str, Any]:
    """Return a picture in values that JSON has."""
    return {
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
    }


def from_plain(name: str, experiment: Experiment, values: Any) -> ExperimentResult:
    """Return the result of the experiment of that name from such values; raise one of `NOT_KEPT` for anything else.

    They may come from a file that somebody else made. An older one holds a number for each figure, of seed 1.
    """
    figures, here = experiment.figures, _list(values["here"], len(experiment.figures))
    if len(here) != len(figures):
        raise ValueError("other figures")
    seeds = tuple(whole(seed, 0, LARGEST_SEED) for seed in _list(values.get("seeds", [1]), MOST_SEEDS))
    by_seed = (
        [tuple(map(number_from_plain, _list(each, MOST_SEEDS))) for each in here]
        if "seeds" in values
        else [(number_from_plain(each),) for each in here]
    )
    if not seeds or list(seeds) != sorted(set(seeds)) or any(len(each) != len(seeds) for each in by_seed):
        raise ValueError("other seeds")
    resolutions = [
        number_from_plain(each) for each in _list(values.get("resolution", [0] * len(figures)), len(figures))
    ]
    remark = _text(values["remark"])
    tab, run, step = values["look"]
    if step is not None:
        whole(step, 0, MOST_STEPS)
    predicted = values.get("predicted")  # older sessions have none
    if predicted is not None:
        whole(predicted, 0, len(experiment.choices) - 1)
    return ExperimentResult(
        experiment=name,
        group=_text(values["group"]),
        rows=tuple(
            Row(figure=figure, seeds=of_seeds, resolution=resolution, of_paper=not remark)
            for figure, of_seeds, resolution in zip(figures, by_seed, resolutions, strict=True)
        ),
        picture=picture_from_plain(values["picture"]),
        verdict=_text(values["verdict"]),
        remark=remark,
        look=Look(tab=_text(tab), run=_text(run), step=step),
        runs=tuple(map(_text, _list(values["runs"], MOST_POINTS))),
        seconds=number_from_plain(values["seconds"]),
        processor=number_from_plain(values.get("processor", 0)),
        seeds=seeds,
        predicted=predicted,
    )


def picture_from_plain(values: Any) -> Picture:
    """Return the picture from such values; raise one of `NOT_KEPT` for anything else."""
    x_label, y_label = map(_text, values["labels"])
    return Picture(
        x_label=x_label,
        y_label=y_label,
        curves=tuple(map(_curve, _list(values["curves"], MOST_CURVES))),
        levels=tuple(
            Level(label=_text(label), at=number_from_plain(at), upright=upright is True)
            for label, at, upright in _list(values["levels"], MOST_CURVES)
        ),
        log_x=values["log"] is True,
        percent_y=values["percent"] is True,
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
    across, up = (
        read_only(np.array([number_from_plain(each) for each in _list(one, MOST_POINTS)])) for one in (x, y)
    )
    if across.shape != up.shape:
        raise ValueError("points without a place")
    return Curve(label=_text(label), x=across, y=up, style=style)


def _list(values: Any, most: int) -> list[Any]:
    return several(values, 0, most)


def _text(value: Any) -> str:
    return word(value, MOST_LETTERS)


def number_from_plain(value: Any) -> float:
    """Return a number; `None` is NaN. Raises `TypeError` for anything else."""
    if value is None:
        return math.nan
    if type(value) not in (int, float):
        raise TypeError("no number")
    return float(value)
