"""A sweep gathers each run of its plan once, whatever ends it on the way."""

import contextlib
import json
import os
import signal
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from told import of

from bench.many import OneByOne, make_tasks
from engine.core.errors import UserError
from engine.core.example import Example
from engine.core.machine.beside import start_beside
from engine.core.messages import Rest
from engine.session.jobs.files import new_session, open_session, save_session_as
from engine.session.jobs.runs import delete_runs, rename_run
from engine.session.jobs.train import train
from engine.session.session import Session, save_all
from engine.session.store import places, writing
from engine.session.store.opening import peek
from engine.session.store.places import sweep_folder
from engine.studies.sweep import worker
from engine.studies.sweep.job import find_sweep, forget_sweep, sweep, sweep_beside
from engine.studies.sweep.messages import RunGathered, SweepEnded, SweepProgress, SweepWaits, TaskRefused
from engine.studies.sweep.plan import Task, run_task
from engine.studies.sweep.processes import MOST_STARTS, Processes
from tests.engine.studies.sweep.sweeps import SPEC, Here, members, plan, session_in

pytestmark = pytest.mark.usefixtures("own_home")

DRAWN = "tests.engine.studies.sweep.drawn_worker"


@pytest.fixture
def session(dataset, tmp_path):
    made = session_in(tmp_path / "s.layerlight", dataset)
    yield made
    made.close()


def test_a_gathered_run_is_the_one_that_a_training_gives(session, dataset, tmp_path):
    messages = list(sweep(session, plan(seed=[1, 2]), tmp_path / "s.sweep", Here(dataset)))
    for run, seed in zip(session.runs.values(), (1, 2), strict=True):
        alone = Session(dataset)
        list(train(alone, SPEC.but(seed=seed)))
        wanted = alone.runs["A"]
        assert run.spec == wanted.spec and run.title == f"seed {seed}" and run.member == ("tried", seed - 1)
        np.testing.assert_array_equal(run.losses.so_far, wanted.losses.so_far)
        assert [done.test_loss for done in run.epochs] == [done.test_loss for done in wanted.epochs]
        assert list(run.moments) == [wanted.moments.newest]
        last = run.moment(None)
        for result, there in zip(last.weights, wanted.moment(None).weights, strict=True):
            np.testing.assert_array_equal(result, there)
        assert {done.run for done in run.epochs} == {run.name}
    assert [message.summary.name for message in of(RunGathered, messages)] == ["A", "B"]
    (ended,) = of(SweepEnded, messages)
    assert (ended.done, ended.refused) == (2, 0)


def test_all_of_it_is_in_the_file_and_nothing_is_left_beside_it(session, dataset, tmp_path):
    path = tmp_path / "s.layerlight"
    messages = of(SweepProgress, list(sweep(session, plan(), sweep_folder(path), Here(dataset))))
    shares = [message.epochs for message in messages]
    assert shares == sorted(shares) and shares[-1] == 1 and messages[-1].seconds_left == pytest.approx(0)
    assert messages[-1].done == 3
    assert [run.member for run in peek(path)[0].runs.values()] == [("tried", number) for number in range(3)]

    list(delete_runs(session, ["B"]))
    again = Here(dataset)
    list(sweep(session, plan(), sweep_folder(path), again))
    assert again.done == [] and members(session) == [0, 2], "what a person deleted is not trained again"
    assert session.close()
    assert [each.name for each in tmp_path.iterdir() if each.name != "home"] == [path.name]


def test_a_task_that_cannot_be_done_and_a_damaged_file_are_told_and_all_others_are_gathered(session, dataset, tmp_path):
    folder = tmp_path / "s.sweep"
    folder.mkdir()
    Task(2, SPEC).file(folder).write_bytes(b"nonsense")
    messages = list(sweep(session, plan(), folder, Here(dataset, refused=[1])))
    (refused,) = of(TaskRefused, messages)
    assert (refused.title, refused.sentence) == ("seed 2", "There is no room.")
    assert any("000002.layerlight cannot be read" in getattr(message, "sentence", "") for message in messages)
    assert members(session) == [0, 2] and of(SweepEnded, messages)[0].refused == 1, "that of the file is trained again"


def test_where_nobody_can_do_the_tasks_that_is_one_sentence_and_nothing_is_left_behind(session, dataset, tmp_path):
    def no_cluster(*_):
        raise UserError("There is no cluster.")

    def no_data(tasks, folder, _):
        return Processes(tasks, folder, str(tmp_path / "gone.npz"), 1)

    with pytest.raises(UserError, match="no cluster"):
        list(sweep(session, plan(), tmp_path / "s.sweep", no_cluster))
    assert not (tmp_path / "s.sweep").exists()
    with pytest.raises(UserError, match=r"gone\.npz"):
        list(sweep(session, plan(), tmp_path / "other.sweep", no_data, wait_seconds=0.2))
    (tmp_path / "third.sweep").write_text("a file of somebody's")
    with pytest.raises(UserError, match="cannot be written"):
        list(sweep(session, plan(), tmp_path / "third.sweep", Here(dataset)))


def test_processes_do_all_tasks_and_one_that_is_killed_has_its_task_done_by_another(
    session, stripes_file, tmp_path, monkeypatch
):
    monkeypatch.setattr("engine.studies.sweep.processes.PROGRAM", DRAWN)
    made, killed = [], []

    def make_workers(tasks, folder, _):
        made.append(Processes(tasks, folder, str(stripes_file), 2))
        return made[0]

    for message in sweep(session, plan(), tmp_path / "s.sweep", make_workers, wait_seconds=0.2):
        if isinstance(message, SweepProgress) and not killed and (tmp_path / "waiting").exists():
            killed.append(int((tmp_path / "waiting").read_text()))
            os.kill(killed[0], signal.SIGKILL)
    assert killed and members(session) == [0, 1, 2] and not made[0].ids


def test_a_process_whose_sweep_was_killed_ends_in_the_middle_of_its_task(stripes_file, tmp_path):
    """It leaves the files to the process that resumes the sweep."""
    process = start_beside(DRAWN, errors=subprocess.DEVNULL)
    for message in ({"dataset": str(stripes_file), "folder": str(tmp_path / "s.sweep")}, Task(0, SPEC).as_plain()):
        process.stdin.write(f"{json.dumps(message)}\n".encode())
    (tmp_path / "s.sweep").mkdir()
    process.stdin.flush()
    assert [b"ready" in process.stdout.readline(), b"epoch" in process.stdout.readline()] == [True, True]
    process.stdin.close()
    assert process.wait(60) == 0 and process.stdout.read() == b""
    process.stdout.close()


def test_a_process_trains_what_it_is_given(dataset, tmp_path, monkeypatch):
    messages = []

    def serve(run):
        run(Task(3, SPEC).as_plain(), dataset, tmp_path, lambda **news: messages.append(news))

    def stop(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(worker, "serve", serve)
    worker.main()
    assert [news["epoch"] for news in messages] == [1, 2]
    (run,) = peek(Task(3, SPEC).file(tmp_path))[0].runs.values()
    assert run.spec == SPEC and [done.test_accuracy for done in run.epochs] == [news["accuracy"] for news in messages]
    kept = sorted(tmp_path.iterdir())
    with pytest.raises(KeyboardInterrupt):
        run_task(Task(0, SPEC), dataset, tmp_path, stop)
    assert sorted(tmp_path.iterdir()) == kept, "a task that is broken off leaves no file"


def test_a_process_that_ends_again_and_again_is_told(session, tmp_path, monkeypatch):
    monkeypatch.setattr("engine.studies.sweep.processes.PROGRAM", "tests.no_such_module")

    def make_workers(tasks, folder, data):
        return Processes(tasks, folder, data, 1)

    with pytest.raises(UserError, match="end before they have begun"):
        many = plan(seed=list(range(MOST_STARTS + 1)))
        list(sweep(session, many, tmp_path / "s.sweep", make_workers, wait_seconds=0.2))


@pytest.fixture
def untitled(dataset):
    made = Session(dataset, places.new_autosave)
    yield made
    made.close()


def found(session):
    (waiting,) = of(SweepWaits, find_sweep(session))
    return waiting


def go_until(job, done):
    """Go through a sweep until it has told this number of runs, and leave it."""
    answer = 0
    with contextlib.closing(job) as turns:
        for message in turns:
            answer += isinstance(message, RunGathered)
            if answer == done and isinstance(message, SweepProgress):
                break


class Idle(Here):
    """Workers that have nothing to tell."""

    def news(self, seconds=0.0):
        return []


def test_a_session_without_a_file_gets_one_and_its_runs_have_one_colour_and_are_shown(untitled, dataset):
    list(sweep_beside(untitled, plan(), Here(dataset)))
    assert members(untitled) == [0, 1, 2] and untitled.is_saved()
    assert {(run.color, run.pinned) for run in untitled.runs.values()} == {(0, True)}
    assert not sweep_folder(untitled.store.path).exists()


@pytest.mark.parametrize("turns", [0, 3, 8])
def test_wherever_it_is_interrupted_it_is_found_in_the_session_that_is_opened_again_and_does_nothing_twice(
    dataset, tmp_path, turns
):
    path, first, second = tmp_path / "s.layerlight", Here(dataset), Here(dataset)
    session = session_in(path, dataset)
    with contextlib.closing(sweep_beside(session, plan(), first)) as job:
        for _, _ in zip(range(turns), job, strict=False):
            pass
    done = len(members(session))
    assert found(session).done == done
    session.close()
    again = Session(dataset)
    list(open_session(again, str(path)))
    waiting = found(again)
    assert (waiting.plan.name, len(waiting.plan), waiting.done) == ("tried", 3, done)
    messages = list(sweep_beside(again, waiting.plan, second, again=True))
    assert members(again) == [0, 1, 2] and of(SweepEnded, messages)
    assert sorted([*first.done, *second.done]) == [0, 1, 2]
    assert found(again).plan is None and again.close() and not sweep_folder(path).exists()


def test_where_its_folder_cannot_be_made_or_data_have_examples_of_ones_own_it_is_refused(session, dataset):
    example = Example(image=dataset.train_images[0], label="a")
    session.replace_data(replace(dataset, examples=(example,)))
    with pytest.raises(UserError, match="cannot be repeated"):
        list(sweep_beside(session, plan(), Here(dataset)))
    session.replace_data(dataset)
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


def test_an_unfinished_sweep_goes_along_when_an_untitled_session_gets_a_place(untitled, dataset, tmp_path):
    go_until(sweep_beside(untitled, plan(), Here(dataset)), 1)
    before = sweep_folder(untitled.store.path)
    list(save_session_as(untitled, str(tmp_path / "mine.layerlight")))
    assert not before.exists() and sweep_folder(tmp_path / "mine.layerlight").is_dir()
    assert found(untitled).done == 1


def test_a_sweep_that_goes_on_keeps_its_folder_until_it_ends_and_then_follows(untitled, dataset, tmp_path):
    with contextlib.closing(sweep_beside(untitled, plan(), Here(dataset))) as turns:
        next(message for message in turns if isinstance(message, RunGathered))
        before = sweep_folder(untitled.store.path)
        list(save_session_as(untitled, str(tmp_path / "mine.layerlight")))
        assert before.is_dir()
        next(message for message in turns if isinstance(message, RunGathered))
    assert not before.exists() and found(untitled).done == 2
    assert sweep_folder(tmp_path / "mine.layerlight").is_dir()


def test_while_nothing_happens_the_job_rests_and_an_untitled_session_without_a_run_leaves_no_folder(untitled, dataset):
    with contextlib.closing(sweep_beside(untitled, plan(), Idle(dataset))) as turns:
        messages = [message for _, message in zip(range(40), turns, strict=False)]
    assert len(of(Rest, messages)) >= 15 and of(SweepProgress, messages)
    folder = sweep_folder(untitled.store.path)
    assert folder.is_dir()
    list(new_session(untitled))
    assert not folder.exists()


@pytest.mark.parametrize("turns", [3, 11, 19])
def test_a_run_that_was_gathered_but_not_announced_when_it_was_stopped_is_announced_later(session, dataset, turns):
    wanted = plan()
    make_tasks(dataset, sweep_folder(session.store.path), wanted.specs())  # all finished: they are gathered together
    with contextlib.closing(sweep_beside(session, wanted, Here(dataset), again=True)) as job:
        messages = [message for _, message in zip(range(turns), job, strict=False)]
    messages += list(find_sweep(session))
    names = [message.summary.name for message in messages if isinstance(message, RunGathered)]
    assert names == list(session.runs)


def test_gathering_one_run_more_looks_at_no_other(session, dataset, tmp_path, monkeypatch):
    looked, plain = [], writing.is_written
    monkeypatch.setattr(writing, "is_written", lambda run, written: looked.append(run.name) or plain(run, written))
    path, tasks, four = session.store.path, tmp_path / "tasks", plan(seed=[1, 2, 3, 4])
    make_tasks(dataset, tasks, four.specs())

    def workers(wanted, folder, _):
        for task in wanted:
            task.file(tasks).rename(task.file(folder))
        return OneByOne(wanted, folder, None)

    seen = []
    for message in sweep(session, four, sweep_folder(path), workers, wait_seconds=0.001):
        if isinstance(message, RunGathered):
            seen.append(set(looked))
            looked.clear()
    assert seen == [{"A"}, {"A", "B"}, {"B", "C"}, {"C", "D"}], "each once more when its task is deleted"
    assert members(session) == [0, 1, 2, 3] and session.is_saved()
    session.close()
    kept = peek(path)[0].runs
    assert [run.spec.seed for run in kept.values()] == [1, 2, 3, 4]
    assert [len(run.losses) for run in kept.values()] == [len(run.losses) for run in session.runs.values()]


def test_what_else_has_changed_is_not_lost_but_written_with_the_next_save_of_all(session):
    one, other = (session.new_run(SPEC, 6) for _ in range(2))
    list(save_all(session, ["A", "B"]))
    one.title, other.title = "one", "other"
    list(save_all(session, ["B"]))
    assert not session.is_saved() and session.holds(["B"]) and not session.holds(["A", "B"])
    assert [run.title for run in peek(session.store.path)[0].runs.values()] == ["", "other"]
    list(rename_run(session, "B", "third"))
    assert session.is_saved()
    assert [run.title for run in peek(session.store.path)[0].runs.values()] == ["one", "third"]

    list(delete_runs(session, ["A"]))
    list(save_all(session, ["A"]))
    assert session.holds(["A"]) and peek(session.store.path)[0].runs["A"].deleted


def test_runs_beyond_z_have_names_of_two_letters_and_then_of_three(dataset):
    session = Session(dataset)
    names = [session.new_run(SPEC, 6).name for _ in range(26 + 26 * 26 + 2)]
    assert names[:2] == ["A", "B"] and names[25:28] == ["Z", "AA", "AB"]
    assert names[-3:] == ["ZZ", "AAA", "AAB"] and len(set(names)) == len(names)
    del session.runs["AAB"], session.runs["C"]
    assert [session.new_run(SPEC, 6).name for _ in range(2)] == ["C", "AAB"]
    assert max(map(len, names)) == 3
