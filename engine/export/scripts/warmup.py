"""The script of the Warm-up tab: a matrix' inverse, learned by gradient descent."""

from typing import Any

from engine.analysis.warmup.spec import WarmupSpec
from engine.core.lazy import np
from engine.export.scripts.parts.common import needing
from engine.export.scripts.parts.template import Scene, Script, fitted

MOST_EDITED = 8  # maximum number of edited values that are written out

ORDER = 95
Settings = WarmupSpec
needs = needing()


def edited(settings: WarmupSpec, matrix: Any) -> Any:
    """Return the places (edited, 2) where a matrix differs from the drawn one; `None` if they are too many."""
    drawn = np.random.default_rng(settings.seed).integers(0, 10, (settings.size, settings.size))
    places = np.argwhere(np.asarray(matrix, np.float64) != drawn)
    return places if len(places) <= MOST_EDITED else None


def script(scene: Scene[WarmupSpec]) -> Script:
    """Return the script."""
    spec, matrix, file = scene.settings, scene.extras.get("matrix"), scene.files.get("matrix", "")
    edits = []
    if matrix is not None and not file:
        edits = [f"A[{row}, {column}] = {float(matrix[row, column])!r}" for row, column in edited(spec, matrix)]
    return fitted("warmup", (), {"edits": "\n".join(edits)}, matrix=file, **spec.as_dict())
