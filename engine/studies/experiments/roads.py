"""Roads: whether two trainings end in the same valley."""

from engine.analysis.probes.road import Road, road
from engine.core.charts import Curve
from engine.core.frozen import Frozen
from engine.core.language import mark, tr
from engine.core.lens import Lens, Share
from engine.core.specs import PRESETS, TrainSpec
from engine.core.text import in_percent
from engine.model.training.messages import Parent
from engine.studies.experiments.parts.experiment import Look, Measured, Measuring, experiment, of_images
from engine.studies.experiments.parts.lab import OTHER, Lab, curve


class Sizes(Frozen):
    """The training."""

    spec: TrainSpec = PRESETS["blog"].spec.but(epochs=5)


VERDICT = mark(
    "Halfway between two orders from the same start {same} of the test images are lost, between two starts {two}, "
    "and {matched} once the neurons are matched."
)
ROAD = mark("The road: {of}")


def measure(lab: Lab, sizes: Sizes) -> Measuring:
    """Train two networks from one start in two orders and one from another start; test the roads between them."""
    spec, others = sizes.spec, sizes.spec.but(seed=sizes.spec.seed + OTHER)
    first = yield from lab.train(spec, tr("one order of images"), until=0.3)
    second = yield from lab.train(others, tr("the same start, another order"), Parent(first.name, 0), until=0.55)
    other = yield from lab.train(others, tr("another start"), until=0.8)

    curves, barriers = list[Curve](), list[float]()
    for label, end, matched, before, until in (
        (tr("same start, other order"), second, False, 0.8, 0.87),
        (tr("other start"), other, False, 0.87, 0.94),
        (tr("other start, neurons matched"), other, True, 0.94, 1.0),
    ):
        for message in road(lab.session, Lens(first.name), Share(end.name, None, 1.0, matched)):
            if isinstance(message, Road):
                so_far = curve(label, message.places, message.accuracies)
                yield lab.shows(*curves, so_far)
                if message.is_whole:
                    curves.append(so_far)
                    barriers.append(message.barrier)
                yield lab.at(before + (until - before) * float(message.places[-1]), ROAD.format(of=label))
            else:
                yield message
    same, plain, after = barriers
    return Measured(
        here=(same, plain, after),
        resolution=(of_images(len(lab.data.test_images)),) * 3,
        verdict=VERDICT.format(same=in_percent(same, 2), two=in_percent(plain, 1), matched=in_percent(after, 2)),
        look=Look(tab="compare", run=first.name),
    )


EXPERIMENT = experiment("roads", measure, Sizes(), says=(VERDICT, ROAD), seconds=25)
