"""The Map tab, fed with maps: what it shows, what it asks, and what a person picks with the mouse."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea

from engine.analysis.mapping.settings import MapSpec
from engine.analysis.probes.images import SomeImages, some_images
from engine.analysis.probes.map import Map, MapsMade, Placed, kept_map, make_all_maps, make_map, place_on_map
from engine.core.layers.kinds import DenseLayer
from engine.core.lens import Lens
from engine.core.messages import JobEnded, JobFailed, read_only
from engine.session.jobs.data import EngineReady
from gui.look.class_names import fitted_name
from gui.look.fonts import font
from gui.look.theme import class_token, theme
from gui.tabs.map.panel import HEIGHT, WIDTH
from gui.tabs.map.side import NOTHING
from gui.tabs.map.tab import LIVE_MS, REST_MS, TRAINED_ON, MapTab
from gui.widgets.figures.figure import image_of
from tests.gui.fake_engine import dataset_opened
from tests.gui.mouse import drag
from tests.gui.session_messages import opened, summary
from tests.gui.training_messages import epoch
from tests.gui.worlds import TabWorld
from tests.pseudo import spoken

COUNT = 40
NUMBERS = np.arange(COUNT) * 7
LABELS = np.arange(COUNT, dtype=np.uint8) % 10
POINTS = np.stack([np.arange(COUNT) % 8, np.arange(COUNT) // 8], axis=1).astype(np.float32) * 10


class World(TabWorld):
    """A tab on the screen with a run to look at, and hands for engine and person."""

    def __init__(self, qtbot):
        super().__init__(qtbot, MapTab)
        self.view = self.tab.view
        runs = [summary(name, moments=(0, 12, 24, 36, 550)) for name in "AB"]
        self.say(EngineReady(device="CPU"), opened(runs=runs), dataset_opened())
        self.clock.advance(100)

    def look(self, run="A", **lens):
        """Look at this, longer than the tab waits between two questions but no longer than it waits for t-SNE."""
        super().look(run, **lens)
        self.clock.advance(100)

    def tell(self, *messages):
        """Let the engine say it in the job that was asked last for a map."""
        self.say(*messages, job=max(self.job(make) for make in (make_map, kept_map) if self.asked(make)))

    def finish(self, message=None):
        self.tell(message or made(), JobEnded(outcome="done"))

    def answer_pictures(self):
        (numbers,), _ = self.asked_with(some_images)[-1]
        self.answer(some_images, images(numbers))

    def place(self, number):
        return self.view.place_of(number).toPoint()

    def lasso(self, *corners):
        drag(self.view, *corners, keys=Qt.KeyboardModifier.ShiftModifier)


def made(step=0, spec=None, points=POINTS, **others):
    spec = spec or MapSpec()
    answers = LABELS.copy()
    answers[3] = 8
    told = {
        "run": "A",
        "step": step,
        "layer": 0,
        "hidden": (DenseLayer(300),),
        "spec": spec,
        "former": None,
        "numbers": read_only(NUMBERS),
        "labels": read_only(LABELS),
        "answers": read_only(answers),
        "points": points,
        "explained": (0.2, 0.1) if spec.method == "pca" else None,
    }
    return Map(**{**told, **others})


def images(numbers):
    numbers = np.asarray(numbers)
    pictures = np.full((len(numbers), 28, 28), 200, np.uint8)
    return SomeImages(numbers=numbers, labels=(numbers // 7 % 10).astype(np.uint8), pictures=pictures)


TSNE = MapSpec(method="tsne")


@pytest.fixture
def shown(world):
    """A world with a finished PCA map."""
    world.look()
    world.finish()
    return world


@pytest.fixture
def tsne(shown):
    """A world with a finished t-SNE map."""
    shown.press("method.tsne")
    shown.finish(made(spec=TSNE))
    return shown


def test_a_map_in_the_making_goes_on_where_the_same_network_has_another_name(shown):
    shown.press("method.tsne")
    shown.tell(made(step=550, spec=TSNE, done=741, total=750))
    job, asked = shown.job(make_map), len(shown.runner.submitted)
    shown.look("A", moment=550)  # as *Back to A* does, after a mixture of its last snapshots
    shown.clock.advance(2 * REST_MS)
    assert len(shown.runner.submitted) == asked and job not in shown.runner.stopped
    shown.look("A", moment=12)
    assert job in shown.runner.stopped and shown.asked(kept_map)[-1][0] == Lens("A", 12)

    shown.look("A")
    shown.answer(kept_map, made(step=550, spec=TSNE, done=741, total=750))
    assert "741 of 750" in shown.text("progress.words"), "what is known of it is shown at once"
    shown.clock.advance(2 * REST_MS)
    assert shown.asked(make_map)[-1][0] == Lens("A"), "and it goes on"


def test_the_map_of_what_is_looked_at_is_asked_for_and_shown_with_its_settings(world):
    world.look()
    assert world.asked_with(make_map)[-1] == ((Lens("A"), None, MapSpec()), {"start_from": None})
    assert not world.tab.shows_act
    world.finish()
    assert world.text("sentence") == "Step 0. PCA: 10,000 images; 30.0\u00a0% of the variance."
    assert world.tab.settings.layer.currentText() == "Layer 1, 300 neurons"
    assert world.place(0) != world.place(39) and world.tab.shows_act

    world.look("A", moment=12)
    (lens, *_), kwargs = world.asked_with(make_map)[-1]
    assert lens == Lens("A", 12) and kwargs["start_from"].step == 0, "turned to fit the one before"
    world.finish()
    world.press("method.tsne")
    assert not world.tab.shows_act
    world.tell(made(spec=TSNE, done=5, total=10))
    assert not world.tab.shows_act, "only a finished map is an act for the notebook"
    world.finish(made(spec=TSNE))
    assert world.tab.shows_act


@pytest.mark.parametrize("code", ["en", "x-long"])
def test_the_iterations_of_a_map_in_the_making_are_said_also_where_its_settings_are_in_another_language(shown, code):
    shown.press("method.tsne")
    message = made(spec=TSNE, done=300, total=750)
    with spoken(code):
        shown.tell(message)
    assert "300" in shown.text("sentence")


def test_choosing_tsne_makes_it_visibly_with_progress_and_cancel(shown):
    shown.press("method.tsne")
    (_, _, spec), _ = shown.asked_with(make_map)[-1]
    assert spec == TSNE
    shown.tell(made(spec=TSNE, points=None, done=0, total=750, found=0.4))
    assert shown.text("progress.words") == "Looking for neighbours: 40\u00a0%"
    first = shown.place(0)
    shown.tell(made(spec=TSNE, points=POINTS * (1, 3), done=300, total=750))
    assert shown.text("progress.words") == "300 of 750 iterations" and shown.place(0) != first
    assert 0.4 < shown.tab.settings.bar.value() / 1000 < 0.5
    job = shown.job(make_map)
    shown.press("stop")
    assert shown.runner.stopped[-1] == job
    assert shown.text("progress.words") == "Ended at 300 of 750 iterations."
    assert "300 of 750 iterations" in shown.text("sentence")
    assert not shown.tab.settings.stop.isEnabled() and shown.tab.settings.again.isEnabled()
    shown.press("again")
    assert shown.asked_with(make_map)[-1][1]["start_from"] is None  # half a map is nothing to start from


def test_with_tsne_a_kept_map_is_shown_at_once_and_another_is_made_only_when_the_slider_rests(tsne):
    count = len(tsne.asked(make_map))
    for step in (12, 24):
        tsne.look("A", moment=step)
        assert tsne.asked(kept_map)[-1][0].moment == step
        tsne.finish(made(step=step, spec=TSNE))
        assert tsne.text("sentence").startswith(f"Step {step}.")
        tsne.clock.advance(10 * REST_MS)
    tsne.look("A", moment=36)
    tsne.tell(JobEnded(outcome="done"))
    assert len(tsne.asked(make_map)) == count
    tsne.clock.advance(REST_MS)
    assert len(tsne.asked(make_map)) == count + 1
    (lens, *_), kwargs = tsne.asked_with(make_map)[-1]
    assert lens == Lens("A", 36) and kwargs["start_from"].step == 24


def test_while_the_network_trains_pca_follows_slowly_and_tsne_only_tells(shown):
    for number in range(1, 6):
        shown.say(epoch(number))
    assert len(shown.asked(make_map)) == 1
    shown.clock.advance(LIVE_MS)
    assert len(shown.asked(make_map)) == 2
    shown.finish()
    shown.clock.advance(100)
    shown.press("method.tsne")
    shown.finish(made(spec=TSNE))
    count = len(shown.runner.submitted)
    shown.say(epoch(7))
    shown.clock.advance(10 * LIVE_MS)
    assert shown.text("progress.words") == TRAINED_ON
    assert len(shown.runner.submitted) == count
    shown.tab.hide()
    shown.say(epoch(8))
    shown.tab.show()
    assert len(shown.runner.submitted) == count + 1 == shown.job(make_map), "made when it is looked at"


def test_layer_images_perplexity_and_seed_are_asked_for(tsne):
    settings = tsne.tab.settings
    settings.layer.setCurrentIndex(1)
    settings.layer.activated.emit(1)
    settings.images.setCurrentIndex(0)
    settings.images.activated.emit(0)
    perplexity = settings.fields["perplexity"].editor
    perplexity.setFocus()
    perplexity.selectAll()
    QTest.keyClicks(perplexity, "12.5")
    QTest.keyClick(perplexity, Qt.Key.Key_Return)
    (_, layer, spec), _ = tsne.asked_with(make_map)[-1]
    assert (layer, spec.images, spec.perplexity) == (1, 1_000, 12.5)
    count = len(tsne.asked_with(make_map))
    QTest.keyClick(perplexity, Qt.Key.Key_Return)
    assert len(tsne.asked_with(make_map)) == count
    tsne.finish(made(spec=spec))
    perplexity.selectAll()
    QTest.keyClicks(perplexity, "0")
    tsne.press("again")
    assert "Perplexity must be between" in tsne.text("progress.words")
    assert len(tsne.asked_with(make_map)) == count


def test_the_maps_of_all_moments_are_made_beside_and_can_be_cancelled(tsne):
    tsne.press("all")
    assert tsne.asked(make_all_maps) == [(Lens("A"), None, TSNE)]
    job, count = tsne.job(make_all_maps), len(tsne.asked(make_map))
    tsne.say(MapsMade(done=3, total=14), job=job)
    assert tsne.text("progress.words") == "3 of 14 snapshots"
    tsne.look("A", moment=12)
    tsne.tell(JobEnded(outcome="done"))
    tsne.clock.advance(10 * REST_MS)
    assert tsne.asked(kept_map) and len(tsne.asked(make_map)) == count, "it comes in its turn"
    tsne.press("stop")
    assert job in tsne.runner.stopped and tsne.text("progress.words") == ""
    assert tsne.tab.settings.all.isEnabled()


def test_the_mouse_shows_picture_number_label_and_answer_and_a_click_selects_the_image_everywhere(shown):
    sent = []
    shown.selection.pictureSent.connect(sent.append)
    assert not shown.tab.lasso.send.isEnabled()
    QTest.mouseMove(shown.view, QPoint(1, 1))
    QTest.mouseMove(shown.view, shown.place(3))
    (numbers,), _ = shown.asked_with(some_images)[-1]
    assert numbers.tolist() == [21]
    shown.answer_pictures()
    assert shown.view.caption == "Test image 21, a 3, predicted 8" and 3 in shown.view.pictures
    shown.view.grab()

    QTest.mouseClick(shown.view, Qt.MouseButton.LeftButton, pos=shown.place(9))
    assert shown.selection.image == 63 and shown.view.marked == 9
    shown.answer_pictures()
    shown.press("send")
    assert sent[0].caption == "Test image 63, a 9" and sent[0].picture.shape == (28, 28)
    shown.selection.change(image=5)
    assert shown.view.marked is None


def test_the_lasso_shows_its_images_with_the_counts_of_their_classes_and_without_it_the_selected_image_is_shown(shown):
    QTest.mouseClick(shown.view, Qt.MouseButton.LeftButton, pos=shown.place(3))
    shown.answer_pictures()
    panel = shown.tab.lasso
    assert shown.text("lasso.counts") == "Test image 21, a 3, predicted 8." and panel.grid.captions == ("3",)
    assert panel.send.isEnabled()

    first, last = shown.place(0), shown.place(10)
    left, right = first.x() - 12, last.x() + 12
    bottom, top = first.y() + 12, last.y() - 12
    corners = [QPoint(left, bottom), QPoint(right, bottom), QPoint(right, top), QPoint(left, top)]
    shown.lasso(*corners)
    assert shown.text("lasso.counts") == "0: 2   1: 1   2: 1   8: 1   9: 1"
    assert panel.figure.text() == "6"
    shown.answer_pictures()
    assert panel.grid.captions == ("0", "0", "1", "2", "8", "9")
    QTest.keyClick(shown.view, Qt.Key.Key_Escape)
    assert panel.grid.captions == ("3",), "it is selected still"

    shown.lasso(*corners)
    shown.answer_pictures()
    QTest.mouseClick(panel.grid, Qt.MouseButton.LeftButton, pos=panel.grid.place_of(2).center().toPoint())
    assert shown.selection.image == 7
    shown.selection.change(image=None)
    QTest.keyClick(shown.view, Qt.Key.Key_Escape)
    assert shown.text("lasso.counts") == NOTHING and panel.grid.captions == ()


def test_the_drawing_is_a_live_dot_and_the_look_is_switched_as_a_figure_shows_with_the_colours_of_its_classes(shown):
    picture = np.ones((28, 28), np.float32)
    shown.selection.show_drawing(picture)
    (lens, layer, spec, drawing), _ = shown.asked_with(place_on_map)[-1]
    assert (lens, layer, spec) == (Lens("A", 0), 0, MapSpec()) and drawing is picture
    shown.answer(place_on_map, Placed(step=0, point=np.array([3.0, 4.0]), nearest=7))
    assert shown.view.dot.tolist() == [3.0, 4.0]
    shown.selection.show_drawing(picture)
    shown.selection.show_drawing(None)
    assert shown.view.dot is None

    shown.tab.panel.classes.chosen.emit(4)
    assert shown.view.off == frozenset({4})
    shown.press("look.digits")
    shown.press("rings")
    assert shown.view.digits and shown.view.rings
    shown.press("tool.lasso")
    assert shown.view.lasso_tool

    def has_dot(number):
        legend = shown.tab.panel.classes
        place = legend.place_of(number).toRect()
        corner = legend.mapTo(shown.tab.panel, place.topLeft())
        picture = image_of(shown.tab.panel)
        ratio = picture.width() / shown.tab.panel.width()
        places = [(corner.x() + x, corner.y() + y) for x in range(16) for y in range(place.height())]
        color = theme().current.color(class_token(number))
        return any(picture.pixelColor(round(x * ratio), round(y * ratio)) == color for x, y in places)

    assert [number for number in range(10) if not has_dot(number)] == [4]


def test_a_run_that_comes_back_while_its_map_was_in_the_making_gets_one(world):
    world.look()
    asked = len(world.runner.submitted)
    world.selection.change(lens=None)
    assert world.tab.panel.empty.isVisible() and not world.view.isVisible()
    world.look("A")
    assert len(world.runner.submitted) == asked + 1
    world.finish()
    assert not world.tab.panel.empty.isVisible() and len(world.view.points)
    world.say(dataset_opened("Other"))
    assert len(world.view.points) == 0 and world.text("sentence") == "", "other data take the map away"
    world.clock.advance(100)
    assert len(world.runner.submitted) == asked + 2


def test_every_class_is_in_the_legend_with_its_number_and_a_hundred_are_a_list_that_scrolls(world):
    for classes, rows, more in ((10, 1, 0), (13, 1, 8), (47, 4, 8)):
        world.say(dataset_opened(classes=classes))
        legend = world.tab.panel.classes
        places = [legend.place_of(number).toRect() for number in range(legend.count())]
        assert len(places) == classes and {place.size().toTuple() for place in places} == {(WIDTH + more, HEIGHT)}
        assert len({place.y() for place in places}) == rows
        world.qtbot.waitUntil(lambda legend=legend, places=places: legend.rect().contains(places[-1]))
        assert world.tab.panel.rect().contains(legend.mapTo(world.tab.panel, legend.rect().bottomRight()))
        room = places[-1].width() - 18
        assert fitted_name(classes - 1, room, font("small_value", numbers=True)) == f"{classes - 1}"

    world.say(dataset_opened(classes=100))
    panel, area = world.tab.panel, world.tab.findChild(QScrollArea, "map.classes.list")
    world.qtbot.waitUntil(lambda: area.isVisible() and area.verticalScrollBar().maximum() > 0)
    legend = panel.classes
    assert len({legend.place_of(number).y() for number in range(100)}) == 100
    for _ in range(100):
        QTest.keyClick(legend, Qt.Key.Key_Down)
    last = legend.place_of(99).toRect()
    assert area.viewport().rect().contains(last.translated(legend.mapTo(area.viewport(), QPoint(0, 0))))
    assert area.height() <= panel.height()
    world.say(dataset_opened(classes=10))
    assert not area.isVisible() and panel.classes.isVisible()


def test_why_no_map_could_be_made_stands_where_it_would_be(world):
    empty = world.tab.panel.empty
    world.say(replace(dataset_opened("Few"), test_images=3))
    world.look()
    assert world.asked(make_map)[-1][2].images == 4, "the fewest of which there is a map"
    refused = "Few has too few test images for a map."
    world.tell(JobFailed(sentence=refused), JobEnded(outcome="failed"))
    assert empty.isVisible() and empty.sentence.text() == refused and not empty.button.isVisible()
    assert world.text("sentence") == "" and world.text("progress.words") == "No map could be made."
    world.clock.advance(100)
    world.press("again")
    world.finish()
    assert not empty.isVisible() and world.text("sentence")
