"""The command `teach`: a network of a session learns examples in files, as in the window."""

import numpy as np
import pytest
from PIL import Image

from engine.cli.parts.which import look_at
from engine.core.errors import UserError


@pytest.fixture
def trained(terminal, stripes_file, tmp_path):
    """The file of a session with a run that has learned stripes."""
    file = tmp_path / "taught.layerlight"
    flags = "--layers 16 --batch 20 --epochs 4 --initial he"
    terminal(f"train {flags} --session", file, "--dataset", stripes_file)
    return file


@pytest.fixture
def folder(tmp_path):
    """Pictures of columns in a folder of their class."""
    place = tmp_path / "mine" / "column"
    place.mkdir(parents=True)
    for number in range(12):
        picture = np.full((8, 8), 20, np.uint8)
        picture[:, 2 + number % 4] = 230
        Image.fromarray(picture).save(place / f"{number}.png")
    return place.parent


def test_pictures_in_a_folder_become_a_class_and_stay_on_the_shelf(terminal, trained, folder, stripes_file):
    words = "--session", trained, "--examples", folder, "--dataset", stripes_file
    rows = terminal.rows("teach", *words)
    with look_at(trained) as session:
        run = session.runs["B"]
        assert [row["epoch"] for row in rows] == [done.epoch for done in run.epochs]
        assert run.title == "with column" and run.taught_from == ("A", 48)
        assert run.examples == (*session.examples.values(),) and len(run.examples) == 12
        assert session.examples[1].source == "0.png"
        assert run.moment(None).weights[-1].shape == (5,)

    printed, said = terminal.both("teach --run A@e2", *words[2:])
    assert said.startswith("layerlight: --session is not given: run A at step 24, which learned from ")
    assert "All examples are read right." in printed
    assert [line.split()[0] for line in printed.splitlines() if "%" in line][:2] == ["0", "1"], "and how good it was"
    assert printed.rstrip().endswith("taught.layerlight")
    with look_at(trained) as session:
        assert session.runs["C"].taught_from == ("A", 24)


def test_what_cannot_be_learned_is_refused_in_a_sentence_and_leaves_the_session_as_it_was(
    terminal, trained, stripes_file, tmp_path
):
    (tmp_path / "empty").mkdir()
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "alone.png")
    (tmp_path / "broken" / "a").mkdir(parents=True)
    (tmp_path / "broken" / "a" / "1.png").write_bytes(b"no picture")
    for given, sentence in {
        "nothing": "There is no file",
        "empty": "empty has no folder with pictures in it",
        "alone.png": "alone.png has no class",
        "broken": "no picture",
    }.items():
        with pytest.raises(UserError, match=sentence):
            terminal("teach --session", trained, "--examples", tmp_path / given, "--dataset", stripes_file)
    with look_at(trained) as session:
        assert list(session.runs) == ["A"] and session.examples == {}
