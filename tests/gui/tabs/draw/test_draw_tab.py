"""The Draw tab, fed with answers: what it shows, and what it asks when one draws."""

import itertools
import time
import warnings
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, Qt
from PySide6.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent, QGuiApplication, QImage, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QMenu, QWidget

from engine.analysis.probes.breakdown import Breakdown, Line
from engine.analysis.probes.class_means import ClassMeans
from engine.analysis.probes.images import OneImage, image_of_class, one_image
from engine.analysis.probes.mistakes import Mistakes, mistakes
from engine.analysis.probes.noticing import Noticing, noticing
from engine.analysis.probes.reading import near_drawing, read_drawing
from engine.core.drawing import CanvasState, Point, Stroke, plain_stroke
from engine.core.errors import UserError
from engine.core.lens import Lens, Neuron
from engine.core.machine.bundled import BLOG, BUNDLED
from engine.core.messages import JobEnded, JobFailed, JobStarted, Notice
from engine.data.dataset import Dataset
from engine.data.formats.sample import open_sample
from engine.data.preparation import prepared
from engine.data.strange import KINDS
from engine.session.jobs.export import save_file
from engine.session.jobs.files import open_session
from engine.session.jobs.kept import keep_canvas
from engine.session.session import Session
from gui.look.color_maps import magnitude_image, signed_image
from gui.look.theme import theme
from gui.state.notices import refuse, tell
from gui.tabs.draw.answer_panel import doubt
from gui.tabs.draw.fingerprint_panel import NO_LAYER, averaged
from gui.tabs.draw.ink import Sheet, tinted
from gui.tabs.draw.kept_drawings import DAMAGED
from gui.tabs.draw.play import first_part
from gui.tabs.draw.reasons import SIGN_MS
from gui.tabs.draw.tab import NO_NETWORK, PERIOD_MS, SIDES_SECONDS, TRAINING_PERIOD_MS, TRAINING_REST_MS
from gui.widgets.figures import figure_menu
from gui.widgets.forms.name_field import NameField
from tests.gui.blank import blank
from tests.gui.fake_engine import dataset_opened
from tests.gui.mouse import double_click, point_at, right_click
from tests.gui.session_messages import opened
from tests.gui.tabs.draw.draw_world import World, answer, familiarity, nearest, saliency, unsure
from tests.gui.tabs.draw.drawing_hands import draw, lift, move, press
from tests.gui.training_messages import epoch
from tests.gui.worlds import SENT_BY_OTHERS

# Mouse in, questions out ------------------------------------------------------------------------------------------


def test_while_the_pen_moves_the_network_is_asked_for_its_answer_alone(world):
    press(world.canvas, 6, 6)
    move(world.canvas, 10, 10)
    (lens, picture), how = world.questions()[0]
    assert lens == Lens("A") and picture.shape == (28, 28) and picture.max() > 0.9
    assert how == {"means": True} and not world.asked(near_drawing)
    lift(world.canvas, 10, 10)


def test_one_question_at_a_time_and_the_last_one_always(world):
    press(world.canvas, 4, 4)
    for number in range(5, 24):
        move(world.canvas, number, number)
    assert len(world.questions()) == 1
    world.clock.advance(PERIOD_MS)
    world.answer()
    assert len(world.questions()) == 2
    last = world.questions()[-1][0][1]
    assert np.array_equal(last, prepared(world.canvas.picture()))
    lift(world.canvas, 23, 23)


def test_while_a_run_trains_the_pen_asks_more_rarely_and_for_less(world):
    world.controls.start()
    training = world.controls.job()
    world.say(JobStarted(), job=training)
    press(world.canvas, 6, 6)
    assert world.questions()[0][1]["means"] is False
    world.answer()
    move(world.canvas, 10, 10)
    world.clock.advance(TRAINING_PERIOD_MS - 1)
    assert len(world.questions()) == 1
    world.clock.advance(1)
    assert len(world.questions()) == 2
    world.answer()
    world.say(JobEnded(outcome="done"), job=training)
    world.clock.advance(TRAINING_PERIOD_MS)
    lift(world.canvas, 12, 10)
    assert world.questions()[-1][1]["means"] is True


def test_when_the_pen_is_lifted_the_reasons_are_asked_for_of_what_is_shown_as_received(world):
    draw(world.canvas, (4, 4), (14, 14), (20, 20))
    world.rest()
    lens, picture = world.questions()[-1][0]
    assert world.questions()[-1][1] == {"why": (None, None, "integrated"), "breakdown": False}
    ((near_lens, near_picture),) = world.asked(near_drawing)
    assert near_lens == lens and np.array_equal(near_picture, picture)
    assert np.array_equal(world.tab.receives.pixels.numbers, world.questions()[-1][0][1])


def test_when_the_pen_rests_the_reasons_are_asked_for(world):
    press(world.canvas, 4, 4)
    move(world.canvas, 14, 14)
    world.rest()
    assert world.canvas.is_drawing and len(world.asked(near_drawing)) == 1
    lift(world.canvas, 14, 14)


def test_raw_leaves_the_drawing_where_it_is(world):
    draw(world.canvas, (2, 2), (6, 2))
    world.button("preparation.raw").click()
    world.rest()
    asked = world.questions()[-1][0][1]
    assert np.array_equal(asked, prepared(world.canvas.picture(), raw=True))
    assert asked[:4].any() and not asked[5:].any()


def test_an_answer_that_fails_leaves_no_old_one_standing(drawn):
    drawn.answer()
    assert drawn.text("answer.winner") == "4"
    drawn.say(JobFailed(sentence="The network reads other pictures."), JobEnded(outcome="failed"))
    assert drawn.text("answer.winner") == "" and drawn.tab.answer.sentence.isVisible()
    assert drawn.tab.answer.sentence.text() == "The network reads other pictures."
    assert drawn.tab.answer.bars.probabilities is None


def test_a_hidden_tab_asks_nothing_and_for_the_reasons_at_once_when_it_is_shown(answered):
    answered.end()
    before = len(answered.questions())
    answered.tab.hide()
    answered.selection.change(lens=Lens("A", moment=550))
    answered.clock.advance(1000)
    assert len(answered.questions()) == before
    answered.tab.show()
    assert len(answered.questions()) == before + 1
    assert answered.questions()[-1][0][0] == Lens("A", moment=550) and answered.questions()[-1][1]["why"]


def test_a_training_is_followed_by_the_answer_and_more_rarely_by_the_reasons(answered):
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


def test_an_epoch_does_not_keep_the_reasons_from_coming_that_take_longer_than_it(answered):
    reasons, nearest_job = answered.job(read_drawing), answered.job(near_drawing)
    for number in (1, 2, 3):
        answered.say(epoch(number, run="A"), job=SENT_BY_OTHERS)
        answered.clock.advance(TRAINING_REST_MS)
    assert not {reasons, nearest_job} & set(answered.runner.stopped)
    answered.say(saliency(), job=reasons)
    answered.say(nearest([4] * 8), job=nearest_job)
    assert answered.tab.why.pixels.numbers is not None and answered.tab.evidence.nearest.labels


def test_when_the_pen_comes_down_the_reasons_of_what_lay_there_are_not_waited_for(rested):
    jobs = {rested.job(read_drawing), rested.job(near_drawing)}
    press(rested.canvas, 20, 20)
    assert jobs <= set(rested.runner.stopped) and "why" not in rested.questions()[-1][1]
    lift(rested.canvas, 20, 20)


# Messages in, what is shown out -----------------------------------------------------------------------------------


def test_the_answer_is_shown_large_with_its_doubt_in_figures_and_in_words(drawn):
    drawn.answer()
    assert drawn.text("answer.winner") == "4" and drawn.text("answer.probability") == "99.98 %"
    assert drawn.tab.answer.bars.texts[4] == "99.98 %" and drawn.tab.answer.bars.texts[3] == "< 0.01 %"
    assert drawn.tab.answer.bars.accessibleDescription().startswith("0: < 0.01 %, 1:")
    drawn.answer(unsure(_4=0.55, _9=0.4, _7=0.05))
    assert drawn.text("answer.doubt") == "could be 4 or 9"


@pytest.mark.parametrize("classes", [2, 10, 26, 100])
def test_however_many_classes_there_are_no_row_lies_on_another_and_the_winner_has_one(world, classes):
    world.say(dataset_opened(classes=classes), job=1_000)
    draw(world.canvas, (4, 4), (14, 14))
    shares = np.random.default_rng(3).dirichlet(np.ones(classes))
    world.answer(shares)
    bars = world.tab.answer.bars
    rows = [place for _, place in bars.places()]
    ten_likeliest = np.argsort(-shares)[:10].tolist()
    assert bars.shown() == (ten_likeliest if classes == 100 else list(range(classes)))
    assert all(bars.rect().contains(row.toAlignedRect()) for row in rows)
    assert not any(a.intersects(b) for a, b in itertools.combinations(rows, 2))
    assert min(row.height() for row in rows) >= 15
    winner = world.tab.answer.winner
    assert winner.text() == str(shares.argmax())
    assert winner.fontMetrics().horizontalAdvance(winner.text()) <= winner.width()


@pytest.mark.parametrize(
    ("shares", "sentence"),
    [
        ({"_4": 0.95, "_9": 0.05}, "next: 9"),
        ({"_4": 0.6, "_9": 0.3, "_7": 0.1}, "could be 4, 9 or 7"),
        ({"_4": 0.89, "_9": 0.06, "_7": 0.05}, "could be 4 or 9"),
        ({f"_{label}": 0.1 for label in range(10)}, "could be 0, 1 or 2"),
    ],
)
def test_doubt_in_words(shares, sentence):
    assert doubt(unsure(**shares)) == sentence


def test_weights_that_are_no_numbers_are_told_in_words(drawn):
    drawn.answer(np.full(10, np.nan))
    assert "not numbers" in drawn.text("answer.sentence") and drawn.tab.answer.bars.texts == [""] * 10


def test_nothing_moves_while_answers_come(answered):
    panels = [
        answered.tab.receives,
        answered.tab.why,
        answered.tab.answer,
        answered.tab.fingerprint,
        answered.tab.evidence,
    ]
    parts = [*panels, answered.tab.answer.bars, answered.tab.why.pixels, answered.tab.why.against, answered.canvas]

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
    drawn.answer(unsure(_4=0.7, _9=0.3), hidden=(np.arange(5.0),))
    drawn.say(ClassMeans(run="A", step=0, layer=0, means=means))
    order = np.argsort(-means[4])
    expected = np.stack([np.arange(5.0), means[4], means[9]])[:, order]
    assert np.array_equal(drawn.tab.fingerprint.columns.columns, expected)
    assert drawn.tab.fingerprint.columns.captions == ("yours", "average 4", "average 9")


def test_a_fingerprint_is_of_the_network_that_answers_and_there_is_none_without_hidden_layers(drawn):
    drawn.answer()
    drawn.say(ClassMeans(run="B", step=0, layer=0, means=np.ones((10, 5))))
    assert drawn.tab.fingerprint.columns.columns is None
    drawn.say(ClassMeans(run="A", step=0, layer=0, means=np.ones((10, 5))))
    columns = drawn.tab.fingerprint.columns
    assert columns.columns is not None
    drawn.answer(hidden=())
    assert columns.columns is None and columns.captions == (NO_LAYER,)
    drawn.tab.fingerprint.clear()
    assert columns.captions == ("yours", "average", "average")


@pytest.mark.parametrize(
    ("shape", "sizes"), [((28, 28), "20 × 20 in 28 × 28"), ((14, 24), "17 × 10 in 24 × 14"), ((1, 1), "1 × 1 in 1 × 1")]
)
def test_what_is_said_of_the_preparation_is_true_for_images_of_every_size(world, shape, sizes):
    world.say(replace(dataset_opened(), shape=shape), job=1_000)
    caption = world.tab.receives.findChild(QLabel, "draw.receives.caption")
    assert caption.text().replace("\u00a0", " ").startswith(f"{sizes}, centred")
    world.tab.receives.switch.choose("raw")
    assert "whole canvas" in caption.text()


def test_a_column_finer_than_the_screen_is_averaged():
    column = np.random.default_rng(3).random(300)
    assert np.allclose(averaged(column, 100), column.reshape(100, 3).mean(axis=1))
    assert averaged(column, 70).mean() == pytest.approx(column.mean())
    assert averaged(column, 300) is column


def test_saliency_is_shown_with_its_sum_beside_the_logit(answered):
    answered.say(saliency())
    assert answered.text("why.sum") == "+12.31" and answered.text("why.difference") == "+12.33"
    answered.say(saliency(method="gradient"))
    assert answered.text("why.sum") == "–", "the sum of a plain gradient means nothing"


def test_score_and_rise_are_what_numpy_makes_of_the_weights(world):
    session = Session()
    list(open_session(session, str(BUNDLED)))
    draw(world.canvas, (9, 5), (8, 14), (20, 14))
    world.rest()
    picture = world.questions()[-1][0][1]
    lens = Lens(BLOG)
    told = read_drawing(session, lens, picture, why=(None, None, "integrated"))
    world.say(*filter(None, told))
    hidden, bias, last, last_bias = (np.asarray(each, np.float64) for each in session.weights(lens))
    score, blank = (
        np.maximum(image.reshape(1, -1) @ hidden + bias, 0) @ last + last_bias
        for image in (picture.astype(np.float64), np.zeros(784))
    )
    best = int(score.argmax())
    rise = float(score[0, best] - blank[0, best])
    session.close()
    assert world.text("answer.winner") == str(best)
    assert world.text("answer.score") == f"score (logit) {score[0, best]:.2f}"
    assert abs(rise - score[0, best]) > 0.5, "they are two things"
    assert float(world.text("why.difference")) == pytest.approx(rise, abs=0.0051)
    assert float(world.text("why.sum")) == pytest.approx(rise, rel=0.01)
    captions = {label.text() for label in world.tab.why.findChildren(QLabel)}
    assert {"rise over a blank image", "sum of pixels"} <= captions and "logit" not in captions


def test_zero_has_the_panels_colour_and_the_sign_is_the_hue():
    colors = theme().current
    image = signed_image(np.array([[-2.0, 0.0, 2.0]]), 2.0)
    assert image.pixelColor(1, 0).name() == colors.surface.lower()
    assert image.pixelColor(0, 0).name() == colors.signed[0].lower()
    assert image.pixelColor(2, 0).name() == colors.signed[-1].lower()
    image = magnitude_image(np.array([[0.0, 1.0, np.nan]]))
    assert image.pixelColor(0, 0).name() == image.pixelColor(2, 0).name() == colors.surface.lower()
    assert image.pixelColor(1, 0).name() == colors.magnitude[-1].lower()


def test_pixels_are_drawn_at_whole_multiples_of_the_screens(world):
    place = world.tab.receives.pixels.place()
    assert place.width() == place.height() and place.width() % 28 == 0 and place.width() >= 140


def plate_of(picture):
    return picture.parentWidget(), next(each for each in picture.parentWidget().children() if each is not picture)


def test_the_words_stand_beside_their_picture_and_both_in_the_middle_of_much_room(world):
    plate, words = plate_of(world.tab.why.pixels)
    for width, height in ((300, 200), (340, 150), (900, 300)):
        plate.resize(width, height)
        picture = world.tab.why.pixels.geometry()
        assert world.tab.why.pixels.place().width() == (height - 2) // 28 * 28
        assert picture.width() == world.tab.why.pixels.place().width() + 2
        assert words.x() - picture.right() == 9 and words.geometry().right() < width
        free = width - words.geometry().right() - 1
        assert picture.x() == (free if width == 900 else 0) or picture.x() == free - 1
        assert picture.y() == 0 and picture.height() == height
    plate.resize(180, 300)
    picture = world.tab.why.pixels.geometry()
    assert picture.width() == world.tab.why.pixels.place().width() + 2, "where it is narrow, too"
    assert words.x() - picture.right() == 9
    assert words.geometry().right() < 180 < words.geometry().right() + 1 + 28


@pytest.mark.parametrize("size", [(1280, 576), (1600, 756), (1920, 936)])
def test_what_the_network_receives_is_as_wide_as_its_panel_is_high(world, size):
    world.tab.resize(*size)
    QCoreApplication.processEvents()
    pixels = world.tab.receives.pixels
    assert pixels.place().height() > pixels.height() - 2 - 28


def test_why_this_one_and_not_another(answered):
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


def test_no_class_is_set_against_itself(drawn):
    drawn.answer(np.eye(10)[7])
    drawn.tab.why.choose_against(4)
    drawn.clock.advance(PERIOD_MS)
    assert drawn.questions()[-1][1]["why"] == (None, 4, "integrated")
    drawn.answer()
    drawn.button("method.gradient").click()
    drawn.clock.advance(PERIOD_MS)
    assert drawn.questions()[-1][1]["why"] == (None, None, "gradient")
    assert not drawn.tab.why.against.model().item(5).isEnabled()


def test_the_nearest_images_are_picked_out_by_a_click_or_return_and_seen_in_data_by_a_double_click(answered):
    answered.say(nearest([4, 4, 9, 4, 4, 4, 4, 4]))
    grid = answered.tab.evidence.nearest
    assert grid.labels == [4, 4, 9, 4, 4, 4, 4, 4]
    assert grid.tip_at(grid.place_of(2).center()) == (
        "Training image 2,000, a 9, at distance 1.00\nClick to pick it out, double-click to see it in Data."
    )
    grid, shown = answered.tab.evidence.nearest, []
    answered.selection.tabWanted.connect(shown.append)
    plain = grid.grab().toImage()
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.place_of(2).center().toPoint())
    wanted = (2000, 9, None)
    assert (answered.selection.training, answered.selection.label, answered.selection.image) == wanted
    grid.clearFocus()
    assert grid.grab().toImage() != plain and shown == [], "it has a frame, and nobody is led away"
    QTest.keyClick(grid, Qt.Key.Key_Right)
    QTest.keyClick(grid, Qt.Key.Key_Return)
    assert (answered.selection.training, answered.selection.label) == (3000, 4)
    double_click(grid, grid.place_of(3).center().toPoint())
    assert shown == ["data"]
    answered.selection.change(training=None)
    grid.set_current(None)
    assert grid.grab().toImage() == plain


def test_the_images_that_spoke_for_the_answer_or_against_it_are_asked_for_and_say_how_much(answered):
    for by in ("for", "against", "alike"):
        answered.tab.evidence.by.choose(by)
        assert answered.asked_with(near_drawing)[-1][1] == {"by": by}
    found = replace(nearest([4, 9]), by="against", influences=np.array([-0.52, -0.25]))
    answered.say(found)
    grid = answered.tab.evidence.nearest
    tip = grid.tip_at(grid.place_of(1).center()).splitlines()[0]
    assert tip == "Training image 1,000, a 9, influence −0.25, at distance 0.50"
    assert grid.table().columns[-1] == "−∇L · ∇log p, all layers"


@pytest.mark.parametrize("other", ["data", "run"])
def test_an_answer_does_not_stand_beside_other_data_or_another_run(answered, other):
    answered.say(nearest([4, 9]))
    assert answered.text("answer.winner") == "4" and answered.tab.evidence.nearest.labels
    if other == "data":
        answered.say(replace(dataset_opened(), names=tuple("abcdefghij")), job=SENT_BY_OTHERS)
    else:
        answered.selection.change(lens=Lens("B"))
    assert answered.text("answer.winner") == "" and answered.tab.answer.bars.probabilities is None
    assert not answered.tab.evidence.nearest.labels
    answered.look("B")
    answered.rest()
    answered.say(replace(answer(), run="B"))
    assert answered.text("answer.winner") == ("e" if other == "data" else "4")


def test_beside_images_of_other_data_it_is_said_that_the_run_did_not_learn_from_them(answered):
    said = "Run A learned from other data: MNIST 54,000 + 10,000."
    answered.say(replace(nearest([4, 9]), remark=said))
    remark = answered.find(QLabel, "nearest.remark")
    assert remark.isVisible() and remark.text() == said
    answered.say(replace(familiarity(0.31), remark=said))
    assert answered.find(QLabel, "answer.doubt").toolTip().endswith(said)
    answered.say(nearest([4, 9]))
    assert not remark.isVisible()


def sure(label):
    return np.where(np.arange(10) == label, 0.98, 0.02 / 9)


def test_a_drawing_unlike_all_training_images_is_called_so_however_sure_the_answer_is(rested):
    rested.answer(sure(8))
    rested.say(nearest([8] * 8), familiarity(0.15))
    assert rested.text("answer.doubt").startswith("next: ")
    assert rested.find(QLabel, "answer.doubt").property("tone") == "muted"
    rested.say(familiarity(0.31))
    assert rested.text("answer.doubt") == "unlike anything in the training images"
    assert rested.find(QLabel, "answer.doubt").property("tone") == "warn"
    assert rested.text("answer.probability").startswith("98.0")
    tip = rested.find(QLabel, "answer.doubt").toolTip()
    assert "0.31 (limit 0.20)" in tip and "5.50 (limit 6.50)" in tip
    rested.answer(sure(3))
    assert rested.text("answer.doubt") == "unlike anything in the training images"
    rested.say(familiarity(0.1))
    assert rested.text("answer.doubt").startswith("next: ")
    assert not rested.find(QLabel, "answer.doubt").toolTip()


def test_it_is_asked_also_where_the_breakdown_takes_the_place_of_the_nearest_images(world):
    world.button("page.breakdown").click()
    draw(world.canvas, (4, 4), (14, 14))
    world.rest()
    assert len(world.asked(near_drawing)) == 1


def test_what_is_unlike_to_one_network_is_not_said_of_another_or_of_an_empty_canvas(answered):
    answered.say(nearest([8] * 8), familiarity(0.31))
    answered.end()
    answered.selection.change(lens=Lens("B"))
    answered.rest()
    answered.answer(sure(8))
    answered.end()
    assert answered.text("answer.doubt").startswith("next: ")
    answered.say(familiarity(0.31))
    answered.button("clear").click()
    draw(answered.canvas, (4, 4), (14, 14))
    answered.rest()
    answered.answer(sure(8))
    assert answered.text("answer.doubt").startswith("next: ")


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
    open_noticing(answered).close()
    assert len(answered.asked(noticing)) == 2


def test_without_a_network_or_with_other_data_the_table_says_so(world):
    table = open_noticing(world)
    world.say(replace(noticed({}), remark="Run A learned from other data. " * 3), job=world.job(noticing))
    assert table.height() >= table.page.sizeHint().height(), "no line is clipped"
    world.say(JobFailed(sentence="The network reads other pictures."), job=world.job(noticing))
    assert "The network reads other pictures." in {label.text() for label in table.findChildren(QLabel)}
    table.close()
    world.selection.change(lens=None)
    table = open_noticing(world)
    assert NO_NETWORK in {label.text() for label in table.findChildren(QLabel)}
    table.close()


def test_when_the_answer_changes_other_labels_stand_out(answered):
    grid = answered.tab.evidence.nearest
    answered.answer()
    answered.say(nearest([4, 4, 4, 4, 4, 4, 4, 4]))
    agrees = grid.grab().toImage()
    answered.answer(np.eye(10)[7])
    assert grid.grab().toImage() != agrees
    answered.answer()
    assert grid.grab().toImage() == agrees


def breakdown(count=40):
    products = np.random.default_rng(4).normal(size=count)
    products = products[np.argsort(-np.abs(products))]
    lines = tuple(Line(number, 2.0, value / 2, value) for number, value in enumerate(products.tolist()))
    return Breakdown(run="A", step=0, label=4, lines=lines, bias=-0.25, logit=float(products.sum()) - 0.25)


def test_the_breakdown_adds_up_with_what_it_leaves_out(answered):
    answered.button("page.breakdown").click()
    assert answered.questions()[-1][1]["breakdown"] and len(answered.asked(near_drawing)) == 1
    answered.answer()
    answered.say(breakdown())
    rows = answered.tab.evidence.breakdown.rows()
    adds = [float(row[3].replace("−", "-")) for row in rows]
    assert sum(adds[:-1]) == pytest.approx(adds[-1], abs=0.005 * len(adds))
    assert rows[-3][0] == f"{40 - len(rows) + 3} others" and rows[-1][0] == "logit of 4"


def test_a_neuron_of_the_breakdown_that_is_pointed_at_is_selected(drawn):
    drawn.answer(hidden=(np.arange(5.0), np.arange(7.0)))
    drawn.button("page.breakdown").click()
    drawn.say(breakdown())
    table = drawn.tab.evidence.breakdown
    point_at(table, table.rect().topLeft().__class__(20, 17 * 2 + 8))
    drawn.qtbot.waitUntil(lambda: drawn.selection.neuron == Neuron(1, 1))


def test_a_replay_draws_the_strokes_once_more_and_keeps_the_answers(world):
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
    draw(world.canvas, (20, 20))
    assert world.tab.evidence.replay.chart.shares.size == 0, "these are the answers to another drawing"


@pytest.mark.parametrize("act", ["stroke", "undo", "clear"])
def test_who_draws_during_a_replay_ends_it(world, act):
    draw(world.canvas, (4, 4), (8, 8), (14, 14))
    draw(world.canvas, (14, 4), (8, 8), (4, 14))
    world.button("replay.button").click()
    if act == "stroke":
        draw(world.canvas, (20, 20))
    else:
        world.button(act).click()
    assert not world.tab.replay.is_going_on and not world.canvas.shows_other
    assert len(world.canvas.sheet.strokes) == {"stroke": 3, "undo": 1, "clear": 0}[act]


def test_the_first_part_of_a_drawing_has_so_many_points():
    strokes = tuple(Stroke(points=tuple(Point(number, 0) for number in range(count)), width=2) for count in (3, 5))
    sheet = Sheet(strokes=strokes)
    counts = [[len(each.points) for each in first_part(sheet, part).strokes] for part in (0, 0.25, 0.5, 1)]
    assert counts == [[1], [2], [3, 1], [3, 5]]


def test_what_a_network_has_no_answer_to_does_not_stand_there_from_another(answered):
    answered.say(ClassMeans(run="A", step=0, layer=0, means=np.ones((10, 5))), saliency(), nearest([4] * 8))
    answered.end()
    assert answered.tab.evidence.nearest.labels and answered.tab.why.pixels.numbers is not None
    answered.selection.change(lens=Lens("B"))
    answered.rest()
    answered.answer()
    answered.say(saliency())
    answered.end()
    assert answered.tab.evidence.nearest.labels == [] and answered.tab.why.pixels.numbers is not None


# Empty, undone, pasted --------------------------------------------------------------------------------------------


def test_an_empty_canvas_says_what_to_do_and_has_one_button(world):
    assert world.tab.sheet.empty.isVisible()
    assert world.tab.sheet.empty.sentence.text() == "Draw a digit with the mouse."
    press(world.canvas, 14, 5)
    assert not world.tab.sheet.empty.isVisible()
    lift(world.canvas, 14, 5)


def test_where_classes_have_names_an_empty_canvas_asks_for_no_digit_and_shows_none(world):
    assert not world.canvas.example.isEmpty()
    world.say(replace(dataset_opened(), names=("ape", "bee")), job=1_000)
    assert world.tab.sheet.empty.sentence.text() == "Draw a picture with the mouse."
    assert world.canvas.example.isEmpty()
    world.say(dataset_opened(), job=1_000)
    assert not world.canvas.example.isEmpty()


def test_one_draws_right_through_what_an_empty_canvas_says(world):
    hint, window = world.tab.sheet.empty, world.tab.window()
    middle = hint.sentence.mapTo(window, hint.sentence.rect().center())
    places = [middle + QPoint(across, 0) for across in (0, 30, 60, 90)]
    # Through the window, as the system sends it: then it is Qt that chooses who gets the moves.
    QTest.mousePress(window.windowHandle(), Qt.MouseButton.LeftButton, pos=places[0])
    for place in places[1:]:
        QTest.mouseMove(window.windowHandle(), place)
    QTest.mouseRelease(window.windowHandle(), Qt.MouseButton.LeftButton, pos=places[-1])
    assert not hint.isVisible() and not hint.button.isVisible()
    (stroke,) = world.canvas.sheet.strokes
    assert stroke.points[-1].x - stroke.points[0].x == pytest.approx(
        90 * 28 / min(world.canvas.width(), world.canvas.height()), rel=0.01
    )


def test_without_a_network_one_can_draw_and_is_told_what_to_do(world):
    world.selection.change(lens=None)
    draw(world.canvas, (4, 4), (14, 14))
    world.qtbot.waitUntil(lambda: world.tab.receives.pixels.numbers is not None)
    assert world.questions() == [] and not world.canvas.is_empty
    assert world.text("answer.sentence") == NO_NETWORK


def test_clearing_takes_the_answers_away_and_late_ones_are_not_shown(answered):
    asked = {answered.job(make) for make in (read_drawing, near_drawing)}
    answered.button("clear").click()
    answered.say(answer(), saliency(), nearest([4] * 8))
    assert asked <= set(answered.runner.stopped) and answered.tab.receives.pixels.numbers is None
    assert answered.text("answer.winner") == "" and answered.tab.why.pixels.numbers is None
    assert answered.tab.evidence.nearest.labels == []


def test_each_stroke_and_clear_can_be_undone_and_done_again(world):
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


def test_eraser_and_width_are_the_canvas_own(world):
    world.button("eraser").click()
    assert world.canvas.erases
    world.button("pen").click()
    assert not world.canvas.erases
    world.tab.sheet.width_slider.setValue(40)
    assert world.canvas.pen_width == 4.0


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
    assert len(drawn.canvas.sheet.strokes) == 1
    assert drawn.tab.answer.offer.start.isVisible() and drawn.tab.answer.offer.bundled.isVisible()
    drawn.selection.history.undo()
    assert drawn.canvas.is_empty
    drawn.selection.history.redo()
    assert len(drawn.canvas.sheet.strokes) == 1


def test_a_test_image_comes_under_the_strokes_and_can_be_undone(world, monkeypatch):
    monkeypatch.setattr("gui.tabs.draw.pictures.random.randrange", lambda _: 1234)
    world.button("empty.button").click()
    take(world, 1234)
    assert world.canvas.sheet.caption == "Test image 1,234, a 7"
    before = world.canvas.picture()
    assert before.mean() == pytest.approx(80 / 784, rel=0.01)
    draw(world.canvas, (4, 14), (24, 14))
    assert (world.canvas.picture() >= before).all() and world.canvas.picture().sum() > before.sum()
    world.selection.history.undo()
    assert np.array_equal(world.canvas.picture(), before)
    world.selection.history.undo()
    assert world.canvas.is_empty


def test_a_picture_that_another_tab_sends_lies_on_the_canvas(world):
    sent = np.zeros((28, 28), np.uint8)
    sent[4:24, 12:16] = 255
    world.selection.send(sent, "Test image 12, a 1")
    assert world.canvas.sheet.caption == "Test image 12, a 1"
    assert world.canvas.picture().mean() == pytest.approx(80 / 784, rel=0.01)
    world.selection.history.undo()
    assert world.canvas.is_empty


@pytest.mark.parametrize("caption", ["Ideal image of 5", "Test image 3, a 5"])
def test_what_a_tab_sends_is_received_pixel_for_pixel(world, caption):
    sent = np.random.default_rng(3).random((28, 28), np.float32) * (np.arange(28) < 9)
    world.selection.send(sent, caption)
    world.rest()
    assert np.array_equal(world.selection.drawing, sent)


def off_centre():
    """An image as no MNIST digit lies: small, pale and in a corner, of uint8."""
    made = np.zeros((28, 28), np.uint8)
    made[3:9, 20:27] = np.random.default_rng(1).integers(0, 120, (6, 7))
    return made


@pytest.mark.parametrize("way", ["image", "sent", "file", "copied"])
def test_a_test_image_enters_the_network_untouched(world, way, tmp_path):
    image = off_centre()
    if way == "image":
        world.button("image").click()
        message = OneImage(number=3, label=5, picture=image)
        world.say(message, job=len(world.runner.submitted))
    elif way == "sent":
        world.selection.send(image, "Test image 3, a 5")
    elif way == "file":
        Image.fromarray(image).save(tmp_path / "image.png")
        world.tab.brought.take_file(str(tmp_path / "image.png"))
        make, args, _ = world.runner.submitted[-1]
        world.say(*make(Session(open_sample()), *args), job=len(world.runner.submitted))
    else:
        world.selection.send(image, "Test image 3, a 5")
        world.tab.clipboard["copy"]()
        world.canvas.clear()
        world.tab.clipboard["paste"]()
    world.rest()
    assert world.selection.drawing.dtype == np.float32
    assert np.array_equal(world.selection.drawing, image / np.float32(255))


def test_who_draws_on_a_test_image_changes_it_only_there_and_is_told_so(world):
    image = off_centre()
    world.selection.send(image, "Test image 3, a 5")
    world.rest()
    assert world.text("receives.caption") == "Pixel for pixel, as it is: not centred."
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


def test_the_selected_image_is_taken_and_then_another(world, monkeypatch):
    monkeypatch.setattr("gui.tabs.draw.pictures.random.randrange", lambda _: 5)
    world.selection.change(image=99)
    world.button("image").click()
    take(world, 99)
    world.button("image").click()
    take(world, 5)


def picture(dark_on_light=True, transparent=False):
    """A photo-like picture of a 1: 90 x 60 pixels."""
    image = QImage(60, 90, QImage.Format.Format_ARGB32)
    paper, pen = (Qt.GlobalColor.white, Qt.GlobalColor.black)[:: 1 if dark_on_light else -1]
    image.fill(Qt.GlobalColor.transparent if transparent else paper)
    painter = QPainter(image)
    painter.fillRect(26, 15, 8, 60, pen)
    painter.end()
    return image


@pytest.mark.parametrize(("dark", "transparent"), [(True, False), (False, False), (True, True), (False, True)])
def test_a_picture_is_pasted_as_ink_whichever_way_round_it_is(world, dark, transparent):
    QGuiApplication.clipboard().setImage(picture(dark, transparent))
    world.tab.brought.paste()
    world.read_picture()
    ink = world.canvas.picture()
    assert ink[140, 140] > 0.99 and ink[140, 60] == 0 and ink[20, 140] == 0
    assert ink.mean() == pytest.approx(8 * 60 / 90**2, rel=0.05)


def test_what_another_tab_has_copied_as_a_pixmap_is_pasted_as_well(world):
    """A clipboard that is this process's own gives back what it was given."""
    QGuiApplication.clipboard().setPixmap(QPixmap.fromImage(picture()))
    world.tab.brought.paste()
    world.read_picture()
    ink = world.canvas.picture()
    assert ink[140, 140] > 0.99 and ink[140, 60] == 0


@pytest.mark.parametrize("held", [None, QMimeData()])
def test_an_empty_clipboard_is_said_in_one_sentence(world, monkeypatch, held):
    asked = []
    monkeypatch.setattr(QGuiApplication, "clipboard", lambda: SimpleNamespace(mimeData=lambda: held))
    monkeypatch.setattr(world.bridge, "submit", lambda make, *said: asked.append(said))
    world.tab.brought.paste()
    assert asked == [("There is no picture to paste.", "Copy one first.")]


def test_a_photo_of_paper_has_no_ground(world):
    rng = np.random.default_rng(5)
    grey = np.clip(rng.normal(200, 4, (90, 60)), 0, 255)
    grey[15:75, 26:34] = 60
    pixels = np.ascontiguousarray(grey.astype(np.uint8))
    image = QImage(pixels.data, 60, 90, 60, QImage.Format.Format_Grayscale8).copy()
    world.tab.brought.take_picture(image)
    world.read_picture()
    ink = world.canvas.picture()
    assert ink[140, 140] > 0.9 and ink[20:30].max() < 0.05


FORMATS = ("RGB32", "ARGB32", "ARGB32_Premultiplied", "RGB888", "Grayscale8", "Grayscale16", "Mono", "Indexed8")


def test_a_picture_in_memory_is_read_as_its_file_is(world, tmp_path):
    for name in FORMATS:
        image = picture().convertToFormat(getattr(QImage.Format, f"Format_{name}"))
        world.tab.brought.take_picture(image)
        world.read_picture()
        pasted = world.canvas.picture()
        world.canvas.clear()
        image.save(str(tmp_path / "same.png"))
        world.tab.brought.take_file(str(tmp_path / "same.png"))
        world.read_picture()
        np.testing.assert_allclose(pasted, world.canvas.picture(), atol=0.02, err_msg=name)


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_touched(world, monkeypatch):
    told = []
    monkeypatch.setattr("gui.tabs.draw.pictures.MOST_PIXELS", 280 * 280 - 1)
    monkeypatch.setattr("gui.tabs.draw.pictures.pixels_of", pytest.fail)
    monkeypatch.setattr(world.bridge, "submit", lambda make, sentence, *_: told.append(sentence))
    world.tab.brought.take_picture(picture().scaled(280, 280))
    assert told == ["The pasted picture has more than 64 million pixels."]


def seconds(action):
    """The least of three times that this thread computes for it."""
    took = []
    for _ in range(3):
        begin = time.thread_time()
        action()
        took.append(time.thread_time() - begin)
    return min(took)


def test_a_large_picture_is_handed_over_in_little_more_time_than_a_copy_takes(world):
    image = QImage(2000, 2000, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    copy = seconds(lambda: bytes(image.constBits()))
    assert seconds(lambda: world.tab.brought.take_picture(image)) < 4 * copy + 0.01


def test_a_large_picture_is_drawn_in_little_more_time_than_rounding_takes():
    picture = np.random.default_rng(1).random((1600, 1600)).astype(np.float32)
    rounding = seconds(lambda: np.rint(picture * 255).astype(np.uint8))
    assert seconds(lambda: tinted(picture, QColor("#123456"))) < 12 * rounding


def test_a_tinted_picture_is_as_opaque_as_it_has_ink():
    picture = np.array([[0, 0.25, 0.5], [1, np.nan, np.inf], [-1, 2, 1e-3]], np.float32)
    image = tinted(picture, QColor(10, 200, 90))
    ink = np.clip(np.nan_to_num(picture), 0, 1)
    for row, column in itertools.product(range(3), range(3)):
        pixel = image.pixelColor(column, row)
        assert pixel.alpha() == round(255 * float(ink[row, column]))
        if pixel.alpha() > 60:
            np.testing.assert_allclose(pixel.getRgb()[:3], (10, 200, 90), atol=3)


@pytest.mark.parametrize(("name", "content"), [("empty.png", b""), ("text.png", b"no picture"), ("cut.png", None)])
def test_a_file_that_is_no_picture_gets_one_sentence(world, tmp_path, name, content):
    file = tmp_path / name
    if content is None:
        picture().save(str(file))
        content = file.read_bytes()[:40]
    file.write_bytes(content)
    world.tab.brought.take_file(str(file))
    with pytest.raises(UserError, match=name):
        world.read_picture()
    assert world.canvas.is_empty


def test_a_picture_file_is_drawn_on(world, tmp_path):
    file = tmp_path / "one.png"
    picture().save(str(file))
    world.canvas.fileGiven.emit(str(file))
    assert world.canvas.is_empty, "the window does not read it"
    world.read_picture()
    assert world.canvas.picture()[140, 140] > 0.99
    assert not any(isinstance(args[0], Notice) for _, args, _ in world.runner.submitted if args)


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_read(world, tmp_path):
    file = tmp_path / "bomb.png"
    picture().save(str(file))
    content = bytearray(file.read_bytes())
    content[16:24] = (30_000).to_bytes(4, "big") * 2
    import zlib

    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    file.write_bytes(content)
    world.tab.brought.take_file(str(file))
    with pytest.raises(UserError, match="more than 64 million pixels"):
        world.read_picture()


def test_one_image_is_told_by_its_number():
    images = np.arange(3 * 4, dtype=np.uint8).reshape(3, 2, 2)
    labels = np.array([5, 6, 7], np.uint8)
    data = Dataset(
        name="Small",
        train_images=images,
        train_labels=labels,
        test_images=images,
        test_labels=labels,
        classes=tuple("0123456789"),
    )
    (found,) = list(one_image(Session(data), 1))
    assert (found.number, found.label) == (1, 6) and np.array_equal(found.picture, images[1])
    assert list(one_image(Session(data), 3)) == []


def test_while_a_network_trains_what_stands_beside_the_answer_follows_less_often_and_the_bars_at_once(world):
    world.controls.state = "running"
    press(world.canvas, 4, 4)
    world.answer()
    first = world.tab.receives.pixels.numbers
    assert first is not None
    world.clock.advance(TRAINING_PERIOD_MS)
    move(world.canvas, 20, 20)
    world.answer(np.eye(10)[7])
    assert len(world.questions()) == 2 and world.tab.receives.pixels.numbers is first
    assert world.text("answer.winner") == "7"
    world.clock.advance(1000 * SIDES_SECONDS)
    move(world.canvas, 4, 20)
    assert len(world.questions()) == 3 and world.tab.receives.pixels.numbers is not first
    lift(world.canvas, 4, 20)


# The canvas as a part of the session --------------------------------------------------------------------------------


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


# Copying and saving ---------------------------------------------------------------------------------------------------


def test_the_ink_alone_is_copied_and_saved_by_a_right_click_on_the_canvas(drawn, tmp_path, monkeypatch):
    actions = {action.objectName(): action for action in right_click(drawn.canvas).actions()}
    actions["draw.ink.copy"].trigger()
    copied, shown = QGuiApplication.clipboard().image(), drawn.canvas.as_image()
    assert copied.convertToFormat(shown.format()) == shown
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    actions["draw.ink.save"].trigger()
    ((path, content),) = drawn.asked(save_file)
    assert path == tmp_path / "mine.png" and QImage.fromData(content).size() == shown.size()


def test_what_is_cut_from_the_canvas_can_be_pasted_there_again(world):
    draw(world.canvas, (4, 14), (24, 14))
    ink = world.canvas.picture()
    world.tab.clipboard["cut"]()
    assert world.canvas.is_empty
    world.tab.clipboard["paste"]()
    assert np.array_equal(world.canvas.picture(), ink)


# While reasons are on their way ---------------------------------------------------------------------------------------


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
    before = drawn.tab.evidence.nearest.grab().toImage()
    drawn.say(saliency(), nearest([4] * 8))
    assert drawn.tab.evidence.nearest.grab().toImage() != before
    drawn.end()
    assert not waiting(drawn)


def test_an_empty_canvas_announces_nothing(drawn):
    drawn.answer()
    drawn.clock.advance(SIGN_MS)
    assert waiting(drawn)
    drawn.canvas.clear()
    assert not waiting(drawn)


# Small things that a hand or an eye meets -----------------------------------------------------------------------------


def test_a_caption_can_be_read_whatever_lies_below_it(world):
    grey = np.full((28, 28), 0.5, np.float32)
    world.canvas.put("picture", Sheet(picture=grey, caption="More 3, 12 steps", as_is=True))
    shot = world.canvas.grab().toImage()
    corner = world.canvas.place_of(0, 28)
    surface = theme().current.color("surface").rgb()
    places = [(round(corner.x()) + x, round(corner.y()) - y) for x in range(8, 40) for y in range(9, 24)]
    share = sum(shot.pixelColor(*place).rgb() == surface for place in places) / len(places)
    assert share > 0.4, "the letters stand on a ground of their own"


def test_why_does_not_offer_the_answer_against_itself(drawn):
    drawn.answer()
    against = drawn.tab.why.against
    hidden = [row for row in range(against.count()) if against.view().isRowHidden(row)]
    assert [against.itemText(row) for row in hidden] == ["4 and not 4?"]
    drawn.answer(unsure(p9=0.9, p4=0.1))
    hidden = [row for row in range(against.count()) if against.view().isRowHidden(row)]
    assert [against.itemText(row) for row in hidden] == ["9 and not 9?"]


def test_charts_have_axes_a_legend_and_a_word_while_they_are_empty(world):
    page = world.tab.evidence.replay
    world.button("page.replay").click()
    empty = page.chart.grab().toImage()
    page.chart.add(0.0, unsure(p9=0.95, p4=0.05))
    assert page.chart.grab().toImage() != empty, "the sentence is gone"
    page.chart.add(1.0, unsure(p4=0.8, p9=0.2))
    assert page.chart.ticks() == [(0.0, "start"), (1.0, "end")]
    assert page.chart.main_classes == [9, 4] and page.legend.accessibleDescription() == "9, 4"
    assert page.chart.plot().left() > 20 and page.chart.plot().bottom() < page.chart.height() - 10


def test_the_word_of_an_empty_canvas_lies_on_it_also_after_its_size_changed_under_a_drawing(world):
    world.tab.resize(1024, 740)
    world.qtbot.waitUntil(lambda: world.canvas.height() > 1.3 * world.canvas.width())
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


def test_a_picture_that_is_held_over_the_canvas_is_welcomed(world):
    data = QMimeData()
    data.setImageData(picture(False, False))
    before = world.canvas.grab().toImage()
    middle, copy = QPoint(50, 50), Qt.DropAction.CopyAction
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a drag cannot be made otherwise without a window system
        event = QDragEnterEvent(middle, copy, data, buttons, keys)
    QCoreApplication.sendEvent(world.canvas, event)
    assert world.canvas.grab().toImage() != before
    QCoreApplication.sendEvent(world.canvas, QDragLeaveEvent())
    assert world.canvas.grab().toImage() == before


def test_the_width_of_the_pen_goes_to_where_one_clicks(world):
    slider = world.tab.sheet.width_slider
    for share in (0.9, 0.1, 0.5):
        place = QPoint(round(share * slider.width()), slider.height() // 2)
        QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=place)
        wanted = slider.minimum() + share * (slider.maximum() - slider.minimum())
        assert abs(slider.value() - wanted) <= 0.1 * (slider.maximum() - slider.minimum())


def test_what_was_repainted_says_why_neither_preparation_holds(world):
    world.canvas.put("picture", Sheet(picture=np.eye(28, dtype=np.float32), as_is=True))
    assert "Pixel for pixel" in world.text("receives.caption")
    assert not world.tab.receives.switch.isEnabled()


# Which test image ---------------------------------------------------------------------------------------------------


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


def test_the_key_of_the_button_takes_any_test_image_and_the_arrow_key_offers_others(world, monkeypatch):
    monkeypatch.setattr("gui.tabs.draw.pictures.random.randrange", lambda _: 42)
    button, menu = world.button("image"), world.find(QMenu, "image.menu")
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    take(world, 42)
    assert not menu.isVisible()
    QTest.keyClick(button, Qt.Key.Key_Down)
    assert menu.isVisible() and [each.text() for each in menu.actions()] == [
        "&Any",
        "A &misread one",
        "Of a &class",
        "By its &number…",
    ]
    menu.hide()
    asked = len(world.asked(one_image))
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(button.width() - 6, button.height() // 2))
    assert menu.isVisible() and len(world.asked(one_image)) == asked
    menu.hide()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(10, button.height() // 2))
    assert len(world.asked(one_image)) == asked + 1 and not menu.isVisible()


def test_a_test_image_is_taken_by_its_number_and_a_number_that_there_is_not_is_refused_in_the_field(world):
    choose(world, "number")
    for wrong in ("10000", "-1", "4.5", "²", "", "x", "9" * 30):
        field = written(world, wrong)
        assert field.isVisible() and field.label.text() == "Write a whole number from 0 to 9,999."
    assert not world.asked(one_image)
    assert not written(world, "9,999").isVisible()
    take(world, 9999)
    choose(world, "number")
    assert field.label.text() == "Number of the test image"
    written(world, " 0 ")
    take(world, 0)


def test_a_test_image_of_a_class_is_another_one_than_the_last(world, monkeypatch):
    monkeypatch.setattr("gui.tabs.draw.pictures.random.randrange", lambda _: 7)
    classes = world.find(QMenu, "image.classes").actions()
    assert [each.text().removeprefix("&") for each in classes] == list("0123456789")
    classes[3].trigger()
    assert world.asked_with(image_of_class) == [((3, 7), {"besides": None})]
    picture = np.zeros((28, 28), np.uint8)
    world.say(OneImage(number=30, label=3, picture=picture), job=world.job(image_of_class))
    assert world.canvas.sheet.caption == "Test image 30, a 3"
    classes[3].trigger()
    assert world.asked_with(image_of_class)[-1] == ((3, 7), {"besides": 30})


def test_a_misread_image_is_one_that_the_network_looked_at_misreads_and_not_the_last(world, monkeypatch):
    monkeypatch.setattr("gui.tabs.draw.pictures.random.randrange", lambda among: among - 1)
    lens = Lens("B", silenced=frozenset({Neuron(0, 3)}))
    world.selection.change(lens=lens)
    for number in (1, 3, 1):  # the last of those that are left, the surest first
        choose(world, "misread")
        assert world.asked(mistakes)[-1] == (lens,)
        world.say(read_as([1, 2, 3, 4, 5], [1, 7, 3, 9, 5]), job=world.job(mistakes))
        take(world, number)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (lambda: read_as([1, 2], [1, 2]), "Here the network misreads no test image."),
        (lambda: replace(read_as([1, 2], [1, 0]), is_finite=False), "The network’s answers are no numbers"),
    ],
)
def test_where_none_is_misread_a_sentence_says_so(world, made, sentence):
    choose(world, "misread")
    world.say(made(), job=world.job(mistakes))
    assert not world.asked(one_image)
    assert world.asked(refuse)[-1][0].startswith(sentence)


def test_without_a_network_none_is_misread(world):
    world.selection.change(lens=None)
    choose(world, "misread")
    assert not world.asked(mistakes)
    assert world.asked(refuse)[-1][0] == "There is no network yet that could misread an image."


def test_a_late_answer_of_what_was_wanted_before_is_not_taken(world):
    choose(world, "misread")
    late = world.job(mistakes)
    choose(world, "any")
    asked = len(world.asked(one_image))
    world.say(read_as([1, 2], [1, 0]), job=late)
    assert len(world.asked(one_image)) == asked
