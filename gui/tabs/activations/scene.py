"""What the Activations tab is pictured with: a test image, and the sum behind the unit that answers most to it."""

from collections.abc import Iterator

import numpy as np

from gui.tabs.activations.pictures import Unit
from gui.tabs.activations.tab import ActivationsTab

IMAGE, LAYER = 4, 1  # the test image, and the hidden layer of which a unit is chosen, where it exists


def _show(tab: ActivationsTab) -> Iterator[None]:
    tab.selection.change(image=IMAGE)
    yield
    if tab.columns:
        grid = tab.columns[min(LAYER, len(tab.columns) - 1)].grid
        row, column, number = (int(index) for index in np.unravel_index(grid.values.argmax(), grid.values.shape))
        grid.chosen.emit(Unit(number, (row, column) if grid.are_maps else None))
    yield


SCENES = {"": _show}
