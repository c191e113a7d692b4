"""Ideal images as a file: a picture with what stands below them, or numbers for NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.export import export_arrays
from engine.ideal.sheet import export_sheet
from gui.widgets.ideal_words import captions

if TYPE_CHECKING:
    from pathlib import Path

    from engine.ideal.job import IdealImages
    from engine.messages import Job
    from engine.session import Session

ARRAYS = ("images", "losses", "probabilities", "penalties")


def save_ideal(session: Session, shown: IdealImages, path: Path) -> Job:
    """Write images as the suffix says, `.npz` or `.png`; raise `UserError` where that fails."""
    if path.suffix.lower() == ".npz":
        arrays = {name: getattr(shown, name) for name in ARRAYS}
        return export_arrays(session, {**arrays, "labels": np.array(shown.wanted)}, path)
    words = captions(shown)
    return export_sheet(
        session,
        path,
        shown.images,
        [each.name for each in words],
        [each.figure for each in words],
        signed=shown.spec.pixels == "free",
    )
