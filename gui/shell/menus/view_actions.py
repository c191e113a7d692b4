"""What the entries of the View menu do: zoom, size of text, code, presenter mode, full screen."""

from functools import partial
from typing import Protocol, runtime_checkable

from PySide6.QtWidgets import QWidget

from engine.core.language import tr
from gui.look.first_look import shows_everything
from gui.look.fonts import USUAL, step_from, text_size
from gui.look.theme import theme
from gui.shell.menus.actions import Actions
from gui.shell.parts import Parts
from gui.state.settings import settings
from gui.widgets.figures.enlarged import is_seen

ZOOM_TOPIC, TEXT_TOPIC = "zoom", "text size"  # no text
TEXT_STEPS = {"larger": 1, "smaller": -1, "usual": 0}
TURNS = {"on": 1, "back": -1}


@runtime_checkable
class Zoomable(Protocol):
    """A widget that shows a part of something."""

    def zoom_by(self, steps: int) -> None:
        """Zoom that many steps into the middle, or out."""

    def fit(self) -> None:
        """Show everything."""


class ViewActions:
    """One method or attribute for each entry, by the part of its name behind the menu's: `view.text.larger`."""

    def __init__(self, parts: Parts) -> None:
        self._window, self._notices = parts.window, parts.notices
        self._presenter = parts.presenter
        self.zoom_in, self.zoom_out = partial(self._zoom, 1), partial(self._zoom, -1)
        self.zoom_reset = partial(self._zoom, 0)
        self.code = parts.code.ask
        self.presenter, self.enlarge = parts.presenter.toggle, parts.presenter.enlarge
        self.full_screen = parts.window.toggle_full_screen
        self.language = parts.languageWanted.emit
        self.everything = lambda: parts.window.show_everything(not shows_everything())

    def use(self, actions: Actions) -> None:
        """Keep the entries that are on or off in step."""
        self._window.fullScreenChanged.connect(actions["view.full_screen"].setChecked)
        actions[f"view.language.{settings().language}"].setChecked(True)
        actions["view.everything"].setChecked(shows_everything())
        self._window.everythingShown.connect(actions["view.everything"].setChecked)
        self._presenter.use(actions)

    def _zoom(self, steps: int) -> None:
        """Zoom what has the focus, else the largest plot, map or graph of the tab; 0 shows everything."""
        tab = self._window.tabs.currentWidget()
        focus: QWidget | None = self._window.focusWidget()
        children = tab.findChildren(QWidget) if tab else []
        views = [view for view in children if isinstance(view, Zoomable) and is_seen(view)]
        focused = (view for view in views if focus is not None and (view is focus or view.isAncestorOf(focus)))
        view = next(focused, None) or max(views, key=lambda view: view.width() * view.height(), default=None)
        if not isinstance(view, Zoomable):
            self._notices.tell(tr("This tab shows no plot, map or graph that can be zoomed."), topic=ZOOM_TOPIC)
        elif steps:
            view.zoom_by(steps)
        else:
            view.fit()

    def turn(self, way: str) -> None:
        """Show the next tab, or the one before."""
        self._window.turn_tab(TURNS[way])

    def text(self, way: str) -> None:
        """Make all words larger or smaller, or of their usual size."""
        before, by = text_size(), TEXT_STEPS[way]
        percent = step_from(before, by) if by else USUAL
        theme().choose_text_size(percent)
        if percent != before or not by:
            words = tr("Text size {percent} %.", percent=percent)
        elif by > 0:
            words = tr("This is the largest text size: {percent} %.", percent=percent)
        else:
            words = tr("This is the smallest text size: {percent} %.", percent=percent)
        self._notices.tell(words, topic=TEXT_TOPIC)
