"""A run without weights has no answers yet, and that is no failure."""

import numpy as np
import pytest
from trained import with_run

from engine.analysis.probes.corruption import corruption_curves
from engine.analysis.probes.nearest import nearest_images
from engine.analysis.probes.pruning import prune_greedily, prune_weights
from engine.analysis.probes.weight_histograms import weight_histograms
from engine.core.errors import NotYetError
from engine.core.lens import Lens, Neuron
from engine.core.mailbox import Mailbox
from engine.core.messages import JobEnded, JobFailed, JobStarted, run_through
from engine.core.runner import Runner
from engine.core.specs import TrainSpec
from engine.model.network import compiled_network as compiled
from engine.model.network.activations import activations
from engine.model.network.compiled_network import CompiledNetwork, compiled_network
from engine.model.network.lens_network import LensNetwork, lens_network
from engine.session.session import Session
from engine.session.store.opening import create_store, open_store


def messages_of(session):
    """What the engine's thread tells of a question, to its end."""
    mailbox, told = Mailbox(), []
    runner = Runner(session, mailbox)
    runner.submit(weight_histograms, Lens("A"))
    while not (told and isinstance(told[-1], JobEnded)):
        told += [letter.message for letter in mailbox.drain()]
    assert runner.close()
    return told


def test_a_question_about_a_larger_run_of_the_same_name_in_a_session_that_was_left_ends_in_silence(session):
    with_run(session, "9")
    with pytest.raises(NotYetError, match="Run A has fewer neurons"):
        lens_network(session, Lens("A", 24, frozenset({Neuron(0, 222)})))


def test_a_question_about_a_run_without_weights_ends_in_silence_and_of_one_in_a_file_it_says_so(session, tmp_path):
    session.begin(create_store(tmp_path / "cut.layerlight"))
    session.new_run(TrainSpec(layers="6"), steps_per_epoch=12)
    with pytest.raises(NotYetError, match="Run A has no weights yet"):
        lens_network(session, Lens("A"))
    assert messages_of(session) == [JobStarted(), JobEnded(outcome="done")]
    assert session.close()

    opened, later = run_through(open_store(tmp_path / "cut.layerlight")), Session(session.dataset)
    later.begin(opened.store, opened.store.load())
    wanted = ["Run A was ended before its first snapshot, so there is nothing of it to look at."]
    assert [message.sentence for message in messages_of(later) if isinstance(message, JobFailed)] == wanted
    assert later.close()


@pytest.mark.parametrize(
    "ask",
    [
        lambda session: activations(session, Lens("A")),
        lambda session: prune_greedily(session, Lens("A"), 0),
        lambda session: prune_weights(session, Lens("A")),
        lambda session: nearest_images(session, Lens("A"), session.data().test_images[0] / np.float32(255)),
        lambda session: corruption_curves(session, [Lens("A")], "noise"),
    ],
    ids=["activations", "neurons", "weights", "nearest images", "spoiled images"],
)
def test_a_network_that_nobody_has_asked_is_built_traced_and_asked_in_a_turn_each(session, monkeypatch, ask):
    with_run(session, "6, 5")
    compiled_network.cache_clear()
    happened, turns = [], []

    def watch(where, name, words):
        before = getattr(where, name)
        monkeypatch.setattr(where, name, lambda *given: happened.append(words) or before(*given))

    watch(compiled, "Model", "built")
    watch(CompiledNetwork, "_run", "traced")
    watch(LensNetwork, "batch", "asked")
    for _ in ask(session):
        turns.append(happened.copy())
        happened.clear()
    assert [turn for turn in turns if turn][:3] == [["built"], ["traced"], ["asked"]]
