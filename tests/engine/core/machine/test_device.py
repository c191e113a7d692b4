"""What is computed on: found, set up, chosen; and what happens where its memory does not suffice."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_sessions import home_in

import engine.core.machine.device
from engine.core.errors import UserError
from engine.core.lazy import tf
from engine.core.machine.device import Device, device, is_out_of_memory, unused_card
from engine.core.messages import Notice
from engine.core.specs import PRESETS, TrainSpec
from engine.model.training.learner import Learner
from engine.model.training.messages import DeviceFull, EpochDone, Parent, RunStarted
from engine.model.training.tensors import tensors_of
from engine.session.jobs.data import EngineReady, prepare
from engine.session.jobs.train import train
from engine.session.session import Session

ROOT = Path(__file__).resolve().parents[4]

SPEC = TrainSpec(layers="12", batch=20, epochs=3)


class FakeCard:
    """Two graphics cards as TensorFlow lists them, and the calls made for them."""

    def __init__(self, monkeypatch, gpus=("first", "second")):
        self.growing = []
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: list(gpus) if kind == "GPU" else [])
        monkeypatch.setattr(tf.config.experimental, "set_memory_growth", self._grow)
        monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: {"device_name": f"NVIDIA {gpu}"})

    def _grow(self, gpu, enable):
        assert enable
        self.growing.append(gpu)


@pytest.fixture
def anew():
    """TensorFlow's devices are looked for once more, and again after the test."""
    engine.core.machine.device.devices.cache_clear()
    yield
    engine.core.machine.device.devices.cache_clear()


def test_the_first_gpu_is_taken_and_none_grabs_memory_in_advance(anew, monkeypatch):
    cards = FakeCard(monkeypatch)
    assert device() == Device("GPU, NVIDIA first", is_gpu=True, place="/device:GPU:0")
    assert cards.growing == ["first", "second"]


def test_the_cpu_can_be_chosen_though_there_is_a_gpu(anew, monkeypatch):
    FakeCard(monkeypatch)
    chosen = device("cpu")
    assert (chosen.is_gpu, chosen.place) == (False, "/device:CPU:0")
    assert chosen.name.startswith("CPU, ")


def test_without_a_gpu_the_cpu_is_taken(anew, monkeypatch):
    FakeCard(monkeypatch, gpus=())
    assert device() == device("cpu")


def test_xla_compiles_everything_on_a_gpu_and_dense_networks_on_a_cpu():
    dense, convolutional = PRESETS["blog"].spec, PRESETS["conv"].spec
    gpu, cpu = Device("GPU", is_gpu=True, place="/device:GPU:0"), device("cpu")
    wanted = [True, True, True, False]
    assert [on.pays_xla(spec) for on in (gpu, cpu) for spec in (dense, convolutional)] == wanted


# An NVIDIA card that lies idle ----------------------------------------------------------------------


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """The empty folder in which NVIDIA's driver lists its cards."""
    monkeypatch.setattr(engine.core.machine.device, "NVIDIA_CARDS", tmp_path)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return tmp_path


def put_card(driver):
    (driver / "0000:01:00.0").mkdir()
    (driver / "0000:01:00.0/information").write_text("Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t 135\n")


def test_a_card_that_tensorflow_cannot_use_is_named_with_what_to_do(driver):
    put_card(driver)
    ready, notice = [message for message in prepare(Session(), "sample") if isinstance(message, EngineReady | Notice)]
    assert ready.device.startswith("CPU")
    assert "NVIDIA H100 80GB HBM3" in notice.sentence
    assert "make run GPU=1" in notice.hint


def test_without_a_card_nothing_is_said_of_one(driver):
    assert unused_card() == ""
    assert not [message for message in prepare(Session(), "sample") if isinstance(message, Notice)]


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_who_has_hidden_the_card_is_not_told_of_it(driver, monkeypatch, hidden):
    put_card(driver)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    assert unused_card() == ""


# Where things lie -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def second_device(tmp_path_factory):
    """What a process tells whose second logical CPU passes for a GPU."""
    done = subprocess.run(
        [sys.executable, "tests/engine/core/machine/on_a_second_device.py"],
        capture_output=True,
        text=True,
        timeout=110,
        env={**os.environ, **home_in(tmp_path_factory.mktemp("home")), "PYTHONPATH": f"{ROOT}:{ROOT}/tests/engine"},
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_data_weights_and_optimiser_lie_on_the_device_that_is_chosen(second_device):
    assert second_device["places"] == {"auto 12": ["CPU:1"], "cpu conv 2": ["CPU:0"], "auto conv 2": ["CPU:1"]}


def test_nothing_that_lies_on_the_device_is_int32_which_tensorflow_keeps_beside_it(second_device):
    assert second_device["kinds"] == ["int64", "uint8"]


def test_another_device_of_the_same_kind_gives_the_same_run(second_device):
    assert second_device["histories"]["auto"] == second_device["histories"]["cpu"]


# Out of memory --------------------------------------------------------------------------------------


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


def test_one_sentence_names_the_device_and_the_batch_and_what_can_be_done(session, gpu, monkeypatch):
    fails_from(monkeypatch, 0)
    told, refused = broken_off(train(session, SPEC))
    assert refused.sentence == "GPU, Toy has too little memory for this network with a batch of 20."
    assert refused.hint == "Go on on the CPU, or start again with a batch of 5."
    full = told[-1]
    assert isinstance(full, DeviceFull)
    assert (full.on_gpu, full.smaller_batch, full.spec) == (True, 5, SPEC)


def test_a_run_that_did_not_fit_goes_on_on_the_cpu_from_where_it_was(session, gpu, monkeypatch):
    unbroken = [each for each in train(Session(session.dataset), SPEC, on="cpu") if isinstance(each, EpochDone)]
    fails_from(monkeypatch, 15)
    told, _ = broken_off(train(session, SPEC))
    full = told[-1]
    assert full.parent is not None
    assert full.parent.step in session.runs[full.parent.run].moments
    went_on = list(train(session, full.spec, full.parent, "cpu"))
    done = {each.epoch: each for each in [*told, *went_on] if isinstance(each, EpochDone)}
    assert [done[epoch].test_loss for epoch in (1, 2, 3)] == [each.test_loss for each in unbroken]


def test_a_run_whose_network_does_not_even_fit_leaves_no_empty_run(session, gpu, monkeypatch):
    def full(*_):
        raise exhausted()

    monkeypatch.setattr("engine.model.training.learner.Learner", full)
    told, _ = broken_off(train(session, SPEC))
    assert [type(each) for each in told] == [DeviceFull]
    assert told[0].parent is None
    assert session.runs == {}


def test_on_a_cpu_only_a_smaller_batch_is_offered(session, monkeypatch):
    def full(*_):
        raise exhausted()

    monkeypatch.setattr(Learner, "steps", full)
    told, refused = broken_off(train(session, SPEC.but(batch=3)))
    assert refused.sentence == "This computer has too little memory for this network with a batch of 3."
    assert refused.hint == "Choose fewer or smaller layers."
    assert not told[-1].on_gpu


def test_other_errors_of_the_device_stay_what_they_are(session, monkeypatch):
    def broken(*_):
        raise tf.errors.InternalError(None, None, "Blas GEMM launch failed")

    monkeypatch.setattr(Learner, "steps", broken)
    with pytest.raises(tf.errors.InternalError):
        list(train(session, SPEC))


def test_a_run_from_a_parent_that_does_not_fit_offers_the_parent_again(session, gpu, monkeypatch):
    started = next(each for each in train(session, SPEC, on="cpu") if isinstance(each, RunStarted))
    list(train(session, SPEC, on="cpu"))
    parent = Parent("B", 24)
    assert started.run == "A"
    monkeypatch.setattr("engine.model.training.learner.Learner", lambda *_: (_ for _ in ()).throw(exhausted()))
    told, _ = broken_off(train(session, SPEC, parent))
    assert told[-1].parent == parent


def test_the_images_of_an_epoch_are_those_that_the_order_names(session):
    learner = Learner(SPEC, tensors_of(session.data()), 4, device())
    wanted = np.arange(40).reshape(2, 20)
    assert learner.order(wanted).numpy().tolist() == wanted.tolist()
