"""Creates the parts of the window, connects them, and takes them apart at the end."""

import logging
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication, QLabel

from engine.core.errors import UserError
from engine.core.language import mark, tr
from engine.core.machine import folders
from engine.core.mailbox import Mailbox
from engine.core.messages import Job
from engine.data.download.catalogue import KNOWN
from engine.model.opening.opening import is_network
from engine.session.jobs.data import ArraysAsked, DatasetOpened, ReadingAsked
from engine.session.jobs.files import SessionOpened, describe_session
from engine.session.store import places
from gui.look.first_look import show_everything, shows_everything
from gui.look.focus_ring import FocusRing
from gui.look.speech import speak
from gui.look.theme import theme
from gui.shell.bars.status_line import StatusLine
from gui.shell.bars.transport import Transport
from gui.shell.dialogs.dialogs import Dialogs
from gui.shell.film.maker import FilmMaker
from gui.shell.help.presenter import Presenter
from gui.shell.main_window import MainWindow
from gui.shell.menus.actions import Actions
from gui.shell.menus.edit_actions import EditActions, go
from gui.shell.menus.fact_menus import DataMenu, RunMenu
from gui.shell.menus.facts import Facts
from gui.shell.menus.file_actions import FileActions
from gui.shell.menus.help_actions import HelpActions
from gui.shell.menus.notebook import Notebook
from gui.shell.menus.questions import Closing, ask_about_fit, ask_about_size
from gui.shell.menus.run_actions import TWINS, RunActions
from gui.shell.menus.show_code import ShowCode
from gui.shell.menus.teach_actions import TeachActions
from gui.shell.menus.time_actions import NO_RUN, TimeActions
from gui.shell.menus.view_actions import ViewActions
from gui.shell.pages import Pages
from gui.shell.parts import Parts
from gui.shell.process.engine import Engine
from gui.shell.process.garbage import Garbage
from gui.shell.process.left_sessions import LeftSessions
from gui.shell.process.startup import Beginning, Continuation, Opening, Restore
from gui.shell.process.tab_building import TabBuilding
from gui.shell.process.window_geometry import place
from gui.state.file_content import is_picture
from gui.state.link.bridge import Bridge
from gui.state.notices import Notices, Offer
from gui.state.selection import Selection
from gui.state.sessions import Sessions
from gui.state.settings import Settings, load_settings, use_settings
from gui.state.time.timeline import Timeline
from gui.state.training.ongoing import DataReading, ExperimentWork, Handouts
from gui.state.training.run_controls import RunControls, ask, train
from gui.state.training.run_data import MomentTests, RunData
from gui.state.training.run_progress import RunProgress
from gui.state.training.sweeps import Sweeps, processes
from gui.widgets.heard import be_heard
from gui.widgets.tab import Tab

if TYPE_CHECKING:
    from engine.studies.sweep.job import MakeWorkers

log = logging.getLogger(__name__)

# Maximum time that the engine holds Python's lock while the window waits for it; the default of 5 ms drops frames.
SWITCH_SECONDS = 0.001

# Time that the engine has to end its turn after the window has closed. Importing TensorFlow takes longer.
ENGINE_SECONDS = 0.5


class Application(Parts):
    """Engine, bridge and window of one process.

    Without a `settings_file` nothing is remembered. `restore` says what to do about sessions that a crash left.
    `new_place` returns a file for a session without a name; `bundled` is the session of a first start. `size` is that
    of a window without a person, whatever the screen. `before` is the window that this one continues: with its engine,
    session, run, and the way it looked.
    """

    def __init__(
        self,
        settings_file: Path | None = None,
        mailbox: Mailbox | None = None,
        train: Callable[..., Job] = train,
        ask: Callable[..., Job] = ask,
        restore: Restore = "no",
        new_place: Callable[[], Path] = places.new_autosave,
        bundled: Path | None = None,
        size: tuple[int, int] | None = None,
        make_workers: "Callable[[int], MakeWorkers]" = processes,
        before: "Application | None" = None,
    ) -> None:
        super().__init__()
        self._size, self._bundled, self._before = size, bundled, before
        self._again = partial(
            Application,
            settings_file,
            train=train,
            ask=ask,
            bundled=bundled,
            size=size,
            make_workers=make_workers,
            before=self,
        )
        self._wanted: str | None = None  # the file to open once all tabs are there
        self.lesson = None
        self._garbage = Garbage(self)
        self._settings_file = settings_file
        self.notices = Notices(self)
        self.settings: Settings = use_settings(before.settings if before else self._load_settings())
        speak(self.settings.language)
        show_everything(self.settings.everything)
        theme().choose(self.settings.theme)  # type: ignore[arg-type]  # checked when it was read
        theme().choose_contrast(self.settings.contrast)  # type: ignore[arg-type]  # so were these
        theme().choose_maps(self.settings.maps)  # type: ignore[arg-type]
        theme().choose_text_size(self.settings.text_size)
        theme().apply()
        self._engine: Engine = before._engine if before else Engine(mailbox, new_place)
        self.mailbox, self.runner = self._engine.mailbox, self._engine.runner
        self.bridge = Bridge(self.runner, self.mailbox, self)
        self.controls = RunControls(self.bridge, train=train, ask=ask)
        self.selection = Selection(self)
        self.selection.follow(self.bridge)
        self.run_data = RunData(self.bridge, self.selection)
        self.timeline = Timeline(self.bridge, self.selection, self.controls)
        MomentTests(self.bridge, self.timeline, self.controls)
        self.reading = DataReading(self.bridge, self.notices)
        self.handouts = Handouts(self.bridge, self.notices)
        self.opening = Opening(self.bridge, self.reading)
        self.progress = RunProgress(self.bridge, self.controls)
        self.sessions = Sessions(self.bridge, self.controls, self.selection, self.notices, self.settings)
        self._pages = Pages(self)
        self.sessions.pages = self._pages.chosen
        self.sweeps = Sweeps(self.bridge, self.sessions, self.notices, make_workers)
        self.experiments = ExperimentWork(self.bridge, self.notices)
        self.left = LeftSessions(self.bridge, self.sessions)
        self.films = FilmMaker(self.bridge, self.timeline, self.notices)
        be_heard()
        self.window = MainWindow()
        self.window.opened = list(self.settings.opened)
        FocusRing(self.window)
        self.dialogs = Dialogs(self)
        self._beginning = self._continuation() if before else self._first_beginning(restore)
        self._building = TabBuilding(self.bridge, self)
        self._fill_window()
        self._connect()

    def _first_beginning(self, restore: Restore) -> Beginning:
        offer = partial(self.dialogs.show, "recovery")
        return Beginning(self.bridge, self.opening, restore, offer, self._bundled)

    def _continuation(self) -> Continuation:
        before = self._before
        assert before is not None
        for part in ("controls", "reading", "handouts", "opening", "sweeps", "experiments", "timeline"):
            getattr(self, part).take_over(getattr(before, part))
        known = before.sessions.view(), before.sessions.read_only
        is_ready = bool(before.opening.device)
        return Continuation(self.bridge, partial(self.bridge.submit, describe_session, *known, is_ready=is_ready))

    def in_language(self, choice: str) -> "Application":
        """Return this window, built again in a language, perhaps its own: its engine, session and run continue.

        The window of before is gone, and so is what its tabs could undo. It stays while a film or a session is written.
        """
        if self.lesson is None:
            return self
        if self.films.is_busy or self.sessions.saving:
            self.actions[f"view.language.{self.settings.language}"].setChecked(True)
            sentence = mark("The language can be changed once the file is written.")
            if choice == self.settings.language:
                sentence = mark("The file is written first: plug-ins change with the next start.")
            self.notices.tell(tr(sentence))
            return self
        self.settings.language = choice
        for call in self.window.before_close:
            call()
        self.bridge.close()
        kept = (self.controls, self.reading, self.handouts, self.opening, self.sweeps, self.experiments)
        self.runner.stop_others({job for part in kept if (job := part.job()) is not None})
        speak(choice)
        after = self._again()
        cover = QLabel(after.window)  # what is seen until a page has its session
        cover.setPixmap(self.window.grab())
        after.show()
        cover.resize(after.window.size())
        cover.show()
        after._beginning.ready.connect(cover.deleteLater)
        after.begin()
        self.films.finish()
        self._quieten()
        self._take_apart()
        return after

    def show(self) -> None:
        """Show the window where it was the last time, moved onto a screen if need be."""
        if self._size:
            self.window.resize(*self._size)
        else:
            place(self.window, QRect(*self.settings.geometry) if self.settings.geometry else None)
        if self.settings.maximized:
            self.window.showMaximized()
        else:
            self.window.show()

    def begin(self, file: str | None = None) -> None:
        """Build a tab, then get ready with the session or data set `file`; pictures and networks are opened later."""
        file = file or self._wanted
        self._wanted = file if file and (is_picture(file) or is_network(Path(file))) else None
        self._file = None if self._wanted else file
        self._pages.choose(self.settings.pages)
        self.window.show_tab(self.settings.tab)
        self._building.begin(self.settings.tab)

    def open_file(self, file: str) -> None:
        """Open a file that the system asks for, once all tabs are there."""
        self._wanted = file
        if self.lesson is not None:
            self._open_wanted()

    def leave(self) -> None:
        """End the event loop as if the window had been closed."""
        self.window.close()
        QCoreApplication.exit(0)

    def finish(self) -> bool:
        """Take everything apart; return whether the engine ended in time."""
        self.films.finish()
        self.bridge.close()
        self._quieten()
        ended = self.runner.close(ENGINE_SECONDS)
        if not ended and self._engine.view is not None:
            self.sessions.keep_canvas_at_end(self._engine.view)
        self._take_apart()
        return ended

    def _quieten(self) -> None:
        """Let no timer report to a window that is about to be gone."""
        history = self.selection.history  # a `QUndoStack` signals while it is destroyed
        for model in (self.progress, self.timeline, history):
            model.blockSignals(True)
        self.sessions.stop_keeping_the_view()

    def _take_apart(self) -> None:
        # Plots must be destroyed before the application, not whenever the interpreter collects them.
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        self._garbage.give_back()

    def _fill_window(self) -> None:
        self.presenter = Presenter(self.window, self.notices)
        self.code, self.notebook = ShowCode(self), Notebook(self)
        self.facts = Facts(self.bridge, self.selection)
        self._file_actions, self._help_actions = FileActions(self), HelpActions(self)
        edit, run, time = EditActions(self), RunActions(self), TimeActions(self)
        view, teach = ViewActions(self), TeachActions(self)
        # Referred to, because PySide holds only weakly what a signal calls a method of.
        self._menus = {
            "file": self._file_actions,
            "edit": edit,
            "run": run,
            "time": time,
            "view": view,
            "teach": teach,
            "help": self._help_actions,
        }
        self.actions = Actions(self.window, self._menus)
        self.actions.fill(self.window.menus)
        for menu in (self._file_actions, edit, run, time, view, teach):
            menu.use(self.actions)
        self.facts.run.use(self.actions["run.look"], tr(NO_RUN))
        self.facts.data.use(self.actions["file.data"], tr("No data are open yet."))
        self._run_menu, self._data_menu = RunMenu(self), DataMenu(self, self._file_actions)
        self._transport = Transport(self.actions, self.controls, self.timeline)
        self.window.assemble(self.facts, self._transport, StatusLine(self))

    def _connect(self) -> None:
        self.notices.listen_to(self.bridge)
        self.notices.listWanted.connect(partial(self.dialogs.show, "notices"))
        self._building.wanted.connect(self._build)
        self._building.firstBuilt.connect(self._open_session)
        self._beginning.ready.connect(self._building.go_on)
        self._building.allBuilt.connect(self._complete)
        self.bridge.listen(DatasetOpened, lambda _: self.selection.change(label=None, image=None, training=None))
        self.bridge.listen(SessionOpened, lambda _: self.selection.history.forget_session())
        self.controls.refused.connect(lambda: self.window.show_tab("train"))
        self.opening.failed.connect(self.controls.fail)
        self.window.undoInVain.connect(lambda way: go(way, self.selection.history, self.notices))
        self.window.fileDropped.connect(self._file_actions.open_file)
        self.progress.changed.connect(self._show_title)
        self.sessions.changed.connect(self._show_title)
        self.sessions.placeChanged.connect(self._save_settings)
        self.sessions.tabWanted.connect(self.window.show_tab)
        self.sessions.pagesWanted.connect(self._pages.choose)
        self._pages.changed.connect(self.sessions.keep_view_soon)
        for sent in (self.selection.pictureSent, self.selection.pictureFileSent):
            sent.connect(lambda _: self.window.show_tab("draw"))
        self.selection.compareWanted.connect(lambda *_: self.window.show_tab("compare"))
        self.selection.tabWanted.connect(self.window.show_tab)
        self.window.tabs.currentChanged.connect(self._take_tab)
        self.bridge.listen(ArraysAsked, self.dialogs.ask)
        self.bridge.listen(ReadingAsked, self.dialogs.ask)
        ask_about_size(self)
        ask_about_fit(self)
        self.window.may_close = Closing(self).may_close
        self.window.before_close += [self.films.cancel, self._keep_view, self._remember]

    def _build(self, tab_class: type[Tab]) -> None:
        tab = tab_class(self.bridge, self.controls, self.selection)
        tab.bundledWanted.connect(self.sessions.open_bundled)
        tab.dataWanted.connect(lambda key: self.opening.fetch(KNOWN[key]))
        tab.filmWanted.connect(partial(self.dialogs.show, "film"))
        tab.tableWanted.connect(partial(self.dialogs.show, "table"))
        self._pages.add(tab)
        self.window.add_tab(tab)

    def _open_session(self) -> None:
        self.selection.signal_all()  # for the first tab: a network is yet to come
        self._beginning.begin(self._file)

    def _complete(self) -> None:
        """Offer what needs all tabs, and let those that came after the session know of it."""
        for tab in self.window.all_tabs():
            self.actions.add_tab(tab.TITLE, tab.SHORTCUT, partial(self.window.enter, tab))
        self._pages.complete()
        self.window.offer_tabs()
        self.notebook.begin()
        self.code.put_button(self.actions["view.code"])
        # Imported here: most of it was imported with the tabs, on the engine's thread.
        from gui.shell.announcements import Announcements
        from gui.shell.lesson.lesson import Lesson

        self.lesson = Lesson(self)
        Announcements(self)
        self.lesson.changed.connect(self._answer_offer)
        self.lesson.kept.connect(self._save_settings)
        self.lesson.changed.connect(self.presenter.shrink)  # an enlarged panel may cover what a page marks
        self.lesson.guide.text.linkActivated.connect(self._help_actions.look_up)
        # First of all: what a page has opened is not part of the view that is saved.
        self.window.before_close.insert(0, self.lesson.put_back)
        self.bridge.release()
        self.bridge.runs.signal_all()
        self.selection.signal_all()
        if self._before is None:
            self._offer_lesson()
        else:
            self._continue(self._before)
        self._open_wanted()
        # Only now: where the system loads TensorFlow's libraries, the import of others waits with the GIL held.
        self._beginning.get_ready()

    def _continue(self, before: "Application") -> None:
        """Select what was selected in the window that this one continues, and show its run."""
        self._before, chosen = None, before.selection
        self.progress.take_over(before.progress)
        self.selection.change(neuron=chosen.neuron, label=chosen.label, image=chosen.image, training=chosen.training)
        self.controls.planned.edit(before.controls.planned.spec.as_dict())
        self.controls.stateChanged.emit(self.controls.state)
        self.controls.steppingChanged.emit(self.controls.is_stepping)
        before.deleteLater()

    def _offer_lesson(self) -> None:
        if self.lesson is not None and self._bundled and not self.settings.lesson_offered:
            offer = Offer(tr("Begin"), self.lesson.toggle, self._answer_offer)
            self.notices.offer(tr("New here? A lesson of seven short chapters shows what a network learns."), offer)

    def _answer_offer(self) -> None:
        if not self.settings.lesson_offered:
            self.settings.lesson_offered = True
            self._save_settings()
        self.notices.withdraw_offers()

    def _open_wanted(self) -> None:
        file, self._wanted = self._wanted, None
        if file:
            self._file_actions.open_file(Path(file).absolute())

    def _take_tab(self, _: int) -> None:
        tab = self.window.tab
        self.sessions.tab = tab.TITLE if tab else ""
        self._transport.stand_back(tab is not None and tab.RUNS)
        self.sessions.keep_view_soon()
        self.selection.history.show(self.sessions.tab)
        if tab is not None and tab.objectName() == "compare":
            self.notices.tell("", topic=TWINS)

    def _show_title(self) -> None:
        busy = self.controls.state in ("running", "paused") and self.progress.run
        done = f"{100 * self.progress.fraction:.0f} %" if busy else ""
        name = self.sessions.name if self.sessions.path else ""
        what = " · ".join(filter(None, (done, name)))
        self.window.setWindowTitle(f"{what} — Layerlight" if what else "Layerlight")

    def _load_settings(self) -> Settings:
        if self._settings_file is None:
            return Settings()
        if trouble := folders.trouble():
            self.notices.fail(trouble)
        try:
            return load_settings(self._settings_file)
        except UserError as error:
            log.warning("%s", error, exc_info=True)
            self.notices.tell(error.sentence, error.hint)
            return Settings()

    def _keep_view(self) -> None:
        self._engine.view = self.sessions.view()

    def _remember(self) -> None:
        window = self.window
        self.settings.geometry = window.normalGeometry().getRect()  # type: ignore[assignment]
        self.settings.maximized = window.is_maximized
        self.settings.pages = self._pages.chosen()
        self.settings.everything, self.settings.opened = shows_everything(), self.window.opened
        self.settings.tab = self.window.tab.objectName() if self.window.tab else self.settings.tab
        self._save_settings()

    def _save_settings(self) -> None:
        if self._settings_file is None:
            return
        self.settings.theme, self.settings.contrast = theme().choice, theme().contrast
        self.settings.maps = theme().maps
        self.settings.text_size = self.presenter.usual_text_size
        self.settings.presenter_text_size = self.presenter.text_size
        try:
            self.settings.save(self._settings_file)
        except OSError:  # no reason to keep the window open
            log.warning("The settings could not be saved.", exc_info=True)


class Shown(QObject):
    """The application whose window is shown: another one after its language has changed."""

    def __init__(self, first: Application) -> None:
        super().__init__()
        self._show(first)

    def _show(self, application: Application) -> None:
        self.current = application
        # Queued: the menu that asks for a language is gone with its window.
        application.languageWanted.connect(self._change, Qt.ConnectionType.QueuedConnection)

    def _change(self, choice: str) -> None:
        if (after := self.current.in_language(choice)) is not self.current:
            self._show(after)


class QtApplication(QApplication):
    """Qt's application. It calls `open_file` with what macOS opens: by a double click, or on the icon in the Dock."""

    open_file: Callable[[str], object]

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent):
            self.open_file(event.file())
        return super().event(event)


class AfterFirstPaint(QObject):
    """Calls `then` after the first paint event of the window, or after a second without one."""

    def __init__(self, window: MainWindow, then: Callable[[], None]) -> None:
        super().__init__(window)
        self._then: Callable[[], None] | None = then
        window.installEventFilter(self)
        QTimer.singleShot(1000, self, self._go)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the first paint event."""
        if event.type() == QEvent.Type.Paint and self._then:
            QTimer.singleShot(0, self, self._go)
        return False

    def _go(self) -> None:
        then, self._then = self._then, None
        if then:
            age = process_age()
            log.info("The window was painted %s s after the process began.", f"{age:.2f}" if age else "?")
            then()


def process_age() -> float | None:
    """Return the age of this process in seconds, to a hundredth; `None` if the system does not tell."""
    if sys.platform != "linux":
        return None
    try:
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return None
