"""All that a drawing's reader wants to know of it, in one job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.messages import Job

if TYPE_CHECKING:
    import numpy as np

    from engine.lens import Lens
    from engine.probes.saliency import Method
    from engine.session import Session

type Why = tuple[int | None, int | None, Method]
"""The class (`None`: the likeliest), the one that it is set against (`None`: no other), and how."""


def read_drawing(
    session: Session,
    lens: Lens,
    picture: np.ndarray[Any, Any],
    *,
    why: Why | None = None,
    nearest: bool = True,
    receipt: bool = False,
) -> Job:
    """Answer with `Answer` in the first turn, then with `ClassMeans`, `Saliency`, `NearestImages`, `Receipt`."""
    yield None
