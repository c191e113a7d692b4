"""The command `export`: a network or a history out of a session."""

from pathlib import Path

from engine.cli.parts.command import Answer, Place, UsageError, command, saved
from engine.cli.parts.which import OfMoment, which
from engine.core.language import mark, tr
from engine.core.messages import run_through


@command(40, mark("a network out of a session, or a run's history"))
def export_command(
    *,
    of: OfMoment,
    weights: Place | None = None,
    safetensors: Place | None = None,
    keras: Place | None = None,
    savedmodel: Path | None = None,
    onnx: Place | None = None,
    csv: Place | None = None,
    table: Place | None = None,
) -> Answer:
    """Write the network at one snapshot of a run, or the run's history, into files.

    weights OUT.npz: arrays layer1/kernel, layer1/bias, layer2/kernel ... for numpy.load
    safetensors OUT.safetensors: the same arrays in that format, with the layers as metadata
    keras OUT.keras: a model for keras.models.load_model; it gives logits, without softmax
    savedmodel FOLDER: the same for tf.saved_model.load, as a new folder
    onnx OUT.onnx: the same for ONNX; needs the package onnx
    csv OUT.csv: the run's figures, a line per epoch
    table OUT.csv: the final figures of all runs of its group, a line per run; of all runs where it is in none
    """
    from engine.export.network.job import KERAS, NPZ, ONNX, SAFETENSORS, SAVED_MODEL, check_kind, export_network
    from engine.session.jobs.runs import export_figures, export_history

    kinds = {NPZ: weights, SAFETENSORS: safetensors, KERAS: keras, SAVED_MODEL: savedmodel, ONNX: onnx}
    networks = {kind: path for kind, path in kinds.items() if path}
    if not any((networks, csv, table)):
        flags = "--weights, --safetensors, --keras, --savedmodel, --onnx, --csv"  # no text
        raise UsageError(tr("export: name at least one of {flags} and {last}", flags=flags, last="--table"))
    for kind, path in networks.items():
        check_kind(path, kind)
    with which(of) as (session, run, step):
        if csv:
            run_through(export_history(session, run.name, csv))
            yield saved(csv)
        if table:
            group = run.member.sweep if run.member else None
            names = [
                other.name
                for other in session.runs.values()
                if group is None or (other.member and other.member.sweep == group)
            ]
            run_through(export_figures(session, names, table))
            yield saved(table)
        for kind, path in networks.items():  # last: most of them have to wait for TensorFlow
            run_through(export_network(session, run.name, step, path, kind))
            yield saved(path)
