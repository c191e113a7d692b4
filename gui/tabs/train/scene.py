"""What the Train tab is pictured with: the settings, and the list of runs."""

from collections.abc import Iterator
from functools import partial

from gui.tabs.train.tab import TrainTab
from gui.widgets.tab import Scene


def scenes(tab: TrainTab) -> dict[str, Scene]:
    """Return by name what arranges the tab for a picture."""
    return {"runs": partial(_show, tab, "runs"), "": partial(_show, tab, "settings")}


def _show(tab: TrainTab, page: str) -> Iterator[None]:
    tab.settings.pages.choose(page)
    yield
