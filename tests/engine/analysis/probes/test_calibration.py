"""Reliability, temperature and refusal, worked out once more image by image."""

import math

import numpy as np
import pytest
from told import last

from engine.analysis.probes import calibration as module
from engine.analysis.probes import calibration as probe
from engine.core.lens import Lens
from tests.figures_by_hand import calibration_error_by_hand


def made(images=600, classes=5, sharpness=3.0, seed=3):
    """Logits that are right more often than not, and the true classes."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, classes, images).astype(np.uint8)
    logits = generator.normal(0, 1, (images, classes))
    logits[np.arange(images), labels] += 1.5
    return logits * sharpness, labels


def likelihood(logits, labels, temperature):
    total = 0.0
    for row, label in zip(logits / temperature, labels, strict=True):
        total += math.log(sum(math.exp(value - row[label]) for value in row))
    return total / len(labels)


def test_each_answer_is_in_the_bin_of_its_probability():
    logits, labels = made()
    sure, hits = probe.confidence_and_hits(logits, labels)
    counts, confidence, accuracy = probe.reliability(sure, hits)
    for place in range(probe.BINS):
        inside = [n for n in range(600) if place / probe.BINS < sure[n] <= (place + 1) / probe.BINS]
        assert counts[place] == len(inside)
        if inside:
            assert confidence[place] == pytest.approx(np.mean([sure[n] for n in inside]))
            wanted = pytest.approx(np.mean([logits[n].argmax() == labels[n] for n in inside]))
            assert accuracy[place] == wanted
        else:
            assert np.isnan(confidence[place]) and np.isnan(accuracy[place])
    assert probe.calibration_error(sure, hits) == pytest.approx(calibration_error_by_hand(sure, hits))

    counts, _, accuracy = probe.reliability(np.array([1.0, 1.0, 1 / probe.BINS]), np.array([True, False, True]))
    assert (counts[0], counts[-1], accuracy[-1]) == (1, 2, 0.5)


def test_the_temperature_has_the_smallest_negative_log_likelihood():
    for sharpness in (0.2, 1.0, 8.0):
        logits, labels = made(sharpness=sharpness)
        best = probe.best_temperature(logits, labels)
        least = likelihood(logits, labels, best)
        for other in (*(best * factor for factor in (0.98, 0.999, 1.001, 1.02)), *np.geomspace(0.06, 19, 10)):
            assert least <= likelihood(logits, labels, other) + 1e-9
        assert best / sharpness == pytest.approx(probe.best_temperature(*made(sharpness=1.0)), rel=1e-6)

    assert probe.best_temperature(np.eye(4) * 3, np.arange(4)) == pytest.approx(module.COLDEST, rel=1e-6)
    assert probe.best_temperature(-np.eye(4) * 3, np.arange(4)) == pytest.approx(module.HOTTEST, rel=1e-6)


def test_it_is_fitted_on_one_half_and_tried_on_the_other_and_of_very_many_images_on_some(monkeypatch):
    logits, labels = made()
    fitted = probe.fit(logits, labels)
    order = np.random.default_rng(0).permutation(600)
    one, other = order[:300], order[300:]
    assert fitted.images == 300
    assert fitted.temperature == pytest.approx(probe.best_temperature(logits[one], labels[one]))
    for told, temperature in ((fitted.error_before, 1.0), (fitted.error, fitted.temperature)):
        assert told == pytest.approx(
            probe.calibration_error(*probe.confidence_and_hits(logits[other], labels[other], temperature))
        )
    assert fitted.error < fitted.error_before

    monkeypatch.setattr(module, "MOST_FITTED", 100)
    assert probe.fit(logits, labels).images == 100
    assert probe.fit(logits, labels).temperature == pytest.approx(
        probe.best_temperature(logits[order[:100]], labels[order[:100]])
    )


def test_who_is_less_sure_than_the_threshold_is_refused():
    sure, hits = probe.confidence_and_hits(*made())
    refused, right = probe.refusal(sure, hits)
    assert (np.diff(probe.THRESHOLDS) > 0).all() and probe.THRESHOLDS[0] == 0 and probe.THRESHOLDS[-1] == 0.9999
    for place, threshold in enumerate(probe.THRESHOLDS):
        left = [bool(hit) for each, hit in zip(sure, hits, strict=True) if each >= threshold]
        assert refused[place] == pytest.approx(1 - len(left) / 600)
        assert right[place] == pytest.approx(np.mean(left)) if left else np.isnan(right[place])

    refused, right = probe.refusal(np.full(4, 0.5), np.ones(4, bool))
    assert refused[-1] == 1 and np.isnan(right[-1])
    assert refused[np.flatnonzero(probe.THRESHOLDS == 0.5)[0]] == 0


def test_the_network_is_asked_through_the_lens_and_only_once(dense):
    answer = last(probe.calibration(dense, Lens("A", 12)))
    again = list(probe.calibration(dense, Lens("A", 12), 2.0))
    assert [message is None for message in again] == [True, False], "no turn for any activations"
    assert (answer.run, answer.step, answer.temperature, again[-1].temperature) == ("A", 12, 1.0, 2.0)
    assert answer.counts.sum() == again[-1].counts.sum() == 90
    assert again[-1].fitted is answer.fitted
    # Hotter: no answer changes, each is less sure.
    wanted = pytest.approx(np.nansum(again[-1].accuracy * again[-1].counts))
    assert np.nansum(answer.accuracy * answer.counts) == wanted
    assert np.nansum(again[-1].confidence * again[-1].counts) < np.nansum(answer.confidence * answer.counts)
    assert (again[-1].refused >= answer.refused).all()
