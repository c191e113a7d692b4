"""The window as a whole: it remembers, opens, closes, and obeys keys."""

import json
import os
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QObject, QRect, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractButton, QComboBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from engine.core.errors import UserError
from engine.core.lens import Lens
from engine.core.machine import folders
from engine.core.machine.atomic import atomic_write
from engine.core.specs import TrainSpec
from engine.data.formats.pictures import FORMATS
from engine.session.jobs.data import EngineReady
from engine.studies.experiments.parts.messages import ExperimentStarted
from gui.look.theme import theme
from gui.look.words import Elided
from gui.shell.application import AfterFirstPaint, Application
from gui.state import file_content
from gui.state.settings import Settings, settings, use_settings
from gui.widgets.figures.save_place import start_folder
from tests.engine.keras_files import archive, convolutional
from tests.gui.fake_engine import dataset_opened, fake_ask, fake_train
from tests.gui.worlds import SENT_BY_OTHERS, tell


@pytest.fixture
def file(tmp_path):
    return tmp_path / "settings.json"


@pytest.fixture
def start(make_application):
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


def test_the_window_comes_back_where_it_was_with_what_was_chosen_last(start, file, tmp_path, monkeypatch):
    screen = SimpleNamespace(availableGeometry=lambda: QRect(0, 0, 1920, 1080))
    monkeypatch.setattr("gui.shell.process.window_geometry.QGuiApplication", SimpleNamespace(screens=lambda: [screen]))
    first = start()
    first.window.setGeometry(20, 30, 1010, 640)
    settings().smoothing, settings().picture_folder = 0.99, str(tmp_path)
    theme().choose("dark")
    theme().choose_contrast("high")
    theme().choose_maps("viridis")
    first.window.close()
    kept = json.loads(file.read_text())
    assert (kept["geometry"], kept["smoothing"]) == ([20, 30, 1010, 640], 0.99)
    use_settings(Settings())
    theme().choose("light")
    theme().choose_contrast("usual")
    theme().choose_maps("theme")
    second = start()
    assert second.window.geometry().getRect() == (20, 30, 1010, 640)
    assert theme().current.name == "dark_high" and theme().maps == "viridis"
    (tmp_path / "known").mkdir()
    assert settings().smoothing == 0.99 and start_folder() == start_folder(str(tmp_path / "gone")) == tmp_path
    assert start_folder(str(tmp_path / "known")) == tmp_path / "known"


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


def test_what_fails_at_the_close_keeps_the_window_open_once_at_most(start, qtbot, monkeypatch):
    def fail():
        raise RuntimeError("a bug while saving")

    application = start()
    application.window.before_close.insert(0, fail)
    with qtbot.captureExceptions() as exceptions:
        assert not application.window.close()
    assert application.window.isVisible() and len(exceptions) == 1
    with qtbot.captureExceptions():
        assert application.window.close()
    assert not application.window.isVisible()
    other = start()
    monkeypatch.setattr("gui.state.settings.atomic_write", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    assert other.window.close()


def test_damaged_settings_start_the_window_with_a_notice_and_the_engine_is_asked_only_after_the_first_picture(
    start, file, qtbot
):
    file.write_text("{")
    application, asked = start(), []
    assert "could not be read" in application.notices.current.sentence
    assert application.settings == Settings()
    AfterFirstPaint(application.window, lambda: asked.append(application.window.isVisible()))
    assert asked == []
    application.window.update()
    qtbot.waitUntil(lambda: bool(asked))
    assert asked == [True]


def test_facts_buttons_and_title_follow_the_run_and_space_starts_it_on_start_alone(ready, qtbot):
    window, find = ready.window, ready.window.findChild
    data, run = (find(QPushButton, f"facts.{name}") for name in ("data", "run"))
    start, step, stop = (find(QPushButton, f"run.{name}") for name in ("start", "step", "stop"))
    assert data.text() == "MNIST 55,000 + 10,000" and data.accessibleName() == f"Data: {data.text()}"
    assert find(QLabel, "facts.device").text() == "CPU, 2 threads"
    assert run.isHidden() and not ready.actions["run.look"].isEnabled()
    assert start.text() == "Start" and not stop.isEnabled() and stop.toolTip() == "No run is going on."

    ready.controls.set_spec_source(lambda: TrainSpec(epochs=10_000))
    width = start.width()
    for elsewhere in (window, find(QWidget, "time.slider"), window.tabs.tabBar(), find(QLineEdit)):
        qtbot.keyClick(elsewhere, Qt.Key.Key_Space)
    assert ready.controls.state == "idle"
    qtbot.keyClick(start, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: ready.controls.state == "running")
    for button, text in ((start, "Resume"), (start, "Pause"), (step, "Resume")):
        button.click()
        qtbot.waitUntil(lambda text=text: start.text() == text)
        assert stop.isEnabled() and start.width() == width
    assert run.isVisible() and run.text() == "Run A" and ready.actions["run.look"].isEnabled()
    qtbot.keyClick(stop, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: start.text() == "Start" and "%" not in window.windowTitle())
    ready.controls.step()
    qtbot.waitUntil(lambda: window.windowTitle().startswith("0 % · Untitled session"))

    box = find(QComboBox, "run.pace")
    ready.controls.set_pace(4.0)
    assert box.currentText() == "4 steps a second"
    box.setCurrentIndex(0)
    box.activated.emit(0)
    assert ready.controls.pace is None


@pytest.mark.tabs("experiments", "ideal", "train", "warmup")
def test_one_button_of_the_window_starts_something_start_or_the_run_of_the_tab(ready, qtbot):
    start, slider = (ready.window.findChild(QWidget, name) for name in ("run.start", "time.slider"))

    def starting():
        prominent = [each for each in ready.window.findChildren(QPushButton) if each.property("look") == "primary"]
        names = {each.objectName() for each in prominent if each.isVisible()}
        return {name for name in names if not name.endswith("empty.button")}

    ready.window.show_tab("Experiments")
    assert not start.isVisible()
    for title, wanted in (("Ideal images", "ideal.run"), ("Train", "run.start"), ("Warm-up", "warmup.learn")):
        ready.window.show_tab(title)
        assert starting() == {wanted} and start.isVisible() is (title == "Train") and slider.isVisible()
    ready.controls.set_spec_source(lambda: TrainSpec(epochs=10_000))  # or it would be over before it is seen
    qtbot.keyClick(ready.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: start.isVisible() and start.text() == "Pause")
    assert starting() == {"warmup.learn"}, "what trains can be paused and stopped from anywhere"
    ready.controls.stop()
    qtbot.waitUntil(lambda: not start.isVisible())


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


def drop(window, urls):
    data = QMimeData()
    data.setUrls(urls)
    accepted = []
    event = SimpleNamespace(mimeData=lambda: data, acceptProposedAction=lambda: accepted.append(True))
    window.dragEnterEvent(event)
    if accepted:
        window.dropEvent(event)
    return bool(accepted)


def test_one_dropped_local_file_is_opened_and_a_broken_one_gets_a_sentence(ready, qtbot, tmp_path, monkeypatch):
    opened = []

    def open_data(session, file):
        opened.append(file)
        if "broken" in file:
            raise UserError("broken.npz is no data set.", hint="Choose another file.")
        yield dataset_opened("Mine")

    monkeypatch.setattr("gui.shell.process.startup.open_data", open_data)
    assert drop(ready.window, [QUrl.fromLocalFile(str(tmp_path / "mine.npz"))])
    qtbot.waitUntil(lambda: ready.bridge.dataset.name == "Mine")
    assert opened == [str(tmp_path / "mine.npz")] and ready.settings.folder == str(tmp_path)
    assert not drop(ready.window, [])
    assert not drop(ready.window, [QUrl("https://example.org/mnist.npz")])
    assert not drop(ready.window, [QUrl.fromLocalFile(str(tmp_path / name)) for name in "ab"])
    ready.window.fileDropped.emit(tmp_path / "broken.npz")
    qtbot.waitUntil(lambda: ready.notices.current is not None)
    assert ready.notices.current.text == "broken.npz is no data set. Choose another file."
    assert ready.bridge.dataset.name == "Mine" and ready.controls.state == "idle"


def test_a_dropped_network_of_keras_is_a_run_that_is_looked_at_and_of_a_refused_one_a_notice_says_why(
    ready, qtbot, tmp_path
):
    (tmp_path / "mine.keras").write_bytes(archive())
    (tmp_path / "other.keras").write_bytes(archive(convolutional(padding="causal")))
    before = {run.name for run in ready.bridge.runs}
    assert drop(ready.window, [QUrl.fromLocalFile(str(tmp_path / "mine.keras"))])
    qtbot.waitUntil(lambda: len(ready.bridge.runs) == len(before) + 1, timeout=20_000)
    (run,) = (run for run in ready.bridge.runs if run.name not in before)
    assert (run.look.title, run.steps, run.say_end()) == ("mine", [0], "was opened from a file")
    assert ready.selection.lens == Lens(run.name) and ready.settings.folder == str(tmp_path)
    ready.window.fileDropped.emit(tmp_path / "other.keras")
    qtbot.waitUntil(lambda: ready.notices.current is not None, timeout=20_000)
    why = "other.keras, layer 2, conv2d: its padding is causal, in Layerlight it is same."
    assert ready.notices.current.text == why and len(ready.bridge.runs) == len(before) + 1


@pytest.mark.tabs("train")
def test_where_tensorflow_cannot_be_loaded_start_and_status_say_so(application, begin, qtbot):
    def prepare(session, file=None):
        yield dataset_opened()
        raise ImportError("TensorFlow needs AVX")

    begin(prepare)
    find = application.window.findChild
    qtbot.waitUntil(lambda: find(QWidget, "train.empty.button") is not None)
    qtbot.waitUntil(lambda: find(QLabel, "status.words").text() == "TensorFlow could not be loaded")
    for name in ("run.start", "train.empty.button"):
        wanted = "TensorFlow could not be loaded, so nothing can be trained. Help > Earlier notices says why."
        assert find(QWidget, name).toolTip() == wanted and not find(QWidget, name).isEnabled()
    assert "TensorFlow needs AVX" in application.notices.current.details
    assert application.controls.state == "starting" and application.window.isVisible()


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
    qtbot.waitUntil(lambda: application.bridge.dataset is not None)
    application.opening.open(tmp_path / "broken.npz")
    qtbot.waitUntil(lambda: application.controls.state == "idle")
    assert asked == [None, str(tmp_path / "broken.npz"), None]


def test_the_tabs_picture_is_saved_whole_by_the_engine_which_waits_for_no_reader(ready, qtbot, tmp_path, monkeypatch):
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

    wanted = tmp_path / "pipe.png"
    os.mkfifo(wanted)
    stalled = os.open(wanted, os.O_RDONLY | os.O_NONBLOCK)
    told = len(ready.notices.history)
    ready.actions["file.picture"].trigger()
    qtbot.waitUntil(lambda: len(ready.notices.history) > told)
    os.close(stalled)
    assert ready.notices.history[-1].text == ("pipe.png cannot be saved: it is no ordinary file. Choose another place.")


def test_a_network_of_the_command_line_is_opened_beside_the_data(application, tmp_path, qtbot, monkeypatch):
    opened = []
    job = "gui.shell.menus.file_actions.open_network"
    monkeypatch.setattr(job, lambda session, file, fit: iter(opened.append(file) or ()))
    application.show()
    application.begin(str(tmp_path / "mine.keras"))
    qtbot.waitUntil(lambda: opened == [tmp_path / "mine.keras"] and application.controls.state == "idle")
    assert application.bridge.dataset is not None and not application.notices.history


@pytest.mark.tabs("draw")
def test_a_picture_of_the_command_line_or_dropped_anywhere_lies_on_the_canvas_of_draw(application, tmp_path, qtbot):
    picture = QImage(40, 40, QImage.Format.Format_Grayscale8)
    picture.fill(255)
    for down in range(8, 32):
        picture.setPixelColor(20, down, "black")
    assert picture.save(str(tmp_path / "one.png"))
    application.settings.tab = "Mistakes"
    application.show()
    application.begin(str(tmp_path / "one.png"))
    qtbot.waitUntil(lambda: application.controls.state == "idle")
    draw = next(tab for tab in application.window.all_tabs() if tab.TITLE == "Draw")
    qtbot.waitUntil(lambda: not draw.canvas.is_empty)
    assert application.window.tabs.currentWidget() is draw and not application.notices.history
    draw.canvas.clear()
    application.window.show_tab("Train")
    application.window.fileDropped.emit(tmp_path / "one.png")
    qtbot.waitUntil(lambda: not draw.canvas.is_empty)
    assert application.window.tabs.currentWidget() is draw and not application.notices.history


@pytest.mark.tabs("draw")
def test_an_unreadable_picture_on_the_command_line_or_dropped_is_one_sentence(application, tmp_path, qtbot):
    (tmp_path / "moving.gif").write_bytes(b"GIF89a" + bytes(40))
    application.show()
    application.begin(str(tmp_path / "not there.png"))
    qtbot.waitUntil(lambda: application.controls.state == "idle")
    qtbot.waitUntil(lambda: len(application.notices.history) == 1)
    assert application.bridge.dataset is not None, "the data are there all the same"
    application.window.fileDropped.emit(tmp_path / "moving.gif")
    qtbot.waitUntil(lambda: len(application.notices.history) == 2)
    for line, name in zip(application.notices.history, ("not there.png", "moving.gif"), strict=True):
        assert name in line.sentence and not line.details


def test_a_dialog_offers_the_pictures_that_are_read():
    formats = {"JPG": "JPEG", "TIF": "TIFF"}
    ends = [end.upper().strip(".") for end in file_content.READ]
    assert {formats.get(end, end) for end in ends} == set(FORMATS)
    assert all(file_content.is_picture(f"some.{end}") for end in ("PNG", "jpeg", "svg", "tif"))
    assert not file_content.is_picture("some.layerlight")


def test_files_are_saved_at_home_or_where_the_last_was_and_no_part_asks_otherwise(ready, tmp_path, place, monkeypatch):
    home, documents, elsewhere = tmp_path / "home", tmp_path / "home" / "Documents", tmp_path / "elsewhere"
    save_place = "gui.widgets.figures.save_place"
    monkeypatch.setattr(f"{save_place}.QDir.homePath", lambda: str(home))
    monkeypatch.setattr(f"{save_place}.QStandardPaths.writableLocation", lambda _: str(documents))
    for folder in (home, documents, elsewhere):
        folder.mkdir()
        place.answer = str(folder / "mine.png") if folder == elsewhere else ""
        ready.actions["file.picture"].trigger()
        place.answer = ""
        for action in ("file.picture", "file.save_as"):
            ready.actions[action].trigger()
            assert Path(place.proposed).parent == folder, action
    asking = [file.name for file in Path("gui").rglob("*.py") if "getSaveFileName" in file.read_text("utf-8")]
    assert asking == ["save_place.py"]


def test_the_edit_menu_copies_text_or_asks_the_tab(ready):
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
    assert {"Cut", "Copy", "Paste"} <= {title for title, *_ in ready.actions.texts()}


@pytest.mark.tabs("draw", "train", "mistakes", "weights")
def test_a_tab_leads_to_another_one_by_its_name_and_an_experiment_is_told_and_stopped_below_all_of_them(
    ready, monkeypatch
):
    ready.window.findChild(QPushButton, "train.mistakes").click()
    assert ready.window.tabs.currentWidget().objectName() == "mistakes"
    ready.selection.tabWanted.emit("weights")
    assert ready.window.tabs.currentWidget().objectName() == "weights"
    tell(ready, ExperimentStarted(experiment="roads", group="Roads", remark=""))
    line = ready.window.findChild(Elided, "status.experiment")
    assert line.isVisible() and line.words == "Roads"
    stopped = []
    with monkeypatch.context() as patch:
        patch.setattr(ready.bridge.runner, "stop", stopped.append)
        ready.window.findChild(QAbstractButton, "status.experiment.cancel").click()
    assert stopped == [SENT_BY_OTHERS]
