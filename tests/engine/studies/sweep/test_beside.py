"""A sweep beside the session's file: where it lies, how it follows the session, and what is found of it later."""

import contextlib
from dataclasses import replace

import pytest
from told import of

from bench.many import make_tasks
from engine.core.errors import UserError
from engine.core.example import Example
from engine.core.messages import Rest
from engine.session.jobs.files import new_session, open_session, save_session_as
from engine.session.session import Session
from engine.session.store import places
from engine.session.store.places import sweep_folder
from engine.studies.sweep.job import find_sweep, forget_sweep, sweep_beside
from engine.studies.sweep.messages import RunGathered, SweepEnded, SweepProgress, SweepWaits
from tests.engine.studies.sweep.sweeps import Here, members, plan, session_in

pytestmark = pytest.mark.usefixtures("own_home")


@pytest.fixture
def session(dataset, tmp_path):
    """A session in a file, which is closed at the end."""
    made = session_in(tmp_path / "s.layerlight", dataset)
    yield made
    made.close()


def found(session):
    (waiting,) = of(SweepWaits, find_sweep(session))
    return waiting


def go_until(job, done):
    """Go through a sweep until it has told this number of runs, and leave it."""
    told = 0
    with contextlib.closing(job) as turns:
        for message in turns:
            told += isinstance(message, RunGathered)
            if told == done and isinstance(message, SweepProgress):
                break


class Idle(Here):
    """Workers that have nothing to tell."""

    def news(self, seconds=0.0):
        return []


def test_a_session_without_a_file_gets_one_and_its_runs_have_one_colour_and_are_shown(dataset):
    session = Session(dataset, places.new_autosave)
    list(sweep_beside(session, plan(), Here(dataset)))
    assert members(session) == [0, 1, 2] and session.is_saved()
    assert {(run.color, run.pinned) for run in session.runs.values()} == {(0, True)}
    assert not sweep_folder(session.store.path).exists()
    session.close()


def test_while_nothing_happens_the_job_rests(session, dataset):
    with contextlib.closing(sweep_beside(session, plan(), Idle(dataset))) as turns:
        told = [message for _, message in zip(range(40), turns, strict=False)]
    assert sum(isinstance(message, Rest) for message in told) >= 15


@pytest.mark.parametrize("done", [0, 2], ids=["before its first turn", "after two runs"])
def test_what_is_interrupted_is_found_when_the_session_is_opened_again_and_gone_on_with(dataset, tmp_path, done):
    path = tmp_path / "s.layerlight"
    session = session_in(path, dataset)
    job = sweep_beside(session, plan(), Here(dataset))
    if done:
        go_until(job, done)
    job.close()
    assert found(session).done == done
    session.close()
    again = Session(dataset)
    list(open_session(again, str(path)))
    waiting = found(again)
    assert (waiting.plan.name, len(waiting.plan), waiting.done) == ("tried", 3, done)
    told = list(sweep_beside(again, waiting.plan, Here(dataset), again=True))
    assert members(again) == [0, 1, 2] and of(SweepEnded, told)
    assert found(again).plan is None and not sweep_folder(path).exists()
    again.close()


def test_where_its_folder_cannot_be_made_it_is_refused_and_the_session_has_none(session, dataset):
    sweep_folder(session.store.path).write_bytes(b"something of a person's")
    with pytest.raises(UserError, match="cannot be written"):
        sweep_beside(session, plan(), Here(dataset))
    assert session.sweeping is None and found(session).plan is None


def test_a_second_sweep_has_another_name_and_waits_until_the_first_is_finished(session, dataset):
    go_until(sweep_beside(session, plan(), Here(dataset)), 1)
    with pytest.raises(UserError, match="not finished"):
        list(sweep_beside(session, plan(seed=[4, 5]), Here(dataset)))
    list(forget_sweep(session))
    assert found(session).plan is None and members(session) == [0]
    list(sweep_beside(session, plan(seed=[4, 5]), Here(dataset)))
    assert {run.member.sweep for run in session.runs.values()} == {"tried", "tried 2"}


def test_an_unfinished_sweep_goes_along_when_an_untitled_session_gets_a_place(dataset, tmp_path):
    session = Session(dataset, places.new_autosave)
    go_until(sweep_beside(session, plan(), Here(dataset)), 1)
    before = sweep_folder(session.store.path)
    list(save_session_as(session, str(tmp_path / "mine.layerlight")))
    assert not before.exists() and sweep_folder(tmp_path / "mine.layerlight").is_dir()
    assert found(session).done == 1
    session.close()


def test_a_sweep_that_goes_on_keeps_its_folder_until_it_ends_and_then_follows(dataset, tmp_path):
    session = Session(dataset, places.new_autosave)
    with contextlib.closing(sweep_beside(session, plan(), Here(dataset))) as turns:
        next(message for message in turns if isinstance(message, RunGathered))
        before = sweep_folder(session.store.path)
        list(save_session_as(session, str(tmp_path / "mine.layerlight")))
        assert before.is_dir()
        next(message for message in turns if isinstance(message, RunGathered))
    assert not before.exists() and found(session).done == 2
    assert sweep_folder(tmp_path / "mine.layerlight").is_dir()
    session.close()


def test_an_untitled_session_that_is_left_without_a_run_leaves_no_folder(dataset):
    session = Session(dataset, places.new_autosave)
    with contextlib.closing(sweep_beside(session, plan(), Idle(dataset))) as turns:
        next(message for message in turns if isinstance(message, SweepProgress))
    folder = sweep_folder(session.store.path)
    assert folder.is_dir()
    list(new_session(session))
    assert not folder.exists()
    session.close()


@pytest.mark.parametrize("turns", range(2, 20))
def test_a_run_that_was_gathered_but_not_told_when_it_was_stopped_is_told_later(dataset, tmp_path, turns):
    path, wanted = tmp_path / "s.layerlight", plan()
    make_tasks(dataset, sweep_folder(path), wanted.specs())  # all finished: they are gathered together
    session = session_in(path, dataset)
    with contextlib.closing(sweep_beside(session, wanted, Here(dataset), again=True)) as job:
        told = [message for _, message in zip(range(turns), job, strict=False)]
    told += list(find_sweep(session))
    names = [message.summary.name for message in told if isinstance(message, RunGathered)]
    assert names == list(session.runs)
    session.close()


def test_data_with_examples_of_ones_own_are_refused(dataset, tmp_path):
    example = Example(image=dataset.train_images[0], label="a")
    session = session_in(tmp_path / "s.layerlight", replace(dataset, examples=(example,)))
    with pytest.raises(UserError, match="cannot be repeated"):
        list(sweep_beside(session, plan(), Here(dataset)))
    session.close()
