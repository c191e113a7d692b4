"""The job that writes a network, in the format of the file's name."""

import errno
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.layers.language import as_text
from engine.core.lazy import tf
from engine.core.machine.atomic import atomic_folder, check_new, saving
from engine.core.messages import Job, Saved
from engine.export.network.npz_file import npz_of
from engine.export.network.onnx_file import check_onnx, onnx_of
from engine.export.network.safetensors_file import safetensors_of
from engine.model.training.run import Run
from engine.session.jobs.export import keras_model, named_arrays, save_file, weights_at, write_file
from engine.session.session import Session

KERAS, SAVED_MODEL, ONNX, NPZ, SAFETENSORS = KINDS = (".keras", ".savedmodel", ".onnx", ".npz", ".safetensors")


def export_network(session: Session, run: str, step: int | None, path: Path, kind: str = "") -> Job:
    """Write the network at `step`, as in a lens, in the format of that kind, by default of the path's suffix.

    `.savedmodel` is a folder, which may not be there yet; the others are files, which are replaced. Nothing is left
    behind on failure. Yields `Saved`. Raises `UserError` if it cannot be written, for a suffix that is no kind's, and
    if ONNX is not installed.
    """
    kind = kind or kind_of(path)
    check_kind(path, kind)
    if kind in (KERAS, SAVED_MODEL):
        yield from _export_by_keras(session, run, step, path, kind)
        return
    of_run, weights = session.run(run), weights_at(session, run, step)
    arrays = named_arrays(of_run, weights)
    if kind == NPZ:
        yield from save_file(session, path, npz_of(arrays, _about(of_run)))
    elif kind == SAFETENSORS:
        yield from save_file(session, path, safetensors_of(arrays, _about(of_run)))
    else:
        yield from save_file(session, path, onnx_of(of_run.plan_of(weights), arrays, _about(of_run)))


def kind_of(path: Path) -> str:
    """Return the kind of a file by its name; raise `UserError` if it is none."""
    if (suffix := path.suffix.lower()) in KINDS:
        return suffix
    *others, last = KINDS
    sentence = tr("{file} does not end in {ends} or {end}.", file=path.name, ends=", ".join(others), end=last)
    raise UserError(sentence, hint=tr("The end of the name says which kind of file it is to be."))


def check_kind(path: Path, kind: str) -> None:
    """Raise `UserError` where a file of that kind cannot be written now, or its name is one of another kind."""
    suffix = path.suffix.lower()
    if kind == KERAS and suffix != KERAS:
        raise UserError(tr("{file} does not end in .keras, and Keras would not open it.", file=path.name))
    if suffix in KINDS and suffix != kind:
        words = mark("{file} ends in {end}, which is another kind of file than {kind}.")
        sentence = tr(words, file=path.name, end=suffix, kind=kind)
        raise UserError(sentence, hint=tr("Choose another name."))
    if kind == SAVED_MODEL:
        check_new(path)
    if kind == ONNX:
        check_onnx()


def _about(run: Run) -> dict[str, str]:
    """Return what a reader of the arrays needs besides them."""
    rows, columns = run.shape
    pixels = f"{rows}x{columns} pixels, 0 to 1"  # no text
    return {"layers": as_text(run.spec.network), "input": pixels, "output": "logits"}


def _export_by_keras(session: Session, run: str, step: int | None, path: Path, kind: str) -> Job:
    model = yield from keras_model(session, run, step)
    yield None
    # In a temporary folder, as Keras replaces no file atomically, and TensorFlow writes no name that is not UTF-8.
    with saving(path), tempfile.TemporaryDirectory(prefix="layerlight-") as folder:
        written = Path(folder) / f"network{kind}"
        try:
            if kind == KERAS:
                model.save(written)
            else:
                model.export(written, verbose=False)
        except tf.errors.OpError as error:  # `{{node ...}} /tmp/...; No space left on device [Op:...]`
            raise OSError(errno.EIO, error.message.rpartition("; ")[2].partition(" [")[0]) from error
        yield None
        if kind == SAVED_MODEL:
            atomic_folder(path, lambda place: shutil.copytree(written, place, dirs_exist_ok=True))
        else:
            write_file(session, path, lambda file: _copy(written, file))
    yield Saved(sentence=tr("Saved {file}.", file=path))


def _copy(source: Path, file: BinaryIO) -> None:
    with source.open("rb") as content:
        shutil.copyfileobj(content, file)
