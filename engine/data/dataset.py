"""A data set: images and labels to train on, and others to test with; caches that are dropped with it: `DataCache`."""

import functools
import hashlib
import re
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.core.cache import Cache
from engine.core.example import Example
from engine.core.frozen import Frozen
from engine.core.language import tr_context, tr_plural, with_marks
from engine.core.lazy import Array, np
from engine.core.messages import Job, Message, read_only
from engine.core.text import isolated, storable


class Dataset(Frozen, eq=False):
    """Images with one label each, for training and for testing.

    Images are uint8 (images, rows, columns), 0 for the background: a network reads them in grey. For colour pictures
    there are also arrays (images, rows, columns, 3), only to be shown. Labels are uint8 (images,), each
    smaller than `len(classes)`. All arrays are read-only.
    """

    # Three channels as input would leave the grey canvas of Draw nothing to draw; weights, ideal images and reasons
    # stay pictures of one number per pixel.

    name: str
    train_images: Array
    train_labels: Array
    test_images: Array
    test_labels: Array
    classes: tuple[str, ...]
    source: Path | None = None
    called: str = ""  # the name that `open_dataset` takes, where that is no path
    train_colours: Array | None = None
    test_colours: Array | None = None
    # Images held out of the training, on which the best epoch is chosen; `None` where there are none.
    validation_images: Array | None = None
    validation_labels: Array | None = None
    known: str = ""  # the key in `catalogue` of the data set with these arrays; empty for all others
    # Sentences on what a person should know about the conversion: images that were set aside, for example.
    remark: str = ""
    examples: tuple[Example, ...] = ()  # a person's examples, in data for teaching a network, ...
    base: "Dataset | None" = None  # ... and the data that they were added to; `None` where there are none

    @property
    def wanted(self) -> str:
        """The name or path by which `open_dataset` opens them again, a URI if not in UTF-8; empty for the sample."""
        path = str(self.source or "")
        is_utf8 = storable(path) == path
        return self.called or (path if is_utf8 or self.source is None else self.source.as_uri())

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of an image, in pixels."""
        rows, columns = self.train_images.shape[1:]
        return rows, columns

    def one_of(self, label: int) -> str:
        """Return words for a member of that class within a sentence: `a 3`, `ape`."""
        name = self.classes[label] if label < len(self.classes) else f"{label}"
        return tr_context("within a sentence", "a {digit}", digit=name) if name == f"{label}" else isolated(name)

    def shown(self, numbers: Array, *, train: bool = False) -> Array:
        """Return the test (or training) images with these numbers for display: in colour where they have colours."""
        colours, grey = (self.train_colours, self.train_images) if train else (self.test_colours, self.test_images)
        return (grey if colours is None else colours)[numbers]

    def fingerprint(self) -> str:
        """Return a hash of all labels and of some of the images, which identifies the data."""
        digest = hashlib.sha256(f"{self.shape} {len(self.classes)}".encode())
        for images, labels in ((self.train_images, self.train_labels), (self.test_images, self.test_labels)):
            digest.update(labels.tobytes())
            digest.update(images[:: max(1, len(images) // 100)].tobytes())
        return digest.hexdigest()

    @property
    def summary(self) -> str:
        """Name and size for status lines: `MNIST 55,000 + 10,000`."""
        return f"{isolated(self.name)} {len(self.train_images):,} + {len(self.test_images):,}"


SUMMARY = re.compile(r"(.+) ([\d,]+) \+ ([\d,]+)")


def say_summary(summary: str) -> str:
    """Return a `summary`, perhaps one that a session keeps, with the numbers of the language."""
    match = SUMMARY.fullmatch(summary)
    return f"{match[1]} {with_marks(match[2])} + {with_marks(match[3])}" if match else summary


def say_training_images(summary: str) -> str:
    """Return the training part of a `summary` in words: `4,400 images of MNIST sample`."""
    match = SUMMARY.fullmatch(summary)
    if not match:
        return summary
    count = int(match[2].replace(",", ""))
    return tr_plural("{count:,} image of {data}", "{count:,} images of {data}", count, data=match[1])


def count_test_images(summary: str) -> int | None:
    """Return the number of test images in a `summary`; `None` for any other text."""
    *_, plus, last = [None, None, *summary.split()]
    digits = (last or "").replace(",", "")
    return int(digits) if plus == "+" and digits.isdecimal() else None


class DataCache[K: Hashable, V](Cache[K, V]):
    """A module-level cache whose keys are data sets or tuples that contain one; `let_go_of` clears it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _caches.append(self)


_caches: list[DataCache[Any, Any]] = []


def let_go_of(gone: Collection[Dataset], stays: Collection[Dataset | None] = ()) -> None:
    """Drop all cache entries of these data sets and of data sets derived from them, except for those that stay."""
    numbers, derived = {id(data) for data in gone if data not in stays}, list[Dataset]()
    for cache in [*_caches]:
        for key in [*cache]:
            parts = key if isinstance(key, tuple) else (key,)
            if any(id(part) in numbers for part in parts) and isinstance(value := cache.pop(key), Dataset):
                derived.append(value)
    if derived := [data for data in derived if data not in stays]:
        let_go_of(derived, stays)


def remembered[*Given, R](count: int) -> Callable[[Callable[[*Given], R]], Callable[[*Given], R]]:
    """Cache a function's last `count` results in a `DataCache`, as `functools.lru_cache` does in its own."""

    def decorate(function: Callable[[*Given], R]) -> Callable[[*Given], R]:
        cache: DataCache[Any, R] = DataCache(count=count)

        @functools.wraps(function, updated=())
        def cached(*given: *Given) -> R:
            result = cache.get(given)
            return cache.put(given, function(*given)) if result is None else result

        return cached

    return decorate


MOST_PARTS = 2  # maximum number of suspended jobs of a kind: each holds the arrays that it computes with


class Results[K: Hashable]:
    """The messages of jobs by their subject: `K`, such as a network and a layer, and the data.

    A repeated question is answered at once, and a job that was stopped continues as a suspended generator. Finished
    results are found by the data's fingerprint; suspended jobs are dropped with their data.
    """

    def __init__(self, count: int) -> None:
        """Keep at most `count` finished results."""
        self._finished: Cache[tuple[str, K], tuple[Message, ...]] = Cache(count=count)
        self._parts: DataCache[tuple[Dataset, K], _Part] = DataCache(count=MOST_PARTS)

    def known(self, data: Dataset, of: K) -> tuple[Message, ...]:
        """Return the newest message of each class, as far as they are known."""
        part = self._parts.get((data, of))
        return self._finished.get((data.fingerprint(), of)) or (tuple(part.messages.values()) if part else ())

    def job(self, data: Dataset, of: K, make: Callable[[], Job]) -> Job:
        """Yield the known messages, then do the rest of the job that `make` returns."""
        finished = self._finished.get((data.fingerprint(), of))
        if finished is not None:
            yield from finished
            return
        part = self._parts.get((data, of))
        if part is None or part.is_running:
            part = self._parts.put((data, of), _Part(make()))
        part.is_running, is_over = True, True
        try:
            yield from [*part.messages.values()]
            for message in part.job:
                if message is not None:
                    part.messages[type(message)] = message
                yield message
        except GeneratorExit:  # it can continue, unless its data were dropped
            is_over = False
            raise
        finally:
            part.is_running = False
            if is_over and self._parts.get((data, of)) is part:
                self._parts.pop((data, of))
        self._finished.put((data.fingerprint(), of), tuple(part.messages.values()))

    def forget(self) -> None:
        """Drop everything."""
        self._finished.clear()
        self._parts.clear()


@dataclass(slots=True, eq=False)
class _Part:
    job: Job
    messages: dict[type[Message], Message] = field(default_factory=dict)
    is_running: bool = False


@remembered(2)
def mean_images(data: Dataset) -> Array:
    """Return the mean test image of each class (classes, rows, columns), float32, 0 to 1; zeros for an empty class."""
    means = np.zeros((len(data.classes), *data.shape), np.float32)
    for label in range(len(means)):
        members = data.test_images[data.test_labels == label]
        if len(members):
            means[label] = members.mean(axis=0, dtype=np.float64) / 255
    return read_only(means)
