"""The command `reproduce`: its list, its table, its JSON, the session that keeps the runs."""

import json
from dataclasses import replace

import pytest

from engine.base.errors import UserError
from engine.cli.parts.parser import parse
from engine.cli.reproduce import reproduce_command
from engine.experiments.descent import EXPERIMENT
from engine.experiments.parts.experiment import all_experiments
from engine.store.opening import peek
from tests.engine.experiments.tiny import tiny

pytestmark = pytest.mark.usefixtures("own_home")


def reproduced(capsys, *words):
    assert reproduce_command(parse(["reproduce", *map(str, words)])) == 0
    return capsys.readouterr()


FIGURES = (EXPERIMENT.figures[0], replace(EXPERIMENT.figures[1], paper=-9.0))
"""Of which the second one cannot be had."""


@pytest.fixture
def small(monkeypatch):
    """The experiment on double descent is a small one, and does not come to all of its paper's figures."""
    other = replace(EXPERIMENT, sizes=tiny("descent"), figures=FIGURES, differs="It is small.")
    monkeypatch.setattr("engine.experiments.descent.EXPERIMENT", other)


def test_the_list_names_every_experiment_with_its_question_and_paper(capsys):
    lines = reproduced(capsys, "--list").out.splitlines()
    assert [line.split()[0] for line in lines] == list(all_experiments())
    for line, each in zip(lines, all_experiments().values(), strict=True):
        assert each.question in line and each.cited in line
    rows = [json.loads(line) for line in reproduced(capsys, "--list", "--json").out.splitlines()]
    assert [row["experiment"] for row in rows] == list(all_experiments())


def test_the_table_has_a_line_for_each_figure_and_says_which_data_they_are_of(capsys, small):
    told = reproduced(capsys, "descent")
    head, *rows, verdict, end = told.out.splitlines()
    assert head.split() == ["experiment", "paper", "here", "within", "seconds", "what"]
    assert len(rows) == 2 and rows[0].startswith("descent") and rows[1].startswith(" ")
    for row, figure in zip(rows, FIGURES, strict=True):
        assert figure.what in row and figure.say_paper() in row
    assert "Belkin et al. 2019" in verdict and verdict.endswith("It is small.") and end.startswith("0 of 1")
    assert "MNIST sample" in told.err


def test_the_json_has_the_figures_of_the_paper_and_of_this_computer(capsys, small):
    (line,) = reproduced(capsys, "descent", "--json").out.splitlines()
    told = json.loads(line)
    assert told["experiment"] == "descent" and "MNIST sample" in told["remark"]
    assert [row["paper"] for row in told["rows"]] == [figure.paper for figure in FIGURES]
    for row, figure in zip(told["rows"], FIGURES, strict=True):
        assert row["within"] == figure.holds(row["here"])
    assert not told["within"] and not told["rows"][1]["within"] and told["differs"] == "It is small."
    assert len(told["curves"]["test"]["x"]) == len(tiny("descent").widths)


def test_a_session_keeps_the_runs_as_a_group(capsys, small, tmp_path):
    path = tmp_path / "kept.layerlight"
    for _ in range(2):
        reproduced(capsys, "descent", "--session", path)
    kept = peek(path)[0].runs.values()
    assert [run.member for run in kept] == [("Double descent", 0), ("Double descent 2", 0)]
    assert all(run.title == "40 neurons, last layer fitted" for run in kept)


def test_what_is_no_experiment_is_refused_in_a_sentence():
    with pytest.raises(UserError, match="There is no experiment roots"):
        reproduce_command(parse(["reproduce", "roots"]))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_roads_on_the_full_mnist_are_within_the_papers_figures(capsys, full_mnist, monkeypatch):
    monkeypatch.setenv("LAYERLIGHT_DATA", str(full_mnist))
    (line,) = reproduced(capsys, "roads", "--json").out.splitlines()
    told = json.loads(line)
    assert told["within"] and told["remark"] == ""
    assert told["rows"][1]["here"] > 0.05 > 0.01 > told["rows"][2]["here"]
