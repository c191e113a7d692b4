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


def run_script(file: Path, environment: dict[str, str]) -> tuple[int, str, str]:
    """Run a script in its folder and in this environment; return its exit status, what it printed, its complaints."""
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
        from matplotlib import figure, pyplot  # here, as the import takes a second

        def save_small(drawn, path, **_):
            """Laying texts out takes longer than all else, and so do many pixels."""
            drawn.set_layout_engine("none")
            save(drawn, path, dpi=DPI)

        save = figure.Figure.savefig
        patch.setattr(figure.Figure, "savefig", save_small)
        try:
            names = runpy.run_path(file.name, run_name="__main__")
            shared = sys.modules.pop("shared", None)  # the next script's is another file
            for value in [*names.values(), *(vars(shared).values() if shared else ())]:
                if isinstance(value, np.lib.npyio.NpzFile):
                    value.close()
        except Exception:
            status = 1
            traceback.print_exc()
        pyplot.close("all")
    return status, printed.getvalue(), complaints.getvalue()


def skeleton(script: str) -> str:
    """What a script does: its syntax tree without what strings say."""
    tree = ast.parse(script)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)
