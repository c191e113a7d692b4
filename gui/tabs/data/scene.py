"""What the Data tab is pictured with: the data, wrong labels, what the network misreads, duplicates."""

from collections.abc import Iterator

from gui.tabs.data.tab import DataTab

IMAGE = 3


def _all(tab: DataTab) -> Iterator[None]:
    tab.controls.planned.edit({"images": 0, "wrong_labels": 0.0, "classes": ""})
    tab.side.page.choose("learn")
    tab.part.choose("train")
    tab.which.choose("all")
    yield
    tab.grid.chosen.emit(IMAGE)
    yield


def _wrong(tab: DataTab) -> Iterator[None]:
    yield from _all(tab)
    tab.controls.planned.edit({"images": 2000, "wrong_labels": 0.2, "classes": "0-7"})
    yield


def _misread(tab: DataTab) -> Iterator[None]:
    tab.part.choose("test")
    tab.which.choose("misread")
    tab.side.page.choose("pixels")
    yield


def _duplicates(tab: DataTab) -> Iterator[None]:
    tab.side.page.choose("duplicates")
    tab.side.searchWanted.emit()
    yield
    if tab.side.pairs.count():
        tab.side.pairs.chosen.emit(0)
    yield


SCENES = {"duplicates": _duplicates, "misread": _misread, "wrong": _wrong, "": _all}
