"""The command `open`: adds a network that another program trained to a session."""

from typing import Annotated

from engine.cli.parts.command import Answer, Row, command
from engine.cli.parts.terminal import shown
from engine.cli.parts.which import Dataset, Json
from engine.core.language import mark, tr
from engine.core.layers.language import in_words
from engine.core.machine.folders import as_path
from engine.core.messages import run_through


@command(14, mark("open a network that Keras saved, as a run of a session"))
def open_command(
    model: str,
    *,
    session: Annotated[str, "FILE: the session that gets the run; a new one if there is none"],
    dataset: Dataset = None,
    json: Json = False,
) -> Answer:
    """Open a network that Keras saved, if it is one that Layerlight can have, as a run with one snapshot. A process of
    its own reads the file, and nothing in it is run. Its classes are called as those of the data, if there are as many.

    model FILE: a file of model.save, .keras or .h5
    """
    from engine.cli.parts.train_session import session_at
    from engine.data.sources import open_dataset
    from engine.session.jobs.networks import open_network
    from engine.session.session import Session

    looked_at = Session(open_dataset(dataset)[0] if dataset is not None else None)
    run_through(open_network(looked_at, as_path(model)))  # first: a refused file leaves no empty session
    (run,) = looked_at.runs.values()
    kept = session_at(as_path(session))
    try:
        kept.adopt(run)
        kept.secure()
        path = kept.store.path if kept.store else as_path(session)
    finally:
        kept.close()
    classes = len(run.moment(0).weights[-1])
    facts = {"run": run.name, "title": run.title, "layers": run.spec.layers, "shape": run.shape, "classes": classes}
    words = in_words(run.spec.network, run.shape, classes)
    yield Row(
        {**facts, "session": str(path)},
        tr("Run {run}: {layers}, in {path}", run=run.label, layers=words, path=shown(path)),
    )
