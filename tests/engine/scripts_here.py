"""Runs a script as if by itself, in this process: another one would import TensorFlow for seconds."""

import ast
import contextlib
import io
import os
import runpy
import sys
import traceback
import warnings
from pathlib import Path

import numpy as np
import pytest

DPI = 20  # dots per inch of the pictures that scripts draw here


def run_script(file: Path, environment: dict[str, str], *, draws: bool = True) -> tuple[int, str, str]:
    """Run a script in its folder and in this environment; return its exit status, what it printed, its complaints.

    Unless it `draws`, it finds no matplotlib, and draws no picture.
    """
    printed, complaints, status = io.StringIO(), io.StringIO(), 0
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(complaints),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # TensorFlow's, of how it rewrites Python
        patch.chdir(file.parent)
        patch.syspath_prepend(file.parent)
        for name in os.environ.keys() - environment.keys():
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        if draws:
            draw_small(patch)
        else:
            patch.setitem(sys.modules, "matplotlib", None)
            patch.setitem(sys.modules, "matplotlib.pyplot", None)
        try:
            names = runpy.run_path(file.name, run_name="__main__")
            shared = sys.modules.pop("shared", None)  # the next script's is another file
            for value in [*names.values(), *(vars(shared).values() if shared else ())]:
                if isinstance(value, np.lib.npyio.NpzFile):
                    value.close()
        except Exception:
            status = 1
            traceback.print_exc()
        if draws:
            sys.modules["matplotlib.pyplot"].close("all")
    return status, printed.getvalue(), complaints.getvalue()


def draw_small(patch: pytest.MonkeyPatch) -> None:
    """Let pictures be small and without a layout of their texts, which takes longer than all else."""
    from matplotlib import figure, pyplot  # noqa: F401 - here, as the import takes a second

    def save_small(drawn, path, **_):
        drawn.set_layout_engine("none")
        save(drawn, path, dpi=DPI)

    save = figure.Figure.savefig
    patch.setattr(figure.Figure, "savefig", save_small)


def skeleton(script: str) -> str:
    """What a script does: its syntax tree without what strings say."""
    tree = ast.parse(script)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)
