"""What is asked for the page of spoiled images: a few of them as a preview, and the curves that a person starts."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.base.lens import Lens
from engine.probes.corruption import CorruptedImages, CorruptionCurves, corrupted_images, corruption_curves
from gui.state.query import Request

if TYPE_CHECKING:
    from gui.tabs.mistakes.corruption_page import CorruptionPage
    from gui.widgets.tab import Tab

REST_MS = 400
"""When the lens rests so long, curves that a person wanted are measured anew."""

PREVIEWS, MOST_RUNS = 12, 6
"""Number of spoiled images shown, and maximum number of runs whose curves are."""

STALE = "These curves are of what was looked at before; Run measures anew."


class CorruptionQueries(QObject):
    """Asks while `is_shown` says that the page can be seen. Curves that are being measured go on behind other pages."""

    read = Signal(bool)
    """The network has read the preview; carries whether its answers are numbers."""
    failed = Signal(str)
    """The network cannot read the data; carries the sentence that says why."""

    def __init__(self, tab: Tab, page: CorruptionPage, is_shown: Callable[[], bool]) -> None:
        super().__init__(tab)
        self._controls, self._selection, self._page, self._is_shown = (
            tab.controls,
            tab.selection,
            page,
            is_shown,
        )
        self.previews = tab.query(self._ask_preview, refused=self.failed.emit)
        self._curves = tab.query(self._ask_curves, every_ms=0, patience_ms=0)
        self._runs = tab.bridge.runs
        self._images = 0
        self._previewed: list[int] = []
        self._measured: dict[str, CorruptionCurves] = {}
        """The curves of each kind, as far as they were measured through this lens."""
        self._wanted: set[str] = set()
        """The kinds of which a person wants curves: those follow the lens. Another kind waits for a press, or the next
        press would end what began by itself."""
        self._insists = False
        """Whether a person pressed for the curves: then they are measured even at the cost of a training."""
        self._connect()

    def show(self) -> None:
        """Ask for what the page lacks, now that it can be seen."""
        self.previews.refresh()
        self._curves.refresh_after(REST_MS)

    def take_images(self, images: int) -> None:
        """Take in the number of test images, others than before."""
        self._images = images
        self._choose_previews()
        self.forget()

    def take_lens(self) -> None:
        """Follow the lens, which has changed."""
        self._measured.clear()
        self._end_measuring()
        self.previews.refresh()
        self._curves.refresh_after(REST_MS)

    def pick(self, image: int) -> None:
        """Let a test image be among the previews."""
        if self._previewed and image not in self._previewed:
            self._previewed = [image, *self._previewed[1:]]
            self.previews.refresh()

    def forget(self) -> None:
        """Show nothing and ask nothing: what was told is of other runs or other images."""
        self.previews.drop()
        self._wanted.clear()
        self._end_measuring()
        self._measured.clear()
        self._page.show_curves(None)
        self._page.show_preview(None)

    # The preview --------------------------------------------------------------------------------------------------

    def _ask_preview(self) -> Request[...] | None:
        lens = self._selection.lens
        if lens is None or not self._previewed or not self._is_shown():
            return None
        return Request(corrupted_images, lens, self._previewed, self._page.kind, self._page.strength)

    def _show_preview(self, message: CorruptedImages) -> None:
        is_finite = bool(np.isfinite(message.probabilities).all())
        if is_finite:
            self._page.show_preview(message)
        self.read.emit(is_finite)

    def _choose_previews(self) -> None:
        """Choose images by chance, and first the one that is picked out."""
        chosen = random.sample(range(self._images), min(PREVIEWS, self._images))
        image = self._selection.image
        if image is not None and image < self._images and image not in chosen:
            chosen = [image, *chosen[1:]]
        self._previewed = chosen

    def _show_others(self) -> None:
        self._choose_previews()
        self.previews.refresh()

    # The curves ---------------------------------------------------------------------------------------------------

    def _lenses(self, lens: Lens) -> list[Lens]:
        """Return what is measured: the lens, and of other runs that are pinned, the newest, their last moments."""
        others = [run.name for run in self._runs.pinned() if run.name != lens.run]
        return [lens, *(Lens(name) for name in others[::-1][: MOST_RUNS - 1])]

    def _measure(self) -> None:
        if self._selection.lens is not None:
            self._wanted.add(self._page.kind)
            self._insists = True
            self._curves.refresh()

    def _ask_curves(self) -> Request[...] | None:
        """Ask for curves where they are wanted; what follows the lens by itself waits for the end of a training."""
        lens, kind = self._selection.lens, self._page.kind
        insists, self._insists = self._insists, False
        known = self._measured.get(kind)
        if lens is None or not (insists or self._is_shown()):
            return None
        if kind in self._wanted and (
            insists or (self._controls.state != "running" and not is_complete(known))
        ):
            self._page.set_busy(True)
            return Request(corruption_curves, self._lenses(lens), kind)
        if known is None and self._page.curves is not None:
            self._page.say_stale(STALE)
        return None

    def _stop(self) -> None:
        self._wanted.discard(self._page.kind)
        self._end_measuring()

    def _end_measuring(self) -> None:
        self._curves.drop()
        self._page.set_busy(False)

    def _show_curves(self, message: CorruptionCurves) -> None:
        self._measured[message.kind] = message
        lens = self._selection.lens
        self._page.show_curves(message, lens.run if lens else "")

    def _change_kind(self) -> None:
        """Show the curves of this kind; where these are wanted and not complete, measure them."""
        self._end_measuring()
        known = self._measured.get(self._page.kind)
        if known is not None:
            self._show_curves(known)
        else:
            self._page.show_curves(None)
        self._curves.refresh()
        self.previews.refresh()

    def _connect(self) -> None:
        self.previews.listen(CorruptedImages, self._show_preview)
        self._curves.listen(CorruptionCurves, self._show_curves)
        self._curves.ended.connect(lambda: self._page.set_busy(False))
        self._runs.changed.connect(lambda changes: self._page.show_looks() if changes.looks else None)
        self._page.previewWanted.connect(self.previews.refresh)
        self._page.kindChanged.connect(self._change_kind)
        self._page.othersWanted.connect(self._show_others)
        self._page.startWanted.connect(self._measure)
        self._page.stopWanted.connect(self._stop)


def is_complete(curves: CorruptionCurves | None) -> bool:
    """Return whether all images were read for them."""
    return curves is not None and curves.done == 1
