"""Double descent: can a network be too small, just large enough, and then large enough again?"""

from collections.abc import Sequence

import numpy as np

from engine.core.frozen import Frozen
from engine.core.language import mark, tr
from engine.core.lazy import Array
from engine.core.messages import Turns, slices
from engine.core.specs import TrainSpec
from engine.core.text import in_percent
from engine.studies.experiments.parts.experiment import Look, Measured, Measuring, experiment, of_images
from engine.studies.experiments.parts.lab import Lab, curve, level
from engine.studies.experiments.parts.learning import PRODUCTS, accuracy, read, read_parts, squares_of


class Sizes(Frozen):
    """The network that is fitted, and its numbers of hidden neurons as shares of the number of images."""

    spec: TrainSpec = TrainSpec(
        layers="1000", initial="he", loss="squared", images=1_000, batch=1_000, epochs=1
    )  # the number of images, and the seed; the hidden layer keeps its drawn weights
    widths: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2, 1.5, 2, 3, 5, 8)
    kept: tuple[float, ...] = (0.2, 1.0, 8)  # those of them that become runs


def answers(weights: Sequence[Array], kernel: Array, x: Array) -> Turns[Array]:
    """Return the logits of rows of pixels, (images, classes) float64, with `kernel` as the last layer, in turns."""
    parts = []
    for _, hidden, _ in read_parts(weights, x):
        parts.append(hidden[0] @ kernel)
        yield None
    return np.concatenate(parts)


def least_squares(hidden: Array, targets: Array) -> Turns[Array]:
    """Return the best fitting last layer, (neurons, classes), of least norm if there are several: Belkin et al. (2019).

    In turns, by the eigenvectors of the smaller product, without those below the rounding error.
    """
    is_wide = hidden.shape[1] > hidden.shape[0]
    rows = hidden.T if is_wide else hidden  # (many, few)
    product = np.zeros((rows.shape[1], rows.shape[1]))
    step = max(50, PRODUCTS // (4 * product.size))  # in double precision, by NumPy
    for chosen in slices(len(rows), step):
        part = rows[chosen]
        product += part.T @ part
        yield None
    values, vectors = np.linalg.eigh(product)
    cut = values[-1] * len(values) * np.finfo(float).eps
    inverse = np.where(values > cut, 1 / np.maximum(values, cut), 0)
    solved = vectors @ (inverse[:, None] * (vectors.T @ (targets if is_wide else hidden.T @ targets)))
    yield None
    return hidden.T @ solved if is_wide else solved


VERDICT = mark(
    "The test error is worst, {worst}, with {neurons} neurons an image, where the fitted weights are {neurons} × "
    "classes × images; it was {before} below and is {after} far above."
)
NEURONS = mark("{count} neurons")


def measure(lab: Lab, sizes: Sizes) -> Measuring:
    """Draw hidden layers of growing width, fit the last layer to the training images, and test."""
    spec, data = sizes.spec, lab.data
    x, labels = lab.learned(spec)
    test, test_labels = lab.pixels(data.test_images), data.test_labels
    classes = len(data.classes)
    targets = np.eye(classes)[labels]
    points: list[tuple[float, float, float]] = []
    last = ""
    for number, share in enumerate(sizes.widths):
        width = max(1, round(share * len(x)))
        wide = spec.but(layers=f"{width}")
        weights = list(lab.drawn(wide))
        (first,), _ = yield from read(weights, x)
        hidden = first.astype(np.float64)
        kernel = yield from least_squares(hidden, targets)
        logits = yield from answers(weights, kernel, test)
        points.append((width / len(x), 1 - accuracy(logits, test_labels), 1 - accuracy(hidden @ kernel, labels)))
        if share in sizes.kept:
            run = lab.begin(wide, tr("{count:,} neurons, last layer fitted", count=width))
            lab.keep(run, 0, tuple(weights))
            weights[-2], weights[-1] = kernel.astype(np.float32), np.zeros(classes, np.float32)
            lab.keep(run, 1, tuple(weights))
            yield from lab.test(run, 1, tuple(weights), squares_of()(hidden @ kernel, labels), loss=squares_of())
            last = run.name
        across, *errors_of = np.array(points).T
        curves = [curve(label, across, up) for label, up in zip((tr("test"), tr("training")), errors_of, strict=True)]
        yield lab.shows(*curves, levels=[level(tr("just enough to fit"), 1.0, upright=True)])
        yield lab.at((number + 1) / len(sizes.widths), NEURONS.format(count=f"{width:,}"))
    shares, errors, _ = np.array(points).T
    peak = int(errors.argmax())
    before = errors[shares < 1].min()
    return Measured(
        here=(shares[peak], errors[-1] - before),
        resolution=(float(np.diff(shares)[max(0, peak - 1) : peak + 1].max()), of_images(len(test))),
        verdict=VERDICT.format(
            worst=in_percent(errors[peak], 1),
            neurons=f"{shares[peak]:.2f}",
            before=in_percent(before, 1),
            after=in_percent(errors[-1], 1),
        ),
        look=Look(tab="mistakes", run=last),
    )


EXPERIMENT = experiment("descent", measure, Sizes(), says=(VERDICT, NEURONS), seconds=20)
