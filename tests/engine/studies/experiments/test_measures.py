"""What each experiment measures, beside an independent computation in NumPy."""

import itertools

import numpy as np
import pytest

from engine.core.lazy import tf
from engine.core.lens import Lens
from engine.core.messages import run_through
from engine.model.network.lens_network import lens_network
from engine.model.network.plain import softmax
from engine.model.training.learned import learned
from engine.session.session import Session
from engine.studies.experiments.adversaries import angles, fgsm, fooled, robust
from engine.studies.experiments.collapse import collapse
from engine.studies.experiments.descent import least_squares
from engine.studies.experiments.edge import Sharpness
from engine.studies.experiments.memorised import silencing
from engine.studies.experiments.parts.learning import Learning, squared_error
from engine.studies.experiments.saliency import maps, rank_correlations
from engine.studies.experiments.taught import found_early, self_influence
from engine.studies.experiments.teacher import distilled
from tests.engine.studies.experiments.tiny import carried_out, of_two_classes, tiny
from tests.engine.trained import with_run
from tests.figures_by_hand import answers_of, dense_by_hand


def right_by_hand(session, weights, chosen=None):
    data = session.data()
    chosen = np.ones(len(data.test_labels), bool) if chosen is None else chosen
    return (answers_of(weights, data.test_images[chosen]) == data.test_labels[chosen]).mean()


def last(session, run):
    return session.runs[run].moment(None).weights


@pytest.fixture
def some():
    generator = np.random.default_rng(8)
    return generator.normal(size=(40, 6)), generator.normal(size=(40, 3)), generator.integers(0, 3, 40)


def test_roads_the_barriers_are_those_of_mixtures_made_by_hand(done):
    session, _, result = done("roads")
    first, second, other = (last(session, run) for run in result.runs)
    assert session.runs[result.runs[1]].parent == (result.runs[0], 0)

    def in_order(order):
        return other[0][:, order], other[1][order], other[2][order], other[3]

    def alike(order):
        return sum(float((a * b).sum()) for a, b in zip(first[:3], in_order(list(order))[:3], strict=True))

    best = list(max(itertools.permutations(range(6)), key=alike))
    for row, there in zip(result.rows, (second, other, in_order(best)), strict=True):
        mixtures = [[(1 - t) * a + t * b for a, b in zip(first, there, strict=True)] for t in np.linspace(0, 1, 25)]
        heights = np.array([right_by_hand(session, weights) for weights in mixtures])
        barrier = max(0, (np.linspace(heights[0], heights[-1], 25) - heights).max())
        assert row.here == pytest.approx(barrier, abs=0.012)


def test_supermask_the_thinned_network_has_initial_weights_or_zeros_and_reads_as_well_as_told(done):
    session, _, result = done("supermask")
    trained, thinned = (session.runs[run] for run in result.runs)
    initial, final = trained.moments[0].weights, trained.moment(None).weights
    masks = thinned.moments[0].weights
    for begun, ended, left in zip(initial[::2], final[::2], masks[::2], strict=True):
        stays = left != 0
        assert np.array_equal(left[stays], begun[stays])
        same = np.sign(begun) == np.sign(ended)
        if (~stays).any() and stays.sum() < same.sum():
            assert same[stays].all() and np.abs(ended)[stays].min() >= np.abs(ended)[same & ~stays].max()
    assert result.rows[0].here == pytest.approx(right_by_hand(session, masks))
    tried = result.picture.curves[0].y
    assert result.rows[0].here == tried.max() and len(tried) == tiny("supermask").rounds + 1


def test_tickets_the_last_networks_begin_as_the_first_or_redrawn_and_hold_their_zeros(done):
    session, _, result = done("tickets")
    whole, *_, ticket, redrawn = (session.runs[run] for run in result.runs)
    begun, ended = ticket.moments[0].weights, ticket.moment(None).weights
    for one, own, last_, other in zip(
        whole.moments[0].weights[::2], begun[::2], ended[::2], redrawn.moments[0].weights[::2], strict=True
    ):
        there = own != 0
        assert np.array_equal(own[there], one[there]) and (last_[~there] == 0).all()
        assert (other[~there] == 0).all() and not np.isclose(other[there], one[there]).any()
    kept = sum((array != 0).sum() for array in begun[::2]) / sum(array.size for array in begun[::2])
    assert result.rows[0].here == pytest.approx(kept)
    by_label = {each.label: each for each in result.picture.curves}
    ends = {label: each.x[each.y.argmin()] for label, each in by_label.items()}
    assert result.rows[2].here == ends["ticket"] / ends["all weights"]
    assert result.rows[1].here == pytest.approx(
        right_by_hand(session, ticket.moments[int(ends["ticket"])].weights)
        - right_by_hand(session, whole.moments[int(ends["all weights"])].weights)
    )


def test_memorised_a_silenced_neuron_counts_as_if_its_weights_were_zero(dataset):
    generator = np.random.default_rng(1)
    weights = tuple(
        (generator.normal(0, 1, shape) * (len(shape) > 1)).astype(np.float32)
        for shape in ((64, 6), (6,), (6, 5), (5,), (5, 4), (4,))
    )
    x = dataset.train_images.reshape(240, -1).astype(np.float32) / 255
    shares, heights = run_through(silencing(weights, x, dataset.train_labels, 12, 1, seed=3))
    assert len(set(heights)) > 4, "it matters which are silent"
    order = np.random.default_rng([3, 0]).permutation(11)
    for share, height in zip(shares, heights, strict=True):
        silent = order < round(share * 11)
        out = [array.copy() for array in weights]
        out[2][silent[:6]] = 0
        out[4][silent[6:]] = 0
        assert height == (answers_of(out, x) == dataset.train_labels).mean()


def test_memorised_networks_are_tested_on_the_labels_that_they_were_taught(done):
    session, _, result = done("memorised")
    spec = session.runs[result.runs[-1]].spec
    taught = learned(session.data(), spec)
    assert spec.wrong_labels == 1 and taught.wrong.all()
    right = answers_of(last(session, result.runs[-1]), session.data().train_images[taught.numbers]) == taught.labels
    assert result.picture.curves[-1].y[0] == pytest.approx(right.mean())
    areas = [np.trapezoid(each.y, each.x) for each in result.picture.curves]
    assert result.rows[1].here == pytest.approx(areas[0] - areas[1])


def test_forgetting_what_is_left_is_counted_on_the_old_classes_alone_soon_and_then_more_rarely(done):
    session, _, result = done("forgetting")
    first, after, rehearsed, *pairs = result.runs
    old = session.data().test_labels < 2
    assert result.rows[0].here == pytest.approx(right_by_hand(session, last(session, pairs[-1])))
    assert result.rows[1].here == pytest.approx(right_by_hand(session, last(session, after), old))
    assert result.rows[2].here == pytest.approx(right_by_hand(session, last(session, rehearsed), old))
    assert [session.runs[run].spec.classes for run in (first, after, *pairs)] == [
        "#0, #1", "#2, #3", "#0, #1", "#2, #3",
    ]  # fmt: skip
    assert session.runs[after].taught_from.run == session.runs[rehearsed].taught_from.run == first
    assert session.runs[pairs[1]].parent.run == pairs[0]

    after, (curve, other, _) = session.runs[after], result.picture.curves
    apart = tiny("forgetting").spec.epochs * session.runs[result.runs[0]].steps_per_epoch // 2
    assert curve.x.tolist() == [*(2**each for each in range(9) if 2**each < apart), apart, 2 * apart]
    assert list(after.moments) == [0, *curve.x] and other.x.tolist() == curve.x.tolist()
    for step, height, new in zip(curve.x, curve.y, other.y, strict=True):
        weights = after.moments[int(step)].weights
        assert height == pytest.approx(right_by_hand(session, weights, old))
        assert new == pytest.approx(right_by_hand(session, weights, ~old))


def test_forgetting_half_of_each_batch_rehearses_the_few_old_images_that_are_kept(dataset, monkeypatch):
    orders = []

    class Watched(Learning):
        def __init__(self, weights, objective, x, targets, **settings):
            super().__init__(weights, objective, x, targets, **settings)
            self.labels = targets

        def go(self, order):
            orders.append((order, self.labels[order]))
            return super().go(order)

    monkeypatch.setattr("engine.studies.experiments.forgetting.Learning", Watched)
    carried_out(Session(of_two_classes(dataset)), "forgetting", sizes={"spec": tiny("forgetting").spec.but(epochs=1)})
    steps = sum(len(order) for order, _ in orders) // 2
    order, labels = (np.concatenate(each) for each in zip(*orders, strict=True))
    assert (labels[:steps] == 1).all(), "the first of both rehearses nothing"
    order, labels = order[steps:], labels[steps:]
    assert ((labels == 0).sum(axis=1) == order.shape[1] // 2).all()
    assert len(np.unique(order[labels == 0])) <= tiny("forgetting").kept


def test_taught_the_influence_on_itself_is_the_squared_length_of_the_last_layers_gradient(some):
    hidden, logits, labels = some
    scores = self_influence(hidden, logits, labels)
    for image in range(40):
        error = softmax(logits[image]) - np.eye(3)[labels[image]]
        gradient = np.outer(np.append(hidden[image], 1), error)
        assert scores[image] == pytest.approx((gradient**2).sum())


def test_taught_the_wrong_labels_are_counted_among_the_highest_scores(done):
    shares, found = found_early(np.array([1.0, 9, 3, 7]), np.array([True, True, False, False]))
    assert shares.tolist() == [0.25, 0.5, 0.75, 1] and found.tolist() == [0.5, 0.5, 0.5, 1]
    session, _, result = done("taught")
    run = session.runs[result.runs[0]]
    taught = learned(session.data(), run.spec)
    images = session.data().train_images[taught.numbers]
    scores = np.zeros(240)
    for step in (run.steps_per_epoch, 2 * run.steps_per_epoch):
        hidden, logits = dense_by_hand(run.moments[step].weights, images / 255)
        scores += run.spec.learning_rate * self_influence(hidden, logits, taught.labels)
    best = np.argsort(-scores)[:48]
    assert result.rows[0].here == pytest.approx(taught.wrong[best].sum() / 24)


def test_collapse_a_simplex_has_collapsed_and_noise_has_not(some):
    hidden, logits, labels = some
    simplex = (np.eye(3) - 1 / 3)[labels] + 5
    result = collapse(simplex, simplex, labels)
    assert result.cosine == pytest.approx(-1 / 2)
    assert result.apart == pytest.approx(0) and result.spread == pytest.approx(0)
    assert result.within == pytest.approx(0)
    assert result.nearest == 0 == result.wrong

    result = collapse(hidden, logits, labels)
    means = [hidden[labels == each].mean(axis=0) for each in range(3)]
    centred = [mean - np.mean(means, axis=0) for mean in means]
    cosines = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in itertools.combinations(centred, 2)]
    assert result.cosine == pytest.approx(np.mean(cosines))
    assert result.apart == pytest.approx(np.mean([abs(cosine + 0.5) for cosine in cosines]))
    nearest = [np.argmin([np.linalg.norm(each - mean) for mean in means]) for each in hidden]
    assert result.nearest == pytest.approx(np.mean(np.array(nearest) != labels))
    scatter = np.mean([np.linalg.norm(each - means[label]) ** 2 for each, label in zip(hidden, labels, strict=True)])
    assert result.within == pytest.approx(scatter / np.mean([mean @ mean for mean in centred]))


def test_collapse_the_learning_rate_falls_where_it_is_to_fall(done):
    session, _, result = done("collapse")
    run = session.runs[result.runs[0]]
    assert [step // run.steps_per_epoch for step, *_ in run.changes] == [1, 2]
    assert [value for *_, value in run.changes] == pytest.approx([0.002, 0.0002])


def test_saliency_the_correlations_are_spearmans_and_a_linear_network_integrates_exactly(session):
    def ranks(picture):
        """The mean rank of each pixel among those that are equal."""
        values = np.sort(picture, axis=None)
        return [np.flatnonzero(values == value).mean() for value in picture.ravel()]

    generator = np.random.default_rng(3)
    one, other = generator.integers(0, 5, (2, 4, 8, 8)).astype(float)
    expected = [np.corrcoef(ranks(a), ranks(b))[0, 1] for a, b in zip(one, other, strict=True)]
    np.testing.assert_allclose(rank_correlations(one, other), expected)
    with_run(with_run(session, ""), "12, 9")
    images = session.data().test_images[:4] / np.float32(255)
    plain, integrated = run_through(maps(lens_network(session, Lens("A")), images, np.arange(4), 3))
    kernel = session.runs["A"].moment(None).weights[0]
    np.testing.assert_allclose(plain, kernel.T.reshape(4, 8, 8), atol=1e-6)
    np.testing.assert_allclose(integrated, images * kernel.T.reshape(4, 8, 8), atol=1e-6)

    _, integrated = run_through(maps(lens_network(session, Lens("B")), images, np.arange(4), 200))
    weights = session.runs["B"].moment(None).weights
    with_ink, without = (np.diag(dense_by_hand(weights, each)[1]) for each in (images, 0 * images))
    np.testing.assert_allclose(integrated.sum(axis=(1, 2)), with_ink - without, atol=0.02)


def test_adversaries_each_pixel_goes_along_the_sign_of_the_gradient_and_the_angle_is_that_between_two_pictures(dataset):
    generator = np.random.default_rng(1)
    weights = (generator.normal(0, 0.3, (64, 4)).astype(np.float32), np.zeros(4, np.float32))
    x, labels = dataset.test_images.reshape(90, -1).astype(np.float32) / 255, dataset.test_labels.astype(int)
    error = softmax((x @ weights[0]).astype(np.float64)) - np.eye(4)[labels]
    expected = x + 0.25 * np.sign(error @ weights[0].T)
    np.testing.assert_allclose(fgsm(weights, tf.constant(x), labels, np.float32(0.25)), expected, atol=1e-6)
    logits = run_through(fooled(weights, x, dataset.test_labels, 0.25))
    np.testing.assert_allclose(logits, expected @ weights[0], atol=1e-4)

    one = np.array([[[1.0, 0], [0, 0]], [[1, 1], [0, 0]], [[-2, 0], [0, 0]]])
    other = np.array([[[0.0, 3], [0, 0]], [[2, 0], [0, 0]], [[1, 0], [0, 0]]])
    np.testing.assert_allclose(angles(one, other), [90, 45, 180], atol=1e-5)


def test_adversaries_two_classes_are_learned_from_the_worst_images_within_reach():
    """Of a network without a hidden layer and with two classes these are known: each pixel goes as far as it may."""
    generator = np.random.default_rng(2)
    kernel, bias = generator.normal(size=(6, 2)).astype(np.float32), np.float32([0.1, -0.2])
    x, labels = generator.random((30, 6)).astype(np.float32), generator.integers(0, 2, 30)
    result = float(robust(0.2, 5)([kernel, bias], tf.constant(x), labels))
    worst = np.clip(x + 0.2 * np.sign(kernel[:, 1 - labels] - kernel[:, labels]).T, 0, 1)
    assert ((worst == 0) | (worst == 1)).any(), "some pixels end at black or white"
    right = softmax((worst @ kernel + bias).astype(np.float64))[np.arange(30), labels]
    assert result == pytest.approx(-np.log(right).mean(), rel=1e-5)


def test_adversaries_the_figures_are_those_of_its_runs(done):
    session, _, result = done("adversaries")
    linear, _, hardened = (last(session, run) for run in result.runs)
    data = session.data()
    x, labels = data.test_images.reshape(90, -1).astype(np.float32) / 255, data.test_labels
    logits = run_through(fooled(linear, x, labels, 0.25))
    wrong = logits.argmax(axis=1) != labels
    assert result.rows[0].here == pytest.approx(wrong.mean())
    changed = run_through(fooled(hardened, x, labels, 0.25))
    assert result.picture.curves[2].y[-1] == (changed.argmax(axis=1) == labels).mean()
    wanted = pytest.approx([right_by_hand(session, last(session, run)) for run in result.runs])
    assert [each.y[0] for each in result.picture.curves] == wanted


def test_teacher_the_loss_is_the_softened_cross_entropy(some):
    x, _, _ = some
    generator = np.random.default_rng(2)
    kernel = generator.normal(size=(6, 3)).astype(np.float32)
    taught = softmax(generator.normal(size=(40, 3))).astype(np.float32)
    loss = distilled(5.0)([kernel, np.zeros(3, np.float32)], x.astype(np.float32), taught)
    expected = -25 * (taught * np.log(softmax(x @ kernel / 5))).sum(axis=1).mean()
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_teacher_the_raised_bias_is_the_one_that_reads_most_and_the_pupil_saw_no_image_of_the_class(done):
    session, _, result = done("teacher")
    _, pupil, raised = (last(session, run) for run in result.runs)
    data = session.data()
    taught = session.runs[result.runs[1]]
    assert len(data.classes) == 2 and tiny("teacher").unseen > 1, "then it is the last class that the pupil never saw"
    assert taught.steps_per_epoch == (data.train_labels != 1).sum() // taught.spec.batch
    tried = []
    for shift in np.linspace(0, 4, 5):
        bias = pupil[-1].copy()
        bias[1] += shift
        tried.append(right_by_hand(session, (*pupil[:-1], bias)))
    assert result.rows[1].here == pytest.approx(max(tried)) == pytest.approx(right_by_hand(session, raised))
    assert result.rows[0].here == pytest.approx(right_by_hand(session, raised, data.test_labels == 1))


@pytest.mark.xla
def test_edge_the_sharpness_is_the_largest_eigenvalue_of_the_hessian(some):
    x, _, labels = some
    generator = np.random.default_rng(5)
    shapes = [(6, 4), (4,), (4, 3), (3,)]
    weights = tuple(generator.normal(0, 0.6, shape).astype(np.float32) for shape in shapes)

    def gradient(flat):
        parts = np.split(flat, np.cumsum([np.prod(shape) for shape in shapes])[:-1])
        first, bias, second, last_ = (part.reshape(shape) for part, shape in zip(parts, shapes, strict=True))
        hidden = np.tanh(x @ first + bias)
        error = 2 * (hidden @ second + last_ - np.eye(3)[labels]) / labels.size / 3
        back = (error @ second.T) * (1 - hidden**2)
        arrays = [x.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0)]
        return np.concatenate([array.ravel() for array in arrays])

    flat = np.concatenate([array.ravel() for array in weights]).astype(np.float64)
    step = 1e-5
    hessian = np.array(
        [(gradient(flat + step * unit) - gradient(flat - step * unit)) / (2 * step) for unit in np.eye(len(flat))]
    )
    sharpness = Sharpness(squared_error("tanh"), x.astype(np.float32), labels, shapes)
    vector = generator.normal(size=len(flat))
    np.testing.assert_allclose(sharpness.product(weights)(vector), hessian @ vector, atol=1e-3)
    largest = np.linalg.eigvalsh((hessian + hessian.T) / 2)[-1]
    assert run_through(sharpness.measure(weights, 30)) == pytest.approx(largest, rel=5e-3)
    assert run_through(sharpness.measure(weights, 4)) == pytest.approx(largest, rel=5e-3), "it begins where it was"


def test_edge_each_step_is_one_of_plain_descent_on_all_images_centred_and_scaled(done):
    session, _, result = done("edge")
    run = session.runs[result.runs[0]]
    assert list(run.moments) == [0, 3, 6]
    x, labels = session.data().train_images.reshape(240, -1) / 255, session.data().train_labels
    middle, spread = x.mean(axis=0), (x - x.mean(axis=0)).std()
    scaled = (x - middle) / spread
    kernel, bias, *rest = (array.astype(np.float64) for array in run.moments[0].weights)
    arrays = [kernel * spread, bias + middle @ kernel, *rest]
    for _ in range(3):
        hidden = np.tanh(scaled @ arrays[0] + arrays[1])
        error = (hidden @ arrays[2] + arrays[3] - np.eye(4)[labels]) / 240
        back = (error @ arrays[2].T) * (1 - hidden**2)
        steps = (scaled.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0))
        arrays = [array - 0.5 * step for array, step in zip(arrays, steps, strict=True)]
    expected = [arrays[0] / spread, arrays[1] - middle @ arrays[0] / spread, *arrays[2:]]
    for array, each in zip(run.moments[3].weights, expected, strict=True):
        np.testing.assert_allclose(array, each, atol=2e-5)


@pytest.mark.parametrize("neurons", [10, 30, 80])
def test_descent_the_last_layer_is_the_shortest_of_the_best(neurons):
    generator = np.random.default_rng(neurons)
    hidden, wanted = generator.normal(size=(30, neurons)), generator.normal(size=(30, 4))
    expected = np.linalg.lstsq(hidden, wanted, rcond=None)[0]
    np.testing.assert_allclose(run_through(least_squares(hidden, wanted)), expected, atol=1e-6)


def test_descent_the_errors_are_those_of_fits_by_numpy(done):
    session, _, result = done("descent")
    test, train = result.picture.curves
    assert test.x.tolist() == [0.2, 1.0, 2.0]
    run = session.runs[result.runs[0]]
    assert run.spec.layers == "40"
    assert list(run.moments) == [0, 1] and run.epochs[0].test_accuracy == pytest.approx(1 - test.y[1], abs=0.012)
    weights = run.moments[1].weights
    assert test.y[1] == pytest.approx(1 - right_by_hand(session, weights), abs=0.012)
    taught = learned(session.data(), run.spec)
    hidden, _ = dense_by_hand(weights, session.data().train_images[taught.numbers])
    fitted = np.linalg.lstsq(hidden, np.eye(4)[taught.labels], rcond=None)[0]
    residual = np.linalg.norm(hidden @ fitted - np.eye(4)[taught.labels])
    assert np.linalg.norm(hidden @ weights[2] - np.eye(4)[taught.labels]) < residual + 0.05
    assert train.y[2] == 0, "with more neurons than images all are fitted"
    assert result.rows[0].here == test.x[test.y.argmax()]


def test_grokking_the_figures_are_those_of_the_moments_that_they_are_of(done):
    session, _, result = done("grokking")
    run = session.runs[result.runs[0]]
    here = [row.here for row in result.rows]
    wanted = pytest.approx([right_by_hand(session, run.moments[step].weights) for step in (2, 4, 8)])
    assert here[1:4] == wanted
    vectors = [np.concatenate([array.ravel() for array in run.moments[step].weights]) for step in (0, 8)]
    assert here[4:] == pytest.approx([np.linalg.norm(vector) for vector in vectors])
