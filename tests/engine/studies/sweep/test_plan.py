"""The plan of a sweep: all combinations of the values that settings go through."""

import json

import pytest

from engine.core.errors import UserError
from engine.studies.sweep.plan import FILE, MOST_TASKS, Plan, read_over
from engine.studies.sweep.plan import plan as planned
from tests.engine.studies.sweep.sweeps import SPEC, plan


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("seed=1..4", ("seed", [1, 2, 3, 4])),
        ("seed = 7", ("seed", [7])),
        ("seed=1..2,9,2", ("seed", [1, 2, 9])),
        ("layers=10,300-100,conv 16-64", ("layers", ["10", "300-100", "conv 16-64"])),
        ("learning-rate=0.1,0.01", ("learning_rate", [0.1, 0.01])),
        ("optimizer=sgd,adam", ("optimizer", ["sgd", "adam"])),
    ],
)
def test_a_setting_and_its_values_are_read(text, found):
    assert read_over(text) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("seed", "no setting with its values"), ("speed=1..3", "no setting with its values"),
        ("seed=", "must be a whole number"), ("seed=4..1", "no range"), ("seed=0..999999", "no range"),
        ("seed=-1..3", "must be a whole number"), ("layers=10,x", "not a layer"),
        ("learning_rate=0.1,1e9", "must be between"), ("optimizer=fast", "must be one of"),
    ],
)  # fmt: skip
def test_what_is_no_setting_or_no_value_is_refused_in_a_sentence(text, why):
    with pytest.raises(UserError, match=why):
        read_over(text)


def test_all_combinations_are_trained_the_last_setting_changing_fastest_and_a_run_is_called_by_what_differs():
    made = planned("n", SPEC, ["layers=4,5", "seed=1..3"], None)
    assert len(made) == 6
    assert [(spec.layers, spec.seed) for spec in made.specs()] == [
        ("4", 1), ("4", 2), ("4", 3), ("5", 1), ("5", 2), ("5", 3)
    ]  # fmt: skip
    assert all(spec.but(layers=SPEC.layers, seed=SPEC.seed) == SPEC for spec in made.specs())
    made = plan(seed=[1, 2], dropout=[0.0, 0.5])
    assert [made.title(spec) for spec in made.specs()][-1] == "seed 2, dropout 50 %"


def test_too_many_runs_are_refused():
    with pytest.raises(UserError, match=f"between 1 and {MOST_TASKS:,}"):
        planned("n", SPEC, ["seed=1..50000", "batch=10,20,30"], None)


def test_a_plan_is_read_as_it_was_written(tmp_path):
    made = plan(layers=["4", "5-3"], learning_rate=[0.1, 0.2])
    made.write(tmp_path)
    assert Plan.read(tmp_path) == made


GOOD = {"name": "n", "spec": {}, "over": {"seed": [1]}, "dataset": None}


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[]", b"null", b"\xff", b"[" * 5_000),
        *(
            json.dumps(GOOD | change).encode()
            for change in (
                {"name": 3}, {"spec": 7}, {"dataset": 7}, {"over": {"speed": [1]}}, {"over": {"seed": [-1]}},
                {"over": {"seed": 7}}, {"over": {"seed": ["x"]}}, {"over": {"seed": []}},
            )
        ),
    ],
)  # fmt: skip
def test_a_damaged_plan_is_one_sentence(tmp_path, content):
    with pytest.raises(UserError, match="no sweep to go on with"):
        Plan.read(tmp_path)
    (tmp_path / FILE).write_text(json.dumps(GOOD))
    assert Plan.read(tmp_path).over == {"seed": [1]}
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(UserError):
        Plan.read(tmp_path)
