"""Opening data sets: files of several formats, Keras' cache, downloads, the embedded sample.

Each format has a module with one function that reads a path in turns and reports its progress; `_reading` chooses."""

import contextlib
import os
from pathlib import Path

from engine import COMMAND
from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.messages import run_through
from engine.data.dataset import Dataset
from engine.data.download.catalogue import BEGINNINGS, KNOWN, RAW, UNSEEN, KnownSet, dataset_folder, downloads, title_of
from engine.data.formats.reading import PICTURES, LargeError, Reading, require_file
from engine.data.location import Location, location_of, path_of

# The readers are imported where they are called: NumPy takes 0.2 s, for which `--help` must not wait.

VARIABLE = "LAYERLIGHT_DATA"  # the environment variable with the path of the default data set
SHARED = Path("/usr/share/datasets")  # where Debian's packages put data sets

MOST_LOOKED_AT = 200  # entries of a folder

FORMATS = mark("Data sets are .npz files, IDX files, tables in CSV, or folders with one of pictures for each class.")

# The endings of archives, which are not unpacked.
PACKED = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".7z", ".rar")

SAMPLE, MNIST = "sample", "mnist"  # like `UNSEEN`, names of data sets instead of paths


def open_dataset(wanted: str | None, *, sure: bool = False, fetch: bool = False) -> tuple[Dataset, str]:
    """Open a data set as `opening_dataset` does, without a pause."""
    return run_through(opening_dataset(wanted, sure=sure, fetch=fetch))


def opening_dataset(wanted: str | None, *, sure: bool = False, fetch: bool = False) -> Reading[tuple[Dataset, str]]:
    """Open `sample`, `mnist` or a path; with `None`, `LAYERLIGHT_DATA`, a copy of MNIST, or the sample.

    `mnist` is the file of `LAYERLIGHT_DATA`, or a copy that Keras, torchvision or the system keeps; `mnist-54000` is a
    part of it. Every other name in the catalogue opens a copy of that set. Where there is none, it is downloaded only
    with `fetch`: a name alone, which may be in a stranger's session, opens no connection. Returns the data set, and a
    sentence on what was skipped or converted, or "". Raises `UserError` when a person's choice cannot be opened, and
    `UnsureError` where it takes much memory and they are not `sure`.
    """
    if wanted is None:
        return (yield from _open_first())
    if wanted == SAMPLE:
        return (yield from _open_sample()), ""
    if wanted in KNOWN and (fetch or wanted != MNIST):
        return (yield from _open_known(KNOWN[wanted], sure=sure, fetch=fetch)), ""
    if wanted == MNIST:
        return (yield from _open_mnist()), ""
    if wanted == UNSEEN:
        from engine.data.formats.sample import without_sample

        return without_sample((yield from _open_mnist())), ""
    data = yield from _open_path(wanted, sure=sure)
    return data, data.remark


def _open_first() -> Reading[tuple[Dataset, str]]:
    if os.environ.get(VARIABLE):
        data = yield from _open_variable()
        return data, data.remark
    cached = _copy_of_mnist()
    if cached is None:
        return (yield from _open_sample()), ""
    try:
        return (yield from _open_path(str(cached))), ""
    except UserError as refused:  # nobody asked for this file, so it must not stop the start
        instead = tr("The embedded sample was opened instead of {path}.", path=cached)
        sentence = f"{refused.sentence} {instead}"
    return (yield from _open_sample()), sentence


def _open_mnist() -> Reading[Dataset]:
    if os.environ.get(VARIABLE):
        return (yield from _open_variable())
    if cached := _copy_of_mnist():
        return (yield from _open_path(str(cached)))
    ways = tr(
        "Or give the path of mnist.npz, or set {variable} to it; the data set `sample` is always there.",
        variable=VARIABLE,
    )
    raise UserError(tr("The full MNIST is not on this computer."), hint=f"{_how_to_fetch(MNIST)} {ways}")


def _how_to_fetch(key: str) -> str:
    return tr(
        "Download it, in the menu of data at the top right or with: {command}.", command=f"{COMMAND} download {key}"
    )


def _open_known(known: KnownSet, *, sure: bool, fetch: bool) -> Reading[Dataset]:
    """Open an intact copy of a set; download it where there is none, or only a damaged one."""
    from engine.data.download import download

    for path in copies_of(known):
        try:
            data = yield from _open_path(str(path), sure=sure)
        except LargeError:
            raise
        except UserError:
            continue  # damaged, or another data set
        is_it = data.known == known.key
        if is_it or (not known.arrays and (path == known.folder or download.has_files(path, known))):
            _tidy(known)
            return data
    if not fetch:
        raise UserError(tr("{data} is not on this computer.", data=known.title), hint=_how_to_fetch(known.key))
    if known.is_there:  # but damaged, or changed by somebody
        with contextlib.suppress(OSError):
            download.forget(known)
    folder = yield from download.downloading(known)
    return (yield from _open_path(str(folder), sure=sure))


def copies_of(known: KnownSet) -> list[Path]:
    """Return the paths that look like a copy of a set on this computer; they have not been opened."""
    copies = [known.folder] if known.is_there else []
    if known.key == MNIST and (keras := _copy_of_mnist()):
        copies.append(keras)
    return list(dict.fromkeys([*copies, *(path for path in local_datasets() if title_of(path) == known.title)]))


def _open_variable() -> Reading[Dataset]:
    try:
        return (yield from _open_path(os.environ[VARIABLE]))
    except UserError as refused:  # the person may have set the variable long ago
        named = tr("It is the file that {variable} names.", variable=VARIABLE)
        raise UserError(refused.sentence, hint=f"{refused.hint} {named}") from refused


def _open_path(wanted: str, *, sure: bool = False) -> Reading[Dataset]:
    data = yield from _reading(location_of(wanted), sure=sure)
    if data.known:
        _tidy(KNOWN[data.known])
    return data


def _tidy(known: KnownSet) -> None:
    """Remove the rest of an interrupted download of a set, as there is a complete copy."""
    if known.parts:
        from engine.data.download import download

        download.tidy(known)


def _reading(location: Location, *, sure: bool) -> Reading[Dataset]:
    """Read a path by the format that it seems to have; raise `UserError` for an unknown format."""
    path = location.path
    is_folder = path.is_dir()
    if not is_folder:
        require_file(path)
    if path.suffix.lower() == ".npz" and not is_folder:
        from engine.data.formats.npz import reading_npz

        return reading_npz(location, sure=sure)
    from engine.data.formats import csv, idx

    if csv.recognises(path) and not is_folder:
        return csv.reading_csv(location, sure=sure)
    if idx.recognises(path):
        return idx.reading_idx(location, sure=sure)
    if is_folder:
        from engine.data.formats.folder import reading_folder

        return reading_folder(location, sure=sure)
    raise _no_format(path)


def _no_format(path: Path) -> UserError:
    """Return the error for a file of another kind: what it is by its name, and what to open instead."""
    name = path.name.lower()
    if name.endswith(PACKED):
        sentence = tr("{path} is an archive, which is not unpacked here.", path=path)
        return UserError(sentence, hint=tr("Unpack it and open what comes out."))
    if name.endswith(PICTURES):
        return UserError(tr("{path} is one picture, not a data set.", path=path), hint=tr(FORMATS))
    if name.endswith(".npy"):
        sentence = tr("{path} is one array, and a data set has images and labels.", path=path)
        return UserError(sentence, hint=tr("Save both in one file with numpy.savez, as x_train and y_train."))
    return UserError(tr("{path} is a type of file that cannot be opened.", path=path), hint=tr(FORMATS))


def _open_sample() -> Reading[Dataset]:
    from engine.data.formats.sample import opening_sample

    return (yield from opening_sample())


def mnist_there() -> Path | None:
    """Return the file or folder that `mnist` means, if it exists; it has not been opened."""
    if named := os.environ.get(VARIABLE):
        path = path_of(named)
        return path if path.exists() else None
    return _copy_of_mnist()


def _copy_of_mnist() -> Path | None:
    """Return the copy of MNIST that Keras, torchvision or the system keeps, if there is one."""
    keras = _keras()
    if keras is not None and os.path.lexists(keras / "mnist.npz"):
        return keras / "mnist.npz"
    return next((path for path in local_datasets() if dataset_folder(path).name.casefold() == "mnist"), None)


def local_datasets() -> list[Path]:
    """Return the IDX data sets of downloads, Keras, torchvision and Debian: folders, or a file of EMNIST."""
    keras, here = _keras(), Path("data")
    places = [downloads().absolute(), *([keras] if keras is not None else []), SHARED]
    with contextlib.suppress(RuntimeError):
        places += [Path.home() / "data", Path.home() / "datasets"]
    folders = list[Path]()
    for place in [*places, here]:
        with contextlib.suppress(OSError), os.scandir(place) as entries:
            names = sorted(entry.name for entry, _ in zip(entries, range(MOST_LOOKED_AT), strict=False))
            tops = [place.absolute() / name for name in names if not name.startswith(".")]
            folders += [data for top in tops for inner in (top, top / RAW) for data in _idx_in(inner)]
    return list(dict.fromkeys(folders))  # the current folder may be the home folder


def _idx_in(folder: Path) -> list[Path]:
    """Return the data set in a folder: the folder if its files have MNIST's names, otherwise a file."""
    names = [f"{beginning}train-images-idx3-ubyte{suffix}" for beginning in BEGINNINGS for suffix in ("", ".gz")]
    there = next((folder / name for name in names if (folder / name).is_file()), None)
    if there is None:
        return []
    return [folder if there.name.startswith("train") or folder.name in KNOWN else there]


def _keras() -> Path | None:
    """Return the folder of Keras' downloads; `None` for a user without a home folder."""
    try:
        return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets"
    except RuntimeError:
        return None
