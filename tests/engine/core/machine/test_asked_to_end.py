"""Ctrl-C, the polite kill and a terminal that closes end the command line soon, and with all of it saved."""

import os
import pty
import re
import signal
import subprocess
import sys

import pytest
from made_sessions import ROOT, home_in, is_sealed, planned_by

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.core.errors import UserError
from engine.core.machine.signals import heard, interruptible
from engine.model.training.messages import EpochDone
from engine.model.training.table import Table
from tests.engine.session.store.told_and_found import epochs_in

IMPORTING = """
import importlib.abc, runpy, sys, time
class Endless(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "tensorflow":
            print("importing", flush=True)
            time.sleep(600)
sys.meta_path.insert(0, Endless())
sys.argv = sys.argv[1:]
runpy.run_path("main.py", run_name="__main__")
"""
TRAIN = ("train", "--preset", "quick", "--dataset", "sample", "--epochs", "2")


@pytest.fixture
def start(tmp_path):
    """Starts a script as a process; what still runs at the end is killed."""
    started = []

    def start(script, *words, **more):
        process = subprocess.Popen(
            [sys.executable, *script, *map(str, words)], cwd=ROOT, env=home_in(tmp_path), text=True, **more
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def hears_all():
    """A process starts with the signals as a terminal's shell leaves them, however the tests were started."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="these signals are POSIX'")
def test_a_signal_while_tensorflow_is_imported_ends_each_command(start, tmp_path):
    cases = [(TRAIN, signal.SIGINT, 130), (("warmup", "--size", "3"), signal.SIGTERM, 143)]
    cases += [(("mistakes", "--dataset", "sample"), signal.SIGTERM, -signal.SIGTERM)]  # it saves nothing, nor waits
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "preexec_fn": hears_all}
    processes = [start(("-c", IMPORTING), "main.py", *words, **pipes) for words, *_ in cases]
    for process, (words, number, status) in zip(processes, cases, strict=True):
        assert process.stdout.readline() == "importing\n", process.stderr.read()
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (status, ""), (words, err)
        assert err in ("", "layerlight: Interrupted after 0 finished epochs.\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_signal_ends_a_training_with_all_that_was_printed_in_the_file(
    own_home, stripes_file, tmp_path, capsys, monkeypatch, number
):
    path, tell, told = tmp_path / "s.layerlight", Table.print, {}
    words = f"train --dataset {stripes_file} --layers 16 --batch 20 --epochs 50 --session {path}".split()

    def ask_after_the_second_epoch(table, message):
        tell(table, message)
        if isinstance(message, EpochDone):
            told[message.run, message.epoch] = message.test_loss
            assert epochs_in(path) == told, "what was printed is in the file"
            if message.epoch == 2:
                with pytest.raises(UserError, match="is open in another window"):
                    planned_by(parse(words))
                signal.raise_signal(number)

    monkeypatch.setattr(Table, "print", ask_after_the_second_epoch)
    before = signal.getsignal(number)
    assert run_wanted(parse(words)) == 128 + number
    assert signal.getsignal(number) is before
    first, *more = capsys.readouterr().err.splitlines()
    assert first == "layerlight: Interrupted after 2 finished epochs."
    assert [re.sub(r"\d+\.\d", "x", line) for line in more] in ([], ["layerlight: Run A reads x % of 90 test images."])
    assert epochs_in(path) == told and len(told) == 2
    assert is_sealed(path)


def test_a_hang_up_that_comes_twice_is_no_impatience_and_one_that_nohup_has_set_aside_is_not_heard():
    with interruptible() as received:
        for number in (signal.SIGHUP, signal.SIGHUP, signal.SIGTERM):
            signal.raise_signal(number)  # from the system and from the shell
    assert received == [signal.SIGHUP, signal.SIGHUP, signal.SIGTERM]
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with heard(lambda *_: pytest.fail("it was heard")):
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.slow
def test_a_terminal_that_closes_leaves_all_that_it_has_shown_in_the_file(start, tmp_path):
    ours, theirs = pty.openpty()
    path = tmp_path / "s.layerlight"
    words = (*TRAIN[:-1], 10_000, "--session", path)
    ends = {"stdin": theirs, "stdout": theirs, "stderr": theirs}

    def leads_the_terminal():
        os.setsid()
        os.close(os.open(os.ttyname(0), os.O_RDWR))  # it is the terminal of this process now
        hears_all()

    process = start(("main.py",), *words, **ends, preexec_fn=leads_the_terminal)
    os.close(theirs)
    shown = b""
    while shown.count(b"epoch") < 3:
        shown += os.read(ours, 4096)
    os.close(ours)
    process.wait(timeout=60)
    assert len(epochs_in(path)) >= 3
    assert is_sealed(path)
