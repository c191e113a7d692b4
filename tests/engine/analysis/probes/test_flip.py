"""The smallest flip: it flips, half of it does not, and little less is possible."""

from functools import partial

import numpy as np
import pytest
from told import last
from trained import NETWORKS, picture, with_run

from engine.analysis.probes.flip import smallest_flip
from engine.core.lens import Lens, Neuron
from engine.model.network.lens_network import lens_network


def flip(*asked, **how):
    return last(smallest_flip(*asked, **how))


def check(session, lens, image, told):
    def answer(changed):
        return int(lens_network(session, lens).answer(changed.astype(np.float32))[1].argmax())

    assert answer(image) == told.before != told.after
    assert answer(told.picture) == told.after
    assert answer(np.clip(image + told.change / 2, 0, 1)) != told.after
    assert told.picture.min() >= 0 and told.picture.max() <= 1
    np.testing.assert_allclose(told.picture, image + told.change, atol=1e-6)
    assert told.distance == pytest.approx(np.linalg.norm(told.change), rel=1e-5)
    assert told.pixels == (np.abs(told.change) >= 1 / 255).sum()


@pytest.mark.parametrize(("layers", "activation"), [("9, 7", "gelu"), ("", "relu"), ("conv 4, 6", "tanh")])
def test_it_really_flips_and_half_of_it_does_not(session, layers, activation):
    with_run(session, layers, activation)
    lens, towards = Lens("A", 12, frozenset({Neuron(0, 1)}) if layers else frozenset()), []
    result = [(image, flip(session, lens, image)) for image in (picture(session, number) for number in range(3))]
    result = [(image, told) for image, told in result if told.picture is not None]
    assert len(result) >= 2
    for image, told in result:
        check(session, lens, image, told)
        target = next(label for label in range(4) if label not in (told.before, told.after))
        other = flip(session, lens, image, target)
        if other.picture is not None:
            check(session, lens, image, other)
            assert other.after == target and other.distance >= 0.8 * told.distance
            towards.append(other)
    assert towards, "any class can be asked for"


@pytest.mark.parametrize("kind", NETWORKS)
def test_in_a_network_of_any_layers_it_flips_and_half_of_it_does_not(session, kind):
    with_run(session, NETWORKS[kind], seed=3 if kind == "groups" else 1)  # with the other seed few are near
    lens = Lens("A", 12 if kind == "branches" else 24)  # at the other step none is near
    result = [(image, flip(session, lens, image)) for image in map(partial(picture, session), range(4))]
    flipped = [(image, answer) for image, answer in result if answer.picture is not None]
    assert len(flipped) >= 2
    for image, answer in flipped:
        check(session, lens, image, answer)


def test_of_a_linear_network_it_is_the_nearest_point_of_the_border(session, monkeypatch):
    with_run(session, "", seed=3)
    image = np.full((8, 8), 0.5, np.float32)  # far from the bounds
    kernel, bias = (array.astype(np.float64) for array in session.runs["A"].moments[24].weights)
    logits = image.ravel() @ kernel + bias
    winner = logits.argmax()
    ways = [
        (logits[winner] - logits[other]) / np.linalg.norm(kernel[:, other] - kernel[:, winner])
        for other in range(4) if other != winner
    ]  # fmt: skip
    answer = flip(session, Lens("A"), image)
    check(session, Lens("A"), image, answer)
    assert answer.distance == pytest.approx(min(ways), rel=0.01)
    monkeypatch.setattr("engine.analysis.probes.flip.BEYOND", 3.0)
    assert flip(session, Lens("A"), image).distance == pytest.approx(answer.distance, rel=0.01), "it is shortened"


def test_only_the_ink_changes_where_that_is_wanted(dense):
    image = np.where(picture(dense, 2) > 0.2, picture(dense, 2), 0).astype(np.float32)
    answer = flip(dense, Lens("A"), image, only_ink=True)
    if answer.picture is not None:
        check(dense, Lens("A"), image, answer)
        assert not answer.change[image == 0].any()
    nothing = flip(dense, Lens("A"), np.zeros((8, 8), np.float32), only_ink=True)
    assert nothing.picture is None and nothing.after is None and nothing.pixels == 0 and nothing.distance == 0
