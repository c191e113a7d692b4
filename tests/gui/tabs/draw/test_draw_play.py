"""Playing with a drawing: more, less, flip, stop, undo, and the answer over the training."""

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from engine.analysis.probes.answers_over_training import AnswersOverTraining, answers_over_training
from engine.analysis.probes.flip import SEEN, Flip, smallest_flip
from engine.analysis.probes.repaint import Repainted, repaint
from engine.core import language
from engine.core.lens import Lens, Neuron
from engine.core.messages import JobEnded
from engine.core.specs import TrainSpec
from engine.data.download.catalogue import FASHION
from engine.data.formats.sample import open_sample
from engine.model.network.model import initial_weights
from engine.model.training.messages import MomentKept
from engine.model.training.run import Moment
from engine.session.jobs.data import dataset_opened
from engine.session.session import Session
from gui.look.class_names import use_names, use_names_of_run
from gui.state.notices import tell
from gui.tabs.draw.play import PlayRow
from gui.tabs.draw.tab import DrawTab
from tests.gui.blank import blank
from tests.gui.tabs.draw.drawing_hands import draw, lift, move, press
from tests.gui.worlds import SENT_BY_OTHERS, TabWorld, true_engine
from tests.pseudo import Pseudo, longer

STEPS = (0, 12, 48, 108)
EIGHT = (
    *((17, 7), (13, 5.5), (10, 8), (12, 12), (17, 16), (18, 20)),
    *((14, 23), (10, 20), (12, 15), (17, 11), (17, 7)),
)


@pytest.fixture(scope="module")
def session():
    """A run of drawn weights: no digit reader, but a network whose answers can be repainted and flipped."""
    made = Session(open_sample())
    run = made.new_run(TrainSpec(layers="20", epochs=12), steps_per_epoch=12)
    for step in STEPS:
        drawn = initial_weights(TrainSpec(layers="20").plan((28, 28), 10).weights, "he", 1 + step)
        weights = tuple(array * np.float32(2 if array.ndim > 1 else 1) for array in drawn)
        run.moments[step] = Moment(step=step, weights=weights, optimizer=())
    return made


class Played(TabWorld):
    def __init__(self, qtbot, session):
        self.session = session
        super().__init__(qtbot, DrawTab, *true_engine(session))
        self.repainted = []
        self.job = None  # the number of the last repainting or flip, also when it is over: its last message ends it
        self.tab.play.changed.connect(self._remember_job)
        self.bridge.listen(Repainted, self.repainted.append, job=lambda: self.job)
        self.canvas, self.history = self.tab.canvas, self.selection.history
        self.say(dataset_opened(session.dataset))
        self.look()

    def _remember_job(self):
        self.job = self.tab.play.job or self.job

    def draw(self, points=EIGHT):
        draw(self.canvas, *points)
        self.settle()

    def settle(self):
        """Wait until what is received is what the answer that is shown belongs to."""

        def is_settled():
            answer = self.tab.answered
            return (
                self.tab.play.going_on is None
                and answer is not None
                and np.array_equal(answer.picture, self.tab.code_settings()["picture"])
            )

        self.qtbot.waitUntil(is_settled)

    def press(self, name):
        button = self.button(name)
        assert button.isVisible() and button.isEnabled(), name
        super().press(name)

    def play(self, deed):
        """Press its button, and wait until it is done."""
        self.press(f"play.{deed}")
        self.settle()

    def choose(self, label):
        self.tab.answer.play.label.setCurrentIndex(0 if label is None else 1 + label)

    def by_hand(self, picture, step=STEPS[-1], silenced=()):
        """What the network says of a picture (28, 28), computed here: probabilities (10,)."""
        kernel, bias, out, last = (
            np.asarray(each, np.float64) for each in self.session.runs["A"].moments[step].weights
        )
        hidden = np.maximum(picture.astype(np.float64).ravel() @ kernel + bias, 0)
        hidden[list(silenced)] = 0
        powers = np.exp(hidden @ out + last)
        return powers / powers.sum()

    def shown(self):
        """The probabilities that the bars show."""
        return self.tab.answer.bars.probabilities

    def received(self):
        """The picture that is shown as received."""
        return self.tab.receives.pixels.numbers


@pytest.fixture
def played(qtbot, session, monkeypatch):
    for pace in ("SLOWEST_MS", "FASTEST_MS"):
        monkeypatch.setattr(f"gui.tabs.draw.play.{pace}", 1)
    return Played(qtbot, session)


@pytest.fixture
def drawn(played):
    played.draw()
    return played


def test_more_of_a_class_is_repainted_until_the_network_answers_it(played):
    played.press("preparation.raw")
    played.draw()
    winner = int(played.by_hand(played.received()).argmax())
    wanted = (winner + 1) % 10
    played.choose(wanted)
    more, sheets = played.button("play.more"), []
    assert more.text() == f"More {wanted}"
    played.canvas.inkChanged.connect(lambda: sheets.append(played.canvas.sheet))
    played.press("play.more")
    assert more.text() == "Stop"
    played.settle()
    last = played.repainted[-1]
    assert last.is_last and last.label == wanted and len(played.repainted) > 2
    assert np.array_equal(played.received(), last.picture), "received just as it was repainted"
    np.testing.assert_allclose(played.shown(), last.probabilities, atol=1e-12)
    np.testing.assert_allclose(played.shown(), played.by_hand(played.received()), atol=1e-5)
    assert played.shown().argmax() == wanted and more.text() == f"More {wanted}"
    assert played.canvas.sheet.caption == f"More {wanted}, {last.number} steps"
    for step in played.repainted:
        assert any(np.array_equal(sheet.picture, step.picture) for sheet in sheets), "each step is seen"
    np.testing.assert_allclose(played.canvas.picture()[5::10, 5::10], played.received(), atol=0.003)


def test_less_of_the_answer_in_the_ink_alone_is_one_step_back_and_one_step_forwards_and_can_be_drawn_on(drawn):
    strokes, received, answer = drawn.canvas.sheet, drawn.received(), drawn.shown()
    winner = int(answer.argmax())
    assert drawn.button("play.less").text() == f"Less {winner}"
    drawn.press("play.ink")
    drawn.play("less")
    after, later = drawn.received(), drawn.shown()
    assert drawn.by_hand(after).argmax() != winner and later[winner] < answer[winner]
    assert not after[received == 0].any() and np.abs(after - received).max() > 0
    assert drawn.history.stack.count() == 2 and drawn.history.stack.undoText() == f"less {winner}"

    drawn.press("undo")
    drawn.settle()
    assert drawn.canvas.sheet is strokes and np.array_equal(drawn.received(), received)
    np.testing.assert_array_equal(drawn.shown(), answer)
    assert drawn.button("preparation.raw").isEnabled()
    drawn.history.redo()
    drawn.settle()
    assert np.array_equal(drawn.received(), after)
    np.testing.assert_array_equal(drawn.shown(), later)
    assert not drawn.button("preparation.raw").isEnabled(), "it is not prepared"

    drawn.draw(((25, 24), (25, 27)))
    on_top = drawn.received()
    assert on_top[24:27, 25].min() > 0.9 and after[24:27, 25].max() < 0.9
    assert np.array_equal(on_top[:, :22], after[:, :22])
    assert drawn.canvas.sheet.caption.endswith(", drawn on") and drawn.canvas.sheet.change is None


def repainted(number, is_last=False, picture=None):
    made = np.full((28, 28), number / 100, np.float32) if picture is None else picture
    probabilities = np.full(10, 0.1)
    return blank(Repainted, label=4, number=number, picture=made, probabilities=probabilities, is_last=is_last)


def begin(world, deed="more", steps=3):
    """Draw, press a button, and let the first steps be shown; return the job."""
    draw(world.canvas, (4, 4), (14, 14))
    world.answer()
    QTest.mouseClick(world.button(f"play.{deed}"), Qt.MouseButton.LeftButton)
    job = world.job(smallest_flip if deed == "flip" else repaint)
    world.say(*(repainted(number) for number in range(1, steps + 1)), job=job)
    return job


def test_the_button_that_began_it_keeps_its_place_and_stops_it_where_it_is(world):
    job = begin(world)
    assert world.canvas.sheet.picture.max() == np.float32(0.01) and world.button("play.more").text() == "Stop"
    QTest.mouseClick(world.button("play.more"), Qt.MouseButton.LeftButton)
    assert world.tab.play.going_on is None and job in world.runner.stopped
    world.say(repainted(4), job=job)
    assert world.canvas.sheet.picture.max() == np.float32(0.01), "late steps are not shown"
    assert world.selection.history.stack.undoText() == "more 4"
    assert world.button("play.more").text() == "More 4"

    buttons = [world.button(f"play.{deed}") for deed in ("more", "less", "flip")]
    before = [button.geometry() for button in buttons]
    QTest.mouseClick(buttons[1], Qt.MouseButton.LeftButton)
    world.answer(np.eye(10)[7])
    assert [button.text() for button in buttons] == ["More 4", "Stop", "Flip answer"]
    QCoreApplication.processEvents()
    assert [button.geometry() for button in buttons] == before
    QTest.mouseClick(buttons[1], Qt.MouseButton.LeftButton)
    assert [button.text() for button in buttons] == ["More 7", "Less 7", "Flip answer"]


def test_what_else_a_person_does_stops_it(world):
    for act in ("stroke", "undo", "clear", "lens"):
        world.canvas.clear()
        job = begin(world)
        shown = world.canvas.sheet
        if act == "stroke":
            press(world.canvas, 20, 20)
            assert world.tab.play.going_on is None, "at the first touch"
            move(world.canvas, 22, 22)
            lift(world.canvas, 22, 22)
            assert world.canvas.sheet.picture is shown.picture and len(world.canvas.sheet.strokes) == 1
        elif act == "lens":
            world.selection.change(lens=Lens("A", moment=550))
            assert world.canvas.sheet is shown
        else:
            QTest.mouseClick(world.button(act), Qt.MouseButton.LeftButton)
            assert world.canvas.is_empty if act == "clear" else len(world.canvas.sheet.strokes) == 1
        assert world.tab.play.going_on is None and job in world.runner.stopped, act
        world.clock.advance(1_000)
        assert world.canvas.sheet.picture is None or world.canvas.sheet.picture is shown.picture


def test_the_steps_are_shown_to_the_last_after_a_failure_too_and_without_a_drawing_there_is_nothing_to_play_with(world):
    for deed in ("more", "less", "flip"):
        button = world.button(f"play.{deed}")
        assert not button.isEnabled() and button.toolTip() == "Draw something first."
    job = begin(world, steps=0)
    world.say(JobEnded(outcome="failed"), job=job)
    assert world.tab.play.going_on is None and world.selection.history.stack.count() == 1

    job = begin(world)
    world.say(repainted(4, is_last=True), JobEnded(outcome="done"), job=job)
    assert world.tab.play.going_on, "the steps are shown one after the other"
    world.clock.advance(1_000)
    assert world.tab.play.going_on is None
    assert world.canvas.sheet.picture.max() == np.float32(0.04) and world.selection.history.stack.count() == 3


def test_where_nothing_can_be_changed_one_sentence_says_so(world):
    job = begin(world, steps=0)
    world.say(repainted(1, is_last=True, picture=world.tab.code_settings()["picture"]), job=job)
    job = begin(world, "flip", steps=0)
    world.say(blank(Flip, before=4), JobEnded(outcome="done"), job=job)
    assert [sentence for sentence, *_ in world.asked(tell)] == [
        "The network finds nothing to change for more 4.",
        "No change was found that makes the network answer something else than 4.",
    ]
    assert world.tab.play.going_on is None and world.canvas.sheet.picture is None
    assert world.selection.history.stack.count() == 2, "the strokes"


def test_the_buttons_name_the_class_where_both_have_room_for_it(qtbot):
    use_names(FASHION.classes)
    use_names_of_run(())
    row, are_named = PlayRow(), []
    qtbot.addWidget(row)
    row.set_classes(10)
    row.show_winner(9)
    row.show()
    more, less = row.buttons["more"], row.buttons["less"]
    for width in range(300, 904, 4):
        row.resize(width, 40)
        QCoreApplication.processEvents()
        are_named.append(more.text() == "More Ankle boot")
        assert are_named[-1] == (less.text() == "Less Ankle boot"), width
    assert not are_named[0] and are_named[-1]
    assert more.accessibleName() == "More Ankle boot" and more.sizeHint().width() <= more.width()


@pytest.fixture
def foreign():
    language.use("de", Pseudo(longer))
    yield
    language.use(language.SOURCE)


def test_in_another_language_too_a_button_without_room_has_the_short_word_not_the_first_one(qtbot, foreign):
    row = qtbot.show(PlayRow(), 300, 40)
    row.show_winner(3)
    titles = [row.buttons[deed].text() for deed in ("more", "less", "flip")]
    assert titles == [*map(longer, ("More", "Less", "Flip"))]
    assert row.buttons["flip"].accessibleName() == longer("Flip answer")


def test_the_smallest_flip_really_flips_to_any_class_or_the_one_that_was_chosen_and_says_what_it_is(drawn):
    before, sheet = drawn.received(), drawn.canvas.sheet
    winner = int(drawn.by_hand(before).argmax())
    drawn.play("flip")
    after = drawn.received()
    change = after.astype(np.float64) - before
    answer = int(drawn.by_hand(after).argmax())
    assert answer != winner and drawn.shown().argmax() == answer
    assert int(drawn.by_hand(before + change / 2).argmax()) == winner, "half of it does not suffice"
    pixels, distance = int((np.abs(change) >= SEEN).sum()), np.sqrt((change**2).sum())
    assert drawn.canvas.sheet.caption == f"{winner} → {answer} with {pixels} pixels, distance {distance:.2f}"
    why = drawn.tab.why
    title = next(label for label in why.findChildren(QLabel) if label.text() == "What changed")
    assert why.method.key == "change" and np.allclose(why.pixels.numbers, change, atol=1e-6)
    assert (why.sum.text(), why.difference.text()) == (str(pixels), f"{distance:.2f}")
    assert not why.against.isVisible() and "was added" in " ".join(label.text() for label in why.findChildren(QLabel))

    drawn.press("method.gradient")
    assert title.text() == "Why" and why.against.isVisible()
    drawn.press("method.change")
    assert title.text() == "What changed"
    assert drawn.history.stack.undoText() == f"flip to {answer}"
    drawn.press("undo")
    drawn.settle()
    assert drawn.canvas.sheet is sheet and why.method.key == "gradient", "back to what was looked at last"
    assert not drawn.button("method.change").isEnabled()

    drawn.choose(winner)
    assert not drawn.button("play.flip").isEnabled()
    assert drawn.button("play.flip").toolTip() == f"The network answers {winner} already."
    drawn.choose((winner + 3) % 10)
    drawn.play("flip")
    assert drawn.by_hand(drawn.received()).argmax() == (winner + 3) % 10


def follows(played, chart, silenced=()):
    expected = np.stack([played.by_hand(played.received(), step, silenced) for step in STEPS])
    return chart.shares.shape == expected.shape and np.allclose(chart.shares, expected, atol=1e-5)


def test_the_answer_over_the_training_is_that_of_each_moment_a_click_goes_to_one_and_a_stroke_is_followed(drawn):
    drawn.press("page.training")
    chart, said = drawn.tab.evidence.training.chart, drawn.tab.evidence.training.said
    drawn.qtbot.waitUntil(lambda: chart.shares.size > 0)
    assert follows(drawn, chart)
    assert chart.parts == pytest.approx([np.sqrt(step / 144) for step in STEPS]), "as the time slider's"
    best = drawn.by_hand(drawn.received()).argmax()
    assert said.text().startswith(f"epoch 9.0: {best}, ")
    assert chart.place == 3, "live"
    for moment, place in ((0, 0), (11, 0), (12, 1), (50, 2), (None, 3)):
        drawn.selection.change(lens=Lens("A", moment))
        assert chart.place == place

    x = round(chart.width() * np.sqrt(48 / 144))
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=QPoint(x + 5, 40))
    assert drawn.selection.lens == Lens("A", moment=48) and chart.place == 2
    drawn.qtbot.waitUntil(lambda: drawn.tab.answered.step == 48)
    assert said.text().startswith("epoch 4.0: ")
    np.testing.assert_allclose(drawn.shown(), chart.shares[2], atol=1e-12)
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert drawn.selection.lens == Lens("A", moment=12)
    QTest.keyClick(chart, Qt.Key.Key_End)
    assert drawn.selection.lens == Lens("A", moment=108)

    drawn.draw(((4, 20), (12, 24), (22, 25)))
    drawn.qtbot.waitUntil(lambda: follows(drawn, chart))
    drawn.selection.change(lens=Lens("A", None, frozenset({Neuron(0, 3), Neuron(0, 5)})))
    drawn.qtbot.waitUntil(lambda: follows(drawn, chart, silenced=(3, 5)))
    drawn.press("clear")
    assert chart.shares.size == 0


def test_it_is_asked_for_only_while_it_is_seen_and_not_again_for_another_moment(world):
    draw(world.canvas, (4, 4), (14, 14))
    world.rest()
    assert world.asked(answers_over_training) == []
    world.answer()
    world.button("page.training").click()
    ((_, picture),) = world.asked(answers_over_training)
    found = {"steps": np.array([0, 10]), "probabilities": np.full((2, 10), 0.1), "steps_per_epoch": 10, "end": 40}
    world.say(blank(AnswersOverTraining, picture=picture, **found), job=world.job(answers_over_training))
    assert world.tab.evidence.training.chart.place == 1
    for moment in (0, 10):
        world.selection.change(lens=Lens("A", moment))
        world.rest()
        world.answer()
    assert len(world.asked(answers_over_training)) == 1
    world.say(MomentKept(run="A", step=20), job=SENT_BY_OTHERS)
    world.selection.change(lens=Lens("A"))
    world.rest()
    world.answer()
    assert len(world.asked(answers_over_training)) == 2
    world.button("page.nearest").click()
    draw(world.canvas, (4, 14), (14, 4))
    world.rest()
    assert len(world.asked(answers_over_training)) == 2
