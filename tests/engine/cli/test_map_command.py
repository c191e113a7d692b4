"""The command `map`, on small sessions."""

from __future__ import annotations

import numpy as np
import pytest
from made_sessions import files_in
from trained import with_run

from engine.base.errors import UserError
from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.probes.map import forget
from engine.session.session import Session
from engine.store.opening import create_store

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


def test_what_cannot_be_is_refused_in_a_sentence_and_leaves_no_file(kept, stripes_file, tmp_path):
    before = files_in(tmp_path)
    usual = ("--session", kept, "--dataset", stripes_file)
    for words, sentence in (
        ((*usual, "--out", tmp_path / "map.csv"), "does not end in .npz"),
        ((*usual, "--layer", 9, "--out", tmp_path / "map.npz"), "no layer 9"),
        ((*usual, "--layer", 0, "--out", tmp_path / "map.npz"), "no layer 0"),
        ((*usual, "--out", tmp_path / "none" / "map.npz"), "cannot be saved"),
        ((*usual, "--moment", 7, "--out", tmp_path / "map.npz"), "no snapshot 7"),
        (
            ("--session", kept, "--dataset", "sample", "--out", tmp_path / "map.npz"),
            "is not what this network reads",
        ),
    ):
        with pytest.raises(UserError, match=sentence):
            run(*words)
    assert files_in(tmp_path) == before


def test_wrong_flags_are_wrong_usage(capsys):
    for words in (["--method", "umap", "--out", "m.npz"], ["--perplexity", "0", "--out", "m.npz"], []):
        with pytest.raises(SystemExit) as end:
            parse(["map", *words])
        assert end.value.code == 2
    assert "--out" in capsys.readouterr().err
