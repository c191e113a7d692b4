"""What the Map tab is pictured with: PCA, t-SNE, t-SNE with mistakes ringed, and images within a lasso."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from gui.tabs.map.tab import MapTab

NEAREST = 60  # number of points within the lasso


def _show(tab: MapTab, method: str, *, rings: bool = False) -> Iterator[None]:
    tab.settings.method.choose(method)
    tab.panel.rings.setChecked(rings)
    tab.view.lassoed.emit(np.zeros(0, np.int64))
    yield


def _go_around(tab: MapTab) -> Iterator[None]:
    """Draw the lasso around the nearest neighbours of a mistake."""
    yield from _show(tab, "tsne", rings=True)
    points, wrong = tab.view.points, np.flatnonzero(tab.view.wrong)
    if len(wrong):
        far = np.linalg.norm(points - points[wrong[0]], axis=1)
        tab.view.lassoed.emit(np.argsort(far)[:NEAREST])
    yield


SCENES = {"": partial(_show, method="pca"), "tsne": partial(_show, method="tsne"), "lasso": _go_around}
