"""The warm-up: its steps are those of a loop in NumPy, and it ends where the blog post does."""

import contextlib
import json
import subprocess
import sys

import numpy as np
import pytest

from bench import warmup as bench
from engine.analysis.warmup.job import WarmupFinished, WarmupStarted, WarmupSteps, learn_inverse
from engine.analysis.warmup.problem import drawn_matrix
from engine.analysis.warmup.spec import WarmupSpec
from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.core.errors import UserError
from tests.figures_by_hand import Descent


def by_hand(matrix, steps, optimizer, loss="absolute", rate=0.01):
    """Losses (steps,) and x after each step, computed in NumPy."""
    size = len(matrix)
    x, losses, places, descent = np.zeros((size, size)), [], [], Descent(optimizer, rate)
    for _ in range(steps):
        residue = x @ matrix - np.eye(size)
        losses.append(np.abs(residue).sum() if loss == "absolute" else (residue**2).sum())
        sign = np.sign(np.round(residue, 11))  # steps of one size come back to where the slope is none
        gradient = (sign if loss == "absolute" else 2 * residue) @ matrix.T
        x = descent.step(x, gradient)
        places.append(x)
    return np.array(losses), places


def told(spec, matrix=None, changes=None):
    """All messages of the job; `changes` are handed in after the first chunk."""
    job = learn_inverse(None, spec, matrix)
    messages = [next(job), next(job)]
    with contextlib.suppress(StopIteration):
        messages.append(job.send(changes))
    return [*messages, *job]


@pytest.mark.parametrize(
    ("optimizer", "loss"),
    [
        ("adam", "squared"),
        *(
            pytest.param(*each, marks=pytest.mark.slow)  # each is compiled
            for each in (("adagrad", "absolute"), ("sgd", "absolute"), ("sgd", "squared"))
        ),
    ],
)
def test_a_thousand_steps_are_those_of_a_loop_in_numpy(optimizer, loss):
    rate = {"adagrad": 0.01, "sgd": 1e-4, "adam": 0.001}[optimizer]
    matrix = drawn_matrix(3, 5)
    losses, places = by_hand(matrix, 1001, optimizer, loss, rate)
    spec = WarmupSpec(size=3, seed=5, steps=1000, optimizer=optimizer, loss=loss, learning_rate=rate)
    steps = [message for message in told(spec) if isinstance(message, WarmupSteps)]
    for message in steps:
        # Each from after its step: where the next one begins.
        np.testing.assert_allclose(message.losses, losses[message.numbers], rtol=1e-4)
        assert message.numbers[-1] == message.step and message.losses[-1] == message.loss
        np.testing.assert_allclose(message.x, places[message.step - 1], rtol=1e-4, atol=1e-9)
        np.testing.assert_allclose(message.product, message.x @ matrix)
    assert steps[-1].step == 1000 and len(steps) > 1


def test_the_posts_settings_end_near_the_true_inverse():
    started, *steps, finished = told(WarmupSpec())
    assert isinstance(started, WarmupStarted) and started.sentence == ""
    assert started.condition_number == pytest.approx(40.48, abs=0.01)
    np.testing.assert_array_equal(started.matrix, np.random.default_rng(0).integers(0, 10, (10, 10)))
    np.testing.assert_allclose(started.inverse @ started.matrix, np.eye(10), atol=1e-12)
    last = steps[-1]
    assert finished == WarmupFinished(step=100_000, finite=True)
    assert 0.05 < last.loss < 0.15
    assert last.distance == np.abs(last.x - started.inverse).max() < 0.01
    assert last.loss == pytest.approx(np.abs(last.x @ started.matrix - np.eye(10)).sum())


def test_of_a_badly_conditioned_or_singular_matrix_a_sentence_says_so():
    started, *_ = told(WarmupSpec(seed=1, steps=50))
    assert started.condition_number == pytest.approx(10_048, rel=1e-3)
    assert "Badly conditioned (10,04" in started.sentence
    for matrix in (np.zeros((3, 3)), np.ones((3, 3)), np.diag([1.0, 1.0, 1e-13])):
        started, *steps, _ = told(WarmupSpec(size=3, steps=50), matrix)
        assert started.inverse is None and started.condition_number == float("inf")
        assert started.sentence.startswith("This matrix has no inverse")
        assert np.isnan(steps[-1].distance)


def test_how_many_steps_a_turn_takes_changes_no_figure():
    spec = WarmupSpec(size=3, seed=5, steps=60)
    whole = told(spec)[-2]
    _, first, second, *rest = single = told(spec, changes={"steps_per_turn": 1.0})
    assert len(single) > 55
    np.testing.assert_array_equal(rest[-2].x, whole.x)
    assert rest[-2].losses[-1] == whole.losses[-1]

    assert (first.step, second.step) == (1, 2)
    matrix = drawn_matrix(3, 5)
    residue = first.x @ matrix - np.eye(3)
    np.testing.assert_allclose(second.residue, residue, atol=1e-12)
    np.testing.assert_allclose(second.gradient, np.sign(residue) @ matrix.T)
    np.testing.assert_allclose(second.change, second.x - first.x, atol=1e-15)


def test_rate_optimiser_and_loss_may_be_changed_while_it_runs_and_a_new_optimiser_remembers_nothing():
    matrix, spec = drawn_matrix(3, 5), WarmupSpec(size=3, seed=5, steps=60, optimizer="sgd")
    job = learn_inverse(None, spec)
    _, first = next(job), next(job)
    second = job.send({"optimizer": "adam", "loss": "squared", "learning_rate": 1e-3, "steps_per_turn": 1.0})
    gradient = 2 * (first.x @ matrix - np.eye(3)) @ matrix.T
    np.testing.assert_allclose(second.x, first.x - 1e-3 * np.sign(gradient), atol=1e-8)  # Adam's first step
    assert second.loss == pytest.approx(((second.x @ matrix - np.eye(3)) ** 2).sum())
    assert (first.spec.learning_rate, second.spec.learning_rate) == (0.01, 1e-3)
    job.close()


def test_more_or_fewer_steps_may_be_wanted_while_it_runs():
    job = learn_inverse(None, WarmupSpec(size=3, steps=5))
    next(job), next(job)
    *_, last, finished = [job.send({"steps": 12.0}), *job]
    assert (last.step, finished.step) == (12, 12) and last.spec.steps == 12
    _, second, *rest = told(WarmupSpec(size=3, steps=10**6), changes={"steps": 1.0})
    assert (second.step, rest) == (1, [WarmupFinished(step=1, finite=True)])


def test_the_matrix_arrives_before_tensorflow_is_imported():
    code = (
        "import sys; from engine.analysis.warmup.job import learn_inverse;"
        "from engine.analysis.warmup.spec import WarmupSpec;"
        "job = learn_inverse(None, WarmupSpec()); next(job); assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_a_rate_out_of_range_and_a_matrix_of_another_size_are_refused_in_a_sentence():
    job = learn_inverse(None, WarmupSpec(size=3))
    next(job)
    with pytest.raises(UserError, match="Learning rate must be between"):
        job.send({"learning_rate": 100.0})
    for matrix in (np.eye(4), np.full((3, 3), np.nan)):
        with pytest.raises(UserError, match="must have 3 × 3 numbers"):
            learn_inverse(None, WarmupSpec(size=3), matrix)


def test_the_commands_last_line_tells_where_it_ended_and_what_to_expect_of_a_bad_matrix_is_said(capsys):
    assert run_wanted(parse(["warmup", "--size", "3", "--steps", "2000", "--seed", "5", "--json"])) == 0
    out, err = capsys.readouterr()
    rows = [json.loads(line) for line in out.splitlines()]
    matrix = np.random.default_rng(5).integers(0, 10, (3, 3))
    assert not err and rows[-1]["condition_number"] == pytest.approx(np.linalg.cond(matrix))
    assert rows[-1]["step"] == 2_000 and rows[-1]["steps_per_second"] > 0
    _, places = by_hand(matrix.astype(float), 2_000, "adagrad")
    assert rows[-1]["loss"] == pytest.approx(np.abs(places[-1] @ matrix - np.eye(3)).sum(), rel=1e-2)
    wanted = pytest.approx(np.abs(places[-1] - np.linalg.inv(matrix)).max(), rel=1e-2)
    assert rows[-1]["distance_to_inverse"] == wanted
    steps = [row["step"] for row in rows]
    assert steps == sorted(set(steps))

    assert run_wanted(parse(["warmup", "--seed", "1", "--steps", "100"])) == 0
    out, err = capsys.readouterr()
    assert len(err.splitlines()) == 1 and "Badly conditioned" in err
    assert out.splitlines()[-1].startswith("step         100")


def test_the_bench_tells_how_many_times_faster_than_its_rivals_it_is(monkeypatch):
    monkeypatch.setattr(bench, "STEPS", dict.fromkeys(bench.STEPS, 20))
    figures = bench.measure(rounds=1)
    assert set(figures["steps_per_second"]) == {"Layerlight", "session loop", "NumPy loop"}
    assert all(value > 0 for value in figures["times_faster_than"].values())
