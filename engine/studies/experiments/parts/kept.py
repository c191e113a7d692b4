"""Results of experiments as plain values, which a session stores with the window's state, and back."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.core.charts import Curve, Level, Picture
from engine.core.messages import read_only
from engine.core.plain import MOST_STEPS, several, whole, word
from engine.core.text import number
from engine.session.session import EXPERIMENTS
from engine.studies.experiments.parts.experiment import MOST_SEEDS, Experiment, Look, Row
from engine.studies.experiments.parts.messages import ExperimentResult

# Limits on the contents of a file, above those of any experiment.
MOST_CURVES, MOST_POINTS, MOST_LETTERS = 20, 2_000, 2_000
LARGEST_SEED = 2**63 - 1
STYLES = ("line", "dashes", "points")

# The errors of `from_plain` for values that are no result of that experiment.
NOT_KEPT = (LookupError, TypeError, ValueError, OverflowError, AttributeError)


def as_plain(result: ExperimentResult) -> dict[str, Any]:
    """Return a result as values for JSON, without the paper's figures, which belong to the experiment."""
    # Some kilobytes: the figures of each seed, picture and verdict of the first.
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
    """Return a picture as values for JSON."""
    return {
        "labels": [picture.x_label, picture.y_label],
        "log": picture.log_x,
        "percent": picture.percent_y,
        "levels": [[level.label, level.at, level.upright] for level in picture.levels],
        "curves": [
            [curve.label, curve.style, *([number(value) for value in axis.tolist()] for axis in (curve.x, curve.y))]
            for curve in picture.curves
        ],
    }


def from_plain(name: str, experiment: Experiment, values: Any) -> ExperimentResult:
    """Return the result of that experiment from a file's values, old or new; raise one of `NOT_KEPT` for others."""
    figures, here = experiment.figures, _list(values["here"], len(experiment.figures))
    if len(here) != len(figures):
        raise ValueError("other figures")
    seeds = tuple(whole(seed, 0, LARGEST_SEED) for seed in _list(values.get("seeds", [1]), MOST_SEEDS))
    by_seed = (
        [tuple(map(number_from_plain, _list(of_seeds, MOST_SEEDS))) for of_seeds in here]
        if "seeds" in values
        else [(number_from_plain(value),) for value in here]
    )
    if not seeds or list(seeds) != sorted(set(seeds)) or {len(row) for row in by_seed} - {len(seeds)}:
        raise ValueError("other seeds")
    resolutions = [
        number_from_plain(value) for value in _list(values.get("resolution", [0] * len(figures)), len(figures))
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
    """Return the picture from plain values; raise one of `NOT_KEPT` for any others."""
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
    """Return the results in the window's state of a session, by name, without those that cannot be read."""
    stored: Any = view.get(EXPERIMENTS)
    results: dict[str, ExperimentResult] = {}
    for name, experiment in experiments.items() if isinstance(stored, Mapping) else ():
        try:
            results[name] = from_plain(name, experiment, stored[name])
        except NOT_KEPT:
            continue
    return results


def _curve(values: Any) -> Curve:
    label, style, x, y = values
    if style not in STYLES:
        raise ValueError("no style")
    across, up = (
        read_only(np.array([number_from_plain(value) for value in _list(axis, MOST_POINTS)])) for axis in (x, y)
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
