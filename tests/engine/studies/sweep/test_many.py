"""A run that is gathered costs the same however many there are: only what is new is looked at and written."""

import numpy as np
import pytest

from bench.many import OneByOne, make_tasks, plan
from engine.session.jobs.runs import delete_runs, rename_run
from engine.session.session import Session, save_all
from engine.session.store import writing
from engine.session.store.opening import peek
from engine.session.store.places import sweep_folder
from engine.studies.sweep.job import sweep
from engine.studies.sweep.messages import RunGathered
from tests.engine.studies.sweep.sweeps import members, session_in

pytestmark = pytest.mark.usefixtures("own_home")


@pytest.fixture
def looked(monkeypatch):
    """The names of the runs that a write looked at."""
    names = []
    true = writing.is_written

    def is_written(run, written):
        names.append(run.name)
        return true(run, written)

    monkeypatch.setattr("engine.session.store.writing.is_written", is_written)
    return names


def test_gathering_one_run_more_looks_at_no_other(dataset, tmp_path, looked):
    path = tmp_path / "s.layerlight"
    session, tasks = session_in(path, dataset), tmp_path / "tasks"
    make_tasks(dataset, tasks, plan(4).specs())

    def workers(wanted, folder, _):
        for task in wanted:
            task.file(tasks).rename(task.file(folder))
        return OneByOne(wanted, folder, None)

    seen = []
    for message in sweep(session, plan(4), sweep_folder(path), workers, wait_seconds=0.001):
        if isinstance(message, RunGathered):
            seen.append(set(looked))
            looked.clear()
    assert seen == [{"A"}, {"A", "B"}, {"B", "C"}, {"C", "D"}], "each once more when its task is deleted"
    assert members(session) == [0, 1, 2, 3] and session.is_saved()
    session.close()
    kept = peek(path)[0].runs
    assert [run.spec.seed for run in kept.values()] == [1, 2, 3, 4]
    assert [len(run.losses) for run in kept.values()] == [len(run.losses) for run in session.runs.values()]


def test_what_else_has_changed_is_not_lost_but_written_with_the_next_save_of_all(dataset, tmp_path):
    session = session_in(tmp_path / "s.layerlight", dataset)
    one, other = (session.new_run(plan(1).spec, 6) for _ in range(2))
    list(save_all(session, ["A", "B"]))
    one.title, other.title = "one", "other"
    list(save_all(session, ["B"]))
    assert not session.is_saved() and session.holds(["B"]) and not session.holds(["A", "B"])
    assert [run.title for run in peek(session.store.path)[0].runs.values()] == ["", "other"]
    list(rename_run(session, "B", "third"))
    assert session.is_saved()
    assert [run.title for run in peek(session.store.path)[0].runs.values()] == ["one", "third"]
    session.close()


def test_a_run_that_is_deleted_while_it_is_written_is_written_as_deleted(dataset, tmp_path):
    session = session_in(tmp_path / "s.layerlight", dataset)
    session.new_run(plan(1).spec, 6)
    list(delete_runs(session, ["A"]))
    list(save_all(session, ["A"]))
    assert session.holds(["A"]) and peek(session.store.path)[0].runs["A"].deleted
    session.close()


def test_runs_beyond_z_have_names_of_two_letters_and_then_of_three(dataset):
    session = Session(dataset)
    names = [session.new_run(plan(1).spec, 6).name for _ in range(26 + 26 * 26 + 2)]
    assert names[:2] == ["A", "B"] and names[25:28] == ["Z", "AA", "AB"]
    assert names[-3:] == ["ZZ", "AAA", "AAB"] and len(set(names)) == len(names)
    del session.runs["AAB"], session.runs["C"]
    assert [session.new_run(plan(1).spec, 6).name for _ in range(2)] == ["C", "AAB"]
    assert np.array([len(name) for name in names]).max() == 3
