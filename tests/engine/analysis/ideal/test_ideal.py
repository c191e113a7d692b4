"""Ideal images: each step is gradient descent as NumPy does it, and the blog's three presets come out."""

import itertools

import numpy as np
import pytest
from told import last
from trained import NETWORKS, dense_by_hand, with_run

from engine.analysis.ideal import parts
from engine.analysis.ideal.job import SHORTER, paint_ideal
from engine.analysis.ideal.painter import Style, painter
from engine.analysis.ideal.spec import OF_THE_BLOG, PRESETS, IdealSpec
from engine.analysis.probes.activations import unit_arithmetic
from engine.cli.parts.which import look_at
from engine.core.errors import UserError
from engine.core.lazy import tf
from engine.core.lens import Adjusted, Lens, Neuron
from engine.core.machine.bundled import BUNDLED
from engine.model.network.lens_network import lens_network
from engine.model.network.plain import softmax
from tests.figures_by_hand import Descent


def slope_of(objective, logits):
    """The objective's derivatives for the logits (n, n), image i being for class i."""
    p, wanted = softmax(logits), np.eye(*logits.shape)
    if objective == "logit":
        return -wanted
    if objective == "class":
        return p - wanted
    within = (p >= 1e-10) & (p <= 0.9999999)
    by_p = within * np.where(wanted > 0, -1 / np.maximum(p, 1e-10), 1 / np.maximum(1 - p, 1e-10))
    return p * (by_p - (by_p * p).sum(axis=1, keepdims=True))


def two_sided(probabilities):
    """The blog's loss of each image: -sum(y log p + (1 - y) log(1 - p)), with p clipped."""
    p, wanted = np.clip(probabilities, 1e-10, 0.9999999), np.eye(len(probabilities))
    return -(wanted * np.log(p) + (1 - wanted) * np.log(1 - p)).sum(axis=1)


def by_hand(weights, spec, images, count):
    """Descent on the pixels of a ReLU network with one hidden layer, in double precision."""
    first, bias, second, last = (np.asarray(array, np.float64) for array in weights)
    x, dual, descent = images.astype(np.float64), None, Descent(spec.optimizer, spec.learning_rate)
    for _ in range(count):
        flat = x.reshape(len(x), -1)
        sums = flat @ first + bias
        slope = slope_of(spec.objective, np.maximum(sums, 0) @ second + last)
        gradient = ((slope @ second.T * (sums > 0)) @ first.T).reshape(x.shape)
        if spec.penalty == "l2":
            gradient = gradient + 2 * spec.weight * x
        x = descent.step(x, gradient)
        if spec.penalty == "l1":
            x = np.sign(x) * np.maximum(np.abs(x) - spec.learning_rate * spec.weight, 0)
        if spec.penalty == "tv":
            x, dual = denoised(x, spec.learning_rate * spec.weight, dual, 100)
        if spec.pixels == "unit":
            x = np.clip(x, 0, 1)
    return x


def differences(images):
    """Of each pixel (n, rows, columns) the difference to the one below and to the one on the right; 0 at the edge."""
    down, across = np.zeros((2, *images.shape))
    down[:, :-1], across[:, :, :-1] = np.diff(images, axis=1), np.diff(images, axis=2)
    return np.stack([down, across])


def variation(images):
    """The isotropic total variation of each image over all of its pixels."""
    return np.sqrt((differences(images) ** 2).sum(axis=0)).sum(axis=(1, 2))


def adjoint(dual):
    made = np.zeros(dual.shape[1:])
    made[:, :-1] -= dual[0][:, :-1]
    made[:, 1:] += dual[0][:, :-1]
    made[:, :, :-1] -= dual[1][:, :, :-1]
    made[:, :, 1:] += dual[1][:, :, :-1]
    return made


def denoised(images, by, dual=None, count=1_000):
    """The images with the least `|x - images|² / 2 + by * variation(x)`, and their dual.

    Accelerated projected descent on the dual (Beck and Teboulle 2009, section 4), far longer than needed.
    """
    dual = np.zeros((2, *images.shape)) if dual is None else dual
    ahead, pace = dual, 1.0
    for _ in range(count):
        before, dual = dual, ahead + differences(images - adjoint(ahead)) / 8
        dual = dual / np.maximum(1, np.sqrt((dual**2).sum(axis=0)) / by)
        pace, last = (1 + np.sqrt(1 + 4 * pace**2)) / 2, pace
        ahead = dual + (last - 1) / pace * (dual - before)
    return images - adjoint(dual), dual


SLOW = pytest.mark.slow  # each combination compiles its own step; these have every pair of two values

COMBINATIONS = [
    ("clipped", "free", "none", "sgd"), ("class", "unit", "l1", "momentum"), ("logit", "free", "l2", "adam"),
    ("clipped", "unit", "tv", "sgd"),
    *(
        pytest.param(*each, marks=SLOW)
        for each in (
            ("logit", "unit", "none", "momentum"), ("class", "free", "none", "adam"), ("clipped", "free", "l1", "adam"),
            ("logit", "free", "l1", "sgd"), ("clipped", "free", "l2", "momentum"), ("class", "unit", "l2", "sgd"),
            ("class", "free", "tv", "adam"), ("logit", "free", "tv", "momentum"),
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize(("objective", "pixels", "penalty", "optimizer"), COMBINATIONS)
def test_the_steps_are_those_of_a_loop_in_numpy(dense, objective, pixels, penalty, optimizer):
    data, weights = dense.data(), dense.runs["A"].moments[12].weights
    rate, steps = 0.01 if optimizer == "adam" else 0.1, 15 if penalty == "tv" else 40
    spec = IdealSpec(objective=objective, pixels=pixels, penalty=penalty, optimizer=optimizer, weight=0.1,
                     learning_rate=rate, start="mean", steps=steps)  # fmt: skip
    start, *_, end = paint_ideal(dense, Lens("A", 12), spec)
    for label in range(4):
        members = data.test_images[data.test_labels == label]
        np.testing.assert_allclose(start.images[label], members.mean(axis=0) / 255, atol=1e-6)
    wanted = by_hand(weights, spec, start.images, steps)
    assert np.abs(wanted - start.images).max() > 0.01, "it went somewhere"
    if penalty == "tv":  # few inner iterations: see the test of the proximal step for how near they come
        assert np.abs(end.images - wanted).mean() < 1e-3 and np.abs(end.images - wanted).max() < 0.03
        wanted = end.images
    np.testing.assert_allclose(end.images, wanted, atol=2e-4 if optimizer == "adam" else 2e-5)
    _, logits = dense_by_hand(weights, end.images)
    np.testing.assert_allclose(end.probabilities, softmax(logits), atol=1e-5)
    losses = {
        "clipped": two_sided(softmax(logits)),
        "class": -np.log(np.diag(softmax(logits))),
        "logit": -np.diag(logits),
    }[objective]
    np.testing.assert_allclose(end.losses, losses, atol=1e-4)
    sizes = {
        "none": np.zeros(len(wanted)),
        "l1": np.abs(end.images).sum(axis=(1, 2)),
        "l2": (end.images**2).sum(axis=(1, 2)),
        "tv": variation(end.images.astype(float)),
    }[penalty]
    np.testing.assert_allclose(end.penalties, sizes, rtol=1e-4, atol=1e-5)
    assert (end.number, end.is_last, end.run, end.step) == (steps, True, "A", 12)


def test_it_starts_from_one_shade_from_uniform_noise_of_its_seed_or_from_images_that_fit(dense):
    def first(begin=None, **settings):
        return next(paint_ideal(dense, Lens("A"), IdealSpec(**settings), begin=begin)).images

    assert (first(start="empty") == 0).all() and (first(start="grey") == 0.5).all()
    for pixels in ("free", "unit"):
        noise = np.random.default_rng(5).random((4, 8, 8))
        np.testing.assert_allclose(first(seed=5, pixels=pixels), noise, atol=1e-7)

    images = np.random.default_rng(1).random((4, 8, 8)).astype(np.float32)
    np.testing.assert_array_equal(first(images), images)
    for shape in ((4, 9, 9), (7, 8, 8)):
        assert (first(np.ones(shape, np.float32), start="empty") == np.zeros((4, 8, 8))).all()


def test_turns_grow_may_be_kept_small_and_are_short_after_a_change(dense):
    job = paint_ideal(dense, Lens("A"), IdealSpec(penalty="l2", steps=5_000), turn_seconds=1e6)
    numbers = [message.number for message in itertools.islice(job, 7)]
    assert np.diff(numbers).tolist() == [1, 4, 16, 64, 256, 500]
    changed = job.send({"weight": 0.5})
    assert changed.spec.weight == 0.5 and changed.number - numbers[-1] == 500 // SHORTER < 500
    job.close()

    job = paint_ideal(dense, Lens("A"), IdealSpec(penalty="l2", steps=100))
    next(job)
    numbers = [job.send({"most_per_turn": 20.0}).number, *(message.number for message in job)]
    assert max(np.diff(numbers)) <= 20 and numbers[-1] == 100


def test_penalty_rate_and_number_of_steps_may_be_changed_while_it_paints(dense):
    spec = IdealSpec(penalty="l2", weight=0.01, steps=50)
    job = paint_ideal(dense, Lens("A", 12), spec)
    next(job)
    first = job.send({"steps_per_turn": 1.0})
    second = job.send({"weight": 2.0, "learning_rate": 0.05, "steps": 3})
    weights = dense.runs["A"].moments[12].weights
    wanted = by_hand(weights, spec.but(weight=2.0, learning_rate=0.05), first.images, 1)
    np.testing.assert_allclose(second.images, wanted, atol=1e-6)
    assert [first.number, second.number, *(message.number for message in job)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("layers", "objectives"),
    [
        ("9, 7", [("neuron", 1)]),  # those of its classes are compared with NumPy, as is a neuron of the first layer
        ("conv 3, 6", [("class", -1), ("neuron", 0)]),
        pytest.param("conv 3", [("class", -1), ("logit", -1), ("neuron", 0)], marks=SLOW),
    ],
)
def test_the_gradient_of_every_objective_is_that_of_small_changes(session, layers, objectives):
    with_run(session, layers, "tanh")
    for objective, layer in objectives:
        spec = IdealSpec(objective=objective, penalty="l2", start="noise", learning_rate=1e-2, steps=1, weight=0.1)
        neurons = [Neuron(layer, 0), Neuron(layer, 2)] if layer >= 0 else []
        lens = Lens("A", 12, frozenset({Neuron(0, 1)}))
        before, after = (message for message in paint_ideal(session, lens, spec, neurons))
        way = (after.images - before.images)[0]  # of the first image
        total = [float(each.losses[0] + 0.1 * each.penalties[0]) for each in (before, after)]
        wanted = -float((way.astype(np.float64) ** 2).sum()) / 1e-2
        assert total[1] - total[0] == pytest.approx(wanted, rel=0.1)


def excitement(session, neuron, image, shape):
    """The mean over the places of a unit of what its activation is taken of."""
    sums = []
    for place in np.ndindex(*shape) if len(shape) == 2 else [None]:
        (unit,) = unit_arithmetic(session, Lens("A"), None, image, neuron, place)
        sums.append(unit.norm.value if unit.norm else unit.total)
    return np.mean(sums)


@pytest.mark.parametrize(
    ("kind", "layer"),
    [
        ("residual", 2), ("branches", 5), ("coloured", 3), ("groups", 1),
        *(pytest.param(*each, marks=SLOW) for each in (("residual", 0), ("branches", 1), ("dense", 1))),
    ],
)  # fmt: skip
def test_a_unit_of_any_layer_is_excited_before_its_activation_and_behind_its_norm(session, kind, layer):
    with_run(session, NETWORKS[kind])
    plan = lens_network(session, Lens("A")).plan
    shape = next(step.shape for step in plan.steps if step.hidden == layer)[:-1]
    spec = IdealSpec(objective="neuron", penalty="none", start="noise", learning_rate=1e-3, steps=1, optimizer="sgd")
    before, after = (message for message in paint_ideal(session, Lens("A"), spec, [Neuron(layer, 3)]))
    values = [excitement(session, Neuron(layer, 3), message.images[0], shape) for message in (before, after)]
    assert [-float(message.losses[0]) for message in (before, after)] == pytest.approx(values, rel=1e-3, abs=1e-3)
    slope = (after.images - before.images)[0].astype(np.float64) / 1e-3
    ahead = before.images[0] + np.float32(2e-3) * slope.astype(np.float32)
    rise = excitement(session, Neuron(layer, 3), ahead, shape) - values[0]
    assert rise == pytest.approx(2e-3 * (slope**2).sum(), rel=0.15)


def test_a_silent_neuron_is_excited_as_well_and_the_lens_silences_and_adjusts(dense):
    weights = dense.runs["A"].moments[12].weights
    silent = int(weights[1].argmin())  # on an empty picture it has its bias alone
    assert weights[1][silent] < 0
    spec = IdealSpec(objective="neuron", steps=200, pixels="unit", optimizer="adam")
    *_, end = paint_ideal(dense, Lens("A", 12), spec, [Neuron(0, silent)])
    hidden, _ = dense_by_hand(weights, end.images)
    kernel = weights[0][:, silent]
    wanted = pytest.approx(max(0.0, kernel[kernel > 0].sum() + weights[1][silent]), rel=1e-3)
    assert hidden[0, silent] == wanted
    assert -end.losses[0] == pytest.approx(hidden[0, silent], rel=1e-3)

    lens = Lens("A", 12, frozenset({Neuron(0, 3)}), frozenset({Adjusted(0, 4, 2.0, 0.5)}))
    end = last(paint_ideal(dense, lens, IdealSpec(steps=25)))
    answers = [lens_network(dense, lens).answer(image)[1] for image in end.images]
    np.testing.assert_allclose(end.probabilities, softmax(np.stack(answers)), atol=1e-5)
    other = last(paint_ideal(dense, Lens("A", 12), IdealSpec(steps=25)))
    assert np.abs(other.images - end.images).max() > 1e-3


@pytest.mark.xla
def test_another_moment_and_a_second_painting_compile_nothing_again(dense):
    list(paint_ideal(dense, Lens("A", 0), IdealSpec(steps=20)))
    one, other = (
        painter(lens_network(dense, Lens("A", step)).architecture, Style.of(IdealSpec(), -1)) for step in (0, 24)
    )
    assert one is other and one.short_walk.experimental_get_tracing_count() == 1
    list(paint_ideal(dense, Lens("A", 24), IdealSpec(steps=20)))
    assert one.short_walk.experimental_get_tracing_count() == 1


@pytest.mark.parametrize(("layers", "penalty", "objective"), [("", "none", "clipped"), ("9, 7", "l2", "class")])
def test_the_shortcut_over_the_sums_leads_to_the_same_images(session, layers, penalty, objective, monkeypatch):
    with_run(session, layers, "tanh")
    lens = Lens("A", 12, *([frozenset({Neuron(0, 1)})] if layers else []))
    spec = IdealSpec(objective=objective, penalty=penalty, weight=0.1, steps=60, start="noise")
    short = painter(lens_network(session, lens).architecture, Style.of(spec, -1))
    assert short.has_shortcut
    ends = [last(paint_ideal(session, lens, spec))]
    monkeypatch.setattr(short, "has_shortcut", False)
    ends.append(last(paint_ideal(session, lens, spec)))
    assert short.walk.experimental_get_tracing_count() == short.short_walk.experimental_get_tracing_count() == 1
    np.testing.assert_allclose(ends[0].images, ends[1].images, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize(
    ("steps", "changes"),
    [
        (603, {"penalty": "l2"}),  # farther than the shortcut goes without looking at the pixels
        (53, {"penalty": "tv", "optimizer": "adam", "pixels": "unit", "shift": 2}),
    ],
)
def test_where_turns_end_changes_no_bit_of_the_images(dense, steps, changes):
    spec = IdealSpec(steps=steps, start="noise", weight=0.1, **changes)
    ends = []
    for steps_per_turn in (7.0, 77.0, float(steps)):
        job = paint_ideal(dense, Lens("A"), spec)
        next(job)
        messages = [job.send({"steps_per_turn": steps_per_turn}), *job]
        ends.append(next(each for each in reversed(messages) if each is not None))
    assert ends[0].number == steps
    for other in ends[1:]:
        np.testing.assert_array_equal(ends[0].images, other.images)


def test_steps_that_need_the_pixels_take_no_shortcut(session):
    with_run(with_run(session, "12"), "conv 3, 6")
    for run, changes in (("A", {"penalty": "l1"}), ("A", {"penalty": "tv"}), ("A", {"pixels": "unit"}),
                         ("A", {"optimizer": "adam"}), ("B", {})):  # fmt: skip
        style = Style.of(IdealSpec(**changes), -1)
        assert not painter(lens_network(session, Lens(run)).architecture, style).has_shortcut, (run, changes)


def test_jitter_moves_the_images_for_a_step_and_its_gradient_back_and_figures_are_of_the_unmoved_ones(dense):
    spec, weights = IdealSpec(steps=1, shift=2, seed=1), dense.runs["A"].moments[12].weights
    start, end = paint_ideal(dense, Lens("A", 12), spec)
    steps = {
        by: np.roll(by_hand(weights, spec, np.roll(start.images, by, (1, 2)), 1), (-by[0], -by[1]), (1, 2))
        for by in itertools.product(range(-2, 3), repeat=2)
    }
    (by,) = (by for by, wanted in steps.items() if np.abs(end.images - wanted).max() < 1e-5)
    assert by != (0, 0)

    _, logits = dense_by_hand(weights, end.images)
    np.testing.assert_allclose(end.probabilities, softmax(logits), atol=1e-5)
    np.testing.assert_allclose(end.losses, two_sided(softmax(logits)), rtol=1e-3)


def test_neurons_that_cannot_be_are_refused_in_a_sentence(session):
    with_run(session, "12, 5")
    for neurons, sentence in (
        ([Neuron(2, 0)], "no hidden neuron 0 in layer 3"),
        ([Neuron(0, 1), Neuron(1, 1)], "No neuron is chosen"),
    ):
        with pytest.raises(UserError, match=sentence):
            next(paint_ideal(session, Lens("A"), IdealSpec(objective="neuron"), neurons))


def worth(images, start, by):
    """What the proximal step minimises, for each image."""
    return ((images - start) ** 2).sum(axis=(1, 2)) / 2 + by * variation(images)


@pytest.mark.parametrize("by", [0.001, 0.1])
def test_the_proximal_step_is_nearly_the_least_at_once_and_exact_when_it_goes_on(by):
    start = np.random.default_rng(2).random((3, 12, 9))
    start[2, 3:8, 2:6] += 1
    images, dual = tf.constant(start, tf.float32), (tf.zeros(start.shape), tf.zeros(start.shape))
    best, _ = denoised(start, by)
    gaps, step = [], tf.function(parts.denoised, autograph=False)
    for _ in range(40):
        result, dual = step(images, tf.constant(by), dual)
        gaps.append((worth(result.numpy().astype(float), start, by) / worth(best, start, by) - 1).max())
    assert gaps[0] < 0.02 and abs(gaps[-1]) < 1e-5
    np.testing.assert_allclose(result.numpy(), best, atol=2e-4)


def test_the_posts_presets_have_the_settings_of_its_notebook_and_the_one_with_l1_paints_the_same_images():
    for spec in (PRESETS[name].spec for name in OF_THE_BLOG):
        assert (spec.objective, spec.start, spec.optimizer) == ("clipped", "noise", "sgd")
        assert (spec.learning_rate, spec.steps, spec.pixels, spec.shift) == (0.1, 1000, "free", 0)
    spec = PRESETS["l1"].spec
    with look_at(BUNDLED) as session:
        weights = session.weights(Lens("A"))
        painted = last(paint_ideal(session, Lens("A"), spec))

    def certainty(images):
        return np.diag(softmax(dense_by_hand(weights, images)[1]))

    two = painted.images[:2].astype(float)
    notebook = by_hand(weights, spec, np.random.default_rng(0).random((10, 28, 28))[:2], 1000)
    likeness = (two * notebook).sum(axis=(1, 2)) / np.sqrt((two**2).sum(axis=(1, 2)) * (notebook**2).sum(axis=(1, 2)))
    assert likeness.min() > 0.999
    np.testing.assert_allclose(certainty(two), certainty(notebook), atol=2e-3)
    np.testing.assert_allclose(np.diag(painted.probabilities), certainty(painted.images), atol=1e-4)
    assert painted.probabilities.argmax(axis=1).tolist() == list(range(10))
    assert (painted.images == 0).mean() > 0.985, "hardly a pixel is left"
