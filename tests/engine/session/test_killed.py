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
PROGRAM = "the program"
AT_ONCE = 4  # this number at a time: more than there are cores, so that they are stopped anywhere


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


def command_of(act: str, path: Path, seed: int) -> list[str]:
    """Return the words that start a writer, or the program itself."""
    if act != PROGRAM:
        return [sys.executable, str(WRITER), str(path), str(seed), act]
    words = f"train --session {path} --preset quick --dataset sample --epochs 10000 --json --seed {seed}"
    return [sys.executable, str(ROOT / "main.py"), *words.split()]


def kill_again_and_again(folder: Path, times: int, seed: int, act: str) -> Counter[str]:
    """Kill processes one after the other that go on with the same session, wherever it is by then."""
    chance, folder = random.Random(seed), folder / str(seed)
    (folder / "session").mkdir(parents=True)
    path = folder / "session" / f"a{SUFFIX}"
    home = {**os.environ, "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
    told, deleted, seen = {}, set(), Counter()
    for number in range(times):
        command, seconds = command_of(act, path, seed * 1000 + number), 1.0 if act == PROGRAM else 0.7
        lines = kill_while_it_runs(command, chance.uniform(0.0, seconds), env=home)
        losses = [line for line in lines if "epoch" in line]
        told |= {(line.get("run", "ABCDEFGHIJ"[number]), line["epoch"]): line["test_loss"] for line in losses}
        deleted |= {line["deleted"] for line in lines if "deleted" in line}
        path = where_it_lies(path, lines)
        seen["kills"] += 1
        if path.exists():
            seen["whole"] += integrity(path, folder / f"copy{number}") == "ok"
            seen += check(path, told, deleted, known=act != PROGRAM)
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


def assert_nothing_is_lost(folder: Path, act: str, kills: int, each: int, at_once: int = AT_ONCE) -> None:
    """Kill so many processes that do this, each session's one after the other."""
    parts = enumerate(min(each, kills - done) for done in range(0, kills, each))
    with ThreadPoolExecutor(at_once) as pool:
        kill = partial(kill_again_and_again, folder, act=act)
        seen = sum(pool.map(lambda part: kill(seed=part[0], times=part[1]), parts), Counter())
    print(
        f"\n{act}: {seen['kills']} kills, {seen['log']} of them with SQLite's log left; {seen['opened']} files opened "
        f"({seen['unmade']} not made yet), {seen['whole']} of them whole; {seen['told']} epochs that had been told "
        f"were looked for, {seen['lost']} were lost; {seen['moments']} moments read; {seen['stray']} stray files"
    )
    assert seen["kills"] == kills
    assert seen["opened"] == seen["whole"] == kills - seen["unmade"]
    assert seen["told"] > kills
    assert (seen["lost"], seen["stray"]) == (0, 0)


def test_six_writers_that_are_killed_lose_nothing_that_they_told(tmp_path):
    assert_nothing_is_lost(tmp_path, "train", kills=6, each=2)


@pytest.mark.kill
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("act", ACTS)
def test_whatever_they_do_writers_that_are_killed_lose_nothing_that_they_told(tmp_path, act):
    """While they train, delete runs, give moments up, close, save as, and while somebody renames the file."""
    assert_nothing_is_lost(tmp_path, act, KILLS, each=5)


@pytest.mark.slow
def test_the_program_killed_twice_loses_nothing_that_it_told(tmp_path):
    assert_nothing_is_lost(tmp_path, PROGRAM, kills=2, each=1, at_once=2)


@pytest.mark.kill
@pytest.mark.timeout(7200)
def test_the_program_killed_many_times_loses_nothing_that_it_told(tmp_path):
    assert_nothing_is_lost(tmp_path, PROGRAM, KILLS, each=5, at_once=2)
