"""The set-up, run in a folder of its own with stand-ins for Python, uv, ldd, id and apt-get."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
REAL_TOOLS = [
    "sh", "cat", "chmod", "dirname", "grep", "mkdir", "mktemp", "rm", "sed", "sort", "tr"
]  # fmt: skip

# Runs .ci/make.py as another interpreter would, on a system and a machine
AS_ANOTHER = """
import platform, runpy, sys
sys.executable = sys._base_executable = sys.argv[1]
version, system, machine, *sys.argv = sys.argv[2:]
sys.version_info = tuple(map(int, version.split(".")))
platform.system, platform.machine = lambda: system, lambda: machine
runpy.run_path(sys.argv[0], run_name="__main__")
"""

# What a stand-in for Python answers: where it lives when probed, a folder for `-m venv`, silence for pip.
PYTHON = """
case "$*" in
*ensurepip*) [ -n "{ensurepip}" ] && echo {path} ;;
*"import venv"*) echo {path} ;;
*"-m venv"*) mkdir -p .venv/bin && cat {path} >.venv/bin/python && chmod +x .venv/bin/python; {made} ;;
*"-m pip install"*) echo "$*" >>pip-calls; {installed} ;;
esac
"""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the script needs a POSIX shell")


class Machine:
    """A machine with nothing on it but the checkout's set-up and what a test puts on the PATH."""

    def __init__(self, folder):
        self.checkout = folder / "a checkout"
        self.path = folder / "bin"
        self.driver = folder / "driver"  # what is there where an NVIDIA card has its driver
        (self.checkout / ".ci").mkdir(parents=True)
        for name in ("setup", "make.py"):
            shutil.copy(ROOT / ".ci" / name, self.checkout / ".ci" / name)
        (self.checkout / "requirements.lock").write_text("numpy==1\n")
        (self.checkout / "requirements-gpu.lock").write_text("nvidia-cudnn==1\n")
        self.path.mkdir()
        for tool in REAL_TOOLS:
            (self.path / tool).symlink_to(shutil.which(tool) or pytest.skip(f"{tool} is not on this machine"))
        self.put("id", "echo 1000")

    def put(self, name, script=""):
        """Put a program on the PATH."""
        program = self.path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return program

    def put_python(self, name, *, ensurepip=True, made=":", installed=":"):
        """Put a Python that fits on the PATH; `made` and `installed` run after it made a venv or installed."""
        flag = "yes" if ensurepip else ""
        self.python = path = self.path / name
        return self.put(name, PYTHON.format(path=path, ensurepip=flag, made=made, installed=installed))

    def lacks(self, *libraries):
        """Let Qt be installed, and `ldd` not find these libraries for its X11 part, or for all of it."""
        x11 = "\n".join(f"echo '	{name} => not found'" for name in libraries if "xcb" in name)
        everything = "\n".join(f"echo '	{name} => not found'" for name in libraries if "xcb" not in name)
        self.put("ldd", f'case "$*" in *libqxcb*) :\n{x11}\n;; esac\n{everything}')

    def run(self, *arguments, **environment):
        """Run what only a shell can."""
        return self.do("/bin/sh", ".ci/setup", *arguments, **environment)

    def set_up(self, system="Linux x86_64", version="3.13", **environment):
        """Set everything up, by the last Python that was put there."""
        words = (self.python, version, *system.split(), ".ci/make.py", "setup")
        return self.do(sys.executable, "-I", "-c", AS_ANOTHER, *words, **environment)

    def do(self, *words, **environment):
        """Run words on this machine."""
        environment |= {"PATH": str(self.path), "HOME": str(self.checkout)}
        environment |= {"LAYERLIGHT_PYTHON_PLACES": "", "LAYERLIGHT_NVIDIA_DRIVER": str(self.driver)}
        how = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 20}
        return subprocess.run(words, cwd=self.checkout, env=environment, **how)


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def refused_with(result):
    """Return the one sentence that a refusal must be."""
    assert result.returncode == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr.startswith("Layerlight: ")
    return result.stderr


def test_without_a_python_that_fits_one_sentence_names_what_to_install(machine):
    assert "Python 3.12 or 3.13" in refused_with(machine.run("find-python"))
    machine.put("python3.11", "exit 1")
    machine.put("python3", "exit 1")
    sentence = refused_with(machine.run("find-python"))
    assert "Python 3.12 or 3.13" in sentence and "install" in sentence
    machine.put_python("python3.13", ensurepip=False)
    assert "sudo apt-get install python3.13-venv" in refused_with(machine.run("find-python"))


def test_a_python_too_old_for_the_probe_is_refused_by_the_probe_itself(machine):
    real = shutil.which("python3.11") or shutil.which("python3.10")
    if real is None or subprocess.run([real, "-c", ""], capture_output=True).returncode:
        pytest.skip("there is no older Python on this machine")
    machine.put("python3", f'exec "{real}" "$@"')
    refused_with(machine.run("find-python"))


def test_the_interpreter_of_uv_comes_first_then_one_on_the_path_then_one_of_pyenv(machine):
    hidden = machine.checkout / ".pyenv/versions/3.13.0/bin/python"
    hidden.parent.mkdir(parents=True)
    machine.put_python("python3.13").rename(hidden)
    assert machine.run("find-python").returncode == 0
    machine.put("python3.13", "echo 'command not found' >&2; exit 127")  # a broken shim
    fitting = machine.put_python("python3.12")
    assert machine.run("find-python").stdout == f"{fitting}\n"
    machine.put("uv", "exit 1")
    assert machine.run("find-python").stdout == f"{fitting}\n"
    chosen = machine.put_python("python-of-uv")
    machine.put("uv", f'[ "$1 $2" = "python find" ] && echo "{chosen}"')
    assert machine.run("find-python").stdout == f"{chosen}\n"
    machine.put("mine", "exit 1")
    assert "PYTHON=mine" in refused_with(machine.run("find-python", PYTHON="mine")), "a named one that does not fit"
    named = machine.put_python("named")
    machine.set_up()
    assert machine.run("find-python").stdout == f"{named}\n", "the one that .venv was made from"


def calls(machine):
    """What pip was called with."""
    return (machine.checkout / "pip-calls").read_text().splitlines()


def test_a_second_set_up_does_nothing_and_a_changed_lock_brings_the_folder_up_to_date(machine):
    machine.put_python("python3.13")
    first = machine.set_up()
    assert first.returncode == 0, first.stderr
    second = machine.set_up()
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert len(calls(machine)) == 1

    (machine.checkout / ".venv/kept").touch()
    (machine.checkout / "requirements.lock").write_text("numpy==2\n")
    assert "up to date" in machine.set_up().stderr
    assert len(calls(machine)) == 2 and (machine.checkout / ".venv/kept").exists()


def test_only_the_locked_wheels_are_installed_and_each_is_checked(machine):
    machine.put_python("python3.13", installed='echo "user ${PIP_USER} target ${PIP_TARGET-none}" >>pip-calls')
    machine.set_up(PIP_USER="1", PIP_TARGET="/elsewhere")
    command, settings = calls(machine)
    assert "--require-hashes --no-deps --only-binary :all: --requirement requirements.lock" in command
    assert settings == "user 0 target none"


@pytest.mark.parametrize("moment", ["made", "installed"])
def test_an_interrupted_set_up_starts_again(machine, moment):
    machine.put_python("python3.13", **{moment: "exit 1"})
    refused = machine.set_up()
    assert refused.returncode == 1
    assert "run this again" in refused.stderr
    (machine.checkout / ".venv/half").touch()

    machine.put_python("python3.13")
    assert machine.set_up().returncode == 0
    assert not (machine.checkout / ".venv/half").exists()
    assert machine.set_up().stderr == ""


def test_an_interrupted_update_makes_the_folder_again(machine):
    machine.put_python("python3.13", installed="[ ! -e broken ]")
    machine.set_up()
    (machine.checkout / ".venv/half").touch()
    (machine.checkout / "requirements.lock").write_text("numpy==2\n")
    (machine.checkout / "broken").touch()
    assert "run this again" in machine.set_up().stderr
    (machine.checkout / "broken").unlink()
    assert "setting up" in machine.set_up().stderr
    assert not (machine.checkout / ".venv/half").exists()


def test_another_interpreter_makes_the_folder_again_only_where_it_is_named_or_the_first_is_gone(machine):
    first, kept = machine.put_python("first"), machine.checkout / ".venv/kept"
    machine.set_up()
    kept.touch()
    second = machine.put_python("second")
    assert machine.set_up().stderr == "" and kept.exists()
    assert "setting up" in machine.set_up(PYTHON="second").stderr and not kept.exists()
    second.unlink()
    machine.python = first
    assert "setting up" in machine.set_up().stderr


RECORDS = """
case "$*" in
*make.py*) exec "{real}" "$@" ;;
*"import venv"*) echo "{path}" ;;
*) words=$(printf '<%s> ' "$@"); echo "$words $QT_QPA_PLATFORM $KILLS $PYTHONPATH" >>calls ;;
esac
"""


def test_make_and_the_commands_of_python_are_the_same_with_settings_and_words_of_ones_own(machine):
    for name in ("make", "mkdir"):
        (machine.path / name).unlink(missing_ok=True)
        (machine.path / name).symlink_to(shutil.which(name) or pytest.skip(f"{name} is not on this machine"))
    shutil.copy(ROOT / "Makefile", machine.checkout)
    path = machine.put_python("python3.13")
    machine.set_up()
    (machine.checkout / ".venv/bin/python").write_text("#!/bin/sh" + RECORDS.format(real=sys.executable, path=path))
    path.write_text("#!/bin/sh" + RECORDS.format(real=sys.executable, path=path))

    def calls_of(*words, **environment):
        done = machine.do(*words, PYTHONPATH="elsewhere", **environment)
        assert done.returncode == 0, (words, done)
        recorded = machine.checkout / "calls"
        lines = sorted(recorded.read_text().splitlines())
        recorded.unlink()
        return lines

    python = (sys.executable, ".ci/make.py")
    commands = machine.do(*python, "help").stdout
    assert machine.do("make").stdout == commands
    names = re.findall(r"^([a-z]+(?:-[a-z]+)*)  +[a-z0-9]", commands, re.MULTILINE)
    assert len(names) > 20 and machine.do("make", "--dry-run", *names).returncode == 0
    for by_make, by_python in (
        (["test", "ARGS=-k 'a b'"], ["test", "-k", "a b"]),
        (["lint"], ["lint"]),
        (["run", "ARGS=--version"], ["run", "--version"]),
        (["kill-test", "KILLS=7"], ["kill-test", "KILLS=7"]),
        (["screenshots", "DIR=a folder"], ["screenshots", "DIR=a folder"]),
    ):
        assert calls_of("make", *by_make) == calls_of(*python, *by_python), by_make
    assert calls_of("make", "kill-test", KILLS="3") == ["<-m> <pytest> <-m> <kill> <-s>  offscreen 3 "]
    assert calls_of("make", "run", 'ARGS="a b"') == ["<main.py> <a b>    elsewhere"]
    programs = [line.split()[1] for line in calls_of("make", "test")]
    assert programs == ["<from", "<mypy>", "<pytest>", "<ruff>", "<ruff>"]


def test_a_command_that_there_is_not_and_another_python_are_refused_in_a_sentence(machine):
    machine.put_python("python3.13")
    assert "no command nonsense" in refused_with(machine.do(sys.executable, ".ci/make.py", "nonsense"))
    assert "python3.13" in refused_with(machine.set_up(version="3.14")), "it says which"


def test_without_a_card_there_is_no_report_and_nothing_is_installed_for_it(machine):
    python = (sys.executable, ".ci/make.py", "gpu-report")
    assert "nothing to report" in refused_with(machine.do(*python))
    assert not (machine.checkout / ".venv").exists()


def test_what_fails_ends_with_its_status(machine):
    machine.put_python("python3.13")
    machine.set_up()
    (machine.checkout / ".venv/bin/python").write_text('#!/bin/sh\ncase "$*" in *mypy*) exit 2 ;; esac')
    assert machine.do(sys.executable, ".ci/make.py", "test").returncode == 2
    assert machine.do(sys.executable, ".ci/make.py", "lint").returncode == 2
    assert machine.do(sys.executable, ".ci/make.py", "fuzz").returncode == 0


def test_the_window_takes_the_place_of_the_command_so_it_gets_the_signals_that_end_it(machine):
    machine.put_python("python3.13")
    machine.set_up()
    (machine.checkout / ".venv/bin/python").write_text("#!/bin/sh\necho $$")
    command = [sys.executable, machine.checkout / ".ci/make.py", "run"]
    with subprocess.Popen(command, env={"PATH": str(machine.path)}, stdout=subprocess.PIPE, text=True) as process:
        assert int(process.stdout.read()) == process.pid


def test_constraints_are_the_versions_of_the_lock_without_hashes(machine):
    shutil.copy(ROOT / "requirements.lock", machine.checkout)
    machine.put_python("python3.13")
    machine.set_up()
    (machine.checkout / ".venv/bin/python").write_text("#!/bin/sh\nmkdir 'a folder'")
    assert machine.do(sys.executable, ".ci/make.py", "wheel", "DIST=a folder").returncode == 0
    lines = (machine.checkout / "a folder/constraints.txt").read_text().splitlines()
    assert [re.fullmatch(r"([\w-]+)==[\w.]+( ; [^\\]+[^ \\])?", line)[1] for line in lines] == list(
        locked("requirements.lock")
    )


BOTH_LOCKS = "--requirement requirements.lock --requirement requirements-gpu.lock"


def test_with_gpu_1_the_second_lock_is_installed_too_and_stays(machine):
    machine.put_python("python3.13")
    machine.driver.touch()
    assert machine.set_up(GPU="1").returncode == 0
    assert BOTH_LOCKS in calls(machine)[0]
    without_flag = machine.set_up()
    assert (without_flag.returncode, without_flag.stderr, len(calls(machine))) == (0, "", 1)
    (machine.checkout / "requirements.lock").write_text("numpy==2\n")
    machine.set_up()
    assert BOTH_LOCKS in calls(machine)[1]


def test_a_card_that_is_not_used_is_named_with_what_to_type(machine):
    machine.put_python("python3.13")
    assert "NVIDIA" not in machine.set_up().stderr
    (machine.checkout / ".venv/kept").touch()
    machine.driver.touch()
    assert "make run GPU=1" in machine.set_up().stderr
    assert machine.set_up(GPU="1").stderr.count("GPU=1") == 0
    assert BOTH_LOCKS in calls(machine)[1] and (machine.checkout / ".venv/kept").exists(), "it adds to the folder"


def test_without_the_driver_one_is_told_that_the_processor_computes_and_gpu_has_one_value(machine):
    machine.put_python("python3.13")
    assert "install the driver" in machine.set_up(GPU="1").stderr
    assert "GPU=yes" in refused_with(machine.set_up(GPU="yes"))


@pytest.mark.parametrize("system", ["Darwin arm64", "Linux aarch64", "Windows AMD64"])
def test_where_tensorflow_has_no_gpu_the_flag_is_refused_before_anything_is_installed(machine, system):
    machine.put_python("python3.13")
    assert "leave GPU=1 out" in refused_with(machine.set_up(system, GPU="1"))
    assert not (machine.checkout / ".venv").exists()


def test_who_is_not_root_is_told_the_command_to_type(machine):
    machine.lacks("libEGL.so.1", "libxcb-cursor.so.0")
    for installer, command in (
        ("apt-get", "sudo apt-get install libegl1 libxcb-cursor0."),
        ("dnf", "sudo dnf install 'libEGL.so.1()(64bit)' 'libxcb-cursor.so.0()(64bit)'."),
        ("pacman", "sudo pacman -S --needed libglvnd xcb-util-cursor."),
    ):
        program = machine.put(installer, "exit 1")
        for mode in ("run", "test"):
            assert refused_with(machine.run("libraries", mode)).rstrip().endswith(command)
        program.unlink()


def test_without_a_library_of_x11_a_window_is_warned_about_and_tests_go_on(machine):
    machine.put("apt-get", "exit 1")
    machine.lacks("libxcb-cursor.so.0")
    warned, tested = machine.run("libraries", "run"), machine.run("libraries", "test")
    assert warned.returncode == 0 and "sudo apt-get install libxcb-cursor0" in warned.stderr
    assert (tested.returncode, tested.stderr) == (0, "")
    machine.lacks()
    done = machine.run("libraries", "run")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_root_on_debian_gets_the_libraries_installed(machine):
    machine.lacks("libGL.so.1", "libxcb-icccm.so.4")
    machine.put("id", "echo 0")
    machine.put("apt-get", f'echo "$*" >>apt-calls; echo noise; echo : >{machine.path / "ldd"}')
    result = machine.run("libraries", "run")
    assert result.stdout == ""
    assert "noise" not in result.stderr
    installed = (machine.checkout / "apt-calls").read_text()
    assert installed.rstrip().endswith("install --yes --no-install-recommends libgl1 libxcb-icccm4")


def locked(name):
    """Return a lock's requirements: what stands behind each name."""
    entries = re.split(r"^(?=[a-z0-9])", (ROOT / name).read_text(), flags=re.MULTILINE)[1:]
    return {entry.split("==")[0]: entry for entry in entries}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-gpu.lock", "requirements-bundle.lock"])
def test_a_lock_holds_no_address_and_no_path_and_of_every_requirement_one_version_and_a_hash(name):
    text = (ROOT / name).read_text()
    assert not re.search(r"://|find-links|index-url|(^|\s)/\w", text)
    assert len(locked(name)) > 10
    for requirement, entry in locked(name).items():
        pattern = rf"{re.escape(requirement)}==[\w.]+ (;[^\\]+)?\\\n +--hash=sha256:[0-9a-f]{{64}}"
        assert re.match(pattern, entry), entry


def test_the_second_lock_adds_the_cuda_libraries_and_changes_nothing_of_the_first():
    added = locked("requirements-gpu.lock").keys()
    assert {"nvidia-cudnn-cu12", "nvidia-cublas-cu12"} <= added
    assert not added & locked("requirements.lock").keys()


def test_the_lock_of_the_program_to_open_has_tensorflow_without_cards_and_otherwise_the_versions_tested_here():
    inside, tested = locked("requirements-bundle.lock"), locked("requirements.lock")
    assert "platform_machine == 'x86_64' and sys_platform == 'linux'" in inside["tensorflow-cpu"]
    assert inside.keys() - tested.keys() >= {"pyinstaller", "tensorflow-cpu", "zstandard"}
    assert not inside.keys() & {"mypy", "pytest", "ruff"}
    versions = [{name: lock[name].split()[0] for name in inside.keys() & tested.keys()} for lock in (inside, tested)]
    assert versions[0] == versions[1]


def test_the_set_up_wants_the_python_that_the_project_wants_and_locks_all_its_dependencies():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert f"python_wanted='{project['project']['requires-python']}'" in (ROOT / ".ci/setup").read_text()
    least, most = re.findall(r"3\.(\d+)", project["project"]["requires-python"])
    fits = f"(3, {least}) <= sys.version_info < (3, {most})"
    assert all(fits in (ROOT / ".ci" / name).read_text() for name in ("setup", "make.py"))
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = {re.split(r"[^\w-]", requirement)[0].lower() for requirement in wanted}
    assert names <= locked("requirements.lock").keys()
