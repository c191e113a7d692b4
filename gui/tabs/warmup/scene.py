"""What the Warm-up tab is pictured with: the start, the middle, a step's gradient, the end, a hopeless matrix."""

from collections.abc import Iterator
from functools import partial

from engine.analysis.warmup.job import WarmupSteps
from gui.tabs.warmup.tab import WarmupTab

MIDDLE = 1_000  # the steps of the scene in the middle


def _begin(tab: WarmupTab) -> Iterator[None]:
    tab.panel.pages.choose("loss")
    tab.settings.chip.click()
    yield
    tab.settings.reset.click()
    yield


def _learn_half(tab: WarmupTab, page: str = "loss") -> Iterator[None]:
    yield from _begin(tab)
    tab.panel.pages.choose(page)

    def pause(message: WarmupSteps) -> None:
        if message.step >= MIDDLE:
            tab.descent.pause()

    tab.descent.stepped.connect(pause)
    tab.settings.learn.click()
    yield
    tab.descent.stepped.disconnect(pause)


def _turn_to(tab: WarmupTab, page: str) -> Iterator[None]:
    yield from _learn_half(tab) if page == "gradient" else _learn(tab)
    tab.panel.pages.choose(page)
    yield


def _learn(tab: WarmupTab) -> Iterator[None]:
    yield from _begin(tab)
    tab.settings.learn.click()
    yield


def _learn_hopeless(tab: WarmupTab) -> Iterator[None]:
    yield from _begin(tab)
    tab.settings.dice.click()
    yield
    tab.settings.learn.click()
    yield


SCENES = {
    "": _begin,
    "learning": _learn_half,
    "gradient": partial(_turn_to, page="gradient"),
    "finished": _learn,
    "inverse": partial(_turn_to, page="inverse"),
    "hopeless": _learn_hopeless,
}
