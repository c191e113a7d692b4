"""The command `export`: a network or a history out of a session."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from engine.base.errors import UserError
from engine.base.messages import Job
from engine.base.turns import run_through
from engine.cli.parts.command import Command
from engine.cli.parts.terminal import shown
from engine.cli.parts.which import Which, add_which, place_to_save, places_to_save, which


def export_command(wanted: argparse.Namespace) -> int:
    """Write the files that are asked for, saying so line by line; returns the exit status."""
    places_to_save(wanted.weights, wanted.csv, wanted.table, wanted.keras)
    with which(wanted) as meant:
        for job, path in _jobs(wanted, meant):
            run_through(job)
            print(f"Saved {shown(path)}", flush=True)
    return 0


def _jobs(wanted: argparse.Namespace, meant: Which) -> Iterator[tuple[Job, Path]]:
    from engine.session.export import export_keras, export_weights
    from engine.session.run_jobs import export_figures, export_history

    session, run, step = meant.session, meant.run.name, meant.step
    if wanted.weights:
        path = place_to_save(wanted.weights)
        yield export_weights(session, run, step, path), path
    if wanted.csv:
        path = place_to_save(wanted.csv)
        yield export_history(session, run, path), path
    if wanted.table:
        path = place_to_save(wanted.table)
        group = meant.run.member.sweep if meant.run.member else None
        names = [
            each.name
            for each in session.runs.values()
            if group is None or (each.member and each.member.sweep == group)
        ]
        yield export_figures(session, names, path), path
    if wanted.keras:  # last: it has to wait for TensorFlow
        path = place_to_save(wanted.keras)
        if path.suffix.lower() != ".keras":
            raise UserError(f"{path.name} does not end in .keras, and Keras would not open it.")
        yield export_keras(session, run, step, path), path


def _flags(parser: argparse.ArgumentParser) -> None:
    add_which(parser)
    parser.add_argument(
        "--weights",
        metavar="OUT.npz",
        help="arrays layer1/kernel, layer1/bias, layer2/kernel ... for numpy.load",
    )
    parser.add_argument(
        "--keras",
        metavar="OUT.keras",
        help="a model for keras.models.load_model; it gives logits, without softmax",
    )
    parser.add_argument("--csv", metavar="OUT.csv", help="the run's figures, a line per epoch")

    parser.add_argument(
        "--table",
        metavar="OUT.csv",
        help="the final figures of all runs of its group, a line per run; of all runs where it is in none",
    )


def _contradiction(wanted: argparse.Namespace) -> str:
    has_place = wanted.weights or wanted.keras or wanted.csv or wanted.table
    return "" if has_place else "export: name at least one of --weights, --keras, --csv and --table"


COMMAND = Command(
    40,
    "a network out of a session, or a run's history",
    "Write the network at one snapshot of a run, or the run's history, into files.",
    _flags,
    export_command,
    _contradiction,
)
