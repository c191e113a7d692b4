"""Ideal images in words: the caption below each, and its tooltip."""

from typing import NamedTuple

import numpy as np

from engine.analysis.ideal.job import IdealImages
from engine.analysis.ideal.sheet import probability_words
from engine.core.language import mark, tr, with_marks
from engine.core.lazy import Array
from engine.core.text import written
from gui.look.class_names import class_name

PENALTIES = {"l1": "L1", "l2": "L2", "tv": "TV"}
RAN_AWAY = mark("no number")


class Caption(NamedTuple):
    """A caption: a name, a bar with this share, a figure, and a small line."""

    name: str
    share: float
    figure: str
    below: str
    brief: str = ""  # the small line where it has little room
    warned: bool = False  # whether the network reads the image as something else than it is for


def captions(message: IdealImages) -> list[Caption]:
    """Return the caption of each image."""
    most = max((-float(loss) for loss in message.losses if np.isfinite(loss)), default=0.0)
    return [_caption(message, place, most) for place in range(len(message.wanted))]


def tip(message: IdealImages, place: int) -> str:
    """Return an image's tooltip, a fact a line."""
    image, probabilities = message.images[place], message.probabilities[place]
    if not np.isfinite(image).all():
        return tr("Its pixels are no numbers any more.")
    answer, double = int(probabilities.argmax()), image.astype(np.float64)
    facts = [
        tr("The ideal image of {subject}", subject=subject(message, place)),
        tr(
            "Predicted {label}, {probability}",
            label=class_name(answer, answer=True),
            probability=probability_words(float(probabilities[answer])),
        ),
        tr("Loss {loss}", loss=short(float(message.losses[place])))
        if message.layer is None
        else tr("Sum of inputs {sum}", sum=signed(-float(message.losses[place]))),
        tr("Pixels from {low} to {high}", low=signed(float(double.min())), high=signed(float(double.max()))),
        tr("Sum of squares {sum}", sum=short(float((double**2).sum()))),
        tr("{share:.0f}% of the pixels exactly zero", share=100 * (image == 0).mean()),
    ]
    return "\n".join(facts)


def subject(message: IdealImages, place: int) -> str:
    """Return what an image is for: `3`, or `neuron 12`."""
    what = message.wanted[place]
    return class_name(what, answer=True) if message.layer is None else tr("neuron {number}", number=what)


def pixel(message: IdealImages, place: int, row: int, column: int) -> str:
    """Return a pixel in words: `Image of 3, row 12, column 15: +0.312`; rows and columns count from 1."""
    value = float(message.images[place, row, column])
    return tr(
        "Image of {subject}, row {row}, column {column}: {value}",
        subject=subject(message, place),
        row=row + 1,
        column=column + 1,
        value=signed(value),
    )


def largest(images: Array) -> float:
    """Return the largest absolute value of a pixel, of those that are finite."""
    return float(np.abs(images[np.isfinite(images)]).max(initial=0))


def _caption(message: IdealImages, place: int, most: float) -> Caption:
    what, probabilities = message.wanted[place], message.probabilities[place]
    name = class_name(what, answer=True) if message.layer is None else f"{what}"
    loss = float(message.losses[place])
    if not (np.isfinite(loss) and np.isfinite(probabilities).all()):
        return Caption(name, 0.0, "–", tr(RAN_AWAY), tr(RAN_AWAY), True)
    answer = int(probabilities.argmax())
    penalty = ""
    if message.spec.penalty in PENALTIES:
        penalty = f"{PENALTIES[message.spec.penalty]} {short(float(message.penalties[place]))}"
    if message.layer is not None:
        below = tr("predicted {label}", label=class_name(answer, answer=True))
        share = max(0.0, -loss) / most if most > 0 else 0.0
        return Caption(name, share, signed(-loss), _joined(below, penalty), below)
    share = float(probabilities[what])
    below = (
        tr("logit {logit}", logit=signed(-loss))
        if message.spec.objective == "logit"
        else tr("loss {loss}", loss=short(loss))
    )
    if answer != what:
        below = tr("predicted {label}", label=class_name(answer, answer=True))
        return Caption(name, share, probability_words(share), _joined(below, penalty), below, True)
    return Caption(name, share, probability_words(share), _joined(below, penalty), below)


def _joined(*words: str) -> str:
    return " · ".join(filter(None, words))


def short(number: float) -> str:
    """Return a number, 0 or more, with few digits."""
    if 0 < abs(number) < 0.0005:
        return f"< {with_marks('0.001')}"
    return written(number, ",.3f" if abs(number) < 10 else ",.1f" if abs(number) < 1000 else ",.0f")


def signed(number: float) -> str:
    """Return a number with its sign; words for NaN."""
    if number != number:
        return tr(RAN_AWAY)
    if number == 0:
        return "0"
    return written(number, "+.3f" if abs(number) < 10 else "+,.2f" if abs(number) < 1e5 else "+.2e")


def ends(most: float, *, signed: bool) -> tuple[str, str]:
    """Return the words at the ends of the colour scale; `most` has the strongest colour."""
    if not signed or most == 0:
        return "0", with_marks(f"{most:g}")
    text = with_marks(f"{most:.2g}" if most < 0.1 else f"{most:.2f}" if most < 1000 else f"{most:.0e}")
    return f"−{text}", f"+{text}"
