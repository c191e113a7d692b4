"""Sessions with much in them: twice as much takes about twice the work, and none of it is done in one long turn."""

import contextlib
import random
import sqlite3
from functools import partial

import pytest

from engine.model.training.messages import Parent
from engine.model.training.run import thinned
from engine.session.jobs.files import save_session_as, set_budget
from engine.session.jobs.runs import delete_runs, pin_runs
from engine.session.session import Session, save_all
from engine.session.store import store as module
from engine.session.store.writing import ROWS_AT_ONCE
from tests.engine.session.store.runs import again, assert_same_run, made_moment, made_run
from tests.work import work_of

EPOCHS = 8


def session_in(folder, runs, epochs=EPOCHS):
    session = Session(new_place=lambda: folder / f"much-{runs}-{epochs}.layerlight")
    for number in range(runs):
        session.runs[f"R{number}"] = made_run(f"R{number}", epochs, seed=number)
    list(save_all(session))
    return session


def room_for_a_tenth(session):
    run = session.runs["R0"]
    run.moment_bytes = 10_000_000 // len(run.moments)
    list(set_budget(session, 1))


def forget_a_run(session):
    list(delete_runs(session, ["R0"]))
    session.leave()


ACTS = {
    "save as": (lambda folder, n: session_in(folder, n), lambda s, folder: list(save_session_as(s, str(folder / "x")))),
    "room": (lambda folder, n: session_in(folder, 1, 10 * n), lambda s, _: room_for_a_tenth(s)),
    "a deleted run": (lambda folder, n: session_in(folder, 1, 10 * n), lambda s, _: forget_a_run(s)),
}


@pytest.mark.parametrize("kind", ACTS)
def test_twice_as_much_takes_about_twice_the_work_and_no_transaction_is_longer_than_a_turn(kind, tmp_path, monkeypatch):
    transactions, connect = [], module.connect

    def traced(*how):
        database = connect(*how)
        database.set_trace_callback(note)
        return database

    def note(statement):
        if statement.startswith("BEGIN IMMEDIATE"):
            transactions.append(0)
        elif statement.startswith(("INSERT", "DELETE")):
            transactions[-1] += 1

    monkeypatch.setattr(module, "connect", traced)
    make, act = ACTS[kind]
    work = []
    for size in (10, 20):
        with contextlib.closing(make(tmp_path, size)) as session:
            work.append(work_of(partial(act, session, tmp_path)))
    assert work[1] < 2.3 * work[0]
    assert max(transactions) < ROWS_AT_ONCE + 50
    assert len(transactions) > 2


def test_pinning_a_run_looks_at_the_others_but_briefly(tmp_path):
    with contextlib.closing(session_in(tmp_path, 60, 1)) as session:
        assert work_of(lambda: list(pin_runs(session, ["R0"], True))) / 60 < 50


def test_the_longest_turn_of_save_as_hardly_grows_with_the_session(tmp_path):
    def longest(runs):
        session, turns = session_in(tmp_path, runs), []
        job = save_session_as(session, str(tmp_path / f"{runs}.layerlight"))
        while not session.store.path.name.startswith(f"{runs}."):
            turns.append(work_of(lambda: next(job, None)))
        list(job)
        session.close()
        return max(turns)

    assert longest(20) < 1.5 * longest(8)


def test_large_moments_are_written_one_in_a_turn(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.session.store.writing.BYTES_AT_ONCE", made_moment(0).bytes)
    session = Session(new_place=lambda: tmp_path / "x.layerlight")
    run = session.runs["A"] = made_run(epochs=9)
    turns = 0
    while not session.is_saved():
        session.save()
        turns += 1
    assert turns in (10, 11)
    assert_same_run(run, again(run))
    session.close()


def test_where_much_is_to_be_written_the_newest_run_is_in_the_file_first(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.session.store.writing.ROWS_AT_ONCE", 20)
    session = Session(new_place=lambda: tmp_path / "x.layerlight")
    session.runs = {name: made_run(name) for name in "ABCDE"}
    session.deleted = {"F": made_run("F", deleted=True)}
    session.save()
    with contextlib.closing(sqlite3.connect(tmp_path / "x.layerlight")) as database:
        assert database.execute("SELECT DISTINCT run FROM epochs").fetchall() == [("E",)]
        assert database.execute("SELECT count(*) FROM epochs").fetchall() == [(3,)]
    session.close()


def test_moments_that_a_second_writing_finds_unleft_are_left_to_the_file(tmp_path):
    session = session_in(tmp_path, 1)
    run, store = session.runs["R0"], session.store
    for step in (81, 82):
        run.moments[step] = made_moment(step)
    while not store.write(session.contents(), leave=False):
        pass
    assert run.moments.in_memory == {80, 81, 82}
    assert store.write(session.contents())
    assert run.moments.in_memory == {82}
    session.close()


def one_by_one(runs, budget):
    """What `thinned` tells, looked for anew each time among all moments."""
    own = {
        name: [
            step for step in run.moments if step > (run.parent.step if run.parent and run.parent.run in runs else -1)
        ]
        for name, run in runs.items()
    }
    given_up, room = [], sum(runs[name].moment_bytes * len(steps) for name, steps in own.items())
    needed = [(run.parent.run, run.parent.step) for run in runs.values() if run.parent]
    while room > budget:
        gaps = [
            (after**0.5 - before**0.5, name, step)
            for name, steps in own.items()
            for before, step, after in zip(steps, steps[1:], steps[2:], strict=False)
            if step not in runs[name].bookmarks and (name, step) not in needed
        ]
        if not gaps:
            break
        _, name, step = min(gaps)
        own[name].remove(step)
        given_up.append((name, step))
        room -= runs[name].moment_bytes
    return given_up


@pytest.mark.parametrize("seed", range(10))
def test_what_is_given_up_is_what_leaves_the_smallest_gap_each_time(seed):
    draw = random.Random(seed)
    runs = {}
    for name in "ABCD"[: draw.randint(1, 4)]:
        run = runs[name] = made_run(name, epochs=0)
        run.moments.update({step: made_moment(0) for step in draw.sample(range(400), draw.randint(1, 40))})
        run.bookmarks = dict.fromkeys(draw.sample(range(400), 20), "named")
        run.moment_bytes = draw.randint(0, 9)
        if draw.random() < 0.5:
            other = draw.choice("ABCDZ")
            run.parent = Parent(other, draw.choice([*runs[other].moments] if other in runs else [7]))
    for budget in (0, draw.randint(0, 500), 10**6):
        assert thinned(runs, budget) == one_by_one(runs, budget)


def test_giving_up_twice_as_many_takes_about_twice_the_work():
    def work(moments):
        run = made_run(epochs=0)
        run.moments.update(dict.fromkeys(range(moments), made_moment(0)))
        return work_of(partial(thinned, {"A": run}, moments * run.moment_bytes // 10))

    assert work(4000) < 2.5 * work(2000)
