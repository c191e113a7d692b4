"""Damage on the disk is noticed, mended where it can be, and never read as if it were true."""

from __future__ import annotations

import random

from runs import assert_same_run, made_run, of, trained

from engine.messages import Notice
from engine.session_jobs import (
    open_session,
    save_session_as,
)


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
