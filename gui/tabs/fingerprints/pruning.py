"""How few neurons and weights suffice: asked for when a person wants it, and the least useful silenced by a slider."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.base.lens import Lens, Neuron
from engine.base.numbers import plural
from engine.probes.pruning import PruningCurve, needed, prune
from engine.training.messages import MomentKept
from gui.state.query import Request
from gui.tabs.fingerprints.pruning_panel import WHAT

if TYPE_CHECKING:
    from gui.state.silencing import Silencing
    from gui.tabs.fingerprints.pruning_panel import PruningPanel
    from gui.widgets.tab import Tab

OTHER = "The network was another one then. Measure again."
TIP = (
    "Chosen on training images, measured on all test images. Neurons: {measure}. Another choice of neurons may do with "
    "fewer. Weights: the smallest of all layers are set to 0; that is only measured, the other views keep all weights."
)
DIGITS = 3
"""The number of weights is known to a thousandth of all, and is rounded to this many digits."""


class Fewer(QObject):
    """Measures the neurons first, then the weights; the layer's own silenced neurons do not count.

    What else is silenced or adjusted does: it is the network that is looked at.
    """

    def __init__(self, tab: Tab, silencing: Silencing, panel: PruningPanel, layer: Callable[[], int]) -> None:
        super().__init__(tab)
        self._selection, self._silencing, self._panel, self._layer = tab.selection, silencing, panel, layer
        self._base: tuple[Lens, int] | None = None
        """What was measured, or is being: through which lens, and which layer."""
        self._curves: dict[str, PruningCurve] = {}
        self._is_old = False
        self.is_measuring = False
        """Whether curves grow, or are about to."""
        self._query = tab.query(self._ask, every_ms=0)
        self._query.listen(PruningCurve, self._take)
        self._query.ended.connect(self._end)
        tab.bridge.listen(MomentKept, self._take_moment)
        panel.measureWanted.connect(self.measure)
        panel.cancelWanted.connect(self.cancel)
        panel.countChanged.connect(self._try_out)
        panel.countChosen.connect(self._keep)

    def measure(self) -> None:
        """Measure the network that is looked at."""
        lens = self._selection.lens
        if lens is not None:
            self.forget()
            self._base = _base(lens, self._layer()), self._layer()
            self.is_measuring = True
            self._query.refresh()
            self._show()

    def cancel(self) -> None:
        """Measure no longer; what is known stays."""
        self._query.drop()
        self._end()

    def forget(self) -> None:
        """Show nothing any more: it is of a network that is not looked at."""
        self._base, self._is_old = None, False
        self._curves.clear()
        self._panel.clear()
        self.cancel()

    def follow(self) -> None:
        """Take in that another network, layer, or other neurons are looked at."""
        lens, base = self._selection.lens, self._base
        if base is None:
            return
        if lens is None or (lens.run, self._layer()) != (base[0].run, base[1]):
            self.forget()
            return
        if _base(lens, base[1]) != base[0]:
            self._is_old = True
        elif lens.moment is not None:
            self._is_old = False
        self._show()

    def _ask(self) -> Request[...] | None:
        return Request(prune, *self._base) if self._base else None

    def _take_moment(self, message: MomentKept) -> None:
        if self._base and message.run == self._base[0].run and self._base[0].moment is None:
            self._is_old = True
            self._show()

    def _take(self, curve: PruningCurve) -> None:
        self._curves[curve.kind] = curve
        self._panel.show_curve(curve)
        self._show()

    def _end(self) -> None:
        self.is_measuring = False
        self._show()

    def _try_out(self, count: int) -> None:
        curve = self._curves.get("neurons")
        if curve is not None and curve.layer is not None:
            chosen = {Neuron(curve.layer, number) for number in curve.order[:count].tolist()}
            self._silencing.try_out(curve.layer, chosen)

    def _keep(self) -> None:
        count = sum(each.layer == self._layer() for each in self._silencing.silenced)
        least = f"silence the {plural(count, 'neuron')} that {'is' if count == 1 else 'are'} missed least"
        self._silencing.keep_tried(least if count else "silence none")

    def _show(self) -> None:
        self._panel.set_measuring(self.is_measuring)
        self._panel.show_count(self._count())
        neurons = self._curves.get("neurons")
        tip = TIP.format(measure=neurons.measure) if neurons else ""
        first, second = [*(self._sentences() or [WHAT]), ""][:2]
        self._panel.say(first, second, tip)

    def _sentences(self) -> list[str]:
        neurons, weights = self._curves.get("neurons"), self._curves.get("weights")
        if neurons is None:
            return ["Measuring…"] if self.is_measuring else []
        if not neurons.finished:
            done = f"{len(neurons.order):,} of {neurons.total:,} neurons"
            return [f"Measuring: without {done}…" if self.is_measuring else f"Stopped after {done}."]
        verb = "kept" if self._is_old else "keep" if needed(neurons) != 1 else "keeps"
        within = f"{verb} the test accuracy within 1 percentage point"
        first = f"{needed(neurons):,} of {neurons.total:,} neurons {within}."
        if self._is_old and not self.is_measuring:
            return [first, OTHER]
        return [first, self._say_weights(weights)]

    def _say_weights(self, weights: PruningCurve | None) -> str:
        if weights is not None and weights.finished:
            return f"So do about {_rounded(needed(weights)):,} of {weights.total:,} weights."
        done = f"{100 * weights.removed[-1] / weights.total:.0f} % of the weights" if weights else ""
        if self.is_measuring:
            return f"Measuring: without {done}…" if done else "Measuring the weights…"
        return f"Stopped after {done}." if done else ""

    def _count(self) -> int | None:
        """Return how many of the least useful are silenced, if it is just those."""
        curve = self._curves.get("neurons")
        if curve is None:
            return None
        silenced = {each.number for each in self._silencing.silenced if each.layer == curve.layer}
        return len(silenced) if silenced == set(curve.order[: len(silenced)].tolist()) else None


def _rounded(count: int) -> int:
    """Return a number with `DIGITS` digits that tell something."""
    return round(count, min(0, DIGITS - len(str(count))))


def _base(lens: Lens, layer: int) -> Lens:
    """Return the lens with all neurons of that layer."""
    others = frozenset(each for each in lens.silenced if each.layer != layer)
    return dataclasses.replace(lens, silenced=others)
