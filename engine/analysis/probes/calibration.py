"""Whether the network is right as often as its probabilities say, and its accuracy when it may abstain."""

import math
from typing import NamedTuple

import numpy as np

from engine.core.lazy import Array
from engine.core.messages import LensAnswer, Turns
from engine.data.dataset import DataCache, Dataset
from engine.model.network.activations import activations_of
from engine.model.network.lens_network import Key, LensNetwork
from engine.model.network.plain import softmax
from engine.model.network.probe import KnownRuns, runs_probe
from engine.model.training.learned import remark_on

BINS = 15  # as in Guo et al., “On Calibration of Modern Neural Networks” (2017)
COLDEST, HOTTEST = 0.05, 20.0  # the range of fitted temperatures
HALVINGS = 40  # bisection steps of the fit

_NINES = [1 - 10.0**-nines * (1 - part / 100) for nines in (1, 2, 3) for part in range(90)]
# Thresholds at which the share of refused images is computed: hundredths, finer towards 1.
THRESHOLDS = np.round([*np.arange(90) / 100, *_NINES, 0.9999], 6)

MOST_FITTED = 5000  # images to fit one number: more would not change it, and take longer than a turn
MOST_KEPT = 8  # maximum number of lenses whose fitted temperature is cached


class Fitted(NamedTuple):
    """The temperature fitted to one half of the test images, and the other half's calibration errors at 1 and at it."""

    temperature: float
    images: int
    error_before: float
    error: float


class Calibration(LensAnswer):
    """The probabilities of the answers to all test images, and how often they are right, at a temperature."""

    temperature: float
    # The number of answers in each bin of confidence (bins,): equal parts of 0 to 1, each with its upper end.
    counts: Array
    confidence: Array  # the mean probability of these answers (bins,); NaN where there are none
    accuracy: Array  # the share of right answers among them (bins,); NaN where there are none
    error: float  # the expected calibration error: the mean of |accuracy - confidence| over all images
    refused: Array  # the share of images whose answer has a probability below each of `THRESHOLDS`
    right: Array  # the share of right answers among the others; NaN if all are refused
    fitted: Fitted
    is_finite: bool = True
    remark: str = ""  # a sentence that says that the run learned from other data; empty where it did not


@runs_probe
def calibration(network: LensNetwork, data: Dataset, runs: KnownRuns, temperature: float = 1.0) -> Turns[Calibration]:
    """Return the `Calibration` on the test images, in turns; the logits are divided by `temperature`."""
    activations = yield from activations_of(network, data)
    is_finite = bool(np.isfinite(activations.logits).all())
    logits = activations.logits.astype(np.float64) if is_finite else np.zeros(activations.logits.shape)
    fitted = _kept.get((network.key, data)) or fit(logits, activations.labels)
    yield None
    _kept.put((network.key, data), fitted)
    confidences, hits = confidence_and_hits(logits, activations.labels, temperature)
    counts, confidence, accuracy = reliability(confidences, hits)
    refused, right = refusal(confidences, hits)
    return Calibration(
        **network.shown,
        temperature=temperature,
        counts=counts,
        confidence=confidence,
        accuracy=accuracy,
        error=calibration_error(confidences, hits),
        refused=refused,
        right=right,
        fitted=fitted,
        is_finite=is_finite,
        remark=remark_on(data, runs[network.key.run]),
    )


def confidence_and_hits(logits: Array, labels: Array, temperature: float = 1.0) -> tuple[Array, Array]:
    """Return the probability of each answer (images,), and whether it is right (images,)."""
    return softmax(logits / temperature).max(axis=1), logits.argmax(axis=1) == labels


def reliability(confidences: Array, hits: Array) -> tuple[Array, Array, Array]:
    """Return for each bin (bins,) the number of answers, their mean probability and the share of right ones."""
    places = np.clip(np.ceil(confidences * BINS).astype(np.int64) - 1, 0, BINS - 1)
    counts = np.bincount(places, minlength=BINS)
    sums = (np.bincount(places, weights=values, minlength=BINS) for values in (confidences, hits))
    with np.errstate(invalid="ignore"):  # an empty bin gives 0 / 0: NaN
        confidence, accuracy = (total / counts for total in sums)
    return counts, confidence, accuracy


def calibration_error(confidences: Array, hits: Array) -> float:
    """Return the expected calibration error; NaN without images."""
    counts, confidence, accuracy = reliability(confidences, hits)
    return float(np.nansum(counts * np.abs(confidence - accuracy)) / counts.sum()) if len(hits) else math.nan


def refusal(confidences: Array, hits: Array) -> tuple[Array, Array]:
    """Return for each of `THRESHOLDS` the share of answers below it, and the accuracy of the rest."""
    order = np.argsort(confidences, kind="stable")
    refused = np.searchsorted(confidences[order], THRESHOLDS)
    right_from = np.append(np.cumsum(hits[order][::-1])[::-1], 0)  # right answers from each place of the order on
    left = len(hits) - refused
    right = np.divide(right_from[refused], left, out=np.full(len(refused), np.nan), where=left > 0)
    return refused / max(len(hits), 1), right


def fit(logits: Array, labels: Array) -> Fitted:
    """Fit the temperature on one half of the images, chosen by a seed, and test it on the other (Guo et al., 2017)."""
    order = np.random.default_rng(0).permutation(len(labels))
    half = len(labels) // 2
    fitted, tested = order[: min(half, MOST_FITTED)], order[half:]
    temperature = best_temperature(logits[fitted], labels[fitted])
    before, after = (
        calibration_error(*confidence_and_hits(logits[tested], labels[tested], tried)) for tried in (1.0, temperature)
    )
    return Fitted(temperature, len(fitted), before, after)


def best_temperature(logits: Array, labels: Array) -> float:
    """Return the temperature between `COLDEST` and `HOTTEST` with the smallest mean negative log-likelihood.

    The loss is convex in the inverse of the temperature, so its only minimum is where the slope changes sign.
    """
    if not len(labels):
        return 1.0
    true = logits[np.arange(len(labels)), labels].mean()
    low, high = math.log(COLDEST), math.log(HOTTEST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        expected = (softmax(logits / math.exp(middle)) * logits).sum(axis=1).mean()
        # Too cold: with these probabilities the expected logit is larger than the mean logit of the true classes.
        low, high = (middle, high) if expected > true else (low, middle)
    return math.exp((low + high) / 2)


_kept: DataCache[tuple[Key, Dataset], Fitted] = DataCache(count=MOST_KEPT)
