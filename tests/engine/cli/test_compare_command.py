"""The command `compare`: what the probes find, in words and as JSON."""

from told import last

from engine.analysis.probes.comparison import compare
from engine.analysis.probes.road import road
from engine.core.lens import Lens, Share


def test_json_has_what_the_probe_finds_and_the_settings_that_differ(terminal, bundled):
    facts = terminal.json("compare A B --dataset sample")
    found = last(compare(bundled, Lens("A"), Share("B", None, 1.0)))
    assert tuple(
        facts[name] for name in ("both_right", "only_one_right", "only_other_right", "neither_right")
    ) == tuple(found.right)
    assert [image["image"] for image in facts["differing"]] == found.differing.tolist()
    assert facts["cka"] == found.alike.tolist()
    one, other = (bundled.runs[name] for name in "AB")
    rates = [[0, other.spec.learning_rate], *([step, rate] for step, _, rate in other.changes)]
    assert other.changes and {name for _, name, _ in other.changes} == {"learning_rate"}
    differing = {name: list(pair) for name, pair in one.spec.differences(other.spec).items()}
    assert facts["settings"] == differing | {"learning_rate": [one.spec.learning_rate, rates]}
    assert facts["roads"] == [] and not facts["matched"]


def test_a_road_is_told_as_trained_and_with_neurons_matched(terminal, bundled):
    roads = terminal.json("compare A A@first --match --road --dataset sample")["roads"]
    assert [facts["matched"] for facts in roads] == [False, True]
    for facts in roads:
        found = last(road(bundled, Lens("A"), Share("A", 0, 1.0, facts["matched"])))
        assert facts["accuracies"] == found.accuracies.tolist() and facts["barrier"] == found.barrier


def test_in_words_it_says_who_reads_what_and_each_change_on_the_way(terminal, bundled):
    lines = terminal.lines("compare --worst 2 --dataset sample", "blog post", "B")
    found = last(compare(bundled, Lens("A"), Share("B", None, 1.0)))
    both, one, other, none = found.right
    assert lines[0].startswith("Run A · Blog post at step 21,600 and run B · Sharp at step ")
    assert lines[2] == (
        f"both {both:,}, only the one {one:,}, only the other {other:,}, neither {none:,}; "
        f"{len(found.differing):,} are answered differently"
    )
    number = int(found.differing[0])
    assert lines[-2].split() == [*map(str, (number, found.labels[number], *found.answers[:, number]))]
    changes = [f"{rate:g} (step {step:,})" for step, _, rate in bundled.runs["B"].changes]
    assert f"Learning rate: 0.1 and {' → '.join(['0.001', *changes])}" in lines
