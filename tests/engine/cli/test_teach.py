"""The command `teach`: a network of a session learns examples in files, as in the window."""

import json

import numpy as np
import pytest
from PIL import Image

from engine.cli.parts.command import run_wanted
from engine.cli.parts.parser import parse
from engine.cli.parts.which import look_at


@pytest.fixture
def trained(own_home, stripes_file, tmp_path):
    """The file of a session with a run that has learned stripes."""
    file = tmp_path / "taught.layerlight"
    words = [
        "train",
        "--session",
        str(file),
        "--dataset",
        str(stripes_file),
        "--layers",
        "16",
        "--batch",
        "20",
    ]
    assert run_wanted(parse([*words, "--epochs", "4", "--initial", "he"])) == 0
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


def test_pictures_in_a_folder_become_a_class_and_stay_on_the_shelf(trained, folder, stripes_file, capsys):
    capsys.readouterr()
    words = ["teach", "--session", str(trained), "--examples", str(folder), "--dataset", str(stripes_file)]
    assert run_wanted(parse([*words, "--json"])) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    with look_at(trained) as session:
        run = session.runs["B"]
        assert [line["epoch"] for line in lines] == [done.epoch for done in run.epochs]
        assert run.title == "with column" and run.taught_from == ("A", 48)
        assert run.examples == (*session.examples.values(),) and len(run.examples) == 12
        assert session.examples[1].source == "0.png"
        assert run.moment(None).weights[-1].shape == (5,)


def test_the_table_ends_with_what_is_reached_and_where_it_lies(trained, folder, stripes_file, capsys):
    words = ["teach", "--session", str(trained), "--run", "A@e2", "--examples", str(folder)]
    assert run_wanted(parse([*words, "--dataset", str(stripes_file)])) == 0
    printed = capsys.readouterr().out
    assert "All examples are read right." in printed
    assert printed.rstrip().endswith("taught.layerlight")
    with look_at(trained) as session:
        assert session.runs["B"].taught_from == ("A", 24)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("nothing", "There is no file"),
        ("empty", "empty has no folder with pictures in it"),
        ("alone.png", "alone.png has no class"),
        ("broken/a", "no picture"),
    ],
)
def test_what_cannot_be_learned_is_refused_in_a_sentence_and_leaves_the_session_as_it_was(
    trained, stripes_file, tmp_path, path, words
):
    from engine.core.errors import UserError

    (tmp_path / "empty").mkdir()
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "alone.png")
    (tmp_path / "broken" / "a").mkdir(parents=True)
    (tmp_path / "broken" / "a" / "1.png").write_bytes(b"no picture")
    given = tmp_path / path.partition("/")[0]
    line = ["teach", "--session", str(trained), "--examples", str(given), "--dataset", str(stripes_file)]
    with pytest.raises(UserError, match=words):
        run_wanted(parse(line))
    with look_at(trained) as session:
        assert list(session.runs) == ["A"] and session.examples == {}
