"""The memory that a training takes, estimated before anything is built, and the free memory."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.layers.kinds import is_convolutional
from engine.core.layers.plan import Plan, plan_of
from engine.core.machine.device import Choice, device
from engine.core.machine.memory import ASKED_SHARE, MOST_SHARE, free_memory
from engine.core.specs import SLOTS, TrainSpec, fitted_batch
from engine.data.dataset import Dataset
from engine.model.training.evaluation import CONVOLUTION_SLICE, DENSE_SLICE

# These figures were measured as peaks of the resident size on two cores, for networks of up to 295 MB of weights:
# `test_a_training_takes_about_what_was_estimated` measures some of them again.
COMPILER = 160_000_000  # bytes that TensorFlow and XLA take to compile a step of any size
# Copies of all weights in memory at the peak (drawn in double precision, in the model, in XLA's loop, as gradients, in
# moments that are kept and written), and copies per slot of the optimiser.
COPIES, COPIES_PER_SLOT = 11.0, 2.7
LARGEST_LAYER = 2.3  # additional copies of the largest layer's activations at the peak of the backward pass


class Room(NamedTuple):
    """Approximate peak memory of a training and free memory in bytes; `None` where that is not known."""

    needed: int
    free: int | None

    @property
    def share(self) -> float:
        """The share of the free memory that it takes; 0 where that is not known."""
        return 0.0 if self.free is None else self.needed / max(self.free, 1)

    def sentence(self, batch: int) -> str:
        """Return both figures in a sentence on a network that is trained with that batch, or with 0 on two networks."""
        said = mark("Training both networks takes about {needed:,.1f} GB of memory, and {free:,.1f} GB are free.")
        if batch:
            said = mark(
                "Training this network with a batch of {batch:,} takes about {needed:,.1f} GB of memory, and "
                "{free:,.1f} GB are free."
            )
        return tr(said, batch=batch, needed=self.needed / 1e9, free=(self.free or 0) / 1e9)


def question(spec: TrainSpec, data: Dataset, on: Choice, *, refuses: bool = True) -> str:
    """Return a sentence on memory that a person has to confirm first, or ""; raise `UserError` where it `refuses`."""
    spec = spec.but(batch=fitted_batch(spec.batch, len(data.train_images)))
    return _question(spec.batch, training_bytes(spec, data), on, refuses=refuses)


def question_of_both(needs: Sequence[int], on: Choice, *, refuses: bool = True) -> str:
    """Return the same for networks that are trained in turns; `needs` are their `training_bytes`."""
    return _question(0, sum(needs), on, refuses=refuses)


def _question(batch: int, needed: int, on: Choice, *, refuses: bool) -> str:
    room = Room(needed, free_memory())
    if room.share <= ASKED_SHARE or device(on).is_gpu:  # the device last, as it imports TensorFlow
        return ""
    if refuses and room.share > MOST_SHARE:
        raise UserError(room.sentence(batch), hint=tr("Choose fewer or smaller layers, or a smaller batch."))
    return room.sentence(batch)


def training_bytes(spec: TrainSpec, data: Dataset) -> int:
    """Return the approximate peak memory of a training in bytes, rather too much than too little."""
    plan = plan_of(spec.network, data.shape, len(data.classes))
    sizes = activation_sizes(plan)
    total, largest = sum(sizes), max(sizes)
    tested = CONVOLUTION_SLICE if is_convolutional(spec.hidden) else DENSE_SLICE
    at_once = max(spec.batch, min(len(data.test_images), tested))
    activations = at_once * (total + max(total, LARGEST_LAYER * largest))
    weights = plan.parameters * (COPIES + COPIES_PER_SLOT * SLOTS[spec.optimizer])
    images, labels = data.train_images.nbytes + data.test_images.nbytes, 8 * len(data.test_images)
    if data.validation_images is not None:
        images += data.validation_images.nbytes
    order = 4 * 8 * len(data.train_images)  # with the labels of the training images, all as int64
    return round(COMPILER + 4 * (weights + activations) + images + labels + order)


def activation_sizes(plan: Plan) -> list[int]:
    """Return the sizes of one image's activations, step by step, from its pixels on."""
    return [math.prod(plan.shape), *(math.prod(step.shape) for step in plan.steps if not step.is_reshaping)]
