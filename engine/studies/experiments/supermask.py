"""Supermasks: how well a network reads that is never trained, only thinned out."""

import numpy as np

from engine.core.frozen import Frozen
from engine.core.language import mark, tr
from engine.core.specs import ADAM, TrainSpec
from engine.core.text import in_percent
from engine.studies.experiments.parts import pruning
from engine.studies.experiments.parts.experiment import Look, Measured, Measuring, experiment, of_images
from engine.studies.experiments.parts.lab import Lab, curve, level
from engine.studies.experiments.parts.learning import accuracy, read


class Sizes(Frozen):
    """The network that is trained to find the mask, and the number of rounds in which it is thinned out."""

    spec: TrainSpec = ADAM.but(layers="300, 100", initial="glorot", learning_rate=0.0012, batch=60, epochs=5)
    rounds: int = 14  # each keeps 80 % of the weights of the one before


CRITERIA = {
    mark("large in the end, same sign"): pruning.large_final_same_sign,
    mark("large in the end"): pruning.large_final,
}


VERDICT = mark(
    "Untrained, with {share} of its weights, it reads {best} of the test images; with as many chosen at random "
    "{random} at best."
)
SHARE, RANDOM = mark("{share} of the weights"), mark("chosen at random")


def measure(lab: Lab, sizes: Sizes) -> Measuring:
    """Train a network once; thin out its untrained weights, more and more, by the effect of training on each."""
    run = yield from lab.train(sizes.spec, tr("trained, to find the mask"), until=0.6)
    initial, final = run.moments[0].weights, run.moment(None).weights
    x, labels = lab.pixels(lab.data.test_images), lab.data.test_labels
    generator = np.random.default_rng(sizes.spec.seed)
    shuffled = tuple(generator.permuted(array.ravel()).reshape(array.shape) for array in final)

    heights: dict[str, list[float]] = {label: [] for label in (*CRITERIA, RANDOM)}
    shares: list[float] = []
    best = (0.0, pruning.full(initial))
    for number in range(sizes.rounds + 1):
        share = 0.8**number
        for label, accuracies in heights.items():
            source = final if label in CRITERIA else shuffled
            masks = pruning.pruned(
                pruning.full(initial), initial, source, share, CRITERIA.get(label, pruning.large_final)
            )
            _, logits = yield from read(pruning.masked(initial, masks), x)
            accuracies.append(accuracy(logits, labels))
            if label == next(iter(CRITERIA)):
                best = max(best, (accuracies[-1], masks), key=lambda pair: pair[0])
                shares.append(pruning.share_kept(masks))
        curves = [curve(label, shares, accuracies) for label, accuracies in heights.items()]
        yield lab.shows(*curves, levels=[level(tr("paper"), EXPERIMENT.figures[0].asked)])
        yield lab.at(0.6 + 0.4 * (number + 1) / (sizes.rounds + 1), SHARE.format(share=in_percent(share)))

    thinned = lab.begin(
        sizes.spec, tr("never trained, {share} of its weights", share=in_percent(pruning.share_kept(best[1])))
    )
    lab.keep(thinned, 0, pruning.masked(initial, best[1]))
    at_random = max(heights[RANDOM])
    return Measured(
        here=(best[0], at_random),
        resolution=(of_images(len(labels)),) * 2,
        verdict=VERDICT.format(
            share=in_percent(pruning.share_kept(best[1])), best=in_percent(best[0], 1), random=in_percent(at_random, 1)
        ),
        look=Look(tab="draw", run=thinned.name),
    )


EXPERIMENT = experiment("supermask", measure, Sizes(), says=(VERDICT, SHARE), seconds=20)
