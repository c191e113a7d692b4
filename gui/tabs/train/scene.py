"""What the Train tab is pictured with: the settings, and the list of runs."""

from collections.abc import Iterator
from functools import partial

from gui.tabs.train.tab import TrainTab


def _show(tab: TrainTab, page: str) -> Iterator[None]:
    tab.settings.pages.choose(page)
    yield


SCENES = {"runs": partial(_show, page="runs"), "": partial(_show, page="settings")}
