"""The window as a whole: it remembers, opens, closes, and obeys keys."""

import json
import os
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QObject, QRect, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from engine.core.errors import UserError
from engine.core.machine import folders
from engine.core.machine.atomic import atomic_write
from engine.core.specs import TrainSpec
from engine.data.formats.pictures import FORMATS
from engine.session.jobs.data import EngineReady
from engine.session.jobs.runs import rename_run
from engine.studies.experiments.parts.messages import ExperimentStarted
from gui.look.theme import theme
from gui.look.words import Elided
from gui.shell.application import AfterFirstPaint, Application
from gui.state import file_content
from gui.state.settings import Settings
from gui.widgets.figures.figure_menu import are_for_paper, choose_paper
from gui.widgets.figures.save_place import remember_folder, start_folder
from gui.widgets.forms.controls import Segments
from gui.widgets.plots.series import last_smoothing, remember_smoothing
from tests.gui.fake_engine import dataset_opened, fake_ask, fake_prepare, fake_train
from tests.gui.worlds import TITLES, tell

LONG = TrainSpec(epochs=10_000)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "settings.json"


@pytest.fixture
def start(make_application):
    """Makes and shows the window as a start of the program does, as often as a test wants."""

    def start():
        application = make_application()
        application.show()
        return application

    return start


@pytest.fixture
def begin(application, monkeypatch):
    """Begins as the program does, with another `prepare`."""

    def begin(prepare, *files):
        monkeypatch.setattr("gui.shell.process.startup.prepare", prepare)
        application.show()
        application.begin(*files)

    return begin


class PaintedRooms(QObject):
    """Which rectangles of a widget are painted."""

    def __init__(self, widget):
        super().__init__(widget)
        self.rooms = []
        widget.installEventFilter(self)

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            self.rooms.append(event.rect())
        return False


def test_what_a_page_arranges_within_itself_does_not_have_the_whole_window_painted(start, qtbot):
    window = start().window
    page = QWidget()
    page.setMinimumSize(400, 100)  # so it wants the same room whatever the button says
    button = QPushButton("More 4")
    row = QHBoxLayout(page)
    row.addWidget(button)
    row.addStretch(1)
    window.tabs.setCurrentIndex(window.tabs.addTab(page, "Page"))
    watch = PaintedRooms(window.tabs)
    for words in ("More of this", "More of this and that"):  # the first time the page itself is new
        width = button.width()
        qtbot.waitUntil(lambda: button.isVisible() and bool(watch.rooms))
        while watch.rooms:  # until all is painted
            watch.rooms.clear()
            QCoreApplication.processEvents()
        button.setText(words)
        qtbot.waitUntil(lambda width=width: button.width() > width and bool(watch.rooms))
    assert max(room.height() for room in watch.rooms) < window.tabs.height() / 2
    page.setMinimumHeight(window.tabs.height() + 40)
    content = window.centralWidget()
    qtbot.waitUntil(lambda: content.minimumSizeHint().height() > page.minimumHeight())


def test_the_window_comes_back_where_it_was(start, file, monkeypatch):
    screen = SimpleNamespace(availableGeometry=lambda: QRect(0, 0, 1920, 1080))
    monkeypatch.setattr("gui.shell.process.window_geometry.QGuiApplication", SimpleNamespace(screens=lambda: [screen]))
    first = start()
    first.window.setGeometry(20, 30, 1000, 640)
    first.settings.theme = "dark"
    first.window.close()
    assert json.loads(file.read_text())["geometry"] == [20, 30, 1000, 640]
    second = start()
    assert second.window.geometry().getRect() == (20, 30, 1000, 640)
    assert theme().current.dark


def test_a_home_that_cannot_be_written_opens_a_window_that_says_so_once(qapp, monkeypatch):
    for name in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", "/dev/null")
    application = Application(folders.config() / "settings.json", train=fake_train, ask=fake_ask)
    application.show()
    assert [line.sentence for line in application.notices.history] == [folders.trouble()]
    assert "no untitled session is kept, no settings are remembered: /dev/null: " in folders.trouble()
    assert application.settings == Settings()
    application.window.close()
    assert not application.window.isVisible() and application.finish()
    application.deleteLater()


def test_a_window_saved_far_away_comes_back_on_the_screen(start, file, qapp):
    Settings(geometry=(5000, 5000, 1280, 720)).save(file)
    application = start()
    assert qapp.primaryScreen().availableGeometry().intersects(application.window.geometry())


def test_damaged_settings_start_the_window_with_a_notice(start, file):
    file.write_text("{")
    application = start()
    assert "could not be read" in application.notices.current.sentence
    assert application.settings == Settings()


def test_a_close_that_fails_keeps_the_window_and_the_second_closes_it(start, qtbot):
    application = start()

    def fail():
        raise RuntimeError("a bug while saving")

    application.window.before_close.insert(0, fail)
    with qtbot.captureExceptions() as exceptions:
        assert not application.window.close()
    assert application.window.isVisible() and len(exceptions) == 1
    with qtbot.captureExceptions():
        assert application.window.close()
    assert not application.window.isVisible()


def test_settings_that_cannot_be_saved_do_not_keep_the_window_open(start, file, monkeypatch):
    application = start()
    monkeypatch.setattr("gui.state.settings.atomic_write", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    assert application.window.close()


def test_the_engine_is_asked_only_after_the_first_picture(start, qtbot):
    application = start()
    asked = []
    AfterFirstPaint(application.window, lambda: asked.append(application.window.isVisible()))
    assert asked == []
    application.window.update()
    qtbot.waitUntil(lambda: bool(asked))
    assert asked == [True]


def test_the_tabs_lie_in_the_order_of_use_and_are_reached_by_their_keys(whole_window, qtbot):
    assert [tab.TITLE for tab in whole_window.window.all_tabs()] == list(TITLES)
    whole_window.window.activateWindow()
    qtbot.waitUntil(whole_window.window.isActiveWindow)
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    keys = [*((digit, control) for digit in "123456789"), *((letter, control | shift) for letter in "iaxm")]
    for place in (9, *range(13)):
        qtbot.keyClick(whole_window.window, *keys[place])
        assert whole_window.window.tabs.currentIndex() == place


def test_no_switch_has_a_word_that_its_buttons_cover(whole_window):
    switches = whole_window.window.findChildren(Segments)
    assert len(switches) > 15
    assert [each.objectName() for each in switches if each.toolTip()] == []


def test_the_facts_stand_in_the_menu_bar(ready, qtbot):
    data, run = (ready.window.findChild(QPushButton, f"facts.{name}") for name in ("data", "run"))
    assert data.text() == "MNIST 55,000 + 10,000" and data.accessibleName() == f"Data: {data.text()}"
    assert ready.window.findChild(QLabel, "facts.device").text() == "CPU, 2 threads"
    assert run.isHidden() and not ready.actions["run.look"].isEnabled()
    ready.controls.start(TrainSpec())
    qtbot.waitUntil(lambda: run.text() == "Run A" and ready.controls.state == "idle")
    assert run.isVisible() and ready.actions["run.look"].isEnabled()
    # As the list of runs does: the engine sends the run once more when it has ended, and what a test posts in its
    # name could come before that.
    ready.bridge.submit(rename_run, "A", "Bad")

    def has_the_new_title():
        assert run.text() == "Run A · Bad"  # a timeout then says what stands there

    qtbot.waitUntil(has_the_new_title)
    assert ready.selection.lens.run == "A"


def test_the_space_bar_toggles_the_run_unless_what_has_the_focus_wants_it(ready, qtbot):
    ready.controls.set_spec_source(lambda: LONG)
    ready.window.setFocus()
    qtbot.keyClick(ready.window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: ready.controls.state == "running")
    field = ready.window.findChild(QLineEdit)
    qtbot.keyClick(field, Qt.Key.Key_Space)
    button = ready.window.findChild(QPushButton, "run.stop")
    qtbot.keyClick(button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: ready.controls.state == "idle")


def test_the_buttons_follow_the_run(ready, qtbot):
    ready.controls.set_spec_source(lambda: LONG)
    button = {name: ready.window.findChild(QPushButton, f"run.{name}") for name in ("start", "step", "stop")}
    assert button["start"].text() == "Start" and not button["stop"].isEnabled()
    assert button["stop"].toolTip() == "No run is going on."
    width = button["start"].width()
    for click, text in (("start", "Pause"), ("start", "Resume"), ("start", "Pause"), ("step", "Resume")):
        button[click].click()
        qtbot.waitUntil(lambda text=text: button["start"].text() == text)
        assert button["stop"].isEnabled() and button["start"].width() == width
    button["stop"].click()
    qtbot.waitUntil(lambda: button["start"].text() == "Start")


def test_the_title_tells_how_far_the_run_is(ready, qtbot):
    ready.controls.set_spec_source(lambda: LONG)
    ready.controls.step()
    qtbot.waitUntil(lambda: ready.window.windowTitle() == "0 % — Layerlight")
    ready.controls.stop()
    qtbot.waitUntil(lambda: ready.window.windowTitle() == "Layerlight")


@pytest.mark.tabs("train")
def test_a_start_from_another_tab_with_a_wrong_value_leads_to_the_field(ready, qtbot):
    train = next(tab for tab in ready.window.all_tabs() if tab.TITLE == "Train")
    editor = train.settings.form.fields["batch"].editor
    editor.setText("0")
    editor.textEdited.emit("0")
    ready.window.show_tab("Draw")
    ready.window.findChild(QAbstractButton, "run.start").click()
    assert ready.window.tabs.currentWidget() is train
    assert ready.window.focusWidget() is editor
    qtbot.waitUntil(lambda: ready.notices.current is not None)
    assert ready.notices.current.sentence == "Batch must be between 1 and 10,000, not 0."
    assert ready.controls.state == "idle"


def test_slow_motion_is_the_same_in_menu_and_bar(ready):
    box = ready.window.findChild(QComboBox, "run.pace")
    ready.actions["run.pace.4"].trigger()
    assert ready.controls.pace == 4.0 and box.currentText() == "4 steps a second"
    box.setCurrentIndex(0)
    box.activated.emit(0)
    assert ready.controls.pace is None and ready.actions["run.pace.full"].isChecked()


def test_the_theme_is_chosen_in_the_menu_and_remembered(ready, file):
    ready.actions["view.theme.dark"].trigger()
    assert theme().current.dark and ready.settings.theme == "dark"
    ready.actions["view.theme.light"].trigger()
    assert not theme().current.dark


def drop(window, urls):
    data = QMimeData()
    data.setUrls(urls)
    accepted = []
    event = SimpleNamespace(mimeData=lambda: data, acceptProposedAction=lambda: accepted.append(True))
    window.dragEnterEvent(event)
    if accepted:
        window.dropEvent(event)
    return bool(accepted)


def test_one_dropped_local_file_is_opened_and_its_folder_remembered(ready, qtbot, tmp_path, monkeypatch):
    opened = []

    def open_data(session, file):
        opened.append(file)
        yield dataset_opened("Mine")

    monkeypatch.setattr("gui.shell.process.startup.open_data", open_data)
    assert drop(ready.window, [QUrl.fromLocalFile(str(tmp_path / "mine.npz"))])
    qtbot.waitUntil(lambda: ready.opening.dataset.name == "Mine")
    assert opened == [str(tmp_path / "mine.npz")]
    assert ready.settings.folder == str(tmp_path)
    assert not drop(ready.window, [])
    assert not drop(ready.window, [QUrl("https://example.org/mnist.npz")])
    assert not drop(ready.window, [QUrl.fromLocalFile(str(tmp_path / name)) for name in "ab"])


def test_a_broken_file_gets_a_sentence_and_the_old_data_stays(ready, qtbot, tmp_path, monkeypatch):
    def open_data(session, file):
        raise UserError("broken.npz is no data set.", hint="Choose another file.")
        yield

    monkeypatch.setattr("gui.shell.process.startup.open_data", open_data)
    ready.window.fileDropped.emit(tmp_path / "broken.npz")
    qtbot.waitUntil(lambda: ready.notices.current is not None)
    assert ready.notices.current.text == "broken.npz is no data set. Choose another file."
    assert ready.opening.dataset.name == "MNIST" and ready.controls.state == "idle"


def test_a_start_with_a_broken_file_goes_on_with_the_data_there_is(application, begin, qtbot):
    def prepare(session, file=None):
        if file:
            raise UserError(f"{file} is no data set.")
        yield from fake_prepare(session)

    begin(prepare, "broken.npz")
    qtbot.waitUntil(lambda: application.controls.state == "idle")
    assert application.notices.current.text == "broken.npz is no data set."


def test_an_engine_that_cannot_start_leaves_the_window_alive(application, begin, qtbot):
    def prepare(session, file=None):
        raise ImportError("TensorFlow needs AVX")
        yield

    begin(prepare)
    qtbot.waitUntil(lambda: application.notices.current is not None)
    assert "TensorFlow needs AVX" in application.notices.current.details
    assert application.controls.state == "starting" and application.window.isVisible()


def what_is_said_of_a_start(application):
    """The status line, and the tooltips of the transport bar's Start and of the one on the empty Train tab."""
    find = application.window.findChild
    status = find(QLabel, "status.words").text()
    return status, find(QAbstractButton, "run.start").toolTip(), find(QWidget, "train.empty.button").toolTip()


@pytest.mark.tabs("train")
def test_where_tensorflow_cannot_be_loaded_start_and_status_say_so(application, begin, qtbot):
    def prepare(session, file=None):
        yield dataset_opened()
        raise ImportError("TensorFlow needs AVX")

    begin(prepare)
    qtbot.waitUntil(lambda: application.window.findChild(QWidget, "train.empty.button") is not None)
    qtbot.waitUntil(lambda: what_is_said_of_a_start(application)[0] == "TensorFlow could not be loaded")
    tips = what_is_said_of_a_start(application)[1:]
    assert list(set(tips)) == ["TensorFlow could not be loaded, so nothing can be trained. Help > Notices says why."]


def test_a_broken_file_does_not_keep_tensorflow_from_being_loaded(application, begin, qtbot, tmp_path):
    asked = []

    def prepare(session, file=None):
        asked.append(file)
        yield dataset_opened()
        if file:
            raise UserError(f"{file} is no data set.")
        while len(asked) < 2:  # the import takes its time
            yield None
        yield EngineReady(device="CPU")

    begin(prepare)
    qtbot.waitUntil(lambda: application.opening.dataset is not None)
    application.opening.open(tmp_path / "broken.npz")
    qtbot.waitUntil(lambda: application.controls.state == "idle")
    assert asked == [None, str(tmp_path / "broken.npz"), None]


def test_the_tabs_picture_is_saved_whole_on_the_engines_thread(ready, qtbot, tmp_path, monkeypatch):
    wanted, written_by = tmp_path / "picture", []

    def write(path, content):
        written_by.append(threading.current_thread())
        atomic_write(path, content)

    monkeypatch.setattr("engine.session.jobs.export.atomic_write", write)
    monkeypatch.setattr("gui.widgets.figures.save_place.QFileDialog.getSaveFileName", lambda *_: (str(wanted), ""))
    ready.actions["file.picture"].trigger()
    qtbot.waitUntil(lambda: any("Saved" in line.sentence for line in ready.notices.history))
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")
    wanted = tmp_path / "missing" / "picture"
    ready.actions["file.picture"].trigger()
    qtbot.waitUntil(lambda: ready.notices.history[-1].failure)
    assert "picture.png cannot be saved" in ready.notices.history[-1].sentence
    assert len(written_by) == 2 and threading.main_thread() not in written_by


def test_what_is_saved_never_waits_for_whoever_reads_from_a_pipe(ready, qtbot, tmp_path, monkeypatch):
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    stalled = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    monkeypatch.setattr("gui.widgets.figures.save_place.QFileDialog.getSaveFileName", lambda *_: (str(pipe), ""))
    ready.actions["file.picture"].trigger()
    qtbot.waitUntil(lambda: len(ready.notices.history) > 0)
    os.close(stalled)
    assert ready.notices.history[-1].text == ("pipe.png cannot be saved: it is no ordinary file. Choose another place.")


def test_open_data_remembers_the_folder(ready, tmp_path, monkeypatch):
    asked = []

    def ask(parent, title, folder, filters):
        asked.append(folder)
        return str(tmp_path / "mine.npz"), ""

    monkeypatch.setattr("gui.shell.menus.file_actions.QFileDialog.getOpenFileName", ask)
    monkeypatch.setattr(ready.opening, "open", lambda file: None)
    ready.actions["file.open"].trigger()
    ready.actions["file.open"].trigger()
    assert asked[1] == str(tmp_path)


def picture_of_a_one(folder):
    picture = QImage(40, 40, QImage.Format.Format_Grayscale8)
    picture.fill(255)
    for down in range(8, 32):
        picture.setPixelColor(20, down, "black")
    file = folder / "one.png"
    assert picture.save(str(file))
    return file


@pytest.mark.tabs("draw")
def test_a_picture_named_on_the_command_line_lies_on_the_canvas_of_draw(application, tmp_path, qtbot):
    application.settings.tab = "Mistakes"
    application.show()
    application.begin(str(picture_of_a_one(tmp_path)))
    qtbot.waitUntil(lambda: application.controls.state == "idle")
    draw = next(tab for tab in application.window.all_tabs() if tab.TITLE == "Draw")
    qtbot.waitUntil(lambda: not draw.canvas.is_empty)
    assert application.window.tabs.currentWidget() is draw and not application.notices.history


@pytest.mark.tabs("draw")
@pytest.mark.parametrize("name", ["not there.png", "moving.gif"])
def test_an_unreadable_picture_on_the_command_line_is_one_sentence(application, tmp_path, qtbot, name):
    (tmp_path / "moving.gif").write_bytes(b"GIF89a" + bytes(40))
    application.show()
    application.begin(str(tmp_path / name))
    qtbot.waitUntil(lambda: application.controls.state == "idle")
    qtbot.waitUntil(lambda: bool(application.notices.history))
    (line,) = application.notices.history
    assert name in line.sentence and not line.details
    assert application.opening.dataset is not None, "the data are there all the same"


def test_a_dialog_offers_the_pictures_that_are_read():
    formats = {"JPG": "JPEG", "TIF": "TIFF"}
    ends = [end.upper().strip(".") for end in file_content.READ]
    assert {formats.get(end, end) for end in ends} == set(FORMATS)
    assert all(file_content.is_picture(f"some.{end}") for end in ("PNG", "jpeg", "svg", "tif"))
    assert not file_content.is_picture("some.layerlight")


@pytest.mark.tabs("draw")
def test_a_picture_dropped_anywhere_lies_on_the_canvas(ready, tmp_path, qtbot):
    file = picture_of_a_one(tmp_path)
    ready.window.show_tab("Mistakes")
    ready.window.fileDropped.emit(file)
    draw = next(tab for tab in ready.window.all_tabs() if tab.TITLE == "Draw")
    qtbot.waitUntil(lambda: not draw.canvas.is_empty)
    assert ready.window.tabs.currentWidget() is draw and not ready.notices.history


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home without a folder for documents, far from where the program runs."""
    made = tmp_path / "home"
    made.mkdir()
    monkeypatch.setattr("gui.widgets.figures.save_place.QDir.homePath", lambda: str(made))
    monkeypatch.setattr(
        "gui.widgets.figures.save_place.QStandardPaths.writableLocation", lambda _: str(made / "Documents")
    )
    return made


def offer(ready, name):
    """Let a person ask for the dialog that saves something."""
    if name == "tab":
        ready.actions["file.picture"].trigger()
    else:
        ready.actions["file.save_as"].trigger()


@pytest.mark.parametrize("what", ["tab", "session"])
def test_files_are_saved_at_home_or_where_the_last_one_was(ready, home, tmp_path, place, what):
    place.answer = ""
    offer(ready, what)
    assert Path(place.proposed).parent == home
    (home / "Documents").mkdir()
    offer(ready, what)
    assert Path(place.proposed).parent == home / "Documents"
    place.answer = str(tmp_path / "elsewhere" / "mine.png")
    Path(place.answer).parent.mkdir()
    offer(ready, "tab")
    place.answer = ""
    offer(ready, what)
    assert Path(place.proposed).parent == tmp_path / "elsewhere"


def test_smoothing_figures_for_paper_and_the_folder_of_the_last_file_are_remembered(start, tmp_path):
    def choose(smoothing, for_paper, folder):
        remember_smoothing(smoothing)
        choose_paper(for_paper)
        remember_folder(folder)

    first = start()
    assert not are_for_paper()
    choose(0.99, True, str(tmp_path))
    first.window.close()
    choose(0.0, False, "")
    start()
    assert (last_smoothing(), are_for_paper(), start_folder()) == (0.99, True, tmp_path)
    choose(0.0, False, "")


def test_no_part_of_the_window_asks_for_a_file_past_the_folder_to_begin_in():
    others = [
        file.name
        for file in Path("gui").rglob("*.py")
        if "getSaveFileName" in file.read_text("utf-8") and file.name != "save_place.py"
    ]
    assert others == []


def test_a_picture_is_opened_through_the_menu_and_lies_on_the_canvas(ready, tmp_path, monkeypatch):
    sent = []
    ready.selection.pictureFileSent.connect(sent.append)
    filters = []

    def ask(parent, title, folder, which):
        filters.append(which)
        return str(tmp_path / "seven.PNG"), ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", ask)
    ready.actions["file.open"].trigger()
    assert sent == [str(tmp_path / "seven.PNG")] and ready.settings.folder == str(tmp_path)
    assert "*.png" in filters[0] and "*.jpg" in filters[0]


def test_the_edit_menu_copies_in_a_field_of_text_and_otherwise_asks_the_tab(ready, qtbot):
    done = []
    ready.window.tabs.currentWidget().clipboard = {
        what: lambda what=what: done.append(what) for what in ("cut", "copy", "paste")
    }
    for what in ("cut", "copy", "paste"):
        ready.actions[f"edit.{what}"].trigger()
    assert done == ["cut", "copy", "paste"]
    field = QLineEdit("seven", ready.window)
    field.show()
    field.setFocus()
    field.selectAll()
    ready.actions["edit.cut"].trigger()
    assert field.text() == "" and QGuiApplication.clipboard().text() == "seven"
    ready.actions["edit.paste"].trigger()
    assert field.text() == "seven" and done == ["cut", "copy", "paste"]
    QGuiApplication.clipboard().clear()
    assert {"Cut", "Copy", "Paste"} <= {title for title, *_ in ready.actions.texts()}


@pytest.mark.tabs("draw", "weights")
def test_a_tab_leads_to_another_one_by_its_name_and_an_experiment_is_told_below_all_of_them(ready):
    ready.selection.tabWanted.emit("weights")
    assert ready.window.tabs.currentWidget().objectName() == "weights"
    tell(ready, ExperimentStarted(experiment="roads", group="Roads", remark=""))
    line = ready.window.findChild(Elided, "status.experiment")
    assert line.isVisible() and line.words == "Roads"


def test_whether_it_fills_the_screen_is_told_whoever_changes_that(start):
    window, told = start().window, []
    window.fullScreenChanged.connect(told.append)
    window.toggle_full_screen()
    window.showNormal()  # as a desktop does
    assert told[0] is True and told[-1] is False
