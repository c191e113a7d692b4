"""A session's file keeps what an experiment came to, and what a stranger wrote there instead is left out."""

import copy
import functools
import json
import operator

import numpy as np
import pytest

from engine.session.session import EXPERIMENTS, Session, save_all
from engine.session.store.opening import create_store, peek
from engine.studies.experiments.parts.experiment import all_experiments
from engine.studies.experiments.parts.kept import as_plain, from_plain, results_in
from tests.engine.studies.experiments.tiny import carried_out

FOUND = all_experiments()


def same(one, other):
    """Whether two results tell the same, NaN and all."""
    return json.dumps(as_plain(one)) == json.dumps(as_plain(other)) and one.rows[0].figure is other.rows[0].figure


@pytest.mark.parametrize("name", ["descent", "edge", "tickets"])
def test_a_result_comes_back_from_plain_values_as_it_was(done, name):
    result = done(name)[2]
    back = from_plain(name, FOUND[name], json.loads(json.dumps(as_plain(result), allow_nan=False)))
    assert same(back, result) and back.experiment == name
    assert back.rows == result.rows and back.look == result.look and back.runs == result.runs
    for one, other in zip(back.picture.curves, result.picture.curves, strict=True):
        assert (one.label, one.style) == (other.label, other.style)
        np.testing.assert_array_equal(one.x, other.x)
        np.testing.assert_array_equal(one.y, other.y)
        assert not one.x.flags.writeable


def test_a_result_of_several_seeds_comes_back_with_all_of_them_and_with_what_was_predicted(dataset):
    session = Session(dataset)
    _, result = carried_out(session, "taught", seeds=(2, 5), predicted=1)
    kept = json.loads(json.dumps(session.view[EXPERIMENTS]["taught"], allow_nan=False))
    back = from_plain("taught", FOUND["taught"], kept)
    assert back.seeds == (2, 5) and back.rows == result.rows and back.processor == result.processor > 0
    assert back.rows[0].interval == result.rows[0].interval
    assert back.predicted == result.predicted == 1
    del kept["predicted"]
    assert from_plain("taught", FOUND["taught"], kept).predicted is None, "of old results nobody knows"


def test_the_file_of_the_session_has_it_beside_those_of_others(done, tmp_path):
    session, _, result = done("descent")
    kept = Session(session.dataset)
    kept.begin(create_store(tmp_path / "kept.layerlight"))
    kept.view = {"tab": "Draw", EXPERIMENTS: {"taught": "of old", **session.view[EXPERIMENTS]}}
    kept.take_view({"tab": "Train"})
    list(save_all(kept))
    kept.store.close(whole=True)
    contents, _ = peek(tmp_path / "kept.layerlight")
    assert contents.view["tab"] == "Train"
    (back,) = results_in(contents.view, FOUND).values()
    assert same(back, result)


def test_an_older_result_opens_as_that_of_one_seed(done):
    result = done("descent")[2]
    kept = as_plain(result)
    kept["here"] = [row.here for row in result.rows]
    for new in ("seeds", "resolution", "processor"):
        del kept[new]
    back = from_plain("descent", FOUND["descent"], kept)
    assert back.seeds == (1,) and [row.here for row in back.rows] == [row.here for row in result.rows]
    kept["remark"] = ""
    (of_mnist,) = {row.standing for row in from_plain("descent", FOUND["descent"], kept).rows}
    assert of_mnist == "open", "one seed tells nothing"


def ruined(*path, value):
    """Return a function that puts another value at a place within the plain values of a result."""

    def ruin(values):
        *before, key = path
        functools.reduce(operator.getitem, before, values)[key] = value
        return values

    return ruin


RUINED = {
    "no values": lambda _: 3,
    "other figures": lambda values: {**values, "here": [*values["here"], 1.0]},
    "text for a number": ruined("here", 0, 0, value="1"),
    "text for a resolution": ruined("resolution", 0, value="1"),
    "a number for the seeds' numbers": ruined("here", 0, value=1.0),
    "no seeds": ruined("seeds", value=[]),
    "more seeds than values": ruined("seeds", value=[1, 2]),
    "one seed twice": lambda values: {**values, "seeds": [1, 1], "here": [[1, 1], [1, 1]]},
    "a million seeds": ruined("seeds", value=[1] * 1_000_000),
    "words for a seed": ruined("seeds", value=["1"]),
    "a book": ruined("verdict", value="a" * 10_000),
    "no picture": ruined("picture", value=None),
    "a million curves": ruined("picture", "curves", value=[[]] * 1_000_000),
    "no style": ruined("picture", "curves", 0, 1, value="url(x)"),
    "y without x": ruined("picture", "curves", 0, 2, value=[]),
    "a step before the first": ruined("look", 2, value=-1),
    "a choice that there is not": ruined("predicted", value=3),
    "a choice before the first": ruined("predicted", value=-1),
    "yes for a choice": ruined("predicted", value=True),
    "words for a choice": ruined("predicted", value="1"),
    "nothing to look at": ruined("look", value=None),
}


@pytest.mark.parametrize("how", RUINED)
def test_what_is_no_result_is_left_out(done, how):
    values = RUINED[how](copy.deepcopy(as_plain(done("descent")[2])))
    assert results_in({EXPERIMENTS: {"descent": values}}, FOUND) == {}


def test_a_session_without_results_has_none():
    for view in ({}, {EXPERIMENTS: None}, {EXPERIMENTS: ["descent"]}, {EXPERIMENTS: {"winks": {}}}):
        assert results_in(view, FOUND) == {}
