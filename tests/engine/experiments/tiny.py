"""All experiments in small: on the stripes each takes a moment."""

from __future__ import annotations

from dataclasses import replace

from engine.base.specs import TrainSpec
from engine.experiments.parts.experiment import all_experiments
from engine.experiments.parts.job import reproduce
from engine.experiments.parts.messages import ExperimentResult
from engine.ideal.spec import IdealSpec

SPEC = TrainSpec(
    layers="6",
    initial="he",
    loss="cross_entropy",
    optimizer="adam",
    learning_rate=0.02,
    batch=40,
    epochs=2,
)
DEEP = SPEC.but(layers="6, 5")

CHANGES = {
    "roads": {"spec": SPEC.but(epochs=2)},
    "supermask": {"spec": DEEP, "rounds": 3},
    "tickets": {"spec": DEEP, "rounds": 2, "between": 6, "steps": 12, "every": 4, "held_out": 40},
    "memorised": {"spec": DEEP, "wrong": (0.0, 1.0), "places": 4, "orders": 2},
    "taught": {"spec": SPEC.but(optimizer="sgd", learning_rate=0.1, wrong_labels=0.1)},
    "collapse": {"spec": DEEP.but(optimizer="momentum", epochs=3), "points": 2},
    "forgetting": {"spec": SPEC.but(epochs=3), "kept": 8, "points": 2},
    "adversaries": {"linear": SPEC.but(layers=""), "deep": SPEC, "tries": 1, "ideal": IdealSpec(steps=4)},
    "teacher": {"teacher": SPEC, "pupil": SPEC, "shifts": (0.0, 4.0, 5)},
    "saliency": {"spec": SPEC, "images": 5, "steps": 4, "moments": 3},
    "edge": {"spec": SPEC.but(activation="tanh", learning_rate=0.5), "steps": 6, "points": 2, "tries": 6},
    "descent": {"spec": SPEC.but(images=40), "widths": (0.2, 1.0, 2.0), "kept": (1.0,)},
    "grokking": {"spec": SPEC.but(layers="6, 6"), "known": 2, "late": 4, "last": 8, "unit": 2, "points": 2},
}  # fmt: skip
"""What differs from the sizes of the real ones."""


def tiny(name):
    return replace(all_experiments()[name].sizes, **CHANGES[name])


def carried_out(session, name, *, predicted=None, **more):
    """Return all that a small experiment tells on the session's own data, and its result."""
    told = [
        message
        for message in reproduce(
            session, name, replace(tiny(name), **more), own_data=True, predicted=predicted
        )
        if message is not None
    ]
    (result,) = (message for message in told if isinstance(message, ExperimentResult))
    return told, result
