"""The command `screenshots`: pictures of the window."""

import os
from pathlib import Path

from engine.cli.parts.command import command
from engine.core.language import mark


@command(130, mark("pictures of every tab, in both themes and two sizes"))
def screenshots_command(folder: str, *, tour: bool = False) -> int:
    """Pictures of every tab, in both themes and two sizes.

    folder DIR: where they go; made if need be
    tour: only the README's, of the session that comes along
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if tour:
        from gui.stage.screenshots import take_tour as take
    else:
        from gui.stage.screenshots import take_screenshots as take

    take(Path(folder))
    return 0
