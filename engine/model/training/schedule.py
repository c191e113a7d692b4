"""The schedule of a run's learning rate: the factor of each step, a pure function of its number and the run's steps."""

from engine.core.lazy import Array, np
from engine.core.specs import TrainSpec

FALLS, FALL = (0.5, 0.75), 0.1  # where the schedule `step` lowers the rate, as shares of its steps, and by which factor


def is_scheduled(spec: TrainSpec) -> bool:
    """Whether the learning rate is not the same in all steps."""
    return spec.schedule != "constant" or spec.warmup > 0


def warmup_steps(spec: TrainSpec, steps_per_epoch: int) -> int:
    """Return the number of steps in which the learning rate grows to its value."""
    return round(spec.warmup * steps_per_epoch)


def rate_factors(spec: TrainSpec, steps_per_epoch: int, done: int, count: int) -> Array:
    """Return the factor of the learning rate in each of `count` steps after the first `done` ones, (count,) float64.

    It grows in a line during the warm-up, as in Goyal et al., Accurate, Large Minibatch SGD (2017). From there to the
    end of `spec.epochs`, `step` divides by ten at a half and at three quarters, as He et al., Deep Residual Learning
    (2016), and `cosine` is (1 + cos πt) / 2 of the share t of the steps taken, as Loshchilov and Hutter, SGDR (2017),
    without restarts.
    """
    number = np.arange(done, done + count, dtype=np.float64)
    rising = warmup_steps(spec, steps_per_epoch)
    falling = max(1, spec.epochs * steps_per_epoch - rising)
    share = np.clip((number - rising) / falling, 0.0, 1.0)
    grown = np.minimum((number + 1) / max(1, rising), 1.0)
    if spec.schedule == "step":
        return grown * FALL ** np.searchsorted(FALLS, share, side="right")
    if spec.schedule == "cosine":
        return grown * (1 + np.cos(np.pi * share)) / 2
    return grown
