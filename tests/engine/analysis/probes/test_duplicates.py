"""Near-duplicates: what a comparison of all pairs finds, equal images first."""

import itertools

import numpy as np
import pytest
from made_sessions import dataset_of
from told import told

from engine.analysis.probes import duplicates
from engine.analysis.probes.duplicates import find_duplicates
from engine.session.session import Session


def data_of(train, test):
    labels = [(np.arange(len(images)) % 3).astype(np.uint8) for images in (train, test)]
    return dataset_of("Pairs", train, labels[0], test, labels[1], "abc")


def found(data):
    return told(find_duplicates(Session(data)))


def by_hand(data):
    """For each test image the most similar training image, all pairs compared one by one."""
    wanted = {}
    for number, test in enumerate(data.test_images):
        equal = [each for each, train in enumerate(data.train_images) if (train == test).all()]
        if equal:
            wanted[number] = equal[0], 1.0, True
            continue
        a = test.ravel().astype(float)
        similar = []
        for train in data.train_images:
            b = train.ravel().astype(float)
            lengths = np.linalg.norm(a) * np.linalg.norm(b)
            similar.append(float(a @ b / lengths) if lengths else 0.0)
        best = max(similar)
        if best > duplicates.NEAR:
            wanted[number] = similar.index(best), best, False
    return wanted


def pairs_of_images(seed):
    """Images of some size, among them equal ones, brighter ones and ones with a little noise."""
    generator = np.random.default_rng(seed)
    rows, columns = generator.integers(1, 21, 2)
    train, test = (
        generator.integers(0, 120, (generator.integers(1, most), rows, columns)).astype(np.uint8) for most in (31, 13)
    )
    for number in range(len(test)):
        source = train[generator.integers(len(train))]
        kind = generator.integers(5)
        if kind == 1:
            test[number] = source
        elif kind == 2:
            test[number] = 2 * source
        elif kind == 3:
            test[number] = source + generator.integers(0, 20, source.shape).astype(np.uint8)
        elif kind == 4:
            test[number] = 0
    return data_of(train, test)


def test_they_are_what_a_comparison_of_all_pairs_finds():
    for data in map(pairs_of_images, range(30)):
        listed, wanted = found(data)[-1], by_hand(data)
        assert listed.done == 1
        assert set(listed.tests.tolist()) == set(wanted)
        for test, train, similar, is_equal in zip(
            listed.tests.tolist(), listed.trains.tolist(), listed.similarity, listed.equal, strict=True
        ):
            place, best, equal = wanted[test]
            assert is_equal == equal and similar == pytest.approx(best, abs=1e-6)
            if train != place:  # two that are as similar, but for rounding
                a, b = (data.test_images[test].ravel().astype(float), data.train_images[train].ravel().astype(float))
                assert a @ b / np.linalg.norm(a) / np.linalg.norm(b) == pytest.approx(best, abs=1e-6)
        assert listed.all_equal == sum(equal for _, _, equal in wanted.values())
        assert (listed.pictures[:, 0] == data.test_images[listed.tests]).all()
        assert (listed.pictures[:, 1] == data.train_images[listed.trains]).all()
        assert listed.test_labels.tolist() == data.test_labels[listed.tests].tolist()
        assert listed.train_labels.tolist() == data.train_labels[listed.trains].tolist()


def test_of_many_only_the_most_similar_are_listed_and_all_are_counted(monkeypatch):
    monkeypatch.setattr(duplicates, "MOST_PAIRS", 5)
    generator = np.random.default_rng(4)
    train = generator.integers(1, 100, (300, 6, 6)).astype(np.uint8)
    noise = generator.integers(0, 30, (40, 6, 6))
    data = data_of(train, (train[5:45] + noise * (np.arange(40) / 40)[:, None, None]).astype(np.uint8))
    pairs = by_hand(data)
    wanted = sorted(pairs.items(), key=lambda pair: (not pair[1][2], -pair[1][1], pair[0]))[:5]
    listed = found(data)[-1]
    assert listed.tests.tolist() == [test for test, _ in wanted]
    equal = sum(is_equal for _, _, is_equal in pairs.values())
    assert (listed.all_equal, listed.all_near) == (equal, len(pairs) - equal) and len(pairs) > 10
    unlike = [test for test, (train, *_) in pairs.items() if data.test_labels[test] != data.train_labels[train]]
    assert listed.of_two_classes == len(unlike)
    data = data_of(train, train[:40])
    listed = found(data)[-1]
    assert len(listed.tests) == 5 and listed.all_equal == 40


def test_it_tells_how_far_it_is_and_what_it_has(monkeypatch):
    monkeypatch.setattr(duplicates, "TRAINS", 10)
    generator = np.random.default_rng(5)
    train = generator.integers(1, 100, (60, 8, 8)).astype(np.uint8)
    listed = found(data_of(train, np.concatenate([train[:3], train[50:55] + 1])))
    shares = [each.done for each in listed]
    assert shares == sorted(shares) and shares[-1] == 1 and len(shares) > 5
    assert len(listed[0].tests) == 3, "equal ones are known first"
    for before, after in itertools.pairwise(listed):
        assert set(before.tests.tolist()) <= set(after.tests.tolist())

    monkeypatch.setattr(duplicates, "TESTS", 2)
    monkeypatch.setattr(duplicates, "TURNS", 3)
    data = data_of(train, train[:20] // 2)
    shares = np.array([each.done for each in found(data)])
    assert np.diff(shares[1:-1]).max() == pytest.approx(0.95 * 3 * 2 / 20 / 6), "within a row of many test images, too"


def test_a_black_image_has_no_near_ones_and_equals_another():
    black = np.zeros((2, 5, 5), np.uint8)
    assert len(found(data_of(black + np.uint8(3), black))[-1].tests) == 0
    same = found(data_of(black, black))[-1]
    assert same.equal.tolist() == [True, True] and same.trains.tolist() == [0, 0]
