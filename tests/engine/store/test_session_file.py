"""The session and its file: never without one, moved only as a whole, and patient with a disk that fails."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from runs import add_epoch, assert_same_run, made_run

from engine import atomic
from engine.errors import UserError
from engine.messages import Notice
from engine.run_jobs import (
    RunRemoved,
    RunRestored,
    bookmark,
    delete_run,
    pin_run,
    rename_run,
    restore_run,
    tell_run,
)
from engine.session import Session, SessionSaved, SessionWriting
from engine.session_jobs import (
    SessionOpened,
    SessionsFound,
    discard_session,
    find_left_sessions,
    new_session,
    open_session,
    save_session,
    save_session_as,
    set_budget,
)
from engine.store import opening, places
from engine.store import store as store_module
from engine.training.messages import RunChanged
from engine.training.run import thinned

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def session(monkeypatch):
    monkeypatch.setattr("engine.session.RETRY_SECONDS", 0.0)
    made = Session(new_place=places.new_autosave)
    yield made
    made.close()


@pytest.fixture
def other(monkeypatch):
    """The session of another window."""
    made = Session(new_place=places.new_autosave)
    yield made
    made.close()


def of(kind, messages):
    return [message for message in messages if isinstance(message, kind)]


def trained(session, name="A", epochs=3, seed=0):
    """Put a run into the session and save it, as a job does."""
    run = session.runs[name] = made_run(name, epochs, seed)
    told = list(session.save())
    while not session.is_saved():
        told += session.save()
    return run, told


def files(folder):
    return sorted(path.name for path in folder.iterdir())


# Where it lies ----------------------------------------------------------------------------------------------------


def test_a_session_without_runs_has_no_file(session):
    assert session.save() == []
    assert session.is_saved()
    assert files(places.autosaves()) == []


def test_the_first_save_of_a_run_makes_an_autosave_and_tells_where(session):
    _, told = trained(session)
    (saved,) = of(SessionSaved, told)
    assert (saved.name, saved.is_saved) == ("Unsaved session", False)
    assert saved.path.parent == places.autosaves()
    assert places.last_session() == saved.path.resolve()


def test_a_session_that_is_opened_again_has_all_runs(session, other):
    trained(session)
    session.view = {"tab": "Train"}
    session.save()
    path = session.store.path
    session.close()
    (opened,) = of(SessionOpened, open_session(other, str(path)))
    assert [run.name for run in opened.runs] == ["A"]
    assert opened.view == {"tab": "Train"}
    assert not opened.read_only
    assert_same_run(other.runs["A"], made_run())


def test_save_as_moves_an_autosave_and_leaves_nothing_behind(session, tmp_path):
    run, _ = trained(session)
    target = tmp_path / "my run.layerlight"
    told = list(save_session_as(session, str(target)))
    assert of(SessionSaved, told) == [SessionSaved(name="my run", path=target)]
    assert files(places.autosaves()) == []
    assert_same_run(run, made_run())
    add_epoch(run, 4)
    session.save()
    session.close()
    assert files(tmp_path) == ["my run.layerlight"]
    list(open_session(session, str(target)))
    assert_same_run(session.runs["A"], again(run))


def again(run):
    """What the run was before its moments were left to the file."""
    same = made_run(run.name, len(run.epochs))
    same.spec = run.spec
    return same


def test_save_as_goes_on_while_a_run_trains(session, tmp_path):
    run, _ = trained(session, epochs=40)
    job = save_session_as(session, str(tmp_path / "x.layerlight"))
    turns = 0
    for message in job:
        if message is None:
            turns += 1
            if turns <= 3:
                add_epoch(run, 40 + turns)
                session.save()
    assert turns >= 3
    session.close()
    list(open_session(session, str(tmp_path / "x.layerlight")))
    assert_same_run(session.runs["A"], again(run))
    assert len(session.runs["A"].epochs) == 43


def test_save_as_replaces_another_file_and_leaves_the_named_one_as_it_was(session, tmp_path):
    first, second = tmp_path / "first.layerlight", tmp_path / "second.layerlight"
    trained(session, "B", seed=1)
    list(save_session_as(session, str(second)))
    list(new_session(session))
    trained(session)
    list(save_session_as(session, str(first)))
    list(save_session_as(session, str(second)))
    session.close()
    for path in (first, second):
        list(open_session(session, str(path)))
        assert list(session.runs) == ["A"]


def test_a_file_that_is_open_in_another_window_is_not_replaced(session, other, tmp_path):
    target = tmp_path / "mine.layerlight"
    trained(other, "B", seed=1)
    list(save_session_as(other, str(target)))
    trained(session)
    with pytest.raises(UserError, match="open in another window"):
        list(save_session_as(session, str(target)))
    assert session.store.path.parent == places.autosaves()
    assert session.is_saved()


def test_a_log_that_a_crash_left_beside_the_replaced_file_does_not_get_into_the_new_one(session, tmp_path):
    target = tmp_path / "old.layerlight"
    script = (
        "import sys, os; from pathlib import Path; from engine.session import Session\n"
        "sys.path.insert(0, 'tests/engine/store'); from runs import made_run\n"
        "s = Session(new_place=lambda: Path(sys.argv[1])); s.runs['B'] = made_run('B', seed=1)\n"
        "s.save(); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, target], cwd=ROOT, check=True, timeout=60)
    assert (tmp_path / "old.layerlight-wal").stat().st_size
    trained(session)
    list(save_session_as(session, str(target)))
    session.close()
    assert files(tmp_path) == ["old.layerlight"]
    told = list(open_session(session, str(target)))
    assert list(session.runs) == ["A"]
    assert not of(Notice, told)[:-1]  # but for the data that cannot be found


# Another window ---------------------------------------------------------------------------------------------------


def test_a_second_window_reads_what_the_first_writes_and_says_so(session, other):
    run, _ = trained(session)
    told = list(open_session(other, str(session.store.path)))
    assert "open in another window" in of(SessionOpened, told)[0].read_only
    assert_same_run(other.runs["A"], again(run))
    assert other.save() == []


def test_what_is_changed_in_a_session_that_is_only_read_goes_into_a_new_one(session, other):
    trained(session)
    path = session.store.path
    list(open_session(other, str(path)))
    told = list(rename_run(other, "A", "mine"))
    (saved,) = of(SessionSaved, told)
    assert saved.path != path and not saved.is_saved
    while not other.is_saved():
        other.save()
    session.close()
    assert_same_run(other.runs["A"], titled("mine"))
    assert session.runs["A"].title == ""


def titled(title):
    run = made_run()
    run.title = title
    return run


def test_saving_what_is_only_read_ends_and_changes_nothing(session, other):
    trained(session)
    list(open_session(other, str(session.store.path)))
    other.view = {"tab": "Train"}
    assert list(save_session(other)) == []
    assert other.is_only_read


def test_a_session_that_another_window_writes_is_not_saved_over_it(session, other):
    trained(session)
    list(open_session(other, str(session.store.path)))
    with pytest.raises(UserError, match="open in another window"):
        list(save_session_as(other, str(session.store.path)))
    assert other.is_only_read
    assert_same_run(other.runs["A"], again(session.runs["A"]))


def test_saving_tells_where_the_session_lies_or_why_not(session):
    _, told = trained(session)
    session.view = {"tab": "Train"}
    assert of(SessionSaved, save_session(session)) == of(SessionSaved, told)
    pages = session.store._database.execute("PRAGMA page_count").fetchone()[0]
    session.store._database.execute(f"PRAGMA max_page_count = {pages}")
    for number in range(4, 9):
        add_epoch(session.runs["A"], number)
    told = list(save_session(session))
    assert len(of(Notice, told)) == 1 and not of(SessionSaved, told)


def test_a_copy_to_look_at_leaves_the_original_where_it_is(session, other):
    trained(session)
    path = session.store.path
    session.close()
    before = path.read_bytes()
    (opened,) = of(SessionOpened, open_session(other, str(path), copy=True))
    assert "look" in opened.read_only
    other.close({"tab": "Train"})
    assert path.read_bytes() == before


def test_sessions_that_were_left_are_found_with_what_they_hold(session, other):
    trained(session)
    assert of(SessionsFound, find_left_sessions(other))[0].sessions == (), "it is open"
    session.close()
    (left,) = of(SessionsFound, find_left_sessions(other))[0].sessions
    assert (left.crashed, left.runs, left.epochs) == (False, 1, 3)
    assert left.accuracy == pytest.approx(1 - 0.5 / 3)
    assert list(left.losses) == pytest.approx([1, 1 / 2, 1 / 3])


def test_a_session_is_discarded_only_when_nobody_has_it_open_and_it_has_no_place(session, other, tmp_path):
    trained(session)
    path = session.store.path
    with pytest.raises(UserError, match="open in a window"):
        list(discard_session(other, str(path)))
    session.close()
    list(discard_session(other, str(path)))
    assert files(places.autosaves()) == []
    mine = tmp_path / "mine.layerlight"
    mine.write_bytes(b"")
    with pytest.raises(UserError, match="no unsaved session"):
        list(discard_session(other, str(mine)))
    assert mine.exists()


# Runs -------------------------------------------------------------------------------------------------------------


def test_a_deleted_run_comes_back_and_is_gone_for_good_once_the_session_is_closed(session):
    trained(session)
    trained(session, "B", seed=1)
    assert of(RunRemoved, delete_run(session, "B"))
    assert list(session.runs) == ["A"]
    (restored,) = of(RunRestored, restore_run(session, "B"))
    assert restored.summary.name == "B"
    twin = made_run("B", seed=1)
    assert_same_run(session.runs["B"], twin)
    list(delete_run(session, "B"))
    path = session.store.path
    session.close()
    list(open_session(session, str(path)))
    assert list(session.runs) == ["A"]
    with pytest.raises(UserError, match="cannot be restored"):
        list(restore_run(session, "B"))


def test_a_run_tells_its_moments_when_it_is_asked_and_nothing_when_it_is_gone(session):
    trained(session)
    (changed,) = tell_run(session, "A")
    assert changed.moments == (0, 10, 20, 30)
    assert list(tell_run(session, "Q")) == []


def test_names_pins_and_bookmarks_are_told_and_saved(session):
    trained(session)
    (changed,) = of(RunChanged, rename_run(session, "A", "  no dropout "))
    assert changed.title == "no dropout"
    list(pin_run(session, "A", False))
    list(bookmark(session, "A", 10, "knee"))
    list(bookmark(session, "A", 20, "x"))
    (changed,) = of(RunChanged, bookmark(session, "A", 20, None))
    assert changed.bookmarks == {10: "knee"}
    with pytest.raises(UserError, match="no moment"):
        list(bookmark(session, "A", 11, "nothing"))
    path = session.store.path
    session.close()
    list(open_session(session, str(path)))
    run = session.runs["A"]
    assert (run.title, run.pinned, run.bookmarks) == ("no dropout", False, {10: "knee"})


# The budget -------------------------------------------------------------------------------------------------------


def test_moments_are_given_up_evenly_but_never_the_first_the_last_or_one_with_a_name():
    run = made_run(epochs=40)
    run.bookmarks[390] = "named"
    given_up = [step for _, step in thinned({"A": run}, 12 * run.moment_bytes)]
    left = [step for step in run.moments if step not in given_up]
    assert len(left) == 12
    assert {0, 390, 400} <= set(left)
    gaps = [after**0.5 - before**0.5 for before, after in itertools.pairwise(left[:-2])]
    assert max(gaps[1:]) < 2.2 * min(gaps[1:]), "evenly on the slider's scale"


def test_a_budget_that_is_too_small_keeps_what_must_be_kept():
    run = made_run(epochs=5)
    run.bookmarks[20] = "named"
    given_up = [step for _, step in thinned({"A": run}, 0)]
    assert sorted(set(run.moments) - set(given_up)) == [0, 20, 50]


def test_a_new_budget_holds_at_once_and_is_told(session):
    run, _ = trained(session, epochs=40)
    run.moment_bytes = 1_000_000
    told = list(set_budget(session, 10))
    assert len(run.moments) == 10
    assert of(RunChanged, told)[0].moments == tuple(run.moments)
    path = session.store.path
    session.close()
    list(open_session(session, str(path)))
    assert list(session.runs["A"].moments) == list(run.moments)


# Disks that fail --------------------------------------------------------------------------------------------------


def test_a_full_disk_is_told_once_and_nothing_is_missing_when_there_is_room_again(session):
    run, _ = trained(session)
    pages = session.store._database.execute("PRAGMA page_count").fetchone()[0]
    session.store._database.execute(f"PRAGMA max_page_count = {pages}")
    told = []
    for number in range(4, 10):
        add_epoch(run, number)
        told += session.save()
    (trouble,) = of(SessionWriting, told)
    assert trouble.trouble == "The disk is full, so the session is not being saved."
    assert [notice.sentence for notice in of(Notice, told)] == [trouble.trouble]
    session.store._database.execute("PRAGMA max_page_count = 1000000")
    told = [message for _ in range(3) for message in session.save()]
    assert [message.trouble for message in of(SessionWriting, told)] == [""]
    assert len(of(Notice, told)) == 1
    path = session.store.path
    session.close()
    list(open_session(session, str(path)))
    assert_same_run(session.runs["A"], again(run))
    assert len(session.runs["A"].epochs) == 9


def test_a_folder_that_vanishes_and_comes_back_costs_nothing(session, tmp_path):
    folder = tmp_path / "stick"
    folder.mkdir()
    run, _ = trained(session)
    list(save_session_as(session, str(folder / "x.layerlight")))
    folder.rename(tmp_path / "gone")
    add_epoch(run, 4)
    told = session.save()
    assert "no longer where it was" in of(SessionWriting, told)[0].trouble
    (tmp_path / "gone").rename(folder)
    assert of(SessionWriting, session.save())[0].trouble == ""
    session.close()
    list(open_session(session, str(folder / "x.layerlight")))
    assert_same_run(session.runs["A"], again(run))


def test_a_file_that_somebody_deletes_is_written_anew(session, tmp_path):
    run, _ = trained(session, epochs=30)
    path = tmp_path / "x.layerlight"
    list(save_session_as(session, str(path)))
    for name in files(tmp_path):
        (tmp_path / name).unlink()
    add_epoch(run, 31)
    for _ in range(8):
        session.save()
    session.close()
    assert files(tmp_path) == ["x.layerlight"]
    list(open_session(session, str(path)))
    assert_same_run(session.runs["A"], again(run))


def test_a_state_folder_that_cannot_be_written_keeps_everything_in_memory(session, monkeypatch, tmp_path):
    monkeypatch.setattr(session, "_new_place", lambda: tmp_path / "nowhere" / "x.layerlight")
    run, told = made_run(), []
    session.runs["A"] = run
    for _ in range(3):
        told += session.save()
    assert len(of(Notice, told)) == 1
    (tmp_path / "nowhere").mkdir()
    session.save()
    assert session.is_saved()
    assert_same_run(run, made_run())


FULL = """
import resource, signal, sys
sys.path.insert(0, "tests/engine/store")
from pathlib import Path
import engine.session
from engine.session import Session
from runs import add_epoch, made_run
engine.session.RETRY_SECONDS = 0.0
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
session = Session(new_place=lambda: Path(sys.argv[1]))
session.runs["A"] = run = made_run(epochs=1)
told = []
for number in range(2, 61):
    add_epoch(run, number)
    told += session.save()
print([type(message).__name__ + ": " + message.sentence for message in told if hasattr(message, "sentence")])
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
while not session.is_saved():
    session.save()
session.close()
"""


def test_a_limit_on_the_size_of_files_is_a_full_disk(tmp_path, session):
    path = tmp_path / "x.layerlight"
    done = subprocess.run(
        [sys.executable, "-c", FULL, path], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Notice: ") == 1
    assert "not being saved" in done.stdout
    assert files(tmp_path) == ["x.layerlight"]
    list(open_session(session, str(path)))
    assert len(session.runs["A"].epochs) == 60
    assert_same_run(session.runs["A"], again(session.runs["A"]))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_small_disk_that_fills_up_keeps_a_whole_file(tmp_path, session):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        session.runs["A"] = run = made_run(epochs=1)
        session.save()
        list(save_session_as(session, str(disk / "x.layerlight")))
        told = []
        for number in range(2, 61):
            add_epoch(run, number)
            told += session.save()
        assert [m.trouble for m in of(SessionWriting, told)] == [
            "The disk is full, so the session is not being saved."
        ]
        with sqlite3.connect(disk / "x.layerlight") as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            epochs = database.execute("SELECT count(*) FROM epochs").fetchone()[0]
        database.close()
        assert 1 <= epochs < 60
        elsewhere = tmp_path / "elsewhere.layerlight"
        list(save_session_as(session, str(elsewhere)))
        session.close()
        list(open_session(session, str(elsewhere)))
        assert_same_run(session.runs["A"], again(run))
    finally:
        session.close()
        subprocess.run(["umount", disk], check=True)


class Failing:
    """Lets call number `n` fail, whichever it is: of SQLite or of the system."""

    def __init__(self, n):
        self.left = n

    def wrap(self, call, error):
        def counted(*args, **kwargs):
            self.left -= 1
            if self.left == 0:
                raise error
            return call(*args, **kwargs)

        return counted

    def connect(self, connect):
        failing, full = self, sqlite3.OperationalError("database or disk is full")

        class Database:
            """A connection that fails once."""

            def __init__(self, *args):
                self._true = failing.wrap(connect, full)(*args)
                self.execute = failing.wrap(self._true.execute, full)
                self.close = self._true.close

            @property
            def in_transaction(self):
                return self._true.in_transaction

        return Database


def faults(monkeypatch, act):
    """Do `act` again and again, each time with the next call failing, until none fails; return how often.

    What it returns is called when nothing fails any more, and looks at what was left.
    """
    for n in itertools.count(1):
        fault = Failing(n)
        with monkeypatch.context() as patch:
            true_connect = store_module.connect
            patch.setattr(store_module, "connect", fault.connect(true_connect))
            for name in ("fsync", "replace"):
                full = OSError(errno.ENOSPC, "No space left on device")
                patch.setattr(atomic.os, name, fault.wrap(getattr(os, name), full))
            patch.setattr(opening, "flush_folder", fault.wrap(atomic.flush_folder, OSError(errno.EIO, "I/O")))
            check = act(n)
        check()
        if fault.left > 0:
            break
    return n


def test_a_fault_on_any_call_of_save_as_leaves_the_old_file_or_a_whole_new_one(
    session, monkeypatch, tmp_path
):
    target = tmp_path / "x.layerlight"
    trained(session, "B", seed=1)
    list(save_session_as(session, str(target)))
    list(new_session(session))
    old = target.read_bytes()
    outcomes = set()

    def act(n):
        target.write_bytes(old)
        with contextlib.closing(Session(new_place=places.new_autosave)) as mine:
            run, _ = trained(mine)
            before = mine.store.path
            try:
                list(save_session_as(mine, str(target)))
                outcomes.add("saved")
            except UserError:
                outcomes.add("refused")
                assert mine.store.path == before
                assert_same_run(run, made_run())
            add_epoch(run, 4)
            for _ in range(3):
                mine.save()
            path = mine.store.path

        def check():
            assert files(tmp_path) == ["x.layerlight"]
            if path == target or target.read_bytes() != old:  # it was in its place when the call failed
                assert list(read(target)) == ["A"]
            assert_same_run(read(path)["A"], again(run))

        return check

    assert faults(monkeypatch, act) > 40
    assert outcomes == {"saved", "refused"}


def read(path):
    """The runs of a file, read by a session of its own."""
    session = Session()
    list(open_session(session, str(path), copy=True))
    runs = session.runs
    for run in runs.values():
        for step in run.moments:
            run.moments[step]
    session.close()
    return runs


def test_a_fault_on_any_call_of_a_save_loses_nothing(monkeypatch):
    monkeypatch.setattr("engine.session.RETRY_SECONDS", 0.0)

    def act(n):
        with contextlib.closing(Session(new_place=places.new_autosave)) as mine:
            run = mine.runs["A"] = made_run(epochs=2)
            mine.save()
            add_epoch(run, 3)
            mine.save()
            mine.save()
            mine.save()
            path = mine.store.path
        return lambda: assert_same_run(read(path)["A"], again(run))

    assert faults(monkeypatch, act) > 40


# Damage -----------------------------------------------------------------------------------------------------------


def test_every_one_of_150_flipped_bits_is_noticed_and_changes_no_weight(session, other, tmp_path):
    trained(session, epochs=5)
    trained(session, "B", epochs=4, seed=1)
    whole = tmp_path / "whole.layerlight"
    list(save_session_as(session, str(whole)))
    session.close()
    content = whole.read_bytes()
    chance = random.Random(3)
    for _ in range(150):
        place, bit = chance.randrange(len(content)), chance.randrange(8)
        damaged = bytearray(content)
        damaged[place] ^= 1 << bit
        path = tmp_path / "damaged.layerlight"
        path.write_bytes(damaged)
        told = list(open_session(other, str(path)))
        noticed = [notice.sentence for notice in of(Notice, told) if "damaged" in notice.sentence]
        assert len(noticed) == 1, (place, bit)
        assert_same_run(other.runs["A"], made_run(epochs=5))
        assert_same_run(other.runs["B"], made_run("B", epochs=4, seed=1))
        other.close()
        path.unlink()


def test_a_flipped_bit_in_a_file_that_a_crash_left_changes_no_weight_unnoticed(session, other, tmp_path):
    trained(session, epochs=5)
    trained(session, "B", epochs=4, seed=1)
    whole = tmp_path / "whole.layerlight"
    list(save_session_as(session, str(whole)))
    session.store.close(whole=False)
    session.store = None
    content = whole.read_bytes()
    true = {"A": made_run(epochs=5), "B": made_run("B", epochs=4, seed=1)}
    chance, noticed = random.Random(4), 0
    for _ in range(150):
        place, bit = chance.randrange(4096, len(content)), chance.randrange(8)
        damaged = bytearray(content)
        damaged[place] ^= 1 << bit
        path = tmp_path / "damaged.layerlight"
        path.write_bytes(damaged)
        told = list(open_session(other, str(path)))
        said = any("damaged" in notice.sentence for notice in of(Notice, told))
        noticed += said
        changed = compare(other.runs, true)
        assert said or not changed, (place, bit, changed)
        other.close()
        path.unlink()
    assert noticed > 60, "the others were in room that nothing uses"


def compare(runs, true):
    """What is there is as it was; return what is missing."""
    missing = [name for name in true if name not in runs]
    for name, run in runs.items():
        missing += [f"moment {step}" for step in true[name].moments if step not in run.moments]
        known = {done.epoch: done for done in true[name].epochs}
        assert all(done == known[done.epoch] for done in run.epochs)
        missing += ["epochs"] if len(run.epochs) < len(known) else []
        for step in run.moments:
            for here, there in zip(run.moments[step].weights, true[name].moments[step].weights, strict=True):
                assert here.tobytes() == there.tobytes()
    return missing
