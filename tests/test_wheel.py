"""The wheel is the program as one package, which meets nobody's `engine` or `gui`, and works where it is installed."""

import ast
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from engine import VERSION
from tests.engine.data.download_server import FILES, Server, a_set
from tests.engine.made_sessions import home_in
from tests.statements import statements

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = ("engine", "gui", "resources", "main.py")
BENCH = Path("tests", "bench")  # lies in the package as `bench`
COMPILED, LEFT = "__pycache__", ("-wal", "-shm", "-journal")  # which other tests write meanwhile


def build(folder, root=ROOT):
    """Build a wheel from a folder into another one; return its path."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    subprocess.run(command, cwd=root, check=True, capture_output=True, timeout=100)
    (wheel,) = folder.iterdir()
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def unpacked(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def files_below(folder):
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(LEFT)]
    return {path.relative_to(folder) for path in files if COMPILED not in path.parts}


def copied(folder, *names):
    """Copy what a wheel is built of into a folder, without what is compiled or open; return it."""
    ignore = shutil.ignore_patterns(COMPILED, *(f"*{end}" for end in LEFT))
    for name in (*names, ".ci", "pyproject.toml", "LICENSE", ".gitignore"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=ignore, copy_function=shutil.copyfile)
        else:
            shutil.copyfile(ROOT / name, folder / name)
    return folder


def leave_behind(root):
    """Put into the folders of a copy what only a checkout in use has, and should not be packed."""
    for left in ("engine/__pycache__/old.pyc", "resources/session/layerlight.layerlight-wal"):
        (root / left).parent.mkdir(parents=True, exist_ok=True)
        (root / left).write_text("left behind")


def test_wheels_of_copies_in_two_folders_are_the_same_to_the_byte(tmp_path):
    """Of a few modules and one catalogue: the same hook and the same builder pack them."""
    names = ("main.py", "engine/__init__.py", "engine/api.py", "gui/__init__.py", "gui/app.py")
    names += ("tests/bench/__init__.py", "resources/languages/de.po", "resources/desktop")
    one, other = copied(tmp_path / "one", *names), copied(tmp_path / "other", *reversed(names))
    leave_behind(other)
    for number, file in enumerate(path for path in other.rglob("*") if path.is_file()):
        os.utime(file, (1e9 + number, 1e9 + number))
        file.chmod(0o600)
    assert build(tmp_path / "of one", one).read_bytes() == build(tmp_path / "of other", other).read_bytes()


@pytest.mark.slow
def test_the_wheel_of_a_copy_in_another_folder_is_the_same_to_the_byte(wheel, tmp_path):
    copy = copied(tmp_path / "copy", *PROGRAM, BENCH)
    leave_behind(copy)
    assert build(tmp_path / "dist", copy).read_bytes() == wheel.read_bytes()


def test_it_holds_one_package_with_every_file_of_the_program_and_nothing_else(unpacked):
    about = f"layerlight-{VERSION}.dist-info"
    assert {path.name for path in unpacked.iterdir()} == {"layerlight", about}
    program = {Path(name) / file for name in PROGRAM if (ROOT / name).is_dir() for file in files_below(ROOT / name)}
    program |= {Path("bench") / file for file in files_below(ROOT / BENCH) if file.suffix == ".py"}
    program = {file for file in program if file.suffix != ".po"}  # catalogues come along compiled
    written = {Path(name) for name in ("__init__.py", "__main__.py", "py.typed")}
    assert files_below(unpacked / "layerlight") == program | written
    facts = (unpacked / about / "METADATA").read_text("utf-8").splitlines()
    assert {"Requires-Python: <3.14,>=3.12", "Requires-Dist: tensorflow==2.21.*"} <= set(facts)
    extras = [line.split()[1] for line in facts if line.startswith("Provides-Extra")]
    assert extras == ["cluster", "film", "gpu", "onnx"]


def test_its_modules_differ_from_the_checkouts_only_in_the_names_of_modules_and_each_leads_to_one(unpacked):
    package = unpacked / "layerlight"
    modules = {"__main__.py": ROOT / "main.py"}
    modules |= {file.relative_to(ROOT): file for name in ("engine", "gui") for file in (ROOT / name).rglob("*.py")}
    modules |= {file.relative_to(ROOT / "tests"): file for file in (ROOT / BENCH).rglob("*.py")}
    for file, original in modules.items():
        text = (package / file).read_text("utf-8")
        assert text.replace("layerlight.", "") == original.read_text("utf-8").replace("layerlight.", ""), file
        assert [name for name in names_in(text) if not leads_somewhere(name, unpacked)] == [], file


QUOTED = re.compile(r"""["'](engine|gui|layerlight)\.""")


def names_in(text):
    """Yield the names of modules that a module imports, and its strings that are such names or begin one."""
    tree = ast.parse(text)
    for node in ast.walk(tree) if QUOTED.search(text) else statements(tree):
        if isinstance(node, ast.Import):
            assert all(each.asname or not each.name.startswith("layerlight.") for each in node.names), (
                "it binds `engine`"
            )
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module
            yield node.module
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            parts = node.value.split(".")
            if (
                parts[0] in ("engine", "gui", "layerlight")
                and len(parts) > 1
                and parts[1] in {"engine", "gui", *FOLDERS}
            ):
                yield node.value.rstrip(".")


FOLDERS = {path.stem for name in ("engine", "gui") for path in (ROOT / name).iterdir()}


@functools.cache
def leads_somewhere(name, folder):
    """Whether a name is of a module in the package, or of somebody else's."""
    place = folder / name.replace(".", "/")
    if name.startswith("layerlight."):
        return place.with_suffix(".py").is_file() or place.is_dir()
    return name.split(".")[0] not in ("engine", "gui", "main", "tests", "bench")


LIBRARY = """
import sys
import layerlight
slow = {"layerlight.engine.api", "numpy", "tensorflow", "PySide6"}
assert not slow & sys.modules.keys() and {"open", "new", "Session"} <= {*dir(layerlight)}
run = layerlight.open(data="sample").run("A")
print(layerlight.__version__, run.answer(0).label, layerlight.UserError.__name__, sorted(slow & sys.modules.keys()))
"""


def test_importing_it_loads_nothing_and_its_library_needs_neither_qt_nor_for_an_answer_tensorflow(unpacked, tmp_path):
    (tmp_path / "home").mkdir()
    there = home_in(tmp_path / "home") | {"PYTHONPATH": str(unpacked)}
    words = [sys.executable, "-W", "error", "-c", LIBRARY]
    done = subprocess.run(words, cwd=tmp_path, env=there, capture_output=True, text=True, timeout=100)
    assert (done.stdout, done.stderr) == (f"{VERSION} 7 UserError ['layerlight.engine.api', 'numpy']\n", "")


DOWNLOADS = """
import sys
from layerlight.engine.core.messages import run_through
from layerlight.engine.data.download.catalogue import KnownSet, Stored
from layerlight.engine.data.download.download import downloading

print(run_through(downloading(eval(sys.argv[1]))))
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_installed_it_trains_and_starts_each_child_process_and_goes_without_a_trace(wheel, tmp_path):
    """In an environment that has the checkout's libraries, but not the checkout."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    (site,) = (tmp_path / "venv" / "lib").glob("python3.*/site-packages")
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    install = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True)
    there = {**home_in(tmp_path), "QT_QPA_PLATFORM": "offscreen"}

    def run(*words, status=0, **more):
        done = subprocess.run(words, cwd=tmp_path, env=there | more, capture_output=True, text=True, timeout=300)
        assert done.returncode == status, (words, done.stdout, done.stderr)
        return done.stdout + done.stderr

    program = python.with_name("layerlight")
    assert run(program, "--version") == run(python, "-m", "layerlight", "--version") == f"Layerlight {VERSION}\n"
    assert "usage: layerlight" in run(program, "--help")
    run(python, "-c", "import engine", status=1)
    assert "Without" in run(python, ROOT / "docs" / "story.py")
    assert {"story.layerlight", "fingerprints.png", "ideal.png", "reasons.png"} <= {f.name for f in tmp_path.iterdir()}
    assert '"epochs": 5' in run(program, "info", "story.layerlight", "--json")
    quick = ("--preset", "quick", "--dataset", "sample", "--epochs", "2")
    run(program, "train", *quick, "--session", "s.layerlight")
    run(program, "map", "--method", "tsne", "--session", "s.layerlight", "--out", "map.npz")
    run(program, "export", "--session", "s.layerlight", "--keras", "model.keras")
    assert "Run A · model: 784" in run(program, "open", "model.keras", "--session", "opened.layerlight")
    run(program, "film", "weights", "--session", "s.layerlight", "--out", "film.gif")
    run(program, "handout", "--session", "s.layerlight", "--out", "handout.html")
    run(program, "sweep", *quick, "--over", "seed=1..2", "--session", "many.layerlight")
    assert run(program, "info", "many.layerlight", "--json").count('"seed":') >= 2
    made = ("s.layerlight", "map.npz", "film.gif", "handout.html", "many.layerlight")
    assert all((tmp_path / name).stat().st_size > 1000 for name in made)
    server = Server(FILES)
    try:
        folder = Path(run(python, "-c", DOWNLOADS, repr(a_set(server.base))).strip())
    finally:
        server.close()
    assert set(FILES) <= {path.name for path in folder.iterdir()}
    window = python.with_name("layerlight-window")
    assert "which QT_QPA_PLATFORM names" in run(window, status=2, QT_QPA_PLATFORM="nonsense")
    sample = ("--dataset", "sample", "--rounds", "1")
    assert json.loads(run(program, "bench", *sample, "--json"))["dense"]["epoch_seconds"].keys() >= {"keras.fit"}
    assert "finds no graphics card here" in run(program, "gpu-report", status=1, CUDA_VISIBLE_DEVICES="-1")
    assert "cannot measure that" in run(program, "bench", "--start", status=1)
    run(sys.executable, "-m", "pip", "--python", python, "uninstall", "--yes", "--quiet", "layerlight")
    left = [path for path in (tmp_path / "venv").rglob("*") if "layerlight" in path.name.casefold()]
    assert left == [] and all((tmp_path / name).exists() for name in made)
