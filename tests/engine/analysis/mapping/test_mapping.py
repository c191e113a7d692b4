"""Maps in plain NumPy against other ways to compute the same: singular values, sums over all pairs, scikit-learn."""

import contextlib
import os

import numpy as np
import pytest

from bench.maps import divergence
from engine.analysis.mapping import pca
from engine.analysis.mapping.pca import principal, rotation_onto
from engine.analysis.mapping.settings import MapSpec
from engine.analysis.mapping.tsne import affinities, attraction, nearest, pairs, repulsion, tsne
from engine.analysis.mapping.tsne_process import TsneProcess
from engine.core.messages import run_through


def groups(count=300, width=40, kinds=6, seed=1):
    """Clouds of vectors around a few middles, and which cloud each belongs to."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, kinds, count)
    middles = generator.normal(0, 1, (kinds, width))
    return (middles[labels] + generator.normal(0, 0.5, (count, width))).astype(np.float32), labels


def distances_of(points):
    points = points.astype(np.float64)
    squares = (points**2).sum(axis=1)
    return squares[:, None] + squares - 2 * points @ points.T


def kept_neighbours(vectors, points, count=10):
    """What part of each vector's nearest others are among the nearest on the map."""
    true, mapped = (
        np.argsort(distances_of(each) + 1e9 * np.eye(len(each)), axis=1)[:, :count] for each in (vectors, points)
    )
    return np.mean([len(set(a) & set(b)) / count for a, b in zip(true, mapped, strict=True)])


@pytest.mark.parametrize(
    ("width", "small", "wide"), [(40, 400, 400), (40, 10, 400), (40, 10, 30), (2, 400, 400), (1, 400, 400)]
)
def test_the_components_are_those_of_the_singular_value_decomposition(monkeypatch, width, small, wide):
    monkeypatch.setattr(pca, "SMALL", small)
    monkeypatch.setattr(pca, "WIDE", wide)
    monkeypatch.setattr(pca, "AT_ONCE", 70 * width)
    vectors, _ = groups(width=width)
    result = run_through(principal(vectors))
    centred = vectors.astype(np.float64) - vectors.mean(axis=0)
    _, singular, rows = np.linalg.svd(centred, full_matrices=False)
    expected = np.abs(centred @ rows[:2].T)
    np.testing.assert_allclose(np.abs(result.place(vectors))[:, : min(2, width)], expected, atol=2e-3)
    shares = np.append(singular**2 / (singular**2).sum(), 0)[:2]
    np.testing.assert_allclose(result.explained, shares, atol=1e-5)
    largest = result.axes[np.abs(result.axes).argmax(axis=0), [0, 1]]
    assert (largest >= 0).all()


def test_vectors_that_do_not_differ_lie_in_one_place_and_a_map_that_was_turned_and_mirrored_is_turned_back():
    alike = np.ones((20, 5), np.float32)
    result = run_through(principal(alike))
    assert result.explained == (0.0, 0.0) and not result.place(alike).any()

    points = np.random.default_rng(1).normal(size=(50, 2)) * (3, 1)
    turn = np.array([[np.cos(2), -np.sin(2)], [np.sin(2), np.cos(2)]]) * (1, -1)
    rotation = rotation_onto(points @ turn, points + 7)
    np.testing.assert_allclose(points @ turn @ rotation, points, atol=1e-9)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(2), atol=1e-12)


def test_the_nearest_are_those_of_all_distances_and_each_bell_is_as_wide_as_the_perplexity_wants():
    vectors, _ = groups(600)
    vectors[10:30] = vectors[10]  # equal ones do no harm
    numbers, squares = run_through(nearest(vectors, 60))
    everything = distances_of(vectors) + np.diag(np.full(600, np.inf))
    np.testing.assert_allclose(np.sort(squares, axis=1), np.sort(everything, axis=1)[:, :60], atol=1e-3)
    assert all(len(set(row)) == 60 and number not in row for number, row in enumerate(numbers))

    shares = np.delete(affinities(squares, 20), range(10, 30), axis=0)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    entropy = -(shares * np.log(np.maximum(shares, 1e-300))).sum(axis=1)
    np.testing.assert_allclose(np.exp(entropy), 20, rtol=1e-3)


def test_the_forces_are_those_of_all_pairs():
    vectors, _ = groups()
    numbers, squares = run_through(nearest(vectors, 60))
    shares = affinities(squares, 20)
    near = pairs(numbers, shares)
    for spread, close in ((0.01, 1e-4), (3, 5e-3), (15, 0.06)):
        points = np.random.default_rng(2).normal(0, spread, (300, 2)).astype(np.float32)
        closeness = 1 / (1 + distances_of(points))
        apart = points[:, None].astype(np.float64) - points[None]
        dense = np.zeros((300, 300))
        np.put_along_axis(dense, numbers, shares, 1)
        dense = (dense + dense.T) / 600
        pull = ((dense * closeness)[..., None] * apart).sum(axis=1)
        push = ((closeness**2)[..., None] * apart).sum(axis=1)
        normaliser = closeness.sum() - 300
        np.testing.assert_allclose(attraction(near, points), pull, atol=1e-4 * np.abs(pull).max())
        result, its_normaliser = repulsion(points)
        np.testing.assert_allclose(result, push, atol=close * np.abs(push).max())
        assert its_normaliser == pytest.approx(normaliser, rel=0.02)
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(dense > 0, dense * np.log(dense * normaliser / closeness), 0)
        assert divergence(near, points) == pytest.approx(terms.sum(), abs=0.05)


SPEC = MapSpec(method="tsne", perplexity=15, iterations=300)


def test_tsne_makes_the_divergence_fall_and_keeps_neighbours_better_than_pca():
    vectors, _ = groups(150)
    messages = list(tsne(vectors, SPEC.but(iterations=100)))
    assert [progress.done for progress in messages if progress.points is not None] == list(range(1, 101))
    numbers, squares = run_through(nearest(vectors, 45))
    near = pairs(numbers, affinities(squares, 15))
    first, middle, last = (divergence(near, messages[place].points) for place in (-100, -65, -1))
    assert last < middle < first and last < 0.6 * first
    flat = run_through(principal(vectors)).place(vectors)
    assert kept_neighbours(vectors, messages[-1].points) > kept_neighbours(vectors, flat) + 0.1


def test_the_same_seed_gives_the_same_map_from_where_it_was_too():
    vectors, _ = groups(60)
    spec = SPEC.but(iterations=30)
    (*_, one), (*_, other) = (tsne(vectors, spec.but(seed=seed)) for seed in (1, 2))
    assert not np.array_equal(one.points, other.points)
    former = np.random.default_rng(2).normal(0, 5, (60, 2)).astype(np.float32)
    for spec_, moved in ((spec, None), (SPEC.but(iterations=150), former)):
        whole = [each for each in tsne(vectors, spec_, moved) if each.points is not None]
        for at in (10, 29):
            rest = list(tsne(vectors, spec_, moved, next(each for each in whole if each.done == at)))
            assert {each.done for each in rest} == set(range(at, 31)) and len(whole) == 30
            np.testing.assert_array_equal(rest[-1].points, whole[-1].points)


def test_from_a_neighbours_map_it_moves_little_and_takes_fewer_iterations():
    vectors, _ = groups(120)
    *_, former = tsne(vectors, SPEC.but(iterations=60))
    nearly = vectors + np.random.default_rng(3).normal(0, 0.05, vectors.shape).astype(np.float32)
    *_, moved = tsne(nearly, SPEC.but(iterations=60), former.points)
    assert moved.total == 12
    assert np.median(np.linalg.norm(moved.points - former.points, axis=1)) < 0.5 * former.points.std()


def test_few_images_and_equal_ones_have_a_map_too():
    for count in (4, 30):
        spec = MapSpec(method="tsne", iterations=30).fewer(count)
        for vectors in (groups(count)[0], np.ones((count, 3), np.float32)):
            *_, last = tsne(vectors, spec)
            assert last.points.shape == (count, 2) and np.isfinite(last.points).all()


def test_a_process_makes_the_very_same_map_also_from_where_it_was():
    vectors, _ = groups(60)
    spec = SPEC.but(iterations=100)
    former = np.random.default_rng(2).normal(0, 5, (60, 2)).astype(np.float32)
    whole = [each for each in tsne(vectors, spec, former) if each.points is not None]
    with contextlib.closing(TsneProcess(vectors, spec, former, whole[7])) as apart:
        while (progress := apart.newest(1.0)) is None or progress.done < progress.total:
            pass
    np.testing.assert_array_equal(progress.points, whole[-1].points)


@pytest.mark.skipif(os.name != "posix", reason="asks for a process by its number")
def test_a_process_that_is_not_wanted_any_more_is_gone_at_once():
    vectors, _ = groups(3000, 300)
    for wait in (False, True):
        apart = TsneProcess(vectors, MapSpec(method="tsne"))
        if wait:
            assert apart.newest(20) is not None
        apart.close()
        with pytest.raises(ProcessLookupError):
            os.kill(apart.id, 0)


def test_a_process_that_dies_says_why(monkeypatch):
    monkeypatch.setattr("engine.analysis.mapping.tsne_process.__name__", "tests.no_such_module")
    with (
        contextlib.closing(TsneProcess(groups(30)[0], SPEC)) as apart,
        pytest.raises(RuntimeError, match="no_such_module"),
    ):
        while True:
            apart.newest(5)
