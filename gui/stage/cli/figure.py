"""The command `figure`: what a tab of the window shows, as a file."""

import os
from typing import Annotated, Literal

from engine.cli.code import TABS
from engine.cli.parts.command import Answer, Place, command, saved
from engine.cli.parts.which import Dataset, OfLens, Size, lens_of, session_path, tab, which
from engine.core.language import mark

ALL_TABS = (*TABS, "experiments")  # that one has no script; all others are known by theirs


@command(122, mark("a panel, or a whole tab, as PNG, SVG or CSV"))
def figure_command(
    tab: Annotated[str, tab, ALL_TABS, f"TAB: one of {', '.join(ALL_TABS)}"],
    *,
    of: OfLens,
    dataset: Dataset = None,
    panel: str | None = None,
    scene: str | None = None,
    look: Literal["light", "dark"] = "light",
    size: Size = (1280, 720),
    out: Place,
) -> Answer:
    """Write what a tab, or one panel of it, shows of a network: a picture, a drawing, or the numbers behind it.

    panel PANEL: one panel by its title or name, such as Confusion (default: the whole tab)
    scene SCENE: what is arranged first, such as silenced of fingerprints (default: nothing)
    look: its colours (default: light, for paper)
    size WxH: that of the window (default: 1280x720)
    out OUT: the file to write: .png (at twice the pixels), .svg, or .csv with the numbers behind a panel
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from gui.stage.figure import View, check_kind, write_figure

    check_kind(out)
    session = lens = None
    if tab != "warmup":
        session = session_path(of.session)
        with which(of) as meant:
            lens = lens_of(meant, of.silence)
    view = View(tab=tab, panel=panel, session=session, lens=lens, dataset=dataset, look=look, size=size)
    title = write_figure(out, view, scene)
    yield saved(out, f": {title}")
