"""A figure without a window."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from engine.base.errors import UserError
from engine.system.atomic import atomic_write
from gui.look.theme import theme
from gui.stage.scenes import scenes_of
from gui.stage.stage import Stage
from gui.widgets.enlarged import is_seen
from gui.widgets.figure import KINDS, Figured, content, table_of, title_of

if TYPE_CHECKING:
    from engine.base.lens import Lens
    from gui.widgets.tab import Tab


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a figure is to show: a tab by its name, or one panel of it; through a lens on a session, if on any."""

    tab: str
    panel: str | None = None
    scene: str | None = None
    session: Path | None = None
    lens: Lens | None = None
    dataset: str | None = None
    look: Literal["light", "dark"] = "light"
    size: tuple[int, int] = (1280, 720)


def check_kind(path: Path) -> None:
    """Raise `UserError` where a file's name does not say which kind of figure is wanted."""
    if path.suffix.lower() not in KINDS:
        raise UserError(f"{path.name} does not end in {', '.join(KINDS)}.", hint="Choose one of them.")


def write_figure(path: Path, wanted: Wanted) -> str:
    """Write a figure as the path's suffix says, and return what it is called.

    The session is only looked at. Raises `UserError` where there is no such panel or scene, or no numbers.
    """
    check_kind(path)
    with Stage() as stage:
        theme().choose(wanted.look)
        stage.application.settings.lesson_offered = True
        stage.open(wanted.dataset)
        stage.window.resize(*wanted.size)
        tab = next(each for each in stage.window.all_tabs() if each.objectName() == wanted.tab)
        _look(stage, wanted)
        stage.window.tabs.setCurrentWidget(tab)
        stage.settle(tab)
        if wanted.scene is not None:
            _arrange(stage, tab, wanted.scene)
        shown = figure_of(tab, wanted.panel)
        title = title_of(shown)
        if path.suffix.lower() == ".csv" and table_of(shown) is None:
            raise UserError(f"There are no numbers behind {title}.", hint=f"Choose a panel: {_named(tab)}.")
        atomic_write(path, content(shown, path.suffix))
    return title


def _look(stage: Stage, wanted: Wanted) -> None:
    """Look through the lens that is wanted."""
    application = stage.application
    if wanted.session is None or wanted.lens is None:
        return
    run = wanted.lens.run
    application.sessions.open(wanted.session, copy=True)
    stage.wait_for(lambda: run in application.bridge.runs and application.selection.lens is not None)
    application.selection.change(lens=wanted.lens)


def _arrange(stage: Stage, tab: Tab, name: str) -> None:
    scenes = scenes_of(tab)
    if name not in scenes:
        named = ", ".join(filter(None, scenes)) or "none"
        raise UserError(f"The tab {tab.TITLE} has no scene {name}; its scenes: {named}.")
    for _ in scenes[name]():
        stage.settle(tab)


def _panels(tab: Tab) -> list[Figured]:
    seen = [each for each in tab.findChildren(Figured) if is_seen(each)]
    return sorted(seen, key=lambda each: (each.mapTo(tab, QPoint()).y(), each.mapTo(tab, QPoint()).x()))


def figure_of(tab: Tab, name: str | None) -> QWidget:
    """Return the panel of that title or object name; the tab itself for `None`."""
    if name is None:
        return tab
    wanted = name.strip().casefold()
    for panel in _panels(tab):
        if wanted in (title_of(panel).casefold(), _short(tab, panel)):
            return panel
    for part in tab.findChildren(QWidget):
        if part.accessibleName() and is_seen(part) and wanted == _short(tab, part):
            return part
    raise UserError(f"The tab {tab.TITLE} shows no panel {name}; it shows {_named(tab)}.")


def _short(tab: Tab, widget: QWidget) -> str:
    return widget.objectName().removeprefix(f"{tab.objectName()}.").casefold()


def _named(tab: Tab) -> str:
    return ", ".join(dict.fromkeys(title_of(each) for each in _panels(tab))) or "none"
