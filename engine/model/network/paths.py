"""Which layers of a network read the outputs of another one as they are, and which the image itself."""

from engine.core.layers.kinds import DenseLayer, Dropout, Flatten, Pad, Rescale, Resize
from engine.core.layers.plan import Channel, Plan


def dense_path(plan: Plan, number: int) -> tuple[int, ...]:
    """Return the numbers of the dense layers that lead to a dense hidden layer, or the outputs (-1), which is the last.

    Each reads what the one before gives, and nothing lies between. A layer with a normalisation can only be the first:
    behind it no sum over the neurons of an earlier layer is left.
    """
    path = [number]
    while True:
        if len(path) > 1 and plan.hidden[path[0]].norm:
            return tuple(path)
        before = plan.hidden_of(plan.origin(plan.with_kernels[path[0]].reads[0], Dropout))
        if before is None or not isinstance(plan.hidden[before], DenseLayer):
            return tuple(path)
        path.insert(0, before)


def reads_image(plan: Plan, number: int) -> bool:
    """Whether a hidden layer, or the outputs (-1), reads the image, perhaps of another size or with other values."""
    return not plan.origin(plan.with_kernels[number].reads[0], Channel, Dropout, Flatten, Pad, Rescale, Resize)
