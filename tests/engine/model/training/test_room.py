"""What a training takes of the memory, and what is free: estimated before anything is built, asked or refused."""

import math
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from engine.core.errors import UserError
from engine.core.machine.memory import free_memory
from engine.core.specs import TrainSpec
from engine.model.network.model import Model
from engine.model.training import room
from engine.model.training.messages import MemoryAsked, RunFinished
from engine.model.training.room import activation_sizes, question, training_bytes
from engine.session.jobs.train import ask_first, train

GB = 10**9


@pytest.mark.parametrize(("layers", "shape"), [("128, 64", (28, 28)), ("conv 4, conv 5, 6", (9, 5)), ("", (9, 5))])
def test_of_one_image_there_are_as_many_numbers_as_keras_says(layers, shape):
    spec = TrainSpec(layers=layers)
    plan = spec.plan(shape, 7)
    model = Model(plan).keras
    outputs = [layer.output.shape for layer in model.layers if not layer.name.startswith(("channel", "flat"))]
    assert activation_sizes(plan) == [math.prod(shape), *(math.prod(each[1:]) for each in outputs)]


SAMPLE = SimpleNamespace(
    shape=(28, 28), classes=range(10), validation_images=None,
    train_images=np.broadcast_to(np.uint8(0), (4000, 28, 28)), test_images=np.broadcast_to(np.uint8(0), (1000, 28, 28)),
)  # fmt: skip


MEASURED = (  # layers, batch, optimiser, and the peak of the resident size above that of the process before, in MB
    ("8", 1000, "sgd", 156), ("2048, 2048", 1000, "sgd", 417), ("4096, 4096", 2000, "sgd", 1072),
    ("4096, 4096", 2000, "momentum", 1290), ("4096, 4096", 2000, "adam", 1543),
    ("8192, 8192", 4000, "sgd", 3844), ("8192, 8192", 4000, "adam", 5044),
    ("512" + ", 512" * 7, 4000, "sgd", 391), ("conv 64, conv 64, 256", 1000, "sgd", 768),
    ("conv 256, conv 32, 64", 1000, "sgd", 2998), ("conv 16, conv 32, 64", 4000, "adam", 725),
    ("conv 128", 1000, "sgd", 1138),
)  # fmt: skip


@pytest.mark.parametrize(("layers", "batch", "optimizer", "peak"), MEASURED)
def test_the_estimate_is_what_was_measured_or_somewhat_more(layers, batch, optimizer, peak):
    spec = TrainSpec(layers=layers, batch=batch, optimizer=optimizer)
    assert 1 <= training_bytes(spec, SAMPLE) / (peak * 10**6) < 1.5


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read where Linux tells it")
@pytest.mark.parametrize(
    ("layers", "batch", "optimizer"),
    [("2048, 2048", 1000, "sgd"), ("3000", 2000, "adam"), ("conv 64, 64", 500, "sgd"), ("conv 16", 2000, "adam")],
)
def test_a_training_takes_about_what_was_estimated(layers, batch, optimizer, tmp_path):
    code = """
import sys
from pathlib import Path
from engine.data.sources import open_dataset
from engine.core.machine.device import device
from engine.model.training.room import training_bytes
from engine.session.session import Session
from engine.core.specs import TrainSpec
from engine.session.jobs.train import train

def memory(key):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))

layers, batch, optimizer, place = sys.argv[1:]
data = open_dataset("sample")[0]
session = Session(data, new_place=lambda: Path(place))
spec = TrainSpec(layers=layers, batch=int(batch), optimizer=optimizer, epochs=1)
device(), __import__("keras")
before = memory("VmRSS")
for _ in train(session, spec):
    pass
print(training_bytes(spec, data), memory("VmHWM") - before)
"""
    place = str(tmp_path / "s.layerlight")
    command = [sys.executable, "-c", code, layers, str(batch), optimizer, place]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    estimated, peak = map(int, done.stdout.split())
    assert 0.9 * peak < estimated < 1.7 * peak


MEMINFO = "MemTotal: 32000000 kB\nMemFree: 1 kB\nMemAvailable: 8000000 kB\n"
V2, V1 = "sys/fs/cgroup", "sys/fs/cgroup/memory"


def group(folder, most, used, stat=""):
    """The files of a control group of version 2."""
    return {f"{folder}/memory.max": most, f"{folder}/memory.current": used, f"{folder}/memory.stat": stat}


SYSTEMS = {
    "nothing is known": ({}, None),
    "no groups": ({"proc/meminfo": MEMINFO}, 8_192_000_000),
    "a group without a limit": ({"proc/self/cgroup": "0::/a\n"} | group(f"{V2}/a", "max\n", "5\n"), 8_192_000_000),
    "a limit around the group": (
        {"proc/self/cgroup": "0::/a/b\n", f"{V2}/a/b/memory.max": "max\n"}
        | group(f"{V2}/a", "3000000000\n", "1000000000\n", "anon 5\ninactive_file 400000000\n"),
        2_400_000_000,
    ),
    "a container, which sees itself as the top": (
        {"proc/self/cgroup": "0::/docker/123\n"} | group(V2, "2000000000\n", "500000000\n"), 1_500_000_000,
    ),
    "version 1": (
        {
            "proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/x\n",
            f"{V1}/x/memory.limit_in_bytes": "1000000000\n",
            f"{V1}/x/memory.usage_in_bytes": "300000000\n",
            f"{V1}/x/memory.stat": "inactive_file 9\ntotal_inactive_file 100000000\n",
            f"{V1}/memory.limit_in_bytes": "9223372036854771712\n",
            f"{V1}/memory.usage_in_bytes": "300000000\n",
        },
        800_000_000,
    ),
    "a group that has more than it may": ({"proc/self/cgroup": "0::/\n"} | group(V2, "100\n", "200\n"), 0),
}  # fmt: skip


@pytest.mark.parametrize("kind", SYSTEMS)
def test_free_is_what_the_machine_and_every_group_leave(kind, tmp_path):
    files, free = SYSTEMS[kind]
    for name, content in ({} if free is None else {"proc/meminfo": MEMINFO} | files).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    assert free_memory(tmp_path) == free
    here = free_memory()
    assert here is None or 0 < here < 10**15


@pytest.fixture
def small(dataset, monkeypatch):
    """Settings, and a function that leaves so much memory free that they take a share of it."""
    spec = TrainSpec(layers="8", batch=24, epochs=1)

    def leave(share):
        needed = training_bytes(spec, dataset)
        monkeypatch.setattr(room, "free_memory", lambda: None if share is None else int(needed / share))

    return spec, leave


def test_above_half_of_what_is_free_a_person_is_asked_and_above_four_fifths_it_is_refused(small, session, dataset):
    spec, leave = small
    for share in (None, 0.01, 0.49):
        leave(share)
        assert question(spec, dataset, "auto") == "" and not list(ask_first(session, spec))
    for share in (0.51, 0.79):
        leave(share)
        (asked,) = train(session, spec)
        assert isinstance(asked, MemoryAsked) and (asked.spec, asked.parent, asked.on) == (spec, None, "auto")
        needed = training_bytes(spec, dataset)
        assert f"with a batch of 24 takes about {needed / GB:.1f} GB" in asked.sentence
        assert f"and {needed / share / GB:.1f} GB are free." in asked.sentence
    for share in (0.51, 1.5):
        leave(share)
        (asked,) = ask_first(session, spec)
        assert isinstance(asked, MemoryAsked), "beside another run one is only asked, however little is free"
    assert session.runs == {}
    leave(0.79)
    assert isinstance(list(train(session, spec, large=True))[-1], RunFinished)

    session.runs.clear()
    leave(0.81)
    for large in (False, True):
        with pytest.raises(UserError, match=r"takes about 0\.\d GB of memory, and 0\.\d GB are free") as refused:
            train(session, spec, large=large)
        assert refused.value.hint and session.runs == {}


def test_the_memory_of_a_gpu_is_not_looked_at(small, dataset, monkeypatch):
    spec, leave = small
    leave(9)
    monkeypatch.setattr(room, "device", lambda on: type("Gpu", (), {"is_gpu": on == "auto"}))
    assert question(spec, dataset, "auto") == ""
    with pytest.raises(UserError):
        question(spec, dataset, "cpu")
