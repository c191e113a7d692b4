"""What leaves a session as a file of its own: weights for NumPy, a model for Keras. Written whole or not at all."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from engine.atomic import atomic_write
from engine.data.sources import SAMPLE, open_dataset
from engine.errors import UserError
from engine.messages import Job, Notice
from engine.network.model import HIDDEN, build_model
from engine.specs import ConvLayer

if TYPE_CHECKING:
    from engine.lens import Weights
    from engine.session import Session
    from engine.training.run import Run


def export_weights(session: Session, run: str, step: int | None, path: Path) -> Job:
    """Write a moment's weights as .npz, float32 arrays `layer1/kernel`, `layer1/bias`, ...; the outputs come last.

    `step` as in a lens: `None` is the newest. Tells that the file is there; raises `UserError` when it cannot be.
    """
    arrays = named_arrays(session.run(run).moment(step).weights)
    # The stubs know arrays only by fixed names, and one could be called like their switch.
    savez: Callable[..., None] = np.savez
    _write(session, path, lambda file: savez(file, **arrays))
    yield Notice(sentence=f"Saved {path}.")


def export_keras(session: Session, run: str, step: int | None, path: Path) -> Job:
    """Write a moment as a Keras model, which gives logits for pixels between 0 and 1; otherwise as `export_weights`."""
    kept = session.run(run)
    weights = kept.moment(step).weights
    model = build_model(kept.spec, image_shape(session, kept), len(weights[-1]))
    model.set_weights(list(weights))
    with tempfile.TemporaryDirectory(prefix="layerlight-") as folder:
        finished = Path(folder) / "model.keras"  # Keras itself would write over the old file bit by bit
        try:
            model.save(finished)
        except OSError as error:
            raise _refused(path, error) from error
        _write(session, path, lambda file: _copy(finished, file))
    yield Notice(sentence=f"Saved {path}.")


def named_arrays(weights: Weights) -> dict[str, np.ndarray[Any, Any]]:
    """Return kernel and bias of each layer in turn by name: `layer1/kernel`, `layer1/bias`, `layer2/kernel`, ..."""
    parts = ("kernel", "bias")
    return {
        f"{HIDDEN}{number // 2 + 1}/{parts[number % 2]}": np.asarray(array, np.float32)
        for number, array in enumerate(weights)
    }


def image_shape(session: Session, run: Run) -> tuple[int, int]:
    """Return rows and columns of the images that the run reads.

    Its data tell it; where they cannot be found, a dense network's images are taken for squares. Raises `UserError`
    where that does not work out.
    """
    if session.dataset and session.dataset.fingerprint() == run.fingerprint:
        return session.dataset.shape
    try:
        data, _ = open_dataset(run.source or SAMPLE)
        if data.fingerprint() == run.fingerprint:
            return data.shape
    except UserError:
        pass
    pixels = 0 if run.spec.hidden and isinstance(run.spec.hidden[0], ConvLayer) else _inputs(run)
    side = math.isqrt(pixels)
    if not side or side * side != pixels:
        raise UserError(
            f"The size of run {run.name}'s images is not known, for its data cannot be found: {run.dataset}.",
            hint="Put them where they were.",
        )
    return side, side


def _inputs(run: Run) -> int:
    return int(run.moment(None).weights[0].shape[0])


def keep_session(session: Session, path: Path) -> None:
    """Raise `UserError` where an export would replace the session itself, and `OSError` for a hopeless name."""
    if session.store and path.exists() and path.samefile(session.store.path):
        raise UserError(f"{path.name} is the session itself.", hint="Choose another name.")


def _write(session: Session, path: Path, content: Callable[[BinaryIO], object]) -> None:
    try:
        keep_session(session, path)
        atomic_write(path, content)
    except OSError as error:
        raise _refused(path, error) from error


def _refused(path: Path, error: OSError) -> UserError:
    return UserError(f"{path.name} cannot be saved: {error.strerror or error}.", hint="Choose another place.")


def _copy(source: Path, file: BinaryIO) -> None:
    with source.open("rb") as content:
        shutil.copyfileobj(content, file)
