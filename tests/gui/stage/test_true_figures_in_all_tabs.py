"""What the window shows is of the run and of the data that it says it is of, in every tab.

Two runs learn from the fruit, with settings that choose. Then all tabs are walked with the fruit open, with other
images of as many classes, and with images of fewer. All that is shown is held against the images as they were made,
and against the weights in the session's file, in NumPy.
"""

import re

import numpy as np
import pytest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget

from engine.core.lens import Lens, Neuron
from engine.core.messages import run_through
from engine.core.specs import TrainSpec
from engine.core.text import fine_percent
from engine.session.store.opening import open_store
from gui.look.percents import probability_text
from gui.look.words import Elided
from gui.stage.stage import Stage
from gui.tabs.activations.tab import TAB as ACTIVATIONS
from gui.tabs.compare.tab import TAB as COMPARE
from gui.tabs.data.tab import TAB as DATA
from gui.tabs.draw.tab import TAB as DRAW
from gui.tabs.experiments.tab import TAB as EXPERIMENTS
from gui.tabs.fingerprints.tab import TAB as FINGERPRINTS
from gui.tabs.graph.tab import TAB as GRAPH
from gui.tabs.ideal.tab import TAB as IDEAL
from gui.tabs.map.tab import TAB as MAP
from gui.tabs.mistakes.tab import TAB as MISTAKES
from gui.tabs.train.tab import TAB as TRAIN
from gui.tabs.weights.tab import TAB as WEIGHTS
from gui.widgets.forms.controls import Segments
from tests.figures_by_hand import (
    CHOOSES,
    answered_by_hand,
    bins_by_hand,
    calibration_error_by_hand,
    learned_by_hand,
    logits_by_hand,
    loss_by_hand,
    noisy_by_hand,
    probabilities_by_hand,
    temperature_by_hand,
    write_fruit,
    write_pets,
    write_ships,
)
from tests.gui.room import painted_words

EPOCHS = 4
NETWORK = {"layers": "8", "initial": "he", "batch": 48, "epochs": EPOCHS}
SENT = 4
"""Number of images that are sent from Mistakes to Draw."""

SETTINGS = {"A": CHOOSES, "B": {"images": 60, "validation": 0.2}}
LOSS = {"A": {"loss": "cross_entropy"}, "B": {}}
OTHER_DATA = "Run {} learned from other data: fruit 120 + 40."


class Window:
    """The window with two runs in it, some data open, and what is to be shown of them."""

    def __init__(self, stage, fruit):
        self.stage, self.fruit, self.opened = stage, fruit, fruit
        opened = run_through(open_store(stage.session_file, look_only=True))
        runs = opened.store.load().runs
        self.weights = {name: runs[name].moments[EPOCHS].weights for name in "AB"}
        self.before = {name: runs[name].moments[EPOCHS - 1].weights for name in "AB"}
        """Before the last step, which was all of the last epoch."""
        opened.store.close()
        self.learned = learned_by_hand(fruit, **CHOOSES)

    @property
    def is_own(self):
        return self.opened is self.fruit

    def open(self, made):
        self.stage.application.opening.open(made.file)
        self.stage.wait_for(lambda: self.stage.application.opening.dataset.name == made.file.stem)
        self.opened = made

    def show(self, kind):
        tab = self.stage.show_tab(kind)
        self.stage.settle(tab)
        return tab

    def choose(self, name, key):
        """Choose in a row of switches, or a page, and wait until it is shown."""
        self.stage.widget(Segments, name).choose(key)
        self.stage.settle(self.stage.window.tabs.currentWidget())

    def table(self, name):
        """The rows behind a picture."""
        table = self.stage.widget(QWidget, name).table()
        return [] if table is None else [list(row) for row in table.rows]

    def text(self, name):
        widget = self.stage.widget(QLabel, name)
        return widget.words if isinstance(widget, Elided) else widget.text()

    def says_other_data(self, name):
        """Whether it is said there that run A learned from other data."""
        return OTHER_DATA.format("A") in self.text(name)

    def answered(self, run="A", made=None):
        return answered_by_hand(self.weights[run], made or self.opened)

    def spoiled(self, run, strength):
        """How a run answers to the open test images with noise in them."""
        images = self.opened.test_images
        noisy = noisy_by_hand(images, strength, range(len(images))) if strength else images
        return answered_by_hand(self.weights[run], self.opened, noisy)

    def named(self, labels):
        return [self.opened.names[label] for label in labels]

    def answers(self, labels):
        return [self.fruit.names[label] for label in labels]


# Places: what each shows, and what it is to show ----------------------------------------------------------------------


def draw(window):
    window.show(DRAW)
    window.stage.button("draw.image").click()
    tab = window.show(DRAW)
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
    hidden, _ = logits_by_hand(window.weights["A"], window.opened.train_images)
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
    window.show(ACTIVATIONS)
    rows = window.table("activations.answer")
    yield "Activations: names", [row[0] for row in rows], list(window.fruit.names)
    yield "Activations: probabilities", [row[1] for row in rows], pytest.approx(shares.tolist(), abs=1e-5)


def data(window):
    window.show(DATA)
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


def train(window):
    tab = window.show(TRAIN)
    test = window.answered(made=window.fruit)
    yield "accuracy", window.text("train.accuracy"), f"{fine_percent(test.accuracy, 40)} of 40"
    shown = tab.loss.legend.switches["test"].value
    yield "loss", float(shown), pytest.approx(test.loss("cross_entropy"), rel=1e-3)
    said = [label.text() for label in tab.findChildren(QLabel) if label.text().startswith("Loss: ")]
    yield "which loss", said, ["Loss: cross-entropy · run A"]


def fingerprints(window):
    window.show(FINGERPRINTS)
    test = window.answered()
    images = len(test.labels)
    yield "accuracy", window.text("fingerprints.accuracy.overall"), fine_percent(test.accuracy, images)
    others = "" if window.is_own else " of other data than the run's"
    yield "on which", window.text("fingerprints.accuracy.of"), f"on these {images} test images{others}"
    told = window.stage.widget(QWidget, "fingerprints.accuracy.bars").accessibleDescription().split(", ")
    yield "by class", [each.strip() for each in told][: len(window.opened.names)], [
        f"{name}: {fine_percent(test.class_accuracy(label), int((test.labels == label).sum()))}"
        for label, name in enumerate(window.opened.names)]  # fmt: skip
    for label in range(len(window.opened.names)):
        mean = {row[0]: row[1 + label] for row in window.table("fingerprints.maps")}
        expected = test.hidden[test.labels == label].mean(axis=0)
        yield (f"means of class {label}", [mean[each] for each in range(8)], pytest.approx(expected.tolist(), abs=1e-4))


def ideal(window):
    window.show(IDEAL)
    names = list(dict.fromkeys(row[0] for row in window.table("ideal.board")))
    yield "names", names, list(window.fruit.names)


def mistakes(window):
    window.show(MISTAKES)
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


def one_image(window):
    """The misread images that come first in Mistakes, each sent to Draw: both tabs say the same of it."""
    window.show(MISTAKES)
    test = window.answered()
    for number in np.flatnonzero(test.answers != test.labels)[:SENT].tolist():
        tab = window.show(MISTAKES)
        window.stage.application.selection.change(image=number)
        window.stage.settle(tab)
        answer, share = window.fruit.names[test.answers[number]], test.probabilities[number].max()
        detail = window.text("mistakes.detail")
        yield (
            f"Mistakes: answer to {number}",
            f"Test image {number}," in detail and answer in detail.partition("predicted as")[2],
            True,
        )
        shares = {probability_text(share + each) for each in (-1e-6, 0, 1e-6)}
        yield (f"Mistakes: probability of {number}", detail.rpartition("probability ")[2].rstrip(".") in shares, True)
        window.stage.button("mistakes.send").click()
        window.show(DRAW)
        yield f"Draw: answer to {number}", window.text("draw.answer.winner"), answer
        yield f"Draw: probability of {number}", window.text("draw.answer.probability") in shares, True


def calibration(window):
    window.show(MISTAKES)
    window.choose("mistakes.page", "calibration")
    test = window.answered()
    images, wrong = len(test.labels), len(test.labels) - test.right
    other = "" if window.is_own else " · not the run's data"
    percent = fine_percent(test.accuracy, images)
    said = f"{wrong} of {images} test images misread · {percent} correct{other}"
    yield "accuracy", window.text("mistakes.figure"), said
    bins = bins_by_hand(test.confidences, test.hits)
    shown = window.table("mistakes.reliability")
    yield "counts", [row[2] for row in shown], [each.count for each in bins]
    for column, name in ((3, "confidence"), (4, "accuracy")):
        expected = [getattr(each, name) for each in bins]
        yield name, [row[column] for row in shown], pytest.approx(expected, rel=1e-4, nan_ok=True)
    error = 100 * calibration_error_by_hand(test.confidences, test.hits)
    yield "its error", in_percent(window.text("mistakes.error")), pytest.approx(error, abs=0.006)
    refused = test.confidences < 0.9
    yield "threshold", window.text("mistakes.level"), "90 %"
    yield "abstained", in_percent(window.text("mistakes.refused")), pytest.approx(
        100 * refused.mean(), abs=0.006)  # fmt: skip
    rest = 100 * test.hits[~refused].mean() if not refused.all() else None
    shown = window.text("mistakes.rest")
    yield "the rest", None if shown == "–" else in_percent(shown), rest and pytest.approx(rest, abs=0.006)
    yield "of all", window.table("mistakes.refusal")[0][1:], [0, pytest.approx(test.accuracy)]
    order = np.random.default_rng(0).permutation(images)
    one, half = order[: images // 2], order[images // 2 :]
    degrees = temperature_by_hand(test.logits[one], test.labels[one])
    shown = float(window.stage.button("mistakes.fit").text().removeprefix("Fitted: "))
    yield "fitted", shown, pytest.approx(degrees, abs=0.006, rel=0.002)
    logits, hits = test.logits[half], test.hits[half]
    errors = [
        100 * calibration_error_by_hand(probabilities_by_hand(logits / each).max(axis=1), hits) for each in (1, degrees)
    ]
    counted, *told = re.fullmatch(
        r"Fitted on (\d+) of the test images, chosen at random; on the others it brings the error from (\S+) % to "
        r"(\S+) %\.", window.text("mistakes.honest")).groups()  # fmt: skip
    yield "fitted on", int(counted), images // 2
    yield "what it brings", [float(each) for each in told], pytest.approx(errors, abs=0.02)


def robustness(window):
    tab = window.show(MISTAKES)
    window.choose("mistakes.page", "spoil")
    shown, spoiled = window.table("mistakes.preview"), window.spoiled("A", 0.3)
    numbers = [int(re.match(r"Test image (\d+),", about)[1]) for _, about in shown]
    labels, answers = window.named(spoiled.labels[numbers]), window.answers(spoiled.answers[numbers])
    yield "images", [about for _, about in shown], [
        f"Test image {number}, {label}, predicted {answer}"
        for number, label, answer in zip(numbers, labels, answers, strict=True)]  # fmt: skip
    yield "captions", [caption.split(" · ")[0] for caption, _ in shown], answers
    shares = [in_percent(caption.split(" · ")[1].lstrip("<> ")) for caption, _ in shown]
    yield "probabilities", shares, pytest.approx((100 * spoiled.confidences[numbers]).tolist(), abs=0.06)
    right = int(spoiled.hits[numbers].sum())
    yield "of these", window.text("mistakes.preview.right"), f"{right} of {len(numbers)} correct"
    remark = "" if window.is_own else OTHER_DATA.format("A")
    yield "remark before", remark in window.text("mistakes.corruption.said"), True
    window.stage.button("mistakes.corruption.start").click()
    window.stage.settle(tab)
    curves = window.table("mistakes.corruption.chart")
    runs = list(dict.fromkeys(row[0] for row in curves))
    yield "runs", "A" in runs, True
    for run in runs:
        of_run = [(strength, accuracy) for each, strength, accuracy in curves if each == run]
        yield (f"strengths of {run}", [each for each, _ in of_run], pytest.approx(np.linspace(0, 1, 11).tolist()))
        expected = [window.spoiled(run, strength).accuracy for strength, _ in of_run]
        yield f"accuracy of {run}", [each for _, each in of_run], pytest.approx(expected)
    images = len(window.opened.test_labels)
    remarks = "" if window.is_own else "".join(f" {OTHER_DATA.format(run)}" for run in reversed(runs))
    said = f"Each point: {images} of {images} test images.{remarks}"
    yield "how many", window.text("mistakes.corruption.said"), said
    window.choose("mistakes.page", "confusion")


def graph(window):
    tab = window.show(GRAPH)
    window.stage.application.selection.change(image=3)
    window.choose("graph.shows", "links")
    window.choose("graph.feed", "image")
    test, view = window.answered(), tab.network
    shares, hidden = test.probabilities[3], test.hidden[3]
    label, answer = window.named(test.labels[3:4])[0], window.fruit.names[shares.argmax()]
    said = view.accessibleDescription()
    yield "answer", said.split(". ")[0], f"Answer: {answer}"
    yield "image", said.split(". ")[1].split(";")[0], f"test image 3, {label}"
    told = [view.words_of(spot).split(": ") for spot in view.spots()[-1]]
    yield "names", [name for name, _ in told], list(window.fruit.names)
    marks = [name[:2] for name in window.fruit.names]
    yield "marks", sorted(words for words, _ in painted_words(view) if words in marks), marks
    shown = [spot.value for spot in view.spots()[-1]]
    yield "probabilities", shown, pytest.approx(shares.tolist(), abs=1e-5)
    flows = {(begin, end): flow for layer, begin, end, flow in window.table("graph.network") if layer == 2}
    expected = {(begin, end): hidden[begin] * window.weights["A"][2][begin, end] for begin, end in flows}
    yield "what flows to them", flows, pytest.approx(expected, rel=1e-4)
    window.choose("graph.shows", "operations")


def weights(window):
    window.show(WEIGHTS)
    selection = window.stage.application.selection
    select, label = selection.change, selection.label
    second, last = window.weights["A"][2:]
    select(neuron=Neuron(0, 5))
    window.stage.settle(window.show(WEIGHTS))
    panel = window.stage.widget(QWidget, "weights.neuron")
    yield "neuron", panel.accessibleName(), "Neuron 5"
    rows = window.table("weights.neuron.outgoing")
    yield "classes", [row[0] for row in rows], list(window.fruit.names)
    yield "to them", [row[1] for row in rows], pytest.approx(second[5].tolist(), rel=1e-5)
    choice = window.stage.widget(QComboBox, "weights.layer")
    choice.setCurrentIndex(1)
    select(label=1)
    window.stage.settle(window.show(WEIGHTS))
    yield "class", panel.accessibleName(), f"Class {window.fruit.names[1]}"
    bias = window.text("weights.neuron.bias")
    yield "its bias", float(bias.replace("−", "-")), pytest.approx(float(last[1]), rel=6e-3, abs=1e-4)
    choice.setCurrentIndex(0)
    select(label=label, neuron=None)


def points(window):
    window.show(MAP)
    classes = [
        each.accessibleName() for each in window.stage.widget(QWidget, "map.classes").findChildren(QAbstractButton)
    ]
    yield "legend", classes, [f"Class {name}" for name in window.opened.names]
    test = window.answered()
    shown = [(row[0], row[3], row[4]) for row in window.table("map.panel")]
    yield "points", shown, list(
        zip(range(len(test.labels)), window.named(test.labels), window.answers(test.answers), strict=True))  # fmt: skip


def compare(window):
    window.show(COMPARE)
    window.choose("compare.page", "answers")
    both = [window.answered(run) for run in "AB"]
    images = len(both[0].labels)
    shares = [fine_percent(each.accuracy, images) for each in both]
    remarks = "" if window.is_own else " " + " ".join(OTHER_DATA.format(run) for run in "AB")
    said = f"Run A reads {shares[0]} of {images} test images correctly, run B {shares[1]}.{remarks}"
    yield "accuracies", window.text("compare.sentence"), said
    right = [each.answers == each.labels for each in both]
    counts = [right[0] & right[1], right[0] & ~right[1], ~right[0] & right[1], ~right[0] & ~right[1]]
    yield "counts", [row[1] for row in window.table("compare.bars")], [int(each.sum()) for each in counts]
    differing = np.flatnonzero(both[0].answers != both[1].answers)
    yield "images", [(row[0], row[1], row[2], row[4]) for row in window.table("compare.grid")], list(zip(
        differing.tolist(), window.named(both[0].labels[differing]),
        *(window.answers(each.answers[differing]) for each in both), strict=True))  # fmt: skip
    tab = window.stage.window.tabs.currentWidget()
    window.choose("compare.page", "road")
    titles = [label.text() for label in tab.findChildren(QLabel) if label.text().startswith("Test loss on")]
    yield "loss of the road", titles, ["Test loss on the way: cross-entropy"]
    losses, accuracies = (
        {place: value for _, place, value in window.table(name)} for name in ("compare.loss", "compare.accuracy")
    )
    for end, each in enumerate(both):
        yield f"loss at end {end}", losses[end], pytest.approx(each.loss("cross_entropy"), rel=1e-4)
        yield f"accuracy at end {end}", accuracies[end], pytest.approx(each.accuracy)
    window.choose("compare.page", "settings")
    rows = {row[0]: row[1:3] for row in window.table("compare.settings")}
    yield "losses", rows["Loss"], ["Cross-entropy", "Binary cross-entropy (clipped)"]
    yield "classes", rows["Classes"], ["apple, cherry", "all"]
    yield "wrong labels", rows["Wrong labels"], ["25 %", "0 %"]
    own = [window.answered(run, window.fruit) for run in "AB"]
    yield from compared_runs(window, own)
    yield "accuracies at the end", rows["Test accuracy at the end"], [
        f"{fine_percent(each.accuracy, 40)} of 40 test images" for each in own]  # fmt: skip


def compared_runs(window, own):
    """Of all runs their own figures, on their own data, whichever are open."""
    window.choose("compare.page", "runs")
    table = window.stage.widget(QWidget, "compare.runs").table()
    rows = {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
    yield "runs", sorted(rows), ["A", "B"]
    for run, test, loss in zip("AB", own, ("cross_entropy", "clipped"), strict=True):
        chosen = learned_by_hand(window.fruit, **SETTINGS[run])
        _, logits = logits_by_hand(window.before[run], window.fruit.train_images[chosen.numbers])
        row = rows[run]
        yield f"{run}: accuracy", (row["Accuracy"], row["of"]), (pytest.approx(test.accuracy), 40)
        yield f"{run}: test loss", row["Test loss"], pytest.approx(test.loss(loss), rel=1e-4)
        yield f"{run}: train loss", row["Train loss"], pytest.approx(
            loss_by_hand(loss, logits, chosen.labels), rel=1e-4)  # fmt: skip
        yield f"{run}: epochs", row["Epochs"], EPOCHS
    shares = {row[0]: row[2] for row in window.table("compare.strip")}
    yield "dots", shares, pytest.approx({run: test.accuracy for run, test in zip("AB", own, strict=True)})
    low, high = sorted(100 * test.accuracy for test in own)
    said = [float(each) for each in re.findall(r"\d+\.\d+", window.text("compare.runs.spread"))]
    yield "range", said, pytest.approx([low, high] if low != high else [low], abs=0.006)
    window.choose("compare.page", "settings")


def in_percent(text):
    """Return the number before a sign of percent."""
    return float(text.removesuffix("%").strip())


def experiments(window):
    window.show(EXPERIMENTS)
    said = f"Runs on MNIST sample; {window.opened.summary} stays open."
    yield "data", window.text("experiments.data.words"), said


PLACES = (
    draw, data, train, fingerprints, ideal, mistakes, one_image, calibration, robustness, graph, weights, points,
    compare, experiments,
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_each_figure_in_every_tab_is_that_of_numpy(tmp_path):
    fruit, *others = (write(tmp_path) for write in (write_fruit, write_pets, write_ships))
    with Stage() as stage:
        stage.open(str(fruit.file))
        runs = stage.application.bridge.runs
        for count, (run, more) in enumerate(SETTINGS.items(), 1):
            stage.controls.start(TrainSpec(**NETWORK, **more, **LOSS[run]))
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
