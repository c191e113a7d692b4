"""Machines, homes and terminals as one meets them in containers, in cron jobs and on a bad day, and what is run there.

As a program, `odd_environments.py ENVIRONMENT FOLDER PIPE COMMAND...` enters the environment and becomes a new
interpreter there, which runs the commands one after the other and writes into the pipe how each ended.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SESSION = ROOT / "resources" / "session" / "layerlight.layerlight"
NOBODY = 54321  # a user whom no password file knows

XDG = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")


@dataclass(frozen=True)
class Odd:
    """What is odd: variables (`None`: unset; `{home}` and `{tmp}` stand for folders), and what else is done first."""

    variables: dict[str, str | None] = field(default_factory=dict)
    # called with the folder `tmp` in the new process, in an empty folder, with its home in `tmp / "home"`
    enter: Callable[[Path], object] | None = None
    status: int = 0  # with which a command that would succeed elsewhere ends here
    forgets: bool = False  # whether it is said that something is not remembered
    is_silent: bool = False  # whether nobody can hear what went wrong
    refuses: tuple[str, ...] = ()  # commands that may end with 1 here, although they would succeed elsewhere
    needs_root: bool = False


def nobody(before: Callable[[Path], object] = lambda _: None) -> Callable[[Path], None]:
    """Become a user without a name, after `before`."""

    def enter(tmp: Path) -> None:
        before(tmp)
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)

    return enter


def closed(*numbers: int) -> Callable[[Path], None]:
    def enter(_: Path) -> None:
        for number in numbers:
            os.close(number)

    return enter


def full(number: int) -> Callable[[Path], None]:
    return lambda _: os.dup2(os.open("/dev/full", os.O_WRONLY), number)


def broken(number: int) -> Callable[[Path], None]:
    def enter(_: Path) -> None:
        reading, writing = os.pipe()
        os.dup2(writing, number)
        os.close(reading)
        os.close(writing)

    return enter


def made(place: str, content: bytes | None, mode: int = 0o755) -> Callable[[Path], None]:
    """Let a file lie below `tmp`, or a folder (`None`)."""

    def enter(tmp: Path) -> None:
        path = tmp / place
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir(exist_ok=True)
        else:
            path.write_bytes(content)
        path.chmod(mode)

    return enter


def given(place: str, *files: str) -> Callable[[Path], None]:
    """Give a folder below `tmp` to the user without a name; `files` in it stay the first user's."""

    def enter(tmp: Path) -> None:
        (tmp / place).mkdir(exist_ok=True)
        for file in files:
            made(f"{place}/{file}", b"", 0o600)(tmp)
        for folder, *_ in os.walk(tmp / place):
            os.chown(folder, NOBODY, NOBODY)

    return enter


def hidden(tmp: Path) -> None:
    given("own")(tmp)
    os.umask(0o777)


def ignoring(_: Path) -> None:
    for number in (signal.SIGPIPE, signal.SIGCHLD):
        signal.signal(number, signal.SIG_IGN)


def deleted_folder(tmp: Path) -> None:
    (tmp / "gone").mkdir()
    os.chdir(tmp / "gone")
    (tmp / "gone").rmdir()


def limited(what: int, most: int) -> Callable[[Path], None]:
    return lambda _: resource.setrlimit(what, (most, most))


STATE = ".local/state/layerlight"

ODD: dict[str, Odd] = {
    # Homes and the folders in them
    "no HOME": Odd({"HOME": None, **dict.fromkeys(XDG, "{tmp}/xdg")}),
    "an empty HOME": Odd({"HOME": ""}, nobody(), forgets=True, needs_root=True),
    "HOME is a file": Odd({"HOME": "{tmp}/file"}, made("file", b""), forgets=True),
    "a relative HOME": Odd({"HOME": "here"}, nobody(), forgets=True, needs_root=True),
    "a HOME of 5,000 letters": Odd({"HOME": "/" + "h" * 5000}, forgets=True),
    "a HOME that is not UTF-8": Odd({"HOME": "{tmp}/caf\udce9"}),
    "a HOME with signs": Odd({"HOME": "{tmp}/a'b\"c d\n%s {{}} 🙂"}),
    "a home that may only be read": Odd({}, nobody(made("home", None, 0o555)), forgets=True, needs_root=True),
    "a home that others may write": Odd({}, made("home", None, 0o777), forgets=True),
    "relative XDG folders": Odd(dict.fromkeys(XDG, "relative/path")),
    "no folder for settings": Odd({"XDG_CONFIG_HOME": "/dev/null"}, forgets=True),
    "no folder for the state": Odd({"XDG_STATE_HOME": "/dev/null"}, forgets=True),
    "no folder for the cache": Odd({"XDG_CACHE_HOME": "/dev/null"}),
    "a file in place of the state": Odd({}, made(f"home/{STATE}", b""), forgets=True),
    "a folder in place of the log": Odd({}, made(f"home/{STATE}/log/layerlight.log", None)),
    "logs of somebody else": Odd(
        {"HOME": "{tmp}/own"},
        nobody(given("own", *(f"{STATE}/log/layerlight{end}" for end in (".log", ".native.log")))),
        needs_root=True,
    ),
    "files in place of locks": Odd({}, made(f"home/{STATE}/locks", b"")),
    "files in place of autosaves": Odd({}, made(f"home/{STATE}/autosave", b""), refuses=("train without a place",)),
    "a folder in place of the last session": Odd({}, made(f"home/{STATE}/last-session.txt", None)),
    "nonsense in place of the last session": Odd({}, made(f"home/{STATE}/last-session.txt", b"\xff\0\n\xfe")),
    # Terminals
    "stdout closed": Odd({}, closed(1)),
    "all of them closed": Odd({}, closed(0, 1, 2), is_silent=True),
    "stdout full": Odd({}, full(1), status=1),
    "stderr full": Odd({}, full(2), is_silent=True),
    "nobody reads stdout": Odd({}, broken(1), status=1, is_silent=True),
    "nobody reads stderr": Odd({}, broken(2), is_silent=True),
    "an ASCII terminal of one column": Odd({"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "COLUMNS": "1", "LINES": "1"}),
    "no UTF-8 and no TERM": Odd({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TERM": None}),
    # Languages and clocks
    "a language and a time zone that nobody has": Odd({"LC_ALL": "tlh_QO.KOI-9", "TZ": "Middle/Earth"}),
    # The system
    "no folder for temporary files and no PATH": Odd({"TMPDIR": "/proc/nothing", "PATH": None}),
    "the folder was deleted": Odd({}, deleted_folder),
    "a folder that may only be read": Odd({}, nobody(lambda _: os.chdir("/")), forgets=True, needs_root=True),
    "few descriptors": Odd({}, limited(resource.RLIMIT_NOFILE, 16)),
    "no file may grow": Odd({}, limited(resource.RLIMIT_FSIZE, 0), refuses=("all",)),
    "a mask that hides all": Odd({"HOME": "{tmp}/own"}, nobody(hidden), needs_root=True),
    "SIGPIPE and SIGCHLD are ignored": Odd({}, ignoring),
    "no variables": Odd(dict.fromkeys((*os.environ, "HOME")), nobody(), forgets=True, needs_root=True),
    # Python
    "no docstrings, no assertions": Odd({"PYTHONOPTIMIZE": "2"}),
    "warnings are errors, for developers": Odd({"PYTHONWARNINGS": "error", "PYTHONDEVMODE": "1"}),
    "a safe path, and no place for bytecode": Odd({"PYTHONSAFEPATH": "1", "PYTHONPYCACHEPREFIX": "/proc/nothing"}),
    "a path to nowhere": Odd({"PYTHONPATH": "/proc/nothing:relative"}),
    # What others have set for TensorFlow, SQLite and displays
    "another Keras, no place for SQLite": Odd(
        {"KERAS_HOME": "/proc/nothing", "KERAS_BACKEND": "jax", "SQLITE_TMPDIR": "/proc/nothing"}
    ),
    "nonsense for threads": Odd({"OMP_NUM_THREADS": "many", "OPENBLAS_NUM_THREADS": "-3"}),
    "a display that is none": Odd({"DISPLAY": "nowhere:99", "WAYLAND_DISPLAY": "none", "XDG_RUNTIME_DIR": "/proc"}),
}


@dataclass(frozen=True)
class Command:
    """What is run, and how it ends in an ordinary environment."""

    words: str
    status: int = 0
    has_log: bool = True


CHEAP = {  # by name: commands that load neither TensorFlow nor Qt; there is no display
    "version": Command("--version", has_log=False),
    "wrong usage": Command("train --epochs 0", 2, has_log=False),
    "info of a session": Command(f"info {SESSION}"),
    "export": Command(f"export --session {SESSION} --run A --csv {{out}}/a.csv"),
    "code": Command("code warmup --out {out}/script.py"),
    "data that are not there": Command("train --dataset /nowhere/data.npz", 1),
    "the window": Command("", 2, has_log=False),
}

FEW = ("version", "info of a session", "data that are not there")

COSTLY = {  # all others, but for benchmarks and screenshots
    "help": Command("--help", has_log=False),
    "all versions": Command("--version --verbose"),
    "info": Command("info --json --dataset sample"),
    "classify": Command("classify {out}/../digit.png"),
    "train": Command("train --preset quick --layers 8 --epochs 1 --dataset sample --session {out}/new.layerlight"),
    "train without a place": Command("train --preset quick --layers 8 --epochs 1 --dataset sample"),
    "weights": Command(f"weights --session {SESSION} --out {{out}}/weights.npz"),
    "fingerprints": Command(
        f"fingerprints --session {SESSION} --dataset sample --out {{out}}/f.npz --picture {{out}}/f.png"
    ),
    "mistakes": Command(f"mistakes --session {SESSION} --dataset sample --json"),
    "data": Command("data --dataset sample --json"),
    "compare": Command(f"compare A B --session {SESSION} --dataset sample --json"),
    "map": Command(f"map --session {SESSION} --dataset sample --method pca --out {{out}}/map.npz"),
    "ideal": Command(f"ideal --session {SESSION} --steps 10 --out {{out}}/i.npz --picture {{out}}/i.png"),
    "sheet": Command("sheet --out {out}/sheet.pdf"),
    "warmup": Command("warmup --steps 10 --json"),
    "graph": Command("graph --of warmup --out {out}/graph.svg"),
    "Keras": Command(f"export --session {SESSION} --run A --keras {{out}}/a.keras"),
    "code with weights": Command(f"code weights --session {SESSION} --out {{out}}/weights.py"),
}


WINDOW_OPENS = "an open window"

WINDOW = Command("")  # the window, without a display, until it has trained a network

ALL = {**CHEAP, **COSTLY, WINDOW_OPENS: WINDOW}


@dataclass
class Ended:
    """What became of some commands in an odd environment."""

    odd: str
    statuses: dict[str, int]
    ended: int  # the status of the process
    out: str
    err: str
    log: str
    litter: list[str]  # what lies in the folder where they were started

    def faults(self) -> list[str]:
        """Return what is wrong with it, in words."""
        odd, told = ODD[self.odd], self.out + self.err
        words = ("Traceback", "Exception ignored", "Logging error", "made a mistake", "core dumped")
        found = [word for word in words if word in told]
        errors = [line for line in self.log.splitlines() if " ERROR " in line or " CRITICAL " in line]
        found += [line for line in errors if "The session could not be saved." not in line]
        commands = {name: ALL[name] for name in self.statuses}
        for name, wanted in commands.items():
            expected = {wanted.status or odd.status}
            if name in odd.refuses or "all" in odd.refuses:
                expected.add(1)
            if name == "train without a place" and odd.forgets:
                expected.add(1)
            if wanted is WINDOW:
                expected.add(0)  # it prints nothing
            if self.statuses[name] not in expected:
                found.append(f"{name} ended with {self.statuses[name]}")
        if not self.statuses:
            found.append("an exception that nobody caught")
        if self.ended and not odd.is_silent:
            found.append(f"the process ended with {self.ended}")
        if not odd.is_silent:
            said = told.count("Set HOME to a folder that only you may write to.")
            if said != odd.forgets * sum(wanted.has_log for wanted in commands.values()):
                found.append(f"said {said} times that something lacks")
            sentences = self.err.count("layerlight: ") + self.out.count("notice: ")
            if sentences < said + sum(status == 1 for status in self.statuses.values()):
                found.append("a failure without a sentence")
        if self.litter:
            found.append(f"litter: {self.litter}")
        return found


def variables(odd: Odd, tmp: Path) -> dict[str, str]:
    """Return the environment's variables."""
    foreign = ("XDG_", "LAYERLIGHT_", "QT_", "DISPLAY", "WAYLAND_", "LC_", "LANG", "PYTHON", "KERAS_", "TF_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    kept |= {"HOME": str(tmp / "home"), "LC_ALL": "C.UTF-8"}
    for name, value in odd.variables.items():
        kept.pop(name, None)
        if value is not None:
            kept[name] = value.replace("{tmp}", str(tmp))
    return kept


def prepared(digit: Path) -> Path:
    """Return a new folder that everybody may look into, with one to start in and one to write into."""
    tmp = Path(tempfile.mkdtemp(prefix="layerlight-odd-", dir="/tmp"))
    tmp.chmod(0o755)
    for name, mode in (("home", 0o755), ("start", 0o755), ("out", 0o777)):
        (tmp / name).mkdir()
        (tmp / name).chmod(mode)
    shutil.copy(digit, tmp / "digit.png")
    return tmp


def can_be_nobody() -> bool:
    """Whether a user without a name may read the program and Python."""
    if os.geteuid() != 0:
        return False
    trial = "import sys, numpy; [open(each).close() for each in sys.argv[1:]]"
    words = [sys.executable, "-c", trial, str(ROOT / "main.py"), str(SESSION)]
    done = subprocess.run(words, user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True, check=False)
    return done.returncode == 0


def possible() -> dict[str, Odd]:
    """Return the environments that can be had on this machine."""
    may = can_be_nobody()
    return {name: odd for name, odd in ODD.items() if may or not odd.needs_root}


def ended(name: str, commands: Iterable[str], digit: Path) -> Ended:
    """Run commands in that environment; return what became of them."""
    tmp = prepared(digit)
    reading, writing = os.pipe()
    words = [sys.executable, __file__, name, str(tmp), str(writing), *commands]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    try:
        with subprocess.Popen(words, pass_fds=[writing], **pipes) as process:
            os.close(writing)
            out, err = (told.decode(errors="replace") for told in process.communicate(timeout=230))
        statuses = json.loads(Path(f"/dev/fd/{reading}").read_bytes() or b"{}")
        logs = [path.read_text("utf-8", "replace") for path in tmp.rglob("layerlight.log") if path.is_file()]
        files = [path for path in (tmp / "start").rglob("*") if path.is_file()]
    finally:
        os.close(reading)
        shutil.rmtree(tmp)
    litter = sorted(path.name for path in files if "matplotlib" not in path.parts)  # which Keras imports
    return Ended(name, statuses, process.returncode, out, err, "".join(logs), litter)


def run_all(commands: dict[str, Command], tmp: Path) -> dict[str, int]:
    """Run commands one after the other in this process, and return how each ended."""
    import main

    sys.argv = ["main.py"]
    statuses = {}
    for name, wanted in commands.items():
        words = wanted.words.replace("{out}", str(tmp / "out")).split()
        with fresh():
            statuses[name] = open_window(*words) if wanted is WINDOW else main.main(words)
    return statuses


@contextlib.contextmanager
def fresh() -> Iterator[None]:
    """Take back what a command does to the log and to stderr: it expects to be the only one of its process."""
    stderr, kept = sys.stderr, None
    with contextlib.suppress(OSError):
        kept = os.dup(2)
    yield
    sys.stderr = stderr
    if kept is not None:
        os.dup2(kept, 2)
        os.close(kept)
    for handler in list(logging.getLogger().handlers):
        logging.getLogger().removeHandler(handler)
        with contextlib.suppress(OSError):
            handler.close()


def open_window(*words: str) -> int:
    """Open the window, let it train a little when it is ready, print its notices and close it."""
    os.environ |= {"QT_QPA_PLATFORM": "offscreen"}
    import gui.app
    from engine.core.specs import PRESETS

    def watch(application):
        before = []

        def change(state):
            if state != "idle":
                return
            before.append(state)
            if len(before) == 1:
                application.controls.start(PRESETS["quick"].spec.but(epochs=1, layers="8"))
                return
            for line in application.notices.history:
                print("notice:", line.text, flush=True)
            application.window.may_close = lambda: True  # otherwise one is asked where nothing could be saved
            application.leave()

        application.controls.stateChanged.connect(change)

    gui.app.watchers.append(watch)
    import main

    return main.main(list(words))


if __name__ == "__main__":
    name, folder, pipe, *wanted = sys.argv[1:]
    if name == "--inside":
        sys.path.insert(0, str(ROOT))
        found = run_all({each: ALL[each] for each in wanted}, Path(folder))
        os.write(int(pipe), json.dumps(found).encode())
    else:
        tmp = Path(folder)
        there = variables(ODD[name], tmp)
        os.set_inheritable(int(pipe), True)
        os.chdir(tmp / "start")
        if prepare := ODD[name].enter:
            prepare(tmp)
        os.execve(sys.executable, [sys.executable, __file__, "--inside", folder, pipe, *wanted], there)
