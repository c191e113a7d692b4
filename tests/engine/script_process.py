"""Runs a script as a process by itself, forked from one that has imported what all scripts import, for seconds."""

import ast
import multiprocessing
import os
import runpy
import sys
from pathlib import Path

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["numpy", "tensorflow", "matplotlib.pyplot"])


def run_script(file: Path, environment: dict[str, str]) -> tuple[int, str, str]:
    """Run a script in its folder and in this environment; return its exit status, what it printed, its complaints."""
    process = _context.Process(target=_run, args=(file, environment))
    process.start()
    process.join(110)
    process.kill()
    process.join()
    printed, complaints = (file.with_suffix(suffix).read_text("utf-8") for suffix in (".out", ".err"))
    return process.exitcode, printed, complaints


def _run(file: Path, environment: dict[str, str]) -> None:
    os.chdir(file.parent)
    os.environ.clear()
    os.environ.update(environment)
    for number, suffix in ((1, ".out"), (2, ".err")):
        os.dup2(os.open(file.with_suffix(suffix), os.O_WRONLY | os.O_CREAT), number)
    sys.argv = [file.name]
    sys.path[0] = ""
    runpy.run_path(file.name, run_name="__main__")


def skeleton(script: str) -> str:
    """What a script does: its syntax tree without what strings say."""
    tree = ast.parse(script)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)
