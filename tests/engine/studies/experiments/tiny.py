"""All experiments in small: on the stripes each takes a moment."""

import json
from dataclasses import replace

from engine.analysis.ideal.spec import IdealSpec
from engine.core.specs import TrainSpec
from engine.studies.experiments.parts.experiment import all_experiments
from engine.studies.experiments.parts.job import reproduce
from engine.studies.experiments.parts.messages import ExperimentResult
from engine.studies.experiments.parts.trial import carry_out
from tests.engine.studies.sweep import sweeps

PLAIN = TrainSpec(layers="6", initial="he", loss="cross_entropy", batch=40, epochs=2)
# of most of them, so that what is compiled for one serves the others
SPEC = PLAIN.but(optimizer="adam", learning_rate=0.02)
DEEP = SPEC.but(layers="6, 5")

CHANGES = {  # what differs from the sizes of the real ones
    "roads": {"spec": SPEC},
    "supermask": {"spec": SPEC, "rounds": 3},
    "tickets": {"spec": DEEP, "rounds": 2, "between": 6, "steps": 12, "every": 4},
    "memorised": {"spec": SPEC, "wrong": (0.0, 1.0), "places": 4, "orders": 2},
    "taught": {"spec": SPEC.but(optimizer="sgd", learning_rate=0.1, wrong_labels=0.1)},
    "collapse": {"spec": SPEC.but(epochs=3), "points": 2, "falls": (0.34, 0.67)},
    "forgetting": {"spec": SPEC, "kept": 8, "points": 2},
    "adversaries": {"linear": SPEC.but(layers=""), "deep": SPEC, "tries": 1, "ideal": IdealSpec(steps=4)},
    "teacher": {"teacher": SPEC, "pupil": SPEC, "shifts": (0.0, 4.0, 5)},
    "saliency": {"spec": SPEC, "images": 5, "steps": 4, "moments": 3},
    "edge": {"spec": SPEC.but(activation="tanh", learning_rate=0.5), "steps": 6, "points": 2, "tries": 6},
    "descent": {"spec": SPEC.but(images=40), "widths": (0.2, 1.0, 2.0), "kept": (1.0,)},
    "grokking": {"spec": SPEC.but(layers="6, 6"), "known": 2, "late": 4, "last": 8, "unit": 2, "points": 2},
}  # fmt: skip


def tiny(name):
    return replace(all_experiments()[name].sizes, **CHANGES[name])


class Here(sweeps.Here):
    """Carries trials out in this process, one in each `news`, in small and on data that have no file."""

    def __init__(self, data, sizes=None, refused=()):
        super().__init__(data, refused)
        self.sizes = sizes or {}

    def do(self, task, tell):
        sizes = self.sizes.get(task.experiment, tiny(task.experiment))
        came_to = carry_out(task, self.data, self.folder, lambda report: tell(report=report), sizes)
        return json.loads(json.dumps(came_to))


def in_small(session, name, *, seeds=(1,), **more):
    """Return the job that carries a small experiment out on the session's own data."""
    sizes = {name: replace(tiny(name), **more.pop("sizes", {}))}
    return reproduce(session, [name], seeds=seeds, own_data=True, make_workers=Here(session.data(), sizes), **more)


def carried_out(session, name, **more):
    """Return all that a small experiment tells, and what all its seeds came to."""
    messages = [message for message in in_small(session, name, **more) if message is not None]
    *_, result = (message for message in messages if isinstance(message, ExperimentResult))
    return messages, result


def of_two_classes(data):
    labels = {part: getattr(data, part) % 2 for part in ("train_labels", "test_labels")}
    return replace(data, classes=("a", "b"), **labels)
