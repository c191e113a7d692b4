"""The labels at the top right: which runs and data their menus offer, in which words, and what a choice does."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton

from engine.core.lens import Lens
from engine.core.machine.bundled import DATA
from engine.core.specs import TrainSpec
from engine.data.download.catalogue import KNOWN
from engine.data.location import Location
from engine.session.jobs.data import EngineReady
from engine.session.jobs.runs import RunsTogether
from gui.look.theme import theme
from gui.shell.menus.facts import Facts
from gui.widgets.forms.controls import Segments
from tests.gui.fake_engine import dataset_opened
from tests.gui.session_messages import opened, summary
from tests.gui.training_messages import epoch, started, steps
from tests.gui.worlds import WindowWorld

CONV = TrainSpec(layers="conv 16, conv 32, 128")


def run(name, accuracy=0.9, number=40, **changes):
    return summary(name, epochs=(epoch(number, run=name, test_accuracy=accuracy),), **({"dataset": DATA} | changes))


BLOG = run("A", 0.9808, title="Blog post")
SHARP = run("B", 0.9963, title="Sharp", spec=CONV)


class World(WindowWorld):
    def __init__(self, application):
        super().__init__(application)
        self.button = {name: self.find(QPushButton, f"facts.{name}") for name in ("run", "data")}

    def session(self, *runs, look="A"):
        self.say(opened(runs=runs))
        self.selection.change(lens=Lens(look))

    def entries(self, name="run"):
        """Open the menu and return its entries by their names behind the last dot."""
        menu = self.button[name].menu()
        menu.popup(self.window.mapToGlobal(self.window.rect().center()))
        menu.close()
        kept = [each for each in menu.actions() if not each.isSeparator()]
        return {each.objectName().removeprefix(f"facts.{name}.menu."): each for each in kept}

    def texts(self, name="run"):
        return {key: action.text() for key, action in self.entries(name).items()}


@pytest.fixture
def world(ready, monkeypatch):
    monkeypatch.setattr("gui.shell.menus.fact_menus.local_datasets", list)
    monkeypatch.setattr("gui.shell.menus.fact_menus.mnist_there", lambda: None)
    return World(ready)


def test_the_menu_of_runs_answers_which_network_reads_best(world, qtbot):
    world.session(BLOG, SHARP)
    entries = world.entries()
    assert [(key, action.text()) for key, action in entries.items()] == [
        ("title", "Trained networks\ttest accuracy on 10,000 images"),
        ("run.B", "B · Sharp — conv 16 → conv 32 → 128 · done · reads real handwriting\t99.63 % · highest"),
        ("run.A", "A · Blog post — 300 neurons · done · the blog post's network\t98.08 %"),
        ("action.run.split", "Spl&it into two runs…"),
        ("action.run.repeat", "Repe&at with other seeds…"),
        ("runs", "All runs…"),
    ]
    assert [key for key, action in entries.items() if action.isChecked()] == ["run.A"]
    assert not entries["title"].isEnabled()
    entries["run.B"].trigger()
    assert world.selection.lens == Lens("B") and world.button["run"].words == "Run B · Sharp"
    assert [key for key, action in world.entries().items() if action.isChecked()] == ["run.B"]

    world.selection.change(lens=Lens("A"))
    assert all(each.focusPolicy() == Qt.FocusPolicy.TabFocus for each in world.button.values())
    QTest.keyClick(world.window, "r", Qt.KeyboardModifier.ControlModifier)
    menu = world.button["run"].menu()
    assert QApplication.activePopupWidget() is menu
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert world.selection.lens == Lens("B") and not menu.isVisible()
    world.application.actions["file.data"].trigger()
    assert QApplication.activePopupWidget() is world.button["data"].menu()
    world.button["data"].menu().close()

    world.say(RunsTogether(removed=("B",)), started("C"), steps(1, 5, run="C"))
    assert [key for key in world.entries() if key.startswith("run.")] == ["run.C", "run.A"]


def test_a_run_that_is_not_done_says_so_and_accuracies_are_compared_where_they_are_of_the_same_images(world, qtbot):
    world.session(run("C", 0.5, number=2), summary("D", epochs=(), moments=(0,), dataset=DATA), look="C")
    texts = world.texts()
    assert texts["run.C"] == "C — 300 neurons · stopped at epoch 2.0 of 40\t50.00 %"
    assert texts["run.D"] == "D — 300 neurons · stopped at epoch 1.0 of 40\tnot tested yet"

    world.session(BLOG, run("C", 1.0, dataset="mine 30 + 10"))
    texts = world.texts()
    assert texts["title"].endswith("\ttest accuracy")
    assert texts["run.A"].endswith("\t98.08 % of 10,000") and texts["run.C"].endswith("\t100.0 % of 10")
    world.session(BLOG, SHARP, run("C", 0.92, dataset="MNIST 55,000 + 10,000"))
    wanted = ["test accuracy on 10,000 images", "92.00 %", "99.63 % · highest", "98.08 %"]
    assert [text.partition("\t")[2] for text in world.texts().values()][:4] == wanted

    world.session()
    controls = world.application.controls
    controls.start(TrainSpec(epochs=10_000))
    qtbot.waitUntil(lambda: controls.state == "running" and "run.A" in world.texts())
    assert re.fullmatch(r"A — 300 neurons · training, epoch [\d,.]+ of 10,000\t.*", world.texts()["run.A"])
    controls.pause()
    qtbot.waitUntil(lambda: controls.state == "paused")
    assert "300 neurons · paused, epoch" in world.texts()["run.A"]
    controls.stop()
    qtbot.waitUntil(lambda: controls.state == "idle")
    assert "300 neurons · stopped at epoch" in world.texts()["run.A"]


@pytest.mark.tabs("train")
def test_of_many_runs_twelve_are_shown_with_the_current_and_the_highest_one(world):
    runs = [run(letter, 0.9 + (letter == "C") / 20, title="") for letter in "ABCDEFGHIJKLMNOP"]
    world.session(*runs, look="B")
    shown = [f"run.{name}" for name in "PONMLKJIHGCB"]
    assert list(world.entries()) == ["title", *shown, "action.run.split", "action.run.repeat", "runs", "bundled"]
    assert world.texts()["runs"] == "All 16 runs…"
    world.entries()["runs"].trigger()
    assert world.application.sessions.tab == "Train"
    assert world.find(Segments, "train.pages").key == "runs"


def test_a_title_is_plain_text_and_where_a_line_is_cut_the_tooltip_has_it_whole(world, monkeypatch):
    menu, asked = world.button["run"].menu(), []
    world.session(BLOG, SHARP)
    assert world.entries() and not menu.toolTipsVisible()
    with monkeypatch.context() as patch:
        patch.setattr("gui.shell.menus.fact_menus.BESIDE", menu.screen().availableGeometry().width() - 200)
        text = world.texts()["run.B"]
        assert "…\t" in text and menu.toolTipsVisible()
        assert world.entries()["run.B"].toolTip() == (
            "Look at run B · Sharp in all tabs: conv 16 → conv 32 → 128, done, "
            "99.63 % of 10,000 test images, best, epoch 40, chosen on the test images: 99.63 %; "
            f"data {DATA}."
        )

    world.session(run("A", title="<b>&Rough</b>\n" + "x" * 500, dataset="mine 30 + 10"))
    text = world.texts()["run.A"]
    assert text.startswith("A · <b>&&Rough</b>?xxx") and "x… — 300 neurons" in text
    assert menu.sizeHint().width() <= menu.screen().availableGeometry().width()
    assert "<b>" not in world.entries()["run.A"].toolTip()
    QApplication.sendPostedEvents()
    assert world.button["run"].text().startswith("Run A · <b>&&Rough</b>")
    monkeypatch.setattr(world.application.sessions, "open", asked.append)
    world.entries()["bundled"].trigger()
    assert [Path(each).name for each in asked] == ["layerlight.layerlight"], "Sharp is not in this session"


def data(name="mine", source=None, train=30, test=10):
    return dataset_opened(name, train=train, test=test, source=source)


def test_the_data_menu_has_what_is_open_what_is_on_this_computer_and_the_way_to_own_data(world, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(world.application.opening, "open", asked.append)
    world.say(replace(data(source=tmp_path / "mine.npz"), names=("ape", "<b>bee"), remark="12 files were passed over."))
    entries = world.entries("data")
    assert world.button["data"].text() == "mine 30 + 10" == entries["open"].text()
    assert entries["open"].isChecked()
    tip = entries["open"].toolTip()
    assert "30 training and 10 test images of 28 × 28" in tip
    assert "2 classes: ape, &lt;b&gt;bee. 12 files were passed over." in tip
    downloads = [f"download.{key}" for key in KNOWN]
    assert list(entries) == ["open", "sample", *downloads, "own", "folder", "action.file.open"]
    entries["sample"].trigger()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    entries["folder"].trigger()
    assert asked == [Path("sample"), tmp_path]

    copy, here = tmp_path / "mnist.npz", [tmp_path / "FashionMNIST" / "raw", tmp_path / "kana"]
    monkeypatch.setattr("gui.shell.menus.fact_menus.mnist_there", lambda: copy)
    monkeypatch.setattr("gui.shell.menus.fact_menus.local_datasets", lambda: here)
    world.say(data("MNIST sample"))
    entries = world.entries("data")
    assert "sample" not in entries and entries["mnist"].text() == "MNIST"
    assert [entries[f"found.{number}"].text() for number in (1, 2)] == ["Fashion-MNIST", "kana"]
    entries["mnist"].trigger()
    entries["found.1"].trigger()
    assert asked[2:] == [copy, here[0]]
    world.say(data("MNIST", copy, 55_000, 10_000))
    assert "mnist" not in world.entries("data")
    world.say(data("MNIST", copy, 54_000, 10_000))
    assert "mnist" in world.entries("data"), "only a part of it is open"
    world.say(data("FashionMNIST", here[0]))
    assert "found.1" not in world.entries("data") and "own.1" not in world.entries("data")
    world.say(data("Fashion-MNIST", tmp_path / "fashion.npz"))
    assert "download.fashion-mnist" not in world.entries("data")


def test_own_data_that_were_opened_are_offered_again_where_they_still_are(world, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(world.application.opening, "open", lambda file, **how: asked.append((file, how)))
    for number in range(7):
        world.say(data(source=tmp_path / f"{number}.npz"))
    assert [Path(each).stem for each in world.application.settings.data] == ["6", "5", "4", "3", "2"]

    gone, here, some = (tmp_path / name for name in ("gone.npz", "<b>here.npz", "some arrays & more.npz"))
    first, second = (Location(some, ("pictures", labels)).uri() for labels in ("colours", "kinds"))
    for file in (here, some):
        file.touch()
    world.say(data(source=some), replace(data(source=some), wanted=first), replace(data(source=some), wanted=second))
    for path in (here, gone):
        world.say(data(source=path))
    world.say(data("MNIST sample"))
    kept = world.application.settings.data
    assert kept[:3] == [str(gone), str(here), second] and str(some) not in kept, "a file stands there once"
    entries = world.entries("data")
    assert not entries["own.1"].isEnabled() and "no longer there" in entries["own.1"].toolTip()
    assert entries["own.2"].text() == "<b>here.npz" and not entries["own.2"].toolTip().startswith("Open <b>")
    assert entries["own.3"].text() == "some arrays && more.npz" and entries["own.3"].isEnabled()
    entries["own.2"].trigger()
    entries["own.3"].trigger()
    assert asked == [(here, {}), (some, {"wanted": second})]


def test_in_little_room_the_device_goes_first_and_then_words_are_cut(world, qtbot):
    facts = Facts(world.application.bridge, world.selection)
    qtbot.addWidget(facts)
    theme().dress(facts)
    facts.show()
    world.say(data(), EngineReady(device="CPU, 2 threads"))
    world.session(run("A", title="A title of some length"))
    device, both = facts.device, sum(each.sizeHint().width() for each in (facts.data, facts.run)) + 40

    def give(width):
        facts.resize(width, 28)
        QApplication.sendPostedEvents()  # the layout hears a little later that a part of it is hidden

    give(both + device.sizeHint().width())
    assert device.isVisible() and facts.run.text() == "Run A · A title of some length"
    give(both)
    assert device.isHidden() and facts.run.text() == "Run A · A title of some length"
    give(240)
    assert facts.run.text().endswith("…") and facts.data.text().endswith("…")
    assert facts.run.toolTip().startswith("Run A · A title of some length.")
