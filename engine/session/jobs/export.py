"""A run's weights as arrays by name and as a Keras model, and atomic writing of a person's files."""

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.lazy import Array, np
from engine.core.lens import Weights
from engine.core.machine.atomic import atomic_write, check_ordinary, saving
from engine.core.messages import Job, Saved, Turns
from engine.model.network.model import Model
from engine.model.training.run import Run
from engine.session.session import Session


def export_arrays(session: Session, arrays: Mapping[str, Any], path: Path) -> Job:
    """Write arrays by name as .npz. Yields `Saved`; raises `UserError` on failure."""
    # NumPy's stub has a keyword `allow_pickle`, as which mypy would check the arrays.
    savez: Callable[..., None] = np.savez
    yield from save_file(session, path, lambda file: savez(file, **arrays))


def keras_model(session: Session, run: str, step: int | None) -> Turns[Any]:
    """Return a moment as a Keras model, in turns; raise `UserError` where there is no such moment."""
    source, weights = session.run(run), weights_at(session, run, step)
    model = Model(source.plan_of(weights))
    yield None
    model.set_weights(weights)
    return model.keras


def weights_at(session: Session, run: str, step: int | None) -> Weights:
    """Return the weights of exactly that moment, not of an earlier one as a lens does; else raise `UserError`."""
    source = session.run(run)
    if step is not None:
        source.check_kept(step)
    return source.moment(step).weights


def named_arrays(run: Run, weights: Weights) -> dict[str, Array]:
    """Return the arrays of a run's network by name: `layer1/kernel`, `layer1/bias`, `layer2/kernel`, ..."""
    return {
        weight.name: np.asarray(array, np.float32)
        for weight, array in zip(run.plan_of(weights).weights, weights, strict=True)
    }


def save_file(session: Session, path: Path, content: bytes | Callable[[BinaryIO], object]) -> Job:
    """Write a person's file: bytes, or with a function. Yields `Saved`; raises `UserError` on failure."""
    write_file(session, path, content)
    yield Saved(sentence=tr("Saved {file}.", file=path))


def write_file(session: Session, path: Path, content: bytes | Callable[[BinaryIO], object]) -> None:
    """Write a person's file as `atomic_write` does; raise `UserError` on failure."""
    keep_inputs(session, path)
    with saving(path):
        if not session.waits_for_readers:
            check_ordinary(path)
        atomic_write(path, content)


def keep_inputs(session: Session, path: Path) -> None:
    """Raise `UserError` where a file would replace the session itself, or the open data."""
    _keep(session.store.path if session.store else None, mark("{file} is the session itself."), path)
    keep_data(session, path)


def keep_data(session: Session, path: Path) -> None:
    """Raise `UserError` where a file would replace the open data."""
    _keep(session.dataset.source if session.dataset else None, mark("{file} is the data set that is open."), path)


def _keep(file: Path | None, sentence: str, path: Path) -> None:
    with contextlib.suppress(OSError):  # one of them does not exist
        if file is not None and path.samefile(file):
            raise UserError(tr(sentence, file=path.name), hint=tr("Choose another name."))
