"""Small data sets whose images carry their numbers, and each figure of a run on them by NumPy alone.

Which of the images a run with settings that choose learns from, and with which labels, is found here in another way
than the program's; so are its network's answers, its accuracy and its losses.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

SIDE = 10  # rows and columns of an image

# settings of a run: of 60 images it learns from 48, a quarter of them with a wrong label, and holds 12 out
CHOOSES = {"images": 60, "wrong_labels": 0.25, "classes": "apple, cherry", "validation": 0.2, "seed": 3}


class Made(NamedTuple):
    """A data set as it was made, and its file."""

    file: Path
    names: tuple[str, ...]
    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray

    @property
    def summary(self):
        return f"{self.file.stem} {len(self.train_images):,} + {len(self.test_images):,}"


def write_fruit(folder):
    return _write(folder, "fruit", ("apple", "berry", "cherry"), 120, 40, 11)


def write_pets(folder):
    """Write data of the shape of the fruit, with other images of as many classes."""
    return _write(folder, "pets", ("dog", "eel", "fox"), 110, 35, 22)


def write_ships(folder):
    """Write data of other classes, fewer than the fruit has: its networks read them, and may answer a third one."""
    return _write(folder, "ships", ("brig", "dhow"), 90, 30, 33)


def write_towns(folder):
    """Write data of other classes, more than the fruit has: its networks do not read them."""
    return _write(folder, "towns", ("Bonn", "Graz", "Oslo", "York"), 80, 25, 44)


def _write(folder, name, names, train, test, mark):
    """Write images with a bright block where their class has it; the first two pixels are their number and a mark."""
    generator = np.random.default_rng(mark)

    def part(count, mark):
        labels = generator.integers(0, len(names), count).astype(np.uint8)
        images = generator.integers(0, 120, (count, SIDE, SIDE), np.uint8)
        for number, (image, label) in enumerate(zip(images, labels, strict=True)):
            row, column = 3 + 3 * (label // 2), 3 + 3 * (label % 2)
            image[row : row + 2, column : column + 2] = generator.integers(120, 256)
            image[0, :2] = number, mark
        return images, labels

    arrays = *part(train, mark), *part(test, mark + 100)
    (folder / name).mkdir(parents=True)
    file = folder / name / f"{name}.npz"
    np.savez(file, **dict(zip(("x_train", "y_train", "x_test", "y_test"), arrays, strict=True)))
    file.with_name("classes.txt").write_text("\n".join(names), encoding="utf-8")
    return Made(file, names, *arrays)


class Learned(NamedTuple):
    """What a run learned from: the numbers of its images, rising, their labels, and what it held out."""

    numbers: list[int]
    labels: list[int]
    held_out: list[int]

    def count(self, truth, classes):
        """Return from how many images of each class the run learned, by what is to be seen on them."""
        return np.bincount(truth[self.numbers], minlength=classes).tolist()


def learned_by_hand(made, *, images=0, wrong_labels=0.0, classes="", validation=0.0, seed=1):
    """Return what a run with these settings learned from, one image after the other."""
    truth = made.train_labels.tolist()
    wanted = [made.names.index(each) for each in classes.split(", ")] if classes else range(len(made.names))
    turn = np.random.default_rng([seed, 0, 1]).permutation(len(truth)).tolist()
    queues = {label: [number for number in turn if truth[number] == label] for label in wanted}
    # All classes go at one pace; where two are as far as each other, the image that comes first in the turn goes first.
    pace = {n: (place + 0.5) / len(queue) for queue in queues.values() for place, n in enumerate(queue)}
    drawn = sorted((number for number in turn if number in pace), key=pace.__getitem__)
    drawn = drawn[: images or len(drawn)]
    out = max(1, round(validation * len(drawn))) if validation else 0
    numbers, held_out = sorted(drawn[: len(drawn) - out]), sorted(drawn[len(drawn) - out :])
    generator = np.random.default_rng([seed, 0, 2])
    turn, others = generator.permutation(len(truth)).tolist(), generator.random(len(truth)).tolist()
    mistaken = sorted(numbers, key=turn.__getitem__)[: round(wrong_labels * len(numbers))]
    labels = {number: truth[number] for number in numbers}
    for number in mistaken:
        place = list(wanted).index(truth[number]) + 1 + int(others[number] * (len(wanted) - 1))
        labels[number] = wanted[place % len(wanted)]
    return Learned(numbers, [labels[number] for number in numbers], held_out)


def dense_by_hand(weights, images):
    """Return what a dense ReLU network answers to images, bytes or shares of them: its last hidden layer and logits."""
    x = images.reshape(len(images), -1) / np.float64(255 if images.dtype == np.uint8 else 1)
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = np.maximum(x @ kernel + bias, 0)
    return x, x @ weights[-2] + weights[-1]


def answers_of(weights, images):
    return dense_by_hand(weights, images)[1].argmax(axis=1)


def probabilities_by_hand(logits):
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def loss_by_hand(name, logits, labels):
    p = probabilities_by_hand(logits)
    one_hot = np.eye(logits.shape[1])[np.asarray(labels)]
    if name == "cross_entropy":
        return float(-np.log((p * one_hot).sum(axis=1)).mean())
    if name == "squared":
        return float(((p - one_hot) ** 2).sum(axis=1).mean())
    assert name == "clipped"
    p = np.clip(p, 1e-10, float(np.float32(0.9999999)))
    return float(-(one_hot * np.log(p) + (1 - one_hot) * np.log(1 - p)).sum(axis=1).mean())


class Descent:
    """The steps of an optimiser's textbook rule for one array, in double precision.

    To Adam's root Keras adds 1e-7 before the root is corrected, and the paper 1e-8 after it.
    """

    def __init__(self, rule, rate, is_papers=False):
        self.rule, self.rate, self.is_papers, self.taken = rule, rate, is_papers, 0
        self.mean, self.squares = 0.0, 0.1 if rule == "adagrad" else 0.0

    def step(self, x, gradient):
        """Return what x becomes."""
        self.taken += 1
        if self.rule == "momentum":
            self.mean = gradient = 0.9 * self.mean + gradient
        elif self.rule == "adam":
            self.mean, self.squares = 0.9 * self.mean + 0.1 * gradient, 0.999 * self.squares + 0.001 * gradient**2
            scale = np.sqrt(1 - 0.999**self.taken)
            epsilon = 1e-8 * scale if self.is_papers else 1e-7
            gradient = self.mean / (1 - 0.9**self.taken) * scale / (np.sqrt(self.squares) + epsilon)
        elif self.rule == "adagrad":
            self.squares = self.squares + gradient**2
            gradient = gradient / np.sqrt(self.squares)
        elif self.rule == "rmsprop":
            self.squares = 0.9 * self.squares + 0.1 * gradient**2
            gradient = gradient / np.sqrt(self.squares + 1e-7)
        return x - self.rate * gradient


BINS = 15  # equal parts of the probability in a reliability diagram (Guo et al., 2017); a bin holds its upper end


def calibration_error_by_hand(confidences, hits):
    """Return the expected calibration error (Guo et al., 2017); a bin holds its upper end."""
    bins = np.maximum(0, np.ceil(confidences * BINS) - 1).astype(int)
    own = [bins == number for number in np.unique(bins)]
    return sum(each.sum() * abs(confidences[each].mean() - hits[each].mean()) for each in own) / len(hits)


class Answered(NamedTuple):
    """How a network answers to test images."""

    labels: np.ndarray
    hidden: np.ndarray
    logits: np.ndarray

    @property
    def answers(self):
        return self.logits.argmax(axis=1)

    @property
    def right(self):
        return int((self.answers == self.labels).sum())

    @property
    def accuracy(self):
        return self.right / len(self.labels)

    @property
    def confusion(self):
        counts = np.zeros((self.logits.shape[1], self.logits.shape[1]), int)
        np.add.at(counts, (self.labels, self.answers), 1)
        return counts.tolist()

    @property
    def probabilities(self):
        return probabilities_by_hand(self.logits)

    def class_accuracy(self, label):
        own = self.labels == label
        return float((self.answers[own] == label).mean())

    def loss(self, name):
        return loss_by_hand(name, self.logits, self.labels)


def answered_by_hand(weights, made):
    """Return how the network with these weights answers to the test images."""
    return Answered(made.test_labels, *dense_by_hand(weights, made.test_images))
