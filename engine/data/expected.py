"""Measured test accuracies of the presets on known data, as `main.py bench --expected` prints them."""

from collections.abc import Mapping

from engine.core.language import tr

type Key = tuple[str, int, int, str]

# The final accuracy, 0 to 1, of runs with seeds from 1 on, by the data's name, training and test images, and preset.
MEASURED: Mapping[Key, tuple[float, ...]] = {
    ("MNIST sample", 4000, 1000, "blog"): (0.926, 0.930, 0.927),  # no text
    ("MNIST sample", 4000, 1000, "quick"): (0.932, 0.931, 0.935),  # no text
    ("MNIST sample", 4000, 1000, "conv"): (0.959, 0.955, 0.962),  # no text
    ("MNIST sample", 4000, 1000, "overfitting"): (0.940, 0.943, 0.939),  # no text
    ("MNIST", 55000, 10000, "blog"): (0.9810,),
    ("MNIST", 55000, 10000, "quick"): (0.9749,),
}


def expectation(name: str, train_images: int, test_images: int, preset: str) -> str:
    """Return a sentence on the accuracies that were measured with a preset on these data; empty if there are none."""
    accuracies = MEASURED.get((name, train_images, test_images, preset))
    if accuracies is None:
        return ""
    low, high = (f"{100 * share:.1f}" for share in (min(accuracies), max(accuracies)))
    if low == high:
        return tr("Expect {share:.1f} % of {count:,} test images.", share=float(low), count=test_images)
    return tr(
        "Expect {low:.1f} to {high:.1f} % of {count:,} test images.",
        low=float(low),
        high=float(high),
        count=test_images,
    )
