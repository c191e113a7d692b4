"""TensorFlow's libraries are loaded ahead of its import, while other threads go on."""

import json
import os
import subprocess
import sys
import tempfile

import pytest

from engine.core.errors import UserError
from engine.core.machine.folders import RESOURCES
from engine.core.preload import LEAST_ADDRESS_SPACE, check_address_space, set_environment

SCRIPT = """
import sys, threading, time
from engine.core.preload import preload_tensorflow
gaps, done = [0.0], threading.Event()
def tick():
    last = time.perf_counter()
    while not done.is_set():
        time.sleep(0.002)
        gaps.append(time.perf_counter() - last)
        last += gaps[-1]
thread = threading.Thread(target=tick)
thread.start()
begin = time.perf_counter()
preload_tensorflow()
took = time.perf_counter() - begin
done.set()
thread.join()
assert "tensorflow" not in sys.modules
assert "libtensorflow_cc" in open("/proc/self/maps").read()
print(took, max(gaps))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="done on Linux only")
def test_the_libraries_are_loaded_and_the_other_threads_go_on():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    took, longest_gap = map(float, done.stdout.split())
    assert longest_gap < max(0.05, took / 2)


KERAS = """
import sys
from engine.core.lazy import keras
keras.config
assert not {"matplotlib", "sklearn"} & set(sys.modules), "what takes a third of the import, and is not used"
import matplotlib  # who wants it has it
import sqlite3  # bound to the SQLite of TensorFlow if it came only now
print(sqlite3.sqlite_version)
print(keras.config.backend(), keras.config.floatx(), keras.config.image_data_format(), keras.config.epsilon())
"""


def test_keras_comes_without_what_is_not_used_here_and_what_a_person_has_set_elsewhere_changes_no_network(tmp_path):
    settings = tmp_path / ".keras" / "keras.json"
    settings.parent.mkdir()
    others = {"backend": "torch", "floatx": "float64", "image_data_format": "channels_first", "epsilon": 0.1}
    settings.write_text(json.dumps(others))
    environment = {**os.environ, "HOME": str(tmp_path), "KERAS_HOME": str(settings.parent), "KERAS_BACKEND": "jax"}
    found = subprocess.run(
        [sys.executable, "-c", KERAS], cwd=RESOURCES.parent, env=environment, capture_output=True, text=True, check=True
    )
    own = subprocess.check_output([sys.executable, "-c", "import sqlite3; print(sqlite3.sqlite_version)"], text=True)
    assert found.stdout.split() == [own.strip(), "tensorflow", "float32", "channels_last", "1e-07"]


def test_where_nothing_may_be_written_anywhere_tensorflow_still_finds_a_name_for_temporary_files(monkeypatch):
    def refuse():
        raise FileNotFoundError("No usable temporary directory found")

    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", None)
        patch.setattr(tempfile, "gettempdir", refuse)
        set_environment()
        assert tempfile.tempdir == os.devnull


def test_a_shell_that_allows_too_few_addresses_is_named(monkeypatch):
    resource = pytest.importorskip("resource")
    for limit in (resource.RLIM_INFINITY, LEAST_ADDRESS_SPACE):
        monkeypatch.setattr("resource.getrlimit", lambda which, limit=limit: (limit, limit))
        check_address_space()
    monkeypatch.setattr("resource.getrlimit", lambda which: (LEAST_ADDRESS_SPACE - 1, LEAST_ADDRESS_SPACE))
    with pytest.raises(UserError, match=r"GB of addresses \(ulimit -v\)"):
        check_address_space()
