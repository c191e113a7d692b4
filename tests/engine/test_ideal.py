"""Ideal images: each step is gradient descent as NumPy does it, and the blog's three presets come out."""

import itertools

import numpy as np
import pytest
from trained import dense_by_hand, with_run

from engine.bundled import BUNDLED
from engine.cli.which import look_at
from engine.errors import UserError
from engine.ideal.job import SHORTER, paint_ideal
from engine.ideal.painter import Style, painter
from engine.ideal.spec import PRESETS, IdealSpec
from engine.lens import Adjusted, Lens, Neuron
from engine.network.plain import plain_forward, softmax
from engine.network.shown import shown


def by_hand(weights, spec, images, count):
    """Plain gradient descent on the pixels of a ReLU network with one hidden layer, in double precision."""
    first, bias, second, last = (np.asarray(array, np.float64) for array in weights)
    x = images.astype(np.float64)
    for _ in range(count):
        flat = x.reshape(len(x), -1)
        sums = flat @ first + bias
        logits = np.maximum(sums, 0) @ second + last
        slope = softmax(logits) - np.eye(len(last)) if spec.objective == "class" else -np.eye(len(last))
        gradient = ((slope @ second.T * (sums > 0)) @ first.T).reshape(x.shape)
        if spec.penalty == "l2":
            gradient = gradient + 2 * spec.weight * x
        x = x - spec.learning_rate * gradient
        if spec.penalty == "l1":
            x = np.sign(x) * np.maximum(np.abs(x) - spec.learning_rate * spec.weight, 0)
        if spec.pixels == "unit":
            x = np.clip(x, 0, 1)
    return x


def last(job):
    return [message for message in job if message is not None][-1]


@pytest.mark.parametrize("penalty", ["none", "l1", "l2"])
@pytest.mark.parametrize(("objective", "pixels"), [("class", "free"), ("class", "unit"), ("logit", "unit")])
def test_forty_steps_are_those_of_a_loop_in_numpy(session, penalty, objective, pixels):
    with_run(session, "12")
    spec = IdealSpec(penalty=penalty, objective=objective, pixels=pixels, weight=0.05, start="mean", steps=40)
    job = paint_ideal(session, Lens("A", 12), spec)
    messages = list(job)
    start, end = messages[0], messages[-1]
    data = session.data()
    for label in range(4):
        members = data.test_images[data.test_labels == label]
        np.testing.assert_allclose(start.images[label], members.mean(axis=0) / 255, atol=1e-6)
    weights = session.runs["A"].moments[12].weights
    wanted = by_hand(weights, spec, start.images, 40)
    np.testing.assert_allclose(end.images, wanted, atol=2e-5)
    _, logits = dense_by_hand(weights, wanted)
    np.testing.assert_allclose(end.probabilities, softmax(logits), atol=1e-5)
    losses = -np.log(np.diag(softmax(logits))) if objective == "class" else -np.diag(logits)
    np.testing.assert_allclose(end.losses, losses, atol=1e-4)
    sizes = {"none": 0 * wanted, "l1": np.abs(wanted), "l2": wanted**2}[penalty]
    np.testing.assert_allclose(end.penalties, sizes.sum(axis=(1, 2)), rtol=1e-4, atol=1e-5)
    assert (end.number, end.is_last, end.run, end.step) == (40, True, "A", 12)


def test_how_many_steps_a_turn_takes_changes_no_figure(session):
    with_run(session, "12")
    spec = IdealSpec(steps=30, optimizer="adam", shift=2, start="noise", seed=4)
    whole = last(paint_ideal(session, Lens("A"), spec))
    job = paint_ideal(session, Lens("A"), spec)
    next(job)
    single = [job.send({"steps_per_turn": 1.0}), *job]
    assert [message.number for message in single] == list(range(1, 31))
    np.testing.assert_allclose(single[-1].images, whole.images, atol=1e-6)


def test_the_turn_after_a_change_is_short_since_somebody_waits_to_see_it(session):
    with_run(session, "12")
    job = paint_ideal(session, Lens("A"), IdealSpec(penalty="l2", steps=5_000), turn_seconds=1e6)
    numbers = [message.number for message in itertools.islice(job, 7)]
    assert np.diff(numbers).tolist() == [1, 4, 16, 64, 256, 500]
    changed = job.send({"weight": 0.5})
    assert changed.spec.weight == 0.5 and changed.number - numbers[-1] == 500 // SHORTER < 500
    job.close()


def test_a_turn_can_be_kept_small_so_that_the_growth_is_seen(session):
    with_run(session, "12")
    job = paint_ideal(session, Lens("A"), IdealSpec(steps=100))
    next(job)
    numbers = [job.send({"most_per_turn": 20.0}).number, *(message.number for message in job)]
    assert max(np.diff(numbers)) <= 20 and numbers[-1] == 100


@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_the_other_optimisers_step_by_their_rules(session, optimizer):
    with_run(session, "12")
    spec = IdealSpec(optimizer=optimizer, steps=2, learning_rate=0.01)
    job = paint_ideal(session, Lens("A", 12), spec)
    begin = next(job)
    first = job.send({"steps_per_turn": 1.0})
    second = next(job)
    weights = session.runs["A"].moments[12].weights
    plain = spec.but(optimizer="sgd", learning_rate=1.0)
    gradients = [
        x - by_hand(weights, plain, x, 1) for x in (begin.images.astype(float), first.images.astype(float))
    ]
    if optimizer == "momentum":
        changes = [-0.01 * gradients[0], 0.9 * -0.01 * gradients[0] - 0.01 * gradients[1]]
    else:
        m = 0.9 * 0.1 * gradients[0] + 0.1 * gradients[1]
        v = 0.999 * 0.001 * gradients[0] ** 2 + 0.001 * gradients[1] ** 2
        changes = [-0.01 * np.sign(gradients[0]), -0.01 * (m / 0.19) / np.sqrt(v / (1 - 0.999**2))]
    large = np.abs(gradients[0]) > 1e-3  # Adam's first step hardly sees how small a gradient is
    for image, before, change in ((first, begin, changes[0]), (second, first, changes[1])):
        np.testing.assert_allclose((image.images - before.images)[large], change[large], rtol=1e-2, atol=1e-5)


@pytest.mark.parametrize("layers", ["12", "9, 7", "conv 3, 6", "conv 3"])
def test_the_gradient_of_every_objective_is_that_of_small_changes(session, layers):
    with_run(session, layers, "tanh")
    network = shown(session, Lens("A", 12, frozenset({Neuron(0, 1)})))
    for objective, layer in (
        ("class", -1),
        ("logit", -1),
        *(("neuron", number) for number in range(len(network.layers))),
    ):
        spec = IdealSpec(
            objective=objective, penalty="tv", start="noise", learning_rate=1e-2, steps=1, weight=0.1
        )
        neurons = [Neuron(layer, 0), Neuron(layer, 2)] if layer >= 0 else []
        lens = Lens("A", 12, frozenset({Neuron(0, 1)}))
        before, after = (message for message in paint_ideal(session, lens, spec, neurons))
        way = (after.images - before.images)[0]  # of the first image
        total = [float(each.losses[0] + 0.1 * each.penalties[0]) for each in (before, after)]
        wanted = -float((way.astype(np.float64) ** 2).sum()) / 1e-2
        assert total[1] - total[0] == pytest.approx(wanted, rel=0.1)


def test_a_silent_neuron_is_excited_as_well(session):
    with_run(session, "12")
    weights = session.runs["A"].moments[12].weights
    silent = int(weights[1].argmin())  # on an empty picture it has its bias alone
    assert weights[1][silent] < 0
    spec = IdealSpec(objective="neuron", steps=200, pixels="unit", optimizer="adam")
    *_, end = paint_ideal(session, Lens("A", 12), spec, [Neuron(0, silent)])
    hidden, _ = dense_by_hand(weights, end.images)
    kernel = weights[0][:, silent]
    assert hidden[0, silent] == pytest.approx(
        max(0.0, kernel[kernel > 0].sum() + weights[1][silent]), rel=1e-3
    )
    assert -end.losses[0] == pytest.approx(hidden[0, silent], rel=1e-3)


def test_the_lens_silences_and_adjusts(session):
    with_run(session, "12")
    lens = Lens("A", 12, frozenset({Neuron(0, 3)}), frozenset({Adjusted(0, 4, 2.0, 0.5)}))
    end = last(paint_ideal(session, lens, IdealSpec(steps=25)))
    assert softmax(
        np.stack([shown(session, lens).answer(image)[1] for image in end.images])
    ) == pytest.approx(end.probabilities, abs=1e-5)
    other = last(paint_ideal(session, Lens("A", 12), IdealSpec(steps=25)))
    assert np.abs(other.images - end.images).max() > 1e-3


def test_the_weight_of_the_penalty_may_be_changed_while_it_paints(session):
    with_run(session, "12")
    spec = IdealSpec(penalty="l2", weight=0.01, steps=2)
    job = paint_ideal(session, Lens("A", 12), spec)
    next(job)
    first = job.send({"steps_per_turn": 1.0})
    second = job.send({"weight": 2.0, "learning_rate": 0.05})
    weights = session.runs["A"].moments[12].weights
    wanted = by_hand(weights, spec.but(weight=2.0, learning_rate=0.05), first.images, 1)
    np.testing.assert_allclose(second.images, wanted, atol=1e-6)


def test_it_goes_on_from_given_images_and_nothing_is_compiled_anew(session):
    with_run(session, "12")
    first = last(paint_ideal(session, Lens("A", 0), IdealSpec(steps=20)))
    second = next(paint_ideal(session, Lens("A", 24), IdealSpec(steps=20), begin=first.images))
    np.testing.assert_array_equal(second.images, first.images)
    assert painter.cache_info().currsize >= 1
    walks = [
        painter(shown(session, Lens("A", step)).architecture, style) for step in (0, 24) for style in [used()]
    ]
    assert walks[0] is walks[1]
    before = walks[0]._short_walk.experimental_get_tracing_count()
    list(paint_ideal(session, Lens("A", 24), IdealSpec(steps=20), begin=first.images))
    assert walks[0]._short_walk.experimental_get_tracing_count() == before == 1


@pytest.mark.parametrize("layers", ["12", "9, 7", ""])
@pytest.mark.parametrize(("penalty", "objective"), [("none", "class"), ("l2", "class"), ("l2", "logit")])
def test_the_shortcut_over_the_sums_leads_to_the_same_images(
    session, layers, penalty, objective, monkeypatch
):
    with_run(session, layers, "tanh")
    lens = Lens("A", 12, *([frozenset({Neuron(0, 1)})] if layers else []))
    spec = IdealSpec(objective=objective, penalty=penalty, weight=0.1, steps=60, start="noise")
    style = Style.of(spec, -1)
    short = painter(shown(session, lens).architecture, style)
    assert short._has_shortcut
    ends = [last(paint_ideal(session, lens, spec))]
    monkeypatch.setattr(short, "_has_shortcut", False)
    ends.append(last(paint_ideal(session, lens, spec)))
    assert (
        short._walk.experimental_get_tracing_count()
        == short._short_walk.experimental_get_tracing_count()
        == 1
    )
    np.testing.assert_allclose(ends[0].images, ends[1].images, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize(
    ("layers", "changes"),
    [
        ("12", {"penalty": "l1"}),
        ("12", {"penalty": "tv"}),
        ("12", {"pixels": "unit"}),
        ("12", {"optimizer": "adam"}),
        ("conv 3, 6", {}),
    ],
)
def test_steps_that_need_the_pixels_take_no_shortcut(session, layers, changes):
    with_run(session, layers)
    spec = IdealSpec(**changes)
    assert not painter(shown(session, Lens("A")).architecture, Style.of(spec, -1))._has_shortcut


def test_moving_the_images_takes_no_shortcut_and_changes_what_comes_out(session):
    with_run(session, "12")
    still, moved = (last(paint_ideal(session, Lens("A"), IdealSpec(steps=20, shift=by))) for by in (0, 2))
    assert np.abs(still.images - moved.images).max() > 1e-3


def used():
    return Style.of(IdealSpec(), -1)


def test_a_convolutional_network_paints_as_well(session):
    with_run(session, "conv 4, 6")
    end = last(paint_ideal(session, Lens("A"), IdealSpec(steps=60, optimizer="adam")))
    network = shown(session, Lens("A"))
    logits = [plain_forward(network.layers, "relu", network.weights, image)[1] for image in end.images]
    np.testing.assert_allclose(softmax(np.stack(logits)), end.probabilities, atol=1e-4)
    assert np.diag(end.probabilities).mean() > 0.5


@pytest.mark.parametrize(
    ("neurons", "sentence"),
    [
        ([], "No neuron is chosen"),
        ([Neuron(0, 99)], "no hidden neuron 99 in layer 1"),
        ([Neuron(2, 0)], "no hidden neuron 0 in layer 3"),
        ([Neuron(0, 1), Neuron(1, 1)], "No neuron is chosen"),
    ],
)
def test_neurons_that_cannot_be_are_refused_in_a_sentence(session, neurons, sentence):
    with_run(session, "12, 5")
    with pytest.raises(UserError, match=sentence):
        next(paint_ideal(session, Lens("A"), IdealSpec(objective="neuron"), neurons))


def test_of_a_run_that_is_not_there_nothing_is_told(session):
    assert list(paint_ideal(session, Lens("Z"), IdealSpec())) == []


# The blog post's presets, on its network that comes along ------------------------------------------------------------


@pytest.fixture(scope="module")
def presets():
    """The last messages of the three presets, and the network's weights."""
    with look_at(BUNDLED) as session:
        ends = {name: last(paint_ideal(session, Lens("A"), preset.spec)) for name, preset in PRESETS.items()}
        return ends, session.weights(Lens("A"))


def recomputed(presets, name):
    """Probabilities of the wanted classes, and which class is the likeliest, reckoned in NumPy."""
    ends, weights = presets
    probabilities = softmax(dense_by_hand(weights, ends[name].images)[1])
    return np.diag(probabilities), probabilities.argmax(axis=1)


def test_without_penalty_the_network_is_sure_of_noise(presets):
    probabilities, _ = recomputed(presets, "none")
    assert probabilities.mean() > 0.99


def test_l2_needs_less_than_a_third_of_the_energy_and_every_image_is_its_class(presets):
    probabilities, answers = recomputed(presets, "l2")
    energies = {name: (end.images.astype(float) ** 2).sum() for name, end in presets[0].items()}
    assert probabilities.mean() > 0.95
    assert answers.tolist() == list(range(10))
    assert energies["l2"] < energies["none"] / 3


def test_l1_leaves_hardly_a_pixel(presets):
    assert (presets[0]["l1"].images == 0).mean() > 0.9
    assert recomputed(presets, "l1")[1].tolist() == list(range(10))


def test_what_is_told_of_the_images_is_what_the_network_makes_of_these_very_images(session):
    for layers, changes in (("12", {}), ("12", {"shift": 1}), ("9, 7", {"penalty": "tv"}), ("conv 3, 6", {})):
        with_run(session, layers)
        run = list(session.runs)[-1]
        network = shown(session, Lens(run))
        *_, told = paint_ideal(session, Lens(run), IdealSpec(steps=30, seed=3, start="noise", **changes))
        logits = np.stack([network.answer(image)[1] for image in told.images])
        np.testing.assert_allclose(told.probabilities, softmax(logits), atol=1e-5)
        np.testing.assert_allclose(told.losses, -np.log(np.diag(softmax(logits))), rtol=1e-3, atol=1e-5)
