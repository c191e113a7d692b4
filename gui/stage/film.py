"""A film of a tab or a panel without a person at the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from engine.cli.parts.jobs import InterruptedJobError
from engine.core.lens import Lens
from engine.core.machine.bundled import BUNDLED
from engine.core.machine.signals import interruptible
from engine.export.film.settings import FilmSpec
from gui.look.theme import theme
from gui.shell.film.maker import FilmRequest
from gui.stage.figure import figure_of
from gui.stage.stage import Stage

MAKING_SECONDS = 24 * 3600.0  # how long a film may take: of a tab whose every picture takes minutes, too


def make_film(
    path: Path,
    spec: FilmSpec,
    tab: str,
    panel: str | None,
    *,
    session: Path,
    lens: Lens,
    steps: Sequence[int],
    dataset: str | None,
    look: Literal["light", "dark"],
    size: tuple[int, int],
    progress: Callable[[int, int], object],
) -> None:
    """Film the tab of that name, or a panel of it by its title, at these steps of a session, which is only read.

    `progress` is called with how many are done, of how many. Raises `InterruptedJobError` where the process is asked to
    end, and leaves nothing then; `UserError` where there is no such panel, and where the film cannot be written.
    """
    with interruptible() as interrupted, Stage(bundled=BUNDLED) as stage:
        application, maker = stage.application, stage.application.films
        application.settings.lesson_offered = True
        theme().choose(look)
        stage.open(dataset)
        stage.window.resize(*size)
        application.sessions.open(session, copy=True)
        stage.wait_for(lambda: application.sessions.path == session and lens.run in application.bridge.runs)
        shown = next(each for each in stage.window.all_tabs() if each.objectName() == tab)
        stage.window.tabs.setCurrentWidget(shown)
        application.selection.change(lens=lens)
        stage.settle(shown)
        view = figure_of(shown, panel)
        maker.changed.connect(lambda: progress(maker.done, maker.total) if maker.is_busy else None)
        maker.begin(FilmRequest(tab=shown, view=view, path=path, run=lens.run, steps=tuple(steps), spec=spec))

        def has_ended() -> bool:
            if interrupted:
                maker.cancel()
            return not maker.is_busy

        stage.wait_for(has_ended, MAKING_SECONDS)
        if interrupted:
            raise InterruptedJobError(interrupted[0])
        if maker.failure is not None:
            raise maker.failure
