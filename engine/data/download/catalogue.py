"""The data sets that are known by name: where they are had, how large they are, and how they are told from any others.

An array is known by the SHA-256 of its numbers, as uint8 in C order: so it may come in any format from any place. Those
of MNIST and Fashion-MNIST were computed from copies. Of KMNIST and EMNIST no copy was at hand: their files are known by
the SHA-256 and the sizes that TensorFlow Datasets publishes (`url_checksums`), and only these very files count.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from engine.core.machine import folders

type Shape = tuple[int, ...]

PART = ".part"  # end of the name of a file that has come only in part


class Stored(NamedTuple):
    """A file as its mirrors have it, packed with gzip unless it is a zip."""

    name: str
    size: int  # bytes; no more are taken from any mirror
    packed: str = ""  # SHA-256 of the file, where it is known by this,
    numbers: str = ""  # ... or of the array in it, an IDX file,
    shape: Shape = ()  # ... which has this shape


def downloads() -> Path:
    """Return the folder in which each set that is downloaded has one."""
    return folders.cache() / "datasets"


class KnownSet(NamedTuple):
    """A data set that can be downloaded."""

    key: str  # what the command line calls it, and its folder
    title: str
    about: str  # what it shows and whose it is, in a sentence
    mirrors: tuple[str, ...]
    """Beginnings of addresses, to which the names of the files are added; the first one is asked first."""
    files: tuple[Stored, ...]
    members: Mapping[str, int] = {}
    """Of a set in a zip: the files in it that are kept, and the most bytes of each."""
    classes: tuple[str, ...] = ()  # names of the classes, where they are more than numbers

    @property
    def folder(self) -> Path:
        """Where it lies once it is downloaded."""
        return downloads() / self.key

    @property
    def is_there(self) -> bool:
        """Whether all its files were downloaded before."""
        return all((self.folder / name).is_file() for name in self.kept)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def parts(self) -> list[Path]:
        """The files of a download that was not finished, under names that are not final."""
        names = [*(file.name for file in self.files), *self.members]
        return [part for name in names if (part := self.folder / f"{name}{PART}").is_file()]

    @property
    def came(self) -> int:
        """Bytes that have arrived so far: a download continues from there."""
        files = [self.folder / f"{file.name}{end}" for file in self.files for end in ("", PART)]
        return min(self.size, sum(file.stat().st_size for file in files if file.is_file()))

    @property
    def kept(self) -> tuple[str, ...]:
        """Names of the files that it comes to."""
        return tuple(self.members) or tuple(file.name for file in self.files)

    @property
    def arrays(self) -> dict[Shape, str]:
        """SHA-256 of the arrays by their shapes, the small ones first; empty where it is known by its files."""
        known = {file.shape: file.numbers for file in self.files if file.numbers}
        return dict(sorted(known.items(), key=lambda each: len(each[0])))


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
        "T-shirt",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
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

KNOWN = {each.key: each for each in (MNIST, FASHION, KMNIST, LETTERS)}  # by their keys
