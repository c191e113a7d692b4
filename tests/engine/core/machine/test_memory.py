"""What is free goes back to the system, and no turn of a long job leaves anything behind."""

import platform
import subprocess
import sys

import pytest
import tensorflow
from made_sessions import ROOT
from trained import with_run

from engine.analysis.ideal.job import IdealImages, paint_ideal
from engine.analysis.ideal.spec import IdealSpec
from engine.analysis.warmup.job import WarmupSteps, learn_inverse
from engine.analysis.warmup.spec import WarmupSpec
from engine.core.lens import Lens
from engine.core.specs import TrainSpec
from engine.model.training.messages import EpochDone
from engine.session.jobs.train import train

HELD = """
import re
from engine.core.machine.memory import give_back
def held():
    return 1024 * int(re.search(r"RssAnon:\\s+(\\d+)", open("/proc/self/status").read())[1])
pieces = [bytes(2_000) for _ in range(20_000)]
pieces[:] = pieces[::1_000]  # each keeps what is free below it
before = held()
give_back()
print(before - held())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries return memory themselves")
def test_what_is_free_below_what_is_used_goes_back_to_the_system():
    # In a process of its own: in one with a gigabyte of free pieces, these would be put among them.
    given_back = int(subprocess.check_output([sys.executable, "-c", HELD], cwd=ROOT, text=True))
    assert given_back > 0.8 * 20_000 * 2_000


MAPPED = """
import re
from engine.core.machine.memory import unmap_libraries
from engine.core.preload import import_tensorflow, preload_tensorflow
def mapped():
    return 1024 * int(re.search(r"RssFile:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""
LINKED = (
    MAPPED
    + """
preload_tensorflow()
before = mapped()
unmap_libraries()
print(before, mapped())
"""
)
IMPORTED = (
    MAPPED
    + """
import_tensorflow()
print(mapped())
"""
)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems are left to unmap what they like")
def test_what_linking_tensorflow_has_mapped_is_unmapped_and_its_import_does_so_as_well():
    before, after, imported = (
        int(size)
        for program in (LINKED, IMPORTED)
        for size in subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, text=True).split()
    )
    assert before > 200_000_000 > imported and after < 100_000_000


@pytest.fixture
def kept(monkeypatch):
    """Python's numbers that TensorFlow was given outside of what it compiles: it keeps each of them for ever."""
    constant, kept = tensorflow.constant, []

    def seen(value, *words, **more):
        if isinstance(value, int | float) and tensorflow.executing_eagerly():
            kept.append(value)
        return constant(value, *words, **more)

    monkeypatch.setattr(tensorflow, "constant", seen)
    return kept


def after_each(job, kind, kept):
    """Return how many numbers were kept by the time of each message of that kind."""
    return [len(kept) for message in job if isinstance(message, kind)]


def test_no_turn_gives_tensorflow_a_number_to_keep(session, kept):
    spec = TrainSpec(layers="8", batch=40, epochs=4, loss="cross_entropy", dropout=0.1, l2=0.01)
    trained = after_each(train(session, spec), EpochDone, kept)
    warmed_up = after_each(learn_inverse(None, WarmupSpec(size=2, steps=60_000)), WarmupSteps, kept)
    with_run(session, "12", steps=(0,))
    painted = [
        after_each(paint_ideal(session, Lens("B"), spec), IdealImages, kept)
        for spec in (IdealSpec(steps=60), IdealSpec(steps=60, shift=1))
    ]
    for counts in (trained, warmed_up, *painted):
        assert len(counts) > 1 and len(set(counts[1:])) == 1
