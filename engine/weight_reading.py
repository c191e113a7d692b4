"""The one question of the Weights tab: the pictures of a layer's neurons first, then how all layers' weights spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.messages import Job
from engine.probes.weight_histograms import weight_histograms
from engine.probes.weight_pictures import View, weight_pictures

if TYPE_CHECKING:
    from engine.lens import Lens
    from engine.session import Session


def read_weights(session: Session, lens: Lens, layer: int, view: View, against: int | None) -> Job:
    """Answer with `WeightPictures`, then `WeightHistograms`; refuses as `weight_pictures` does."""
    yield from weight_pictures(session, lens, layer, view, against)
    yield from weight_histograms(session, lens)
