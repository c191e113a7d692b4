"""The tabs of the window: the first one is found and built at once, the others once a session is open."""

import importlib
import logging
import pkgutil
import time
import traceback
from collections import deque
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.core.language import tr
from engine.core.messages import Job, JobFailed, Message
from gui.state.link.bridge import Bridge
from gui.state.link.clock import one_shot
from gui.state.settings import settings
from gui.widgets.tab import Tab

log = logging.getLogger(__name__)

FIRST = "draw"
NO_PLUGINS: Mapping[str, str] = {}
PATIENCE_MS = 1000  # the time that the session has to be opened before the other tabs are built

# Between two tabs the window has time for other events, as much as a tab has taken and at least LEAST_REST_MS: a
# person who draws meanwhile waits for one tab, not for all.
REST, LEAST_REST_MS = 1.0, 10


class TabsFound(Message):
    """The tabs, in their order."""

    tabs: tuple[type[Tab], ...]


def tab_in(package: str) -> type[Tab]:
    """Return the tab of a package: the subclass of `Tab` in its module `tab`."""
    module = importlib.import_module(f"{package}.tab")
    classes = (each for each in vars(module).values() if isinstance(each, type) and issubclass(each, Tab))
    return next(each for each in classes if each.__module__ == module.__name__)


def tab_names() -> list[str]:
    """Return the names of the packages of all tabs."""
    return [package.name for package in pkgutil.iter_modules(importlib.import_module("gui.tabs").__path__)]


def find_tabs(session: Any, *names: str, plugins: Mapping[str, str] = NO_PLUGINS) -> Job:
    """Import these tabs, while the window is already painted, and answer `TabsFound`; this creates no widget.

    `plugins` are those that are switched on: hashes by path.
    """
    tabs: list[type[Tab]] = []
    for name in names:
        try:
            tabs.append(tab_in(f"gui.tabs.{name}"))
        except Exception:  # a broken tab must not prevent the others
            log.exception("The tab %s cannot be imported.", name)
            yield JobFailed(sentence=tr("The tab {tab} cannot be loaded.", tab=name), details=traceback.format_exc())
        yield None
    if plugins:
        # Imported here: a window without plug-ins starts without what reads their files.
        from engine.analysis.plugins.plugin import known_plugins
        from gui.shell.plugins.page import plugin_tabs

        titles = {tab_in(f"gui.tabs.{name}").TITLE for name in tab_names()} | set(tab_names())
        tabs += plugin_tabs(known_plugins(), plugins, titles)
    yield TabsFound(tabs=tuple(sorted(tabs, key=lambda tab: tab.ORDER)))


class TabBuilding(QObject):
    """Builds the tabs: the first one as soon as the window is painted, the others on demand, with time for events.

    The listeners of those others hear the messages since the first one was built when all are there: see `Bridge.hold`.
    """

    wanted = Signal(type)  # carries the class of a tab to build
    firstBuilt = Signal()
    allBuilt = Signal()

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._others: list[str] = []
        self._waiting = deque[type[Tab]]()
        self._has_first = False
        self._patience = one_shot(self, self.go_on, ms=PATIENCE_MS)
        self._next = one_shot(self, self._build_next, ms=LEAST_REST_MS)
        bridge.listen(TabsFound, self._take)

    def begin(self, first: str) -> None:
        """Build the tab of this name, *Draw* if there is none."""
        names = tab_names()
        first = first if first in names else FIRST
        self._others = [name for name in names if name != first]
        self._bridge.submit(find_tabs, first)

    def go_on(self) -> None:
        """Build the other tabs, unless this was called before."""
        self._patience.stop()
        others, self._others = self._others, []
        if others:
            on = settings().plugins
            self._bridge.submit(find_tabs, *others, **({"plugins": dict(on)} if on else {}))

    def _take(self, message: TabsFound) -> None:
        if not self._has_first:
            self._has_first = True
            for tab in message.tabs:
                self.wanted.emit(tab)
            self._patience.start()
            self._bridge.hold()
            self.firstBuilt.emit()
        else:
            self._waiting.extend(message.tabs)
            self._next.start()

    def _build_next(self) -> None:
        if self._waiting:
            begin = time.monotonic()
            self.wanted.emit(self._waiting.popleft())
            self._next.start(max(LEAST_REST_MS, round(1000 * REST * (time.monotonic() - begin))))
        else:
            self.allBuilt.emit()
