"""How much can the test images be corrupted before the network misreads them?"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.core.array import Array
from engine.core.lens import Lens
from engine.core.messages import Answer, Job
from engine.core.turns import slices
from engine.data.corruption import SEED, corrupted
from engine.data.dataset import Dataset
from engine.data.kept import Results
from engine.model.network.fitting import fits, fitting_data
from engine.model.network.lens_network import Key, LensNetwork, lens_network
from engine.model.network.plain import softmax
from engine.model.network.probe import runs_probe
from engine.model.training.learned import remark_on
from engine.model.training.run import Run
from engine.session.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

STRENGTHS = tuple(number / 10 for number in range(11))
FIRST_IMAGES = 2000
"""Number of images, chosen by a seed, that give the whole curve soon; the others then make it exact."""
AT_ONCE = 100
"""Number of images corrupted in a turn: up to some 20 ms."""

MOST_KEPT = 64
"""Maximum number of finished curves in the cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorruptionCurves(Answer):
    """The accuracy on corrupted test images at rising strengths, as far as it is known."""

    kind: str
    lenses: tuple[Lens, ...]
    """Those that were asked for and can read the images."""
    steps: tuple[int, ...]
    """Which moment each shows."""
    strengths: Array
    """Of shape (strengths,), from 0 to 1."""
    accuracy: Array
    """Of shape (lenses, strengths); NaN where it is not known yet."""
    images: Array
    """How many images each rests on (strengths,)."""
    of: int
    """How many test images there are."""
    remarks: tuple[str, ...] = ()
    """A sentence on each run that learned from other data."""

    @property
    def done(self) -> float:
        """Which part of the work is done, 0 to 1."""
        return float(self.images.sum()) / max(1, self.of * len(self.strengths))


@dataclass(frozen=True, slots=True, kw_only=True)
class CorruptedImages(Answer):
    """Some test images as they are when they are corrupted, and how the network reads them."""

    kind: str
    strength: float
    numbers: Array
    """Their numbers (n,) ..."""
    labels: Array
    """... and true classes (n,)."""
    pictures: Array
    """Of shape (n, rows, columns), uint8."""
    answers: Array
    """The likeliest classes (n,) ..."""
    probabilities: Array
    """... and how probable they are (n,)."""
    remark: str = ""
    """A sentence that says that the run learned from other data; empty where it did not."""


def corruption_curves(
    session: Session,
    lenses: Sequence[Lens],
    kind: str,
    strengths: Sequence[float] = STRENGTHS,
    seed: int = SEED,
) -> Job:
    """Answer with `CorruptionCurves` again and again, in turns: first for some images, then for all.

    All networks read the very same images. Those of a run that was deleted meanwhile, and those but the first whose
    images are of another kind, are left out. Raises `UserError` when the first cannot read the data. It goes on where
    it was stopped, and answers at once for networks that were tried before.
    """
    there = [lens for lens in lenses if lens.run in session.runs]
    if not there:
        return
    data = fitting_data(session.data(), lens_network(session, there[0]).architecture)
    there = [lens for lens in there if fits(data, lens_network(session, lens).architecture)]
    networks = [
        lens_network(session, lens) for lens in there
    ]  # held: a run that goes on does not change them
    of = tuple(network.key for network in networks), kind, tuple(strengths), seed
    remarks = dict.fromkeys(remark_on(data, session.runs[lens.run]) for lens in there)
    said = tuple(filter(None, remarks))
    yield from _results.job(data, of, lambda: _curves(data, there, networks, kind, strengths, seed, said))


def _curves(
    data: Dataset,
    there: Sequence[Lens],
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
                lenses=tuple(there),
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
    runs: Mapping[str, Run],
    numbers: Sequence[int],
    kind: str,
    strength: float,
    seed: int = SEED,
) -> CorruptedImages:
    """Return test images as they are when they are corrupted; numbers that the data set lacks are left out."""
    chosen = np.array([number for number in numbers if 0 <= number < len(data.test_images)], np.int64)
    pictures = corrupted(data.test_images[chosen], kind, strength, chosen, seed)
    # One by one: so few are answered before TensorFlow is there, or has compiled anything.
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
    """Return how many of the images each network (networks,) classifies correctly at this strength."""
    hits = np.zeros(len(networks), np.int64)
    for network in networks:
        yield from network.make_ready()
    for part in slices(len(numbers), AT_ONCE):
        chosen = numbers[part]
        pictures = corrupted(data.test_images[chosen], kind, strength, chosen, seed)
        yield None
        for place, network in enumerate(networks):
            for read, _, logits in network.batches(pictures):
                hits[place] += int((logits.argmax(axis=1) == data.test_labels[chosen[read]]).sum())
                yield None
    return hits


_results: Results[tuple[tuple[Key, ...], str, tuple[float, ...], int]] = Results(MOST_KEPT)
