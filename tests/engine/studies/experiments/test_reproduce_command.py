"""The command `reproduce`: its list, its table, its JSON, the session that keeps the runs."""

import json
from dataclasses import replace

import numpy as np
import pytest

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.core.errors import UserError
from engine.data.formats.sample import open_sample
from engine.session.store.opening import peek
from engine.studies.experiments.descent import EXPERIMENT
from engine.studies.experiments.parts.experiment import all_experiments
from engine.studies.experiments.parts.trial import Trial, carry_out
from tests.engine.studies.experiments.tiny import Here, tiny

pytestmark = pytest.mark.usefixtures("own_home")


def reproduced(capsys, *words):
    assert run_wanted(parse(["reproduce", *map(str, words)])) == 0
    return capsys.readouterr()


FIGURES = (EXPERIMENT.figures[0], replace(EXPERIMENT.figures[1], asked=-9.0))  # of which the second one cannot be had


@pytest.fixture
def small(monkeypatch):
    """The experiment on double descent is a small one, carried out in this process on the sample."""
    other = replace(EXPERIMENT, sizes=tiny("descent"), figures=FIGURES, differs="It is small.")
    monkeypatch.setattr("engine.studies.experiments.descent.EXPERIMENT", other)
    monkeypatch.setattr("engine.studies.experiments.parts.job.processes", Here(open_sample()))


def test_the_list_names_every_experiment_with_its_question_and_paper(capsys):
    lines = reproduced(capsys, "--list").out.splitlines()
    assert [line.split()[0] for line in lines] == list(all_experiments())
    for line, each in zip(lines, all_experiments().values(), strict=True):
        assert each.question in line and each.cited in line
    rows = [json.loads(line) for line in reproduced(capsys, "--list", "--json").out.splitlines()]
    assert [row["experiment"] for row in rows] == list(all_experiments())


def test_the_table_has_a_line_for_each_figure_and_the_session_keeps_the_runs_of_all_seeds_as_a_group(
    capsys, small, tmp_path
):
    path = tmp_path / "kept.layerlight"
    for _ in range(2):
        printed = reproduced(capsys, "descent", "--session", path, "--seeds", 2)
    head, *rows, verdict, end, interval = printed.out.splitlines()
    assert head.split() == [
        "experiment", "paper", "asked", "for", "here", "here", "interval", "standing", "seeds", "seconds",
        "what",
    ]  # fmt: skip
    assert len(rows) == 2 and rows[0].startswith("descent") and rows[1].startswith(" ")
    for row, figure in zip(rows, FIGURES, strict=True):
        assert figure.what in row and figure.says in row and figure.say_asked() in row
        assert "other data" in row and " to " in row and "agree" not in row
    assert "Belkin et al. 2019. Seed 1: The test error" in verdict
    assert end.startswith("2 figures of other data, not judged.") and "19 times of 20" in interval
    assert "MNIST sample" in printed.err and "Seed 2" in printed.err

    runs = list(peek(path)[0].runs.values())
    members = [(group, number) for group in ("Double descent", "Double descent 2") for number in range(2)]
    assert [run.member for run in runs] == members
    assert [run.title for run in runs[:2]] == [f"40 neurons, last layer fitted, seed {seed}" for seed in (1, 2)]


def test_the_json_has_what_the_paper_says_what_is_asked_for_and_every_seed(capsys, small):
    (line,) = reproduced(capsys, "descent", "--json", "--seed", "3,5..6").out.splitlines()
    answer = json.loads(line)
    assert answer["experiment"] == "descent" and "MNIST sample" in answer["remark"] and answer["seeds"] == [3, 5, 6]
    for row, figure in zip(answer["rows"], FIGURES, strict=True):
        assert (row["paper"], row["where"], row["read"]) == (figure.says, figure.where, figure.read)
        wanted = {"compare": figure.compare, "value": figure.asked, "tolerance": figure.tolerance}
        assert row["asked"] == wanted
        assert row["here"] == pytest.approx(np.mean(row["by_seed"])) and len(row["by_seed"]) == 3
        low, high = row["interval"]
        assert low <= min(row["by_seed"]) <= max(row["by_seed"]) <= high
        assert row["standing"] == "other data"
    assert answer["standing"] == "other data" and answer["curves_of_seed"] == 3
    assert len(answer["curves"]["test"]["x"]) == len(tiny("descent").widths)


def test_the_table_for_the_documentation_is_made_of_what_json_printed(capsys, small, tmp_path):
    (line,) = reproduced(capsys, "descent", "--json", "--seeds", 2).out.splitlines()
    answer = json.loads(line) | {"remark": ""}
    answer["rows"][0]["by_seed"] = [1.0, 1.0]
    (file := tmp_path / "all.json").write_text(json.dumps(answer))
    head, rule, *rows, blank, end = reproduced(capsys, "--table", file).out.splitlines()
    assert [len(line.split(" | ")) for line in (head, *rows)] == [9, 9, 9] and rule == "|" + "---|" * 9
    assert rows[0].startswith("| descent, Belkin et al. 2019 | ") and rows[1].startswith("|  | ")
    for row, figure in zip(rows, FIGURES, strict=True):
        assert f" | {figure.what} | {figure.says} | {figure.say_asked()} | " in row
    assert "**does not agree**" in rows[1] or "**undecided**" in rows[1]
    assert not blank and end.endswith(f"They took {answer['processor']:,.0f} s of processor time.")


def test_what_json_has_not_printed_and_what_is_no_experiment_is_refused_in_a_sentence(tmp_path):
    for text in ("winks", "3", '{"experiment": "descent"}', '{"experiment": "descent", "rows": []}'):
        (file := tmp_path / "all.json").write_text(text)
        with pytest.raises(UserError, match=r"all\.json does not hold"):
            run_wanted(parse(["reproduce", "--table", str(file)]))
    with pytest.raises(UserError, match="There is no experiment roots"):
        run_wanted(parse(["reproduce", "roots"]))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_processes_beside_carry_out_what_one_process_does(capsys, tmp_path):
    path = tmp_path / "kept.layerlight"
    (line,) = reproduced(capsys, "taught", "--json", "--seeds", 3, "--session", path).out.splitlines()
    (row,) = json.loads(line)["rows"]
    here = carry_out(Trial(0, "taught", 2, ""), open_sample(), tmp_path, lambda **_: None)["here"]
    assert row["by_seed"][1] == pytest.approx(here[0], abs=0.02)
    kept = list(peek(path)[0].runs.values())
    assert sorted(run.spec.seed for run in kept) == [1, 2, 3]
