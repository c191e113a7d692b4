"""*Show code*: the button beside the tabs, the sheet that it opens, and saving the script."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton

from engine.core.language import mark, tr
from engine.export.scripts.parts.tabs import has_script
from gui.look.icons import set_icon
from gui.look.words import enable, named
from gui.shell.menus.actions import enable_entry
from gui.state.settings import settings
from gui.widgets.figures.save_place import ask_where, start_folder

if TYPE_CHECKING:
    from engine.export.scripts.parts.show_code import CodeShown
    from gui.shell.dialogs.sheets import CodeSheet
    from gui.shell.parts import Parts  # which knows this

SUFFIX = ".py"
NO_CODE = mark("This tab has no code to show.")


class ShowCode(QObject):
    """Requests the code of the current tab, and shows it when it arrives."""

    def __init__(self, parts: "Parts") -> None:
        super().__init__(window := parts.window)
        self._parts, self._window, self._bridge = parts, window, parts.bridge
        self._action: QAction | None = None
        self._button = named(QPushButton(tr("Show code"), window.tabs), "tabs.code", title=tr("Show code"), look="chip")
        set_icon(self._button, "code", side=14)
        self._button.hide()
        self._job: int | None = None
        self._shown: CodeShown | None = None
        self._sheet: CodeSheet | None = None
        self._listens = False
        window.tabs.currentChanged.connect(lambda _: self._show_state())

    def put_button(self, action: QAction) -> None:
        """Put the button beside the tabs; it triggers the action."""
        self._action = action
        self._button.clicked.connect(action.trigger)
        self._window.put_beside_tabs(self._button)
        self._show_state()

    def ask(self) -> None:
        """Request the code of what the current tab shows, with its current settings."""
        if (tab := self._window.tab) is not None and has_script(tab.objectName()):
            # Imported here, because the first picture of the window must not wait for it.
            from engine.export.scripts.parts.show_code import CodeShown, show_code

            if not self._listens:
                self._listens = True
                self._bridge.listen(CodeShown, self._show_code, job=lambda: self._job)
            lens = self._parts.selection.lens
            self._job = self._bridge.ask(show_code, lens, tab.objectName(), tab.code_settings())

    def sheet(self) -> "CodeSheet":
        from gui.shell.dialogs.sheets import CodeSheet

        self._sheet = sheet = CodeSheet(self._window)
        sheet.saveWanted.connect(self._save)
        sheet.finished.connect(self._forget)
        self._fill()
        return sheet

    def _show_code(self, message: "CodeShown") -> None:
        self._shown = message
        self._fill()
        self._parts.dialogs.show("code")  # which calls `sheet`

    def _fill(self) -> None:
        if self._sheet is not None and (code := self._shown) is not None:
            titles = (tr(tab.TITLE) for tab in self._window.all_tabs() if tab.objectName() == code.tab)
            self._sheet.show_code(next(titles, code.tab), code.script, code.note)

    def _forget(self) -> None:
        self._sheet = None

    def _save(self) -> None:
        if (code := self._shown) is None:
            return
        name = str(start_folder(settings().code_folder) / f"layerlight_{code.tab}{SUFFIX}")
        kind = f"Python (*{SUFFIX})"  # no text
        file, _ = ask_where(self._sheet, tr("Save the code"), name, kind)
        if file:
            from engine.export.scripts.parts.show_code import save_code

            # Without a suffix of our own: the dialog has asked only about replacing this name.
            path = Path(file)
            settings().code_folder = str(path.parent)
            self._bridge.submit(save_code, code, path)

    def _show_state(self) -> None:
        tab = self._window.tab
        has_code = tab is not None and has_script(tab.objectName())
        if (action := self._action) is not None:
            enable_entry(action, "" if has_code else tr(NO_CODE))
            enable(self._button, has_code, action.toolTip(), tr(NO_CODE))
