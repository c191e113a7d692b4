"""Ideal images as numbers in a file for NumPy; as a picture they leave as the board shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.session.export import export_arrays

if TYPE_CHECKING:
    from pathlib import Path

    from engine.base.messages import Job
    from engine.ideal.job import IdealImages
    from engine.session.session import Session

ARRAYS = ("images", "losses", "probabilities", "penalties")


def save_ideal(session: Session, shown: IdealImages, path: Path) -> Job:
    """Write images with their losses, probabilities and labels as `.npz`; raise `UserError` where that fails."""
    arrays = {name: getattr(shown, name) for name in ARRAYS}
    return export_arrays(session, {**arrays, "labels": np.array(shown.wanted)}, path)
