"""The submenu with the sessions that a person saved or opened, the latest first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from gui.look.plain import entry, plain_tip
from gui.state.settings import Settings

NOTHING = "No session was saved or opened yet."


class RecentMenu(QMenu):
    """Up to ten sessions, those that are missing greyed, and one entry that empties the list."""

    def __init__(
        self,
        parent: QWidget,
        settings: Settings,
        open_file: Callable[[Path], object],
        clear: Callable[[], object],
    ) -> None:
        super().__init__("Open &recent", parent)
        self.setObjectName("menu.file.recent")
        self.setToolTipsVisible(True)
        self._settings, self._open_file, self._clear = settings, open_file, clear
        self.aboutToShow.connect(self.fill)
        self.fill()

    def insert_after(self, menu: QMenu, action: QAction) -> None:
        """Take a place in `menu`, just below `action`."""
        actions = menu.actions()
        menu.insertMenu(actions[actions.index(action) + 1], self)

    def fill(self) -> None:
        """Show what is remembered, and what of it is still there."""
        self.clear()
        recent = self._settings.recent
        self.menuAction().setEnabled(bool(recent))
        self.menuAction().setToolTip("Open a session again." if recent else NOTHING)
        for number, path in enumerate(map(Path, recent), 1):
            self._add_session(number, path)
        self.addSeparator()
        self._add("clear", "&Clear this list", "Forget these sessions; their files stay.", self._clear)

    def _add_session(self, number: int, path: Path) -> None:
        mark = f"&{number}" if number < 10 else f"{number // 10}&{number % 10}"
        there = path.is_file()
        help_text = f"Open {path}." if there else f"{path} is not there any more."
        text = f"{mark}  {entry(path.stem)}"
        action = self._add(str(number), text, help_text, lambda: self._open_file(path))
        action.setEnabled(there)

    def _add(self, name: str, text: str, help_text: str, slot: Callable[[], object]) -> QAction:
        action = self.addAction(text)
        action.setObjectName(f"action.file.recent.{name}")
        action.setStatusTip(help_text)
        action.setToolTip(plain_tip(help_text))
        action.triggered.connect(lambda: slot())
        return action
