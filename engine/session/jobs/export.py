"""What leaves a session as a file of its own: weights for NumPy, a model for Keras. Written whole or not at all."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from engine.core.array import Array
from engine.core.errors import UserError
from engine.core.lazy import np
from engine.core.machine.atomic import atomic_write, cannot_save, check_ordinary, remove_leftovers
from engine.core.messages import Job, Notice
from engine.model.network.model import HIDDEN, build_model

if TYPE_CHECKING:
    from engine.core.lens import Weights
    from engine.session.session import Session


def export_weights(session: Session, run: str, step: int | None, path: Path) -> Job:
    """Write a moment's weights as .npz, float32 arrays `layer1/kernel`, `layer1/bias`, ...; the outputs come last.

    `step` as in a lens: `None` is the newest. Tells that the file is there; raises `UserError` when it cannot be.
    """
    yield from export_arrays(session, named_arrays(_weights(session, run, step)), path)


def export_arrays(session: Session, arrays: Mapping[str, Any], path: Path) -> Job:
    """Write arrays by name as .npz; otherwise as `export_weights`."""
    # The stubs know arrays only by fixed names, and one could be called like their switch.
    savez: Callable[..., None] = np.savez
    write_file(session, path, lambda file: savez(file, **arrays))
    yield Notice(sentence=f"Saved {path}.")


def export_keras(session: Session, run: str, step: int | None, path: Path) -> Job:
    """Write a moment as a Keras model, which gives logits for pixels between 0 and 1; otherwise as `export_weights`."""
    kept, weights = session.run(run), _weights(session, run, step)
    model = build_model(kept.spec, kept.shape, len(weights[-1]))
    model.set_weights(list(weights))
    try:
        with tempfile.TemporaryDirectory(prefix="layerlight-") as folder:
            finished = Path(folder) / "model.keras"  # Keras itself would write over the old file bit by bit
            model.save(finished)
            write_file(session, path, lambda file: _copy(finished, file))
    except OSError as error:
        raise cannot_save(path, error) from error
    yield Notice(sentence=f"Saved {path}.")


def _weights(session: Session, run: str, step: int | None) -> Weights:
    """Return those of exactly that moment: no file holds another one's than its name says."""
    kept = session.run(run)
    if step is not None and step not in kept.moments:
        raise UserError(
            f"Run {kept.label} has no snapshot at step {step:,}.", hint="Choose another snapshot."
        )
    return kept.moment(step).weights


def named_arrays(weights: Weights) -> dict[str, Array]:
    """Return kernel and bias of each layer in turn by name: `layer1/kernel`, `layer1/bias`, `layer2/kernel`, ..."""
    parts = ("kernel", "bias")
    return {
        f"{HIDDEN}{number // 2 + 1}/{parts[number % 2]}": np.asarray(array, np.float32)
        for number, array in enumerate(weights)
    }


def export_content(session: Session, path: Path, content: Callable[[BinaryIO], object]) -> Job:
    """Write what `content` writes into the open file; otherwise as `export_weights`."""
    write_file(session, path, content)
    yield Notice(sentence=f"Saved {path}.")


def write_file(session: Session, path: Path, content: bytes | Callable[[BinaryIO], object]) -> None:
    """Write a file that a person asked for, as `atomic_write` does; raise `UserError` where that cannot be done."""
    keep_inputs(session, path)
    try:
        if not session.waits_for_readers:
            check_ordinary(path)
        remove_leftovers(path.resolve().parent)
        atomic_write(path, content)
    except OSError as error:
        raise cannot_save(path, error) from error


def keep_inputs(session: Session, path: Path) -> None:
    """Raise `UserError` where what is saved would replace the session itself, or the data that are open."""
    _keep(session.store.path if session.store else None, "the session itself", path)
    keep_data(session, path)


def keep_data(session: Session, path: Path) -> None:
    """Raise `UserError` where what is saved would replace the data that are open."""
    _keep(session.dataset.source if session.dataset else None, "the data set that is open", path)


def _keep(file: Path | None, what: str, path: Path) -> None:
    with contextlib.suppress(OSError):  # one of them is not there
        if file is not None and path.samefile(file):
            raise UserError(f"{path.name} is {what}.", hint="Choose another name.")


def _copy(source: Path, file: BinaryIO) -> None:
    with source.open("rb") as content:
        shutil.copyfileobj(content, file)
