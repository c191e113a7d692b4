"""The list of runs says what each run was about, and tells what a person wants with it: by mouse and by keys."""

import dataclasses
import re
from pathlib import Path

import pytest
import training_messages as tell
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMenu

from engine.core.specs import TrainSpec
from engine.model.training.messages import Parent
from gui.look.theme import theme
from gui.state.training.runs import Run
from gui.tabs.train.run_list import NAMES, RunList, color_area, fill_with_colors, pin_area
from gui.tabs.train.run_row import run_rows, say_images
from tests.gui.mouse import double_click
from tests.pseudo import spoken

LEFT = Qt.MouseButton.LeftButton
SIGNALS = ("picked", "renamed", "colored", "pinned", "duplicated", "exported", "deleted", "compared", "splitWanted")


def run(name, spec=None, *accuracies, **values):
    made = Run.started_by(tell.started(name, spec))
    for number, accuracy in enumerate(accuracies, 1):
        made.take_test(tell.epoch(number, run=name, test_accuracy=accuracy))
    made.parent = values.pop("parent", None)
    made.look = dataclasses.replace(made.look, **values)
    return made


class Hands:
    """A list on the screen, and what it told."""

    def __init__(self, qtbot):
        self.list, self.told = RunList("test.runs"), []
        self.view = self.list.view
        self._qtbot = qtbot
        qtbot.addWidget(self.list)
        self.list.resize(276, 420)
        for name in SIGNALS:
            getattr(self.list, name).connect(lambda *args, name=name: self.told.append((name, *args)))

    def show(self, *runs, current="", **states):
        self.list.show_rows(run_rows(runs, current, states))
        self.list.show()
        self.told.clear()

    def area(self, name):
        return self.view.visualRect(self.view.rows.index_of(name))

    def words(self, name):
        return self.area(name).center()

    def click(self, place, button=LEFT):
        self._qtbot.mouseClick(self.view.viewport(), button, pos=place)

    def key(self, key, *more):
        self._qtbot.keyClick(self.view, key, *more)

    def rows(self):
        return [(row.label, row.accuracy, row.differences, row.progress) for row in self.view.rows.rows]

    def editor(self):
        return self.view.findChild(QLineEdit)


@pytest.fixture
def hands(qtbot):
    return Hands(qtbot)


def test_the_newest_run_stands_first_with_what_was_set_otherwise_than_in_its_parent_or_the_run_before(hands):
    changed = TrainSpec(batch=50, dropout=0.3, optimizer="adam")
    hands.show(run("A", TrainSpec(), 0.97, 0.9812, 0.98), run("B", changed, 0.97, title="no luck"), run("C", changed))
    assert hands.rows() == [
        ("C", "", "the same settings", "no epoch yet"),
        ("B · no luck", "97.00 %", "optimiser Adam, batch 50, dropout 30 %", "1 epoch"),
        ("A", "98.00 %", "layers 300, SGD", "3 epochs · best, epoch 2"),
    ]
    hands.show(run("A", TrainSpec(layers="conv 8,conv 16, 64")), run("B", TrainSpec()), run("C", TrainSpec(layers="")))
    wanted = ["hidden layers none", "hidden layers 300", "layers conv 8 3×3 → conv 16 3×3 → 64, SGD"]
    assert [row[2] for row in hands.rows()] == wanted
    hands.show(*(run(name) for name in ("B", "AA", "A", "Z")))
    assert [row[0] for row in hands.rows()] == ["AA", "Z", "B", "A"], "also where one was restored"

    hands.show(
        run("A", TrainSpec()),
        run("B", TrainSpec(batch=50)),
        run("C", TrainSpec(epochs=60), parent=Parent("A", 10 * tell.STEPS_PER_EPOCH)),
        run("D", TrainSpec(), parent=Parent("A", 89)),
    )
    assert [row[2:] for row in hands.rows()[:2]] == [
        ("the same settings", "no epoch yet · from A, step 89"),
        ("epochs 60", "no epoch yet · from A, epoch 10"),
    ]
    hands.show(run("B", TrainSpec(batch=50)), run("C", TrainSpec(), parent=Parent("A", 550)))
    assert hands.rows()[0][2:] == ("batch 100", "no epoch yet · from A, epoch 1"), "a parent that was deleted"


def test_without_a_run_a_sentence_says_how_to_get_one(hands):
    hands.show()
    assert hands.list.empty.isVisible()
    assert "Press Start" in hands.list.empty.text()
    assert not any(button.isEnabled() for button in hands.list.buttons.values())
    hands.show(run("A"), current="A")
    assert not hands.list.empty.isVisible()
    assert all(button.isEnabled() for button in hands.list.buttons.values())


def test_the_chip_has_the_colour_of_the_run_and_words_say_its_best_epoch_and_that_it_is_trained(hands):
    hands.show(run("A", None, 0.9, 0.8, color=3), run("B", None, 0.9, color=13), current="A", B="training")
    for name in "AB":
        place = color_area(hands.area(name)).center()
        seen = hands.view.viewport().grab().toImage().pixelColor(place)
        assert seen.name() == theme().current.runs[3].lower()
    sentence = hands.view.rows.row("A").sentence
    assert "test accuracy 80.00 %; best, epoch 1, chosen on the test images: 90.00 %;" in sentence

    assert hands.rows()[0][3] == "training · 1 epoch"
    training = hands.view.grab().toImage()
    hands.show(run("A", None, 0.9, 0.8, color=3), run("B", None, 0.9, color=13), current="A", B="paused")
    assert hands.rows()[0][3] == "paused · 1 epoch"
    assert hands.view.grab().toImage() != training


def test_a_row_speaks_another_language_with_the_marks_of_its_numbers_and_keeps_its_key(hands):
    with spoken("x-long"):
        made = run("A", None, 0.9)
        made.dataset = "MNIST 60,000 + 10,000"
        hands.show(made, current="A", A="training")
        row = hands.view.rows.row("A")
        assert row.accuracy == "90,00 %" and say_images(row).endswith(" 10.000")
        assert "90,00 %" in row.sentence and "10.000" in row.sentence
        assert not {"Run", "accuracy", "training", "layers"} & set(re.findall(r"\w+", row.sentence))
        fill_with_colors(hands.list.menu, 0, print)
        assert hands.list.menu.actions()[0].objectName() == "test.runs.menu.blue"
        assert hands.list.menu.actions()[0].text() not in ("Blue", "Blue (now)")


def test_a_tooltip_says_all_that_did_not_fit(hands):
    hands.show(run("A", None, 0.9, title="x" * 60, pinned=False), run("B"), current="B")
    assert "x" * 60 in hands.view.hint_at(hands.words("A"))
    assert hands.view.hint_at(color_area(hands.area("A")).center()).startswith("Choose another colour")
    assert hands.view.hint_at(pin_area(hands.area("A")).center()).startswith("Show run A · xx")
    assert "is looked at" in hands.view.hint_at(pin_area(hands.area("B")).center())
    assert hands.view.hint_at(QPoint(10, 400)) == ""


def test_a_click_or_the_arrow_keys_choose_a_run_and_what_is_shown_chooses_none(hands):
    hands.show(run("A"), run("B"), current="B")
    hands.click(hands.words("A"))
    assert hands.told == [("picked", "A")]
    hands.show(run("A"), run("B"), run("C"), current="C")
    for _ in range(2):
        hands.key(Qt.Key.Key_Down)
    assert hands.told == [("picked", "B"), ("picked", "A")]

    hands.show(run("A"), run("B"), current="B")
    hands.list.show_rows(run_rows([run("A")], "A", {}))
    hands.list.show_rows([])
    assert hands.told == []
    assert hands.view.current() is None


def test_a_run_is_renamed_in_place_by_key_button_and_double_click(hands, qtbot):
    def click_twice():
        hands.click(hands.words("B"))
        double_click(hands.view.viewport(), hands.words("B"))

    for begin in (
        lambda: hands.key(Qt.Key.Key_F2),
        lambda: qtbot.mouseClick(hands.list.buttons["rename"], LEFT),
        click_twice,
    ):
        hands.show(run("A"), run("B", title="old"), current="B")
        begin()
        assert hands.editor().text() == "old"
        qtbot.keyClicks(hands.editor(), "no dropout")
        qtbot.keyClick(hands.editor(), Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: hands.told == [("renamed", "B", "no dropout")] and hands.editor() is None)


def test_a_title_is_written_in_sight_and_outlives_a_new_epoch_and_a_click_elsewhere_but_not_escape(hands, qtbot):
    first = run("A", None, 0.9)
    hands.show(first, current="A")
    hands.key(Qt.Key.Key_F2)
    qtbot.keyClicks(hands.editor(), "half a ti")
    first.take_test(tell.epoch(2))
    hands.list.show_rows(run_rows([first, run("B")], "A", {}))
    assert hands.rows()[1][3].startswith("2 epochs")
    assert hands.editor().text() == "half a ti"
    hands.click(hands.words("B"))
    qtbot.waitUntil(lambda: hands.editor() is None)
    assert hands.told[0] == ("renamed", "A", "half a ti")

    hands.show(run("A", title="old"), *(run(name) for name in "BCDEFGHIJKLMNO"), current="A")
    hands.view.scrollToTop()
    hands.view.rename()
    assert hands.view.viewport().rect().contains(hands.editor().geometry())
    qtbot.keyClicks(hands.editor(), "new")
    qtbot.keyClick(hands.editor(), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: hands.editor() is None)
    assert hands.told == []


def test_the_chip_offers_ten_colours_the_eye_shows_a_run_in_the_plots_and_neither_chooses_it(hands, qtbot):
    hands.show(run("A", color=2), run("B"), current="B")
    hands.click(color_area(hands.area("A")).center())
    menu = hands.list.findChild(QMenu, "test.runs.colours")
    assert menu.isVisible()
    assert [action.text().removesuffix(" (now)") for action in menu.actions()] == list(NAMES)
    assert menu.activeAction().text() == "Red (now)"
    menu.actions()[4].trigger()
    menu.hide()
    assert hands.told == [("colored", "A", 4)]

    hands.show(run("A", pinned=True), run("B", pinned=False), run("C"), current="C")
    for name in "ABC":
        hands.click(pin_area(hands.area(name)).center())
    assert hands.told == [("pinned", "A", False), ("pinned", "B", True), ("pinned", "C", True)]
    assert "keep it in the plots" in hands.view.hint_at(pin_area(hands.area("C")).center())
    hands.show(run("A"), run("B"), current="B")
    qtbot.mousePress(hands.view.viewport(), LEFT, pos=pin_area(hands.area("A")).center())
    qtbot.mouseRelease(hands.view.viewport(), LEFT, pos=hands.words("A"))
    assert hands.told == []
    double_click(hands.view.viewport(), pin_area(hands.area("A")).center())
    assert hands.editor() is None


def test_the_buttons_and_the_delete_key_act_on_the_chosen_run(hands, qtbot, monkeypatch, tmp_path):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(tmp_path / "a.csv"), ""))
    hands.show(run("A"), run("B"), current="A")
    for verb in ("duplicate", "export", "delete"):
        qtbot.mouseClick(hands.list.buttons[verb], LEFT)
    hands.key(Qt.Key.Key_Delete)
    deleted = ("deleted", "A")
    assert hands.told == [("duplicated", "A"), ("exported", "A", Path(tmp_path / "a.csv")), deleted, deleted]

    hands.show(run("A"), run("B"), current="B", B="training")
    assert not hands.list.buttons["delete"].isEnabled()
    assert hands.list.buttons["delete"].toolTip() == "Run B is being trained. Stop it first."
    hands.key(Qt.Key.Key_Delete)
    assert hands.told == []
    hands.show(run("A"), run("B"), current="B")
    assert hands.list.buttons["delete"].isEnabled()


def menu_key(hands):
    """Press the key of the menu, and return the menu if it opens."""
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint(5, 5))
    QApplication.sendEvent(hands.view, event)
    return hands.list.menu if hands.list.menu.isVisible() else None


def test_the_menu_offers_everything_for_the_run_that_the_right_button_or_keys_choose(hands, qtbot):
    hands.show(run("A"), run("B"), current="B")
    hands.click(hands.words("A"), Qt.MouseButton.RightButton)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, hands.words("A"), QPoint(5, 5))
    QApplication.sendEvent(hands.view.viewport(), event)
    assert hands.told == [("picked", "A")]
    assert hands.list.menu.isVisible()
    hands.list.menu.hide()

    hands.show(run("A"), run("B"), current="A")
    assert menu_key(hands).pos().y() >= hands.view.viewport().mapToGlobal(hands.area("A").topLeft()).y()
    hands.list.menu.hide()
    hands.show(run("A"))
    assert menu_key(hands) is None, "no run is chosen"

    for page, title in (("answers", "Compare with"), ("road", "Road to")):
        hands.show(run("A", title="R&D"), run("B"), run("C"), current="B")
        menu_key(hands)
        menu = hands.list.findChild(QMenu, f"test.runs.{page}")
        assert menu.menuAction() in hands.list.menu.actions()
        assert menu.title() == title
        wanted = ["Run C", "Run A · R&&D", "Its own first snapshot"]
        assert [action.text() for action in menu.actions()] == wanted
        menu.actions()[1].trigger()
        menu.actions()[2].trigger()
        assert hands.told == [("compared", page, "A"), ("compared", page, "B")]
        hands.list.menu.hide()

    hands.show(run("A", pinned=True), run("B"), current="A")
    hands.view.menuWanted.emit(QPoint(0, 0))
    offered = {action.text(): action for action in hands.list.menu.actions()}
    again = ["Repeat with other seeds…", "Split into two runs…"]
    ways = ["Compare with", "Road to", "Average with"]
    looks = ["Hide from plots", "Colour", "Export CSV…", "Delete"]
    assert list(offered) == ["Copy settings", *again, "Rename", *ways, *looks]
    offered["Hide from plots"].trigger()
    offered["Colour"].menu().actions()[1].trigger()
    offered["Copy settings"].trigger()
    offered[again[1]].trigger()
    hands.list.menu.hide()
    wanted = [("pinned", "A", False), ("colored", "A", 1), ("duplicated", "A"), ("splitWanted", "A")]
    assert hands.told == wanted
