"""Data that are broken: the window says the sentence that the command line says, and what was open stays."""

import os

import pytest

from engine.core.errors import UserError
from engine.core.messages import JobFailed
from engine.data.sources import open_dataset
from tests.engine.data.broken_data import BROKEN, NEEDS_POSIX

FORMATS = "IDX", "CSV", "CSV.gz", "folder", "npz"

SLOW = {"CSV.gz: bomb", "npz bomb", "IDX: gzip bomb", "CSV.gz: bomb of a line"}
"""Those that take a second to be made."""


def sample():
    """Every third kind of each format, and all that are of none."""
    of_format = {each: [kind for kind in BROKEN if kind.startswith(each)] for each in FORMATS}
    some = [kind for kinds in of_format.values() for kind in kinds[::3]]
    others = [kind for kind in BROKEN if not kind.startswith(FORMATS)]
    return [kind for kind in dict.fromkeys([*some, *others]) if kind not in SLOW]


def test_the_sample_has_kinds_of_every_format():
    assert len(sample()) >= 30
    assert all(any(kind.startswith(each) for kind in sample()) for each in FORMATS)


def test_broken_data_are_told_in_the_same_sentence_as_on_the_command_line(ready, qtbot, tmp_path):
    open_now, failed = ready.opening.dataset, []
    ready.bridge.listen(JobFailed, failed.append)
    for number, kind in enumerate(sample()):
        if kind in NEEDS_POSIX and not hasattr(os, "mkfifo"):
            continue
        folder = tmp_path / f"{number}"
        folder.mkdir()
        write, words = BROKEN[kind]
        path = write(folder)
        with pytest.raises(UserError) as refused:
            open_dataset(str(path))
        told = len(failed)
        ready.window.fileDropped.emit(path)
        qtbot.waitUntil(lambda told=told: len(failed) > told, timeout=10_000)
        line = ready.notices.current
        assert line.text == str(refused.value), kind
        assert all(word in line.text for word in words) and not line.details, kind
        assert ready.opening.dataset is open_now
