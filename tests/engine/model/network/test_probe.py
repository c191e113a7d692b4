"""A pure function becomes a job that looks at what the lens shows and at the data that are open."""

from dataclasses import dataclass

import numpy as np
import pytest
from trained import told_of_no_run, with_run

from engine.core.errors import UserError
from engine.core.lens import Lens, Neuron
from engine.core.messages import Answer
from engine.model.network.lens_network import lens_network
from engine.model.network.probe import data_probe, images_probe, network_probe, runs_probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Answer):
    what: object


def look(*seen):
    return Found(what=seen)


def look_in_turns(*seen):
    yield None
    yield Found(what="so far")
    return Found(what=seen)


def look_in_vain(*seen):
    return None


JOBS = {
    network_probe: lambda session, lens: (lens_network(session, lens),),
    images_probe: lambda session, lens: (lens_network(session, lens), session.data()),
    runs_probe: lambda session, lens: (lens_network(session, lens), session.data(), session.known_runs),
}
LENS = Lens("A", 12, frozenset({Neuron(0, 3)}))


@pytest.mark.parametrize("kind", JOBS)
def test_a_probe_looks_at_what_its_decorator_says_and_at_what_it_is_asked(session, kind):
    with_run(session, "6")
    seen = (*JOBS[kind](session, LENS), "asked")
    assert list(kind(look)(session, LENS, "asked")) == [Found(what=seen)]
    told = list(kind(look_in_turns)(session, LENS, "asked"))
    assert told == [None, Found(what="so far"), Found(what=seen)]
    assert list(kind(look_in_vain)(session, LENS)) == []


def test_a_probe_of_the_data_needs_no_network(session):
    assert list(data_probe(look)(session, 3)) == [Found(what=(session.data(), 3))]


@pytest.mark.parametrize("kind", JOBS)
def test_of_a_run_that_is_gone_nothing_is_told(session, kind):
    assert told_of_no_run(kind(look)(session, Lens("A"))) == []


@pytest.mark.parametrize("kind", [images_probe, runs_probe])
def test_data_that_the_network_does_not_read_are_refused(session, kind):
    with_run(session, "6")
    session.runs["A"].shape = (28, 28)
    with pytest.raises(UserError, match="is not what this network reads"):
        list(kind(look)(session, Lens("A")))
    assert len(list(network_probe(look)(session, Lens("A")))) == 1


def test_the_network_can_be_asked_with_other_changes_and_without_any(session):
    with_run(session, "6")
    network = lens_network(session, LENS)
    other = network.changed(frozenset({Neuron(0, 1)}), frozenset())
    assert other is lens_network(session, Lens("A", 12, frozenset({Neuron(0, 1)})))
    np.testing.assert_array_equal(other.passed[0].factors, [1, 0, 1, 1, 1, 1])
    assert network.changed(network.key.silenced, network.key.adjusted) is network
    assert network.untouched() is lens_network(session, Lens("A", 12))
