"""The command `map`, on small sessions."""

from __future__ import annotations

import numpy as np
import pytest
from trained import with_run

from engine.analysis.probes.map import forget
from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.session.session import Session
from engine.session.store.opening import create_store

pytestmark = pytest.mark.usefixtures("own_home")


@pytest.fixture(autouse=True)
def nothing_kept():
    forget()
    yield
    forget()


@pytest.fixture
def kept(dataset, tmp_path):
    """The file of a session with a run on the small data set."""
    path = tmp_path / "kept.layerlight"
    session = Session(dataset)
    session.begin(create_store(path))
    session.replace_data(dataset)
    with_run(session, "12")
    assert session.close()
    return path


def run(*words):
    return run_wanted(parse(["map", *map(str, words)]))


def test_a_map_is_written_with_what_it_is_of(kept, stripes_file, dataset, tmp_path, capsys):
    out = tmp_path / "map.npz"
    assert run("--session", kept, "--moment", 12, "--dataset", stripes_file, "--out", out) == 0
    with np.load(out) as arrays, np.load(stripes_file) as data:
        assert set(arrays) == {"points", "labels", "numbers", "answers", "settings", "explained"}
        assert arrays["points"].shape == (90, 2) and arrays["points"].dtype == np.float32
        np.testing.assert_array_equal(arrays["labels"], data["y_test"])
        np.testing.assert_array_equal(arrays["numbers"], np.arange(90))
        assert str(arrays["settings"]) == "PCA: 90 images"
    assert capsys.readouterr().out.endswith(f"Saved {out}\n")


def test_tsne_with_all_its_flags_gives_the_same_map_again(kept, stripes_file, tmp_path, capsys):
    maps = []
    for name in ("one.npz", "other.npz"):
        forget()
        flags = ("--method", "tsne", "--images", 60, "--perplexity", 5, "--seed", 3, "--iterations", 60)
        out = tmp_path / name
        assert run("--session", kept, "--dataset", stripes_file, "--layer", 2, *flags, "--out", out) == 0
        with np.load(out) as arrays:
            maps.append(arrays["points"])
            assert "explained" not in arrays
    np.testing.assert_array_equal(*maps)
    assert "t-SNE: 60 images, perplexity 5, 60 iterations, PCA start, seed 3" in capsys.readouterr().out
