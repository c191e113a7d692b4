"""What commands, the notebook and the hand-out show is of the run and of the data that they say it is of.

Run A learned from some of the fruit, a part of it with wrong labels; run B from all classes, with another loss. Each
place is asked about them with the fruit open, with other images of as many classes, of fewer and of more. All that it
shows is held against the images as they were made and against the exported weights, in NumPy.
"""

import csv
import functools
import json
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from made_sessions import home_in
from PIL import Image

from engine.cli.parts.command import command_called
from engine.cli.parts.parser import parse
from engine.cli.parts.which import look_at, open_data
from engine.core.errors import UserError
from engine.core.lens import Lens
from engine.core.text import fine_percent
from engine.export.handout.job import export_handout
from tests.figures_by_hand import (
    CHOOSES,
    Made,
    answered_by_hand,
    calibration_error_by_hand,
    dense_by_hand,
    learned_by_hand,
    loss_by_hand,
    probabilities_by_hand,
    write_fruit,
    write_pets,
    write_ships,
    write_towns,
)

EPOCHS = 4
LOSSES = {"A": "cross_entropy", "B": "clipped"}
SETTINGS = {"A": CHOOSES, "B": {"images": 60, "validation": 0.2, "seed": 4}}
ARRAYS = ("layer1/kernel", "layer1/bias", "layer2/kernel", "layer2/bias")
OTHER_DATA = "Run {} learned from other data: fruit 120 + 40."
WITHOUT_DATA = ("info", "export", "classify")


class Walk(NamedTuple):
    """The session's file, the data, and the weights of each run after each epoch."""

    session: str
    data: dict[str, Made]
    weights: dict[str, list[tuple]]

    @property
    def fruit(self):
        return self.data["fruit"]


def command(*words):
    """Carry out a command."""
    words = [str(word) for word in words]
    assert command_called(words[0]).run(parse(words)) == 0


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    """A home of this module's own, in which its commands remember their last session."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in home_in(folder / "home").items():
            patch.setenv(name, value)
        (folder / "home").mkdir()
        yield


@pytest.fixture(scope="module")
def walk(tmp_path_factory, home):
    folder = tmp_path_factory.mktemp("walk")
    data = {made.file.stem: made for made in (write(folder) for write in
            (write_fruit, write_pets, write_ships, write_towns))}  # fmt: skip
    session, weights = str(folder / "walk.layerlight"), {}
    for run in "AB":
        chosen = [f"--{name.replace('_', '-')}={value}" for name, value in SETTINGS[run].items()]
        rest = ("--layers", 8, "--initial", "he", "--batch", 48, "--epochs", EPOCHS, "--loss", LOSSES[run])
        command("train", "--session", session, "--dataset", data["fruit"].file, *rest, *chosen)
        weights[run] = []
        for epoch in range(EPOCHS + 1):
            file = folder / "weights.npz"
            command("export", "--session", session, "--run", run, "--moment", f"e{epoch}", "--weights", file)
            with np.load(file) as arrays:
                weights[run].append(tuple(arrays[name] for name in ARRAYS))
    return Walk(session, data, weights)


class Asked:
    """Asks a place about the runs with some data open, and knows what is to be shown."""

    def __init__(self, walk, opened, folder, capsys):
        self.walk, self.opened, self.folder, self._capsys = walk, walk.data[opened], folder, capsys
        self.is_own = opened == "fruit"
        self.names = walk.fruit.names  # what the network's answers are called
        self.of_data = list(self.opened.names)
        self.remark = "" if self.is_own else OTHER_DATA.format("A")
        self.learned = learned_by_hand(walk.fruit, **CHOOSES)

    def tells(self, name, *words):
        """Return what a command prints about the runs with these data open."""
        self._capsys.readouterr()
        if name not in ("info", "data"):
            words = (*words, "--session", self.walk.session)
        command(name, *words, *(("--dataset", self.opened.file) if name not in WITHOUT_DATA else ()))
        return self._capsys.readouterr().out

    def both(self, name, *words):
        """Return what a command prints as JSON, and in words."""
        return json.loads(self.tells(name, *words, "--json")), self.tells(name, *words)

    @functools.cached_property
    def tested(self):
        """How run A answers to the open test images."""
        return answered_by_hand(self.walk.weights["A"][-1], self.opened)

    @functools.cached_property
    def of_fruit(self):
        """How each run answered to its own test images, epoch by epoch."""
        return {
            run: [answered_by_hand(each, self.walk.fruit) for each in weights]
            for run, weights in self.walk.weights.items()
        }


def info(asked):
    facts, words = asked.both("info", asked.walk.session)
    for run in facts["runs"]:
        tests = asked.of_fruit[run["name"]]
        loss = LOSSES[run["name"]]
        yield "accuracy", run["test_accuracy"], tests[-1].accuracy
        yield "images", run["test_images"], len(asked.walk.fruit.test_labels)
        yield "which loss", run["loss"], loss
        yield "loss", run["test_loss"], pytest.approx(tests[-1].loss(loss), rel=1e-5)
        yield "best", run["best_test_accuracy"], tests[run["best_epoch"]].accuracy
        yield "chosen on", run["best_chosen_on"], "validation"
        yield "data", run["dataset"], asked.walk.fruit.summary
        yield "train loss", run["train_loss"], pytest.approx(train_loss(asked.walk, run["name"], -1), rel=1e-4)
        line = next(each for each in words.splitlines() if each.startswith(f"{run['name']}  "))
        yield "accuracy in words", fine_percent(tests[-1].accuracy, 40) in line, True
        yield "loss in words", f"{tests[-1].loss(loss):.4f}" in line, True


def train_loss(walk, run, epoch):
    """Return the loss of what a run learned from before the only step of an epoch: only those images have it."""
    chosen = learned_by_hand(walk.fruit, **SETTINGS[run])
    before = walk.weights[run][:-1][epoch]
    _, logits = dense_by_hand(before, walk.fruit.train_images[chosen.numbers])
    return loss_by_hand(LOSSES[run], logits, chosen.labels)


def export(asked):
    history, table = asked.folder / "history.csv", asked.folder / "table.csv"
    asked.tells("export", "--run", "A", "--csv", history, "--table", table)
    lines = list(csv.DictReader(history.read_text().splitlines()))
    validated = asked.walk.fruit.train_images[asked.learned.held_out]
    truth = asked.walk.fruit.train_labels[asked.learned.held_out]
    yield "epochs", len(lines), EPOCHS
    for epoch, line in enumerate(lines, 1):
        test = asked.of_fruit["A"][epoch]
        _, logits = dense_by_hand(asked.walk.weights["A"][epoch], validated)
        yield "accuracy", float(line["test_accuracy"]), test.accuracy
        yield "which loss", line["loss"], "cross_entropy"
        yield "loss", float(line["test_loss"]), pytest.approx(test.loss("cross_entropy"), rel=1e-5)
        loss = train_loss(asked.walk, "A", epoch - 1)
        yield "train loss", float(line["train_loss"]), pytest.approx(loss, rel=1e-4)
        loss = loss_by_hand("cross_entropy", logits, truth)
        yield "validation loss", float(line["validation_loss"]), pytest.approx(loss, rel=1e-5)
        yield "validation", float(line["validation_accuracy"]), np.mean(logits.argmax(1) == truth)
    for line in csv.DictReader(table.read_text().splitlines()):
        test = asked.of_fruit[line["run"]][-1]
        yield "final accuracy", (float(line["test_accuracy"]), int(line["test_images"])), (test.accuracy, 40)
        yield "final loss", float(line["test_loss"]), pytest.approx(test.loss(LOSSES[line["run"]]), rel=1e-5)
        yield "its name", line["loss"], LOSSES[line["run"]]


def data(asked):
    opened = asked.opened
    settings = CHOOSES | {"classes": f"{opened.names[0]}, {opened.names[1]}"}
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    facts, words = asked.both("data", *flags)
    chosen, count = learned_by_hand(opened, **settings), len(opened.names)
    train, test = (
        np.bincount(labels, minlength=count).tolist() for labels in (opened.train_labels, opened.test_labels)
    )
    of_classes = chosen.count(opened.train_labels, count)
    yield "classes", facts["classes"], asked.of_data
    yield "images", (facts["train_images"], facts["test_images"]), (sum(train), sum(test))
    yield "mean", facts["mean"], pytest.approx(opened.train_images.mean() / 255, abs=1e-6)
    yield "duplicates are asked for", "duplicates" in facts, False
    yield "counts", (facts["train_counts"], facts["test_counts"]), (train, test)
    wrong = int((np.array(chosen.labels) != opened.train_labels[chosen.numbers]).sum())
    yield "learned", facts["learned"], {
        "images": len(chosen.numbers), "wrong_labels": wrong, "held_out": len(chosen.held_out),
        "of_classes": of_classes}  # fmt: skip
    counted = f"{sum(train)} training and {sum(test)} test images of {opened.train_images.shape[1]} × "
    yield "in words", words.startswith(f"{opened.file.stem}: {counted}"), True
    yield "learned in words", f"A run learns from {len(chosen.numbers)} images" in words, True
    rows = [line.split() for line in words.splitlines()[-count:]]
    each = zip(opened.names, train, of_classes, test, strict=True)
    yield "rows", rows, [[name, *map(str, counts)] for name, *counts in each]


def mistakes(asked):
    (facts, words), test = asked.both("mistakes", "--run", "A"), asked.tested
    yield "accuracy", (facts["accuracy"], facts["images"]), (test.accuracy, len(test.labels))
    yield "confusion", facts["confusion"], test.confusion
    yield "class accuracy", facts["class_accuracy"], [
        test.class_accuracy(label) if label < len(asked.of_data) else None for label in range(3)]  # fmt: skip
    error = calibration_error_by_hand(test.probabilities.max(axis=1), test.answers == test.labels)
    yield "calibration error", facts["ece"], pytest.approx(error, rel=1e-4)
    yield "names", (facts["classes"], facts["answers"]), (asked.of_data, list(asked.names))
    yield "remark", facts["remark"], asked.remark
    yield "remark in words", asked.remark in words, True
    yield "accuracy in words", f"{fine_percent(test.accuracy, len(test.labels))}; expected" in words, True
    yield "data in words", asked.opened.summary in words, True
    head = next(line.split() for line in words.splitlines() if line.lstrip().startswith("actual"))
    yield "columns", head, ["actual", *asked.names, "correct"]
    for each in facts["worst"]:
        number = each["image"]
        shown = each["true"], each["answered"], each["probability"]
        answer = int(test.answers[number])
        expected = (int(test.labels[number]), answer, pytest.approx(test.probabilities[number, answer], rel=1e-5))
        yield f"image {number}", shown, expected
        row = [str(number), asked.of_data[each["true"]], asked.names[answer]]
        yield "its row", any(line.split()[:3] == row for line in words.splitlines()), True


def fingerprints(asked):
    out = asked.folder / "fingerprints.npz"
    (facts, words), test = asked.both("fingerprints", "--run", "A", "--out", out), asked.tested
    yield "accuracy", (facts["accuracy"], facts["images"]), (test.accuracy, len(test.labels))
    yield "classes", facts["classes"], asked.of_data
    of_classes = [each for each in facts["class_accuracy"] if each is not None]
    yield "class accuracy", of_classes, [test.class_accuracy(label) for label in range(len(asked.of_data))]
    yield "remark", (facts["remark"], asked.remark in words), (asked.remark, True)
    percent = fine_percent(test.accuracy, len(test.labels))
    yield "in words", f"{percent} of {len(test.labels)} test images are" in words, True
    with np.load(out) as arrays:
        yield "hidden", np.allclose(arrays["hidden"], test.hidden, atol=1e-5), True
        yield "labels", arrays["labels"].tolist(), test.labels.tolist()


def compare(asked):
    facts, words = asked.both("compare", "A", "B", "--road")
    both = [answered_by_hand(asked.walk.weights[run][-1], asked.opened) for run in "AB"]
    right = [test.answers == test.labels for test in both]
    yield "accuracies", facts["accuracy"], [test.accuracy for test in both]
    yield "images", facts["images"], len(asked.opened.test_labels)
    yield "both right", facts["both_right"], int((right[0] & right[1]).sum())
    yield "only one", facts["only_one_right"], int((right[0] & ~right[1]).sum())
    yield "only other", facts["only_other_right"], int((~right[0] & right[1]).sum())
    differing = np.flatnonzero(both[0].answers != both[1].answers).tolist()
    yield "differing", [each["image"] for each in facts["differing"]], differing
    yield "answers", [each["answers"] for each in facts["differing"]], [
        [int(test.answers[number]) for test in both] for number in differing]  # fmt: skip
    remarks = [] if asked.is_own else [OTHER_DATA.replace("Run {}", "Both")]
    yield "remarks", facts["remarks"], remarks
    yield "remarks in words", [line for line in words.splitlines() if "other data" in line], remarks
    (road,) = facts["roads"]
    yield "loss of the road", road["loss"], "cross_entropy"
    yield "its loss in words", "barrier" in words and "of cross-entropy" in words, True
    for place, test in ((0, both[0]), (-1, both[1])):
        yield "its ends", road["losses"][place], pytest.approx(test.loss("cross_entropy"), rel=1e-5)
        yield "its accuracies", road["accuracies"][place], test.accuracy
    expected = {name: [SETTINGS["A"].get(name, none), SETTINGS["B"].get(name, none)]
                for name, none in (("classes", ""), ("wrong_labels", 0.0), ("seed", 1))}  # fmt: skip
    yield "settings", facts["settings"], expected | {"loss": [LOSSES["A"], LOSSES["B"]]}
    for number in differing[:20]:
        row = [str(number), asked.of_data[asked.opened.test_labels[number]],
               *(asked.names[test.answers[number]] for test in both)]  # fmt: skip
        yield "its row", any(line.split() == row for line in words.splitlines()), True


def activations(asked):
    (facts, words), test = asked.both("activations", "--run", "A", "--image", 3), asked.tested
    answer = int(test.answers[3])
    yield "answer", (facts["answer"], facts["name"]), (answer, asked.names[answer])
    yield "image", facts["picture"], f"test image 3, {asked.of_data[test.labels[3]]}"
    yield "probabilities", facts["probabilities"], pytest.approx(test.probabilities[3].tolist(), rel=1e-5)
    yield "mean", facts["layers"][0]["mean"], pytest.approx(test.hidden[3].mean(), rel=1e-5)
    yield "in words", words.splitlines()[-1].startswith(f"Predicted {asked.names[answer]}: "), True
    yield "remark", (facts["remark"], asked.remark in words), (asked.remark, True)


def classify(asked):
    picture = asked.folder / "picture.png"
    Image.fromarray(asked.opened.test_images[5]).save(picture)
    facts, words = asked.both("classify", picture, "--run", "A")
    shares = probabilities_by_hand(dense_by_hand(asked.walk.weights["A"][-1], asked.opened.test_images[5:6])[1])[0]
    yield "answer", (facts["label"], facts["name"]), (int(shares.argmax()), asked.names[shares.argmax()])
    yield "probabilities", facts["probabilities"], pytest.approx(shares.tolist(), rel=1e-5)
    yield "in words", words.split()[1], asked.names[shares.argmax()]


def points(asked):
    out = asked.folder / "map.npz"
    words = asked.tells("map", "--run", "A", "--images", 20, "--out", out)
    with np.load(out) as arrays:
        numbers = arrays["numbers"]
        yield "labels", arrays["labels"].tolist(), asked.tested.labels[numbers].tolist()
        yield "answers", arrays["answers"].tolist(), asked.tested.answers[numbers].tolist()
        yield "how many", (len(numbers), "20 images" in words), (20, True)
    yield "remark", asked.remark in words, True


def notebook(asked):
    out = asked.folder / "walk.py"
    asked.tells("notebook", "--out", out)
    text = out.read_text("utf-8")
    yield "data", "fruit: 120 images to learn from and 40 to be tested with" in text, True
    for run, tests in asked.of_fruit.items():
        best = max(range(1, EPOCHS + 1), key=lambda epoch: validated(asked.walk, run, epoch))
        said = f"reads {fine_percent(tests[-1].accuracy, 40)} of 40 test images; best, epoch {best}, chosen on the"
        yield f"accuracy of {run}", said in " ".join(text.replace("\n# ", " ").split()), True
    yield "losses", re.findall(r'ylabel="(.*cross-entropy.*?)"', text), [
        "cross-entropy", "binary cross-entropy (clipped)"]  # fmt: skip
    chosen = choices(text, asked.walk.fruit.train_labels)
    yield "images", list(chosen), [learned_by_hand(asked.walk.fruit, **SETTINGS[run])[:2] for run in "AB"]


def validated(walk, run, epoch):
    """Return how many of the images that a run held out it reads after an epoch."""
    held_out = learned_by_hand(walk.fruit, **SETTINGS[run]).held_out
    _, logits = dense_by_hand(walk.weights[run][epoch], walk.fruit.train_images[held_out])
    return int((logits.argmax(1) == walk.fruit.train_labels[held_out]).sum())


def choices(text, train_labels):
    """Carry out the lines of a text that choose what a run learns from; yields the numbers and the labels."""
    beginning = "# What the run learns from"
    for rest in text.split(beginning)[1:]:
        known = {"np": np, "train_labels": train_labels}
        exec(f"{beginning}{rest.partition('all_images, all_labels')[0]}", known)
        yield known["chosen"].tolist(), known["learned_labels"].tolist()


def handout(asked):
    out = asked.folder / "run.html"
    with look_at(Path(asked.walk.session)) as session:
        open_data(session, str(asked.opened.file), "A")
        list(export_handout(session, Lens("A"), out))
    facts = json.loads(re.search(r'<script type="application/json".*?>(.*?)</script>', out.read_text(), re.DOTALL)[1])
    of = "" if asked.is_own else f"of other data, {asked.opened.file.stem}, "
    percent = fine_percent(asked.tested.accuracy, len(asked.tested.labels))
    images = "48" if asked.is_own else "a part of the 120"
    tested = f"and reads {percent} of {len(asked.tested.labels)} test images {of}correctly."
    yield "accuracy", f"It learned from {images} images of fruit, {tested}" in facts["about"], True
    truths = [*asked.of_data, *"012"[len(asked.of_data) :]]
    yield "names", (facts["classes"], facts["truths"]), (list(asked.names), truths)
    yield "at its end", facts["snapshots"][-1]["accuracy"], percent
    yield "images", facts["tested"], str(len(asked.tested.labels))
    first = answered_by_hand(asked.walk.weights["A"][0], asked.opened)
    yield "at its start", facts["snapshots"][0]["accuracy"], fine_percent(first.accuracy, len(first.labels))


# what needs data that the network reads
OF_THE_NETWORK = (mistakes, fingerprints, compare, activations, points, handout)


@pytest.mark.parametrize(
    ("place", "opened"),
    [
        *((place, opened) for place in OF_THE_NETWORK for opened in ("fruit", "ships")),
        *((data, opened) for opened in ("fruit", "ships", "towns")),
        *((place, "fruit") for place in (classify, notebook, info, export)),
        *((place, "pets") for place in (mistakes, classify)),
    ],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_each_figure_is_that_of_numpy(place, opened, walk, tmp_path, capsys):
    compared(place, Asked(walk, opened, tmp_path, capsys))


@pytest.mark.parametrize("place", OF_THE_NETWORK, ids=lambda each: each.__name__)
def test_data_of_more_classes_are_not_what_the_network_reads(place, walk, tmp_path, capsys):
    with pytest.raises(UserError, match="towns is not what this network reads: 10 × 10 pixels, 3 classes"):
        compared(place, Asked(walk, "towns", tmp_path, capsys))


def compared(place, asked):
    """Hold all that a place shows against what it is to show."""
    wrong = {what: (shown, expected) for what, shown, expected in place(asked) if shown != expected}
    assert not wrong, wrong
