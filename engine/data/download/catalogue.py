"""The known data sets: their names and folders, where they are downloaded from, their sizes, and how to recognise them.

An array is recognised by the SHA-256 of its numbers, as uint8 in C order: mirrors pack the same arrays differently. Of
KMNIST and EMNIST, of which no copy was available, the files are recognised by TensorFlow Datasets' `url_checksums`.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from engine.core.machine import folders

type Shape = tuple[int, ...]

PART = ".part"  # suffix of a file that is not complete yet
RAW = "raw"  # the folder within a data set's own in which torchvision keeps the files

# The name of the bundled runs' data: all of MNIST but the images before 6,000, among which the sample is.
UNSEEN = "mnist-54000"

# The titles of data sets by the names of their folders, in lower case without hyphens.
TITLES = {
    "mnist": "MNIST",
    "fashionmnist": "Fashion-MNIST",
    "kmnist": "KMNIST",
    "qmnist": "QMNIST",
    "emnistletters": "EMNIST letters",
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
    about: str  # what it shows and who made it, in a sentence
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


IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
TRAIN, TEST = 60_000, 10_000


def _four(sizes: tuple[int, int, int, int], numbers: tuple[str, str, str, str]) -> tuple[Stored, ...]:
    names = IMAGES, LABELS, TEST_IMAGES, TEST_LABELS
    shapes = (TRAIN, 28, 28), (TRAIN,), (TEST, 28, 28), (TEST,)
    return tuple(
        Stored(name, size, numbers=digest, shape=shape)
        for name, size, digest, shape in zip(names, sizes, numbers, shapes, strict=True)
    )


MNIST = KnownSet(
    "mnist",
    "MNIST",
    "70,000 handwritten digits, by Yann LeCun, Corinna Cortes and Christopher Burges",
    ("https://storage.googleapis.com/cvdf-datasets/mnist/", "https://ossci-datasets.s3.amazonaws.com/mnist/"),
    _four(
        (9_912_422, 28_881, 1_648_877, 4_542),
        (
            "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
            "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
            "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
            "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
        ),
    ),
)

FASHION = KnownSet(
    "fashion-mnist",
    "Fashion-MNIST",
    "70,000 pictures of clothes, shoes and bags, by Zalando Research",
    (
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
    _four(
        (26_421_880, 29_515, 4_422_102, 5_148),
        (
            "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012",
            "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7",
            "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
            "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9",
        ),
    ),
    classes=(
        *("T-shirt", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
)

KMNIST = KnownSet(
    "kmnist",
    "KMNIST",
    "70,000 handwritten Japanese characters, by the Center for Open Data in the Humanities",
    ("https://codh.rois.ac.jp/kmnist/dataset/kmnist/", "http://codh.rois.ac.jp/kmnist/dataset/kmnist/"),
    (
        Stored(IMAGES, 18_165_135, "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
        Stored(LABELS, 29_497, "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
        Stored(TEST_IMAGES, 3_041_136, "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
        Stored(TEST_LABELS, 5_120, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
    ),
    classes=("お", "き", "す", "つ", "な", "は", "ま", "や", "れ", "を"),
)

LETTERS = KnownSet(
    "emnist-letters",
    "EMNIST letters",
    "145,600 handwritten letters from A to Z, large and small ones together, by NIST",
    ("https://biometrics.nist.gov/cs_links/EMNIST/", "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/"),
    (Stored("gzip.zip", 561_753_746, "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e"),),
    members={
        "emnist-letters-train-images-idx3-ubyte.gz": 100_000_000,
        "emnist-letters-train-labels-idx1-ubyte.gz": 1_000_000,
        "emnist-letters-test-images-idx3-ubyte.gz": 20_000_000,
        "emnist-letters-test-labels-idx1-ubyte.gz": 1_000_000,
    },
    classes=tuple(string.ascii_uppercase),
)

KNOWN = {dataset.key: dataset for dataset in (MNIST, FASHION, KMNIST, LETTERS)}
