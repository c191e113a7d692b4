"""Neighbouring vectors and their affinities: the probabilities that t-SNE reproduces on the map."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple

import numpy as np

from engine.core.array import Array
from engine.core.turns import slices

ROWS = 250  # number of vectors whose neighbours are searched in a turn
HALVINGS, CLOSE = 64, 1e-5


class Pairs(NamedTuple):
    """Neighbours: numbers `first` < `second`, and the probability of each pair; those of all pairs sum to 1/2.

    They are sorted by `first`; each of the numbers `heads` has its pairs from its place in `starts` on.
    """

    first: Array
    second: Array
    shares: Array
    starts: Array
    heads: Array


def nearest(vectors: Array, count: int) -> Generator[float, Any, tuple[Array, Array]]:
    """Return numbers and squared distances (images, count) of each vector's nearest others, in no order.

    Yields the share that is done.
    """
    vectors = vectors.astype(np.float32, copy=False)
    vectors = vectors - vectors.mean(axis=0)  # smaller numbers lose less precision in their squares
    squares = np.einsum("ij,ij->i", vectors, vectors)
    numbers = np.empty((len(vectors), count), np.int32)
    distances = np.empty((len(vectors), count), np.float32)
    for rows in slices(len(vectors), ROWS):
        ranks = squares - 2 * (vectors[rows] @ vectors.T)
        ranks[np.arange(len(ranks)), np.arange(rows.start, rows.stop)] = np.inf
        numbers[rows] = _smallest(ranks, count)
        distances[rows] = np.take_along_axis(ranks, numbers[rows], 1) + squares[rows, None]
        yield rows.stop / len(vectors)
    return numbers, np.maximum(distances, 0)


def _smallest(ranks: Array, count: int) -> Array:
    """Return the places (rows, count) of the smallest numbers of each row."""
    limits = np.partition(ranks, count - 1, axis=1)[:, count - 1]  # twice as fast as argpartition
    places = np.flatnonzero(ranks <= limits[:, None])
    if len(places) != len(ranks) * count:  # several are equally far
        return np.argpartition(ranks, count - 1, axis=1)[:, :count]
    return places.reshape(len(ranks), count) % ranks.shape[1]


def affinities(distances: Array, perplexity: float) -> Array:
    """Return the probability (images, k) of each neighbour: a Gaussian whose entropy is the logarithm of `perplexity`.

    Its width is found by bisection, as in van der Maaten and Hinton (2008).
    """
    apart = (distances - distances.min(axis=1, keepdims=True)).astype(np.float64)
    goal = np.log(min(perplexity, apart.shape[1] * 0.999))
    low, high = np.zeros(len(apart)), np.full(len(apart), np.inf)
    sharpness = 1 / np.maximum(apart.mean(axis=1), 1e-12)
    bells = np.ones_like(apart)
    for _ in range(HALVINGS):
        bells = np.exp(-apart * sharpness[:, None])
        sums = bells.sum(axis=1)
        entropy = np.log(sums) + sharpness * (apart * bells).sum(axis=1) / sums
        wide = entropy > goal
        low, high = np.where(wide, sharpness, low), np.where(wide, high, sharpness)
        sharpness = np.where(np.isinf(high), sharpness * 2, (low + np.where(np.isinf(high), 0, high)) / 2)
        if np.abs(entropy - goal).max() < CLOSE:
            break
    return bells / bells.sum(axis=1, keepdims=True)


def pairs(numbers: Array, shares: Array) -> Pairs:
    """Return all pairs of which one is a neighbour of the other, with the mean of both probabilities."""
    count, width = numbers.shape
    here = np.repeat(np.arange(count, dtype=np.int64), width)
    there = numbers.ravel().astype(np.int64)
    keys, places = np.unique(np.minimum(here, there) * count + np.maximum(here, there), return_inverse=True)
    sums = np.bincount(places, shares.ravel()) / (2 * count)
    first, second = keys // count, keys % count
    heads, starts = np.unique(first, return_index=True)
    return Pairs(first.astype(np.int32), second.astype(np.int32), sums.astype(np.float32), starts, heads)
