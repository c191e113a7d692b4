"""What the window shows is of the run and of the data that it says it is of, in every tab.

Two runs learn from the fruit, with settings that choose. Then the tabs are walked with the fruit open, with other
images of as many classes, and with images of fewer. All that is shown is held against the images as they were made,
and against the weights in the session's file, in NumPy.
"""

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel, QWidget

from engine.core.lens import Lens, Neuron
from engine.core.messages import run_through
from engine.core.specs import TrainSpec
from engine.core.text import fine_percent
from engine.session.store.opening import open_store
from gui.look.percents import probability_text
from gui.look.words import Elided
from gui.stage.stage import Stage
from gui.tabs.map.panel import ClassLegend
from gui.widgets.forms.controls import Segments
from gui.widgets.plots.chart import Chart
from tests import figures_by_hand
from tests.gui.worlds import show_tab

EPOCHS = 4
NETWORK = {"layers": "8", "initial": "he", "batch": 48, "epochs": EPOCHS}
SETTINGS = {"A": {**figures_by_hand.CHOOSES, "loss": "cross_entropy"}, "B": {"images": 60, "validation": 0.2}}
OTHER_DATA = "Run {} learned from other data: fruit 120 + 40."


class Window:
    """The window with two runs in it, some data open, and what is to be shown of them."""

    def __init__(self, stage, fruit):
        self.stage, self.fruit, self.opened = stage, fruit, fruit
        opened = run_through(open_store(stage.session_file, look_only=True))
        runs = opened.store.load().runs
        self.weights = {name: runs[name].moments[EPOCHS].weights for name in "AB"}
        opened.store.close()
        self.learned = figures_by_hand.learned_by_hand(fruit, **figures_by_hand.CHOOSES)

    @property
    def is_own(self):
        return self.opened is self.fruit

    def open(self, made):
        self.stage.application.opening.open(made.file)
        self.stage.wait_for(lambda: self.stage.application.bridge.dataset.name == made.file.stem)
        self.opened = made

    def show(self, name):
        tab = show_tab(self.stage.application, name)
        self.stage.settle(tab)
        return tab

    def choose(self, name, key):
        self.stage.widget(Segments, name).choose(key)
        self.stage.settle(self.stage.window.tabs.currentWidget())

    def table(self, name):
        table = self.stage.widget(QWidget, name).table()
        return [] if table is None else [list(row) for row in table.rows]

    def text(self, name):
        widget = self.stage.widget(QLabel, name)
        return widget.words if isinstance(widget, Elided) else widget.text()

    def says_other_data(self, name):
        """Whether it is said there that run A learned from other data."""
        return OTHER_DATA.format("A") in self.text(name)

    def answered(self, run="A", made=None):
        return figures_by_hand.answered_by_hand(self.weights[run], made or self.opened)

    def named(self, labels):
        return [self.opened.names[label] for label in labels]

    def answers(self, labels):
        return [self.fruit.names[label] for label in labels]


def draw(window):
    window.show("draw")
    window.stage.button("draw.image").click()
    tab = window.show("draw")
    pixels = np.array(window.table("draw.receives"))[:, 1:]
    number, mark = (round(255 * each) for each in pixels[0, :2])
    yield "an image of the open data", mark, int(window.opened.test_images[0, 0, 1])
    yield "as it is", np.allclose(pixels, window.opened.test_images[number] / 255, atol=1e-6), True
    shares = window.answered().probabilities[number]
    rows = window.table("draw.answer")
    yield "names of the answers", [row[0] for row in rows], list(window.fruit.names)
    yield "probabilities", [row[1] for row in rows], pytest.approx(shares.tolist(), abs=1e-5)
    yield "the winner", window.text("draw.answer.winner"), window.fruit.names[shares.argmax()]
    among = window.learned.numbers if window.is_own else range(len(window.opened.train_images))
    hidden, _ = figures_by_hand.dense_by_hand(window.weights["A"], window.opened.train_images)
    far = np.linalg.norm(hidden - window.answered().hidden[number], axis=1)
    for by in ("alike", "for", "against"):
        tab.evidence.by.choose(by)
        window.stage.settle(tab)
        rows = window.table("draw.nearest")
        numbers = [row[0] for row in rows]
        yield f"{by}: eight of those that were learned", (len(rows), set(numbers) <= set(among)), (8, True)
        labels = window.opened.train_labels[numbers].tolist()
        if window.is_own and set(numbers) <= set(among):
            labels = [window.learned.labels[among.index(each)] for each in numbers]
        yield f"{by}: names", [row[1] for row in rows], window.named(labels)
        yield f"{by}: remark", window.says_other_data("draw.nearest.remark"), not window.is_own
        if by == "alike":
            yield "the nearest", numbers, sorted(among, key=far.__getitem__)[:8]
    window.show("activations")
    rows = window.table("activations.answer")
    yield "Activations: names", [row[0] for row in rows], list(window.fruit.names)
    yield "Activations: probabilities", [row[1] for row in rows], pytest.approx(shares.tolist(), abs=1e-5)


def data(window):
    window.show("data")
    opened, chosen = window.opened, window.learned
    count = len(opened.names)
    window.choose("data.part", "train")
    window.choose("data.which", "all")
    train, test = (np.bincount(each, minlength=count).tolist() for each in (opened.train_labels, opened.test_labels))
    yield (
        "counts",
        window.table("data.bars"),
        [list(row) for row in zip(opened.names, train, train, test, strict=True)],
    )
    rows = window.table("data.grid")
    yield "images", [row[:2] for row in rows], [
        [number, name] for number, name in enumerate(window.named(opened.train_labels))]  # fmt: skip
    window.choose("data.which", "learned")
    rows = window.table("data.grid")
    yield "learned", [(row[0], row[2], row[3]) for row in rows], [
        (number, opened.names[label], True)
        for number, label in zip(chosen.numbers, chosen.labels, strict=True) if window.is_own]  # fmt: skip
    yield "how many", window.text("data.figure").split(" ")[0], "48" if window.is_own else ""
    window.choose("data.part", "test")
    window.choose("data.which", "misread")
    rows, test = window.table("data.grid"), window.answered()
    wrong = np.flatnonzero(test.answers != test.labels)
    labels, answers = window.named(test.labels[wrong]), window.answers(test.answers[wrong])
    expected = list(zip(wrong.tolist(), labels, answers, strict=True))
    yield "misread", [(row[0], row[1], row[4]) for row in rows], expected
    window.choose("data.which", "all")


def fingerprints(window):
    window.show("fingerprints")
    test = window.answered()
    images = len(test.labels)
    yield "accuracy", window.text("fingerprints.accuracy.overall"), fine_percent(test.accuracy, images)
    others = "" if window.is_own else ", not the run's data"
    yield "on which", window.text("fingerprints.accuracy.of"), f"on these {images} test images{others}"
    bars = window.stage.widget(Chart, "fingerprints.accuracy.bars")
    yield "by class", [datum.says.strip() for datum in bars.data][: len(window.opened.names)], [
        f"{name}: {fine_percent(test.class_accuracy(label), int((test.labels == label).sum()))}"
        for label, name in enumerate(window.opened.names)]  # fmt: skip
    for label in range(len(window.opened.names)):
        mean = {row[0]: row[1 + label] for row in window.table("fingerprints.maps")}
        expected = test.hidden[test.labels == label].mean(axis=0)
        yield (f"means of class {label}", [mean[each] for each in range(8)], pytest.approx(expected.tolist(), abs=1e-4))


def mistakes(window):
    window.show("mistakes")
    test, names = window.answered(), window.opened.names
    wrong, images = len(test.labels) - test.right, len(test.labels)
    other = "" if window.is_own else " · not the run's data"
    percent = fine_percent(test.accuracy, images)
    said = f"{wrong} of {images} test images misread · {percent} correct{other}"
    yield "accuracy", window.text("mistakes.figure"), said
    matrix = window.stage.widget(QWidget, "mistakes.matrix").table()
    yield "answers", list(matrix.columns)[1:], list(window.fruit.names)
    rows = [[*names, "0", "1", "2"][label] if label < len(names) else f"{label}" for label in range(3)]
    yield ("counts", [list(row) for row in matrix.rows], [[a, *b] for a, b in zip(rows, test.confusion, strict=True)])
    yield "remark", window.says_other_data("mistakes.sentence"), not window.is_own
    shown = window.table("mistakes.images")
    order = sorted(np.flatnonzero(test.answers != test.labels), key=lambda each: -test.probabilities[each].max())
    yield "images", [row[1].split(",")[:2] for row in shown], [
        [f"Test image {each}", f" {names[test.labels[each]]}"] for each in order]  # fmt: skip
    yield "captions", [row[0].split(" ")[0] for row in shown], [
        f"{names[test.labels[each]]}→{window.fruit.names[test.answers[each]]}" for each in order]  # fmt: skip


def points(window):
    window.show("map")
    legend = window.stage.widget(ClassLegend, "map.classes")
    tips = [legend.tip_of(number).split(".")[0] for number in range(legend.count())]
    yield "legend", tips, [f"Images of class {name}" for name in window.opened.names]
    test = window.answered()
    shown = [(row[0], row[3], row[4]) for row in window.table("map.panel")]
    yield "points", shown, list(
        zip(range(len(test.labels)), window.named(test.labels), window.answers(test.answers), strict=True))  # fmt: skip


def compare(window):
    window.show("compare")
    window.choose("compare.page", "answers")
    both = [window.answered(run) for run in "AB"]
    images = len(both[0].labels)
    shares = [fine_percent(each.accuracy, images).replace(" ", "\u00a0") for each in both]
    remarks = "" if window.is_own else f" {OTHER_DATA.format('').replace('Run ', 'Both')}"
    said = f"Run A reads {shares[0]} of {images} test images correctly, run B {shares[1]}.{remarks}"
    yield "accuracies", window.text("compare.sentence"), said
    right = [each.answers == each.labels for each in both]
    counts = [right[0] & right[1], right[0] & ~right[1], ~right[0] & right[1], ~right[0] & ~right[1]]
    yield "counts", [row[1] for row in window.table("compare.bars")], [int(each.sum()) for each in counts]
    differing = np.flatnonzero(both[0].answers != both[1].answers)
    yield "images", [(row[0], row[1], row[2], row[4]) for row in window.table("compare.grid")], list(zip(
        differing.tolist(), window.named(both[0].labels[differing]),
        *(window.answers(each.answers[differing]) for each in both), strict=True))  # fmt: skip
    window.choose("compare.page", "settings")
    rows = {row[0]: row[1:3] for row in window.table("compare.settings")}
    yield "losses", rows["Loss"], ["Cross-entropy", "Binary cross-entropy (clipped)"]
    yield "classes", rows["Classes"], ["apple, cherry", "all"]
    yield "wrong labels", rows["Wrong labels"], ["25 %", "0 %"]
    own = [window.answered(run, window.fruit) for run in "AB"]
    yield "accuracies at the end", rows["Test accuracy at the end"], [
        f"{fine_percent(each.accuracy, 40)} of 40 test images" for each in own]  # fmt: skip


def other_tabs(window):
    """They call the answers by the names that the run learned, and images by those of the open data."""
    names = list(window.fruit.names)
    window.show("ideal")
    yield "Ideal images", list(dict.fromkeys(row[0] for row in window.table("ideal.board"))), names
    selection = window.stage.application.selection
    selection.change(neuron=Neuron(0, 5))
    window.show("weights")
    rows = window.table("weights.neuron.outgoing")
    expected = pytest.approx(window.weights["A"][2][5].tolist(), rel=1e-5)
    yield "Weights", ([row[0] for row in rows], [row[1] for row in rows]), (names, expected)
    selection.change(neuron=None, image=3)
    view = window.show("graph").network
    window.choose("graph.shows", "links")
    window.choose("graph.feed", "image")
    test = window.answered()
    label, answer = window.named(test.labels[3:4])[0], window.fruit.names[test.probabilities[3].argmax()]
    said = view.finding()
    share = probability_text(float(test.probabilities[3].max()))
    yield "Graph: answer", said.partition(";")[0], f"Answer: {answer} with {share}, for test image 3, {label}"
    yield "Graph: names", [view.words_of(spot).split(": ")[0] for spot in view.spots()[-1]], names
    shown = [spot.value for spot in view.spots()[-1]]
    yield "Graph: probabilities", shown, pytest.approx(test.probabilities[3].tolist(), abs=1e-5)
    window.choose("graph.shows", "operations")
    window.show("experiments")
    said = f"Runs on MNIST sample; {window.opened.summary} stays open."
    yield "Experiments", window.text("experiments.data.words"), said


PLACES = draw, data, fingerprints, mistakes, points, compare, other_tabs


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_each_figure_in_every_tab_is_that_of_numpy(tmp_path):
    fruit, *others = (
        write(tmp_path)
        for write in (figures_by_hand.write_fruit, figures_by_hand.write_pets, figures_by_hand.write_ships)
    )
    with Stage() as stage:
        stage.open(str(fruit.file))
        runs = stage.application.bridge.runs
        for count, more in enumerate(SETTINGS.values(), 1):
            stage.controls.start(TrainSpec(**NETWORK, **more))
            stage.wait_for(lambda count=count: len(runs) == count and stage.progress.finished)
        stage.wait_for(lambda: stage.controls.state == "idle")
        stage.application.selection.change(lens=Lens("A"))
        window = Window(stage, fruit)
        wrong = {}
        for made in (fruit, *others):
            if made is not fruit:
                window.open(made)
            for place in PLACES:
                for what, shown, expected in place(window):
                    if shown != expected:
                        wrong[made.file.stem, place.__name__, what] = shown, expected
        assert not wrong, "\n".join(f"{key}: {value}" for key, value in wrong.items())
