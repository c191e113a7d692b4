"""The commands of a checkout, on every system: `python .ci/make.py test`. The Makefile hands its targets to it.

It needs nothing but Python 3.12 or 3.13: the locked versions go into .venv. A word like DIST=folder is a setting, as it
is to make, and may be in the environment, too; other words are for the program, as those of the setting ARGS are.

Invariant: .venv/ready is written last and names the locks and the interpreter that .venv was made from, so a set-up
that was interrupted, or that belongs to another lock, never looks finished.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

WINDOWS = os.name == "nt"
VENV, UNFINISHED = Path(".venv"), Path(".venv.unfinished")
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
BASE = os.path.realpath(getattr(sys, "_base_executable", sys.executable))  # not that of an environment one works in
LOCKS = ("requirements.lock", "requirements-gpu.lock")
BUILT_OF = "requirements-bundle.lock"  # with what it is built by; it has an environment of its own, see .ci/bundle.py
NO_CARDS = "tensorflow==2.21.* ; sys_platform != 'linux' or platform_machine != 'x86_64'"  # there it is tensorflow-cpu
AXE = "build/axe"
DRIVER = Path(os.environ.get("LAYERLIGHT_NVIDIA_DRIVER", "/proc/driver/nvidia/version"))

PARALLEL = ("--numprocesses=auto", "--dist=worksteal")
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"

# What the user has set elsewhere for Python, pytest, pip or uv must change neither the checks (tests/conftest.py: for
# all else) nor which files land in .venv; everything about the network (index, proxy, certificates) is left alone.
OF_CHECKS = """PYTHONPATH PYTHONHOME PYTHONWARNINGS PYTHONOPTIMIZE PYTHONSAFEPATH PYTHONIOENCODING PYTHONDEVMODE
    PYTEST_ADDOPTS PYTEST_PLUGINS MAKEFLAGS"""
OF_INSTALLING = """PYTHONHOME PYTHONPATH PIP_TARGET PIP_PREFIX PIP_ROOT PIP_CONSTRAINT PIP_REQUIREMENT PIP_EDITABLE
    PIP_DRY_RUN PIP_NO_BINARY PIP_ONLY_BINARY PIP_PYTHON UV_CONSTRAINT UV_OVERRIDE UV_TARGET UV_PREFIX"""

COMMANDS: dict[str, tuple[Callable[[], None], str | None]] = {}  # with the mode of the set-up that comes first
arguments: list[str] = []  # for the program


def command(mode: str | None = "test") -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Make a command of a function, whose docstring is its help; before it the set-up is run for `mode`, if any."""

    def kept(function: Callable[[], None]) -> Callable[[], None]:
        COMMANDS[function.__name__.replace("_", "-")] = function, mode
        return function

    return kept


def main(words: list[str]) -> None:
    """Run the command that is the first word."""
    os.chdir(Path(__file__).resolve().parents[1])
    if not ((3, 12) <= sys.version_info < (3, 14) and sys.implementation.name == "cpython" and sys.maxsize > 2**32):
        stop(f"{sys.executable} is not Python 3.12 or 3.13 (CPython, 64 bits); install one and run this with it.")
    name, *others = words or ["help"]
    if name not in COMMANDS:
        stop(f"there is no command {name}; python .ci/make.py lists them.")
    for word in others:
        if re.match("[A-Z_]+=", word):
            os.environ.__setitem__(*word.split("=", 1))
        else:
            arguments.append(word)
    arguments[:0] = shlex.split(os.environ.get("ARGS", ""), posix=not WINDOWS)
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is for what runs here, which is waited for
    function, mode = COMMANDS[name]
    if mode:
        set_up(mode)
    function()


def setting(name: str, default: str = "") -> str:
    """Return what is set for a name, or the default."""
    return os.environ.get(name) or default


def without(names: str, **more: str) -> dict[str, str]:
    """Return the environment without some names, with others."""
    return {name: value for name, value in os.environ.items() if name not in names.split()} | more


def checking(**more: str) -> dict[str, str]:
    """Return the environment of checks."""
    return without(OF_CHECKS, QT_QPA_PLATFORM="offscreen", **more)


def call(*words: str | Path, env: dict[str, str] | None = None) -> None:
    """Run a program and wait for it; end with its status where it fails."""
    status = subprocess.call(words, env=env)
    if status:
        sys.exit(status if status > 0 else 128 - status)


def python(*words: str, env: dict[str, str] | None = None) -> None:
    """Run the interpreter of .venv."""
    sys.stdout.flush()
    call(PYTHON, *words, env=env)


def pytest(*words: str, **more: str) -> None:
    """Run tests, with what is set for them in their environment."""
    python("-m", "pytest", *words, *arguments, env=checking(**more))


def say(text: str) -> None:
    """Say a sentence to who waits."""
    print(f"Layerlight: {text}", file=sys.stderr, flush=True)


def stop(text: str) -> NoReturn:
    """Say what is wrong, and end."""
    say(text)
    sys.exit(1)


# ---------------------------------------------------------------------------------------- the commands


@command(None)
def help() -> None:
    """list the commands"""
    print("make COMMAND, or without make: python .ci/make.py COMMAND\n")
    for name, (function, _) in COMMANDS.items():
        print(f"{name:13} {' '.join((function.__doc__ or '').split())}")
    print("\nGPU=1 lets TensorFlow train on an NVIDIA card: run GPU=1 (Linux; the first time it installs 4 GB more)")
    print('ARGS="..." is for the program, for example: test ARGS="-k saliency"')


@command("run")
def run() -> None:
    """open the window (the first time: set everything up)"""
    if not WINDOWS:  # elsewhere the window takes the place of this process, and so gets the signals for `make run`
        os.execv(PYTHON, [PYTHON, "main.py", *arguments])
    python("main.py", *arguments)


@command()
def setup() -> None:
    """only set everything up: .venv with the locked versions"""


@command()
def test() -> None:
    """every check: style, types, imports, tests"""
    style_and_imports()
    print("== pytest and mypy", flush=True)
    # mypy takes little of the processors beside the tests, and says something only of what is wrong. Not by its
    # workers: it gives up if one has not started after three seconds.
    nice = ("nice", "-n", "10") if shutil.which("nice") else ()
    with subprocess.Popen([*nice, PYTHON, "-m", "mypy", "--no-error-summary"], env=checking()) as types:
        try:
            pytest(*PARALLEL)
        finally:
            wrong = types.wait()
    sys.exit(wrong)


@command()
def slow_test() -> None:
    """the tests that make test leaves out: whole windows, processes, trainings (long)"""
    # The others compile without XLA (tests/conftest.py), so what trains and paints is tried once more with it here.
    pytest(*PARALLEL, "--xla", "-m", "slow")
    if not arguments:
        folders = ("model", "analysis/ideal", "analysis/probes", "studies", "session/store/test_fuzzed_sessions.py")
        pytest(*PARALLEL, "--xla", *(f"tests/engine/{folder}" for folder in folders), FUZZ_SECONDS="20")


@command()
def kill_test() -> None:
    """end 1,400 writers with kill -9 and look for what is lost (an hour; KILLS=20: fewer)"""
    pytest("-m", "kill", "-s", KILLS=setting("KILLS", "200"))


@command()
def walk_test() -> None:
    """25 minutes of random use while the full MNIST is learned
    (MNIST=path/to/mnist.npz; WALK_MINUTES=5: shorter; WALK_SEED=2: another)"""
    how = {"LAYERLIGHT_WALK_MINUTES": setting("WALK_MINUTES", "25"), "LAYERLIGHT_WALK_SEED": setting("WALK_SEED", "1")}
    if setting("MNIST"):
        how["LAYERLIGHT_DATA"] = setting("MNIST")
    pytest("-m", "soak", "-n0", "-s", "tests/gui/stage/test_visitor.py", **how)


@command()
def browser_test() -> None:
    """open hand-outs in Chromium, by touch and by keys (minutes; PICTURES=folder: keep what is seen);
    with npm axe-core is installed below build/ the first time, and looks for barriers"""
    npm = shutil.which("npm")
    if npm and not Path(AXE, "node_modules/axe-core").exists():
        call(npm, "install", "--prefix", AXE, "--no-save", "--no-audit", "--no-fund", "axe-core@4.14.1")
    pytest("-m", "browser", "-n0", "-s", BROWSER_PICTURES=setting("PICTURES"))


@command()
def fuzz() -> None:
    """open session files that are changed at random, for ten minutes (FUZZ_SECONDS=60: shorter; FUZZ_SEED=2: others)"""
    how = {"FUZZ_SECONDS": setting("FUZZ_SECONDS", "600"), "FUZZ_SEED": setting("FUZZ_SEED", "1")}
    pytest("-n0", "tests/engine/session/store/test_fuzzed_sessions.py", **how)


@command()
def references() -> None:
    """picture every tab again, as the small pictures that tests compare with (half a minute)"""
    pytest("-n0", "-m", "slow or not slow", "tests/gui/stage/test_references.py", WRITE_REFERENCES="1")


@command()
def coverage() -> None:
    """make test without the style, and say which branches of the engine no test takes"""
    pytest(*PARALLEL, "-p", "tests.branches")


@command()
def mutants() -> None:
    """break the engine at random places and count what its tests notice
    (minutes; MUTANTS=60: more; MUTANTS_SEED=2: others; MUTANTS_IN=engine/core/*.py: there)"""
    how = (setting("MUTANTS", "30"), setting("MUTANTS_SEED", "1"), setting("MUTANTS_IN", "engine/**/*.py"))
    python("-m", "tests.mutants", *how, env=checking())


@command()
def book_test() -> None:
    """run the notebook of a session from top to bottom, without Layerlight (half a minute)"""
    pytest("-n0", "-m", "slow or not slow", "tests/engine/export/notebook")


@command()
def lint() -> None:
    """only style, types and imports"""
    style_and_imports()
    for system in ("linux", "win32", "darwin"):  # each has its own modules and constants, so its own cache
        print(f"== mypy for {system}")
        how = ("--platform", system, "--cache-dir", f".mypy_cache/{system}", "--no-error-summary")
        python("-m", "mypy", *how, env=checking())


def style_and_imports() -> None:
    """Check the style, and who imports whom."""
    for title, *words in (
        ("ruff check", "-m", "ruff", "check", "."),
        ("ruff format", "-m", "ruff", "format", "--check", "."),
        ("lint-imports", "-c", LINT_IMPORTS, "--no-logo"),
    ):
        print(f"== {title}")
        python(*words, env=checking())


@command()
def strings() -> None:
    """put new texts into the catalogues of the languages, and list what is not marked or translated"""
    python(".ci/strings.py", "update")
    python(".ci/strings.py", "check")


@command()
def format() -> None:
    """put the code into shape"""
    python("-m", "ruff", "check", "--fix", ".")
    python("-m", "ruff", "format", ".")


@command()
def bench() -> None:
    """measure speed, beside the rivals"""
    python("main.py", "bench", *arguments)


@command()
def bench_quick() -> None:
    """the ratios that matter in two minutes, beside those of the last release (WRITE=1: keep them for the next)"""
    how = {"QT_QPA_PLATFORM": "offscreen", "QUICK_WRITE": setting("WRITE")}  # so that a screen makes no difference
    python("main.py", "bench", "--quick", *arguments, env=os.environ | how)


@command(None)
def gpu_report() -> None:
    """measure an NVIDIA card, and write gpu-report.md (Linux, about half an hour; the first time it installs 4 GB)"""
    if not DRIVER.exists():
        stop("no driver of an NVIDIA card was found, so there is nothing to report.")
    os.environ["GPU"] = "1"
    set_up("test")
    python("main.py", "gpu-report", *arguments)


@command()
def screenshots() -> None:
    """picture every tab into the folder DIR (screenshots)"""
    pictures(setting("DIR", "screenshots"))


@command("run")
def tour() -> None:
    """picture README and docs/tour.md again, of the session that comes along (minutes)"""
    # On full MNIST where it is found (LAYERLIGHT_DATA=path/to/mnist.npz), as those of docs/speed.md are.
    pictures("--tour", "resources/pictures")


def pictures(*words: str) -> None:
    """Picture the window, offscreen."""
    python("main.py", "screenshots", *words, *arguments, env=os.environ | {"QT_QPA_PLATFORM": "offscreen"})


@command("run")
def bundled() -> None:
    """train the session that comes along again, on the full MNIST (minutes; MNIST=path/to/mnist.npz)"""
    python("-m", "bench.make_bundled", *filter(None, [setting("MNIST")]), env=os.environ | {"PYTHONPATH": "tests"})


@command()
def wheel() -> None:
    """build a package for pip, pipx and uv into the folder DIST (dist), the same to the byte each time"""
    folder = setting("DIST", "dist")
    python("-m", "hatchling", "build", "--target", "wheel", "--directory", folder, env=checking())
    Path(folder, "constraints.txt").write_text(constraints(), "utf-8", newline="\n")


@command()
def bundle() -> None:
    """build the program to open, with Python inside, into the folder DIST (dist)
    (minutes, and 4 GB below build/; APPIMAGE_RUNTIME=path/to/runtime: as AppImage, too)"""
    python(".ci/bundle.py", setting("DIST", "dist"), env=checking())


@command()
def docs() -> None:
    """write docs/api.md from the docstrings of engine/api.py"""
    python(".ci/api.py")


@command()
def release() -> None:
    """build a release into the folder DIST (dist): wheel, source, constraints, the section of the changelog,
    a bill of materials, and SHA256SUMS of all files there"""
    wheel()
    python("-m", "hatchling", "build", "--target", "sdist", "--directory", setting("DIST", "dist"), env=checking())
    python(".ci/release.py", setting("DIST", "dist"))


def constraints() -> str:
    """Return the locked versions without their hashes: with them pip would want one of the wheel itself."""
    return "".join(f"{line}\n" for line in re.findall(r"^([a-z0-9].*?) *\\$", read(LOCKS[0]), re.MULTILINE))


@command(None)
def lock() -> None:
    """choose the versions in the locks again (ARGS=--upgrade: the newest)"""
    with tempfile.TemporaryDirectory() as tools:
        uv = shutil.which("uv") or install_uv(Path(tools))
        compile_lock(uv, LOCKS[0], "--group", "dev")
        # The second lock holds only what comes on top of the first, in versions that fit it.
        there = (word for name in names(LOCKS[0]) for word in ("--no-emit-package", name))
        compile_lock(uv, LOCKS[1], "--group", "dev", "--extra", "gpu", "--constraint", LOCKS[0], *there)
        instead = Path(tools, "instead.txt")
        instead.write_text(NO_CARDS, "utf-8")
        compile_lock(
            uv, BUILT_OF, "--group", "bundle", "--constraint", LOCKS[0], "--no-annotate", "--overrides", str(instead)
        )


def install_uv(folder: Path) -> str:
    """Install uv into a folder; return its path."""
    call(BASE, "-I", "-m", "venv", folder)
    there = folder / PYTHON.relative_to(VENV)
    call(there, "-I", "-m", "pip", "install", "--quiet", "uv")
    return str(there.with_name("uv"))


def compile_lock(uv: str, file: str, *more: str) -> None:
    """Choose versions that fit each other, and write them with their hashes into a file."""
    how = ("--quiet", "--universal", "--python-version", "3.12", "--generate-hashes", "--no-emit-index-url")
    how += ("--custom-compile-command", "make lock", "--output-file", file)
    call(uv, "pip", "compile", *how, *more, *arguments, "pyproject.toml", env=without(OF_INSTALLING))
    if "://" in read(file):
        stop(f"{file} holds an address; it must not.")


def read(file: str) -> str:
    """Return the text of a file."""
    return Path(file).read_text("utf-8")


def names(file: str) -> list[str]:
    """Return the names of what a lock holds."""
    return re.findall(r"^([a-z0-9._-]+)==", read(file), re.MULTILINE)


@command(None)
def clean() -> None:
    """remove .venv and what the tools left behind"""
    caches = ("build", ".hypothesis", ".import_linter_cache", ".mypy_cache", ".pytest_cache", ".ruff_cache")
    for path in (VENV, UNFINISHED, *map(Path, caches), *Path().rglob("__pycache__")):
        remove(path)


# ------------------------------------------------------------------------------------------- the set-up


def set_up(mode: str) -> None:
    """Make .venv with the locked versions, if it is not there; for a window ("run") or without a screen ("test")."""
    locks = wanted_locks()
    if not is_ready(locks):
        with alone():
            if not is_ready(locks):  # somebody else's set-up has not just finished
                make_ready(locks)
    if shutil.which("ldd"):  # on Linux; elsewhere Qt brings everything
        call("sh", ".ci/setup", "libraries", mode)
    if list(Path("resources/languages").glob("*.po")):
        python(".ci/strings.py", "compile")
    look_for_a_card()


def wanted_locks() -> tuple[str, ...]:
    """Return the locks that .venv is to hold: with GPU=1 the second one too, which .venv then keeps."""
    gpu = setting("GPU", "0")
    if gpu not in ("0", "1"):
        stop(f"GPU={gpu} is not understood; write GPU=1, or leave it out.")
    if gpu == "1" and (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        stop(
            "TensorFlow computes on graphics cards only on Linux (x86-64, NVIDIA; on Windows inside WSL2);"
            " leave GPU=1 out to compute on the processor."
        )
    return LOCKS if gpu == "1" or is_for_gpu() else LOCKS[:1]


def is_for_gpu() -> bool:
    """Whether .venv holds what TensorFlow needs on a card."""
    return (VENV / "gpu").exists()


def made_from() -> list[str]:
    """Return the lines of .venv/ready: a hash of each lock, and the interpreter; none where .venv will not do."""
    ready = VENV / "ready"
    lines = ready.read_text("utf-8").splitlines() if ready.exists() else []
    fits = lines and PYTHON.exists() and (lines[-1] == BASE if setting("PYTHON") else Path(lines[-1]).exists())
    return lines if fits and not UNFINISHED.exists() else []


def is_ready(locks: tuple[str, ...]) -> bool:
    """Whether .venv holds just what these locks name."""
    return made_from()[:-1] == hashes(locks)


def hashes(locks: tuple[str, ...]) -> list[str]:
    """Return a hash of each lock."""
    return [hashlib.sha256(read(lock).encode()).hexdigest() for lock in locks]


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Wait for another set-up in this folder: two at once would spoil each other's files."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    folder = os.open(".", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("waiting for another set-up in this folder.")
        fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(folder)  # which ends the lock


def make_ready(locks: tuple[str, ...]) -> None:
    """Make .venv, or bring it up to date where its interpreter is the right one."""
    base = (made_from() or [BASE])[-1]
    uv = shutil.which("uv")
    if made_from() and (uv or not subprocess.call([PYTHON, "-I", "-m", "pip", "--version"], **silent())):
        say("bringing .venv up to date.")
        UNFINISHED.touch()
    else:
        base, disk = BASE, 7 if len(locks) > 1 else 2.8
        say(f"setting up .venv, which takes a few minutes and {disk} GB of disk, the first time only.")
        UNFINISHED.touch()
        remove(VENV)
        make_venv(uv)
    install(locks, uv)
    if len(locks) > 1:
        (VENV / "gpu").touch()
    (VENV / "ready").write_text("\n".join([*hashes(locks), base]) + "\n", "utf-8")
    UNFINISHED.unlink()


def silent() -> dict[str, int]:
    """Return what keeps a program from writing."""
    return {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def make_venv(uv: str | None) -> None:
    """Make .venv from this interpreter; by uv where it lacks ensurepip, as Debian's does."""
    words = [BASE, "-I", "-m", "venv", VENV]
    if uv and subprocess.call([BASE, "-I", "-c", "import ensurepip"], **silent()):
        words = [uv, "venv", "--quiet", "--python", BASE, VENV]
    if subprocess.call(words):
        stop("the folder .venv could not be made (see above); check the disk space and run this again.")


def install(locks: tuple[str, ...], uv: str | None) -> None:
    """Install only wheels, only the locked ones, each checked against its hash."""
    how = ["--require-hashes", "--no-deps", "--only-binary", ":all:"]
    how += [word for lock in locks for word in ("--requirement", lock)]
    if not sys.stderr.isatty():  # the progress is for a person
        how.insert(0, "--quiet")
    env = without(OF_INSTALLING, PIP_USER="0", PIP_NO_INPUT="1", PIP_DISABLE_PIP_VERSION_CHECK="1")
    by_uv = [uv, "pip", "install", "--python", PYTHON, "--compile-bytecode", *how]
    if uv and not subprocess.call(by_uv, env=env, stdout=sys.stderr):
        return
    if subprocess.call([PYTHON, "-I", "-m", "pip", "install", *how], env=env, stdout=sys.stderr):
        what = "the libraries could not be installed (see above)"
        stop(f"{what}; check the network and the disk space and run this again.")


def look_for_a_card() -> None:
    """Where a driver is there and .venv cannot use it, say how; where it is the other way round, what lacks."""
    if DRIVER.exists():
        if not is_for_gpu() and platform.machine() == "x86_64":
            say("this machine has an NVIDIA card; type make run GPU=1 to train on it (once, 4 GB more of disk).")
    elif is_for_gpu():
        say("no driver of an NVIDIA card was found, so TensorFlow computes on the processor; install the driver.")


def remove(path: Path) -> None:
    """Remove a folder, a file or a link, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    main(sys.argv[1:])
