"""Processes that are killed with -9 at random moments while they write: nothing that was told is ever lost.

`make kill-test` does it 200 times with the true program and in each thing that a writer does (KILLS=20: 20 times),
and prints what it saw.
"""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from writes_until_killed import ACTS, epoch_of, losses_of, moment_of

from engine.core.messages import run_through
from engine.session.store.opening import open_store
from engine.session.store.schema import SUFFIX

ROOT = Path(__file__).resolve().parents[3]
WRITER = Path(__file__).with_name("writes_until_killed.py")
KILLS = int(os.environ.get("KILLS", "200"))
AT_ONCE = 4
"""So many at a time: more than there are cores, so that they are stopped anywhere."""


def kill_while_it_runs(command: list[str], seconds: float, **more) -> list[dict]:
    """Start `command`, kill it so long after its first line, and return the lines that it had printed."""
    # without a buffer here, for `communicate` would pass over what `readline` had read ahead into it
    process = subprocess.Popen(command, bufsize=0, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
    with process:
        first = process.stdout.readline()
        if not first:
            pytest.fail(process.stderr.read().decode())
        try:
            rest, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            rest, errors = process.communicate()
            assert errors == b""
        else:
            pytest.fail(f"It ended before it was killed: {errors.decode()}")
    lines = (first + rest).split(b"\n")[:-1]  # what has no line's end was not told to its end
    return [json.loads(line) for line in lines]


def integrity(path: Path, scratch: Path) -> str:
    """Return what SQLite says of the file as it was left; that is done with a copy, for opening mends it."""
    scratch.mkdir()
    for left in path.parent.glob(f"{path.name}*"):
        if not left.name.endswith("-shm"):
            shutil.copy(left, scratch)
    with closing(sqlite3.connect(scratch / path.name)) as database:
        return str(database.execute("PRAGMA integrity_check").fetchone()[0])


def check(path: Path, told: dict[tuple[str, int], float], deleted: set[str], *, known: bool) -> Counter[str]:
    """Open the session as the next start does, and count what is in it; `known`: written by the writer here."""
    log = path.with_name(f"{path.name}-wal")
    seen = Counter(opened=1, log=int(log.exists() and log.stat().st_size > 0))
    opened = run_through(open_store(path))
    try:
        contents = opened.store.load()
        assert contents.damage == []
        there = {(run.name, done.epoch): done for run in contents.runs.values() for done in run.epochs}
        for key, test_loss in told.items():
            if key[0] not in deleted:
                seen["told"] += 1
                seen["lost"] += key not in there or there[key].test_loss != test_loss
        for run in contents.runs.values():
            steps = list(run.moments)
            assert run.epochs == [] or steps[-1] >= run.epochs[-1].step, "an epoch has its moment"
            assert len(run.losses) <= steps[-1]
            for step in steps:
                moment = run.moments[step]  # its arrays are held against their hashes
                seen["moments"] += 1
                if known:
                    right = moment_of(run.name, step)
                    pairs = zip(moment.weights + moment.optimizer, right.weights + right.optimizer, strict=True)
                    assert all(np.array_equal(array, other) for array, other in pairs)
            if known:
                assert run.epochs == [epoch_of(run.name, number + 1) for number in range(len(run.epochs))]
                for number in range(len(run.epochs)):
                    first = number * run.steps_per_epoch
                    losses = run.losses.so_far[first : first + run.steps_per_epoch]
                    assert np.array_equal(losses, losses_of(run.name, number + 1))
    finally:
        opened.store.close()
    seen["stray"] = sum(is_stray(file, path) for file in path.parent.iterdir())
    return seen


def is_stray(file: Path, path: Path) -> bool:
    """Whether a file beside the session in `path`, which was closed, is neither a session nor an open one's log."""
    of = file.with_name(file.name.removesuffix("-wal").removesuffix("-shm"))
    return file.suffix != SUFFIX and (of == path or of.suffix != SUFFIX or not of.exists())


def kill_again_and_again(folder: Path, times: int, seed: int, act: str = "train") -> Counter[str]:
    """Kill writers one after the other that go on with the same session, wherever it lies by then."""
    chance, folder = random.Random(seed), folder / str(seed)
    (folder / "session").mkdir(parents=True)
    path = folder / "session" / f"a{SUFFIX}"
    home = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
    told, deleted, seen = {}, set(), Counter()
    for number in range(times):
        command = [sys.executable, str(WRITER), str(path), str(seed * 1000 + number), act]
        lines = kill_while_it_runs(command, chance.uniform(0.0, 0.7), env=home)
        told |= {(line["run"], line["epoch"]): line["test_loss"] for line in lines if "run" in line}
        deleted |= {line["deleted"] for line in lines if "deleted" in line}
        path = where_it_lies(path, lines)
        seen["kills"] += 1
        if path.exists():
            seen["whole"] += integrity(path, folder / f"copy{number}") == "ok"
            seen += check(path, told, deleted, known=True)
        else:
            assert not told
            seen["unmade"] += 1
    return seen


def where_it_lies(path: Path, lines: list[dict]) -> Path:
    """Return the session's file as it was told last, or that which has just taken the place of an autosave.

    Where the kill fell between a renaming and the next write, which brings the log beside the old name into the moved
    file, the file is given its name back, as whoever renamed it can.
    """
    target = path
    for line in lines:
        path, target = Path(line.get("at", path)), Path(line.get("to", target))
    last = [line for line in lines if "at" in line or "moves" in line][-1:]
    moved = path.with_name(f"moved{SUFFIX}")
    if last and "moves" in last[0] and moved.exists() and not path.exists():
        moved.rename(path)
    return path if path.exists() else target


def kill_the_program(folder: Path, times: int, seed: int) -> Counter[str]:
    """Kill `python main.py train --session`, a new run each time in the same session."""
    chance, folder = random.Random(seed), folder / str(seed)
    (folder / "session").mkdir(parents=True)
    path = folder / "session" / "killed.layerlight"
    home = {**os.environ, "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
    words = f"--session {path} --preset quick --dataset sample --epochs 10000 --json".split()
    told, seen = {}, Counter()
    for number in range(times):
        command = [sys.executable, str(ROOT / "main.py"), "train", *words, "--seed", str(seed + number)]
        lines = kill_while_it_runs(command, chance.uniform(0.0, 1.0), env=home, cwd=folder)
        assert [line["epoch"] for line in lines] == list(range(1, len(lines) + 1))
        told |= {("ABCDEFGHIJ"[number], line["epoch"]): line["test_loss"] for line in lines}
        seen["kills"] += 1
        seen["whole"] += integrity(path, folder / f"copy{number}") == "ok"
        seen += check(path, told, set(), known=False)
    return seen


def kill_in_every_act(folder: Path, times: int, at_once: int = AT_ONCE) -> Counter[str]:
    """Kill writers this number of times in each of the things that they do, and print what was seen there."""
    seen = Counter()
    for act in ACTS:
        place = folder / act
        seen_there = kill_side_by_side(partial(kill_again_and_again, act=act), place, times, 5, at_once)
        print(f"\n{act}: {dict(seen_there)}", end="")
        seen += seen_there
    return seen


def kill_side_by_side(kill, folder: Path, times: int, each: int, at_once: int) -> Counter[str]:
    parts = [min(each, times - done) for done in range(0, times, each)]
    with ThreadPoolExecutor(at_once) as pool:
        return sum(pool.map(lambda part: kill(folder, part[1], part[0]), enumerate(parts)), Counter())


def assert_nothing_was_lost(seen: Counter[str], kills: int) -> None:
    print(
        f"\n{seen['kills']} kills, {seen['log']} of them with SQLite's log left; {seen['opened']} files opened "
        f"({seen['unmade']} not made yet), {seen['whole']} of them whole; {seen['told']} epochs that had been told "
        f"were looked for, {seen['lost']} were lost; {seen['moments']} moments read; {seen['stray']} stray files"
    )
    assert seen["kills"] == kills
    assert seen["opened"] == seen["whole"] == kills - seen["unmade"]
    assert seen["told"] > kills
    assert (seen["lost"], seen["stray"]) == (0, 0)


def test_what_a_process_says_in_one_go_is_heard_to_its_last_line():
    says = "import signal; print('{}\\n' * 200, end='', flush=True); signal.pause()"
    assert kill_while_it_runs([sys.executable, "-c", says], 0.1) == [{}] * 200


def test_eight_writers_that_are_killed_lose_nothing_that_they_told(tmp_path):
    assert_nothing_was_lost(kill_side_by_side(kill_again_and_again, tmp_path, 8, 4, AT_ONCE), 8)


@pytest.mark.kill
@pytest.mark.timeout(7200)
def test_whatever_they_do_writers_that_are_killed_lose_nothing_that_they_told(tmp_path):
    """While they train, delete runs, give moments up, close, save as, and while somebody renames the file."""
    assert_nothing_was_lost(kill_in_every_act(tmp_path, KILLS), KILLS * len(ACTS))


@pytest.mark.slow
def test_the_program_killed_twice_loses_nothing_that_it_told(tmp_path):
    assert_nothing_was_lost(kill_side_by_side(kill_the_program, tmp_path, 2, 1, 2), 2)


@pytest.mark.kill
@pytest.mark.timeout(7200)
def test_the_program_killed_many_times_loses_nothing_that_it_told(tmp_path):
    assert_nothing_was_lost(kill_side_by_side(kill_the_program, tmp_path, KILLS, 5, 2), KILLS)
