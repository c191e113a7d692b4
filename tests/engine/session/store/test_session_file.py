"""The session and its file: never without one, moved only as a whole, and shared with no other window."""

import shutil

import numpy as np
import pytest
from runs import add_epoch, again, assert_same_run, files, fill_the_disk, made_run, open_again, trained
from told import of

from engine.core.errors import UserError
from engine.core.messages import Notice
from engine.core.specs import TrainSpec
from engine.data.formats.sample import open_sample
from engine.model.training.epochs import Epochs
from engine.model.training.messages import RunChanged
from engine.model.training.run import thinned
from engine.session.jobs import files as file_jobs
from engine.session.jobs.runs import delete_runs, tell_run
from engine.session.session import SessionSaved
from engine.session.store import places


def test_a_session_without_runs_has_no_file_and_its_first_run_makes_an_autosave(session):
    assert session.save() == [] and session.is_saved()
    assert files(places.autosaves()) == []
    _, told = trained(session)
    (saved,) = of(SessionSaved, told)
    assert (saved.name, saved.is_saved) == ("Untitled session (autosaved)", False)
    assert saved.path.parent == places.autosaves()
    assert places.last_session() == saved.path.resolve()
    assert len({places.new_autosave() for _ in range(3)}) == 3, "those of the same second have files of their own"


def test_the_names_of_the_classes_are_kept_with_each_run(session, other):
    session.replace_data(open_sample())
    assert session.new_run(TrainSpec(), 40).classes == tuple("0123456789")
    run, _ = trained(session)
    run.classes = named = "ape", "“bee”", "<b>cat</b>"
    session.save()
    path = session.store.path
    session.close()
    (opened,) = of(file_jobs.SessionOpened, file_jobs.open_session(other, str(path)))
    assert opened.runs[0].classes == other.runs["A"].classes == named


def test_save_as_takes_a_run_along_that_has_just_begun(session, tmp_path):
    trained(session)
    begun = session.runs["B"] = made_run("B", epochs=0)
    first = begun.moments.pop(0)
    list(file_jobs.save_session_as(session, str(tmp_path / "x.layerlight")))
    begun.moments[0] = first
    session.save()
    open_again(session)
    assert_same_run(session.runs["A"], made_run())
    assert list(session.runs["B"].moments) == [0]


def test_a_file_that_is_open_in_another_window_is_neither_replaced_nor_written(session, other, tmp_path):
    target = tmp_path / "mine.layerlight"
    trained(other, "B", seed=1)
    list(file_jobs.save_session_as(other, str(target)))
    trained(session)
    with pytest.raises(UserError, match="open in another window"):
        list(file_jobs.save_session_as(session, str(target)))
    assert session.store.path.parent == places.autosaves()
    assert session.is_saved()

    list(file_jobs.open_session(other, str(session.store.path)))
    other.view = {"tab": "Train"}
    assert list(file_jobs.save_session(other)) == [] and other.is_only_read
    with pytest.raises(UserError, match="open in another window"):
        list(file_jobs.save_session_as(other, str(session.store.path)))
    assert other.is_only_read
    assert_same_run(other.runs["A"], again(session.runs["A"]))


def test_a_log_that_a_crash_left_beside_the_replaced_file_does_not_get_into_the_new_one(session, other, tmp_path):
    target = tmp_path / "old.layerlight"
    trained(other, "B", seed=1)
    for end in ("", "-wal"):
        shutil.copy(f"{other.store.path}{end}", f"{target}{end}")
    assert (tmp_path / "old.layerlight-wal").stat().st_size
    trained(session)
    list(file_jobs.save_session_as(session, str(target)))
    session.close()
    assert files(tmp_path) == ["old.layerlight"]
    messages = list(file_jobs.open_session(session, str(target)))
    assert list(session.runs) == ["A"]
    assert not of(Notice, messages)[:-1]  # but for the data that cannot be found


def test_saving_tells_where_the_session_lies_or_why_not(session):
    _, told = trained(session)
    session.view = {"tab": "Train"}
    assert of(SessionSaved, file_jobs.save_session(session)) == of(SessionSaved, told)
    fill_the_disk(session)
    for number in range(4, 9):
        add_epoch(session.runs["A"], number)
    told = list(file_jobs.save_session(session))
    assert len(of(Notice, told)) == 1 and not of(SessionSaved, told)


def test_a_copy_to_look_at_leaves_the_original_where_it_is(session, other):
    trained(session)
    path = session.store.path
    session.close()
    before = path.read_bytes()
    (opened,) = of(file_jobs.SessionOpened, file_jobs.open_session(other, str(path), copy=True))
    assert "This is a copy of" in opened.read_only
    other.close({"tab": "Train"})
    assert path.read_bytes() == before


def test_a_look_at_a_session_with_a_deleted_run_leaves_no_copy_of_it(session, other):
    trained(session)
    trained(session, "B", seed=1)
    list(delete_runs(session, ["B"]))
    list(file_jobs.open_session(other, str(session.store.path)))
    assert other.is_only_read and other.close()
    assert [*places.autosaves().glob("*.layerlight")] == [session.store.path]


def test_sessions_that_were_left_are_found_with_what_they_hold(session, other):
    trained(session)
    assert of(file_jobs.SessionsFound, file_jobs.find_left_sessions(other))[0].sessions == (), "it is open"
    run = session.runs["B"] = made_run("B", 1)
    losses = run.losses.so_far
    run.epochs = Epochs()
    list(session.save())
    path = session.store.path
    session.close()
    (left,) = of(file_jobs.SessionsFound, file_jobs.find_left_sessions(other))[0].sessions
    parts = np.array_split(losses, min(40, len(losses)))
    assert len(parts) > 1 and list(left.losses) == pytest.approx([part.mean() for part in parts]), (
        "a run that a crash ended in its first epoch has a picture too"
    )
    assert (left.runs, left.accuracy) == (2, "")

    list(file_jobs.open_session(session, str(path)))
    del session.runs["B"]
    session.close()
    (left,) = of(file_jobs.SessionsFound, file_jobs.find_left_sessions(other))[0].sessions
    assert (left.crashed, left.runs, left.epochs) == (False, 1, 3)
    assert left.accuracy == f"{100 * (1 - 0.5 / 3):.1f} % of 90 test images"
    assert list(left.losses) == pytest.approx([1, 1 / 2, 1 / 3])


def test_a_session_is_discarded_only_when_nobody_has_it_open_and_it_has_no_place(session, other, tmp_path):
    trained(session)
    path = session.store.path
    with pytest.raises(UserError, match="open in a window"):
        list(file_jobs.discard_session(other, str(path)))
    session.close()
    list(file_jobs.discard_session(other, str(path)))
    assert files(places.autosaves()) == []
    mine = tmp_path / "mine.layerlight"
    mine.write_bytes(b"")
    with pytest.raises(UserError, match="not an untitled session"):
        list(file_jobs.discard_session(other, str(mine)))
    assert mine.exists()


def test_a_new_budget_applies_at_once_and_one_too_small_keeps_what_must_be_kept(session):
    run, _ = trained(session, epochs=40)
    run.moment_bytes = 1_000_000
    messages = list(file_jobs.set_budget(session, 10))
    assert len(run.moments) == 10
    assert of(RunChanged, messages)[0].moments == tuple(run.moments)
    (changed,) = tell_run(session, "A")
    assert changed.moments == tuple(run.moments) and list(tell_run(session, "Q")) == []
    open_again(session)
    run = session.runs["A"]
    assert list(run.moments) == list(changed.moments)
    run.bookmarks[changed.moments[4]] = "named"
    given_up = [step for _, step in thinned({"A": run}, 0)]
    assert sorted(set(run.moments) - set(given_up)) == [0, changed.moments[4], 400]
