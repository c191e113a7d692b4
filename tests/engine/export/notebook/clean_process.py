"""Runs a notebook and some scripts in a fresh process with NumPy, TensorFlow and matplotlib, and nothing of Layerlight.

Started as `python clean_process.py FILE REPORT`: REPORT.scripts has a list of scripts. REPORT.json gets what each code
cell printed, with the heading of its section, and what each of the scripts printed.
"""

import contextlib
import importlib.abc
import io
import json
import linecache
import os
import sys
from pathlib import Path

REFUSED = {  # Layerlight itself, and what else it stands on that TensorFlow and matplotlib do not need
    *("engine", "gui", "main", "tests"),
    *("PySide6", "shiboken6", "pyqtgraph", "sklearn", "platformdirs", "numba", "hypothesis", "_pytest"),
}


class Refuses(importlib.abc.MetaPathFinder):
    """Finds nothing: it refuses."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in REFUSED:
            raise ImportError(f"{name} is not in a clean environment.")


def cells_of(file):
    """Yield the heading of the section and the code of each code cell."""
    heading = ""
    for cell in json.loads(file.read_text("utf-8"))["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "code":
            yield heading, text
        elif text.startswith("#"):
            heading = text.split("\n")[0].lstrip("# ")


def printed_by(code, name, space):
    # TensorFlow reads the source of what it traces: notebooks keep it where it is looked for.
    linecache.cache[name] = len(code), None, code.splitlines(keepends=True), name
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, name, "exec"), space)
    return out.getvalue()


def main():
    file, report = map(Path, sys.argv[1:])
    sys.path[0] = ""
    sys.meta_path.insert(0, Refuses())
    for name in ("engine", "PySide6"):
        with contextlib.suppress(ImportError):
            __import__(name)
            raise SystemExit(f"{name} can be imported.")
    space = {"__name__": "__main__"}
    sections = [
        (heading, printed_by(code, f"<cell {number}>", space)) for number, (heading, code) in enumerate(cells_of(file))
    ]
    scripts = json.loads(report.with_suffix(".scripts").read_text("utf-8"))
    os.chdir(report.parent)  # they save their results where they are started
    alone = [printed_by(code, f"<script {number}>", {"__name__": "__main__"}) for number, code in enumerate(scripts)]
    report.with_suffix(".json").write_text(json.dumps([sections, alone]), "utf-8")
    assert not {"engine", "gui", "PySide6"} & {name.partition(".")[0] for name in sys.modules}


if __name__ == "__main__":
    main()
