"""Finding the tabs: every module of the package `gui.tabs` that offers a `TAB`."""

from __future__ import annotations

import importlib
import logging
import pkgutil
import traceback
from dataclasses import dataclass
from typing import Any

import gui.tabs
from engine.messages import Job, JobFailed, Message
from gui.tab import Tab

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
    for module in pkgutil.iter_modules(gui.tabs.__path__, "gui.tabs."):
        try:
            tab = getattr(importlib.import_module(module.name), "TAB", None)
        except Exception:  # one broken tab must not take the others along
            log.exception("The tab %s cannot be imported.", module.name)
            sentence = f"The tab {module.name.rpartition('.')[2]} cannot be loaded."
            yield JobFailed(sentence=sentence, details=traceback.format_exc())
        else:
            found += [tab] if tab else []
        yield None
    yield TabsFound(tabs=tuple(sorted(found, key=lambda tab: tab.ORDER)))
