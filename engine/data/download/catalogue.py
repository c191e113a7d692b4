"""The known data sets of `resources/datasets.toml`: their folders, their files, and how to recognise them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from engine.core.machine import folders

type Shape = tuple[int, ...]

PART = ".part"  # suffix of a file that is not complete yet
RAW = "raw"  # the folder within a data set's own in which torchvision keeps the files

# The name of the bundled runs' data: all of MNIST but the images before 6,000, among which the sample is.
UNSEEN = "mnist-54000"

# The titles of data sets by the names of their folders, in lower case without hyphens.
TITLES = {
    "mnist": "MNIST",
    "fashionmnist": "Fashion-MNIST",  # no text
    "kmnist": "KMNIST",
    "qmnist": "QMNIST",
    "emnistletters": "EMNIST letters",  # no text
}

BEGINNINGS = ("", "emnist-letters-")  # the prefixes of file names in a data set that is looked for


def title_of(path: Path) -> str:
    """Return the title of the data set in a folder, or of EMNIST's file."""
    for beginning in BEGINNINGS:
        if beginning and path.name.startswith(beginning):
            return title_called(beginning)
    return title_called(dataset_folder(path).name)


def title_called(name: str) -> str:
    """Return the title of a data set by the name of its folder."""
    return TITLES.get(name.casefold().replace("-", ""), name)


def dataset_folder(path: Path) -> Path:
    """Return the folder of the data set whose files are in `path`: without torchvision's `raw`."""
    return path.parent if path.name == RAW else path


class Stored(NamedTuple):
    """A file on the mirrors, compressed with gzip unless it is a zip."""

    name: str
    size: int  # bytes; no more are accepted from any mirror
    packed: str = ""  # SHA-256 of the file, if it is recognised by this,
    numbers: str = ""  # ... or of the array in it, an IDX file,
    shape: Shape = ()  # ... which has this shape


def downloads() -> Path:
    """Return the folder with a folder for each downloaded set."""
    return folders.cache() / "datasets"


class KnownSet(NamedTuple):
    """A data set that can be downloaded."""

    key: str  # its name on the command line, and that of its folder
    title: str
    about: str  # what it shows and who made it, in a sentence that is translated where it is shown
    mirrors: tuple[str, ...]  # prefixes of the files' addresses, in the order in which they are tried
    files: tuple[Stored, ...]
    members: Mapping[str, int] = {}  # for a set in a zip: the files that are extracted, and the maximum size of each
    classes: tuple[str, ...] = ()  # names of the classes, where they are more than numbers

    @property
    def folder(self) -> Path:
        """The folder that it is downloaded into."""
        return downloads() / self.key

    @property
    def is_there(self) -> bool:
        """Whether all its files have been downloaded."""
        return all((self.folder / name).is_file() for name in self.kept)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def parts(self) -> list[Path]:
        """The incomplete files of a download that was not finished."""
        names = [*(file.name for file in self.files), *self.members]
        return [part for name in names if (part := self.folder / f"{name}{PART}").is_file()]

    @property
    def came(self) -> int:
        """Bytes that have been received; a download continues from there."""
        files = [self.folder / f"{file.name}{end}" for file in self.files for end in ("", PART)]
        return min(self.size, sum(file.stat().st_size for file in files if file.is_file()))

    @property
    def kept(self) -> tuple[str, ...]:
        """Names of the files that a download leaves."""
        return tuple(self.members) or tuple(file.name for file in self.files)

    @property
    def arrays(self) -> dict[Shape, str]:
        """SHA-256 of the arrays by shape, the small ones first; empty for a set that is recognised by its files."""
        digests = {file.shape: file.numbers for file in self.files if file.numbers}
        return dict(sorted(digests.items(), key=lambda item: len(item[0])))


def _known(key: str, known: dict[str, Any]) -> KnownSet:
    files = tuple(Stored(**{**file, "shape": tuple(file.get("shape", ()))}) for file in known["files"])
    lists = {name: tuple(known.get(name, ())) for name in ("mirrors", "classes")}
    return KnownSet(key, **{**known, **lists, "files": files})


KNOWN = {key: _known(key, known) for key, known in folders.read_toml("datasets.toml").items()}
MNIST, FASHION, KMNIST, LETTERS = KNOWN.values()
