"""What was told as saved is in a file that opens, whatever happens to the session's file while it is open."""

import contextlib
import errno
import itertools
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from runs import add_epoch, again, assert_same_run, files, fill_the_disk, made_run, save_until_saved, trained
from told import of
from told_and_found import assert_all_is_left, assert_found, epochs_in, moments_in, told_of

from engine.core.errors import UserError
from engine.core.messages import Notice
from engine.model.training.messages import RunChanged
from engine.model.training.run import LostMomentError
from engine.session.jobs import files as file_jobs
from engine.session.jobs.runs import tell_run
from engine.session.session import Session, SessionSaved
from engine.session.store import places, schema
from engine.session.store.opening import create_store
from engine.session.store.store import Store
from engine.session.store.watch import Lock
from tests.faults import files_of_at_most

ROOT = Path(__file__).resolve().parents[4]


def rename(path):
    """Give the file another name; return it."""
    return path.rename(path.with_name("moved.layerlight"))


def rename_with_all_beside(path):
    for file in path.parent.glob(f"{path.name}*"):
        file.rename(file.with_name(f"moved-{file.name}"))
    return path.with_name(f"moved-{path.name}")


def move_its_folder(path):
    moved = rename_its_folder(path)
    path.parent.mkdir()
    return moved


def rename_its_folder(path):
    return path.parent.rename(path.parent.with_name("moved")) / path.name


def delete(path):
    path.unlink()


def replace_as_a_sync_client_does(path):
    other = path.with_name("other")
    other.write_bytes(b"what another computer saved")
    other.replace(path)


def truncate(path):
    os.truncate(path, path.stat().st_size // 2)


def overwrite(path):
    with path.open("r+b") as file:
        file.write(b"no session" * 1000)


@pytest.fixture
def mine(session, tmp_path):
    """A session in a file, with a run of 10 epochs; all but the newest moment lie in the file alone."""
    trained(session, epochs=10)
    folder = tmp_path / "mine"
    folder.mkdir()
    list(file_jobs.save_session_as(session, str(folder / "s.layerlight")))
    add_epoch(session.runs["A"], 11)
    session.save()
    assert (folder / "s.layerlight-wal").stat().st_size, "some of it lies in SQLite's log"
    return session


def the_autosave():
    (path,) = places.autosaves().glob("*.layerlight")
    return path


def train_on(session, epochs=range(12, 20)):
    told = []
    for number in epochs:
        add_epoch(session.runs["A"], number)
        told += session.save()
    return told


@pytest.mark.parametrize(
    ("happen", "words"),
    [
        *(
            (happen, "was moved, renamed or deleted")
            for happen in (rename, rename_with_all_beside, move_its_folder, delete)
        ),
        (replace_as_a_sync_client_does, "was replaced by another file"),
        *((happen, "was changed by another program") for happen in (truncate, overwrite)),
    ],
)
def test_whatever_happens_to_the_file_all_that_was_told_is_in_an_autosave_and_one_sentence_says_so(mine, happen, words):
    path, before = mine.store.path, told_of(mine)
    moved = happen(path)
    left = path.read_bytes() if path.exists() else None
    told = train_on(mine)
    assert mine.is_saved()
    told += save_until_saved(mine)
    (saved,), (notice, *rest) = of(SessionSaved, told), of(Notice, told)
    assert (saved.is_saved, saved.path.parent) == (False, places.autosaves())
    assert notice.lasting and notice.sentence == (f"s.layerlight {words}; the session goes on as an untitled one.")
    after = told_of(mine)
    assert len(after[0]) == 19 and before[0].items() <= after[0].items()
    lost = before[1] - after[1]
    assert bool(lost) == bool(rest), "what others destroyed is told"
    assert not lost or happen in (truncate, overwrite)
    mine.close()
    assert_found(after, saved.path)
    if moved:
        assert_found(before, moved)
    assert (path.read_bytes() if path.exists() else None) == left, "the others' file is as they left it"
    assert not list(path.parent.glob("s.layerlight-*")), "and nothing lies beside it that is not its own"


@pytest.mark.parametrize("happen", [rename, replace_as_a_sync_client_does, truncate])
def test_what_happens_just_before_the_end_is_noticed_too(mine, happen):
    before, run = told_of(mine), mine.runs["A"]
    moved = happen(mine.store.path)
    assert mine.close()
    kept = {("A", step) for step in run.moments}
    assert before[1] <= kept or happen == truncate
    assert_found((before[0], kept), the_autosave())
    if moved:
        assert_found(before, moved)


def test_what_happened_is_told_even_where_the_autosave_cannot_be_written_yet(mine, monkeypatch):
    rename(mine.store.path)
    with monkeypatch.context() as patch:
        patch.setattr(mine, "new_place", lambda: Path("/nowhere/x.layerlight"))
        told = train_on(mine, (12, 13))
    assert len(of(Notice, told)) == 1 and not mine.is_saved()
    told += save_until_saved(mine)
    assert sum("was moved, renamed or deleted" in notice.sentence for notice in of(Notice, told)) == 1
    assert_all_is_left(mine)


def no_arrays(action, table, *_):
    """An authorizer of SQLite's that lets no array be read."""
    is_asked = action == sqlite3.SQLITE_READ and table == "arrays"
    return sqlite3.SQLITE_DENY if is_asked else sqlite3.SQLITE_OK


@pytest.mark.parametrize("trouble", ["the disk is full", "the folder has gone"])
def test_what_the_file_could_not_take_by_the_end_is_in_an_autosave_that_the_next_start_offers(mine, other, trouble):
    before, path = told_of(mine), mine.store.path
    if trouble == "the disk is full":
        fill_the_disk(mine)
    else:
        path = rename_its_folder(path)
    train_on(mine)
    assert mine.trouble and not mine.is_saved()
    ours = told_of(mine)
    assert len(ours[0]) == 19
    assert mine.close()
    (left,) = of(file_jobs.SessionsFound, file_jobs.find_left_sessions(other))[0].sessions
    assert (left.crashed, left.is_refuge, left.epochs) == (True, True, 19)
    assert_found(ours, left.path)
    assert_found(before, path)
    list(file_jobs.open_session(other, str(left.path)))
    assert other.close({"tab": "Train"})
    (left,) = of(file_jobs.SessionsFound, file_jobs.find_left_sessions(other))[0].sessions
    assert not (left.crashed or left.is_refuge), "it is an unsaved session as any other"


def test_where_no_file_may_grow_all_that_was_told_is_there_and_the_rest_when_one_may(mine):
    path, before = mine.store.path, told_of(mine)
    with files_of_at_most(path.with_name(f"{path.name}-wal").stat().st_size):
        train_on(mine)
        assert mine.trouble and not mine.is_saved()
        ours = told_of(mine)
        assert_found(before, path)
        with pytest.raises(UserError, match="An autosave cannot be written either"):
            mine.secure()
        assert_found(before, path)
    assert told_of(mine) == ours and mine.close()
    assert_found(ours, path)


def test_a_file_that_could_not_be_written_is_tried_again_after_a_while_and_at_the_end(mine, monkeypatch):
    monkeypatch.setattr("engine.session.session.RETRY_SECONDS", 1e9)
    path, make_room = mine.store.path, fill_the_disk(mine)
    train_on(mine)
    make_room()
    assert train_on(mine, [20]) == [] and mine.trouble, "it is not tried yet"
    ours = told_of(mine)
    assert mine.close() and files(places.autosaves()) == []
    assert_found(ours, path)


@pytest.fixture
def on_a_full_disk(mine):
    """That session, which has learned on, with nothing of it in the file; its disk is full."""
    fill_the_disk(mine)
    train_on(mine)
    return mine


def test_another_session_is_begun_only_when_the_last_one_is_safe_and_it_is_said_where(
    on_a_full_disk, monkeypatch, tmp_path
):
    session, ours = on_a_full_disk, told_of(on_a_full_disk)
    path, other = session.store.path, tmp_path / "other.layerlight"
    create_store(other).close()
    with monkeypatch.context() as patch:
        patch.setattr(session, "new_place", lambda: tmp_path / "nowhere" / "x.layerlight")
        for leave in (file_jobs.new_session, lambda session: file_jobs.open_session(session, str(other))):
            with pytest.raises(UserError, match=r"The disk is full.* An autosave cannot be written either"):
                list(leave(session))
            assert session.store.path == path and told_of(session) == ours
    assert files(tmp_path) == ["mine", "other.layerlight"]
    assert_same_run(session.runs["A"], again(session.runs["A"]))

    messages = list(file_jobs.new_session(session))
    (notice,) = (each for each in of(Notice, messages) if each.lasting)
    wanted = f"The disk is full, so the session is not being saved. What there is lies in {the_autosave()}."
    assert notice.sentence == wanted
    assert isinstance(messages[0], file_jobs.SessionOpened) and not session.runs
    assert_found(ours, the_autosave())


def test_an_autosave_that_fails_half_way_leaves_nothing_behind_and_every_moment_readable(
    on_a_full_disk, small_turns, monkeypatch
):
    mine = on_a_full_disk
    write, ours = Store.write, told_of(mine)

    def fail_in_the_third_turn(store, contents, **how):
        if places.is_autosave(store.path):
            turns.append(store)
            if len(turns) == 3:
                raise OSError(errno.ENOSPC, "No space left on device")
        return write(store, contents, **how)

    turns = []
    with monkeypatch.context() as patch:
        patch.setattr(Store, "write", fail_in_the_third_turn)
        with pytest.raises(UserError, match="An autosave cannot be written either"):
            mine.secure()
    assert files(places.autosaves()) == [] and told_of(mine) == ours
    assert_same_run(mine.runs["A"], again(mine.runs["A"]))
    assert mine.close()
    assert_found(ours, the_autosave())


def test_what_cannot_be_read_at_the_end_keeps_nothing_else_from_being_saved(on_a_full_disk):
    path, (epochs, moments) = on_a_full_disk.store.path, told_of(on_a_full_disk)
    on_a_full_disk.store.database.set_authorizer(no_arrays)
    on_a_full_disk.close()
    kept = {(run, step) for run, step in moments & moments_in(the_autosave()) if step >= 100}
    assert_found((epochs, kept), the_autosave())
    assert len(kept) == 9, "what was in memory"
    assert_found(({key: loss for key, loss in epochs.items() if key[1] < 12}, set()), path)


def test_a_session_settles_in_a_file_and_says_where_it_is(tmp_path):
    with pytest.raises(UserError, match="no file that may be written"):
        Session().settle()
    session = Session(new_place=lambda: tmp_path / "y.layerlight")
    assert [message.path.name for message in of(SessionSaved, session.settle())] == ["y.layerlight"]
    assert session.settle() == [] and session.close()


def test_save_as_to_the_place_that_was_taken_writes_it_there_again(mine):
    path = mine.store.path
    replace_as_a_sync_client_does(path)
    messages = list(file_jobs.save_session_as(mine, str(path)))
    assert of(Notice, messages)[-1].sentence == f"Saved as {path}."
    assert mine.store.path == path and files(places.autosaves()) == []
    assert_all_is_left(mine)


def test_what_a_stopped_run_could_not_tell_is_told_next(mine):
    rename(mine.store.path)
    add_epoch(mine.runs["A"], 12)
    mine.post_later(mine.save())
    messages = list(tell_run(mine, "A"))
    assert "was moved" in of(Notice, messages)[0].sentence and of(SessionSaved, messages)


OPENS = """
import sys
from engine.session.session import Session
from engine.session.jobs.files import SessionOpened, open_session
for name in sys.argv[1:]:
    session = Session()
    print([each.read_only for each in open_session(session, name) if isinstance(each, SessionOpened)])
    session.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only there the file itself is locked")
def test_a_file_that_another_home_writes_is_only_read_by_whatever_name_it_is_known(mine, tmp_path):
    path, link = mine.store.path, mine.store.path.with_name("link.layerlight")
    os.link(path, link)
    home = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "another's state")}
    command = [sys.executable, "-c", OPENS, path, link]
    done = subprocess.run(command, cwd=ROOT, env=home, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    for name, said in zip((path.name, link.name), done.stdout.splitlines(), strict=True):
        assert f"{name} is open in another window" in said
    add_epoch(mine.runs["A"], 12)
    assert mine.save() == [] and mine.is_saved(), "a look at it is no writing"
    (opened,) = of(file_jobs.SessionOpened, file_jobs.open_session(mine, str(link)))
    assert (opened.path, opened.read_only) == (path, ""), "to the session itself the link is itself"
    assert_all_is_left(mine)


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_homes_that_write_one_file_who_is_second_goes_elsewhere_and_nothing_is_lost(
    mine, tmp_path, monkeypatch, first
):
    monkeypatch.setattr(Lock, "take_file", lambda lock: True)  # as where a file cannot be locked
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another's state"))  # no lock in ours is seen from here on
    path, stranger = mine.store.path, Session(new_place=lambda: tmp_path / "other.layerlight")
    (opened,) = of(file_jobs.SessionOpened, file_jobs.open_session(stranger, str(path)))
    assert not opened.read_only
    both, told = (mine, stranger) if first == 0 else (stranger, mine), []
    for number in range(12, 24):
        for each in both:
            add_epoch(each.runs["A"], number, seed=id(each) % 1000)
            told += each.save()
    for each in both:
        each.runs["B"] = made_run("B", seed=id(each) % 1000)
        told += save_until_saved(each)
    (notice,) = of(Notice, told)
    assert notice.sentence.startswith("s.layerlight was written by another Layerlight")
    assert both[0].store.path == path != both[1].store.path
    for each in both:
        assert_all_is_left(each)


def test_a_write_between_the_look_and_the_own_write_is_noticed_within_it(mine, monkeypatch):
    path, begin = mine.store.path, schema.transaction

    def after_another(own):
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            database.execute("UPDATE epochs SET epoch = -1 WHERE epoch = 11")
        monkeypatch.setattr("engine.session.store.store.transaction", begin)
        return begin(own)

    monkeypatch.setattr("engine.session.store.store.transaction", after_another)
    add_epoch(mine.runs["A"], 12)
    told = mine.save()
    assert "was written by another Layerlight" in of(Notice, told)[0].sentence
    save_until_saved(mine)
    assert ("A", -1) in epochs_in(path) and ("A", 12) not in epochs_in(path)
    assert_all_is_left(mine)


def test_a_new_file_is_a_session_from_the_first_byte_that_is_seen_and_is_made_over_no_other(monkeypatch, tmp_path):
    path, link, seen = tmp_path / "new.layerlight", os.link, []

    def look(source, target):
        seen.append(epochs_in(source))
        link(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", look)
        create_store(path).close()
    assert seen == [{}] and files(tmp_path) == ["new.layerlight"]

    path.write_bytes(b"another one")
    with pytest.raises(FileExistsError):
        create_store(path)
    path.unlink()

    def take(lock):
        path.write_bytes(b"another one")  # another home makes it at the same moment
        return True

    monkeypatch.setattr(Lock, "take", take)
    with pytest.raises(FileExistsError):
        create_store(path)
    assert path.read_bytes() == b"another one" and files(tmp_path) == ["new.layerlight"]


@pytest.mark.parametrize("lost", [("B",), ("B", 10)], ids=["a run", "a moment"])
def test_save_as_into_a_file_that_cannot_hold_it_all_assigns_and_replaces_nothing(session, monkeypatch, tmp_path, lost):
    run, _ = trained(session)
    trained(session, "B", seed=1)
    path = session.store.path
    (tmp_path / "x.layerlight").write_bytes(b"an older one")

    def rows_without_it(database, table, *more):
        return (row for row in schema.rows(database, table, *more) if row[: table.keys] != lost)

    with monkeypatch.context() as patch:
        patch.setattr("engine.session.store.store.rows", rows_without_it)
        with pytest.raises(UserError, match="cannot be written"):
            list(file_jobs.save_session_as(session, str(tmp_path / "x.layerlight")))
    assert session.store.path == path and (tmp_path / "x.layerlight").read_bytes() == b"an older one"
    assert_same_run(run, again(run))
    list(file_jobs.save_session_as(session, str(tmp_path / "y.layerlight")))
    assert_found(told_of(session), tmp_path / "y.layerlight")


def test_no_moment_is_given_up_because_it_cannot_be_read_now(session, other, tmp_path):
    run, _ = trained(session, epochs=5)
    steps = list(run.moments)
    session.store.database.set_authorizer(no_arrays)
    with pytest.raises(UserError, match="cannot be read"):
        list(file_jobs.save_session_as(session, str(tmp_path / "x.layerlight")))
    session.store.database.set_authorizer(None)
    assert list(run.moments) == steps and files(tmp_path) == []
    list(file_jobs.save_session_as(session, str(tmp_path / "x.layerlight")))
    assert_found(told_of(session), tmp_path / "x.layerlight")
    run, _ = trained(other)
    other.store.database.close()
    with pytest.raises(UserError, match="cannot be read") as refused:
        run.moments[10]
    assert not isinstance(refused.value, LostMomentError), "a closed file is no damage"


def test_a_moment_that_lies_damaged_is_given_up_by_save_as_and_told(session, tmp_path):
    run, _ = trained(session)
    with session.store.database as database:
        hashes = database.execute("SELECT weights FROM moments WHERE step = 10").fetchone()[0]
        database.execute("UPDATE arrays SET content = zeroblob(4) WHERE sha256 = ?", hashes.split()[:1])
    name = session.store.path.name
    messages = list(file_jobs.save_session_as(session, str(tmp_path / "x.layerlight")))
    assert of(Notice, messages)[0].sentence == f"{name} is damaged: the weights of run A at step 10 are lost."
    assert of(RunChanged, messages)[0].moments == (0, 20, 30) == tuple(run.moments)
    assert_found(told_of(session), tmp_path / "x.layerlight")


def given_up_in_each_turn(make):
    """Make such jobs and close them after their first, second ... turn, until one is through before."""
    for turns in itertools.count(1):
        job = make()
        if len(list(itertools.islice(job, turns))) < turns:
            return
        job.close()
        yield


def test_save_as_that_is_given_up_leaves_both_files_and_the_session_as_they_were(mine, tmp_path, small_turns):
    path, target = mine.store.path, tmp_path / "target.layerlight"
    target.write_bytes(b"something else")
    ours, there, count = told_of(mine), files(tmp_path), 0
    for _ in given_up_in_each_turn(lambda: file_jobs.save_session_as(mine, str(target))):
        if mine.store.path != path:
            break  # it is told that it lies there
        assert target.read_bytes() == b"something else" and files(tmp_path) == there
        count += 1
        assert_found(ours, path)
    assert count >= 3
    assert told_of(mine) == ours and mine.is_saved()
    mine.close()
    assert_found(ours, target)
    assert_found(ours, path)


def test_what_is_brought_elsewhere_may_be_given_up_in_each_turn_and_nothing_is_lost(on_a_full_disk, small_turns):
    mine, path, ours, count = on_a_full_disk, on_a_full_disk.store.path, told_of(on_a_full_disk), 0
    before = {key: loss for key, loss in ours[0].items() if key[1] < 12}, {key for key in ours[1] if key[1] <= 110}
    for _ in given_up_in_each_turn(lambda: file_jobs.secure_session(mine)):
        if mine.store.path != path:
            break
        assert told_of(mine) == ours
        count += 1
        assert_found(before, path)
    assert count >= 3 and mine.close()
    assert_found(ours, the_autosave())
