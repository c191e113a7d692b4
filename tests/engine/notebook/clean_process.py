"""Runs a notebook or its script in a fresh process with NumPy, TensorFlow and matplotlib, and nothing of Layerlight.

Started as `python clean_process.py FILE REPORT`: REPORT.json gets what each code cell printed, below the heading of its
section, and REPORT.npz what the cells have made, as `SECTION/name`.
"""

import contextlib
import importlib.abc
import io
import json
import linecache
import runpy
import sys
from pathlib import Path

REFUSED = {
    *("engine", "gui", "main", "tests"),
    *("PySide6", "shiboken6", "pyqtgraph", "sklearn", "platformdirs", "numba", "hypothesis", "_pytest"),
}
"""Layerlight itself, and what else it stands on that TensorFlow and matplotlib do not need."""

MOST_NUMBERS = 3_000_000


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


def made_in(space):
    """The numbers that there are now, by name; those within dictionaries too."""
    import numpy as np

    for name, value in [*space.items()]:
        if name.startswith("_") or name in ("data", "train_images", "test_images", "all_images", "distances"):
            continue
        parts = value.items() if isinstance(value, dict) and name != "weights" else [("", value)]
        for part, each in parts:
            with contextlib.suppress(Exception):
                array = np.asarray(each)
                if array.dtype.kind in "fiub" and array.size <= MOST_NUMBERS:
                    yield f"{name}.{part}".rstrip("."), array


def run_notebook(file, report):
    import numpy as np

    space, printed, found = {"__name__": "__main__"}, [], {}
    for heading, code in cells_of(file):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            name = f"<cell {len(printed)}>"
            # TensorFlow reads the source of what it traces: notebooks keep it where it is looked for.
            linecache.cache[name] = len(code), None, code.splitlines(keepends=True), name
            exec(compile(code, name, "exec"), space)
        printed.append((heading, out.getvalue()))
        found |= {f"{heading}/{name}": array for name, array in made_in(space)}
    report.with_suffix(".json").write_text(json.dumps(printed), "utf-8")
    np.savez(report.with_suffix(".npz"), **found)


def main():
    file, report = map(Path, sys.argv[1:])
    sys.path[0] = ""
    sys.meta_path.insert(0, Refuses())
    for name in ("engine", "PySide6"):
        with contextlib.suppress(ImportError):
            __import__(name)
            raise SystemExit(f"{name} can be imported.")
    if file.suffix == ".ipynb":
        run_notebook(file, report)
    else:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            runpy.run_path(str(file), run_name="__main__")
        report.with_suffix(".json").write_text(json.dumps([("", out.getvalue())]), "utf-8")
    assert not {"engine", "gui", "PySide6"} & {name.partition(".")[0] for name in sys.modules}


if __name__ == "__main__":
    main()
