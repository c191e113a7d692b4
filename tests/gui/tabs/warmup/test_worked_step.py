"""A number of x worked out: whoever computes with the figures on the screen comes to those that stand there."""

import re
from dataclasses import replace

import numpy as np
import pytest

from engine.analysis.warmup.job import WarmupSteps, learn_inverse
from engine.analysis.warmup.problem import drawn_matrix
from engine.analysis.warmup.spec import WarmupSpec
from gui.tabs.warmup.worked_step import worked_step
from gui.widgets.plots.chart import Cell

POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def computed(text):
    """What a side of an equation comes to, read as a person reads it."""
    text = text.translate(str.maketrans({"−": "-", "·": "*", ",": ""}))
    text = re.sub(r"([0-9.)])([⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda found: found[1] + "**" + found[2].translate(POWERS), text)
    text = re.sub(r"√([0-9.e+-]+|\([^)]*\))", r"np.sqrt(\1)", text)
    text = re.sub(r"^2 \(", "2 * (", text)
    return eval(text, {"np": np})


def after(steps, **values):
    """The matrix, and what is told after so many single steps."""
    spec = WarmupSpec(**{"size": 5, "seed": 3, "steps": steps} | values)
    job = learn_inverse(None, spec)
    messages = [next(job)]
    try:
        while True:
            messages.append(job.send({"steps_per_turn": 1.0}))
    except StopIteration:
        pass
    return drawn_matrix(spec.size, spec.seed), [each for each in messages if isinstance(each, WarmupSteps)]


@pytest.mark.parametrize(("optimizer", "loss"), [("sgd", "absolute"), ("adagrad", "squared"), ("adam", "absolute")])
def test_every_line_is_right_and_the_last_one_leads_to_x(optimizer, loss):
    matrix, told = after(12, optimizer=optimizer, loss=loss, learning_rate=0.003)
    for message, cell in ((told[0], Cell(0, 0)), (told[1], Cell(4, 2)), (told[11], Cell(2, 3))):
        lines = worked_step(message, matrix, cell, whole=True)
        for line in lines:
            sides = line.split(" = ")[1:]
            first, *others = [computed(side) for side in sides]
            for other in others:
                assert first == pytest.approx(other, rel=1e-4, abs=1e-6), line
        assert computed(lines[0].split(" = ")[-1]) == pytest.approx(message.gradient[cell], rel=1e-5)
        assert lines[-1].startswith("x = ")
        assert computed(lines[-1].split(" = ")[-1]) == pytest.approx(message.x[cell], rel=1e-5, abs=1e-9)


def test_adam_s_bias_is_that_of_the_steps_since_it_was_chosen():
    job = learn_inverse(None, WarmupSpec(size=5, optimizer="sgd"))
    next(job), next(job)
    message = job.send({"optimizer": "adam", "steps_per_turn": 1.0})
    lines = worked_step(message, drawn_matrix(5, 0), Cell(1, 1), whole=True)
    assert message.taken == 1 and "0.999¹" in lines[3]
    assert computed(lines[-1].split(" = ")[1]) == pytest.approx(message.x[1, 1], rel=1e-4)
    job.close()


def test_of_many_terms_the_first_are_shown_and_all_where_one_asks_and_none_where_rounding_decided_of_a_sign():
    matrix, (message,) = after(1, size=30)
    cell = Cell(0, 1)
    gradient = f"{message.gradient[cell]:,.0f}".replace("-", "−")
    assert worked_step(message, matrix, cell)[0].endswith(f"+ … = {gradient}")
    whole = worked_step(message, matrix, cell, whole=True)[0]
    assert "…" not in whole and whole.count(" + ") + whole.count(" − ") == 29
    assert worked_step(replace(message, residue=-message.residue), matrix, cell)[0] == f"g = {gradient}"
