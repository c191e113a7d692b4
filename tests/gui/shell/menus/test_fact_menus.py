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
    """The whole window, and hands for the labels' menus."""

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


@pytest.fixture
def blog(world):
    """The runs of the blog post are there, and the first is looked at."""
    world.session(BLOG, SHARP)
    return world


# Runs -----------------------------------------------------------------------------------------------------------------


def test_the_menu_of_runs_answers_which_network_reads_best(blog):
    entries = blog.entries()
    assert [(key, action.text()) for key, action in entries.items()] == [
        ("title", "Trained networks\ttest accuracy on 10,000 images"),
        ("run.B", "B · Sharp — conv 16 → conv 32 → 128 · done · reads real handwriting\t99.63 % · highest"),
        ("run.A", "A · Blog post — 300 neurons · done · the blog post's network\t98.08 %"),
        ("action.run.split", "Spl&it…"),
        ("runs", "All runs…"),
    ]
    assert [key for key, action in entries.items() if action.isChecked()] == ["run.A"]
    assert not entries["title"].isEnabled()


def test_a_click_looks_at_the_run_in_all_tabs(blog):
    blog.entries()["run.B"].trigger()
    assert blog.selection.lens == Lens("B") and blog.button["run"].words == "Run B · Sharp"
    assert [key for key, action in blog.entries().items() if action.isChecked()] == ["run.B"]


def test_a_stopped_and_an_untested_run_say_so(world):
    world.session(run("C", 0.5, number=2), summary("D", epochs=(), moments=(0,), dataset=DATA), look="C")
    texts = world.texts()
    assert texts["run.C"] == "C — 300 neurons · stopped at epoch 2.0 of 40\t50.00 %"
    assert texts["run.D"] == "D — 300 neurons · stopped at epoch 1.0 of 40\tnot tested yet"


def test_a_run_that_goes_on_or_is_paused_says_so(world, qtbot):
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


def test_accuracies_on_other_images_are_told_apart_and_none_of_them_is_the_highest(world):
    world.session(BLOG, run("C", 1.0, dataset="mine 30 + 10"))
    texts = world.texts()
    assert texts["title"].endswith("\ttest accuracy")
    assert texts["run.A"].endswith("\t98.08 % of 10,000") and texts["run.C"].endswith("\t100.0 % of 10")


def test_runs_that_learned_from_more_images_but_were_tested_on_the_same_are_compared(world):
    world.session(BLOG, SHARP, run("C", 0.92, dataset="MNIST 55,000 + 10,000"))
    wanted = ["test accuracy on 10,000 images", "92.00 %", "99.63 % · highest", "98.08 %"]
    assert [text.partition("\t")[2] for text in world.texts().values()][:4] == wanted


@pytest.mark.tabs("train")
def test_of_many_runs_twelve_are_shown_with_the_current_and_the_highest_one(world):
    runs = [run(letter, 0.9 + (letter == "C") / 20, title="") for letter in "ABCDEFGHIJKLMNOP"]
    world.session(*runs, look="B")
    shown = [f"run.{name}" for name in "PONMLKJIHGCB"]
    assert list(world.entries()) == ["title", *shown, "action.run.split", "runs", "bundled"]
    assert world.texts()["runs"] == "All 16 runs…"
    world.entries()["runs"].trigger()
    assert world.application.sessions.tab == "Train"
    assert world.find(Segments, "train.pages").key == "runs"


def test_a_title_is_plain_text_and_never_widens_the_menu_beyond_the_screen(world):
    world.session(run("A", title="<b>&Rough</b>\n" + "x" * 500))
    text = world.texts()["run.A"]
    assert text.startswith("A · <b>&&Rough</b>?xxx")
    assert "x… — 300 neurons" in text
    assert text.endswith("\t90.00 %")
    menu = world.button["run"].menu()
    assert menu.sizeHint().width() <= menu.screen().availableGeometry().width()
    assert "<b>" not in world.entries()["run.A"].toolTip()
    QApplication.sendPostedEvents()
    assert world.button["run"].text().startswith("Run A · <b>&&Rough</b>")


def test_entries_have_tooltips_only_where_a_line_is_cut(blog, monkeypatch):
    menu = blog.button["run"].menu()
    assert blog.entries() and not menu.toolTipsVisible()
    monkeypatch.setattr("gui.shell.menus.fact_menus.BESIDE", menu.screen().availableGeometry().width() - 200)
    text = blog.texts()["run.B"]
    assert "…\t" in text and menu.toolTipsVisible()
    assert blog.entries()["run.B"].toolTip() == (
        "Look at run B · Sharp in all tabs: conv 16 → conv 32 → 128, done, "
        "99.63 % of 10,000 test images, best, epoch 40, chosen on the test images: 99.63 %; "
        f"data {DATA}."
    )


def test_the_labels_are_reached_by_the_tab_key_and_a_click_leaves_the_focus_where_it_was(world):
    assert all(each.focusPolicy() == Qt.FocusPolicy.TabFocus for each in world.button.values())


def test_where_sharp_is_not_in_the_session_the_menu_leads_to_it(world, monkeypatch):
    asked = []
    world.session(run("A", title="Mine", dataset="mine 30 + 10"))
    monkeypatch.setattr(world.application.sessions, "open", asked.append)
    world.entries()["bundled"].trigger()
    assert [Path(each).name for each in asked] == ["layerlight.layerlight"]


def test_what_is_offered_follows_the_session(blog):
    blog.say(RunsTogether(removed=("B",)), started("C"), steps(1, 5, run="C"))
    assert [key for key in blog.entries() if key.startswith("run.")] == ["run.C", "run.A"]


def test_the_menus_open_and_choose_by_keys(blog, qtbot):
    window = blog.window
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, "r", Qt.KeyboardModifier.ControlModifier)
    menu = blog.button["run"].menu()
    assert QApplication.activePopupWidget() is menu
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert blog.selection.lens == Lens("B") and not menu.isVisible()
    blog.application.actions["file.data"].trigger()
    assert QApplication.activePopupWidget() is blog.button["data"].menu()
    blog.button["data"].menu().close()


# Data -----------------------------------------------------------------------------------------------------------------


def data(name="mine", source=None, train=30, test=10):
    return dataset_opened(name, train=train, test=test, source=source)


@pytest.fixture
def asked(world, monkeypatch):
    """The data that were wanted."""
    wanted = []
    monkeypatch.setattr(world.application.opening, "open", wanted.append)
    return wanted


def test_the_menu_of_data_has_what_is_open_the_sample_and_the_way_to_own_data(world, asked, tmp_path):
    world.say(data(source=tmp_path / "mine.npz"))
    entries = world.entries("data")
    assert world.button["data"].text() == "mine 30 + 10" == entries["open"].text()
    assert entries["open"].isChecked()
    assert "30 training and 10 test images of 28 × 28" in entries["open"].toolTip()
    downloads = [f"download.{key}" for key in KNOWN]
    assert list(entries) == ["open", "sample", *downloads, "own", "folder", "action.file.open"]
    entries["sample"].trigger()
    assert asked == [Path("sample")]


def test_mnist_is_offered_where_there_is_a_copy_and_it_is_not_open(world, asked, monkeypatch, tmp_path):
    copy = tmp_path / "mnist.npz"
    monkeypatch.setattr("gui.shell.menus.fact_menus.mnist_there", lambda: copy)
    world.say(data("MNIST sample"))
    entries = world.entries("data")
    assert "sample" not in entries and entries["mnist"].text() == "MNIST"
    entries["mnist"].trigger()
    assert asked == [copy]
    world.say(data("MNIST", copy, 55_000, 10_000))
    assert "mnist" not in world.entries("data")
    world.say(data("MNIST", copy, 54_000, 10_000))
    assert "mnist" in world.entries("data"), "only a part of it is open"


def test_data_found_on_this_computer_are_offered_by_their_names(world, asked, monkeypatch, tmp_path):
    here = [tmp_path / "FashionMNIST" / "raw", tmp_path / "kana"]
    monkeypatch.setattr("gui.shell.menus.fact_menus.local_datasets", lambda: here)
    world.say(data("MNIST sample"))
    entries = world.entries("data")
    assert [entries[f"found.{number}"].text() for number in (1, 2)] == ["Fashion-MNIST", "kana"]
    entries["found.1"].trigger()
    assert asked == [here[0]]
    world.say(data("FashionMNIST", here[0]))
    assert "found.1" not in world.entries("data") and "own.1" not in world.entries("data")


def test_a_folder_of_pictures_is_asked_for_and_opened(world, asked, monkeypatch, tmp_path):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    world.say(data("MNIST sample"))
    world.entries("data")["folder"].trigger()
    assert asked == [tmp_path]


def test_the_names_of_the_classes_are_told_where_the_data_are(world, tmp_path):
    world.say(replace(data(), names=("ape", "<b>bee"), remark="12 other files were passed over."))
    tip = world.entries("data")["open"].toolTip()
    assert "2 classes: ape, &lt;b&gt;bee. 12 other files were passed over." in tip


def test_own_data_that_were_opened_are_offered_again_where_they_still_are(world, asked, tmp_path):
    here, gone = tmp_path / "<b>here.npz", tmp_path / "gone.npz"
    here.touch()
    for path in (here, gone):
        world.say(data(source=path))
    world.say(data("MNIST sample"))
    assert world.application.settings.data == [str(gone), str(here)]
    entries = world.entries("data")
    assert not entries["own.1"].isEnabled() and "no longer there" in entries["own.1"].toolTip()
    assert entries["own.2"].text() == "<b>here.npz" and not entries["own.2"].toolTip().startswith("Open <b>")
    entries["own.2"].trigger()
    assert asked == [here]


def test_only_the_latest_own_data_are_remembered(world, tmp_path):
    for number in range(7):
        world.say(data(source=tmp_path / f"{number}.npz"))
    assert [Path(each).stem for each in world.application.settings.data] == ["6", "5", "4", "3", "2"]


def test_of_a_file_with_several_arrays_those_that_were_chosen_are_opened_again(world, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(world.application.opening, "open", lambda file, **how: asked.append((file, how)))
    file = tmp_path / "some arrays & more.npz"
    file.touch()
    first, second = (Location(file, ("pictures", labels)).uri() for labels in ("colours", "kinds"))
    world.say(data(source=file), replace(data(source=file), wanted=first), replace(data(source=file), wanted=second))
    world.say(data("MNIST sample"))
    assert world.application.settings.data == [second], "a file stands there once"
    entry = world.entries("data")["own.1"]
    assert entry.text() == "some arrays && more.npz" and entry.isEnabled()
    entry.trigger()
    assert asked == [(file, {"wanted": second})]


def test_data_that_are_open_are_not_offered_to_be_downloaded(world, tmp_path):
    world.say(data(source=tmp_path / "fashion.npz"))
    assert "download.fashion-mnist" in world.entries("data")
    world.say(replace(data(source=tmp_path / "fashion.npz"), name="Fashion-MNIST"))
    assert "download.fashion-mnist" not in world.entries("data")


# Room -----------------------------------------------------------------------------------------------------------------


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
