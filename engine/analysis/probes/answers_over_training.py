"""The network's answers to a picture from its first moment to its last."""

import numpy as np

from engine.core.errors import UserError
from engine.core.lazy import Array
from engine.core.lens import Lens
from engine.core.messages import Answer, Job
from engine.model.network.lens_network import key_of, new_network
from engine.model.network.plain import softmax
from engine.session.session import Session


class AnswersOverTraining(Answer):
    """A run's answers to `picture` at all its readable moments, with the lens' silenced neurons."""

    run: str
    picture: Array
    steps: Array  # of shape (moments,), rising
    probabilities: Array  # of shape (moments, classes)
    steps_per_epoch: int
    end: int  # the step at which the run ends by its settings, or the last one if it went on beyond; at least 1


def answers_over_training(session: Session, lens: Lens, picture: Array) -> Job:
    """Answer with `AnswersOverTraining` of the lens' run, a turn for each moment; without answer if it has none."""
    run = session.run(lens.run)
    steps, probabilities = [], []
    for step in tuple(run.moments):
        if step not in run.moments:  # thinned out since the job began
            continue
        try:
            # `new_network` does not cache: a long run would evict every network that the views are showing.
            network = new_network(session, key_of(session, lens.at(step)))
        except UserError:  # damaged in the file: the others still show the course
            continue
        steps.append(step)
        probabilities.append(softmax(network.answer(picture)[1]))
        yield None
    if steps:
        yield AnswersOverTraining(
            run=lens.run,
            picture=picture,
            steps=np.array(steps),
            probabilities=np.stack(probabilities),
            steps_per_epoch=run.steps_per_epoch,
            end=max(1, run.spec.epochs * run.steps_per_epoch, steps[-1]),
        )
