"""The command `export`: a network or a history out of a session."""

from engine.cli.parts.command import Answer, Place, UsageError, command, saved
from engine.cli.parts.which import OfMoment, which
from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.messages import run_through


@command(40, mark("a network out of a session, or a run's history"))
def export_command(
    *,
    of: OfMoment,
    weights: Place | None = None,
    keras: Place | None = None,
    csv: Place | None = None,
    table: Place | None = None,
) -> Answer:
    """Write the network at one snapshot of a run, or the run's history, into files.

    weights OUT.npz: arrays layer1/kernel, layer1/bias, layer2/kernel ... for numpy.load
    keras OUT.keras: a model for keras.models.load_model; it gives logits, without softmax
    csv OUT.csv: the run's figures, a line per epoch
    table OUT.csv: the final figures of all runs of its group, a line per run; of all runs where it is in none
    """
    from engine.session.jobs.export import export_keras, export_weights
    from engine.session.jobs.runs import export_figures, export_history

    if not any((weights, keras, csv, table)):
        raise UsageError(tr("export: name at least one of --weights, --keras, --csv and --table"))
    with which(of) as (session, run, step):
        if weights:
            run_through(export_weights(session, run.name, step, weights))
            yield saved(weights)
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
        if keras:  # last: it has to wait for TensorFlow
            if keras.suffix.lower() != ".keras":
                raise UserError(tr("{file} does not end in .keras, and Keras would not open it.", file=keras.name))
            run_through(export_keras(session, run.name, step, keras))
            yield saved(keras)
