"""The accuracy on test images that are corrupted more and more."""

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np

from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.messages import Answer, Job, slices
from engine.data.corruption import SEED, corrupted
from engine.data.dataset import Dataset, Results
from engine.model.network.lens_network import Key, LensNetwork, fits, fitting_data, lens_network
from engine.model.network.plain import softmax
from engine.model.network.probe import KnownRuns, runs_probe
from engine.model.training.learned import remark_on
from engine.session.session import Session

STRENGTHS = tuple(number / 10 for number in range(11))
# Images, chosen by a seed, that give the whole curve soon; the others then make it exact.
FIRST_IMAGES = 2000
AT_ONCE = 100  # number of images corrupted in a turn: up to some 20 ms
MOST_KEPT = 64  # maximum number of finished curves in the cache


class CorruptionCurves(Answer):
    """The accuracy on corrupted test images at rising strengths, as far as it is computed."""

    kind: str
    lenses: tuple[Lens, ...]  # those of the question that can read the images
    steps: tuple[int, ...]  # the moment that each shows
    strengths: Array  # of shape (strengths,), from 0 to 1
    accuracy: Array  # of shape (lenses, strengths); NaN where it is not computed yet
    images: Array  # the number of images behind each accuracy (strengths,)
    of: int  # the number of test images
    remarks: tuple[str, ...] = ()  # a sentence on each run that learned from other data

    @property
    def done(self) -> float:
        """The share of the work that is done, 0 to 1."""
        return float(self.images.sum()) / max(1, self.of * len(self.strengths))


class CorruptedImages(Answer):
    """Some test images after corruption, and the network's answers to them."""

    kind: str
    strength: float
    numbers: Array  # their numbers (n,) ...
    labels: Array  # ... and true classes (n,)
    pictures: Array  # of shape (n, rows, columns), uint8
    answers: Array  # the likeliest classes (n,) ...
    probabilities: Array  # ... and their probabilities (n,)
    remark: str = ""  # a sentence if the run learned from other data; else empty


def corruption_curves(
    session: Session, lenses: Sequence[Lens], kind: str, strengths: Sequence[float] = STRENGTHS, seed: int = SEED
) -> Job:
    """Answer with `CorruptionCurves` repeatedly, in turns: first for some images, then for all.

    Skips runs that were deleted meanwhile, and networks that cannot read the images; raises `UserError` if the first
    cannot. A stopped job is continued, and curves that were finished before are answered at once.
    """
    usable = [lens for lens in lenses if lens.run in session.runs]
    if not usable:
        return
    data = fitting_data(session.data(), lens_network(session, usable[0]).architecture)
    usable = [lens for lens in usable if fits(data, lens_network(session, lens).architecture)]
    networks = [lens_network(session, lens) for lens in usable]  # of these moments, also when the runs go on
    remarks = tuple(filter(None, dict.fromkeys(remark_on(data, session.runs[lens.run]) for lens in usable)))
    key = tuple(network.key for network in networks), kind, tuple(strengths), seed
    yield from _results.job(data, key, lambda: _curves(data, usable, networks, kind, strengths, seed, remarks))


def _curves(
    data: Dataset,
    lenses: Sequence[Lens],
    networks: Sequence[LensNetwork],
    kind: str,
    strengths: Sequence[float],
    seed: int,
    remarks: tuple[str, ...],
) -> Job:
    order = np.random.default_rng(seed).permutation(len(data.test_images))
    hits = np.zeros((len(networks), len(strengths)), np.int64)
    images = np.zeros(len(strengths), np.int64)
    for part in (order[:FIRST_IMAGES], order[FIRST_IMAGES:]):
        for place, strength in enumerate(strengths if len(part) else ()):
            hits[:, place] += yield from _hits(networks, data, part, kind, strength, seed)
            images[place] += len(part)
            known = np.divide(hits, images, out=np.full(hits.shape, np.nan), where=images > 0)
            yield CorruptionCurves(
                kind=kind,
                lenses=tuple(lenses),
                steps=tuple(network.key.step for network in networks),
                strengths=np.array(strengths),
                accuracy=known,
                images=images,
                of=len(order),
                remarks=remarks,
            )


@runs_probe
def corrupted_images(
    network: LensNetwork,
    data: Dataset,
    runs: KnownRuns,
    numbers: Sequence[int],
    kind: str,
    strength: float,
    seed: int = SEED,
) -> CorruptedImages:
    """Return test images after corruption, without numbers that the data set does not have."""
    chosen = np.array([number for number in numbers if 0 <= number < len(data.test_images)], np.int64)
    pictures = corrupted(data.test_images[chosen], kind, strength, chosen, seed)
    # One by one in NumPy: so few need not wait for TensorFlow's import or tracing.
    logits = [network.answer(picture / np.float32(255))[1] for picture in pictures]
    shares = softmax(np.array(logits).reshape(len(chosen), network.architecture.classes))
    return CorruptedImages(
        kind=kind,
        strength=strength,
        numbers=chosen,
        labels=data.test_labels[chosen],
        pictures=pictures,
        answers=shares.argmax(axis=1),
        probabilities=shares.max(axis=1),
        remark=remark_on(data, runs[network.key.run]),
    )


def _hits(
    networks: Sequence[LensNetwork], data: Dataset, numbers: Array, kind: str, strength: float, seed: int
) -> Generator[None, Any, Array]:
    """Return the number of images that each network classifies correctly at this strength (networks,)."""
    hits = np.zeros(len(networks), np.int64)
    for part in slices(len(numbers), AT_ONCE):
        chosen = numbers[part]
        pictures = corrupted(data.test_images[chosen], kind, strength, chosen, seed)
        yield None
        for place, network in enumerate(networks):
            _, logits = yield from network.outputs_in_turns(pictures)
            hits[place] += int((logits.argmax(axis=1) == data.test_labels[chosen]).sum())
    return hits


_results: Results[tuple[tuple[Key, ...], str, tuple[float, ...], int]] = Results(MOST_KEPT)
