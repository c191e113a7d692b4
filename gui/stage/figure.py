"""Writes a figure, or a film, of a tab or a panel without a visible window."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from engine.cli.parts.terminal import InterruptedJobError
from engine.core.errors import UserError
from engine.core.language import tr
from engine.core.lens import Lens
from engine.core.machine.atomic import atomic_write
from engine.core.machine.bundled import BUNDLED
from engine.core.machine.signals import interruptible
from engine.export.film.settings import FilmSpec
from gui.look.theme import theme
from gui.shell.film.maker import FilmRequest
from gui.stage.stage import Stage, scenes_of
from gui.widgets.figures.enlarged import is_seen
from gui.widgets.figures.figure import KINDS, Figured, content, table_of, title_of
from gui.widgets.tab import Tab


def check_kind(path: Path) -> None:
    """Raise `UserError` if the suffix is none of a figure."""
    if path.suffix.lower() not in KINDS:
        raise UserError(
            tr("{file} does not end in {kinds}.", file=path.name, kinds=", ".join(KINDS)),
            hint=tr("Choose one of them."),
        )


@dataclass(frozen=True, kw_only=True)
class View:
    """A tab, or a panel in it, as it shows a network of a session, which is only read; its look and the window's size.

    `tab` is its object name, `panel` a title or an object name, `None` for the whole tab.
    """

    tab: str
    panel: str | None
    session: Path | None
    lens: Lens | None
    dataset: str | None
    look: Literal["light", "dark"]
    size: tuple[int, int]

    def show(self, stage: Stage) -> Tab:
        """Show the tab, and wait until all of it is there."""
        application, runs = stage.application, stage.application.bridge.runs
        application.settings.lesson_offered = True
        theme().choose(self.look)
        stage.open(self.dataset)
        stage.window.resize(*self.size)
        if self.session is not None and self.lens is not None:
            before = runs.sessions
            application.sessions.open(self.session, copy=True)
            stage.wait_for(lambda: runs.sessions > before)
            application.selection.change(lens=self.lens)
        tab = next(tab for tab in stage.window.all_tabs() if tab.objectName() == self.tab)
        stage.window.tabs.setCurrentWidget(tab)
        stage.settle(tab)
        return tab


def write_figure(path: Path, view: View, scene: str | None) -> str:
    """Write a figure in the format of the suffix, of a scene if one is named; return its title.

    Raises `UserError` if there is no such panel or scene, or the panel has no numbers.
    """
    check_kind(path)
    with Stage() as stage:
        tab = view.show(stage)
        if scene is not None:
            _arrange(stage, tab, scene)
        widget = figure_of(tab, view.panel)
        title = title_of(widget)
        if path.suffix.lower() == ".csv" and table_of(widget) is None:
            raise UserError(
                tr("There are no numbers behind {panel}.", panel=title),
                hint=tr("Choose a panel: {panels}.", panels=_named(tab)),
            )
        atomic_write(path, content(widget, path.suffix))
    return title


def _arrange(stage: Stage, tab: Tab, name: str) -> None:
    scenes = scenes_of(tab)
    if name not in scenes:
        named = ", ".join(filter(None, scenes)) or tr("none")
        title = tr(tab.TITLE)
        raise UserError(
            tr("The tab {tab} has no scene {scene}; its scenes: {scenes}.", tab=title, scene=name, scenes=named)
        )
    for _ in scenes[name]():
        stage.settle(tab)


def _panels(tab: Tab) -> list[Figured]:
    panels = [panel for panel in tab.findChildren(Figured) if is_seen(panel)]
    return sorted(panels, key=lambda panel: (panel.mapTo(tab, QPoint()).y(), panel.mapTo(tab, QPoint()).x()))


def figure_of(tab: Tab, name: str | None) -> QWidget:
    """Return the panel with that title or object name; the tab itself for `None`."""
    if name is None:
        return tab
    wanted = name.strip().casefold()
    for panel in _panels(tab):
        if wanted in (title_of(panel).casefold(), _short(tab, panel)):
            return panel
    for part in tab.findChildren(QWidget):
        if part.accessibleName() and is_seen(part) and wanted == _short(tab, part):
            return part
    panels = _named(tab)
    raise UserError(
        tr("The tab {tab} shows no panel {panel}; it shows {panels}.", tab=tr(tab.TITLE), panel=name, panels=panels)
    )


def _short(tab: Tab, widget: QWidget) -> str:
    return widget.objectName().removeprefix(f"{tab.objectName()}.").casefold()


def _named(tab: Tab) -> str:
    return ", ".join(dict.fromkeys(title_of(panel) for panel in _panels(tab))) or tr("none")


MAKING_SECONDS = 24 * 3600.0  # maximum duration: some tabs take minutes for a picture


def make_film(
    path: Path, spec: FilmSpec, view: View, run: str, steps: Sequence[int], progress: Callable[[int, int], object]
) -> None:
    """Film a view at these steps of a run.

    `progress` is called with the numbers of finished and of all frames. Raises `InterruptedJobError`, and leaves no
    file, if the process is asked to end; `UserError` if there is no such panel or the film cannot be written.
    """
    with interruptible() as interrupted, Stage(bundled=BUNDLED) as stage:
        tab, maker = view.show(stage), stage.application.films
        maker.changed.connect(lambda: progress(maker.done, maker.total) if maker.is_busy else None)
        widget = figure_of(tab, view.panel)
        maker.begin(FilmRequest(tab=tab, view=widget, path=path, run=run, steps=tuple(steps), spec=spec))

        def has_ended() -> bool:
            if interrupted:
                maker.cancel()
            return not maker.is_busy

        stage.wait_for(has_ended, MAKING_SECONDS)
        if interrupted:
            raise InterruptedJobError(interrupted[0])
        if maker.failure is not None:
            raise maker.failure
