"""What menus, bars and dialogs use of the application, so that their files need not import its own."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui.shell.film.maker import FilmMaker
from gui.shell.help.presenter import Presenter
from gui.shell.main_window import MainWindow
from gui.shell.menus.actions import Actions
from gui.shell.menus.facts import Facts
from gui.shell.menus.notebook import Notebook
from gui.shell.menus.show_code import ShowCode
from gui.shell.process.left_sessions import LeftSessions
from gui.shell.process.startup import Opening
from gui.state.link.bridge import Bridge
from gui.state.notices import Notices
from gui.state.selection import Selection
from gui.state.sessions import Sessions
from gui.state.time.timeline import Timeline
from gui.state.training.ongoing import DataReading, ExperimentWork, Handouts
from gui.state.training.run_controls import RunControls
from gui.state.training.run_data import RunData
from gui.state.training.run_progress import RunProgress
from gui.state.training.sweeps import Sweeps

if TYPE_CHECKING:
    from gui.shell.dialogs.dialogs import Dialogs  # which use these parts
    from gui.shell.lesson.lesson import Lesson  # imported with the tabs


class Parts(QObject):
    """The parts of the window, which `Application` creates and connects."""

    languageWanted = Signal(str)  # carries the language in which to build the window again, or `system`

    window: MainWindow
    actions: Actions
    dialogs: "Dialogs"
    facts: Facts
    presenter: Presenter
    notebook: Notebook
    code: ShowCode
    bridge: Bridge
    notices: Notices
    selection: Selection
    controls: RunControls
    run_data: RunData
    timeline: Timeline
    progress: RunProgress
    sessions: Sessions
    left: LeftSessions
    opening: Opening
    reading: DataReading
    handouts: Handouts
    sweeps: Sweeps
    experiments: ExperimentWork
    films: FilmMaker
    lesson: "Lesson | None"  # created with the tabs
