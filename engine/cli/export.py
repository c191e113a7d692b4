"""The command `export`: a network or a history out of a session."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from engine.base.errors import UserError
from engine.base.messages import Job
from engine.cli.terminal import shown
from engine.cli.which import Which, place_to_save, places_to_save, which
from engine.session.export import export_keras, export_weights
from engine.session.run_jobs import export_history


def export_command(wanted: argparse.Namespace) -> int:
    """Write the files that are asked for, saying so line by line; returns the exit status."""
    places_to_save(wanted.weights, wanted.csv, wanted.keras)
    with which(wanted) as meant:
        for job, path in _jobs(wanted, meant):
            for _ in job:
                pass
            print(f"Saved {shown(path)}", flush=True)
    return 0


def _jobs(wanted: argparse.Namespace, meant: Which) -> Iterator[tuple[Job, Path]]:
    session, run, step = meant.session, meant.run.name, meant.step
    if wanted.weights:
        path = place_to_save(wanted.weights)
        yield export_weights(session, run, step, path), path
    if wanted.csv:
        path = place_to_save(wanted.csv)
        yield export_history(session, run, path), path
    if wanted.keras:  # last: it has to wait for TensorFlow
        path = place_to_save(wanted.keras)
        if path.suffix.lower() != ".keras":
            raise UserError(f"{path.name} does not end in .keras, and Keras would not open it.")
        yield export_keras(session, run, step, path), path
