"""The Draw tab, fed with answers: what it shows, and what it asks when one draws."""

import itertools
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QColor, QFontMetricsF, QGuiApplication, QImage, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMenu, QWidget

from engine.analysis.probes.class_means import ClassMeans
from engine.analysis.probes.images import OneImage, image_of_class, one_image
from engine.analysis.probes.mistakes import Mistakes, mistakes
from engine.analysis.probes.noticing import Noticing, noticing
from engine.analysis.probes.reading import near_drawing, read_drawing
from engine.core.drawing import CanvasState, Point, Stroke, plain_stroke
from engine.core.lens import Lens, Neuron
from engine.core.messages import JobEnded, JobFailed, JobStarted, Notice
from engine.data.formats.sample import open_sample
from engine.data.preparation import prepared
from engine.data.strange import KINDS
from engine.model.training.messages import MomentKept
from engine.session.jobs.export import save_file
from engine.session.jobs.kept import keep_canvas
from engine.session.session import Session
from gui.look.class_names import use_names
from gui.look.fonts import font
from gui.look.theme import theme
from gui.state.notices import refuse, tell
from gui.tabs.draw import fingerprint_panel
from gui.tabs.draw.answer_panel import doubt
from gui.tabs.draw.fingerprint_panel import LEAST_WIDTH, NO_LAYER, Columns, averaged, captions_of
from gui.tabs.draw.ink import Sheet, tinted
from gui.tabs.draw.kept_drawings import DAMAGED
from gui.tabs.draw.play import first_part
from gui.tabs.draw.reasons import SIGN_MS
from gui.tabs.draw.tab import NO_NETWORK, NOTHING_DRAWN, PERIOD_MS, SIDES_SECONDS, TRAINING_PERIOD_MS, TRAINING_REST_MS
from gui.widgets.figures import figure_menu
from gui.widgets.forms.name_field import NameField
from gui.widgets.painted import Words
from gui.widgets.veil import LATE_MS
from tests.gui.blank import blank
from tests.gui.fake_engine import dataset_opened
from tests.gui.mouse import double_click, right_click
from tests.gui.pixels import pixels_of
from tests.gui.session_messages import opened
from tests.gui.tabs.draw.draw_world import World, always, answer, breakdown, familiarity, nearest, saliency, unsure
from tests.gui.tabs.draw.drawing_hands import draw, lift, move, press
from tests.gui.training_messages import epoch, started
from tests.gui.worlds import SENT_BY_OTHERS
from tests.work import work_of


def test_while_the_pen_moves_one_question_at_a_time_is_asked_for_the_answer_alone_and_the_last_one_always(world):
    press(world.canvas, 4, 4)
    (lens, picture), how = world.questions()[0]
    assert lens == Lens("A") and picture.shape == (28, 28) and picture.max() > 0.9
    assert how == {"means": True} and not world.asked(near_drawing)
    for number in range(5, 24):
        move(world.canvas, number, number)
    assert len(world.questions()) == 1
    world.clock.advance(PERIOD_MS)
    world.answer()
    assert len(world.questions()) == 2
    assert np.array_equal(world.questions()[-1][0][1], prepared(world.canvas.picture()))
    lift(world.canvas, 23, 23)


def test_while_a_run_trains_the_pen_asks_more_rarely_and_what_stands_beside_the_answer_follows_less_often(world):
    world.controls.start()
    training = world.controls.job()
    world.say(JobStarted(), job=training)
    press(world.canvas, 6, 6)
    assert world.questions()[0][1]["means"] is False
    world.answer()
    first = world.tab.receives.pixels.numbers
    world.clock.advance(PERIOD_MS)
    move(world.canvas, 10, 10)
    assert len(world.questions()) == 2
    world.answer()
    drawn = world.canvas.picture()
    for place in (11, 12, 13):
        move(world.canvas, place, 10)
    world.clock.advance(TRAINING_PERIOD_MS - 1)
    assert len(world.questions()) == 2 and np.array_equal(world.canvas.picture(), drawn)
    world.clock.advance(1)
    assert len(world.questions()) == 3, "the moves of a while are drawn together, and asked about once"
    assert world.canvas.picture().sum() > drawn.sum()
    world.answer(np.eye(10)[7])
    assert world.text("answer.winner") == "7" and world.tab.receives.pixels.numbers is first, "the bars follow at once"
    world.clock.advance(1000 * SIDES_SECONDS)
    move(world.canvas, 4, 20)
    assert len(world.questions()) == 4 and world.tab.receives.pixels.numbers is not first

    world.answer()
    world.say(JobEnded(outcome="done"), job=training)
    world.clock.advance(PERIOD_MS)
    lift(world.canvas, 12, 10)
    assert world.questions()[-1][1]["means"] is True


def test_a_network_that_has_answered_follows_the_pen_without_the_engine_until_another_one_is_looked_at(world):
    world.say(started(), MomentKept(run="A", step=0), job=SENT_BY_OTHERS)
    draw(world.canvas, (4, 4), (14, 14))
    world.answer(**always(3, step=0))
    world.clock.advance(PERIOD_MS)
    assert len(world.questions()) == 2, "until all has come that was asked for with the answer"
    world.answer(**always(3, step=0))
    asked = world.end_reading()
    for place in range(5, 12):
        draw(world.canvas, (place, 20), (place, 22))
        world.clock.advance(PERIOD_MS)
        assert world.text("answer.winner") == "3" and len(world.questions()) == asked
    assert np.array_equal(world.tab.answered.picture, prepared(world.canvas.picture()))
    world.say(MomentKept(run="A", step=10), job=SENT_BY_OTHERS)
    draw(world.canvas, (4, 4), (9, 4))
    world.clock.advance(PERIOD_MS)
    assert len(world.questions()) == asked + 1, "it has newer weights"
    world.answer(**always(8, step=10))
    world.end_reading()
    world.look("A", silenced=frozenset({Neuron(0, 1)}))
    world.clock.advance(PERIOD_MS)
    assert len(world.questions()) == asked + 2, "it is another network"


def test_while_a_run_trains_its_network_follows_the_pen_from_its_first_answer_on(world):
    world.say(started(), MomentKept(run="A", step=0), job=SENT_BY_OTHERS)
    world.controls.start()
    world.say(JobStarted(), job=world.controls.job())
    press(world.canvas, 4, 4)
    world.answer(**always(3, step=0))
    for place in range(5, 12):
        move(world.canvas, place, 20)
        world.clock.advance(TRAINING_PERIOD_MS)
        assert world.text("answer.winner") == "3" and len(world.questions()) == 1
    lift(world.canvas, 12, 20)


def test_when_the_pen_rests_the_reasons_are_asked_for_of_what_is_shown_as_received(world):
    press(world.canvas, 4, 4)
    move(world.canvas, 14, 14)
    world.rest()
    assert world.canvas.is_drawing and len(world.asked(near_drawing)) == 1, "it need not be lifted"
    world.answer()
    world.end()
    lift(world.canvas, 20, 20)
    world.rest()
    jobs = {world.job(read_drawing), world.job(near_drawing)}
    (lens, picture), how = world.questions()[-1]
    assert how == {"why": (None, None, "integrated"), "breakdown": False}
    near_lens, near_picture = world.asked(near_drawing)[-1]
    assert near_lens == lens and np.array_equal(near_picture, picture)
    assert np.array_equal(world.tab.receives.pixels.numbers, picture)

    press(world.canvas, 20, 20)
    assert jobs <= set(world.runner.stopped), "of what lay there they are not waited for"
    assert "why" not in world.questions()[-1][1]
    lift(world.canvas, 20, 20)


def test_a_training_is_followed_by_the_answer_and_more_rarely_by_the_reasons_however_long_these_take(answered):
    answered.end()
    before, reasons = len(answered.questions()), len(answered.reasons())
    answered.say(epoch(1, run="B"), job=SENT_BY_OTHERS)
    answered.clock.advance(TRAINING_REST_MS)
    assert len(answered.questions()) == before
    answered.say(epoch(1, run="A"), job=SENT_BY_OTHERS)
    answered.clock.advance(TRAINING_REST_MS - 1)
    assert len(answered.questions()) == before + 1 and len(answered.reasons()) == reasons
    answered.clock.advance(1)
    assert len(answered.reasons()) == reasons + 1 and len(answered.asked(near_drawing)) == 2

    reasons, nearest_job = answered.job(read_drawing), answered.job(near_drawing)
    for number in (2, 3, 4):
        answered.say(epoch(number, run="A"), job=SENT_BY_OTHERS)
        answered.clock.advance(TRAINING_REST_MS)
    assert not {reasons, nearest_job} & set(answered.runner.stopped)
    answered.say(saliency(), job=reasons)
    answered.say(nearest([4] * 8), job=nearest_job)
    assert answered.tab.why.pixels.numbers is not None and answered.tab.evidence.nearest.labels


def test_the_answer_is_shown_large_with_its_doubt_in_figures_and_in_words_until_one_fails(drawn):
    drawn.answer()
    bars = drawn.tab.answer.bars
    assert drawn.text("answer.winner") == "4" and drawn.text("answer.probability") == "99.98 %"
    assert bars.texts[4] == "99.98 %" and bars.texts[3] == "< 0.01 %"
    assert bars.finding() == "The network reads 4 with 99.98 %; next comes 0 with < 0.01 %."
    drawn.answer(unsure(_4=0.55, _9=0.4, _7=0.05))
    assert drawn.text("answer.doubt") == "could be 4 or 9"
    assert drawn.text("answer.score").replace("−", "-") == f"score (logit) {np.log(0.55):.2f}"
    drawn.answer(np.full(10, np.nan))
    assert "not numbers" in drawn.text("answer.sentence") and bars.texts == [""] * 10

    drawn.answer()
    drawn.say(JobFailed(sentence="The network reads other pictures."), JobEnded(outcome="failed"))
    assert drawn.text("answer.winner") == "" and drawn.tab.answer.sentence.isVisible()
    assert drawn.tab.answer.sentence.text() == "The network reads other pictures."
    assert bars.probabilities is None


class Watch(QObject):
    """Notes which widgets are painted, and which are laid out again."""

    def __init__(self):
        super().__init__()
        self.painted, self.laid_out = set(), set()
        QApplication.instance().installEventFilter(self)

    def eventFilter(self, watched, event):
        if isinstance(watched, QWidget) and event.type() == QEvent.Type.Paint:
            self.painted.add(watched)
        elif event.type() == QEvent.Type.LayoutRequest:
            self.laid_out.add(watched)
        return False


def test_another_answer_of_the_same_class_paints_its_figures_and_no_panel_below_them_and_lays_nothing_out(world):
    draw(world.canvas, (4, 4), (20, 20))
    for share in (0.5, 0.6):
        world.answer(unsure(_4=share, _9=1 - share))
        QApplication.processEvents()
    watch = Watch()
    world.answer(unsure(_4=0.7, _9=0.3))
    QApplication.processEvents()
    figures = {world.find(QWidget, f"answer.{name}") for name in ("probability", "score", "bars")}
    page = world.tab.answer.share.parentWidget()
    assert watch.painted == figures | {page} and page.parentWidget().objectName() == "draw.answer.pages"
    assert watch.laid_out == set()


def test_however_many_classes_there_are_no_row_lies_on_another_and_the_winner_has_one(world):
    bars, winner = world.tab.answer.bars, world.tab.answer.winner
    for classes in (2, 10, 26, 100):
        world.say(dataset_opened(classes=classes), job=SENT_BY_OTHERS)
        draw(world.canvas, (4, 4), (14, 14))
        world.clock.advance(PERIOD_MS)
        shares = np.random.default_rng(3).dirichlet(np.ones(classes))
        world.answer(shares)
        rows = [place for _, place in bars.places()]
        ten_likeliest = np.argsort(-shares)[:10].tolist()
        assert bars.shown() == (ten_likeliest if classes == 100 else list(range(classes)))
        assert all(bars.rect().contains(row.toAlignedRect()) for row in rows)
        assert not any(a.intersects(b) for a, b in itertools.combinations(rows, 2))
        assert min(row.height() for row in rows) >= 15
        assert winner.text() == str(shares.argmax())
        assert winner.fontMetrics().horizontalAdvance(winner.text()) <= winner.width()


def test_doubt_in_words():
    for shares, sentence in (
        ({"_4": 0.95, "_9": 0.05}, "next: 9"),
        ({"_4": 0.6, "_9": 0.3, "_7": 0.1}, "could be 4, 9 or 7"),
        ({"_4": 0.89, "_9": 0.06, "_7": 0.05}, "could be 4 or 9"),
        ({f"_{label}": 0.1 for label in range(10)}, "could be 0, 1 or 2"),
    ):
        assert doubt(unsure(**shares)) == sentence


def test_nothing_moves_while_answers_come(answered):
    tab = answered.tab
    panels = [tab.receives, tab.why, tab.answer, tab.fingerprint, tab.evidence]
    parts = [*panels, tab.answer.bars, tab.why.pixels, tab.why.against, answered.canvas]

    def places():
        QCoreApplication.processEvents()
        return [part.geometry() for part in parts]

    before = places()
    for shares in ({"_4": 0.9998, "_9": 0.0002}, {"_4": 0.5, "_9": 0.3, "_8": 0.2}, {"_1": 1.0}):
        answered.answer(unsure(**shares))
        answered.say(saliency(total=-123.4567), nearest([8] * 8), breakdown())
        assert places() == before
    answered.canvas.clear()
    assert places() == before


def test_the_fingerprint_stands_beside_the_means_of_the_two_likeliest_classes(drawn):
    means = np.random.default_rng(2).random((10, 5))
    columns = drawn.tab.fingerprint.columns
    drawn.answer(unsure(_4=0.7, _9=0.3), hidden=(np.arange(5.0),))
    drawn.say(ClassMeans(run="B", step=0, layer=0, means=np.ones((10, 5))))
    assert columns.columns is None, "another network answers"
    drawn.say(ClassMeans(run="A", step=0, layer=0, means=means))
    order = np.argsort(-means[4])
    assert np.array_equal(columns.columns, np.stack([np.arange(5.0), means[4], means[9]])[:, order])
    assert columns.captions == ("yours", "average 4", "average 9")

    drawn.answer(hidden=())
    assert columns.columns is None and columns.captions == (NO_LAYER,)
    drawn.tab.fingerprint.clear()
    assert columns.captions == ("yours", "class average", "")


@pytest.mark.parametrize("names", [("heart", "1"), ("0", "a very long heart"), ("first picture", "second picture")])
def test_no_caption_of_the_fingerprint_runs_into_the_next(qtbot, monkeypatch, names):
    view = Columns("columns")
    qtbot.show(view, LEAST_WIDTH, 160)
    use_names(names)
    captions, *shorter = captions_of((0, 1))
    view.set_columns(np.random.default_rng(4).random((3, 5)), captions, np.arange(5), shorter)
    painted = []
    monkeypatch.setattr(fingerprint_panel, "draw", lambda painter, *shapes: painted.extend(shapes))
    view.grab()
    captions = [shape for shape in painted if isinstance(shape, Words)]
    letters = QFontMetricsF(font("caption"))
    assert len(captions) == 3
    for caption in captions:
        assert letters.horizontalAdvance(caption.text) <= caption.place.width(), caption.text
    for one, other in pairwise(captions):
        assert one.place.right() <= other.place.left()


def test_before_anything_is_drawn_the_captions_of_the_fingerprint_are_whole(qtbot, monkeypatch):
    view = Columns("columns")
    qtbot.show(view, LEAST_WIDTH, 160)
    painted = []
    monkeypatch.setattr(fingerprint_panel, "draw", lambda painter, *shapes: painted.extend(shapes))
    view.grab()
    assert [shape.text for shape in painted if isinstance(shape, Words)] == ["yours", "average", ""]


def test_what_the_network_receives_is_drawn_in_whole_pixels_and_its_preparation_said_for_every_size(world):
    pixels = world.tab.receives.pixels
    for size in ((1280, 576), (1920, 936)):
        world.tab.resize(*size)
        QCoreApplication.processEvents()
        place = pixels.place()
        assert place.height() > pixels.height() - 2 - 28
        assert place.width() == place.height() and place.width() % 28 == 0 and place.width() >= 140

    for shape, sizes in (
        ((28, 28), "20 × 20 in 28 × 28"),
        ((14, 24), "17 × 10 in 24 × 14"),
        ((1, 1), "1 × 1 in 1 × 1"),
    ):
        world.say(replace(dataset_opened(), shape=shape), job=SENT_BY_OTHERS)
        assert world.text("receives.caption").replace("\u00a0", " ").startswith(f"{sizes}, centred")
    world.tab.receives.switch.choose("raw")
    assert "whole canvas" in world.text("receives.caption")


def test_a_column_finer_than_the_screen_is_averaged():
    column = np.random.default_rng(3).random(300)
    assert np.allclose(averaged(column, 100), column.reshape(100, 3).mean(axis=1))
    assert averaged(column, 70).mean() == pytest.approx(column.mean())
    assert averaged(column, 300) is column


def test_why_this_one_and_not_another(answered):
    answered.say(saliency())
    assert answered.text("why.sum") == "+12.31" and answered.text("why.difference") == "+12.33"
    answered.say(saliency(method="gradient"))
    assert answered.text("why.sum") == "–", "the sum of a plain gradient means nothing"

    box = answered.tab.why.against
    assert box.currentText() == "4?" and box.itemText(10) == "4 and not 9?"
    box.setCurrentIndex(10)
    box.activated.emit(10)
    assert answered.questions()[-1][1]["why"] == (None, 9, "integrated")
    answered.clock.advance(PERIOD_MS)
    answered.button("method.gradient").click()
    answered.answer()
    assert answered.questions()[-1][1]["why"] == (None, 9, "gradient")
    assert len(answered.asked(near_drawing)) == 1, "the nearest images do not depend on it"

    def hidden():
        return [box.itemText(row) for row in range(box.count()) if box.view().isRowHidden(row)]

    answered.answer(np.eye(10)[9])
    assert hidden() == ["9 and not 9?"] and not box.model().item(10).isEnabled()
    answered.button("method.integrated").click()
    answered.clock.advance(PERIOD_MS)
    assert answered.questions()[-1][1]["why"] == (None, None, "integrated"), "no class is set against itself"


def test_the_nearest_images_are_picked_out_by_a_click_or_return_and_seen_in_data_by_a_double_click(answered):
    selection, grid, shown = answered.selection, answered.tab.evidence.nearest, []
    answered.say(nearest([4, 4, 9, 4, 4, 4, 4, 4]))
    assert grid.labels == [4, 4, 9, 4, 4, 4, 4, 4]
    assert grid.tip_at(grid.place_of(2).center()) == (
        "Training image 2,000, a 9, at distance 1.00\nClick to pick it out, double-click to see it in Data."
    )
    selection.tabWanted.connect(shown.append)
    plain = grid.grab().toImage()
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.place_of(2).center().toPoint())
    assert (selection.training, selection.label, selection.image) == (2000, 9, None)
    grid.clearFocus()
    assert grid.grab().toImage() != plain and shown == [], "it has a frame, and nobody is led away"
    QTest.keyClick(grid, Qt.Key.Key_Right)
    QTest.keyClick(grid, Qt.Key.Key_Return)
    assert (selection.training, selection.label) == (3000, 4)
    double_click(grid, grid.place_of(3).center().toPoint())
    assert shown == ["data"]
    selection.change(training=None)
    grid.set_current(None)
    assert grid.grab().toImage() == plain
    answered.answer(np.eye(10)[7])
    assert grid.grab().toImage() != plain, "other labels are not the answer"
    answered.answer()
    assert grid.grab().toImage() == plain


def test_the_images_that_spoke_for_the_answer_or_against_it_are_asked_for_and_say_how_much(answered):
    for by in ("for", "against", "alike"):
        answered.tab.evidence.by.choose(by)
        assert answered.asked_with(near_drawing)[-1][1] == {"by": by} and f" {by} " in answered.text("evidence.title")
    found = replace(nearest([4, 9]), by="against", influences=np.array([-0.52, -0.25]))
    answered.say(found)
    grid = answered.tab.evidence.nearest
    tip = grid.tip_at(grid.place_of(1).center()).splitlines()[0]
    assert tip == "Training image 1,000, a 9, influence −0.25, at distance 0.50"
    assert grid.table().columns[-1] == "−grad L · grad log p, all layers"

    said = "Run A learned from other data: MNIST 54,000 + 10,000."
    remark = answered.find(QLabel, "nearest.remark")
    answered.say(replace(nearest([4, 9]), remark=said))
    assert remark.isVisible() and remark.words == remark.toolTip() == said
    answered.say(replace(familiarity(0.31), remark=said))
    assert answered.find(QLabel, "answer.doubt").toolTip().endswith(said)
    answered.say(nearest([4, 9]))
    assert not remark.isVisible()


def test_an_answer_does_not_stand_beside_other_data_another_run_or_an_empty_canvas_even_if_it_comes_late(answered):
    means = ClassMeans(run="A", step=0, layer=0, means=np.ones((10, 5)))
    answered.say(means, saliency(), nearest([4, 9]), familiarity(0.31))
    answered.end()
    tab = answered.tab
    assert answered.text("answer.winner") == "4" and tab.evidence.nearest.labels
    assert tab.why.pixels.numbers is not None
    for change, winner in (
        (lambda: answered.look("B"), "4"),
        (lambda: answered.say(replace(dataset_opened(), names=tuple("abcdefghij")), job=SENT_BY_OTHERS), "e"),
    ):
        change()
        assert answered.text("answer.winner") == "" and tab.answer.bars.probabilities is None
        assert not tab.evidence.nearest.labels
        answered.rest()
        answered.say(replace(answer(unsure(_4=0.98, _1=0.02)), run="B"), saliency())
        answered.end()
        assert answered.text("answer.winner") == winner and tab.why.pixels.numbers is not None
        assert not tab.evidence.nearest.labels, "what this network has no answer to"
        assert answered.text("answer.doubt").startswith("next: "), "what is unlike to one is not said of another"

    draw(answered.canvas, (4, 20), (14, 20))
    answered.rest()
    asked = {answered.job(make) for make in (read_drawing, near_drawing)}
    answered.button("clear").click()
    answered.say(answer(), saliency(), nearest([4] * 8))
    assert asked <= set(answered.runner.stopped) and tab.receives.pixels.numbers is None
    assert answered.text("answer.winner") == "" and tab.why.pixels.numbers is None
    assert tab.evidence.nearest.labels == []


def test_a_drawing_unlike_all_training_images_is_called_so_however_sure_the_answer_is(rested):
    doubt = rested.find(QLabel, "answer.doubt")
    rested.answer(unsure(_8=0.98, _1=0.02))
    rested.say(nearest([8] * 8), familiarity(0.15))
    assert doubt.text().startswith("next: ") and doubt.property("tone") == "muted"
    rested.say(familiarity(0.31))
    assert doubt.text() == "unlike anything in the training images" and doubt.property("tone") == "warn"
    assert rested.text("answer.probability").startswith("98.0")
    assert "0.31 (limit 0.20)" in doubt.toolTip() and "5.50 (limit 6.50)" in doubt.toolTip()
    rested.answer(unsure(_3=0.98, _1=0.02))
    assert doubt.text() == "unlike anything in the training images"
    rested.say(familiarity(0.1))
    assert doubt.text().startswith("next: ") and not doubt.toolTip()

    rested.say(familiarity(0.31))
    rested.button("clear").click()
    draw(rested.canvas, (4, 4), (14, 14))
    rested.rest()
    rested.answer(unsure(_8=0.98, _1=0.02))
    assert doubt.text().startswith("next: "), "another drawing"


def noticed(shares, false_alarms=None):
    return Noticing(run="A", step=0, shares=tuple(shares.items()), count=200, false_alarms=false_alarms, tested=1000)


def open_noticing(world):
    """Open the table by the panel's menu."""
    menu = figure_menu.menu_of(world.tab.answer)
    menu.aboutToShow.emit()
    (action,) = [each for each in menu.actions() if each.objectName() == "draw.noticing.show"]
    action.trigger()
    QCoreApplication.processEvents()
    return world.tab.answer.noticing


def test_how_well_the_network_notices_is_measured_while_its_table_is_open_and_moves_nothing(answered):
    parts = [part for part in answered.tab.findChildren(QWidget) if part.window() is answered.tab.window()]
    before = [part.geometry() for part in parts]
    assert answered.asked(noticing) == []
    table = open_noticing(answered)
    assert answered.asked(noticing) == [(Lens("A"),)] and set(table.shares.values()) == {"…"}
    size, job = table.size(), answered.job(noticing)
    answered.say(noticed({"scribbles": 0.78, "hearts": None}, 0.011), job=job)
    assert table.shares == {"scribbles": "78 %", "hearts": "…", "test images (false alarms)": "1.1 %"}
    answered.say(noticed(dict.fromkeys(KINDS, 0.5), 0.011), job=job)
    assert [*table.shares.values()] == ["50 %"] * len(KINDS) + ["1.1 %"] and table.size() == size
    assert [part.geometry() for part in parts] == before
    table.close()
    assert job in answered.runner.stopped, "nobody looks at it any more"

    table = open_noticing(answered)
    assert len(answered.asked(noticing)) == 2
    answered.say(replace(noticed({}), remark="Run A learned from other data. " * 3), job=answered.job(noticing))
    assert table.height() >= table.page.sizeHint().height(), "no line is clipped"
    answered.say(JobFailed(sentence="The network reads other pictures."), job=answered.job(noticing))
    assert "The network reads other pictures." in {label.text() for label in table.findChildren(QLabel)}
    table.close()
    answered.selection.change(lens=None)
    table = open_noticing(answered)
    assert NO_NETWORK in {label.text() for label in table.findChildren(QLabel)}
    table.close()


def test_the_breakdown_adds_up_with_what_it_leaves_out(world):
    world.button("page.breakdown").click()
    draw(world.canvas, (4, 4), (14, 14))
    world.rest()
    assert world.questions()[-1][1]["breakdown"]
    assert len(world.asked(near_drawing)) == 1, "also for how familiar the drawing is"
    world.answer()
    world.say(breakdown(sorted(np.random.default_rng(4).normal(size=40).tolist(), key=abs, reverse=True)))
    rows = world.tab.evidence.breakdown.rows()
    adds = [float(row[3].replace("−", "-")) for row in rows]
    assert sum(adds[:-1]) == pytest.approx(adds[-1], abs=0.005 * len(adds))
    assert rows[-3][0] == f"{40 - len(rows) + 3} others" and rows[-1][0] == "logit of 4"


def test_a_replay_draws_the_strokes_once_more_keeps_the_answers_and_ends_where_one_draws_or_plays(world):
    draw(world.canvas, (4, 4), (8, 8), (14, 14))
    draw(world.canvas, (14, 4), (8, 8), (4, 14))
    world.rest()
    world.answer()
    whole, sheet = world.canvas.picture(), world.canvas.sheet
    world.button("replay.button").click()
    assert 0 < world.canvas.picture().sum() < whole.sum() and world.canvas.sheet is sheet

    def ended():
        world.clock.advance(PERIOD_MS)
        world.answer(unsure(_4=0.5, _9=0.5))
        return not world.tab.replay.is_going_on

    world.qtbot.waitUntil(ended)
    assert np.array_equal(world.canvas.picture(), whole) and world.canvas.sheet is sheet
    shares = world.tab.evidence.replay.chart.shares
    assert len(shares) >= 2 and np.array_equal(shares[-1], unsure(_4=0.5, _9=0.5))
    assert world.selection.history.stack.count() == 2
    for act, strokes in (
        (lambda: draw(world.canvas, (20, 20)), 3),
        (world.button("play.more").click, 3),
        (world.button("undo").click, 2),
        (world.button("clear").click, 0),
    ):
        world.button("replay.button").click()
        assert world.tab.replay.is_going_on and world.canvas.shows_other
        act()
        assert not world.tab.replay.is_going_on and not world.canvas.shows_other
        assert len(world.canvas.sheet.strokes) == strokes
        assert world.tab.evidence.replay.chart.shares.size == 0, "these are the answers to another drawing"


def test_the_first_part_of_a_drawing_is_a_share_of_its_points():
    strokes = tuple(Stroke(points=tuple(Point(number, 0) for number in range(count)), width=2) for count in (3, 5))
    sheet = Sheet(strokes=strokes)
    counts = [[len(each.points) for each in first_part(sheet, part).strokes] for part in (0, 0.25, 0.5, 1)]
    assert counts == [[1], [2], [3, 1], [3, 5]]


def test_an_empty_canvas_says_what_to_do_asks_for_no_digit_where_classes_have_names_and_is_drawn_right_through(world):
    empty = world.tab.sheet.empty
    assert empty.isVisible() and empty.sentence.text() == "Draw a digit with the mouse."
    assert not world.canvas.example.isEmpty()
    world.say(replace(dataset_opened(), names=("ape", "bee")), job=SENT_BY_OTHERS)
    assert empty.sentence.text() == "Draw a picture with the mouse."
    assert world.canvas.example.isEmpty()
    world.say(dataset_opened(), job=SENT_BY_OTHERS)
    assert not world.canvas.example.isEmpty()

    window = world.tab.window()
    middle = empty.sentence.mapTo(window, empty.sentence.rect().center())
    places = [middle + QPoint(across, 0) for across in (0, 30, 60, 90)]
    # Through the window, as the system sends it: then it is Qt that chooses who gets the moves.
    QTest.mousePress(window.windowHandle(), Qt.MouseButton.LeftButton, pos=places[0])
    assert not empty.isVisible() and not empty.button.isVisible()
    for place in places[1:]:
        QTest.mouseMove(window.windowHandle(), place)
    QTest.mouseRelease(window.windowHandle(), Qt.MouseButton.LeftButton, pos=places[-1])
    (stroke,) = world.canvas.sheet.strokes
    units = 90 * 28 / min(world.canvas.width(), world.canvas.height())
    assert stroke.points[-1].x - stroke.points[0].x == pytest.approx(units, rel=0.01)


def test_strokes_have_the_chosen_tool_and_width_and_each_stroke_and_clear_can_be_undone_and_done_again(world):
    world.button("eraser").click()
    assert world.canvas.erases
    world.button("pen").click()
    assert not world.canvas.erases
    slider = world.tab.sheet.width_slider
    slider.setValue(40)
    assert world.canvas.pen_width == 4.0
    for share in (0.9, 0.1, 0.5):
        place = QPoint(round(share * slider.width()), slider.height() // 2)
        QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=place)
        wanted = slider.minimum() + share * (slider.maximum() - slider.minimum())
        assert abs(slider.value() - wanted) <= 0.1 * (slider.maximum() - slider.minimum()), "it goes where one clicks"

    history = world.selection.history
    draw(world.canvas, (4, 4), (14, 14))
    draw(world.canvas, (14, 4), (4, 14))
    both = world.canvas.picture()
    assert history.stack.undoText() == "stroke"
    world.button("clear").click()
    assert world.canvas.is_empty and history.stack.undoText() == "clear"
    world.button("undo").click()
    assert np.array_equal(world.canvas.picture(), both)
    history.undo()
    assert len(world.canvas.sheet.strokes) == 1
    history.undo()
    assert world.canvas.is_empty and not world.button("undo").isEnabled()
    history.redo()
    history.redo()
    assert np.array_equal(world.canvas.picture(), both)


def take(world, number, label=7):
    assert world.runner.submitted[-1][:2] == (one_image, (number,))
    picture = np.zeros((28, 28), np.uint8)
    picture[4:24, 12:16] = 255
    world.say(OneImage(number=number, label=label, picture=picture), job=len(world.runner.submitted))


def test_after_a_new_session_the_drawing_stays_can_be_undone_and_a_network_is_offered(drawn):
    assert not drawn.tab.answer.offer.isVisible()
    drawn.answer()
    drawn.say(opened(path=None, is_saved=False), job=SENT_BY_OTHERS)
    drawn.selection.history.forget_session()
    drawn.selection.change(lens=None)
    drawn.clock.advance(PERIOD_MS)
    assert drawn.tab.answer.sentence.text() == NO_NETWORK
    assert drawn.tab.answer.offer.start.isVisible() and drawn.tab.answer.offer.bundled.isVisible()
    drawn.selection.history.undo()
    assert drawn.canvas.is_empty
    drawn.selection.history.redo()
    assert len(drawn.canvas.sheet.strokes) == 1

    asked, received = len(drawn.questions()), drawn.tab.receives.pixels
    draw(drawn.canvas, (4, 20), (14, 20))
    drawn.clock.advance(PERIOD_MS)
    assert len(drawn.questions()) == asked and np.array_equal(received.numbers, prepared(drawn.canvas.picture()))


def test_a_test_image_enters_the_network_untouched_whichever_way_it_comes_and_a_stroke_changes_it_only_there(
    world, tmp_path
):
    image = np.zeros((28, 28), np.uint8)  # as no MNIST digit lies: small, pale and in a corner
    image[3:9, 20:27] = np.random.default_rng(1).integers(0, 120, (6, 7))

    def by_button():
        world.button("image").click()
        world.say(OneImage(number=3, label=5, picture=image), job=len(world.runner.submitted))

    def from_a_tab():
        world.selection.send(image, "Test image 3, a 5")

    def from_a_file():
        Image.fromarray(image).save(tmp_path / "image.png")
        world.tab.brought.take_file(str(tmp_path / "image.png"))
        make, args, _ = world.runner.submitted[-1]
        world.say(*make(Session(open_sample()), *args), job=len(world.runner.submitted))

    def copied():
        from_a_tab()
        world.tab.clipboard["copy"]()
        world.canvas.clear()
        world.tab.clipboard["paste"]()

    for bring in (by_button, from_a_tab, from_a_file, copied):
        bring()
        world.rest()
        assert world.selection.drawing.dtype == np.float32
        assert np.array_equal(world.selection.drawing, image / np.float32(255)), bring
        assert world.text("receives.caption") == "Pixel for pixel, as it is: not centred."
        assert not world.tab.receives.switch.isEnabled(), "neither preparation holds"
        world.canvas.clear()

    from_a_tab()
    draw(world.canvas, (4, 20), (12, 20))
    world.rest()
    drawn, before = world.selection.drawing, image / np.float32(255)
    assert np.array_equal(drawn[:16], before[:16]), "no stroke came there"
    assert drawn[19:21, 5:11].min() > 0.9
    assert world.canvas.sheet.caption == "Test image 3, a 5, drawn on"
    assert world.text("receives.caption") == "Pixel for pixel; another only where you drew."


def test_drawings_are_read_as_the_data_lie_unless_a_person_chooses(world):
    def opened(*, mnist_style):
        return replace(dataset_opened(), is_mnist_style=mnist_style)

    world.say(opened(mnist_style=False), job=SENT_BY_OTHERS)
    assert world.tab.receives.switch.key == "raw"
    assert "these data are not centred" in world.text("receives.caption")
    draw(world.canvas, (4, 4), (14, 14))
    world.rest()
    assert np.array_equal(world.selection.drawing, prepared(world.canvas.picture(), raw=True))
    world.tab.receives.switch.choose("prepared")
    world.say(opened(mnist_style=False), job=SENT_BY_OTHERS)
    assert world.tab.receives.switch.key == "prepared", "a person chose it"
    world.say(opened(mnist_style=True), job=SENT_BY_OTHERS)
    world.say(opened(mnist_style=False), job=SENT_BY_OTHERS)
    assert world.tab.receives.switch.key == "raw", "those were other data"


def picture(dark_on_light=True, transparent=False):
    """A photo-like picture of a 1: 90 x 60 pixels."""
    image = QImage(60, 90, QImage.Format.Format_ARGB32)
    paper, pen = (Qt.GlobalColor.white, Qt.GlobalColor.black)[:: 1 if dark_on_light else -1]
    image.fill(Qt.GlobalColor.transparent if transparent else paper)
    painter = QPainter(image)
    painter.fillRect(26, 15, 8, 60, pen)
    painter.end()
    return image


def test_a_picture_is_pasted_or_dropped_as_ink_whichever_way_round_and_in_whichever_format_it_is(world, tmp_path):
    clipboard, file = QGuiApplication.clipboard(), tmp_path / "one.png"
    picture().save(str(file))

    def bring(give):
        world.canvas.clear()
        give()
        assert world.canvas.is_empty, "the engine reads it"
        world.read_picture()
        ink = world.canvas.picture()
        assert ink[140, 140] > 0.99 and ink[140, 60] == 0 and ink[20, 140] == 0
        assert ink.mean() == pytest.approx(8 * 60 / 90**2, rel=0.05)

    for dark, transparent in itertools.product((True, False), repeat=2):
        clipboard.setImage(picture(dark, transparent))
        bring(world.tab.brought.paste)
    # A clipboard that is this process's own gives back what it was given: a pixmap, as another tab copies it.
    clipboard.setPixmap(QPixmap.fromImage(picture()))
    bring(world.tab.brought.paste)
    bring(lambda: world.canvas.fileGiven.emit(str(file)))
    assert not any(isinstance(args[0], Notice) for _, args, _ in world.runner.submitted if args)

    for name in ("RGB32", "ARGB32_Premultiplied", "Grayscale16", "Indexed8"):
        image = picture().convertToFormat(getattr(QImage.Format, f"Format_{name}"))
        world.tab.brought.take_picture(image)
        world.read_picture()
        pasted = world.canvas.picture()
        world.canvas.clear()
        image.save(str(tmp_path / "same.png"))
        world.tab.brought.take_file(str(tmp_path / "same.png"))
        world.read_picture()
        np.testing.assert_allclose(pasted, world.canvas.picture(), atol=0.02, err_msg=name)


def test_an_empty_clipboard_or_a_picture_of_too_many_pixels_is_refused_before_it_is_touched(world, monkeypatch):
    asked = []
    monkeypatch.setattr(world.bridge, "submit", lambda make, *said: asked.append(said))
    for held in (None, QMimeData()):
        monkeypatch.setattr(QGuiApplication, "clipboard", lambda held=held: SimpleNamespace(mimeData=lambda: held))
        world.tab.brought.paste()
    assert asked == [("There is no picture to paste.", "Copy one first.")] * 2

    monkeypatch.setattr("gui.tabs.draw.pictures.MOST_PIXELS", 280 * 280 - 1)
    monkeypatch.setattr("gui.tabs.draw.pictures.pixels_of", pytest.fail)
    world.tab.brought.take_picture(picture().scaled(280, 280))
    assert [sentence for sentence, *_ in asked[2:]] == ["The pasted picture has more than 64 million pixels."]


def test_a_large_picture_is_handed_over_and_drawn_with_as_little_work_as_a_small_one(world):
    def hand_over(side):
        return work_of(lambda: world.tab.brought.take_picture(picture().scaled(side, side)))

    def draw_it(side):
        return work_of(lambda: tinted(np.ones((side, side), np.float32), QColor("#123456")))

    assert hand_over(400) == hand_over(40)
    assert draw_it(400) == draw_it(40)


def test_a_tinted_picture_is_as_opaque_as_it_has_ink():
    picture = np.array([[0, 0.25, 0.5], [1, np.nan, np.inf], [-1, 2, 1e-3]], np.float32)
    image = tinted(picture, QColor(10, 200, 90))
    ink = np.clip(np.nan_to_num(picture), 0, 1)
    for row, column in itertools.product(range(3), range(3)):
        pixel = image.pixelColor(column, row)
        assert pixel.alpha() == round(255 * float(ink[row, column]))
        if pixel.alpha() > 60:
            np.testing.assert_allclose(pixel.getRgb()[:3], (10, 200, 90), atol=3)


def test_the_canvas_is_stored_soon_after_a_stroke_and_again_when_it_is_read_otherwise(qtbot, monkeypatch):
    monkeypatch.setattr("gui.tabs.draw.kept_drawings.PERIOD_MS", 10)
    drawn = World(qtbot)
    draw(drawn.canvas, (4, 4), (14, 14))
    drawn.qtbot.waitUntil(lambda: len(drawn.asked(keep_canvas)) == 1)
    ((plain,),) = drawn.asked(keep_canvas)
    assert CanvasState.from_plain(plain).drawing.strokes == drawn.canvas.sheet.strokes
    drawn.button("preparation.raw").click()
    drawn.qtbot.waitUntil(lambda: len(drawn.asked(keep_canvas)) == 2)
    assert drawn.asked(keep_canvas)[1][0] == plain | {"is_raw": True}
    drawn.canvas.clear()
    drawn.qtbot.waitUntil(lambda: drawn.asked(keep_canvas)[2:] == [(None,)])
    assert drawn.selection.canvas() is None


def test_a_session_that_opens_shows_its_own_canvas_and_one_without_or_with_a_damaged_one_leaves_it(drawn):
    mine = drawn.canvas.sheet
    drawn.say(opened(), job=SENT_BY_OTHERS)
    assert drawn.canvas.sheet is mine
    stroke = Stroke(points=(Point(3, 3), Point(9, 9)), width=2.0)
    plain = {"strokes": [plain_stroke(stroke)], "picture": None, "caption": "", "change": None}
    drawn.say(opened(view={"canvas": plain | {"is_raw": True}}), job=SENT_BY_OTHERS)
    assert drawn.canvas.sheet.strokes == (stroke,) and drawn.button("preparation.raw").isChecked()
    mine = drawn.canvas.sheet
    for view in ({"canvas": 7}, {"canvas": {"strokes": [{}]}}):
        drawn.say(opened(view=view), job=SENT_BY_OTHERS)
        assert drawn.canvas.sheet is mine
    assert [words for words, *_ in drawn.asked(tell)] == [DAMAGED] * 2


def test_a_stroke_before_the_session_is_open_stays_is_stored_later_and_undo_shows_the_sessions_canvas(
    qtbot, monkeypatch
):
    monkeypatch.setattr("gui.tabs.draw.kept_drawings.PERIOD_MS", 1)
    stroke = Stroke(points=(Point(3, 3), Point(9, 9)), width=2.0)
    plain = {"strokes": [plain_stroke(stroke)], "picture": None, "caption": "", "change": None, "is_raw": False}
    for pen_is_down in (False, True):
        world = World(qtbot)
        world.bridge.awaits_session = True
        press(world.canvas, 4, 4)
        move(world.canvas, 14, 14)
        if not pen_is_down:
            lift(world.canvas, 14, 14)
        with qtbot.waitSignal(world.tab.keeping.findChild(QTimer).timeout):
            world.say(opened(view={"canvas": plain}), job=SENT_BY_OTHERS)
        if pen_is_down:
            lift(world.canvas, 14, 14)
        mine = world.canvas.sheet
        assert len(mine.strokes) == 1 and mine.strokes != (stroke,)
        assert not world.asked(keep_canvas), "it could reach another session than the one that is being opened"
        world.bridge.awaits_session = False
        world.qtbot.waitUntil(lambda world=world: len(world.asked(keep_canvas)) == 1)
        assert CanvasState.from_plain(world.asked(keep_canvas)[0][0]).drawing.strokes == mine.strokes
        world.tab.history.undo()
        assert world.canvas.sheet.strokes == (stroke,)
        world.tab.history.redo()
        assert world.canvas.sheet is mine


def test_until_the_window_is_complete_no_network_is_missed_and_strokes_are_read_without_reasons(qtbot):
    world = World(qtbot)
    world.bridge.hold()
    world.selection.change(lens=None)
    assert world.tab.answer.sentence.text() == NOTHING_DRAWN
    world.look()
    draw(world.canvas, (4, 4), (14, 14))
    world.end_reading()
    world.tab.evidence.page.chosen.emit("breakdown")  # as the session's pages do
    world.clock.advance(TRAINING_REST_MS)
    assert {how["means"] for _, how in world.questions()} == {False}, "they need TensorFlow too"
    assert not world.reasons() and not world.asked(near_drawing)
    world.bridge.release()
    world.selection.signal_all()
    world.rest()
    assert world.reasons() and world.asked(near_drawing)
    world.selection.change(lens=None)
    assert world.tab.answer.sentence.text() == NO_NETWORK


def test_the_ink_alone_is_copied_cut_pasted_and_saved(drawn, tmp_path, monkeypatch):
    actions = {action.objectName(): action for action in right_click(drawn.canvas).actions()}
    actions["draw.ink.copy"].trigger()
    copied, shown = QGuiApplication.clipboard().image(), drawn.canvas.as_image()
    assert copied.convertToFormat(shown.format()) == shown
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    actions["draw.ink.save"].trigger()
    ((path, content),) = drawn.asked(save_file)
    assert path == tmp_path / "mine.png" and QImage.fromData(content).size() == shown.size()

    ink = drawn.canvas.picture()
    drawn.tab.clipboard["cut"]()
    assert drawn.canvas.is_empty
    drawn.tab.clipboard["paste"]()
    assert np.array_equal(drawn.canvas.picture(), ink)


def waiting(world):
    """Which empty pictures say that something will come."""
    tab = world.tab
    pictures = (tab.why.pixels, tab.fingerprint.columns, tab.evidence.nearest, tab.evidence.breakdown)
    return [each.objectName().split(".")[1] for each in pictures if each.is_waiting]


def test_reasons_that_take_long_are_announced_until_they_come_or_cannot(drawn):
    drawn.answer()
    drawn.clock.advance(SIGN_MS - 1)
    assert not waiting(drawn)
    drawn.clock.advance(1)
    assert waiting(drawn) == ["why", "fingerprint", "nearest", "breakdown"]
    drawn.canvas.clear()
    assert not waiting(drawn), "an empty canvas announces nothing"

    draw(drawn.canvas, (4, 20), (14, 20))
    drawn.rest()
    drawn.answer()
    drawn.clock.advance(SIGN_MS)
    before = drawn.tab.evidence.nearest.grab().toImage()
    drawn.say(saliency(), nearest([4] * 8))
    assert drawn.tab.evidence.nearest.grab().toImage() != before
    assert waiting(drawn)
    drawn.end()
    assert not waiting(drawn)


def test_the_words_on_the_canvas_lie_on_it_also_after_its_size_changed_and_can_be_read_whatever_is_below(world):
    world.tab.resize(1024, 740)
    hint = world.find(QLabel, "hint")
    world.qtbot.waitUntil(lambda: hint.isVisible() and abs(world.canvas.height() - world.canvas.width()) <= 1)
    upper, lower = world.canvas.place_of(0, 0), world.canvas.place_of(28, 28)
    button = world.button("empty.button").geometry()
    assert upper.y() < button.top() and button.bottom() < lower.y()
    world.tab.resize(1280, 740)
    draw(world.canvas, (4, 14), (24, 14))
    world.tab.resize(1024, 456)
    world.qtbot.waitUntil(lambda: world.canvas.height() < 400)
    world.button("clear").click()
    button = world.button("empty.button")
    assert button.isVisible() and world.canvas.rect().contains(button.geometry())

    grey = np.full((28, 28), 0.5, np.float32)
    world.canvas.put("picture", Sheet(picture=grey, caption="More 3, 12 steps", as_is=True))
    corner, shot = world.canvas.place_of(0, 28).toPoint(), pixels_of(world.canvas.grab().toImage())
    caption = shot[corner.y() - 23 : corner.y() - 8, corner.x() + 8 : corner.x() + 40]
    assert np.mean(caption == theme().current.color("surface").rgb()) > 0.4, "the letters stand on their own ground"


def choose(world, name):
    action = next(
        each for each in world.find(QMenu, "image.menu").actions() if each.objectName() == f"draw.image.{name}"
    )
    action.trigger()


def written(world, text):
    field = world.tab.window().findChild(NameField, "draw.image.field")
    field.line.setText(text)
    QTest.keyClick(field.line, Qt.Key.Key_Return)
    return field


def read_as(labels, answers):
    sure = np.linspace(0.5, 1, len(labels))
    return blank(Mistakes, labels=np.array(labels), answers=np.array(answers), probabilities=sure)


def test_the_buttons_take_any_test_image_which_lies_under_the_strokes_and_the_arrow_key_offers_more(world, monkeypatch):
    monkeypatch.setattr("gui.tabs.draw.pictures.random.randrange", lambda _: 1234)
    button, menu, canvas = world.button("image"), world.find(QMenu, "image.menu"), world.canvas
    world.selection.change(image=99)
    world.button("empty.button").click()
    take(world, 99)  # the selected image first
    assert canvas.sheet.caption == "Test image 99, a 7"
    before = canvas.picture()
    assert before.mean() == pytest.approx(80 / 784, rel=0.01)
    draw(canvas, (4, 14), (24, 14))
    assert (canvas.picture() >= before).all() and canvas.picture().sum() > before.sum()
    world.selection.history.undo()
    assert np.array_equal(canvas.picture(), before)
    world.selection.history.undo()
    assert canvas.is_empty

    def click(across):
        """Click at a place of the button; return whether the menu opens."""
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(across, button.height() // 2))
        is_open = menu.isVisible()
        menu.hide()
        return is_open

    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    take(world, 1234)
    assert canvas.sheet.caption == "Test image 1,234, a 7" and not menu.isVisible()
    QTest.keyClick(button, Qt.Key.Key_Down)
    wanted = ["&Any", "A &misread one", "Of a &class", "By its &number…"]
    assert menu.isVisible() and [each.text() for each in menu.actions()] == wanted
    menu.hide()
    asked = len(world.asked(one_image))
    assert click(button.width() - 6) and len(world.asked(one_image)) == asked
    assert not click(10) and len(world.asked(one_image)) == asked + 1


def test_a_test_image_is_taken_by_its_number_or_its_class_and_a_number_that_there_is_not_is_refused(world, monkeypatch):
    choose(world, "number")
    for wrong in ("10000", "-1", "4.5", "²", "", "x", "9" * 30):
        field = written(world, wrong)
        assert field.isVisible() and field.label.text() == "Write a whole number from 0 to 9,999."
    assert not world.asked(one_image)
    for marked in ("9.999", "9 999", "9\N{NARROW NO-BREAK SPACE}999", "9,999"):  # as the languages write it
        choose(world, "number")
        assert not written(world, marked).isVisible()
        take(world, 9999)
    choose(world, "number")
    assert field.label.text() == "Number of the test image"
    written(world, " 0 ")
    take(world, 0)

    monkeypatch.setattr("gui.tabs.draw.pictures.random.randrange", lambda _: 7)
    classes = world.find(QMenu, "image.classes").actions()
    assert [each.text().removeprefix("&") for each in classes] == list("0123456789")
    for besides in (0, 30):  # another one than the last
        classes[3].trigger()
        assert world.asked_with(image_of_class)[-1] == ((3, 7), {"besides": besides})
        world.say(OneImage(number=30, label=3, picture=np.eye(28, dtype=np.uint8)), job=world.job(image_of_class))
    assert world.canvas.sheet.caption == "Test image 30, a 3"


def test_a_misread_image_is_one_that_the_network_looked_at_misreads_and_not_the_last(world, monkeypatch):
    monkeypatch.setattr("gui.tabs.draw.pictures.random.randrange", lambda among: among - 1)
    lens = Lens("B", silenced=frozenset({Neuron(0, 3)}))
    world.selection.change(lens=lens)
    for number in (1, 3, 1):  # the last of those that are left, the surest first
        choose(world, "misread")
        assert world.asked(mistakes)[-1] == (lens,)
        world.say(read_as([1, 2, 3, 4, 5], [1, 7, 3, 9, 5]), job=world.job(mistakes))
        take(world, number)

    asked = len(world.asked(one_image))
    for none, sentence in (
        (read_as([1, 2], [1, 2]), "Here the network misreads no test image."),
        (replace(read_as([1, 2], [1, 0]), is_finite=False), "The network’s answers are no numbers"),
    ):
        choose(world, "misread")
        world.say(none, job=world.job(mistakes))
        assert world.asked(refuse)[-1][0].startswith(sentence)
    assert len(world.asked(one_image)) == asked

    choose(world, "misread")
    late = world.job(mistakes)
    choose(world, "any")
    world.say(read_as([1, 2], [1, 0]), job=late)
    assert len(world.asked(one_image)) == asked + 1, "a late answer of what was wanted before is not taken"

    asked = len(world.asked(mistakes))
    world.selection.change(lens=None)
    choose(world, "misread")
    assert len(world.asked(mistakes)) == asked
    assert world.asked(refuse)[-1][0] == "There is no network yet that could misread an image."


def test_a_picture_that_was_wiped_off_is_not_marked_as_that_of_the_network_before(world):
    for run in "AB":
        world.say(started(run), MomentKept(run=run, step=0), job=SENT_BY_OTHERS)
    world.look("A")
    draw(world.canvas, (4, 4), (14, 14))
    world.answer()
    world.rest()
    world.answer()
    world.say(saliency(), nearest([1] * 8))
    world.end()
    world.canvas.clear()
    world.look("B")
    press(world.canvas, 4, 4)
    world.clock.advance(LATE_MS)
    assert not world.tab.veils.marked
    lift(world.canvas, 4, 4)
