"""A process of Layerlight's own beside the program, which stands back behind the training and the window."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from engine.core.machine.folders import RESOURCES

BACK = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
"""On Windows a process is started like this; elsewhere it calls `stand_back` itself."""


def start_beside(arguments: Sequence[str], errors: int, **environment: str) -> subprocess.Popen[bytes]:
    """Run this interpreter with these arguments, stdin and stdout as pipes; `errors` is where its stderr goes.

    It has this process' environment variables, and those that are given.
    """
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        cwd=RESOURCES.parent,
        env={**os.environ, **environment, "PYTHONSAFEPATH": ""},  # or it would not look for the program there
        creationflags=BACK,
    )


def stand_back(by: int) -> None:
    """Let this process wait for others, the longer the larger the number (0 to 19, as `nice` has it)."""
    if hasattr(os, "nice"):
        os.nice(by)
