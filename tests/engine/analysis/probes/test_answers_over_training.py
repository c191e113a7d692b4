"""The answers to one picture at all moments of a run."""

import numpy as np
from trained import dense_by_hand, picture, with_run

from engine.analysis.probes.answer import answer
from engine.analysis.probes.answers_over_training import answers_over_training
from engine.core.lens import Lens, Neuron
from engine.model.training.run import LostMomentError, Moments


def test_each_moment_answers_with_its_own_weights(session):
    with_run(session, "12", steps=(0, 1, 2, 12, 24))
    image, silenced = picture(session), frozenset({Neuron(0, 2)})
    *turns, result = answers_over_training(session, Lens("A", 2, silenced), image)
    assert turns == [None] * 5 and result.steps.tolist() == [0, 1, 2, 12, 24]
    assert result.probabilities.shape == (5, 4)
    assert result.end == 12 * session.runs["A"].spec.epochs and result.steps_per_epoch == 12
    for step, probabilities in zip(result.steps, result.probabilities, strict=True):
        weights = [array.copy() for array in session.runs["A"].moments[step].weights]
        weights[2][2] = 0
        powers = np.exp(dense_by_hand(weights, image[None])[1][0])
        np.testing.assert_allclose(probabilities, powers / powers.sum(), atol=1e-6)
        (alone,) = answer(session, Lens("A", int(step), silenced), image)
        np.testing.assert_array_equal(alone.probabilities, probabilities)


def test_no_moment_is_looked_for_among_all_others(session):
    with_run(session, "12", steps=range(24))
    looked, run = [], session.runs["A"]

    class Counted(Moments):
        def __iter__(self):
            looked.append(1)
            return super().__iter__()

    run.moments = Counted({step: run.moments.kept(step) for step in run.moments})
    assert len(list(answers_over_training(session, Lens("A"), picture(session)))) == 25 and len(looked) <= 2


def test_a_damaged_moment_and_one_given_up_are_left_out(session):
    class Lost:
        def read(self):
            raise LostMomentError("The weights are damaged.")

    with_run(session, "12", steps=(0, 1, 12, 24))
    session.runs["A"].moments[1] = Lost()
    job = answers_over_training(session, Lens("A"), picture(session))
    next(job)
    del session.runs["A"].moments[12]
    assert list(job)[-1].steps.tolist() == [0, 24]
    with_run(session, "12", steps=())
    assert list(answers_over_training(session, Lens("B"), picture(session))) == []
