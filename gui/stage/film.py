"""Makes a film of a tab or a panel without a visible window."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from engine.cli.parts.terminal import InterruptedJobError
from engine.core.lens import Lens
from engine.core.machine.bundled import BUNDLED
from engine.core.machine.signals import interruptible
from engine.export.film.settings import FilmSpec
from gui.look.theme import theme
from gui.shell.film.maker import FilmRequest
from gui.stage.figure import figure_of
from gui.stage.stage import Stage

MAKING_SECONDS = 24 * 3600.0  # maximum duration: some tabs take minutes for a picture


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
    """Film a tab, or the panel of it with that title, at these steps of a session, which is only read.

    `progress` is called with the numbers of finished and of all frames. Raises `InterruptedJobError`, and leaves no
    file, if the process is asked to end; `UserError` if there is no such panel or the film cannot be written.
    """
    with interruptible() as interrupted, Stage(bundled=BUNDLED) as stage:
        application, maker = stage.application, stage.application.films
        application.settings.lesson_offered = True
        theme().choose(look)
        stage.open(dataset)
        stage.window.resize(*size)
        application.sessions.open(session, copy=True)
        stage.wait_for(lambda: application.sessions.path == session and lens.run in application.bridge.runs)
        page = next(page for page in stage.window.all_tabs() if page.objectName() == tab)
        stage.window.tabs.setCurrentWidget(page)
        application.selection.change(lens=lens)
        stage.settle(page)
        view = figure_of(page, panel)
        maker.changed.connect(lambda: progress(maker.done, maker.total) if maker.is_busy else None)
        maker.begin(FilmRequest(tab=page, view=view, path=path, run=lens.run, steps=tuple(steps), spec=spec))

        def has_ended() -> bool:
            if interrupted:
                maker.cancel()
            return not maker.is_busy

        stage.wait_for(has_ended, MAKING_SECONDS)
        if interrupted:
            raise InterruptedJobError(interrupted[0])
        if maker.failure is not None:
            raise maker.failure
