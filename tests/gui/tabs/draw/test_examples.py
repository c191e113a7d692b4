"""A drawing is kept as an example with a class, mouse and keys do the rest, and all of it can be undone."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMenu

from engine.core.example import example_of
from engine.core.messages import JobEnded, JobStarted
from engine.data.sources import open_dataset
from engine.model.training.messages import Parent
from engine.session.jobs.data import DatasetOpened, EngineReady
from engine.session.jobs.files import new_session, open_session
from engine.session.jobs.runs import delete_runs, restore_runs
from gui.state.training.run_controls import A_RUN_IS_ON, teach
from gui.tabs.draw.tab import DrawTab
from tests.gui.fake_engine import dataset_opened
from tests.gui.session_messages import opened, summary
from tests.gui.tabs.draw import draw_world
from tests.gui.tabs.draw.drawing_hands import draw
from tests.gui.training_messages import started
from tests.gui.worlds import TabWorld

CONTROL = Qt.KeyboardModifier.ControlModifier


class Desk(draw_world.Desk):
    """The shelf of examples, and the button that learns one."""

    def __init__(self, qtbot, folder):
        super().__init__(qtbot, folder, "examples")
        self.chip = self.tab.answer.learn

    def entries(self):
        """What the button's menu offers, by name."""
        self.chip.menu().aboutToShow.emit()
        return {action.objectName().removeprefix("draw.learn."): action for action in self.chip.menu().actions()}

    def choose(self, key):
        entry = self.entries()[key]
        assert entry.isEnabled()
        entry.trigger()

    def name_class(self, text):
        line = self.tab.window().findChild(QLineEdit, "draw.learn.name")
        assert line.isVisible()
        QTest.keyClicks(line, text)
        QTest.keyClick(line, Qt.Key.Key_Return)

    def learn(self, label, *points):
        """Draw something new and keep it as an example of a class that there is."""
        self.press("clear")
        draw(self.canvas, *(points or ((4, 4), (14, 20))))
        known = self.tab.examples.classes
        if label in known:
            self.choose(f"class.{known.index(label)}")
        else:
            self.choose("new")
            self.name_class(label)

    def wait(self, *labels):
        """Wait until the shelf has examples of these classes, on the screen and in the session."""
        self.qtbot.waitUntil(
            lambda: (
                [each.label for each in self.session.examples.values()] == list(labels)
                and [each.label for each in self.tab.examples.things.values()] == list(labels)
                and self.list.count() == len(labels)
            )
        )

    def shown(self):
        return [self.list.item(row).text() for row in range(self.list.count())]

    def ask(self, key):
        """Choose a class in the menu that asks for one."""
        menu = next(each for each in self.chip.findChildren(QMenu, "draw.learn.ask") if each.isVisible())
        next(each for each in menu.actions() if each.objectName() == f"draw.learn.{key}").trigger()
        menu.close()


@pytest.fixture
def desk(qtbot, tmp_path):
    return Desk(qtbot, tmp_path)


@pytest.fixture
def three(desk):
    """A desk with three examples, the shelf in the canvas' place."""
    for label in ("star", "heart", "star"):
        desk.learn(label)
    desk.wait("star", "heart", "star")
    desk.choose("show")
    return desk


def test_a_drawing_is_kept_as_an_example_of_a_new_class_until_that_is_undone(desk):
    entries = desk.entries()
    assert not entries["new"].isEnabled(), "there is nothing to learn"
    assert not entries["train"].isEnabled() and entries["train"].toolTip() == "There are no examples yet."
    draw(desk.canvas, (4, 4), (14, 20))
    received = desk.selection.drawing
    desk.choose("new")
    desk.name_class("   ")
    line = desk.tab.window().findChild(QLineEdit, "draw.learn.name")
    assert line.isVisible() and line.accessibleName() == "A class needs a name." and not desk.tab.examples.things
    desk.name_class("  heart ")
    desk.wait("heart")
    assert not desk.entries()["train"].isEnabled() and not desk.shelf.train.isEnabled(), "there is no network yet"
    (example,) = desk.session.examples.values()
    assert example == example_of(received, "heart")
    desk.history.undo()
    desk.wait()
    desk.choose("show")
    assert desk.shelf.isVisible() and desk.shelf.sentence.isVisible() and not desk.list.isVisible()
    assert not desk.shelf.train.isEnabled() and not desk.shelf.delete.isEnabled()
    desk.press("examples.back")
    assert desk.canvas.isVisible() and not desk.shelf.isVisible()
    desk.history.redo()
    desk.wait("heart")

    desk.say(dataset_opened())
    texts = [action.text().replace("&", "") for action in desk.entries().values() if action.text()]
    assert texts[:12] == [*map(str, range(10)), "heart", "New class…"], "one click away"
    desk.learn("7")
    desk.wait("heart", "7")
    assert desk.shown() == ["7", "heart"], "in the order of the classes"
    assert desk.shelf.counts.words == "7: 1 · heart: 1"
    desk.learn("heart")
    desk.wait("heart", "7", "heart")
    sentence = "Kept as an example of heart: 2 so far."
    desk.qtbot.waitUntil(lambda: any(notice.sentence == sentence for notice in desk.notices))

    for label in ("star", "heart", "star", "heart"):
        desk.chip.wanted.emit(label)
    desk.wait("heart", "7", "heart", "star", "heart", "star", "heart")


def test_an_example_gets_another_class_of_the_menu_or_a_new_one(three):
    three.press("clear")
    three.choose("show")
    three.click(2)
    assert three.canvas.sheet.strokes and three.shelf.isVisible(), "it is put on the canvas"
    three.press("examples.relabel")
    three.ask("class.0")
    three.wait("star", "star", "star")
    three.click(0)
    three.press("examples.relabel")
    three.ask("new")
    three.name_class("moon")
    three.wait("moon", "star", "star")
    for _ in range(3):  # another was put on the canvas between the two
        three.history.undo()
    three.wait("star", "heart", "star")


def dropped(widget, *paths):
    """Drop files on the innermost widget that takes them, as Qt does."""
    while not widget.acceptDrops():
        widget = widget.parentWidget()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    widget.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, buttons, keys))


def test_pictures_that_are_dropped_get_the_class_that_is_chosen_and_a_folder_brings_its_own(three, tmp_path):
    for number in range(2):
        ink = np.full((40, 40), 255, np.uint8)
        ink[8:32, 18 + number : 22 + number] = 0
        Image.fromarray(ink).save(tmp_path / f"{number}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    dropped(three.list.viewport(), *(tmp_path / name for name in ("0.png", "broken.png", "1.png")))
    three.ask("class.1")
    assert three.shelf.counts.words == "Reading pictures…"
    three.wait("star", "heart", "star", "heart", "heart")
    added = [*three.session.examples.values()][-2:]
    assert [each.source for each in added] == ["0.png", "1.png"]
    three.qtbot.waitUntil(lambda: three.shelf.counts.words == "star: 2 · heart: 3")
    assert all(each.image.shape == (28, 28) and each.image.max() == 255 for each in added)
    three.qtbot.waitUntil(lambda: any("broken.png is no picture" in each.sentence for each in three.notices))
    three.history.undo()
    three.wait("star", "heart", "star")

    for name in ("moon", "b"):
        folder = tmp_path / "mine" / name
        folder.mkdir(parents=True)
        Image.fromarray(np.full((28, 28), 9, np.uint8)).save(folder / "1.png")
    dropped(three.list.viewport(), tmp_path / "mine")
    three.wait("star", "heart", "star", "b", "moon")
    assert [*three.session.examples.values()][-1].image[0, 0] == 9, "a picture of that size is taken as it is"


@pytest.mark.parametrize("kind", ["npz", "folder"])
def test_what_is_exported_is_read_again_as_a_data_set(three, tmp_path, monkeypatch, kind):
    for shade in (10, 20):
        three.tab.examples.learn(np.full((28, 28), shade, np.uint8), "a/b")
    three.wait("star", "heart", "star", "a/b", "a/b")
    place = tmp_path / ("mine.npz" if kind == "npz" else "mine")
    monkeypatch.setattr("gui.tabs.draw.tab.choose_file", lambda *_: place)
    monkeypatch.setattr("gui.tabs.draw.tab.ask_where", lambda *_: (str(place), ""))
    three.shelf.moreWanted.emit(kind)
    three.qtbot.waitUntil(lambda: any(each.sentence == f"Saved {place}." for each in three.notices))
    data, _ = open_dataset(str(place))
    assert set(data.classes) == {"star", "heart", "a/b" if kind == "npz" else "a_b"}
    assert len(data.train_images) + len(data.test_images) == 5
    found = {image.tobytes() for part in (data.train_images, data.test_images) for image in part}
    assert found == {each.image.tobytes() for each in three.session.examples.values()}


def test_examples_are_removed_with_the_key_come_back_and_are_there_when_the_session_is_opened_again(three, tmp_path):
    assert three.shown() == ["star", "star", "heart"]
    three.click(0)
    three.click(2, CONTROL)
    QTest.keyClick(three.list, Qt.Key.Key_Backspace)  # on a Mac the key Delete is this one
    three.wait("star")
    three.history.undo()
    three.wait("star", "heart", "star")

    opened = []
    three.bridge.listen(DatasetOpened, opened.append)
    three.shelf.moreWanted.emit("use")
    three.qtbot.waitUntil(lambda: bool(opened))
    assert opened[0].names == ("star", "heart") and opened[0].name == "My examples", "as the data set"

    three.bridge.submit(new_session)
    three.wait()
    three.bridge.submit(open_session, str(tmp_path / "kept.layerlight"))
    three.wait("star", "heart", "star")
    assert three.failures == []


class Lesson(TabWorld):
    """The tab with a run of 550 steps and three examples; nothing is computed."""

    def __init__(self, qtbot):
        super().__init__(qtbot, DrawTab)
        examples = {number: example_of(np.full((28, 28), number, np.uint8), "heart") for number in (1, 2, 5)}
        self.say(EngineReady(device="CPU"), replace(opened(runs=[summary()]), examples=examples))
        self.history, self.examples = self.selection.history, tuple(examples.values())
        self.look("A", moment=1)

    def train(self):
        """Press the button on the shelf; return the job that teaches."""
        self.tab.sheet.show_examples()
        self.press("examples.train")
        return self.job(teach)


@pytest.fixture
def lesson(qtbot):
    return Lesson(qtbot)


def test_undo_takes_the_run_back_with_what_was_looked_at_and_redo_brings_it_back(lesson):
    before = lesson.selection.lens
    job = lesson.train()
    assert lesson.asked(teach) == [(Parent("A", 1), lesson.examples)], "it goes on from that snapshot"
    assert lesson.controls.job() == job
    lesson.say(JobStarted(), started("B"), job=job)
    lesson.look("B")
    lesson.say(JobEnded(outcome="done"), job=job)
    lesson.history.undo()
    assert lesson.selection.lens == before and lesson.asked(delete_runs) == [(["B"],)]
    assert lesson.runner.stopped == []
    lesson.history.redo()
    assert lesson.asked(restore_runs) == [(["B"],)] and len(lesson.asked(teach)) == 1
    lesson.history.undo()
    assert lesson.asked(delete_runs) == [(["B"],), (["B"],)]


@pytest.mark.parametrize("has_begun", [True, False])
def test_undo_stops_a_training_that_goes_on_and_no_second_one_begins_meanwhile(lesson, has_begun):
    job = lesson.train()
    lesson.say(JobStarted(), job=job)
    if has_begun:
        lesson.say(started("B"), job=job)
    assert not lesson.button("examples.train").isEnabled()
    assert lesson.button("examples.train").toolTip() == A_RUN_IS_ON
    lesson.history.undo()
    assert lesson.runner.stopped == [job]
    if not has_begun:
        assert lesson.asked(delete_runs) == []
        lesson.say(started("B"), job=job)  # after it was taken back
    assert lesson.asked(delete_runs) == [(["B"],)]
