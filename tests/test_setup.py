"""The set-up script, run in a folder of its own with stand-ins for Python, uv, ldd, id and apt-get."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
REAL_TOOLS = [
    "sh", "cat", "chmod", "cksum", "dirname", "grep", "mkdir", "mktemp", "readlink", "rm", "sed", "sort", "tr", "uname"
]  # fmt: skip

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
        shutil.copy(ROOT / ".ci/setup", self.checkout / ".ci/setup")
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
        path = self.path / name
        return self.put(name, PYTHON.format(path=path, ensurepip=flag, made=made, installed=installed))

    def lacks(self, *libraries):
        """Let Qt be installed, and `ldd` not find these libraries for its X11 part, or for all of it."""
        x11 = "\n".join(f"echo '	{name} => not found'" for name in libraries if "xcb" in name)
        everything = "\n".join(f"echo '	{name} => not found'" for name in libraries if "xcb" not in name)
        self.put("ldd", f'case "$*" in *libqxcb*) :\n{x11}\n;; esac\n{everything}')

    def run(self, *arguments, **environment):
        environment |= {"PATH": str(self.path), "HOME": str(self.checkout)}
        environment |= {"LAYERLIGHT_PYTHON_PLACES": "", "LAYERLIGHT_NVIDIA_DRIVER": str(self.driver)}
        how = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 20}
        return subprocess.run(["/bin/sh", ".ci/setup", *arguments], cwd=self.checkout, env=environment, **how)


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
    assert "Python 3.12 or 3.13" in refused_with(machine.run("run"))
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


def calls(machine):
    """What pip was called with."""
    return (machine.checkout / "pip-calls").read_text().splitlines()


def test_a_second_set_up_does_nothing_and_a_changed_lock_brings_the_folder_up_to_date(machine):
    machine.put_python("python3.13")
    first = machine.run("run")
    assert first.returncode == 0, first.stderr
    second = machine.run("run")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert len(calls(machine)) == 1

    (machine.checkout / ".venv/kept").touch()
    (machine.checkout / "requirements.lock").write_text("numpy==2\n")
    assert "up to date" in machine.run("run").stderr
    assert len(calls(machine)) == 2 and (machine.checkout / ".venv/kept").exists()


def test_only_the_locked_wheels_are_installed_and_each_is_checked(machine):
    machine.put_python("python3.13", installed='echo "user ${PIP_USER} target ${PIP_TARGET-none}" >>pip-calls')
    machine.run("test", PIP_USER="1", PIP_TARGET="/elsewhere")
    command, settings = calls(machine)
    assert "--require-hashes --no-deps --only-binary :all: --requirement requirements.lock" in command
    assert settings == "user 0 target none"


@pytest.mark.parametrize("moment", ["made", "installed"])
def test_an_interrupted_set_up_is_begun_anew(machine, moment):
    machine.put_python("python3.13", **{moment: "exit 1"})
    refused = machine.run("run")
    assert refused.returncode == 1
    assert "run this again" in refused.stderr
    (machine.checkout / ".venv/half").touch()

    machine.put_python("python3.13")
    assert machine.run("run").returncode == 0
    assert not (machine.checkout / ".venv/half").exists()
    assert machine.run("run").stderr == ""


ON_LINUX = "case $1 in -s) echo Linux ;; -m) echo x86_64 ;; esac"
BOTH_LOCKS = "--requirement requirements.lock --requirement requirements-gpu.lock"


@pytest.fixture
def linux(machine):
    machine.put_python("python3.13")
    (machine.path / "uname").unlink()
    machine.put("uname", ON_LINUX)
    return machine


def test_with_gpu_1_the_second_lock_is_installed_too_and_stays(linux):
    linux.driver.touch()
    assert linux.run("run", GPU="1").returncode == 0
    assert BOTH_LOCKS in calls(linux)[0]
    without_flag = linux.run("test")
    assert (without_flag.returncode, without_flag.stderr, len(calls(linux))) == (0, "", 1)
    (linux.checkout / "requirements.lock").write_text("numpy==2\n")
    linux.run("run")
    assert BOTH_LOCKS in calls(linux)[1]


def test_a_card_that_is_not_used_is_named_with_what_to_type(linux):
    assert "NVIDIA" not in linux.run("run").stderr
    (linux.checkout / ".venv/kept").touch()
    linux.driver.touch()
    assert "make run GPU=1" in linux.run("run").stderr
    assert linux.run("run", GPU="1").stderr.count("GPU=1") == 0
    assert BOTH_LOCKS in calls(linux)[1] and (linux.checkout / ".venv/kept").exists(), "it adds to the folder"


def test_without_the_driver_one_is_told_that_the_processor_computes_and_gpu_has_one_value(linux):
    assert "install the driver" in linux.run("run", GPU="1").stderr
    assert "GPU=yes" in refused_with(linux.run("run", GPU="yes"))


@pytest.mark.parametrize("system", ["echo Darwin arm64", ON_LINUX.replace("x86_64", "aarch64")])
def test_where_tensorflow_has_no_gpu_the_flag_is_refused_before_anything_is_installed(linux, system):
    linux.put("uname", system)
    assert "leave GPU=1 out" in refused_with(linux.run("run", GPU="1"))
    assert not (linux.checkout / ".venv").exists()


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


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-gpu.lock"])
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


def test_the_set_up_wants_the_python_that_the_project_wants_and_locks_all_its_dependencies():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert f"python_wanted='{project['project']['requires-python']}'" in (ROOT / ".ci/setup").read_text()
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = {re.split(r"[^\w-]", requirement)[0].lower() for requirement in wanted}
    assert names <= locked("requirements.lock").keys()
