"""The command `map`, on small sessions."""

import numpy as np
import pytest
from made_sessions import arrays_of
from trained import with_run

from engine.analysis.probes.map import forget
from engine.session.session import Session
from engine.session.store.opening import create_store


@pytest.fixture
def of_stripes(dataset, stripes_file, tmp_path):
    """The flags that name a session with a run on the small data set, and these data; no map is kept."""
    path = tmp_path / "kept.layerlight"
    session = Session(dataset)
    session.begin(create_store(path))
    session.replace_data(dataset)
    with_run(session, "12")
    assert session.close()
    forget()
    yield "--session", path, "--dataset", stripes_file
    forget()


def test_a_map_is_written_with_what_it_is_of(terminal, of_stripes, dataset, tmp_path):
    out = tmp_path / "map.npz"
    assert terminal("map --moment 12", *of_stripes, "--out", out).endswith(f"Saved {out}\n")
    arrays = arrays_of(out)
    assert set(arrays) == {"points", "labels", "numbers", "answers", "settings", "explained"}
    assert arrays["points"].shape == (90, 2) and arrays["points"].dtype == np.float32
    np.testing.assert_array_equal(arrays["labels"], dataset.test_labels)
    np.testing.assert_array_equal(arrays["numbers"], np.arange(90))
    assert str(arrays["settings"]) == "PCA: 90 images"


def test_tsne_with_all_its_flags_gives_the_same_map_again(terminal, of_stripes, tmp_path):
    maps, flags = [], "--layer 2 --method tsne --images 60 --perplexity 5 --seed 3 --iterations 60"
    for name in ("one.npz", "other.npz"):
        forget()
        printed = terminal(f"map {flags}", *of_stripes, "--out", tmp_path / name)
        assert "t-SNE: 60 images, perplexity 5, 60 iterations, PCA start, seed 3" in printed
        maps.append(arrays_of(tmp_path / name))
    np.testing.assert_array_equal(*(arrays["points"] for arrays in maps))
    assert "explained" not in maps[0]
