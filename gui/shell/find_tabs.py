"""Finding the tabs: every package in `gui.tabs`, whose module `tab` offers a `TAB`."""

from __future__ import annotations

import importlib
import logging
import pkgutil
import traceback
from dataclasses import dataclass
from typing import Any

import gui.tabs
from engine.base.messages import Job, JobFailed, Message
from gui.widgets.tab import Tab

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TabsFound(Message):
    """The tabs there are, in their order."""

    tabs: tuple[type[Tab], ...]


def find_tabs(session: Any) -> Job:
    """Import all tabs; answers `TabsFound`.

    A job, because what they import takes longer than a picture: the engine's thread does it while the window is
    already alive. Importing makes no widget.
    """
    found: list[type[Tab]] = []
    for package in pkgutil.iter_modules(gui.tabs.__path__, "gui.tabs."):
        try:
            found.append(importlib.import_module(f"{package.name}.tab").TAB)
        except Exception:  # one broken tab must not take the others along
            log.exception("The tab %s cannot be imported.", package.name)
            sentence = f"The tab {package.name.rpartition('.')[2]} cannot be loaded."
            yield JobFailed(sentence=sentence, details=traceback.format_exc())
        yield None
    yield TabsFound(tabs=tuple(sorted(found, key=lambda tab: tab.ORDER)))
