"""Child processes of the program, with a lower priority than the training and the window."""

import os
import subprocess
import sys
from collections.abc import Sequence

from engine.core.machine.folders import RESOURCES

# The creation flag for a low priority on Windows; elsewhere the process calls `stand_back` itself.
BACK = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)


def start_beside(arguments: Sequence[str], errors: int, **environment: str) -> subprocess.Popen[bytes]:
    """Start this interpreter with these arguments and more environment variables; stdin and stdout are pipes."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        cwd=RESOURCES.parent,
        env={**os.environ, **environment, "PYTHONSAFEPATH": ""},  # if set, the program would not be importable
        creationflags=BACK,
    )


def stand_back(by: int) -> None:
    """Lower this process' priority by `by` (0 to 19, as for `nice`)."""
    if hasattr(os, "nice"):
        os.nice(by)
