"""What is free goes back to the system."""

import platform
import re
from pathlib import Path

import pytest

from engine.memory import give_back

PIECES, BYTES = 20_000, 2_000


def held():
    """Bytes of memory that this process has and no file."""
    return 1024 * int(re.search(r"RssAnon:\s+(\d+)", Path("/proc/self/status").read_text())[1])


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries return memory themselves")
def test_what_lies_free_below_what_is_used_goes_back_to_the_system():
    pieces = [bytes(BYTES) for _ in range(PIECES)]
    pieces[:] = pieces[::1_000]  # each keeps what lies below it
    before = held()
    give_back()
    assert before - held() > 0.8 * PIECES * BYTES
    assert len(pieces) == PIECES // 1_000
