"""A session's file keeps what an experiment came to, and what a stranger wrote there instead is left out."""

import copy
import json

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


@pytest.mark.parametrize("name", FOUND)
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


def test_what_was_predicted_is_kept_with_it_and_of_old_results_nobody_knows(dataset):
    name = "descent"
    _, result = carried_out(session := Session(dataset), name, predicted=1)
    kept = json.loads(json.dumps(session.view[EXPERIMENTS][name]))
    assert result.predicted == from_plain(name, FOUND[name], kept).predicted == 1
    del kept["predicted"]
    assert from_plain(name, FOUND[name], kept).predicted is None


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


def test_a_result_of_several_seeds_comes_back_with_all_of_them(dataset):
    session = Session(dataset)
    _, result = carried_out(session, "taught", seeds=(2, 5))
    kept = json.loads(json.dumps(session.view[EXPERIMENTS]["taught"], allow_nan=False))
    back = from_plain("taught", FOUND["taught"], kept)
    assert back.seeds == (2, 5) and back.rows == result.rows and back.processor == result.processor > 0
    assert back.rows[0].interval == result.rows[0].interval


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


def ruined(change):
    """Return a function that gives the plain values of a result with something else in them."""

    def ruin(values):
        change(values)
        return values

    return ruin


RUINED = {
    "no values": lambda _: 3,
    "other figures": ruined(lambda values: values["here"].append(1.0)),
    "text for a number": ruined(lambda values: values["here"][0].__setitem__(0, "1")),
    "text for a resolution": ruined(lambda values: values["resolution"].__setitem__(0, "1")),
    "a number for the seeds' numbers": ruined(lambda values: values["here"].__setitem__(0, 1.0)),
    "no seeds": ruined(lambda values: values.__setitem__("seeds", [])),
    "more seeds than values": ruined(lambda values: values.__setitem__("seeds", [1, 2])),
    "one seed twice": ruined(lambda values: values.update(seeds=[1, 1], here=[[1, 1], [1, 1]])),
    "a million seeds": ruined(lambda values: values.__setitem__("seeds", [1] * 1_000_000)),
    "words for a seed": ruined(lambda values: values.__setitem__("seeds", ["1"])),
    "a book": ruined(lambda values: values.__setitem__("verdict", "a" * 10_000)),
    "no picture": ruined(lambda values: values.pop("picture")),
    "a million curves": ruined(lambda values: values["picture"].__setitem__("curves", [[]] * 1_000_000)),
    "no style": ruined(lambda values: values["picture"]["curves"][0].__setitem__(1, "url(x)")),
    "y without x": ruined(lambda values: values["picture"]["curves"][0][2].pop()),
    "a step before the first": ruined(lambda values: values["look"].__setitem__(2, -1)),
    "a choice that there is not": ruined(lambda values: values.__setitem__("predicted", 3)),
    "a choice before the first": ruined(lambda values: values.__setitem__("predicted", -1)),
    "yes for a choice": ruined(lambda values: values.__setitem__("predicted", True)),
    "words for a choice": ruined(lambda values: values.__setitem__("predicted", "1")),
    "nothing to look at": ruined(lambda values: values.__setitem__("look", None)),
}


@pytest.mark.parametrize("how", RUINED)
def test_what_is_no_result_is_left_out(done, how):
    values = RUINED[how](copy.deepcopy(as_plain(done("descent")[2])))
    assert results_in({EXPERIMENTS: {"descent": values}}, FOUND) == {}


@pytest.mark.parametrize("view", [{}, {EXPERIMENTS: None}, {EXPERIMENTS: ["descent"]}, {EXPERIMENTS: {"winks": {}}}])
def test_a_session_without_results_has_none(view):
    assert results_in(view, FOUND) == {}
