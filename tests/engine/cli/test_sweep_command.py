"""The command `sweep`: what it refuses, what it prints, and that a killed one loses nothing and repeats nothing."""

import random
import signal
import subprocess
import sys

import pytest
from made_sessions import ROOT, files_in, home_in

from engine.cli import sweep as command_sweep
from engine.core.errors import UserError
from engine.session.store.opening import peek
from engine.session.store.places import sweep_folder
from engine.studies.sweep.plan import FILE
from tests.engine.studies.sweep.sweeps import Here

pytestmark = pytest.mark.usefixtures("own_home")

SMALL = "--layers 4 --epochs 1 --loss cross_entropy --batch 40"


def test_a_sweep_that_is_not_finished_is_not_begun_anew(terminal, tmp_path):
    path = tmp_path / "s.layerlight"
    sweep_folder(path).mkdir()
    (sweep_folder(path) / FILE).write_text("{}")
    with pytest.raises(UserError, match="not finished"):
        terminal("sweep --over seed=1..2 --session", path)


def test_it_prints_a_line_for_each_run_and_a_second_sweep_is_beside_the_first(
    terminal, tmp_path, dataset, stripes_file, monkeypatch
):
    here = Here(dataset)
    monkeypatch.setattr(command_sweep, "workers_for", lambda on: here)
    monkeypatch.chdir(stripes_file.parent)
    path = tmp_path / "s.layerlight"
    for _ in range(2):
        printed = terminal(f"sweep --over seed=1..2 {SMALL} --session", path)
        assert printed.count("seed 1\n") == printed.count("seed 2\n") == 1 and "2 of 2 runs" in printed
    kept = peek(path)[0].runs.values()
    assert sorted(run.member for run in kept) == [("seed", 0), ("seed", 1), ("seed 2", 0), ("seed 2", 1)]
    row = terminal.json(f"sweep --over seed=3 {SMALL} --session", path, "--dataset", stripes_file.name)
    assert here.dataset == str(stripes_file), "with a relative path it is that of this folder, wherever workers run"
    assert row["title"] == "seed 3" and row["settings"]["seed"] == 3 and 0 <= row["test_accuracy"] <= 1
    assert files_in(tmp_path) - {"home"} == {path.name, stripes_file.name}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_sweep_that_is_killed_twenty_times_loses_no_run_and_trains_none_twice(tmp_path, capsys):
    path, chance = tmp_path / "s.layerlight", random.Random(3)
    command = [sys.executable, str(ROOT / "main.py"), "sweep", "--session", str(path)]
    words = [*command, "--over=seed=1..200", "--preset=quick", "--epochs=3", "--dataset=sample", "--on=2"]
    kills = 0
    told: set[tuple[str, ...]] = set()
    while True:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(words, env=home_in(tmp_path), cwd=tmp_path, **pipes)
        try:
            out, errors = process.communicate(timeout=chance.uniform(2, 7) if kills < 20 else 600)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            out, errors = process.communicate()
            kills += 1
        else:
            assert process.returncode == 0, errors
        lines = [line.split() for line in out.splitlines() if "images  seed " in line]
        told |= {(line[1], line[-1]) for line in lines}
        if (sweep_folder(path) / FILE).exists():
            words = [*command, "--resume", "--on", "2"]
        elif process.returncode == 0:
            break
    runs = peek(path)[0].runs.values()
    assert sorted(run.member.number for run in runs) == list(range(200))
    there = {(run.name, f"{run.spec.seed}") for run in runs}
    assert told - there == set()
    logs = [log.read_text() for log in tmp_path.rglob("layerlight.log")]
    assert logs and "Traceback" not in "".join(logs), "orphaned workers leave without a word"
    with capsys.disabled():
        print(f"\nkilled {kills} times: 200 of 200 runs, each once; {len(told)} were told")
    assert kills >= 10 and told
