"""Measured test accuracies of the presets on known data, as `main.py bench --expected` prints them."""

from collections.abc import Mapping

from engine.core.text import in_percent

type Key = tuple[str, int, int, str]

# The final accuracy, 0 to 1, of runs with seeds from 1 on, by the data's name, training and test images, and preset.
MEASURED: Mapping[Key, tuple[float, ...]] = {
    ("MNIST sample", 4000, 1000, "blog"): (0.926, 0.930, 0.927),
    ("MNIST sample", 4000, 1000, "quick"): (0.932, 0.931, 0.935),
    ("MNIST sample", 4000, 1000, "conv"): (0.959, 0.955, 0.962),
    ("MNIST sample", 4000, 1000, "overfitting"): (0.940, 0.943, 0.939),
    ("MNIST", 55000, 10000, "blog"): (0.9810,),
    ("MNIST", 55000, 10000, "quick"): (0.9749,),
}


def expectation(name: str, train_images: int, test_images: int, preset: str) -> str:
    """Return a sentence on the accuracies that were measured with a preset on these data; empty if there are none."""
    accuracies = MEASURED.get((name, train_images, test_images, preset))
    if accuracies is None:
        return ""
    low, high = (in_percent(share, 1) for share in (min(accuracies), max(accuracies)))
    shares = low if low == high else f"{low.removesuffix(' %')} to {high}"
    return f"Expect {shares} of {test_images:,} test images."
