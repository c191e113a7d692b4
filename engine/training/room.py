"""What a training takes of the computer's memory, estimated before anything is built, and what of it is free."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from engine.base.errors import UserError
from engine.base.specs import SLOTS, ConvLayer, is_convolutional, weight_shapes
from engine.system.device import device
from engine.training.evaluation import CONVOLUTION_SLICE, DENSE_SLICE

if TYPE_CHECKING:
    from engine.base.specs import TrainSpec
    from engine.data.dataset import Dataset
    from engine.system.device import Choice

ASKED_SHARE, MOST_SHARE = 0.5, 0.8
"""Shares of what is free: a training that takes more than the first is asked about, more than the second refused.
What is free changes, and a system without any free memory ends processes."""

# The figures below were measured as peaks of the resident size on two cores, for networks of up to 295 MB of weights:
# `test_a_training_takes_about_what_was_estimated` measures some of them again.

COMPILER = 160_000_000
"""Bytes that TensorFlow and XLA take to compile a step of any size."""

COPIES, COPIES_PER_SLOT = 11.0, 2.7
"""How often all weights are in memory at the peak (drawn in double precision, in the model, in XLA's loop, as
gradients, in moments that are kept and written), and each of the optimiser's slots."""

LARGEST_LAYER = 2.3
"""Additional copies of the largest layer's activations at the peak of the backward pass."""


class Room(NamedTuple):
    """Bytes that a training takes at its peak, about, and bytes that are free; `None` where that is not known."""

    needed: int
    free: int | None

    @property
    def share(self) -> float:
        """How much of what is free it takes; 0 where that is not known."""
        return 0.0 if self.free is None else self.needed / max(self.free, 1)

    def sentence(self, batch: int) -> str:
        """Say both figures."""
        return (
            f"Training this network with a batch of {batch:,} takes about {self.needed / 1e9:,.1f} GB of memory, "
            f"and {(self.free or 0) / 1e9:,.1f} GB are free."
        )


def question(spec: TrainSpec, data: Dataset, on: Choice, *, refuses: bool = True) -> str:
    """Return what a person is to be asked before training on `data`: a sentence on the memory; empty for nothing.

    Raises `UserError` where there is too little and it `refuses`. A GPU has memory of its own, which is not looked at.
    """
    room = Room(training_bytes(spec, data), free_memory())
    if room.share <= ASKED_SHARE or device(on).is_gpu:  # asked last: that imports TensorFlow
        return ""
    if refuses and room.share > MOST_SHARE:
        hint = "Choose fewer or smaller layers, or a smaller batch."
        raise UserError(room.sentence(spec.batch), hint=hint)
    return room.sentence(spec.batch)


def training_bytes(spec: TrainSpec, data: Dataset) -> int:
    """Return how many bytes a training takes at its peak, about: rather too many than too few."""
    classes = len(data.classes)
    sizes = activation_sizes(spec, data.shape, classes)
    total, largest = sum(sizes), max(sizes)
    tested = CONVOLUTION_SLICE if is_convolutional(spec.hidden) else DENSE_SLICE
    at_once = max(spec.batch, min(len(data.test_images), tested))
    activations = at_once * (total + max(total, LARGEST_LAYER * largest))
    count = sum(map(math.prod, weight_shapes(spec.hidden, data.shape, classes)))
    weights = count * (COPIES + COPIES_PER_SLOT * SLOTS[spec.optimizer])
    images, labels = data.train_images.nbytes + data.test_images.nbytes, 8 * len(data.test_images)
    order = 4 * 8 * len(data.train_images)  # with the labels of the training images, all as int64
    return round(COMPILER + 4 * (weights + activations) + images + labels + order)


def activation_sizes(spec: TrainSpec, shape: tuple[int, int], classes: int) -> list[int]:
    """Return how many numbers there are of one image, layer by layer, from its pixels on; pooling is a layer."""
    rows, columns = shape
    sizes = [rows * columns]
    for layer in spec.hidden:
        if isinstance(layer, ConvLayer):
            sizes.append(rows * columns * layer.width)
            rows, columns = math.ceil(rows / 2), math.ceil(columns / 2)
            sizes.append(rows * columns * layer.width)
        else:
            sizes.append(layer.width)
    return [*sizes, classes]


def free_memory(system: Path = Path("/")) -> int | None:
    """Return how many bytes this process may still take; `None` where the system does not tell.

    That is the least of what the machine has available and what its control groups (containers) and its own limit of
    address space leave it. `system` is where the folders proc and sys lie.
    """
    found = [*_available(system), *_left_by_groups(system), *_left_by_limit(system)]
    return max(0, min(found)) if found else None


def _available(system: Path) -> Iterator[int]:
    for line in _lines(system / "proc/meminfo"):
        if line.startswith("MemAvailable:"):
            yield int(line.split()[1]) * 1024


def _left_by_groups(system: Path) -> Iterator[int]:
    """Yield what each of the control groups around this process leaves it, of version 2 and of version 1."""
    for line in _lines(system / "proc/self/cgroup"):
        number, controllers, path = line.split(":", 2)
        if number == "0":
            top, names = system / "sys/fs/cgroup", ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            top = system / "sys/fs/cgroup/memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        group = top / path.strip().lstrip("/")
        for folder in (group, *group.parents):  # inside a container the path may be that of the outside
            limit, used = (_number(folder / name) for name in names[:2])
            if limit is not None and used is not None:
                yield limit - used + _cache(folder, names[2])
            if folder == top:
                break


def _cache(folder: Path, name: str) -> int:
    """Return how many bytes of files are held that would be given up for anything else."""
    fields = (line.split() for line in _lines(folder / "memory.stat"))
    return next((int(value) for key, value in fields if key == name), 0)


def _left_by_limit(system: Path) -> Iterator[int]:
    if os.name != "posix":
        return
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY:
        for line in _lines(system / "proc/self/status"):
            if line.startswith("VmSize:"):
                yield limit - int(line.split()[1]) * 1024


def _number(file: Path) -> int | None:
    """Return the number in a file; `None` where there is none, or where it is so large that it means no limit."""
    lines = _lines(file)
    if not lines or not lines[0].strip().isdigit():
        return None
    number = int(lines[0])
    return None if number > math.pow(2, 60) else number


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("ascii", "replace").splitlines()
    except OSError:
        return []
