"""The command `export`: a network or a history out of a session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from engine.base.errors import UserError
from engine.base.turns import run_through
from engine.cli.parts.command import Answer, UsageError, command, saved
from engine.cli.parts.which import OfMoment, Which, place_to_save, places_to_save, which

if TYPE_CHECKING:
    from engine.base.messages import Job


@command(40, "a network out of a session, or a run's history")
def export_command(
    *,
    of: OfMoment,
    weights: str | None = None,
    keras: str | None = None,
    csv: str | None = None,
    table: str | None = None,
) -> Answer:
    """Write the network at one snapshot of a run, or the run's history, into files.

    weights OUT.npz: arrays layer1/kernel, layer1/bias, layer2/kernel ... for numpy.load
    keras OUT.keras: a model for keras.models.load_model; it gives logits, without softmax
    csv OUT.csv: the run's figures, a line per epoch
    table OUT.csv: the final figures of all runs of its group, a line per run; of all runs where it is in none
    """
    if not any((weights, keras, csv, table)):
        raise UsageError("export: name at least one of --weights, --keras, --csv and --table")
    places_to_save(weights, csv, table, keras)
    with which(of) as meant:
        for job, path in _jobs(meant, weights=weights, keras=keras, csv=csv, table=table):
            run_through(job)
            yield saved(path)


def _jobs(
    meant: Which, *, weights: str | None, keras: str | None, csv: str | None, table: str | None
) -> Iterator[tuple[Job, Path]]:
    from engine.session.export import export_keras, export_weights
    from engine.session.run_jobs import export_figures, export_history

    session, run, step = meant.session, meant.run.name, meant.step
    if weights:
        path = place_to_save(weights)
        yield export_weights(session, run, step, path), path
    if csv:
        path = place_to_save(csv)
        yield export_history(session, run, path), path
    if table:
        path = place_to_save(table)
        group = meant.run.member.sweep if meant.run.member else None
        names = [
            other.name
            for other in session.runs.values()
            if group is None or (other.member and other.member.sweep == group)
        ]
        yield export_figures(session, names, path), path
    if keras:  # last: it has to wait for TensorFlow
        path = place_to_save(keras)
        if path.suffix.lower() != ".keras":
            raise UserError(f"{path.name} does not end in .keras, and Keras would not open it.")
        yield export_keras(session, run, step, path), path
