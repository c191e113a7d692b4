"""A sweep gathers each run of its plan once, whatever ends it on the way."""

import contextlib
import os
import signal

import numpy as np
import pytest
from told import of

from engine.cli.parts.train_session import session_at
from engine.core.errors import UserError
from engine.session.jobs.runs import delete_runs
from engine.session.jobs.train import train
from engine.session.session import Session
from engine.session.store.opening import peek
from engine.session.store.places import sweep_folder
from engine.studies.sweep import worker
from engine.studies.sweep.job import sweep
from engine.studies.sweep.messages import RunGathered, SweepEnded, SweepProgress, TaskRefused
from engine.studies.sweep.processes import MOST_STARTS, Processes
from engine.studies.sweep.task import Task, run_task
from tests.engine.studies.sweep.sweeps import SPEC, Here, members, plan, session_in

pytestmark = pytest.mark.usefixtures("own_home")


@pytest.fixture
def session(dataset, tmp_path):
    """A session in a file, which is closed at the end."""
    made = session_in(tmp_path / "s.layerlight", dataset)
    yield made
    made.close()


def test_a_gathered_run_is_the_one_that_a_training_gives(session, dataset, tmp_path):
    told = list(sweep(session, plan(seed=[1, 2]), tmp_path / "s.sweep", Here(dataset)))
    for run, seed in zip(session.runs.values(), (1, 2), strict=True):
        alone = Session(dataset)
        list(train(alone, SPEC.but(seed=seed)))
        wanted = alone.runs["A"]
        assert run.spec == wanted.spec and run.title == f"seed {seed}" and run.member == ("tried", seed - 1)
        np.testing.assert_array_equal(run.losses.so_far, wanted.losses.so_far)
        assert [done.test_loss for done in run.epochs] == [done.test_loss for done in wanted.epochs]
        assert list(run.moments) == [wanted.moments.newest]
        last = run.moment(None)
        for found, there in zip(last.weights, wanted.moment(None).weights, strict=True):
            np.testing.assert_array_equal(found, there)
        assert {done.run for done in run.epochs} == {run.name}
    assert [message.summary.name for message in of(RunGathered, told)] == ["A", "B"]
    (ended,) = of(SweepEnded, told)
    assert (ended.done, ended.refused) == (2, 0)


def test_all_of_it_is_in_the_file_and_nothing_is_left_beside_it(dataset, tmp_path):
    path = tmp_path / "s.layerlight"
    session = session_in(path, dataset)
    list(sweep(session, plan(), sweep_folder(path), Here(dataset)))
    assert session.close()
    assert [run.member for run in peek(path)[0].runs.values()] == [("tried", number) for number in range(3)]
    assert [each.name for each in tmp_path.iterdir() if each.name != "home"] == [path.name]


@pytest.mark.parametrize("messages", range(1, 12))
def test_wherever_it_is_interrupted_it_goes_on_with_nothing_lost_and_nothing_twice(dataset, tmp_path, messages):
    path, wanted = tmp_path / "s.layerlight", plan()
    session, first = session_in(path, dataset), Here(dataset)
    with contextlib.closing(sweep(session, wanted, sweep_folder(path), first)) as turns:
        for _, _ in zip(range(messages), turns, strict=False):
            pass
    session.close()
    again, second = session_at(path), Here(dataset)
    again.replace_data(dataset)
    list(sweep(again, wanted, sweep_folder(path), second))
    assert members(again) == [0, 1, 2]
    assert sorted({*first.done, *getattr(second, "done", [])}) == [0, 1, 2]
    assert not {*first.done} & {*second.done}
    assert again.close() and not sweep_folder(path).exists()


def test_a_task_that_cannot_be_done_is_told_and_all_others_are(session, dataset, tmp_path):
    told = list(sweep(session, plan(), tmp_path / "s.sweep", Here(dataset, refused=[1])))
    (refused,) = of(TaskRefused, told)
    assert (refused.title, refused.sentence) == ("seed 2", "There is no room.")
    assert members(session) == [0, 2] and of(SweepEnded, told)[0].refused == 1


def test_progress_tells_how_much_is_trained_and_never_falls(session, dataset, tmp_path):
    told = of(SweepProgress, list(sweep(session, plan(), tmp_path / "s.sweep", Here(dataset))))
    shares = [message.epochs for message in told]
    assert shares == sorted(shares) and shares[-1] == 1 and told[-1].seconds_left == pytest.approx(0)
    assert [message.done for message in told][-1] == 3


def test_a_finished_task_whose_file_is_damaged_is_told_and_trained_again(session, dataset, tmp_path):
    folder = tmp_path / "s.sweep"
    folder.mkdir()
    Task(1, SPEC).file(folder).write_bytes(b"nonsense")
    told = list(sweep(session, plan(), folder, Here(dataset)))
    assert any("000001.layerlight cannot be read" in getattr(message, "sentence", "") for message in told)
    assert members(session) == [0, 1, 2]


def test_a_run_that_a_person_deleted_is_not_trained_again(dataset, tmp_path):
    session = session_in(tmp_path / "s.layerlight", dataset)
    list(sweep(session, plan(), tmp_path / "s.sweep", Here(dataset)))
    list(delete_runs(session, ["B"]))
    again = Here(dataset)
    list(sweep(session, plan(), tmp_path / "s.sweep", again))
    assert again.done == [] and members(session) == [0, 2]
    session.close()


def test_a_task_that_is_broken_off_leaves_no_file(dataset, tmp_path):
    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_task(Task(0, SPEC), dataset, tmp_path, stop)
    assert [each.name for each in tmp_path.iterdir() if each.name != "home"] == []


def test_a_folder_that_cannot_be_made_is_one_sentence(session, dataset, tmp_path):
    (tmp_path / "s.sweep").write_text("a file of somebody's")
    with pytest.raises(UserError, match="cannot be written"):
        list(sweep(session, plan(), tmp_path / "s.sweep", Here(dataset)))


def test_processes_do_all_tasks_and_one_that_is_killed_has_its_task_done_by_another(
    session, stripes_file, tmp_path, monkeypatch
):
    monkeypatch.setattr("engine.studies.sweep.processes.PROGRAM", ["-m", "tests.engine.studies.sweep.drawn_worker"])
    made, killed = [], []

    def make_workers(tasks, folder, _):
        made.append(Processes(tasks, folder, str(stripes_file), 2))
        return made[0]

    for message in sweep(session, plan(), tmp_path / "s.sweep", make_workers, wait_seconds=0.2):
        if isinstance(message, SweepProgress) and not killed and (tmp_path / "waiting").exists():
            killed.append(int((tmp_path / "waiting").read_text()))
            os.kill(killed[0], signal.SIGKILL)
    assert killed and members(session) == [0, 1, 2] and not made[0].ids


def test_a_process_trains_what_it_is_given(dataset, tmp_path, monkeypatch):
    told = []

    def serve(run):
        run(Task(3, SPEC).as_plain(), dataset, tmp_path, lambda **news: told.append(news))

    monkeypatch.setattr(worker, "serve", serve)
    worker.main()
    assert [news["epoch"] for news in told] == [1, 2]
    (run,) = peek(Task(3, SPEC).file(tmp_path))[0].runs.values()
    assert run.spec == SPEC and [done.test_accuracy for done in run.epochs] == [news["accuracy"] for news in told]


def test_where_nobody_can_do_the_tasks_nothing_is_left_behind(session, tmp_path):
    def make_workers(*_):
        raise UserError("There is no cluster.")

    with pytest.raises(UserError, match="no cluster"):
        list(sweep(session, plan(), tmp_path / "s.sweep", make_workers))
    assert not (tmp_path / "s.sweep").exists()


def test_a_process_that_ends_again_and_again_is_told(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr("engine.studies.sweep.processes.PROGRAM", ["-c", "raise SystemExit(7)"])
    session = session_in(tmp_path / "s.layerlight", dataset)

    def make_workers(tasks, folder, data):
        return Processes(tasks, folder, data, 1)

    with pytest.raises(UserError, match="end before they have begun"):
        many = plan(seed=list(range(MOST_STARTS + 1)))
        list(sweep(session, many, tmp_path / "s.sweep", make_workers, wait_seconds=0.2))
    session.close()


def test_data_that_are_not_there_are_one_sentence(session, tmp_path):
    def make_workers(tasks, folder, _):
        return Processes(tasks, folder, str(tmp_path / "gone.npz"), 1)

    with pytest.raises(UserError, match=r"gone\.npz"):
        list(sweep(session, plan(), tmp_path / "s.sweep", make_workers, wait_seconds=0.2))
