"""The smallest change of a picture that makes the network answer something else."""

import numpy as np

from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.lazy import Array
from engine.core.messages import LensAnswer, Turns
from engine.model.network.lens_network import LensNetwork
from engine.model.network.probe import network_probe

MOST_STEPS = 60
ROUNDS = 12  # restarts from the border of the other class, each with a smaller change
BEYOND = 1.02  # overshoot of a step beyond the linearised border: the true one is curved
STRIDE = 1.0  # maximum length of a step: farther away the linearisation does not hold
LITTLE_BETTER = 0.999  # a round that leaves more than this share of the length is the last
LOOKS = 16  # number of places on the straight way from the picture where the answer is checked
SEEN = 1 / 255  # a pixel that changes by less looks the same


class Flip(LensAnswer):
    """The smallest change found: `picture` (rows, columns), 0 to 1, gets the answer `after` instead of `before`.

    `change` is what was added; half of it does not suffice. `distance` is its Euclidean length, `pixels` the number of
    visibly different pixels. If none was found `picture` is `None`.
    """

    before: int
    after: int | None
    picture: Array | None
    change: Array | None
    distance: float
    pixels: int


@network_probe
def smallest_flip(
    network: LensNetwork, picture: Array, target: int | None = None, *, only_ink: bool = False
) -> Turns[Flip]:
    """Return the `Flip` to the class `target`, `None` for the nearest; with `only_ink` only drawn pixels change.

    DeepFool (Moosavi-Dezfooli et al., 2016) within 0 and 1, then closer along the border, as FAB (Croce and Hein,
    2020). Raises `UserError` if the target is no other class, or the picture has another shape.
    """
    before = int(network.answer(picture)[1].argmax())
    if target is not None and (target == before or not 0 <= target < network.architecture.classes):
        raise UserError(
            tr("The network knows no class {label} other than its answer, {answer}.", label=target, answer=before)
        )
    search = _Search(network, picture, before, target, picture > 0 if only_ink else np.ones(picture.shape, bool))
    change = yield from search.run()
    size = np.zeros(1) if change is None else np.abs(change)
    return Flip(
        **network.shown,
        before=before,
        after=None if change is None else search.answer(change),
        picture=None if change is None else search.changed(change),
        change=change,
        distance=float(np.sqrt((size.astype(np.float64) ** 2).sum())),
        pixels=int((size >= SEEN).sum()),
    )


class _Search:
    def __init__(
        self, network: LensNetwork, picture: Array, before: int, target: int | None, may_change: Array
    ) -> None:
        self._network, self._picture, self._before = network, picture, before
        self._may_change = may_change
        others = range(network.architecture.classes) if target is None else (target,)
        self._others = [other for other in others if other != before]

    def run(self) -> Turns[Array | None]:
        """Return the smallest change found, or `None`."""
        best: Array | None = None
        change = yield from self._crossed(np.zeros_like(self._picture))
        for _ in range(ROUNDS):
            if change is None:
                break
            change = self._shortened(change)
            if best is not None and np.linalg.norm(change) > LITTLE_BETTER * np.linalg.norm(best):
                break
            best = change
            closer = self._to_border(change, self._picture)
            change = None if closer is None else (yield from self._crossed(closer))
        return best

    def changed(self, change: Array) -> Array:
        """Return the picture with the change."""
        return np.clip(self._picture + change, 0, 1).astype(np.float32)

    def answer(self, change: Array) -> int:
        """Return the network's answer to the picture with the change."""
        return int(self._network.answer(self.changed(change))[1].argmax())

    def _is_flipped(self, change: Array) -> bool:
        return self.answer(change) in self._others

    def _crossed(self, change: Array) -> Turns[Array | None]:
        """Return a change that flips the answer, reached in steps from this one."""
        for _ in range(MOST_STEPS):
            if self._is_flipped(change):
                return change
            place = self.changed(change)
            step = self._to_border(change, place)
            yield None
            if step is None:
                return None
            step *= min(1.0, STRIDE / max(float(np.linalg.norm(step)), 1e-12))
            change = self.changed(place + step - self._picture) - self._picture
        return None

    def _to_border(self, change: Array, begin: Array) -> Array | None:
        """Return what to add to `begin` to reach the nearest linearised border; `None` if no pixel can change."""
        place = self.changed(change)
        directions = np.zeros((len(self._others), self._network.architecture.classes))
        directions[np.arange(len(self._others)), self._others] = 1
        directions[:, self._rival(place)] = -1
        logits, gradients = self._network.gradients(np.tile(place, (len(self._others), 1, 1)), directions)
        leads = (logits.astype(np.float64) * directions).sum(axis=1)
        leads = leads + (gradients * (begin - place)).sum(axis=(1, 2), dtype=np.float64)
        ways = [self._reach(gradient, lead, begin) for gradient, lead in zip(gradients, leads, strict=True)]
        return min(ways, key=lambda way: way[0], default=(0.0, None))[1]

    def _rival(self, place: Array) -> int:
        """Return the class to overcome: the original answer, or with one target the likeliest other class."""
        if len(self._others) > 1:
            return self._before
        logits = self._network.answer(place)[1]
        logits[self._others] = -np.inf
        return int(logits.argmax())

    def _reach(self, gradient: Array, lead: float, begin: Array) -> tuple[float, Array | None]:
        """Return length and change of the shortest way, within 0 and 1, to where `lead` + gradient x change exceeds 0.

        If the border is out of reach the length is infinite, and the change only leads towards it.
        """
        gradient = np.where(self._may_change, gradient, 0).astype(np.float64)
        low, high = -begin.astype(np.float64), 1 - begin.astype(np.float64)
        wanted = max(-lead * BEYOND, 1e-4)
        farthest = (gradient * np.where(gradient > 0, high, low)).sum()
        if not farthest > 0:  # also false for NaN, after a diverged training
            return np.inf, None
        if farthest <= wanted:
            return np.inf, np.clip(gradient / np.abs(gradient).max(), low, high).astype(np.float32)
        least, most = 0.0, wanted / float((gradient**2).sum())
        while (gradient * np.clip(most * gradient, low, high)).sum() < wanted:
            least, most = most, 2 * most
        for _ in range(30):
            middle = (least + most) / 2
            is_enough = (gradient * np.clip(middle * gradient, low, high)).sum() >= wanted
            least, most = (least, middle) if is_enough else (middle, most)
        change = np.clip(most * gradient, low, high).astype(np.float32)
        return float(np.linalg.norm(change)), change

    def _shortened(self, change: Array) -> Array:
        """Return the part of a change up to where the answer flips first on the straight way."""
        shares = np.arange(1, LOOKS + 1) / LOOKS
        first = next((share for share in shares if self._is_flipped(share * change)), 1.0)
        least, most = first - 1 / LOOKS, first
        for _ in range(12):
            middle = (least + most) / 2
            least, most = (least, middle) if self._is_flipped(middle * change) else (middle, most)
        return (self.changed(most * change) - self._picture).astype(np.float32)
