"""The command `mistakes`: the probes' figures as one JSON object or a table, through the lens that the flags name."""

import pytest
from told import last
from trained import with_run

from engine.analysis.probes.calibration import calibration
from engine.analysis.probes.mistakes import mistakes
from engine.cli.parts.which import Which, lens_of, look_at
from engine.core.errors import UserError
from engine.core.lens import Lens, Neuron
from engine.data.formats.sample import open_sample
from engine.session.session import Session
from engine.session.store.opening import create_store


@pytest.fixture
def digits(tmp_path):
    """The file of a session on the sample with two runs of drawn weights."""
    session = with_run(with_run(Session(open_sample()), "30, 8", steps=(0, 12)), "30", steps=(0, 12))
    runs = session.runs
    session.begin(create_store(tmp_path / "digits.layerlight"))
    session.runs = runs
    assert session.close()
    return tmp_path / "digits.layerlight"


def test_the_figures_are_those_of_the_probes_through_the_lens(terminal, digits):
    facts = terminal.json("mistakes --dataset sample --worst 3 --silence 3,7,29 --session", digits)
    with look_at(digits) as session:
        session.replace_data(open_sample())
        lens = Lens("B", 12, frozenset({Neuron(0, 3), Neuron(0, 7), Neuron(0, 29)}))
        found, calibrated = last(mistakes(session, lens)), last(calibration(session, lens))
    assert (facts["run"], facts["step"], facts["images"]) == ("B", 12, 1_000)
    assert facts["confusion"] == found.confusion.tolist() and facts["accuracy"] == found.accuracy
    assert facts["class_accuracy"] == found.class_accuracy.tolist() and facts["ece"] == calibrated.error
    surest = found.images()[:3]
    assert [
        (image["image"], image["true"], image["answered"], image["probability"]) for image in facts["worst"]
    ] == list(zip(surest, found.labels[surest], found.answers[surest], found.probabilities[surest], strict=True))


def test_the_table_is_for_a_person(terminal, digits):
    lines = terminal.lines("mistakes --run A --moment first --worst 4 --session", digits)
    assert lines[0] == "Run A at step 0 on MNIST sample 4,000 + 1,000"
    assert "of 1,000 test images are classified correctly" in lines[1] and "calibration error" in lines[1]
    assert lines[3].split() == ["actual", *map(str, range(10)), "correct"]
    assert [line.split()[0] for line in lines[4:14]] == list(map(str, range(10)))
    assert lines[15].split() == ["image", "actual", "predicted", "probability"] and len(lines) == 20


def test_neurons_are_named_by_number_and_layer():
    session = with_run(Session(open_sample()), "30, 8", steps=(0,))
    meant = Which(session, session.runs["A"], 0)
    assert lens_of(meant, None).silenced == frozenset()
    assert lens_of(meant, " 3, 29,2:7,").silenced == {Neuron(0, 3), Neuron(0, 29), Neuron(1, 7)}
    assert (lens_of(meant, "1").run, lens_of(meant, "1").moment) == ("A", 0)
    for wrong, sentence in (
        ("x", "“x” is not a neuron"),
        ("30", r"Run A has no neuron 30 in hidden layer 1; the last is 29\."),
        ("3:1", r"Run A has no hidden layer 3, only 2\."),
        ("0:1", "no hidden layer 0"),
    ):
        with pytest.raises(UserError, match=sentence):
            lens_of(meant, wrong)
