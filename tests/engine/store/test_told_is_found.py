"""What was told as saved is in a file that opens, whatever happens to the session's file while it is open."""

from __future__ import annotations

import sqlite3

import pytest
from runs import again, assert_same_run, files, of, trained
from told_and_found import assert_found, told_of

from engine.errors import UserError
from engine.messages import Notice
from engine.session_jobs import save_session_as
from engine.training.messages import RunChanged
from engine.training.run import LostMomentError

# Save as ----------------------------------------------------------------------------------------------------------


def test_save_as_into_a_file_that_does_not_hold_it_all_assigns_nothing(session, monkeypatch, tmp_path):
    run, _ = trained(session)
    trained(session, "B", seed=1)
    load, path = type(session.store).load, session.store.path

    def load_without_b(store):
        contents = load(store)
        del contents.runs["B"]
        return contents

    with monkeypatch.context() as patch:
        patch.setattr("engine.store.store.Store.load", load_without_b)
        with pytest.raises(UserError, match="cannot be written"):
            list(save_session_as(session, str(tmp_path / "x.layerlight")))
    assert session.store.path == path
    assert_same_run(run, again(run))
    list(save_session_as(session, str(tmp_path / "y.layerlight")))
    assert_found(told_of(session), tmp_path / "y.layerlight")


def test_a_closed_file_is_no_damage(session):
    run, _ = trained(session)
    session.store._database.close()
    with pytest.raises(UserError, match="cannot be read") as refused:
        run.moments[10]
    assert not isinstance(refused.value, LostMomentError)


def test_no_moment_is_dropped_because_it_cannot_be_read_now(session, monkeypatch, tmp_path):
    run, _ = trained(session, epochs=5)
    steps = list(run.moments)

    class Closed:
        def execute(self, *_):
            raise sqlite3.ProgrammingError("Cannot operate on a closed database.")

    with monkeypatch.context() as patch:
        patch.setattr(session.store._arrays, "_database", Closed())
        with pytest.raises(UserError, match="cannot be read"):
            list(save_session_as(session, str(tmp_path / "x.layerlight")))
    assert list(run.moments) == steps and files(tmp_path) == []
    list(save_session_as(session, str(tmp_path / "x.layerlight")))
    assert_found(told_of(session), tmp_path / "x.layerlight")


def test_a_moment_that_lies_damaged_is_given_up_by_save_as_and_told(session, tmp_path):
    run, _ = trained(session)
    with session.store._database as database:
        hashes = database.execute("SELECT weights FROM moments WHERE step = 10").fetchone()[0]
        database.execute("UPDATE arrays SET content = zeroblob(4) WHERE sha256 = ?", hashes.split()[:1])
    name = session.store.path.name
    told = list(save_session_as(session, str(tmp_path / "x.layerlight")))
    assert of(Notice, told)[0].sentence == f"{name} is damaged: the weights of run A at step 10 are lost."
    assert of(RunChanged, told)[0].moments == (0, 20, 30) == tuple(run.moments)
    assert_found(told_of(session), tmp_path / "x.layerlight")
