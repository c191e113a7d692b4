"""What is computed on: found, set up, chosen; and what happens where its memory does not suffice."""

import json
import subprocess
import sys

import pytest
from made_sessions import ROOT, home_in
from told import of

import engine.core.machine.device
from engine.core.errors import UserError
from engine.core.lazy import tf
from engine.core.machine.device import Device, device, is_out_of_memory, unused_card
from engine.core.messages import Notice
from engine.core.specs import PRESETS, TrainSpec
from engine.model.training.learner import Learner
from engine.model.training.messages import DeviceFull, EpochDone, Parent
from engine.session.jobs.data import EngineReady, prepare
from engine.session.jobs.train import train
from engine.session.session import Session
from tests.faults import refusing

SPEC = TrainSpec(layers="12", batch=20, epochs=3)


@pytest.fixture
def cards(monkeypatch):
    """Let TensorFlow list graphics cards; returns those of which the memory grows."""
    growing = []

    def grow(gpu, enable):
        assert enable
        growing.append(gpu)

    def cards(*gpus):
        devices.cache_clear()
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: list(gpus) if kind == "GPU" else [])
        monkeypatch.setattr(tf.config.experimental, "set_memory_growth", grow)
        monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: {"device_name": f"NVIDIA {gpu}"})
        return growing

    devices = engine.core.machine.device.devices
    yield cards
    devices.cache_clear()


def test_the_first_gpu_is_taken_and_none_grabs_memory_in_advance_unless_the_cpu_is_chosen(cards):
    growing = cards("first", "second")
    assert device() == Device("GPU, NVIDIA first", is_gpu=True, place="/device:GPU:0")
    assert growing == ["first", "second"]
    chosen = device("cpu")
    assert (chosen.is_gpu, chosen.place) == (False, "/device:CPU:0")
    assert chosen.name.startswith("CPU, ")
    cards()
    assert device() == device("cpu"), "there is no GPU"


def test_xla_compiles_everything_on_a_gpu_and_dense_networks_on_a_cpu():
    dense, convolutional = PRESETS["blog"].spec, PRESETS["conv"].spec
    gpu, cpu = Device("GPU", is_gpu=True, place="/device:GPU:0"), device("cpu")
    wanted = [True, True, True, False]
    assert [on.pays_xla(spec.network) for on in (gpu, cpu) for spec in (dense, convolutional)] == wanted


def test_a_card_that_tensorflow_cannot_use_is_named_with_what_to_do_unless_it_is_hidden(tmp_path, monkeypatch):
    monkeypatch.setattr(engine.core.machine.device, "NVIDIA_CARDS", tmp_path)  # where its driver lists them
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert unused_card() == ""
    assert not of(Notice, prepare(Session(), "sample"))

    (tmp_path / "0000:01:00.0").mkdir()
    (tmp_path / "0000:01:00.0/information").write_text("Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t 135\n")
    messages = list(prepare(Session(), "sample"))
    (ready,), (notice,) = of(EngineReady, messages), of(Notice, messages)
    assert ready.device.startswith("CPU")
    assert "NVIDIA H100 80GB HBM3" in notice.sentence
    assert "make run GPU=1" in notice.hint
    for hidden in ("", "-1"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
        assert unused_card() == ""


@pytest.mark.slow
def test_data_weights_and_optimiser_lie_on_the_device_that_is_chosen_and_another_gives_the_same_run(tmp_path):
    """A process's second logical CPU passes for a GPU."""
    done = subprocess.run(
        [sys.executable, "tests/engine/core/machine/on_a_second_device.py"],
        capture_output=True,
        text=True,
        timeout=110,
        env={**home_in(tmp_path), "PYTHONPATH": f"{ROOT}:{ROOT}/tests/engine"},
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["places"] == {"auto": ["CPU:1"], "cpu": ["CPU:0"]}
    assert found["kinds"] == ["int64", "uint8"], "int32 TensorFlow keeps beside the device"
    assert found["histories"]["auto"] == found["histories"]["cpu"]


def exhausted():
    return tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")


def test_tensorflow_and_xla_say_that_memory_is_out_each_in_its_own_way():
    assert is_out_of_memory(exhausted())
    xla = "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 68719476736 bytes."
    assert is_out_of_memory(tf.errors.InternalError(None, None, xla))
    assert not is_out_of_memory(tf.errors.InternalError(None, None, "Blas GEMM launch failed"))
    assert not is_out_of_memory(ValueError("out of memory"))


@pytest.fixture
def gpu(monkeypatch):
    """This machine's CPU passes for a GPU beside the CPU itself."""
    cpu = device("cpu")
    monkeypatch.setattr(
        engine.core.machine.device, "devices", lambda: (Device("GPU, Toy", is_gpu=True, place=cpu.place), cpu)
    )


def fails_from(monkeypatch, step):
    """Let the GPU's memory be full from that step on."""
    steps = Learner.steps

    def fail(self, order, first, count, done):
        if self.on.is_gpu and done >= step:
            raise exhausted()
        return steps(self, order, first, count, done)

    monkeypatch.setattr(Learner, "steps", fail)


def broken_off(job):
    """Return what a job tells until it is refused, and the refusal."""
    told = []
    with pytest.raises(UserError) as refused:
        for message in job:
            told.append(message)
    return told, refused.value


def test_a_run_that_does_not_fit_says_so_in_one_sentence_and_continues_on_the_cpu(session, gpu, monkeypatch):
    unbroken = of(EpochDone, train(Session(session.dataset), SPEC, on="cpu"))
    fails_from(monkeypatch, 15)
    messages, refused = broken_off(train(session, SPEC))
    assert refused.sentence == "GPU, Toy has too little memory for this network with a batch of 20."
    assert refused.hint == "Go on on the CPU, or start again with a batch of 5."
    full = messages[-1]
    assert isinstance(full, DeviceFull)
    assert (full.on_gpu, full.smaller_batch, full.spec) == (True, 5, SPEC)

    assert full.parent.step in session.runs[full.parent.run].moments
    done = {each.epoch: each for each in of(EpochDone, [*messages, *train(session, full.spec, full.parent, "cpu")])}
    assert [done[epoch].test_loss for epoch in (1, 2, 3)] == [each.test_loss for each in unbroken]


def test_a_network_that_does_not_even_fit_leaves_no_empty_run_and_offers_its_parent_again(session, gpu, monkeypatch):
    list(train(session, SPEC, on="cpu"))
    monkeypatch.setattr("engine.model.training.learner.Learner", refusing(exhausted()))
    for parent in (None, Parent("A", 24)):
        told, _ = broken_off(train(session, SPEC, parent))
        assert isinstance(told[-1], DeviceFull) and told[-1].parent == parent
        assert list(session.runs) == ["A"]


def test_on_a_cpu_only_a_smaller_batch_is_offered_and_other_errors_stay_what_they_are(session, monkeypatch):
    monkeypatch.setattr(Learner, "steps", refusing(exhausted()))
    told, refused = broken_off(train(session, SPEC.but(batch=3)))
    assert refused.sentence == "This computer has too little memory for this network with a batch of 3."
    assert refused.hint == "Choose fewer or smaller layers."
    assert not told[-1].on_gpu
    monkeypatch.setattr(Learner, "steps", refusing(tf.errors.InternalError(None, None, "Blas GEMM launch failed")))
    with pytest.raises(tf.errors.InternalError):
        list(train(session, SPEC))
