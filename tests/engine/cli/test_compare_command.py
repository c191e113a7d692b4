"""The command `compare`: what the probes find, in words and as JSON."""

from __future__ import annotations

import json

import pytest
from told import last

from engine.analysis.probes.comparison import compare
from engine.analysis.probes.road import road
from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.cli.parts.which import look_at
from engine.core.lens import Lens, Share
from engine.core.machine.bundled import BUNDLED
from engine.data.formats.sample import open_sample

pytestmark = pytest.mark.usefixtures("own_home")

GIVEN = ("--session", str(BUNDLED), "--dataset", "sample")


def run(capsys, *words):
    assert run_wanted(parse(["compare", *words, *GIVEN])) == 0
    return capsys.readouterr().out


@pytest.fixture(scope="module")
def bundled():
    with look_at(BUNDLED) as session:
        session.replace_data(open_sample())
        yield session


def test_json_has_what_the_probe_finds_and_the_settings_that_differ(capsys, bundled):
    told = json.loads(run(capsys, "A", "B", "--json"))
    found = last(compare(bundled, Lens("A"), Share("B", None, 1.0)))
    both, one, other, none = found.right
    assert [told[name] for name in ("both_right", "only_one_right", "only_other_right", "neither_right")] == [
        both,
        one,
        other,
        none,
    ]
    assert [each["image"] for each in told["differing"]] == found.differing.tolist()
    assert told["cka"] == found.alike.tolist()
    one, other = (bundled.runs[name] for name in "AB")
    rates = [[0, other.spec.learning_rate], *([step, rate] for step, _, rate in other.changes)]
    assert other.changes and {name for _, name, _ in other.changes} == {"learning_rate"}
    differing = {name: list(pair) for name, pair in one.spec.differences(other.spec).items()}
    assert told["settings"] == differing | {"learning_rate": [one.spec.learning_rate, rates]}
    assert told["roads"] == [] and not told["matched"]


def test_a_road_is_told_as_trained_and_with_neurons_matched(capsys, bundled):
    told = json.loads(run(capsys, "A", "A@first", "--match", "--road", "--json"))
    assert [each["matched"] for each in told["roads"]] == [False, True]
    for each in told["roads"]:
        found = last(road(bundled, Lens("A"), Share("A", 0, 1.0, each["matched"])))
        assert each["accuracies"] == found.accuracies.tolist() and each["barrier"] == found.barrier


def test_in_words_it_says_who_reads_what(capsys, bundled):
    lines = run(capsys, "blog post", "B", "--worst", "2").splitlines()
    found = last(compare(bundled, Lens("A"), Share("B", None, 1.0)))
    both, one, other, none = found.right
    assert lines[0].startswith("Run A · Blog post at step 21,600 and run B · Sharp at step ")
    assert lines[2] == (
        f"both {both:,}, only the one {one:,}, only the other {other:,}, neither {none:,}; "
        f"{len(found.differing):,} are answered differently"
    )
    number = int(found.differing[0])
    assert lines[-2].split() == [
        str(each) for each in (number, found.labels[number], *found.answers[:, number])
    ]


def test_a_setting_that_was_changed_on_the_way_is_said_with_each_change(capsys, bundled):
    said = " → ".join(
        ["0.001", *(f"{rate:g} (step {step:,})" for step, _, rate in bundled.runs["B"].changes)]
    )
    assert f"Learning rate: 0.1 and {said}" in run(capsys, "A", "B").splitlines()
