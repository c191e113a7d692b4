"""What the entries of the File menu do: sessions, data sets, and what is saved as a file."""

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from engine.core.language import tr
from engine.model.opening.opening import SUFFIXES, is_network
from engine.session.jobs.export import save_file
from engine.session.jobs.networks import open_network
from gui.look.words import entry
from gui.shell.menus.actions import Actions
from gui.shell.menus.figures import meant_panel
from gui.shell.menus.questions import Question, Revert
from gui.shell.parts import Parts
from gui.state.file_content import PICTURES, is_picture, png_of
from gui.state.sessions import SUFFIX
from gui.state.settings import settings
from gui.widgets.figures.figure import seen
from gui.widgets.figures.save_place import ask_where, choose_file, start_folder
from gui.widgets.forms.controls import add_entry

DATA_FILES = "*.npz *.csv *.csv.gz *.tsv *.tsv.gz *ubyte *ubyte.gz"

NETWORKS = " ".join(f"*{suffix}" for suffix in SUFFIXES)


class FileActions:
    """One method or attribute for each entry, by the last part of its name: `file.save_as`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._window, self._sessions = parts.window, parts.sessions
        self._revert = Revert(parts)
        self.new, self.bundled = parts.sessions.new, parts.sessions.open_bundled
        self.close = self.quit = parts.window.close
        self.revert = self._revert.revert
        self.unsaved, self.film = partial(parts.dialogs.show, "unsaved"), partial(parts.dialogs.show, "film")

    def use(self, actions: Actions) -> None:
        """List the recent sessions, and enable *Revert* while there is something to revert."""
        menu = actions.menu("file.recent")
        self._recent = Recent(menu, self.open_file, self._sessions.forget_recent)
        self._sessions.placeChanged.connect(self._recent.fill)
        self._revert.use(actions["file.revert"])

    def open(self) -> None:
        """Ask for a session, a data set, a network or a picture, and open it."""
        title = tr("Open a session, data, a network or a picture")
        files = f"*{SUFFIX} {DATA_FILES} {NETWORKS} {PICTURES}"
        filters = (
            tr("Sessions, data sets, networks and pictures ({files})", files=files),
            tr("Networks ({files})", files=NETWORKS),
            tr("Pictures ({files})", files=PICTURES),
            tr("All files ({files})", files="*"),
        )
        file, _ = QFileDialog.getOpenFileName(self._window, title, self._folder(), ";;".join(filters))
        if file:
            self.open_file(Path(file))

    def open_file(self, file: Path) -> None:
        """Open a session, a data set, a network or a picture, by its suffix, and remember the folder."""
        settings().folder = str(file.parent)
        if is_session(file):
            self._sessions.open(file)
        elif is_picture(file.name):
            # A `str`, because Qt's own strings would lose bytes of a path that are not UTF-8.
            self._parts.selection.pictureFileSent.emit(str(file))
        elif is_network(file):
            self._parts.bridge.submit(open_network, file, fit=None)
        else:
            self._parts.opening.open(file)

    def choose_data(self) -> None:
        filters = tr("Data sets ({files})", files=DATA_FILES), tr("All files ({files})", files="*")
        file, _ = QFileDialog.getOpenFileName(
            self._window, tr("Open your own data"), self._folder(), ";;".join(filters)
        )
        if file:
            self.open_file(Path(file))

    def choose_data_folder(self) -> None:
        """Ask for a folder with pictures or IDX files, and open it."""
        title = tr("Open a folder with a folder of pictures for each class")
        if folder := QFileDialog.getExistingDirectory(self._window, title, self._folder()):
            self.open_file(Path(folder))

    def _folder(self) -> str:
        return str(start_folder(settings().folder))

    def data(self) -> None:
        self._parts.facts.data.open()

    def save(self) -> None:
        if self._sessions.is_saved and not self._sessions.read_only:
            self._sessions.save()
        else:
            self.save_as()

    def save_as(self) -> None:
        """Ask for a file, and save the session there: proposed is where it is, else the folder used last."""
        session = self._sessions
        proposal = Path(self._folder()) / f"Layerlight {date.today():%Y-%m-%d}{SUFFIX}"  # no text
        if session.is_saved and session.path:
            proposal = session.path
        kind = tr("Sessions ({files})", files=f"*{SUFFIX}")
        file, _ = ask_where(self._window, tr("Save the session as"), str(proposal), kind)
        if not file:
            return
        path = as_session(Path(file))
        # The file dialog has asked about the name as it was typed, not about the one with the suffix.
        if path != Path(file) and path.exists() and not may_replace(self._window, path):
            return
        settings().folder = str(path.parent)
        session.save_as(path)

    def picture(self) -> None:
        """Save what the current tab shows as a PNG file."""
        if (tab := self._window.tab) is None:
            return
        picture = seen(tab)  # before the dialog, which would be in it, as would what happens meanwhile
        name = f"Layerlight {tr(tab.TITLE)}.png"  # no text
        kinds = {".png": tr("Pictures ({files})", files="*.png")}
        if path := choose_file(self._window, tr("Save picture"), name, kinds):
            self._parts.bridge.submit(save_file, path, png_of(picture.toImage()))

    def export(self) -> None:
        """Show what can be exported; the panel that a person means is chosen."""
        self._parts.dialogs.show("export", meant_panel(self._window))  # found before the sheet has the focus


def is_session(file: Path) -> bool:
    """Return whether the suffix is that of a session."""
    return file.suffix.lower() == SUFFIX


def as_session(file: Path) -> Path:
    """Return the path with a session's suffix, appended if it has another one."""
    return file if is_session(file) else file.with_name(file.name + SUFFIX)


def may_replace(parent: QWidget, path: Path) -> bool:
    """Ask whether a file may be replaced."""
    question = Question(
        parent, "replace", tr("Save the session as"), keep=("keep", tr("Keep it")), act=("replace", tr("Replace"))
    )
    explanation = tr("It is in {folder}. Replacing it removes what is in it.", folder=path.parent)
    return question.wait((tr("{file} exists already.", file=path.name), explanation))


class Recent:
    """Lists up to ten sessions above the entries of a menu, missing ones disabled, and below what clears the list."""

    def __init__(self, menu: QMenu, open_file: Callable[[Path], object], clear: Callable[[], object]) -> None:
        self._menu, self._others = menu, menu.actions()
        self._open_file, self._clear = open_file, clear
        menu.aboutToShow.connect(self.fill)
        self.fill()

    def fill(self) -> None:
        """List the remembered sessions; those whose file is gone are disabled."""
        self._menu.clear()
        recent = settings().recent
        for number, path in enumerate(map(Path, recent), 1):
            key = f"&{number}" if number < 10 else f"{number // 10}&{number % 10}"
            exists = path.is_file()
            tip = tr("Open {path}.", path=path) if exists else tr("{path} is no longer there.", path=path)
            open_it = partial(self._open_file, path)
            self._add(str(number), f"{key}  {entry(path.stem)}", tip, open_it).setEnabled(exists)
        self._menu.addSeparator()
        self._menu.addActions(self._others)
        if recent:
            self._menu.addSeparator()
            self._add("clear", tr("&Clear this list"), tr("Forget these sessions; their files stay."), self._clear)

    def _add(self, name: str, text: str, tip: str, slot: Callable[[], object]) -> QAction:
        return add_entry(self._menu, f"action.file.recent.{name}", text, slot, tip=tip)
