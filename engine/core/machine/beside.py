"""Child processes of the program, with a lower priority than the training and the window."""

import os
import subprocess
import sys

from engine import CHILD, COMMAND, PACKAGE
from engine.core.language import VARIABLE, language
from engine.core.machine.folders import RESOURCES

# The creation flag for a low priority on Windows; elsewhere the process calls `stand_back` itself.
BACK = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)


def own_command(*words: str) -> list[str]:
    """Return the command that runs the program itself with these words."""
    if hasattr(sys, "frozen"):  # its interpreter starts nothing but the program
        return [sys.executable, *words]
    entry = ["-P", "-m", COMMAND] if PACKAGE else [str(RESOURCES.with_name(COMMAND))]
    return [sys.executable, *entry, *words]


def child_command(module: str) -> list[str]:
    """Return the command that runs a module's `main` in a process of its own, by the program's entry in main.py."""
    return own_command(CHILD, module)


def start_beside(module: str, errors: int, **environment: str) -> subprocess.Popen[bytes]:
    """Start a child process in this one's language, with more environment variables; stdin and stdout are pipes."""
    return subprocess.Popen(
        child_command(module),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env={**os.environ, VARIABLE: language(), **environment},
        creationflags=BACK,
    )


def stand_back(by: int) -> None:
    """Lower this process' priority by `by` (0 to 19, as for `nice`)."""
    if hasattr(os, "nice"):
        os.nice(by)
