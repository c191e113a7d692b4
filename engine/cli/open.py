"""The command `open`: adds a network that another program trained to a session."""

from typing import Annotated

from engine.cli.parts.command import Answer, Row, UsageError, command
from engine.cli.parts.terminal import shown
from engine.cli.parts.which import Dataset, Json, pixel_range
from engine.core.language import mark, tr
from engine.core.layers.language import in_words
from engine.core.machine.folders import as_path
from engine.core.messages import Notice
from engine.data.location import Range


@command(14, mark("open a network that Keras saved, as a run of a session"))
def open_command(
    model: str,
    *,
    session: Annotated[str, "FILE: the session that gets the run; a new one if there is none"],
    dataset: Dataset = None,
    fit: bool = False,
    range: Annotated[Range | None, pixel_range] = None,
    json: Json = False,
) -> Answer:
    """Open a network that Keras saved, if Layerlight has its layers, as a run with one snapshot. A process of its own
    reads the file, and nothing in it is run. Its classes are called as those of the data, if there are as many.

    model FILE: a file of model.save, .keras or .h5; or weights, .npz or .safetensors, with a table beside them
    fit: put resize in front of a network that reads other images than --dataset, and rescale if it reads more right so
    range BLACK..WHITE: what it reads for black and for white, as 0..255, or 1..0 if white is its paper (default: 0..1)
    """
    if fit and dataset is None:
        raise UsageError(tr("--fit needs --dataset, the data that the network is to fit"))
    from engine.cli.parts.train_session import session_at
    from engine.data.sources import open_dataset
    from engine.session.jobs.networks import open_network, say_misfit
    from engine.session.session import Session

    looked_at = Session(open_dataset(dataset)[0] if dataset is not None else None)
    path = as_path(model)
    job = list(open_network(looked_at, path, fit, range))  # first: a refused file leaves no empty session
    (run,) = looked_at.runs.values()
    kept = session_at(as_path(session))
    try:
        kept.adopt(run)
        kept.secure()
        place = kept.store.path if kept.store else as_path(session)
    finally:
        kept.close()
    classes = len(run.moment(0).weights[-1])
    facts = {"run": run.name, "title": run.title, "layers": run.spec.layers, "shape": run.shape, "classes": classes}
    words = in_words(run.spec.network, run.shape, classes)
    yield Row(
        {**facts, "session": str(place)},
        tr("Run {run}: {layers}, in {path}", run=run.label, layers=words, path=shown(place)),
    )
    for notice in (message for message in job if isinstance(message, Notice)):
        yield Row(None, notice.sentence)
    data = looked_at.dataset
    if data is not None and data.shape != run.shape:
        yield Row(None, f"{say_misfit(path.name, run.shape, data.shape)} {tr('open --fit puts it there.')}")
