"""The Data tab: what is seen of the images, what a run would learn from them, duplicates, and the ways elsewhere."""

import dataclasses
from functools import partial
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtTest import QTest

from engine.analysis.probes.data_images import data_pictures, list_images
from engine.analysis.probes.duplicates import find_duplicates
from engine.core.lens import Lens
from engine.core.specs import DataSpec, TrainSpec
from engine.data.formats.sample import open_sample
from engine.model.network.lens_network import lens_network
from engine.model.training.learned import learned
from engine.session.jobs.data import dataset_opened
from engine.session.session import Session
from gui.look.class_names import use_names
from gui.look.theme import theme
from gui.tabs.data.side import OTHER_CLASSES
from gui.tabs.data.tab import NO_IMAGE, NO_NETWORK, DataTab
from gui.tabs.train.tab import TrainTab
from gui.widgets.panel import Panel
from tests.gui.tabs import test_contract
from tests.gui.training_messages import epoch


class World(test_contract.World):
    """The tab over the embedded sample, and an engine that answers in the test's own thread."""

    KNOWN: ClassVar = {}  # what was answered over the session and the data as they are made

    def __init__(self, qtbot):
        super().__init__(qtbot, DataTab, heard=self.KNOWN)

    def new_session(self):
        return test_contract.made_session(open_sample())

    def data_opened(self):
        return dataset_opened(self.session.data())

    def change(self):
        """Return the session to change it: what was answered before is not true of it any more."""
        self.heard = {}
        return self.session

    def open(self, data):
        self.change().replace_data(data)
        self.say(dataset_opened(data))
        self.settle()

    def edit(self, **values):
        self.controls.planned.edit(values)
        self.settle()

    def show(self, *names):
        """Press these buttons, and let the engine answer."""
        for name in names:
            self.press(name)
        self.settle()

    def captions(self):
        grid = self.tab.grid
        return [grid.caption_of(place) for place in range(grid.count())]

    def choose_class(self, label):
        bars = self.tab.bars
        QTest.mouseClick(bars, Qt.MouseButton.LeftButton, pos=bars.place_of(label).center().toPoint())
        self.settle()

    @property
    def listed(self):
        return self.tab.grid.shown

    @property
    def numbers(self):
        return self.listed.numbers.tolist()


def test_all_training_images_are_listed_and_only_those_that_come_into_view_are_fetched(world, monkeypatch):
    data, grid, bar = world.session.data(), world.tab.grid, world.tab.grid.bar
    assert world.numbers == list(range(4000)) and world.text("figure") == "4,000"
    fetched = np.concatenate([args[1] for args in world.asked(data_pictures)])
    assert set(grid.seen()) <= set(fetched.tolist()) and len(fetched) < 400
    assert (grid.picture_of(3) == data.train_images[3]).all()
    assert world.captions()[:3] == [data.classes[label] for label in data.train_labels[:3]]

    before = len(world.asked(data_pictures))
    bar.setValue(bar.maximum())
    world.settle()
    (last,) = world.asked(data_pictures)[before:]
    assert last[1].max() == 3999 and last[1].min() > 3500
    bar.setValue(bar.maximum() - 10)
    world.settle()
    assert len(world.asked(data_pictures)) == before + 1, "each is fetched once"

    monkeypatch.setattr("gui.widgets.pictures.fetched_grid.MOST_KEPT", 4 * len(grid.seen()))
    assert grid.picture_of(0) is not None
    for place in (0.3, 0.6, 1.0):
        bar.setValue(round(place * bar.maximum()))
        world.settle()
    assert grid.picture_of(0) is None and grid.picture_of(3999) is not None
    bar.setValue(0)
    world.settle()
    assert (grid.picture_of(0) == data.train_images[0]).all(), "what was dropped is fetched again"


def test_what_a_run_would_learn_from_is_seen_at_once(world):
    data, tab = world.session.data(), world.tab
    world.edit(images=1000, wrong_labels=0.25, classes="0-4")
    found = learned(data, DataSpec(images=1000, wrong_labels=0.25, classes="0-4"))
    assert world.controls.planned.spec == TrainSpec(images=1000, wrong_labels=0.25, classes="0-4")
    assert np.flatnonzero(world.listed.used).tolist() == found.numbers.tolist()
    said = "learns from 1,000 of 4,000 training images of 5 classes; 250 of them have a wrong label."
    assert said in world.text("sentence")
    wrong = int(found.numbers[found.wrong][0])
    names = f"{data.train_labels[wrong]}→{found.labels[found.numbers.tolist().index(wrong)]}"
    assert tab.grid.caption_of(wrong) == names and tab.grid.is_warned(wrong)
    unused = next(iter(set(range(4000)) - set(found.numbers.tolist())))
    assert "left out by the next run" in tab.grid.tell(unused) and not tab.grid.is_warned(unused)
    assert "wrong label" in tab.grid.tell(wrong)
    world.show("which.used")
    assert world.numbers == found.numbers.tolist()
    world.show("which.wrong")
    assert world.numbers == found.numbers[found.wrong].tolist()
    world.show("all")
    assert world.controls.planned.spec == TrainSpec() and world.says(NO_IMAGE["wrong"])


def test_images_left_out_are_faint_wrong_ones_framed_and_the_figure_has_a_line_for_each(world):
    world.edit(images=1000, wrong_labels=0.25)
    listed, grid = world.listed, world.tab.grid
    used, wrong = listed.used, listed.learned_as != listed.labels
    picture, seen = (grid.grab().toImage(), [place for place in grid.seen() if grid.place_of(place).bottom() < 300])

    def darkest(place):
        area = grid.place_of(place).toRect()
        inner = area.adjusted(3, 3, -3, -3)
        columns, rows = range(inner.left(), inner.right()), range(inner.top(), inner.bottom())
        points = [(x, y) for x in columns for y in rows]
        return min(picture.pixelColor(x, y).lightness() for x, y in points)

    faint, strong = ([darkest(place) for place in seen if used[place] == on] for on in (False, True))
    assert faint and strong and min(faint) > max(strong)
    framed = next(place for place in grid.seen() if wrong[place])
    grid.bring_into_view(framed)
    corner = (grid.place_of(framed).topLeft() + QPointF(-1, 10)).toPoint()
    wanted = theme().current.color("curve_2")
    found = grid.grab().toImage().pixelColor(corner)
    assert abs(found.hue() - wanted.hue()) < 12 and found.saturation() > 100

    world.show("which.used")
    table = grid.table()
    assert table.columns == ("image", "class", "label for the next run", "learned by the next run", "answer")
    assert len(table.rows) == 1000 and sum(row[1] != row[2] for row in table.rows) == 250
    assert world.tab.bars.table().rows[3] == (3, 400, 100, 100)


def test_what_is_learned_from_is_chosen_in_train_and_seen_here(world):
    train, tabs = TrainTab(world.bridge, world.controls, world.selection), []
    world.selection.tabWanted.connect(tabs.append)
    world.qtbot.show(train, 1200, 600)
    world.open(world.session.data())
    train.settings.pages.choose("runs")
    world.press("choose")
    field = train.settings.form.fields["images"].editor
    assert tabs == ["train"] and field.isVisible() and train.focusWidget() is field
    QTest.keyClicks(field, "500")
    world.settle()
    assert world.listed.used.sum() == 500 and not world.tab.history.stack.canUndo()
    world.show("all")
    assert train.spec().images == 0 and world.listed.used.all()
    train.history.undo()
    world.settle()
    assert train.spec().images == 500 and world.listed.used.sum() == 500
    train.settings.set_preset("quick")
    world.settle()
    assert world.listed.used.all() and not world.button("all").isEnabled()


def test_a_click_on_a_class_shows_its_images_alone_and_another_all(world):
    data = world.session.data()
    world.choose_class(7)
    assert world.numbers == np.flatnonzero(data.train_labels == 7).tolist()
    assert world.selection.label == 7
    assert world.find(Panel, "panel").accessibleName() == "Training images: 7"
    shares = world.tab.side.pixels.table().rows
    own = np.histogram(data.train_images[data.train_labels == 7], 32, (0, 256))[0]
    np.testing.assert_allclose([share for _, _, share in shares], own / own.sum())
    world.choose_class(7)
    assert len(world.numbers) == 4000
    world.choose_class(2)
    QTest.keyClick(world.tab.bars, Qt.Key.Key_Escape)
    world.settle()
    assert len(world.numbers) == 4000


def test_a_test_image_is_not_learned_from_is_picked_out_in_all_tabs_and_goes_to_draw(world):
    data, sent = world.session.data(), []
    world.show("which.used", "part.test")
    assert world.listed.listing.part == "test" and len(world.numbers) == 1000
    assert world.listed.listing.which == "all" and not world.button("which.used").isEnabled()

    world.selection.pictureSent.connect(sent.append)
    world.tab.grid.chosen.emit(9)
    assert (world.selection.image, world.selection.label) == (9, data.test_labels[9])
    assert world.tab.grid.marked == 9 and "Test image 9, " in world.tab.detail.words
    world.press("send")
    np.testing.assert_allclose(sent[0].picture, data.test_images[9] / 255)
    world.selection.change(image=12)
    assert world.tab.grid.marked == 12
    world.press("part.train")
    assert world.button("which.used").isEnabled()


def test_a_click_a_number_and_a_choice_elsewhere_pick_a_training_image_out_for_all_tabs(world):
    def find(number):
        world.type("number", number)
        QTest.keyClick(world.tab.number, Qt.Key.Key_Return)
        world.settle()

    grid, labels, detail = world.tab.grid, world.session.data().train_labels, world.tab.detail
    test_image = world.selection.image
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.place_of(3).center().toPoint())
    assert (world.selection.training, world.selection.label) == (3, labels[3])
    assert world.selection.image == test_image, "the test image is kept"
    world.settle()
    assert grid.marked == 3 and grid.bar.value() == 0, "the list stays where it is"

    world.selection.change(training=3210)
    world.settle()
    assert grid.marked == 3210 and 3210 in grid.seen()
    assert detail.words.startswith("Training image 3,210, ") and world.tab.send.isEnabled()
    world.selection.change(training=None)
    world.settle()
    assert grid.marked is None and not world.tab.send.isEnabled()

    world.choose_class(1)
    find("3321")
    assert grid.marked == 3321 and 3321 in grid.seen() and "Training image 3,321" in detail.words
    find("4,000")
    assert detail.words == "There is no training image 4,000. The last one is 3,999."


def test_where_it_is_not_among_the_listed_ones_all_are_listed_and_else_the_choice_stays(world):
    labels = world.session.data().train_labels
    one, other = (int(np.flatnonzero(labels == label)[-1]) for label in (1, 2))
    for part in ("train", "test"):
        world.choose_class(1)
        world.show(f"part.{part}")
        world.selection.change(training=one)
        world.settle()
        assert len(world.numbers) == (4000 if part == "test" else np.sum(labels == 1))
        assert world.numbers[world.tab.grid.marked] == one
        world.selection.change(training=other)
        world.settle()
        assert len(world.numbers) == 4000 and world.tab.grid.marked == other
        assert world.tab.part.key == "train"


def test_misread_and_learned_images_are_those_of_the_run_that_is_looked_at_with_its_answers_and_labels(world):
    data = world.session.data()
    before = len(world.runner.submitted)
    world.selection.change(lens=Lens("B"))
    world.settle()
    assert len(world.runner.submitted) == before, "without misread ones the lens is not looked through"
    world.show("part.test", "which.misread")
    for lens in (Lens("A"), Lens("A", 0), Lens("B")):
        world.selection.change(lens=lens)
        world.settle()
        answers = lens_network(world.session, lens).outputs(data.test_images)[1].argmax(axis=1)
        wrong = np.flatnonzero(answers != data.test_labels)
        assert world.numbers == wrong.tolist() and len(wrong) > 100
        first = int(wrong[0])
        assert world.captions()[0] == f"{data.test_labels[first]}→{answers[first]}"
    before = len(world.asked(list_images))
    world.say(epoch(1, run="B"))
    world.clock.advance(2000)
    QCoreApplication.processEvents()
    assert len(world.asked(list_images)) == before + 1, "a training is followed"
    world.selection.change(lens=None)
    world.settle()
    assert world.says(NO_NETWORK) and world.tab.empty.offer.isVisible()

    run = world.change().runs["B"]
    run.spec = run.spec.but(images=30, wrong_labels=0.1)
    world.show("part.train", "which.learned")
    world.selection.change(lens=Lens("B"))
    world.settle()
    found = learned(data, run.spec)
    assert world.numbers == found.numbers.tolist()
    wrong = found.numbers.tolist().index(int(found.numbers[found.wrong][0]))
    assert world.captions()[wrong] == f"{data.train_labels[found.numbers[wrong]]}→{found.labels[wrong]}"
    assert world.tab.grid.table().columns[2:4] == ("label for run B", "learned by run B")
    world.show("which.misread")
    unused = next(place for place, number in enumerate(world.numbers) if number not in found.numbers)
    assert "not learned by run B" in world.tab.grid.tell(unused)
    world.press("part.test")
    assert not world.button("which.learned").isEnabled()

    world.change().runs["B"].fingerprint = "of other data"
    said = "Run B learned from other data: MNIST sample 4,000 + 1,000."
    world.show("part.train", "which.learned")
    assert world.says(said) and world.text("figure") == ""
    world.show("which.misread")
    assert said in world.text("detail") and "not learned" not in world.tab.grid.tell(0)


def duplicated(data):
    """The data with five test images among the training images, one of them with another label."""
    images, labels = data.train_images.copy(), data.train_labels.copy()
    images[100:105], labels[100:105] = data.test_images[20:25], data.test_labels[20:25]
    labels[104] = (labels[104] + 1) % 10
    return dataclasses.replace(data, train_images=images, train_labels=labels)


def test_a_search_for_duplicates_says_how_long_it_still_takes_as_fast_as_it_has_been_so_far(world):
    data = world.session.data()  # in another order, in which no test has searched them: what is known comes at once
    data = dataclasses.replace(data, train_images=data.train_images[::-1])
    none, pairs = (next(filter(None, find_duplicates(Session(each)))) for each in (data, duplicated(data)))
    world.press("page.duplicates")
    world.press("duplicates.run")
    said = []
    for share in (0.05, 0.051, 0.052):  # a thousandth a second
        world.tab.side.show_pairs(dataclasses.replace(none, done=share))
        said.append(world.text("duplicates.said"))
        world.clock.advance(1000)
    assert said == ["None is found yet.", *2 * ["None is found yet. 16 min left."]]
    world.tab.side.show_pairs(dataclasses.replace(pairs, done=0.053))
    found = "5 test images equal to a training image. 1 pair of two classes."
    assert world.text("duplicates.said") == f"{found} 16 min left."
    world.press("duplicates.run")
    assert world.text("duplicates.said") == found, "it is stopped"
    world.press("duplicates.run")
    world.clock.advance(3_600_000)
    world.tab.side.show_pairs(dataclasses.replace(pairs, done=0.054))
    assert world.text("duplicates.said") == found, "the hour for which it was stopped does not count"


def test_duplicates_are_named_with_the_ways_to_both_images_and_the_search_is_stopped_by_other_data_as_well(world):
    side, data = world.tab.side, duplicated(world.session.data())
    world.press("page.duplicates")
    for stop in (partial(world.press, "duplicates.run"), partial(world.open, data)):
        world.press("duplicates.run")
        job = world.job(find_duplicates)
        stop()
        assert job in world.runner.stopped and world.button("duplicates.run").text() == "Run"

    assert not world.button("duplicates.test").isEnabled()
    world.press("duplicates.run")
    assert world.button("duplicates.run").text() == "Stop" and side.progress.isVisible()
    world.settle()
    assert world.button("duplicates.run").text() == "Run" and not side.progress.isVisible()
    assert side.pairs.captions[:5] == ("equal",) * 5 and side.pairs.captions[5].startswith("0.9")
    assert world.text("duplicates.said").startswith("5 test images equal to a training image; ")
    assert "1 pair of two classes." in world.text("duplicates.said")
    assert side.pairs.warned == {4}
    side.pairs.chosen.emit(2)
    assert "Test image 22," in world.text("duplicates.said")
    assert "training image 102," in world.text("duplicates.said")
    world.show("duplicates.train")
    assert (world.listed.listing.part, world.tab.grid.marked) == ("train", 102)
    world.show("duplicates.test")
    assert (world.listed.listing.part, world.selection.image) == ("test", 22)
    *_, found = filter(None, find_duplicates(world.session))
    side.show_pairs(dataclasses.replace(found, all_near=1264))
    said = world.text("duplicates.said")
    assert f"; 1,264 more nearly equal to one (cosine similarity above 0.95); the {len(found.tests)} most" in said


def coloured(data, classes):
    """Images of 64 x 64 in colour, of some classes with long names."""
    generator = np.random.default_rng(1)
    images = generator.integers(0, 255, (60, 64, 64, 3)).astype(np.uint8)
    labels = (np.arange(60) % classes).astype(np.uint8)
    grey = images.mean(axis=3).astype(np.uint8)
    return dataclasses.replace(
        data,
        name="Colours",
        **{f"{part}_{kind}": value for part in ("train", "test") for kind, value in
           (("images", grey), ("labels", labels), ("colours", images))},
        classes=tuple(f"class {chr(97 + each)} with a name of some length" for each in range(classes)),
    )  # fmt: skip


def test_other_data_are_shown_in_their_size_and_colours_under_their_names(world):
    grid, bars, digits = world.tab.grid, world.tab.bars, world.session.data()
    world.edit(images=1000, classes="0-7")
    for classes in (26, 2):
        grid.chosen.emit(5)
        data = coloured(digits, classes)
        use_names(data.classes)
        world.open(data)
        assert grid.count() == 60 and grid.marked is None
        assert (grid.picture_of(1) == data.train_colours[1]).all()
        assert "…" in grid.caption_of(1) and grid.caption_of(1).endswith(data.classes[1][-4:])
        assert data.classes[1] in grid.tell(1)
        if classes == 2:
            assert world.text("sentence") == OTHER_CLASSES and world.listed.used.all()
        else:
            assert world.listed.used.sum() == (data.train_labels < 8).sum()
        assert bars.count() == classes
        bars.set_current(classes - 1)
        assert bars.place_of(classes - 1).bottom() <= bars.height() + 1
