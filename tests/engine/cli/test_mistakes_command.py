"""The command `mistakes`: one JSON object or a table, through the lens that the flags name."""

import json

import numpy as np
import pytest
from trained import dense_by_hand, with_run

from engine.analysis.probes.calibration import calibration_error, confidence_and_hits
from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.cli.parts.which import Which, lens_of
from engine.core.errors import UserError
from engine.core.lens import Neuron
from engine.data.formats.sample import open_sample
from engine.session.session import Session
from engine.session.store.opening import create_store

pytestmark = pytest.mark.usefixtures("own_home")


@pytest.fixture
def digits(tmp_path):
    """The file of a session with a run of drawn weights, and what that network makes of the sample's test images."""
    session = with_run(Session(open_sample()), "30, 8", steps=(0, 12))
    shallow = with_run(session, "30", steps=(0, 12))
    runs, path = shallow.runs, tmp_path / "digits.layerlight"
    session.begin(create_store(path))
    session.runs = runs
    weights = [np.array(array) for array in runs["B"].moments[12].weights]
    assert session.close()
    return path, weights


def told(capsys, *words):
    capsys.readouterr()
    assert run_wanted(parse(["mistakes", *map(str, words)])) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("silenced", [(), (3, 7, 29)])
def test_the_figures_are_those_of_numpy(capsys, digits, silenced):
    path, weights = digits
    flag = ("--silence", ",".join(map(str, silenced))) if silenced else ()
    facts = json.loads(
        told(capsys, "--session", path, "--json", "--dataset", "sample", "--worst", "3", *flag)
    )
    weights[2][list(silenced)] = 0
    data = open_sample()
    _, logits = dense_by_hand(weights, data.test_images / 255)
    labels, answers = data.test_labels, logits.argmax(axis=1)
    counted = np.zeros((10, 10), int)
    np.add.at(counted, (labels, answers), 1)
    assert (facts["run"], facts["step"], facts["images"]) == ("B", 12, len(labels))
    assert facts["confusion"] == counted.tolist()
    assert facts["accuracy"] == pytest.approx((labels == answers).mean())
    assert facts["class_accuracy"] == pytest.approx((counted.diagonal() / counted.sum(axis=1)).tolist())
    sure, hits = confidence_and_hits(logits, labels)
    assert facts["ece"] == pytest.approx(calibration_error(sure, hits), abs=1e-5)
    wrong = np.flatnonzero(~hits)
    surest = wrong[np.argsort(-sure[wrong])][:3]
    assert [each["image"] for each in facts["worst"]] == surest.tolist()
    for each, number in zip(facts["worst"], surest, strict=True):
        assert (each["true"], each["answered"]) == (labels[number], answers[number])
        assert each["probability"] == pytest.approx(sure[number], abs=1e-6)


def test_the_table_is_for_a_person(capsys, digits):
    lines = told(
        capsys, "--session", digits[0], "--run", "A", "--moment", "first", "--worst", "4"
    ).splitlines()
    assert lines[0] == "Run A at step 0 on MNIST sample 4,000 + 1,000"
    assert "of 1,000 test images are classified correctly" in lines[1] and "calibration error" in lines[1]
    assert lines[3].split() == ["actual", *map(str, range(10)), "correct"]
    assert [line.split()[0] for line in lines[4:14]] == list(map(str, range(10)))
    assert lines[15].split() == ["image", "actual", "predicted", "probability"] and len(lines) == 20


def test_neurons_are_named_by_number_and_layer(digits):
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
