"""The report on a graphics card: what is measured for it, what it says, and what it says where there is no card."""

import pytest

import engine.core.machine.device
from bench import card
from engine.cli.parts.parser import parse
from engine.core.errors import UserError
from engine.core.lazy import tf
from engine.core.machine.device import Device, device
from engine.core.specs import TrainSpec
from engine.data.sources import open_dataset
from engine.model.training.learner import Learner
from engine.model.training.messages import EpochDone
from engine.session.jobs.train import train
from engine.session.session import Session

EPOCHS = {"dense": (0.5, 1.0), "convolutional": (2.0, 8.0)}


def epochs(place, slower):
    times = {
        key: {"epoch_seconds": {"Layerlight": slower * ours, "keras.fit": slower * theirs}}
        | {"times_faster_than": {"keras.fit": theirs / ours}}
        for key, (ours, theirs) in EPOCHS.items()
    }
    return {"device": place, **times}


@pytest.fixture
def devices(monkeypatch):
    """Let this machine's CPU pass for a GPU beside the CPU itself, or have none."""

    def set_up(*, is_there):
        cpu = device("cpu")
        gpu = Device("GPU, Toy", is_gpu=True, place=cpu.place) if is_there else None
        monkeypatch.setattr(engine.core.machine.device, "devices", lambda: (gpu, cpu))

    return set_up


def test_without_a_card_one_sentence_says_so_and_no_file_is_written(devices, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    devices(is_there=False)
    with pytest.raises(UserError, match=r"no graphics card here, so there is nothing to report\.$"):
        card.bench_card(parse(["bench", "--card"]))
    assert not any(tmp_path.iterdir())


def test_each_part_is_a_benchmark_that_there_is_with_the_data_that_are_wanted(devices, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    devices(is_there=True)
    asked = []

    def noted(words, *, sees_card):
        asked.append((words, sees_card))
        return "not here"

    monkeypatch.setattr(card, "measured", noted)  # each is a process of minutes
    assert card.bench_card(parse(["bench", "--card", "--dataset", "digits.npz", "--rounds", "3"])) == 0
    for words, _ in asked:
        flags = parse(words)
        assert (flags.dataset, flags.rounds, flags.json) == ("digits.npz", 3, True)
    assert len(asked) == len(card.PARTS)
    assert [words[1] for words, sees_card in asked if not sees_card] == ["--dataset"], "an epoch, on the CPU alone"
    assert (tmp_path / "gpu-report.md").read_text("utf-8").count("not here") == len(card.PARTS)


def test_the_report_has_the_medians_of_each_part_and_names_those_that_failed(devices):
    devices(is_there=True)
    figures = {
        "card": epochs("GPU, Toy", 1),
        "cpu": epochs("CPU, 2 threads", 10),
        "pen": {"at_rest": {"wait_ms": {"p50": 3.04}}, "training": {"wait_ms": {"p50": 7.06}}, "speed_kept": 0.84},
        "slider": "It broke.",
        "full": {"gib": 9.5, "sentence": "The card has too little memory.", "accuracy": 0.905},
    }
    text = card.report(["Toy, 550.1, 9728 MiB"], figures)
    for line in (
        "- Toy, 550.1, 9728 MiB",
        "- Computes on: GPU, Toy",
        "| 784-300-10, GPU, Toy | 500.0 | 1,000.0 | 2.0 |",
        "| convolutional, CPU, 2 threads | 20,000.0 | 80,000.0 | 4.0 |",
        "- from the pen to the painted answer: 3.0 ms, 7.1 while it trains",
        "- 84 % of the training's speed are left while one draws",
        "- taken before: 9.5 GiB; then: The card has too little memory.",
        "- on the CPU it went on, to an accuracy of 90.5 %",
        "- slider: It broke.",
    ):
        assert line in text.splitlines(), line
    assert "Log files" not in text, "the folders of a person are not for others"


def test_a_part_that_fails_is_what_it_said_last():
    assert "--nonsense" in card.measured(["bench", "--nonsense"], sees_card=True)


def test_where_the_memory_is_full_the_sentence_comes_and_the_run_is_trained_on_the_cpu(devices, monkeypatch):
    devices(is_there=True)
    steps, taken = Learner.steps, []

    def fail(self, order, first, count, done):
        if taken and taken[0] and self.on.is_gpu:
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
        return steps(self, order, first, count, done)

    def fill():
        taken.append([tf.zeros([2**18])])
        return taken[0]

    monkeypatch.setattr(Learner, "steps", fail)
    spec = TrainSpec(layers="12", batch=100, epochs=1)
    facts = card.memory_filled(spec, fill)
    assert facts["gib"] == 2**20 / 2**30
    assert facts["sentence"].startswith(
        "GPU, Toy has too little memory for this network with a batch of 4,000. Go on on"
    )
    alone = [*train(Session(open_dataset("sample")[0]), spec.but(batch=card.LARGE), on="cpu")]
    assert facts["accuracy"] == next(done.test_accuracy for done in alone if isinstance(done, EpochDone))
